/* Descriptors on the loop: many watches of one descriptor share one libuv
 * handle, because libuv allows one. */
#ifndef CORE_SCHED_IO_H
#define CORE_SCHED_IO_H

#include <ringdown/io.h>
#include <ringdown/list.h>

struct uv_loop_s;
struct rd__polled;

/* May lie on a fiber's stack: libuv knows nothing of it. */
struct rd_watch {
	struct rd_list link;
	struct rd__polled *polled;
	unsigned events;
	void (*ready)(unsigned events, void *arg);
	void *arg;
};

void rd__io_init(struct uv_loop_s *uv);
void rd__io_fini(void);

int rd__watch_start(struct rd_watch *watch, int fd, unsigned events,
		    void (*ready)(unsigned events, void *arg), void *arg);
void rd__watch_stop(struct rd_watch *watch);
/* Watches that call what lies there. */
size_t rd__watches_in(const void *begin, const void *end);

#endif
