/* How many calls a trunk may have at a time, and how many may begin in a second: in all or
 * to numbers that begin alike, in one direction or in both. Each is exact to the call. */
#ifndef MODULES_SIP_TRUNK_LIMITS_H
#define MODULES_SIP_TRUNK_LIMITS_H

#include <ringdown/list.h>
#include <ringdown/pool.h>

enum trunk_way { TRUNK_BOTH_WAYS, TRUNK_IN, TRUNK_OUT, TRUNK_WAYS };

struct trunk_limit {
	struct trunk_limit *next;
	const char *prefix; /* of numbers; "": of all */
	int calls; /* at a time; -1: any number */
	int per_second; /* that may begin; 0: any number */
};

/* What is counted for one of them. */
struct trunk_meter {
	struct trunk_meter *next;
	enum trunk_way way;
	unsigned now;
	unsigned refused; /* since the module was loaded */
	uint64_t told_ms; /* when the log had it last; 0: never */
	uint64_t *began_ms; /* of the last ones, 0: of none; the oldest is at `at` */
	int size, at;
	char prefix[];
};

/* A call that is, or that somebody wants to begin. */
struct trunk_talk {
	struct rd_list link; /* in trunk_state.calls, once it is */
	bool outgoing, emergency;
	bool replaces; /* one that ends for it: it begins nothing, and is refused by nothing */
	const char *number; /* that is called, as the trunk writes it ... */
	const char *dialled; /* ... and as people do; "": that is not known */
};

struct trunk;
struct trunk_state;

/* "30/5, 0900:2, 00:10/1": of struct rd_option, into a list of limits. */
const char *trunk_limits_parse(const char *value, void *dest, struct rd_pool *pool);

/* "limit_out = 0900:2", in buf. */
const char *trunk_limit_text(char *buf, size_t size, enum trunk_way way,
			     const struct trunk_limit *limit);

/* May it be, as far as limits go? state NULL: the trunk has had no calls. */
bool trunk_limits_allow(const struct trunk_state *state, const struct trunk *trunk,
			const struct trunk_talk *talk);
/* The same of one that begins now, is counted until it ends, or is told of as refused. 0,
 * -EBUSY or -ENOMEM. trunk NULL: it has no limits. */
int trunk_limits_begin(struct trunk_state *state, const struct trunk *trunk,
		       struct trunk_talk *talk);
/* One is refused that never began, if limits forbid it: it is counted and told. */
void trunk_limits_refuse(const struct trunk_state *state, const struct trunk *trunk,
			 const struct trunk_talk *talk);
void trunk_limits_end(struct trunk_state *state, struct trunk_talk *talk);
/* The meters go. */
void trunk_limits_drop(struct trunk_state *state);

/* What is known of a limit; NULL: it has refused and counted nothing. */
const struct trunk_meter *trunk_meter_of(const struct trunk_state *state, enum trunk_way way,
					 const struct trunk_limit *limit);

#endif
