/* Twenty milliseconds at a time: is it this tone? From the lengths of its runs and of
 * the pauses between them follows what it means. */
#include <math.h>
#include <string.h>

#include "core/media/media.h"
#include "core/media/progress.h"
#include "core/media/tone.h"

enum {
	RATE = 8000,
	FRAME = 160,
	FRAME_MS = 20,
	ELEMENTS_MAX = 8,
	RUNS = 2 * ELEMENTS_MAX,
	PLANS = 5,
	/* Without a pause for so long it is no ringing any more. */
	CONTINUOUS_MS = 2400,
	/* So many cycles of a fast cadence could be chance. */
	FAST_MS = 2000,
	/* Edges are known to a frame at each end, and networks keep their times so well. */
	TOLERANCE_MS = 50,
	TOLERANCE_PERCENT = 15,
	LOUD_ENOUGH = 100, /* amplitude of a tone, about -50 dBm0 */
	/* Nothing known for so long: the same again is news. */
	FORGET_MS = 8000,
};

/* Of all power, a tone has at least this much; one that swells, in the frame in which it is
 * softest, a little less; of two, the weaker so much of the stronger. */
static const double SHARE = 0.6, SWELLING_SHARE = 0.45, BALANCE = 0.06;

/* Runs of sound and of pause in turn. */
struct element {
	int hz[2], ms; /* ms 0: for ever */
	bool swells;
};

struct plan {
	enum rd_detected what;
	int count;
	bool sequence; /* one after the other, each of its own pitch */
	struct element elements[ELEMENTS_MAX];
	/* what is heard */
	int at; /* of a sequence */
	bool sounds;
	int runs[RUNS]; /* milliseconds, [0] goes on */
};

struct rd__progress {
	int count, filled, idle_ms, last;
	struct plan plans[PLANS];
	int16_t frame[FRAME];
};

/* ---- what is looked for ---- */

static bool alternates(const struct plan *plan)
{
	for (int i = 0; i < plan->count; i++)
		if ((plan->elements[i].hz[0] != 0) != (i % 2 == 0))
			return false;
	return plan->count % 2 == 0 || (plan->count == 1 && !plan->elements[0].ms);
}

/* What is heard once at the beginning tells nothing, but where all is. */
static bool fill_plan(struct plan *plan, const struct rd__tones *tones)
{
	int from = tones->loop_from < tones->count && !plan->sequence ? tones->loop_from : 0;

	for (int i = from; i < tones->count && plan->count < ELEMENTS_MAX; i++) {
		const struct rd__tone *tone = &tones->tone[i];
		struct element *element = &plan->elements[plan->count];

		if (plan->sequence && !tone->hz[0])
			continue;
		element->hz[0] = tone->hz[0];
		element->hz[1] = tone->modulated ? 0 : tone->hz[1];
		element->ms = tone->ms;
		element->swells = tone->modulated;
		plan->count++;
	}
	plan->at = 0;
	return plan->sequence ? plan->count > 1 : alternates(plan);
}

static int add_plan(struct rd__progress *progress, const char *list, enum rd_detected what)
{
	struct plan *plan = &progress->plans[progress->count];
	struct rd__tones *tones;
	int rc = list ? rd__tones_new(&tones, list, NULL) : -EINVAL;

	if (rc)
		return rc == -ENOMEM ? rc : 0;
	memset(plan, 0, sizeof(*plan));
	plan->what = what;
	plan->sequence = what == RD_DETECTED_ANNOUNCEMENT;
	progress->count += fill_plan(plan, tones);
	rd__tones_free(tones);
	return 0;
}

static int add_network(struct rd__progress *progress, const char *zone)
{
	static const struct {
		const char *name;
		enum rd_detected what;
	} tones[PLANS] = { { "busy", RD_DETECTED_BUSY },
			   { "ring", RD_DETECTED_RINGING },
			   { "congestion", RD_DETECTED_CONGESTION },
			   { "dial", RD_DETECTED_DIAL_TONE },
			   { "info", RD_DETECTED_ANNOUNCEMENT } };
	int rc = 0;

	for (int i = 0; i < PLANS && !rc; i++)
		rc = add_plan(progress, rd__tone_list(zone, tones[i].name), tones[i].what);
	return rc;
}

static void add_tone(struct rd__progress *progress, int hz, int ms)
{
	progress->plans[progress->count++] = (struct plan){
		.what = RD_DETECTED_TONE,
		.count = 1,
		.elements = { { .hz = { hz }, .ms = ms } },
	};
}

int rd__progress_new(struct rd__progress **pp, const char *zone, int hz, int ms)
{
	struct rd__progress *progress = rd_zalloc(sizeof(*progress));
	int rc = 0;

	if (!progress)
		return -ENOMEM;
	progress->last = -1;
	if (hz)
		add_tone(progress, hz, ms);
	else
		rc = add_network(progress, zone);
	if (rc)
		rd__progress_free(progress);
	else
		*pp = progress;
	return rc;
}

void rd__progress_free(struct rd__progress *progress)
{
	rd_free(progress);
}

/* ---- what a frame is ---- */

