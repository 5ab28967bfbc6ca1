/* Ringdown SDK: where calls into a context can come to, for a doctor. The interpreter publishes
 * struct rd_dialplan_ways as the interface RD_DIALPLAN_WAYS. */
#ifndef RINGDOWN_DIALPLAN_WAYS_H
#define RINGDOWN_DIALPLAN_WAYS_H

#include <ringdown/str.h>

#define RD_DIALPLAN_WAYS         "dialplan_ways"
#define RD_DIALPLAN_WAYS_VERSION 2

/* A step that a call comes to, or an application that one runs, as ExecIf() does. */
struct rd_way {
	const char *app, *args; /* with globals that no step sets put in; other variables stand */
	const char *targets; /* whom it calls, "SIP/1&SIP/2"; NULL: nobody */
	const char *file;
	int line;
	const char *doubt; /* why a call may not come here; NULL: it can for certain */
	bool is_lost; /* it leads on, and only a call knows where to */
	const void *spot; /* the interpreter's */
};

struct rd_dialplan_ways {
	/* Each step that a caller with any number can come to: first those for certain, then
	 * the others. Of the plan that is under review, where one is. variables: those that his
	 * channel begins with, as Set() has their names, "OUT", "TRUNK/a", .., NULL; NULL: none.
	 * True once step has returned true; what it is told lives as long as it runs. Does not
	 * yield. */
	bool (*follow)(const char *context, const char *const *variables,
		       bool (*step)(const struct rd_way *way, void *arg), void *arg);
	/* While step runs: how it is reached, "in,_X.,1 -> out,_9X.,2". */
	void (*print)(const struct rd_way *way, struct rd_buf *out);
};

#endif
