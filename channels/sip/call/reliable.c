/* Provisional answers to an INVITE, and their reliable kind: RFC 3262 as the one
 * who answers. Those that carry a description are sent reliably to callers
 * who can acknowledge them; all are, to callers who insist. One at a time: the
 * next one, and a 200, wait for the PRACK. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/call/answer.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"
#include "channels/sip/extension.h"

/* An INVITE that nobody answers is kept alive (RFC 3261 §13.3.1.1). */
#define ALIVE_MS 60000
/* What could not be sent for want of memory; what else hinders it does not pass so soon. */
#define AGAIN_MS 1000

static const struct rd_str rel = RD_STR_INIT("100rel");

unsigned sip_reliable_refusal(const struct sip_endpoint *endpoint,
			      const struct sip_msg *invite)
{
	if (sip_extension_lacking(invite, endpoint))
		return 420;
	return endpoint->reliable == SIP_RELIABLE_REQUIRED &&
			       !sip_extension_offered(invite, rel)
		       ? 421 : 0;
}

static void repeat(struct sip_call *call);
static void send_next(struct sip_call *call);

static void due(void *arg)
{
	struct sip_call *call = arg;

	if (call->reliable.waits)
		repeat(call);
	else if (call->state == SIP_CALL_INCOMING)
		send_next(call);
}

void sip_reliable_init(struct sip_call *call, const struct sip_msg *invite)
{
	struct sip_reliable *reliable = &call->reliable;

	rd_timer_init(&reliable->timer, due, call);
	if (!invite || call->endpoint->reliable == SIP_RELIABLE_NO)
		return;
	reliable->required = sip_msg_lists(invite, SIP_H_REQUIRE, rel) ||
			     call->endpoint->reliable == SIP_RELIABLE_REQUIRED;
	reliable->offered = sip_extension_offered(invite, rel);
}

void sip_reliable_stop(struct sip_call *call)
{
	rd_timer_stop(&call->reliable.timer);
	call->reliable.accept_wanted = false;
	call->reliable.next_status = 0;
	call->reliable.next_sdp = false;
}

/* ---- sending ---- */

/* A random start that leaves room to count (§3). */
static uint32_t next_rseq(const struct sip_reliable *reliable)
{
	uint32_t rseq;

	if (reliable->rseq)
		return reliable->rseq + 1;
	rd_random(&rseq, sizeof(rseq));
	return (rseq & 0x7fffffff) | 1;
}

static void await_prack(struct sip_reliable *reliable)
{
	const struct sip_timers *timers = sip_transactions_timers(sip.transactions);

	reliable->waits = true;
	reliable->interval_ms = timers->t1;
	reliable->deadline_ms = rd_now_ms() + 64 * (uint64_t)timers->t1;
	rd_timer_start(&reliable->timer, timers->t1);
}

/* Nobody came to acknowledge it: the caller is gone. */
static void give_up(struct sip_call *call)
{
	rd_warning("sip/%s: our provisional answer was never acknowledged: giving up",
		   call->endpoint->name);
	sip_call_refuse(call, 504, RD_CAUSE_RECOVERY_ON_TIMER);
	sip_call_over(call, RD_CAUSE_RECOVERY_ON_TIMER);
	sip_call_settle(call);
}

static void repeat(struct sip_call *call)
{
	struct sip_reliable *reliable = &call->reliable;
	uint64_t now = rd_now_ms();

	if (!call->invite || call->state != SIP_CALL_INCOMING)
		return;
	if (now >= reliable->deadline_ms) {
		give_up(call);
		return;
	}
	sip_server_resend(call->invite);
	reliable->interval_ms *= 2;
	rd_timer_start(&reliable->timer, (int)RD_MIN((uint64_t)reliable->interval_ms,
						     reliable->deadline_ms - now));
}

/* What a provisional answer says of the media. */
enum early_description {
	EARLY_NONE,
	EARLY_PREVIEW, /* what our answer will be: the 200 gives it */
	EARLY_ANSWER,  /* our answer: they acknowledge it */
	EARLY_OFFER,   /* only where they acknowledge it */
};

static enum early_description description_of(const struct sip_session *session, bool wanted,
					     bool reliable)
{
	if (session->state == SIP_OFFER_NONE)
		return reliable ? EARLY_OFFER : EARLY_NONE;
	if (!wanted || session->state != SIP_OFFER_THEIRS)
		return EARLY_NONE;
	return reliable ? EARLY_ANSWER : EARLY_PREVIEW;
}

/* rseq 0: it is not sent reliably. */
static int print_and_send(struct sip_call *call, struct sip_out *out, uint32_t rseq,
			  enum early_description what)
{
	const struct sip_flow *flow = sip_server_flow(call->invite);
	int rc = 0;

	sip_call_print_contact(call, out, flow);
	sip_call_print_abilities(call, out, SIP_INVITE);
	sip_call_print_party(call, out, flow);
	if (rseq) {
		sip_out_header(out, SIP_H_REQUIRE, rel);
		sip_out_header_number(out, SIP_H_RSEQ, rseq);
	}
	if (what != EARLY_NONE)
		rc = sip_call_print_sdp(call, out, what == EARLY_OFFER);
	return rc ? rc : sip_reply_send(call->invite, out);
}

