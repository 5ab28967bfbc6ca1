/* Birth and death of a call. It lives as long as the channel wants it or the
 * far end still owes it an answer: sip_call_settle() decides. */
#include <ringdown/log.h>

#include "channels/sip/call/answer.h"
#include "channels/sip/call/fax.h"
#include "channels/sip/call/ice.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/session_timer.h"
#include "channels/sip/call/tech.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/memory.h"

static uint64_t last_order;

int sip_call_new(struct sip_call **cp, struct sip_settings *settings,
		 const struct sip_endpoint *endpoint)
{
	struct sip_call *call = rd_zalloc(sizeof(*call));

	if (!call)
		return -ENOMEM;
	rd_memory_belongs(call, &sip_memory_calls);
	call->magic = SIP_CALL_MAGIC;
	call->settings = sip_settings_ref(settings);
	call->endpoint = endpoint;
	call->hops = -1;
	rd_list_init(&call->legs);
	rd_list_init(&call->bye_cut);
	sip_call_init_timers(call);
	sip_session_init(&call->session);
	call->order = ++last_order;
	rd_list_push(&sip.calls, &call->link);
	sip.call_count++;
	*cp = call;
	return 0;
}

static void call_free(struct sip_call *call)
{
	RD_CHECK(call, SIP_CALL_MAGIC);
	sip_trunk_over(call, RD_CAUSE_NORMAL);
	rd_timer_stop(&call->lapse);
	rd_timer_stop(&call->ack.timer);
	rd_timer_stop(&call->reliable.timer);
	rd_timer_stop(&call->expiry.timer);
	rd_timer_stop(&call->modify.retry);
	sip_fax_part(call);
	sip_ends_forget_caller(call);
	rd_list_foreach(node, tmp, &call->legs)
		sip_leg_free(rd_list_entry(node, struct sip_leg, link));
	sip_lookup_cancel(call->lookup);
	if (call->invite)
		sip_server_forget(call->invite);
	if (call->modify.client)
		sip_client_leave(call->modify.client);
	if (call->bye)
		sip_client_forget(call->bye);
	rd_list_remove(&call->bye_cut);
	if (call->refer.client)
		sip_client_forget(call->refer.client);
	if (call->stream)
		rd_stream_close(call->stream);
	sip_beside_close(call);
	sip_dialog_free(call->dialog);
	sip_session_fini(&call->session);
	rd_free(call->ack.answer);
	rd_free(call->withheld);
	rd_free((char *)call->received.head.p);
	rd_free(call->contact);
	rd_free(call->media_offer);
	rd_free(call->target);
	rd_free(call->host_target);
	rd_free(call->redirects);
	rd_free(call->device);
	rd_free(call->dialled);
	rd_free(call->headers);
	rd_free(call->peer_lines);
	rd_free(call->answer_lines);
	rd_free(call->token);
	sip_settings_unref(call->settings);
	rd_list_remove(&call->link);
	sip.call_count--;
	call->magic = 0;
	rd_free(call);
}

static bool waits_for_far_end(const struct sip_call *call)
{
	if (call->ack.awaited || call->bye)
		return true;
	rd_list_foreach(node, tmp, &call->legs)
		if (rd_list_entry(node, struct sip_leg, link)->waits)
			return true;
	return false;
}

void sip_call_settle(struct sip_call *call)
{
	if (!call->channel && !waits_for_far_end(call))
		call_free(call);
}

void sip_call_destroy(struct sip_call *call)
{
	sip_trunk_over(call, RD_CAUSE_NORMAL);
	call->channel = NULL;
	call->stream = NULL;
	sip_beside_forget(call);
	sip_call_settle(call);
}

void sip_call_abandon(struct sip_call *call)
{
	call->channel = NULL;
	call->stream = NULL;
	sip_beside_forget(call);
	call_free(call);
}

bool sip_ours_facing(union sip_sockaddr *ours, struct sip_transports *transports,
		     const union sip_sockaddr *theirs)
{
	struct sip_transport *transport = NULL;
	struct sip_flow way;

	for (int i = 0; i < SIP_PROTOCOLS && !transport; i++)
		transport = sip_transports_for(transports, (enum sip_protocol)i, theirs);
	if (!transport || sip_flow_recall(&way, transport, theirs, (struct rd_str){ 0 }))
		return false;
	*ours = way.local;
	sip_sockaddr_set_port(ours, 0);
	return true;
}

