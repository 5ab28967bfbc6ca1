/* Comfort noise: random samples through the lattice filter that the reflection
 * coefficients stand for. */
#include <math.h>
#include <string.h>

#include "core/media/noise.h"

enum { NARROW = 8000 };

/* RFC 3389 §3.2. */
static float reflection_of(uint8_t byte)
{
	return 258.0f * (float)(RD_MIN(byte, 254) - 127) / 32768.0f;
}

bool rd__noise_read(struct rd__noise *noise, const uint8_t *payload, size_t size)
{
	if (size < 1)
		return false;
	/* 0 dBov is a square wave of full scale. */
	noise->level = 32768.0f * powf(10, -(float)(payload[0] & 0x7f) / 20);
	noise->order = (int)RD_MIN(size - 1, (size_t)RD__NOISE_ORDER);
	for (int i = 0; i < noise->order; i++)
		noise->reflection[i] = reflection_of(payload[i + 1]);
	noise->random |= 1;
	return true;
}

/* -1 to 1, all alike; xorshift. */
static float random_sample(struct rd__noise *noise)
{
	uint32_t x = noise->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	noise->random = x;
	return (float)(int32_t)x / 2147483648.0f;
}

/* All poles; memory is what goes backward through the lattice. */
static float colour(struct rd__noise *noise, float sample, int order)
{
	float *back = noise->memory;

	for (int i = order - 1; i >= 0; i--) {
		sample -= noise->reflection[i] * back[i];
		back[i + 1] = back[i] + noise->reflection[i] * sample;
	}
	back[0] = sample;
	return sample;
}

/* The filter makes it louder: so much softer is what goes in. */
static float excitation(const struct rd__noise *noise, int order)
{
	float share = 3; /* of equally distributed samples, squared */

	for (int i = 0; i < order; i++)
		share *= 1 - noise->reflection[i] * noise->reflection[i];
	return noise->level * sqrtf(share);
}

void rd__noise_make(struct rd__noise *noise, int rate, int16_t *out, size_t count)
{
	int order = rate == NARROW ? noise->order : 0;
	float gain = excitation(noise, order);

	for (size_t i = 0; i < count; i++) {
		float sample = colour(noise, gain * random_sample(noise), order);

		out[i] = (int16_t)RD_MAX(-32768.0f, RD_MIN(32767.0f, sample));
	}
}
