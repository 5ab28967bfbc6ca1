/* Which kind of section of sip.conf one is: by its type, or by what it says. */
#include "channels/sip/endpoint/settings_types.h"

#include <string.h>

/* In the order of enum sip_type. */
static const char *const names[] = { "phone",         "peer", "transport",    "global",
				     "resource_list", "acl",  "domain_alias", NULL };

/* Number and password are enough for a phone. */
static bool has_password(const struct rd_config_section *section)
{
	return rd_config_get(section, "secret") || rd_config_get(section, "secret_file") ||
	       rd_config_get(section, "secret_hash");
}

int sip_type_of(const struct rd_config_section *section)
{
	const char *type = rd_config_get(section, "type");

	if (!type && strcmp(rd_config_section_name(section), "global") == 0)
		return SIP_TYPE_GLOBAL;
	if (!type && has_password(section))
		return SIP_TYPE_PHONE;
	for (int i = 0; type && names[i]; i++)
		if (strcmp(names[i], type) == 0)
			return i;
	return -EINVAL;
}

void sip_type_complain(const struct rd_config_section *section, struct rd_config_report *report)
{
	const struct rd_config_line *line = rd_config_line_find(section, "type");
	const char *name = rd_config_section_name(section);

	if (line)
		rd_config_error(report, line->file, line->line,
				"%s: type: phone, peer, transport, resource_list, acl, "
				"domain_alias or global was expected, not \"%.40s\"",
				name, line->value);
	else
		rd_config_error(report, rd_config_section_file(section),
				rd_config_section_line(section),
				"%s: a line \"secret = ...\", which makes it a phone, or \"type = "
				"peer\" or \"transport\" was expected",
				name);
}

/* ---- names ---- */

/* Phones and peers are called by their names, so they are of one kind. */
static int kind_of(const struct rd_config_section *section)
{
	int type = sip_type_of(section);

	return type == SIP_TYPE_PEER ? SIP_TYPE_PHONE : type;
}

static const struct rd_config_section *first_of(const struct rd_config *config, const char *name,
						int kind)
{
	const struct rd_config_section *it = NULL;

	while ((it = rd_config_next(config, it, name)))
		if (strcmp(rd_config_section_name(it), name) == 0 && kind_of(it) == kind)
			break;
	return it;
}

void sip_types_check_twins(const struct rd_config *config, struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL, *first;

	while ((section = rd_config_next(config, section, NULL))) {
		const char *name = rd_config_section_name(section);

		first = first_of(config, name, kind_of(section));
		if (first != section)
			rd_config_error(report, rd_config_section_file(section),
					rd_config_section_line(section),
					"a second section [%s], after %s:%d; to add to the first, "
					"write [%s](+)",
					name, rd_config_section_file(first),
					rd_config_section_line(first), name);
	}
}

const struct rd_config_section *sip_section_of_endpoint(const struct rd_config *config,
							const char *name)
{
	return first_of(config, name, SIP_TYPE_PHONE);
}
