/* indications.conf: the tones of each country, by name. A section per
 * country; "country" in [general] names the one that is used by default. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/map.h>
#include <ringdown/pool.h>
#include <ringdown/str.h>

#include "core/media/media.h"
#include "core/media/tone.h"
#include "core/sched/sched.h"

/* What is shown of a country; in the order of the file. */
struct zone {
	struct rd_list link;
	const char *name, *description;
	const struct rd_config_section *section;
};

/* One reading of the file. Keys are "us/dial". */
struct indications {
	struct rd_pool *pool;
	struct rd_map *lists;
	struct rd_config *config; /* NULL: no file */
	struct rd_list zones;
	const char *country;
};

static struct indications *in_force;
/* What the reload under way has read: others that are built after it go by this. */
static struct indications *_Atomic built;

/* What there is without a file: the tones of North America, "us". */
static const char *const fallback[][2] = {
	{ "dial", "350+440" },
	{ "busy", "480+620/500,0/500" },
	{ "ring", "440+480/2000,0/4000" },
	{ "congestion", "480+620/250,0/250" },
	{ "callwaiting", "440/300,0/10000" },
	{ "dialrecall", "!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440" },
	{ "record", "1400/500,0/15000" },
	{ "info", "!950/330,!1400/330,!1800/330,0" },
	{ "stutter",
	  "!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,"
	  "!350+440/100,!0/100,!350+440/100,!0/100,350+440" },
};

static void discard(void *snapshot)
{
	struct indications *indications = snapshot;

	if (!indications)
		return;
	if (built == indications)
		built = NULL;
	rd_map_free(indications->lists);
	rd_config_unref(indications->config);
	rd_pool_free(indications->pool);
	rd_free(indications);
}

static int indications_new(struct indications **ip)
{
	struct indications *indications = rd_zalloc(sizeof(*indications));

	if (!indications)
		return -ENOMEM;
	rd_list_init(&indications->zones);
	if (rd_pool_new(&indications->pool, 0) || rd_map_new(&indications->lists, RD_MAP_NOCASE)) {
		discard(indications);
		return -ENOMEM;
	}
	*ip = indications;
	return 0;
}

/* ---- reading ---- */

static bool is_tone_list(const char *name)
{
	/* What a section says besides: its name, its ring, and who shares it. */
	return strcasecmp(name, "description") != 0 && strcasecmp(name, "ringcadence") != 0 &&
	       strcasecmp(name, "alias") != 0;
}

static int add_tone(struct indications *indications, const char *zone,
		    const struct rd_config_line *line, struct rd_config_report *report)
{
	struct rd__tones *tones;
	const char *wrong = "";
	char *key, *list;
	int rc = rd__tones_new(&tones, line->value, &wrong);

	if (rc == -EINVAL)
		rd_config_warning(report, line->file, line->line,
				  "[%s] %s is left out: expected tones such as 425/500,0/500 at "
				  "\"%s\"",
				  zone, line->name, wrong);
	if (rc)
		return rc;
	rd__tones_free(tones);
	key = rd_pool_printf(indications->pool, "%s/%s", zone, line->name);
	list = rd_pool_strdup(indications->pool, line->value);
	return key && list ? rd_map_set(indications->lists, key, list, NULL) : -ENOMEM;
}

/* Some of a country's tones may be left out. */
static int check_zone(const struct rd_config_section *section, int good, int bad,
		      struct rd_config_report *report)
{
	if (good || !bad)
		return 0;
	rd_config_error(report, rd_config_section_file(section), rd_config_section_line(section),
			"[%s]: none of its tones can be read", rd_config_section_name(section));
	return -EINVAL;
}

static int read_zone(struct indications *indications, const struct rd_config_section *section,
		     struct rd_config_report *report)
{
	const char *zone = rd_config_section_name(section);
	const struct rd_config_line *line = NULL;
	struct zone *shown = rd_pool_zalloc(indications->pool, sizeof(*shown));
	int good = 0, bad = 0, rc;

	if (!shown)
		return -ENOMEM;
	shown->name = zone;
	shown->description = rd_config_get(section, "description");
	shown->section = section;
	rd_list_push(&indications->zones, &shown->link);
	while ((line = rd_config_line_next(section, line))) {
		if (!is_tone_list(line->name))
			continue;
		rc = add_tone(indications, zone, line, report);
		if (rc == -ENOMEM)
			return rc;
		*(rc ? &bad : &good) += 1;
	}
	return check_zone(section, good, bad, report);
}

static const struct rd_option general[] = {
	{ .name = "country", .type = RD_OPTION_STRING,
	  .offset = offsetof(struct indications, country),
	  .help = "whose tones are heard where nobody says" },
	{ 0 },
};

static int read_file(struct indications *indications, const struct rd_config *config,
		     struct rd_config_report *report)
{
	const struct rd_config_section *section = rd_config_find(config, "general");
	const char *country;
	int wrong = rd_config_check_sections(config, NULL, NULL, report), rc;

