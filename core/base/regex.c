/* Matching, in time that grows with the text and not faster: all ways in which
 * an expression may go on are followed side by side, one character after the
 * other, and two that have come to the same step are one from there on. */
#include <string.h>

#include "core/base/regex.h"

/* What one expression may cost: steps, of about 10 ns. */
enum { EFFORT = 500000 };

#define NOWHERE ((uint32_t)-1)

/* One way: where in the program, and what it has found so far. */
struct thread {
	uint32_t at;
	uint32_t start; /* of the match */
	uint32_t open, close; /* of the first group */
};

/* In the order of preference. */
struct list {
	struct thread *threads;
	size_t count;
};

struct rd__regex_run {
	struct list now, next;
	struct thread *waiting; /* ways that follow() has still to go */
	uint32_t *seen; /* at each step: in which turn it was met last */
	uint32_t turn;
	uint32_t effort; /* what is left of it */
	struct rd__regex_set begins; /* no match begins before any other byte... */
	bool begins_anywhere; /* ...unless this */
	const uint8_t *text;
	size_t length, pos;
	struct thread best;
	uint32_t best_end;
};

static bool is_place(const struct rd__regex_run *run, enum rd__regex_place place)
{
	bool before = run->pos > 0 && rd__regex_is_word(run->text[run->pos - 1]);
	bool after = run->pos < run->length && rd__regex_is_word(run->text[run->pos]);

	switch (place) {
	case RD__REGEX_BEGIN:
		return run->pos == 0;
	case RD__REGEX_END:
		return run->pos == run->length;
	case RD__REGEX_EDGE:
		return before != after;
	case RD__REGEX_NO_EDGE:
		return before == after;
	case RD__REGEX_WORD_BEGINS:
		return !before && after;
	case RD__REGEX_WORD_ENDS:
		return before && !after;
	}
	return false;
}

/* false: whoever was here first goes on alone. */
static bool enter(struct rd__regex_run *run, uint32_t at)
{
	if (run->seen[at] == run->turn)
		return false;
	run->seen[at] = run->turn;
	if (run->effort > 0)
		run->effort--;
	return run->effort > 0;
}

/* One step that takes no character. false: the way ends, or waits for one. */
static bool advance(const struct rd_regex *re, struct thread *way, size_t *waiting)
{
	const struct rd__regex_step *step = &re->steps[way->at];
	struct rd__regex_run *run = re->run;

	switch (step->op) {
	case RD__REGEX_SET:
	case RD__REGEX_FOUND:
		run->next.threads[run->next.count++] = *way;
		return false;
	case RD__REGEX_SPLIT:
		run->waiting[*waiting] = *way;
		run->waiting[(*waiting)++].at += (uint32_t)step->second;
		/* fall through */
	case RD__REGEX_JUMP:
		way->at += (uint32_t)step->first;
		return true;
	case RD__REGEX_OPEN:
		way->open = (uint32_t)run->pos;
		break;
	case RD__REGEX_CLOSE:
		way->close = (uint32_t)run->pos;
		break;
	default:
		if (!is_place(run, step->place))
			return false;
	}
	way->at++;
	return true;
}

/* All that a way leads to without another character, the preferred first. */
static void follow(const struct rd_regex *re, struct thread way)
{
	size_t waiting = 0;

	for (;;) {
		while (enter(re->run, way.at) && advance(re, &way, &waiting))
			;
		if (waiting == 0)
			return;
		way = re->run->waiting[--waiting];
	}
}

static void found(struct rd__regex_run *run, const struct thread *way)
{
	if (way->start < run->best.start ||
	    (way->start == run->best.start && run->pos > run->best_end)) {
		run->best = *way;
		run->best_end = (uint32_t)run->pos;
	}
}

/* With the next character. Matches that begin later than one that was found do
 * not matter any more. */
static void take(const struct rd_regex *re)
{
	struct rd__regex_run *run = re->run;
	size_t pos = run->pos++;

	run->turn++;
	run->next.count = 0;
	for (size_t i = 0; i < run->now.count; i++) {
		struct thread way = run->now.threads[i];

		if (way.start > run->best.start ||
		    !rd__regex_set_has(&re->sets[re->steps[way.at].set], run->text[pos]))
			continue;
		way.at++;
		follow(re, way);
	}
}

/* Those of the last character are the present ones. They are fewer by the matches. */
static void swap(const struct rd_regex *re)
{
	struct rd__regex_run *run = re->run;
	struct list list = run->now;

	run->now = run->next;
	run->next = list;
	list.count = 0;
	for (size_t i = 0; i < run->now.count; i++) {
		struct thread *way = &run->now.threads[i];

		if (re->steps[way->at].op == RD__REGEX_FOUND)
			found(run, way);
		else
			run->now.threads[list.count++] = *way;
	}
	run->now.count = list.count;
}

