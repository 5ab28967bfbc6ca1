/* The printer: pieces, headers, start lines, bodies. Answers to requests are
 * begun in response.c. */
#include "channels/sip/message/chars.h"
#include "channels/sip/message/out.h"

void sip_out_add(struct sip_out *out, const char *p, size_t n)
{
	if (n > out->cap - out->n) {
		out->overflow = true;
		return;
	}
	if (n)
		memcpy(out->p + out->n, p, n);
	out->n += n;
}

void sip_out_char(struct sip_out *out, char c)
{
	sip_out_add(out, &c, 1);
}

void sip_out_number(struct sip_out *out, uint64_t number)
{
	char digits[20];
	char *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + number % 10);
	while (number /= 10);
	sip_out_add(out, p, (size_t)(digits + sizeof(digits) - p));
}

void sip_out_q(struct sip_out *out, uint16_t thousandths)
{
	char q[8] = ";q=0.000";

	if (thousandths >= 1000)
		return;
	q[5] = (char)('0' + thousandths / 100);
	q[6] = (char)('0' + thousandths / 10 % 10);
	q[7] = (char)('0' + thousandths % 10);
	sip_out_add(out, q, sizeof(q));
}

void sip_out_hostport(struct sip_out *out, struct rd_str host, uint16_t port)
{
	bool v6 = host.n && host.p[0] != '[' && memchr(host.p, ':', host.n);

	if (v6)
		sip_out_char(out, '[');
	sip_out_str(out, host);
	if (v6)
		sip_out_char(out, ']');
	if (port) {
		sip_out_char(out, ':');
		sip_out_number(out, port);
	}
}

void sip_out_request_params(struct sip_out *out, struct rd_str params)
{
	struct sip_param param;

	while (sip_param_next(&params, &param)) {
		if (rd_str_ieq(param.name, RD_STR("method")))
			continue;
		sip_out_char(out, ';');
		sip_out_str(out, param.name);
		if (!param.value.p)
			continue;
		sip_out_char(out, '=');
		sip_out_str(out, param.value);
	}
}

void sip_out_place(struct sip_out *out, const struct sip_uri *uri)
{
	struct rd_str transport;

	sip_out_hostport(out, uri->host, uri->port);
	if (!sip_param_get(uri->params, RD_STR("transport"), &transport))
		return;
	sip_out_cstr(out, ";transport=");
	sip_out_str(out, transport);
}

void sip_out_sockaddr(struct sip_out *out, const union sip_sockaddr *addr)
{
	char text[SIP_SOCKADDR_TEXT];
	size_t n = sip_sockaddr_host(addr, text);

	sip_out_hostport(out, (struct rd_str){ text, n }, sip_sockaddr_port(addr));
}

void sip_out_quoted(struct sip_out *out, struct rd_str s)
{
	sip_out_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 127)
			continue;
		if (s.p[i] == '"' || s.p[i] == '\\')
			sip_out_char(out, '\\');
		sip_out_char(out, s.p[i]);
	}
	sip_out_char(out, '"');
}

void sip_out_display(struct sip_out *out, struct rd_str name)
{
	char text[512];

	rd_utf8_copy(text, sizeof(text), name);
	sip_out_quoted(out, rd_str_of(text));
}

static void add_of_user(struct sip_out *out, char c)
{
	static const char hex[] = "0123456789ABCDEF";

	if (sip_is(c, SIP_CH_USER)) {
		sip_out_char(out, c);
		return;
	}
	sip_out_char(out, '%');
	sip_out_char(out, hex[(unsigned char)c >> 4]);
	sip_out_char(out, hex[c & 15]);
}

void sip_out_escaped_user(struct sip_out *out, struct rd_str user)
{
	for (size_t i = 0; i < user.n; i++)
		add_of_user(out, user.p[i]);
}

static bool is_escape(const char *p, const char *end)
{
	return end - p >= 3 && p[0] == '%' && sip_is(p[1], SIP_CH_HEX) && sip_is(p[2], SIP_CH_HEX);
}

