/* What stands between the network and the driver: who sends too much, guesses
 * passwords or walks through user names is banned for a while; and who has not shown
 * that it can receive gets no more bytes than it sent. Knows addresses and counts,
 * no message: the layers say what happened.
 *
 * That holds for those too that are never hindered: an address that may do much is one
 * that is worth forging.
 *
 * Datagrams may bear anybody's address: a ban for what is in them is of who is silent there,
 * and ends when he shows that he receives. Who has shown it is banned only for what came
 * with a nonce of ours, or by a connection.
 *
 * A source is proven when something came back that only it could know (a nonce, a
 * tag, a branch of ours that was sent to it), and a flow (address and port) is trusted when it
 * authenticated. Trusted flows are not hindered unless they guess themselves, so that one
 * phone with a wrong password, or somebody who forges an address, does not cut off the
 * phones that share it. */
#ifndef CHANNELS_SIP_GUARD_GUARD_H
#define CHANNELS_SIP_GUARD_GUARD_H

#include "channels/sip/transport/transport.h"

struct sip_guard;

/* Who is never hindered or banned, of an address and those that share its IPv6 /64: the
 * one does not do so for the others. */
enum sip_guard_exempt {
	SIP_GUARD_NONE, /* nobody */
	SIP_GUARD_SOME, /* others, this one not */
	SIP_GUARD_HOST, /* it, but not all */
	SIP_GUARD_ALL,	/* of IPv4: it */
};

struct sip_guard_policy {
	bool on;
	unsigned rate, burst; /* requests per second of an address, and at once; 0: any */
	unsigned failures;    /* wrong passwords until it is banned; 0: never */
	unsigned probes;      /* challenges that were not answered, likewise */
	int ban_ms;	      /* the first ban; each further one is twice as long */
	/* May be NULL. */
	enum sip_guard_exempt (*exempt)(void *arg, const union sip_sockaddr *address);
	void *arg;
};

struct sip_ban {
	union sip_sockaddr address;
	const char *why;
	unsigned left_s; /* 0: until it is lifted by hand */
	unsigned dropped;
};

/* 0 or -ENOMEM. */
int sip_guard_new(struct sip_guard **gp);
void sip_guard_free(struct sip_guard *guard);
void sip_guard_set_policy(struct sip_guard *guard, const struct sip_guard_policy *policy);

/* A request of so many bytes came: may it pass? */
bool sip_guard_receive(struct sip_guard *guard, const struct sip_flow *flow, size_t size);
/* It came by a connection and passed, but it was too much: it is to be refused. */
bool sip_guard_slows(struct sip_guard *guard, const struct sip_flow *flow);
/* May an answer of so many bytes be sent? spare: only when so many would be left for
 * what must follow. */
bool sip_guard_send(struct sip_guard *guard, const struct sip_flow *flow, size_t size,
		    size_t spare);
/* Is it banned for what somebody else may have sent? Then it may be asked whether it
 * receives, and gets no other answer until it has shown it. */
bool sip_guard_doubts(struct sip_guard *guard, const struct sip_flow *flow);
/* Is it a flow that has authenticated? */
bool sip_guard_trusts(struct sip_guard *guard, const struct sip_flow *flow);
/* Has whoever is there shown that it can receive, or need it not? */
bool sip_guard_is_proven(struct sip_guard *guard, const struct sip_flow *flow);
/* How many bytes may go there without that. */
size_t sip_guard_credit(struct sip_guard *guard, const union sip_sockaddr *peer);
/* May it be asked, with so many bytes, to show it? Not twice within five seconds. */
bool sip_guard_ask(struct sip_guard *guard, const struct sip_flow *flow, size_t size);

/* It can receive: it knows what we sent. */
void sip_guard_proven(struct sip_guard *guard, const union sip_sockaddr *peer);
/* It is one of ours. */
void sip_guard_trust(struct sip_guard *guard, const union sip_sockaddr *peer);
/* It was asked for a password. */
void sip_guard_challenged(struct sip_guard *guard, const struct sip_flow *flow);
/* Its password was wrong, and the nonce was one that we sent there. While its address is
 * banned a trusted flow is trusted no more. */
void sip_guard_failed(struct sip_guard *guard, const union sip_sockaddr *peer);
/* It says itself that it is a scanner. May it pass all the same? */
bool sip_guard_scanner(struct sip_guard *guard, const struct sip_flow *flow);

/* By hand: even trusted flows; ms 0: until it is lifted. 0 or -ENOMEM. */
int sip_guard_ban(struct sip_guard *guard, const union sip_sockaddr *address, int ms);
/* 0, or -ENOENT when it is not banned. */
int sip_guard_unban(struct sip_guard *guard, const union sip_sockaddr *address);
void sip_guard_each_ban(struct sip_guard *guard,
			void (*see)(void *arg, const struct sip_ban *ban), void *arg);

#endif
