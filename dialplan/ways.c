/* Places that calls come to, one after the other: a plan may be a chain of more contexts than a
 * stack has room for. What is reached for certain comes first, so that a doubtful way there is
 * not told. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/map.h>

#include "dialplan/ways.h"

enum {
	SPOTS_MAX = 100000, /* more are not looked at */
	CONTEXTS_MAX = 128, /* that one includes */
	SHADOWS_MAX = 500, /* extensions that may hide others */
	SHOWN_FIRST = 2,
	SHOWN_LAST = 4, /* of a long way */
};

/* ---- spots ---- */

/* False: it was reached before, as certain as now. */
static bool is_new(struct way_walk *walk, const struct way_spot *spot)
{
	char key[120];
	int n = snprintf(key, sizeof(key), "c%p %zu %d %" PRIx64 " %.60s",
			 (const void *)spot->exten, spot->at, spot->is_other,
			 dp_numbers_hash(spot->numbers), spot->context);

	if (n < 0 || rd_map_get(walk->reached, key))
		return false;
	*key = spot->doubt ? 'd' : 'c';
	return !rd_map_get(walk->reached, key) && rd_map_set(walk->reached, key, walk, NULL) == 0;
}

static void add_spot(struct way_walk *walk, const struct way_spot *like)
{
	struct way_queue *queue = like->doubt ? &walk->doubtful : &walk->certain;
	struct way_spot *spot;

	if (walk->count == SPOTS_MAX || !is_new(walk, like))
		return;
	spot = rd_pool_alloc(walk->pool, sizeof(*spot));
	if (!spot)
		return;
	*spot = *like;
	spot->next = NULL;
	spot->from = walk->spot;
	spot->by = walk->step;
	spot->numbers = dp_numbers_dup(walk->pool, like->numbers);
	if (!spot->numbers)
		return;
	*queue->end = spot;
	queue->end = &spot->next;
	walk->count++;
}

/* The rest of the extension, where something makes it doubtful. */
static void go_on(struct way_walk *walk, size_t at, const char *doubt)
{
	struct way_spot spot = *walk->spot;

	spot.at = at;
	spot.doubt = spot.doubt ? spot.doubt : doubt;
	if (at < spot.exten->count)
		add_spot(walk, &spot);
}

/* ---- extensions ---- */

static bool has_step(const struct dp_exten *exten, const struct way_walk *walk,
		     const char *priority, size_t *at)
{
	char *end;
	int number = (int)strtol(priority, &end, 10);

	if (*end)
		number = 0;
	else if (walk->step && (*priority == '+' || *priority == '-'))
		number += walk->step->priority;
	for (*at = 0; *at < exten->count; ++*at) {
		const struct dp_step *step = &exten->steps[*at];

		if (number ? step->priority == number
			   : step->label && strcmp(step->label, priority) == 0)
			return true;
	}
	return false;
}

/* What a call finds first. Where a caller's number counts, it may find another. */
struct way_search {
	const struct dp_context *contexts[CONTEXTS_MAX];
	bool timed[CONTEXTS_MAX]; /* at times it is not there */
	size_t count;
};

static void add_contexts(const struct dp_plan *plan, const char *name, bool timed,
			 struct way_search *search)
{
	const struct dp_context *context = dp_plan_context(plan, name);

	for (size_t i = 0; i < search->count; i++)
		if (search->contexts[i] == context)
			return;
	if (!context || search->count == CONTEXTS_MAX)
		return;
	search->timed[search->count] = timed;
	search->contexts[search->count++] = context;
	for (const struct dp_include *it = context->includes; it; it = it->next)
		add_contexts(plan, it->context, timed || it->timing, search);
}

static bool hides(const struct way_walk *walk, const struct dp_exten *other, const char *priority,
		  const struct dp_numbers *numbers)
{
	struct dp_numbers theirs;
	size_t at;

	dp_numbers_of(&theirs, other->name);
	return !other->caller && has_step(other, walk, priority, &at) &&
	       dp_numbers_within(numbers, &theirs);
}

/* Does another one have all of these numbers: of a context before, or a more special one of the
 * same? */
static bool is_hidden(const struct way_walk *walk, const struct way_search *search, size_t in,
		      const struct dp_exten *exten, const char *priority,
		      const struct dp_numbers *numbers)
{
	struct dp_numbers own, theirs;
	size_t looked = 0;

	for (size_t i = 0; i < in; i++)
		for (const struct dp_exten *it = search->contexts[i]->first; it; it = it->following)
			if (!search->timed[i] && looked++ < SHADOWS_MAX &&
			    hides(walk, it, priority, numbers))
				return true;
	dp_numbers_of(&own, exten->name);
	if (dp_numbers_within(&own, numbers))
		return false;
	for (const struct dp_exten *it = search->contexts[in]->first; it; it = it->following) {
		dp_numbers_of(&theirs, it->name);
		if (it != exten && looked++ < SHADOWS_MAX && dp_numbers_within(&theirs, &own) &&
		    !dp_numbers_within(&own, &theirs) && hides(walk, it, priority, numbers))
			return true;
	}
	return false;
}

static void enter_exten(struct way_walk *walk, const struct way_search *search, size_t in,
			const struct dp_exten *exten, const struct way_target *target,
			const char *doubt)
{
	struct dp_numbers numbers, own;
	struct way_spot spot = {
		.exten = exten,
		.context = target->context,
		.numbers = &numbers,
		.is_other = target->is_other || (walk->spot && walk->spot->is_other),
		.doubt = doubt,
	};

	dp_numbers_of(&own, exten->name);
	if (dp_numbers_meet(target->numbers, &own, &numbers) &&
	    has_step(exten, walk, target->priority, &spot.at) &&
	    !is_hidden(walk, search, in, exten, target->priority, &numbers))
		add_spot(walk, &spot);
}

