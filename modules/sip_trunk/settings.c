/* Reading trunks.conf. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/tech.h>

#include "modules/sip_trunk/settings.h"

#define TRUNK(member) offsetof(struct trunk, member)
#define GROUP(member) offsetof(struct trunk_group, member)

/* In the order of enum trunk_number_in. */
static const char *const number_in[] = { "uri", "to", NULL };

/* What the driver knows nothing of; all else in the section is its own. */
static const struct rd_option trunk_options[] = {
	{ .name = "user", .type = RD_OPTION_STRING, .offset = TRUNK(user),
	  .help = "our account there: who we register as, and authenticate as" },
	{ .name = "number_in", .type = RD_OPTION_ENUM, .offset = TRUNK(number_in),
	  .fallback = "uri", .names = number_in,
	  .help = "what says whom a call from it is for: the request's URI, or To" },
	{ .name = "identity", .type = RD_OPTION_LIST, .offset = TRUNK(identity),
	  .help = "where it is told who calls: from (the default), pai, ppi, rpid; account: From "
		  "has our account; anonymous: nobody" },
	{ .name = "main_number", .type = RD_OPTION_STRING, .offset = TRUNK(main_number),
	  .help = "told it where the caller's number is none of numbers" },
	{ .name = "rates", .type = RD_OPTION_STRING, .offset = TRUNK(rates_file),
	  .help = "a file of prices, lines of prefix,price: what a minute costs there" },
	{ .name = "max_failures", .type = RD_OPTION_INT, .offset = TRUNK(max_failures),
	  .fallback = "3", .max = 1000,
	  .help = "calls in a row that it is silent to or refuses with 5xx, and it rests; 0: "
		  "never" },
	{ .name = "rest", .type = RD_OPTION_DURATION, .offset = TRUNK(rest_ms),
	  .fallback = "30s", .min = 1000, .max = 3600000,
	  .help = "so long others are tried before it" },
	{ .name = "limit", .type = RD_OPTION_CUSTOM, .offset = TRUNK(limits[TRUNK_BOTH_WAYS]),
	  .parse = trunk_limits_parse,
	  .help = "calls at a time/that begin in a second, in both directions; prefix: before "
		  "it: of numbers that begin so" },
	{ .name = "limit_in", .type = RD_OPTION_CUSTOM, .offset = TRUNK(limits[TRUNK_IN]),
	  .parse = trunk_limits_parse, .help = "the same of calls from it" },
	{ .name = "limit_out", .type = RD_OPTION_CUSTOM, .offset = TRUNK(limits[TRUNK_OUT]),
	  .parse = trunk_limits_parse, .help = "the same of calls to it" },
	{ .name = "emergency_channels", .type = RD_OPTION_INT,
	  .offset = TRUNK(emergency_channels), .fallback = "0", .max = 1000,
	  .help = "so many of limit and limit_out are kept for calls for help" },
	{ .name = "guard", .type = RD_OPTION_BOOL, .offset = TRUNK(guarded), .fallback = "yes",
	  .help = "is who calls by it, and how much, minded; no: such calls cost nothing" },
	{ .name = "calls_out", .type = RD_OPTION_BOOL, .offset = TRUNK(calls_out),
	  .fallback = "no", .help = "may calls from it go out by other trunks" },
	{ .name = "numbers", .type = RD_OPTION_LIST, .offset = TRUNK(numbers), .required = true,
	  .help = "that calls from it may be for, patterns as in extensions.conf; none" },
	{ 0 }
};

