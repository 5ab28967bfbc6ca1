/* The codecs that allow= names. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_CODECS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_CODECS_H

#include "channels/sip/endpoint/settings.h"

/* The next name in "ulaw, !alaw" that no codec has: true, with what is to be said of it. */
bool sip_codecs_unknown(struct rd_str *rest, char what[128]);

#endif
