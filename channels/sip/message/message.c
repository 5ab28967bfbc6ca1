/* From bytes to struct sip_msg: start line, header index, the headers that
 * every message has. Looking things up afterwards: lookup.c. */
#include <stdio.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/message.h"

#define SIP_2_0 "SIP/2.0"

/* The first thing wrong is told; parsing goes on, for the sake of the answer. */
static void fail(struct sip_error *error, const struct sip_msg *msg, unsigned status,
		 const char *where, const char *what, const char *at)
{
	if (error->where)
		return;
	error->status = status;
	error->where = where;
	error->what = what;
	error->offset = (size_t)(at - msg->text.p);
}

/* ---- start line ---- */

static void parse_request_line(struct sip_msg *msg, const char *p, const char *end,
			       struct sip_error *error)
{
	const char *space = sip_skip(p, end, SIP_CH_TOKEN);
	const char *last = end, *what;

	msg->method_name = sip_span(p, space);
	msg->method = sip_method_of(msg->method_name);
	if (space == p || space == end || *space != ' ') {
		fail(error, msg, 400, "request line", "a method was expected", p);
		return;
	}
	while (last > space + 1 && last[-1] != ' ')
		last--;
	if (last == space + 1) {
		fail(error, msg, 400, "request line", "a URI and SIP/2.0 were expected",
		     last);
		return;
	}
	msg->uri = sip_span(space + 1, last - 1);
	if (end - last != 7 || memcmp(last, SIP_2_0, 7)) {
		if (end - last > 4 && !memcmp(last, "SIP/", 4))
			fail(error, msg, 505, "request line", "SIP/2.0 was expected",
			     last);
		else
			fail(error, msg, 400, "request line",
			     "SIP/2.0 was expected at the end", last);
	}
	if (sip_uri_parse(&msg->target, msg->uri, &what))
		fail(error, msg, 400, "request-URI", what, space + 1);
	else if (msg->target.headers.p)
		fail(error, msg, 400, "request-URI", "no ?headers were expected", space + 1);
}

static void parse_status_line(struct sip_msg *msg, const char *p, const char *end,
			      struct sip_error *error)
{
	const char *start = p + 8;
	uint64_t status;

	p = sip_scan_number(start, end, 699, &status);
	if (!p || p - start != 3 || status < 100) {
		/* Not 0, or this would be taken for a request. */
		msg->status = 999;
		fail(error, msg, 400, "status line",
		     "a status from 100 to 699 was expected", start);
		return;
	}
	msg->status = (uint16_t)status;
	if (p < end && *p == ' ')
		p++;
	msg->reason = sip_span(p, end);
}

static void parse_start_line(struct sip_msg *msg, const char *p, const char *end,
			     struct sip_error *error)
{
	if (end - p >= 8 && !memcmp(p, SIP_2_0 " ", 8))
		parse_status_line(msg, p, end, error);
	else
		parse_request_line(msg, p, end, error);
}

/* ---- header index ---- */

/* Where the line that starts at p ends (its LF), folds undone; NULL if there
 * is no end. */
static char *find_line_end(char *p, char *end)
{
	char *lf = memchr(p, '\n', (size_t)(end - p));

	while (lf && lf + 1 < end && (lf[1] == ' ' || lf[1] == '\t') && lf > p) {
		char *next;

		*lf = ' ';
		if (lf[-1] == '\r')
			lf[-1] = ' ';
		next = memchr(lf + 1, '\n', (size_t)(end - lf - 1));
		if (!next)
			return NULL;
		lf = next;
	}
	return lf;
}

static void index_header(struct sip_parsed *parsed, uint8_t last[SIP_HEADER_IDS],
			 struct rd_str name, struct rd_str value, enum sip_header_id id)
{
	struct sip_msg *msg = &parsed->msg;
	unsigned at = msg->header_count++;
	struct sip_header *header = &parsed->space[at];

	*header = (struct sip_header){ .name = name, .value = value, .id = (uint8_t)id };
	if (msg->first[id])
		parsed->space[last[id] - 1].next = (uint8_t)(at + 1);
	else
		msg->first[id] = (uint8_t)(at + 1);
	last[id] = (uint8_t)(at + 1);
}

/* One line "Name : value". */
static void parse_header(struct sip_parsed *parsed, uint8_t last[SIP_HEADER_IDS],
			 const char *p, const char *end, struct sip_error *error)
{
	struct sip_msg *msg = &parsed->msg;
	const char *name_end = sip_skip(p, end, SIP_CH_TOKEN);
	const char *colon = sip_skip_space(name_end, end);
	struct rd_str name = sip_span(p, name_end);

	if (!name.n || colon == end || *colon != ':') {
		fail(error, msg, 400, "header", "a line \"Name: value\" was expected", p);
		return;
	}
	if (msg->header_count == SIP_MAX_HEADERS) {
		fail(error, msg, 400, "header", "at most 255 header lines are accepted",
		     p);
		return;
	}
	p = sip_skip_space(colon + 1, end);
	index_header(parsed, last, name, sip_span(p, sip_trim_end(p, end)),
		     sip_header_id_of(name));
}

/* All lines to the empty one; behind it, or NULL when it is not there. */
static char *parse_head(struct sip_parsed *parsed, char *p, char *end,
			struct sip_error *error)
{
	uint8_t last[SIP_HEADER_IDS];
	char *lf = memchr(p, '\n', (size_t)(end - p));

