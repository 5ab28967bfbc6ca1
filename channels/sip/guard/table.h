/* Addresses and flows by key, the one used longest ago first in line to go. */
#ifndef CHANNELS_SIP_GUARD_TABLE_H
#define CHANNELS_SIP_GUARD_TABLE_H

#include "channels/sip/transport/transport.h"

/* An IPv6 host has a whole /64 to choose from, and shares it with others. */
enum guard_scope {
	GUARD_NETWORK, /* an IPv4 address, or the /64 of an IPv6 one */
	GUARD_HOST,    /* an address */
	GUARD_FLOW,    /* with its port */
};

struct guard_key {
	uint8_t host[16]; /* IPv4 is mapped */
	uint16_t port;
};

/* Embedded, as the first member. */
struct guard_node {
	struct guard_node *chain;
	struct rd_list link; /* by last use */
	uint64_t hash;
	struct guard_key key;
};

struct guard_table {
	struct guard_node **buckets;
	unsigned size, count, max;
	uint64_t seed;
	struct rd_list order;
};

/* At most max nodes. 0 or -ENOMEM. */
int guard_table_init(struct guard_table *table, unsigned max);
/* Frees all nodes. */
void guard_table_fini(struct guard_table *table);

/* IPv6, and not IPv4 within it? */
bool guard_has_network(const union sip_sockaddr *address);
void guard_key_of(struct guard_key *key, const union sip_sockaddr *address,
		  enum guard_scope scope);
/* Found, and used now; NULL. */
struct guard_node *guard_table_find(struct guard_table *table, const struct guard_key *key);
/* A zeroed one of this size for a key that is not there; NULL without memory. When
 * the table is full, the oldest that may go does: spared() says of which it may not. */
struct guard_node *guard_table_add(struct guard_table *table, const struct guard_key *key,
				   size_t size, bool (*spared)(const struct guard_node *));

#endif
