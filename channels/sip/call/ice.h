/* ICE in a call: what our description says of it, and what theirs brings about
 * in the stream (RFC 8839, RFC 8840). */
#ifndef CHANNELS_SIP_CALL_ICE_H
#define CHANNELS_SIP_CALL_ICE_H

#include "channels/sip/call/call.h"

/* Where else than at its stream's address sound may come: at our address of the other
 * family, if we have one. offer: theirs, or NULL. */
void sip_ice_find_other(struct sip_call *call, const struct sip_flow *flow,
			const struct sdp *offer);

/* Give the call's stream ICE, when its phone wants it. offer: theirs, NULL when we
 * make one. 0 or -ENOMEM. */
int sip_ice_begin(struct sip_call *call, const struct sdp *offer);

/* The same, in the middle of a call: the sound has a port of its own again. */
int sip_ice_begin_apart(struct sip_call *call);
/* The same for its line of this number of pictures or text, when its sound has an agent. */
int sip_ice_begin_beside(struct sip_call *call, int i, bool rtcp_mux);

/* Do servers still have to say what our addresses are? Then go_on(call) is called
 * when they have, or are given up; unless the call's stream is closed before. */
bool sip_ice_waits(struct sip_call *call, void (*go_on)(void *call));

/* What we say of it, for each line; NULL: nothing. From the scratch pool. external
 * (may be NULL): how the world sees our address. 0 or -ENOMEM. */
int sip_ice_describe(const struct sip_call *call, const struct sip_session *session,
		     const union sip_sockaddr *external,
		     const struct sip_session_ice *ours[SIP_LINES]);

/* How the world sees the ports of a line that is hidden: where packets are to be sent.
 * False when no server has said so. */
bool sip_ice_public(const struct sip_call *call, int number, union sip_sockaddr *rtp,
		    uint16_t *rtcp_port);

/* Has its sound an agent, because its phone speaks ICE, or because we ask a server how the
 * world sees us? */
bool sip_ice_has_agent(const struct sip_call *call);

/* Does its phone speak ICE, as far as we know? */
bool sip_ice_wanted(const struct sip_call *call);

/* Their description is in force: this is what their addresses for a line are. */
void sip_ice_agreed(struct sip_call *call, const struct sip_session *session, int number);

/* rd_tech.way_lost: an offer of ours begins anew. */
int sip_ice_way_lost(struct rd_channel *ch);
/* It was not taken: what was told before holds. */
void sip_ice_offer_refused(struct sip_call *call);

/* An INFO of the package trickle-ice. */
void sip_ice_info_received(struct sip_call *call, struct sip_server *server,
			   const struct sip_msg *msg);

#endif