	rc = rd_options_read(general, section, NULL, indications, indications->pool, report);
	if (rc == -ENOMEM)
		return rc;
	wrong |= rc;
	country = indications->country;
	if (country && strcasecmp(country, "us") != 0 && !rd_config_find(config, country)) {
		rd_config_error(report, rd_config_section_file(section),
				rd_config_section_line(section),
				"country = %s: there is no section [%s]", country, country);
		wrong = -EINVAL;
	}
	for (section = NULL; (section = rd_config_next(config, section, NULL));) {
		if (strcasecmp(rd_config_section_name(section), "general") == 0)
			continue;
		rc = read_zone(indications, section, report);
		if (rc == -ENOMEM)
			return rc;
		wrong |= rc;
	}
	return wrong ? -EINVAL : 0;
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct indications *indications;
	int rc = indications_new(&indications);

	if (rc)
		return rc;
	rc = rd_config_load_merged(&indications->config, "indications.conf", RD_SECOND_JOINS,
				   report);
	if (!rc)
		rc = read_file(indications, indications->config, report);
	else if (rc == -ENOENT)
		rc = 0;
	if (rc) {
		discard(indications);
		return rc;
	}
	built = indications;
	*snapshot = indications;
	return 0;
}

static void commit(void *snapshot)
{
	discard(in_force);
	in_force = snapshot;
	built = NULL;
}

static const char *const files[] = { "indications.conf", NULL };

const struct rd_module_config rd__indications_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

void rd__indications_free(void)
{
	commit(NULL);
}

/* ---- asking ---- */

static const char *find(const char *zone, const char *tone)
{
	char key[128];
	int n;

	if (!in_force || !zone || !zone[0])
		return NULL;
	n = snprintf(key, sizeof(key), "%s/%s", zone, tone);
	return n > 0 && (size_t)n < sizeof(key) ? rd_map_get(in_force->lists, key) : NULL;
}

const char *rd__tone_list(const char *zone, const char *tone)
{
	const char *list = find(zone, tone);

	if (!list && in_force)
		list = find(in_force->country, tone);
	for (size_t i = 0; !list && i < RD_ARRAY_SIZE(fallback); i++)
		if (strcasecmp(fallback[i][0], tone) == 0)
			list = fallback[i][1];
	return list;
}

static const struct zone *zone_named(const struct indications *indications, const char *name)
{
	rd_list_foreach(node, tmp, &indications->zones) {
		const struct zone *zone = rd_list_entry(node, struct zone, link);

		if (strcasecmp(zone->name, name) == 0)
			return zone;
	}
	return NULL;
}

/* A call goes by what is in force; who reads the configuration, elsewhere, by what may
 * come with it. */
static bool in_a_call(void)
{
	return rd__sched_is_switch_thread() && rd_fiber_self();
}

bool rd__tone_zone_known(const char *zone)
{
	const struct indications *newest = in_a_call() ? NULL : built;

	if (!newest)
		newest = in_force;
	if (!newest || rd_list_empty(&newest->zones))
		return strcasecmp(zone, "us") == 0;
	return zone_named(newest, zone);
}

/* ---- showing ---- */

static void show_tones(struct rd_cli *cli, const struct zone *zone)
{
	const struct rd_config_line *line = NULL;

	rd_cli_print(cli, "%s: %s\n", zone->name, zone->description ? zone->description : "");
	while ((line = rd_config_line_next(zone->section, line)))
		if (find(zone->name, line->name))
			rd_cli_print(cli, "  %-14s %s\n", line->name, line->value);
}

static int show_zone(struct rd_cli *cli, const char *name)
{
	const struct zone *zone = zone_named(in_force, name);

	if (zone) {
		show_tones(cli, zone);
		return 0;
	}
	rd_cli_print(cli, "there is no country \"%s\" in indications.conf\n", name);
	return 1;
}

static int show_zones(struct rd_cli *cli)
{
	int count = 0;

	rd_list_foreach(node, tmp, &in_force->zones) {
		const struct zone *zone = rd_list_entry(node, struct zone, link);

		rd_cli_print(cli, "%-8s %s\n", zone->name,
			     zone->description ? zone->description : "");
		count++;
	}
	rd_cli_print(cli, "%d countries; tones are those of \"%s\" where nobody says otherwise\n",
		     count, in_force->country ? in_force->country : "us");
	return 0;
}

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	int rc = 0;

	if (!in_force || rd_list_empty(&in_force->zones)) {
		rd_cli_print(cli, "there is no indications.conf: tones are those of North "
				  "America\n");
		return 0;
	}
	if (argc == 0)
		return show_zones(cli);
	for (int i = 0; i < argc; i++)
		rc |= show_zone(cli, argv[i]);
	return rc;
}

const struct rd_cli_command rd__indication_commands[] = {
	{ .name = "indication show",
	  .usage = "[COUNTRY...]",
	  .help = "The countries of indications.conf, or the tones of some.",
	  .run = show },
	{ 0 },
};
