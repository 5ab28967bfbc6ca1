/* [options] of ringdown.conf, at the start and at a reload. */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <ringdown/config.h>

struct rd__daemon_files;

struct rd__settings {
	bool exec_includes;
	int exec_ms; /* for which a command of #exec may run */
	int max_fibers;	   /* 0: the scheduler's default */
	int media_threads; /* 0: one per core */
	int slow_ms, stuck_ms; /* the watchdog's limits */
	int max_lag_ms;	   /* of the loop, above which new calls are refused */
	int stop_ms;	   /* how long a graceful stop waits for calls */
};

/* The options of these files; what they do not say has its default. in_force: at a
 * reload, what is made once and was given another value is warned of; NULL at the start.
 * 0, -EINVAL (reported), -ENOMEM. */
int rd__settings_read(struct rd__settings *settings, const struct rd__settings *in_force,
		      const struct rd__daemon_files *files, struct rd_config_report *report);

/* From now on ringdown.conf is part of every reload, which changes `in_force`; apply
 * puts that to use, on the switch thread. 0 or -ENOMEM. */
int rd__settings_join(struct rd__settings *in_force, void (*apply)(void));
void rd__settings_leave(void);

#endif
