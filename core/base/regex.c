/* What an expression costs before it is compiled: the library copies what is
 * repeated, goes one call deeper for each parenthesis and for each step that
 * takes no character, and tries a reference back to a group in every way. */
#include <ctype.h>
#include <string.h>

#include <ringdown/regex.h>

/* Some milliseconds, and a third of a fiber's stack. */
enum {
	COPIES_MAX = 4000,
	EMPTY_MAX = 300,
	ANCHOR = 6, /* as much as so many that are absent */
	DEPTH_MAX = 40,
};

struct cost {
	size_t copies; /* of characters and brackets */
	size_t empty;  /* steps that take no character */
	size_t edges;  /* "\b" and "\B" among them */
};

struct reader {
	const char *at;
	struct cost sums[DEPTH_MAX + 1]; /* of the open parentheses, outermost first */
	int depth;
};

static size_t limited(size_t copies)
{
	return RD_MIN(copies, (size_t)COPIES_MAX + 1);
}

static size_t number(const char **at)
{
	size_t n = 0;

	for (; isdigit((unsigned char)**at); (*at)++)
		n = limited(n * 10 + (size_t)(**at - '0'));
	return n;
}

/* Optional copies lie within each other: four are as deep as one step. */
static void repeat(struct cost *cost, size_t times, size_t optional)
{
	cost->copies = limited(cost->copies * RD_MAX(times, 1));
	cost->empty = limited(cost->empty * RD_MAX(times, 1) + (optional + 3) / 4);
	cost->edges = limited(cost->edges * RD_MAX(times, 1));
}

/* "{3}", "{3,5}", "{,5}", "{3,}": three, and one that repeats. */
static void repeat_bounded(struct reader *reader, struct cost *cost)
{
	size_t least = number(&reader->at), most = least;

	if (*reader->at == ',') {
		bool open = !isdigit((unsigned char)*++reader->at);

		most = open ? least + 1 : number(&reader->at);
	}
	if (*reader->at == '}')
		reader->at++;
	repeat(cost, RD_MAX(least, most), most > least ? most - least : 0);
}

/* What follows an atom. "+" is the atom, and the atom again with "*". */
static void read_repetitions(struct reader *reader, struct cost *cost)
{
	while (*reader->at && strchr("*+?{", *reader->at)) {
		char c = *reader->at++;

		if (c == '{')
			repeat_bounded(reader, cost);
		else
			repeat(cost, c == '+' ? 2 : 1, 4);
	}
}

static void add(struct reader *reader, struct cost cost)
{
	struct cost *sum = &reader->sums[reader->depth];

	read_repetitions(reader, &cost);
	sum->copies = limited(sum->copies + cost.copies);
	sum->empty = limited(sum->empty + cost.empty);
	sum->edges = limited(sum->edges + cost.edges);
}

static void leave(struct reader *reader)
{
	struct cost cost = reader->sums[reader->depth];

	if (reader->depth == 0)
		return;
	reader->depth--;
	add(reader, cost);
}

/* From behind a '[' to behind its ']', which is an ordinary one at first. */
static const char *after_bracket(const char *at)
{
	if (*at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at && *at != ']') {
		const char *end = NULL;

		if (*at == '[' && at[1] && strchr(":.=", at[1]))
			end = strstr(at + 2, (char[]){ at[1], ']', '\0' });
		at = end ? end + 2 : at + 1;
	}
	return *at ? at + 1 : at;
}

static void read_escape(struct reader *reader, struct cost *cost)
{
	char c = *reader->at;

	if (!c)
		return;
	reader->at++;
	cost->edges = c == 'b' || c == 'B';
	cost->empty = strchr("bB<>`'", c) ? ANCHOR : 0;
}

/* One atom or parenthesis. false: too deep, or a reference back to a group. */
static bool step(struct reader *reader)
{
	struct cost cost = { .copies = 1 };
	char c = *reader->at++;

	switch (c) {
	case '(':
		if (reader->depth == DEPTH_MAX)
			return false;
		reader->sums[++reader->depth] = (struct cost){ 1, 2, 0 };
		return true;
	case ')':
		leave(reader);
		return true;
	case '[':
		reader->at = after_bracket(reader->at);
		break;
	case '\\':
		if (isdigit((unsigned char)*reader->at))
			return false;
		read_escape(reader, &cost);
		break;
	case '^':
	case '$':
		cost.empty = ANCHOR;
		break;
	default:
		break;
	}
	add(reader, cost);
	return true;
}

/* The library copies what comes next to an anchor for each way in which it may
 * be true, and an edge of a word may be in two. */
static bool is_too_much(const struct cost *sum)
{
	return sum->copies > COPIES_MAX || sum->empty * (1 + 2 * sum->edges) > EMPTY_MAX;
}

static bool too_costly(const char *pattern)
{
	struct reader reader = { .at = pattern };

	while (*reader.at) {
		if (!step(&reader) || is_too_much(&reader.sums[reader.depth]))
			return true;
	}
	return false;
}

int rd_regex_compile(regex_t *re, const char *pattern, int flags)
{
	if (too_costly(pattern))
		return -E2BIG;
	return regcomp(re, pattern, REG_EXTENDED | flags) ? -EINVAL : 0;
}
