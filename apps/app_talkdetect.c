/* BackgroundDetect(): a prompt that ends when the caller has said something. */
#include <stdlib.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/detect.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

enum { SILENCE_MS = 1000, MIN_MS = 100, MS_MAX = 3600000 };

struct listening {
	struct rd_channel *ch;
	int min_ms, max_ms;
	uint64_t until_ms; /* 0: as long as the prompt lasts */
	int talked_ms;	   /* 0: nothing yet */
};

static int number(const char *text, int fallback)
{
	int n = atoi(text);

	return *text && n > 0 && n <= MS_MAX ? n : fallback;
}

static void told(enum rd_detected what, int ms, void *arg)
{
	struct listening *listening = arg;
	struct rd_signal signal = { .type = RD_SIGNAL_MEDIA, .source = listening };

	if (what != RD_DETECTED_SILENCE || ms < listening->min_ms || ms > listening->max_ms ||
	    (listening->until_ms && rd_now_ms() > listening->until_ms))
		return;
	listening->talked_ms = ms;
	rd_play_stop(listening->ch);
	rd_channel_signal(listening->ch, &signal);
}

static int go_to_talk(struct rd_channel *ch, int talked_ms)
{
	const char *caller = rd_channel_party(ch, RD_PARTY_CALLER)->number;
	int rc = rd_var_printf(ch, "TALK_DETECTED", "%d", talked_ms);

	if (rc || !rd_dialplan_exists(rd_channel_context(ch), "talk", 1, caller))
		return rc;
	rc = rd_channel_set_place(ch, NULL, "talk", 1);
	return rc ? rc : RD_APP_JUMP;
}

static int backgrounddetect_app(struct rd_channel *ch, const char *args)
{
	struct rd_detect_options options = { .kinds = RD_DETECT_VOICE, .told = told };
	struct listening listening = { .ch = ch };
	struct rd_detector *detector = NULL;
	const char *argv[5];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 5);

	if (rc < 0)
		return rc;
	options.silence_ms = number(argv[1], SILENCE_MS);
	listening.min_ms = number(argv[2], MIN_MS);
	listening.max_ms = number(argv[3], MS_MAX);
	if (number(argv[4], 0))
		listening.until_ms = rd_now_ms() + (uint64_t)number(argv[4], 0);
	options.arg = &listening;
	rc = rd_answer(ch);
	if (rc)
		return rc == -ECANCELED ? rc : 0;
	rc = rd_detector_new(&detector, ch, &options);
	if (rc && rc != -ENODATA)
		rd_app_error(ch, "nobody hears whether he talks: %s", rd_strerror(rc));
	rc = rd_play(ch, argv[0], RD_ANY_DIGIT);
	if (detector)
		rd_detector_free(detector);
	if (rc == -ENOENT)
		rc = 0;
	return rc || !listening.talked_ms ? rc : go_to_talk(ch, listening.talked_ms);
}

static const struct rd_app apps[] = {
	{ .name = "BackgroundDetect",
	  .run = backgrounddetect_app,
	  .synopsis = "Play a prompt until the caller has said something",
	  .syntax = "BackgroundDetect(prompt[,silence[,min[,max[,time]]]])",
	  .description = "When he has spoken for min (100) to max milliseconds and was silent "
			 "for 1000 (silence), the call goes on at extension talk, and "
			 "TALK_DETECTED is how long he spoke. time: milliseconds in which that "
			 "counts. A key begins an extension, as in Background()." },
	{ 0 }
};

RD_MODULE(.name = "app_talkdetect", .synopsis = "Prompts that the caller may talk into",
	  .apps = apps);
