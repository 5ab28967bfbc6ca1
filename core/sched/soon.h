/* The way from other threads to the switch thread: rd_call_soon() without its
 * allocation, for what must not fail. */
#ifndef CORE_SCHED_SOON_H
#define CORE_SCHED_SOON_H

#include <ringdown/list.h>

struct uv_loop_s;

/* Embed it; once called, it may be posted again or freed. */
struct rd__soon {
	struct rd_list link;
	void (*fn)(void *arg);
	void *arg;
};

/* Call fn(arg) on the switch thread in its next turn; any thread may ask. */
void rd__soon_post(struct rd__soon *soon);

int rd__soon_init(struct uv_loop_s *uv);
void rd__soon_fini(void);

#endif
