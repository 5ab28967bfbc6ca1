/* VoiceMailMain(): an owner calls his mailbox. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/dialplan.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/login.h"
#include "apps/app_voicemail/session.h"
#include "apps/app_voicemail/voice.h"
#include "apps/app_voicemail/voicemail.h"

enum { OPT_PREFIX = 1, OPT_SKIP_PIN = 2, OPT_READ_ONLY = 4, OPT_FOLDER = 8, OPT_GAIN = 16 };
enum { ARG_FOLDER, ARG_GAIN };

static const struct rd_app_option letters[] = { { 'p', false, OPT_PREFIX, 0 },
						{ 's', false, OPT_SKIP_PIN, 0 },
						{ 'r', false, OPT_READ_ONLY, 0 },
						{ 'a', true, OPT_FOLDER, ARG_FOLDER },
						{ 'g', true, OPT_GAIN, ARG_GAIN },
						{ 0 } };

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *wrong = rd_app_check_options(pool, letters, argv[1], buf, size);
	struct rd_app_options options;

	if (wrong || rd_app_options(pool, letters, argv[1], &options, NULL))
		return wrong;
	/* A prefix, or a context alone, is no mailbox yet. */
	return options.flags & OPT_PREFIX || argv[0][0] == '@'
		       ? NULL : vm_settings_fault(argv[0], buf, size);
}

const char *vm_main_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_arguments, buf, size);
}

/* ---- how many there are ---- */

static void say_counts(struct vm_voice *voice, const int counts[VM_FOLDERS])
{
	int fresh = counts[VM_INBOX], old = counts[VM_OLD], urgent = counts[VM_URGENT];

	vm_say(voice, "vm-youhave");
	if (urgent) {
		vm_say_number(voice, urgent);
		vm_say(voice, fresh || old ? "vm-Urgent&vm-and" : "vm-Urgent");
	}
	if (fresh) {
		vm_say_number(voice, fresh);
		vm_say(voice, old ? "vm-INBOX&vm-and" : "vm-INBOX");
	}
	if (old) {
		vm_say_number(voice, old);
		vm_say(voice, "vm-Old");
	}
	if (!fresh && !old && !urgent)
		vm_say(voice, "vm-no");
	vm_say_plural(voice, old ? old : fresh ? fresh : urgent, "vm-message", "vm-messages");
}

/* A key is the first command. */
static int say_hello(struct vm_session *session)
{
	struct vm_voice voice = { .ch = session->ch, .keys = "0123456789*#" };
	int counts[VM_FOLDERS];
	char path[VM_PATH];

	if (session->box->options.tempgreetwarn &&
	    vm_store_greeting(session->box, "temp", path) == 0)
		vm_say(&voice, "vm-tempgreetactive");
	if (vm_index_counts(session->box, counts) == 0)
		say_counts(&voice, counts);
	return voice.rc;
}

/* ---- commands ---- */

static int play_first(struct vm_session *session)
{
	return vm_first(session);
}

/* "For old messages, press 1", and so on; a key, or 0. */
static int ask_folder(struct vm_session *session, const char *first)
{
	struct vm_voice voice = { .ch = session->ch, .keys = "0123456789#*" };
	char prompt[32];

	vm_say(&voice, first);
	for (int i = 0; i <= VM_FRIENDS; i++) {
		vm_say(&voice, "vm-press");
		vm_say_number(&voice, i);
		vm_say(&voice, "vm-for");
		vm_say(&voice, vm_folder_prompt(i, prompt));
		vm_say(&voice, "vm-messages");
	}
	vm_say(&voice, "vm-tocancel");
	return vm_answer(&voice);
}

static int change_folder(struct vm_session *session)
{
	int key = ask_folder(session, "vm-changeto"), rc;
	char prompt[32];

	if (key < '0' || key > '9')
		return RD_MIN(key, VM_MENU);
	vm_session_close(session);
	rc = vm_session_open(session, key - '0');
	if (!rc)
		rc = vm_tell(session->ch, vm_folder_prompt(session->folder, prompt));
	return rc ? rc : vm_tell(session->ch, "vm-messages");
}

static int advanced(struct vm_session *session)
{
	return vm_advanced(session);
}

