/* Redirect() and MessageSend(). */
#ifndef SIP_APPS_H
#define SIP_APPS_H

#include <ringdown/app.h>

extern const struct rd_app sip_apps[];

#endif
