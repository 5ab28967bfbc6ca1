/* Reading sip.conf into a snapshot: every section by its type, every error with
 * its line. Which sockets are open and which codecs are loaded is not asked
 * here, for this may run beside the switch thread. */
#include <stdio.h>

#include "channels/sip/endpoint/pjsip.h"
#include "channels/sip/endpoint/settings.h"
#include "channels/sip/endpoint/settings_acl.h"
#include "channels/sip/endpoint/settings_codecs.h"
#include "channels/sip/endpoint/settings_contexts.h"
#include "channels/sip/endpoint/settings_domains.h"
#include "channels/sip/endpoint/settings_hosts.h"
#include "channels/sip/endpoint/settings_lists.h"
#include "channels/sip/endpoint/settings_match.h"
#include "channels/sip/endpoint/settings_options.h"
#include "channels/sip/endpoint/settings_secret.h"
#include "channels/sip/endpoint/settings_types.h"
#include "channels/sip/endpoint/settings_vars.h"
#include "channels/sip/memory.h"
#include "channels/sip/message/out.h"

/* Those that have rules of their own: read by hand, in file order. */
static const char *const by_hand[] = { "type", "permit", "deny", "acl", "contact_permit",
				       "contact_deny", "contact_acl", "match", "match_header",
				       "set_var", NULL };
static const char *const of_acl[] = { "type", "permit", "deny", "acl", "contact_permit",
				      "contact_deny", "contact_acl", NULL };

/* What one reading needs. */
struct reader {
	struct sip_settings *settings;
	struct rd_config_report *report;
	struct sip_secrets *secrets;
	struct sip_endpoint **last;
	struct sip_listener **last_listener;
	const struct rd_config_line *told; /* the last of codecs that we lack */
	bool has_global;
};

static void complain_line(struct reader *reader, const struct rd_config_section *section,
			  const char *option, const char *what)
{
	const struct rd_config_line *found = rd_config_line_find(section, option);

	rd_config_error(reader->report,
			found ? found->file : rd_config_section_file(section),
			found ? found->line : rd_config_section_line(section), "%s: %s: %s",
			rd_config_section_name(section), option, what);
}

static int link_aors(struct sip_settings *settings, struct sip_endpoint *endpoint)
{
	for (const char *const *name = endpoint->aors; name && *name; name++)
		if (!rd_map_get(settings->records, *name) &&
		    rd_map_set(settings->records, *name, endpoint, NULL))
			return -ENOMEM;
	return 0;
}

static int link_endpoint(struct reader *reader, struct sip_endpoint *endpoint)
{
	struct sip_settings *settings = reader->settings;

	*reader->last = endpoint;
	reader->last = &endpoint->next;
	settings->endpoint_count++;
	if (endpoint->match || endpoint->names) {
		endpoint->next_match = settings->matched;
		settings->matched = endpoint;
	}
	if (endpoint->certificates) {
		endpoint->next_certified = settings->certified;
		settings->certified = endpoint;
	}
	if (endpoint->devices_of) {
		endpoint->next_sharing = settings->sharing;
		settings->sharing = endpoint;
	}
	if (link_aors(settings, endpoint) || sip_domains_link(settings, endpoint) ||
	    sip_hosts_of_link(settings, endpoint))
		return -ENOMEM;
	if (endpoint->auth_user &&
	    rd_map_set(settings->users, endpoint->auth_user, endpoint, NULL))
		return -ENOMEM;
	return rd_map_set(settings->endpoints, endpoint->name, endpoint, NULL);
}

static int read_endpoint(struct reader *reader, const struct rd_config_section *section,
			 enum sip_section_type type)
{
	struct sip_settings *settings = reader->settings;
	struct sip_endpoint *endpoint = rd_pool_zalloc(settings->pool, sizeof(*endpoint));
	int rc;

