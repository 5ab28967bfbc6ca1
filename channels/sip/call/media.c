/* Descriptions of one call: from messages into the stream, from the stream
 * into messages. The rules are in session.c. */
#include "call.h"

void sip_call_policy(const struct sip_call *call, struct sip_media_policy *policy)
{
	sip_media_policy_of(policy, call->endpoint, call->preferred);
}

static bool is_sdp(const struct sip_msg *msg)
{
	struct sip_media_type type;

	return sip_media_type_parse(&type, sip_msg_value(msg, SIP_H_CONTENT_TYPE), NULL) == 0 &&
	       rd_str_ieq(type.type, RD_STR("application")) &&
	       rd_str_ieq(type.subtype, RD_STR("sdp"));
}

int sip_call_read_sdp(struct sdp **sdp, const struct sip_msg *msg)
{
	struct rd_str encoding = sip_msg_value(msg, SIP_H_CONTENT_ENCODING);

	if (!rd_str_trim(msg->body).n)
		return -ENOENT;
	if (!is_sdp(msg) || (encoding.n && !rd_str_ieq(encoding, RD_STR("identity"))))
		return -EPROTO;
	return sdp_parse(sdp, sip.scratch, msg->body, NULL);
}

int sip_call_take_offer(struct sip_call *call, const struct sdp *offer)
{
	struct rd_stream_config config;
	struct sip_media_policy policy;
	int rc;

	sip_call_policy(call, &policy);
	rc = sip_session_take_offer(&call->session, &policy, offer, &config);
	return rc ? rc : rd_stream_configure(call->stream, &config);
}

int sip_call_take_answer(struct sip_call *call, const struct sdp *answer)
{
	struct rd_stream_config config;
	struct sip_media_policy policy;
	int rc;

	sip_call_policy(call, &policy);
	rc = sip_session_take_answer(&call->session, &policy, answer, &config);
	return rc ? rc : rd_stream_configure(call->stream, &config);
}

int sip_call_print_sdp(struct sip_call *call, struct sip_out *out, bool offer)
{
	const struct rd_stream_config *agreed = rd_stream_config(call->stream);
	struct rd_stream_config offered;
	struct sockaddr_storage storage;
	struct sip_media_policy policy;
	union sip_sockaddr local;
	char *text = rd_pool_alloc(sip.scratch, SIP_BODY_MAX); /* not on a fiber's stack */
	struct sip_out body;
	int rc;

	if (!text)
		return -ENOMEM;
	if (offer) {
		sip_call_policy(call, &policy);
		sip_session_make_offer(&call->session, &policy, agreed, &offered);
		agreed = &offered;
	}
	rd_stream_local(call->stream, &storage);
	memcpy(&local, &storage, sizeof(local));
	sip_out_init(&body, text, SIP_BODY_MAX);
	rc = sip_session_print(&call->session, sip.scratch, agreed,
			       call->endpoint->ptime, &local, &body);
	if (rc == 0)
		sip_out_body(out, RD_STR("application/sdp"), sip_out_text(&body));
	return rc;
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
