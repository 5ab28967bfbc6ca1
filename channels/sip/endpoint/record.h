/* Whose devices are whose: most sections have an address of record of their own name; some
 * register under another one, and several may have the devices of one (devices_of). */
#ifndef CHANNELS_SIP_ENDPOINT_RECORD_H
#define CHANNELS_SIP_ENDPOINT_RECORD_H

#include "channels/sip/driver.h"

/* Where its devices are; NULL: none has registered yet. */
struct sip_aor *sip_record_of(const struct sip_endpoint *endpoint);
/* The same of a section, by its name or one of its aors, or of one that is no more. */
struct sip_aor *sip_record_named(struct rd_str name);
/* What its record is called. */
struct rd_str sip_record_name(struct rd_str name);

/* Are the devices of the record its own? */
static inline bool sip_record_is_of(const struct sip_aor *aor, const struct sip_endpoint *endpoint)
{
	return strcmp(aor->name, endpoint->record) == 0;
}

/* Names of the sections whose devices these are: first the record's own. at: NULL at the
 * start. NULL at the end. */
const char *sip_record_next_owner(const char *record, const char *after,
				  const struct sip_endpoint **at);

#endif
