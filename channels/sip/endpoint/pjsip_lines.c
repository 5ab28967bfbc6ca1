/* Lines of pjsip.conf in the words of sip.conf, by the tables of pjsip_options.c. Which
 * section becomes which is told in pjsip.c. */
#include <string.h>
#include <strings.h>

#include <ringdown/base.h>

#include "channels/sip/endpoint/pjsip.h"

const struct rd_config_line *pjsip_line(const struct rd_config_section *section, const char *name)
{
	const struct rd_config_line *line = rd_config_line_find(section, name);

	return line && *line->value ? line : NULL;
}

const char *pjsip_value(const struct rd_config_section *section, const char *name)
{
	const struct rd_config_line *line = pjsip_line(section, name);

	return line ? line->value : NULL;
}

int pjsip_add(struct pjsip *pjsip, struct rd_config_section *to,
	      const struct rd_config_line *line, const char *name, const char *value)
{
	struct rd_config_line ours = *line;

	ours.name = name;
	ours.value = value;
	return rd_config_add_line(pjsip->out, to, &ours);
}

int pjsip_note(struct pjsip *pjsip, const struct rd_config_line *line, const char *note)
{
	char *key = rd_pool_printf(pjsip->pool, "%s:%d", line->file, line->line);

	if (!key)
		return -ENOMEM;
	if (rd_map_get(pjsip->noted, key))
		return 0;
	rd_config_warning(pjsip->report, line->file, line->line,
			  "%s = \"%s\" is not supported: %s", line->name, line->value, note);
	return rd_map_set(pjsip->noted, key, pjsip, NULL);
}

/* "yes" and "true" are the same, so are "no" and "off". */
static bool means_the_same(const char *value, const char *only)
{
	bool said, meant;

	if (rd_config_bool(rd_str_of(only), &meant) && rd_config_bool(rd_str_of(value), &said))
		return said == meant;
	return strcasecmp(value, only) == 0;
}

static int complain_unknown(struct pjsip *pjsip, const struct pjsip_option *table,
			    const struct rd_config_line *line, const char *type)
{
	const char *names[256], *near;
	size_t n = 0;

	for (; table[n].name && n < RD_ARRAY_SIZE(names) - 1; n++)
		names[n] = table[n].name;
	names[n] = NULL;
	near = rd_str_nearest(line->name, names);
	rd_config_error(pjsip->report, line->file, line->line,
			"unknown option \"%s\" of type=%s%s%s%s", line->name, type,
			near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return 0;
}

/* An option without a value is one that is not set; so says a section of what its template
 * had said. Those of which each line counts are not among them. */
static bool is_taken_back(const struct rd_config_section *from, const struct pjsip_option *option)
{
	static const char *const lists[] = { "permit", "deny", "match", "set_var", "list_item",
					     "local_net", "allow", "disallow", "contact",
					     "password_digest" };
	const struct rd_config_line *last;

	for (size_t i = 0; i < RD_ARRAY_SIZE(lists); i++)
		if (strcmp(option->name, lists[i]) == 0)
			return false;
	last = rd_config_line_find(from, option->name);
	return last && !*last->value;
}

static int translate_line(struct pjsip *pjsip, const struct pjsip_option *table,
			  struct rd_config_section *to, const struct rd_config_line *line,
			  const char *type)
{
	const struct pjsip_option *option = table;

	while (option->name && strcasecmp(option->name, line->name) != 0)
		option++;
	if (*line->name == '@') /* whoever keeps a note there reads it himself */
		return pjsip_note(pjsip, line, "set_var gives an endpoint's channels a variable");
	if (!option->name)
		return complain_unknown(pjsip, table, line, type);
	if (!*line->value || is_taken_back(pjsip->from, option))
		return 0;
	if (option->convert)
		return option->convert(pjsip, to, line);
	if (option->ours)
		return pjsip_add(pjsip, to, line, option->ours, line->value);
	if (option->only && means_the_same(line->value, option->only))
		return 0;
	return pjsip_note(pjsip, line, option->note);
}

int pjsip_translate(struct pjsip *pjsip, const struct pjsip_option *table,
		    struct rd_config_section *to, const struct rd_config_section *from)
{
	const struct rd_config_line *line = NULL;
	const char *type = rd_config_get(from, "type");
	int rc = 0;

	pjsip->from = from;
	while (rc == 0 && (line = rd_config_line_next(from, line)))
		if (strcasecmp(line->name, "type") != 0)
			rc = translate_line(pjsip, table, to, line, type ? type : "");
	return rc;
}
