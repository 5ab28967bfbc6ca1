/* What the one SIP driver of the house holds, for its upper layers. Set up and
 * taken down by chan_sip.c; lower layers do not know it. */
#ifndef CHANNELS_SIP_DRIVER_H
#define CHANNELS_SIP_DRIVER_H

#include "channels/sip/dialog/dialog.h"
#include "channels/sip/endpoint/location.h"
#include "channels/sip/endpoint/names.h"
#include "channels/sip/endpoint/settings.h"
#include "channels/sip/guard/guard.h"
#include "channels/sip/message/digest.h"
#include "channels/sip/resolver/resolver.h"
#include "channels/sip/transaction/transaction.h"

struct sip_driver {
	struct sip_transports *transports;
	struct sip_transactions *transactions;
	struct sip_dialogs *dialogs;
	struct sip_nonces *nonces;
	struct sip_guard *guard;
	struct sip_location *location;
	struct sip_resolver *resolver;
	struct sip_names *names;
	struct sip_settings *settings; /* in force */
	struct rd_pool *scratch;       /* emptied for each message looked at */
	bool has_begun; /* calls were taken: all modules are there */
	struct rd_list calls;
	unsigned call_count;
	/* HA1 of nobody's password: what an unknown user is checked against. */
	char nobody[SIP_DIGEST_ALGORITHMS][SIP_DIGEST_HEX];
};

extern struct sip_driver sip;

/* All but the sockets. 0 or -ENOMEM, then nothing is left. settings may
 * be NULL until sip_driver_use(). timers may be NULL. */
int sip_driver_start(const struct sip_timers *timers);
/* Calls that are left are ended without a word. */
void sip_driver_stop(void);

/* Put a snapshot in force; the reference is taken. */
void sip_driver_use_take(struct sip_settings *settings);

/* Codecs have come or gone: look them up anew, for calls in progress too. */
void sip_driver_find_codecs(void);

#endif
