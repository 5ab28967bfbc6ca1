/* G.729 with Annexes A and B, on bcg729: frames of 10 ms in 10 bytes; the last of a
 * packet may be comfort noise of 2 (RFC 3551 §4.5.6). */
#include <string.h>

#include <bcg729/decoder.h>
#include <bcg729/encoder.h>

#include <ringdown/module.h>
#include <ringdown/str.h>

enum { FRAME = 80,
       BYTES = 10,
       NOISE_BYTES = 2 };

/* One direction. */
struct g729 {
	bcg729EncoderChannelContextStruct *encoder;
	bcg729DecoderChannelContextStruct *decoder;
};

static void state_free(void *state)
{
	struct g729 *g729 = state;

	if (g729->encoder)
		closeBcg729EncoderChannel(g729->encoder);
	if (g729->decoder)
		closeBcg729DecoderChannel(g729->decoder);
	rd_free(g729);
}

static bool allows_annex_b(const char *fmtp)
{
	return !strstr(fmtp, "annexb=no");
}

static void *encoder_new(const char *fmtp)
{
	struct g729 *g729 = rd_zalloc(sizeof(*g729));

	if (!g729)
		return NULL;
	g729->encoder = initBcg729EncoderChannel(allows_annex_b(fmtp));
	if (g729->encoder)
		return g729;
	rd_free(g729);
	return NULL;
}

static void *decoder_new(const char *fmtp)
{
	struct g729 *g729 = rd_zalloc(sizeof(*g729));

	(void)fmtp;
	if (!g729)
		return NULL;
	g729->decoder = initBcg729DecoderChannel();
	if (g729->decoder)
		return g729;
	rd_free(g729);
	return NULL;
}

/* Silence is not sent; noise ends a packet. */
static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	struct g729 *g729 = state;
	size_t size = 0;

	if (count / FRAME * BYTES > max)
		return -ENOSPC;
	for (size_t at = 0; at + FRAME <= count; at += FRAME) {
		uint8_t n = 0;

		bcg729Encoder(g729->encoder, samples + at, out + size, &n);
		size += n;
		if (n != BYTES)
			break;
	}
	return (int)size;
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	struct g729 *g729 = state;
	size_t count = 0;

	if (!data) {
		for (; count + FRAME <= max; count += FRAME)
			bcg729Decoder(g729->decoder, NULL, 0, 1, 0, 0, out + count);
		return (int)count;
	}
	while (size >= NOISE_BYTES && count + FRAME <= max) {
		size_t n = size >= BYTES ? BYTES : NOISE_BYTES;

		bcg729Decoder(g729->decoder, data, (uint8_t)n, 0, n == NOISE_BYTES, 0,
			      out + count);
		count += FRAME;
		data += n;
		size -= n;
	}
	return (int)count;
}

static const struct rd_codec codecs[] = {
	{ .name = "g729",
	  .rtp_name = "G729",
	  .synopsis = "G.729 at 8 kbit/s",
	  .rate = 8000,
	  .rtp_rate = 8000,
	  .channels = 1,
	  .payload = 18,
	  .ptime_ms = 20,
	  .frame_ms = 10,
	  .bitrate = 8000,
	  .impairment = 11, /* of G.729A, G.113 Appendix I */
	  .robustness = 190,
	  .fmtp = "annexb=no",
	  .encoder_new = encoder_new,
	  .decoder_new = decoder_new,
	  .state_free = state_free,
	  .encode = encode,
	  .decode = decode,
	  .conceals = true },
	{ 0 },
};

RD_MODULE(.name = "codec_g729_bcg", .synopsis = "G.729, transcoded", .codecs = codecs);
