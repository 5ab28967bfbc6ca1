/* The codecs that allow= names. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_CODECS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_CODECS_H

#include "channels/sip/endpoint/settings.h"

/* Say what is wrong with a section's allow=, and which of its codecs no module brings:
 * that but once for a line of a template, by *told, which begins as NULL. */
void sip_codecs_check(const struct rd_config_section *section, const char *allow,
		      const struct rd_config_line **told, struct rd_config_report *report);

#endif
