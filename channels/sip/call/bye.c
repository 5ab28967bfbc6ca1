/* Hanging up from our side, in whatever state the call is; and BYE. One that the far end has
 * perhaps not read goes where it is found then, or else it would stay in the call. */
#include <ringdown/clock.h>

#include "channels/sip/call/answer.h"
#include "channels/sip/call/fax.h"
#include "channels/sip/call/follow.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/session_timer.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/record.h"

static void bye_response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct sip_call *call = arg;

	if (msg->status < 200)
		return;
	sip_client_forget(client);
	call->bye = NULL;
	sip_call_settle(call);
}

static void bye_ended(void *arg, struct sip_client *client)
{
	struct sip_call *call = arg;

	if (call->bye != client)
		return;
	call->bye = NULL;
	sip_call_settle(call);
}

/* ---- one that was perhaps not read ---- */

enum { AGAIN_MS = 2000, PATIENCE_MS = 32000 }; /* as long as it is repeated by UDP */

static struct rd_list cut_byes = RD_LIST_INIT(cut_byes);
static struct rd_timer again;

static void send_anew(struct sip_call *call)
{
	struct sip_flow flow;

	if (sip_dialog_way(call->dialog, &flow) == 0)
		sip_client_move(call->bye, &flow);
}

static void give_up(struct sip_call *call)
{
	sip_client_forget(call->bye);
	call->bye = NULL;
	sip_call_settle(call);
}

/* Whoever was away for a moment may be back. */
static void try_again(void *arg)
{
	(void)arg;
	rd_list_foreach(node, tmp, &cut_byes) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, bye_cut);

		if (!call->bye || !sip_client_is_cut(call->bye))
			continue;
		if (rd_now_ms() >= call->bye_until_ms)
			give_up(call);
		else
			send_anew(call);
	}
	if (!rd_list_empty(&cut_byes))
		rd_timer_start(&again, AGAIN_MS);
}

void sip_byes_start(void)
{
	rd_timer_init(&again, try_again, NULL);
}

void sip_byes_stop(void)
{
	rd_timer_stop(&again);
}

static void bye_lost(void *arg, struct sip_client *client)
{
	struct sip_call *call = arg;

	(void)client;
	if (!rd_list_linked(&call->bye_cut)) {
		rd_list_push(&cut_byes, &call->bye_cut);
		call->bye_until_ms = rd_now_ms() + PATIENCE_MS;
	}
	if (!rd_timer_running(&again))
		rd_timer_start(&again, AGAIN_MS);
	send_anew(call);
}

static const struct sip_client_user bye_user = {
	.response = bye_response,
	.ended = bye_ended,
	.lost = bye_lost,
};

void sip_byes_look_again(const struct sip_contact *contact)
{
	rd_list_foreach(node, tmp, &cut_byes) {
		struct sip_call *call = rd_list_entry(node, struct sip_call, bye_cut);
		struct sip_flow flow;

		if (call->bye && sip_client_is_cut(call->bye) &&
		    sip_record_is_of(contact->aor, call->endpoint) &&
		    sip_call_find_far(call, call->dialog, &flow))
			sip_client_move(call->bye, &flow);
	}
}

/* call: whose it is; NULL: nobody's. */
static void send_bye(struct sip_dialog *dialog, int cause, struct sip_call *call)
{
	struct sip_flow flow;
	struct sip_out *out = sip_dialog_begin(dialog, sip.transactions, SIP_BYE, &flow);

	if (!out)
		return;
	sip_print_agent(out, false);
	sip_print_reason(out, cause);
	sip_request_send(sip.transactions, call ? &call->bye : NULL, &flow, out,
			 call ? &bye_user : NULL, call);
}

void sip_call_send_bye(struct sip_call *call, int cause)
{
	if (call->bye || !call->dialog)
		return;
	call->ack.then_bye = false;
	call->ack.bye_cause = cause;
	send_bye(call->dialog, cause, call);
}

void sip_dialog_send_bye(struct sip_dialog *dialog, int cause)
{
	send_bye(dialog, cause, NULL);
}

/* BYE must not overtake the ACK to our own 200 (RFC 3261 §15). */
static void end_answered(struct sip_call *call, int cause)
{
	call->ack.bye_cause = cause;
	if (call->ack.awaited)
		call->ack.then_bye = true;
	else
		sip_call_send_bye(call, cause);
}

/* A cause does not say whether it was a person's no, or meant for all branches. */
unsigned sip_call_refusal_status(const struct sip_call *call, int cause)
{
	if (!call || !call->far_refusal || call->far_refusal_cause != cause)
		return sip_status_of_cause(cause);
	switch (call->far_refusal) {
	case 401: /* whose password was wanted is ours, not the caller's */
	case 403:
	case 407:
		return 403;
	case 482:
	case 600:
	case 603:
	case 604:
	case 607:
	case 608:
		return call->far_refusal;
	default:
		return sip_status_of_cause(cause);
	}
}

void sip_call_hangup(struct sip_call *call, int cause)
{
	enum sip_call_state state = call->state;

	call->state = SIP_CALL_ENDED;
	sip_expiry_stop(call);
	sip_ends_forget_caller(call);
	sip_fax_part(call);
	call->modify.wanted = false;
	sip_trunk_over(call, cause);
	switch (state) {
	case SIP_CALL_INCOMING:
		sip_call_refuse(call, sip_call_refusal_status(call, cause), cause);
		break;
	case SIP_CALL_OUTGOING:
		sip_legs_cancel(call, NULL, cause);
		break;
	case SIP_CALL_UP:
		end_answered(call, cause);
		break;
	case SIP_CALL_NEW:
	case SIP_CALL_ENDED:
		break;
	}
}
