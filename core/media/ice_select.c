/* Which pair is used: nomination (RFC 8445 §8), and whether the far end still
 * consents to our packets (RFC 7675). */
#include <string.h>

#include "core/media/address.h"
#include "core/media/ice_private.h"

/* A better pair than the first that works has so long to show itself. */
enum { NOMINATE_MS = 300 };

void ice__set_state(struct rd__ice *ice, enum rd__ice_state state)
{
	if (ice->state == state)
		return;
	ice->state = state;
	if (ice->ops.changed)
		ice->ops.changed(ice->arg, state);
}

/* ---- the pair in use ---- */

/* Nominated ones before those that merely work; the list is by priority. */
static struct ice_pair *best_pair(struct rd__ice *ice, int component)
{
	struct ice_pair *best = NULL;

	for (int i = 0; i < ice->pair_count; i++) {
		struct ice_pair *pair = &ice->pairs[i];

		if (!pair->valid || ice__component(ice, pair) != component)
			continue;
		if (pair->nominated)
			return pair;
		if (!best)
			best = pair;
	}
	return best;
}

/* Packets are allowed from now on, for half a minute. */
static void begin_consent(struct rd__ice *ice, struct ice_way *way)
{
	way->theirs = ice->theirs;
	memcpy(way->our_ufrag, ice->ours.ufrag, sizeof(way->our_ufrag));
	way->ask_ms = ice->now_ms + RD__ICE_CONSENT_MS;
	way->expires_ms = ice->now_ms + RD__ICE_CONSENT_LAST_MS;
}

static bool is_same_way(const struct ice_way *way, const struct rd__ice_candidate *local,
			const struct rd__ice_candidate *remote)
{
	return way->set && rd__address_equal(&way->local.base, &local->base) &&
	       rd__address_equal(&way->remote.address, &remote->address);
}

static void take_way(struct rd__ice *ice, int component, const struct ice_pair *pair)
{
	struct ice_way *way = &ice->ways[component - 1];
	const struct rd__ice_candidate *local = &ice->locals[pair->mapped];
	const struct rd__ice_candidate *remote = &ice->remotes[pair->remote];
	bool same = is_same_way(way, local, remote);
	bool restarted = strcmp(way->our_ufrag, ice->ours.ufrag) != 0;

	way->local = *local;
	way->remote = *remote;
	way->nominated = pair->nominated;
	way->set = true;
	if (!same || restarted)
		begin_consent(ice, way);
	if (!same)
		ice->ops.use(ice->arg, component, &ice->locals[pair->local],
			     &remote->address);
}

/* Until a pair of the new ones works, the one from before a restart is used. */
static void choose(struct rd__ice *ice)
{
	for (int component = 1; component <= ice->options.components; component++) {
		const struct ice_pair *pair = best_pair(ice, component);

		if (pair)
			take_way(ice, component, pair);
	}
}

bool rd__ice_selected(const struct rd__ice *ice, int component,
		      const struct rd__ice_candidate **local,
		      const struct rd__ice_candidate **remote)
{
	const struct ice_way *way = &ice->ways[component - 1];

	if (!way->set)
		return false;
	*local = &way->local;
	*remote = &way->remote;
	return true;
}

/* ---- state ---- */

static enum rd__ice_state state_by_pairs(struct rd__ice *ice)
{
	enum rd__ice_state state = RD__ICE_COMPLETED;

	for (int component = 1; component <= ice->options.components; component++) {
		const struct ice_pair *pair = best_pair(ice, component);

		if (!pair)
			return RD__ICE_CHECKING;
		if (!pair->nominated)
			state = RD__ICE_CONNECTED;
	}
	return state;
}

/* ---- nomination ---- */

static bool is_undecided(const struct ice_pair *pair)
{
	return pair->state != ICE_SUCCEEDED && pair->state != ICE_FAILED;
}

/* May a better one than this still turn up? */
static bool may_improve(struct rd__ice *ice, const struct ice_pair *pair)
{
	for (const struct ice_pair *better = ice->pairs; better < pair; better++)
		if (is_undecided(better) &&
		    ice__component(ice, better) == ice__component(ice, pair))
			return true;
	return false;
}

static bool is_nominating(const struct rd__ice *ice)
{
	for (int i = 0; i < ice->pair_count; i++)
		if (ice->pairs[i].nominating)
			return true;
	return false;
}

static bool is_to_nominate(const struct rd__ice *ice)
{
	return ice->state == RD__ICE_CONNECTED && ice__controlling(ice) && !is_nominating(ice);
}

static void plan_nomination(struct rd__ice *ice)
{
	bool hopeful = false;

	if (!is_to_nominate(ice))
		return;
	for (int component = 1; component <= ice->options.components; component++)
		hopeful |= may_improve(ice, best_pair(ice, component));
	if (!hopeful)
		ice->nominate_ms = ice->now_ms;
	else if (!ice->nominate_ms)
		ice->nominate_ms = ice->now_ms + NOMINATE_MS;
}

