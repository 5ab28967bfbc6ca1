/* From the sections of pjsip.conf to those of sip.conf. Which option means what
 * is a table: pjsip_options.c. */
#include <ringdown/base.h>

#include "channels/sip/endpoint/pjsip.h"

/* The types that can only be reported, and why. */
static const char *const foreign_types[][2] = {
	{ "contact", "contacts live in the store; a fixed one goes into the aor" },
	{ "phoneprov", "there is no provisioning of phones" },
	{ "outbound-publish", "there is no publishing to others" },
	{ "inbound-publication", "PUBLISH is taken from each phone for itself" },
	{ "asterisk-publication", "there is no exchange of state with other servers" },
	{ "subscription_persistence", "subscriptions live in the store" },
};

/* ---- sections ---- */

bool pjsip_is_of_type(const struct rd_config_section *section, const char *type)
{
	const char *said = rd_config_get(section, "type");

	return said && strcasecmp(said, type) == 0;
}

const struct rd_config_section *pjsip_next_of_type(const struct pjsip *pjsip,
						   const struct rd_config_section *after,
						   const char *type)
{
	do
		after = rd_config_next(pjsip->in, after, NULL);
	while (after && !pjsip_is_of_type(after, type));
	return after;
}

/* The one that another names, by name and type. */
const struct rd_config_section *pjsip_named(const struct pjsip *pjsip, struct rd_str name,
					    const char *type)
{
	const struct rd_config_section *section = NULL;
	char text[128];

	if (!rd_strcpyn(text, sizeof(text), rd_str_trim(name)))
		return NULL;
	while ((section = rd_config_next(pjsip->in, section, text)))
		if (pjsip_is_of_type(section, type) &&
		    strcmp(rd_config_section_name(section), text) == 0)
			break;
	return section;
}

struct rd_config_section *pjsip_add_section(struct pjsip *pjsip,
					    const struct rd_config_section *from, const char *name,
					    const char *type)
{
	const struct rd_config_line line = {
		.name = "type",
		.value = type,
		.file = rd_config_section_file(from),
		.line = rd_config_section_line(from),
	};
	struct rd_config_section *to;

	to = rd_config_add_section(pjsip->out, name, line.file, line.line);
	return to && rd_config_add_line(pjsip->out, to, &line) == 0 ? to : NULL;
}

/* ---- by type ---- */

static bool has_connections(const struct rd_config_section *transport)
{
	const char *protocol = pjsip_value(transport, "protocol");

	return protocol && strcasecmp(protocol, "udp") != 0;
}

static int take_transport(struct pjsip *pjsip, const struct rd_config_section *section)
{
	const char *why = pjsip_transport_fault(section);
	struct rd_config_section *to;
	int rc;

	if (why) {
		pjsip->lost = section;
		return pjsip_note(pjsip, pjsip_line(section, "protocol"), why);
	}
	to = pjsip_add_section(pjsip, section, rd_config_section_name(section), "transport");
	rc = to ? pjsip_translate(pjsip, pjsip_transport_options, to, section) : -ENOMEM;
	return rc || !has_connections(section)
		       ? rc
		       : pjsip_take_default(pjsip, to, "keep_alive_interval", "keepalive");
}

static int take_list(struct pjsip *pjsip, const struct rd_config_section *section)
{
	struct rd_config_section *to =
		pjsip_add_section(pjsip, section, rd_config_section_name(section), "resource_list");

	return to ? pjsip_translate(pjsip, pjsip_list_options, to, section) : -ENOMEM;
}

static int take_acl(struct pjsip *pjsip, const struct rd_config_section *section)
{
	struct rd_config_section *to =
		pjsip_add_section(pjsip, section, rd_config_section_name(section), "acl");

	return to ? pjsip_translate(pjsip, pjsip_acl_options, to, section) : -ENOMEM;
}

