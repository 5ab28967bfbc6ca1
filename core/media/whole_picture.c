/* How packets say that a whole picture begins: by what stands before the picture, or
 * in its first bytes. */
#include <strings.h>

#include "core/media/whole_picture.h"

/* RFC 7741 §4.2, §4.3: the first partition begins, and its frame is no inter frame. */
static bool vp8_begins(const uint8_t *p, size_t size)
{
	enum { EXTENDED = 0x80, START = 0x10, PARTITION = 0x07, INTER = 0x01 };
	enum { PICTURE = 0x80, LEVEL = 0x40, LAYER_OR_KEY = 0x30, LONG = 0x80 };
	size_t at = 1;

	if (size < 2 || (p[0] & (START | PARTITION)) != START)
		return false;
	if (p[0] & EXTENDED) {
		at = 2;
		if (p[1] & PICTURE && at < size)
			at += p[at] & LONG ? 2 : 1;
		at += (p[1] & LEVEL) != 0;
		at += (p[1] & LAYER_OR_KEY) != 0;
	}
	return at < size && !(p[at] & INTER);
}

/* RFC 9628 §4.2: a frame begins that is predicted from none before, of the lowest
 * spatial layer. */
static bool vp9_begins(const uint8_t *p, size_t size)
{
	enum { PICTURE = 0x80, INTER = 0x40, LAYERS = 0x20, START = 0x08, LONG = 0x80 };
	enum { SPATIAL = 0x0e };
	size_t at = 1;

	if (size < 2 || (p[0] & (INTER | START)) != START)
		return false;
	if (p[0] & PICTURE)
		at += p[1] & LONG ? 2 : 1;
	return !(p[0] & LAYERS) || (at < size && !(p[at] & SPATIAL));
}

/* The AV1 payload's §4.4: the first packet of a new coded sequence. */
static bool av1_begins(const uint8_t *p, size_t size)
{
	enum { NEW_SEQUENCE = 0x08 };

	return size > 1 && p[0] & NEW_SEQUENCE;
}

/* RFC 6184 §5: an IDR slice, or the parameters before it, alone, among others or as
 * the first fragment. */
static bool h264_begins(const uint8_t *p, size_t size)
{
	enum { TYPE = 0x1f, IDR = 5, PARAMETERS = 7, STAP_A = 24, FU_A = 28, START = 0x80 };
	int type;

	if (size < 2)
		return false;
	type = p[0] & TYPE;
	if (type == STAP_A && size > 3)
		type = p[3] & TYPE;
	else if (type == FU_A && p[1] & START)
		type = p[1] & TYPE;
	return type == IDR || type == PARAMETERS;
}

/* RFC 7798 §4.4: the same, with the parameters of the video before those of the
 * sequence. */
static bool h265_begins(const uint8_t *p, size_t size)
{
	enum { IRAP_FIRST = 16, IRAP_LAST = 21, VPS = 32, SPS = 33, AP = 48, FU = 49 };
	enum { TYPE = 0x3f, START = 0x80 };
	int type;

	if (size < 3)
		return false;
	type = p[0] >> 1 & TYPE;
	if (type == AP && size > 4)
		type = p[4] >> 1 & TYPE;
	else if (type == FU && p[2] & START)
		type = p[2] & TYPE;
	return (type >= IRAP_FIRST && type <= IRAP_LAST) || type == VPS || type == SPS;
}

static const struct {
	const char *rtp_name;
	bool (*begins)(const uint8_t *p, size_t size);
} codecs[] = {
	{ "VP8", vp8_begins },	 { "VP9", vp9_begins },	  { "AV1", av1_begins },
	{ "H264", h264_begins }, { "H265", h265_begins },
};

bool rd__whole_picture_known(const char *rtp_name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++)
		if (strcasecmp(codecs[i].rtp_name, rtp_name) == 0)
			return true;
	return false;
}

bool rd__whole_picture_begins(const char *rtp_name, const struct rd__rtp *rtp)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++)
		if (strcasecmp(codecs[i].rtp_name, rtp_name) == 0)
			return codecs[i].begins(rtp->payload, rtp->size);
	return false;
}
