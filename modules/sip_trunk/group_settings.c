/* Reading groups of trunks.conf: which trunks, and when the next one is tried. */
#include <stdio.h>
#include <string.h>

#include <ringdown/module.h>
#include <ringdown/sip_trunk.h>
#include <ringdown/tech.h>

#include "modules/sip_trunk/settings_private.h"

#define GROUP(member) offsetof(struct trunk_group, member)

static const struct rd_option group_options[] = {
	{ .name = "next_on",
	  .type = RD_OPTION_LIST,
	  .offset = GROUP(next_on),
	  .fallback = "401,407,408,5xx",
	  .help = "refusals after which the next one is tried" },
	{ .name = "silence",
	  .type = RD_OPTION_DURATION,
	  .offset = GROUP(silence_ms),
	  .fallback = "1500ms",
	  .min = 100,
	  .max = 32000,
	  .help = "so long without any answer, and the next one is tried" },
	{ .name = "progress",
	  .type = RD_OPTION_DURATION,
	  .offset = GROUP(progress_ms),
	  .fallback = "12s",
	  .min = 1000,
	  .max = 180000,
	  .or_zero = true,
	  .help = "so long without ringing, and the next one is tried, if one is left; "
		  "0: never" },
	{ .name = "least_cost",
	  .type = RD_OPTION_BOOL,
	  .offset = GROUP(least_cost),
	  .fallback = "no",
	  .help = "the cheapest comes first, by the rates of the trunks" },
	{ .name = "after_ringing",
	  .type = RD_OPTION_BOOL,
	  .offset = GROUP(after_ringing),
	  .fallback = "no",
	  .help = "may a call that has rung be tried by the next one" },
	TRUNK_ENUM_OPTIONS(struct trunk_group),
	{ .name = "trunks",
	  .type = RD_OPTION_STRING,
	  .offset = GROUP(trunks),
	  .help = "& between those that share calls (*3: three times as many), a comma "
		  "before those that come after them" },
	{ 0 }
};

static const char *const of_group[] = { "type", NULL };

/* "provider*3" */
static const char *read_choice(struct trunk_reader *reader, struct trunk_choice *choice,
			       struct rd_str text)
{
	struct rd_str name;
	uint64_t weight = 1;
	char buf[80];

	if (rd_str_cut(&text, '*', &name) &&
	    (rd_str_to_u64(rd_str_trim(text), 1000, &weight) || !weight))
		return "a weight from 1 to 1000 was expected after *";
	name = rd_str_trim(name);
	if (!name.n)
		return "a name was expected before and behind each , and &";
	if (!rd_strcpyn(buf, sizeof(buf), name))
		return "a shorter name was expected";
	choice->weight = (int)weight;
	choice->name = rd_pool_strdup(reader->settings->pool, buf);
	return choice->name ? NULL : rd_option_no_memory;
}

static int add_choice(struct trunk_reader *reader, const struct rd_config_section *section,
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
		trunk_complain(reader, section, "trunks", what);
		return 0;
	}
	choice->place = reader->places++;
	**last = choice;
	*last = &choice->next;
	return 0;
}

static int read_choices(struct trunk_reader *reader, const struct rd_config_section *section,
			struct trunk_group *group)
{
	struct rd_str rest = rd_str_of(group->trunks), equals, one;
	struct trunk_choice **last = &group->choices;
	int rc = 0;

