/* What a section of trunks.conf says that cannot be meant, or hardly is. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "modules/sip_trunk/settings_private.h"

struct trunk_place trunk_place_of(const struct rd_config_section *section, const char *option)
{
	const struct rd_config_line *line = rd_config_line_find(section, option);

	if (line)
		return (struct trunk_place){ line->file, line->line };
	return (struct trunk_place){ rd_config_section_file(section),
				     rd_config_section_line(section) };
}

void trunk_complain(const struct trunk_reader *reader, const struct rd_config_section *section,
		    const char *option, const char *what)
{
	struct trunk_place place = trunk_place_of(section, option);

	rd_config_error(reader->report, place.file, place.line, "%s: %s: %s",
			rd_config_section_name(section), option, what);
}

void trunk_warn(const struct trunk_reader *reader, const struct rd_config_section *section,
		const char *option, const char *what)
{
	struct trunk_place place = trunk_place_of(section, option);

	rd_config_warning(reader->report, place.file, place.line, "%s: %s: %s",
			  rd_config_section_name(section), option, what);
}

static void check_identity(const struct trunk_reader *reader,
			   const struct rd_config_section *section, const struct trunk *trunk)
{
	static const char *const words[] = { "from", "account", "anonymous", "pai",
					     "ppi",  "rpid",    NULL };

	for (const char *const *it = trunk->identity; it && *it; it++) {
		size_t i = 0;

		while (words[i] && strcasecmp(words[i], *it) != 0)
			i++;
		if (!words[i])
			trunk_complain(reader, section, "identity",
				       "from, account, anonymous, pai, ppi or rpid was expected");
		if (strcasecmp(*it, "account") == 0 && !trunk->user)
			trunk_complain(reader, section, "identity",
				       "account needs a line \"user\", which says which one");
	}
}

/* A finding of number_policy_review(). */
struct finder {
	const struct trunk_reader *reader;
	const struct rd_config_section *section;
};

static void found_wrong(void *arg, const char *option, const char *what)
{
	const struct finder *finder = arg;

	trunk_complain(finder->reader, finder->section, option, what);
}

static void check_numbers(const struct trunk_reader *reader,
			  const struct rd_config_section *section, const struct trunk *trunk)
{
	struct finder finder = { reader, section };

	number_policy_review(&trunk->policy, found_wrong, &finder);
}

/* What fits no number: whoever is called by one of them would hear 404. */
static void check_patterns(const struct trunk_reader *reader,
			   const struct rd_config_section *section, const char *const *numbers)
{
	if (numbers && !*numbers)
		trunk_complain(reader, section, "numbers",
			       "numbers, patterns or none were expected");
	if (number_list_has(numbers, "none") && numbers[1])
		trunk_complain(reader, section, "numbers", "none stands alone");
	for (; numbers && *numbers; numbers++) {
		const char *fault = number_pattern_fault(*numbers);
		char text[160];

		snprintf(text, sizeof(text), "%s: %s", *numbers, fault ? fault : "");
		if (fault)
			trunk_complain(reader, section, "numbers", text);
	}
}

static void check_main_number(const struct trunk_reader *reader,
			      const struct rd_config_section *section, const struct trunk *trunk)
{
	if (trunk->main_number && *trunk->main_number && !number_is_dialled(trunk->main_number))
		trunk_complain(reader, section, "main_number",
			       "a number was expected, of digits behind a + or none");
}

/* NULL: of numbers that begin so alone, or in a second. */
static const struct trunk_limit *limit_of_all(const struct trunk_limit *limits)
{
	while (limits && (*limits->prefix || limits->calls < 0))
		limits = limits->next;
	return limits;
}

static void check_emergency(const struct trunk_reader *reader,
			    const struct rd_config_section *section, const struct trunk *trunk)
{
	const struct trunk_limit *both = limit_of_all(trunk->limits[TRUNK_BOTH_WAYS]);
	const struct trunk_limit *out = limit_of_all(trunk->limits[TRUNK_OUT]);
	int kept = trunk->emergency_channels;

	if (kept && !both && !out)
		trunk_complain(reader, section, "emergency_channels",
			       "it needs a line \"limit\" or \"limit_out\", of which they "
			       "are kept");
	if (kept && ((both && both->calls <= kept) || (out && out->calls <= kept)))
		trunk_complain(reader, section, "emergency_channels",
			       "fewer than the limit has were expected: nobody else could call");
}