static int repeat(struct vm_session *session)
{
	return vm_play_current(session);
}

static int after_command(struct vm_session *session)
{
	bool more = session->current + 1 < (int)session->count;

	return session->box->options.nextaftercmd && more ? vm_next(session) : VM_MENU;
}

static int delete (struct vm_session *session)
{
	struct vm_entry *entry = vm_session_entry(session);
	int rc;

	if (!entry)
		return VM_MENU;
	if (session->read_only)
		return vm_tell(session->ch, "vm-sorry");
	entry->deleted = !entry->deleted;
	rc = vm_tell(session->ch, entry->deleted ? "vm-deleted" : "vm-undeleted");
	return rc || !entry->deleted ? rc : after_command(session);
}

static int forward(struct vm_session *session)
{
	return vm_forward(session);
}

static int tell_saved(struct vm_session *session, enum vm_folder folder)
{
	struct vm_voice voice = { .ch = session->ch };
	char prompt[32];

	vm_say(&voice, "vm-message");
	vm_say_number(&voice, session->current + 1);
	vm_say(&voice, "vm-savedto");
	vm_say(&voice, vm_folder_prompt(folder, prompt));
	vm_say(&voice, "vm-messages");
	return voice.rc;
}

static int save(struct vm_session *session)
{
	int key, rc;

	if (!vm_session_entry(session))
		return VM_MENU;
	if (session->read_only)
		return vm_tell(session->ch, "vm-sorry");
	key = ask_folder(session, "vm-savefolder");
	if (key < '0' || key > '9')
		return RD_MIN(key, VM_MENU);
	rc = vm_session_save(session, key - '0');
	if (rc)
		return rc == -ECANCELED ? rc
					: vm_tell(session->ch,
						  rc == -ENOSPC ? "vm-mailboxfull" : "vm-sorry");
	rc = tell_saved(session, key - '0');
	return rc ? rc : after_command(session);
}

static int help(struct vm_session *session)
{
	(void)session;
	return VM_MENU;
}

static int quit(struct vm_session *session)
{
	(void)session;
	return VM_QUIT;
}

static const struct {
	char key;
	int (*run)(struct vm_session *session);
} commands[] = {
	{ '0', vm_own_options }, { '1', play_first }, { '2', change_folder }, { '3', advanced },
	{ '4', vm_previous },    { '5', repeat },     { '6', vm_next },       { '7', delete },
	{ '8', forward },        { '9', save },       { '*', help },          { '#', quit },
};

static int run_command(struct vm_session *session, int key)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(commands); i++)
		if (commands[i].key == key)
			return commands[i].run(session);
	return VM_MENU;
}

/* ---- what can be pressed now ---- */

static bool has_advanced(const struct vm_session *session)
{
	return session->box->options.dialout || session->box->options.sendvoicemail;
}

static void offer_folder(struct vm_voice *voice, struct vm_session *session)
{
	char prompt[32];

	if (session->count) {
		vm_say(voice, "vm-onefor");
		vm_say(voice, vm_folder_prompt(session->folder, prompt));
		vm_say(voice, "vm-messages");
	}
	if (has_advanced(session))
		vm_say(voice, "vm-advopts");
	vm_say(voice, "vm-opts");
}

static void offer_message(struct vm_voice *voice, struct vm_session *session)
{
	const struct vm_entry *entry = vm_session_entry(session);
	bool wrap = session->box->options.messagewrap;

	if (session->current > 0 || wrap)
		vm_say(voice, "vm-prev");
	vm_say(voice, "vm-advopts&vm-repeat");
	if (session->current + 1 < (int)session->count || wrap)
		vm_say(voice, "vm-next");
	if (!session->read_only)
		vm_say(voice, entry->deleted ? "vm-undelete" : "vm-delete");
	vm_say(voice, "vm-toforward");
	if (!session->read_only)
		vm_say(voice, "vm-savemessage");
}

static int ask_command(struct vm_session *session)
{
	struct vm_voice voice = { .ch = session->ch, .keys = "0123456789*#" };

	if (vm_session_entry(session))
		offer_message(&voice, session);
	else
		offer_folder(&voice, session);
	vm_say(&voice, "vm-helpexit");
	return vm_answer(&voice);
}

