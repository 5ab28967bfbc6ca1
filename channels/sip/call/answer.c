/* Final answers to an INVITE, the first or a later one, and what a 200 needs: it is
 * repeated until the ACK comes, and without one the call ends (RFC 3261
 * §13.3.1.4). */
#include <strings.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/call/answer.h"
#include "channels/sip/call/diversion.h"
#include "channels/sip/call/fax.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/session_timer.h"
#include "channels/sip/call/trunk.h"

struct sip_out *sip_call_begin_answer(struct sip_call *call, unsigned status)
{
	struct sip_out *out;

	if (!call->invite)
		return NULL;
	out = sip_answer_begin(call->invite, status);
	if (call->dialog && sip_server_request(call->invite))
		sip_session_id_tell(out, sip_server_request(call->invite),
				    &call->dialog->session_id);
	if (call->answer_lines && call->state == SIP_CALL_INCOMING)
		sip_out_cstr(out, call->answer_lines);
	return out;
}

void sip_call_refuse(struct sip_call *call, unsigned status, int cause)
{
	struct sip_server *server = call->invite;
	struct sip_out *out = sip_call_begin_answer(call, status);

	if (!out)
		return;
	sip_print_reason(out, cause);
	if (status == 480 && call->lacks_sips)
		sip_print_sips_warning(out, SIP_WARN_SIPS_NOT_ALLOWED);
	if (status == 503)
		sip_out_header_number(out, SIP_H_RETRY_AFTER, 5);
	sip_server_forget(server);
	call->invite = NULL;
	sip_reliable_stop(call);
	sip_reply_send(server, out);
}

int sip_call_send_elsewhere(struct sip_call *call, const char *target)
{
	struct sip_server *server = call->invite;
	struct sip_out *out;

	if (call->state != SIP_CALL_INCOMING)
		return -ENOSYS;
	out = sip_call_begin_answer(call, 302);
	if (!out)
		return -ENOTCONN;
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_print_place(out, target, sip_server_flow(server));
	sip_out_crlf(out);
	sip_diversion_print(call, out, sip_server_flow(server), (struct rd_str){ 0 });
	sip_server_forget(server);
	call->invite = NULL;
	sip_reliable_stop(call);
	return sip_reply_send(server, out);
}

/* ---- 200 and its ACK ---- */

static void await_ack(struct sip_call *call)
{
	const struct sip_timers *timers = sip_transactions_timers(sip.transactions);

	call->ack.awaited = true;
	call->ack.interval_ms = timers->t1;
	call->ack.deadline_ms = rd_now_ms() + 64 * (uint64_t)timers->t1;
	rd_timer_start(&call->ack.timer, timers->t1);
}

/* An offer of ours, the answer to theirs, or nothing: what was agreed on with a
 * reliable answer is not said again (RFC 6337 §3.1.1). */
static int print_description(struct sip_call *call, struct sip_out *out, bool offer)
{
	if (!offer && call->session.state != SIP_OFFER_THEIRS)
		return 0;
	return sip_call_print_sdp(call, out, offer);
}

int sip_call_accept(struct sip_call *call, bool offer)
{
	struct sip_session_terms terms;
	const struct sip_flow *flow;
	struct sip_out *out;
	int rc;

	if (call->reliable.waits && call->reliable.holds_sdp) {
		call->reliable.accept_wanted = true;
		return -EINPROGRESS;
	}
	out = sip_call_begin_answer(call, 200);
	if (!out)
		return -ENOTCONN;
	flow = sip_server_flow(call->invite);
	call->ack.cseq = sip_server_request(call->invite)->cseq.number;
	call->ack.answers = offer;
	sip_call_print_contact(call, out, flow);
	sip_call_print_abilities(call, out, SIP_INVITE);
	sip_call_print_party(call, out, flow);
	terms = sip_expiry_grant(call, out, sip_server_request(call->invite));
	rc = print_description(call, out, offer);
	if (rc == 0)
		rc = sip_reply_send(call->invite, out);
	if (rc && offer)
		sip_call_withdraw(call);
	if (rc)
		return rc;
	if (call->session.state == SIP_OFFER_THEIRS)
		sip_session_answered(&call->session);
	sip_expiry_agree(call, &terms);
	sip_reliable_stop(call);
	if (call->state == SIP_CALL_INCOMING)
		call->modify.wanted = false; /* the 200 has told it */
	call->dialog->state = SIP_DIALOG_CONFIRMED;
	if (call->state == SIP_CALL_INCOMING)
		sip_trunk_answered(call);
	call->state = SIP_CALL_UP;
	await_ack(call);
	return 0;
}

static void no_ack(struct sip_call *call)
{
	call->ack.awaited = false;
	sip_transactions_no_ack(sip.transactions);
	if (call->state == SIP_CALL_UP || call->ack.then_bye) {
		rd_warning("sip/%s: our answer was never acknowledged: hanging up",
			   call->endpoint->name);
		sip_call_send_bye(call, RD_CAUSE_RECOVERY_ON_TIMER);
		sip_call_over(call, RD_CAUSE_RECOVERY_ON_TIMER);
	}
	sip_call_settle(call);
}

static void repeat_answer(void *arg)
{
	struct sip_call *call = arg;
	const struct sip_timers *timers = sip_transactions_timers(sip.transactions);
	uint64_t now = rd_now_ms();

	if (now >= call->ack.deadline_ms || !call->invite) {
		no_ack(call);
		return;
	}
	sip_server_resend(call->invite);
	call->ack.interval_ms = RD_MIN(call->ack.interval_ms * 2, timers->t2);
	rd_timer_start(&call->ack.timer,
		       (int)RD_MIN((uint64_t)call->ack.interval_ms, call->ack.deadline_ms - now));
}

/* The answer to the offer in our 200: a call without one is of no use. */
static void take_late_answer(struct sip_call *call, const struct sip_msg *ack)
{
	if (sip_call_hear_answer(call, ack) == 0)
		return;
	rd_warning("sip/%s: the ACK brought no usable answer: hanging up",
		   call->endpoint->name);
	sip_call_send_bye(call, RD_CAUSE_INCOMPATIBLE_DESTINATION);
	sip_call_over(call, RD_CAUSE_INCOMPATIBLE_DESTINATION);
}

void sip_call_acknowledged(struct sip_call *call, const struct sip_msg *ack)
{
	if (!call->ack.awaited || ack->cseq.number != call->ack.cseq)
		return;
	call->ack.awaited = false;
	rd_timer_stop(&call->ack.timer);
	if (call->invite) {
		sip_server_forget(call->invite);
		call->invite = NULL;
	}
	if (call->ack.then_bye) {
		sip_call_send_bye(call, call->ack.bye_cause);
		return;
	}
	if (call->ack.answers && call->state == SIP_CALL_UP)
		take_late_answer(call, ack);
	if (call->modify.wanted)
		sip_call_modify(call);
}

void sip_call_init_timers(struct sip_call *call)
{
	rd_timer_init(&call->ack.timer, repeat_answer, call);
	sip_call_init_lapse(call);
	sip_reliable_init(call, NULL);
	sip_expiry_init(call);
	sip_call_init_retry(call);
	sip_fax_init(call);
}
