/* What the far end asks and answers (RFC 8445 §7.2.5 and §7.3). Only who
 * knows our password gets more than it sent. */
#include <string.h>

#include "core/media/address.h"
#include "core/media/ice_private.h"

/* Where a packet came in, and from whom. */
struct arrival {
	int local;
	const struct rd__address *from;
	const struct rd__stun *stun;
};

/* ---- answers ---- */

static void answer(struct rd__ice *ice, const struct arrival *arrival,
		   const struct rd__stun_out *out)
{
	size_t size = rd__stun_end(out);

	if (size)
		ice->ops.send(ice->arg, &ice->locals[arrival->local], arrival->from, out->packet,
			      size);
}

static void begin_answer(struct rd__stun_out *out, uint8_t *packet,
			 const struct arrival *arrival, enum rd__stun_class class)
{
	rd__stun_begin(out, packet, RD__STUN_MAX, RD__STUN_BINDING, class, arrival->stun->id);
}

/* pwd NULL: the request was not signed by anybody we know. */
static void refuse(struct rd__ice *ice, const struct arrival *arrival, int code,
		   const char *pwd)
{
	uint8_t packet[RD__STUN_MAX];
	uint16_t types[8];
	struct rd__stun_out out;
	size_t count;

	begin_answer(&out, packet, arrival, RD__STUN_ERROR);
	rd__stun_put_error(&out, code);
	if (code == 420) {
		count = rd__stun_unknown(arrival->stun, types, RD_ARRAY_SIZE(types));
		rd__stun_put_unknown(&out, types, RD_MIN(count, RD_ARRAY_SIZE(types)));
	}
	if (pwd)
		rd__stun_sign(&out, RD__STUN_SHA1, rd_str_of(pwd));
	rd__stun_put_fingerprint(&out);
	/* A stranger may have written another's address on it. */
	if (pwd || rd__stun_end(&out) <= arrival->stun->size)
		answer(ice, arrival, &out);
}

static void agree(struct rd__ice *ice, const struct arrival *arrival, const char *pwd)
{
	uint8_t packet[RD__STUN_MAX];
	struct rd__stun_out out;

	begin_answer(&out, packet, arrival, RD__STUN_SUCCESS);
	rd__stun_put_address(&out, RD__STUN_XOR_MAPPED_ADDRESS, arrival->from);
	rd__stun_sign(&out, RD__STUN_SHA1, rd_str_of(pwd));
	rd__stun_put_fingerprint(&out);
	answer(ice, arrival, &out);
}

/* ---- requests ---- */

/* Is this "our:theirs"? Theirs may not be known yet. */
static bool is_for(const struct ice_own *ours, struct rd_str username)
{
	struct rd_str head;

	return ours->ufrag[0] && rd_str_cut(&username, ':', &head) &&
	       rd_str_eq(head, rd_str_of(ours->ufrag));
}

/* Of several phones that our offer went to, one answered: others are not heeded. */
static bool is_from(const struct rd__ice *ice, const struct rd__stun *stun)
{
	struct rd_str rest = rd__stun_get(stun, RD__STUN_USERNAME), head;

	return !ice__has_remote(ice) || (rd_str_cut(&rest, ':', &head) &&
					 rd_str_eq(rest, rd_str_of(ice->theirs.ufrag)));
}

/* Those that it was made with; NULL: none of ours, a refusal is out. */
static const struct ice_own *credentials_of(struct rd__ice *ice, const struct arrival *arrival)
{
	struct rd_str username = rd__stun_get(arrival->stun, RD__STUN_USERNAME);
	const struct ice_own *ours = NULL;

	if (!username.p || !arrival->stun->sha1) {
		refuse(ice, arrival, 400, NULL);
		return NULL;
	}
	if (is_for(&ice->ours, username))
		ours = &ice->ours;
	else if (is_for(&ice->ours_before, username))
		ours = &ice->ours_before;
	if (ours && rd__stun_verify(arrival->stun, RD__STUN_SHA1, rd_str_of(ours->pwd)))
		return ours;
	refuse(ice, arrival, 401, NULL);
	return NULL;
}

static void switch_role(struct rd__ice *ice)
{
	ice->options.controlling = !ice->options.controlling;
	ice->nominate_ms = 0;
	for (int i = 0; i < ice->pair_count; i++)
		ice->pairs[i].nominating = false;
	ice__reckon_priorities(ice);
}

/* Both of us the same? Who has the greater number keeps to controlling
 * (§7.3.1.1). False: the far end must yield. */
static bool settle_roles(struct rd__ice *ice, const struct rd__stun *stun)
{
	bool controlling = ice__controlling(ice);
	uint64_t tie;

	if (!rd__stun_get64(stun,
			    controlling ? RD__STUN_ICE_CONTROLLING : RD__STUN_ICE_CONTROLLED,
			    &tie))
		return true;
	/* A lite agent cannot lead; a full one should not have let it. */
	if (ice->options.lite)
		return true;
	if (controlling == (ice->tie >= tie))
		return false;
	switch_role(ice);
	return true;
}

static int remote_of(struct rd__ice *ice, const struct arrival *arrival)
{
	int component = ice->locals[arrival->local].component;
	int remote = ice__find_remote(ice, component, arrival->from);
	uint32_t priority = 0;

	if (remote >= 0)
		return remote;
	rd__stun_get32(arrival->stun, RD__STUN_PRIORITY, &priority);
	return ice__add_prflx(ice, component, priority, arrival->from);
}

/* A lite agent takes the far end's word: who was heard and is chosen, works. */
static void take_word(struct rd__ice *ice, struct ice_pair *pair, bool nominated)
{
	pair->state = ICE_SUCCEEDED;
	pair->valid = true;
	pair->mapped = pair->local;
	pair->nominated |= nominated;
	ice__review(ice);
}

