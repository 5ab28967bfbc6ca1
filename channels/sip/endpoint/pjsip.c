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

static const struct rd_config_section *
next_of_type(const struct pjsip *pjsip, const struct rd_config_section *after,
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

/* ---- endpoints ---- */

/* Sections that an option of the endpoint names, separated by commas. Those that are not
 * there are left-overs, which Asterisk starts with. */
static int take_referred(struct pjsip *pjsip, struct rd_config_section *to,
			 const struct rd_config_section *endpoint, const char *option,
			 const char *type, const struct pjsip_option *table)
{
	const struct rd_config_line *line = pjsip_line(endpoint, option);
	struct rd_str rest = rd_str_of(line ? line->value : NULL), name;
	const struct rd_config_section *section;
	int rc = 0, count = 0;

	while (rc == 0 && rest.n) {
		rd_str_cut(&rest, ',', &name);
		section = pjsip_named(pjsip, name, type);
		if (!section)
			rd_config_warning(pjsip->report, line->file, line->line,
					  "%s: there is no [%.*s] of type=%s", option,
					  RD_STR_ARG(rd_str_trim(name)), type);
		else if (count++)
			rc = pjsip_note(pjsip, line, "what the first one says counts");
		else
			rc = pjsip_translate(pjsip, table, to, section);
	}
	return rc;
}

/* Who registers has contacts of its own; who is reached elsewhere has not. */
static const char *kind_of(struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const char *aors = pjsip_value(endpoint, "aors");
	struct rd_str rest = rd_str_of(aors), first;
	const struct rd_config_section *aor;

	if (!aors)
		return "peer";
	rd_str_cut(&rest, ',', &first);
	aor = pjsip_named(pjsip, first, "aor");
	return aor && pjsip_value(aor, "contact") ? "peer" : "phone";
}

/* A password of theirs and another of ours cannot both be said. */
static int check_auths(struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const char *auth = pjsip_value(endpoint, "auth");
	const struct rd_config_line *ours = pjsip_line(endpoint, "outbound_auth");

	if (!auth || !ours || strcmp(auth, ours->value) == 0)
		return 0;
	return pjsip_note(pjsip, ours, "the password of \"auth\" serves in both directions");
}

/* Who has to know a password has to know it from everywhere: what is said to identify
 * him, and where he is called, prove nothing. */
static int ask_for_password(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_section *endpoint)
{
	const struct rd_config_line *line = pjsip_line(endpoint, "auth");

	return line ? pjsip_add(pjsip, to, line, "trust_match", "no") : 0;
}

/* Its transport, or all there are, use TLS. */
static bool is_by_tls(const struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const char *name = pjsip_value(endpoint, "transport");
	const struct rd_config_section *transport = NULL;
	bool found = false;

	while ((transport = next_of_type(pjsip, transport, "transport"))) {
		const char *protocol = pjsip_value(transport, "protocol");

		if (name && strcmp(rd_config_section_name(transport), name) != 0)
			continue;
		if (!protocol || strcasecmp(protocol, "tls") != 0)
			return false;
		found = true;
	}
	return found;
}

/* Keys that SDES writes into a description are for TLS only, unless it is said. */
static int check_keys(struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const struct rd_config_line *line = pjsip_line(endpoint, "media_encryption");

	if (!line || strcasecmp(line->value, "sdes") != 0 ||
	    pjsip_value(endpoint, "sdes_in_clear") || is_by_tls(pjsip, endpoint))
		return 0;
	return pjsip_note(pjsip, line,
			  "keys go by TLS only; sdes_in_clear = yes lets others read them");
}

/* The sections that it refers to. */
static int take_parts(struct pjsip *pjsip, struct rd_config_section *to,
		      const struct rd_config_section *endpoint)
{
	const char *auth = pjsip_line(endpoint, "auth") ? "auth" : "outbound_auth";
	int rc;

	pjsip->outbound = strcmp(auth, "auth") != 0;
	rc = take_referred(pjsip, to, endpoint, auth, "auth", pjsip_auth_options);
	return rc ? rc : take_referred(pjsip, to, endpoint, "aors", "aor", pjsip_aor_options);
}

/* What registers with an aor that several endpoints have rings for each of them. */
static int share_record(struct pjsip *pjsip, struct rd_config_section *to,
			const struct rd_config_line *aors)
{
	struct rd_str rest = rd_str_of(aors->value), first;
	const struct rd_config_section *keeper;
	const char *name;

	rd_str_cut(&rest, ',', &first);
	first = rd_str_trim(first);
	name = rd_pool_strndup(pjsip->pool, first.p, first.n);
	if (!name)
		return -ENOMEM;
	keeper = rd_map_get(pjsip->keepers, name);
	return keeper ? pjsip_add(pjsip, to, aors, "devices_of", rd_config_section_name(keeper))
		      : rd_map_set(pjsip->keepers, name, to, NULL);
}

/* What type=global says for all that say nothing. */
static int take_default(struct pjsip *pjsip, struct rd_config_section *to, const char *theirs,
			const char *ours)
{
	const struct rd_config_section *global = next_of_type(pjsip, NULL, "global");
	const struct rd_config_line *line = global ? pjsip_line(global, theirs) : NULL;

	return line && !rd_config_get(to, ours) ? pjsip_add(pjsip, to, line, ours, line->value) : 0;
}

/* Who registers names the aor, not the endpoint, and rings beside its contact; and what is so
 * in Asterisk when an aor says nothing: nobody registers, and who has registered stays. */
static int take_record(struct pjsip *pjsip, struct rd_config_section *to,
		       const struct rd_config_section *endpoint)
{
	const struct rd_config_line *aors = pjsip_line(endpoint, "aors");
	const char *name = rd_config_section_name(endpoint);
	int rc = 0;

	if (strcmp(aors->value, name) != 0)
		rc = pjsip_add(pjsip, to, aors, "aors", aors->value);
	if (rc == 0 && !rd_config_get(to, "remove_existing"))
		rc = pjsip_add(pjsip, to, aors, "remove_existing", "no");
	if (rc == 0 && rd_config_get(to, "host"))
		rc = pjsip_add(pjsip, to, aors, "ring_host", "yes");
	if (rc)
		return rc;
	if (rd_config_get(to, "max_contacts"))
		return share_record(pjsip, to, aors);
	if (pjsip_is_of_type(to, "phone"))
		rd_config_warning(pjsip->report, aors->file, aors->line,
				  "[%s] cannot register: its aor has no max_contacts", name);
	return pjsip_add(pjsip, to, aors, "max_contacts", "0");
}

static int make_endpoint(struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const char *name = rd_config_section_name(endpoint);
	struct rd_config_section *to;
	int rc;

	to = pjsip_add_section(pjsip, endpoint, name, kind_of(pjsip, endpoint));
	if (!to)
		return -ENOMEM;
	rc = rd_map_set(pjsip->ours, name, to, NULL);
	if (rc == 0)
		rc = pjsip_translate(pjsip, pjsip_endpoint_options, to, endpoint);
	if (rc == 0)
		rc = check_auths(pjsip, endpoint);
	if (rc == 0)
		rc = ask_for_password(pjsip, to, endpoint);
	if (rc == 0)
		rc = check_keys(pjsip, endpoint);
	if (rc == 0)
		rc = take_parts(pjsip, to, endpoint);
	if (rc == 0 && pjsip_line(endpoint, "aors"))
		rc = take_record(pjsip, to, endpoint);
	if (rc == 0)
		rc = take_default(pjsip, to, "default_voicemail_extension", "voicemail_number");
	return rc;
}

static int take_endpoint(struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const char *name = rd_config_section_name(endpoint);
	bool take;
	int rc;

	if (rd_map_get(pjsip->ours, name) || rd_map_get(pjsip->left_out, name))
		return 0; /* a second one, which is told */
	rc = pjsip_check_who(pjsip, endpoint, &take);
	return rc || !take ? rc : make_endpoint(pjsip, endpoint);
}

/* The lines of an identify section go to the endpoint that it names. */
static int take_identify(struct pjsip *pjsip, const struct rd_config_section *identify)
{
	const struct rd_config_line *line = pjsip_line(identify, "endpoint");
	struct rd_config_section *to = line ? rd_map_get(pjsip->ours, line->value) : NULL;

	if (to)
		return pjsip_translate(pjsip, pjsip_identify_options, to, identify);
	if (line && rd_map_get(pjsip->left_out, line->value))
		return 0;
	if (line)
		rd_config_warning(pjsip->report, line->file, line->line,
				  "[%s] is left out: there is no endpoint \"%s\"",
				  rd_config_section_name(identify), line->value);
	else
		rd_config_error(pjsip->report, rd_config_section_file(identify),
				rd_config_section_line(identify),
				"[%s] a line \"endpoint = ...\" was expected",
				rd_config_section_name(identify));
	return 0;
}

/* ---- the rest ---- */

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

	if (why)
		return pjsip_note(pjsip, pjsip_line(section, "protocol"), why);
	to = pjsip_add_section(pjsip, section, rd_config_section_name(section), "transport");
	rc = to ? pjsip_translate(pjsip, pjsip_transport_options, to, section) : -ENOMEM;
	return rc || !has_connections(section)
		       ? rc
		       : take_default(pjsip, to, "keep_alive_interval", "keepalive");
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

static int take_common(struct pjsip *pjsip)
{
	const struct rd_config_section *global = next_of_type(pjsip, NULL, "global");
	const struct rd_config_section *system = next_of_type(pjsip, NULL, "system");
	struct rd_config_section *to;
	int rc = 0;

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

	while (rc == 0 && (section = next_of_type(pjsip, section, type)))
		rc = take(pjsip, section);
	return rc;
}

static int ignore_alias(struct pjsip *pjsip, const struct rd_config_section *section)
{
	(void)pjsip; /* every domain is ours: nobody asks for it */
	(void)section;
	return 0;
}

static const struct {
	const char *type;
	int (*take)(struct pjsip *pjsip, const struct rd_config_section *section);
} types[] = {
	/* In this order: identify and registration add to what endpoint made. */
	{ "transport", take_transport },
	{ "endpoint", take_endpoint },
	{ "identify", take_identify },
	{ "acl", take_acl },
	{ "domain_alias", ignore_alias },
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

/* Sections that nothing was made of. */
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
	rd_config_error(pjsip->report, rd_config_section_file(section),
			rd_config_section_line(section), "[%s] %s%s",
			rd_config_section_name(section),
			type ? "there is no type=" : "a line \"type = ...\" was expected",
			type ? type : "");
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

int sip_pjsip_read(struct rd_config *config, struct rd_config_report *report)
{
	struct pjsip pjsip = { .out = config, .report = report };
	int rc = translate_files(&pjsip);

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
