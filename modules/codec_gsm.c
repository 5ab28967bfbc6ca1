/* GSM full rate, on libgsm: 20 ms in 33 bytes (RFC 3551 §4.5.8). */
#include <gsm.h>
#include <string.h>

#include <ringdown/module.h>

enum { FRAME = 160,
       BYTES = sizeof(gsm_frame) };

static void *state_new(const char *fmtp)
{
	(void)fmtp;
	return gsm_create();
}

static void state_free(void *state)
{
	gsm_destroy(state);
}

static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	size_t frames = count / FRAME;
	gsm_signal frame[FRAME];

	if (frames * BYTES > max)
		return -ENOSPC;
	for (size_t i = 0; i < frames; i++) {
		/* libgsm takes what it may write to. */
		memcpy(frame, samples + i * FRAME, sizeof(frame));
		gsm_encode(state, frame, out + i * BYTES);
	}
	return (int)(frames * BYTES);
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	size_t frames = RD_MIN(size / BYTES, max / FRAME);
	gsm_frame frame;

	for (size_t i = 0; i < frames; i++) {
		memcpy(frame, data + i * BYTES, sizeof(frame));
		/* Not begun with the signature of a frame. */
		if (gsm_decode(state, frame, out + i * FRAME) < 0)
			return -EINVAL;
	}
	return (int)(frames * FRAME);
}

static const struct rd_codec codecs[] = {
	{ .name = "gsm",
	  .rtp_name = "GSM",
	  .synopsis = "GSM full rate, 13 kbit/s",
	  .rate = 8000,
	  .rtp_rate = 8000,
	  .channels = 1,
	  .payload = 3,
	  .ptime_ms = 20,
	  .frame_ms = 20,
	  .bitrate = 13200,
	  .impairment = 20, /* G.113 Appendix I; of robustness it says nothing */
	  .encoder_new = state_new,
	  .decoder_new = state_new,
	  .state_free = state_free,
	  .encode = encode,
	  .decode = decode },
	{ 0 },
};

RD_MODULE(.name = "codec_gsm", .synopsis = "GSM full rate", .codecs = codecs);
