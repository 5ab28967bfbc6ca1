/* The TURN client's life: allocation, refreshes, permissions, channels, and the
 * packets that pass. */
#include <string.h>

#include "core/media/address.h"
#include "core/media/turn.h"
#include "core/media/turn_private.h"
#include "core/media/wire.h"

enum {
	REFUSALS = 3, /* a challenge, and nonces that went stale */
	LIFETIME_S = 600,
	EARLY_MS = 60000, /* before the end of an allocation */
	PERMISSION_MS = 240000, /* of 300 s */
};

/* ---- birth and death ---- */

int rd__turn_new(struct rd__turn **tp, const struct rd__turn_options *options,
		 const struct rd__turn_ops *ops, void *arg)
{
	struct rd__turn *turn = rd_zalloc(sizeof(*turn));

	if (!turn)
		return -ENOMEM;
	turn->ops = *ops;
	turn->arg = arg;
	turn->relay = options->relay;
	turn->reliable = options->reliable;
	turn->last_channel = RD__CHANNEL_FIRST - 1;
	if (!rd_strcpy(turn->user, sizeof(turn->user), options->user ? options->user : "") ||
	    !rd_strcpy(turn->password, sizeof(turn->password),
		       options->password ? options->password : "")) {
		rd_free(turn);
		return -EINVAL;
	}
	*tp = turn;
	return 0;
}

void rd__turn_free(struct rd__turn *turn)
{
	if (!turn)
		return;
	if (turn->relay && turn->state == TURN_READY) {
		/* Said once: should it be lost, the server waits for its time. */
		turn->cleaning = true;
		turn__begin(turn, &turn->query);
	}
	rd_free(turn);
}

static void end(struct rd__turn *turn, int rc)
{
	enum turn_state before = turn->state;

	turn->state = TURN_OVER;
	turn->query.open = false;
	for (int i = 0; i < turn->peer_count; i++)
		turn->peers[i].query.open = false;
	if (before == TURN_ASKING)
		turn->ops.ready(turn->arg, rc, NULL, NULL);
	else if (before == TURN_READY && turn->relay)
		turn->ops.lost(turn->arg);
}

void rd__turn_broken(struct rd__turn *turn)
{
	if (turn->state != TURN_OVER)
		end(turn, -ECONNRESET);
}

/* ---- peers ---- */

static struct turn_peer *find_peer(struct rd__turn *turn, const struct rd__address *address)
{
	for (int i = 0; i < turn->peer_count; i++)
		if (rd__address_equal(&turn->peers[i].address, address))
			return &turn->peers[i];
	return NULL;
}

static struct turn_peer *peer_by_channel(struct rd__turn *turn, uint16_t channel)
{
	for (int i = 0; i < turn->peer_count; i++)
		if (turn->peers[i].channel == channel)
			return &turn->peers[i];
	return NULL;
}

static struct turn_peer *get_peer(struct rd__turn *turn, const struct rd__address *address)
{
	struct turn_peer *peer = find_peer(turn, address);

	if (peer || turn->peer_count == RD__TURN_PEERS || turn->state != TURN_READY)
		return peer;
	peer = &turn->peers[turn->peer_count++];
	memset(peer, 0, sizeof(*peer));
	peer->address = *address;
	turn__begin(turn, &peer->query);
	return peer;
}

void rd__turn_bind(struct rd__turn *turn, const struct rd__address *address, uint64_t now_ms)
{
	struct turn_peer *peer;

	turn->now_ms = now_ms;
	peer = get_peer(turn, address);
	if (!peer)
		return;
	if (peer->bound) {
		turn->ops.bound(turn->arg, &peer->address, peer->channel);
		return;
	}
	if (peer->channel || turn->last_channel == RD__CHANNEL_LAST)
		return;
	peer->channel = ++turn->last_channel;
	turn__begin(turn, &peer->query);
}

static void send_by_channel(struct rd__turn *turn, const struct turn_peer *peer,
			    const void *packet, size_t size)
{
	uint8_t wrapped[RD__STUN_MAX + RD__CHANNEL_HEADER];

	if (size > RD__STUN_MAX)
		return;
	rd__channel_print(wrapped, peer->channel, size);
	memcpy(wrapped + RD__CHANNEL_HEADER, packet, size);
	turn->ops.send(turn->arg, wrapped, RD__CHANNEL_HEADER + size);
}

static void send_indication(struct rd__turn *turn, const struct turn_peer *peer,
			    const void *packet, size_t size)
{
	uint8_t bytes[RD__STUN_MAX];
	struct rd__stun_out out;

	rd__stun_begin(&out, bytes, sizeof(bytes), RD__STUN_SEND, RD__STUN_INDICATION, NULL);
	rd__stun_put_address(&out, RD__STUN_XOR_PEER_ADDRESS, &peer->address);
	rd__stun_put(&out, RD__STUN_DATA, packet, size);
	rd__stun_put_fingerprint(&out);
	if (rd__stun_end(&out))
		turn->ops.send(turn->arg, bytes, rd__stun_end(&out));
}

