/* Our own re-INVITE or UPDATE: whom the far end talks to now, that the session goes
 * on, other codecs or lines, a new way of ICE. One at a time, never across an offer
 * of theirs; after glare it waits as RFC 3261 §14.1 says and tries again. */
#include <ringdown/log.h>

#include "channels/sip/call/fax.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/session_timer.h"

/* So often in a row it is tried to send what cannot be sent. */
#define TRIES 5

static void retry_in(struct sip_call *call, int ms)
{
	call->modify.wanted = true;
	rd_timer_start(&call->modify.retry, ms);
}

/* The side that chose the Call-ID waits 2.1 to 4 s, the other up to 2 s. */
static void retry_later(struct sip_call *call)
{
	bool owner = call->dialog && !call->dialog->answers;
	uint16_t random;

	rd_random(&random, sizeof(random));
	retry_in(call, owner ? 2100 + random % 1900 : random % 2000);
}

/* What it was to say is still to be said. */
static void not_sent(struct sip_call *call, int rc)
{
	bool again = ++call->modify.unsent < TRIES;

	rd_warning("sip/%s: a change is not told: %s%s", call->endpoint->name, rd_strerror(rc),
		   again ? "; trying again" : "");
	if (call->modify.is_invite) {
		sip_call_withdraw(call);
		call->modify.offers = again;
	}
	if (again) {
		retry_later(call);
		return;
	}
	call->modify.unsent = 0;
	sip_fax_refused(call);
}

/* A 500 that names a time: it had an offer of its own to see to (RFC 3311 §5.2). */
static bool may_retry(const struct sip_msg *msg, uint32_t *seconds)
{
	return sip_msg_number(msg, SIP_H_RETRY_AFTER, seconds) == 0 && *seconds <= 30;
}

static void acknowledge(struct sip_call *call, uint32_t cseq)
{
	struct sip_flow flow;
	struct sip_out *out = sip_dialog_begin_ack(call->dialog, sip.transactions,
						   cseq, &flow);

	if (out)
		sip_ack_send(sip.transactions, &flow, out);
}

static void take_answer(struct sip_call *call, const struct sip_msg *msg)
{
	int rc;

	if (!call->stream || call->session.state != SIP_OFFER_OURS)
		return; /* the 2xx once more */
	rc = sip_call_hear_answer(call, msg);
	if (!rc)
		return;
	rd_notice("sip/%s: its answer to our re-INVITE cannot be used: %s",
		  call->endpoint->name, rd_strerror(rc));
	sip_call_withdraw(call);
	/* It thinks that something was agreed on: what holds is said to it once more. */
	if (call->fax.asker)
		call->modify.offers = call->modify.wanted = true;
	sip_fax_refused(call);
}

static void accepted(struct sip_call *call, const struct sip_msg *msg)
{
	unsigned more = sip_more_offered(call);
	bool again = call->modify.done;

	sip_dialog_refresh(call->dialog, msg);
	if (call->state == SIP_CALL_UP && !call->modify.done)
		sip_expiry_answered(call, msg);
	if (call->modify.is_invite) {
		acknowledge(call, msg->cseq.number);
		take_answer(call, msg);
		sip_more_answered(call, more);
		call->anew = 0;
	}
	call->modify.done = true; /* kept for repetitions of the 2xx */
	if (call->modify.is_invite && !again)
		sip_fax_settle(call);
}

void sip_call_lost(struct sip_call *call)
{
	sip_call_send_bye(call, RD_CAUSE_RECOVERY_ON_TIMER);
	sip_call_over(call, RD_CAUSE_RECOVERY_ON_TIMER);
}

/* What was agreed before holds. */
static void refused(struct sip_call *call, struct sip_client *client, unsigned status)
{
	unsigned more = sip_more_offered(call);

	sip_client_forget(client);
	call->modify.client = NULL;
	if (!call->modify.is_invite)
		return;
	sip_call_withdraw(call);
	/* After glare it is tried again; what they do not want is not. */
	if (status == 491 || status == 500 || status == 422)
		call->modify.offers = true;
	else {
		call->anew = 0;
		sip_more_answered(call, more);
		sip_fax_refused(call);
	}
}

