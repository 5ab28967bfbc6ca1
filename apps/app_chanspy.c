/* ChanSpy() and ExtenSpy(): listen in on calls, one after the other, whisper
 * to one of the parties, or break in. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/spy.h>
#include <ringdown/tech.h>

enum { LOOK_MS = 1000 };

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
};

enum { ARG_EXIT_KEY, ARG_CYCLE_KEY };

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
	{ 0 },
};

struct spy {
	struct rd_channel *ch;
	bool (*is_wanted)(const struct spy *spy, const struct rd_channel *other);
	const char *name;    /* the beginning of a channel's name, or the extension */
	const char *context; /* of the extension */
	uint64_t flags;
	char exit_key, cycle_key, pressed;
	char last[128]; /* the channel that was listened to */
};

/* So that spies do not listen to each other. */
static const char spy_key;

/* ---- whom ---- */

static bool has_name(const struct spy *spy, const struct rd_channel *other)
{
	return strncmp(rd_channel_name(other), spy->name, strlen(spy->name)) == 0;
}

static bool has_extension(const struct spy *spy, const struct rd_channel *other)
{
	return strcmp(rd_channel_exten(other), spy->name) == 0 &&
	       strcmp(rd_channel_context(other), spy->context) == 0;
}

static bool is_target(const struct spy *spy, const struct rd_channel *other)
{
	return other != spy->ch && rd_channel_state(other) == RD_CHANNEL_UP &&
	       !rd_channel_attached(other, &spy_key) && spy->is_wanted(spy, other) &&
	       (!(spy->flags & OPT_BRIDGED) || rd_channel_bridge(other));
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

/* ---- listening ---- */

static int key(struct rd_channel *ch, char digit, void *arg)
{
	struct spy *spy = arg;

	(void)ch;
	if (digit != spy->exit_key && digit != spy->cycle_key)
		return 0;
	spy->pressed = digit;
	return 1;
}

/* What its options say; 1: enough. */
static int listen_to(struct spy *spy, struct rd_channel *target)
{
	struct rd_spy_options options = { .own_voice = spy->flags & OPT_OWN_VOICE,
					  .digit = key,
					  .arg = spy };
	int rc;

	if (spy->flags & (OPT_WHISPER | OPT_BARGE))
		options.mode = spy->flags & OPT_BARGE ? RD_SPY_BARGE : RD_SPY_WHISPER;
	rd_strcpy(spy->last, sizeof(spy->last), rd_channel_name(target));
	rd_channel_ref(target);
	rc = spy->flags & OPT_QUIET ? 0 : rd_play(spy->ch, "beep", "");
	if (rc != -ECANCELED)
		rc = rd_spy(spy->ch, target, &options);
	rd_channel_unref(target);
	if (rc == RD_SPY_TARGET_GONE)
		return spy->flags & OPT_END_WITH_CALL ? 1 : 0;
	if (rc == RD_SPY_KEY)
		return spy->pressed == spy->exit_key;
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
	return key_pressed < 0 ? key_pressed : key_pressed == spy->exit_key;
}

static int listen_to_all(struct spy *spy)
{
	int rc = 0;

	while (!rc) {
		struct rd_channel *target = next_target(spy);

		rc = target ? listen_to(spy, target) : 0;
		/* One without sound, or none: not in a circle. */
		if (!rc && (!target || !spy->pressed))
			rc = wait_for_somebody(spy);
		spy->pressed = '\0';
	}
	return rc;
}

/* ---- the applications ---- */

static char first_of(const char *keys, char otherwise)
{
	return keys && *keys ? *keys : otherwise;
}

static int spy_on(struct spy *spy, const char *option_text)
{
	struct rd_app_options options;
	int rc = rd_app_read_options(spy->ch, letters, option_text, &options);

	if (rc)
		return rc;
	spy->flags = options.flags;
	spy->exit_key = first_of(options.args[ARG_EXIT_KEY], '\0');
	spy->cycle_key = first_of(options.args[ARG_CYCLE_KEY], '*');
	rc = rd_answer(spy->ch);
	if (!rc)
		rc = rd_channel_attach(spy->ch, &spy_key, spy, NULL);
	if (rc)
		return rc;
	rc = listen_to_all(spy);
	rd_channel_attach(spy->ch, &spy_key, NULL, NULL);
	if (rd_channel_gone(spy->ch) || rd_channel_moved(spy->ch))
		return -ECANCELED;
	if (rc < 0)
		rd_app_warning(spy->ch, "%s", rd_strerror(rc));
	return 0;
}

static int chanspy_app(struct rd_channel *ch, const char *args)
{
	struct spy spy = { .ch = ch, .is_wanted = has_name };
	char proper[160];
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	spy.name = rd_tech_proper_name(argv[0], proper, sizeof(proper));
	return spy_on(&spy, argv[1]);
}

static int extenspy_app(struct rd_channel *ch, const char *args)
{
	struct spy spy = { .ch = ch, .is_wanted = has_extension };
	const char *argv[2], *at;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	at = strchr(argv[0], '@');
	spy.context = at ? at + 1 : rd_channel_context(ch);
	spy.name = at ? rd_pool_strndup(rd_channel_scratch(ch), argv[0], (size_t)(at - argv[0]))
		      : argv[0];
	return spy.name ? spy_on(&spy, argv[1]) : -ENOMEM;
}

#define KEYS                                                                        \
	"Options: q no beep; w whisper; B break in; o only what that channel "      \
	"says; b only channels that talk to somebody; S end when there is nobody, " \
	"E with the call; x(key) end; c(key) the next one, else *."

static const struct rd_app apps[] = {
	{
		.name = "ChanSpy",
		.run = chanspy_app,
		.check = rd_channel_prefix_fault,
		.synopsis = "Listen in on calls",
		.syntax = "ChanSpy(prefix of channels,options)",
		.description = KEYS,
	},
	{
		.name = "ExtenSpy",
		.run = extenspy_app,
		.synopsis = "Listen in on the calls of an extension",
		.syntax = "ExtenSpy(extension@context,options)",
		.description = KEYS,
	},
	{ 0 },
};

RD_MODULE(.name = "app_chanspy", .synopsis = "Listening in", .apps = apps);
