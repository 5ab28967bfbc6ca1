/* Packets of a codec as anybody may send them: any bytes, of any length, one after the
 * other, some lost. */
#include <ringdown/module.h>

#include "tests/unit/media_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAMPLES_MAX = 5760,
       GUARD = 0x5a5a };

#ifdef FUZZ_CODEC
static const char *const modules[] = { FUZZ_CODEC };
#else
static const char *const modules[] = { "codec_ulaw", "codec_alaw", "codec_slin", "codec_g722",
				       "codec_g726", "codec_gsm", "codec_opus" };
#endif

static void check(int count, size_t max, const int16_t *samples)
{
	rd_assert(count <= (int)max);
	rd_assert(samples[max] == GUARD);
}

/* A length, and so many bytes; nothing is a lost one. */
static void decode_all(const struct rd_codec *codec, void *decoder, const uint8_t *data,
		       size_t size)
{
	static int16_t samples[SAMPLES_MAX + 1];

	while (size > 1) {
		size_t n = RD_MIN((size_t)data[0], size - 1);
		size_t max = n % 7 == 0 ? 160 : SAMPLES_MAX;

		samples[max] = GUARD;
		if (codec->recover && n)
			check(codec->recover(decoder, data + 1, n, samples, max), max, samples);
		if (n || codec->conceals)
			check(codec->decode(decoder, n ? data + 1 : NULL, n, samples, max), max,
			      samples);
		data += n + 1;
		size -= n + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rd_codec *codec;
	void *decoder = NULL;

	if (size < 3)
		return 0;
	for (codec = rig_codec(modules[data[0] % RD_ARRAY_SIZE(modules)]); codec->name; codec++) {
		if (codec->decoder_new)
			decoder = codec->decoder_new("");
		rd_assert(!codec->decoder_new || decoder);
		if (codec->rates && data[1] % 2)
			codec->set_rate(decoder, codec->rates[0]);
		decode_all(codec, decoder, data + 2, size - 2);
		if (decoder)
			codec->state_free(decoder);
		decoder = NULL;
	}
	return 0;
}
