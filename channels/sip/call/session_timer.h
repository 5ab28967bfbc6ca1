/* Sessions that expire (RFC 4028), as caller and as called. */
#ifndef CHANNELS_SIP_CALL_SESSION_TIMER_H
#define CHANNELS_SIP_CALL_SESSION_TIMER_H

#include "channels/sip/call/call.h"

void sip_expiry_init(struct sip_call *call);
void sip_expiry_stop(struct sip_call *call);
/* May a session last as short as this INVITE or UPDATE says? 0, 400 or 422. */
unsigned sip_expiry_refusal(const struct sip_endpoint *endpoint, const struct sip_msg *msg);
void sip_expiry_refuse(struct sip_server *server, const struct sip_endpoint *endpoint,
		       unsigned status);
/* Print into our 2xx what holds as soon as it is sent. */
struct sip_session_terms sip_expiry_grant(const struct sip_call *call, struct sip_out *out,
					  const struct sip_msg *request);
/* It was sent: start the clock. */
void sip_expiry_agree(struct sip_call *call, const struct sip_session_terms *terms);
/* Into our INVITE or UPDATE: what we want. */
void sip_expiry_print(const struct sip_call *call, struct sip_out *out);
/* The 2xx to it. */
void sip_expiry_answered(struct sip_call *call, const struct sip_msg *ok);
/* A 422: true when asking again, for longer, may help. */
bool sip_expiry_too_short(struct sip_call *call, const struct sip_msg *refused);

#endif
