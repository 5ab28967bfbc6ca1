/* A call from an address that has not shown that it receives: sound is worth many more
 * bytes than the INVITE had, so it waits until our tag comes back in the dialog. */
#include <ringdown/log.h>

#include "channels/sip/call/media.h"

void sip_call_await_proof(struct sip_call *call, const struct sip_flow *flow)
{
	call->dialog->unproven = !sip_guard_is_proven(sip.guard, flow);
}

int sip_call_withhold(struct sip_call *call, struct sip_session *session,
		      const struct rd_stream_config *config)
{
	struct rd_stream_config quiet = *config;

	if (!call->withheld)
		call->withheld = rd_malloc(sizeof(*call->withheld));
	if (!call->withheld)
		return -ENOMEM;
	*call->withheld = *config;
	quiet.symmetric = false;
	memset(&quiet.remote, 0, sizeof(quiet.remote));
	memset(&quiet.remote_rtcp, 0, sizeof(quiet.remote_rtcp));
	sip_beside_open(call, session);
	return rd_stream_configure(call->stream, &quiet);
}

void sip_call_proven(struct sip_call *call)
{
	struct rd_stream_config config;
	int rc;

	if (!call->dialog || !call->dialog->unproven)
		return;
	call->dialog->unproven = false;
	if (!call->withheld || !call->stream)
		return;
	config = *rd_stream_config(call->stream);
	config.symmetric = call->withheld->symmetric;
	config.remote = call->withheld->remote;
	config.remote_rtcp = call->withheld->remote_rtcp;
	rd_free(call->withheld);
	call->withheld = NULL;
	rc = sip_call_configure(call, &call->session, &config);
	if (rc)
		rd_error("sip/%s: its sound cannot begin: %s", call->endpoint->name,
			 rd_strerror(rc));
}
