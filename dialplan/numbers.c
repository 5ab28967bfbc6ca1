/* Numbers as sets: see numbers.h. */
#include <stddef.h>
#include <string.h>

#include "dialplan/numbers.h"

static const struct dp_set anything = { { ~0ull, ~0ull, ~0ull, ~0ull } };

void dp_numbers_all(struct dp_numbers *numbers)
{
	numbers->count = 0;
	numbers->open = true;
}

/* Where there is no room, it is open. */
static void add(struct dp_numbers *numbers, const struct dp_set *set)
{
	if (numbers->open)
		return;
	if (numbers->count == DP_NUMBERS_PLACES)
		numbers->open = true;
	else
		numbers->places[numbers->count++] = *set;
}

static void add_char(struct dp_numbers *numbers, char c)
{
	struct dp_set set = { 0 };

	set.bits[(unsigned char)c / 64] |= 1ull << ((unsigned char)c % 64);
	add(numbers, &set);
}

static void read_pattern(struct dp_numbers *numbers, const char *pattern)
{
	struct dp_set set;

	for (;;) {
		switch (dp_pattern_next(&pattern, &set)) {
		case DP_PLACE_SET:
			add(numbers, &set);
			continue;
		case DP_PLACE_DOT:
			add(numbers, &anything);
			numbers->open = true;
			return;
		case DP_PLACE_BANG:
			numbers->open = true;
			return;
		default:
			return;
		}
	}
}

void dp_numbers_of(struct dp_numbers *numbers, const char *name)
{
	numbers->count = 0;
	numbers->open = false;
	if (*name == '_') {
		read_pattern(numbers, name + 1);
		return;
	}
	for (; *name; name++)
		if (*name != '-' && *name != ' ')
			add_char(numbers, *name);
}

/* ---- texts ---- */

/* "${EXTEN}" or "${EXTEN:2}" at the beginning: how many characters of it are left out; -1: it
 * is neither. */
static int read_exten(struct rd_str *text)
{
	struct rd_str rest = *text, name, skipped;
	uint64_t n = 0;

	if (!rd_str_starts(rest, RD_STR("${EXTEN")) || !rd_str_cut(&rest, '}', &name))
		return -1;
	skipped = (struct rd_str){ name.p + 7, name.n - 7 };
	if (skipped.n &&
	    (skipped.p[0] != ':' ||
	     rd_str_to_u64((struct rd_str){ skipped.p + 1, skipped.n - 1 }, DP_NUMBERS_PLACES, &n)))
		return -1;
	*text = rest;
	return (int)n;
}

static void append(struct dp_numbers *numbers, const struct dp_numbers *more, unsigned skip)
{
	for (unsigned i = skip; i < more->count; i++)
		add(numbers, &more->places[i]);
	numbers->open = numbers->open || more->open;
}

bool dp_numbers_of_text(struct dp_numbers *numbers, struct rd_str text,
			const struct dp_numbers *exten)
{
	numbers->count = 0;
	numbers->open = false;
	while (text.n) {
		int skip = *text.p == '$' ? read_exten(&text) : -1;

		if (skip >= 0) {
			append(numbers, exten, (unsigned)skip);
			continue;
		}
		if (*text.p == '$') {
			dp_numbers_all(numbers);
			return false;
		}
		if (*text.p != '-' && *text.p != ' ')
			add_char(numbers, *text.p);
		text = (struct rd_str){ text.p + 1, text.n - 1 };
	}
	return true;
}

/* ---- two of them ---- */

static bool meet_place(const struct dp_set *a, const struct dp_set *b, struct dp_set *both)
{
	uint64_t any = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(both->bits); i++) {
		both->bits[i] = a->bits[i] & b->bits[i];
		any |= both->bits[i];
	}
	return any;
}

static const struct dp_set *place(const struct dp_numbers *numbers, unsigned i)
{
	return i < numbers->count ? &numbers->places[i] : &anything;
}

bool dp_numbers_meet(const struct dp_numbers *a, const struct dp_numbers *b,
		     struct dp_numbers *both)
{
	unsigned count = RD_MAX(a->count, b->count);
	bool open = a->open && b->open;

	if ((a->count < count && !a->open) || (b->count < count && !b->open))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!meet_place(place(a, i), place(b, i), &both->places[i]))
			return false;
	both->count = count;
	both->open = open;
	return true;
}

static bool place_within(const struct dp_set *a, const struct dp_set *b)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(a->bits); i++)
		if (a->bits[i] & ~b->bits[i])
			return false;
	return true;
}

bool dp_numbers_within(const struct dp_numbers *a, const struct dp_numbers *b)
{
	if (a->count < b->count || (!b->open && (a->open || a->count != b->count)))
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (!place_within(place(a, i), place(b, i)))
			return false;
	return true;
}

bool dp_numbers_single(const struct dp_numbers *numbers, char text[DP_NUMBERS_PLACES + 1])
{
	for (unsigned i = 0; i < numbers->count; i++) {
		text[i] = dp_set_single(&numbers->places[i]);
		if (!text[i])
			return false;
	}
	text[numbers->count] = '\0';
	return !numbers->open;
}

/* ---- keeping them ---- */

static size_t size_of(const struct dp_numbers *numbers)
{
	return offsetof(struct dp_numbers, places) + numbers->count * sizeof(struct dp_set);
}

uint64_t dp_numbers_hash(const struct dp_numbers *numbers)
{
	uint64_t hash = 14695981039346656037ull + numbers->open;

	for (unsigned i = 0; i < numbers->count; i++)
		for (size_t k = 0; k < RD_ARRAY_SIZE(anything.bits); k++)
			hash = (hash ^ numbers->places[i].bits[k]) * 1099511628211ull + i;
	return hash;
}

struct dp_numbers *dp_numbers_dup(struct rd_pool *pool, const struct dp_numbers *numbers)
{
	struct dp_numbers *copy = rd_pool_alloc(pool, size_of(numbers));

	if (copy)
		memcpy(copy, numbers, size_of(numbers));
	return copy;
}
