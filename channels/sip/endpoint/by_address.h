/* Whose requests are known by the address that they come from. */
#ifndef CHANNELS_SIP_ENDPOINT_BY_ADDRESS_H
#define CHANNELS_SIP_ENDPOINT_BY_ADDRESS_H

#include "channels/sip/endpoint/settings.h"
#include "channels/sip/message/message.h"

/* Is it one of its match= or host=? */
bool sip_address_is_of(const struct sip_endpoint *endpoint, const union sip_sockaddr *source);

/* Whoever knows says whose numbers a request is for; NULL: nobody does. */
typedef bool sip_expects_fn(const struct sip_endpoint *endpoint, const struct sip_msg *msg);
void sip_by_address_ask(sip_expects_fn *expects);
/* Of several whose request it may be: is it for a number of this one? */
bool sip_endpoint_expects(const struct sip_endpoint *endpoint, const struct sip_msg *msg);

/* NULL: nobody's. Of several that have this address, whom the request names, or else whose
 * account or number it is for; where that is none of them, or there is no request (NULL), the
 * first in the file. */
const struct sip_endpoint *sip_find_by_address(const struct sip_settings *settings,
					       const struct sip_msg *msg,
					       const union sip_sockaddr *source);

#endif
