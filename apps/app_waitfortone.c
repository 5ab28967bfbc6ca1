/* Waiting for tones: WaitForTone() for one pitch, ToneScan() for what networks say. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/detect.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/number.h"

enum { LOOK_MS = 20, TONE_MS = 500, HZ_MAX = 3900, NUMBER_MAX = 3600000, TIMES_MAX = 1000 };

/* What is waited for, and what has come of it. */
struct wait {
	struct rd_detector *detector;
	int times;
	const char *status; /* NULL: nothing yet */
	uint64_t until_ms;  /* 0: for ever */
};

/* The status, NULL when time is up; -ECANCELED. */
static int wait_for(struct rd_channel *ch, struct wait *wait,
		    const struct rd_detect_options *options, const char **status)
{
	int rc = rd_answer(ch);

	if (!rc)
		rc = rd_detector_new(&wait->detector, ch, options);
	if (rc)
		return rc;
	while (!rc && !wait->status && (!wait->until_ms || rd_now_ms() < wait->until_ms))
		rc = rd_channel_sleep(ch, LOOK_MS);
	rd_detector_free(wait->detector);
	*status = wait->status;
	return rc;
}

static int tell(struct rd_channel *ch, const char *name, int rc, const char *status)
{
	if (rc == -ECANCELED)
		return rc;
	if (rc && rc != -ENODATA)
		rd_app_error(ch, "%s", rd_strerror(rc));
	return rd_var_set(ch, name, rc ? "ERROR" : status ? status : "TIMEOUT");
}

static uint64_t after(int seconds)
{
	return seconds ? rd_now_ms() + (uint64_t)seconds * 1000 : 0;
}

/* ---- one tone ---- */

static void tone_told(enum rd_detected what, int ms, void *arg)
{
	struct wait *wait = arg;

	(void)ms;
	if (what == RD_DETECTED_TONE && --wait->times <= 0)
		wait->status = "SUCCESS";
}

static int waitfortone_app(struct rd_channel *ch, const char *args)
{
	struct wait wait = { .times = 1 };
	struct rd_detect_options options = { .kinds = RD_DETECT_TONE, .tone_ms = TONE_MS,
					     .told = tone_told, .arg = &wait };
	const char *argv[5], *status = NULL;
	int timeout_s = 0, rc = rd_app_args(rd_channel_scratch(ch), args, argv, 5);

	if (rc < 0)
		return rc;
	if (!app_read_number(ch, "frequency", argv[0], 0, HZ_MAX, &options.hz) ||
	    !app_read_number(ch, "duration", argv[1], 0, NUMBER_MAX, &options.tone_ms) ||
	    !app_read_number(ch, "timeout", argv[2], 0, NUMBER_MAX, &timeout_s) ||
	    !app_read_number(ch, "times", argv[3], 0, TIMES_MAX, &wait.times) || options.hz == 0)
		return rd_var_set(ch, "WAITFORTONESTATUS", "ERROR");
	wait.until_ms = after(timeout_s);
	rc = wait_for(ch, &wait, &options, &status);
	return tell(ch, "WAITFORTONESTATUS", rc, status);
}

static const char *check_tone(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	const char *wrong = app_number_fault("frequency", argv[0], 1, HZ_MAX, buf, size);

	(void)pool;
	if (!*argv[0])
		return "a frequency is expected";
	if (!wrong)
		wrong = app_number_fault("duration", argv[1], 0, NUMBER_MAX, buf, size);
	if (!wrong)
		wrong = app_number_fault("timeout", argv[2], 0, NUMBER_MAX, buf, size);
	return wrong ? wrong : app_number_fault("times", argv[3], 0, TIMES_MAX, buf, size);
}

static const char *waitfortone_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 5, check_tone, buf, size);
}

/* ---- those of networks ---- */

enum { OPT_FAX = 1, OPT_VOICE = 2 };

