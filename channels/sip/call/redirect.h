/* Answering with 302 and the contacts of a registered phone. */
#ifndef SIP_CALL_REDIRECT_H
#define SIP_CALL_REDIRECT_H

#include <ringdown/app.h>

#include "../driver.h"

/* Redirect(), MessageSend(). */
extern const struct rd_app sip_apps[];

/* Is this call answered with 302 by the caller's `redirect`? False: it is not. */
bool sip_redirect_invite(struct sip_server *server, const struct sip_endpoint *caller,
			 const char *number);

#endif
