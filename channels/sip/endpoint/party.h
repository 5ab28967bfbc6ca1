/* Who is at the other end: identities in and out of messages, by From,
 * P-Asserted-Identity (RFC 3325), Remote-Party-ID and Privacy (RFC 3323), as far
 * as the endpoint is trusted. */
#ifndef CHANNELS_SIP_ENDPOINT_PARTY_H
#define CHANNELS_SIP_ENDPOINT_PARTY_H

#include <ringdown/ident.h>

#include "channels/sip/endpoint/settings.h"
#include "channels/sip/message/out.h"

/* An identity and the room for its texts. */
struct sip_party {
	struct rd_party party;
	char name[80], number[80];
	/* "555;phone-context=example.com": the number that had one, and it; or "". */
	char local[160];
};

/* Of a request: what a trusted endpoint asserts, else what callerid= says or From
 * does (which a phone with a password may fill with its own numbers only); by
 * P-Preferred-Identity another of its own. */
void sip_party_of_request(struct sip_party *who, const struct sip_endpoint *endpoint,
			  const struct sip_msg *msg);
/* Of a name-addr of any header, shown to all. */
void sip_party_of_addr(struct sip_party *who, struct rd_str display, struct rd_str uri);
/* Asserted in a request or response of a trusted endpoint, which called or was called;
 * false without. */
bool sip_party_asserted(struct sip_party *who, const struct sip_endpoint *endpoint,
			const struct sip_msg *msg, bool called);

/* RFC 3323: does Privacy ask for this? */
bool sip_privacy_has(const struct sip_msg *msg, struct rd_str word);
/* Is something "critical" that we do not know how to give? */
bool sip_privacy_exceeds_us(const struct sip_msg *msg);

/* The From of a call to this endpoint, without tag: '"Name" <sip:number@host>'. */
void sip_print_from(struct sip_out *out, const struct sip_endpoint *endpoint,
		    const struct rd_party *party, struct rd_str host);
/* P-Asserted-Identity, Remote-Party-ID, Privacy, as the endpoint wants them.
 * called: the party is the one that the endpoint called. */
void sip_print_identity(struct sip_out *out, const struct sip_endpoint *endpoint,
			const struct rd_party *party, bool called,
			struct rd_str host);
/* In headers of their own? */
static inline bool sip_endpoint_sends_identity(const struct sip_endpoint *endpoint)
{
	return endpoint->send_pai || endpoint->send_ppi || endpoint->send_rpid;
}

/* The host of our own identities, towards this endpoint. */
struct rd_str sip_domain_of(const struct sip_endpoint *endpoint, struct rd_str host);
/* '"Name" <sip:number@host>', without a name that is withheld from the endpoint. */
void sip_print_name_addr(struct sip_out *out, const struct sip_endpoint *endpoint,
			 const struct rd_party *party, struct rd_str host);
/* ";user=phone" behind a URI with this user part, where the endpoint wants it. */
void sip_print_number(struct sip_out *out, const struct sip_endpoint *endpoint,
		      struct rd_str number);
/* ";privacy=off;screen=yes" */
void sip_print_presentation(struct sip_out *out, const struct rd_party *party);

#endif
