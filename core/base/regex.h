/* A regular expression as a program: what regex_read.c writes and regex.c
 * carries out. */
#ifndef CORE_BASE_REGEX_H
#define CORE_BASE_REGEX_H

#include <ringdown/regex.h>

/* A program is walked through for each character of a text. */
enum { RD__REGEX_STEPS_MAX = 4000 };

enum rd__regex_op {
	RD__REGEX_SET, /* take one character, if it is in the set */
	RD__REGEX_SPLIT, /* go on in two places, the first preferred */
	RD__REGEX_JUMP,
	RD__REGEX_OPEN, /* the first group begins here, and ends */
	RD__REGEX_CLOSE,
	RD__REGEX_AT, /* go on if the place is of this kind */
	RD__REGEX_FOUND,
};

enum rd__regex_place {
	RD__REGEX_BEGIN,
	RD__REGEX_END,
	RD__REGEX_EDGE,
	RD__REGEX_NO_EDGE,
	RD__REGEX_WORD_BEGINS,
	RD__REGEX_WORD_ENDS,
};

/* Jumps count from the step itself, so that steps can be copied and moved. */
struct rd__regex_step {
	uint8_t op;
	uint8_t place;
	uint16_t set;
	int16_t first, second;
};

/* Of bytes. */
struct rd__regex_set {
	uint64_t bits[4];
};

struct rd_regex {
	struct rd__regex_step *steps;
	struct rd__regex_set *sets;
	size_t step_count, set_count;
	size_t groups;
	struct rd__regex_run *run; /* what matching needs, and what it may cost still */
};

static inline void rd__regex_set_add(struct rd__regex_set *set, uint8_t c)
{
	set->bits[c / 64] |= (uint64_t)1 << (c % 64);
}

static inline bool rd__regex_set_has(const struct rd__regex_set *set, uint8_t c)
{
	return set->bits[c / 64] >> (c % 64) & 1;
}

/* Letters, digits and '_'. */
bool rd__regex_is_word(uint8_t c);

/* Read an expression into steps and sets. 0, or as rd_regex_new() says; what was
 * allocated is in re in any case. */
int rd__regex_read(struct rd_regex *re, const char *pattern);

/* Read what stands between '[' and ']' from behind the '[', and move *at behind
 * the ']'. 0 or -EINVAL. */
int rd__regex_read_bracket(const char **at, struct rd__regex_set *set);

#endif
