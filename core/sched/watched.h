/* Threads beside the switch thread that wait for nobody either: the watchdog looks at
 * them now and then, and says which turn does not end. */
#ifndef CORE_SCHED_WATCHED_H
#define CORE_SCHED_WATCHED_H

#include <stdatomic.h>

#include <ringdown/list.h>

struct rd__watched {
	atomic_uint_fast64_t began_us; /* of its turn, by rd__clock_real_us(); 0: it waits */
	/* On the watchdog's thread: say where it is. */
	void (*tell)(const struct rd__watched *watched, uint64_t since_us);
	struct rd_list link;
	uint64_t told, told_at_us; /* the watchdog's: the turn that was told last, and when */
};

RD_API_BEGIN

/* On the switch thread, .tell is set. It is looked at from now on, until it is removed. */
void rd__watched_add(struct rd__watched *watched);
void rd__watched_remove(struct rd__watched *watched);

/* The watchdog's thread looks whose turn lasts longer. */
void rd__watched_look(uint64_t stuck_us, uint64_t again_us);
/* How often one was told since the start, and when the last time; 0: never. */
unsigned long rd__watched_stuck(void);
uint64_t rd__watched_stuck_at_us(void);

RD_API_END

#endif
