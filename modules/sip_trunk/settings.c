/* Reading trunks.conf. */
#include <string.h>
#include <strings.h>

#include "modules/sip_trunk/settings_private.h"

#define TRUNK(member) offsetof(struct trunk, member)

/* In the order of enum trunk_number_in. */
static const char *const number_in[] = { "uri", "to", NULL };

/* What the driver knows nothing of; all else in the section is its own. */
static const struct rd_option trunk_options[] = {
	{ .name = "user",
	  .type = RD_OPTION_STRING,
	  .offset = TRUNK(user),
	  .help = "our account there: who we register as, and authenticate as" },
	{ .name = "number_in",
	  .type = RD_OPTION_ENUM,
	  .offset = TRUNK(number_in),
	  .fallback = "uri",
	  .names = number_in,
	  .help = "what says whom a call from it is for: the request's URI, or To" },
	{ .name = "send_ext",
	  .type = RD_OPTION_BOOL,
	  .offset = TRUNK(sends_ext),
	  .fallback = "no",
	  .help = "whoever calls is told by main_number and his own behind it (;ext=101)" },
	{ .name = "append_ext",
	  .type = RD_OPTION_BOOL,
	  .offset = TRUNK(appends_ext),
	  .fallback = "no",
	  .help = "an extension that is told beside the number (;ext=101) becomes its end" },
	{ .name = "identity",
	  .type = RD_OPTION_LIST,
	  .offset = TRUNK(identity),
	  .help = "where it is told who calls: from (the default), pai, ppi, rpid; account: From "
		  "has our account; anonymous: nobody" },
	{ .name = "main_number",
	  .type = RD_OPTION_STRING,
	  .offset = TRUNK(main_number),
	  .help = "told it where the caller's number is none of numbers" },
	{ .name = "rates",
	  .type = RD_OPTION_STRING,
	  .offset = TRUNK(rates_file),
	  .help = "a file of prices, lines of prefix,price: what a minute costs there" },
	{ .name = "max_failures",
	  .type = RD_OPTION_INT,
	  .offset = TRUNK(max_failures),
	  .fallback = "3",
	  .max = 1000,
	  .help = "calls in a row that it is silent to or refuses with 5xx, and it rests; 0: "
		  "never" },
	{ .name = "rest",
	  .type = RD_OPTION_DURATION,
	  .offset = TRUNK(rest_ms),
	  .fallback = "30s",
	  .min = 1000,
	  .max = 3600000,
	  .help = "so long others are tried before it" },
	{ .name = "limit",
	  .type = RD_OPTION_CUSTOM,
	  .offset = TRUNK(limits[TRUNK_BOTH_WAYS]),
	  .parse = trunk_limits_parse,
	  .help = "calls at a time/that begin in a second, in both directions; prefix: before "
		  "it: of numbers that begin so" },
	{ .name = "limit_in",
	  .type = RD_OPTION_CUSTOM,
	  .offset = TRUNK(limits[TRUNK_IN]),
	  .parse = trunk_limits_parse,
	  .help = "the same of calls from it" },
	{ .name = "limit_out",
	  .type = RD_OPTION_CUSTOM,
	  .offset = TRUNK(limits[TRUNK_OUT]),
	  .parse = trunk_limits_parse,
	  .help = "the same of calls to it" },
	{ .name = "emergency_channels",
	  .type = RD_OPTION_INT,
	  .offset = TRUNK(emergency_channels),
	  .fallback = "0",
	  .max = 1000,
	  .help = "so many of limit and limit_out are kept for calls for help" },
	{ .name = "guard",
	  .type = RD_OPTION_BOOL,
	  .offset = TRUNK(guarded),
	  .fallback = "yes",
	  .help = "is who calls by it, and how much, minded; no: such calls cost nothing" },
	{ .name = "calls_out",
	  .type = RD_OPTION_BOOL,
	  .offset = TRUNK(calls_out),
	  .fallback = "no",
	  .help = "may calls from it go out by other trunks" },
	TRUNK_ENUM_OPTIONS(struct trunk),
	{ .name = "numbers",
	  .type = RD_OPTION_LIST,
	  .offset = TRUNK(numbers),
	  .help = "that calls from it may be for, patterns as in extensions.conf; none" },
	{ 0 }
};

/* ---- what kind of section ---- */

static bool says_type(const struct rd_config_section *section, const char *type)
{
	const char *said = rd_config_get(section, "type");

	return said && strcasecmp(said, type) == 0;
}

bool trunk_is_section(const struct rd_config_section *section)
{
	return !rd_config_get(section, "type") || says_type(section, "trunk");
}

bool trunk_is_of_peer(const struct rd_config_section *section)
{
	return says_type(section, "peer");
}

static bool has_option(const struct rd_option *table, const char *name)
{
	while (table->name && strcasecmp(table->name, name) != 0)
		table++;
	return table->name;
}

bool trunk_is_own_option(const char *name)
{
	return strcasecmp(name, "type") == 0 || has_option(trunk_options, name) ||
	       has_option(number_options, name);
}

/* ---- a trunk ---- */

/* The lines of a section that a table is for. */
static int copy_own(struct rd_config **cp, const struct rd_config_section *from,
		    const struct rd_option *table)
{
	const struct rd_config_line *line = NULL;
	struct rd_config_section *to;
	int rc = rd_config_new(cp);

	if (rc)
		return rc;
	to = rd_config_add_section(*cp, rd_config_section_name(from), rd_config_section_file(from),
				   rd_config_section_line(from));
	rc = to ? 0 : -ENOMEM;
	while (rc == 0 && (line = rd_config_line_next(from, line)))
		if (has_option(table, line->name))
			rc = rd_config_add_line(*cp, to, line);
	if (rc)
		rd_config_unref(*cp);
	return rc;
}

