/* Option tags (RFC 3261 §19.2): which extensions the driver has, in which
 * requests somebody may insist on them, and in which messages it says so. An
 * extension is a row of the table in extension.c. */
#ifndef CHANNELS_SIP_EXTENSION_H
#define CHANNELS_SIP_EXTENSION_H

#include "channels/sip/endpoint/settings.h"
#include "channels/sip/message/out.h"

/* Do we have the extension, for requests of this method? endpoint may be
 * NULL: nobody knows yet who asks. */
bool sip_extension_known(struct rd_str tag, enum sip_method method,
			 const struct sip_endpoint *endpoint);

/* Does a request insist on an extension that we lack for its method? */
bool sip_extension_lacking(const struct sip_msg *request,
			   const struct sip_endpoint *endpoint);

/* Unsupported: what it lacks, one header for each; for a 420. */
void sip_print_unsupported(struct sip_out *out, const struct sip_msg *request,
			   const struct sip_endpoint *endpoint);

/* Supported: all that a request of this method, or an answer to one, may be
 * about; of OPTIONS it is everything. The header stands there even when it
 * is empty (RFC 3261 §20.37). */
void sip_print_supported(struct sip_out *out, enum sip_method method,
			 const struct sip_endpoint *endpoint);

/* Has the sender of a message the extension: named in Supported or Require? */
bool sip_extension_offered(const struct sip_msg *msg, struct rd_str tag);

#endif
