/* VoiceMail(): greet the caller, and take a message. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/dialplan.h>

#include "apps/app_voicemail/leave.h"
#include "apps/app_voicemail/voice.h"
#include "apps/app_voicemail/voicemail.h"

enum {
	OPT_BUSY = 1,
	OPT_UNAVAILABLE = 2,
	OPT_SKIP = 4,
	OPT_SKIP_AFTER_GREETING = 8,
	OPT_EARLY = 16,
	OPT_URGENT = 32,
	OPT_PRIORITY = 64,
	OPT_DIGITS = 128,
	OPT_BEEP = 256,
	OPT_GAIN = 512,
};
enum { ARG_DIGITS, ARG_BEEP, ARG_GAIN };

static const struct rd_app_option letters[] = {
	{ 'b', false, OPT_BUSY, 0 },       { 'u', false, OPT_UNAVAILABLE, 0 },
	{ 's', false, OPT_SKIP, 0 },       { 'S', false, OPT_SKIP_AFTER_GREETING, 0 },
	{ 'e', false, OPT_EARLY, 0 },      { 'U', false, OPT_URGENT, 0 },
	{ 'P', false, OPT_PRIORITY, 0 },   { 'd', true, OPT_DIGITS, ARG_DIGITS },
	{ 't', true, OPT_BEEP, ARG_BEEP }, { 'g', true, OPT_GAIN, ARG_GAIN },
	{ 0 }
};

static const char *context_fault(const char *context, char *buf, size_t size)
{
	if (!context || !*context || rd_dialplan_context_coming(context))
		return NULL;
	snprintf(buf, size, "option d(%s): there is no such context", context);
	return buf;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *wrong = rd_app_check_options(pool, letters, argv[1], buf, size);
	struct rd_app_options options;

	if (!wrong && !rd_app_options(pool, letters, argv[1], &options, NULL))
		wrong = context_fault(options.args[ARG_DIGITS], buf, size);
	return wrong ? wrong : vm_settings_fault(argv[0], buf, size);
}

const char *vm_voicemail_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_arguments, buf, size);
}

/* ---- the greeting ---- */

struct greeting {
	struct vm_leave *leave;
	const struct rd_app_options *options;
	const char *digits_context; /* NULL: digits do nothing */
	bool own; /* the owner's words were heard */
};

static bool is_extension(const struct greeting *greeting, char digit)
{
	const char exten[] = { digit, '\0' };

	return greeting->digits_context &&
	       rd_dialplan_exists(greeting->digits_context, exten, 1, NULL);
}

/* What ends it: # goes to the tone, 0 to the operator, * where extension a leads. */
static void list_keys(const struct greeting *greeting, char keys[16])
{
	struct rd_channel *ch = greeting->leave->ch;
	const struct vm_box *box = greeting->leave->boxes[0];
	size_t n = 0;

	keys[n++] = '#';
	if (vm_can_exit(ch, box, "a"))
		keys[n++] = '*';
	if (box->options.operator_exit && vm_can_exit(ch, box, "o"))
		keys[n++] = '0';
	for (const char *digit = "0123456789"; *digit; digit++)
		if (is_extension(greeting, *digit) && !memchr(keys, *digit, n))
			keys[n++] = *digit;
	keys[n] = '\0';
}

/* "The person at extension 1001 is on the phone." */
static void say_standard(struct vm_voice *voice, const struct vm_box *box, bool busy)
{
	vm_say_owner(voice, box, "vm-theperson");
	vm_say(voice, busy ? "vm-isonphone" : "vm-isunavail");
}

static void say_greeting(struct vm_voice *voice, struct greeting *greeting)
{
	const struct vm_box *box = greeting->leave->boxes[0];
	bool busy = greeting->options->flags & OPT_BUSY;
	char path[VM_PATH];

	greeting->own = vm_store_greeting(box, "temp", path) == 0;
	if (!greeting->own && !busy && !(greeting->options->flags & OPT_UNAVAILABLE))
		return;
	if (!greeting->own)
		greeting->own = vm_store_greeting(box, busy ? "busy" : "unavail", path) == 0;
	if (greeting->own)
		vm_say(voice, path);
	else
		say_standard(voice, box, busy);
}

static bool wants_instructions(const struct greeting *greeting)
{
	if (greeting->options->flags & OPT_SKIP)
		return false;
	return !(greeting->options->flags & OPT_SKIP_AFTER_GREETING) || !greeting->own;
}

/* 0, the key that ended it, or negative. */
static int greet(struct greeting *greeting)
{
	char keys[16];
	struct vm_voice voice = { .ch = greeting->leave->ch, .keys = keys };

	list_keys(greeting, keys);
	say_greeting(&voice, greeting);
	if (wants_instructions(greeting))
		vm_say(&voice, "vm-intro");
	return voice.rc;
}

