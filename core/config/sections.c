/* What a file's sections are called, before anybody reads what is in them: a
 * section that no reader looks for would be ignored without a word. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/str.h>

#include "core/config/tree.h"

static bool is_one_of(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcasecmp(*names, name) == 0)
			return true;
	return false;
}

static void list_names(char *out, size_t size, const char *const *names)
{
	size_t n = 0;

	for (size_t i = 0; names[i] && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s[%s]",
				      i == 0 ? "" : names[i + 1] ? ", " : " or ", names[i]);
}

static void complain_unknown(const struct rd_config_section *section, const char *const *known,
			     struct rd_config_report *report)
{
	const char *near = rd_str_nearest(section->name, known);
	char expected[240] = "";

	if (near)
		snprintf(expected, sizeof(expected), "did you mean [%s]?", near);
	else
		list_names(expected, sizeof(expected), known);
	rd_config_error(report, section->file, section->line, "unknown section [%s]; %s%s",
			section->name, near ? "" : "expected ", expected);
}

/* Names that a file fixes are alike whatever their case; those that people
 * give are not. */
static const struct rd_config_section *first_of_its_name(const struct rd_config *config,
							 const struct rd_config_section *section,
							 bool any_case)
{
	const struct rd_config_section *it = rd_config_next(config, NULL, section->name);

	while (it != section && !any_case && strcmp(it->name, section->name) != 0)
		it = rd_config_next(config, it, section->name);
	return it;
}

static bool is_second(const struct rd_config *config, const struct rd_config_section *section,
		      bool any_case, struct rd_config_report *report)
{
	const struct rd_config_section *first = first_of_its_name(config, section, any_case);

	if (first == section)
		return false;
	rd_config_error(report, section->file, section->line,
			"a second section [%s], after %s:%d; to add to the first, write [%s](+)",
			section->name, first->file, first->line, section->name);
	return true;
}

/* ---- files of Asterisk ---- */

/* It is not the first of its name. */
static void unlink_section(struct rd_config *config, const struct rd_config_section *section)
{
	struct rd_config_section *it = rd_map_get(config->by_name, section->name);

	while (it->next_same_name != section)
		it = it->next_same_name;
	it->next_same_name = section->next_same_name;
	for (it = config->first; it->next != section;)
		it = it->next;
	it->next = section->next;
	if (!it->next)
		config->last = it;
}

/* Templates of one name are found by those that follow them, and stay. */
static struct rd_config_section *former_of(const struct rd_config *config,
					   const struct rd_config_section *section)
{
	struct rd_config_section *it = rd_map_get(config->by_name, section->name);

	if (section->is_template)
		return NULL;
	while (it != section && (it->is_template || strcmp(it->name, section->name) != 0))
		it = it->next_same_name;
	return it == section ? NULL : it;
}

static int merge(struct rd_config *config, enum rd_second_section second,
		 struct rd_config_report *report)
{
	struct rd_config_section *section, *next;

	for (section = config->first; section; section = next) {
		struct rd_config_section *former = former_of(config, section);

		section->is_asterisks = true;
		next = section->next;
		if (!former)
			continue;
		rd_config_warning(report, section->file, section->line,
				  "a second section [%s]: %s %s:%d; to add to that, write [%s](+)",
				  section->name,
				  second == RD_SECOND_JOINS
					  ? "its lines count as if they followed those of"
					  : "it is passed over, there is one in",
				  former->file, former->line, section->name);
		if (second == RD_SECOND_JOINS &&
		    rd__config_add_lines(config, former, section->lines, section->count) < 0)
			return -ENOMEM;
		unlink_section(config, section);
	}
	return 0;
}

int rd_config_load_merged(struct rd_config **cp, const char *name, enum rd_second_section second,
			  struct rd_config_report *report)
{
	int rc = rd__config_load_for(__builtin_return_address(0), cp, name, report);

	if (rc)
		return rc;
	rc = merge(*cp, second, report);
	if (rc) {
		rd_config_unref(*cp);
		*cp = NULL;
	}
	return rc;
}

/* ---- names ---- */

int rd_config_check_sections(const struct rd_config *config, const char *const *known,
			     const char *const *unused, struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	int rc = 0;

	while ((section = rd_config_next(config, section, NULL))) {
		if (is_one_of(unused, section->name)) {
			rd_config_warning(report, section->file, section->line,
					  "section [%s] has no meaning here", section->name);
		} else if (known && !is_one_of(known, section->name)) {
			complain_unknown(section, known, report);
			rc = -EINVAL;
		} else if (is_second(config, section, known != NULL, report)) {
			rc = -EINVAL;
		}
	}
	return rc;
}
