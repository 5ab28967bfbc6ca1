/* G.726 at 32 kbit/s, on spandsp. The two ways of packing its half bytes have RTP
 * names of their own (RFC 3551 §4.5.4): G726-32, and AAL2-G726-32 for that of ATM. Some
 * phones say the one and do the other. */
#include <spandsp.h>

#include <ringdown/module.h>

enum { BIT_RATE = 32000,
       IMPAIRMENT = 7 }; /* G.113 Appendix I */

static void *state_new(int packing)
{
	return g726_init(NULL, BIT_RATE, G726_ENCODING_LINEAR, packing);
}

static void state_free(void *state)
{
	g726_free(state);
}

static void *rtp_new(const char *fmtp)
{
	(void)fmtp;
	return state_new(G726_PACKING_RIGHT);
}

static void *aal2_new(const char *fmtp)
{
	(void)fmtp;
	return state_new(G726_PACKING_LEFT);
}

static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	return count / 2 > max ? -ENOSPC : g726_encode(state, out, samples, (int)(count & ~1u));
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	return g726_decode(state, out, data, (int)RD_MIN(size, max / 2));
}

#define G726(...)                                                                       \
	.rate = 8000, .rtp_rate = 8000, .channels = 1, .payload = -1, .ptime_ms = 20,   \
	.frame_ms = 1, .bitrate = BIT_RATE, .impairment = IMPAIRMENT,                   \
	.state_free = state_free, .encode = encode, .decode = decode, __VA_ARGS__

static const struct rd_codec codecs[] = {
	{ G726(.name = "g726", .rtp_name = "G726-32", .synopsis = "G.726 at 32 kbit/s",
	       .encoder_new = rtp_new, .decoder_new = rtp_new) },
	{ G726(.name = "g726aal2", .rtp_name = "AAL2-G726-32",
	       .synopsis = "G.726 at 32 kbit/s, packed for AAL2", .encoder_new = aal2_new,
	       .decoder_new = aal2_new) },
	{ G726(.name = "g726nonstd", .rtp_name = "G726-32",
	       .synopsis = "G.726 at 32 kbit/s, packed for AAL2 and not called so",
	       .encoder_new = aal2_new, .decoder_new = aal2_new) },
	{ 0 },
};

RD_MODULE(.name = "codec_g726", .synopsis = "G.726: ADPCM at 32 kbit/s", .codecs = codecs);
