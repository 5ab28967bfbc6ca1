/* Inside of a subscription of ours, for subscription.c and notified.c only. */
#ifndef CHANNELS_SIP_EVENT_SUBSCRIPTION_PRIVATE_H
#define CHANNELS_SIP_EVENT_SUBSCRIPTION_PRIVATE_H

#include "channels/sip/event/subscription.h"

#define SIP_SUBSCRIPTION_MAGIC 0x53535542u /* "SSUB" */

struct rd_sip_subscription {
	unsigned magic;
	struct rd_list link, usage; /* usage: the dialog's */
	struct sip_dialog *dialog; /* with the target asked last; NULL: none yet */
	struct sip_outside *first; /* the first SUBSCRIBE, until it has its answer */
	struct sip_settings *settings; /* of that one's peer */
	struct sip_client *client; /* a later one that has no answer */
	struct rd_timer renew, wait, expiry; /* wait: timer N */
	uint64_t expires_ms, forks_until_ms;
	unsigned wanted_s; /* 0: a fetch */
	bool forks, confirmed; /* confirmed: a NOTIFY has come */
	bool leaving;
	const char *peer, *resource, *event, *accept;
	int (*notified)(struct rd_sip_subscription *subscription, const char *state,
			const char *type, struct rd_str body, void *arg);
	void (*ended)(struct rd_sip_subscription *subscription, const char *reason,
		      int retry_s, void *arg);
	void *arg;
	char text[]; /* bytes of these */
};

/* Forget the first SUBSCRIBE, which has its answer or needs none, and what is kept for it. */
void sip_subscription_drop_first(struct rd_sip_subscription *subscription);
void sip_subscription_free(struct rd_sip_subscription *subscription);
/* Tell its user, then free it. */
void sip_subscription_over(struct rd_sip_subscription *subscription, const char *reason,
			   int retry_s);
void sip_subscription_set_expires(struct rd_sip_subscription *subscription, unsigned seconds);
/* The same in another dialog, which a NOTIFY opens. 0, -ENOMEM, -EINVAL. */
int sip_subscription_fork(struct rd_sip_subscription **sp,
			  const struct rd_sip_subscription *first, const struct sip_msg *msg);

#endif