void way_enter(struct way_walk *walk, const struct way_target *target, const char *doubt)
{
	struct way_search *search = walk->search;

	search->count = 0;
	if (walk->spot && walk->spot->doubt)
		doubt = walk->spot->doubt;
	add_contexts(walk->plan, target->context, false, search);
	for (size_t i = 0; i < search->count; i++)
		for (const struct dp_exten *it = search->contexts[i]->first; it; it = it->following)
			enter_exten(walk, search, i, it, target, doubt);
}

/* ---- telling ---- */

const char *way_doubt(struct way_walk *walk, const char *fmt, ...)
{
	struct rd_buf text;
	const char *doubt;
	va_list ap;

	if (walk->spot->doubt)
		return walk->spot->doubt;
	rd_buf_init(&text);
	rd_buf_printf(&text, "at %s,%s,%d ", walk->spot->exten->context->name,
		      walk->spot->exten->name, walk->step->priority);
	va_start(ap, fmt);
	rd_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	doubt = rd_pool_strdup(walk->pool, rd_buf_text(&text));
	rd_buf_fini(&text);
	return doubt ? doubt : "";
}

void way_tell(struct way_walk *walk, struct rd_way *way)
{
	way->file = walk->step->file;
	way->line = walk->step->line;
	way->spot = walk;
	walk->found = walk->found || walk->tell(way, walk->arg);
}

static void print_step(const struct way_spot *spot, const struct dp_step *step, struct rd_buf *out)
{
	rd_buf_printf(out, "%s,%s,%d", spot->exten->context->name, spot->exten->name,
		      step->priority);
}

void dp_ways_print(const struct rd_way *way, struct rd_buf *out)
{
	const struct way_walk *walk = way->spot;
	unsigned length = 0, place;

	for (const struct way_spot *it = walk->spot; it->from; it = it->from)
		length++;
	for (unsigned i = 0; i < length; i++) {
		const struct way_spot *it = walk->spot;

		if (i == SHOWN_FIRST && length > SHOWN_FIRST + SHOWN_LAST) {
			i = length - SHOWN_LAST;
			rd_buf_adds(out, "... -> ");
		}
		for (place = length - 1; place > i; place--)
			it = it->from;
		print_step(it->from, it->by, out);
		rd_buf_adds(out, " -> ");
	}
	print_step(walk->spot, walk->step, out);
}

/* ---- all of it ---- */

static void walk_spot(struct way_walk *walk, const struct way_spot *spot)
{
	const char *doubt = NULL;

	walk->spot = spot;
	for (size_t i = spot->at; i < spot->exten->count && !walk->found; i++) {
		walk->step = &spot->exten->steps[i];
		switch (way_step(walk, &doubt)) {
		case WAY_GOES_ON:
			continue;
		case WAY_MAY_GO_ON:
			go_on(walk, i + 1, doubt);
			return;
		case WAY_ENDS:
			return;
		}
	}
}

static void walk_queues(struct way_walk *walk)
{
	const struct way_spot *certain = NULL, *doubtful = NULL, *next;

	while (!walk->found) {
		next = certain ? certain->next : walk->certain.first;
		if (next) {
			certain = next;
			walk_spot(walk, next);
			continue;
		}
		next = doubtful ? doubtful->next : walk->doubtful.first;
		if (!next)
			return;
		doubtful = next;
		walk_spot(walk, next);
	}
}

bool dp_ways_follow(const struct dp_plan *plan, const char *context, const char *const *variables,
		    bool (*step)(const struct rd_way *way, void *arg), void *arg)
{
	struct way_walk walk = { .plan = plan, .variables = variables, .tell = step, .arg = arg };
	struct dp_numbers all;
	struct way_target target = { context, &all, "1", false };

	walk.certain.end = &walk.certain.first;
	walk.doubtful.end = &walk.doubtful.first;
	dp_numbers_all(&all);
	if (rd_pool_new(&walk.pool, 0))
		return false;
	walk.search = rd_pool_alloc(walk.pool, sizeof(*walk.search));
	if (walk.search && rd_map_new(&walk.reached, 0) == 0) {
		way_enter(&walk, &target, NULL);
		walk_queues(&walk);
	}
	rd_map_free(walk.reached);
	rd_pool_free(walk.pool);
	return walk.found;
}

/* ---- for those who want to know of no way ---- */

struct each {
	bool (*step)(const struct rd_dialplan_step *step, void *arg);
	void *arg;
};

/* As it is written, and once. */
static bool tell_step(const struct rd_way *way, void *arg)
{
	const struct way_walk *walk = way->spot;
	const struct each *each = arg;
	const struct rd_dialplan_step step = {
		.context = walk->spot->exten->context->name,
		.exten = walk->spot->exten->name,
		.app = walk->step->app,
		.args = walk->step->args,
		.file = walk->step->file,
		.line = walk->step->line,
	};

	return !way->is_lost && way->app == step.app && each->step(&step, each->arg);
}

bool dp_each_step(const struct dp_plan *plan, const char *context,
		  bool (*step)(const struct rd_dialplan_step *step, void *arg), void *arg)
{
	struct each each = { step, arg };

	return dp_ways_follow(plan, context, NULL, tell_step, &each);
}
