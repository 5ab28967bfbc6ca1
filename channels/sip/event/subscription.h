/* Subscriptions of ours (RFC 6665 §4.1): we ask a peer, it sends us NOTIFYs. One
 * per dialog; forks of one SUBSCRIBE are subscriptions of their own. */
#ifndef CHANNELS_SIP_EVENT_SUBSCRIPTION_H
#define CHANNELS_SIP_EVENT_SUBSCRIPTION_H

#include "channels/sip/event/event.h"

/* See rd_sip_events.subscribe and .unsubscribe. */
int sip_subscription_new(struct rd_sip_subscription **sp, const struct rd_sip_subscribe *params);
void sip_subscription_end(struct rd_sip_subscription *subscription);

/* A NOTIFY: in a dialog of any kind, or in none that is known yet. */
void sip_notify_in_dialog(struct sip_dialog *dialog, struct sip_server *server,
			  const struct sip_msg *msg);
void sip_notify_unmatched(struct sip_server *server, const struct sip_msg *msg);
/* One outside of dialogs (unasked.c). */
void sip_notify_unasked(struct sip_server *server, const struct sip_msg *msg);

void sip_subscriptions_stop(void);

/* For the console. */
struct sip_subscription_info {
	const char *peer, *event, *resource;
	bool confirmed;
	unsigned seconds_left;
	const union sip_sockaddr *address; /* NULL: not known yet */
	struct rd_str call_id;
};

void sip_subscriptions_each(void (*fn)(void *arg, const struct sip_subscription_info *info),
			    void *arg);

#endif
