/* Messages on the wire, told to a module (include/ringdown/sip_wire.h). */
#ifndef CHANNELS_SIP_WIRE_H
#define CHANNELS_SIP_WIRE_H

#include <ringdown/sip_wire.h>

extern const struct rd_sip_wire sip_wire_interface;

#endif