static const struct rd_app_option scan_options[] = {
	{ 'f', false, OPT_FAX, 0 },
	{ 'v', false, OPT_VOICE, 0 },
	{ 0 }
};

enum { VOICE_MS = 200 };

static void scan_told(enum rd_detected what, int ms, void *arg)
{
	static const char *const names[] = {
		[RD_DETECTED_VOICE] = "VOICE",	    [RD_DETECTED_FAX] = "FAX",
		[RD_DETECTED_BUSY] = "BUSY",	    [RD_DETECTED_RINGING] = "RINGING",
		[RD_DETECTED_CONGESTION] = "CONGESTION",
		[RD_DETECTED_DIAL_TONE] = "DIALTONE",
		[RD_DETECTED_ANNOUNCEMENT] = "SIT",
	};
	struct wait *wait = arg;

	(void)ms;
	if (!wait->status && (size_t)what < RD_ARRAY_SIZE(names))
		wait->status = names[what];
}

static bool known_country(struct rd_channel *ch, const char *country)
{
	if (!*country || rd_tone_zone_known(country))
		return true;
	rd_app_warning(ch, "there is no country \"%s\" in indications.conf", country);
	return false;
}

static int tonescan_app(struct rd_channel *ch, const char *args)
{
	struct wait wait = { 0 };
	struct rd_detect_options options = { .kinds = RD_DETECT_PROGRESS, .voice_ms = VOICE_MS,
					     .told = scan_told, .arg = &wait };
	struct rd_app_options wanted;
	const char *argv[3], *status = NULL;
	int timeout_s = 0, rc = rd_app_args(rd_channel_scratch(ch), args, argv, 3);

	if (rc < 0)
		return rc;
	rc = rd_app_read_options(ch, scan_options, argv[2], &wanted);
	if (rc)
		return rc;
	if (!known_country(ch, argv[0]) ||
	    !app_read_number(ch, "timeout", argv[1], 0, NUMBER_MAX, &timeout_s))
		return rd_var_set(ch, "TONESCANSTATUS", "ERROR");
	options.zone = argv[0];
	options.kinds |= wanted.flags & OPT_FAX ? RD_DETECT_FAX : 0;
	options.kinds |= wanted.flags & OPT_VOICE ? RD_DETECT_VOICE : 0;
	wait.until_ms = after(timeout_s);
	rc = wait_for(ch, &wait, &options, &status);
	return tell(ch, "TONESCANSTATUS", rc, status);
}

static const char *check_scan(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	const char *wrong = app_number_fault("timeout", argv[1], 0, NUMBER_MAX, buf, size);

	return wrong ? wrong : rd_app_check_options(pool, scan_options, argv[2], buf, size);
}

static const char *tonescan_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 3, check_scan, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "WaitForTone",
	  .run = waitfortone_app,
	  .check = waitfortone_check,
	  .synopsis = "Wait until a tone of one frequency is heard",
	  .syntax = "WaitForTone(hertz[,milliseconds[,timeout[,times]]])",
	  .description = "It has to last so long (500), so many times; timeout is in seconds. "
			 "WAITFORTONESTATUS is SUCCESS, TIMEOUT or ERROR." },
	{ .name = "ToneScan",
	  .run = tonescan_app,
	  .check = tonescan_check,
	  .synopsis = "Wait until the far end says by a tone how a call goes",
	  .syntax = "ToneScan([zone[,timeout[,options]]])",
	  .description = "The tones are those of a country of indications.conf; timeout is in "
			 "seconds. Options: f a fax machine counts, v a voice too. TONESCANSTATUS "
			 "is BUSY, RINGING, CONGESTION, DIALTONE, SIT (the three tones before an "
			 "announcement), FAX, VOICE, TIMEOUT or ERROR. Ringing is known when a "
			 "cycle is nearly over, busy after two." },
	{ 0 }
};

RD_MODULE(.name = "app_waitfortone", .synopsis = "Waiting for tones", .apps = apps);
