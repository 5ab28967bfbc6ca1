/* Requests of the far end in a dialog of a call, sorted by method. New offers
 * are in reinvite.c. */
#include <ringdown/log.h>

#include "call.h"

static void reply(struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_reply_begin(server, status, (struct rd_str){ 0 });

	if (!out)
		return;
	sip_print_agent(out, true);
	if (status == 405 || status == 200)
		sip_print_allow(out);
	sip_reply_send(server, out);
}

/* The caller may hang up before we answered: then its INVITE ends as well. */
static void bye_received(struct sip_call *call, struct sip_server *server,
			 const struct sip_msg *msg)
{
	int cause = sip_cause_of_reason(msg);

	reply(server, 200);
	if (call->invite && sip_server_status(call->invite) < 200)
		sip_reply(call->invite, 487, (struct rd_str){ 0 });
	call->ack_awaited = false;
	rd_timer_stop(&call->ack_timer);
	call->bye_after_ack = false;
	sip_call_over(call, cause);
}

/* In an early dialog of ours nothing but a question has a meaning yet: an offer
 * may come later, a key would be for whoever wins, so it is taken and dropped. */
static bool is_too_early(const struct sip_call *call, const struct sip_dialog *dialog,
			 const struct sip_msg *msg)
{
	return dialog != call->dialog && msg->method != SIP_OPTIONS;
}

static void request_received(void *arg, struct sip_dialog *dialog,
			     struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_call *call = arg;

	/* Two that hang up at once are both right. */
	if (call->state == SIP_CALL_ENDED &&
	    (msg->method != SIP_BYE || (!call->bye && !call->ack_awaited))) {
		reply(server, 481);
		return;
	}
	if (is_too_early(call, dialog, msg)) {
		reply(server, msg->method == SIP_INFO ? 200 : 491);
		return;
	}
	switch (msg->method) {
	case SIP_BYE:
		bye_received(call, server, msg);
		break;
	case SIP_INVITE:
		sip_call_reinvited(call, server, msg);
		break;
	case SIP_UPDATE:
		sip_call_updated(call, server, msg);
		break;
	case SIP_INFO:
		sip_call_info_received(call, server, msg);
		break;
	case SIP_MESSAGE:
		sip_call_text_received(call, server, msg);
		break;
	case SIP_OPTIONS:
		reply(server, 200);
		break;
	default:
		reply(server, 405);
		break;
	}
	sip_call_settle(call);
}

static void ack_received(void *arg, struct sip_dialog *dialog, const struct sip_msg *msg)
{
	struct sip_call *call = arg;

	if (dialog == call->dialog)
		sip_call_acknowledged(call, msg);
	sip_call_settle(call);
}

const struct sip_dialog_user sip_call_dialog_user = {
	.request = request_received,
	.ack = ack_received,
};
