/* What of sip.conf works and is unwise, most of it for whoever asks a doctor. */
#ifndef CHANNELS_SIP_ENDPOINT_EXAMINE_H
#define CHANNELS_SIP_ENDPOINT_EXAMINE_H

#include "channels/sip/endpoint/settings.h"

/* Ports that others have, certificates that expire soon, secrets that are guessed, peers
 * that are everybody, hosts without an address. Yields. */
RD_YIELDS void sip_settings_examine(const struct sip_settings *settings,
				    struct rd_config_report *report);
/* In any review: ports that the sound of calls uses, too. */
void sip_ports_review(const struct sip_settings *settings, struct rd_config_report *report);
/* Likewise: hosts that no transport leads to. */
void sip_ways_review(const struct sip_settings *settings, struct rd_config_report *report);
/* Likewise: classes of music that there are not. */
void sip_music_review(const struct sip_settings *settings, struct rd_config_report *report);
/* The part of the examination that is about secrets. */
void sip_secrets_examine(const struct sip_settings *settings, struct rd_config_report *report);
/* That about peers that are everybody. */
void sip_world_examine(const struct sip_endpoint *endpoint, struct rd_config_report *report);
/* That about hosts without an address. Yields. */
RD_YIELDS void sip_hosts_examine(const struct sip_settings *settings,
				 struct rd_config_report *report);

/* Does another exchange tell of this mailbox? */
bool sip_mailbox_is_elsewhere(const struct sip_settings *settings, const char *mailbox);

#endif
