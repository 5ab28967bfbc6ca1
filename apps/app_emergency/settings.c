/* emergency.conf. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/dialplan.h>

#include "apps/app_emergency/emergency.h"

#define EMERGENCY_CONF "emergency.conf"

#define SITE(member)  offsetof(struct em_site, member)
#define HOUSE(member) offsetof(struct em_settings, member)

static struct em_settings *in_force;

/* ---- values ---- */

static const char *read_email(const char *value, void *dest, struct rd_pool *pool)
{
	if (!strchr(value, '@') || value[strcspn(value, " \t<>\"(),;:\\")])
		return "an address such as guard@example.org, several with | between them";
	*(const char **)dest = rd_pool_strdup(pool, value);
	return *(const char **)dest ? NULL : rd_option_no_memory;
}

static const char *read_number(const char *value, void *dest, struct rd_pool *pool)
{
	const char *digits = value + (*value == '+');

	if (!*digits || digits[strspn(digits, "0123456789")])
		return "a number such as 49305551 or +49305551";
	*(const char **)dest = rd_pool_strdup(pool, value);
	return *(const char **)dest ? NULL : rd_option_no_memory;
}

static const struct rd_option house_options[] = {
	{ .name = "email",
	  .type = RD_OPTION_CUSTOM,
	  .offset = HOUSE(email),
	  .parse = read_email,
	  .help = "who gets a mail about each emergency call" },
	{ .name = "callback_time",
	  .type = RD_OPTION_DURATION,
	  .offset = HOUSE(callback_ms),
	  .fallback = "60m",
	  .min = 60000,
	  .max = 86400000,
	  .help = "so long a call back finds the phone that called" },
	{ .name = "make_room",
	  .type = RD_OPTION_BOOL,
	  .offset = HOUSE(make_room),
	  .fallback = "yes",
	  .help = "another call is ended where no line is free" },
	{ 0 }
};

static const struct rd_option site_options[] = {
	{ .name = "phones",
	  .type = RD_OPTION_LIST,
	  .offset = SITE(phones),
	  .required = true,
	  .help = "the phones there, by name or pattern: 1001, _11XX" },
	{ .name = "callback",
	  .type = RD_OPTION_CUSTOM,
	  .offset = SITE(callback),
	  .parse = read_number,
	  .help = "the number that is shown, and that can be called back" },
	{ .name = "location",
	  .type = RD_OPTION_LIST,
	  .offset = SITE(location),
	  .help = "country=DE, A3=Berlin, RD=Hauptstrasse, HNO=1: elements of RFC 5139" },
	{ .name = "email",
	  .type = RD_OPTION_CUSTOM,
	  .offset = SITE(email),
	  .parse = read_email,
	  .help = "instead of those of [general]" },
	{ 0 }
};

/* ---- sections ---- */

static int check_location(const struct em_site *site, const struct rd_config_section *section,
			  struct rd_config_report *report)
{
	const struct rd_config_line *line = rd_config_line_find(section, "location");
	struct rd_str name;
	const char *value;
	int rc = 0;

	for (const char *const *it = site->location; it && *it; it++) {
		if (em_location_fits(*it, &name, &value))
			continue;
		rd_config_error(report, line->file, line->line,
				"%s: location: \"%s\": expected elements such as country=DE, "
				"A3=Berlin, RD=Hauptstrasse, HNO=1, FLR=2 (RFC 5139)",
				site->name, *it);
		rc = -EINVAL;
	}
	return rc;
}

static int read_site(struct em_settings *settings, const struct rd_config_section *section,
		     struct em_site ***last, struct rd_config_report *report)
{
	struct em_site *site = rd_pool_zalloc(settings->pool, sizeof(*site));
	int rc, wrong;

	if (!site)
		return -ENOMEM;
	site->name = rd_pool_strdup(settings->pool, rd_config_section_name(section));
	if (!site->name)
		return -ENOMEM;
	rc = rd_options_read(site_options, section, NULL, site, settings->pool, report);
	if (rc == -ENOMEM)
		return rc;
	wrong = check_location(site, section, report);
	**last = site;
	*last = &site->next;
	return rc ? rc : wrong;
}

static int read_file(struct em_settings *settings, const struct rd_config *config,
		     struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	struct em_site **last = &settings->sites;
	int rc, wrong = rd_config_check_sections(config, NULL, NULL, report);

	rc = rd_options_read(house_options, rd_config_find(config, "general"), NULL, settings,
			     settings->pool, report);
	while (rc != -ENOMEM && (section = rd_config_next(config, section, NULL))) {
		wrong = rc ? rc : wrong;
		if (strcasecmp(rd_config_section_name(section), "general") != 0)
			rc = read_site(settings, section, &last, report);
	}
	return rc ? rc : wrong;
}

/* ---- the snapshot ---- */

struct em_settings *em_settings_ref(void)
{
	if (in_force)
		in_force->refs++;
	return in_force;
}

void em_settings_unref(struct em_settings *settings)
{
	if (settings && --settings->refs == 0)
		rd_pool_free(settings->pool);
}

static void discard(void *snapshot)
{
	em_settings_unref(snapshot);
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd_config *config = NULL;
	struct em_settings *settings;
	struct rd_pool *pool;
	int rc = rd_config_load(&config, EMERGENCY_CONF, report);

	if (rc && rc != -ENOENT)
		return rc;
	settings = rd_pool_new_with(&pool, 0, sizeof(*settings));
	rc = settings ? 0 : -ENOMEM;
	if (!rc) {
		*settings = (struct em_settings){ .refs = 1, .pool = pool };
		rc = read_file(settings, config, report);
		if (rc)
			discard(settings);
		else
			*snapshot = settings;
	}
	rd_config_unref(config);
	return rc;
}

static void commit(void *snapshot)
{
	struct em_settings *old = in_force;

	in_force = snapshot;
	em_settings_unref(old);
}

static const char *const files[] = { EMERGENCY_CONF, NULL };

const struct rd_module_config em_config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};

/* ---- asking ---- */

static bool is_there(const struct em_site *site, const char *phone)
{
	for (const char *const *it = site->phones; it && *it; it++)
		if (strcmp(*it, phone) == 0 || (**it == '_' && rd_dialplan_pattern(*it, phone)))
			return true;
	return false;
}

const struct em_site *em_site_of(const struct em_settings *settings, const char *phone)
{
	const struct em_site *site = settings ? settings->sites : NULL;

	while (site && !is_there(site, phone))
		site = site->next;
	return site;
}
