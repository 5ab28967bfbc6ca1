/* A call with a trunk: may it be, and what has come of it. */
#include <string.h>

#include <ringdown/cause.h>
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "modules/sip_trunk/stir.h"
#include "modules/sip_trunk/trunk.h"

/* One that is counted. */
struct trunk_call {
	struct trunk_state *state;
	struct trunk_talk talk;
	struct trunk_charge charge;
	uint64_t begun_ms, answered_ms; /* 0: it is not answered */
	bool rang;
	char number[RD_SIP_NUMBER], dialled[RD_SIP_NUMBER]; /* that is called, see talk */
	char caller[RD_SIP_NUMBER]; /* .outgoing: as it was told */
	struct stir_check *stir; /* NULL: its signature is no matter */
	char *full; /* header lines with a signature that says more; NULL: none */
};

static const struct trunk *section_of(const char *name)
{
	return trunks_in_force ? trunk_find(trunks_in_force, name) : NULL;
}

bool trunk_is_emergency(const char *name, const char *number)
{
	const struct trunk *trunk = section_of(name);

	return number_is_emergency(trunk ? &trunk->policy : NULL, rd_str_of(number));
}

bool trunk_call_is_emergency(const struct rd_sip_peer_call *call)
{
	return trunk_is_emergency(call->peer, call->dialled) ||
	       trunk_is_emergency(call->peer, call->number);
}

static struct trunk_count *count_of(const struct rd_sip_peer_call *call)
{
	struct trunk_call *counted = call->data;

	return call->outgoing ? &counted->state->out : &counted->state->in;
}

/* "" where nobody knows. */
static void write_as_dialled(char buf[RD_SIP_NUMBER], const struct trunk *trunk, const char *number)
{
	if (!trunk || !number_as_dialled(buf, RD_SIP_NUMBER, &trunk->policy, rd_str_of(number)))
		buf[0] = '\0';
}

/* 0, -EBUSY: it is one too many, or -ENOMEM. trunk NULL: it is a peer of another file. */
static int begin(struct rd_sip_peer_call *call, const struct trunk *trunk, const char *number)
{
	struct trunk_state *state = trunk_state_of(call->peer);
	struct trunk_call *counted = state ? rd_zalloc(sizeof(*counted)) : NULL;
	int rc;

	if (!counted)
		return -ENOMEM;
	rd_strcpy(counted->number, sizeof(counted->number), number);
	counted->talk.outgoing = call->outgoing;
	counted->talk.replaces = call->replaces;
	counted->talk.number = counted->number;
	counted->talk.dialled = counted->dialled;
	if (call->outgoing)
		write_as_dialled(counted->dialled, trunk, number);
	counted->talk.emergency = call->outgoing && trunk_call_is_emergency(call);
	rc = trunk_limits_begin(state, trunk, &counted->talk);
	if (rc) {
		rd_free(counted);
		return rc;
	}
	counted->state = state;
	counted->begun_ms = rd_now_ms();
	call->data = counted;
	count_of(call)->now++;
	count_of(call)->waiting++;
	count_of(call)->attempts++;
	return 0;
}

/* ---- calls that come ---- */

static bool is_drained(const char *name)
{
	const struct trunk_state *state = trunk_state_find(name);

	return state && state->drained;
}

/* False: there is no room for all of it. */
static bool take_number(struct rd_sip_peer_invite *invite, const struct trunk *trunk)
{
	bool in_to = trunk->number_in == TRUNK_NUMBER_IN_TO && *invite->to;
	const char *ext = in_to ? invite->to_ext : invite->number_ext;

	if (in_to)
		rd_strcpy(invite->number, RD_SIP_NUMBER, invite->to);
	if (!trunk->appends_ext)
		return true;
	return rd_strcpy(invite->number + strlen(invite->number),
			 RD_SIP_NUMBER - strlen(invite->number), ext);
}

static unsigned refuse(const struct rd_sip_peer_call *call, const struct rd_sip_peer_invite *invite,
		       const struct trunk *trunk)
{
	char to[RD_SIP_NUMBER];
	bool in_to = trunk->number_in == TRUNK_NUMBER_IN_URI && *invite->to &&
		     rd_strcpy(to, sizeof(to), invite->to) && trunk_read_called(trunk, to);

	rd_notice("trunk %s: a call for %s is refused: it is none of its numbers%s%s%s", call->peer,
		  invite->number, in_to ? "; To has " : "", in_to ? invite->to : "",
		  in_to ? ", which is one: \"number_in = to\" reads it there" : "");
	return 404;
}

