/* Feedback packets: in a compound packet among reports, or alone (RFC 5506). */
#include <string.h>

#include "core/media/feedback.h"
#include "core/media/wire.h"

static void read_one(struct rd__feedback *feedback, const uint8_t *p, size_t size)
{
	feedback->type = p[1];
	feedback->format = p[0] & 0x1f;
	feedback->sender = rd__get32(p + 4);
	feedback->media = rd__get32(p + 8);
	feedback->detail = p + RD__FEEDBACK_HEADER;
	feedback->size = size - RD__FEEDBACK_HEADER;
}

bool rd__feedback_next(struct rd__feedback *feedback, const uint8_t **packet, size_t *size)
{
	while (*size >= 4 && (*packet)[0] >> 6 == 2) {
		const uint8_t *p = *packet;
		size_t length = (rd__get16(p + 2) + 1u) * 4;

		if (length > *size)
			break;
		*packet += length;
		*size -= length;
		if ((p[1] == RD__FEEDBACK_RTP || p[1] == RD__FEEDBACK_PICTURE) &&
		    length >= RD__FEEDBACK_HEADER) {
			read_one(feedback, p, length);
			return true;
		}
	}
	return false;
}

size_t rd__feedback_print(uint8_t *out, const struct rd__feedback *feedback)
{
	size_t detail = RD_MIN(feedback->size, (size_t)RD__FEEDBACK_DETAIL_MAX) / 4 * 4;
	size_t size = RD__FEEDBACK_HEADER + detail;

	out[0] = (uint8_t)(0x80 | feedback->format);
	out[1] = feedback->type;
	rd__put16(out + 2, (uint16_t)(size / 4 - 1));
	rd__put32(out + 4, feedback->sender);
	rd__put32(out + 8, feedback->media);
	if (detail)
		memcpy(out + RD__FEEDBACK_HEADER, feedback->detail, detail);
	return size;
}
