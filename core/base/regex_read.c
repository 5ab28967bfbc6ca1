/* From a regular expression to its program. Each part is written down where it
 * is read; what stands behind it ("*", "|") moves it and puts steps around it. */
#include <ctype.h>
#include <string.h>

#include "core/base/regex.h"

/* DEPTH_MAX: a fiber's stack holds ten times as many. MOVED_MAX: steps that are
 * written down or moved, less than a millisecond. REPEAT_MAX is the C library's. */
enum { DEPTH_MAX = 100,
       MOVED_MAX = 200000,
       REPEAT_MAX = 32767 };

struct reader {
	struct rd_regex *re;
	const char *at;
	size_t moved;
	size_t room;
	int depth;
};

static int read_alternatives(struct reader *reader);

bool rd__regex_is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* ---- writing ---- */

/* Room for some more steps. */
static int make_room(struct reader *reader, size_t count)
{
	struct rd_regex *re = reader->re;
	size_t need = re->step_count + count;
	struct rd__regex_step *steps;

	reader->moved += count;
	if (need > RD__REGEX_STEPS_MAX || reader->moved > MOVED_MAX)
		return -E2BIG;
	if (need <= reader->room)
		return 0;
	steps = rd_realloc(re->steps, 2 * need * sizeof(*steps));
	if (!steps)
		return -ENOMEM;
	re->steps = steps;
	reader->room = 2 * need;
	return 0;
}

static int append(struct reader *reader, struct rd__regex_step step)
{
	int rc = make_room(reader, 1);

	if (rc == 0)
		reader->re->steps[reader->re->step_count++] = step;
	return rc;
}

/* Before the piece that begins there. */
static int insert(struct reader *reader, size_t at, struct rd__regex_step step)
{
	struct rd_regex *re = reader->re;
	int rc = append(reader, step);

	if (rc)
		return rc;
	reader->moved += re->step_count - at;
	memmove(re->steps + at + 1, re->steps + at,
		(re->step_count - 1 - at) * sizeof(*re->steps));
	re->steps[at] = step;
	return 0;
}

static int copy(struct reader *reader, size_t from, size_t count)
{
	struct rd_regex *re = reader->re;
	int rc = make_room(reader, count);

	if (rc)
		return rc;
	memcpy(re->steps + re->step_count, re->steps + from, count * sizeof(*re->steps));
	re->step_count += count;
	return 0;
}

static struct rd__regex_step split(ptrdiff_t first, ptrdiff_t second)
{
	return (struct rd__regex_step){ RD__REGEX_SPLIT, 0, 0, (int16_t)first, (int16_t)second };
}

static int append_set(struct reader *reader, const struct rd__regex_set *set)
{
	struct rd_regex *re = reader->re;
	size_t i = 0;

	while (i < re->set_count && memcmp(&re->sets[i], set, sizeof(*set)) != 0)
		i++;
	if (i == re->set_count) {
		struct rd__regex_set *sets = rd_realloc(re->sets, (i + 1) * sizeof(*sets));

		if (!sets)
			return -ENOMEM;
		re->sets = sets;
		re->sets[re->set_count++] = *set;
	}
	return append(reader, (struct rd__regex_step){ RD__REGEX_SET, 0, (uint16_t)i, 0, 0 });
}

static int append_char(struct reader *reader, char c)
{
	struct rd__regex_set set = { 0 };

	rd__regex_set_add(&set, (uint8_t)c);
	return append_set(reader, &set);
}

static int append_place(struct reader *reader, enum rd__regex_place place)
{
	return append(reader, (struct rd__regex_step){ RD__REGEX_AT, (uint8_t)place, 0, 0, 0 });
}

/* ---- what may stand behind a piece ---- */

static int repeat_once_or_more(struct reader *reader, size_t start)
{
	ptrdiff_t back = (ptrdiff_t)start - (ptrdiff_t)reader->re->step_count;

	return append(reader, split(back, 1));
}

static int make_optional(struct reader *reader, size_t start)
{
	return insert(reader, start,
		      split(1, (ptrdiff_t)(reader->re->step_count - start) + 1));
}

