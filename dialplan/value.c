/* The values of $[...]: what counts as a number, what is true, how a number is
 * written. */
#include <stdlib.h>
#include <string.h>

#include "dialplan/value.h"

/* Most numbers are short and whole. */
static bool read_short(struct rd_str s, long double *n)
{
	long long whole = 0;

	if (s.n == 0 || s.n > 18)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		whole = whole * 10 + (s.p[i] - '0');
	}
	*n = whole;
	return true;
}

bool dp_is_number(struct rd_str s, long double *n)
{
	char copy[64];
	bool digits = false, point = false;

	if (read_short(s, n))
		return true;
	if (s.n == 0 || s.n >= sizeof(copy))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			digits = true;
		else if (s.p[i] == '.' && !point)
			point = true;
		else if ((s.p[i] != '-' && s.p[i] != '+') || i > 0)
			return false;
	}
	if (!digits)
		return false;
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	*n = strtold(copy, NULL);
	return true;
}

static void add_whole(struct rd_buf *out, long long n)
{
	char text[RD_NUMBER_MAX];

	if (n < 0)
		rd_buf_addc(out, '-');
	rd_buf_add(out, text, rd_print_number(text, (uint64_t)(n < 0 ? -n : n)));
}

void dp_add_number(struct rd_buf *out, long double n)
{
	if (n > -1e18L && n < 1e18L && n == (long double)(long long)n)
		add_whole(out, (long long)n);
	else
		rd_buf_printf(out, "%.18Lg", n);
}

struct rd_str dp_unquote(struct rd_str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return (struct rd_str){ s.p + 1, s.n - 2 };
	return s;
}

bool dp_is_comparable(const struct dp_value *v, long double *n)
{
	*n = v->n;
	return v->computed || (!v->quoted && dp_is_number(v->s, n));
}

bool dp_is_true(const struct dp_value *v)
{
	long double n = v->n;
	struct rd_str s;

	if (v->computed)
		return n != 0;
	s = dp_unquote(v->s);
	return s.n > 0 && !(dp_is_number(s, &n) && n == 0);
}
