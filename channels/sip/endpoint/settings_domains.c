/* Names with a domain. They are found by "user@domain" with the domain in small letters:
 * users are told apart by capitals, hosts are not (RFC 3261 §19.1.4). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "channels/sip/endpoint/settings_domains.h"

#define NAME_MAX_BYTES 320

/* False: it is too long to be a name. */
static bool make_key(char key[NAME_MAX_BYTES], struct rd_str user, struct rd_str domain)
{
	int n = snprintf(key, NAME_MAX_BYTES, "%.*s@%.*s", RD_STR_ARG(user), RD_STR_ARG(domain));

	if (n < 0 || n >= NAME_MAX_BYTES)
		return false;
	for (char *c = key + user.n; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return true;
}

/* False: it has no domain. */
static bool split(struct rd_str name, struct rd_str *user, struct rd_str *domain)
{
	*domain = name;
	return rd_str_cut(domain, '@', user) && user->n && domain->n;
}

/* ---- reading ---- */

static int open_maps(struct sip_settings *settings)
{
	int rc = settings->domained ? 0 : rd_map_new(&settings->domained, 0);

	return rc || settings->domains ? rc : rd_map_new(&settings->domains, RD_MAP_NOCASE);
}

/* is_aor: names of sections go before it. */
static int link_name(struct sip_settings *settings, struct sip_endpoint *endpoint, const char *name,
		     bool is_aor)
{
	char key[NAME_MAX_BYTES];
	struct rd_str user, domain;
	const char *text;
	int rc;

	if (!split(rd_str_of(name), &user, &domain) || !make_key(key, user, domain))
		return 0;
	rc = open_maps(settings);
	text = rd_pool_strndup(settings->pool, domain.p, domain.n);
	if (rc || !text)
		return -ENOMEM;
	if (!rd_map_get(settings->domains, text))
		rc = rd_map_set(settings->domains, text, (void *)text, NULL);
	if (rc || (is_aor && rd_map_get(settings->domained, key)))
		return rc;
	return rd_map_set(settings->domained, key, endpoint, NULL);
}

int sip_domains_link(struct sip_settings *settings, struct sip_endpoint *endpoint)
{
	int rc = link_name(settings, endpoint, endpoint->name, false);

	for (const char *const *name = endpoint->aors; rc == 0 && name && *name; name++)
		rc = link_name(settings, endpoint, *name, true);
	return rc;
}

int sip_domains_read_alias(struct sip_settings *settings, const struct rd_config_section *section,
			   struct rd_config_report *report)
{
	static const struct rd_option options[] = {
		{ .name = "domain",
		  .type = RD_OPTION_STRING,
		  .offset = 0,
		  .required = true,
		  .help = "the domain that the section's name stands for, too" },
		{ 0 }
	};
	static const char *const by_hand[] = { "type", NULL };
	const char *domain = NULL;
	int rc = rd_options_read(options, section, by_hand, &domain, settings->pool, report);

	if (rc == -ENOMEM || open_maps(settings))
		return -ENOMEM;
	return domain ? rd_map_set(settings->domains, rd_config_section_name(section),
				   (void *)domain, NULL)
		      : 0;
}

/* ---- finding ---- */

static struct rd_str name_in(const char *name, struct rd_str *domain)
{
	struct rd_str user = { 0 };

	split(rd_str_of(name), &user, domain);
	return user;
}

static bool is_called(const char *name, struct rd_str user, struct rd_str host)
{
	struct rd_str domain, own = name_in(name, &domain);

	return own.n && rd_str_eq(own, user) && rd_str_ieq(domain, host);
}

static struct sip_endpoint *at(const struct sip_settings *settings, struct rd_str user,
			       struct rd_str domain, bool aors)
{
	struct sip_endpoint *endpoint;
	char key[NAME_MAX_BYTES];

	if (!settings->domained || !make_key(key, user, domain))
		return NULL;
	endpoint = rd_map_get(settings->domained, key);
	return endpoint && (aors || is_called(endpoint->name, user, domain)) ? endpoint : NULL;
}

struct sip_endpoint *sip_domains_find_name(const struct sip_settings *settings, struct rd_str name,
					   bool aors)
{
	struct rd_str user, domain;

	return settings->domained && split(name, &user, &domain) ? at(settings, user, domain, aors)
								 : NULL;
}

/* What a domain is an alias of, or itself; NULL: nobody's name has it. */
static const char *real_domain(const struct sip_settings *settings, struct rd_str host)
{
	return settings->domains && host.n ? rd_map_getn(settings->domains, host.p, host.n) : NULL;
}

bool sip_domains_have(const struct sip_settings *settings, struct rd_str host)
{
	return real_domain(settings, host);
}

struct sip_endpoint *sip_domains_find(const struct sip_settings *settings, struct rd_str user,
				      struct rd_str host)
{
	const char *real = real_domain(settings, host);
	struct sip_endpoint *endpoint = real && user.n ? at(settings, user, host, false) : NULL;

	if (!endpoint && real && user.n)
		endpoint = at(settings, user, rd_str_of(real), false);
	return endpoint ? endpoint : sip_settings_find(settings, user);
}

struct sip_endpoint *sip_domains_neighbour(const struct sip_endpoint *endpoint,
					   struct rd_str number)
{
	struct rd_str domain, own = name_in(endpoint->name, &domain);

	return own.n && number.n ? at(endpoint->settings, number, domain, false) : NULL;
}

static struct rd_str unescaped(char *buf, size_t size, const struct sip_uri *uri)
{
	ssize_t n = sip_unescape(buf, size, uri->user);

	return n < 0 ? (struct rd_str){ 0 } : (struct rd_str){ buf, (size_t)n };
}

struct sip_endpoint *sip_domains_find_uri(const struct sip_settings *settings,
					  const struct sip_uri *uri)
{
	char user[256];

	return sip_domains_find(settings, unescaped(user, sizeof(user), uri), uri->host);
}

/* Is this one of its names what the user at the host, or alone, means? */
static bool names(const char *name, struct rd_str user, struct rd_str host, const char *real)
{
	return rd_str_eq(rd_str_of(name), user) ||
	       (real && (is_called(name, user, host) || is_called(name, user, rd_str_of(real))));
}

bool sip_domains_is_record(const struct sip_endpoint *endpoint, const struct sip_uri *uri)
{
	const char *real = real_domain(endpoint->settings, uri->host);
	char buf[256];
	struct rd_str user = unescaped(buf, sizeof(buf), uri);

	if (!user.n)
		return false;
	if (names(endpoint->name, user, uri->host, real))
		return true;
	for (const char *const *name = endpoint->aors; name && *name; name++)
		if (names(*name, user, uri->host, real))
			return true;
	return false;
}
