/* Answering with 302 and the contacts of a registered phone. */
#ifndef CHANNELS_SIP_CALL_REDIRECT_H
#define CHANNELS_SIP_CALL_REDIRECT_H

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/callee.h"

/* Redirect(). */
int sip_redirect_app(struct rd_channel *ch, const char *args);

/* Is this call answered with 302, by the caller's `redirect` or that of its context? */
bool sip_redirect_invite(struct sip_server *server, const struct sip_endpoint *caller,
			 const struct sip_callee *callee);

#endif