static int send_progress(struct sip_call *call, unsigned status, bool with_sdp)
{
	struct sip_reliable *state = &call->reliable;
	bool reliable = state->required || (state->offered && with_sdp);
	enum early_description what = description_of(&call->session, with_sdp, reliable);
	uint32_t rseq = reliable ? next_rseq(state) : 0;
	struct sip_out *out = sip_call_begin_answer(call, status);
	int rc = out ? print_and_send(call, out, rseq, what) : -ENOTCONN;

	if (rc && what == EARLY_OFFER)
		sip_call_withdraw(call);
	if (rc)
		return rc;
	if (what == EARLY_ANSWER)
		sip_session_answered(&call->session);
	state->holds_sdp = what != EARLY_NONE;
	state->status = (uint16_t)status;
	state->next_status = 0;
	state->next_sdp = false;
	if (reliable) {
		state->rseq = rseq;
		await_prack(state);
	} else {
		rd_timer_start(&state->timer, ALIVE_MS);
	}
	return 0;
}

/* What waited, or the last one again. Nobody hears whether it went: it is tried until then. */
static void send_next(struct sip_call *call)
{
	struct sip_reliable *reliable = &call->reliable;
	unsigned status = reliable->next_status ? reliable->next_status : reliable->status;
	int rc = send_progress(call, status, reliable->next_sdp);

	if (rc == 0 || !call->invite)
		return;
	rd_warning("sip/%s: a provisional answer is sent later: %s", call->endpoint->name,
		   rd_strerror(rc));
	rd_timer_start(&reliable->timer, rc == -ENOMEM ? AGAIN_MS : ALIVE_MS);
}

int sip_call_progress(struct sip_call *call, unsigned status, bool with_sdp)
{
	struct sip_reliable *reliable = &call->reliable;

	if (call->state != SIP_CALL_INCOMING)
		return 0;
	if (!call->invite)
		return -ENOTCONN;
	if (!reliable->waits)
		return send_progress(call, status, with_sdp || reliable->next_sdp);
	reliable->next_status = (uint16_t)status;
	reliable->next_sdp |= with_sdp;
	return 0;
}

/* ---- PRACK ---- */

/* 0, or the status that says why it acknowledges nothing that waits. */
static unsigned check_rack(const struct sip_call *call, const struct sip_msg *msg)
{
	struct sip_rack rack;

	if (sip_rack_parse(&rack, sip_msg_value(msg, SIP_H_RACK), NULL))
		return 400;
	if (!call->reliable.waits || rack.rseq != call->reliable.rseq)
		return 481;
	if (rack.cseq.method != SIP_INVITE || rack.cseq.number != call->dialog->first_cseq)
		return 481;
	return 0;
}

/* The answer to our offer, or a new offer; *answer: ours goes with the 200. */
static struct sip_refusal take_description(struct sip_call *call, const struct sip_msg *msg,
					   bool *answer)
{
	bool ours = call->session.state == SIP_OFFER_OURS;
	struct sdp *sdp;
	int rc = sip_call_read_sdp(&sdp, msg);

	*answer = false;
	if (rc == -ENOENT)
		return sip_offer_refusal(ours ? -EINVAL : 0);
	if (rc == 0)
		rc = ours ? sip_call_take_answer(call, sdp) : sip_call_take_offer(call, sdp);
	*answer = rc == 0 && !ours;
	return sip_offer_refusal(rc);
}

/* Who answered waits for it. */
static void accept_late(struct sip_call *call)
{
	int rc = sip_call_accept(call, false);

	if (rc == 0) {
		sip_call_post(call, RD_SIGNAL_ANSWER, 0);
		return;
	}
	rd_warning("sip/%s: it cannot be answered: %s", call->endpoint->name, rd_strerror(rc));
	sip_call_refuse(call, 500, RD_CAUSE_SWITCH_CONGESTION);
	sip_call_over(call, RD_CAUSE_SWITCH_CONGESTION);
}

/* What had to wait for the PRACK. */
static void go_on(struct sip_call *call)
{
	struct sip_reliable *reliable = &call->reliable;

	if (reliable->accept_wanted) {
		reliable->accept_wanted = false;
		accept_late(call);
	} else if (reliable->next_status) {
		send_next(call);
	} else {
		rd_timer_start(&reliable->timer, ALIVE_MS);
	}
	if (call->modify.wanted)
		sip_call_modify(call);
}

/* 200, with our answer where they made an offer. Where they had answered ours, what they
 * said counts even if the 200 could not be sent. */
static int accept_prack(struct sip_call *call, struct sip_server *server, bool answer)
{
	struct sip_out *out = sip_answer_begin(server, 200);
	int rc = answer ? sip_call_print_sdp(call, out, false) : 0;

	if (rc == 0)
		rc = sip_reply_send(server, out);
	if (rc && (answer || sip_server_status(server) != 200))
		return rc;
	if (rc)
		rd_warning("sip/%s: our answer to a PRACK is lost: %s", call->endpoint->name,
			   rd_strerror(rc));
	if (!answer)
		return 0;
	sip_session_answered(&call->session);
	sip_call_note_hold(call);
	sip_call_post(call, RD_SIGNAL_STREAMS, 0);
	return 0;
}

void sip_call_prack_received(struct sip_call *call, struct sip_server *server,
			     const struct sip_msg *msg)
{
	bool asked = call->session.state == SIP_OFFER_OURS;
	unsigned status = check_rack(call, msg);
	struct sip_refusal refusal;

	if (status) {
		sip_offer_refuse_plainly(server, status);
		return;
	}
	call->reliable.waits = false;
	rd_timer_stop(&call->reliable.timer);
	refusal = sip_call_take_whole(call, server, msg, take_description, accept_prack);
	if (refusal.status)
		sip_offer_refuse(server, refusal);
	if (call->state != SIP_CALL_INCOMING)
		return;
	if (refusal.status && asked) { /* an offer without its answer: no call */
		sip_call_refuse(call, refusal.status, RD_CAUSE_INCOMPATIBLE_DESTINATION);
		sip_call_over(call, RD_CAUSE_INCOMPATIBLE_DESTINATION);
		return;
	}
	go_on(call);
}
