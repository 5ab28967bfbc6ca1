/* rtp.conf in force. */
#ifndef CORE_MEDIA_RTP_CONFIG_H
#define CORE_MEDIA_RTP_CONFIG_H

#include <ringdown/config.h>

#include "core/media/address.h"
#include "core/media/turn.h"

enum rd__turn_transport { RD__TURN_UDP, RD__TURN_TCP, RD__TURN_TLS };

struct rd__rtp_settings {
	int port_from, port_to; /* even, inclusive */
	int rtcp_interval_ms;
	bool strict; /* source lock */
	int learn_packets;
	/* Servers; size 0: none. turn_user "": without credentials. */
	struct rd__address stun, turn;
	char turn_user[RD__TURN_CREDENTIAL + 1], turn_password[RD__TURN_CREDENTIAL + 1];
	enum rd__turn_transport turn_transport;
	char turn_name[256]; /* as it stands in the file */
	void *turn_tls; /* its SSL_CTX; NULL: no TLS */
};

RD_API_BEGIN

const struct rd__rtp_settings *rd__rtp_settings(void);
/* rtp_servers.c: the options that it reads, and reading them. 0 or -EINVAL. */
extern const char *const rd__rtp_servers[];
int rd__rtp_read_servers(struct rd__rtp_settings *settings, const struct rd_config_section *section,
			 struct rd_config_report *report);

RD_API_END

#endif
