/* A text under way, and its branches: what delivery.c and device.c share. */
#ifndef CHANNELS_SIP_PAGER_DELIVERY_H
#define CHANNELS_SIP_PAGER_DELIVERY_H

#include "channels/sip/endpoint/party.h"
#include "channels/sip/outside.h"
#include "channels/sip/pager/pager.h"

/* A device that it is for, or wherever a URI leads. */
struct sip_text_branch {
	struct sip_delivery *delivery; /* NULL: not in use */
	struct sip_client *client;     /* to a device that registered, */
	struct sip_outside *outside;   /* or to wherever a URI leads */
	bool needs_connection;	       /* no datagram of the way that it went by holds it */
	char *instance; /* of that device; NULL: it has this flow only */
	uint64_t stamp; /* of that contact */
	struct rd_timer patience; /* then it goes by another flow */
};

struct sip_delivery {
	struct rd_list link;
	struct sip_settings *settings;
	const struct sip_endpoint *endpoint;
	void (*done)(void *arg, unsigned status);
	void *arg;
	unsigned refusal; /* the one that counts so far */
	unsigned waiting; /* branches without an answer */
	struct rd_str type, body, headers, to;
	unsigned hops;
	bool secure; /* to devices that registered by sips only */
	bool to_phone; /* wherever that is */
	bool was_kept;
	void *keeping; /* kept.c's, while it is put into the store; NULL */
	char device[SIP_DEVICE_MAX]; /* as sip_recipient has it */
	struct sip_party from;
	char tag[SIP_TAG_LENGTH + 1], call_id[25];
	unsigned count;
	struct sip_text_branch *branches;
	char room[];
};

/* ---- delivery.c ---- */

/* All that follows Route. */
void sip_delivery_print(const struct sip_delivery *delivery, struct sip_out *out,
			const struct sip_flow *flow, struct rd_str uri);
/* It is over: tell who waits. */
void sip_delivery_finish(struct sip_delivery *delivery, unsigned status);
/* RFC 3428 §8 */
bool sip_delivery_is_too_long(const struct sip_out *out, const struct sip_flow *flow);
/* It may free the delivery. */
void sip_text_branch_answered(struct sip_text_branch *branch, unsigned status);
void sip_text_branch_failed(struct sip_text_branch *branch, int rc);

/* ---- device.c ---- */

void sip_text_branch_init(struct sip_text_branch *branch, struct sip_delivery *delivery);
void sip_text_branch_fini(struct sip_text_branch *branch);
/* To the device that this is a contact of. 0, or why it cannot be reached. */
int sip_text_to_device(struct sip_text_branch *branch, struct sip_contact *contact);

#endif
