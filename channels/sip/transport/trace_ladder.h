/* The ladder that a trace draws; see trace.h. */
#ifndef CHANNELS_SIP_TRANSPORT_TRACE_LADDER_H
#define CHANNELS_SIP_TRANSPORT_TRACE_LADDER_H

#include "channels/sip/transport/trace.h"

#define SIP_LADDER_ENDS 6 /* far ends beside each other */

/* All else is zero when it begins. */
struct sip_ladder {
	sip_trace_print_fn *print;
	void *arg;
	union sip_sockaddr ends[SIP_LADDER_ENDS];
	unsigned used[SIP_LADDER_ENDS]; /* by which message last */
	int count;
};

/* One message; name: "INVITE", "180 Ringing". A far end that is new here has the names
 * of all printed first. */
void sip_ladder_message(struct sip_ladder *ladder, const union sip_sockaddr *peer, bool in,
			const char *name, unsigned number);

#endif