/* Later, by another method, or the call is over. */
static void after_refusal(struct sip_call *call, const struct sip_msg *msg)
{
	uint32_t seconds;

	switch (msg->status) {
	case 422:
		if (sip_expiry_too_short(call, msg))
			sip_call_modify(call);
		else
			sip_fax_refused(call);
		break;
	case 491:
		retry_later(call);
		break;
	case 500:
		if (may_retry(msg, &seconds))
			retry_in(call, (int)seconds * 1000);
		else
			sip_fax_refused(call);
		break;
	case 405:
	case 501:
		if (call->modify.is_invite)
			break;
		call->far_update = false; /* by INVITE then */
		sip_call_modify(call);
		break;
	case 408:
	case 481:
		if (call->state == SIP_CALL_UP)
			sip_call_lost(call);
		break;
	default:
		break;
	}
}

static void modify_response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct sip_call *call = arg;
	bool ended = call->state == SIP_CALL_ENDED;

	if (msg->status < 200)
		return;
	call->modify.unsent = 0;
	if (msg->status < 300) {
		accepted(call, msg);
		if (!ended && call->modify.wanted)
			sip_call_modify(call);
	} else {
		refused(call, client, msg->status);
		if (!ended)
			after_refusal(call, msg);
	}
	sip_call_settle(call);
}

static void modify_failed(void *arg, struct sip_client *client, int rc)
{
	struct sip_call *call = arg;

	sip_client_forget(client);
	call->modify.client = NULL;
	if (call->state == SIP_CALL_ENDED)
		sip_call_settle(call);
	else if (rc != -ETIMEDOUT)
		not_sent(call, rc);
	else if (call->state == SIP_CALL_UP)
		sip_call_lost(call);
}

static void modify_ended(void *arg, struct sip_client *client)
{
	struct sip_call *call = arg;

	if (call->modify.client == client)
		call->modify.client = NULL;
	sip_call_settle(call);
}

static const struct sip_client_user modify_user = {
	.response = modify_response,
	.failed = modify_failed,
	.ended = modify_ended,
};

static int print(struct sip_call *call, struct sip_out *out, const struct sip_flow *flow,
		 enum sip_method method)
{
	sip_call_print_contact(call, out, flow);
	sip_call_print_abilities(call, out, method);
	sip_print_agent(out, false);
	sip_call_print_party(call, out, flow);
	if (call->state == SIP_CALL_UP)
		sip_expiry_print(call, out);
	return method == SIP_INVITE ? sip_call_print_sdp(call, out, true) : 0;
}

static int try_to_send(struct sip_call *call, enum sip_method method)
{
	struct sip_flow flow;
	struct sip_out *out = sip_dialog_begin(call->dialog, sip.transactions, method, &flow);
	int rc;

	if (!out)
		return -EHOSTUNREACH;
	rc = print(call, out, &flow, method);
	return rc ? rc : sip_request_send(sip.transactions, &call->modify.client, &flow, out,
					  &modify_user, call);
}

static void send_modify(struct sip_call *call)
{
	bool update = call->far_update && !call->modify.offers;
	enum sip_method method = update ? SIP_UPDATE : SIP_INVITE;
	int rc;

	if (call->modify.client)
		sip_client_leave(call->modify.client);
	call->modify.client = NULL;
	call->modify.done = call->modify.offers = false;
	call->modify.is_invite = method == SIP_INVITE;
	rc = try_to_send(call, method);
	if (rc)
		not_sent(call, rc);
}

bool sip_call_modifying(const struct sip_call *call)
{
	return call->modify.client && !call->modify.done;
}

/* Before the answer only a caller whose dialog is sure to exist can be told, by
 * UPDATE (RFC 3311 §4). What it is not told now, the answer tells. */
static bool may_modify(const struct sip_call *call)
{
	const struct sip_reliable *reliable = &call->reliable;

	if (call->state != SIP_CALL_INCOMING)
		return call->state == SIP_CALL_UP;
	return call->far_update && reliable->rseq && !reliable->waits;
}

void sip_call_modify(struct sip_call *call)
{
	if (call->state != SIP_CALL_UP && call->state != SIP_CALL_INCOMING)
		return;
	call->modify.wanted = true;
	if (!may_modify(call) || call->ack.awaited || call->fax.asks || sip_call_modifying(call) ||
	    rd_timer_running(&call->modify.retry))
		return;
	call->modify.wanted = false;
	send_modify(call);
}

static void retry_due(void *arg)
{
	struct sip_call *call = arg;

	if (call->modify.wanted)
		sip_call_modify(call);
}

void sip_call_init_retry(struct sip_call *call)
{
	rd_timer_init(&call->modify.retry, retry_due, call);
}
