/* Whom the guard counts: the sources of requests. For guard.c and source.c only. */
#ifndef CHANNELS_SIP_GUARD_PRIVATE_H
#define CHANNELS_SIP_GUARD_PRIVATE_H

#include <ringdown/clock.h>

#include "channels/sip/guard/guard.h"
#include "channels/sip/guard/table.h"

/* Fills with what happens, empties with time. */
struct bucket {
	double level;
	uint64_t at_ms;
};

struct source {
	struct guard_node node;
	uint64_t proven_until, office_until, banned_until, asked_until;
	struct bucket requests, excess, failures, probes;
	uint64_t told_ms; /* that it is slowed down */
	bool slowed; /* what it sent last was too much */
	int64_t credit; /* bytes received and not yet sent back, of who is not proven */
	unsigned bans, dropped;
	const char *why;
	bool by_hand, is_exempt;
	bool is_alone; /* an address of a network in which others are not exempt */
	bool is_mixed; /* an IPv6 network, and some of its addresses are exempt */
	bool doubtful; /* what it is banned for may have been */
	union sip_sockaddr address;
};

/* What holds of one flow, or of one address, for a while. */
struct lease {
	struct guard_node node;
	uint64_t until;
};

struct sip_guard {
	struct sip_guard_policy policy;
	struct guard_table sources;
	struct guard_table flows;  /* those that are trusted */
	struct guard_table proven; /* of IPv6, whose sources are networks */
};

/* NULL: nothing is known of it. */
struct source *guard_find(struct sip_guard *guard, const union sip_sockaddr *address);
/* NULL without memory. */
struct source *guard_get(struct sip_guard *guard, const union sip_sockaddr *address);

static inline bool guard_is_banned(const struct source *source)
{
	return source->banned_until > rd_now_ms();
}

#endif