/* ---- keys that lead elsewhere ---- */

static int leave_by(struct greeting *greeting, int key)
{
	struct vm_leave *leave = greeting->leave;
	const char digit[] = { (char)key, '\0' };
	int rc;

	rd_var_set(leave->ch, "VMSTATUS", "USEREXIT");
	if (key == '*')
		return vm_exit_to(leave->ch, leave->boxes[0], "a");
	if (key == '0' && leave->boxes[0]->options.operator_exit &&
	    vm_can_exit(leave->ch, leave->boxes[0], "o"))
		return vm_exit_to(leave->ch, leave->boxes[0], "o");
	rc = rd_channel_set_place(leave->ch, greeting->digits_context, digit, 1);
	return rc ? rc : RD_APP_JUMP;
}

/* ---- the message ---- */

static int take_message(struct vm_leave *leave)
{
	bool stored;
	int rc = rd_answer(leave->ch);

	if (!rc)
		rc = vm_leave_message(leave, &stored);
	else
		stored = false;
	if (stored)
		rd_var_set(leave->ch, "VMSTATUS", "SUCCESS");
	if (rc == VM_LEFT_OPERATOR) {
		rd_var_set(leave->ch, "VMSTATUS", "USEREXIT");
		return vm_exit_to(leave->ch, leave->boxes[0], "o");
	}
	return rc == -ECANCELED ? rc : 0;
}

static int refuse_full(struct vm_leave *leave)
{
	rd_app_warning(leave->ch, "mailbox %s is full", leave->boxes[0]->id);
	return vm_tell(leave->ch, "vm-mailboxfull");
}

/* Better before somebody speaks than afterwards. */
static int refuse_broken(struct vm_leave *leave, int rc)
{
	if (rc == -ECANCELED)
		return rc;
	rd_app_error(leave->ch, "mailbox %s: %s", leave->boxes[0]->id, rd_strerror(rc));
	return vm_tell(leave->ch, "vm-sorry");
}

static int serve(struct greeting *greeting)
{
	struct vm_leave *leave = greeting->leave;
	int rc = greeting->options->flags & OPT_EARLY ? 0 : rd_answer(leave->ch);

	if (!rc)
		rc = greet(greeting);
	if (rc < 0)
		return rc;
	if (rc && rc != '#')
		return leave_by(greeting, rc);
	rc = vm_leave_has_room(leave);
	if (rc == 0)
		return refuse_full(leave);
	return rc < 0 ? refuse_broken(leave, rc) : take_message(leave);
}

static const char *digits_context(struct rd_channel *ch, const struct rd_app_options *options)
{
	const char *context = options->args[ARG_DIGITS];

	if (!(options->flags & OPT_DIGITS))
		return NULL;
	return context && *context ? context : rd_channel_context(ch);
}

static int serve_with(struct rd_channel *ch, const char *boxes,
		      const struct rd_app_options *options, const struct vm_settings *settings)
{
	struct vm_leave leave = {
		.ch = ch,
		.settings = settings,
		.beep = options->args[ARG_BEEP] ? options->args[ARG_BEEP] : "",
		.gain_db = options->flags & OPT_GAIN ? vm_gain(ch, options->args[ARG_GAIN]) : 0,
		.usual_beep = !(options->flags & OPT_BEEP),
		.urgent = options->flags & OPT_URGENT,
		.priority = options->flags & OPT_PRIORITY,
	};
	struct greeting greeting = { .leave = &leave,
				     .options = options,
				     .digits_context = digits_context(ch, options) };

	if (vm_leave_targets(&leave, boxes) == 0)
		return 0;
	return serve(&greeting);
}

/* Without a mailbox the caller is asked for one. */
static int ask_box(struct rd_channel *ch, char *name)
{
	int rc = rd_answer(ch);

	if (!rc)
		rc = vm_ask_digits(ch, "vm-whichbox", name, RD_MWI_NAME - 1);
	return RD_MIN(rc, 0);
}

int vm_voicemail_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	struct vm_settings *settings;
	char asked[RD_MWI_NAME] = "";
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0 || rd_app_read_options(ch, letters, argv[1], &options))
		return rc < 0 ? rc : -ENOMEM;
	rd_var_set(ch, "VMSTATUS", "FAILED");
	if (!*argv[0]) {
		rc = ask_box(ch, asked);
		if (rc < 0)
			return rc;
		argv[0] = asked;
	}
	settings = vm_settings_ref();
	rc = settings ? serve_with(ch, argv[0], &options, settings) : 0;
	vm_settings_unref(settings);
	return rc < 0 && rc != -ECANCELED ? 0 : rc;
}
