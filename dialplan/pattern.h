/* One pattern of the dialplan, place by place: what its characters mean and
 * which of two places is the more specific one. */
#ifndef DIALPLAN_PATTERN_H
#define DIALPLAN_PATTERN_H

#include <ringdown/base.h>

/* The characters that one place of a pattern accepts. */
struct dp_set {
	uint64_t bits[4];
};

enum dp_place {
	DP_PLACE_END,
	DP_PLACE_SET,  /* one character of a set */
	DP_PLACE_DOT,  /* one or more characters, anything */
	DP_PLACE_BANG, /* anything or nothing, at once */
	DP_PLACE_BAD,  /* a bracket that is not closed or is empty */
};

/**
 * Read one place at *p (behind the '_') and step over it. Blanks and dashes
 * outside brackets only please the eye.
 */
enum dp_place dp_pattern_next(const char **p, struct dp_set *set);

/* Below 0 when a is more specific: fewer characters, then lower ones. */
int dp_set_compare(const struct dp_set *a, const struct dp_set *b);

static inline bool dp_set_has(const struct dp_set *set, char c)
{
	unsigned char u = (unsigned char)c;

	return set->bits[u / 64] >> (u % 64) & 1;
}

/* The only character of the set, or 0. */
char dp_set_single(const struct dp_set *set);

/* Does "_9X." or, without '_', a literal match the whole number? */
bool dp_pattern_matches(const char *pattern, const char *number);
/* Has what was dialled begun as the pattern says (ignorepat)? */
bool dp_pattern_begun(const char *pattern, const char *number);
/* NULL when it can be read, else what is wrong with it. */
const char *dp_pattern_fault(const char *pattern);

#endif
