/* Queues between the files of this module: settings.c reads queues.conf, queue.c keeps
 * what lives (queues, members), pick.c orders members by strategy, wait.c is the caller's
 * time in the queue, ring.c rings members for him, talk.c lets them talk. */
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

enum { QUEUE_NAME_MAX = 80, QUEUE_DEVICE_MAX = 128 };
/* Of penalties, priorities, weights, places. */
enum { QUEUE_NUMBER_MAX = 1000000, QUEUE_NO_PENALTY = -1 };

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

enum queue_strategy {
	QUEUE_RINGALL,
	QUEUE_LINEAR,
	QUEUE_RRMEMORY,
	QUEUE_LEASTRECENT,
	QUEUE_FEWESTCALLS,
	QUEUE_RANDOM,
	QUEUE_RRORDERED,
	QUEUE_WRANDOM,
	QUEUE_ROUNDROBIN, /* an old name of rrmemory */
};

/* Members that count as absent, for joinempty and leavewhenempty. */
enum queue_absent {
	QUEUE_ABSENT_PAUSED = 1 << 0,
	QUEUE_ABSENT_PENALTY = 1 << 1,
	QUEUE_ABSENT_INUSE = 1 << 2,
	QUEUE_ABSENT_RINGING = 1 << 3,
	QUEUE_ABSENT_UNAVAILABLE = 1 << 4,
	QUEUE_ABSENT_INVALID = 1 << 5,
	QUEUE_ABSENT_UNKNOWN = 1 << 6,
	QUEUE_ABSENT_WRAPUP = 1 << 7,
};

enum queue_autopause { QUEUE_AUTOPAUSE_NO, QUEUE_AUTOPAUSE_YES, QUEUE_AUTOPAUSE_ALL };
enum queue_say_position { QUEUE_SAY_NO, QUEUE_SAY_YES, QUEUE_SAY_LIMIT, QUEUE_SAY_MORE };
enum queue_say_holdtime { QUEUE_HOLDTIME_NO, QUEUE_HOLDTIME_YES, QUEUE_HOLDTIME_ONCE };

struct queue;
struct queue_rule;
struct queue_snapshot;

/* What callers are told, how often, and the prompts for it. */
struct queue_saying {
	int frequency_ms, min_frequency_ms, position, position_limit, holdtime, round_s;
	int periodic_ms, startdelay_ms;
	bool to_first_user, only_up, random, relative;
	const char **periodic;
	const char *youarenext, *thereare, *callswaiting, *quantity1, *quantity2, *holdtime_is,
		*minute, *minutes, *seconds, *thankyou, *reporthold, *callerannounce;
};

/* A section of queues.conf, in the pool of its snapshot. */
struct queue_settings {
	struct queue_snapshot *snapshot;
	const char *name, *musicclass, *context, *membergosub, *defaultrule, *announce,
		*monitor_format;
	int line; /* of queues.conf */
	int strategy, timeout_ms, retry_ms, wrapup_ms, servicelevel_ms, maxlen, weight;
	int memberdelay_ms, penaltymemberslimit, autopause, autopausedelay_ms;
	int timeoutpriority; /* 0: the application's is the last word */
	bool autofill, ringinuse, timeoutrestart, reportholdtime, autopausebusy, autopauseunavail;
	bool setqueuevar;
	struct queue_saying say;
	unsigned joinempty, leavewhenempty;
	struct queue *live; /* before the commit: made for it, in case it is a new one */
	struct rd_list members; /* from the file, until the commit */
};

/* All of queues.conf; counted, since queues keep theirs over a reload. */
struct queue_snapshot {
	unsigned refs;
	bool persistent, autofill, shared_lastcall, log_names, log_caller_name, log_unpause;
	struct rd_pool *pool;
	struct rd_map *queues; /* name to struct queue_settings */
	struct rd_map *rules; /* name to struct queue_rule */
};

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

/* A caller in a queue; on the stack of its fiber. */
struct queue_caller {
	struct rd_list link;
	struct queue *queue;
	struct rd_channel *ch;
	struct rd_cond changed;
	struct rd_app_options options;
	const char *announce, *gosub;
	int priority, max_penalty, min_penalty, raise_penalty; /* QUEUE_NO_PENALTY: any */
	unsigned wanted_position; /* 0: the last */
	const struct queue_rule *rule; /* NULL: none; in .snapshot */
	struct queue_snapshot *snapshot;
	size_t rule_next;
	uint64_t said_ms, periodic_at_ms; /* 0: never */
	unsigned said_position, periodic_next, attempts;
	uint64_t joined_ms, deadline_ms, retry_at_ms; /* 0: none */
	unsigned linear_next, entered_at; /* entered_at: his first position */
	bool ringing, choosy;
	char exit_key;
};

/* Option letters of Queue(), beside those of apps/features.h. */
enum queue_flag {
	QUEUE_CONTINUE = 1 << 0, /* c */
	QUEUE_ELSEWHERE = 1 << 1, /* C */
	QUEUE_IGNORE_FORWARD = 1 << 2, /* i */
	QUEUE_NO_UPDATE = 1 << 3, /* I */
	QUEUE_ONCE = 1 << 4, /* n */
	QUEUE_RING = 1 << 5, /* r */
	QUEUE_RING_LATE = 1 << 6, /* R */
	QUEUE_MUSIC = 1 << 7, /* m */
	QUEUE_BEFORE_LEG = 1 << 8, /* b */
	QUEUE_BEFORE_CALLER = 1 << 9, /* B */
	QUEUE_MEMBER_GOES_ON = 1 << 10, /* F */
	QUEUE_NO_DELAY = 1 << 11, /* d: means nothing where calls are SIP, in Asterisk too */
};

