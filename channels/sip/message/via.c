/* Via: the one header that every message has taken apart, and the one with
 * the loosest spacing. */
#include <arpa/inet.h>
#include <strings.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/headers.h"

static int fail(const char **what, const char *expected)
{
	if (what)
		*what = expected;
	return -EINVAL;
}

/* "SIP / 2.0 / UDP" and the space after it; behind it, or NULL. */
static const char *parse_protocol(struct sip_via *via, const char *p, const char *end)
{
	const char *start = p;

	if (end - p > 8 && !memcmp(p, "SIP/2.0/", 8)) {
		via->protocol = sip_span(p, p + 7);
		p += 8;
	} else {
		p = sip_skip_space(sip_skip(p, end, SIP_CH_TOKEN), end);
		if (p == end || *p != '/')
			return NULL;
		p = sip_skip(sip_skip_space(p + 1, end), end, SIP_CH_TOKEN);
		via->protocol = sip_span(start, p);
		p = sip_skip_space(p, end);
		if (p == end || *p != '/')
			return NULL;
		p = sip_skip_space(p + 1, end);
	}
	start = p;
	p = sip_skip(p, end, SIP_CH_TOKEN);
	via->transport = sip_span(start, p);
	return p > start && p < end && sip_is(*p, SIP_CH_SPACE) ? sip_skip_space(p, end) :
								  NULL;
}

/* "host : port" and the space after it; behind it, or NULL. */
static const char *parse_sent_by(struct sip_via *via, const char *p, const char *end)
{
	const char *start = p;
	uint64_t port;

	if (p < end && *p == '[') {
		p = memchr(p, ']', (size_t)(end - p));
		if (!p)
			return NULL;
		via->host = sip_span(start + 1, p++);
	} else {
		p = sip_skip(p, end, SIP_CH_HOST);
		via->host = sip_span(start, p);
	}
	if (!via->host.n)
		return NULL;
	p = sip_skip_space(p, end);
	if (p == end || *p != ':')
		return p;
	p = sip_scan_number(sip_skip_space(p + 1, end), end, 65535, &port);
	if (!p)
		return NULL;
	via->port = (uint16_t)port;
	return sip_skip_space(p, end);
}

/* Brackets are allowed around an IPv6 address here, and not demanded
 * (RFC 5118 §4.5). */
static struct rd_str strip_brackets(struct rd_str s)
{
	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		return (struct rd_str){ s.p + 1, s.n - 2 };
	return s;
}

static bool is_name(struct rd_str name, const char *lower, size_t n)
{
	return name.n == n &&
	       (!memcmp(name.p, lower, n) || !strncasecmp(name.p, lower, n));
}

static int take_param(struct sip_via *via, struct rd_str name, struct rd_str value)
{
	uint64_t port;

	if (is_name(name, "branch", 6)) {
		via->branch = value;
	} else if (is_name(name, "rport", 5)) {
		via->has_rport = true;
		if (!value.n)
			return 0;
		if (rd_str_to_u64(value, 65535, &port))
			return -EINVAL;
		via->rport = (uint16_t)port;
	} else if (is_name(name, "received", 8)) {
		via->received = strip_brackets(value);
	} else if (is_name(name, "maddr", 5)) {
		via->maddr = value;
	}
	return 0;
}

/* The value behind '=': a token, a host or a quoted string. */
static const char *param_value(const char *p, const char *end)
{
	if (p < end && *p == '"')
		return sip_skip_quoted(p, end);
	while (p < end && *p != ';' && *p != ',' && !sip_is(*p, SIP_CH_SPACE))
		p++;
	return p;
}

/* ";name=value" repeated, up to ',' or the end; there, or NULL. */
static const char *parse_params(struct sip_via *via, const char *p, const char *end)
{
	while (p < end && *p == ';') {
		const char *start = sip_skip_space(p + 1, end);
		struct rd_str value = { 0 }, name;

		p = sip_skip(start, end, SIP_CH_TOKEN);
		name = sip_span(start, p);
		if (!name.n)
			return NULL;
		p = sip_skip_space(p, end);
		if (p < end && *p == '=') {
			start = sip_skip_space(p + 1, end);
			p = param_value(start, end);
			if (!p)
				return NULL;
			value = sip_span(start, p);
			p = sip_skip_space(p, end);
		}
		if (take_param(via, name, value))
			return NULL;
	}
	return p;
}

int sip_via_next(struct rd_str *rest, struct sip_via *via, const char **what)
{
	const char *end = sip_end(*rest), *start = rest->p, *p;

	*via = (struct sip_via){ 0 };
	while (start < end && (*start == ',' || sip_is(*start, SIP_CH_SPACE)))
		start++;
	if (start == end)
		return 0;
	p = parse_protocol(via, start, end);
	if (!p)
		return fail(what, "SIP/2.0/UDP or the like was expected first");
	p = parse_sent_by(via, p, end);
	if (!p)
		return fail(what, "host or host:port was expected after the protocol");
	if (p < end && *p == ';') {
		const char *params = p + 1;

		p = parse_params(via, p, end);
		if (!p)
			return fail(what, "name or name=value was expected after ;");
		via->params = sip_span(params, sip_trim_end(params, p));
	}
	if (p < end && *p != ',')
		return fail(what, "; or , was expected after the host");
	via->text = sip_span(start, sip_trim_end(start, p));
	*rest = sip_span(p < end ? p + 1 : end, end);
	return 1;
}
