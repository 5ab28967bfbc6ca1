/* Taking URIs apart and comparing them. Parameters and quoting: params.c. */
#include <strings.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/sockaddr.h"
#include "channels/sip/message/uri.h"

#define RESERVED ";/?:@&=+$,"

static int fail(const char **what, const char *expected)
{
	if (what)
		*what = expected;
	return -EINVAL;
}

/* Every character is of the class or a well-formed %XX. */
static bool all_escaped(struct rd_str s, unsigned class, const char *also)
{
	for (size_t i = 0; i < s.n; i++) {
		if (sip_is(s.p[i], class))
			continue;
		if (s.p[i] == '%') {
			if (i + 2 >= s.n || !sip_is(s.p[i + 1], SIP_CH_HEX) ||
			    !sip_is(s.p[i + 2], SIP_CH_HEX))
				return false;
			i += 2;
		} else if (!s.p[i] || !strchr(also, s.p[i])) {
			return false;
		}
	}
	return true;
}

static int parse_userinfo(struct sip_uri *uri, struct rd_str info, const char **what)
{
	const char *colon = memchr(info.p, ':', info.n);

	uri->user = info;
	if (colon) {
		uri->user = sip_span(info.p, colon);
		uri->password = sip_span(colon + 1, info.p + info.n);
		if (!all_escaped(uri->password, SIP_CH_UNRESERVED, "&=+$,"))
			return fail(what, "a password of allowed or escaped characters "
					  "was expected");
	}
	/* '#' is not in the grammar, but phones dial it unescaped. */
	if (!uri->user.n || !all_escaped(uri->user, SIP_CH_USER, "#"))
		return fail(what, "a user of allowed or escaped characters was expected "
				  "before @");
	return 0;
}

/* A dotted quad: a name made of digits and dots must be one. */
static enum sip_host_kind name_or_ipv4(struct rd_str host)
{
	const char *p = host.p, *end = sip_end(host);
	uint64_t octet;

	for (int i = 0; i < 4; i++) {
		p = sip_scan_number(p, end, 255, &octet);
		if (!p)
			return SIP_HOST_NAME;
		if (i < 3 && (p == end || *p++ != '.'))
			return SIP_HOST_NAME;
	}
	return p == end ? SIP_HOST_IPV4 : SIP_HOST_NAME;
}

/* Behind the host and port, NULL with *what. Also what Via needs. */
static const char *parse_host(struct sip_uri *uri, const char *p, const char *end,
			      const char **what)
{
	const char *start = p;
	struct in6_addr addr;

	if (p < end && *p == '[') {
		p = memchr(p, ']', (size_t)(end - p));
		if (!p || sip_ipv6_parse(&addr, sip_span(start + 1, p))) {
			fail(what, "an IPv6 address was expected between [ and ]");
			return NULL;
		}
		uri->host = sip_span(start + 1, p++);
		uri->host_kind = SIP_HOST_IPV6;
		return p;
	}
	p = sip_skip(p, end, SIP_CH_HOST);
	if (p == start) {
		fail(what, "a host name or address was expected");
		return NULL;
	}
	uri->host = sip_span(start, p);
	uri->host_kind = name_or_ipv4(uri->host);
	return p;
}

static const char *parse_port(struct sip_uri *uri, const char *p, const char *end,
			      const char **what)
{
	uint64_t port;

	if (p == end || *p != ':')
		return p;
	p = sip_scan_number(p + 1, end, 65535, &port);
	if (!p || !port) {
		fail(what, "a port from 1 to 65535 was expected after the colon");
		return NULL;
	}
	uri->port = (uint16_t)port;
	return p;
}

static int parse_params(struct sip_uri *uri, const char *p, const char *end,
			const char **what)
{
	if (p < end && *p == ';') {
		const char *question = memchr(p, '?', (size_t)(end - p));

		uri->params = sip_span(p + 1, question ? question : end);
		if (!all_escaped(uri->params, SIP_CH_UNRESERVED, "[]/:&+$;=,@"))
			return fail(what, "parameters of allowed or escaped characters "
					  "were expected");
		p = question ? question : end;
	}
	if (p < end && *p == '?') {
		uri->headers = sip_span(p + 1, end);
		if (!uri->headers.n ||
		    !all_escaped(uri->headers, SIP_CH_UNRESERVED, "[]/?:+$&=;,@"))
			return fail(what, "headers of allowed or escaped characters were "
					  "expected after ?");
		p = end;
	}
	return p == end ? 0 : fail(what, "the end, ;parameters or ?headers were expected "
					 "after the host");
}

