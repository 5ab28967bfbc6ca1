/* G.711 mu-law: 8,000 samples a second, a byte each (ITU-T G.711, table 2). */
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

static int16_t expanded[256];
/* Of magnitudes in steps of four, positive: finer ones do not matter. */
static uint8_t compressed[(CLIP >> 2) + 1];

static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	(void)state;
	if (count > max)
		return -ENOSPC;
	for (size_t i = 0; i < count; i++) {
		int sign = samples[i] >> 15, magnitude = (samples[i] ^ sign) - sign;

		out[i] = compressed[RD_MIN(magnitude, CLIP) >> 2] & (0x7f | ~sign);
	}
	return (int)count;
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	(void)state;
	if (size > max)
		size = max;
	for (size_t i = 0; i < size; i++)
		out[i] = data ? expanded[data[i]] : 0;
	return (int)size;
}

__attribute__((constructor)) static void fill_table(void)
{
	for (int i = 0; i < 256; i++)
		expanded[i] = expand((uint8_t)i);
	for (int i = 0; i <= CLIP >> 2; i++)
		compressed[i] = compress((int16_t)(i << 2));
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