/* What a peer of sip.conf may be called for, its dialplan says alone. */
static unsigned receive(struct rd_sip_peer_call *call, struct rd_sip_peer_invite *invite,
			const struct trunk *trunk)
{
	int rc;

	if (trunk && (!take_number(invite, trunk) || !trunk_read_called(trunk, invite->number)))
		return refuse(call, invite, trunk);
	if (trunk)
		trunk_read_caller(trunk, invite->caller_number);
	rc = begin(call, trunk, invite->number);
	return rc == -EBUSY ? 503 : rc ? 500 : 0;
}

/* It is the call that was, with another at its other end: counted, and nothing else. */
static unsigned take_place(struct rd_sip_peer_call *call, struct rd_sip_peer_invite *invite,
			   const struct trunk *trunk)
{
	if (trunk)
		trunk_read_caller(trunk, invite->caller_number);
	return begin(call, trunk, "") ? 500 : 0;
}

/* What was signed is what the peer has written. */
static unsigned incoming(struct rd_sip_peer_call *call, struct rd_sip_peer_invite *invite)
{
	const struct trunk *trunk = section_of(call->peer);
	struct stir_check *check = NULL;
	unsigned status;

	if (call->replaces)
		return take_place(call, invite, trunk);
	if (is_drained(call->peer))
		return 503;
	status = stir_begin(&check, call, invite, trunk);
	if (status == 0)
		status = receive(call, invite, trunk);
	if (status)
		stir_drop(check);
	else
		((struct trunk_call *)call->data)->stir = check;
	return status;
}

static int arrived(struct rd_sip_peer_call *call)
{
	return stir_arrived(((struct trunk_call *)call->data)->stir, call);
}

/* ---- calls that go ---- */

/* What the number becomes there. */
static int dialled(const char *peer, struct rd_str number, char *buf, size_t size)
{
	const struct trunk *trunk = section_of(peer);
	bool fits = trunk ? number_translate(buf, size, &trunk->policy, NUMBER_CALLED_OUT, number)
			  : rd_strcpyn(buf, size, number);

	return fits ? 0 : RD_CAUSE_INVALID_NUMBER_FORMAT;
}

/* What the number of a call becomes. */
struct numbers {
	char sent[RD_SIP_NUMBER], dialled[RD_SIP_NUMBER];
};

/* To a number that somebody dials there. */
static struct trunk_talk talk_to(const struct trunk *trunk, const char *number,
				 struct numbers *numbers)
{
	if (!number_translate(numbers->sent, RD_SIP_NUMBER, &trunk->policy, NUMBER_CALLED_OUT,
			      rd_str_of(number)))
		rd_strcpy(numbers->sent, RD_SIP_NUMBER, number);
	write_as_dialled(numbers->dialled, trunk, numbers->sent);
	return (struct trunk_talk){ .outgoing = true,
				    .emergency = trunk_is_emergency(trunk->name, number),
				    .number = numbers->sent,
				    .dialled = numbers->dialled };
}

bool trunk_has_room(const char *name, const char *number)
{
	const struct trunk *trunk = section_of(name);
	struct numbers numbers;
	struct trunk_talk talk;

	if (!trunk)
		return true;
	talk = talk_to(trunk, number, &numbers);
	return trunk_limits_allow(trunk_state_find(name), trunk, &talk);
}

void trunk_note_full(const char *name, const char *number)
{
	const struct trunk *trunk = section_of(name);
	struct numbers numbers;
	struct trunk_talk talk;

	if (!trunk)
		return;
	talk = talk_to(trunk, number, &numbers);
	trunk_limits_refuse(trunk_state_find(name), trunk, &talk);
}

static void note_caller(struct trunk_call *counted, const struct rd_channel *ch)
{
	const char *number = ch ? rd_channel_party(ch, RD_PARTY_CONNECTED)->number : NULL;

	rd_strcpy(counted->caller, sizeof(counted->caller), number ? number : "");
}

static int outgoing(struct rd_sip_peer_call *call, struct rd_buf *headers)
{
	const struct trunk *trunk = section_of(call->peer);
	struct trunk_charge charge = { 0 };
	bool ours;
	int rc;

	if (is_drained(call->peer) && !trunk_call_is_emergency(call))
		return RD_CAUSE_CONGESTION;
	if (!trunk_guard_allows(call, trunk, &charge)) {
		trunk_route_refused(call->channel, 403); /* by no other trunk either */
		return RD_CAUSE_REJECTED;
	}
	ours = trunk && trunk_caller_is_ours(call->channel, trunk);
	if (trunk && trunk_tell_parties(call->channel, trunk))
		return RD_CAUSE_SWITCH_CONGESTION;
	rc = begin(call, trunk, call->number);
	if (rc == 0) {
		struct trunk_call *counted = call->data;

		counted->charge = charge;
		note_caller(counted, call->channel);
		stir_sign(call, trunk, ours, headers, &counted->full);
	}
	return rc == -EBUSY ? RD_CAUSE_CONGESTION : rc ? RD_CAUSE_SWITCH_CONGESTION : 0;
}

