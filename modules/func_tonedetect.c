/* TONE_DETECT(): watch a channel for a tone, and send it elsewhere when that comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/detect.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "modules/func.h"

enum { TONE_MS = 500, HZ_MAX = 3900, MS_MAX = 3600000 };

enum {
	OPT_ANNOUNCEMENT = 1,
	OPT_BUSY = 2,
	OPT_GOTO = 4,
	OPT_TIMES = 8,
	OPT_RINGING = 16,
	OPT_SAID = 32,
	OPT_HEARD = 64,
	OPT_END = 128,
	OPT_DIAL_TONE = 256,
};

enum { ARG_GOTO, ARG_TIMES };

static const struct rd_app_option options_table[] = {
	{ 'a', false, OPT_ANNOUNCEMENT, 0 },
	{ 'b', false, OPT_BUSY, 0 },
	{ 'c', false, OPT_DIAL_TONE, 0 },
	{ 'g', true, OPT_GOTO, ARG_GOTO },
	{ 'n', true, OPT_TIMES, ARG_TIMES },
	{ 'p', false, OPT_RINGING, 0 },
	{ 'r', false, OPT_SAID, 0 },
	{ 't', false, OPT_HEARD, 0 },
	{ 'x', false, OPT_END, 0 },
	{ 0 }
};

struct watch {
	struct rd_channel *ch;
	struct rd_detector *detector; /* NULL: not now */
	unsigned flags;
	int times, count;
	char *place; /* as Goto() has it */
};

/* What stays when a new file takes the module's place. */
static struct kept {
	char key; /* of what is kept with a channel */
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct watch), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

static void stop(struct watch *watch)
{
	if (watch->detector)
		rd_detector_free(watch->detector);
	watch->detector = NULL;
	rd_free(watch->place);
	watch->place = NULL;
	watch->count = 0;
}

static void watch_free(void *data)
{
	stop(data);
	rd_free(data);
}

static struct watch *watch_of(struct rd_channel *ch)
{
	struct watch *watch = rd_channel_keep(ch, &kept->key, sizeof(*watch), watch_free);

	if (watch)
		watch->ch = ch;
	return watch;
}

static void go(struct watch *watch)
{
	struct rd_channel *ch = watch->ch;
	struct rd_place place;
	int rc = rd_dialplan_read_place(ch, watch->place, &place);

	if (!rc && !rd_dialplan_exists(place.context, place.exten, place.priority, NULL))
		rc = -ENOENT;
	if (!rc)
		rc = rd_channel_redirect(ch, place.context, place.exten, place.priority);
	if (rc)
		rd_warning("%s: TONE_DETECT: it cannot go to \"%s\": %s", rd_channel_name(ch),
			   watch->place, rd_strerror(rc));
}

static bool is_wanted(const struct watch *watch, enum rd_detected what)
{
	switch (what) {
	case RD_DETECTED_TONE:
		return true;
	case RD_DETECTED_BUSY:
		return watch->flags & OPT_BUSY;
	case RD_DETECTED_RINGING:
		return watch->flags & OPT_RINGING;
	case RD_DETECTED_DIAL_TONE:
		return watch->flags & OPT_DIAL_TONE;
	case RD_DETECTED_ANNOUNCEMENT:
		return watch->flags & OPT_ANNOUNCEMENT;
	default:
		return false;
	}
}

static void told(enum rd_detected what, int ms, void *arg)
{
	struct watch *watch = arg;

	(void)ms;
	if (!is_wanted(watch, what) || rd_channel_gone(watch->ch))
		return;
	watch->count++;
	if (watch->place && watch->count == watch->times)
		go(watch);
}

static int number(const char *text, int fallback, int max)
{
	int n = atoi(text ? text : "");

	return n > 0 && n <= max ? n : fallback;
}

static int start(struct watch *watch, const struct func_args *args,
		 const struct rd_app_options *wanted)
{
	const unsigned network = OPT_ANNOUNCEMENT | OPT_BUSY | OPT_RINGING | OPT_DIAL_TONE;
	struct rd_detect_options options = { .told = told, .arg = watch,
					     .heard = wanted->flags & OPT_HEARD,
					     .hz = number(args->argv[0], 0, HZ_MAX),
					     .tone_ms = number(args->argv[1], TONE_MS, MS_MAX) };

	options.kinds = wanted->flags & network ? RD_DETECT_PROGRESS : RD_DETECT_TONE;
	if (options.kinds == RD_DETECT_TONE && !options.hz)
		return -EINVAL;
	stop(watch);
	watch->flags = wanted->flags;
	watch->times = number(wanted->args[ARG_TIMES], 1, MS_MAX);
	if (wanted->args[ARG_GOTO]) {
		watch->place = rd_strdup(wanted->args[ARG_GOTO]);
		if (!watch->place)
			return -ENOMEM;
	}
	return rd_detector_new(&watch->detector, watch->ch, &options);
}

static int write(struct rd_channel *ch, const char *text, const char *value)
{
	struct rd_app_options wanted;
	struct func_args args;
	struct watch *watch = ch ? watch_of(ch) : NULL;
	char bad, fault[256];
	int rc;

	(void)value;
	if (!watch)
		return ch ? -ENOMEM : -EINVAL;
	rc = func_args_read(&args, text, 3);
	if (rc)
		return rc;
	rc = rd_app_options(args.pool, options_table, args.argv[2], &wanted, &bad);
	if (!rc && wanted.flags & OPT_END)
		stop(watch);
	else if (!rc)
		rc = start(watch, &args, &wanted);
	else if (rc != -ENOMEM)
		rd_warning("%s: TONE_DETECT: %s", rd_channel_name(ch),
			   rd_app_option_fault(options_table, args.argv[2], rc, bad, fault,
					       sizeof(fault)));
	func_args_free(&args);
	return rc;
}

static int read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct watch *watch = ch ? rd_channel_attached(ch, &kept->key) : NULL;

	(void)args;
	if (!ch)
		return -EINVAL;
	rd_buf_printf(out, "%d", watch ? watch->count : 0);
	return 0;
}

static const char *check_args(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	return rd_app_check_options(pool, options_table, argv[2], buf, size);
}

static const char *check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 3, check_args, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "TONE_DETECT",
	  .read = read,
	  .write = write,
	  .check = check,
	  .synopsis = "Watch a channel for a tone",
	  .syntax = "TONE_DETECT(hertz[,milliseconds[,options]])",
	  .description =
		  "Set(TONE_DETECT(2600,1000,g(got,s,1))=) sends the channel to got,s,1 when it "
		  "says that tone for so long (500). Options: n(times) only the third time; t "
		  "what it hears counts, not what it says (r); instead of a tone: b busy, c a "
		  "dial tone, p ringing, a the three tones before an announcement, as in the "
		  "default country; x ends it. To be read: how often it has come." },
	{ 0 }
};

RD_MODULE(.name = "func_tonedetect", .synopsis = "Tones on channels", .functions = functions,
	  .state = &state);
