/* Bodies: single, and in parts. */
#include "channels/sip/message/body.h"

#define BOUNDARY_MAX 70 /* RFC 2046 §5.1.1 */

/* What is looked for, and what was found. */
struct search {
	struct rd_str type, subtype, disposition;
	struct rd_str found;
};

/* ---- reading ---- */

static void read_disposition(struct sip_body *body, struct rd_str value)
{
	struct rd_str params = value, kind, handling;

	if (!value.n)
		return;
	rd_str_cut(&params, ';', &kind);
	body->disposition = rd_str_trim(kind);
	if (sip_param_get(params, RD_STR("handling"), &handling))
		body->optional = rd_str_ieq(handling, RD_STR("optional"));
}

static bool is_plain(struct rd_str encoding)
{
	static const struct rd_str plain[] = { RD_STR_INIT("identity"), RD_STR_INIT("8bit"),
					       RD_STR_INIT("7bit"), RD_STR_INIT("binary") };

	for (size_t i = 0; i < RD_ARRAY_SIZE(plain); i++)
		if (rd_str_ieq(encoding, plain[i]))
			return true;
	return !encoding.n;
}

static void read_type(struct sip_body *body, struct rd_str value)
{
	if (!value.n || sip_media_type_parse(&body->type, value, NULL))
		body->type = (struct sip_media_type){ 0 };
}

void sip_body_of(struct sip_body *body, const struct sip_msg *msg)
{
	*body = (struct sip_body){ 0 };
	if (!rd_str_trim(msg->body).n)
		return;
	body->bytes = msg->body;
	read_type(body, sip_msg_value(msg, SIP_H_CONTENT_TYPE));
	read_disposition(body, sip_msg_value(msg, SIP_H_CONTENT_DISPOSITION));
	body->encoded = !is_plain(sip_msg_value(msg, SIP_H_CONTENT_ENCODING));
}

/* ---- parts ---- */

static void read_header(struct sip_body *part, struct rd_str line)
{
	struct rd_str name;

	if (!rd_str_cut(&line, ':', &name))
		return;
	line = rd_str_trim(line);
	name = rd_str_trim(name);
	if (rd_str_ieq(name, RD_STR("Content-Transfer-Encoding"))) {
		part->encoded |= !is_plain(line);
		return;
	}
	if (rd_str_ieq(name, RD_STR("Content-ID")) && line.n > 2 && line.p[0] == '<')
		part->id = (struct rd_str){ line.p + 1, line.n - 2 };
	switch (sip_header_id_of(name)) {
	case SIP_H_CONTENT_TYPE:
		read_type(part, line);
		break;
	case SIP_H_CONTENT_DISPOSITION:
		read_disposition(part, line);
		break;
	case SIP_H_CONTENT_ENCODING:
		part->encoded |= !is_plain(line);
		break;
	default:
		break;
	}
}

/* Is this a line "--boundary" or "--boundary--"? */
static bool is_delimiter(struct rd_str line, struct rd_str boundary, bool *last)
{
	struct rd_str tail;

	if (line.n < boundary.n + 2 || memcmp(line.p, "--", 2) != 0 ||
	    memcmp(line.p + 2, boundary.p, boundary.n) != 0)
		return false;
	tail = rd_str_trim((struct rd_str){ line.p + 2 + boundary.n,
					    line.n - 2 - boundary.n });
	*last = rd_str_eq(tail, RD_STR("--"));
	return *last || !tail.n;
}

/* Up to the next delimiter: what stands before it, without the line end that
 * belongs to it. False when there is none. */
static bool cut_delimiter(struct rd_str *rest, struct rd_str boundary,
			  struct rd_str *before, bool *last)
{
	const char *start = rest->p;
	struct rd_str line;

	while (rest->n) {
		rd_str_cut(rest, '\n', &line);
		if (!is_delimiter(line, boundary, last))
			continue;
		*before = (struct rd_str){ start, (size_t)(line.p - start) };
		if (before->n && before->p[before->n - 1] == '\n')
			before->n--;
		if (before->n && before->p[before->n - 1] == '\r')
			before->n--;
		return true;
	}
	return false;
}

