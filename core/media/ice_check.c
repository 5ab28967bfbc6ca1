/* ICE checks: which pair is asked next, and how often until it answers or is
 * given up (RFC 8445 §6.1.4 and §7.2, RFC 8489 §6.2.1). */
#include <string.h>

#include "core/media/ice_private.h"

enum {
	RTO_MS = 500,
	TRIES = 7,	/* then wait for as long as 16 times RTO */
	LAST_WAIT = 16,
};

/* ---- which one ---- */

void ice__trigger(struct rd__ice *ice, struct ice_pair *pair)
{
	if (!pair->queued)
		pair->queued = ++ice->last_queued;
	if (pair->state != ICE_SUCCEEDED)
		pair->state = ICE_WAITING;
}

void ice__hurry(struct rd__ice *ice, struct ice_pair *pair)
{
	pair->due_ms = RD_MIN(pair->due_ms, ice->now_ms + RD__ICE_TA_MS);
}

void ice__thaw(struct rd__ice *ice, const struct ice_pair *like)
{
	for (int i = 0; i < ice->pair_count; i++)
		if (ice->pairs[i].state == ICE_FROZEN &&
		    ice__same_foundation(ice, &ice->pairs[i], like))
			ice->pairs[i].state = ICE_WAITING;
}

static struct ice_pair *first_queued(struct rd__ice *ice)
{
	struct ice_pair *first = NULL;

	for (int i = 0; i < ice->pair_count; i++)
		if (ice->pairs[i].queued && (!first || ice->pairs[i].queued < first->queued))
			first = &ice->pairs[i];
	return first;
}

static struct ice_pair *first_in(struct rd__ice *ice, enum ice_pair_state state)
{
	for (int i = 0; i < ice->pair_count; i++)
		if (ice->pairs[i].state == state)
			return &ice->pairs[i];
	return NULL;
}

/* While another of its foundation is asked, a frozen one waits for it. */
static bool may_thaw(const struct rd__ice *ice, const struct ice_pair *frozen)
{
	for (int i = 0; i < ice->pair_count; i++) {
		const struct ice_pair *pair = &ice->pairs[i];

		if ((pair->state == ICE_WAITING || pair->state == ICE_RUNNING) &&
		    ice__same_foundation(ice, pair, frozen))
			return false;
	}
	return true;
}

static struct ice_pair *first_to_thaw(struct rd__ice *ice)
{
	for (int i = 0; i < ice->pair_count; i++)
		if (ice->pairs[i].state == ICE_FROZEN && may_thaw(ice, &ice->pairs[i]))
			return &ice->pairs[i];
	return NULL;
}

/* When all is decided only what the far end triggers is looked at. */
static struct ice_pair *next_to_check(struct rd__ice *ice)
{
	struct ice_pair *pair = first_queued(ice);

	if (!pair && ice->state != RD__ICE_COMPLETED)
		pair = first_in(ice, ICE_WAITING);
	if (!pair && ice->state != RD__ICE_COMPLETED)
		pair = first_to_thaw(ice);
	return pair;
}

/* ---- asking ---- */

size_t ice__print_request(struct rd__ice *ice, uint8_t *packet, const uint8_t *id,
			  const struct ice_credentials *theirs, const char *our_ufrag,
			  uint32_t priority, bool nominate)
{
	char username[RD__ICE_UFRAG * 2 + 2];
	struct rd__stun_out out;
	size_t n = strlen(theirs->ufrag), m = strlen(our_ufrag);

	memcpy(username, theirs->ufrag, n);
	username[n] = ':';
	memcpy(username + n + 1, our_ufrag, m);
	rd__stun_begin(&out, packet, RD__STUN_MAX, RD__STUN_BINDING, RD__STUN_REQUEST, id);
	rd__stun_put(&out, RD__STUN_USERNAME, username, n + 1 + m);
	rd__stun_put32(&out, RD__STUN_PRIORITY, priority);
	rd__stun_put64(&out, ice__controlling(ice) ? RD__STUN_ICE_CONTROLLING
						   : RD__STUN_ICE_CONTROLLED,
		       ice->tie);
	if (nominate)
		rd__stun_put(&out, RD__STUN_USE_CANDIDATE, NULL, 0);
	rd__stun_sign(&out, RD__STUN_SHA1, rd_str_of(theirs->pwd));
	rd__stun_put_fingerprint(&out);
	return rd__stun_end(&out);
}

