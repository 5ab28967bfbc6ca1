/* A 2xx to an INVITE whose call is over and forgotten: without an ACK the far end
 * repeats it for half a minute and then gives up in alarm (RFC 3261 §13.2.2.4, RFC
 * 5407 §3.1.6). */
#include "channels/sip/driver.h"
#include "channels/sip/router.h"
#include "channels/sip/call/indialog.h"

static void acknowledge(struct sip_dialog *dialog, const struct sip_msg *invite)
{
	struct sip_flow flow;
	struct sip_out *out =
		sip_dialog_begin_ack(dialog, sip.transactions, invite->cseq.number, &flow);

	if (!out)
		return;
	sip_out_copy(out, invite, SIP_H_AUTHORIZATION);
	sip_out_copy(out, invite, SIP_H_PROXY_AUTHORIZATION);
	sip_ack_send(sip.transactions, &flow, out);
}

/* Whose call it was is forgotten. What we sent to another address than the INVITE named,
 * and by no route, went to a phone behind a NAT. */
static enum sip_aim aim_of(const struct sip_msg *invite, const struct sip_flow *flow)
{
	union sip_sockaddr named;

	if (invite->first[SIP_H_ROUTE] || sip_uri_address(&named, invite->uri) ||
	    sip_sockaddr_same_host(&named, &flow->peer))
		return SIP_AIM_REACHABLE;
	return SIP_AIM_SOURCE;
}

/* Of a dialog that the call knew, its BYE is out already. */
void sip_late_answer(const struct sip_msg *ok, const struct sip_msg *invite,
		     const struct sip_flow *flow, bool known)
{
	struct sip_dialog *dialog;

	if (sip_dialog_new_answered(&dialog, sip.dialogs, invite, ok, flow))
		return;
	sip_dialog_set_aim(dialog, aim_of(invite, flow));
	acknowledge(dialog, invite);
	if (!known && !invite->to.tag.n)
		sip_dialog_send_bye(dialog, RD_CAUSE_NORMAL);
	sip_dialog_free(dialog);
}
