/* A codec: L8 of RFC 3551 §4.5.10, the upper eight bits of each sample. What the lower
 * ones lose is added to the next sample, so that soft voices do not vanish. */
#define RD_MODULE_NAME "codec_l8"

#include <string.h>

#include <ringdown/module.h>

enum { OFFSET = 128, STEP = 256 };

/* Of one direction of one call. */
struct l8_encoder {
	int left; /* of the samples before */
};

static void *encoder_new(const char *fmtp)
{
	(void)fmtp;
	return rd_zalloc(sizeof(struct l8_encoder));
}

/* On a media thread, as decode(): nothing may be allocated, locked or waited for. */
static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	struct l8_encoder *encoder = state;

	if (count > max)
		return -ENOSPC;
	for (size_t i = 0; i < count; i++) {
		int wanted = samples[i] + encoder->left;
		int byte = RD_MIN(wanted / STEP + OFFSET, UINT8_MAX);

		encoder->left = RD_MIN(wanted - (byte - OFFSET) * STEP, STEP);
		out[i] = (uint8_t)byte;
	}
	return (int)count;
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	(void)state;
	size = RD_MIN(size, max);
	for (size_t i = 0; i < size; i++)
		out[i] = (int16_t)((data[i] - OFFSET) * STEP);
	return (int)size;
}

static const struct rd_codec codecs[] = {
	{ .name = "l8",
	  .rtp_name = "L8",
	  .synopsis = "Eight bits a sample",
	  .rate = 8000,
	  .channels = 1,
	  .payload = -1, /* agreed on in each call */
	  .ptime_ms = 20,
	  .frame_ms = 1,
	  .bitrate = 64000,
	  .encoder_new = encoder_new,
	  .state_free = rd_free,
	  .encode = encode,
	  .decode = decode },
	{ 0 },
};

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "L8, eight bits a sample", .codecs = codecs);