/* A match may begin here. The ways of earlier ones come first. */
static void begin(const struct rd_regex *re)
{
	struct rd__regex_run *run = re->run;

	if (run->best.start == NOWHERE)
		follow(re, (struct thread){ 0, (uint32_t)run->pos, NOWHERE, NOWHERE });
}

/* Nothing is under way: on to where something may begin. */
static bool skip(struct rd__regex_run *run)
{
	if (run->begins_anywhere)
		return true;
	while (run->pos < run->length &&
	       !rd__regex_set_has(&run->begins, run->text[run->pos]))
		run->pos++;
	return run->pos < run->length;
}

static void start(struct rd__regex_run *run, const char *text)
{
	run->text = (const uint8_t *)text;
	run->length = strlen(text);
	run->pos = 0;
	run->now.count = run->next.count = 0;
	run->best.start = NOWHERE;
	run->best_end = 0;
}

static void run_through(const struct rd_regex *re)
{
	struct rd__regex_run *run = re->run;

	run->turn++;
	begin(re);
	swap(re);
	while (run->pos < run->length && run->effort > 0) {
		if (run->now.count == 0 && run->best.start != NOWHERE)
			return;
		take(re);
		if (run->next.count == 0 && run->best.start == NOWHERE) {
			if (!skip(run))
				return;
			run->turn++;
		}
		begin(re);
		swap(re);
	}
}

static struct rd_regex_span span(uint32_t start, uint32_t end)
{
	if (start == NOWHERE || end == NOWHERE)
		return (struct rd_regex_span){ -1, -1 };
	return (struct rd_regex_span){ (ssize_t)start, (ssize_t)end };
}

int rd_regex_match(struct rd_regex *re, const char *text, struct rd_regex_span spans[2])
{
	struct rd__regex_run *run = re->run;

	start(run, text);
	run_through(re);
	if (run->effort == 0)
		return -ETIME;
	if (run->best.start == NOWHERE)
		return 0;
	if (spans) {
		spans[0] = span(run->best.start, run->best_end);
		spans[1] = span(run->best.open, run->best.close);
	}
	return 1;
}

/* ---- making one ---- */

/* A step that a match in the middle of a text may begin with: "^" cannot be
 * there, other places are taken for true, and so is what needs no byte at all.
 * false: nothing more can be said. */
static bool note_beginning(struct rd_regex *re, const struct rd__regex_step *step)
{
	struct rd__regex_run *run = re->run;

	if (step->op == RD__REGEX_FOUND ||
	    (step->op == RD__REGEX_AT && step->place != RD__REGEX_BEGIN))
		run->begins_anywhere = true;
	for (size_t i = 0; step->op == RD__REGEX_SET && i < RD_ARRAY_SIZE(run->begins.bits); i++)
		run->begins.bits[i] |= re->sets[step->set].bits[i];
	return step->op != RD__REGEX_AT;
}

static void find_beginnings(struct rd_regex *re)
{
	struct rd__regex_run *run = re->run;
	size_t waiting = 1;

	start(run, "");
	run->turn++;
	run->waiting[0] = (struct thread){ 0 };
	while (waiting > 0) {
		struct thread way = run->waiting[--waiting];

		while (enter(run, way.at) && note_beginning(re, &re->steps[way.at]) &&
		       advance(re, &way, &waiting))
			;
	}
}

/* One block: its lists hold each step once, and so do the ways that wait. */
static int make_run(struct rd_regex *re)
{
	size_t n = re->step_count;
	size_t lists = 3 * (n + 1) * sizeof(struct thread);
	struct rd__regex_run *run = rd_zalloc(sizeof(*run) + lists + n * sizeof(*run->seen));

	if (!run)
		return -ENOMEM;
	run->now.threads = (struct thread *)(run + 1);
	run->next.threads = run->now.threads + n + 1;
	run->waiting = run->next.threads + n + 1;
	run->seen = (uint32_t *)(run->waiting + n + 1);
	run->effort = EFFORT;
	re->run = run;
	find_beginnings(re);
	return 0;
}

int rd_regex_new(struct rd_regex **rep, const char *pattern)
{
	struct rd_regex *re = rd_zalloc(sizeof(*re));
	int rc;

	if (!re)
		return -ENOMEM;
	rc = rd__regex_read(re, pattern);
	if (rc == 0)
		rc = make_run(re);
	if (rc) {
		rd_regex_free(re);
		return rc;
	}
	*rep = re;
	return 0;
}

void rd_regex_free(struct rd_regex *re)
{
	if (!re)
		return;
	rd_free(re->run);
	rd_free(re->steps);
	rd_free(re->sets);
	rd_free(re);
}

size_t rd_regex_groups(const struct rd_regex *re)
{
	return re->groups;
}

const char *rd_regex_error(int rc)
{
	switch (rc) {
	case -EINVAL:
		return "cannot be read";
	case -E2BIG:
		return "is too large";
	case -ENOTSUP:
		return "refers back to a group, which is not supported";
	case -ETIME:
		return "takes too long on this text";
	default:
		return rd_strerror(rc);
	}
}