	reader->places = 0;
	for (int rank = 0; rc == 0 && rest.p; rank++) {
		rd_str_cut(&rest, ',', &equals);
		while (rc == 0 && equals.p) {
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

static void check_statuses(const struct trunk_reader *reader,
			   const struct rd_config_section *section, const struct trunk_group *group)
{
	for (const char *const *it = group->next_on; it && *it; it++)
		if (!is_status(*it))
			trunk_complain(reader, section, "next_on",
				       "refusals such as 503 or 5xx were expected");
}

static void add_group(struct trunk_reader *reader, struct trunk_group *group)
{
	*reader->last_group = group;
	reader->last_group = &group->next;
}

/* section NULL: as none says otherwise. NULL without memory. */
static struct trunk_group *new_group(struct trunk_reader *reader, const char *name,
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

int trunk_group_read(struct trunk_reader *reader, const struct rd_config_section *section)
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
	if (group->trunks && *group->trunks)
		return read_choices(reader, section, group);
	trunk_complain(reader, section, "trunks", "names of trunks were expected");
	return 0;
}

/* Dial(TRUNK/provider/number) needs no group. */
static int make_group(struct trunk_reader *reader, const struct trunk *trunk)
{
	struct trunk_choice *choice = rd_pool_zalloc(reader->settings->pool, sizeof(*choice));
	struct trunk_group *group = choice ? new_group(reader, trunk->name, NULL) : NULL;

	if (!group)
		return -ENOMEM;
	choice->name = trunk->name;
	choice->weight = 1;
	group->choices = choice;
	group->lookup = trunk->lookup;
	add_group(reader, group);
	return 0;
}

int trunk_groups_make(struct trunk_reader *reader)
{
	const struct trunk *trunk = reader->settings->trunks;
	int rc;

	reader->settings->usual = new_group(reader, "", NULL);
	rc = reader->settings->usual ? 0 : -ENOMEM;
	for (; trunk && rc == 0; trunk = trunk->next)
		rc = make_group(reader, trunk);
	return rc;
}

const struct trunk_group *trunk_group_find(const struct trunk_settings *settings, const char *name)
{
	const struct trunk_group *group = settings->groups;

	while (group && strcmp(group->name, name) != 0)
		group = group->next;
	return group;
}

/* Where the driver is not there, nobody knows. */
bool trunk_is_peer_next(const char *name)
{
	const struct rd_sip_trunks *driver =
		rd_interface_get(RD_SIP_TRUNKS, RD_SIP_TRUNKS_VERSION);
	bool is_peer = !driver || driver->peer_comes(name);

	rd_interface_put(driver);
	return is_peer;
}

static void review_choice(const struct trunk_group *group, const struct trunk_choice *choice,
			  struct rd_config_report *report)
{
	if (!trunk_is_peer_next(choice->name))
		rd_config_error(report, group->file, group->line,
				"%s: trunks: there is no trunk or peer \"%s\"", group->name,
				choice->name);
}

static void review_group(const struct trunk_group *group, struct rd_config_report *report)
{
	for (const struct trunk_choice *it = group->choices; it; it = it->next)
		review_choice(group, it, report);
}

static void review_peer(const struct trunk *trunk, struct rd_config_report *report)
{
	if (!trunk_is_peer_next(trunk->name))
		rd_config_error(report, trunk->file, trunk->line,
				"%s: there is no such peer in sip.conf or pjsip.conf", trunk->name);
}

static void review_users(const struct trunk_guard *rules, struct rd_config_report *report)
{
	char device[96], what[160];

	for (const char *const *user = rules->users; user && *user; user++) {
		snprintf(device, sizeof(device), "SIP/%s", *user);
		if (rd_devices_fault(device, what, sizeof(what)))
			rd_config_warning(report, rules->file, rules->line,
					  "%s: users: there is no phone or peer \"%s\"",
					  rules->name, *user);
	}
}

/* The guard's first rules that list countries; NULL: none do. */
static const struct trunk_guard *rules_by_country(const struct trunk_settings *settings)
{
	const struct trunk_guard *rules = settings->guards;

	while (rules && !rules->countries)
		rules = rules->next;
	return rules;
}

/* Does it say how numbers are to be read, or what becomes of them? */
static bool reads_numbers(const struct number_policy *policy)
{
	return policy->country || policy->forms[NUMBER_CALLED_OUT] == NUMBER_E164 ||
	       policy->rules[NUMBER_CALLED_OUT];
}

static void review_country(const struct trunk *trunk, const struct trunk_guard *rules,
			   struct rd_config_report *report)
{
	if (trunk->guarded && !reads_numbers(&trunk->policy))
		rd_config_warning(report, trunk->file, trunk->line,
				  "%s: country: without it only numbers with a + may be called: "
				  "of others nobody knows whether they are in countries of [%s]",
				  trunk->name, rules->name);
}

void trunk_settings_review(void *snapshot, struct rd_config_report *report)
{
	const struct trunk_settings *settings = snapshot;
	const struct trunk_guard *by_country = rules_by_country(settings);

	for (const struct trunk *trunk = settings->trunks; trunk; trunk = trunk->next) {
		if (trunk->of_peer)
			review_peer(trunk, report);
		if (by_country)
			review_country(trunk, by_country, report);
	}
	for (const struct trunk_group *group = settings->groups; group; group = group->next)
		if (group->file)
			review_group(group, report);
	for (const struct trunk_guard *rules = settings->guards; rules; rules = rules->next)
		review_users(rules, report);
}