static int read_own(const struct trunk_reader *reader, const struct rd_config_section *section,
		    const struct rd_option *table, void *dest)
{
	struct rd_config *own;
	int rc = copy_own(&own, section, table);

	if (rc)
		return rc;
	rc = rd_options_read(table, rd_config_next(own, NULL, NULL), NULL, dest,
			     reader->settings->pool, reader->report);
	rd_config_unref(own);
	return rc == -ENOMEM ? rc : 0;
}

static int read_trunk(struct trunk_reader *reader, const struct rd_config_section *section)
{
	struct rd_pool *pool = reader->settings->pool;
	struct trunk *trunk = rd_pool_zalloc(pool, sizeof(*trunk));
	int rc;

	if (!trunk)
		return -ENOMEM;
	trunk->name = rd_pool_strdup(pool, rd_config_section_name(section));
	trunk->file = rd_pool_strdup(pool, rd_config_section_file(section));
	trunk->line = rd_config_section_line(section);
	trunk->of_peer = trunk_is_of_peer(section);
	if (!trunk->name || !trunk->file)
		return -ENOMEM;
	rc = read_own(reader, section, trunk_options, trunk);
	if (rc == 0)
		rc = read_own(reader, section, number_options, &trunk->policy);
	if (rc == 0 && trunk->rates_file &&
	    rates_read(&trunk->rates, trunk->rates_file, reader->report) == -ENOMEM)
		rc = -ENOMEM;
	trunk_check(reader, section, trunk);
	*reader->last = trunk;
	reader->last = &trunk->next;
	return rc;
}

/* ---- the file ---- */

static int read_all(struct trunk_reader *reader, const struct rd_config *config,
		    bool (*is_one)(const struct rd_config_section *),
		    int (*read)(struct trunk_reader *, const struct rd_config_section *))
{
	const struct rd_config_section *section = NULL;
	int rc = 0;

	while (rc == 0 && (section = rd_config_next(config, section, NULL)))
		if (is_one(section))
			rc = read(reader, section);
	return rc;
}

static bool is_group(const struct rd_config_section *section)
{
	return says_type(section, "group");
}

static bool is_guard(const struct rd_config_section *section)
{
	return says_type(section, "guard");
}

static int read_guard(struct trunk_reader *reader, const struct rd_config_section *section)
{
	return trunk_guard_read(reader->settings, section, reader->report);
}

static bool is_strange(const struct rd_config_section *section)
{
	return !trunk_is_section(section) && !trunk_is_of_peer(section) && !is_group(section) &&
	       !is_guard(section);
}

static int report_strange(struct trunk_reader *reader, const struct rd_config_section *section)
{
	trunk_complain(reader, section, "type", "trunk, peer, group or guard was expected");
	return 0;
}

/* Groups name trunks, wherever these stand. */
static int read_sections(struct trunk_settings *settings, const struct rd_config *config,
			 struct rd_config_report *report)
{
	struct trunk_reader reader = { .settings = settings,
				       .report = report,
				       .last = &settings->trunks,
				       .last_group = &settings->groups };
	int rc;

	if (config)
		rd_config_check_sections(config, NULL, NULL, report);
	rc = read_all(&reader, config, trunk_is_section, read_trunk);
	if (rc == 0)
		rc = read_all(&reader, config, trunk_is_of_peer, read_trunk);
	if (rc == 0)
		rc = read_all(&reader, config, is_group, trunk_group_read);
	if (rc == 0)
		rc = trunk_groups_make(&reader);
	if (rc == 0)
		rc = read_all(&reader, config, is_guard, read_guard);
	if (rc == 0)
		rc = read_guard(&reader, NULL);
	if (rc == 0)
		rc = read_all(&reader, config, is_strange, report_strange);
	return rc;
}

static int settings_new(struct trunk_settings **sp)
{
	struct rd_pool *pool;
	struct trunk_settings *settings = rd_pool_new_with(&pool, 4096, sizeof(*settings));

	if (!settings)
		return -ENOMEM;
	settings->pool = pool;
	settings->refs = 1;
	*sp = settings;
	return 0;
}

/* Without the file there is no trunk. */
int trunk_settings_read(void **snapshot, struct rd_config_report *report)
{
	struct trunk_settings *settings;
	struct rd_config *config = NULL;
	int errors = rd_config_errors(report);
	int rc = rd_config_load(&config, TRUNKS_CONF, report);

	if (rc && rc != -ENOENT)
		return rc;
	rc = settings_new(&settings);
	if (rc == 0) {
		rc = stir_settings_read(&settings->stir, settings->pool, report);
		if (rc == 0)
			rc = read_sections(settings, config, report);
		if (rc == 0 && rd_config_errors(report) > errors)
			rc = -EINVAL;
		if (rc)
			trunk_settings_unref(settings);
		else
			*snapshot = settings;
	}
	rd_config_unref(config);
	return rc;
}

struct trunk_settings *trunk_settings_ref(struct trunk_settings *settings)
{
	settings->refs++;
	return settings;
}

void trunk_settings_unref(struct trunk_settings *settings)
{
	if (!settings || --settings->refs)
		return;
	for (const struct trunk *it = settings->trunks; it; it = it->next)
		rates_free(it->rates);
	stir_settings_fini(&settings->stir);
	rd_pool_free(settings->pool);
}

const struct trunk *trunk_find(const struct trunk_settings *settings, const char *name)
{
	const struct trunk *trunk = settings->trunks;

	while (trunk && strcmp(trunk->name, name) != 0)
		trunk = trunk->next;
	return trunk;
}
