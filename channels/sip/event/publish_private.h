/* Inside of what is published, for publish.c and publish_store.c only. */
#ifndef CHANNELS_SIP_EVENT_PUBLISH_PRIVATE_H
#define CHANNELS_SIP_EVENT_PUBLISH_PRIVATE_H

#include "channels/sip/event/publish.h"

#define SIP_ETAG_LENGTH   16
#define SIP_RESOURCE_SIZE 128

/* What is published for one resource. It goes with its last document. */
struct sip_published {
	struct rd_list documents;
	struct sip_package *package;
	unsigned count;
	char name[];
};

struct sip_document {
	struct rd_list link;
	struct sip_published *owner;
	struct rd_timer expiry;
	uint64_t expires_ms; /* monotonic */
	char etag[SIP_ETAG_LENGTH + 1];
	const char *type, *phone;
	struct rd_str body;
	char text[]; /* bytes of these */
};

/* What a new one is made of; all copied. */
struct sip_document_params {
	const char *resource, *phone, *type;
	struct rd_str body;
};

/* It has no tag and no time yet. 0 or -ENOMEM. */
int sip_document_new(struct sip_document **dp, struct sip_package *package,
		     const struct sip_document_params *params);
/* It lasts for so long from now. */
void sip_document_set_expires(struct sip_document *document, uint32_t seconds);
unsigned sip_document_seconds_left(const struct sip_document *document);

/* ---- publish_store.c ---- */

/* It is new, or has another tag than before ("": it is new). */
void sip_document_store(const struct sip_document *document, const char *before);
void sip_document_unstore(const char *etag);

#endif
