/* Parameters ";name=value", quoting and %-escapes, as URIs and headers share
 * them. */
#include "channels/sip/message/chars.h"
#include "channels/sip/message/uri.h"

bool sip_param_next(struct rd_str *rest, struct sip_param *param)
{
	const char *p = rest->p, *end = sip_end(*rest);
	const char *stop, *name_end;

	while (p < end && (*p == ';' || sip_is(*p, SIP_CH_SPACE)))
		p++;
	if (p == end) {
		*rest = (struct rd_str){ 0 };
		return false;
	}
	for (stop = p; stop < end && *stop != ';' && *stop != '='; stop++)
		;
	name_end = sip_trim_end(p, stop);
	param->name = sip_span(p, name_end);
	param->value = (struct rd_str){ 0 };
	if (stop < end && *stop == '=') {
		p = sip_skip_space(stop + 1, end);
		if (p < end && *p == '"') {
			stop = sip_skip_quoted(p, end);
			stop = stop ? memchr(stop, ';', (size_t)(end - stop)) : end;
		} else {
			stop = memchr(p, ';', (size_t)(end - p));
		}
		if (!stop)
			stop = end;
		param->value = sip_span(p, sip_trim_end(p, stop));
	}
	*rest = sip_span(stop, end);
	return true;
}

bool sip_param_get(struct rd_str params, struct rd_str name, struct rd_str *value)
{
	struct sip_param param;

	while (sip_param_next(&params, &param)) {
		if (!rd_str_ieq(param.name, name))
			continue;
		if (value)
			*value = param.value;
		return true;
	}
	return false;
}

ssize_t sip_unescape(char *dst, size_t size, struct rd_str src)
{
	size_t n = 0;

	for (size_t i = 0; i < src.n; i++) {
		char c = src.p[i];

		if (c == '%') {
			if (i + 2 >= src.n || !sip_is(src.p[i + 1], SIP_CH_HEX) ||
			    !sip_is(src.p[i + 2], SIP_CH_HEX))
				return -EINVAL;
			c = (char)(sip_hex_value(src.p[i + 1]) << 4 |
				   sip_hex_value(src.p[i + 2]));
			if (!c)
				return -EINVAL;
			i += 2;
		}
		if (n == size)
			return -EMSGSIZE;
		dst[n++] = c;
	}
	return (ssize_t)n;
}

struct rd_str sip_strip_quotes(struct rd_str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return (struct rd_str){ s.p + 1, s.n - 2 };
	return s;
}

size_t sip_unquote_part(char *dst, size_t size, struct rd_str src)
{
	struct rd_str s = sip_strip_quotes(src);
	bool quoted = s.p != src.p;
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\' && i + 1 < s.n)
			i++;
		if (n < size)
			dst[n] = s.p[i];
		n++;
	}
	return n;
}

ssize_t sip_unquote(char *dst, size_t size, struct rd_str src)
{
	size_t n = sip_unquote_part(dst, size, src);

	return n > size ? -EMSGSIZE : (ssize_t)n;
}

int sip_param_q(struct rd_str params, uint16_t *q)
{
	struct rd_str text, whole;
	uint64_t value, unit = 1000, digits = 0;

	*q = 1000;
	if (!sip_param_get(params, RD_STR("q"), &text))
		return 0;
	rd_str_cut(&text, '.', &whole);
	if (text.n > 3 || rd_str_to_u64(whole, 1, &value) ||
	    (text.n && rd_str_to_u64(text, 999, &digits)))
		return -EINVAL;
	if (value && digits)
		return -EINVAL;
	for (size_t i = 0; i < text.n; i++)
		unit /= 10;
	*q = (uint16_t)(value * 1000 + digits * unit);
	return 0;
}
