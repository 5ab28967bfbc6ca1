/* ICE (RFC 8445) for one media line: which pair of addresses reaches the far
 * end, and does it still want our packets (RFC 7675). A state machine without
 * sockets and clock: packets, time and sending are handed in. Knows nothing of
 * descriptions; candidates are added as they become known (RFC 8838). */
#ifndef CORE_MEDIA_ICE_H
#define CORE_MEDIA_ICE_H

#include <ringdown/str.h>

#include "core/media/address.h"

struct rd__ice;

enum {
	RD__ICE_COMPONENTS = 2, /* RTP is 1, RTCP 2 */
	RD__ICE_LOCALS = 12,
	RD__ICE_REMOTES = 32, /* more are ignored */
	RD__ICE_PAIRS = 64, /* likewise, those of least priority */
	RD__ICE_UFRAG = 256,
	RD__ICE_PWD = 256,
	RD__ICE_FOUNDATION = 32,
	RD__ICE_TA_MS = 50, /* between two checks */
	RD__ICE_CONSENT_MS = 5000, /* between two questions, on average */
	RD__ICE_CONSENT_LAST_MS = 30000, /* without an answer: stop sending */
	RD__ICE_PATIENCE_MS = 39500, /* before that nothing has failed (RFC 8863) */
};

enum rd__ice_type {
	RD__ICE_HOST,
	RD__ICE_SRFLX, /* as a server sees us */
	RD__ICE_PRFLX, /* as the far end sees us */
	RD__ICE_RELAY,
};

struct rd__ice_candidate {
	enum rd__ice_type type;
	uint8_t component;
	uint32_t priority;
	char foundation[RD__ICE_FOUNDATION + 1];
	struct rd__address address;
	struct rd__address base; /* local: where we send from; remote: a=...raddr */
};

enum rd__ice_state {
	RD__ICE_NEW, /* the far end's credentials are not known yet */
	RD__ICE_CHECKING,
	RD__ICE_CONNECTED, /* each component has a pair that works */
	RD__ICE_COMPLETED, /* each has the one that was nominated */
	RD__ICE_FAILED, /* no pair works, or consent has expired */
};

struct rd__ice_options {
	bool controlling; /* we offered; a lite far end makes us, whoever offered */
	bool lite; /* only answer */
	int components; /* 1 with rtcp-mux */
};

/* Called from inside of the functions below; must not free the agent. */
struct rd__ice_ops {
	/* From local's base, which may be relayed, to this address. */
	void (*send)(void *arg, const struct rd__ice_candidate *local,
		     const struct rd__address *to, const void *packet, size_t size);
	/* Media of this component goes this way from now on; local NULL: nowhere. */
	void (*use)(void *arg, int component, const struct rd__ice_candidate *local,
		    const struct rd__address *remote);
	void (*changed)(void *arg, enum rd__ice_state state);
};

RD_API_BEGIN

/* -- ice.c: life, candidates -------------------------------------------------- */

/* 0 or -ENOMEM. */
int rd__ice_new(struct rd__ice **ip, const struct rd__ice_options *options,
		const struct rd__ice_ops *ops, void *arg);
void rd__ice_free(struct rd__ice *ice);

/* What our description says. */
const char *rd__ice_ufrag(const struct rd__ice *ice);
const char *rd__ice_pwd(const struct rd__ice *ice);
const struct rd__ice_candidate *rd__ice_local(const struct rd__ice *ice, int index);
int rd__ice_local_count(const struct rd__ice *ice);
int rd__ice_remote_count(const struct rd__ice *ice);
bool rd__ice_controlling(const struct rd__ice *ice);
int rd__ice_components(const struct rd__ice *ice);
/* Are these the far end's? "" and "": were none told? */
bool rd__ice_is_remote(const struct rd__ice *ice, struct rd_str ufrag, struct rd_str pwd);
/* Our role, as long as the far end has told nothing. */
void rd__ice_lead(struct rd__ice *ice, bool controlling);
enum rd__ice_state rd__ice_state(const struct rd__ice *ice);
const char *rd__ice_state_name(enum rd__ice_state state);
const char *rd__ice_type_name(enum rd__ice_type type);

/**
 * One of ours: type, component, address and base count. server is who told us
 * of it (may be NULL). Returns its index, also when it is there already;
 * -ENOSPC.
 */
int rd__ice_add_local(struct rd__ice *ice, const struct rd__ice_candidate *candidate,
		      const struct rd__address *server);
/**
 * The far end's credentials. Others than before: the far end restarts, and its
 * former candidates are forgotten; media goes on as it was until a pair of the
 * new ones works. 0, or -EINVAL when they are too short or too long.
 */
int rd__ice_set_remote(struct rd__ice *ice, struct rd_str ufrag, struct rd_str pwd,
		       bool lite, uint64_t now_ms);
/* One of theirs; what cannot be used is passed over. */
void rd__ice_add_remote(struct rd__ice *ice, const struct rd__ice_candidate *candidate);
/* No more will come. */
void rd__ice_end_of_candidates(struct rd__ice *ice);
/* New credentials of ours: to be told to the far end, which answers with its
 * own. The former ones are good until then. */
void rd__ice_restart(struct rd__ice *ice, bool controlling);
/* The same where ours is only offered: what they told counts until they tell other
 * credentials, or rd__ice_revert() takes it back. */
void rd__ice_renew(struct rd__ice *ice);
void rd__ice_revert(struct rd__ice *ice);
/* RTCP comes with RTP: the second component is not needed. */
void rd__ice_mux(struct rd__ice *ice);

/* -- ice_check.c: time -------------------------------------------------------- */

/* Do what is due. */
void rd__ice_tick(struct rd__ice *ice, uint64_t now_ms);
/* When there will be something to do; UINT64_MAX: nothing. */
uint64_t rd__ice_due(const struct rd__ice *ice);

/* -- ice_receive.c: packets ---------------------------------------------------- */

/* A STUN packet that came to the base of this local candidate. False when it
 * is no business of ICE. */
bool rd__ice_receive(struct rd__ice *ice, int local, const struct rd__address *from,
		     const uint8_t *packet, size_t size, uint64_t now_ms);

/* -- ice_select.c ---------------------------------------------------------------- */

/* The pair in use, as the description's default; false: none yet. */
bool rd__ice_selected(const struct rd__ice *ice, int component,
		      const struct rd__ice_candidate **local,
		      const struct rd__ice_candidate **remote);

RD_API_END

#endif