	if (!endpoint)
		return -ENOMEM;
	endpoint->settings = settings;
	endpoint->min_expires_ms = settings->min_expires_ms;
	endpoint->max_expires_ms = settings->max_expires_ms;
	endpoint->default_expires_ms = settings->default_expires_ms;
	rc = rd_options_read(sip_phone_options, section, by_hand, endpoint, settings->pool,
			     reader->report);
	if (rc == -ENOMEM)
		return rc;
	endpoint->name = rd_pool_strdup(settings->pool, rd_config_section_name(section));
	endpoint->file = rd_pool_strdup(settings->pool, rd_config_section_file(section));
	endpoint->line = rd_config_section_line(section);
	endpoint->type = type;
	if (!endpoint->name || !endpoint->file)
		return -ENOMEM;
	endpoint->record = endpoint->devices_of ? endpoint->devices_of : endpoint->name;
	rc = sip_hosts_of_read(settings, endpoint, section, reader->report);
	if (rc)
		return rc;
	endpoint->register_secure = sip_uri_is_secure(rd_str_of(endpoint->register_server));
	if (endpoint->register_secure)
		endpoint->register_server += strlen("sips:");
	else if (!endpoint->register_server)
		endpoint->register_secure = endpoint->host_secure;
	if (endpoint->registers && !endpoint->host && !endpoint->register_server)
		complain_line(reader, section, "register", "a line \"host\" was expected, too");
	if (endpoint->allow)
		sip_codecs_check(section, endpoint->allow, &reader->told, reader->report);
	rc = sip_match_read(settings, endpoint, section, reader->report);
	if (rc == 0)
		rc = sip_acl_read(&endpoint->permits, settings, section, reader->report);
	if (rc == 0)
		rc = sip_contexts_read(settings, section);
	if (rc == 0)
		rc = sip_vars_read(settings, endpoint, section, reader->report);
	if (rc == 0)
		rc = sip_secret_read(settings, endpoint, section, &reader->secrets,
				     reader->report);
	return rc ? rc : link_endpoint(reader, endpoint);
}

/* Two that could never listen side by side. */
static void check_addresses(const struct reader *reader, const struct sip_listener *listener)
{
	const struct sip_listener *other = reader->settings->listeners;

	for (; other; other = other->next)
		if (sip_listener_overlaps(listener, other->protocol, &other->bind))
			rd_config_error(reader->report, listener->file, listener->line,
					"[%s] listens where [%s] of %s:%d does: choose another "
					"port with bind =", listener->name, other->name,
					other->file, other->line);
}

static int read_listener(struct reader *reader, const struct rd_config_section *section)
{
	struct sip_listener *listener;
	int rc = sip_listener_read(&listener, section, reader->settings->pool, reader->report);

	if (rc)
		return rc;
	check_addresses(reader, listener);
	*reader->last_listener = listener;
	reader->last_listener = &listener->next;
	return 0;
}

static int read_acl(struct reader *reader, const struct rd_config_section *section)
{
	static const struct rd_option no_others[] = { { 0 } };
	int rc = rd_options_read(no_others, section, of_acl, NULL, NULL, reader->report);

	return rc == -ENOMEM ? rc : sip_acl_read_common(reader->settings, section, reader->report);
}

static int read_section(struct reader *reader, const struct rd_config_section *section)
{
	switch (sip_type_of(section)) {
	case SIP_TYPE_PHONE:
		return read_endpoint(reader, section, SIP_SECTION_PHONE);
	case SIP_TYPE_PEER:
		return read_endpoint(reader, section, SIP_SECTION_PEER);
	case SIP_TYPE_TRANSPORT:
		return read_listener(reader, section);
	case SIP_TYPE_LIST:
		return sip_lists_read(reader->settings, section, reader->report);
	case SIP_TYPE_ACL:
		return read_acl(reader, section);
	case SIP_TYPE_ALIAS:
		return sip_domains_read_alias(reader->settings, section, reader->report);
	case SIP_TYPE_GLOBAL:
		return 0; /* read first */
	}
	sip_type_complain(section, reader->report);
	return 0;
}

static int read_hosts(struct reader *reader, const struct rd_config_section *global)
{
	struct sip_settings *settings = reader->settings;
	int rc = 0;

	if (settings->dns_hosts && settings->dns_hosts[0])
		rc = sip_hosts_load(&settings->dns.hosts, settings->dns_hosts);
	if (rc && rc != -ENOMEM && global)
		complain_line(reader, global, "dns_hosts", rd_strerror(rc));
	return rc == -ENOMEM ? rc : 0;
}

