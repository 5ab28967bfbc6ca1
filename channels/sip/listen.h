/* The sockets of sip.conf, at the start and when a reload names others. New ones are
 * there before old ones go; one that has calls serves them until they are over. */
#ifndef CHANNELS_SIP_LISTEN_H
#define CHANNELS_SIP_LISTEN_H

#include "channels/sip/endpoint/settings.h"

/* Get the sockets that these settings name and that are not there yet. Report NULL:
 * what is wrong is logged. 0, or the first error; in both cases one of the two below
 * follows, before the loop turns. */
int sip_listen_prepare(const struct sip_settings *settings, struct rd_config_report *report);
/* They are in force: sockets that they do not name are closed, now or with the last
 * call that uses them. */
void sip_listen_commit(void);
/* All stays as it was. */
void sip_listen_discard(void);

/* With the driver. */
void sip_listen_start(void);
void sip_listen_stop(void);

#endif
