/* Voice by its level, 20 ms at a time, the fax tone by spandsp, other tones by
 * progress.c. Where no packets come there is silence. */
#include <spandsp.h>

#include "core/media/command.h"
#include "core/media/detect.h"
#include "core/media/line.h"
#include "core/media/progress.h"
#include "core/media/stream.h"
#include "core/media/tap.h"
#include "core/media/thread.h"

enum {
	RATE = 8000,
	FRAME = 160,
	FRAME_MS = 20,
	/* No samples for so long: nothing is said. */
	ABSENT_MS = 60,
};

struct rd_detector {
	struct rd__tap tap;
	/* the switch thread's */
	void (*told)(enum rd_detected what, int ms, void *arg);
	void *arg;
	bool freed, left;
	bool voice; /* as last told */

	/* the media thread's */
	struct rd__line *line;
	unsigned kinds;
	int threshold, voice_ms, silence_ms;
	int64_t sum; /* of the frame at hand */
	int count;
	uint64_t heard_us, frame_us;
	bool speaks;   /* as decided */
	int against_ms; /* so long it has sounded otherwise */
	int lasted_ms;	/* so long it is as it is */
	modem_connect_tones_rx_state_t *fax;
	bool fax_told;
	struct rd__progress *tones; /* NULL: none are asked for */
};

static void detector_free(struct rd_detector *detector)
{
	if (detector->fax)
		modem_connect_tones_rx_free(detector->fax);
	rd__progress_free(detector->tones);
	rd__tap_fini(&detector->tap);
	rd_free(detector);
}

/* ---- on the media thread ---- */

static void tell(struct rd_detector *detector, enum rd_detected what, int ms)
{
	struct rd__event event = { .type = RD__EVENT_DETECTED,
				   .stream = RD__STREAM_OF(detector->line),
				   .object = detector,
				   .number = what,
				   .notice = { .ms = ms } };

	rd__thread_event(detector->line->thread, &event);
}

/* A word that is short, or a pause between two, changes nothing. */
static void frame(struct rd_detector *detector, bool loud)
{
	int needed_ms = detector->speaks ? detector->silence_ms : detector->voice_ms;

	detector->lasted_ms += FRAME_MS;
	if (loud == detector->speaks) {
		detector->against_ms = 0;
		return;
	}
	detector->against_ms += FRAME_MS;
	if (detector->against_ms < needed_ms)
		return;
	detector->speaks = loud;
	tell(detector, loud ? RD_DETECTED_VOICE : RD_DETECTED_SILENCE,
	     detector->lasted_ms - detector->against_ms);
	detector->lasted_ms = detector->against_ms;
	detector->against_ms = 0;
}

static void hear_level(struct rd_detector *detector, const int16_t *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		detector->sum += samples ? (samples[i] < 0 ? -samples[i] : samples[i]) : 0;
		if (++detector->count < FRAME)
			continue;
		frame(detector, detector->sum >= (int64_t)FRAME * detector->threshold);
		detector->sum = detector->count = 0;
	}
}

static void fax_heard(void *arg, int tone, int level, int delay)
{
	struct rd_detector *detector = arg;

	(void)level;
	(void)delay;
	if (tone != MODEM_CONNECT_TONES_FAX_CNG || detector->fax_told)
		return;
	detector->fax_told = true;
	tell(detector, RD_DETECTED_FAX, 0);
}

static void tone_heard(void *arg, enum rd_detected what)
{
	tell(arg, what, 0);
}

static void hear(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side side,
		 const int16_t *samples, size_t count)
{
	struct rd_detector *detector = RD_CONTAINER_OF(tap, struct rd_detector, tap);

	(void)side;
	detector->line = line;
	detector->heard_us = line->thread->now_us;
	if (detector->kinds & RD_DETECT_VOICE)
		hear_level(detector, samples, count);
	if (detector->fax && samples)
		modem_connect_tones_rx(detector->fax, samples, (int)count);
	if (detector->tones)
		rd__progress_hear(detector->tones, samples, count, tone_heard, detector);
}

static void tick(struct rd__tap *tap, struct rd__line *line)
{
	struct rd_detector *detector = RD_CONTAINER_OF(tap, struct rd_detector, tap);
	uint64_t now_us = line->thread->now_us;

	detector->line = line;
	if (!detector->heard_us)
		detector->heard_us = now_us;
	if (now_us < detector->heard_us + ABSENT_MS * 1000)
		return;
	detector->heard_us += FRAME_MS * 1000;
	if (detector->kinds & RD_DETECT_VOICE)
		frame(detector, false);
	if (detector->tones)
		rd__progress_hear(detector->tones, NULL, FRAME, tone_heard, detector);
}

static void left(struct rd__tap *tap, bool closing)
{
	struct rd_detector *detector = RD_CONTAINER_OF(tap, struct rd_detector, tap);

	(void)closing;
	detector->left = true;
	if (detector->freed)
		detector_free(detector);
}

/* ---- on the switch thread ---- */

static int detector_init(struct rd_detector *detector, const struct rd_detect_options *options)
{
	static const struct rd__tap_ops ops = { .hear = hear, .tick = tick, .left = left };
	int rc = 0;

	detector->told = options->told;
	detector->arg = options->arg;
	detector->kinds = options->kinds;
	detector->threshold = options->threshold > 0 ? options->threshold : RD_DETECT_THRESHOLD;
	detector->voice_ms = RD_MAX(options->voice_ms, (int)FRAME_MS);
	detector->silence_ms = RD_MAX(options->silence_ms, (int)FRAME_MS);
	if (options->kinds & RD_DETECT_FAX) {
		detector->fax = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CNG,
							    fax_heard, detector);
		if (!detector->fax)
			return -ENOMEM;
	}
	if (options->kinds & (RD_DETECT_TONE | RD_DETECT_PROGRESS))
		rc = rd__progress_new(&detector->tones, options->zone,
				      options->kinds & RD_DETECT_TONE ? options->hz : 0,
				      options->tone_ms);
	return rc ? rc
		  : rd__tap_init(&detector->tap, &ops,
				 1u << (options->heard ? RD__TAP_OUT : RD__TAP_IN), RATE);
}

int rd__stream_detect(struct rd_stream *stream, const struct rd_detect_options *options,
		      struct rd_detector **dp)
{
	struct rd_detector *detector = rd_zalloc(sizeof(*detector));
	int rc;

	if (!detector)
		return -ENOMEM;
	rc = detector_init(detector, options);
	if (!rc)
		rc = rd__stream_tap(stream, &detector->tap);
	if (rc)
		detector_free(detector);
	else
		*dp = detector;
	return rc;
}

void rd__detector_free(struct rd_detector *detector)
{
	rd_assert(!detector->freed);
	detector->freed = true;
	detector->told = NULL;
	if (detector->left)
		detector_free(detector);
	else
		rd__stream_untap(&detector->tap);
}

bool rd__detector_hears_voice(const struct rd_detector *detector)
{
	return detector->voice && !detector->left;
}

void rd__detector_event(const struct rd__event *event)
{
	struct rd_detector *detector = event->object;
	enum rd_detected what = (enum rd_detected)event->number;

	if (what == RD_DETECTED_VOICE || what == RD_DETECTED_SILENCE)
		detector->voice = what == RD_DETECTED_VOICE;
	if (detector->told)
		detector->told(what, event->notice.ms, detector->arg);
}
