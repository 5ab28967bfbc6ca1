/* From sections to where their devices are, and back. */
#include "channels/sip/endpoint/record.h"

struct sip_aor *sip_record_of(const struct sip_endpoint *endpoint)
{
	return sip_location_find(sip.location, rd_str_of(endpoint->record));
}

struct rd_str sip_record_name(struct rd_str name)
{
	const struct sip_endpoint *endpoint =
		sip.settings ? sip_settings_find_record(sip.settings, name) : NULL;

	return endpoint ? rd_str_of(endpoint->record) : name;
}

struct sip_aor *sip_record_named(struct rd_str name)
{
	return sip_location_find(sip.location, sip_record_name(name));
}

const char *sip_record_next_owner(const char *record, const char *after,
				  const struct sip_endpoint **at)
{
	const struct sip_endpoint *it;

	if (!after) {
		*at = sip.settings ? sip.settings->sharing : NULL;
		return record;
	}
	for (it = *at; it && strcmp(it->record, record) != 0;)
		it = it->next_sharing;
	*at = it ? it->next_sharing : NULL;
	return it ? it->name : NULL;
}
