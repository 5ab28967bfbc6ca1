/* ICE in descriptions (RFC 8839), and lines that share one transport (RFC 9143):
 * attributes in, values out, and back. */
#ifndef CHANNELS_SIP_SDP_ICE_H
#define CHANNELS_SIP_SDP_ICE_H

#include <ringdown/ice.h>

#include "channels/sip/sdp/sdp.h"

#define SDP_ICE_TEXT       256 /* longest ufrag and pwd */
#define SDP_CANDIDATES_MAX 32
#define SDP_MID_MAX        32

/* What the far end says of one media line; an allocation of its own. */
struct sdp_ice {
	char ufrag[SDP_ICE_TEXT + 1], pwd[SDP_ICE_TEXT + 1];
	bool lite, ended; /* ended: all candidates are here */
	unsigned count;
	struct rd_ice_candidate candidates[];
};

/* The value of one a=candidate. False for what is no UDP candidate with a numeric
 * address. */
bool sdp_candidate_parse(struct rd_ice_candidate *candidate, struct rd_str value);
void sdp_candidate_print(struct sip_out *out, const struct rd_ice_candidate *candidate);

/* Does the line have ICE? */
bool sdp_has_ice(const struct sdp *sdp, const struct sdp_media *media);
/* 0 with *ice, to be freed with rd_free(); -ENOENT without ICE; -ENOMEM. */
int sdp_ice_read(struct sdp_ice **ice, const struct sdp *sdp, const struct sdp_media *media);
/* The same from a fragment that came after the description (RFC 8840): what it says of
 * the line with this mid; empty: of any. */
int sdp_ice_read_fragment(struct sdp_ice **ice, struct rd_str text, struct rd_str mid);
struct sdp_ice *sdp_ice_dup(const struct sdp_ice *ice); /* NULL without memory */

/* Its a=mid; absent without one. */
struct rd_str sdp_mid(const struct sdp_media *media);
/* Is it in a group BUNDLE? tag (may be NULL): the line that speaks for it, NULL
 * when that is missing. */
bool sdp_bundled(const struct sdp *sdp, const struct sdp_media *media,
		 const struct sdp_media **tag);

#endif
