/* Publications (RFC 3903): documents that phones leave with us about themselves,
 * each known by an entity tag, until they expire. What they mean is their event
 * package's to say. */
#ifndef CHANNELS_SIP_EVENT_PUBLISH_H
#define CHANNELS_SIP_EVENT_PUBLISH_H

#include "channels/sip/event/event.h"

void sip_publish_received(struct sip_server *server, const struct sip_msg *msg);

/* Walk what is published for a resource: *pos starts at 0. */
bool sip_publication_next(const struct sip_package *package, const char *resource, size_t *pos,
			  struct rd_sip_publication *out);

/* The package goes, and all that was published with it. */
void sip_publications_free(struct sip_package *package);

/* Bring the tables up to date. Yields. 0 or negative errno. */
RD_YIELDS int sip_publications_open(void);
/* The driver stops: what is in the store stays. */
void sip_publications_close(void);
/* Those of this package come back in a later turn. */
void sip_publications_restore(const char *event);
/* Some have not come back yet. */
bool sip_publications_awaited(void);

/* Walk all, for the console: NULL starts. */
struct sip_publication_info {
	const char *resource, *phone, *etag;
	size_t size;
	unsigned seconds_left;
};
unsigned sip_publications_each(const struct sip_package *package,
			       void (*see)(void *arg, const struct sip_publication_info *info),
			       void *arg);

#endif
