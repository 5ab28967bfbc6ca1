/* The option tables of sip.conf, for settings.c. */
#ifndef SIP_SETTINGS_OPTIONS_H
#define SIP_SETTINGS_OPTIONS_H

#include "settings.h"

extern const struct rd_option sip_phone_options[];     /* into struct sip_endpoint */
extern const struct rd_option sip_list_options[];      /* into struct sip_list */
extern const struct rd_option sip_global_options[];    /* into struct sip_settings */

#endif
