/* type=registration: a provider that we register with. Its lines go to the endpoint that
 * calls go to and come from, or to a section of their own where there is none. */
#include "channels/sip/endpoint/pjsip_convert.h"
#include "channels/sip/message/uri.h"

/* ---- whose it is ---- */

static bool is_free(struct rd_config_section *to)
{
	return to && !pjsip_value(to, "register");
}

/* The endpoint that says who we are with the same password. */
static struct rd_config_section *with_same_auth(const struct pjsip *pjsip, const char *auth)
{
	const struct rd_config_section *section = NULL;
	struct rd_config_section *to;

	while (auth && (section = rd_config_next(pjsip->in, section, NULL))) {
		const char *its = pjsip_value(section, "outbound_auth");

		if (!pjsip_is_of_type(section, "endpoint") || !its || strcmp(its, auth) != 0)
			continue;
		to = rd_map_get(pjsip->ours, rd_config_section_name(section));
		if (is_free(to))
			return to;
	}
	return NULL;
}

static struct rd_config_section *endpoint_of(const struct pjsip *pjsip,
					     const struct rd_config_section *registration)
{
	const char *named = pjsip_value(registration, "endpoint");
	const char *name = named ? named : rd_config_section_name(registration);
	struct rd_config_section *to = rd_map_get(pjsip->ours, name);

	if (!to && !named)
		to = with_same_auth(pjsip, pjsip_value(registration, "outbound_auth"));
	return is_free(to) ? to : NULL;
}

/* A hash answers the registrar, but proves of nobody else that it is him. */
static bool is_by_password(const struct pjsip *pjsip, const struct rd_config_section *registration)
{
	const struct rd_config_section *auth =
		pjsip_auth_of(pjsip, pjsip_line(registration, "outbound_auth"));

	return auth && pjsip_is_by_password(auth);
}

/* Nobody is known by it: calls come from and go to endpoints. */
static struct rd_config_section *own_section(struct pjsip *pjsip,
					     const struct rd_config_section *registration,
					     const struct rd_config_line *server)
{
	const struct rd_config_line *named = pjsip_line(registration, "endpoint");
	const char *name = rd_config_section_name(registration);
	struct rd_config_section *to;
	int rc;

	if (rd_map_get(pjsip->ours, name))
		name = rd_pool_printf(pjsip->pool, "%s-registration", name);
	to = name ? pjsip_add_section(pjsip, registration, name, "peer") : NULL;
	if (!to)
		return NULL;
	rc = is_by_password(pjsip, registration)
		     ? pjsip_add(pjsip, to, server, "trust_match", "no")
		     : pjsip_convert_contact(pjsip, to, server);
	if (rc == 0 && named && rd_map_get(pjsip->ours, named->value))
		rc = pjsip_add(pjsip, to, named, "register_endpoint", named->value);
	return rc ? NULL : to;
}

/* ---- what it says ---- */

static int take_password(struct pjsip *pjsip, struct rd_config_section *to,
			 const struct rd_config_section *registration)
{
	const struct rd_config_line *line = pjsip_line(registration, "outbound_auth");
	const struct rd_config_section *auth;
	const char *password;
	int rc;

	if (!line)
		return 0;
	auth = pjsip_auth_of(pjsip, line);
	if (!auth) {
		rd_config_warning(pjsip->report, line->file, line->line,
				  "outbound_auth: there is no [%s] of type=auth", line->value);
		return 0;
	}
	password = pjsip_value(to, "secret");
	if (password) {
		const char *ours = pjsip_value(auth, "password");

		return ours && strcmp(ours, password) == 0
			       ? 0
			       : pjsip_note(pjsip, line, "the endpoint's password serves");
	}
	pjsip->outbound = true;
	rc = pjsip_translate(pjsip, pjsip_auth_options, to, auth);
	pjsip->outbound = false;
	return rc;
}

/* Who says which device we are may have a name for it (RFC 5627); Asterisk does not ask. */
static bool wants_outbound(const struct rd_config_section *registration)
{
	const char *value = pjsip_value(registration, "support_outbound");
	bool yes = false;

	return value && rd_config_bool(rd_str_of(value), &yes) && yes;
}

