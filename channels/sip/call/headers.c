/* Headers that our messages share: who we are, what we can do, who calls. */
#include "../extension.h"
#include "../methods.h"
#include "call.h"

struct rd_str sip_our_host(const struct sip_flow *flow, char text[SIP_SOCKADDR_TEXT])
{
	const union sip_sockaddr *us = sip_flow_sent_by(flow);
	size_t n = sip_sockaddr_host(us, us->sa.sa_family == AF_INET6 ? text + 1 : text);

	if (us->sa.sa_family == AF_INET6) {
		text[0] = '[';
		text[++n] = ']';
		n++;
	}
	return (struct rd_str){ text, n };
}

void sip_print_contact(struct sip_out *out, const struct sip_flow *flow)
{
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_cstr(out, out->secure ? "<sips:" : "<sip:");
	sip_out_sockaddr(out, sip_flow_sent_by(flow));
	if (!out->secure && flow->transport->protocol != SIP_UDP) {
		sip_out_cstr(out, ";transport=");
		sip_out_str(out, sip_protocol_param(flow->transport->protocol));
	}
	sip_out_char(out, '>');
	sip_out_crlf(out);
}

void sip_print_agent(struct sip_out *out, bool is_response)
{
	sip_out_header(out, is_response ? SIP_H_SERVER : SIP_H_USER_AGENT,
		       rd_str_of(sip.settings->user_agent));
}

void sip_print_accept(struct sip_out *out)
{
	sip_out_header(out, SIP_H_ACCEPT,
		       RD_STR("application/sdp, multipart/mixed, multipart/alternative, "
			      "multipart/related"));
}

void sip_call_print_abilities(const struct sip_call *call, struct sip_out *out,
			      enum sip_method method)
{
	sip_print_allow(out, SIP_ALLOW_INSIDE);
	sip_print_supported(out, method, call->endpoint);
	if (method == SIP_INVITE || method == SIP_UPDATE)
		sip_print_recv_info(out);
}

void sip_call_print_party(const struct sip_call *call, struct sip_out *out,
			  const struct sip_flow *flow)
{
	bool called = call->dialog && call->dialog->answers;
	char host[SIP_SOCKADDR_TEXT];

	if (call->channel && (call->endpoint->send_pai || call->endpoint->send_rpid))
		sip_print_identity(out, call->endpoint,
				   rd_channel_party(call->channel, RD_PARTY_CONNECTED),
				   called, sip_our_host(flow, host));
}

void sip_call_note_allow(struct sip_call *call, const struct sip_msg *msg)
{
	if (sip_msg_header(msg, SIP_H_ALLOW))
		call->far_update = sip_msg_lists(msg, SIP_H_ALLOW, RD_STR("UPDATE"));
	if (sip_msg_header(msg, SIP_H_RECV_INFO))
		call->far_keys = sip_msg_lists(msg, SIP_H_RECV_INFO, RD_STR(SIP_INFO_KEYS));
}

void sip_call_note_peer(struct sip_call *call, const struct sip_msg *msg)
{
	struct sip_party who;

	sip_call_note_allow(call, msg);
	if (!call->channel || !sip_party_asserted(&who, call->endpoint, msg))
		return;
	rd_channel_set_party(call->channel, RD_PARTY_CALLER, &who.party);
	sip_call_post(call, RD_SIGNAL_PARTY, 0);
}
