/* type=resource_list: what one subscription watches together. A list that has another of
 * its event in it has what is in that. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_LISTS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_LISTS_H

#include "channels/sip/endpoint/settings.h"

/* 0 (errors are reported) or -ENOMEM. */
int sip_lists_read(struct sip_settings *settings, const struct rd_config_section *section,
		   struct rd_config_report *report);
/* When all are read: lists within lists become what they hold, each resource once. What
 * leads back to a list it is in is left out, with a warning. 0 or -ENOMEM. */
int sip_lists_flatten(struct sip_settings *settings, struct rd_config_report *report);

#endif
