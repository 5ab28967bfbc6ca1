/* G.711 A-law: 8,000 samples a second, a byte each (ITU-T G.711, table 1). */
#include <ringdown/module.h>

/* Every other bit is inverted on the line. */
enum { INVERTED = 0x55 };

/* 13 bits, in the upper part of 16. */
static int16_t expand(uint8_t byte)
{
	int exponent, magnitude;

	byte ^= INVERTED;
	exponent = byte >> 4 & 7;
	magnitude = ((byte & 0x0f) << 4) + 8;
	if (exponent)
		magnitude = (magnitude + 0x100) << (exponent - 1);
	return (int16_t)(byte & 0x80 ? magnitude : -magnitude);
}

static uint8_t compress(int16_t sample)
{
	int sign = sample < 0 ? 0 : 0x80;
	int magnitude = sample < 0 ? ~sample : sample;
	int exponent = 0, mantissa;

	if (magnitude >= 0x100)
		exponent = 31 - __builtin_clz((unsigned)magnitude) - 7;
	mantissa = magnitude >> (exponent ? exponent + 3 : 4) & 0x0f;
	return (uint8_t)((sign | exponent << 4 | mantissa) ^ INVERTED);
}

static int16_t expanded[256];
/* Of magnitudes in steps of sixteen, positive: finer ones do not matter. */
static uint8_t compressed[2048];

static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	(void)state;
	if (count > max)
		return -ENOSPC;
	for (size_t i = 0; i < count; i++) {
		int sign = samples[i] >> 15;

		out[i] = (uint8_t)(compressed[(samples[i] ^ sign) >> 4] ^ (sign & 0x80));
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
	for (int i = 0; i < 2048; i++)
		compressed[i] = compress((int16_t)(i << 4));
}

static const struct rd_codec codecs[] = {
	{ .name = "alaw",
	  .rtp_name = "PCMA",
	  .synopsis = "G.711 A-law",
	  .rate = 8000,
	  .rtp_rate = 8000,
	  .channels = 1,
	  .payload = 8,
	  .ptime_ms = 20,
	  .frame_ms = 1,
	  .bitrate = 64000,
	  .robustness = 251, /* with Appendix I */
	  .encode = encode,
	  .decode = decode },
	{ 0 },
};

RD_MODULE(.name = "codec_alaw", .synopsis = "G.711 A-law", .codecs = codecs);
