/* Silence that is not sent: when, and what is told of it. */
#include <math.h>
#include <stdlib.h>

#include "core/media/hush.h"
#include "core/media/mix_sum.h"

enum {
	TELL_MS = 1000, /* also lets routers on the way know that we are there */
	STEP_DB = 6, /* another noise is told at once */
	LEVEL_MAX = 127,
};

/* 0 dBov is a square wave of full scale. */
static uint8_t level_of(const int16_t *samples, size_t count)
{
	double sum = 0;
	long level;

	for (size_t i = 0; i < count; i++)
		sum += (double)samples[i] * samples[i];
	if (sum < 1)
		return LEVEL_MAX;
	level = lround(-10 * log10(sum / (double)count / (32768.0 * 32768.0)));
	return (uint8_t)RD_MIN(RD_MAX(level, 0L), (long)LEVEL_MAX);
}

static enum rd__hush_verdict tell(struct rd__hush *hush, uint8_t level)
{
	hush->silent = true;
	hush->level = level;
	hush->told_ms = 0;
	return RD__HUSH_TELL;
}

enum rd__hush_verdict rd__hush_judge(struct rd__hush *hush, const int16_t *samples, size_t count,
				     int rate)
{
	int ms = (int)(count * 1000 / (size_t)rate);
	uint8_t level;

	if (rd__voice_detect(&hush->voice, rd__mix_level(samples, count), ms)) {
		hush->silent = false;
		return RD__HUSH_SAY;
	}
	level = level_of(samples, count);
	hush->told_ms += ms;
	if (!hush->silent || hush->told_ms >= TELL_MS || abs(level - hush->level) >= STEP_DB)
		return tell(hush, level);
	return RD__HUSH_NOTHING;
}
