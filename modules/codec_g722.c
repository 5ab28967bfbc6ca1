/* G.722 at 64 kbit/s, on spandsp: sound of 16 kHz in 8,000 bytes a second. Its RTP
 * clock is 8000, by an old mistake that RFC 3551 §4.5.2 keeps. */
#include <spandsp.h>

#include <ringdown/module.h>

enum { BIT_RATE = 64000 };

/* Of one direction. */
struct g722 {
	int rate;
	g722_encode_state_t *encoder;
	g722_decode_state_t *decoder;
};

/* With 8,000 samples a second only the lower band is coded. */
static int set_rate(void *state, int rate)
{
	struct g722 *g722 = state;
	int options = rate == 8000 ? G722_SAMPLE_RATE_8000 : 0;

	g722->rate = rate;
	if (g722->encoder)
		g722_encode_init(g722->encoder, BIT_RATE, options);
	else
		g722_decode_init(g722->decoder, BIT_RATE, options);
	return 0;
}

static void state_free(void *state)
{
	struct g722 *g722 = state;

	if (g722->encoder)
		g722_encode_free(g722->encoder);
	if (g722->decoder)
		g722_decode_free(g722->decoder);
	rd_free(g722);
}

static void *state_new(bool encodes)
{
	struct g722 *g722 = rd_zalloc(sizeof(*g722));

	if (!g722)
		return NULL;
	g722->rate = 16000;
	if (encodes)
		g722->encoder = g722_encode_init(NULL, BIT_RATE, 0);
	else
		g722->decoder = g722_decode_init(NULL, BIT_RATE, 0);
	if (g722->encoder || g722->decoder)
		return g722;
	rd_free(g722);
	return NULL;
}

static void *encoder_new(const char *fmtp)
{
	(void)fmtp;
	return state_new(true);
}

static void *decoder_new(const char *fmtp)
{
	(void)fmtp;
	return state_new(false);
}

/* Samples in a byte. */
static size_t each(const struct g722 *g722)
{
	return g722->rate == 8000 ? 1 : 2;
}

static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	struct g722 *g722 = state;

	count -= count % each(g722);
	if (count / each(g722) > max)
		return -ENOSPC;
	return g722_encode(g722->encoder, out, samples, (int)count);
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	struct g722 *g722 = state;

	return g722_decode(g722->decoder, out, data, (int)RD_MIN(size, max / each(g722)));
}

static const int rates[] = { 8000, 16000, 0 };

static const struct rd_codec codecs[] = {
	{ .name = "g722",
	  .rtp_name = "G722",
	  .synopsis = "G.722 at 64 kbit/s, 16 kHz",
	  .rate = 16000,
	  .rtp_rate = 8000,
	  .channels = 1,
	  .payload = 9,
	  .ptime_ms = 20,
	  .frame_ms = 1,
	  .bitrate = BIT_RATE,
	  .encoder_new = encoder_new,
	  .decoder_new = decoder_new,
	  .state_free = state_free,
	  .encode = encode,
	  .decode = decode,
	  .rates = rates,
	  .set_rate = set_rate },
	{ 0 },
};

RD_MODULE(.name = "codec_g722", .synopsis = "G.722: wide band in 64 kbit/s", .codecs = codecs);