/* Before all others, for their password hashes hold the realm. */
static int read_global(struct reader *reader, const struct rd_config *config)
{
	const struct rd_config_section *section = NULL, *global = NULL;
	struct sip_settings *settings = reader->settings;
	int rc;

	while ((section = rd_config_next(config, section, NULL)))
		if (sip_type_of(section) == SIP_TYPE_GLOBAL)
			global = section;
	rc = rd_options_read(sip_global_options, global, by_hand, settings, settings->pool,
			     reader->report);
	if (rc == -ENOMEM)
		return rc;
	if (settings->userhash && rd_map_new(&settings->hashed, 0))
		return -ENOMEM;
	if (global && settings->min_expires_ms > settings->max_expires_ms)
		complain_line(reader, global, "min_expires", "it exceeds max_expires");
	rc = read_hosts(reader, global);
	if (rc == 0 && global)
		rc = sip_contexts_read_global(settings, global);
	if (rc)
		return rc;
	return rd_options_read(sip_phone_options, NULL, NULL, &settings->stranger,
			       settings->pool, reader->report) == -ENOMEM
		       ? -ENOMEM : 0;
}

static bool has_listener(const struct sip_settings *settings, const char *name)
{
	const struct sip_listener *listener = settings->listeners;

	while (listener && strcmp(listener->name, name) != 0)
		listener = listener->next;
	return listener;
}

/* What can only be told when all sections are read. */
static void check_names(struct reader *reader, const struct rd_config *config)
{
	const struct sip_settings *settings = reader->settings;
	const struct sip_endpoint *endpoint = settings->first;

	for (; endpoint; endpoint = endpoint->next) {
		const char *other = endpoint->register_endpoint;
		const struct sip_endpoint *keeper =
			sip_settings_find(settings, rd_str_of(endpoint->record));

		if (endpoint->transport && !has_listener(settings, endpoint->transport))
			complain_line(reader, sip_section_of_endpoint(config, endpoint->name),
				      "transport", "there is no such transport section");
		if (other && !sip_settings_find(settings, rd_str_of(other)))
			complain_line(reader, sip_section_of_endpoint(config, endpoint->name),
				      "register_endpoint", "there is no such phone or peer");
		if (endpoint->devices_of && (!keeper || keeper->devices_of))
			complain_line(reader, sip_section_of_endpoint(config, endpoint->name),
				      "devices_of", "a phone with devices of its own was expected");
	}
}

static int read_acls(struct sip_settings *settings, struct rd_config_report *report)
{
	struct rd_config *acls;
	int rc = rd_config_load_merged(&acls, "acl.conf", RD_SECOND_JOINS, report);

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	rd_config_check_sections(acls, NULL, NULL, report);
	rc = sip_acl_read_lists(settings, acls, report);
	rd_config_unref(acls);
	return rc;
}

/* deaf: what is listened at by default is not wanted. */
static int read_sections(struct sip_settings *settings, const struct rd_config *config,
			 bool deaf, struct rd_config_report *report)
{
	struct reader reader = { .settings = settings,
				 .report = report,
				 .last = &settings->first,
				 .last_listener = &settings->listeners };
	const struct rd_config_section *section = NULL;
	int rc;

	sip_types_check_twins(config, report);
	rc = read_acls(settings, report);
	if (rc)
		return rc;
	rc = read_global(&reader, config);
	settings->stranger.name = settings->stranger.record = "stranger";
	settings->stranger.settings = settings;
	settings->stranger.type = SIP_SECTION_PEER;
	while (rc == 0 && (section = rd_config_next(config, section, NULL)))
		rc = read_section(&reader, section);
	if (rc == 0 && !settings->listeners && !deaf)
		rc = sip_listener_defaults(&settings->listeners, settings->pool, report);
	if (rc == 0)
		rc = sip_lists_flatten(settings, report);
	if (rc == 0)
		check_names(&reader, config);
	return rc;
}

static void settings_free(struct sip_settings *settings)
{
	settings->magic = 0;
	sip_listeners_release(settings->listeners);
	rd_map_free(settings->endpoints);
	rd_map_free(settings->users);
	rd_map_free(settings->records);
	rd_map_free(settings->domained);
	rd_map_free(settings->domains);
	rd_map_free(settings->hashed);
	sip_hosts_free(settings->dns.hosts);
	rd_pool_free(settings->pool);
}