/* Optional copies lie within each other: who leaves one out leaves out the rest. */
static int append_optional(struct reader *reader, size_t unit, size_t length, size_t times)
{
	for (size_t left = times; left > 0; left--) {
		int rc = append(reader, split(1, (ptrdiff_t)(left * (length + 1))));

		if (rc == 0)
			rc = copy(reader, unit, length);
		if (rc)
			return rc;
	}
	return 0;
}

/* The piece from this step to the last. "x{0,3}" is "(x{1,3})?", so that what is
 * there is the first copy; and "x*" is "(x+)?", which goes through x once even if x
 * takes nothing, and so sets its group. */
static int repeat(struct reader *reader, size_t start, size_t least, size_t most, bool open)
{
	size_t length = reader->re->step_count - start;
	int rc = 0;

	if (!open && most == 0) {
		reader->re->step_count = start;
		return 0;
	}
	for (size_t i = 1; rc == 0 && i < least; i++)
		rc = copy(reader, start, length);
	if (rc == 0 && open)
		rc = repeat_once_or_more(reader, reader->re->step_count - length);
	else if (rc == 0)
		rc = append_optional(reader, start, length, most - RD_MAX(least, 1));
	if (rc == 0 && least == 0)
		rc = make_optional(reader, start);
	return rc;
}

static size_t read_number(struct reader *reader)
{
	size_t n = 0;

	for (; isdigit((unsigned char)*reader->at); reader->at++)
		n = RD_MIN(n * 10 + (size_t)(*reader->at - '0'), (size_t)REPEAT_MAX + 1);
	return n;
}

/* "3}", "3,5}", ",5}", "3,}" */
static int read_bounds(struct reader *reader, size_t start)
{
	bool open = false;
	size_t least, most;

	if (*reader->at != ',' && !isdigit((unsigned char)*reader->at))
		return -EINVAL;
	least = most = read_number(reader);
	if (*reader->at == ',') {
		reader->at++;
		open = !isdigit((unsigned char)*reader->at);
		most = open ? least : read_number(reader);
	}
	if (*reader->at != '}' || most < least)
		return -EINVAL;
	reader->at++;
	return most > REPEAT_MAX ? -E2BIG : repeat(reader, start, least, most, open);
}

static int read_repetitions(struct reader *reader, size_t start)
{
	int rc = 0;

	while (rc == 0 && *reader->at && strchr("*+?{", *reader->at)) {
		switch (*reader->at++) {
		case '*':
			rc = repeat(reader, start, 0, 0, true);
			break;
		case '+':
			rc = repeat(reader, start, 1, 1, true);
			break;
		case '?':
			rc = repeat(reader, start, 0, 1, false);
			break;
		default:
			rc = read_bounds(reader, start);
		}
	}
	return rc;
}

/* ---- pieces ---- */

static int append_word(struct reader *reader, bool not )
{
	struct rd__regex_set set = { 0 };

	for (unsigned c = 1; c < 256; c++)
		if (rd__regex_is_word((uint8_t)c) != not )
			rd__regex_set_add(&set, (uint8_t)c);
	return append_set(reader, &set);
}

static int append_class(struct reader *reader, const char *bracket)
{
	struct rd__regex_set set;
	int rc = rd__regex_read_bracket(&bracket, &set);

	return rc ? rc : append_set(reader, &set);
}

static bool is_place(char c, enum rd__regex_place *place)
{
	static const char names[] = "`'bB<>";
	const char *name = c ? strchr(names, c) : NULL;

	if (name)
		*place = (enum rd__regex_place)(name - names);
	return name;
}

/* Behind a backslash, what is not a place. */
static int read_escape(struct reader *reader)
{
	char c = *reader->at++;

	if (c >= '1' && c <= '9')
		return -ENOTSUP;
	switch (c) {
	case '\0':
		return -EINVAL;
	case 'w':
	case 'W':
		return append_word(reader, c == 'W');
	case 's':
		return append_class(reader, "[:space:]]");
	case 'S':
		return append_class(reader, "^[:space:]]");
	default:
		return append_char(reader, c);
	}
}

