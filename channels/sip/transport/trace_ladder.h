/* The ladder that a trace draws; see trace.h. */
#ifndef CHANNELS_SIP_TRANSPORT_TRACE_LADDER_H
#define CHANNELS_SIP_TRANSPORT_TRACE_LADDER_H

#include "channels/sip/transport/trace.h"

#define SIP_LADDER_ENDS    6 /* far ends beside each other */
#define SIP_LADDER_PARTIES 8 /* of each, the latest */

/* All else is zero when it begins. */
struct sip_ladder {
	sip_trace_print_fn *print;
	void *arg;
	union sip_sockaddr ends[SIP_LADDER_ENDS];
	unsigned used[SIP_LADDER_ENDS]; /* by which message last */
	uint64_t parties[SIP_LADDER_ENDS][SIP_LADDER_PARTIES]; /* it was, 0: none */
	uint8_t next_party[SIP_LADDER_ENDS];
	int count;
};

/* One message; name: "INVITE", "180 Ringing". A far end that is new here has the names
 * of all printed first. party: a number for who it is in the dialog, 0: not known; by it
 * one host is the same far end, whatever port it comes from. */
void sip_ladder_message(struct sip_ladder *ladder, const union sip_sockaddr *peer, uint64_t party,
			bool in, const char *name, unsigned number);

#endif