/* Goertzel: the power of one frequency. */
static double power_at(const int16_t *frame, int hz)
{
	double w = 2 * cos(2 * M_PI * hz / RATE), a = 0, b = 0;

	for (int i = 0; i < FRAME; i++) {
		double c = frame[i] + w * a - b;

		b = a;
		a = c;
	}
	return (a * a + b * b - w * a * b) * 2 / FRAME / FRAME;
}

static bool is_tone(const int16_t *frame, double all, const struct element *element)
{
	double one = power_at(frame, element->hz[0]);
	double other = element->hz[1] ? power_at(frame, element->hz[1]) : 0;

	if (one + other < LOUD_ENOUGH * LOUD_ENOUGH / 2.0 ||
	    one + other < (element->swells ? SWELLING_SHARE : SHARE) * all)
		return false;
	return !element->hz[1] || fmin(one, other) > BALANCE * fmax(one, other);
}

static double power_of(const int16_t *frame)
{
	double sum = 0;

	for (int i = 0; i < FRAME; i++)
		sum += (double)frame[i] * frame[i];
	return sum / FRAME;
}

/* ---- what runs come to ---- */

static bool is_about(int ms, int wanted)
{
	int off = RD_MAX(TOLERANCE_MS, wanted * TOLERANCE_PERCENT / 100);

	return ms >= wanted - off && ms <= wanted + off;
}

static int cycle_ms(const struct plan *plan)
{
	int ms = 0;

	for (int i = 0; i < plan->count; i++)
		ms += plan->elements[i].ms;
	return ms;
}

/* The pause that goes on is the element `last`, as far as can be said by now. */
static bool matches(const struct plan *plan, int last)
{
	int needed = RD_MIN(plan->count * (cycle_ms(plan) < FAST_MS ? 2 : 1), (int)RUNS);
	int pause = plan->elements[last].ms;

	if (plan->runs[0] < pause - RD_MAX(TOLERANCE_MS, pause * TOLERANCE_PERCENT / 100) ||
	    plan->runs[0] > pause)
		return false;
	for (int i = 1; i < needed; i++) {
		int element = (last - i % plan->count + plan->count) % plan->count;

		if (!is_about(plan->runs[i], plan->elements[element].ms))
			return false;
	}
	return true;
}

static bool is_cadence(const struct plan *plan)
{
	for (int last = 1; last < plan->count && !plan->sounds; last += 2)
		if (matches(plan, last))
			return true;
	return false;
}

static void note(struct plan *plan, bool sounds)
{
	if (sounds != plan->sounds) {
		memmove(plan->runs + 1, plan->runs, (RUNS - 1) * sizeof(plan->runs[0]));
		plan->runs[0] = 0;
	}
	plan->sounds = sounds;
	plan->runs[0] += FRAME_MS;
}

/* A tone of its own, until the next one takes its place. Between two of them a frame is
 * a bit of both. */
static bool follow_sequence(struct plan *plan, const int16_t *frame, double all)
{
	const struct element *now = &plan->elements[plan->at];
	bool last = plan->at + 1 == plan->count, whole = is_about(plan->runs[0], now->ms);

	if (!last && whole && is_tone(frame, all, now + 1)) {
		plan->at++;
		plan->runs[0] = FRAME_MS;
		return false;
	}
	if (whole || is_tone(frame, all, now))
		plan->runs[0] += FRAME_MS;
	else if (all > LOUD_ENOUGH * LOUD_ENOUGH)
		plan->at = plan->runs[0] = 0;
	return last && plan->runs[0] >= now->ms / 2;
}

static bool hears(struct plan *plan, const int16_t *frame, double all)
{
	int ms = plan->elements[0].ms;

	if (plan->sequence)
		return follow_sequence(plan, frame, all);
	note(plan, is_tone(frame, all, &plan->elements[0]));
	if (plan->count > 1)
		return is_cadence(plan);
	return plan->sounds && plan->runs[0] >= (ms ? ms : CONTINUOUS_MS);
}

/* ---- all of it ---- */

static bool is_news(struct rd__progress *progress, enum rd_detected what)
{
	bool news = progress->last != (int)what;

	progress->last = (int)what;
	progress->idle_ms = 0;
	return news;
}

static void forget(struct rd__progress *progress)
{
	const struct plan *only = &progress->plans[0];
	bool over = only->what == RD_DETECTED_TONE ? !only->sounds
						   : progress->idle_ms >= FORGET_MS;

	progress->idle_ms += FRAME_MS;
	if (over)
		progress->last = -1;
}

static void hear_frame(struct rd__progress *progress, void (*told)(void *, enum rd_detected),
		       void *arg)
{
	double all = power_of(progress->frame);

	for (int i = 0; i < progress->count; i++) {
		struct plan *plan = &progress->plans[i];

		if (hears(plan, progress->frame, all) && is_news(progress, plan->what))
			told(arg, plan->what);
	}
	forget(progress);
}

void rd__progress_hear(struct rd__progress *progress, const int16_t *samples, size_t count,
		       void (*told)(void *arg, enum rd_detected what), void *arg)
{
	for (size_t i = 0; i < count; i++) {
		progress->frame[progress->filled++] = samples ? samples[i] : 0;
		if (progress->filled < FRAME)
			continue;
		progress->filled = 0;
		hear_frame(progress, told, arg);
	}
}
