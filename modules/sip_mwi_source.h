/* Mailboxes that another exchange keeps for us: it is asked (message-summary, RFC
 * 3842, as a subscriber), and what it says is the count of a mailbox here. Part of
 * sip_mwi. */
#ifndef MODULES_SIP_MWI_SOURCE_H
#define MODULES_SIP_MWI_SOURCE_H

#include <ringdown/sip_event.h>

/* Ask all peers that sip.conf wants asked (mwi_subscribe), and no others: at start,
 * and when it was read anew. */
void mwi_sources_update(const struct rd_sip_events *events);
void mwi_sources_stop(void);
/* A peer tells of its own accord (mwi_incoming): the status of the answer. */
int mwi_source_unasked(const struct rd_sip_phone *phone, const char *type, struct rd_str body);

#endif
