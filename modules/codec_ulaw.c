/* G.711 mu-law: 8,000 samples a second, a byte each (ITU-T G.711, table 2). */
#include <string.h>

#include <ringdown/module.h>

enum {
	BIAS = 0x84,
	CLIP = 32635,
};

/* Sign, three bits of exponent, four of mantissa; sent inverted. */
static int16_t expand(uint8_t byte)
{
	int magnitude;

	byte = (uint8_t)~byte;
	magnitude = (((byte & 0x0f) << 3) + BIAS) << (byte >> 4 & 7);
	return (int16_t)(byte & 0x80 ? BIAS - magnitude : magnitude - BIAS);
}

static uint8_t compress(int16_t sample)
{
	int magnitude = sample < 0 ? -(int)sample : sample;
	int sign = sample < 0 ? 0x80 : 0, exponent;

	magnitude = RD_MIN(magnitude, CLIP) + BIAS;
	/* The highest bit set is one of 7 to 14. */
	exponent = 31 - __builtin_clz((unsigned)magnitude) - 7;
	return (uint8_t) ~(sign | exponent << 4 | (magnitude >> (exponent + 3) & 0x0f));
}

/* ---- whole frames: eight samples at a time ---- */

enum { STEP = 8 };

typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef int16_t words8 __attribute__((vector_size(16)));
typedef uint16_t halves8 __attribute__((vector_size(16))); /* they may wrap */
typedef int32_t longs4 __attribute__((vector_size(16)));
typedef float floats4 __attribute__((vector_size(16)));

/* A magnitude with its bias has, as a floating point number, exponent and
 * mantissa side by side as the law wants them, from this bit on. */
enum {
	CODE_AT = 19,
	HALF_STEP = 1 << (CODE_AT - 1),
	EXPONENT_OF_BIAS = (127 + 7) << 4,
};

static inline longs4 code_of(longs4 magnitude)
{
	floats4 number = __builtin_convertvector(magnitude, floats4);

	return ((longs4)number >> CODE_AT) - EXPONENT_OF_BIAS;
}

static inline longs4 magnitude_of(longs4 code)
{
	longs4 bits = ((code + EXPONENT_OF_BIAS) << CODE_AT) | HALF_STEP;

	return __builtin_convertvector((floats4)bits, longs4) - BIAS;
}

/* Of numbers that are positive: every other one, wide, and together again. */
static inline longs4 even(words8 v)
{
	return (longs4)v & 0xffff;
}

static inline longs4 odd(words8 v)
{
	return (longs4)v >> 16;
}

static inline words8 join(longs4 evens, longs4 odds)
{
	return (words8)(evens | odds << 16);
}

static inline bytes8 compress_step(words8 samples)
{
	words8 sign = samples >> 15, over, code;
	words8 magnitude = (words8)((halves8)(samples ^ sign) - (halves8)sign);

	magnitude ^= magnitude >> 15; /* of -32768 there is no positive */
	over = magnitude > CLIP;
	magnitude = ((magnitude & ~over) | (over & CLIP)) + BIAS;
	code = join(code_of(even(magnitude)), code_of(odd(magnitude)));
	return __builtin_convertvector(~(code | (sign & 0x80)), bytes8);
}

static inline words8 expand_step(bytes8 bytes)
{
	words8 word = __builtin_convertvector(~bytes, words8);
	words8 sign = word << 8 >> 15, code = word & 0x7f, magnitude;

	magnitude = join(magnitude_of(even(code)), magnitude_of(odd(code)));
	return (magnitude ^ sign) - sign;
}

static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	size_t i = 0;

	(void)state;
	if (count > max)
		return -ENOSPC;
	for (; i + STEP <= count; i += STEP) {
		words8 step;
		bytes8 bytes;

		memcpy(&step, samples + i, sizeof(step));
		bytes = compress_step(step);
		memcpy(out + i, &bytes, sizeof(bytes));
	}
	for (; i < count; i++)
		out[i] = compress(samples[i]);
	return (int)count;
}

static void expand_all(const uint8_t *data, size_t size, int16_t *out)
{
	size_t i = 0;

	for (; i + STEP <= size; i += STEP) {
		bytes8 bytes;
		words8 step;

		memcpy(&bytes, data + i, sizeof(bytes));
		step = expand_step(bytes);
		memcpy(out + i, &step, sizeof(step));
	}
	for (; i < size; i++)
		out[i] = expand(data[i]);
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	(void)state;
	size = RD_MIN(size, max);
	if (data)
		expand_all(data, size, out);
	else
		memset(out, 0, size * sizeof(*out));
	return (int)size;
}

static const struct rd_codec codecs[] = {
	{ .name = "ulaw",
	  .rtp_name = "PCMU",
	  .synopsis = "G.711 mu-law",
	  .rate = 8000,
	  .rtp_rate = 8000,
	  .channels = 1,
	  .payload = 0,
	  .ptime_ms = 20,
	  .frame_ms = 1,
	  .bitrate = 64000,
	  .robustness = 251, /* with Appendix I */
	  .encode = encode,
	  .decode = decode },
	{ 0 },
};

RD_MODULE(.name = "codec_ulaw", .synopsis = "G.711 mu-law", .codecs = codecs);
