/* ICE between descriptions and the stream. */
#include <ringdown/log.h>

#include "ice.h"

/* ---- ours ---- */

/* Is a line for RTCP alone not needed? */
static bool is_muxed(const struct sip_endpoint *endpoint, const struct sdp *offer)
{
	if (!offer)
		return endpoint->rtcp_mux || endpoint->webrtc ||
		       endpoint->media_encryption == SIP_ENCRYPTION_DTLS;
	for (const struct sdp_media *media = offer->media; media; media = media->next)
		if (media->kind == SDP_AUDIO && media->rtcp_mux)
			return true;
	return false;
}

static bool speaks_ice(const struct sip_endpoint *endpoint)
{
	return endpoint->ice != SIP_ICE_NO || endpoint->webrtc;
}

bool sip_ice_wanted(const struct sip_call *call)
{
	return call->stream && rd_stream_has_ice(call->stream) && speaks_ice(call->endpoint);
}

/* A plain phone's stream has an agent too, when there is a server to be asked how
 * the world sees it; it is not told of. */
static bool needs_agent(const struct sip_call *call)
{
	return speaks_ice(call->endpoint) || (call->hidden && rd_ice_has_server());
}

int sip_ice_begin(struct sip_call *call, const struct sdp *offer)
{
	const struct sip_endpoint *endpoint = call->endpoint;
	struct rd_ice_options options = {
		.controlling = !offer,
		.lite = endpoint->ice == SIP_ICE_LITE,
		.rtcp_mux = speaks_ice(endpoint) && is_muxed(endpoint, offer),
	};

	if (!needs_agent(call) || rd_stream_has_ice(call->stream))
		return 0;
	return rd_stream_ice_begin(call->stream, &options);
}

bool sip_ice_waits(struct sip_call *call, void (*go_on)(void *call))
{
	if (!rd_stream_has_ice(call->stream) || !rd_stream_ice_gathering(call->stream))
		return false;
	rd_stream_ice_on_gathered(call->stream, go_on, call);
	return true;
}

static bool is_told(const struct sip_call *call, const struct sip_session *session)
{
	return sip_ice_wanted(call) &&
	       (session->state == SIP_OFFER_OURS || session->ice);
}

bool sip_ice_public(const struct sip_call *call, union sip_sockaddr *rtp, uint16_t *rtcp_port)
{
	struct rd_ice_candidate candidate;
	bool found = false;

	if (!call->hidden || !rd_stream_has_ice(call->stream))
		return false;
	for (int i = 0; rd_stream_ice_local(call->stream, i, &candidate); i++) {
		union sip_sockaddr address;

		if (candidate.type != RD_ICE_SRFLX)
			continue;
		memcpy(&address, &candidate.address, sizeof(address));
		if (candidate.component == 2) {
			*rtcp_port = sip_sockaddr_port(&address);
			continue;
		}
		*rtp = address;
		found = true;
	}
	return found;
}

static int add_external(const struct sip_call *call, const union sip_sockaddr *external)
{
	struct sockaddr_storage storage = { 0 };

	if (!external)
		return 0;
	memcpy(&storage, external, sip_sockaddr_len(external));
	return rd_stream_ice_add_external(call->stream, &storage);
}

static int copy_candidates(const struct sip_call *call, struct sip_session_ice *ours)
{
	struct rd_ice_candidate candidate;
	int count = 0;

	while (rd_stream_ice_local(call->stream, count, &candidate))
		count++;
	ours->candidates = rd_pool_alloc(sip.scratch, (size_t)count * sizeof(candidate));
	if (count && !ours->candidates)
		return -ENOMEM;
	for (int i = 0; i < count; i++)
		rd_stream_ice_local(call->stream, i, &ours->candidates[i]);
	ours->candidate_count = count;
	return 0;
}

/* The one who leads says in later offers what was chosen (RFC 8839 §4.4.1.2.2). */
static void note_chosen(const struct sip_call *call, const struct sip_session *session,
			struct sip_session_ice *ours)
{
	struct rd_ice_candidate local;

