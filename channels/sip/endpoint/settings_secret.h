/* The password of a section: as text, in a file of its own, or as the hashes that
 * digest needs of it. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_SECRET_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_SECRET_H

#include "channels/sip/endpoint/secrets.h"
#include "channels/sip/endpoint/settings.h"

/* A hash as one writes it, "MD5:0cc1..", of user:realm:password (HA1 of RFC 7616).
 * *hex is in text. 0 or -EINVAL. */
int sip_secret_hash_parse(struct rd_str text, enum sip_digest_algorithm *algorithm,
			  struct rd_str *hex);

/* "md5, sha-256", "all": a set of 1 << algorithm; 0 where a name is none. */
unsigned sip_digest_set_parse(struct rd_str names);

/* Password and hashes of a section whose options have been read; `files` are those
 * read so far. 0 (errors are reported) or -ENOMEM. */
int sip_secret_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		    const struct rd_config_section *section, struct sip_secrets **files,
		    struct rd_config_report *report);

#endif