/* A check that says so: regular nomination (§8.1.1). */
static void nominate(struct rd__ice *ice)
{
	ice->nominate_ms = 0;
	for (int component = 1; component <= ice->options.components; component++) {
		struct ice_pair *pair = best_pair(ice, component);

		if (pair->nominated)
			continue;
		pair->nominating = true;
		ice__trigger(ice, pair);
	}
}

void ice__review(struct rd__ice *ice)
{
	/* What a pair is worth counts only between agreements. */
	if (!ice__has_remote(ice) && !ice->options.lite)
		return;
	choose(ice);
	if (ice->state == RD__ICE_NEW || ice->state == RD__ICE_FAILED)
		return;
	ice__set_state(ice, state_by_pairs(ice));
	plan_nomination(ice);
}

/* ---- consent ---- */

bool ice__consented(struct rd__ice *ice, const struct rd__stun *stun,
		    const struct rd__address *from)
{
	for (int i = 0; i < ice->options.components; i++) {
		struct ice_way *way = &ice->ways[i];

		if (!way->set || memcmp(way->id, stun->id, RD__STUN_ID) != 0)
			continue;
		if (stun->class == RD__STUN_SUCCESS &&
		    rd__address_equal(from, &way->remote.address) &&
		    rd__stun_verify(stun, RD__STUN_SHA1, rd_str_of(way->theirs.pwd)))
			way->expires_ms = ice->now_ms + RD__ICE_CONSENT_LAST_MS;
		return true;
	}
	return false;
}

/* At intervals of 0.8 to 1.2 times the mean (RFC 7675 §5.1). */
static void ask(struct rd__ice *ice, struct ice_way *way)
{
	uint8_t packet[RD__STUN_MAX];
	uint32_t random;
	size_t size;

	rd_random(&random, sizeof(random));
	way->ask_ms = ice->now_ms + RD__ICE_CONSENT_MS * 8 / 10 +
		      random % (RD__ICE_CONSENT_MS * 4 / 10);
	rd_random(way->id, sizeof(way->id));
	size = ice__print_request(ice, packet, way->id, &way->theirs, way->our_ufrag,
				  way->local.priority, false);
	if (size)
		ice->ops.send(ice->arg, &way->local, &way->remote.address, packet, size);
}

/* Nothing more is sent there: neither media nor checks of ours. */
static void lose(struct rd__ice *ice, int component)
{
	ice->ways[component - 1].set = false;
	for (int i = 0; i < ice->pair_count; i++) {
		struct ice_pair *pair = &ice->pairs[i];

		if (ice__component(ice, pair) != component)
			continue;
		pair->valid = pair->nominated = pair->nominating = false;
		pair->state = ICE_FAILED;
		pair->queued = 0;
	}
	ice->ops.use(ice->arg, component, NULL, NULL);
	ice__set_state(ice, RD__ICE_FAILED);
}

static void consent_tick(struct rd__ice *ice, int component)
{
	struct ice_way *way = &ice->ways[component - 1];

	if (!way->set || ice->options.lite)
		return;
	if (way->expires_ms <= ice->now_ms)
		lose(ice, component);
	else if (way->ask_ms <= ice->now_ms)
		ask(ice, way);
}

/* ---- time ---- */

/* Has all been tried, for as long as somebody may still knock? */
static bool is_hopeless(const struct rd__ice *ice)
{
	if (ice->state != RD__ICE_CHECKING || ice->options.lite ||
	    ice->now_ms < ice->started_ms + RD__ICE_PATIENCE_MS)
		return false;
	for (int i = 0; i < ice->pair_count; i++)
		if (is_undecided(&ice->pairs[i]))
			return false;
	return true;
}

void ice__select_tick(struct rd__ice *ice)
{
	if (ice->nominate_ms && ice->nominate_ms <= ice->now_ms) {
		if (is_to_nominate(ice))
			nominate(ice);
		ice->nominate_ms = 0;
	}
	for (int component = 1; component <= ice->options.components; component++)
		consent_tick(ice, component);
	if (is_hopeless(ice))
		ice__set_state(ice, RD__ICE_FAILED);
}

uint64_t ice__select_due(const struct rd__ice *ice)
{
	uint64_t due = ice->nominate_ms ? ice->nominate_ms : UINT64_MAX;

	for (int i = 0; i < ice->options.components && !ice->options.lite; i++)
		if (ice->ways[i].set)
			due = RD_MIN(due, RD_MIN(ice->ways[i].ask_ms, ice->ways[i].expires_ms));
	if (ice->state == RD__ICE_CHECKING && !ice->options.lite &&
	    ice->now_ms < ice->started_ms + RD__ICE_PATIENCE_MS)
		due = RD_MIN(due, ice->started_ms + RD__ICE_PATIENCE_MS);
	return due;
}
