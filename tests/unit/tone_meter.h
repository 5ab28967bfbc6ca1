/* Tones made, and what became of them measured: level, noise, gaps. */
#ifndef TESTS_UNIT_TONE_METER_H
#define TESTS_UNIT_TONE_METER_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of a tone that goes on: at is the number of its first sample. */
static inline void tone_make(int16_t *out, size_t count, int rate, double hz, int level, size_t at)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (int16_t)lrint(level * sin(2 * M_PI * hz * (double)(at + i) / rate));
}

/* The amplitude of one frequency. Count should be whole periods. */
static inline double tone_level(const int16_t *samples, size_t count, int rate, double hz)
{
	double re = 0, im = 0;

	for (size_t i = 0; i < count; i++) {
		double at = 2 * M_PI * hz * (double)i / rate;

		re += samples[i] * cos(at);
		im += samples[i] * sin(at);
	}
	return 2 * sqrt(re * re + im * im) / (double)count;
}

/* How far below the tone is all else, in dB. */
static inline double tone_snr(const int16_t *samples, size_t count, int rate, double hz)
{
	double tone = tone_level(samples, count, rate, hz), all = 0;

	for (size_t i = 0; i < count; i++)
		all += (double)samples[i] * samples[i];
	all /= (double)count;
	return 10 * log10((tone * tone / 2) / fmax(fabs(all - tone * tone / 2), 1e-9));
}

static inline double tone_db(double level, double reference)
{
	return 20 * log10(level / reference);
}

/* The amplitude that a tone of this power would have. */
static inline double tone_strength(const int16_t *samples, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)samples[i] * samples[i];
	return sqrt(2 * sum / (double)count);
}

/* The weakest of its parts of ms, as an amplitude: a gap shows. */
static inline double tone_weakest(const int16_t *samples, size_t count, int rate, int ms)
{
	size_t part = (size_t)(rate * ms / 1000);
	double weakest = 1e9;

	for (size_t at = 0; at + part <= count; at += part)
		weakest = fmin(weakest, tone_strength(samples + at, part));
	return weakest;
}

/* The strongest: a burst shows. */
static inline double tone_strongest(const int16_t *samples, size_t count, int rate, int ms)
{
	size_t part = (size_t)(rate * ms / 1000);
	double strongest = 0;

	for (size_t at = 0; at + part <= count; at += part)
		strongest = fmax(strongest, tone_strength(samples + at, part));
	return strongest;
}

#endif
