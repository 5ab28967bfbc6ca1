/* Reading proxy.conf. */
#include <string.h>

#include "modules/sip_proxy/settings.h"

#define RULE(member)   offsetof(struct proxy_rule, member)
#define GLOBAL(member) offsetof(struct proxy_settings, member)

static const struct rd_option rule_options[] = {
	{ .name = "domain", .type = RD_OPTION_STRING, .offset = RULE(domain),
	  .help = "host of the request's URI; *: any that is not ours; default: ours" },
	{ .name = "pattern", .type = RD_OPTION_STRING, .offset = RULE(pattern),
	  .help = "numbers, as in extensions.conf: _8XXX; default: any" },
	{ .name = "to", .type = RD_OPTION_STRING, .offset = RULE(to),
	  .help = "users, request, or URIs: & between parallel ones, a comma before the next" },
	{ .name = "via", .type = RD_OPTION_STRING, .offset = RULE(via),
	  .help = "the URI of a next hop that finds the request's URI unchanged" },
	{ .name = "authenticate", .type = RD_OPTION_BOOL, .offset = RULE(authenticate),
	  .fallback = "yes", .help = "only for our phones and peers; no: for everybody" },
	{ .name = "record_route", .type = RD_OPTION_BOOL, .offset = RULE(record_route),
	  .fallback = "yes", .help = "stay on the way of the dialog's later requests" },
	{ .name = "follow_redirects", .type = RD_OPTION_BOOL, .offset = RULE(follow),
	  .fallback = "no", .help = "try the contacts of a 3xx; no: pass it on" },
	{ .name = "ring_time", .type = RD_OPTION_DURATION, .offset = RULE(ring_ms),
	  .fallback = "30s", .min = 1000, .max = 600000,
	  .help = "until the next preferred contacts are tried" },
	{ 0 }
};

/* RFC 3261 §16.6 step 11: more than three minutes. */
static const struct rd_option global_options[] = {
	{ .name = "aliases", .type = RD_OPTION_LIST, .offset = GLOBAL(aliases),
	  .help = "host names that stand for this switch" },
	{ .name = "timer_c", .type = RD_OPTION_DURATION, .offset = GLOBAL(timer_c_ms),
	  .fallback = "181s", .min = 180001, .max = 3600000,
	  .help = "how long a call may ring without news of it" },
	{ 0 }
};

static void complain(struct rd_config_report *report, const struct rd_config_section *section,
		     const char *what)
{
	rd_config_error(report, rd_config_section_file(section),
			rd_config_section_line(section), "%s: %s",
			rd_config_section_name(section), what);
}

static bool is_sip_uri(const char *text)
{
	struct rd_str uri = rd_str_of(text);

	return rd_str_istarts(uri, RD_STR("sip:")) || rd_str_istarts(uri, RD_STR("sips:"));
}

static bool are_sip_uris(const char *list)
{
	while (list) {
		list += strspn(list, " \t,&");
		if (!is_sip_uri(list))
			return false;
		list = strpbrk(list, ",&");
	}
	return true;
}

/* Without `to`: a domain of others leads where it says, ours to our users. */
static const char *read_to(struct proxy_rule *rule)
{
	bool anywhere = rule->domain && strcmp(rule->domain, "*") == 0;

	if (!rule->to)
		rule->kind = anywhere || rule->via ? PROXY_TO_REQUEST : PROXY_TO_USERS;
	else if (strcmp(rule->to, "users") == 0)
		rule->kind = PROXY_TO_USERS;
	else if (strcmp(rule->to, "request") == 0)
		rule->kind = PROXY_TO_REQUEST;
	else if (are_sip_uris(rule->to))
		rule->kind = PROXY_TO_URIS;
	else
		return "to: \"users\", \"request\" or URIs such as sip:host were expected";
	if (rule->via && !is_sip_uri(rule->via))
		return "via: a URI such as sip:host was expected";
	if (!rule->domain && !rule->pattern)
		return "a domain or a pattern was expected";
	if (anywhere && !rule->authenticate)
		return "domain = * for everybody would be an open relay: "
		       "authenticate = yes was expected";
	return NULL;
}

