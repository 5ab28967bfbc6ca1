/* Descriptions of one call: from messages into the stream, from the stream
 * into messages. The rules are in session.c. */
#include <ringdown/log.h>

#include "channels/sip/message/body.h"
#include "channels/sip/call/fax.h"
#include "channels/sip/call/ice.h"
#include "channels/sip/call/media.h"

static int sends_by(const struct sip_call *call)
{
	struct sockaddr_storage local;

	rd_stream_local(call->stream, &local);
	return local.ss_family;
}

void sip_call_policy(const struct sip_call *call, struct sip_media_policy *policy)
{
	const struct rd_codec *codecs[SIP_CODECS_MAX];
	int count;

	sip_media_policy_of(policy, call->endpoint, call->preferred);
	policy->ice = sip_ice_wanted(call);
	policy->family = call->stream ? sends_by(call) : 0;
	policy->exposed = call->exposed && !call->endpoint->sdes_in_clear;
	sip_beside_policy(call, policy);
	sip_fax_policy(call, policy);
	if (!call->media_offer)
		return;
	/* What the dialplan said counts, as long as such codecs are loaded. */
	count = rd_codec_list(call->media_offer, codecs, SIP_CODECS_MAX, NULL);
	policy->codec_count = 0;
	policy->beside_count = 0;
	for (int i = 0; i < count; i++)
		if (codecs[i]->kind == RD_MEDIA_AUDIO)
			policy->codecs[policy->codec_count++] = codecs[i];
		else
			policy->beside[policy->beside_count++] = codecs[i];
}

int sip_call_read_sdp(struct sdp **sdp, const struct sip_msg *msg)
{
	struct rd_str text;
	int rc = sip_body_find(msg, RD_STR("application"), RD_STR("sdp"), RD_STR("session"),
			       &text);

	return rc ? rc : sdp_parse(sdp, sip.scratch, text, NULL);
}

static bool same_formats(const struct rd_stream_config *a, const struct rd_stream_config *b)
{
	if (a->format_count != b->format_count)
		return false;
	for (int i = 0; i < a->format_count; i++)
		if (a->formats[i].codec != b->formats[i].codec ||
		    a->formats[i].payload != b->formats[i].payload ||
		    a->formats[i].ptime_ms != b->formats[i].ptime_ms ||
		    strcmp(a->formats[i].fmtp, b->formats[i].fmtp) != 0)
			return false;
	return true;
}

static bool same_security(const struct rd_stream_security *a,
			  const struct rd_stream_security *b)
{
	return a->by == b->by && rd_srtp_key_equal(&a->local, &b->local) &&
	       rd_srtp_key_equal(&a->remote, &b->remote) &&
	       rd_fingerprint_equal(&a->dtls.fingerprint, &b->dtls.fingerprint) &&
	       a->dtls.active == b->dtls.active;
}

bool sip_same_config(const struct rd_stream_config *a, const struct rd_stream_config *b)
{
	return same_formats(a, b) && a->direction == b->direction &&
	       memcmp(&a->remote, &b->remote, sizeof(a->remote)) == 0 &&
	       memcmp(&a->remote_rtcp, &b->remote_rtcp, sizeof(a->remote_rtcp)) == 0 &&
	       a->dtmf_payload == b->dtmf_payload && a->dtmf_rate == b->dtmf_rate &&
	       a->dtmf_inband == b->dtmf_inband && a->cn_payload == b->cn_payload &&
	       a->cn_sent == b->cn_sent && a->asked_ptime_ms == b->asked_ptime_ms &&
	       a->packet_ms_max == b->packet_ms_max && same_security(&a->security, &b->security) &&
	       a->rtcp_mux == b->rtcp_mux && a->rtcp_xr == b->rtcp_xr &&
	       a->level_id == b->level_id && a->feedback == b->feedback && a->ice == b->ice &&
	       a->mid_id == b->mid_id && strcmp(a->mid, b->mid) == 0;
}

/* A refresh that repeats what holds would only make the stream learn anew. */
int sip_call_configure(struct sip_call *call, struct sip_session *session,
		       const struct rd_stream_config *config)
{
	int rc;

	if (call->dialog && call->dialog->unproven)
		return sip_call_withhold(call, session, config);
	rc = sip_beside_part(call, session);
	if (rc)
		return rc;
	rc = sip_same_config(rd_stream_config(call->stream), config)
		     ? 0
		     : rd_stream_configure(call->stream, config);
	if (rc)
		return rc;
	sip_ice_agreed(call, session, RD_MEDIA_AUDIO);
	sip_beside_open(call, session);
	sip_beside_configure(call, session);
	return sip_fax_configure(call, session);
}