/* Of these there is one; what a further one says would be lost without a word. */
static void report_second(struct pjsip *pjsip, const struct rd_config_section *first,
			  const char *type)
{
	const struct rd_config_section *section = first;

	while (section && (section = pjsip_next_of_type(pjsip, section, type)))
		rd_config_warning(pjsip->report, rd_config_section_file(section),
				  rd_config_section_line(section),
				  "[%s] is not read: a second section of type=%s, after %s:%d",
				  rd_config_section_name(section), type,
				  rd_config_section_file(first), rd_config_section_line(first));
}

static int take_common(struct pjsip *pjsip)
{
	const struct rd_config_section *global = pjsip_next_of_type(pjsip, NULL, "global");
	const struct rd_config_section *system = pjsip_next_of_type(pjsip, NULL, "system");
	struct rd_config_section *to;
	int rc = 0;

	report_second(pjsip, global, "global");
	report_second(pjsip, system, "system");
	pjsip->their_global = global;
	if (!global && !system)
		return 0;
	to = pjsip->global = pjsip_add_section(pjsip, global ? global : system, "global", "global");
	if (!to)
		return -ENOMEM;
	if (global)
		rc = pjsip_translate(pjsip, pjsip_global_options, to, global);
	if (rc == 0 && system)
		rc = pjsip_translate(pjsip, pjsip_system_options, to, system);
	return rc;
}

static int take_all(struct pjsip *pjsip, const char *type,
		    int (*take)(struct pjsip *, const struct rd_config_section *))
{
	const struct rd_config_section *section = NULL;
	int rc = 0;

	while (rc == 0 && (section = pjsip_next_of_type(pjsip, section, type)))
		rc = take(pjsip, section);
	return rc;
}

static int take_alias(struct pjsip *pjsip, const struct rd_config_section *section)
{
	struct rd_config_section *to =
		pjsip_add_section(pjsip, section, rd_config_section_name(section), "domain_alias");

	return to ? pjsip_translate(pjsip, pjsip_alias_options, to, section) : -ENOMEM;
}

static const struct {
	const char *type;
	int (*take)(struct pjsip *pjsip, const struct rd_config_section *section);
} types[] = {
	/* In this order: identify and registration add to what endpoint made. */
	{ "transport", take_transport },
	{ "endpoint", pjsip_take_endpoint },
	{ "identify", pjsip_take_identify },
	{ "acl", take_acl },
	{ "domain_alias", take_alias },
	{ "resource_list", take_list },
	{ "registration", pjsip_take_registration },
};

static bool is_taken(const char *type)
{
	static const char *const others[] = { "aor", "auth", "global", "system" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(types); i++)
		if (strcasecmp(types[i].type, type) == 0)
			return true;
	for (size_t i = 0; i < RD_ARRAY_SIZE(others); i++)
		if (strcasecmp(others[i], type) == 0)
			return true;
	return false;
}

/* Sections that nothing was made of: Asterisk starts with them, too. */
static void report_foreign(struct pjsip *pjsip, const struct rd_config_section *section)
{
	const char *type = rd_config_get(section, "type");

	if (type && is_taken(type))
		return;
	for (size_t i = 0; type && i < RD_ARRAY_SIZE(foreign_types); i++) {
		if (strcasecmp(foreign_types[i][0], type) != 0)
			continue;
		rd_config_warning(pjsip->report, rd_config_section_file(section),
				  rd_config_section_line(section),
				  "[%s] type=%s is not supported: %s",
				  rd_config_section_name(section), type, foreign_types[i][1]);
		return;
	}
	rd_config_warning(
		pjsip->report, rd_config_section_file(section), rd_config_section_line(section),
		"[%s] is not read: %s%s", rd_config_section_name(section),
		type ? "there is no type=" : "it has no line \"type = ...\"", type ? type : "");
}

