/* set_var of a section. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_VARS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_VARS_H

#include "channels/sip/endpoint/settings.h"

/* 0 (errors are reported) or -ENOMEM. */
int sip_vars_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		  const struct rd_config_section *section, struct rd_config_report *report);
/* Warn of functions that there are not, or that cannot be set. On the switch thread, in a
 * review. */
void sip_vars_review(const struct sip_settings *settings, struct rd_config_report *report);

#endif
