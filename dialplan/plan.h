/* A dialplan as it was read: immutable, counted, in one pool. A reload makes
 * another one beside it; a call keeps the one that it runs in. */
#ifndef DIALPLAN_PLAN_H
#define DIALPLAN_PLAN_H

#include <ringdown/config.h>
#include <ringdown/dialplan.h>
#include <ringdown/list.h>
#include <ringdown/map.h>
#include <ringdown/pool.h>

#include "dialplan/template.h"
#include "dialplan/timing.h"
#include "dialplan/trie.h"

#define DP_HINT (-1) /* where a priority is asked for: the hint */

/* One priority of an extension. */
struct dp_step {
	int priority;
	const char *label; /* NULL */
	const char *app;
	const char *args; /* as written */
	const struct dp_template *template;
	const char *file;
	int line;
};

/* All priorities of one name and caller id, ordered by priority. */
struct dp_exten {
	const char *name; /* "100", "_9X." */
	const char *caller; /* NULL: any; "": none; else a pattern */
	struct dp_context *context;
	struct dp_exten *next;	    /* same name, other caller; without caller last */
	struct dp_exten *following; /* in the order of the file */
	size_t count, cap;
	struct dp_step *steps;
	const char *hint, *hint_name; /* NULL */
	const char *file;
	int line;
};

struct dp_include {
	const char *context;
	const struct dp_timing *timing; /* NULL: always */
	const char *spec;		/* as written */
	const struct dp_include *next;
	const char *file;
	int line;
};

struct dp_ignore {
	const char *pattern;
	const struct dp_ignore *next;
};

struct dp_context {
	const char *name;
	struct dp_trie trie;
	struct dp_exten *first, *last;
	size_t extens;
	struct dp_include *includes;
	struct dp_ignore *ignores;
	struct dp_context *following;
	const char *file;
	int line;
};

struct dp_global {
	const char *name, *value;
	struct dp_global *next;
};

struct dp_plan {
	int refs;
	struct rd_pool *pool;
	struct rd_map *contexts;
	struct dp_context *first, *last;
	struct dp_global *globals;
	struct rd_config *config; /* file names and line texts live here */
	bool autofallthrough, clear_globals;
	int step_limit;
	size_t extens, steps;
};

struct dp_plan *dp_plan_ref(struct dp_plan *plan);
/* On the switch thread. */
void dp_plan_unref(struct dp_plan *plan);
/* Nobody else has it; on any thread. */
void dp_plan_free(struct dp_plan *plan);

/* Give back what consists of so many parts: in the pool, if there are many, for that
 * takes milliseconds. */
void dp_dispose(int (*dispose)(void *what), void *what, size_t parts);

struct dp_context *dp_plan_context(const struct dp_plan *plan, const char *name);

/* The step of this priority, NULL when there is none. */
const struct dp_step *dp_exten_step(const struct dp_exten *exten, int priority);

/* A step and whose it is. */
struct dp_spot {
	const struct dp_exten *exten;
	const struct dp_step *step;
};

/* The next of all steps, context by context as the files have them; of an empty spot the first.
 * False when there is none. */
bool dp_plan_next_step(const struct dp_plan *plan, struct dp_spot *spot);

/* -- reading (load.c) ------------------------------------------------------- */

/* Read extensions.conf. Every error goes to the report. 0, -ENOENT when there
 * is no such file, -EINVAL, -ENOMEM. */
int dp_plan_load(struct dp_plan **pp, struct rd_config_report *report);
/* The same from what was read already; takes the reference in any case. */
int dp_plan_take(struct dp_plan **pp, struct rd_config *config,
		 struct rd_config_report *report);

/* -- zones.c ----------------------------------------------------------------- */

/* Read the timezones that its steps and globals name, so that no call has to. */
void dp_zones_read(const struct dp_plan *plan);

/* -- ways (ways.c) ----------------------------------------------------------------- */

struct rd_way;

/* As struct rd_dialplan_ways says. */
bool dp_ways_follow(const struct dp_plan *plan, const char *context, const char *const *variables,
		    bool (*step)(const struct rd_way *way, void *arg), void *arg);
void dp_ways_print(const struct rd_way *way, struct rd_buf *out);
/* As each_step of struct rd_dialplan. */
bool dp_each_step(const struct dp_plan *plan, const char *context,
		  bool (*step)(const struct rd_dialplan_step *step, void *arg), void *arg);

/* -- finding (find.c) ------------------------------------------------------- */

/* What a call looks for: an extension that has this priority (or label) for
 * this caller, in the context or in what it includes. */
struct dp_wanted {
	const char *context, *number;
	const char *caller; /* number of the caller, NULL when not known */
	int priority;	    /* DP_HINT: the hint. 0: that of the label */
	const char *label;
};

struct dp_found {
	struct dp_exten *exten;
	const struct dp_step *step; /* NULL for a hint */
	/* Nothing more specific was passed over: what follows in this extension
	 * is found there too. */
	bool first;
};

/* False when there is none. */
bool dp_find(const struct dp_plan *plan, const struct dp_wanted *wanted, struct dp_found *found);

enum rd_match dp_match(const struct dp_plan *plan, const struct dp_wanted *wanted);

bool dp_ignores(const struct dp_plan *plan, const char *context, const char *digits);

#endif
