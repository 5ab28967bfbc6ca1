/* ChanSpy() and ExtenSpy(): listen in on calls, one after the other, whisper
 * to one of the parties, or break in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/spy.h>
#include <ringdown/tech.h>

#include "apps/app_chanspy/announce.h"
#include "apps/app_chanspy/loudness.h"
#include "apps/app_chanspy/recording.h"
#include "apps/app_chanspy/whom.h"

enum { LOOK_MS = 1000, NUMBER_MAX = 16 };

enum {
	OPT_QUIET = 1,
	OPT_WHISPER = 2,
	OPT_BARGE = 4,
	OPT_OWN_VOICE = 8,
	OPT_STOP_WHEN_NONE = 16,
	OPT_END_WITH_CALL = 32,
	OPT_BRIDGED = 64,
	OPT_EXIT_KEY = 128,
	OPT_CYCLE_KEY = 256,
	OPT_MODE_KEYS = 512,
	OPT_EXTENSIONS = 1024,
	OPT_GROUPS = 2048,
	OPT_ENFORCED = 4096,
	OPT_DEAF = 8192,
	OPT_NAME = 16384,
	OPT_NO_TECH = 32768,
	OPT_VOLUME = 65536,
	OPT_RECORD = 131072,
	OPT_WHOLE_NAME = 262144,
	OPT_NOTHING = 524288,
};

enum { ARG_EXIT_KEY, ARG_CYCLE_KEY, ARG_GROUPS, ARG_ENFORCED, ARG_NAME, ARG_VOLUME, ARG_RECORD };

static const struct rd_app_option letters[] = {
	{ 'q', false, OPT_QUIET, 0 },
	{ 'w', false, OPT_WHISPER, 0 },
	{ 'B', false, OPT_BARGE, 0 },
	{ 'o', false, OPT_OWN_VOICE, 0 },
	{ 'S', false, OPT_STOP_WHEN_NONE, 0 },
	{ 'E', false, OPT_END_WITH_CALL, 0 },
	{ 'b', false, OPT_BRIDGED, 0 },
	{ 'x', true, OPT_EXIT_KEY, ARG_EXIT_KEY },
	{ 'c', true, OPT_CYCLE_KEY, ARG_CYCLE_KEY },
	{ 'd', false, OPT_MODE_KEYS, 0 },
	{ 'X', false, OPT_EXTENSIONS, 0 },
	{ 'g', true, OPT_GROUPS, ARG_GROUPS },
	{ 'e', true, OPT_ENFORCED, ARG_ENFORCED },
	{ 'W', false, OPT_WHISPER | OPT_DEAF, 0 },
	{ 'n', true, OPT_NAME, ARG_NAME },
	{ 's', false, OPT_NO_TECH, 0 },
	{ 'v', true, OPT_VOLUME, ARG_VOLUME },
	{ 'r', true, OPT_RECORD, ARG_RECORD },
	{ 'u', false, OPT_WHOLE_NAME, 0 },
	{ 'l', false, OPT_NOTHING, 0 }, /* a longer queue: there is none */
	{ 0 },
};

struct spy {
	struct rd_channel *ch;
	struct whom whom;
	struct announcement announcement;
	uint64_t flags;
	enum rd_spy_mode mode;
	int volume; /* of loudness_set() */
	struct loudness *loudness; /* while it listens */
	char number[NUMBER_MAX]; /* that was keyed */
	char exit_key, cycle_key, pressed;
	bool leaves; /* for the extension that was pressed */
	char last[128]; /* the channel that was listened to */
};

/* What stays when a new file takes the module's place. */
static struct kept {
	char key; /* so that spies do not listen to each other */
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

/* ---- whom ---- */

static bool is_target(const struct spy *spy, const struct rd_channel *other)
{
	return other != spy->ch && rd_channel_state(other) == RD_CHANNEL_UP &&
	       !rd_channel_attached(other, &kept->key) && whom_fits(&spy->whom, other);
}

/* The one after the last one; after all of them the first. */
static struct rd_channel *next_target(const struct spy *spy)
{
	struct rd_channel *first = NULL, *it = NULL;
	bool passed = false;

	while ((it = rd_channel_next(it))) {
		bool target = is_target(spy, it);

		if (target && passed)
			return it;
		if (target && !first)
			first = it;
		passed |= strcmp(rd_channel_name(it), spy->last) == 0;
	}
	return first;
}

/* "SIP", or "SIP/", and 1002#: the first of SIP/1002; where there is none, who is listened to. */
static struct rd_channel *numbered_target(const struct spy *spy)
{
	struct rd_channel *last = NULL, *it = NULL;
	size_t n = strcspn(spy->whom.name, "/"), digits = strlen(spy->number);

