/* The option tables of sip.conf, for settings.c. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_OPTIONS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_OPTIONS_H

#include "channels/sip/endpoint/settings.h"

extern const struct rd_option sip_phone_options[];     /* into struct sip_endpoint */
extern const struct rd_option sip_list_options[];      /* into struct sip_list */
extern const struct rd_option sip_global_options[];    /* into struct sip_settings */

#endif