static void check_profile(const struct trunk_reader *reader,
			  const struct rd_config_section *section)
{
	const char *name = rd_config_get(section, "stir_shaken_profile");

	if (name && *name && !stir_profile_find(&reader->settings->stir, name))
		trunk_complain(reader, section, "stir_shaken_profile",
			       "there is no such profile in " STIR_CONF);
}

/* Limits of no call at all: in other files they mean any number. */
static void check_limits(const struct trunk_reader *reader, const struct rd_config_section *section,
			 const struct trunk *trunk)
{
	static const char *const names[TRUNK_WAYS] = { "limit", "limit_in", "limit_out" };

	for (int way = 0; way < TRUNK_WAYS; way++) {
		const struct trunk_limit *limit = limit_of_all(trunk->limits[way]);

		if (limit && limit->calls == 0)
			trunk_warn(reader, section, names[way],
				   "0 lets no call through; any number is let through without "
				   "the line");
	}
}

static bool says(const struct rd_config_section *section, const char *option)
{
	return rd_config_line_find(section, option);
}

/* Of the five lines of a provider the one that is forgotten. */
static void check_account(const struct trunk_reader *reader,
			  const struct rd_config_section *section, const struct trunk *trunk)
{
	bool has_secret = says(section, "secret") || says(section, "secret_file");

	if (trunk->user && !says(section, "host") && !says(section, "register_server"))
		trunk_warn(reader, section, "host",
			   "without it we are user nowhere: nothing is registered, nobody called");
	if (!says(section, "host") || says(section, "register"))
		return;
	if (has_secret && !trunk->user && !says(section, "auth_user"))
		trunk_warn(reader, section, "user",
			   "without it nothing is registered; \"register = no\", if that is meant");
	if (trunk->user && !has_secret && !number_list_has(trunk->identity, "account"))
		trunk_warn(reader, section, "secret",
			   "without it nothing is registered; \"register = no\", if that is meant");
}

static void check_context(const struct trunk_reader *reader,
			  const struct rd_config_section *section, const struct trunk *trunk)
{
	if (trunk->numbers && *trunk->numbers && !number_list_has(trunk->numbers, "none") &&
	    !says(section, "context"))
		trunk_warn(reader, section, "context",
			   "without it calls enter the context \"default\"; \"numbers = none\", if "
			   "none come from there");
}

/* Without it nobody knows what may be called from there: that has to be said. */
static void check_that_numbers_are_said(const struct trunk_reader *reader,
					const struct rd_config_section *section)
{
	if (!says(section, "numbers"))
		rd_config_error(reader->report, rd_config_section_file(section),
				rd_config_section_line(section), "[%s] \"numbers\" is missing",
				rd_config_section_name(section));
}

/* All else is the driver's, which reads the other file. */
static void check_lines_of_peer(const struct trunk_reader *reader,
				const struct rd_config_section *section, const struct trunk *trunk)
{
	const struct rd_config_line *line = NULL;

	while ((line = rd_config_line_next(section, line)))
		if (!trunk_is_own_option(line->name) || strcasecmp(line->name, "user") == 0)
			rd_config_error(reader->report, line->file, line->line,
					"%s: %s: it belongs into the file that has the peer",
					rd_config_section_name(section), line->name);
	for (const char *const *it = trunk->identity; it && *it; it++)
		if (strcasecmp(*it, "from") != 0 && strcasecmp(*it, "anonymous") != 0)
			trunk_complain(reader, section, "identity",
				       "of a peer from or anonymous was expected; send_pai and its "
				       "like belong into the file that has it");
}

void trunk_check(const struct trunk_reader *reader, const struct rd_config_section *section,
		 const struct trunk *trunk)
{
	if (trunk->of_peer) {
		check_lines_of_peer(reader, section, trunk);
	} else {
		check_that_numbers_are_said(reader, section);
		check_account(reader, section, trunk);
		check_context(reader, section, trunk);
	}
	check_identity(reader, section, trunk);
	check_numbers(reader, section, trunk);
	check_patterns(reader, section, trunk->numbers);
	check_main_number(reader, section, trunk);
	check_limits(reader, section, trunk);
	check_emergency(reader, section, trunk);
	check_profile(reader, section);
}
