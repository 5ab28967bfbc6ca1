/* Sums of sound, a frame at a time: what a mixer does to samples. Written with
 * vectors; the tests check each against plain loops, bit for bit.
 *
 * Sums are wide and never wrap. What leaves is limited softly: up to three
 * quarters of the range as it is, above that bent so that it nears the full
 * range and never jumps. Any alignment, any count; in and out may be one. */
#ifndef CORE_MEDIA_MIX_SUM_H
#define CORE_MEDIA_MIX_SUM_H

#include <ringdown/base.h>

enum {
	RD__MIX_KNEE = 24576, /* where bending begins */
	RD__MIX_UNITY = 4096, /* a gain that changes nothing */
	RD__MIX_LOUDEST = 65536, /* sixteen times */
};

RD_API_BEGIN

/* sum += in. Some 65,000 voices fit. */
void rd__mix_add(int32_t *sum, const int16_t *in, size_t count);
/* out = soft(sum), or soft(sum - own): what somebody hears of the others. */
void rd__mix_limit(int16_t *out, const int32_t *sum, size_t count);
void rd__mix_without(int16_t *out, const int32_t *sum, const int16_t *own, size_t count);
/* out = soft(in * gain / RD__MIX_UNITY), gain up to RD__MIX_LOUDEST. */
void rd__mix_gain(int16_t *out, const int16_t *in, int gain, size_t count);
/* The mean of the absolute values; of nothing 0. */
int rd__mix_level(const int16_t *in, size_t count);

RD_API_END

#endif