void sip_out_written_user(struct sip_out *out, struct rd_str user)
{
	for (const char *p = user.p, *end = sip_end(user); p < end; p++)
		if (*p == ':' || is_escape(p, end))
			sip_out_char(out, *p);
		else
			add_of_user(out, *p);
}

void sip_out_written_uri(struct sip_out *out, struct rd_str uri)
{
	const char *at = uri.n ? memchr(uri.p, '@', uri.n) : NULL;

	if (at)
		sip_out_written_user(out, sip_span(uri.p, at));
	sip_out_str(out, at ? sip_span(at, sip_end(uri)) : uri);
}

void sip_out_uri(struct sip_out *out, const struct sip_uri *uri)
{
	sip_out_str(out, uri->name);
	sip_out_char(out, ':');
	if (uri->host_kind == SIP_HOST_NONE) {
		sip_out_str(out, uri->opaque);
		return;
	}
	if (uri->user.p) {
		sip_out_str(out, uri->user);
		if (uri->password.p) {
			sip_out_char(out, ':');
			sip_out_str(out, uri->password);
		}
		sip_out_char(out, '@');
	}
	sip_out_hostport(out, uri->host, uri->port);
	if (uri->params.n) {
		sip_out_char(out, ';');
		sip_out_str(out, uri->params);
	}
	if (uri->headers.n) {
		sip_out_char(out, '?');
		sip_out_str(out, uri->headers);
	}
}

/* ---- headers ---- */

void sip_out_crlf(struct sip_out *out)
{
	sip_out_cstr(out, "\r\n");
}

static void begin_named(struct sip_out *out, struct rd_str name)
{
	sip_out_str(out, name);
	sip_out_cstr(out, ": ");
}

void sip_out_header_begin(struct sip_out *out, enum sip_header_id id)
{
	begin_named(out, sip_header_name(id));
}

static void blank_each(char *p, size_t n, char c)
{
	char *end = p + n;

	while ((p = memchr(p, c, (size_t)(end - p))))
		*p++ = ' ';
}

/* A line end in a value would let its author add headers of his own. */
static void add_value(struct sip_out *out, struct rd_str value)
{
	char *start = out->p + out->n;

	sip_out_str(out, value);
	blank_each(start, (size_t)(out->p + out->n - start), '\r');
	blank_each(start, (size_t)(out->p + out->n - start), '\n');
	sip_out_crlf(out);
}

void sip_out_header_named(struct sip_out *out, struct rd_str name, struct rd_str value)
{
	if (!name.n || sip_skip(name.p, sip_end(name), SIP_CH_TOKEN) != sip_end(name))
		return;
	begin_named(out, name);
	add_value(out, value);
}

void sip_out_header(struct sip_out *out, enum sip_header_id id, struct rd_str value)
{
	begin_named(out, sip_header_name(id));
	add_value(out, value);
}

void sip_out_header_number(struct sip_out *out, enum sip_header_id id, uint64_t number)
{
	sip_out_header_begin(out, id);
	sip_out_number(out, number);
	sip_out_crlf(out);
}

void sip_out_copy(struct sip_out *out, const struct sip_msg *msg, enum sip_header_id id)
{
	const struct sip_header *header = sip_msg_header(msg, id);

	for (; header; header = sip_msg_header_next(msg, header)) {
		begin_named(out, id ? sip_header_name(id) : header->name);
		add_value(out, header->value);
	}
}

static bool is_quoted(struct rd_str s)
{
	const char *end = sip_end(s);

	return s.n >= 2 && s.p[0] == '"' && sip_skip_quoted(s.p, end) == end &&
	       !memchr(s.p, '\r', s.n) && !memchr(s.p, '\n', s.n);
}

/* Names of plain words need no quotes; they get them all the same, as most
 * peers do, unless they bring their own. */
static void add_display(struct sip_out *out, struct rd_str display)
{
	if (!display.n)
		return;
	if (is_quoted(display))
		sip_out_str(out, display);
	else
		sip_out_display(out, display);
	sip_out_char(out, ' ');
}

