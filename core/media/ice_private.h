/* What the files of ICE share: an agent's candidates, pairs and transactions. */
#ifndef CORE_MEDIA_ICE_PRIVATE_H
#define CORE_MEDIA_ICE_PRIVATE_H

#include "core/media/ice.h"
#include "core/media/stun.h"

enum ice_pair_state {
	ICE_FROZEN,
	ICE_WAITING,
	ICE_RUNNING, /* RFC 8445 says In-Progress */
	ICE_SUCCEEDED,
	ICE_FAILED,
};

struct ice_pair {
	uint8_t local, remote; /* indices */
	uint8_t state; /* enum ice_pair_state */
	uint8_t mapped; /* the local candidate that the far end saw; once valid */
	bool valid, nominated;
	bool nominating; /* the check that runs says so */
	bool nominate_me; /* the far end did, before our own check had succeeded */
	bool as_controlling; /* what the check that runs says of us */
	uint32_t queued; /* place in the queue of triggered checks; 0: none */
	uint64_t priority;
	/* The check that runs. */
	uint8_t id[RD__STUN_ID];
	int tries;
	uint64_t rto_ms, due_ms;
};

struct ice_credentials {
	char ufrag[RD__ICE_UFRAG + 1], pwd[RD__ICE_PWD + 1];
};

/* Ours are as long as we make them. */
enum {
	ICE_UFRAG = 8, /* 41 bits */
	ICE_PWD = 26,  /* 134 bits */
};

struct ice_own {
	char ufrag[ICE_UFRAG + 1], pwd[ICE_PWD + 1];
};

/* What is in use for a component. */
struct ice_way {
	struct rd__ice_candidate local, remote; /* copies: a restart forgets the lists */
	bool set, nominated;
	uint64_t priority;
	/* Consent, asked for with the credentials that the pair was checked with. */
	struct ice_credentials theirs;
	char our_ufrag[ICE_UFRAG + 1];
	uint8_t id[RD__STUN_ID];
	uint64_t ask_ms, expires_ms;
};

struct rd__ice {
	struct rd__ice_options options;
	struct rd__ice_ops ops;
	void *arg;
	enum rd__ice_state state;
	bool remote_lite, all_remotes;
	bool renewed; /* .ours are offered, and not agreed on */
	uint64_t tie, now_ms, started_ms, next_check_ms, nominate_ms;
	uint32_t last_queued;
	struct ice_own ours, ours_before;
	struct ice_credentials theirs;
	struct rd__ice_candidate locals[RD__ICE_LOCALS];
	struct rd__address servers[RD__ICE_LOCALS]; /* who told us of a local one */
	/* These grow: most far ends tell of few. */
	struct rd__ice_candidate *remotes;
	struct ice_pair *pairs; /* by priority, the greatest first */
	int local_count, remote_count, pair_count, remote_room, pair_room;
	struct ice_way ways[RD__ICE_COMPONENTS];
};

/* ---- ice.c ---- */

/* The pair of these two, made when it is not there; NULL: no room for it. */
struct ice_pair *ice__pair_of(struct rd__ice *ice, int local, int remote);
int ice__find_remote(const struct rd__ice *ice, int component,
		     const struct rd__address *address);
int ice__add_prflx(struct rd__ice *ice, int component, uint32_t priority,
		   const struct rd__address *address);
static inline int ice__component(const struct rd__ice *ice, const struct ice_pair *pair)
{
	return ice->locals[pair->local].component;
}
bool ice__same_foundation(const struct rd__ice *ice, const struct ice_pair *a,
			  const struct ice_pair *b);
uint32_t ice__priority(enum rd__ice_type type, int component, int preference);
/* After our role has changed. */
void ice__reckon_priorities(struct rd__ice *ice);
/* From now on there is something to check. */
void ice__begin(struct rd__ice *ice, uint64_t now_ms);
static inline bool ice__has_remote(const struct rd__ice *ice)
{
	return ice->theirs.ufrag[0] != '\0';
}
static inline bool ice__controlling(const struct rd__ice *ice)
{
	return ice->options.controlling;
}

/* ---- ice_check.c ---- */

/* Check this pair before all others. */
void ice__trigger(struct rd__ice *ice, struct ice_pair *pair);
/* Repeat its check soon: the way has just opened. The RFC begins another one; the
 * same serves, and its answer is known whichever copy it is for. */
void ice__hurry(struct rd__ice *ice, struct ice_pair *pair);
/* It was asked in vain. */
void ice__fail(struct rd__ice *ice, struct ice_pair *pair);
void ice__thaw(struct rd__ice *ice, const struct ice_pair *like);
/* A Binding request, written: its size. */
size_t ice__print_request(struct rd__ice *ice, uint8_t *packet, const uint8_t *id,
			  const struct ice_credentials *theirs, const char *our_ufrag,
			  uint32_t priority, bool nominate);

/* ---- ice_select.c ---- */

/* A pair became valid, nominated or failed: choose, nominate, tell. */
void ice__review(struct rd__ice *ice);
void ice__select_tick(struct rd__ice *ice);
uint64_t ice__select_due(const struct rd__ice *ice);
/* A success response that belongs to a consent question. */
bool ice__consented(struct rd__ice *ice, const struct rd__stun *stun,
		    const struct rd__address *from);
void ice__set_state(struct rd__ice *ice, enum rd__ice_state state);

#endif
