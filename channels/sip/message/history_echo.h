/* History-Info in answers. */
#ifndef SIP_HISTORY_ECHO_H
#define SIP_HISTORY_ECHO_H

#include "out.h"

/* Print it into any answer but a 100, if the request wants it. */
void sip_history_echo(struct sip_out *out, const struct sip_msg *request);

#endif