/* By whatever name, it would be a call with the trunk. Whoever owns a number may write into ENUM
 * that he wants to be called by our provider, at one that costs us money. */
static bool leads_to(const struct rd_sip_peer_call *call)
{
	struct trunk_charge charge = { 0 };

	if (!trunk_route_is_direct(call->channel))
		return trunk_guard_allows(call, section_of(call->peer), &charge);
	rd_notice("trunk: where the name servers lead is the address of %s: not done", call->peer);
	return false;
}

/* ---- what comes of it ---- */

static bool again(struct rd_sip_peer_call *call, unsigned status, struct rd_buf *headers)
{
	struct trunk_call *counted = call->data;
	bool has_more = status == 438 && counted->full;

	if (has_more) {
		rd_buf_adds(headers, counted->full);
		rd_free(counted->full);
		counted->full = NULL;
	}
	return has_more;
}

/* Who called is written as the trunk wants it already. */
static void told(const struct rd_sip_peer_call *call, struct rd_party *who,
		 char buf[RD_SIP_NUMBER])
{
	const struct trunk_call *counted = call->data;
	const struct trunk *trunk = section_of(call->peer);

	if (trunk && !(call->outgoing && who->number && strcmp(who->number, counted->caller) == 0))
		trunk_tell_party(trunk, who, buf);
}

static void writes(const char *peer, struct rd_party *who, char buf[RD_SIP_NUMBER])
{
	const struct trunk *trunk = section_of(peer);

	if (trunk)
		trunk_tell_writer(trunk, who, buf);
}

/* As a call from it would be. */
static bool sent_here(const char *peer, char number[RD_SIP_NUMBER])
{
	const struct trunk *trunk = section_of(peer);

	return !trunk || trunk_read_called(trunk, number);
}

static void note_ringing(struct rd_sip_peer_call *call)
{
	struct trunk_call *counted = call->data;
	struct trunk_count *count = count_of(call);

	if (counted->rang)
		return;
	counted->rang = true;
	count->rang++;
	count->ring_ms += rd_now_ms() - counted->begun_ms;
}

static void heard(struct rd_sip_peer_call *call, unsigned status)
{
	bool rings = status > 100;

	if (!status) {
		trunk_route_moved(call->channel);
		return;
	}
	if (rings) {
		note_ringing(call);
		trunk_worked(((struct trunk_call *)call->data)->state);
	}
	trunk_route_heard(call->channel, rings, call->sounds);
}

static void gone(struct rd_sip_peer_call *call)
{
	trunk_route_gone(call->channel);
}

static void answered(struct rd_sip_peer_call *call)
{
	struct trunk_call *counted = call->data;

	note_ringing(call);
	counted->answered_ms = rd_now_ms();
	count_of(call)->answered++;
	count_of(call)->waiting--;
	trunk_route_heard(call->channel, true, call->sounds);
	trunk_charge_answered(&counted->charge);
}

/* Nobody was there, or it could not do what it is for. Who gave up himself says nothing. */
static void judge(const struct rd_sip_peer_call *call, struct trunk_state *state,
		  unsigned status, int cause)
{
	bool silent = status == 408 || (!status && cause == RD_CAUSE_NO_USER_RESPONSE);

	if (silent || (status >= 500 && status < 600))
		trunk_failed(state, call->retry_after_s);
	else if (status)
		trunk_worked(state);
}

static void ended(struct rd_sip_peer_call *call, unsigned status, int cause)
{
	struct trunk_call *counted = call->data;
	struct trunk_count *count = count_of(call);

	count->now--;
	if (call->answered) {
		count->talk_ms += rd_now_ms() - counted->answered_ms;
		count->talks++;
	} else {
		count->waiting--;
		count->causes[cause > 0 && cause < TRUNK_CAUSES ? cause : 0]++;
	}
	if (call->outgoing && !call->answered) {
		if (status && call->unreached)
			trunk_route_unreached(call->channel);
		else
			trunk_route_refused(call->channel, status);
		judge(call, counted->state, status, cause);
	}
	trunk_charge_end(&counted->charge);
	trunk_limits_end(counted->state, &counted->talk);
	trunk_state_look(call->peer);
	stir_drop(counted->stir);
	rd_free(counted->full);
	rd_free(counted);
	call->data = NULL;
}

const struct rd_sip_trunks_user trunk_driver_user = {
	.incoming = incoming,
	.arrived = arrived,
	.dialled = dialled,
	.insists = trunk_route_insists,
	.outgoing = outgoing,
	.leads_to = leads_to,
	.sent_on = trunk_route_sent_on,
	.again = again,
	.told = told,
	.writes = writes,
	.sent_here = sent_here,
	.heard = heard,
	.gone = gone,
	.answered = answered,
	.ended = ended,
};
