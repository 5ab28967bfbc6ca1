/* What lives of queues, between the files of this module: queues and their members. What
 * queues.conf says is settings.h, a caller's time in a queue caller.h. */
#ifndef APPS_APP_QUEUE_QUEUE_H
#define APPS_APP_QUEUE_QUEUE_H

#include <ringdown/app.h>
#include <ringdown/base.h>
#include <ringdown/channel.h>
#include <ringdown/cli.h>
#include <ringdown/config.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/function.h>
#include <ringdown/list.h>
#include <ringdown/log.h>
#include <ringdown/map.h>
#include <ringdown/metric.h>
#include <ringdown/tech.h>

#include "apps/app_queue/settings.h"

enum { QUEUE_DEVICE_LISTS = 1024 };

/* What stays when a new file takes the module's place; the sizes of what is private to a file. */
struct queue_kept {
	struct queue_snapshot *in_force; /* NULL before the first commit */
	struct rd_list devices[QUEUE_DEVICE_LISTS]; /* members by their device; see queue.c */
	unsigned members_of_all; /* queues */
	struct rd_map *devices_found; /* device to struct found, of state.c */
	struct rd_list talks;
	struct rd_timer look_again; /* modules have come or gone */
};
extern struct queue_kept *queue_kept;
extern const struct rd_module_state queue_state;
extern const size_t queue_sizes_found[], queue_sizes_rules[], queue_sizes_talk[];

/* What queues.conf says of a member. What is said later, by the dialplan or the console, counts
 * until the file says another thing than it did then. */
struct queue_said {
	int penalty, ringinuse; /* ringinuse: no, yes, or -1: as the queue says */
	bool paused;
};

/* Somebody who answers calls of one queue. Counted: a fiber that rings one keeps it. */
struct queue_member {
	struct rd_list link, device_link;
	struct queue *queue; /* NULL: it was removed */
	unsigned refs, order;
	char interface[QUEUE_DEVICE_MAX], name[QUEUE_NAME_MAX], reason[QUEUE_NAME_MAX];
	char device[QUEUE_DEVICE_MAX]; /* whose state counts */
	int penalty, wrapup_ms; /* -1: as the queue says */
	int line; /* of queues.conf; 0: of none */
	int ringinuse; /* as in .said */
	struct queue_said said; /* not of a dynamic one */
	bool paused, dynamic, stale;
	bool ready; /* could be rung now; counted in its queue */
	unsigned busy; /* legs that this queue has with it */
	unsigned calls;
	uint64_t last_call_ms; /* time of day; 0: never */
	struct rd_timer wrapup;
};

struct queue {
	unsigned refs;
	bool retired; /* no file names it any more: whoever waits leaves */
	const struct queue_settings *settings;
	struct rd_list members, callers; /* in order */
	unsigned member_count, ready, waiting;
	unsigned choosy; /* of those who wait: not just anyone is for them */
	unsigned next_order, rr_next;
	unsigned completed, abandoned, in_time;
	unsigned hold_s, talk_s; /* how long callers wait and talk, running means */
};

/* -- member_line.c -- */

/* What of a line was taken otherwise than it is written. */
struct queue_member_doubts {
	bool negative; /* the penalty is, and 0 was taken */
};

/* "interface,penalty,name,state_interface,ringinuse,wrapuptime,paused". 0, -EINVAL with
 * *wrong, what was expected; -ENOMEM. */
int queue_member_read(struct queue_member **mp, const char *text, const char **wrong,
		      struct queue_member_doubts *doubts);

/* -- state.c: devices and hints whose state counts -- */

/* How it is kept: "hint:1001" is one of context default. False: too long. */
bool queue_state_interface(char name[QUEUE_DEVICE_MAX], struct rd_str text);
unsigned queue_absent_by_state(const char *device); /* enum queue_absent bits, or'ed */
void queue_hint_event(const struct rd_event *event, void *arg);
/* It, or a hint that it was found in, is the state interface of members. */
void queue_state_device_changed(const char *device);
void queue_state_forget(void); /* at the end of the module */

/* -- measure.c -- */

void queues_measure(struct rd_metrics *out);

/* -- queue.c -- */

struct queue *queue_find(const char *name); /* borrowed; NULL */
struct queue *queue_next(size_t *pos); /* those in force */
struct queue *queue_new(void); /* NULL: no memory */
struct queue *queue_ref(struct queue *queue);
void queue_unref(struct queue *queue);
/* New settings for it, and the members that the file names; cannot fail. */
void queue_apply(struct queue *queue, const struct queue_settings *settings,
		 struct rd_list *members);
/* It is in no file any more: nobody comes in, whoever waits leaves. */
void queue_retire(struct queue *queue);