void sip_out_name_addr(struct sip_out *out, enum sip_header_id id, struct rd_str display,
		       struct rd_str uri, struct rd_str tag)
{
	sip_out_header_begin(out, id);
	add_display(out, display);
	sip_out_char(out, '<');
	sip_out_str(out, uri);
	sip_out_char(out, '>');
	if (tag.n) {
		sip_out_cstr(out, ";tag=");
		sip_out_str(out, tag);
	}
	sip_out_crlf(out);
}

void sip_out_cseq(struct sip_out *out, uint32_t number, struct rd_str method)
{
	sip_out_header_begin(out, SIP_H_CSEQ);
	sip_out_number(out, number);
	sip_out_char(out, ' ');
	sip_out_str(out, method);
	sip_out_crlf(out);
}

/* A Request-URI has none (RFC 3261 §19.1.1), and a Contact may. '?' may stand in a user. */
struct rd_str sip_out_request_uri(struct rd_str uri)
{
	const char *host = uri.n ? memchr(uri.p, '@', uri.n) : NULL, *mark;

	if (!sip_uri_has_scheme(uri))
		return uri;
	host = host ? host : uri.p;
	mark = memchr(host, '?', (size_t)(uri.p + uri.n - host));
	return mark ? (struct rd_str){ uri.p, (size_t)(mark - uri.p) } : uri;
}

void sip_out_request_line(struct sip_out *out, struct rd_str method, struct rd_str uri)
{
	sip_out_str(out, method);
	sip_out_char(out, ' ');
	sip_out_str(out, sip_out_request_uri(uri));
	sip_out_cstr(out, " SIP/2.0\r\n");
}

/* ---- the end ---- */

static void end_head(struct sip_out *out, size_t body_size)
{
	sip_out_header_number(out, SIP_H_CONTENT_LENGTH, body_size);
	sip_out_crlf(out);
	out->ended = true;
}

static void add_part(struct sip_out *parts, const char *boundary, struct rd_str part)
{
	sip_out_cstr(parts, "--");
	sip_out_cstr(parts, boundary);
	sip_out_crlf(parts);
	sip_out_str(parts, part);
}

/* Once to see how long they are, and once to write them. */
static void add_parts(struct sip_out *out, const char *boundary, struct rd_str type,
		      struct rd_str body)
{
	if (type.n) {
		add_part(out, boundary, (struct rd_str){ 0 });
		sip_out_header(out, SIP_H_CONTENT_TYPE, type);
		sip_out_crlf(out);
		sip_out_str(out, body);
		sip_out_crlf(out);
	}
	add_part(out, boundary, out->beside);
	sip_out_cstr(out, "\r\n--");
	sip_out_cstr(out, boundary);
	sip_out_cstr(out, "--\r\n");
}

static void add_mixed(struct sip_out *out, struct rd_str type, struct rd_str body)
{
	struct sip_out before, parts;
	char boundary[25];

	rd_random_token(boundary, sizeof(boundary) - 1);
	sip_out_header_begin(out, SIP_H_CONTENT_TYPE);
	sip_out_cstr(out, "multipart/mixed;boundary=\"");
	sip_out_cstr(out, boundary);
	sip_out_cstr(out, "\"\r\n");
	before = parts = *out;
	add_parts(&parts, boundary, type, body);
	out->overflow = parts.overflow;
	end_head(out, parts.n - before.n);
	add_parts(out, boundary, type, body);
}

void sip_out_body(struct sip_out *out, struct rd_str type, struct rd_str body)
{
	if (out->beside.n) {
		add_mixed(out, type, body);
		return;
	}
	if (type.n)
		sip_out_header(out, SIP_H_CONTENT_TYPE, type);
	end_head(out, body.n);
	sip_out_str(out, body);
}

int sip_out_end(struct sip_out *out)
{
	if (!out->ended)
		end_head(out, 0);
	return out->overflow ? -EMSGSIZE : 0;
}
