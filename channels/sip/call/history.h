/* History-Info (RFC 7044), for diversion.c: what both headers say in common. */
#ifndef CHANNELS_SIP_CALL_HISTORY_H
#define CHANNELS_SIP_CALL_HISTORY_H

#include "channels/sip/endpoint/party.h"

/* Why a call was sent on: as Diversion, REDIRECTING(reason) and the cause of a
 * URI (RFC 4458) have it. */
struct sip_diversion_reason {
	const char *header, *name;
	unsigned cause;
};

struct sip_diversions {
	struct sip_party last, first; /* who sent it on */
	const struct sip_diversion_reason *reason; /* why the last one did */
	unsigned count;
};

const struct sip_diversion_reason *sip_reason_of_cause(unsigned cause);

/* False: it does not say that anybody sent it on. */
bool sip_history_read(struct sip_diversions *all, const struct sip_msg *msg);

/* The way of a call that was sent on. */
struct sip_history {
	const struct rd_party *first; /* who sent it on; NULL when it is the last one */
	const struct rd_party *last;  /* without a number: nobody */
	unsigned cause;		      /* why the last one did */
	struct rd_str target;	      /* where it goes now */
};

/* host: in the addresses of who has none of his own. */
void sip_history_print(struct sip_out *out, const struct sip_endpoint *endpoint,
		       const struct sip_history *history, struct rd_str host);

#endif
