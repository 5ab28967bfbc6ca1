/* Requests to a STUN or TURN server: written, signed, repeated. */
#include <string.h>

#include "core/media/turn_private.h"

enum {
	RTO_MS = 500,
	RELIABLE_MS = 39500, /* Ti of RFC 8489 §6.2.2 */
	UDP = 17,
};

static struct turn_peer *peer_of(struct rd__turn *turn, const struct turn_query *query)
{
	for (int i = 0; i < turn->peer_count; i++)
		if (query == &turn->peers[i].query)
			return &turn->peers[i];
	return NULL;
}

static unsigned method_of(const struct rd__turn *turn, const struct turn_peer *peer)
{
	if (peer)
		return peer->channel ? RD__STUN_CHANNEL_BIND : RD__STUN_CREATE_PERMISSION;
	if (!turn->relay)
		return RD__STUN_BINDING;
	if (turn->state == TURN_READY || turn->cleaning)
		return RD__STUN_REFRESH;
	return RD__STUN_ALLOCATE;
}

static void put_body(struct rd__stun_out *out, const struct rd__turn *turn,
		     const struct turn_peer *peer, unsigned method)
{
	if (peer && peer->channel)
		rd__stun_put32(out, RD__STUN_CHANNEL_NUMBER, (uint32_t)peer->channel << 16);
	if (peer)
		rd__stun_put_address(out, RD__STUN_XOR_PEER_ADDRESS, &peer->address);
	if (method == RD__STUN_ALLOCATE)
		rd__stun_put32(out, RD__STUN_REQUESTED_TRANSPORT, (uint32_t)UDP << 24);
	if (method == RD__STUN_REFRESH && turn->cleaning)
		rd__stun_put32(out, RD__STUN_LIFETIME, 0);
}

static void put_credentials(struct rd__stun_out *out, const struct rd__turn *turn)
{
	if (!turn->key_size)
		return;
	rd__stun_put_str(out, RD__STUN_USERNAME, rd_str_of(turn->user));
	rd__stun_put_str(out, RD__STUN_REALM, rd_str_of(turn->realm));
	rd__stun_put_str(out, RD__STUN_NONCE, rd_str_of(turn->nonce));
	rd__stun_sign(out, RD__STUN_SHA1,
		      (struct rd_str){ (const char *)turn->key, turn->key_size });
}

void turn__send_query(struct rd__turn *turn, struct turn_query *query)
{
	const struct turn_peer *peer = peer_of(turn, query);
	unsigned method = method_of(turn, peer);
	uint8_t packet[RD__STUN_MAX];
	struct rd__stun_out out;

	rd__stun_begin(&out, packet, sizeof(packet), method, RD__STUN_REQUEST, query->id);
	put_body(&out, turn, peer, method);
	put_credentials(&out, turn);
	rd__stun_put_fingerprint(&out);
	query->tries++;
	query->due_ms = turn->now_ms + query->rto_ms;
	query->rto_ms *= 2;
	if (turn->reliable) {
		query->tries = TURN_TRIES;
		query->due_ms = turn->now_ms + RELIABLE_MS;
	}
	if (rd__stun_end(&out))
		turn->ops.send(turn->arg, packet, rd__stun_end(&out));
}

void turn__ask_again(struct rd__turn *turn, struct turn_query *query)
{
	query->open = true;
	query->tries = 0;
	query->rto_ms = RTO_MS;
	rd_random(query->id, sizeof(query->id));
	turn__send_query(turn, query);
}

void turn__begin(struct rd__turn *turn, struct turn_query *query)
{
	query->refusals = 0;
	turn__ask_again(turn, query);
}

bool turn__take_challenge(struct rd__turn *turn, const struct rd__stun *stun)
{
	struct rd_str realm = rd__stun_get(stun, RD__STUN_REALM);
	struct rd_str nonce = rd__stun_get(stun, RD__STUN_NONCE);

	if (!turn->user[0] || !realm.n || !nonce.n ||
	    !rd_strcpyn(turn->realm, sizeof(turn->realm), realm) ||
	    !rd_strcpyn(turn->nonce, sizeof(turn->nonce), nonce))
		return false;
	turn->key_size = rd__stun_long_term_key(turn->key, false, rd_str_of(turn->user),
						rd_str_of(turn->realm),
						rd_str_of(turn->password));
	return turn->key_size > 0;
}