static void read_part(struct sip_body *part, struct rd_str text)
{
	struct rd_str line;

	*part = (struct sip_body){ .whole = text };
	while (text.n) {
		rd_str_cut(&text, '\n', &line);
		if (!rd_str_trim(line).n)
			break;
		read_header(part, line);
	}
	part->bytes = text;
}

void sip_parts_begin(struct sip_parts *parts, struct rd_str bytes, struct rd_str boundary)
{
	struct rd_str preamble;
	bool last;

	*parts = (struct sip_parts){ .rest = bytes, .boundary = boundary };
	parts->ended = !cut_delimiter(&parts->rest, boundary, &preamble, &last) || last;
}

bool sip_parts_next(struct sip_parts *parts, struct sip_body *part)
{
	struct rd_str text;

	if (parts->ended ||
	    !cut_delimiter(&parts->rest, parts->boundary, &text, &parts->ended))
		return false;
	read_part(part, text);
	return true;
}

/* ---- looking for one ---- */

/* Absent: it has none that may be. */
static struct rd_str boundary_of(const struct sip_body *body)
{
	struct rd_str boundary = { 0 };

	sip_param_get(body->type.params, RD_STR("boundary"), &boundary);
	boundary = sip_strip_quotes(boundary);
	return boundary.n > BOUNDARY_MAX ? (struct rd_str){ 0 } : boundary;
}

struct rd_str sip_body_part(const struct sip_msg *msg, struct rd_str id)
{
	struct sip_body body, part;
	struct sip_parts parts;
	struct rd_str boundary;

	sip_body_of(&body, msg);
	boundary = boundary_of(&body);
	if (!rd_str_ieq(body.type.type, RD_STR("multipart")) || !boundary.n)
		return (struct rd_str){ 0 };
	sip_parts_begin(&parts, body.bytes, boundary);
	while (sip_parts_next(&parts, &part))
		if (rd_str_eq(part.id, id))
			return part.whole;
	return (struct rd_str){ 0 };
}

static bool is_wanted(const struct search *search, const struct sip_body *body)
{
	return !body->encoded && rd_str_ieq(body->type.type, search->type) &&
	       rd_str_ieq(body->type.subtype, search->subtype) &&
	       (!body->disposition.n ||
		rd_str_ieq(body->disposition, search->disposition));
}

static int look(struct search *search, const struct sip_body *body, unsigned depth);

/* All of a mixed multipart counts, of alternatives the last that we know, of
 * related parts the first. */
static int look_into(struct search *search, const struct sip_body *body, unsigned depth,
		     struct rd_str boundary)
{
	bool alternative = rd_str_ieq(body->type.subtype, RD_STR("alternative"));
	bool related = rd_str_ieq(body->type.subtype, RD_STR("related"));
	struct sip_parts parts;
	struct sip_body part;
	int result = -ENOENT;

	sip_parts_begin(&parts, body->bytes, boundary);
	while (sip_parts_next(&parts, &part)) {
		int rc = look(search, &part, depth + 1);

		if (rc == -EPROTO && !alternative)
			return rc;
		if (rc == 0 || result == -ENOENT)
			result = rc;
		if (related)
			break;
	}
	return result;
}

static int look(struct search *search, const struct sip_body *body, unsigned depth)
{
	int otherwise = body->optional ? -ENOENT : -EPROTO, rc;
	struct rd_str boundary;

	if (is_wanted(search, body)) {
		search->found = body->bytes;
		return 0;
	}
	if (body->encoded || depth == SIP_BODY_DEPTH ||
	    !rd_str_ieq(body->type.type, RD_STR("multipart")))
		return otherwise;
	boundary = boundary_of(body);
	if (!boundary.n)
		return -EINVAL;
	rc = look_into(search, body, depth, boundary);
	return rc == -EPROTO ? otherwise : rc;
}

int sip_body_find(const struct sip_msg *msg, struct rd_str type, struct rd_str subtype,
		  struct rd_str disposition, struct rd_str *bytes)
{
	struct search search = { type, subtype, disposition, { 0 } };
	struct sip_body body;
	int rc;

	sip_body_of(&body, msg);
	if (!body.bytes.n)
		return -ENOENT;
	rc = look(&search, &body, 0);
	if (rc == 0)
		*bytes = search.found;
	return rc;
}