void rd__turn_send(struct rd__turn *turn, const struct rd__address *address, const void *packet,
		   size_t size, uint64_t now_ms)
{
	const struct turn_peer *peer;

	turn->now_ms = now_ms;
	peer = get_peer(turn, address);
	if (!peer)
		return;
	if (peer->bound)
		send_by_channel(turn, peer, packet, size);
	else
		send_indication(turn, peer, packet, size);
}

/* ---- answers ---- */

static void note_lifetime(struct rd__turn *turn, const struct rd__stun *stun)
{
	uint32_t lifetime = LIFETIME_S;
	uint64_t ms;

	rd__stun_get32(stun, RD__STUN_LIFETIME, &lifetime);
	ms = (uint64_t)lifetime * 1000;
	turn->refresh_ms = turn->now_ms + (ms > 2 * EARLY_MS ? ms - EARLY_MS : ms / 2);
}

static void allocated(struct rd__turn *turn, const struct rd__stun *stun)
{
	struct rd__address mapped, relayed;

	if (!rd__stun_get_address(stun, RD__STUN_XOR_MAPPED_ADDRESS, &mapped) ||
	    !rd__stun_get_address(stun, RD__STUN_XOR_RELAYED_ADDRESS, &relayed)) {
		end(turn, -EPROTO);
		return;
	}
	note_lifetime(turn, stun);
	turn->state = TURN_READY;
	turn->ops.ready(turn->arg, 0, &mapped, &relayed);
}

static void mapped(struct rd__turn *turn, const struct rd__stun *stun)
{
	struct rd__address address;

	if (!rd__stun_get_address(stun, RD__STUN_XOR_MAPPED_ADDRESS, &address) &&
	    !rd__stun_get_address(stun, RD__STUN_MAPPED_ADDRESS, &address)) {
		end(turn, -EPROTO);
		return;
	}
	turn->state = TURN_READY;
	turn->ops.ready(turn->arg, 0, &address, NULL);
}

static void succeeded(struct rd__turn *turn, const struct rd__stun *stun)
{
	turn->query.open = false;
	if (!turn->relay) {
		mapped(turn, stun);
	} else if (turn->cleaning) {
		turn->cleaning = false;
		turn__begin(turn, &turn->query);
	} else if (turn->state == TURN_ASKING) {
		allocated(turn, stun);
	} else {
		note_lifetime(turn, stun);
	}
}

static void peer_succeeded(struct rd__turn *turn, struct turn_peer *peer)
{
	bool news = peer->channel && !peer->bound;

	peer->query.open = false;
	peer->permitted = true;
	peer->bound = peer->channel != 0;
	/* A channel lives longer than its permission, which is renewed with it. */
	peer->renew_ms = turn->now_ms + PERMISSION_MS;
	if (news)
		turn->ops.bound(turn->arg, &peer->address, peer->channel);
}

/* Of a query that cannot succeed. A peer's: nothing passes, and that is all. */
static void gave_up(struct rd__turn *turn, struct turn_query *query, struct turn_peer *peer,
		    int rc)
{
	query->open = false;
	if (query == &turn->query)
		end(turn, rc);
	else if (peer)
		peer->permitted = peer->bound = false;
}

static bool is_challenge(const struct rd__turn *turn, int code)
{
	return code == 438 || (code == 401 && !turn->key_size);
}

/* Our port was somebody's before: what the server keeps for it is given back. */
static bool may_clean(const struct rd__turn *turn, const struct turn_query *query, int code)
{
	return code == 437 && query == &turn->query && turn->state == TURN_ASKING &&
	       !turn->cleaned;
}

static void refused(struct rd__turn *turn, struct turn_query *query, struct turn_peer *peer,
		    const struct rd__stun *stun)
{
	int code = rd__stun_error(stun);

	if (is_challenge(turn, code) && query->refusals++ < REFUSALS &&
	    turn__take_challenge(turn, stun)) {
		turn__ask_again(turn, query);
	} else if (turn->cleaning && code == 437) { /* nothing was there */
		turn->cleaning = false;
		turn__begin(turn, &turn->query);
	} else if (may_clean(turn, query, code)) {
		turn->cleaning = turn->cleaned = true;
		turn__begin(turn, &turn->query);
	} else {
		gave_up(turn, query, peer,
			code == 401 || code == 441 ? -EACCES : -ECONNREFUSED);
	}
}

static struct turn_query *query_of(struct rd__turn *turn, const uint8_t *id,
				   struct turn_peer **peer)
{
	*peer = NULL;
	if (turn->query.open && memcmp(turn->query.id, id, RD__STUN_ID) == 0)
		return &turn->query;
	for (int i = 0; i < turn->peer_count; i++) {
		*peer = &turn->peers[i];
		if ((*peer)->query.open && memcmp((*peer)->query.id, id, RD__STUN_ID) == 0)
			return &(*peer)->query;
	}
	return NULL;
}

