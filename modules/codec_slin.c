/* L16 (RFC 3551 §4.5.11): samples as they are, 16 bits, big end first. */
#include <ringdown/module.h>

static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	(void)state;
	if (count * 2 > max)
		return -ENOSPC;
	for (size_t i = 0; i < count; i++) {
		out[2 * i] = (uint8_t)((uint16_t)samples[i] >> 8);
		out[2 * i + 1] = (uint8_t)samples[i];
	}
	return (int)(count * 2);
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	size_t count = data ? RD_MIN(size / 2, max) : max;

	(void)state;
	for (size_t i = 0; i < count; i++)
		out[i] = data ? (int16_t)(data[2 * i] << 8 | data[2 * i + 1]) : 0;
	return (int)count;
}

static const struct rd_codec codecs[] = {
	{ .name = "slin",
	  .rtp_name = "L16",
	  .synopsis = "Samples of 16 bits at 8 kHz",
	  .rate = 8000,
	  .rtp_rate = 8000,
	  .channels = 1,
	  .payload = -1,
	  .ptime_ms = 20,
	  .frame_ms = 1,
	  .bitrate = 128000,
	  .encode = encode,
	  .decode = decode },
	{ .name = "slin16",
	  .rtp_name = "L16",
	  .synopsis = "Samples of 16 bits at 16 kHz",
	  .rate = 16000,
	  .rtp_rate = 16000,
	  .channels = 1,
	  .payload = -1,
	  .ptime_ms = 20,
	  .frame_ms = 1,
	  .bitrate = 256000,
	  .encode = encode,
	  .decode = decode },
	/* 20 ms would not fit into one packet of an Ethernet. */
	{ .name = "slin48",
	  .rtp_name = "L16",
	  .synopsis = "Samples of 16 bits at 48 kHz",
	  .rate = 48000,
	  .rtp_rate = 48000,
	  .channels = 1,
	  .payload = -1,
	  .ptime_ms = 10,
	  .frame_ms = 1,
	  .bitrate = 768000,
	  .encode = encode,
	  .decode = decode },
	{ 0 },
};

RD_MODULE(.name = "codec_slin", .synopsis = "L16: samples as they are", .codecs = codecs);
