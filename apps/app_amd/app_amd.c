/* AMD(): has a person answered, or a machine? Settings are in amd.conf. */
#include <stdlib.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/detect.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/app_amd/amd.h"

enum { LOOK_MS = 20 };

/* ---- amd.conf ---- */

static struct amd_settings *in_force;

#define NUMBER(key, member, ms, text)                                            \
	{ .name = key, .type = RD_OPTION_INT, .offset = offsetof(struct amd_settings, member), \
	  .fallback = ms, .min = 1, .max = 3600000, .help = text }

static const struct rd_option options[] = {
	NUMBER("initial_silence", initial_silence, "2500", "so much silence at first: a machine"),
	NUMBER("greeting", greeting, "1500", "a longer greeting: a machine"),
	NUMBER("after_greeting_silence", after_greeting_silence, "800",
	       "so much silence after a greeting: a person"),
	NUMBER("total_analysis_time", total_analysis_time, "5000", "so long until NOTSURE"),
	NUMBER("min_word_length", min_word_length, "100", "a shorter sound is no word"),
	NUMBER("between_words_silence", between_words_silence, "50",
	       "so much silence ends a word"),
	NUMBER("maximum_number_of_words", max_words, "2", "more words: a machine"),
	NUMBER("silence_threshold", threshold, "256", "mean amplitude of a voice"),
	NUMBER("maximum_word_length", max_word_length, "5000", "a longer word: a machine"),
	RD_OPTION_ABSENT("playback_file", "play it before AMD()"),
	{ 0 }
};

static const char *const sections[] = { "general", NULL };
static const char *const files[] = { "amd.conf", NULL };

static const struct rd_options_file conf = {
	.name = "amd.conf", .section = "general", .table = options, .sections = sections
};

static int build(void **snapshot, struct rd_config_report *report)
{
	return rd_options_new(&conf, sizeof(struct amd_settings), snapshot, report);
}

static void commit(void *snapshot)
{
	rd_free(in_force);
	in_force = snapshot;
}

static const struct rd_module_config config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = rd_free,
};

/* ---- the application ---- */

/* Arguments in the order in which Asterisk has them. */
static void take_arguments(struct amd_settings *s, const char *const *argv)
{
	int *const members[] = { &s->initial_silence, &s->greeting, &s->after_greeting_silence,
				 &s->total_analysis_time, &s->min_word_length,
				 &s->between_words_silence, &s->max_words, &s->threshold,
				 &s->max_word_length };

	for (size_t i = 0; i < RD_ARRAY_SIZE(members); i++)
		if (atoi(argv[i]) > 0)
			*members[i] = atoi(argv[i]);
}

static int analyse(struct rd_channel *ch, struct amd *amd, const struct rd_detector *detector,
		   enum amd_verdict *verdict)
{
	uint64_t then = rd_now_ms();

	while (*verdict == AMD_UNDECIDED) {
		int rc = rd_channel_sleep(ch, LOOK_MS);
		uint64_t now = rd_now_ms();

		if (rc)
			return rc;
		*verdict = amd_step(amd, rd_detector_hears_voice(detector), (int)(now - then));
		then = now;
	}
	return 0;
}

static int tell(struct rd_channel *ch, const char *status, const char *cause)
{
	int rc = rd_var_set(ch, "AMDSTATUS", status);

	return rc ? rc : rd_var_set(ch, "AMDCAUSE", cause);
}

static int fail(struct rd_channel *ch, int rc)
{
	if (rc == -ENODATA)
		return tell(ch, "NOTSURE", "NOSOUND");
	rd_app_error(ch, "%s", rd_strerror(rc));
	return tell(ch, "NOTSURE", "ERROR");
}

static int amd_app(struct rd_channel *ch, const char *args)
{
	static const char *const names[] = { "", "HUMAN", "MACHINE", "NOTSURE" };
	struct rd_detect_options detect = { .kinds = RD_DETECT_VOICE };
	enum amd_verdict verdict = AMD_UNDECIDED;
	struct amd_settings settings;
	struct rd_detector *detector;
	const char *argv[10];
	struct amd amd;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 10);

	if (rc < 0)
		return rc;
	settings = *in_force;
	take_arguments(&settings, argv);
	detect.threshold = settings.threshold;
	rc = rd_detector_new(&detector, ch, &detect);
	if (rc)
		return fail(ch, rc);
	if (*argv[9])
		rd_play_start(ch, argv[9], false);
	amd_init(&amd, &settings);
	rc = analyse(ch, &amd, detector, &verdict);
	rd_detector_free(detector);
	if (*argv[9])
		rd_play_stop(ch);
	if (rc == -ECANCELED)
		tell(ch, "HANGUP", "");
	return rc ? rc : tell(ch, names[verdict], amd.cause);
}

static void unload(void)
{
	commit(NULL);
}

static const struct rd_app apps[] = {
	{ .name = "AMD",
	  .run = amd_app,
	  .synopsis = "Find out whether a person or a machine has answered",
	  .syntax = "AMD([initialSilence[,greeting[,afterGreetingSilence[,totalAnalysisTime"
		    "[,minWordLength[,betweenWordsSilence[,maxWords[,silenceThreshold"
		    "[,maxWordLength[,prompt]]]]]]]]]])",
	  .description = "What is left out is in amd.conf. AMDSTATUS is HUMAN, MACHINE, NOTSURE "
			 "or HANGUP; AMDCAUSE says why: INITIALSILENCE, HUMAN, MAXWORDS, "
			 "LONGGREETING, MAXWORDLENGTH or TOOLONG, what was measured, and the "
			 "limit; NOSOUND or ERROR where nothing could be." },
	{ 0 }
};

RD_MODULE(.name = "app_amd", .synopsis = "Person or machine", .apps = apps,
	  .config = &config, .unload = unload);
