/* The INVITE of an outgoing leg and its dialog: what we say to whom we call. What comes back
 * is in leg.c. */
#include "channels/sip/endpoint/aim.h"
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/call/auto_answer.h"
#include "channels/sip/call/diversion.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/session_timer.h"
#include "channels/sip/memory.h"

int sip_leg_invite(struct sip_leg *leg)
{
	struct sip_call *call = leg->call;
	struct sip_dialog *dialog = leg->forks[0]->dialog;
	struct sip_flow flow;
	struct sip_out *out = sip_dialog_begin(dialog, sip.transactions, SIP_INVITE, &flow);
	int rc;

	if (!out)
		return -EHOSTUNREACH;
	sip_call_print_contact(call, out, &flow);
	sip_call_print_abilities(call, out, SIP_INVITE);
	if (call->endpoint->reliable == SIP_RELIABLE_REQUIRED)
		sip_out_header(out, SIP_H_REQUIRE, RD_STR("100rel"));
	sip_print_agent(out, false);
	sip_call_print_party(call, out, &flow);
	if (call->channel)
		sip_diversion_print(call, out, &flow, dialog->target);
	sip_expiry_print(call, out);
	sip_auto_answer_print(call, out, &flow);
	if (call->headers)
		sip_out_cstr(out, call->headers);
	if (call->peer_lines)
		sip_out_cstr(out, call->peer_lines);
	call->exposed = !flow.transport->secure;
	out->beside = rd_str_of(call->token);
	rc = call->endpoint->late_offer ? 0 : sip_call_print_sdp(call, out, true);
	if (rc == 0 && call->token && call->endpoint->late_offer)
		sip_out_body(out, (struct rd_str){ 0 }, (struct rd_str){ 0 });
	if (rc == 0)
		rc = sip_request_send(sip.transactions, &leg->client, &flow, out,
				      &sip_leg_user, leg);
	leg->waits = rc == 0;
	return rc;
}

/* Who is called in the place of another has the same request (RFC 3263 §4.3). */
static void repeat(struct sip_dialog_params *params, const struct sip_leg *former)
{
	const struct sip_dialog *dialog = former->forks[0]->dialog;

	params->call_id = dialog->call_id;
	params->local_tag = dialog->local_tag;
	params->cseq = dialog->first_cseq - 1;
}

static int open_dialog(struct sip_leg *leg, const struct sip_dialog_params *where,
		       const struct sip_leg *former)
{
	struct sip_call *call = leg->call;
	char from[512], to[2312], host[SIP_SOCKADDR_TEXT];
	struct rd_party who = *rd_channel_party(call->channel, RD_PARTY_CONNECTED);
	struct sip_dialog_params params = *where;
	struct sip_dialog *dialog;
	struct sip_out out;
	int rc;

	if (former && former->fork_count)
		repeat(&params, former);
	sip_out_init(&out, from, sizeof(from));
	sip_call_localize(call, &who);
	sip_print_from(&out, call->endpoint, &who, sip_our_host(where->flow, host));
	params.local = sip_out_text(&out);
	rc = out.overflow ? -EMSGSIZE : 0;
	sip_out_init(&out, to, sizeof(to));
	sip_out_char(&out, '<');
	sip_out_str(&out, where->target);
	sip_out_char(&out, '>');
	params.remote = sip_out_text(&out);
	if (rc || out.overflow)
		return -EMSGSIZE;
	rc = sip_dialog_new_uac(&dialog, sip.dialogs, &params);
	if (rc)
		return rc;
	sip_dialog_set_aim(dialog, sip_endpoint_aim(call->endpoint));
	sip_ends_introduce(call, dialog);
	dialog->account = sip_endpoint_account(call->endpoint);
	if (call->hops >= 0)
		dialog->hops = (unsigned)call->hops;
	sip_dialog_set_user(dialog, &sip_call_dialog_user, call);
	return sip_fork_take(leg, dialog);
}

static int leg_new(struct sip_leg **lp, struct sip_call *call,
		   const struct sip_dialog_params *params, const struct sip_leg *former)
{
	struct sip_leg *leg = rd_zalloc(sizeof(*leg));
	int rc;

	if (!leg)
		return -ENOMEM;
	rd_memory_belongs(leg, &sip_memory_calls);
	leg->call = call;
	rd_list_init(&leg->link);
	rd_list_init(&leg->cut);
	sip_leg_init_patience(leg);
	rc = open_dialog(leg, params, former);
	if (rc == 0)
		rc = sip_leg_invite(leg);
	if (rc) {
		sip_leg_free(leg);
		return rc;
	}
	rd_list_push(&call->legs, &leg->link);
	*lp = leg;
	return 0;
}

int sip_leg_start(struct sip_call *call, struct rd_str target, struct rd_str routes,
		  const struct sip_flow *flow)
{
	const struct sip_dialog_params params = { .target = target,
						  .routes = routes,
						  .flow = flow };
	struct sip_leg *leg;

	return leg_new(&leg, call, &params, NULL);
}

int sip_leg_try(struct sip_call *call, struct sip_way *way, const struct sip_flow *flow,
		const struct sip_leg *former)
{
	struct sip_dialog_params params = { .target = sip_call_hunted(call), .flow = flow };
	struct sip_leg *leg;
	char route[SIP_PROXY_ROUTE];
	int rc = sip_print_proxy_route(call->endpoint, flow, route, &params.routes);

	if (!rc)
		rc = leg_new(&leg, call, &params, former);
	if (rc)
		return rc;
	leg->way = way;
	sip_leg_be_patient(leg);
	return 0;
}
