/* The functions that the driver publishes for modules: <ringdown/sip_event.h>. */
#ifndef CHANNELS_SIP_EVENT_INTERFACE_H
#define CHANNELS_SIP_EVENT_INTERFACE_H

#include <ringdown/sip_event.h>

struct sip_contact;
struct sip_endpoint;

extern const struct rd_sip_events sip_events_interface;

/* See rd_sip_events.uri_beside. */
int sip_uri_beside(const struct rd_sip_watch *watch, const char *user, char *uri, size_t size);
/* A section as modules see it. */
void sip_phone_of(struct rd_sip_phone *phone, const struct sip_endpoint *endpoint);
/* A contact as modules see it. */
void sip_binding_of(struct rd_sip_binding *binding, const struct sip_contact *contact);

#endif
