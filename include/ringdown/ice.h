/* Ringdown SDK: ICE (RFC 8445) on an RTP stream. The description's part of it
 * (credentials, candidates) passes through here; checks, consent and the way
 * that packets take are the engine's business. */
#ifndef RINGDOWN_ICE_H
#define RINGDOWN_ICE_H

#include <ringdown/stream.h>

enum rd_ice_type { RD_ICE_HOST,
		   RD_ICE_SRFLX,
		   RD_ICE_PRFLX,
		   RD_ICE_RELAY };

struct rd_ice_candidate {
	enum rd_ice_type type;
	int component; /* 1: RTP, 2: RTCP */
	uint32_t priority;
	char foundation[33];
	struct sockaddr_storage address, related; /* related: family 0 for none */
};

struct rd_ice_options {
	bool controlling; /* the first offer is ours */
	bool lite; /* we only answer checks */
	bool rtcp_mux; /* RTCP needs no candidates of its own */
	/* Our address of the other family (port 0), which there are candidates of besides;
	 * with rtcp_mux only. Family 0: none. */
	struct sockaddr_storage other;
};

RD_API_BEGIN

/**
 * Give the stream an agent and its candidates: its own addresses at once, what the
 * STUN or TURN server of rtp.conf says a little later; a relayed one only with
 * rtcp_mux. 0, -EALREADY, -ENOTSUP (no RTP), or -ENOMEM.
 */
int rd_stream_ice_begin(struct rd_stream *stream, const struct rd_ice_options *options);
/* Does rtp.conf name a STUN or TURN server? */
bool rd_ice_has_server(void);
/* Plain addresses again. Harmless without ICE. */
void rd_stream_ice_end(struct rd_stream *stream);
bool rd_stream_has_ice(const struct rd_stream *stream);

/* Has a server not answered yet that may still do so in time? */
bool rd_stream_ice_gathering(const struct rd_stream *stream);
/* gathered is called once, soon after that is over. NULL: not any more. */
void rd_stream_ice_on_gathered(struct rd_stream *stream, void (*gathered)(void *arg),
			       void *arg);

/* ---- ours: what a description says; all need ICE begun ---- */

/* RFC 8839, 5.4: the ice-ufrag and ice-pwd of this session. Borrowed until the next offer
 * begins ICE anew, or the stream is closed. */
const char *rd_stream_ice_ufrag(const struct rd_stream *stream);
const char *rd_stream_ice_pwd(const struct rd_stream *stream);
/* By index from 0; false behind the last one. */
bool rd_stream_ice_local(const struct rd_stream *stream, int index,
			 struct rd_ice_candidate *out);
/* The stream's own address as the world sees it, by configuration. 0 or -ENOMEM. */
int rd_stream_ice_add_external(struct rd_stream *stream,
			       const struct sockaddr_storage *address);
/* The pair in use: false while there is none. remote may be NULL. */
bool rd_stream_ice_selected(const struct rd_stream *stream, int component,
			    struct rd_ice_candidate *local, struct rd_ice_candidate *remote);
/* Do we nominate? */
bool rd_stream_ice_controlling(const struct rd_stream *stream);

/* ---- theirs ---- */

/* Their credentials; others than before are a restart of theirs. 0 or -EINVAL. */
int rd_stream_ice_remote(struct rd_stream *stream, struct rd_str ufrag, struct rd_str pwd,
			 bool lite);
bool rd_stream_ice_is_remote(const struct rd_stream *stream, struct rd_str ufrag,
			     struct rd_str pwd);
/* Were any told? */
bool rd_stream_ice_has_remote(const struct rd_stream *stream);
void rd_stream_ice_add_remote(struct rd_stream *stream,
			      const struct rd_ice_candidate *candidate);
void rd_stream_ice_end_of_candidates(struct rd_stream *stream);
/* RTCP comes by RTP's port: only one component is checked. */
void rd_stream_ice_mux(struct rd_stream *stream);
/* Credentials of ours for a new agreement; sound goes on as it was. */
void rd_stream_ice_restart(struct rd_stream *stream, bool controlling);
/* Is there no way to the far end any more, or was there none? */
bool rd_stream_ice_failed(const struct rd_stream *stream);
/* A restart of ours: other credentials, for an offer. They are agreed on when the far
 * end tells other ones, too; when it refuses, they are taken back. */
void rd_stream_ice_renew(struct rd_stream *stream);
void rd_stream_ice_revert(struct rd_stream *stream);
/* Who offers leads, as long as they have told nothing. */
void rd_stream_ice_lead(struct rd_stream *stream, bool controlling);

RD_API_END

#endif
