/* Are registered phones still there, and peers at their fixed hosts? Each is asked with
 * OPTIONS from time to time, where sip.conf says so: qualify =. */
#ifndef CHANNELS_SIP_ENDPOINT_QUALIFY_H
#define CHANNELS_SIP_ENDPOINT_QUALIFY_H

#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/settings.h"

enum sip_reach {
	SIP_REACH_UNKNOWN, /* not asked, or not answered yet */
	SIP_REACHABLE,
	SIP_UNREACHABLE,
};

/* It has registered; it goes. */
void sip_qualify_bound(struct sip_contact *contact, bool is_new);
void sip_qualify_end(struct sip_contact *contact);

/* Does a refusal come from a proxy on the way, which could not reach the device? */
static inline bool sip_is_of_another(unsigned status)
{
	return status == 408 || status == 430 || status == 503;
}

enum sip_reach sip_contact_reach(const struct sip_contact *contact);
/* Microseconds that the last answer took; 0: none has come. */
unsigned sip_contact_rtt_us(const struct sip_contact *contact);

/* Worth a try: not known to be silent. */
static inline bool sip_contact_reachable(const struct sip_contact *contact)
{
	return !contact->probe || sip_contact_reach(contact) != SIP_UNREACHABLE;
}

/* What its host = has said, likewise; what is not asked is SIP_REACH_UNKNOWN. */
enum sip_reach sip_host_reach(const struct sip_endpoint *endpoint);
unsigned sip_host_rtt_us(const struct sip_endpoint *endpoint);
/* It has a host, and that is worth a try. */
bool sip_host_reachable(const struct sip_endpoint *endpoint);
/* The endpoint at the first of its hosts that is worth a try; itself where none is. */
const struct sip_endpoint *sip_host_best(const struct sip_endpoint *endpoint);

/* Somebody waits for an answer of its host: it is asked now, unless it was a moment ago. */
void sip_host_ask(const struct sip_endpoint *endpoint);

/* Other settings are in force: begin and stop asking. */
void sip_qualify_configure(void);
/* The driver stops: no host is asked any more. */
void sip_qualify_stop(void);

#endif
