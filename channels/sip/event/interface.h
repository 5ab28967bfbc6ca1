/* The functions that the driver publishes for modules: <ringdown/sip_event.h>. */
#ifndef CHANNELS_SIP_EVENT_INTERFACE_H
#define CHANNELS_SIP_EVENT_INTERFACE_H

#include <ringdown/sip_event.h>

extern const struct rd_sip_events sip_events_interface;

#endif