static int run_menu(struct vm_session *session, int command)
{
	int silent = 0;

	while (command >= 0 && command != VM_QUIT) {
		if (command != VM_MENU) {
			silent = 0;
			command = run_command(session, command);
			continue;
		}
		command = ask_command(session);
		if (command == 0 && ++silent == VM_ASK_TIMES)
			command = VM_QUIT;
	}
	return command;
}

/* ---- from the login to the end ---- */

static int folder_of(const char *name)
{
	if (!name || !*name)
		return VM_INBOX;
	if (name[0] >= '0' && name[0] <= '9' && !name[1])
		return name[0] - '0';
	return vm_folder_from_name(name);
}

static int serve(struct vm_session *session, const struct rd_app_options *options, bool fresh)
{
	bool at_once = options->flags & OPT_FOLDER;
	int folder = folder_of(options->args[ARG_FOLDER]);
	int rc = vm_own_begin(session, fresh);

	if (folder < 0) {
		rd_app_warning(session->ch, "there is no folder \"%s\"", options->args[ARG_FOLDER]);
		folder = VM_INBOX;
	}
	if (!rc)
		rc = vm_session_open(session, folder);
	if (!rc)
		rc = at_once ? '1' : say_hello(session);
	if (rc >= 0 && rc != VM_QUIT)
		rc = run_menu(session, rc);
	vm_session_close(session);
	if (rc < 0 || session->leads_elsewhere)
		return rc < 0 ? rc : RD_APP_JUMP;
	return vm_tell(session->ch, "vm-goodbye");
}

static int go_to_a(struct rd_channel *ch)
{
	const char *context = rd_channel_context(ch);

	if (!rd_dialplan_exists(context, "a", 1, NULL) || rd_channel_set_place(ch, context, "a", 1))
		return 0;
	return RD_APP_JUMP;
}

/* What comes next in the dialplan is for those whose mailbox it is. */
static int refuse(struct rd_channel *ch)
{
	rd_hangup(ch, RD_CAUSE_NORMAL);
	return -ECANCELED;
}

static int complain(struct rd_channel *ch, int error)
{
	rd_app_error(ch, "the mailbox: %s", rd_strerror(error));
	return vm_tell(ch, "vm-sorry");
}

/* With p the name is what stands before whatever the caller keys. */
static void name_or_prefix(struct vm_login *login, char *name, bool is_prefix)
{
	char *at = strchr(name, '@');

	login->name = name;
	login->prefix = "";
	if (!is_prefix)
		return;
	login->name = at ? rd_pool_strdup(rd_channel_scratch(login->ch), at) : "";
	login->prefix = name;
	if (at)
		*at = '\0';
	if (!login->name)
		login->name = "";
}

static int enter(struct rd_channel *ch, const struct vm_settings *settings, char *name,
		 const struct rd_app_options *options)
{
	struct vm_session session = { .ch = ch,
				      .settings = settings,
				      .current = -1,
				      .read_only = options->flags & OPT_READ_ONLY };
	struct vm_login login = { .ch = ch,
				  .settings = settings,
				  .skip_pin = options->flags & OPT_SKIP_PIN };
	int rc;

	if (options->flags & OPT_GAIN)
		session.gain_db = vm_gain(ch, options->args[ARG_GAIN]);
	name_or_prefix(&login, name, options->flags & OPT_PREFIX);
	rc = vm_login(&login);
	if (rc == VM_STAR)
		return go_to_a(ch);
	if (rc == VM_REFUSED)
		return refuse(ch);
	if (rc != VM_IN)
		return rc;
	session.box = login.box;
	return serve(&session, options, login.fresh);
}

int vm_main_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	struct vm_settings *settings;
	const char *argv[2];
	char *name;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0 || rd_app_read_options(ch, letters, argv[1], &options))
		return rc < 0 ? rc : -ENOMEM;
	name = rd_pool_strdup(rd_channel_scratch(ch), argv[0]);
	if (!name)
		return -ENOMEM;
	rc = rd_answer(ch);
	if (rc)
		return rc;
	settings = vm_settings_ref();
	rc = settings ? enter(ch, settings, name, &options) : 0;
	vm_settings_unref(settings);
	return rc < 0 && rc != -ECANCELED ? complain(ch, rc) : rc;
}
