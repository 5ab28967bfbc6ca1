/* Directory(): who is called by name, keyed with the letters of the telephone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/dialplan.h>
#include <ringdown/fiber.h>

#include "apps/app_voicemail/letters.h"
#include "apps/app_voicemail/store.h"
#include "apps/app_voicemail/voice.h"
#include "apps/app_voicemail/voicemail.h"

enum {
	OPT_EXTENSION = 1,
	OPT_FIRST = 2,
	OPT_LAST = 4,
	OPT_BOTH = 8,
	OPT_NO_ANSWER = 16,
	OPT_PAUSE = 32,
	OPT_STAY = 64,
	OPT_MENU = 128,
	OPT_ALIAS = 256,
	OPT_FILE = 512,
};
enum { ARG_FIRST, ARG_LAST, ARG_BOTH, ARG_PAUSE, ARG_FILE };
enum { LETTERS = 3, LETTERS_MAX = 16, PAUSE_MAX_MS = 60000, PAGE = 8, READ_MS = 10000 };

static const struct rd_app_option letters[] = {
	{ 'e', false, OPT_EXTENSION, 0 },  { 'f', true, OPT_FIRST, ARG_FIRST },
	{ 'l', true, OPT_LAST, ARG_LAST }, { 'b', true, OPT_BOTH, ARG_BOTH },
	{ 'n', false, OPT_NO_ANSWER, 0 },  { 'p', true, OPT_PAUSE, ARG_PAUSE },
	{ 's', false, OPT_STAY, 0 },       { 'm', false, OPT_MENU, 0 },
	{ 'a', false, OPT_ALIAS, 0 },      { 'c', true, OPT_FILE, ARG_FILE },
	{ 0 }
};

struct search {
	struct rd_channel *ch;
	const struct vm_settings *settings;
	const char *context, *dial_context;
	uint64_t flags;
	unsigned parts; /* enum vm_name_part or'ed */
	int letters;
	int pause_ms; /* when the letters were keyed */
};

/* What Asterisk calls it; negative and RD_APP_JUMP end the search, 0 goes on. */
static int end_with(struct search *search, const char *result, int rc)
{
	rd_var_set(search->ch, "DIRECTORY_RESULT", result);
	return rc;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *context = *argv[0] ? argv[0] : "default";
	const char *wrong = rd_app_check_options(pool, letters, argv[2], buf, size);
	struct rd_app_options options;

	if (wrong || rd_app_options(pool, letters, argv[2], &options, NULL) ||
	    options.args[ARG_FILE])
		return wrong;
	return vm_settings_context_fault(context, buf, size);
}

const char *vm_directory_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 3, check_arguments, buf, size);
}

/* ---- a person ---- */

static int lead_to(struct search *search, const char *exten, const char *result)
{
	if (!rd_dialplan_exists(search->dial_context, exten, 1, NULL) ||
	    rd_channel_set_place(search->ch, search->dial_context, exten, 1)) {
		rd_app_warning(search->ch, "context %s has no extension %s", search->dial_context,
			       exten);
		return end_with(search, "FAILED", -ENOENT);
	}
	return end_with(search, result, RD_APP_JUMP);
}

static int choose(struct search *search, const struct vm_box *box)
{
	rd_var_set(search->ch, "DIRECTORY_EXTEN", box->name);
	if (search->flags & OPT_STAY)
		return end_with(search, "SELECTED", -EALREADY);
	return lead_to(search, box->name, "SELECTED");
}

static void say_name(struct vm_voice *voice, const struct vm_box *box)
{
	char path[VM_PATH];

	if (vm_store_greeting(box, "greet", path) == 0)
		vm_say(voice, path);
	else
		vm_say_spelled(voice, box->owner);
}

static void say_extension(struct vm_voice *voice, const char *prompt, const struct search *search,
			  const struct vm_box *box)
{
	if (!(search->flags & OPT_EXTENSION))
		return;
	vm_say(voice, prompt);
	vm_say_digits(voice, box->name);
}

/* The key, 0 for none. */
static int offer(struct search *search, const struct vm_box *box)
{
	struct vm_voice voice = { .ch = search->ch, .keys = "1*#" };

	say_name(&voice, box);
	say_extension(&voice, "vm-extension", search, box);
	vm_say(&voice, "dir-instr");
	return vm_answer(&voice);
}

