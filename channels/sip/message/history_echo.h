/* History-Info in answers. */
#ifndef CHANNELS_SIP_MESSAGE_HISTORY_ECHO_H
#define CHANNELS_SIP_MESSAGE_HISTORY_ECHO_H

#include "channels/sip/message/out.h"

/* Print it into any answer but a 100, if the request wants it. */
void sip_history_echo(struct sip_out *out, const struct sip_msg *request);

#endif
