/* Telephone numbers in URIs: tel (RFC 3966), and the same in the user part of a sip
 * URI with user=phone (RFC 3261 §19.1.6). */
#include "channels/sip/message/chars.h"
#include "channels/sip/message/uri.h"

static bool is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')';
}

bool sip_uri_is_phone(const struct sip_uri *uri)
{
	struct rd_str user;

	return uri->scheme == SIP_SCHEME_TEL ||
	       (sip_param_get(uri->params, RD_STR("user"), &user) &&
		rd_str_ieq(user, RD_STR("phone")));
}

static ssize_t without_separators(char *number, size_t n)
{
	char *to = number;

	for (size_t i = 0; i < n; i++)
		if (!is_separator(number[i]))
			*to++ = number[i];
	return to - number;
}

ssize_t sip_uri_number(char *dst, size_t size, const struct sip_uri *uri)
{
	bool phone = sip_uri_is_phone(uri);
	struct rd_str rest = uri->user, user = uri->user;
	ssize_t n;

	if (phone)
		rd_str_cut(&rest, ';', &user);
	n = user.n ? sip_unescape(dst, size - 1, user) : 0;
	if (n < 0 || memchr(dst, '\0', (size_t)n))
		return -EINVAL;
	if (phone)
		n = without_separators(dst, (size_t)n);
	dst[n] = '\0';
	return n;
}

bool sip_uri_phone_context(const struct sip_uri *uri, struct rd_str *context)
{
	struct rd_str params = uri->params, user = uri->user, number;

	if (!sip_uri_is_phone(uri))
		return false;
	if (uri->scheme != SIP_SCHEME_TEL) {
		rd_str_cut(&user, ';', &number);
		params = user;
	}
	return sip_param_get(params, RD_STR("phone-context"), context) && context->n;
}

bool sip_is_phone_number(struct rd_str text)
{
	size_t i = text.n && text.p[0] == '+';

	if (i == text.n)
		return false;
	for (; i < text.n; i++)
		if (!sip_is(text.p[i], SIP_CH_DIGIT) && text.p[i] != '*' && text.p[i] != '#')
			return false;
	return true;
}