/* One after the other, each up to three times. */
static int offer_until(struct search *search, const struct vm_box *box)
{
	int key = 0;

	for (int i = 0; i < VM_ASK_TIMES && key == 0; i++)
		key = offer(search, box);
	if (key == '1')
		return choose(search, box);
	if (key == '#')
		return end_with(search, "USEREXIT", -EALREADY);
	return key == 0 ? end_with(search, "TIMEOUT", -EALREADY) : RD_MIN(key, 0);
}

static int offer_each(struct search *search, const struct vm_box *const *found, int count)
{
	int rc = 0;

	for (int i = 0; !rc && i < count; i++)
		rc = offer_until(search, found[i]);
	return rc;
}

/* "Press 1 for Anna. Press 2 for Bob. Press 9 for more entries." The key, 0 for none. */
static int offer_page(struct search *search, const struct vm_box *const *found, int count,
		      bool more)
{
	static const char eight[] = "12345678";
	char keys[PAGE + 4];
	struct vm_voice voice = { .ch = search->ch, .keys = keys };

	snprintf(keys, sizeof(keys), "#*%s%.*s", more ? "9" : "", count, eight);
	for (int i = 0; i < count; i++) {
		vm_say(&voice, "dir-multi1");
		vm_say_number(&voice, i + 1);
		vm_say(&voice, "dir-multi2");
		say_name(&voice, found[i]);
		say_extension(&voice, "dir-multi3", search, found[i]);
	}
	if (more)
		vm_say(&voice, "dir-multi9");
	return vm_answer(&voice);
}

/* Option m: some at a time. */
static int offer_menu(struct search *search, const struct vm_box *const *found, int count)
{
	int silent = 0, at = 0;

	while (silent < VM_ASK_TIMES) {
		int some = RD_MIN(count - at, (int)PAGE);
		int key = offer_page(search, found + at, some, at + some < count);

		if (key >= '1' && key < '1' + some)
			return choose(search, found[at + key - '1']);
		if (key == '#')
			return end_with(search, "USEREXIT", -EALREADY);
		if (key == '*' || key < 0)
			return RD_MIN(key, 0);
		if (key == '9')
			at += some;
		silent = key ? 0 : silent + 1;
	}
	return end_with(search, "TIMEOUT", -EALREADY);
}

/* ---- a search ---- */

static bool is_meant(const struct search *search, const struct vm_box *box, const char *digits)
{
	const char *alias = search->flags & OPT_ALIAS ? box->options.alias : NULL;

	if (box->options.hidefromdir)
		return false;
	return vm_name_matches(box->owner, digits, search->parts) ||
	       (alias && vm_name_matches(alias, digits, VM_FIRST_NAME | VM_LAST_NAME));
}

/* Into found, where it is not NULL; how many there are. */
static int gather(const struct search *search, const char *digits, const struct vm_box **found)
{
	const struct vm_box *box;
	size_t pos = 0;
	int count = 0;

	while ((box = vm_settings_next(search->settings, &pos, search->context)))
		if (is_meant(search, box, digits)) {
			if (found)
				found[count] = box;
			count++;
		}
	return count;
}

static int look_for(struct search *search, const char *digits)
{
	int count = gather(search, digits, NULL), rc = 0;
	const struct vm_box **found = rd_pool_alloc(rd_channel_scratch(search->ch),
						    (size_t)(count + 1) * sizeof(*found));

	if (!found)
		return -ENOMEM;
	gather(search, digits, found);
	if (search->pause_ms > 0)
		rc = rd_channel_sleep(search->ch, search->pause_ms);
	if (!rc && count)
		rc = search->flags & OPT_MENU ? offer_menu(search, found, count)
					      : offer_each(search, found, count);
	return rc ? rc : vm_tell(search->ch, count ? "dir-nomore" : "dir-nomatch");
}

static const char *instructions(const struct search *search)
{
	if (search->parts == (VM_FIRST_NAME | VM_LAST_NAME))
		return "dir-welcome&dir-pls-enter&dir-firstlast&dir-usingkeypad";
	return search->parts == VM_FIRST_NAME
		       ? "dir-welcome&dir-pls-enter&dir-first&dir-usingkeypad"
		       : "dir-welcome&dir-pls-enter&dir-last&dir-usingkeypad";
}

