/* Requests of the far end in a dialog of a call, sorted by method (../methods.c).
 * New offers are in reinvite.c. */
#include "channels/sip/methods.h"
#include "channels/sip/call/answer.h"
#include "channels/sip/call/follow.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"

static void reply(const struct sip_call *call, struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_answer_begin(server, status);

	if (status == 405 || status == 200)
		sip_call_print_abilities(call, out, sip_server_method(server));
	sip_reply_send(server, out);
}

/* The caller may hang up before we answered: then its INVITE ends as well. A 200 that he may
 * not have heard is repeated all the same, until his ACK (RFC 3261 §13.3.1.4). */
void sip_call_bye_received(struct sip_call *call, struct sip_server *server,
			   const struct sip_msg *msg)
{
	int cause = sip_cause_of_reason(msg);

	reply(call, server, 200);
	if (call->invite && sip_server_status(call->invite) < 200)
		sip_reply(call->invite, 487, (struct rd_str){ 0 });
	call->ack.then_bye = false;
	sip_call_over(call, cause);
}

/* Who is called has no business to do so (RFC 3261 §15), but what is asked for is a
 * dialog that we know (§15.1.2). The refusal of his INVITE is his to send. */
void sip_early_bye_received(struct sip_call *call, struct sip_dialog *dialog,
			    struct sip_server *server, const struct sip_msg *msg)
{
	(void)msg;
	reply(call, server, 200);
	sip_fork_ended(call, dialog);
}

void sip_call_options_received(struct sip_call *call, struct sip_server *server,
			       const struct sip_msg *msg)
{
	struct sip_out *out = sip_answer_begin(server, 200);

	(void)msg;
	sip_call_print_abilities(call, out, SIP_OPTIONS);
	sip_print_readable(out);
	sip_reply_send(server, out);
}

void sip_early_options_received(struct sip_call *call, struct sip_dialog *dialog,
				struct sip_server *server, const struct sip_msg *msg)
{
	(void)dialog;
	sip_call_options_received(call, server, msg);
}

/* A copy, for the channel may end in between. */
const char *sip_call_named_begin(const struct sip_call *call)
{
	static char name[96];
	const char *outer = rd_fiber_set_subject(name);

	if (call->channel)
		rd_strcpy(name, sizeof(name), rd_channel_name(call->channel));
	else
		rd_fiber_set_subject(outer);
	return outer;
}

void sip_call_named_end(const char *outer)
{
	rd_fiber_set_subject(outer);
}

static void take_request(struct sip_call *call, struct sip_dialog *dialog,
			 struct sip_server *server, const struct sip_msg *msg)
{
	const struct sip_method_row *row = &sip_methods[msg->method];

	/* Two that hang up at once are both right. */
	if (call->state == SIP_CALL_ENDED &&
	    (msg->method != SIP_BYE || (!call->bye && !call->ack.awaited))) {
		reply(call, server, 481);
		return;
	}
	sip_call_proven(call);
	if (!row->inside)
		reply(call, server, 405);
	else if (dialog == call->dialog)
		row->inside(call, server, msg);
	else if (row->early)
		row->early(call, dialog, server, msg);
	else
		reply(call, server, 491);
	sip_call_settle(call);
}

static void request_received(void *arg, struct sip_dialog *dialog, struct sip_server *server,
			     const struct sip_msg *msg)
{
	const char *outer = sip_call_named_begin(arg);

	take_request(arg, dialog, server, msg);
	sip_call_named_end(outer);
}

static void ack_received(void *arg, struct sip_dialog *dialog, const struct sip_msg *msg)
{
	const char *outer = sip_call_named_begin(arg);
	struct sip_call *call = arg;

	sip_call_proven(call);
	if (dialog == call->dialog)
		sip_call_acknowledged(call, msg);
	sip_call_settle(call);
	sip_call_named_end(outer);
}

const struct sip_dialog_user sip_call_dialog_user = {
	.request = request_received,
	.ack = ack_received,
	.find = sip_call_find_far,
};
