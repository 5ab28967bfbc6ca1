/* What an expression costs before it is compiled: the library copies what a
 * bounded repetition repeats, and goes one call deeper for each parenthesis. */
#include <ctype.h>
#include <string.h>

#include <ringdown/regex.h>

/* Some milliseconds, and a small part of a fiber's stack. */
enum { COPIES_MAX = 4000, DEPTH_MAX = 40 };

struct reader {
	const char *at;
	size_t sums[DEPTH_MAX + 1]; /* of the open parentheses, outermost first */
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

/* What follows an atom: 1 when it repeats without copies. */
static size_t repetitions(struct reader *reader)
{
	size_t times = 1;

	for (;;) {
		size_t least, most;

		if (*reader->at && strchr("*+?", *reader->at)) {
			reader->at++;
			continue;
		}
		if (*reader->at != '{')
			return times;
		reader->at++;
		least = number(&reader->at);
		most = least;
		if (*reader->at == ',') {
			reader->at++;
			most = number(&reader->at);
		}
		if (*reader->at == '}')
			reader->at++;
		times = limited(times * RD_MAX(RD_MAX(least, most), 1));
	}
}

static void add(struct reader *reader, size_t copies)
{
	size_t *sum = &reader->sums[reader->depth];

	*sum = limited(*sum + limited(copies * repetitions(reader)));
}

static void leave(struct reader *reader)
{
	size_t copies = reader->sums[reader->depth];

	if (reader->depth == 0)
		return;
	reader->depth--;
	add(reader, copies);
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

/* One atom or parenthesis. false: too deep. */
static bool step(struct reader *reader)
{
	char c = *reader->at++;

	switch (c) {
	case '(':
		if (reader->depth == DEPTH_MAX)
			return false;
		reader->sums[++reader->depth] = 1;
		return true;
	case ')':
		leave(reader);
		return true;
	case '[':
		reader->at = after_bracket(reader->at);
		break;
	case '\\':
		if (*reader->at)
			reader->at++;
		break;
	default:
		break;
	}
	add(reader, 1);
	return true;
}

static bool too_costly(const char *pattern)
{
	struct reader reader = { .at = pattern };

	while (*reader.at) {
		if (!step(&reader) || reader.sums[reader.depth] > COPIES_MAX)
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
