/* Sums of sound with vectors of the compiler's: SSE2 or NEON, whatever the
 * machine has. What does not fill a vector is done in a padded one. */
#include <string.h>

#include "core/media/mix_sum.h"

enum { LANES = 4,
       STEP = 2 * LANES };

typedef int16_t v8i16 __attribute__((vector_size(16)));
typedef int32_t v4i32 __attribute__((vector_size(16)));
typedef uint32_t v4u32 __attribute__((vector_size(16)));
typedef uint64_t v2u64 __attribute__((vector_size(16)));
typedef float v4f32 __attribute__((vector_size(16)));

/* Eight samples, wide: every other one, because that is how samples become wide
 * by two shifts. */
struct wide {
	v4i32 even, odd;
};

static inline struct wide load16(const int16_t *from)
{
	v8i16 v;

	memcpy(&v, from, sizeof(v));
	return (struct wide){ (v4i32)((v4u32)v << 16) >> 16, (v4i32)v >> 16 };
}

/* Of numbers that fit. */
static inline void store16(int16_t *to, struct wide wide)
{
	v8i16 v = (v8i16)((wide.even & 0xffff) | (v4i32)((v4u32)wide.odd << 16));

	memcpy(to, &v, sizeof(v));
}

static inline struct wide load32(const int32_t *from)
{
	v4i32 low, high;

	memcpy(&low, from, sizeof(low));
	memcpy(&high, from + LANES, sizeof(high));
	return (struct wide){ __builtin_shufflevector(low, high, 0, 2, 4, 6),
			      __builtin_shufflevector(low, high, 1, 3, 5, 7) };
}

static inline void store32(int32_t *to, struct wide wide)
{
	v4i32 low = __builtin_shufflevector(wide.even, wide.odd, 0, 4, 1, 5);
	v4i32 high = __builtin_shufflevector(wide.even, wide.odd, 2, 6, 3, 7);

	memcpy(to, &low, sizeof(low));
	memcpy(to + LANES, &high, sizeof(high));
}

static inline v4i32 absolute(v4i32 v)
{
	v4i32 sign = v >> 31;

	return (v ^ sign) - sign;
}

/* ---- the soft limit ---- */

/* Above the knee the rest r is reached never: knee + r * d / (d + r). */
static inline v4i32 bend(v4i32 v)
{
	const v4i32 knee = { RD__MIX_KNEE, RD__MIX_KNEE, RD__MIX_KNEE, RD__MIX_KNEE };
	const v4i32 rest = INT16_MAX - knee;
	v4i32 sign = v >> 31, size = absolute(v), over = size > knee;
	v4i32 above = (size - knee) & over;
	v4f32 d = __builtin_convertvector(above, v4f32);
	v4f32 r = __builtin_convertvector(rest, v4f32);
	v4f32 sum = __builtin_convertvector(above + rest, v4f32);
	v4i32 bent = knee + __builtin_convertvector(d / sum * r, v4i32);

	size = (bent & over) | (size & ~over);
	return (size ^ sign) - sign;
}

/* Negative where it is beyond the knee, on either side. */
static inline v4u32 beyond(v4i32 v)
{
	return (RD__MIX_KNEE - (v4u32)v) | (RD__MIX_KNEE + (v4u32)v);
}

static inline bool any_loud(struct wide wide)
{
	v2u64 halves = (v2u64)(beyond(wide.even) | beyond(wide.odd));

	return (halves[0] | halves[1]) & UINT64_C(0x8000000080000000);
}

static inline void store_soft(int16_t *to, struct wide wide)
{
	if (__builtin_expect(any_loud(wide), 0)) {
		wide.even = bend(wide.even);
		wide.odd = bend(wide.odd);
	}
	store16(to, wide);
}

/* ---- one step each ---- */

static inline void add(int32_t *sum, const int16_t *in)
{
	struct wide a = load32(sum), b = load16(in);

	a.even += b.even;
	a.odd += b.odd;
	store32(sum, a);
}

static inline void without(int16_t *out, const int32_t *sum, const int16_t *own)
{
	struct wide a = load32(sum), b = load16(own);

	a.even -= b.even;
	a.odd -= b.odd;
	store_soft(out, a);
}

/* A gain of sixteen times a full sample just fits. */
static inline void amplify(int16_t *out, const int16_t *in, int gain)
{
	struct wide a = load16(in);

	a.even = a.even * (gain / 2) / (RD__MIX_UNITY / 2);
	a.odd = a.odd * (gain / 2) / (RD__MIX_UNITY / 2);
	store_soft(out, a);
}

static inline v4i32 level(const int16_t *in)
{
	struct wide a = load16(in);

	return absolute(a.even) + absolute(a.odd);
}

/* ---- whole frames ---- */

void rd__mix_add(int32_t *sum, const int16_t *in, size_t count)
{
	size_t i = 0;

	for (; i + STEP <= count; i += STEP)
		add(sum + i, in + i);
	for (; i < count; i++)
		sum[i] += in[i];
}

/* What is left over at the end of a frame, as a full step. */
struct rest {
	int32_t sum[STEP];
	int16_t own[STEP];
};

static void fill(struct rest *rest, const int32_t *sum, const int16_t *own, size_t left)
{
	memset(rest, 0, sizeof(*rest));
	if (sum)
		memcpy(rest->sum, sum, left * sizeof(*sum));
	if (own)
		memcpy(rest->own, own, left * sizeof(*own));
}

void rd__mix_limit(int16_t *out, const int32_t *sum, size_t count)
{
	int16_t last[STEP];
	struct rest rest;
	size_t i = 0;

	for (; i + STEP <= count; i += STEP)
		store_soft(out + i, load32(sum + i));
	if (i == count)
		return;
	fill(&rest, sum + i, NULL, count - i);
	store_soft(last, load32(rest.sum));
	memcpy(out + i, last, (count - i) * sizeof(*out));
}

void rd__mix_without(int16_t *out, const int32_t *sum, const int16_t *own, size_t count)
{
	int16_t last[STEP];
	struct rest rest;
	size_t i = 0;

	for (; i + STEP <= count; i += STEP)
		without(out + i, sum + i, own + i);
	if (i == count)
		return;
	fill(&rest, sum + i, own + i, count - i);
	without(last, rest.sum, rest.own);
	memcpy(out + i, last, (count - i) * sizeof(*out));
}

void rd__mix_gain(int16_t *out, const int16_t *in, int gain, size_t count)
{
	int16_t last[STEP];
	struct rest rest;
	size_t i = 0;

	for (; i + STEP <= count; i += STEP)
		amplify(out + i, in + i, gain);
	if (i == count)
		return;
	fill(&rest, NULL, in + i, count - i);
	amplify(last, rest.own, gain);
	memcpy(out + i, last, (count - i) * sizeof(*out));
}

int rd__mix_level(const int16_t *in, size_t count)
{
	v4i32 sums = { 0 };
	int64_t sum;
	size_t i = 0;

	/* A lane takes 65,536 samples at their loudest; frames are shorter. */
	for (; i + STEP <= count; i += STEP)
		sums += level(in + i);
	sum = (int64_t)sums[0] + sums[1] + sums[2] + sums[3];
	for (; i < count; i++)
		sum += in[i] < 0 ? -in[i] : in[i];
	return count ? (int)(sum / (int64_t)count) : 0;
}
