/* Sets of numbers that may have been dialled, as patterns say them: place by place, and then
 * nothing more, or anything. */
#ifndef DIALPLAN_NUMBERS_H
#define DIALPLAN_NUMBERS_H

#include <ringdown/pool.h>
#include <ringdown/str.h>

#include "dialplan/pattern.h"

enum { DP_NUMBERS_PLACES = 24 };

struct dp_numbers {
	unsigned count;
	bool open; /* anything may follow */
	struct dp_set places[DP_NUMBERS_PLACES];
};

/* All that there are. */
void dp_numbers_all(struct dp_numbers *numbers);
/* Of the name of an extension, "100" or "_9X."; what is longer than there are places is open. */
void dp_numbers_of(struct dp_numbers *numbers, const char *name);
/* "9${EXTEN:1}", where EXTEN is one of those. False where it holds anything else that varies:
 * then it is all of them. */
bool dp_numbers_of_text(struct dp_numbers *numbers, struct rd_str text,
			const struct dp_numbers *exten);
/* Those that are in both; false: none is. both may be one of the two. */
bool dp_numbers_meet(const struct dp_numbers *a, const struct dp_numbers *b,
		     struct dp_numbers *both);
/* Is each of a in b? */
bool dp_numbers_within(const struct dp_numbers *a, const struct dp_numbers *b);
/* The only one that there is, into text; false: there are more. */
bool dp_numbers_single(const struct dp_numbers *numbers, char text[DP_NUMBERS_PLACES + 1]);
/* For maps: equal ones have the same. */
uint64_t dp_numbers_hash(const struct dp_numbers *numbers);
/* A copy that takes no more room than it needs. NULL without memory. */
struct dp_numbers *dp_numbers_dup(struct rd_pool *pool, const struct dp_numbers *numbers);

#endif