static int parse_sip(struct sip_uri *uri, const char **what)
{
	const char *p = uri->opaque.p, *end = sip_end(uri->opaque);
	const char *at = memchr(p, '@', uri->opaque.n);

	if (at) {
		int rc = parse_userinfo(uri, sip_span(p, at), what);

		if (rc)
			return rc;
		p = at + 1;
	}
	p = parse_host(uri, p, end, what);
	if (p)
		p = parse_port(uri, p, end, what);
	if (!p)
		return -EINVAL;
	return parse_params(uri, p, end, what);
}

static int parse_tel(struct sip_uri *uri, const char **what)
{
	const char *p = uri->opaque.p, *end = sip_end(uri->opaque);
	const char *semicolon = memchr(p, ';', uri->opaque.n);
	const char *stop = semicolon ? semicolon : end;

	uri->user = sip_span(p, stop);
	if (semicolon)
		uri->params = sip_span(semicolon + 1, end);
	if (p < stop && *p == '+')
		p++;
	for (; p < stop; p++)
		if (!sip_is(*p, SIP_CH_HEX) && !strchr("*#-.()", *p))
			return fail(what, "a number of digits and -.() was expected "
					  "after tel:");
	return uri->user.n ? 0 : fail(what, "a number was expected after tel:");
}

static enum sip_scheme scheme_of(struct rd_str name)
{
	if (name.n == 3 && !strncasecmp(name.p, "sip", 3))
		return SIP_SCHEME_SIP;
	if (name.n == 4 && !strncasecmp(name.p, "sips", 4))
		return SIP_SCHEME_SIPS;
	if (name.n == 3 && !strncasecmp(name.p, "tel", 3))
		return SIP_SCHEME_TEL;
	return SIP_SCHEME_OTHER;
}

static bool has_space_or_control(struct rd_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 127)
			return true;
	return false;
}

int sip_uri_parse(struct sip_uri *uri, struct rd_str text, const char **what)
{
	const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL;

	*uri = (struct sip_uri){ 0 };
	if (!colon || colon == text.p || !sip_is(text.p[0], SIP_CH_ALPHA))
		return fail(what, "a scheme such as sip: was expected");
	uri->name = sip_span(text.p, colon);
	uri->opaque = sip_span(colon + 1, text.p + text.n);
	if (sip_skip(text.p, colon, SIP_CH_TOKEN) != colon)
		return fail(what, "a scheme such as sip: was expected");
	uri->scheme = scheme_of(uri->name);
	if (uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_SIPS)
		return parse_sip(uri, what);
	if (!uri->opaque.n || has_space_or_control(uri->opaque))
		return fail(what, "text without spaces was expected after the scheme");
	return uri->scheme == SIP_SCHEME_TEL ? parse_tel(uri, what) : 0;
}

uint16_t sip_uri_port(const struct sip_uri *uri)
{
	return uri->port ? uri->port : sip_usual_port(uri->scheme == SIP_SCHEME_SIPS);
}

/* ---- comparison ---- */

/* The next character of an escaped text. An escaped reserved character is not
 * the character itself (RFC 3261 §19.1.4): it gets a number of its own. */
static int next_unit(const char **p, const char *end, bool nocase)
{
	int c = (unsigned char)*(*p)++;

	if (c == '%' && end - *p >= 2 && sip_is((*p)[0], SIP_CH_HEX) &&
	    sip_is((*p)[1], SIP_CH_HEX)) {
		c = sip_hex_value((*p)[0]) << 4 | sip_hex_value((*p)[1]);
		*p += 2;
		if (c && strchr(RESERVED, c))
			return 256 + c;
	}
	return nocase && c >= 'A' && c <= 'Z' ? c + 32 : c;
}

