/* What the files of sdp/ share. */
#ifndef CHANNELS_SIP_SDP_PRIVATE_H
#define CHANNELS_SIP_SDP_PRIVATE_H

#include "channels/sip/sdp/sdp.h"

/* Empty ones, zeroed but for defaults; not linked / appended. NULL: no memory. */
struct sdp_media *sdp__media_new(struct sdp *sdp);
struct sdp_format *sdp__format_new(struct sdp *sdp, struct sdp_media *media);

enum sdp_kind sdp__kind_of(struct rd_str name);
bool sdp__is_rtp(struct rd_str protocol);
bool sdp__direction_of(struct rd_str name, enum sdp_direction *direction);

#endif
