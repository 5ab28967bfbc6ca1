/* ICE between descriptions and the stream. */
#include <ringdown/log.h>

#include "channels/sip/call/ice.h"
#include "channels/sip/call/indialog.h"

/* ---- ours ---- */

/* Is a line for RTCP alone not needed? */
static bool is_muxed(const struct sip_endpoint *endpoint, const struct sdp *offer)
{
	if (!offer)
		return endpoint->rtcp_mux || endpoint->bundle || endpoint->webrtc ||
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

/* At the port that the sound goes by. */
static bool sound_has_agent(const struct sip_call *call)
{
	const struct rd_stream *stream = call->stream;

	if (stream && rd_stream_carrier(stream))
		stream = rd_stream_carrier(stream);
	return stream && rd_stream_has_ice(stream);
}

bool sip_ice_wanted(const struct sip_call *call)
{
	return sound_has_agent(call) && speaks_ice(call->endpoint);
}

/* A plain phone's stream has an agent too, when there is a server to be asked how
 * the world sees it; it is not told of. */
static bool needs_agent(const struct sip_call *call)
{
	return speaks_ice(call->endpoint) || (call->hidden && rd_ice_has_server());
}

bool sip_ice_has_agent(const struct sip_call *call)
{
	return sound_has_agent(call) && needs_agent(call);
}

/* One of theirs that is of this family: 0 or -ENOENT. */
static int find_candidate(union sip_sockaddr *theirs, const struct sdp *offer, int family)
{
	const struct sdp_media *media = sdp_sound(offer);
	struct sdp_ice *ice;
	int rc = media ? sdp_ice_read(&ice, offer, media) : -ENOENT;

	if (rc)
		return -ENOENT;
	rc = -ENOENT;
	for (unsigned i = 0; i < ice->count && rc; i++)
		if (ice->candidates[i].address.ss_family == family) {
			memcpy(theirs, &ice->candidates[i].address, sizeof(*theirs));
			rc = 0;
		}
	rd_free(ice);
	return rc;
}

void sip_ice_find_other(struct sip_call *call, const struct sip_flow *flow,
			const struct sdp *offer)
{
	bool six = flow->local.sa.sa_family == AF_INET;
	union sip_sockaddr theirs;

	memset(&call->other, 0, sizeof(call->other));
	if (!speaks_ice(call->endpoint))
		return;
	/* Where theirs are not known, by the way that leads to nobody in particular. */
	if (find_candidate(&theirs, offer, six ? AF_INET6 : AF_INET) &&
	    sip_sockaddr_parse(&theirs, six ? RD_STR("2001:db8::1") : RD_STR("192.0.2.1"), 9))
		return;
	if (!sip_ours_facing(&call->other, flow->transport->owner, &theirs))
		memset(&call->other, 0, sizeof(call->other));
}

static void add_other(const struct sip_call *call, struct rd_ice_options *options)
{
	memcpy(&options->other, &call->other, sizeof(call->other));
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
	add_other(call, &options);
	return rd_stream_ice_begin(call->stream, &options);
}

int sip_ice_begin_beside(struct sip_call *call, int i, bool rtcp_mux)
{
	struct rd_ice_options options = {
		.controlling = call->session.state == SIP_OFFER_OURS,
		.lite = call->endpoint->ice == SIP_ICE_LITE,
		.rtcp_mux = speaks_ice(call->endpoint) && rtcp_mux,
	};

	if (!sip_ice_has_agent(call) || rd_stream_has_ice(call->beside[i]))
		return 0;
	add_other(call, &options);
	return rd_stream_ice_begin(call->beside[i], &options);
}

int sip_ice_begin_apart(struct sip_call *call)
{
	struct rd_ice_options options = {
		.controlling = call->session.state == SIP_OFFER_OURS,
		.lite = call->endpoint->ice == SIP_ICE_LITE,
		.rtcp_mux = speaks_ice(call->endpoint) && call->endpoint->bundle,
	};

	if (!needs_agent(call))
		return 0;
	add_other(call, &options);
	return rd_stream_ice_begin(call->stream, &options);
}

static struct rd_stream *still_gathering(const struct sip_call *call)
{
	for (int number = 0; number < SIP_LINES; number++) {
		struct rd_stream *stream = sip_call_stream(call, number);

		if (stream && rd_stream_has_ice(stream) && rd_stream_ice_gathering(stream))
			return stream;
	}
	return NULL;
}

static void one_gathered(void *arg)
{
	struct sip_call *call = arg;

	if (!sip_ice_waits(call, call->gathered))
		call->gathered(call);
}

bool sip_ice_waits(struct sip_call *call, void (*go_on)(void *call))
{
	struct rd_stream *stream = still_gathering(call);

	if (!stream)
		return false;
	call->gathered = go_on;
	rd_stream_ice_on_gathered(stream, one_gathered, call);
	return true;
}

static bool is_told(const struct sip_call *call, const struct sip_session *session,
		    int number)
{
	const struct rd_stream *stream = sip_call_stream(call, number);

	return sip_ice_wanted(call) && stream && rd_stream_has_ice(stream) &&
	       (session->state == SIP_OFFER_OURS || sip_session_said(session, number)->ice);
}

bool sip_ice_public(const struct sip_call *call, int number, union sip_sockaddr *rtp,
		    uint16_t *rtcp_port)
{
	const struct rd_stream *stream = sip_call_stream(call, number);
	struct rd_ice_candidate candidate;
	bool found = false;

	if (!call->hidden || !stream || !rd_stream_has_ice(stream))
		return false;
	for (int i = 0; rd_stream_ice_local(stream, i, &candidate); i++) {
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

static int add_external(struct rd_stream *stream, const union sip_sockaddr *external)
{
	struct sockaddr_storage storage = { 0 };

	if (!external)
		return 0;
	memcpy(&storage, external, sip_sockaddr_len(external));
	return rd_stream_ice_add_external(stream, &storage);
}

static int copy_candidates(const struct rd_stream *stream, struct sip_session_ice *ours)
{
	struct rd_ice_candidate candidate;
	int count = 0;

	while (rd_stream_ice_local(stream, count, &candidate))
		count++;
	ours->candidates = rd_pool_alloc(sip.scratch, (size_t)count * sizeof(candidate));
	if (count && !ours->candidates)
		return -ENOMEM;
	for (int i = 0; i < count; i++)
		rd_stream_ice_local(stream, i, &ours->candidates[i]);
	ours->candidate_count = count;
	return 0;
}

/* The one who leads says in later offers what was chosen (RFC 8839 §4.4.1.2.2). */
static void note_chosen(const struct rd_stream *stream, const struct sip_session *session,
			struct sip_session_ice *ours)
{
	struct rd_ice_candidate local;

	if (session->state != SIP_OFFER_OURS || !rd_stream_ice_controlling(stream))
		return;
	while (ours->chosen_count < 2 &&
	       rd_stream_ice_selected(stream, ours->chosen_count + 1, &local,
				      &ours->chosen[ours->chosen_count]))
		ours->chosen_count++;
}

/* What is lost is looked for anew (RFC 8839 §4.4.1.1.1). */
static void prepare_offer(struct rd_stream *stream)
{
	rd_stream_ice_lead(stream, true);
	if (rd_stream_ice_failed(stream))
		rd_stream_ice_renew(stream);
}

int sip_ice_way_lost(struct rd_channel *ch)
{
	struct sip_call *call = sip_call_of(ch);

	if (call->state != SIP_CALL_UP)
		return 0;
	call->modify.offers = true;
	sip_call_modify(call);
	return 0;
}

void sip_ice_offer_refused(struct sip_call *call)
{
	for (int number = 0; number < SIP_LINES; number++) {
		struct rd_stream *stream = sip_call_stream(call, number);

		if (stream && rd_stream_has_ice(stream))
			rd_stream_ice_revert(stream);
	}
}

static int describe(const struct sip_call *call, const struct sip_session *session,
		    int number, const union sip_sockaddr *external,
		    const struct sip_session_ice **oursp)
{
	struct rd_stream *stream = sip_call_stream(call, number);
	struct sip_session_ice *ours;
	int rc;

	*oursp = NULL;
	if (!is_told(call, session, number))
		return 0;
	ours = rd_pool_zalloc(sip.scratch, sizeof(*ours));
	if (!ours)
		return -ENOMEM;
	if (session->state == SIP_OFFER_OURS)
		prepare_offer(stream);
	rc = add_external(stream, external);
	if (rc == 0)
		rc = copy_candidates(stream, ours);
	if (rc)
		return rc;
	ours->ufrag = rd_stream_ice_ufrag(stream);
	ours->pwd = rd_stream_ice_pwd(stream);
	ours->lite = call->endpoint->ice == SIP_ICE_LITE;
	note_chosen(stream, session, ours);
	*oursp = ours;
	return 0;
}

int sip_ice_describe(const struct sip_call *call, const struct sip_session *session,
		     const union sip_sockaddr *external,
		     const struct sip_session_ice *ours[SIP_LINES])
{
	int rc = 0;

	for (int number = 0; rc == 0 && number < SIP_LINES; number++)
		rc = describe(call, session, number, external, &ours[number]);
	return rc;
}

/* ---- theirs ---- */

static void add_theirs(struct rd_stream *stream, const struct sdp_ice *theirs)
{
	for (unsigned i = 0; i < theirs->count; i++)
		rd_stream_ice_add_remote(stream, &theirs->candidates[i]);
	if (theirs->ended)
		rd_stream_ice_end_of_candidates(stream);
}

static bool is_theirs(const struct rd_stream *stream, const struct sdp_ice *ice)
{
	return rd_stream_ice_is_remote(stream, rd_str_of(ice->ufrag), rd_str_of(ice->pwd));
}

/* They offer other credentials than before: both sides begin anew. */
static bool restarts(const struct rd_stream *stream, const struct sip_session *session,
		     const struct sdp_ice *theirs)
{
	return session->state == SIP_OFFER_THEIRS && rd_stream_ice_has_remote(stream) &&
	       !is_theirs(stream, theirs);
}

static void take_theirs(const struct sip_call *call, struct rd_stream *stream,
			const struct sip_session *session, const struct sdp_ice *theirs)
{
	int rc;

	if (restarts(stream, session, theirs))
		rd_stream_ice_restart(stream, false);
	if (rd_stream_config(stream)->rtcp_mux)
		rd_stream_ice_mux(stream);
	rc = rd_stream_ice_remote(stream, rd_str_of(theirs->ufrag), rd_str_of(theirs->pwd),
				  theirs->lite);
	if (rc)
		rd_warning("sip/%s: its ICE credentials cannot be used: %s",
			   call->endpoint->name, rd_strerror(rc));
	else
		add_theirs(stream, theirs);
}

void sip_ice_agreed(struct sip_call *call, const struct sip_session *session, int number)
{
	const struct sdp_ice *theirs = sip_session_said(session, number)->ice;
	struct rd_stream *stream = sip_call_stream(call, number);

	if (!speaks_ice(call->endpoint) || !stream || !rd_stream_has_ice(stream))
		return;
	if (rd_stream_config(stream)->ice && theirs)
		take_theirs(call, stream, session, theirs);
	/* Early, another fork may still speak it. */
	else if (rd_stream_ice_has_remote(stream) || session->state == SIP_OFFER_THEIRS)
		rd_stream_ice_end(stream);
}

/* ---- what they find out later ---- */

static int take_of_line(struct sip_call *call, const struct sip_msg *msg, int number)
{
	struct rd_str mid = rd_str_of(sip_session_said(&call->session, number)->mid);
	struct rd_stream *stream = sip_call_stream(call, number);
	struct sdp_ice *theirs;
	int rc;

	/* What belongs to no line by name belongs to the first. */
	if (!stream || !rd_stream_has_ice(stream) || (number != RD_MEDIA_AUDIO && !mid.n))
		return -ENOENT;
	rc = sdp_ice_read_fragment(&theirs, msg->body, mid);
	if (rc)
		return rc;
	/* Of a generation that is not agreed on any more, they count no more. */
	if (is_theirs(stream, theirs))
		add_theirs(stream, theirs);
	rd_free(theirs);
	return 0;
}

static unsigned take_fragment(struct sip_call *call, const struct sip_msg *msg)
{
	bool any = false;

	for (int number = 0; number < SIP_LINES; number++) {
		int rc = take_of_line(call, msg, number);

		if (rc == -ENOMEM)
			return 500;
		any |= rc == 0;
	}
	return any ? 200 : 400;
}

void sip_ice_info_received(struct sip_call *call, struct sip_server *server,
			   const struct sip_msg *msg)
{
	sip_reply(server, take_fragment(call, msg), (struct rd_str){ 0 });
}
