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

/* One who sent it on, of a message; in sip.scratch. */
struct sip_diversion {
	struct sip_diversion *next; /* who did after him */
	struct sip_party who;
	const char *reason; /* as REDIRECTING(reason) has it */
	char own_reason[32]; /* a word that is not among ours */
	unsigned count;
};

struct sip_diversions {
	struct sip_diversion *first, *last; /* NULL: nobody */
	unsigned count;			    /* how often all of them did */
};

const struct sip_diversion_reason *sip_reason_of_cause(unsigned cause);
unsigned sip_diversion_cause(const char *reason);
/* By nobody, once, for no known reason; NULL without memory. */
struct sip_diversion *sip_diversion_new(void);

/* 0 or -ENOMEM; .count stays 0 where it does not say that anybody sent it on. */
int sip_history_read(struct sip_diversions *all, const struct sip_msg *msg);

/* The way of a call to target; all: who sent it on, the newest first. host: in the addresses of
 * who has none of his own. */
void sip_history_print(struct sip_out *out, const struct sip_endpoint *endpoint,
		       const struct rd_diversion *all, unsigned count, struct rd_str target,
		       struct rd_str host);

#endif
