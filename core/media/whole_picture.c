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

/* Units that are packed together, each behind its length: does one begin a picture? */
static bool any_begins(const uint8_t *p, size_t size, size_t at, bool (*begins)(uint8_t head))
{
	enum { LENGTH = 2 };

	for (; at + LENGTH < size; at += LENGTH + (size_t)(p[at] << 8 | p[at + 1]))
		if (begins(p[at + LENGTH]))
			return true;
	return false;
}

static bool h264_unit_begins(uint8_t head)
{
	enum { TYPE = 0x1f, IDR = 5, PARAMETERS = 7 };
	int type = head & TYPE;

	return type == IDR || type == PARAMETERS;
}

/* RFC 6184 §5: an IDR slice, or the parameters before it, alone, among others or as
 * the first fragment. */
static bool h264_begins(const uint8_t *p, size_t size)
{
	enum { TYPE = 0x1f, STAP_A = 24, FU_A = 28, START = 0x80 };

	if (size < 2)
		return false;
	switch (p[0] & TYPE) {
	case STAP_A:
		return any_begins(p, size, 1, h264_unit_begins);
	case FU_A:
		return p[1] & START && h264_unit_begins(p[1]);
	default:
		return h264_unit_begins(p[0]);
	}
}

static bool h265_is_beginning(int type)
{
	enum { IRAP_FIRST = 16, IRAP_LAST = 21, VPS = 32, SPS = 33 };

	return (type >= IRAP_FIRST && type <= IRAP_LAST) || type == VPS || type == SPS;
}

static bool h265_unit_begins(uint8_t head)
{
	return h265_is_beginning(head >> 1 & 0x3f);
}

/* RFC 7798 §4.4: the same, with the parameters of the video before those of the
 * sequence. */
static bool h265_begins(const uint8_t *p, size_t size)
{
	enum { TYPE = 0x3f, AP = 48, FU = 49, START = 0x80 };

	if (size < 3)
		return false;
	switch (p[0] >> 1 & TYPE) {
	case AP:
		return any_begins(p, size, 2, h265_unit_begins);
	case FU:
		return p[2] & START && h265_is_beginning(p[2] & TYPE);
	default:
		return h265_unit_begins(p[0]);
	}
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
