/* A network for two ICE agents: hosts, routers that translate addresses, a
 * relay, loss and delay, on a clock of its own. */
#ifndef TESTS_SIM_ICE_NET_H
#define TESTS_SIM_ICE_NET_H

#include "core/media/ice.h"

enum nat {
	NAT_NONE,
	NAT_CONE,      /* one outside port for all; who was written to may answer */
	NAT_SYMMETRIC, /* another outside port for each that is written to */
};

enum { DATAGRAMS = 256, MAPPINGS = 64 };

struct side {
	struct net *net;
	struct rd__ice *ice;
	enum nat nat;
	struct rd__address host[2], outside, relay; /* host: by component */
	int host_index[2], relay_index;
	/* What happened. */
	enum rd__ice_state states[16];
	int state_count, requests, uses;
	struct rd__address used[2]; /* remote, by component; size 0: none */
	enum rd__ice_type used_type;
};

struct datagram {
	bool in_flight;
	uint64_t due_ms;
	struct rd__address from, to;
	size_t size;
	uint8_t bytes[1280];
};

struct mapping {
	struct rd__address inside, outside, to;
};

struct net {
	uint64_t now_ms;
	uint32_t random;
	int loss_percent, delay_ms;
	bool cut; /* nothing arrives */
	uint16_t next_port;
	struct side a, b;
	struct datagram datagrams[DATAGRAMS];
	struct mapping mappings[MAPPINGS];
	int mapping_count;
	size_t biggest_answer_to_strangers;
};

struct net_side_options {
	enum nat nat;
	bool controlling, lite;
	int components; /* 0: 1 */
	const char *host, *outside, *relay; /* relay may be NULL */
};

void net_begin(struct net *net, const struct net_side_options *a,
	       const struct net_side_options *b);
void net_end(struct net *net);
/* The STUN server's view of a host, made a candidate. */
void net_gather(struct side *side);
/* What one knows of itself is told to the other. */
void net_tell(struct side *from, struct side *to);
void net_tell_candidates(struct side *from, struct side *to);
void net_run(struct net *net, uint64_t ms);
/* Until both are completed: milliseconds, or -1 when they are not after limit. */
int net_run_until_completed(struct net *net, int limit_ms);
/* Put a datagram on the wire. */
void net_send(struct net *net, const struct rd__address *from, const struct rd__address *to,
	      const void *bytes, size_t size);
struct rd__address net_address(const char *host, int port);

#endif