static const struct rd_option group_options[] = {
	{ .name = "next_on", .type = RD_OPTION_LIST, .offset = GROUP(next_on),
	  .fallback = "401,407,408,5xx", .help = "refusals after which the next one is tried" },
	{ .name = "silence", .type = RD_OPTION_DURATION, .offset = GROUP(silence_ms),
	  .fallback = "1500ms", .min = 100, .max = 32000,
	  .help = "so long without any answer, and the next one is tried" },
	{ .name = "progress", .type = RD_OPTION_DURATION, .offset = GROUP(progress_ms),
	  .fallback = "0", .min = 1000, .max = 180000, .or_zero = true,
	  .help = "so long without ringing, and the next one is tried; 0: never" },
	{ .name = "least_cost", .type = RD_OPTION_BOOL, .offset = GROUP(least_cost),
	  .fallback = "no", .help = "the cheapest comes first, by the rates of the trunks" },
	{ .name = "after_ringing", .type = RD_OPTION_BOOL, .offset = GROUP(after_ringing),
	  .fallback = "no", .help = "may a call that has rung be tried by the next one" },
	{ .name = "trunks", .type = RD_OPTION_STRING, .offset = GROUP(trunks),
	  .help = "& between those that share calls (*3: three times as many), a comma "
		  "before those that come after them" },
	{ 0 }
};

static const char *const of_group[] = { "type", NULL };

struct reader {
	struct trunk_settings *settings;
	struct rd_config_report *report;
	struct trunk **last;
	struct trunk_group **last_group;
	int places; /* of the group that is read, so far */
};

static void complain(const struct reader *reader, const struct rd_config_section *section,
		     const char *option, const char *what)
{
	const struct rd_config_line *line = rd_config_line_find(section, option);

	rd_config_error(reader->report, line ? line->file : rd_config_section_file(section),
			line ? line->line : rd_config_section_line(section), "%s: %s: %s",
			rd_config_section_name(section), option, what);
}

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

