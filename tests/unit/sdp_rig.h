/* Offer and answer without a call around: what tests of descriptions begin with.
 * There is one session, and all of it lies open. */
#ifndef TESTS_UNIT_SDP_RIG_H
#define TESTS_UNIT_SDP_RIG_H

#include "channels/sip/call/session.h"

/* The far end is at 192.0.2.9. */
#define HEAD                                                                                       \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\n"                                                      \
	"s=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"

extern const struct rd_codec ulaw;

extern struct rd_pool *pool;
extern struct sip_session session;
extern struct sip_media_policy policy; /* ulaw in packets of 20 ms */
extern struct rd_stream_config config; /* what was agreed on */
extern struct sip_session_local local; /* we are at 192.0.2.1:4000 */
extern char text[SIP_OUT_MAX]; /* what printed() has printed */

/* The parts of cmocka fixtures. */
int sdp_rig_open(void);
int sdp_rig_teardown(void **state);

struct sdp *parse(const char *body);
/* Theirs comes: 0, or what the session says to it. */
int offer(const char *body);
int answer(const char *body);
/* Our description. */
const char *printed(void);

#endif