/* Where it has its sound elsewhere than that flow leads, and we can send there. */
static void face_sound(union sip_sockaddr *ours, const struct sip_flow *flow,
		       const struct sdp *offer)
{
	const struct sdp_media *media = sdp_sound(offer);
	union sip_sockaddr theirs;

	if (media && !sdp_media_address(offer, media, &theirs) &&
	    !sip_sockaddr_is_any(&theirs) && theirs.sa.sa_family != flow->local.sa.sa_family)
		(void)sip_ours_facing(ours, flow->transport->owner, &theirs);
}

int sip_call_open_stream(struct sip_call *call, const struct sip_flow *flow,
			 const struct sdp *offer)
{
	struct rd_rtp_local local = {
		.kind = RD_MEDIA_AUDIO,
		.tos = (uint8_t)(call->settings->media_dscp << 2),
		.like = call->stream, /* that was in its place */
	};
	const union sip_sockaddr *media = &call->endpoint->media_address;
	union sip_sockaddr address = flow->local;

	if (call->endpoint->ice == SIP_ICE_NO)
		face_sound(&address, flow, offer);
	if (call->endpoint->media_address_bind && media->sa.sa_family == address.sa.sa_family)
		address = *media;
	else
		sip_ice_find_other(call, flow, offer);
	call->exposed = !flow->transport->secure;
	call->hidden = sip_flow_hidden(flow);
	sip_sockaddr_set_port(&address, 0);
	memcpy(&local.address, &address, sip_sockaddr_len(&address));
	return rd_stream_new_rtp(&call->stream, &local);
}

static int set_groups(struct sip_call *call)
{
	const struct sip_endpoint *endpoint = call->endpoint;
	const struct {
		const char *item, *value;
	} groups[] = {
		{ "callgroup", endpoint->call_group },
		{ "pickupgroup", endpoint->pickup_group },
		{ "namedcallgroup", endpoint->named_call_group },
		{ "namedpickupgroup", endpoint->named_pickup_group },
	};
	int rc = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(groups) && !rc; i++)
		if (groups[i].value)
			rc = rd_channel_set(call->channel, groups[i].item, groups[i].value);
	return rc;
}

static int assign(struct rd_channel *ch, const struct sip_var *var)
{
	char *name = rd_strdup(var->name);
	int rc = name ? rd_var_assign(ch, name, var->value) : -ENOMEM;

	rd_free(name);
	return rc;
}

int sip_call_set_vars(struct sip_call *call)
{
	const struct sip_var *var = call->endpoint->vars;
	int rc = 0;

	for (; rc == 0 && var; var = var->next)
		rc = assign(call->channel, var);
	return rc;
}

int sip_call_open_channel(struct sip_call *call, struct rd_channel_params *params)
{
	const struct sip_endpoint *endpoint = call->endpoint;
	int rc;

	params->tech = &sip_techs[0];
	params->tech_data = call;
	params->language = endpoint->language;
	params->account = endpoint->account;
	params->music_class = endpoint->music_class;
	params->tone_zone = endpoint->tone_zone;
	rc = rd_channel_new(&call->channel, params);
	if (rc)
		return rc;
	rc = set_groups(call);
	if (!rc)
		rc = rd_channel_take_stream(call->channel, call->stream);
	if (rc) {
		rd_stream_close(call->stream);
		call->stream = NULL;
		return rc;
	}
	return sip_beside_hand_over(call);
}

/* ---- what the channel is told ---- */

void sip_call_post(struct sip_call *call, enum rd_signal_type type, int number)
{
	if (call->channel && call->state != SIP_CALL_ENDED)
		rd_channel_post(call->channel, type, number);
}

void sip_call_post_text(struct sip_call *call, enum rd_signal_type type,
			struct rd_str text)
{
	struct rd_signal signal = { .type = type };

	if (!call->channel || call->state == SIP_CALL_ENDED)
		return;
	rd_strcpyn(signal.text, sizeof(signal.text), text);
	rd_channel_signal(call->channel, &signal);
}

void sip_call_over(struct sip_call *call, int cause)
{
	sip_reliable_stop(call);
	sip_expiry_stop(call);
	sip_ends_forget_caller(call);
	sip_fax_part(call);
	sip_trunk_over(call, cause);
	sip_call_post(call, RD_SIGNAL_HANGUP, cause ? cause : RD_CAUSE_NORMAL);
	call->state = SIP_CALL_ENDED;
	call->modify.wanted = false;
}
