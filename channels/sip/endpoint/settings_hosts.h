/* For settings.c: host= and other_hosts=. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_HOSTS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_HOSTS_H

#include "channels/sip/endpoint/settings.h"

/* Where the endpoint is called; what stands for its other hosts is empty but for them. 0
 * (errors reported) or -ENOMEM. */
int sip_hosts_of_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		      const struct rd_config_section *section, struct rd_config_report *report);
/* The endpoint is read: at its other hosts it is the same. 0 or -ENOMEM. */
int sip_hosts_of_link(struct sip_settings *settings, struct sip_endpoint *endpoint);

#endif