/* TECHNOLOGY/RESOURCE, of one, and not too long? */
bool queue_interface_is_fine(const char *interface);
/* interface: a fine one. 0 or -ENOMEM. */
int queue_member_new(struct queue_member **mp, const char *interface);
struct queue_member *queue_member_ref(struct queue_member *member);
void queue_member_unref(struct queue_member *member);
void queue_member_add(struct queue *queue, struct queue_member *member);
void queue_member_remove(struct queue_member *member);
struct queue_member *queue_member_find(const struct queue *queue, const char *interface);
void queue_member_pause(struct queue_member *member, bool paused, const char *reason);
/* Why it counts as absent: enum queue_absent bits, or'ed; 0: it could be rung. */
unsigned queue_member_absent(const struct queue_member *member);
/* Something about it has changed: is it ready now? Wakes callers when it is. */
void queue_member_update(struct queue_member *member);
/* A leg to it begins, or ends. */
void queue_member_seize(struct queue_member *member);
void queue_member_release(struct queue_member *member);
/* It has talked to a caller. */
void queue_member_served(struct queue_member *member);
/* A caller has waited so long for his answer. */
void queue_count_hold(struct queue *queue, unsigned hold_s);
void queue_count_abandoned(struct queue *queue);
/* He has waited, and then talked to this member, for so long: it is completed. */
void queue_count_talk(struct queue *queue, struct queue_member *member, unsigned hold_s,
		      unsigned talk_s);
double queue_in_time_percent(const struct queue *queue); /* of those that are completed */
bool queue_member_rings_in_use(const struct queue_member *member);
bool queue_member_outweighed(const struct queue_member *member);
void queue_dispatch(struct queue *queue);
/* For every member's state as it is now; what the file or a driver said may be old. */
void queue_refresh(struct queue *queue);
void queue_device_event(const struct rd_event *event, void *arg);
/* Another module knows devices now, or none does: whose state nobody knew at the start. */
void queue_module_event(const struct rd_event *event, void *arg);
void queue_look_no_more(void); /* at the end of the module */
void queue_state_changed(const char *device); /* that of a member's state interface */

/* -- change.c: members come, go and change by applications, functions and the console -- */

struct queue_newcomer {
	const char *interface, *name, *device; /* NULL, "": the interface */
	int penalty, wrapup_s; /* wrapup_s: 0: as the queue says */
	bool paused;
	const char *reason; /* why it is paused */
};

/* 0, -EEXIST (it is one), -EINVAL (no TECHNOLOGY/RESOURCE), -ENAMETOOLONG (.device), -ENOMEM.
 * callid: who did it, or NULL. */
int queue_join(struct queue *queue, const struct queue_newcomer *who, const char *callid);
/* 0, -ENOENT, -EPERM: it is a member by queues.conf. */
int queue_part(struct queue *queue, const char *interface, const char *callid);
/* In the queue of that name, or (NULL) in all; in how many it is a member. */
unsigned queue_pause(const char *name, const char *interface, bool paused, const char *reason);
unsigned queue_set_penalty(const char *name, const char *interface, int penalty);

/* -- functions.c -- */

/* QUEUEMAX, QUEUECALLS and so on, of a channel; what QUEUE_VARIABLES() and setqueuevar set. */
void queue_set_variables(struct rd_channel *ch, const struct queue *queue);

/* -- lamps.c: Queue:NAME, Queue:NAME_avail, Queue:NAME_pause_INTERFACE -- */

extern const struct rd_tech queue_techs[];
void queue_lamp_waiting(const struct queue *queue);
void queue_lamp_ready(const struct queue *queue);
void queue_lamp_paused(const struct queue_member *member);

/* -- statistics.c: what was counted, over a restart -- */

void queue_statistics_keep(const struct queue *queue);
void queue_statistics_keep_member(const struct queue_member *member);
void queue_statistics_restore(struct queue *queue);
void queue_statistics_restore_member(struct queue_member *member);
void queue_statistics_forget_member(const struct queue_member *member);
void queue_statistics_reset(struct queue *queue);

/* -- keep.c: members over a restart, and what was said of them since the file was read -- */

void queue_keep(const struct queue *queue);
void queue_restore(struct queue *queue);
/* The file was read anew; it had a line for it before, or has had none. */
void queue_member_hear(struct queue_member *member, const struct queue_said *line);

/* -- applications, functions, commands -- */

const char *queue_add_check(const char *args, char *buf, size_t size);
int queue_add_app(struct rd_channel *ch, const char *args);
int queue_remove_app(struct rd_channel *ch, const char *args);
int queue_pause_app(struct rd_channel *ch, const char *args);
int queue_unpause_app(struct rd_channel *ch, const char *args);
extern const struct rd_function queue_functions[];
int queue_log_app(struct rd_channel *ch, const char *args);
extern const struct rd_cli_command queue_commands[];
int queue_command_add(struct rd_cli *cli, int argc, const char *const *argv);
int queue_command_remove(struct rd_cli *cli, int argc, const char *const *argv);
int queue_command_pause(struct rd_cli *cli, int argc, const char *const *argv);
int queue_command_unpause(struct rd_cli *cli, int argc, const char *const *argv);
int queue_command_penalty(struct rd_cli *cli, int argc, const char *const *argv);
int queue_command_reset(struct rd_cli *cli, int argc, const char *const *argv);

/* -- log.c -- */

/* Tell what has happened, in the words of queue_log; data has its parts with | between them.
 * Any of the others but the verb may be NULL ("NONE"). */
void queue_log(const char *callid, const char *queue, const char *agent, const char *verb,
	       const char *fmt, ...) RD_PRINTF(5, 6);
/* Add what came from outside to a part of data: a bar in it is none. */
void queue_log_add(struct rd_buf *data, struct rd_str text);
/* Of a member; callid may be NULL. */
void queue_log_member(const char *callid, const struct queue_member *member, const char *verb,
		      const char *data);

#endif