/* §7.3.1.4 and §7.3.1.5. */
static void check_back(struct rd__ice *ice, struct ice_pair *pair, bool nominated)
{
	nominated &= !ice__controlling(ice);
	if (pair->state == ICE_SUCCEEDED) {
		if (nominated && !pair->nominated) {
			pair->nominated = true;
			ice__review(ice);
		}
		return;
	}
	pair->nominate_me |= nominated;
	if (pair->state == ICE_RUNNING)
		ice__hurry(ice, pair);
	else
		ice__trigger(ice, pair);
}

static void asked(struct rd__ice *ice, const struct arrival *arrival)
{
	bool nominated = rd__stun_get(arrival->stun, RD__STUN_USE_CANDIDATE).p;
	int remote = remote_of(ice, arrival);
	struct ice_pair *pair;

	if (remote < 0)
		return;
	/* Somebody whom we had given up is there after all. */
	if (ice->state == RD__ICE_FAILED)
		ice__begin(ice, ice->now_ms);
	pair = ice__pair_of(ice, arrival->local, remote);
	if (!pair)
		return;
	if (ice->options.lite)
		take_word(ice, pair, nominated);
	else
		check_back(ice, pair, nominated);
}

static void take_request(struct rd__ice *ice, const struct arrival *arrival)
{
	const struct ice_own *ours = credentials_of(ice, arrival);

	if (!ours)
		return;
	if (rd__stun_unknown(arrival->stun, NULL, 0)) {
		refuse(ice, arrival, 420, ours->pwd);
		return;
	}
	/* A question with the credentials of before a restart only asks for consent. */
	if (ours == &ice->ours && !settle_roles(ice, arrival->stun)) {
		refuse(ice, arrival, 487, ours->pwd);
		return;
	}
	agree(ice, arrival, ours->pwd);
	if (ours == &ice->ours && is_from(ice, arrival->stun))
		asked(ice, arrival);
}

/* ---- responses ---- */

static struct ice_pair *running(struct rd__ice *ice, const struct rd__stun *stun)
{
	for (int i = 0; i < ice->pair_count; i++)
		if (ice->pairs[i].state == ICE_RUNNING &&
		    memcmp(ice->pairs[i].id, stun->id, RD__STUN_ID) == 0)
			return &ice->pairs[i];
	return NULL;
}

/* Our address as the far end saw it: one of ours, or a new one (§7.2.5.3.1). */
static int mapped_candidate(struct rd__ice *ice, const struct ice_pair *pair,
			    const struct rd__address *mapped)
{
	const struct rd__ice_candidate *local = &ice->locals[pair->local];
	struct rd__ice_candidate seen = { .type = RD__ICE_PRFLX,
					  .component = local->component,
					  .address = *mapped,
					  .base = local->base };
	int index;

	for (int i = 0; i < ice->local_count; i++)
		if (ice->locals[i].component == local->component &&
		    rd__address_equal(&ice->locals[i].address, mapped))
			return i;
	index = rd__ice_add_local(ice, &seen, NULL);
	return index < 0 ? pair->local : index;
}

static void succeed(struct rd__ice *ice, struct ice_pair *pair, const struct rd__address *mapped)
{
	pair->state = ICE_SUCCEEDED;
	pair->valid = true;
	pair->mapped = (uint8_t)mapped_candidate(ice, pair, mapped);
	if (pair->as_controlling ? pair->nominating : pair->nominate_me)
		pair->nominated = true;
	pair->nominating = pair->nominate_me = false;
	ice__thaw(ice, pair);
	ice__review(ice);
}

/* The far end has the greater number: change sides, and ask again. */
static void yield_role(struct rd__ice *ice, struct ice_pair *pair)
{
	bool as_controlling = pair->as_controlling;

	ice__trigger(ice, pair);
	if (as_controlling == ice__controlling(ice))
		switch_role(ice);
	/* So that a delayed copy of ours is no new conflict (§7.2.5.1). */
	rd_random(&ice->tie, sizeof(ice->tie));
}

static void take_response(struct rd__ice *ice, const struct arrival *arrival)
{
	const struct rd__stun *stun = arrival->stun;
	struct ice_pair *pair = running(ice, stun);
	struct rd__address mapped;

	if (!pair || !rd__stun_verify(stun, RD__STUN_SHA1, rd_str_of(ice->theirs.pwd)))
		return;
	if (stun->class == RD__STUN_ERROR) {
		if (rd__stun_error(stun) == 487)
			yield_role(ice, pair);
		else
			ice__fail(ice, pair);
		return;
	}
	/* It must come from where the question went, to where it left (§7.2.5.2.1). */
	if (!rd__address_equal(arrival->from, &ice->remotes[pair->remote].address) ||
	    arrival->local != pair->local || rd__stun_unknown(stun, NULL, 0) ||
	    !rd__stun_get_address(stun, RD__STUN_XOR_MAPPED_ADDRESS, &mapped))
		ice__fail(ice, pair);
	else
		succeed(ice, pair, &mapped);
}

/* ---- all ---- */

bool rd__ice_receive(struct rd__ice *ice, int local, const struct rd__address *from,
		     const uint8_t *packet, size_t size, uint64_t now_ms)
{
	struct rd__stun stun;
	struct arrival arrival = { local, from, &stun };

	rd_assert(local >= 0 && local < ice->local_count);
	if (!rd__stun_parse(&stun, packet, size) || stun.method != RD__STUN_BINDING)
		return false;
	ice->now_ms = now_ms;
	if (stun.class == RD__STUN_REQUEST)
		take_request(ice, &arrival);
	else if (stun.class != RD__STUN_INDICATION && !ice__consented(ice, &stun, from))
		take_response(ice, &arrival);
	return true;
}
