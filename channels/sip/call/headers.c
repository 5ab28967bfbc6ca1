/* Headers that messages of a call share: what it can do, who calls. */
#include <string.h>

#include <ringdown/conference.h>

#include "channels/sip/extension.h"
#include "channels/sip/methods.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/trunk.h"

void sip_call_print_abilities(const struct sip_call *call, struct sip_out *out,
			      enum sip_method method)
{
	sip_print_allow(out, SIP_ALLOW_INSIDE);
	sip_print_supported(out, method, call->endpoint);
	if (method == SIP_INVITE || method == SIP_UPDATE)
		sip_print_recv_info(out);
}

/* What stands behind his number: an extension that the trunk wants told, or what came with it. */
static const char *caller_context(const struct sip_call *call)
{
	const char *own = call->channel ? rd_var_get(call->channel, SIP_VAR_CALLER_CONTEXT) : NULL;

	if (own && *own)
		return own;
	return call->caller && call->endpoint->user_eq_phone
		       ? rd_var_get(call->caller, SIP_VAR_CALLER_CONTEXT)
		       : NULL;
}

void sip_call_localize(const struct sip_call *call, struct rd_party *who)
{
	const char *local = caller_context(call);
	size_t n = who->number ? strlen(who->number) : 0;

	if (local && n && strncmp(local, who->number, n) == 0 && local[n] == ';')
		who->number = local;
}

void sip_call_print_party(const struct sip_call *call, struct sip_out *out,
			  const struct sip_flow *flow)
{
	bool called = call->dialog && call->dialog->answers;
	char host[SIP_SOCKADDR_TEXT], number[RD_SIP_NUMBER];
	struct rd_party who;

	if (!call->channel || !sip_endpoint_sends_identity(call->endpoint))
		return;
	who = *rd_channel_party(call->channel, RD_PARTY_CONNECTED);
	sip_trunk_told(call, &who, number);
	sip_call_localize(call, &who);
	sip_print_identity(out, call->endpoint, &who, called, sip_our_host(flow, host));
}

/* RFC 4579 §5.1: its URI is the room's, and all can be asked there that may be asked of a
 * room. */
static void print_focus(struct sip_out *out, const struct sip_flow *flow, const char *room)
{
	sip_out_header_begin(out, SIP_H_CONTACT);
	sip_out_cstr(out, out->secure ? "<sips:" : "<sip:");
	sip_out_escaped_user(out, rd_str_of(room));
	sip_out_char(out, '@');
	sip_print_us(out, flow);
	sip_out_cstr(out, ">;isfocus");
	sip_out_crlf(out);
}

void sip_call_print_contact(const struct sip_call *call, struct sip_out *out,
			    const struct sip_flow *flow)
{
	const char *room = call->channel ? rd_channel_conference(call->channel) : NULL;
	const struct rd_party *us =
		call->channel ? rd_channel_party(call->channel, RD_PARTY_CONNECTED) : NULL;

	if (room)
		print_focus(out, flow, room);
	else
		sip_print_contact_for(out, flow, call->endpoint,
				      us && !rd_presentation_shown(us->number_pres));
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
	bool called = !(call->dialog && call->dialog->answers);
	struct sip_party who;

	sip_call_note_allow(call, msg);
	if (!call->channel || !sip_party_asserted(&who, call->endpoint, msg, called))
		return;
	who.party.tag = rd_channel_party(call->channel, RD_PARTY_CALLER)->tag;
	rd_channel_set_party(call->channel, RD_PARTY_CALLER, &who.party);
	sip_call_post(call, RD_SIGNAL_PARTY, 0);
}