/* Whoever set it up should learn why his phone has no calls. */
void sip_call_explain_security(const struct sip_call *call)
{
	const struct sip_endpoint *endpoint = call->endpoint;

	if (endpoint->media_encryption == SIP_ENCRYPTION_NO)
		rd_warning("sip/%s: it wants its sound encrypted: set media_encryption",
			   endpoint->name);
	else if (endpoint->media_encryption == SIP_ENCRYPTION_SDES && call->exposed &&
		 !endpoint->sdes_in_clear)
		rd_warning("sip/%s: the keys of its sound would travel in clear: use TLS, or "
			   "set sdes_in_clear=yes", endpoint->name);
	else
		rd_warning("sip/%s: it has no encryption that fits media_encryption; if it may "
			   "speak in clear, set media_encryption_optimistic=yes",
			   endpoint->name);
}

void sip_call_explain_offer(const struct sip_call *call, int rc)
{
	const char *name = call->endpoint->name;

	if (rc == -EPROTONOSUPPORT)
		sip_call_explain_security(call);
	else if (rc == -EPFNOSUPPORT)
		rd_warning("sip/%s: it has its sound at an address of IPv%d, and this call is "
			   "at one of IPv%d", name, sends_by(call) == AF_INET ? 6 : 4,
			   sends_by(call) == AF_INET ? 4 : 6);
	else if (rc == -EDESTADDRREQ)
		rd_warning("sip/%s: it has its sound at the address of a group, where none is "
			   "sent", name);
}

void sip_call_find_sound(const struct sip_call *call, const struct sip_session *session,
			 const struct sdp *sdp, struct rd_stream_config *config)
{
	const struct sdp_media *media = sdp->media;
	struct sip_where where = { .protocol = SIP_UDP };
	struct sip_targets targets;
	union sip_sockaddr rtcp;

	for (unsigned i = 0; media && i < session->audio_line; i++)
		media = media->next;
	if (!media || config->ice || config->remote.ss_family)
		return;
	where.host = sdp_connection_of(sdp, media)->address;
	if (!media->port || sip_sockaddr_parse(&rtcp, where.host, 0) == 0)
		return;
	where.port = media->port;
	where.ways[SIP_UDP] = sends_by(call) == AF_INET6 ? SIP_V6 : SIP_V4;
	if (sip_locate_now(sip.resolver, &where, &targets)) {
		rd_warning("sip/%s: nobody knows yet where \"%.*s\" is, where it has its sound: "
			   "none is sent there before some has come from it", call->endpoint->name,
			   RD_STR_ARG(where.host));
		return;
	}
	rtcp = targets.list[0].address;
	memcpy(&config->remote, &rtcp, sip_sockaddr_len(&rtcp));
	if (!media->rtcp_mux)
		sip_sockaddr_set_port(&rtcp, media->rtcp_port ? media->rtcp_port
							      : media->port + 1);
	memcpy(&config->remote_rtcp, &rtcp, sip_sockaddr_len(&rtcp));
}

int sip_call_take_offer(struct sip_call *call, const struct sdp *offer)
{
	struct rd_stream_config config;
	struct sip_media_policy policy;
	int rc;

	sip_call_policy(call, &policy);
	sip_beside_let_lead(call, &policy);
	rc = sip_session_take_offer(&call->session, &policy, offer, &config);
	if (rc)
		return rc;
	sip_call_find_sound(call, &call->session, offer, &config);
	return sip_call_configure(call, &call->session, &config);
}

int sip_call_take_answer(struct sip_call *call, const struct sdp *answer)
{
	struct rd_stream_config config;
	struct sip_media_policy policy;
	int rc;

	sip_call_policy(call, &policy);
	rc = sip_session_take_answer(&call->session, &policy, answer, false, &config);
	if (rc)
		return rc;
	sip_call_find_sound(call, &call->session, answer, &config);
	return sip_call_configure(call, &call->session, &config);
}

/* Where the far end is told to send sound, when that is not where our socket is. NULL: it
 * is. */
static const union sip_sockaddr *told_instead(const struct sip_call *call,
					      const struct sip_out *out, int family)
{
	const union sip_sockaddr *media = &call->endpoint->media_address;

	if (media->sa.sa_family == family)
		return media;
	return out->external && out->external->sa.sa_family == family ? out->external : NULL;
}

