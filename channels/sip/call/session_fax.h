/* A fax by T.38 in the place of the sound. Part of session.h, which includes it. */
#ifndef CHANNELS_SIP_CALL_SESSION_FAX_H
#define CHANNELS_SIP_CALL_SESSION_FAX_H

#include <ringdown/stream.h>

#include "channels/sip/sdp/t38.h"

struct sip_fax {
	unsigned line; /* its place in the description; mostly the sound's */
	struct sdp_t38 ours, theirs; /* what was told */
	struct rd_stream_config config;
};

/* The line of T.38 in an offer; NULL: there is none. */
const struct sdp_media *sip_fax_offered(const struct sdp *offer);

#endif