enum {
	QUEUE_ARG_MUSIC,
	QUEUE_ARG_BEFORE_LEG,
	QUEUE_ARG_BEFORE_CALLER,
	QUEUE_ARG_MEMBER_GOES_ON
};

static inline bool queue_has(const struct queue_caller *caller, enum queue_flag flag)
{
	return caller->options.flags & flag;
}

/* -- options.c -- */

extern const struct rd_option queue_option_table[], queue_general_table[];

/* -- settings.c -- */

extern const struct rd_module_config queue_config;
/* Of a snapshot: members whom nobody could ring. As struct rd_module's .review. */
void queue_settings_review(void *snapshot, struct rd_config_report *report);
/* Is there such a queue? During a review of those that come, else of those in force; true where
 * nothing was read. */
bool queue_is_configured(const char *name);
/* What is under review, else what is in force; NULL: nothing was read. */
const struct queue_snapshot *queue_newest(void);
/* Likewise what is wrong with the name, in buf or not; NULL: nothing. */
const char *queue_fault(struct rd_str name, char *buf, size_t size);
bool queue_rule_is_configured(const char *name);
extern const char *const queue_strategy_names[];
/* In force; NULL before the first commit. Borrowed. */
const struct queue_snapshot *queue_in_force(void);
void queue_settings_forget(void); /* at the end of the module */
struct queue_snapshot *queue_snapshot_ref(struct queue_snapshot *snapshot);
void queue_snapshot_unref(struct queue_snapshot *snapshot);

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

/* -- rules.c: penalties that change while a caller waits -- */

int queue_rules_read(struct queue_snapshot *snapshot, const struct rd_config *config,
		     struct rd_config_report *report);
/* He waits by this rule (NULL, "": the queue's). False: there is no such rule. */
bool queue_rule_begin(struct queue_caller *caller, const char *name);
void queue_rule_end(struct queue_caller *caller);
/* The steps that are due; when the next one is, UINT64_MAX: never. */
uint64_t queue_rule_apply(struct queue_caller *caller);
/* How a member's penalty counts for this caller (NULL: for anybody). */
int queue_penalty(const struct queue_caller *caller, const struct queue_member *member);
bool queue_penalty_fits(const struct queue_caller *caller, const struct queue_member *member);
struct rd_cli;
void queue_rules_show(struct rd_cli *cli);

/* -- announce.c: what callers are told while they wait -- */

/* When something is to be said, UINT64_MAX: never. */
uint64_t queue_announce_due(const struct queue_caller *caller);
/* Say what is due. 0, QUEUE_LEFT_BY_KEY or negative. Yields. */
RD_YIELDS int queue_announce(struct queue_caller *caller);
/* "Your caller has waited 2 minutes", to a member. 0 or negative. Yields. */
RD_YIELDS int queue_report_hold(const struct queue_caller *caller, struct rd_channel *peer);

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
/* He has talked for so long, to this member. */
void queue_count_talk(struct queue *queue, struct queue_member *member, unsigned talk_s);
double queue_in_time_percent(const struct queue *queue); /* of those who were answered */
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

/* -- pick.c -- */

/* Members to ring for this caller now, best first, each with a reference; *np of them.
 * 0 or -ENOMEM. Give them back by queue_candidates_free(). */
int queue_candidates(const struct queue_caller *caller, struct queue_member ***out, size_t *np);
void queue_candidates_free(struct queue_member **members, size_t n);

/* -- ring.c -- */

enum {
	QUEUE_NOBODY = 0,
	QUEUE_SERVED = 1000,
	QUEUE_LEFT_BY_KEY,
	QUEUE_UNSERVED, /* nobody can be called for him: the log says why */
};

/* Ring members, and let the one who answers talk. One of these, or negative. Yields. */
RD_YIELDS int queue_ring(struct queue_caller *caller);

/* -- talk.c -- */

/* The same for a member who has answered; peer is taken, and the member released. */
RD_YIELDS int queue_talk(struct queue_caller *caller, struct queue_member *member,
			 struct rd_channel *peer, uint64_t rang_ms);
void queue_transfer_event(const struct rd_event *event, void *arg);

/* -- wait.c -- */

/* The caller's time in the queue, from joining on. What Queue() returns. Yields. */
RD_YIELDS int queue_wait(struct queue_caller *caller);
/* Is nobody there, for this caller or (NULL) any? */
bool queue_is_empty(const struct queue *queue, unsigned absent, const struct queue_caller *caller);
unsigned queue_position(const struct queue_caller *caller);
/* The key is an extension of the queue's context: it is kept in .exit_key. */
bool queue_exit_key(struct queue_caller *caller, char digit);
void queue_leave(struct queue_caller *caller);
const char *queue_music(const struct queue_caller *caller);
/* What he hears while he waits: music, or that it rings. 0 or -ECANCELED. Yields. */
RD_YIELDS int queue_sound_begin(struct queue_caller *caller);
void queue_sound_end(struct queue_caller *caller);

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
/* Of a caller, and a member (NULL: none). */
void queue_log_caller(const struct queue_caller *caller, const struct queue_member *member,
		      const char *verb, const char *fmt, ...) RD_PRINTF(4, 5);
/* Of a member; callid may be NULL. */
void queue_log_member(const char *callid, const struct queue_member *member, const char *verb,
		      const char *data);

#endif
