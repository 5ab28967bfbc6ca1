/* queues.conf as it was read: sections, and what stands for all of them. */
#ifndef APPS_APP_QUEUE_SETTINGS_H
#define APPS_APP_QUEUE_SETTINGS_H

#include <ringdown/app.h>
#include <ringdown/cli.h>
#include <ringdown/config.h>
#include <ringdown/list.h>
#include <ringdown/map.h>

enum { QUEUE_NAME_MAX = 80, QUEUE_DEVICE_MAX = 128 };
/* Of penalties, priorities, weights, places. */
enum { QUEUE_NUMBER_MAX = 1000000, QUEUE_NO_PENALTY = -1 };

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

struct queue; /* see queue.h */
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

/* -- rules.c: penalties that change while a caller waits -- */

int queue_rules_read(struct queue_snapshot *snapshot, const struct rd_config *config,
		     struct rd_config_report *report);
void queue_rules_show(struct rd_cli *cli);

#endif