bool sip_uri_text_equal(struct rd_str a, struct rd_str b, bool nocase)
{
	const char *pa = a.p, *pb = b.p;
	const char *end_a = sip_end(a), *end_b = sip_end(b);

	if (!a.p || !b.p)
		return a.p == b.p;
	while (pa < end_a && pb < end_b)
		if (next_unit(&pa, end_a, nocase) != next_unit(&pb, end_b, nocase))
			return false;
	return pa == end_a && pb == end_b;
}

/* Parameters that have a meaning even when only one side has them. */
static bool is_significant(struct rd_str name)
{
	return rd_str_ieq(name, RD_STR("user")) || rd_str_ieq(name, RD_STR("ttl")) ||
	       rd_str_ieq(name, RD_STR("method")) || rd_str_ieq(name, RD_STR("maddr")) ||
	       rd_str_ieq(name, RD_STR("transport"));
}

/* What a says is not contradicted by b. */
static bool params_agree(struct rd_str a, struct rd_str b)
{
	struct sip_param param;
	struct rd_str other;

	while (sip_param_next(&a, &param)) {
		if (!sip_param_get(b, param.name, &other)) {
			if (is_significant(param.name))
				return false;
		} else if (!sip_uri_text_equal(param.value, other, true)) {
			return false;
		}
	}
	return true;
}

/* One "name=value" of the header part; false at the end. */
static bool header_next(struct rd_str *rest, struct rd_str *name, struct rd_str *value)
{
	struct rd_str header;

	if (!rest->p)
		return false;
	rd_str_cut(rest, '&', &header);
	*value = header;
	rd_str_cut(value, '=', name);
	return true;
}

static bool has_header(struct rd_str headers, struct rd_str name, struct rd_str value)
{
	struct rd_str other_name, other_value;

	while (header_next(&headers, &other_name, &other_value))
		if (sip_uri_text_equal(name, other_name, true) &&
		    sip_uri_text_equal(value, other_value, true))
			return true;
	return false;
}

static bool headers_within(struct rd_str a, struct rd_str b)
{
	struct rd_str rest = a, name, value;

	while (header_next(&rest, &name, &value))
		if (!has_header(b, name, value))
			return false;
	return true;
}

static bool host_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	struct in6_addr addr_a, addr_b;

	if (a->host_kind != b->host_kind)
		return false;
	if (a->host_kind != SIP_HOST_IPV6)
		return rd_str_ieq(a->host, b->host);
	return !sip_ipv6_parse(&addr_a, a->host) && !sip_ipv6_parse(&addr_b, b->host) &&
	       !memcmp(&addr_a, &addr_b, sizeof(addr_a));
}

static bool sip_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	return a->port == b->port && sip_uri_text_equal(a->user, b->user, false) &&
	       sip_uri_text_equal(a->password, b->password, false) && host_equal(a, b) &&
	       params_agree(a->params, b->params) && params_agree(b->params, a->params) &&
	       headers_within(a->headers, b->headers) &&
	       headers_within(b->headers, a->headers);
}

static bool tel_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	const char *pa = a->user.p, *pb = b->user.p;
	const char *end_a = sip_end(a->user), *end_b = sip_end(b->user);

	for (;;) {
		while (pa < end_a && strchr("-.()", *pa))
			pa++;
		while (pb < end_b && strchr("-.()", *pb))
			pb++;
		if (pa == end_a || pb == end_b)
			break;
		if (sip_lower(*pa++) != sip_lower(*pb++))
			return false;
	}
	return pa == end_a && pb == end_b && params_agree(a->params, b->params) &&
	       params_agree(b->params, a->params);
}

bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	if (a->scheme != b->scheme)
		return false;
	switch (a->scheme) {
	case SIP_SCHEME_SIP:
	case SIP_SCHEME_SIPS:
		return sip_equal(a, b);
	case SIP_SCHEME_TEL:
		return tel_equal(a, b);
	case SIP_SCHEME_OTHER:
		break;
	}
	return rd_str_ieq(a->name, b->name) && rd_str_eq(a->opaque, b->opaque);
}
