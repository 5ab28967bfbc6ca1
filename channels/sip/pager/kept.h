/* Texts for phones that are away. */
#ifndef CHANNELS_SIP_PAGER_KEPT_H
#define CHANNELS_SIP_PAGER_KEPT_H

#include <ringdown/cli.h>

#include "channels/sip/endpoint/location.h"
#include "channels/sip/pager/pager.h"

/* When the store is open; yields. Without it none are kept. */
RD_YIELDS int sip_texts_open(void);
void sip_texts_close(void);

/* Keep what cannot be delivered now: its done() follows, with 202 when the disk has it. 0;
 * -ENOTSUP: it is not for a phone, or none are kept for it; -ENOSPC: too many are. */
int sip_text_keep(struct sip_delivery *delivery);
/* Nobody waits for its done() any more. */
void sip_text_keep_forget(struct sip_delivery *delivery);
/* Others come first. */
bool sip_texts_wait(const struct sip_endpoint *endpoint);
/* It is there again. */
void sip_texts_look(const struct sip_contact *contact);

/* sip show texts */
int sip_command_texts(struct rd_cli *cli, int argc, const char *const *argv);

#endif
