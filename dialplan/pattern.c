/* One pattern of the dialplan, place by place: X Z N [1-5-7] . ! and the
 * order of specificity among places. */
#include <string.h>

#include "dialplan/pattern.h"

static void add_range(struct dp_set *set, unsigned char from, unsigned char to)
{
	for (unsigned c = from; c <= to; c++)
		set->bits[c / 64] |= UINT64_C(1) << (c % 64);
}

/* "[1-57]" with *p behind the bracket. A dash is itself at either end. */
static enum dp_place read_bracket(const char **p, struct dp_set *set)
{
	const char *s = *p;

	if (*s == ']' || !strchr(s, ']'))
		return DP_PLACE_BAD;
	while (*s != ']') {
		unsigned char from = (unsigned char)*s++, to = from;

		if (s[0] == '-' && s[1] != ']') {
			to = (unsigned char)s[1];
			s += 2;
		}
		if (to < from)
			return DP_PLACE_BAD;
		add_range(set, from, to);
	}
	*p = s + 1;
	return DP_PLACE_SET;
}

enum dp_place dp_pattern_next(const char **p, struct dp_set *set)
{
	char c;

	while (**p == '-' || **p == ' ')
		++*p;
	*set = (struct dp_set){ 0 };
	c = **p;
	if (c == '\0')
		return DP_PLACE_END;
	++*p;
	switch (c) {
	case '[':
		return read_bracket(p, set);
	case '.':
		return DP_PLACE_DOT;
	case '!':
		return DP_PLACE_BANG;
	case 'X':
	case 'x':
		add_range(set, '0', '9');
		break;
	case 'Z':
	case 'z':
		add_range(set, '1', '9');
		break;
	case 'N':
	case 'n':
		add_range(set, '2', '9');
		break;
	default:
		add_range(set, (unsigned char)c, (unsigned char)c);
	}
	return DP_PLACE_SET;
}

static int count(const struct dp_set *set)
{
	int n = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(set->bits); i++)
		n += __builtin_popcountll(set->bits[i]);
	return n;
}

int dp_set_compare(const struct dp_set *a, const struct dp_set *b)
{
	int difference = count(a) - count(b);

	for (size_t i = 0; difference == 0 && i < RD_ARRAY_SIZE(a->bits); i++) {
		uint64_t odd = a->bits[i] ^ b->bits[i];

		if (odd) /* the lowest character that only one of them has */
			difference = a->bits[i] & (odd & -odd) ? -1 : 1;
	}
	return difference;
}

char dp_set_single(const struct dp_set *set)
{
	if (count(set) != 1)
		return 0;
	for (size_t i = 0; i < RD_ARRAY_SIZE(set->bits); i++)
		if (set->bits[i])
			return (char)(i * 64 + (size_t)__builtin_ctzll(set->bits[i]));
	return 0;
}

static const char *skip_dashes(const char *s)
{
	while (*s == '-' || *s == ' ')
		s++;
	return s;
}

static bool literals_equal(const char *a, const char *b)
{
	for (;;) {
		a = skip_dashes(a);
		b = skip_dashes(b);
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

bool dp_pattern_matches(const char *pattern, const char *number)
{
	struct dp_set set;

	if (*pattern != '_')
		return literals_equal(pattern, number);
	pattern++;
	for (;;) {
		switch (dp_pattern_next(&pattern, &set)) {
		case DP_PLACE_END:
			return *skip_dashes(number) == '\0';
		case DP_PLACE_DOT:
			return *number != '\0';
		case DP_PLACE_BANG:
			return true;
		case DP_PLACE_BAD:
			return false;
		case DP_PLACE_SET:
			number = skip_dashes(number);
			if (!*number || !dp_set_has(&set, *number))
				return false;
			number++;
		}
	}
}

bool dp_pattern_begun(const char *pattern, const char *number)
{
	struct dp_set set;

	if (*pattern != '_')
		return strncmp(pattern, number, strlen(pattern)) == 0;
	pattern++;
	for (;;) {
		switch (dp_pattern_next(&pattern, &set)) {
		case DP_PLACE_END:
		case DP_PLACE_DOT:
		case DP_PLACE_BANG:
			return true;
		case DP_PLACE_BAD:
			return false;
		case DP_PLACE_SET:
			if (!*number || !dp_set_has(&set, *number++))
				return false;
		}
	}
}

const char *dp_pattern_fault(const char *pattern)
{
	enum dp_place place = DP_PLACE_SET, before;
	struct dp_set set;

	if (*pattern != '_')
		return NULL;
	pattern++;
	if (!*pattern)
		return "a pattern needs something behind '_'";
	do {
		before = place;
		place = dp_pattern_next(&pattern, &set);
		if (place == DP_PLACE_BAD)
			return "a bracket is empty, reversed or not closed with ']'";
		if (before != DP_PLACE_SET && place != DP_PLACE_END)
			return "nothing may follow '.' or '!' in a pattern";
	} while (place != DP_PLACE_END);
	return NULL;
}
