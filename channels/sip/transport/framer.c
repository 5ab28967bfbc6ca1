/* Messages out of a stream. Each byte is looked at a fixed number of times,
 * however small the pieces are in which a message comes. */
#include "channels/sip/transport/framer.h"

#include <ringdown/str.h>

#define CRLF       "\r\n"
#define HEADER_END "\r\n\r\n"

void sip_framer_init(struct sip_framer *framer, size_t limit)
{
	*framer = (struct sip_framer){ .limit = limit };
}

static const char too_large[] = "a message larger than the limit";

static enum sip_frame bad(struct sip_framer *framer, const char *why)
{
	framer->why = why;
	framer->status = why != too_large ? 400 : framer->head ? 413 : 513;
	return SIP_FRAME_BAD;
}

/* ---- the header ---- */

/* One header with its folded lines, without the last line end; false at the
 * end. *rest ends with a line end. */
static bool next_header(struct rd_str *rest, struct rd_str *header)
{
	const char *at = rest->p, *end = rest->p + rest->n;

	if (!rest->n)
		return false;
	do
		at = memmem(at, (size_t)(end - at), CRLF, 2) + 2;
	while (at < end && (*at == ' ' || *at == '\t'));
	*header = (struct rd_str){ rest->p, (size_t)(at - 2 - rest->p) };
	*rest = (struct rd_str){ at, (size_t)(end - at) };
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct rd_str trimmed(struct rd_str text)
{
	while (text.n && is_space(*text.p))
		text = (struct rd_str){ text.p + 1, text.n - 1 };
	while (text.n && is_space(text.p[text.n - 1]))
		text.n--;
	return text;
}

static bool is_content_length(struct rd_str name)
{
	return rd_str_ieq(name, RD_STR("Content-Length")) || rd_str_ieq(name, RD_STR("l"));
}

/* Two that differ would let two readers disagree about where the next message
 * begins, and smuggle one past the first of them. */
static const char *read_length(struct rd_str headers, size_t limit, size_t *length)
{
	struct rd_str header, name;
	bool found = false;
	uint64_t value;

	next_header(&headers, &header); /* request or status line */
	while (next_header(&headers, &header)) {
		if (!rd_str_cut(&header, ':', &name) || !is_content_length(trimmed(name)))
			continue;
		if (rd_str_to_u64(trimmed(header), SIZE_MAX, &value))
			return "Content-Length is not a number";
		if (found && value != *length)
			return "Content-Length is given twice";
		*length = (size_t)value;
		found = true;
	}
	if (!found)
		return "a message without Content-Length";
	return *length > limit ? too_large : NULL;
}

/* Sets whole when the header has ended. NULL, or what is wrong. */
static const char *read_header(struct sip_framer *framer, const char *data, size_t n)
{
	size_t from = framer->searched > 3 ? framer->searched - 3 : 0, header, length;
	const char *end = memmem(data + from, n - from, HEADER_END, 4), *why;

	framer->searched = n;
	if (!end)
		return n > framer->limit ? too_large : NULL;
	header = (size_t)(end + 4 - data);
	framer->head = header;
	why = read_length((struct rd_str){ data, header - 2 }, framer->limit, &length);
	if (why)
		return why;
	framer->whole = header + length;
	return framer->whole > framer->limit ? too_large : NULL;
}

/* ---- all ---- */

static enum sip_frame take(struct sip_framer *framer, enum sip_frame frame, size_t n,
			   size_t *size)
{
	*size = n;
	framer->searched = framer->whole = framer->head = 0;
	return frame;
}

/* Lone zero bytes and the like are nobody's keep-alive on a stream. */
static bool may_begin(char c)
{
	return (unsigned char)c > ' ' && (unsigned char)c < 127;
}

enum sip_frame sip_framer_next(struct sip_framer *framer, const char *data, size_t n,
			       size_t *size)
{
	const char *why;

	if (n >= 1 && data[0] == '\r') {
		if (n == 1)
			return SIP_FRAME_MORE;
		return data[1] == '\n' ? take(framer, SIP_FRAME_CRLF, 2, size)
				       : bad(framer, "a carriage return alone");
	}
	if (n >= 1 && !may_begin(data[0]))
		return bad(framer, "no SIP message");
	if (!framer->whole) {
		why = read_header(framer, data, n);
		if (why)
			return bad(framer, why);
	}
	if (!framer->whole || n < framer->whole)
		return SIP_FRAME_MORE;
	return take(framer, SIP_FRAME_MESSAGE, framer->whole, size);
}
