/* Decoders, and the packets that they are told of again. */
#include <string.h>

#include "core/base/slab.h"
#include "core/media/decoder.h"
#include "core/media/work.h"

struct rd__recent *rd__recent_new(void)
{
	return rd__slab_zalloc(sizeof(struct rd__recent), RD__SLAB_STREAMS);
}

void rd__recent_free(struct rd__recent *recent)
{
	rd__slab_free(recent, RD__SLAB_STREAMS);
}

void rd__recent_unknown(struct rd__recent *recent)
{
	if (recent)
		recent->unknown = recent->kept;
}

void rd__recent_keep(struct rd__recent *recent, const uint8_t *data, size_t size)
{
	if (size > RD__RECENT_BYTES) {
		recent->kept = recent->unknown = 0;
		return;
	}
	recent->packets[recent->next].size = (uint16_t)size;
	memcpy(recent->packets[recent->next].bytes, data, size);
	recent->next = (recent->next + 1) % RD__RECENT_PACKETS;
	recent->kept = (uint8_t)RD_MIN(recent->kept + 1, RD__RECENT_PACKETS);
	recent->unknown = (uint8_t)RD_MIN(recent->unknown + 1, recent->kept);
}

int rd__recent_decode(const struct rd__recent *recent, int back, const struct rd_codec *codec,
		      void *decoder, int16_t *out, size_t max)
{
	size_t size;
	const uint8_t *packet = rd__recent_packet(recent, back, &size);

	return rd__codec_decode(codec, decoder, packet, size, out, max);
}

int rd__setup_decode(struct rd__setup *setup, int format, const uint8_t *data, size_t size,
		     int16_t *out, size_t max)
{
	const struct rd_codec *codec = setup->config.formats[format].codec;
	struct rd__recent *recent = setup->recent[format];

	if (recent) {
		for (int back = recent->unknown; back > 0; back--)
			rd__recent_decode(recent, back, codec, setup->decoder[format], out, max);
		rd__recent_keep(recent, data, size);
		recent->unknown = 0;
	}
	return rd__codec_decode(codec, setup->decoder[format], data, size, out, max);
}

void rd__setup_pass(struct rd__setup *setup, int format, const uint8_t *data, size_t size)
{
	/* Of most codecs nothing is kept: what every packet needs tells that. */
	if (setup->config.formats[format].codec->decoder_new && setup->recent[format])
		rd__recent_keep(setup->recent[format], data, size);
}