/* Where it goes on, as the file says; NULL: to our phones, who are there to be called. */
static const char *next_hop(const struct proxy_rule *rule)
{
	if (rule->via)
		return rule->via;
	return rule->kind == PROXY_TO_USERS ? NULL
	       : rule->kind == PROXY_TO_URIS ? rule->to : rule->domain;
}

static void examine(const struct proxy_rule *rule, const struct rd_config_section *section,
		    struct rd_config_report *report)
{
	if (!rule->authenticate && next_hop(rule))
		rd_config_warning(report, rd_config_section_file(section),
				  rd_config_section_line(section),
				  "%s: authenticate = no: the world may send by us to %s, which "
				  "takes it for ours",
				  rule->name, next_hop(rule));
}

/* A semicolon begins a comment in the file, so that nobody is made to write ;lr. */
static int make_loose(struct proxy_rule *rule, struct rd_pool *pool)
{
	if (!rule->via || strstr(rule->via, ";lr"))
		return 0;
	rule->via = rd_pool_printf(pool, "%s;lr", rule->via);
	return rule->via ? 0 : -ENOMEM;
}

static int read_rule(struct proxy_settings *settings, const struct rd_config_section *section,
		     struct proxy_rule ***last, struct rd_config_report *report)
{
	struct proxy_rule *rule = rd_pool_zalloc(settings->pool, sizeof(*rule));
	const char *wrong;
	int rc;

	if (!rule)
		return -ENOMEM;
	rc = rd_options_read(rule_options, section, NULL, rule, settings->pool, report);
	if (rc == -ENOMEM)
		return rc;
	rule->name = rd_pool_strdup(settings->pool, rd_config_section_name(section));
	if (!rule->name || make_loose(rule, settings->pool))
		return -ENOMEM;
	wrong = read_to(rule);
	if (wrong)
		complain(report, section, wrong);
	else if (rd_config_is_examined())
		examine(rule, section, report);
	**last = rule;
	*last = &rule->next;
	return 0;
}

static int read_sections(struct proxy_settings *settings, const struct rd_config *config,
			 struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	struct proxy_rule **last = &settings->rules;
	int rc = rd_options_read(global_options, rd_config_find(config, "global"), NULL, settings,
				 settings->pool, report);

	if (rc == -ENOMEM || !config)
		return rc;
	while ((section = rd_config_next(config, section, NULL)))
		if (strcmp(rd_config_section_name(section), "global") != 0 &&
		    read_rule(settings, section, &last, report))
			return -ENOMEM;
	return rd_config_errors(report) ? -EINVAL : 0;
}

static int settings_new(struct proxy_settings **sp)
{
	struct rd_pool *pool;
	struct proxy_settings *settings = rd_pool_new_with(&pool, 4096, sizeof(*settings));

	if (!settings)
		return -ENOMEM;
	settings->pool = pool;
	settings->refs = 1;
	*sp = settings;
	return 0;
}

/* Without the file nothing passes through. */
int proxy_settings_read(void **snapshot, struct rd_config_report *report)
{
	struct proxy_settings *settings;
	struct rd_config *config = NULL;
	int rc = rd_config_load(&config, "proxy.conf", report);

	if (rc && rc != -ENOENT)
		return rc;
	rc = settings_new(&settings);
	if (rc == 0) {
		rc = read_sections(settings, config, report);
		if (rc)
			proxy_settings_unref(settings);
		else
			*snapshot = settings;
	}
	rd_config_unref(config);
	return rc;
}

struct proxy_settings *proxy_settings_ref(struct proxy_settings *settings)
{
	settings->refs++;
	return settings;
}

void proxy_settings_unref(struct proxy_settings *settings)
{
	if (settings && --settings->refs == 0)
		rd_pool_free(settings->pool);
}
