/* Faxes by T.38 of a call: the stream that they go by, at the address of the sound. The
 * rules are in session_fax.c. */
#include <ringdown/log.h>

#include "channels/sip/call/fax.h"
#include "channels/sip/call/media.h"

void sip_fax_policy(const struct sip_call *call, struct sip_media_policy *policy)
{
	policy->fax = call->fax.wanted ? &call->fax.told : NULL;
}

static int open_stream(struct sip_call *call)
{
	int rc = sip_open_beside(call, RD_MEDIA_IMAGE, &call->fax.stream);

	if (rc == 0 && call->channel)
		rc = rd_channel_take_stream(call->channel, call->fax.stream);
	if (rc && call->fax.stream)
		rd_stream_close(call->fax.stream);
	if (rc)
		call->fax.stream = NULL;
	return rc;
}

int sip_fax_open(struct sip_call *call, const struct sip_session *session)
{
	return session->fax && !call->fax.stream ? open_stream(call) : 0;
}

int sip_fax_configure(struct sip_call *call, const struct sip_session *session)
{
	static const struct rd_stream_config off = { .dtmf_payload = -1, .cn_payload = -1 };
	const struct rd_stream_config *config = session->fax ? &session->fax->config : &off;
	int rc = sip_fax_open(call, session);

	if (rc || !call->fax.stream || sip_same_config(rd_stream_config(call->fax.stream), config))
		return rc;
	return rd_stream_configure(call->fax.stream, config);
}

uint16_t sip_fax_port(const struct sip_call *call)
{
	struct sockaddr_storage storage;
	union sip_sockaddr address;

	if (!call->fax.stream)
		return 0;
	rd_stream_local(call->fax.stream, &storage);
	memcpy(&address, &storage, sizeof(address));
	return sip_sockaddr_port(&address);
}

const char *sip_fax_state(const struct sip_call *call)
{
	if (call->fax.asks)
		return "REMOTE_REINVITE";
	if (call->fax.asker)
		return "LOCAL_REINVITE";
	return call->session.fax ? "ENABLED" : "DISABLED";
}
