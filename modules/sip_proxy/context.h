/* The response context, for context.c, which makes copies of a request, and answers.c,
 * which hears what comes back. */
#ifndef MODULES_SIP_PROXY_CONTEXT_H
#define MODULES_SIP_PROXY_CONTEXT_H

#include "modules/sip_proxy/proxy.h"

/* A request, and what has come back of it so far. */
struct context {
	struct rd_list link;
	struct rd_sip_request *request;
	struct proxy_settings *settings; /* in force when it came */
	const struct proxy_rule *rule;   /* NULL: in a dialog */
	struct proxy_route route;
	char *uri, *names; /* what route points to */
	struct rd_list targets, tries;
	struct proxy_best best;
	char mark[PROXY_MARK + 1];
	unsigned breadth;
	uint64_t since_ms;
	bool done;   /* it has its final answer */
	bool closed; /* no further targets */
	bool over;   /* nobody waits for an answer */
	struct rd_timer ring;
};

/* One copy of it. */
struct attempt {
	struct rd_list link;
	struct context *context;
	struct rd_sip_branch *branch;
	const struct proxy_target *target;
	char record[PROXY_RECORD]; /* user part of the Record-Route in it; "": none */
	unsigned breadth;
	struct rd_timer timer_c;
	bool heard, finished;
	bool silent;  /* for so long that others may have its turn */
	bool expired; /* its time is over */
};

extern struct rd_list proxy_contexts;

/* The status that stands for an error. */
unsigned proxy_status_of(int rc);
void proxy_attempt_finish(struct attempt *attempt);
void proxy_attempt_free(struct attempt *attempt);
/* The copies that wait for their answer; lines: what their CANCEL says of the reason. */
void proxy_context_cancel(struct context *context, struct rd_str lines);
/* This copy counts no more, whoever has its turn. */
void proxy_attempt_give_up(struct attempt *attempt);
/* To the next address of its name, in its place. False: there is none. */
bool proxy_attempt_go_on(struct attempt *attempt);
/* Send a copy there. False: that is no way, which counts as its answer. */
bool proxy_context_forward(struct context *context, struct proxy_target *target, unsigned breadth);
/* When nothing is pending: the next targets, or the answer. */
void proxy_context_go_on(struct context *context);
/* Freed when nobody needs it any more. */
void proxy_context_settle(struct context *context);

#endif
