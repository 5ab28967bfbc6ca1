/* What modules may see of messages on the wire: thin wrappers around the trace. */
#include "channels/sip/wire.h"

#include "channels/sip/driver.h"
#include "channels/sip/transport/trace.h"

static int watch(const struct rd_sip_wire_watcher *watcher)
{
	return sip_trace_watcher(sip.transports) ? -EBUSY
						 : sip_trace_watch(sip.transports, watcher);
}

static void unwatch(const struct rd_sip_wire_watcher *watcher)
{
	if (sip_trace_watcher(sip.transports) == watcher)
		sip_trace_watch(sip.transports, NULL);
}

const struct rd_sip_wire sip_wire_interface = { .watch = watch, .unwatch = unwatch };