static int settings_new(struct sip_settings **sp)
{
	struct rd_pool *pool;
	struct sip_settings *settings = rd_pool_new_with(&pool, 16384, sizeof(*settings));
	int rc;

	if (!settings)
		return -ENOMEM;
	rd_pool_belongs(pool, &sip_memory_settings);
	rc = rd_map_new(&settings->endpoints, 0);
	if (rc == 0)
		rc = rd_map_new(&settings->users, 0);
	if (rc == 0)
		rc = rd_map_new(&settings->records, 0);
	if (rc) {
		rd_map_free(settings->endpoints);
		rd_map_free(settings->users);
		rd_pool_free(pool);
		return rc;
	}
	settings->magic = SIP_SETTINGS_MAGIC;
	settings->refs = 1;
	settings->pool = pool;
	*sp = settings;
	return 0;
}

/* sip.conf, unless it is the one of another time. 0, -ENOENT, -EINVAL, -ENOMEM. */
static int load_ours(struct rd_config **cp, struct rd_config_report *report)
{
	int rc = rd_config_load(cp, "sip.conf", report);

	if (rc || !rd_config_find(*cp, "general"))
		return rc;
	rd_config_warning(report, "sip.conf", 0, "[general] is a section of Asterisk's driver "
			  "chan_sip, which this is not: the file is not read");
	rd_config_unref(*cp);
	return -ENOENT;
}

static bool is_empty(const struct rd_config *config)
{
	return !rd_config_next(config, NULL, NULL);
}

/* What sip.conf says, after it what pjsip.conf says in its own way, and what modules bring. */
static int load_config(struct rd_config **cp, bool *deaf, struct rd_config_report *report)
{
	int rc = load_ours(cp, report);
	bool absent = rc == -ENOENT;

	if (absent)
		rc = rd_config_new(cp);
	if (rc)
		return rc;
	rc = sip_pjsip_read(*cp, deaf, report);
	absent = absent && rc == -ENOENT;
	if (rc == 0 || rc == -ENOENT)
		rc = rd_config_extend(*cp, "sip.conf", report);
	if (rc == 0 && absent && is_empty(*cp)) {
		rd_config_error(report, "sip.conf", 0, "neither this file nor pjsip.conf is in %s",
				rd_directory("etc"));
		rc = -EINVAL;
	}
	if (rc)
		rd_config_unref(*cp);
	return rc;
}

int sip_settings_read(struct sip_settings **sp, struct rd_config_report *report)
{
	struct sip_settings *settings;
	struct rd_config *config;
	int errors = rd_config_errors(report);
	bool deaf;
	int rc = load_config(&config, &deaf, report);

	if (rc)
		return rc;
	rc = settings_new(&settings);
	if (rc == 0) {
		rc = read_sections(settings, config, deaf, report);
		if (rc == 0 && rd_config_errors(report) > errors)
			rc = -EINVAL;
		if (rc)
			settings_free(settings);
		else
			*sp = settings;
	}
	rd_config_unref(config);
	return rc;
}

struct sip_settings *sip_settings_ref(struct sip_settings *settings)
{
	RD_CHECK(settings, SIP_SETTINGS_MAGIC);
	settings->refs++;
	return settings;
}

void sip_settings_unref(struct sip_settings *settings)
{
	if (!settings)
		return;
	RD_CHECK(settings, SIP_SETTINGS_MAGIC);
	if (--settings->refs == 0)
		settings_free(settings);
}

struct sip_endpoint *sip_settings_find(const struct sip_settings *settings,
				       struct rd_str name)
{
	struct sip_endpoint *endpoint =
		name.n ? rd_map_getn(settings->endpoints, name.p, name.n) : NULL;

	return endpoint ? endpoint : sip_domains_find_name(settings, name, false);
}

struct sip_endpoint *sip_settings_find_record(const struct sip_settings *settings,
					      struct rd_str name)
{
	struct sip_endpoint *endpoint = sip_settings_find(settings, name);

	if (!endpoint && name.n)
		endpoint = rd_map_getn(settings->records, name.p, name.n);
	return endpoint ? endpoint : sip_domains_find_name(settings, name, true);
}

struct sip_endpoint *sip_settings_find_user(const struct sip_settings *settings,
					    struct rd_str user)
{
	struct sip_endpoint *endpoint;

	endpoint = user.n ? rd_map_getn(settings->users, user.p, user.n) : NULL;
	return endpoint ? endpoint : sip_settings_find(settings, user);
}

struct sip_endpoint *sip_settings_find_hashed(const struct sip_settings *settings,
					      struct rd_str hash)
{
	return settings->hashed && hash.n ? rd_map_getn(settings->hashed, hash.p, hash.n)
					  : NULL;
}
