/* String views: compare, trim, cut, convert, and find the nearest name. Not
 * the growing buffer, which is buf.c. */
#include <ctype.h>
#include <strings.h>

#include <ringdown/str.h>

bool rd_str_eq(struct rd_str a, struct rd_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool rd_str_ieq(struct rd_str a, struct rd_str b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

bool rd_str_starts(struct rd_str s, struct rd_str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool rd_str_istarts(struct rd_str s, struct rd_str prefix)
{
	return s.n >= prefix.n && rd_str_ieq((struct rd_str){ s.p, prefix.n }, prefix);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct rd_str rd_str_trim(struct rd_str s)
{
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

size_t rd_print_number(char text[RD_NUMBER_MAX], uint64_t n)
{
	char digits[RD_NUMBER_MAX], *first = digits + sizeof(digits);
	size_t count;

	*--first = '\0';
	do
		*--first = (char)('0' + n % 10);
	while (n /= 10);
	count = (size_t)(digits + sizeof(digits) - first);
	memcpy(text, first, count);
	return count - 1;
}

void rd_print_hex(char *text, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < n; i++) {
		*text++ = digits[byte[i] >> 4];
		*text++ = digits[byte[i] & 15];
	}
	*text = '\0';
}

size_t rd_print_fraction(char *text, uint64_t fraction, int places)
{
	text[0] = '.';
	text[places + 1] = '\0';
	for (int i = places; i > 0; i--, fraction /= 10)
		text[i] = (char)('0' + fraction % 10);
	return (size_t)places + 1;
}

int rd_str_to_u64(struct rd_str s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	bool over = false;

	if (s.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)s.p[i] - '0';

		if (digit > 9)
			return -EINVAL;
		over = over || __builtin_mul_overflow(value, 10, &value) ||
		       __builtin_add_overflow(value, digit, &value);
	}
	if (over || value > max)
		return -ERANGE;
	*out = value;
	return 0;
}

bool rd_str_cut(struct rd_str *s, char c, struct rd_str *head)
{
	const char *at = s->n ? memchr(s->p, c, s->n) : NULL;

	*head = *s;
	if (!at) {
		*s = (struct rd_str){ 0 };
		return false;
	}
	head->n = (size_t)(at - s->p);
	s->p = at + 1;
	s->n -= head->n + 1;
	return true;
}

bool rd_strcpy(char *dst, size_t size, const char *src)
{
	return rd_strcpyn(dst, size, rd_str_of(src));
}

bool rd_strcpyn(char *dst, size_t size, struct rd_str src)
{
	size_t n;

	if (size == 0)
		return false;
	n = RD_MIN(src.n, size - 1);
	if (n)
		memcpy(dst, src.p, n);
	dst[n] = '\0';
	return n == src.n;
}

/* ---- the nearest name ---- */

enum { NEAREST_MAX = 48 };

/* Insertions, deletions, changes and swaps of neighbours that lead from a to
 * b, case apart. Both at most NEAREST_MAX long. */
static unsigned distance(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned rows[3][NEAREST_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= bn; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= bn; j++) {
			char x = (char)tolower((unsigned char)a[i - 1]);
			char y = (char)tolower((unsigned char)b[j - 1]);

			row[j] = above[j - 1] + (x != y);
			row[j] = RD_MIN(row[j], above[j] + 1);
			row[j] = RD_MIN(row[j], row[j - 1] + 1);
			if (i > 1 && j > 1 && x != y &&
			    x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]))
				row[j] = RD_MIN(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[bn];
}

const char *rd_str_nearest(const char *s, const char *const *list)
{
	size_t n = strlen(s);
	unsigned limit = RD_MAX((unsigned)n / 3, 1u);
	const char *nearest = NULL;

	if (n == 0 || n > NEAREST_MAX)
		return NULL;
	for (; *list; list++) {
		size_t m = strlen(*list);
		unsigned d;

		if (m == 0 || m > NEAREST_MAX || m > n + limit || n > m + limit)
			continue;
		d = distance(s, n, *list, m);
		if (d >= n || d > limit)
			continue;
		nearest = *list;
		if (d == 0)
			break;
		limit = d - 1;
	}
	return nearest;
}

/* ---- UTF-8 ---- */

/* As its first byte says; 0: it can be none. */
static size_t size_of_character(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t rd_utf8_length(struct rd_str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = s.n ? size_of_character(p[0]) : 0;

	if (n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Written longer than need be, a surrogate, or beyond the last. */
	if (n > 2 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		      (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
		return 0;
	return n;
}

/* Latin-1 has the first characters of Unicode. */
static struct rd_str spell_latin1(char text[2], unsigned char c)
{
	if (c < 0xa0)
		return RD_STR("?");
	text[0] = (char)(0xc0 | c >> 6);
	text[1] = (char)(0x80 | (c & 0x3f));
	return (struct rd_str){ text, 2 };
}

bool rd_utf8_copy(char *dst, size_t size, struct rd_str src)
{
	size_t at = 0, n;
	char spelt[2];

	if (!size)
		return false;
	for (; src.n; src = (struct rd_str){ src.p + n, src.n - n }) {
		struct rd_str one = { src.p, rd_utf8_length(src) };

		n = RD_MAX(one.n, (size_t)1);
		if (!one.n)
			one = spell_latin1(spelt, (unsigned char)*src.p);
		if (one.n >= size - at)
			break;
		memcpy(dst + at, one.p, one.n);
		at += one.n;
	}
	dst[at] = '\0';
	return !src.n;
}
