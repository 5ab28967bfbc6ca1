/* Concealment: find the pitch in what was heard last, and repeat its last
 * period, then its last two and three, ever softer. */
#include <math.h>
#include <string.h>

#include "core/media/plc.h"

enum {
	/* The pitch of voices, in Hz. */
	PITCH_LOW = 66,
	PITCH_HIGH = 200,
	/* What is compared to find it, in ms. */
	WINDOW_MS = 20,
	/* Each so many ms of a gap, another period is repeated... */
	STEP_MS = 10,
	PERIODS_MAX = 3,
	/* ... and after the first ones the level falls, to nothing. */
	LOUD_MS = 10,
	FADE_MS = 50,
	/* Joining what comes after: a quarter of a period, and so many ms for each
	 * STEP_MS of the gap. */
	JOIN_MS = 4,
	JOIN_MAX_MS = 10,
	COARSE_HZ = 4000, /* the rate at which the pitch is looked for first */
};

struct rd__plc {
	int rate;
	int longest, shortest; /* periods */
	int size; /* of history */
	int lost; /* samples concealed in this gap; 0: no gap */
	int period, periods;
	int at; /* in what is repeated, which ends with history */
	float offset; /* the step at the seam, faded out over a quarter period */
	int16_t *next; /* history after the gap: what was made is part of it */
	int16_t history[];
};

/* ---- birth and death ---- */

int rd__plc_new(struct rd__plc **pp, int rate)
{
	struct rd__plc *plc;
	int longest = rate / PITCH_LOW;
	/* Three periods and a quarter to blend their seam, or two windows. */
	int size = RD_MAX(PERIODS_MAX * longest + longest / 4,
			  longest + rate * WINDOW_MS / 1000) +
		   1;

	if (rate < COARSE_HZ || rate > 96000)
		return -EINVAL;
	plc = rd_zalloc(sizeof(*plc) + 2 * (size_t)size * sizeof(int16_t));
	if (!plc)
		return -ENOMEM;
	plc->rate = rate;
	plc->longest = longest;
	plc->shortest = rate / PITCH_HIGH;
	plc->size = size;
	plc->next = plc->history + size;
	*pp = plc;
	return 0;
}

void rd__plc_free(struct rd__plc *plc)
{
	rd_free(plc);
}

int rd__plc_rate(const struct rd__plc *plc)
{
	return plc->rate;
}

/* ---- pitch ---- */

/* How like the last window is the one a lag before: -1 to 1. */
static float likeness(const struct rd__plc *plc, int lag, int step)
{
	int window = plc->rate * WINDOW_MS / 1000;
	const int16_t *now = plc->history + plc->size - window;
	float product = 0, energy = 1, own = 1;

	for (int i = 0; i < window; i += step) {
		float a = now[i], b = now[i - lag];

		product += a * b;
		energy += b * b;
		own += a * a;
	}
	return product / sqrtf(energy * own);
}

static int best_lag(const struct rd__plc *plc, int from, int to, int step)
{
	float best = -2;
	int lag = from;

	for (int i = from; i <= to; i += step) {
		float like = likeness(plc, i, step);

		if (like > best) {
			best = like;
			lag = i;
		}
	}
	return lag;
}

static int find_period(const struct rd__plc *plc)
{
	int step = plc->rate / COARSE_HZ;
	int coarse = best_lag(plc, plc->shortest, plc->longest, step);

	return best_lag(plc, RD_MAX(coarse - step, plc->shortest),
			RD_MIN(coarse + step, plc->longest), 1);
}

/* ---- repeating ---- */

/* One sample of the periods that are repeated. Near their end they turn into
 * what precedes their beginning, so that the seam is not heard. */
static float repeated(const struct rd__plc *plc, int at)
{
	int length = plc->period * plc->periods, quarter = plc->period / 4;
	const int16_t *start = plc->history + plc->size - length;
	int left = length - at;
	float share;

	if (left > quarter)
		return start[at];
	share = (float)left / (float)(quarter + 1);
	return share * start[at] + (1 - share) * start[at - length];
}

static void begin_gap(struct rd__plc *plc)
{
	memcpy(plc->next, plc->history, (size_t)plc->size * sizeof(*plc->history));
	plc->period = find_period(plc);
	plc->periods = 1;
	plc->at = 0;
	/* What was played last against what the repetition would have before. */
	plc->offset = plc->history[plc->size - 1] - repeated(plc, plc->period - 1);
}

/* Another period joins: go on at the same place of the last one. */
static void lengthen(struct rd__plc *plc)
{
	int periods = 1 + plc->lost / (plc->rate * STEP_MS / 1000);

	periods = RD_MIN(periods, PERIODS_MAX);
	if (periods == plc->periods)
		return;
	plc->at += (periods - plc->periods) * plc->period;
	plc->periods = periods;
}

static float loudness(const struct rd__plc *plc)
{
	int faded = plc->lost - plc->rate * LOUD_MS / 1000;
	float span = (float)(plc->rate * FADE_MS / 1000);

	return faded <= 0 ? 1 : RD_MAX(0, 1 - (float)faded / span);
}

static int16_t next_sample(struct rd__plc *plc)
{
	int quarter = plc->period / 4;
	float loud, value;

	lengthen(plc);
	loud = loudness(plc);
	value = repeated(plc, plc->at);
	if (plc->lost < quarter)
		value += plc->offset * (1 - (float)plc->lost / (float)quarter);
	if (++plc->at == plc->period * plc->periods)
		plc->at = 0;
	plc->lost += plc->lost < INT32_MAX;
	return (int16_t)RD_MAX(-32768, RD_MIN(32767, value * loud));
}

static void push(int16_t *history, size_t size, const int16_t *samples, size_t count)
{
	if (count >= size) {
		memcpy(history, samples + count - size, size * sizeof(*samples));
		return;
	}
	memmove(history, history + count, (size - count) * sizeof(*samples));
	memcpy(history + size - count, samples, count * sizeof(*samples));
}

void rd__plc_conceal(struct rd__plc *plc, int16_t *out, size_t count)
{
	if (!plc->lost)
		begin_gap(plc);
	for (size_t i = 0; i < count; i++)
		out[i] = next_sample(plc);
	push(plc->next, (size_t)plc->size, out, count);
}

/* ---- what arrives ---- */

static void join(struct rd__plc *plc, int16_t *samples, size_t count)
{
	int steps = plc->lost / (plc->rate * STEP_MS / 1000);
	int span = plc->period / 4 + RD_MAX(steps - 1, 0) * plc->rate * JOIN_MS / 1000;

	span = RD_MIN(span, plc->rate * JOIN_MAX_MS / 1000);
	for (int i = 0; i < span && (size_t)i < count; i++) {
		float share = (float)(i + 1) / (float)(span + 1);

		samples[i] = (int16_t)(share * samples[i] + (1 - share) * next_sample(plc));
	}
	memcpy(plc->history, plc->next, (size_t)plc->size * sizeof(*samples));
	plc->lost = 0;
}

void rd__plc_heard(struct rd__plc *plc, int16_t *samples, size_t count)
{
	if (plc->lost)
		join(plc, samples, count);
	push(plc->history, (size_t)plc->size, samples, count);
}
