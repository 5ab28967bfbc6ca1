/* What the files of the TURN client share. */
#ifndef CORE_MEDIA_TURN_PRIVATE_H
#define CORE_MEDIA_TURN_PRIVATE_H

#include "core/media/turn.h"

/* A request that is under way; it is written anew for each repetition. */
struct turn_query {
	bool open;
	uint8_t id[RD__STUN_ID];
	int tries, refusals; /* refusals: asked again with other credentials */
	uint64_t due_ms, rto_ms;
};

/* Somebody at the other end of the relay. */
struct turn_peer {
	struct rd__address address;
	uint16_t channel; /* wanted or bound; 0: none */
	bool permitted, bound;
	uint64_t renew_ms; /* of permission or channel */
	struct turn_query query;
};

enum turn_state { TURN_IDLE,
		  TURN_ASKING,
		  TURN_READY,
		  TURN_OVER };

struct rd__turn {
	struct rd__turn_ops ops;
	void *arg;
	enum turn_state state;
	bool relay, cleaning; /* cleaning: give back what somebody left on our port */
	bool cleaned, reliable;
	char user[RD__TURN_CREDENTIAL + 1], password[RD__TURN_CREDENTIAL + 1];
	char realm[RD__TURN_CREDENTIAL + 1], nonce[RD__TURN_CREDENTIAL + 1];
	uint8_t key[RD__STUN_KEY];
	size_t key_size; /* 0: the server has not told its realm */
	uint64_t now_ms, refresh_ms;
	struct turn_query query; /* Binding, Allocate or Refresh */
	struct turn_peer peers[RD__TURN_PEERS];
	int peer_count;
	uint16_t last_channel;
};

enum { TURN_TRIES = 6 }; /* 31 s in all: the server is not there */

/* ---- turn_ask.c: requests ---- */

/* Ask, from the first try on. */
void turn__begin(struct rd__turn *turn, struct turn_query *query);
/* The same again, signed with what is known now. */
void turn__ask_again(struct rd__turn *turn, struct turn_query *query);
/* Write and send it; a peer's when it is one of its. */
void turn__send_query(struct rd__turn *turn, struct turn_query *query);
/* Of a 401 or 438: is there a point in asking again? */
bool turn__take_challenge(struct rd__turn *turn, const struct rd__stun *stun);

#endif
