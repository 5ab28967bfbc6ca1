/* Which messages are a phone's: for a trace that follows it. */
#ifndef CHANNELS_SIP_TRACE_PHONE_H
#define CHANNELS_SIP_TRACE_PHONE_H

#include "channels/sip/transport/trace.h"

/* A sip_trace_wants_fn. */
bool sip_trace_phone_wants(const char *phone, const struct sip_flow *flow, bool in,
			   const char *data, size_t size);

#endif
