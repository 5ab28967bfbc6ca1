/* For settings.c: match=, permit=, deny=, and what host= says about callers. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_MATCH_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_MATCH_H

#include "channels/sip/endpoint/settings.h"

/* A name or an address, perhaps with a port and ;transport=. */
bool sip_match_is_host(const char *text);

/* Fill in what tells the endpoint's requests. 0 (errors reported) or -ENOMEM. */
int sip_match_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		   const struct rd_config_section *section,
		   struct rd_config_report *report);

#endif
