/* Ringdown SDK: the dialplan as the rest of the house sees it. One module
 * interprets it (RD_MODULE(.dialplan = ...)); these calls reach that module,
 * and say -ENOSYS while none is loaded. */
#ifndef RINGDOWN_DIALPLAN_H
#define RINGDOWN_DIALPLAN_H

#include <ringdown/base.h>
#include <ringdown/str.h>

struct rd_channel;
struct rd_config;
struct rd_config_report;
struct rd_pool;

enum rd_match {
	RD_MATCH_NONE,
	RD_MATCH_PARTIAL,   /* more digits could match */
	RD_MATCH_FULL,	    /* matches; nothing longer could */
	RD_MATCH_FULL_MORE, /* matches; more digits could match too */
};

/* Where a step of the dialplan is. */
struct rd_place {
	const char *context, *exten; /* in .text, or borrowed from the channel */
	int priority;
	char text[256];
};

/* As it is written: variables stand in it. */
struct rd_dialplan_step {
	const char *context, *exten, *app, *args, *file;
	int line;
};

/* What the interpreter module gives. All borrowed, none may be NULL but where it is said. */
struct rd_dialplan {
	/* Run the channel from its context, extension, priority until it ends:
	 * 0, or negative. Then the h extension has run too. Yields. */
	int (*run)(struct rd_channel *ch);
	/* Run from there until Return() or the end of the extension; the place
	 * of the channel is restored. For Dial's U, b, B and for hooks; a leg
	 * that is gone already runs it as it runs its h extension. Yields. */
	int (*gosub)(struct rd_channel *ch, const char *target, const char *args);
	enum rd_match (*match)(const char *context, const char *exten, int priority,
			       const char *caller);
	/* Priority of a label, or negative. */
	int (*label)(const char *context, const char *exten, const char *label,
		     const char *caller);
	/* "SIP/1001&SIP/1002" of the hint, name may be NULL. -ENOENT. */
	int (*hint)(const char *context, const char *exten, struct rd_buf *devices,
		    struct rd_buf *name);
	/* Replace ${...} and $[...]; may yield where a function does. */
	int (*expand)(struct rd_channel *ch, const char *text, struct rd_buf *out);
	/* Evaluate what stands in $[...]. */
	int (*expression)(const char *text, struct rd_buf *out);
	/* Does pattern (with or without '_') match this number? */
	bool (*pattern)(const char *pattern, const char *number);
	/* Is "times,weekdays,monthdays,months[,timezone]" now: 1, 0, or -EINVAL where it
	 * cannot be read. */
	int (*time_matches)(const char *spec);
	/* Where the step that ch runs now is written: file and line. */
	const char *(*place)(const struct rd_channel *ch, int *line);
	bool (*context_exists)(const char *context);
	/* Does ignorepat of the context match what was dialled so far? */
	bool (*ignore_pattern)(const char *context, const char *digits);
	/* The context that has this extension: this one, or one that it includes. NULL:
	 * none, or nobody can say. May be NULL. */
	const char *(*home)(const char *context, const char *exten, int priority,
			    const char *caller);
	/* Will it exist: in the plan that is under review, where one is, else in the one
	 * in force? True where nobody can say. May be NULL. */
	bool (*context_coming)(const char *context);
	/* Each step that a call into the context can come to, of the same plan: its own, and
	 * those of contexts that it includes, goes to or dials by name. True once step has returned
	 * true. May be NULL. */
	bool (*each_step)(const char *context,
			  bool (*step)(const struct rd_dialplan_step *step, void *arg), void *arg);
	/* What is wrong with it; NULL: nothing, or it is none (without '_'). May be NULL. */
	const char *(*pattern_fault)(const char *pattern);
};

RD_API_BEGIN

/* Each is what struct rd_dialplan says of it, or -ENOSYS (none, false, NULL) while there
 * is no interpreter. The first two yield. */
RD_YIELDS int rd_dialplan_run(struct rd_channel *ch);
RD_YIELDS int rd_dialplan_gosub(struct rd_channel *ch, const char *target,
				const char *args);
/* For a leg without a fiber of its own: where the context has an h extension, hang up
 * and run that, which may wait for so long although this fiber is cancelled. What goes
 * wrong is logged. Yields. */
RD_YIELDS void rd_dialplan_run_h(struct rd_channel *ch, const char *context, int cause,
				 int wait_ms);
enum rd_match rd_dialplan_match(const char *context, const char *exten, int priority,
				const char *caller);
/* Has such an extension that priority? */
bool rd_dialplan_exists(const char *context, const char *exten, int priority,
			const char *caller);
int rd_dialplan_label(const char *context, const char *exten, const char *label,
		      const char *caller);
int rd_dialplan_hint(const char *context, const char *exten, struct rd_buf *devices,
		     struct rd_buf *name);
/* Outside a fiber the functions that would wait are refused. */
RD_YIELDS int rd_dialplan_expand(struct rd_channel *ch, const char *text, struct rd_buf *out);
int rd_dialplan_expression(const char *text, struct rd_buf *out);
bool rd_dialplan_pattern(const char *pattern, const char *number);
const char *rd_dialplan_pattern_fault(const char *pattern);
int rd_dialplan_time_matches(const char *spec);
const char *rd_dialplan_place(const struct rd_channel *ch, int *line);
bool rd_dialplan_context_exists(const char *context);
bool rd_dialplan_ignore_pattern(const char *context, const char *digits);
const char *rd_dialplan_home(const char *context, const char *exten, int priority,
			     const char *caller);
bool rd_dialplan_context_coming(const char *context);
bool rd_dialplan_each_step(const char *context,
			   bool (*step)(const struct rd_dialplan_step *step, void *arg), void *arg);

/* Cut "[[context,]exten,]priority-or-label" in place; part: context, extension and
 * priority, NULL where left out, the last never. 0 or -EINVAL. */
int rd_dialplan_split_place(char *target, const char *part[3]);
/* Read it as Goto does, as seen from where the channel is, which stays there. 0,
 * -ENOENT when there is no such label, -EINVAL. */
int rd_dialplan_read_place(const struct rd_channel *from, const char *target,
			   struct rd_place *place);
/* Read it and send the channel there: errors of both. See rd_channel_set_place(). */
int rd_dialplan_goto(struct rd_channel *ch, const char *target);

RD_API_END

#endif