/* What is so in Asterisk when nothing is said. */
static int take_defaults(struct pjsip *pjsip, struct rd_config_section *to,
			 const struct rd_config_section *registration,
			 const struct rd_config_line *server)
{
	int rc = pjsip_add(pjsip, to, server, "register", "yes");

	if (rc == 0 && !pjsip_line(registration, "contact_user"))
		rc = pjsip_add(pjsip, to, server, "register_contact", "s");
	if (rc == 0 && !pjsip_line(registration, "support_outbound"))
		rc = pjsip_add(pjsip, to, server, "outbound", "no");
	return rc || wants_outbound(registration) ? rc : pjsip_add(pjsip, to, server, "gruu", "no");
}

/* Whoever has no password to say, or a hash of it, is turned away by every registrar that
 * asks. */
static bool lacks_password(const struct pjsip *pjsip, const struct rd_config_section *to,
			   const struct rd_config_line *named)
{
	const struct rd_config_section *auth = pjsip_auth_of(pjsip, named);

	if (!named || (to && pjsip_value(to, "secret")))
		return false;
	return !auth || (!pjsip_is_by_password(auth) && !pjsip_is_by_hash(auth));
}

int pjsip_take_registration(struct pjsip *pjsip, const struct rd_config_section *registration)
{
	const struct rd_config_line *named = pjsip_line(registration, "outbound_auth");
	const struct rd_config_line *server = pjsip_line(registration, "server_uri");
	struct rd_config_section *to = endpoint_of(pjsip, registration);
	int rc;

	if (!server) {
		rd_config_error(pjsip->report, rd_config_section_file(registration),
				rd_config_section_line(registration),
				"[%s] a line \"server_uri = sip:...\" was expected",
				rd_config_section_name(registration));
		return 0;
	}
	if (lacks_password(pjsip, to, named)) {
		rd_config_warning(pjsip->report, named->file, named->line,
				  "[%s] is left out: there is no type=auth \"%s\" with a password",
				  rd_config_section_name(registration), named->value);
		return 0;
	}
	if (!to)
		to = own_section(pjsip, registration, server);
	if (!to)
		return -ENOMEM;
	rc = take_defaults(pjsip, to, registration, server);
	if (rc == 0)
		rc = pjsip_translate(pjsip, pjsip_registration_options, to, registration);
	return rc ? rc : take_password(pjsip, to, registration);
}

/* ---- lines ---- */

int pjsip_convert_server_uri(struct pjsip *pjsip, struct rd_config_section *to,
			     const struct rd_config_line *line)
{
	bool secure = sip_uri_is_secure(rd_str_of(line->value));

	if (!sip_uri_has_scheme(rd_str_of(line->value)))
		return pjsip_note(pjsip, line, "a sip: or sips: URI is");
	return pjsip_add(pjsip, to, line, "register_server", line->value + (secure ? 0 : 4));
}

/* Its scheme is the server's: for a registrar they are the same (RFC 5630 §4.1). */
int pjsip_convert_client_uri(struct pjsip *pjsip, struct rd_config_section *to,
			     const struct rd_config_line *line)
{
	bool secure = sip_uri_is_secure(rd_str_of(line->value));

	if (!sip_uri_has_scheme(rd_str_of(line->value)))
		return pjsip_note(pjsip, line, "a sip: or sips: URI is");
	return pjsip_add(pjsip, to, line, "register_as", line->value + (secure ? 5 : 4));
}

/* One section has one transport. */
int pjsip_convert_its_transport(struct pjsip *pjsip, struct rd_config_section *to,
				const struct rd_config_line *line)
{
	const char *former = pjsip_value(to, "transport");

	if (!former)
		return pjsip_convert_transport(pjsip, to, line);
	return strcmp(former, line->value) == 0
		       ? 0
		       : pjsip_note(pjsip, line, "the endpoint's transport serves");
}
