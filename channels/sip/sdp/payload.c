/* Payload types and codecs: the static assignments of RFC 3551, and lookups
 * among the formats of a media line. */
#include "channels/sip/message/chars.h"
#include "channels/sip/sdp/private.h"

#define NAME(text) { text, sizeof(text) - 1 }

/* By payload type; encoding absent: not assigned. */
static const struct {
	struct rd_str encoding;
	uint32_t rate;
	uint8_t channels;
} statics[] = {
	[0] = { NAME("PCMU"), 8000, 1 },
	[3] = { NAME("GSM"), 8000, 1 },
	[4] = { NAME("G723"), 8000, 1 },
	[5] = { NAME("DVI4"), 8000, 1 },
	[6] = { NAME("DVI4"), 16000, 1 },
	[7] = { NAME("LPC"), 8000, 1 },
	[8] = { NAME("PCMA"), 8000, 1 },
	[9] = { NAME("G722"), 8000, 1 },
	[10] = { NAME("L16"), 44100, 2 },
	[11] = { NAME("L16"), 44100, 1 },
	[12] = { NAME("QCELP"), 8000, 1 },
	[13] = { NAME("CN"), 8000, 1 },
	[14] = { NAME("MPA"), 90000, 1 },
	[15] = { NAME("G728"), 8000, 1 },
	[16] = { NAME("DVI4"), 11025, 1 },
	[17] = { NAME("DVI4"), 22050, 1 },
	[18] = { NAME("G729"), 8000, 1 },
	[25] = { NAME("CelB"), 90000, 1 },
	[26] = { NAME("JPEG"), 90000, 1 },
	[28] = { NAME("nv"), 90000, 1 },
	[31] = { NAME("H261"), 90000, 1 },
	[32] = { NAME("MPV"), 90000, 1 },
	[33] = { NAME("MP2T"), 90000, 1 },
	[34] = { NAME("H263"), 90000, 1 },
};

bool sdp_static_format(unsigned payload_type, struct sdp_format *format)
{
	if (payload_type >= RD_ARRAY_SIZE(statics) || !statics[payload_type].rate)
		return false;
	format->payload_type = (int16_t)payload_type;
	format->encoding = statics[payload_type].encoding;
	format->rate = statics[payload_type].rate;
	format->channels = statics[payload_type].channels;
	return true;
}

const struct sdp_format *sdp_format_find(const struct sdp_media *media,
					 struct rd_str encoding, uint32_t rate,
					 unsigned channels)
{
	for (unsigned i = 0; i < media->format_count; i++) {
		const struct sdp_format *format = &media->formats[i];

		if (rd_str_ieq(format->encoding, encoding) &&
		    (!rate || format->rate == rate) &&
		    (!channels || format->channels == channels))
			return format;
	}
	return NULL;
}