	while ((it = rd_channel_next(it))) {
		const char *name = rd_channel_name(it), *slash = strchr(name, '/');

		if (!is_target(spy, it))
			continue;
		if (slash && strncmp(slash + 1, spy->number, digits) == 0 &&
		    (!n || slash == name + n))
			return it;
		if (strcmp(name, spy->last) == 0)
			last = it;
	}
	return last;
}

/* ---- keys ---- */

/* Option X: one that is an extension leads there. */
static bool leads_away(const struct spy *spy, char digit, const char **context)
{
	const char *named = rd_var_get(spy->ch, "SPY_EXIT_CONTEXT");
	const char exten[] = { digit, '\0' };

	*context = named && *named ? named : rd_channel_context(spy->ch);
	return spy->flags & OPT_EXTENSIONS &&
	       rd_dialplan_exists(*context, exten, 1,
				  rd_channel_party(spy->ch, RD_PARTY_CALLER)->number);
}

static bool changes_mode(const struct spy *spy, char digit)
{
	return spy->flags & OPT_MODE_KEYS && digit >= '4' && digit <= '6';
}

static bool means_something(const struct spy *spy, char digit)
{
	const char *context;

	return digit == spy->exit_key || digit == spy->cycle_key || changes_mode(spy, digit) ||
	       leads_away(spy, digit, &context);
}

/* Keys of a number that # ends; with d they mean something else. */
static void add_to_number(struct spy *spy, char digit)
{
	size_t n = strlen(spy->number);

	if (digit < '0' || digit > '9' || spy->flags & OPT_MODE_KEYS ||
	    spy->whom.is_wanted != whom_begins || n + 1 == sizeof(spy->number))
		return;
	spy->number[n] = digit;
	spy->number[n + 1] = '\0';
}

static bool ends_number(const struct spy *spy, char digit)
{
	return digit == '#' && digit != spy->cycle_key && *spy->number;
}

static int leave_for(struct spy *spy, const char *context, char digit)
{
	const char exten[] = { digit, '\0' };
	int rc = rd_channel_set_place(spy->ch, context, exten, 1);

	spy->leaves = !rc;
	return rc ? rc : 1;
}

/* 1: enough, 0: go on, or negative. */
static int obey(struct spy *spy, char digit)
{
	const char *context;

	if (digit == spy->exit_key)
		return 1;
	if (changes_mode(spy, digit))
		spy->mode = digit == '4' ? RD_SPY_LISTEN
			    : digit == '5' ? RD_SPY_WHISPER : RD_SPY_BARGE;
	else if (digit != spy->cycle_key && leads_away(spy, digit, &context))
		return leave_for(spy, context, digit);
	return 0;
}

/* ---- listening ---- */

static void set_loudness(struct spy *spy)
{
	int rc = spy->flags & OPT_DEAF && spy->mode == RD_SPY_WHISPER
			 ? loudness_mute(&spy->loudness, spy->ch)
			 : loudness_set(&spy->loudness, spy->ch, spy->volume);

	if (rc)
		rd_app_warning(spy->ch, "the volume stays as it is: %s", rd_strerror(rc));
}

/* After the loudest comes the softest. */
static void be_louder(struct spy *spy)
{
	spy->volume = spy->volume < LOUDNESS_MOST ? spy->volume + 1 : -LOUDNESS_MOST;
	set_loudness(spy);
}

static int key(struct rd_channel *ch, char digit, void *arg)
{
	struct spy *spy = arg;

	(void)ch;
	if (!means_something(spy, digit) && !ends_number(spy, digit)) {
		if (digit == '#')
			be_louder(spy);
		else
			add_to_number(spy, digit);
		return 0;
	}
	spy->pressed = digit;
	return 1;
}

static int listen_once(struct spy *spy, struct rd_channel *target)
{
	struct rd_spy_options options = { .mode = spy->mode,
					  .own_voice = spy->flags & OPT_OWN_VOICE,
					  .digit = key,
					  .arg = spy };
	int rc;

	set_loudness(spy);
	rc = rd_spy(spy->ch, target, &options);
	loudness_end(&spy->loudness);
	return rc;
}

/* What its options say; 1: enough. */
static int listen_to(struct spy *spy, struct rd_channel *target)
{
	int rc = 0;

	rd_strcpy(spy->last, sizeof(spy->last), rd_channel_name(target));
	rd_var_set(spy->ch, "SPY_CHANNEL", spy->last);
	spy->number[0] = '\0';
	rd_channel_ref(target);
	if (!(spy->flags & OPT_QUIET))
		rc = announce(spy->ch, target, &spy->announcement);
	while (rc != -ECANCELED) {
		rc = listen_once(spy, target);
		if (rc != RD_SPY_KEY || spy->pressed == spy->exit_key ||
		    !changes_mode(spy, spy->pressed))
			break;
		obey(spy, spy->pressed);
	}
	rd_channel_unref(target);
	if (rc == RD_SPY_TARGET_GONE)
		return spy->flags & OPT_END_WITH_CALL ? 1 : 0;
	if (rc == RD_SPY_KEY)
		return obey(spy, spy->pressed);
	return rc == -ENODATA ? 0 : rc;
}

/* Nobody to listen to: perhaps in a while. */
static int wait_for_somebody(struct spy *spy)
{
	int key_pressed;

	if (spy->flags & OPT_STOP_WHEN_NONE)
		return 1;
	key_pressed = rd_read_digit(spy->ch, LOOK_MS);
	if (key_pressed == -ETIMEDOUT)
		return 0;
	return key_pressed < 0 ? key_pressed : obey(spy, (char)key_pressed);
}

static int listen_to_all(struct spy *spy)
{
	bool numbered = false;
	int rc = 0;

	while (!rc) {
		struct rd_channel *target = numbered ? numbered_target(spy) : next_target(spy);

		rc = target ? listen_to(spy, target) : 0;
		/* One without sound, or none: not in a circle. */
		if (!rc && (!target || !spy->pressed))
			rc = wait_for_somebody(spy);
		numbered = ends_number(spy, spy->pressed);
		spy->pressed = '\0';
	}
	return rc;
}

static int record_and_listen(struct spy *spy, const char *base)
{
	struct rd_monitor *recording = NULL;
	int rc = 0;

	if (spy->flags & OPT_RECORD)
		rc = recording_start(&recording, spy->ch, base && *base ? base : "chanspy");
	if (!rc)
		rc = listen_to_all(spy);
	if (recording)
		rd_monitor_stop(recording, NULL);
	return rc;
}

/* ---- the applications ---- */

static char first_of(const char *keys, char otherwise)
{
	return keys && *keys ? *keys : otherwise;
}

static bool is_volume(const char *text, long *volume)
{
	char *end;

	*volume = strtol(text, &end, 10);
	return !*end && *volume >= -LOUDNESS_MOST && *volume <= LOUDNESS_MOST;
}

static int read_volume(struct rd_channel *ch, const char *text)
{
	long volume;

	if (is_volume(text, &volume))
		return (int)volume;
	rd_app_warning(ch, "option v(%s): a number from -4 to 4 was expected", text);
	return 0;
}

static void read_whom(struct whom *whom, const struct rd_app_options *options)
{
	const char *groups = options->args[ARG_GROUPS], *enforced = options->args[ARG_ENFORCED];

	if (options->flags & OPT_GROUPS)
		whom->groups = groups ? groups : "";
	if (options->flags & OPT_ENFORCED)
		whom->enforced = enforced ? enforced : "";
	whom->bridged = options->flags & OPT_BRIDGED;
	if (options->flags & OPT_WHOLE_NAME && whom->is_wanted == whom_begins)
		whom->is_wanted = whom_is_named;
}

static int spy_on(struct spy *spy, const char *option_text)
{
	struct rd_app_options options;
	int rc = rd_app_read_options(spy->ch, letters, option_text, &options);

	if (rc)
		return rc;
	spy->flags = options.flags;
	read_whom(&spy->whom, &options);
	spy->announcement = (struct announcement){
		.by_name = spy->flags & OPT_NAME,
		.mailbox = options.args[ARG_NAME] ? options.args[ARG_NAME] : "",
		.no_tech = spy->flags & OPT_NO_TECH,
	};
	spy->volume = options.args[ARG_VOLUME] ? read_volume(spy->ch, options.args[ARG_VOLUME])
					       : 0;
	spy->mode = spy->flags & OPT_BARGE ? RD_SPY_BARGE
		    : spy->flags & OPT_WHISPER ? RD_SPY_WHISPER : RD_SPY_LISTEN;
	spy->exit_key = first_of(options.args[ARG_EXIT_KEY], '\0');
	spy->cycle_key = first_of(options.args[ARG_CYCLE_KEY], '*');
	rc = rd_answer(spy->ch);
	if (!rc)
		rc = rd_channel_attach(spy->ch, &kept->key, spy, NULL);
	if (rc)
		return rc;
	rc = record_and_listen(spy, options.args[ARG_RECORD]);
	rd_channel_attach(spy->ch, &kept->key, NULL, NULL);
	if (rd_channel_gone(spy->ch) || rd_channel_moved(spy->ch))
		return -ECANCELED;
	if (rc < 0)
		rd_app_warning(spy->ch, "%s", rd_strerror(rc));
	return spy->leaves ? RD_APP_JUMP : 0;
}

static const char *check_letters(struct rd_pool *pool, const char *const *argv, char *buf,
				 size_t size)
{
	const char *wrong = rd_app_check_options(pool, letters, argv[1], buf, size);
	struct rd_app_options options;
	const char *text;
	long volume;
	char bad;

	if (wrong || rd_app_options(pool, letters, argv[1], &options, &bad))
		return wrong;
	text = options.args[ARG_VOLUME];
	if (!text || is_volume(text, &volume))
		return NULL;
	snprintf(buf, size, "option v(%s): a number from -4 to 4 was expected", text);
	return buf;
}

/* Whose beginning may be that of a channel, unless u has it whole. */
static const char *check_name(struct rd_pool *pool, const char *const *argv, char *buf,
			      size_t size)
{
	struct rd_app_options options;

	if (rd_app_options(pool, letters, argv[1], &options, NULL) ||
	    options.flags & OPT_WHOLE_NAME)
		return NULL;
	return rd_channel_prefix_fault(argv[0], buf, size);
}

static const char *extenspy_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_letters, buf, size);
}

