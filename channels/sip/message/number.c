/* Telephone numbers in URIs: tel (RFC 3966), and the same in the user part of a sip
 * URI with user=phone (RFC 3261 §19.1.6). */
#include <ctype.h>
#include <strings.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/out.h"
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

static bool phone_param(const struct sip_uri *uri, const char *name, struct rd_str *value)
{
	struct rd_str params = uri->params, user = uri->user, number;

	if (!sip_uri_is_phone(uri))
		return false;
	if (uri->scheme != SIP_SCHEME_TEL) {
		rd_str_cut(&user, ';', &number);
		params = user;
	}
	return sip_param_get(params, rd_str_of(name), value) && value->n;
}

bool sip_uri_phone_context(const struct sip_uri *uri, struct rd_str *context)
{
	return phone_param(uri, "phone-context", context);
}

size_t sip_uri_phone_ext(char *dst, size_t size, const struct sip_uri *uri)
{
	struct rd_str ext;
	size_t n = 0;

	dst[0] = '\0';
	if (!phone_param(uri, "ext", &ext) || ext.n >= size)
		return 0;
	memcpy(dst, ext.p, ext.n);
	n = (size_t)without_separators(dst, ext.n);
	dst[n] = '\0';
	if (strspn(dst, "0123456789") != n)
		n = 0;
	dst[n] = '\0';
	return n;
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

/* ---- a tel URI as the user part of a sip URI ---- */

/* Of these two one comes first, then the context, then all others by name. */
static int rank_of(struct rd_str name)
{
	if (rd_str_ieq(name, RD_STR("isub")) || rd_str_ieq(name, RD_STR("ext")))
		return 0;
	return rd_str_ieq(name, RD_STR("phone-context")) ? 1 : 2;
}

static bool comes_before(const struct sip_param *a, const struct sip_param *b)
{
	int rank_a = rank_of(a->name), rank_b = rank_of(b->name), order;

	if (rank_a != rank_b)
		return rank_a < rank_b;
	order = strncasecmp(a->name.p, b->name.p, RD_MIN(a->name.n, b->name.n));
	return order ? order < 0 : a->name.n < b->name.n;
}

/* The first after the one before, which may be NULL. */
static bool next_in_order(struct sip_param *next, struct rd_str params,
			  const struct sip_param *before)
{
	struct sip_param param;
	bool found = false;

	while (sip_param_next(&params, &param)) {
		if ((before && !comes_before(before, &param)) ||
		    (found && !comes_before(&param, next)))
			continue;
		*next = param;
		found = true;
	}
	return found;
}

/* What compares without case is to look alike. */
static void print_part(struct sip_out *out, struct rd_str text, bool lower)
{
	char plain[256];
	ssize_t n = sip_unescape(plain, sizeof(plain), text);

	if (n < 0) {
		out->overflow = true;
		return;
	}
	for (ssize_t i = 0; lower && i < n; i++)
		plain[i] = (char)tolower((unsigned char)plain[i]);
	sip_out_escaped_user(out, (struct rd_str){ plain, (size_t)n });
}

void sip_out_subscriber(struct sip_out *out, const struct sip_uri *tel)
{
	struct sip_param param, before;
	bool more = next_in_order(&param, tel->params, NULL);

	print_part(out, tel->user, true);
	for (; more; more = next_in_order(&param, tel->params, &before)) {
		sip_out_char(out, ';');
		print_part(out, param.name, true);
		if (param.value.p) {
			sip_out_char(out, '=');
			print_part(out, param.value, rank_of(param.name) < 2);
		}
		before = param;
	}
}
