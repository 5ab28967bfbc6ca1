/* Lengths of packets: by their bytes, or by what Opus says in the first two. */
#include <string.h>

#include "core/media/registry.h"
#include "core/media/rtp.h"
#include "core/media/span.h"

/* RFC 6716 §3.1: what the first byte says, in units of 48 kHz. */
static uint32_t opus_span(const uint8_t *data, size_t size)
{
	static const uint16_t silk[] = { 480, 960, 1920, 2880 };
	unsigned config, code, frames;
	uint32_t frame;

	if (size == 0)
		return 0;
	config = data[0] >> 3;
	code = data[0] & 3;
	if (config < 12)
		frame = silk[config & 3];
	else if (config < 16)
		frame = config & 1 ? 960 : 480;
	else
		frame = 120u << (config & 3);
	frames = code == 0 ? 1 : code < 3 ? 2
			 : size > 1       ? data[1] & 0x3f
					  : 0;
	return frame * frames;
}

uint32_t rd__packet_span(const struct rd_codec *codec, const struct rd__rtp *rtp)
{
	uint64_t clock = (uint64_t)rd_codec_clock(codec);

	if (strcmp(codec->rtp_name, "opus") == 0)
		return opus_span(rtp->payload, rtp->size);
	return codec->bitrate ? (uint32_t)(rtp->size * 8 * clock / (uint64_t)codec->bitrate) : 0;
}
