/* Waiting until somebody speaks, or stops: WaitForSilence(), WaitForNoise(). */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/detect.h>
#include <ringdown/module.h>

#include "apps/number.h"

enum { LOOK_MS = 20, REQUIRED_MS = 1000, NUMBER_MAX = 3600000 };

/* What is waited for, and how far that has come. */
struct wait {
	struct rd_detector *detector;
	bool voice;
	int required_ms, iterations;
	uint64_t until_ms; /* 0: for ever */
};

static int tell(struct rd_channel *ch, const char *status)
{
	return rd_var_set(ch, "WAITSTATUS", status);
}

/* 0, -ETIMEDOUT or -ECANCELED. */
static int wait_for(struct rd_channel *ch, struct wait *wait)
{
	uint64_t since = rd_now_ms();

	while (wait->iterations > 0) {
		uint64_t now = rd_now_ms();
		int rc;

		if (rd_detector_hears_voice(wait->detector) != wait->voice) {
			since = now;
		} else if (now - since >= (uint64_t)wait->required_ms) {
			wait->iterations--;
			since = now;
			continue;
		}
		if (wait->until_ms && now >= wait->until_ms)
			return -ETIMEDOUT;
		rc = rd_channel_sleep(ch, LOOK_MS);
		if (rc)
			return rc;
	}
	return 0;
}

static int fail(struct rd_channel *ch, int rc)
{
	if (rc != -ENODATA)
		rd_app_error(ch, "%s", rd_strerror(rc));
	return tell(ch, "ERROR");
}

static int run(struct rd_channel *ch, const char *args, bool voice)
{
	static const struct rd_detect_options options = { .kinds = RD_DETECT_VOICE };
	struct wait wait = { .voice = voice, .required_ms = REQUIRED_MS, .iterations = 1 };
	const char *argv[3];
	int timeout_s = 0, rc = rd_app_args(rd_channel_scratch(ch), args, argv, 3);

	if (rc < 0)
		return rc;
	if (!app_read_number(ch, "milliseconds", argv[0], 0, NUMBER_MAX, &wait.required_ms) ||
	    !app_read_number(ch, "iterations", argv[1], 0, NUMBER_MAX, &wait.iterations) ||
	    !app_read_number(ch, "timeout", argv[2], 0, NUMBER_MAX, &timeout_s))
		return tell(ch, "ERROR");
	wait.until_ms = timeout_s ? rd_now_ms() + (uint64_t)timeout_s * 1000 : 0;
	rc = rd_answer(ch);
	if (!rc)
		rc = rd_detector_new(&wait.detector, ch, &options);
	if (rc)
		return rc == -ECANCELED ? rc : fail(ch, rc);
	rc = wait_for(ch, &wait);
	rd_detector_free(wait.detector);
	if (rc == -ECANCELED)
		return rc;
	return tell(ch, rc ? "TIMEOUT" : voice ? "NOISE" : "SILENCE");
}

static int waitforsilence_app(struct rd_channel *ch, const char *args)
{
	return run(ch, args, false);
}

static int waitfornoise_app(struct rd_channel *ch, const char *args)
{
	return run(ch, args, true);
}

static const char *check_numbers(struct rd_pool *pool, const char *const *argv, char *buf,
				 size_t size)
{
	static const char *const names[] = { "milliseconds", "iterations", "timeout" };
	const char *wrong = NULL;

	(void)pool;
	for (size_t i = 0; i < RD_ARRAY_SIZE(names) && !wrong; i++)
		wrong = app_number_fault(names[i], argv[i], 0, NUMBER_MAX, buf, size);
	return wrong;
}

static const char *check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 3, check_numbers, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "WaitForSilence",
	  .run = waitforsilence_app,
	  .check = check,
	  .synopsis = "Wait until the caller is silent",
	  .syntax = "WaitForSilence([milliseconds[,iterations[,timeout]]])",
	  .description = "For so long, 1000 without a number, so many times, once without a "
			 "number; timeout is in seconds. WAITSTATUS is SILENCE, TIMEOUT or "
			 "ERROR." },
	{ .name = "WaitForNoise",
	  .run = waitfornoise_app,
	  .check = check,
	  .synopsis = "Wait until the caller speaks",
	  .syntax = "WaitForNoise([milliseconds[,iterations[,timeout]]])",
	  .description = "As WaitForSilence(). WAITSTATUS is NOISE, TIMEOUT or ERROR." },
	{ 0 }
};

RD_MODULE(.name = "app_waitforsilence", .synopsis = "Waiting for silence or for a voice",
	  .apps = apps);
