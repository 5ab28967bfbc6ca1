/* type=endpoint, with the auth and aor that it names: one section of ours. What identify
 * says of it is added to that: pjsip_identify.c. */
#include <strings.h>

#include <ringdown/base.h>

#include "channels/sip/endpoint/pjsip.h"

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
 * him, and where he is called, prove nothing. So it is when no match of his can be told. */
static int ask_for_password(struct pjsip *pjsip, struct rd_config_section *to,
			    const struct rd_config_section *endpoint)
{
	const struct rd_config_line *line = pjsip_line(endpoint, "auth");

	if (!line && pjsip_identified(pjsip, rd_config_section_name(endpoint)) == PJSIP_SPOILT)
		line = pjsip_line(endpoint, "type");
	return line ? pjsip_add(pjsip, to, line, "trust_match", "no") : 0;
}

/* Its transport, or all there are, use TLS. */
static bool is_by_tls(const struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const char *name = pjsip_value(endpoint, "transport");
	const struct rd_config_section *transport = NULL;
	bool found = false;

	while ((transport = pjsip_next_of_type(pjsip, transport, "transport"))) {
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
int pjsip_take_default(struct pjsip *pjsip, struct rd_config_section *to, const char *theirs,
		       const char *ours)
{
	const struct rd_config_line *line =
		pjsip->their_global ? pjsip_line(pjsip->their_global, theirs) : NULL;

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

/* A trunk that is away, or where a call waits, is asked as often as one of trunks.conf. */
static int ask_in_doubt(struct pjsip *pjsip, struct rd_config_section *to)
{
	const struct rd_config_line *line = rd_config_line_find(to, "qualify");
	uint64_t seconds;

	if (!line || pjsip_is_of_type(to, "phone") ||
	    rd_str_to_u64(rd_str_of(line->value), 86400, &seconds) || seconds <= 2)
		return 0;
	return pjsip_add(pjsip, to, line, "qualify_retry", "2s");
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
		rc = ask_in_doubt(pjsip, to);
	if (rc == 0)
		rc = pjsip_take_default(pjsip, to, "default_voicemail_extension",
					"voicemail_number");
	return rc;
}

int pjsip_take_endpoint(struct pjsip *pjsip, const struct rd_config_section *endpoint)
{
	const char *name = rd_config_section_name(endpoint);
	bool take;
	int rc;

	if (rd_map_get(pjsip->ours, name) || rd_map_get(pjsip->left_out, name))
		return 0; /* a second one, which is told */
	rc = pjsip_check_who(pjsip, endpoint, &take);
	return rc || !take ? rc : make_endpoint(pjsip, endpoint);
}