	if (session->state != SIP_OFFER_OURS || !rd_stream_ice_controlling(call->stream))
		return;
	while (ours->chosen_count < 2 &&
	       rd_stream_ice_selected(call->stream, ours->chosen_count + 1, &local,
				      &ours->chosen[ours->chosen_count]))
		ours->chosen_count++;
}

int sip_ice_describe(const struct sip_call *call, const struct sip_session *session,
		     const union sip_sockaddr *external, struct sip_session_ice **oursp)
{
	struct sip_session_ice *ours;
	int rc;

	*oursp = NULL;
	if (!is_told(call, session))
		return 0;
	ours = rd_pool_zalloc(sip.scratch, sizeof(*ours));
	if (!ours)
		return -ENOMEM;
	if (session->state == SIP_OFFER_OURS)
		rd_stream_ice_lead(call->stream, true);
	rc = add_external(call, external);
	if (rc == 0)
		rc = copy_candidates(call, ours);
	if (rc)
		return rc;
	ours->ufrag = rd_stream_ice_ufrag(call->stream);
	ours->pwd = rd_stream_ice_pwd(call->stream);
	ours->lite = call->endpoint->ice == SIP_ICE_LITE;
	note_chosen(call, session, ours);
	*oursp = ours;
	return 0;
}

/* ---- theirs ---- */

static void add_theirs(struct sip_call *call, const struct sdp_ice *theirs)
{
	for (unsigned i = 0; i < theirs->count; i++)
		rd_stream_ice_add_remote(call->stream, &theirs->candidates[i]);
	if (theirs->ended)
		rd_stream_ice_end_of_candidates(call->stream);
}

/* They offer other credentials than before: both sides begin anew. */
static bool restarts(const struct sip_call *call, const struct sip_session *session)
{
	return session->state == SIP_OFFER_THEIRS && rd_stream_ice_has_remote(call->stream) &&
	       !rd_stream_ice_is_remote(call->stream, rd_str_of(session->ice->ufrag),
					rd_str_of(session->ice->pwd));
}

void sip_ice_agreed(struct sip_call *call, const struct sip_session *session,
		    const struct rd_stream_config *config)
{
	const struct sdp_ice *theirs = session->ice;
	int rc;

	if (!sip_ice_wanted(call))
		return;
	if (!config->ice) {
		/* Early, another fork may still speak it. */
		if (rd_stream_ice_has_remote(call->stream) ||
		    session->state == SIP_OFFER_THEIRS)
			rd_stream_ice_end(call->stream);
		return;
	}
	if (restarts(call, session))
		rd_stream_ice_restart(call->stream, false);
	if (config->rtcp_mux)
		rd_stream_ice_mux(call->stream);
	rc = rd_stream_ice_remote(call->stream, rd_str_of(theirs->ufrag),
				  rd_str_of(theirs->pwd), theirs->lite);
	if (rc)
		rd_warning("sip/%s: its ICE credentials cannot be used: %s",
			   call->endpoint->name, rd_strerror(rc));
	else
		add_theirs(call, theirs);
}

/* ---- what they find out later ---- */

static unsigned take_fragment(struct sip_call *call, const struct sip_msg *msg)
{
	struct sdp_ice *theirs;
	int rc = sdp_ice_read_fragment(&theirs, msg->body);

	if (rc)
		return rc == -ENOMEM ? 500 : 400;
	/* Of a generation that is not agreed on any more, they count no more. */
	if (call->stream && rd_stream_has_ice(call->stream) &&
	    rd_stream_ice_is_remote(call->stream, rd_str_of(theirs->ufrag),
				    rd_str_of(theirs->pwd)))
		add_theirs(call, theirs);
	rd_free(theirs);
	return 200;
}

void sip_ice_info_received(struct sip_call *call, struct sip_server *server,
			   const struct sip_msg *msg)
{
	sip_reply(server, take_fragment(call, msg), (struct rd_str){ 0 });
}
