/* The way from other threads to the switch thread. */
#ifndef RD_CORE_SCHED_SOON_H
#define RD_CORE_SCHED_SOON_H

struct uv_loop_s;

int rd__soon_init(struct uv_loop_s *uv);
void rd__soon_fini(void);

#endif
