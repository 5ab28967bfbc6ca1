/* Lines beside the sound: one of pictures, one of text, and more of pictures, which only
 * ever show the far end something. Part of session.h, which includes it. */
#ifndef CHANNELS_SIP_CALL_SESSION_BESIDE_H
#define CHANNELS_SIP_CALL_SESSION_BESIDE_H

#include <ringdown/stream.h>

#include "channels/sip/call/session_secure.h"

enum {
	SIP_BESIDE_KINDS = 2, /* first the two that there are of themselves */
	SIP_MORE_PICTURES = 8,
	SIP_BESIDE = SIP_BESIDE_KINDS + SIP_MORE_PICTURES,
	/* A line of sound, and those beside it. */
	SIP_LINES = 1 + SIP_BESIDE,
};

struct sip_beside_line {
	bool known;	   /* it has a place in the description */
	bool on;	   /* offered, or agreed on; else its port is 0 */
	unsigned line;	   /* its place */
	uint8_t direction; /* what our description says; enum sdp_direction */
	struct sip_session_secure secure;
	struct rd_stream_config config;
};

struct sip_beside {
	int count; /* at least the kinds */
	struct sip_beside_line lines[];
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
	return i == 1 ? RD_MEDIA_TEXT : RD_MEDIA_VIDEO;
}

/* Its number among all lines; of the first of each kind it is enum rd_media_kind. */
static inline int sip_beside_number(int i)
{
	return 1 + i;
}

/* Of one of those that only show something, in struct sip_media_policy. */
static inline unsigned sip_more_bit(int i)
{
	return 1u << (i - SIP_BESIDE_KINDS);
}

/* beside may be NULL: none. */
static inline int sip_beside_count(const struct sip_beside *beside)
{
	return beside ? beside->count : 0;
}

#endif