/* What we signed must be answered by who knows our key; a challenge cannot be. */
static bool is_authentic(const struct rd__turn *turn, const struct rd__stun *stun)
{
	int code = rd__stun_error(stun);

	if (!turn->key_size || code == 401 || code == 438)
		return true;
	return rd__stun_verify(stun, RD__STUN_SHA1,
			       (struct rd_str){ (const char *)turn->key, turn->key_size });
}

static bool take_response(struct rd__turn *turn, const struct rd__stun *stun)
{
	struct turn_peer *peer;
	struct turn_query *query = query_of(turn, stun->id, &peer);

	if (!query)
		return false;
	if (!is_authentic(turn, stun))
		return true;
	if (stun->class == RD__STUN_ERROR)
		refused(turn, query, peer, stun);
	else if (peer)
		peer_succeeded(turn, peer);
	else
		succeeded(turn, stun);
	return true;
}

/* ---- what peers send ---- */

static void take_data(struct rd__turn *turn, const struct rd__stun *stun)
{
	struct rd_str data = rd__stun_get(stun, RD__STUN_DATA);
	struct rd__address peer;

	if (data.p && turn->state == TURN_READY &&
	    rd__stun_get_address(stun, RD__STUN_XOR_PEER_ADDRESS, &peer))
		turn->ops.received(turn->arg, &peer, (const uint8_t *)data.p, data.n);
}

bool rd__channel_parse(const uint8_t *packet, size_t size, uint16_t *channel,
		       const uint8_t **payload, size_t *payload_size)
{
	if (size < RD__CHANNEL_HEADER || packet[0] < RD__CHANNEL_FIRST >> 8 ||
	    packet[0] > RD__CHANNEL_LAST >> 8)
		return false;
	*channel = rd__get16(packet);
	*payload = packet + RD__CHANNEL_HEADER;
	*payload_size = rd__get16(packet + 2);
	return *payload_size <= size - RD__CHANNEL_HEADER;
}

static bool take_channel(struct rd__turn *turn, const uint8_t *packet, size_t size)
{
	const struct turn_peer *peer;
	const uint8_t *payload;
	size_t payload_size;
	uint16_t channel;

	if (!rd__channel_parse(packet, size, &channel, &payload, &payload_size))
		return false;
	peer = peer_by_channel(turn, channel);
	if (peer && turn->state == TURN_READY)
		turn->ops.received(turn->arg, &peer->address, payload, payload_size);
	return true;
}

bool rd__turn_receive(struct rd__turn *turn, const uint8_t *packet, size_t size,
		      uint64_t now_ms)
{
	struct rd__stun stun;

	turn->now_ms = now_ms;
	if (take_channel(turn, packet, size))
		return true;
	if (!rd__stun_parse(&stun, packet, size))
		return false;
	if (stun.class == RD__STUN_INDICATION && stun.method == RD__STUN_DATA_METHOD) {
		take_data(turn, &stun);
		return true;
	}
	return stun.class >= RD__STUN_SUCCESS && take_response(turn, &stun);
}

/* ---- time ---- */

static void repeat(struct rd__turn *turn, struct turn_query *query, struct turn_peer *peer)
{
	if (!query->open || query->due_ms > turn->now_ms)
		return;
	if (query->tries < TURN_TRIES)
		turn__send_query(turn, query);
	else
		gave_up(turn, query, peer, -ETIMEDOUT);
}

static void peers_tick(struct rd__turn *turn)
{
	for (int i = 0; i < turn->peer_count; i++) {
		struct turn_peer *peer = &turn->peers[i];

		if (peer->permitted && !peer->query.open && peer->renew_ms <= turn->now_ms)
			turn__begin(turn, &peer->query);
		else
			repeat(turn, &peer->query, peer);
	}
}

void rd__turn_tick(struct rd__turn *turn, uint64_t now_ms)
{
	turn->now_ms = now_ms;
	if (turn->state == TURN_IDLE) {
		turn->state = TURN_ASKING;
		turn__begin(turn, &turn->query);
	} else if (turn->state == TURN_READY && turn->relay && !turn->query.open &&
		   turn->refresh_ms <= now_ms) {
		turn__begin(turn, &turn->query);
	} else {
		repeat(turn, &turn->query, NULL);
	}
	peers_tick(turn);
}

static uint64_t query_due(const struct turn_query *query)
{
	return query->open ? query->due_ms : UINT64_MAX;
}

uint64_t rd__turn_due(const struct rd__turn *turn)
{
	uint64_t due = query_due(&turn->query);

	if (turn->state == TURN_IDLE)
		return 0;
	if (turn->state == TURN_OVER)
		return UINT64_MAX;
	if (turn->state == TURN_READY && turn->relay && !turn->query.open)
		due = turn->refresh_ms;
	for (int i = 0; i < turn->peer_count; i++) {
		const struct turn_peer *peer = &turn->peers[i];

		due = RD_MIN(due, query_due(&peer->query));
		if (peer->permitted && !peer->query.open)
			due = RD_MIN(due, peer->renew_ms);
	}
	return due;
}
