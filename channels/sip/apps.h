/* Redirect() and MessageSend(). */
#ifndef CHANNELS_SIP_APPS_H
#define CHANNELS_SIP_APPS_H

#include <ringdown/app.h>

extern const struct rd_app sip_apps[];

#endif