static int read_bracket(struct reader *reader)
{
	struct rd__regex_set set;
	int rc = rd__regex_read_bracket(&reader->at, &set);

	return rc ? rc : append_set(reader, &set);
}

static int read_group(struct reader *reader)
{
	bool first = ++reader->re->groups == 1;
	int rc = 0;

	if (++reader->depth > DEPTH_MAX)
		return -E2BIG;
	if (first)
		rc = append(reader, (struct rd__regex_step){ .op = RD__REGEX_OPEN });
	if (rc == 0)
		rc = read_alternatives(reader);
	if (rc == 0 && *reader->at != ')')
		rc = -EINVAL;
	if (rc == 0 && first)
		rc = append(reader, (struct rd__regex_step){ .op = RD__REGEX_CLOSE });
	if (rc)
		return rc;
	reader->at++;
	reader->depth--;
	return 0;
}

static int read_piece(struct reader *reader)
{
	static const struct rd__regex_set any = { { ~0ul, ~0ul, ~0ul, ~0ul } };
	char c = *reader->at++;

	switch (c) {
	case '(':
		return read_group(reader);
	case '[':
		return read_bracket(reader);
	case '.':
		return append_set(reader, &any);
	case '\\':
		return read_escape(reader);
	case '*':
	case '+':
	case '?':
	case '{':
		return -EINVAL; /* nothing to repeat */
	default:
		return append_char(reader, c);
	}
}

/* Places are not repeated: what follows "^" must be a piece of its own. */
static bool reads_place(struct reader *reader, enum rd__regex_place *place)
{
	char c = *reader->at;
	bool yes = c == '^' || c == '$' || (c == '\\' && is_place(reader->at[1], place));

	if (c == '^' || c == '$')
		*place = c == '^' ? RD__REGEX_BEGIN : RD__REGEX_END;
	if (yes)
		reader->at += c == '\\' ? 2 : 1;
	return yes;
}

/* Up to "|", the end, or the ")" of the group that it is in. */
static int read_branch(struct reader *reader)
{
	int rc = 0;

	while (rc == 0 && *reader->at && *reader->at != '|' &&
	       (*reader->at != ')' || reader->depth == 0)) {
		size_t start = reader->re->step_count;
		enum rd__regex_place place;

		if (reads_place(reader, &place)) {
			rc = append_place(reader, place);
			continue;
		}
		rc = read_piece(reader);
		if (rc == 0)
			rc = read_repetitions(reader, start);
	}
	return rc;
}

/* The jumps at the branches' ends form a chain until their aim is known. */
static void close_jumps(struct rd_regex *re, size_t last, size_t count)
{
	size_t end = re->step_count;

	for (size_t at = last; count > 0; count--) {
		size_t before = at - (size_t)re->steps[at].second;

		re->steps[at].first = (int16_t)(end - at);
		re->steps[at].second = 0;
		at = before;
	}
}

static int read_alternatives(struct reader *reader)
{
	size_t start = reader->re->step_count, jump = start, jumps = 0;
	int rc = read_branch(reader);

	while (rc == 0 && *reader->at == '|') {
		struct rd__regex_step step = { .op = RD__REGEX_JUMP };

		reader->at++;
		rc = make_optional(reader, start);
		if (rc)
			break;
		reader->re->steps[start].second++; /* over the jump, too */
		step.second = (int16_t)(reader->re->step_count - jump);
		jump = reader->re->step_count;
		jumps++;
		rc = append(reader, step);
		start = reader->re->step_count;
		if (rc == 0)
			rc = read_branch(reader);
	}
	if (rc == 0)
		close_jumps(reader->re, jump, jumps);
	return rc;
}

int rd__regex_read(struct rd_regex *re, const char *pattern)
{
	struct reader reader = { .re = re, .at = pattern };
	int rc = read_alternatives(&reader);

	return rc ? rc : append(&reader, (struct rd__regex_step){ .op = RD__REGEX_FOUND });
}