	if (!lf)
		return NULL;
	parse_start_line(&parsed->msg, p, lf > p && lf[-1] == '\r' ? lf - 1 : lf, error);
	for (p = lf + 1; p < end; p = lf + 1) {
		if (*p == '\n')
			return p + 1;
		if (*p == '\r' && p + 1 < end && p[1] == '\n')
			return p + 2;
		lf = find_line_end(p, end);
		if (!lf)
			return NULL;
		parse_header(parsed, last, p, lf, error);
	}
	return NULL;
}

/* ---- what every message has ---- */

static void parse_needed_addr(struct sip_msg *msg, enum sip_header_id id,
			      struct sip_name_addr *addr, struct sip_error *error)
{
	struct rd_str value = sip_msg_value(msg, id);
	const char *what;

	if (value.p && sip_name_addr_parse(addr, value, &what))
		fail(error, msg, 400, sip_header_name(id).p, what, value.p);
}

static void parse_needed_cseq(struct sip_msg *msg, struct sip_error *error)
{
	struct rd_str value = sip_msg_value(msg, SIP_H_CSEQ);
	const char *what;

	if (!value.p)
		return;
	if (sip_cseq_parse(&msg->cseq, value, &what)) {
		fail(error, msg, 400, "CSeq", what, value.p);
		return;
	}
	msg->has_cseq = true;
	if (msg->status)
		msg->method = msg->cseq.method;
	else if (!rd_str_eq(msg->cseq.method_name, msg->method_name))
		fail(error, msg, msg->method == SIP_METHOD_OTHER ? 501 : 400, "CSeq",
		     "the method of the request line was expected", value.p);
}

static void parse_needed_via(struct sip_msg *msg, struct sip_error *error)
{
	struct rd_str value = sip_msg_value(msg, SIP_H_VIA);
	const char *what = "SIP/2.0/UDP or the like was expected first";

	if (value.p && sip_via_next(&value, &msg->via, &what) != 1)
		fail(error, msg, 400, "Via", what, value.p);
}

static void parse_max_forwards(struct sip_msg *msg, struct sip_error *error)
{
	struct rd_str value = sip_msg_value(msg, SIP_H_MAX_FORWARDS);
	uint64_t hops;

	msg->max_forwards = -1;
	if (!value.p)
		return;
	if (rd_str_to_u64(value, 255, &hops))
		fail(error, msg, 400, "Max-Forwards",
		     "a number from 0 to 255 was expected", value.p);
	else
		msg->max_forwards = (int)hops;
}

/* RFC 3261 §8.1.1 demands these; §7.3.1 allows each but once. */
static void check_needed(const struct sip_msg *msg, struct sip_error *error)
{
	static const uint8_t needed[] = { SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID,
					  SIP_H_CSEQ };
	static const uint8_t single[] = { SIP_H_FROM,	      SIP_H_TO,
					  SIP_H_CALL_ID,      SIP_H_CSEQ,
					  SIP_H_MAX_FORWARDS, SIP_H_CONTENT_LENGTH,
					  SIP_H_CONTENT_TYPE };

	for (size_t i = 0; i < sizeof(needed); i++)
		if (!msg->first[needed[i]])
			fail(error, msg, 400, sip_header_name(needed[i]).p,
			     "this header was expected", msg->text.p);
	for (size_t i = 0; i < sizeof(single); i++) {
		const struct sip_header *header = sip_msg_header(msg, single[i]);

		if (header && header->next)
			fail(error, msg, 400, sip_header_name(single[i]).p,
			     "this header was expected once", header->value.p);
	}
	if (msg->first[SIP_H_CALL_ID] && !msg->call_id.n)
		fail(error, msg, 400, "Call-ID", "a value was expected", msg->call_id.p);
}

static void parse_body(struct sip_msg *msg, const char *p, const char *end,
		       struct sip_error *error)
{
	struct rd_str value = sip_msg_value(msg, SIP_H_CONTENT_LENGTH);
	uint64_t length;

	msg->body = sip_span(p, end);
	if (!value.p)
		return;
	if (rd_str_to_u64(value, 0x7fffffff, &length)) {
		fail(error, msg, 400, "Content-Length", "a number was expected", value.p);
	} else if (length > msg->body.n) {
		fail(error, msg, 400, "Content-Length",
		     "at most the number of bytes received was expected", value.p);
	} else {
		msg->body.n = length;
		msg->text.n = (size_t)(p - msg->text.p) + length;
	}
}

int sip_msg_parse(struct sip_parsed *parsed, char *data, size_t size,
		  struct sip_error *error)
{
	struct sip_msg *msg = &parsed->msg;
	char *body;

	*error = (struct sip_error){ 0 };
	memset(msg, 0, sizeof(*msg));
	msg->headers = parsed->space;
	msg->text = (struct rd_str){ data, size };
	body = parse_head(parsed, data, data + size, error);
	if (!body) {
		body = data + size;
		fail(error, msg, 400, "message", "an empty line after the headers was "
		     "expected", body);
	}
	parse_needed_via(msg, error);
	parse_needed_addr(msg, SIP_H_FROM, &msg->from, error);
	parse_needed_addr(msg, SIP_H_TO, &msg->to, error);
	parse_needed_cseq(msg, error);
	parse_max_forwards(msg, error);
	msg->call_id = sip_msg_value(msg, SIP_H_CALL_ID);
	check_needed(msg, error);
	parse_body(msg, body, data + size, error);
	return error->where ? -EBADMSG : 0;
}

bool sip_msg_answerable(const struct sip_msg *msg)
{
	return sip_msg_is_request(msg) && msg->method != SIP_ACK && msg->via.host.n &&
	       msg->first[SIP_H_CSEQ];
}

struct rd_str sip_error_text(const struct sip_error *error, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s: %s", error->where, error->what);

	return (struct rd_str){ buf, RD_MIN((size_t)n, size - 1) };
}
