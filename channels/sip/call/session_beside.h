/* Lines beside the sound: one of pictures, one of text. Part of session.h, which
 * includes it. */
#ifndef CHANNELS_SIP_CALL_SESSION_BESIDE_H
#define CHANNELS_SIP_CALL_SESSION_BESIDE_H

#include <ringdown/stream.h>

#include "channels/sip/call/session_secure.h"

enum { SIP_BESIDE = 2 };

struct sip_beside_line {
	bool known;	   /* it has a place in the description */
	bool on;	   /* offered, or agreed on; else its port is 0 */
	unsigned line;	   /* its place */
	uint8_t direction; /* what our description says; enum sdp_direction */
	struct sip_session_secure secure;
	struct rd_stream_config config;
};

/* By enum rd_media_kind, without sound. */
struct sip_beside {
	struct sip_beside_line lines[SIP_BESIDE];
};

/* What keeps a session from being like the other leg's. */
enum sip_beside_lack {
	SIP_BESIDE_NOTHING,
	SIP_BESIDE_LINE,      /* it has no such line yet */
	SIP_BESIDE_AGREEMENT, /* what was agreed on is of no use to the other */
};

/* Does the policy have such a line? */
bool sip_beside_wanted(const struct sip_media_policy *policy, int i);

static inline enum rd_media_kind sip_beside_kind(int i)
{
	return (enum rd_media_kind)(RD_MEDIA_VIDEO + i);
}

#endif