static int read_own(const struct reader *reader, const struct rd_config_section *section,
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

static void check_identity(const struct reader *reader, const struct rd_config_section *section,
			   const struct trunk *trunk)
{
	static const char *const words[] = { "from", "account", "anonymous", "pai",
					     "ppi",  "rpid",    NULL };

	for (const char *const *it = trunk->identity; it && *it; it++) {
		size_t i = 0;

		while (words[i] && strcasecmp(words[i], *it) != 0)
			i++;
		if (!words[i])
			complain(reader, section, "identity",
				 "from, account, anonymous, pai, ppi or rpid was expected");
		if (strcasecmp(*it, "account") == 0 && !trunk->user)
			complain(reader, section, "identity",
				 "account needs a line \"user\", which says which one");
	}
}

/* A finding of number_policy_review(). */
struct finder {
	const struct reader *reader;
	const struct rd_config_section *section;
};

static void found_wrong(void *arg, const char *option, const char *what)
{
	const struct finder *finder = arg;

	complain(finder->reader, finder->section, option, what);
}

static void check_numbers(const struct reader *reader, const struct rd_config_section *section,
			  const struct trunk *trunk)
{
	struct finder finder = { reader, section };

	number_policy_review(&trunk->policy, found_wrong, &finder);
}

static void check_profile(const struct reader *reader, const struct rd_config_section *section)
{
	const char *name = rd_config_get(section, "stir_shaken_profile");

	if (name && *name && !stir_profile_find(&reader->settings->stir, name))
		complain(reader, section, "stir_shaken_profile",
			 "there is no such profile in " STIR_CONF);
}

static int read_trunk(struct reader *reader, const struct rd_config_section *section)
{
	struct rd_pool *pool = reader->settings->pool;
	struct trunk *trunk = rd_pool_zalloc(pool, sizeof(*trunk));
	int rc;

	if (!trunk)
		return -ENOMEM;
	trunk->name = rd_pool_strdup(pool, rd_config_section_name(section));
	trunk->file = rd_pool_strdup(pool, rd_config_section_file(section));
	trunk->line = rd_config_section_line(section);
	if (!trunk->name || !trunk->file)
		return -ENOMEM;
	rc = read_own(reader, section, trunk_options, trunk);
	if (rc == 0)
		rc = read_own(reader, section, number_options, &trunk->policy);
	if (rc == 0 && trunk->rates_file &&
	    rates_read(&trunk->rates, trunk->rates_file, reader->report) == -ENOMEM)
		rc = -ENOMEM;
	check_identity(reader, section, trunk);
	check_numbers(reader, section, trunk);
	check_profile(reader, section);
	*reader->last = trunk;
	reader->last = &trunk->next;
	return rc;
}

/* ---- a group ---- */

/* "provider*3" */
static const char *read_choice(struct reader *reader, struct trunk_choice *choice,
			       struct rd_str text)
{
	struct rd_str name;
	uint64_t weight = 1;
	char buf[80];

	if (rd_str_cut(&text, '*', &name) &&
	    (rd_str_to_u64(rd_str_trim(text), 1000, &weight) || !weight))
		return "a weight from 1 to 1000 was expected after *";
	if (!rd_strcpyn(buf, sizeof(buf), rd_str_trim(name)))
		return "a shorter name was expected";
	choice->weight = (int)weight;
	choice->name = rd_pool_strdup(reader->settings->pool, buf);
	return choice->name ? NULL : rd_option_no_memory;
}

static int add_choice(struct reader *reader, const struct rd_config_section *section,
		      struct trunk_choice ***last, struct rd_str text, int rank)
{
	struct trunk_choice *choice = rd_pool_zalloc(reader->settings->pool, sizeof(*choice));
	const char *wrong;
	char what[160];

	if (!choice)
		return -ENOMEM;
	choice->rank = rank;
	wrong = read_choice(reader, choice, text);
	if (wrong == rd_option_no_memory)
		return -ENOMEM;
	if (wrong) {
		snprintf(what, sizeof(what), "\"%.*s\": %s", RD_STR_ARG(text), wrong);
		complain(reader, section, "trunks", what);
		return 0;
	}
	choice->place = reader->places++;
	**last = choice;
	*last = &choice->next;
	return 0;
}

static int read_choices(struct reader *reader, const struct rd_config_section *section,
			struct trunk_group *group)
{
	struct rd_str rest = rd_str_of(group->trunks), equals, one;
	struct trunk_choice **last = &group->choices;
	int rc = 0;

	reader->places = 0;
	for (int rank = 0; rc == 0 && rest.n; rank++) {
		rd_str_cut(&rest, ',', &equals);
		while (rc == 0 && equals.n) {
			rd_str_cut(&equals, '&', &one);
			rc = add_choice(reader, section, &last, rd_str_trim(one), rank);
		}
	}
	return rc;
}

/* "503", "5xx" */
static bool is_status(const char *text)
{
	return strlen(text) == 3 && text[0] >= '3' && text[0] <= '6' &&
	       strspn(text + 1, "0123456789xX") == 2;
}

bool trunk_status_fits(const char *pattern, unsigned status)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", status);
	for (size_t i = 0; i < 3; i++)
		if (pattern[i] != 'x' && pattern[i] != 'X' && pattern[i] != text[i])
			return false;
	return status;
}

static void check_statuses(const struct reader *reader, const struct rd_config_section *section,
			   const struct trunk_group *group)
{
	for (const char *const *it = group->next_on; it && *it; it++)
		if (!is_status(*it))
			complain(reader, section, "next_on",
				 "refusals such as 503 or 5xx were expected");
}

static void add_group(struct reader *reader, struct trunk_group *group)
{
	*reader->last_group = group;
	reader->last_group = &group->next;
}

/* section NULL: as none says otherwise. NULL without memory. */
static struct trunk_group *new_group(struct reader *reader, const char *name,
				     const struct rd_config_section *section)
{
	struct rd_pool *pool = reader->settings->pool;
	struct trunk_group *group = rd_pool_zalloc(pool, sizeof(*group));
	int rc;

	if (!group)
		return NULL;
	group->name = rd_pool_strdup(pool, name);
	rc = rd_options_read(group_options, section, of_group, group, pool, reader->report);
	return rc == -ENOMEM || !group->name ? NULL : group;
}

