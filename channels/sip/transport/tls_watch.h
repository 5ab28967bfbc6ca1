/* Looking after the files of certificate and key: what is renewed on disk is
 * used from then on. */
#ifndef CHANNELS_SIP_TRANSPORT_TLS_WATCH_H
#define CHANNELS_SIP_TRANSPORT_TLS_WATCH_H

#include "channels/sip/transport/tls.h"

struct sip_tls_watch;

/**
 * Look every half minute, in the pool.
 *
 * @name     whose they are, for the log
 * @in_use   the one to compare with
 * @changed  the files have become this one, a good one; borrowed
 *
 * 0 or -ENOMEM.
 */
int sip_tls_watch_new(struct sip_tls_watch **wp, const char *name,
		      struct sip_tls *(*in_use)(void *arg),
		      void (*changed)(void *arg, struct sip_tls *tls), void *arg);
/* At any time; NULL is fine. */
void sip_tls_watch_free(struct sip_tls_watch *watch);
/* Look now. */
void sip_tls_watch_look(struct sip_tls_watch *watch);

#endif
