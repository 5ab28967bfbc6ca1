/* What a line of T.38 says of its end (ITU-T T.38 annex D): a fax machine is asked and
 * answers by it, and whoever stands between passes it on. */
#ifndef CHANNELS_SIP_SDP_T38_H
#define CHANNELS_SIP_SDP_T38_H

#include "channels/sip/sdp/sdp.h"

/* How lost packets are made good. */
enum sdp_t38_ec {
	SDP_T38_EC_UNSAID,
	SDP_T38_EC_NONE,
	SDP_T38_EC_REDUNDANCY,
	SDP_T38_EC_FEC,
};

/* Zero: it says nothing of it. */
struct sdp_t38 {
	uint8_t version;
	uint8_t ec; /* enum sdp_t38_ec */
	bool local_tcf, transferred_tcf; /* who makes the training signal */
	bool fill, mmr, jbig; /* fill bits go, pages are coded anew */
	uint16_t max_buffer, max_datagram; /* bytes that it takes */
	uint32_t bit_rate;
};

/* An "m=image PORT udptl t38" that is not refused? */
bool sdp_is_t38(const struct sdp_media *media);
void sdp_t38_read(struct sdp_t38 *t38, const struct sdp_media *media);
/* Append such a line. NULL without memory. */
struct sdp_media *sdp_t38_add(struct sdp *sdp, uint16_t port, const struct sdp_t38 *t38);

#endif
