/* Reading of Refer-To and Refer-Sub. */
#include "channels/sip/call/refer_to.h"

/* The one Refer-To that there must be. */
static unsigned read_header(const struct sip_msg *refer, struct sip_name_addr *addr)
{
	const struct sip_header *header = sip_msg_header(refer, SIP_H_REFER_TO);

	if (!header || sip_msg_header_next(refer, header) ||
	    sip_name_addr_parse(addr, header->value, NULL))
		return 400;
	return 0;
}

static bool holds_line_end(const char *text, size_t n)
{
	return memchr(text, '\r', n) || memchr(text, '\n', n);
}

/* "Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces"; others are not
 * ours to obey (RFC 3261 §19.1.5). */
static unsigned read_headers(struct sip_refer_to *to, struct rd_str headers)
{
	struct rd_str pair, name;
	ssize_t n;

	while (headers.n) {
		rd_str_cut(&headers, '&', &pair);
		rd_str_cut(&pair, '=', &name);
		if (rd_str_ieq(name, RD_STR("Require"))) {
			to->require_replaces = rd_str_ieq(pair, RD_STR("replaces"));
		} else if (rd_str_ieq(name, RD_STR("Replaces"))) {
			n = sip_unescape(to->text, sizeof(to->text), pair);
			if (n < 0 || to->replaces || holds_line_end(to->text, (size_t)n) ||
			    sip_replaces_parse(&to->dialog,
					       (struct rd_str){ to->text, (size_t)n }))
				return 400;
			to->replaces = true;
		}
	}
	return 0;
}

/* Without what follows a ';'. What is no GRUU of ours may be one of somebody else's. */
static unsigned read_callee(struct sip_callee *callee, const struct sip_uri *uri)
{
	if (sip_callee_read(callee, uri) == -EINVAL)
		return 400;
	callee->number[strcspn(callee->number, ";")] = '\0';
	return 0;
}

static bool asks_for_another_method(const struct sip_uri *uri)
{
	struct rd_str method;

	return sip_param_get(uri->params, RD_STR("method"), &method) &&
	       !rd_str_eq(method, RD_STR("INVITE"));
}

unsigned sip_refer_to_read(struct sip_refer_to *to, const struct sip_msg *refer)
{
	struct rd_str sub = sip_msg_value(refer, SIP_H_REFER_SUB), word;
	struct sip_name_addr addr;
	struct sip_uri uri;
	unsigned status = read_header(refer, &addr);

	memset(to, 0, sizeof(*to));
	rd_str_cut(&sub, ';', &word);
	to->no_subscription = rd_str_ieq(rd_str_trim(word), RD_STR("false"));
	if (!status && sip_uri_parse(&uri, addr.uri, NULL))
		status = 400;
	if (status)
		return status;
	if (uri.scheme == SIP_SCHEME_OTHER)
		return 416;
	if (asks_for_another_method(&uri))
		return 603;
	status = read_callee(&to->callee, &uri);
	return status ? status : read_headers(to, uri.headers);
}
