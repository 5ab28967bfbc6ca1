/* The small applications: VMAuthenticate(), VMSayName(), VoiceMailPlayMsg(). */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/prompt.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/login.h"
#include "apps/app_voicemail/store.h"
#include "apps/app_voicemail/voice.h"
#include "apps/app_voicemail/voicemail.h"

/* ---- VMAuthenticate([mailbox][@context][,s]) ---- */

enum { OPT_SILENT = 1 };

static const struct rd_app_option authenticate_letters[] = { { 's', false, OPT_SILENT, 0 }, { 0 } };

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *wrong = rd_app_check_options(pool, authenticate_letters, argv[1], buf, size);

	/* A context alone is no mailbox yet. */
	return wrong || argv[0][0] == '@' ? wrong : vm_settings_fault(argv[0], buf, size);
}

const char *vm_authenticate_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_arguments, buf, size);
}

static int let_in(const struct vm_login *login)
{
	rd_var_set(login->ch, "AUTH_MAILBOX", login->box->name);
	rd_var_set(login->ch, "AUTH_CONTEXT", login->box->context);
	return vm_tell(login->ch, "auth-thankyou");
}

/* A mailbox without a PIN proves nothing. */
static int authenticate(struct rd_channel *ch, const char *name, bool silent)
{
	struct vm_settings *settings = vm_settings_ref();
	struct vm_login login = { .ch = ch,
				  .settings = settings,
				  .name = name,
				  .prefix = "",
				  .silent = silent };
	int rc = settings ? vm_login(&login) : 0;

	if (rc == VM_IN && !login.fresh) {
		rc = let_in(&login);
	} else if (rc >= 0) {
		rd_hangup(ch, RD_CAUSE_NORMAL);
		rc = -ECANCELED;
	}
	vm_settings_unref(settings);
	return rc;
}

int vm_authenticate_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0 || rd_app_read_options(ch, authenticate_letters, argv[1], &options))
		return rc < 0 ? rc : -ENOMEM;
	rc = rd_answer(ch);
	return rc ? rc : authenticate(ch, argv[0], options.flags & OPT_SILENT);
}

/* ---- VMSayName([mailbox][@context]) ---- */

static int say_name(struct rd_channel *ch, const char *name)
{
	struct vm_settings *settings = vm_settings_ref();
	const struct vm_box *box = vm_settings_box(settings, name);
	struct vm_voice voice = { .ch = ch };

	if (box)
		vm_say_owner(&voice, box, NULL);
	else
		rd_app_warning(ch, "there is no mailbox \"%s\"", name);
	vm_settings_unref(settings);
	return voice.rc;
}

int vm_sayname_app(struct rd_channel *ch, const char *args)
{
	char asked[RD_MWI_NAME] = "";
	const char *argv[1];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 1);

	if (rc < 0)
		return rc;
	rc = rd_answer(ch);
	if (!rc && !*argv[0])
		rc = vm_ask_digits(ch, "vm-whichbox", asked, sizeof(asked) - 1);
	return rc < 0 ? rc : say_name(ch, *argv[0] ? argv[0] : asked);
}

/* ---- VoiceMailPlayMsg(mailbox[@context],message) ---- */

static int play_of(struct rd_channel *ch, const struct vm_box *box, const char *id)
{
	struct vm_message message = { 0 };
	enum vm_folder folder;
	char path[VM_PATH];
	int rc = vm_index_find(box, id, &folder, &message.number);

	rd_strcpy(message.id, sizeof(message.id), id);
	if (!rc)
		rc = vm_store_locate(box, folder, &message, path);
	return rc ? rc : rd_play(ch, path, NULL);
}

int vm_playmsg_app(struct rd_channel *ch, const char *args)
{
	struct vm_settings *settings;
	const struct vm_box *box;
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	rd_var_set(ch, "VOICEMAIL_PLAYBACKSTATUS", "FAILED");
	rc = rd_answer(ch);
	if (rc)
		return rc;
	settings = vm_settings_ref();
	box = vm_settings_box(settings, argv[0]);
	rc = box ? play_of(ch, box, argv[1]) : -ENOENT;
	vm_settings_unref(settings);
	if (rc == 0)
		rd_var_set(ch, "VOICEMAIL_PLAYBACKSTATUS", "SUCCESS");
	else if (rc != -ECANCELED)
		rd_app_warning(ch, "message \"%s\" of mailbox %s: %s", argv[1], argv[0],
			       rd_strerror(rc));
	return rc == -ECANCELED ? rc : 0;
}