static const char *chanspy_check(const char *args, char *buf, size_t size)
{
	const char *wrong = extenspy_check(args, buf, size);

	return wrong ? wrong : rd_app_check_args(args, 2, check_name, buf, size);
}

static int chanspy_app(struct rd_channel *ch, const char *args)
{
	struct spy spy = { .ch = ch, .whom.is_wanted = whom_begins };
	char proper[160];
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	spy.whom.name = strcmp(argv[0], "all") == 0
			   ? "" : rd_tech_proper_name(argv[0], proper, sizeof(proper));
	return spy_on(&spy, argv[1]);
}

static int extenspy_app(struct rd_channel *ch, const char *args)
{
	struct spy spy = { .ch = ch, .whom.is_wanted = whom_has_extension };
	const char *argv[2], *at;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	at = strchr(argv[0], '@');
	spy.whom.context = at ? at + 1 : rd_channel_context(ch);
	spy.whom.name = at ? rd_pool_strndup(rd_channel_scratch(ch), argv[0],
					     (size_t)(at - argv[0]))
			   : argv[0];
	return spy.whom.name ? spy_on(&spy, argv[1]) : -ENOMEM;
}

#define KEYS                                                                          \
	"Options: q no beep, and whom is not said; n(mailbox@context) by name, s without " \
	"SIP before the number; w whisper, W hearing nobody; B break in; o only what "      \
	"that channel says; b only channels that talk to somebody; S end when there is "    \
	"nobody, E with the call; x(key) end; c(key) the next one, else *; d: 4 listen, 5 " \
	"whisper, 6 break in; X a key that is an extension, of SPY_EXIT_CONTEXT or here, "  \
	"leads there; g(a:b) only channels with one of these in SPYGROUP; e(1001:1002) "    \
	"only these phones; v(-4 to 4) how loud; r(name) a recording, name.TIME.wav in the " \
	"folder monitor, chanspy.TIME.wav without it; u the channel's whole name or unique " \
	"id is given, and not how it begins. # is louder, and after the loudest "       \
	"softest; after a number it is whose. SPY_CHANNEL is who was heard last."

static const struct rd_app apps[] = {
	{
		.name = "ChanSpy",
		.run = chanspy_app,
		.check = chanspy_check,
		.synopsis = "Listen in on calls",
		.syntax = "ChanSpy(prefix of channels, or all,options)",
		.description = KEYS,
	},
	{
		.name = "ExtenSpy",
		.run = extenspy_app,
		.check = extenspy_check,
		.synopsis = "Listen in on the calls of an extension",
		.syntax = "ExtenSpy(extension@context,options)",
		.description = KEYS,
	},
	{ 0 },
};

RD_MODULE(.name = "app_chanspy", .synopsis = "Listening in", .apps = apps, .state = &state);