int sip_call_print_session(const struct sip_call *call, struct sip_session *session,
			   const struct rd_stream_config *config, struct sip_out *out)
{
	const union sip_sockaddr *external;
	const struct rd_beyond *beyond = sip_beyond_of(call, session);
	struct sip_session_local local = { .ptime_ms = sip_asked_ptime(call, beyond),
					   .beyond = *beyond,
					   .ssrc = { rd_stream_ssrc(call->stream) } };
	struct sockaddr_storage storage;
	char *text = rd_pool_alloc(sip.scratch, SIP_BODY_MAX); /* not on a fiber's stack */
	struct sip_out body;
	int rc;

	if (!text)
		return -ENOMEM;
	rd_stream_local(call->stream, &storage);
	memcpy(&local.address, &storage, sizeof(local.address));
	external = told_instead(call, out, local.address.sa.sa_family);
	if (external) {
		uint16_t port = sip_sockaddr_port(&local.address);

		local.address = *external;
		sip_sockaddr_set_port(&local.address, port);
	}
	if (!external)
		sip_ice_public(call, RD_MEDIA_AUDIO, &local.address, &local.rtcp_port);
	rc = sip_ice_describe(call, session, external, local.ice);
	if (rc)
		return rc;
	if (sip_session_has_dtls(session)) {
		rc = rd_stream_fingerprint(call->stream, &local.fingerprint);
		if (rc)
			return rc;
	}
	sip_beside_local(call, !external, &local);
	local.fax_port = sip_fax_port(call);
	sip_out_init(&body, text, SIP_BODY_MAX);
	rc = sip_session_print(session, sip.scratch, config, &local, &body);
	if (rc == 0)
		sip_out_body(out, RD_STR("application/sdp"), sip_out_text(&body));
	return rc;
}

int sip_call_print_sdp(struct sip_call *call, struct sip_out *out, bool offer)
{
	const struct rd_stream_config *agreed = rd_stream_config(call->stream);
	struct rd_stream_config offered;
	struct sip_media_policy policy;
	int rc;

	if (offer) {
		sip_call_policy(call, &policy);
		rc = sip_session_make_offer(&call->session, &policy, agreed, &offered);
		if (rc == -EPROTONOSUPPORT)
			sip_call_explain_security(call);
		if (rc)
			return rc;
		rc = call->session.secure.dtls_offered ? rd_stream_expect_dtls(call->stream) : 0;
		if (rc == 0)
			rc = sip_fax_open(call, &call->session);
		if (rc)
			return rc;
		sip_call_put_first(call, &offered);
		sip_beside_open(call, &call->session);
		agreed = &offered;
	}
	return sip_call_print_session(call, &call->session, agreed, out);
}

void sip_call_withdraw(struct sip_call *call)
{
	sip_session_withdraw(&call->session);
	if (call->stream)
		sip_ice_offer_refused(call);
}

int sip_call_keep(const struct sip_call *call, struct sip_agreement *before)
{
	before->config = *rd_stream_config(call->stream);
	return sip_session_copy(&before->session, &call->session);
}

void sip_call_restore_take(struct sip_call *call, struct sip_agreement *before)
{
	int rc = 0;

	sip_session_fini(&call->session);
	call->session = before->session;
	if (!sip_same_config(rd_stream_config(call->stream), &before->config))
		rc = rd_stream_configure(call->stream, &before->config);
	if (rc)
		rd_error("sip/%s: what was agreed before is not in force: %s",
			 call->endpoint->name, rd_strerror(rc));
	sip_beside_share_port(call, &call->session);
	sip_beside_configure(call, &call->session);
	/* What fails here failed before, with the offer. */
	(void)sip_fax_configure(call, &call->session);
}

void sip_agreement_drop(struct sip_agreement *before)
{
	sip_session_fini(&before->session);
}

void sip_call_note_hold(struct sip_call *call)
{
	if (call->session.held == call->far_holds)
		return;
	call->far_holds = call->session.held;
	if (call->far_holds)
		sip_call_post_text(call, RD_SIGNAL_HOLD, (struct rd_str){ 0 });
	else
		sip_call_post(call, RD_SIGNAL_RESUME, 0);
}

int sip_call_hear_answer(struct sip_call *call, const struct sip_msg *msg)
{
	struct sdp *answer;
	int rc = sip_call_read_sdp(&answer, msg);

	if (rc == 0)
		rc = sip_call_take_answer(call, answer);
	if (rc)
		return rc;
	sip_call_note_hold(call);
	sip_call_post(call, RD_SIGNAL_STREAMS, 0);
	return 0;
}
