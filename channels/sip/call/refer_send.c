/* A call that is up is sent elsewhere: our REFER, and the NOTIFYs that tell how
 * the far end fared (RFC 3515, 4488). One at a time for a call. */
#include <stdio.h>

#include "channels/sip/event/event.h"
#include "channels/sip/extension.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/refer.h"

/* The far end has followed it, or has not: the core is told, once. */
static void conclude(struct sip_call *call, int rc, unsigned status)
{
	struct rd_signal signal = { .type = RD_SIGNAL_TRANSFER, .number = rc };

	if (!call->refer.awaits)
		return;
	call->refer.awaits = false;
	snprintf(signal.text, sizeof(signal.text), "%u", status);
	if (call->channel && call->state != SIP_CALL_ENDED)
		rd_channel_signal(call->channel, &signal);
}

static int rc_of_status(unsigned status)
{
	if (status < 300)
		return 0;
	return status == 405 || status == 501 ? -ENOSYS : -ECONNREFUSED;
}

/* ---- what comes back ---- */

static void lose(struct sip_call *call)
{
	if (call->state == SIP_CALL_UP)
		sip_call_lost(call);
}

static void refer_response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct sip_call *call = arg;
	struct rd_str sub = sip_msg_value(msg, SIP_H_REFER_SUB);

	if (msg->status < 200)
		return;
	sip_client_forget(client);
	call->refer.client = NULL;
	if (msg->status >= 300 || rd_str_ieq(sub, RD_STR("false")))
		conclude(call, rc_of_status(msg->status), msg->status);
	if (msg->status == 408 || msg->status == 481)
		lose(call);
	sip_call_settle(call);
}

static void refer_failed(void *arg, struct sip_client *client, int rc)
{
	struct sip_call *call = arg;

	(void)client;
	conclude(call, rc, rc == -ETIMEDOUT ? 408 : 503);
	if (rc == -ETIMEDOUT)
		lose(call);
}

static void refer_ended(void *arg, struct sip_client *client)
{
	struct sip_call *call = arg;

	if (call->refer.client == client)
		call->refer.client = NULL;
	sip_call_settle(call);
}

static const struct sip_client_user refer_user = {
	.response = refer_response, .failed = refer_failed, .ended = refer_ended
};

/* "SIP/2.0 486 Busy Here", the start of a sipfrag; 0: it is none. */
static unsigned status_of_fragment(const struct sip_msg *msg)
{
	struct rd_str rest = msg->body, word;
	struct sip_media_type type;
	uint64_t status;

	if (sip_media_type_parse(&type, sip_msg_value(msg, SIP_H_CONTENT_TYPE), NULL) ||
	    !rd_str_ieq(type.subtype, RD_STR("sipfrag")) ||
	    !rd_str_starts(rest, RD_STR("SIP/2.0 ")))
		return 0;
	rd_str_cut(&rest, ' ', &word);
	if (rest.n < 3 || rd_str_to_u64((struct rd_str){ rest.p, 3 }, 699, &status) ||
	    status < 100)
		return 0;
	return (unsigned)status;
}

static bool is_last(const struct sip_msg *msg)
{
	struct rd_str state = sip_msg_value(msg, SIP_H_SUBSCRIPTION_STATE), word;

	rd_str_cut(&state, ';', &word);
	return rd_str_ieq(rd_str_trim(word), RD_STR("terminated"));
}

/* Is it news of our REFER? 0, or a status. */
static unsigned check(const struct sip_call *call, const struct sip_msg *msg)
{
	struct rd_str name, id;
	uint64_t cseq;

	if (!call->refer.cseq)
		return 481;
	if (sip_event_parse(sip_msg_value(msg, SIP_H_EVENT), &name, &id))
		return 400;
	if (!rd_str_eq(name, RD_STR("refer")))
		return 489;
	if (id.n && (rd_str_to_u64(id, UINT32_MAX, &cseq) || cseq != call->refer.cseq))
		return 481;
	return 0;
}

void sip_call_notified(struct sip_call *call, struct sip_server *server,
		       const struct sip_msg *msg)
{
	unsigned refusal = check(call, msg), status;

	sip_answer_with(server, refusal ? refusal : 200);
	if (refusal)
		return;
	status = status_of_fragment(msg);
	/* Who does not want to tell more has at least begun. */
	if (status < 200 && is_last(msg))
		status = 202;
	if (status >= 200)
		conclude(call, rc_of_status(status), status);
}

/* ---- sending ---- */

static void print_refer_to(struct sip_out *out, const char *target, const struct sip_flow *flow)
{
	sip_out_header_begin(out, SIP_H_REFER_TO);
	sip_print_place(out, target, flow);
	sip_out_crlf(out);
}

int sip_call_send_refer(struct sip_call *call, const char *target)
{
	struct sip_flow flow;
	struct sip_out *out;
	int rc;

	if (call->state != SIP_CALL_UP)
		return -ENOSYS;
	if (call->refer.awaits)
		return -EBUSY;
	out = sip_dialog_begin(call->dialog, sip.transactions, SIP_REFER, &flow);
	if (!out)
		return -EHOSTUNREACH;
	call->refer.cseq = call->dialog->local_cseq;
	sip_call_print_contact(call, out, &flow);
	sip_print_agent(out, false);
	sip_call_print_abilities(call, out, SIP_REFER);
	print_refer_to(out, target, &flow);
	sip_out_header(out, SIP_H_REFERRED_BY, call->dialog->local);
	if (call->refer.client)
		sip_client_forget(call->refer.client);
	call->refer.client = NULL;
	rc = sip_request_send(sip.transactions, &call->refer.client, &flow, out, &refer_user, call);
	call->refer.awaits = rc == 0;
	return rc ? rc : -EINPROGRESS;
}
