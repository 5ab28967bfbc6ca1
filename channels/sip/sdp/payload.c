/* Payload types and codecs: the static assignments of RFC 3551, and lookups
 * among the formats of a media line. */
#include "../message/chars.h"
#include "private.h"

#define NAME(text) { text, sizeof(text) - 1 }

static const struct {
	uint8_t type, channels;
	uint32_t rate;
	struct rd_str encoding;
} statics[] = {
	{ 0, 1, 8000, NAME("PCMU") },	 { 3, 1, 8000, NAME("GSM") },
	{ 4, 1, 8000, NAME("G723") },	 { 5, 1, 8000, NAME("DVI4") },
	{ 6, 1, 16000, NAME("DVI4") },	 { 7, 1, 8000, NAME("LPC") },
	{ 8, 1, 8000, NAME("PCMA") },	 { 9, 1, 8000, NAME("G722") },
	{ 10, 2, 44100, NAME("L16") },	 { 11, 1, 44100, NAME("L16") },
	{ 12, 1, 8000, NAME("QCELP") },	 { 13, 1, 8000, NAME("CN") },
	{ 14, 1, 90000, NAME("MPA") },	 { 15, 1, 8000, NAME("G728") },
	{ 16, 1, 11025, NAME("DVI4") },	 { 17, 1, 22050, NAME("DVI4") },
	{ 18, 1, 8000, NAME("G729") },	 { 25, 1, 90000, NAME("CelB") },
	{ 26, 1, 90000, NAME("JPEG") },	 { 28, 1, 90000, NAME("nv") },
	{ 31, 1, 90000, NAME("H261") },	 { 32, 1, 90000, NAME("MPV") },
	{ 33, 1, 90000, NAME("MP2T") },	 { 34, 1, 90000, NAME("H263") },
};

bool sdp_static_format(unsigned payload_type, struct sdp_format *format)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(statics); i++) {
		if (statics[i].type != payload_type)
			continue;
		format->payload_type = (int16_t)payload_type;
		format->encoding = statics[i].encoding;
		format->rate = statics[i].rate;
		format->channels = statics[i].channels;
		return true;
	}
	return false;
}

int sdp_static_type(struct rd_str encoding, uint32_t rate, unsigned channels)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(statics); i++)
		if (statics[i].rate == rate && statics[i].channels == channels &&
		    rd_str_ieq(statics[i].encoding, encoding))
			return statics[i].type;
	return -1;
}

const struct sdp_format *sdp_format_by_type(const struct sdp_media *media,
					    int payload_type)
{
	for (unsigned i = 0; i < media->format_count; i++)
		if (media->formats[i].payload_type == payload_type)
			return &media->formats[i];
	return NULL;
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

bool sdp_fmtp_get(struct rd_str fmtp, struct rd_str name, struct rd_str *value)
{
	return sip_param_get(fmtp, name, value);
}
