/* The contexts that phones name. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_CONTEXTS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_CONTEXTS_H

#include "channels/sip/endpoint/settings.h"

/* Keep the lines of a phone that name contexts. 0 or -ENOMEM. */
int sip_contexts_read(struct sip_settings *settings, const struct rd_config_section *section);
/* The same of [global]. */
int sip_contexts_read_global(struct sip_settings *settings,
			     const struct rd_config_section *global);
/* Warn of those that there are not. On the switch thread, in a review. */
RD_YIELDS void sip_contexts_review(const struct sip_settings *settings,
				   struct rd_config_report *report);

#endif