static int read_group(struct reader *reader, const struct rd_config_section *section)
{
	struct trunk_group *group = new_group(reader, rd_config_section_name(section), section);

	if (!group)
		return -ENOMEM;
	group->file = rd_pool_strdup(reader->settings->pool, rd_config_section_file(section));
	group->line = rd_config_section_line(section);
	if (!group->file)
		return -ENOMEM;
	check_statuses(reader, section, group);
	add_group(reader, group);
	if (group->trunks)
		return read_choices(reader, section, group);
	complain(reader, section, "trunks", "names of trunks were expected");
	return 0;
}

/* Dial(TRUNK/provider/number) needs no group. */
static int make_group(struct reader *reader, const struct trunk *trunk)
{
	struct trunk_choice *choice = rd_pool_zalloc(reader->settings->pool, sizeof(*choice));
	struct trunk_group *group = choice ? new_group(reader, trunk->name, NULL) : NULL;

	if (!group)
		return -ENOMEM;
	choice->name = trunk->name;
	choice->weight = 1;
	group->choices = choice;
	add_group(reader, group);
	return 0;
}

static int make_groups(struct reader *reader)
{
	const struct trunk *trunk = reader->settings->trunks;
	int rc = 0;

	for (; trunk && rc == 0; trunk = trunk->next)
		rc = make_group(reader, trunk);
	return rc;
}

/* ---- the file ---- */

static int read_all(struct reader *reader, const struct rd_config *config,
		    bool (*is_one)(const struct rd_config_section *),
		    int (*read)(struct reader *, const struct rd_config_section *))
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

static int read_guard(struct reader *reader, const struct rd_config_section *section)
{
	return trunk_guard_read(reader->settings, section, reader->report);
}

static bool is_strange(const struct rd_config_section *section)
{
	return !trunk_is_section(section) && !is_group(section) && !is_guard(section);
}

static int report_strange(struct reader *reader, const struct rd_config_section *section)
{
	complain(reader, section, "type", "trunk, group or guard was expected");
	return 0;
}

/* Groups name trunks, wherever these stand. */
static int read_sections(struct trunk_settings *settings, const struct rd_config *config,
			 struct rd_config_report *report)
{
	struct reader reader = { .settings = settings,
				 .report = report,
				 .last = &settings->trunks,
				 .last_group = &settings->groups };
	int rc;

	if (config)
		rd_config_check_sections(config, NULL, NULL, report);
	rc = read_all(&reader, config, trunk_is_section, read_trunk);
	if (rc == 0)
		rc = read_all(&reader, config, is_group, read_group);
	if (rc == 0)
		rc = make_groups(&reader);
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

const struct trunk_group *trunk_group_find(const struct trunk_settings *settings, const char *name)
{
	const struct trunk_group *group = settings->groups;

	while (group && strcmp(group->name, name) != 0)
		group = group->next;
	return group;
}

static void review_choice(const struct trunk_group *group, const struct trunk_choice *choice,
			  struct rd_config_report *report)
{
	char device[96], what[160];

	snprintf(device, sizeof(device), "SIP/%s", choice->name);
	if (rd_devices_fault(device, what, sizeof(what)))
		rd_config_error(report, group->file, group->line,
				"%s: trunks: there is no trunk or peer \"%s\"", group->name,
				choice->name);
}

static void review_group(const struct trunk_group *group, struct rd_config_report *report)
{
	for (const struct trunk_choice *it = group->choices; it; it = it->next)
		review_choice(group, it, report);
}

void trunk_settings_review(void *snapshot, struct rd_config_report *report)
{
	const struct trunk_settings *settings = snapshot;

	for (const struct trunk_group *group = settings->groups; group; group = group->next)
		if (group->file)
			review_group(group, report);
}