/* What a candidate that the far end finds out by this check will be worth. */
static uint32_t prflx_priority(const struct rd__ice_candidate *local)
{
	int preference = (int)(local->priority >> 8 & 0xffff);

	return ice__priority(RD__ICE_PRFLX, local->component, preference);
}

static void send_check(struct rd__ice *ice, struct ice_pair *pair)
{
	const struct rd__ice_candidate *local = &ice->locals[pair->local];
	uint8_t packet[RD__STUN_MAX];
	size_t size = ice__print_request(ice, packet, pair->id, &ice->theirs, ice->ours.ufrag,
					 prflx_priority(local), pair->nominating);

	pair->tries++;
	pair->due_ms = ice->now_ms + (pair->tries < TRIES ? pair->rto_ms
							  : (uint64_t)RTO_MS * LAST_WAIT);
	pair->rto_ms *= 2;
	if (size)
		ice->ops.send(ice->arg, local, &ice->remotes[pair->remote].address, packet,
			      size);
}

/* The more pairs there are, the slower each is asked (RFC 8445 §14.3). */
static uint64_t first_rto(const struct rd__ice *ice)
{
	uint64_t active = 0;

	for (int i = 0; i < ice->pair_count; i++)
		active += ice->pairs[i].state == ICE_WAITING ||
			  ice->pairs[i].state == ICE_RUNNING;
	return RD_MAX((uint64_t)RTO_MS, active * RD__ICE_TA_MS);
}

static void begin_check(struct rd__ice *ice, struct ice_pair *pair)
{
	pair->queued = 0;
	pair->state = ICE_RUNNING;
	pair->as_controlling = ice__controlling(ice);
	pair->tries = 0;
	pair->rto_ms = first_rto(ice);
	rd_random(pair->id, sizeof(pair->id));
	send_check(ice, pair);
}

void ice__fail(struct rd__ice *ice, struct ice_pair *pair)
{
	pair->state = ICE_FAILED;
	pair->valid = pair->nominated = pair->nominating = false;
	ice__review(ice);
}

static void repeat(struct rd__ice *ice, struct ice_pair *pair)
{
	if (pair->tries < TRIES && ice->state != RD__ICE_COMPLETED) {
		send_check(ice, pair);
		return;
	}
	/* A pair that had worked does so no more, or nobody needs it. */
	ice__fail(ice, pair);
}

/* ---- time ---- */

static bool may_check(const struct rd__ice *ice)
{
	return ice__has_remote(ice) && !ice->options.lite && ice->state != RD__ICE_FAILED;
}

static void check_next(struct rd__ice *ice)
{
	struct ice_pair *pair = next_to_check(ice);

	if (!pair)
		return;
	begin_check(ice, pair);
	ice->next_check_ms = ice->now_ms + RD__ICE_TA_MS;
}

void rd__ice_tick(struct rd__ice *ice, uint64_t now_ms)
{
	ice->now_ms = now_ms;
	if (may_check(ice)) {
		for (int i = 0; i < ice->pair_count; i++)
			if (ice->pairs[i].state == ICE_RUNNING &&
			    ice->pairs[i].due_ms <= now_ms)
				repeat(ice, &ice->pairs[i]);
		if (ice->next_check_ms <= now_ms)
			check_next(ice);
	}
	ice__select_tick(ice);
}

static uint64_t check_due(const struct rd__ice *ice)
{
	/* Only asked, not changed. */
	struct rd__ice *agent = (struct rd__ice *)(uintptr_t)ice;
	uint64_t due = UINT64_MAX;

	if (!may_check(ice))
		return UINT64_MAX;
	if (next_to_check(agent))
		due = ice->next_check_ms;
	for (int i = 0; i < ice->pair_count; i++)
		if (ice->pairs[i].state == ICE_RUNNING)
			due = RD_MIN(due, ice->pairs[i].due_ms);
	return due;
}

uint64_t rd__ice_due(const struct rd__ice *ice)
{
	uint64_t check = check_due(ice), select = ice__select_due(ice);

	return RD_MIN(check, select);
}
