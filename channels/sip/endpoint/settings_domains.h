/* Sections with a domain in their name: [101@tenant.example] is what 101 means at that
 * domain, beside a [101] for all others. A type=domain_alias section gives such a domain a
 * second name. Without any of them every domain is ours, and users count alone. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_DOMAINS_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_DOMAINS_H

#include "channels/sip/endpoint/settings.h"
#include "channels/sip/message/uri.h"

/* Remember which of its names have a domain. 0 or -ENOMEM. */
int sip_domains_link(struct sip_settings *settings, struct sip_endpoint *endpoint);
/* type=domain_alias. 0 (errors are reported) or -ENOMEM. */
int sip_domains_read_alias(struct sip_settings *settings, const struct rd_config_section *section,
			   struct rd_config_report *report);

/* "user@domain", in which the letters of the domain may be small or capital: the section
 * of that name, with aors also who registers as that; or NULL. */
struct sip_endpoint *sip_domains_find_name(const struct sip_settings *settings, struct rd_str name,
					   bool aors);
/* The section that a user at a host means: user@host, then user@ what that host is an
 * alias of, then the user alone. NULL: none. */
struct sip_endpoint *sip_domains_find(const struct sip_settings *settings, struct rd_str user,
				      struct rd_str host);
/* The same of a URI, whose user may have escapes. */
struct sip_endpoint *sip_domains_find_uri(const struct sip_settings *settings,
					  const struct sip_uri *uri);
/* What a number means to an endpoint that has a domain: the section of both; NULL: none. */
struct sip_endpoint *sip_domains_neighbour(const struct sip_endpoint *endpoint,
					   struct rd_str number);
/* May the endpoint register as that? */
bool sip_domains_is_record(const struct sip_endpoint *endpoint, const struct sip_uri *uri);
/* Does a section, or an alias, have this domain? */
bool sip_domains_have(const struct sip_settings *settings, struct rd_str host);

#endif