/* 0 goes on. */
static int search_once(struct search *search, int *silent)
{
	char digits[LETTERS_MAX + 1];
	int rc = vm_ask_digits_or(search->ch, instructions(search), "*0", digits, search->letters);

	if (rc < 0)
		return rc;
	if (*digits == '0')
		return lead_to(search, "o", "OPERATOR");
	if (*digits == '*')
		return lead_to(search, "a", "ASSISTANT");
	*silent = *digits ? 0 : *silent + 1;
	return *digits ? look_for(search, digits) : 0;
}

static int run_search(struct search *search)
{
	int silent = 0, rc = 0;

	while (!rc && silent < VM_ASK_TIMES)
		rc = search_once(search, &silent);
	if (!rc)
		end_with(search, "TIMEOUT", 0);
	else if (rc == -ECANCELED)
		end_with(search, "HANGUP", 0);
	return rc < 0 && rc != -ECANCELED ? 0 : rc;
}

/* ---- the call ---- */

static void read_parts(struct search *search, const struct rd_app_options *options)
{
	static const struct {
		unsigned flag;
		int arg;
		unsigned parts;
	} kinds[] = {
		{ OPT_BOTH, ARG_BOTH, VM_FIRST_NAME | VM_LAST_NAME },
		{ OPT_FIRST, ARG_FIRST, VM_FIRST_NAME },
		{ OPT_LAST, ARG_LAST, VM_LAST_NAME },
	};

	search->letters = 0;
	for (size_t i = 0; i < RD_ARRAY_SIZE(kinds); i++) {
		const char *count = options->args[kinds[i].arg];

		if (!(options->flags & kinds[i].flag))
			continue;
		search->parts |= kinds[i].parts;
		if (!search->letters && count && atoi(count) > 0)
			search->letters = RD_MIN(atoi(count), (int)LETTERS_MAX);
	}
	if (!search->parts)
		search->parts = VM_LAST_NAME;
	if (!search->letters)
		search->letters = LETTERS;
}

struct file {
	const char *name;
	struct vm_settings *settings;
	struct rd_config_report *report;
};

static int read_file(void *arg)
{
	struct file *file = arg;

	return vm_settings_read(file->name, &file->settings, file->report);
}

/* Option c: those of another file. NULL: there are none (logged). */
static struct vm_settings *settings_of(struct rd_channel *ch, const char *name)
{
	struct file file = { .name = name };
	const char *why;
	int rc;

	rd_shield_begin(READ_MS);
	rc = rd_config_report_new(&file.report);
	if (!rc)
		rc = rd_offload(read_file, &file);
	rd_shield_end();
	why = rc && file.report ? rd_config_first_error(file.report) : NULL;
	if (rc)
		rd_app_error(ch, "option c(%s): %s", name, why ? why : rd_strerror(rc));
	rd_config_report_free(file.report);
	return rc ? NULL : file.settings;
}

int vm_directory_app(struct rd_channel *ch, const char *args)
{
	struct search search = { .ch = ch };
	struct rd_app_options options;
	struct vm_settings *settings;
	const char *argv[3];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 3);

	if (rc < 0 || rd_app_read_options(ch, letters, argv[2], &options))
		return rc < 0 ? rc : -ENOMEM;
	search.context = *argv[0] ? argv[0] : "default";
	search.dial_context = *argv[1] ? argv[1] : search.context;
	search.flags = options.flags;
	read_parts(&search, &options);
	if (options.flags & OPT_PAUSE && options.args[ARG_PAUSE])
		search.pause_ms = RD_MIN(atoi(options.args[ARG_PAUSE]), (int)PAUSE_MAX_MS);
	rc = options.flags & OPT_NO_ANSWER ? 0 : rd_answer(ch);
	if (rc)
		return rc;
	rd_var_set(ch, "DIRECTORY_RESULT", "FAILED");
	settings = options.args[ARG_FILE] ? settings_of(ch, options.args[ARG_FILE])
					  : vm_settings_ref();
	search.settings = settings;
	rc = settings ? run_search(&search) : 0;
	vm_settings_unref(settings);
	return rc;
}