static int translate_sections(struct pjsip *pjsip)
{
	const struct rd_config_section *section = NULL;
	int rc = take_common(pjsip);

	if (rc == 0)
		rc = pjsip_choose_realm(pjsip);
	for (size_t i = 0; rc == 0 && i < RD_ARRAY_SIZE(types); i++)
		rc = take_all(pjsip, types[i].type, types[i].take);
	while ((section = rd_config_next(pjsip->in, section, NULL)))
		report_foreign(pjsip, section);
	return rc;
}

/* Of two with one name only the first would be found. (Transports and lists become
 * sections of ours, and are checked there.) */
static void check_twin(struct pjsip *pjsip, const struct rd_config_section *section)
{
	static const char *const parts[] = { "endpoint", "aor",		 "auth",
					     "identify", "registration", "acl" };
	const char *name = rd_config_section_name(section);

	for (size_t i = 0; i < RD_ARRAY_SIZE(parts); i++) {
		const struct rd_config_section *first;

		if (!pjsip_is_of_type(section, parts[i]))
			continue;
		first = pjsip_named(pjsip, rd_str_of(name), parts[i]);
		if (first && first != section)
			rd_config_error(pjsip->report, rd_config_section_file(section),
					rd_config_section_line(section),
					"a second section [%s] of type=%s, after %s:%d; to add to "
					"the first, write [%s](+type=%s)",
					name, parts[i], rd_config_section_file(first),
					rd_config_section_line(first), name, parts[i]);
	}
}

static void check_twins(struct pjsip *pjsip)
{
	const struct rd_config_section *section = NULL;

	while ((section = rd_config_next(pjsip->in, section, NULL)))
		check_twin(pjsip, section);
}

static int read_files(struct pjsip *pjsip)
{
	int rc = rd_config_load(&pjsip->in, "pjsip.conf", pjsip->report);
	bool absent = rc == -ENOENT;

	if (absent)
		rc = rd_config_new(&pjsip->in);
	if (rc)
		return rc;
	check_twins(pjsip);
	rc = pjsip_read_wizard(pjsip);
	if (rc == -ENOENT && !absent)
		rc = 0;
	return rc;
}

static int translate_files(struct pjsip *pjsip)
{
	int rc = rd_pool_new(&pjsip->pool, 0);

	if (rc == 0)
		rc = rd_map_new(&pjsip->ours, 0);
	if (rc == 0)
		rc = rd_map_new(&pjsip->keepers, 0);
	if (rc == 0)
		rc = rd_map_new(&pjsip->noted, 0);
	if (rc == 0)
		rc = rd_map_new(&pjsip->left_out, 0);
	if (rc == 0)
		rc = pjsip_read_formats(pjsip);
	if (rc == 0)
		rc = read_files(pjsip);
	return rc ? rc : translate_sections(pjsip);
}

/* Whoever asked for certain ports did not ask for others. */
static bool is_deaf(const struct pjsip *pjsip)
{
	const struct rd_config_section *section = NULL, *lost = pjsip->lost;

	while (lost && (section = rd_config_next(pjsip->out, section, NULL)))
		if (pjsip_is_of_type(section, "transport"))
			return false;
	if (lost)
		rd_config_warning(pjsip->report, rd_config_section_file(lost),
				  rd_config_section_line(lost),
				  "without [%s] no transport is left: nobody can call, and nobody "
				  "can be called", rd_config_section_name(lost));
	return lost;
}

int sip_pjsip_read(struct rd_config *config, bool *deaf, struct rd_config_report *report)
{
	struct pjsip pjsip = { .out = config, .report = report };
	int rc = translate_files(&pjsip);

	*deaf = rc == 0 && is_deaf(&pjsip);
	rd_config_unref(pjsip.formats);
	rd_config_unref(pjsip.in);
	rd_map_free(pjsip.left_out);
	rd_map_free(pjsip.noted);
	rd_map_free(pjsip.keepers);
	rd_map_free(pjsip.ours);
	if (pjsip.pool)
		rd_pool_free(pjsip.pool);
	return rc;
}
