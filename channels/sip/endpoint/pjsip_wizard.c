/* pjsip_wizard.conf: one section stands for an endpoint with its aor, auth and
 * identify. It is taken apart into these, which pjsip.c then reads like
 * any others. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/base.h>

#include "channels/sip/endpoint/pjsip.h"

struct wizard {
	struct pjsip *pjsip;
	const struct rd_config_section *from;
	struct rd_config_line place; /* of what the section says as a whole */
};

static bool says_yes(const struct wizard *wizard, const char *option)
{
	const char *value = rd_config_get(wizard->from, option);

	return value && (strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0 ||
			 strcasecmp(value, "on") == 0 || strcmp(value, "1") == 0);
}

static int add(const struct wizard *wizard, struct rd_config_section *to,
	       const struct rd_config_line *place, const char *name, const char *value)
{
	const struct rd_config_line line = {
		.name = name, .value = value, .file = place->file, .line = place->line
	};

	return rd_config_add_line(wizard->pjsip->in, to, &line);
}

/* A section of a type, with all lines that begin with prefix. */
static int make(const struct wizard *wizard, const char *suffix, const char *type,
		const char *prefix, struct rd_config_section **to)
{
	const struct rd_config_line *line = NULL;
	size_t n = strlen(prefix);
	char name[160];
	int rc;

	snprintf(name, sizeof(name), "%s%s", rd_config_section_name(wizard->from), suffix);
	*to = rd_config_add_section(wizard->pjsip->in, name, wizard->place.file,
				    wizard->place.line);
	if (!*to)
		return -ENOMEM;
	rc = add(wizard, *to, &wizard->place, "type", type);
	while (rc == 0 && (line = rd_config_line_next(wizard->from, line)))
		if (strncasecmp(line->name, prefix, n) == 0)
			rc = add(wizard, *to, line, line->name + n, line->value);
	return rc;
}

static int make_auth(const struct wizard *wizard, struct rd_config_section *endpoint,
		     const char *option, const char *suffix, const char *prefix)
{
	struct rd_config_section *auth;
	char name[160];
	int rc;

	snprintf(name, sizeof(name), "%s%s", rd_config_section_name(wizard->from), suffix);
	rc = add(wizard, endpoint, &wizard->place, option, name);
	return rc ? rc : make(wizard, suffix, "auth", prefix, &auth);
}

/* Without its port: "192.0.2.1", "[2001:db8::1]". */
static struct rd_str without_port(struct rd_str host)
{
	const char *end = memchr(host.p, ']', host.n);
	const char *from = end ? end : host.p;
	const char *colon = memchr(from, ':', host.n - (size_t)(from - host.p));

	if (colon)
		host.n = (size_t)(colon - host.p);
	return host;
}

/* A line for each of the remote hosts. */
static int add_hosts(const struct wizard *wizard, struct rd_config_section *to,
		     const char *option, const char *before, bool with_port)
{
	struct rd_str rest = rd_str_of(rd_config_get(wizard->from, "remote_hosts")), host;
	char text[300];
	int rc = 0;

	while (rc == 0 && rest.n) {
		rd_str_cut(&rest, ',', &host);
		host = rd_str_trim(host);
		if (!with_port)
			host = without_port(host);
		snprintf(text, sizeof(text), "%s%.*s", before, RD_STR_ARG(host));
		rc = add(wizard, to, &wizard->place, option, text);
	}
	return rc;
}

static int make_aor(const struct wizard *wizard)
{
	struct rd_config_section *aor;
	int rc = make(wizard, "", "aor", "aor/", &aor);

	if (rc == 0 && !rd_config_get(aor, "contact"))
		rc = add_hosts(wizard, aor, "contact", "sip:", true);
	if (rc == 0 && says_yes(wizard, "accepts_registrations") &&
	    !rd_config_get(aor, "max_contacts"))
		rc = add(wizard, aor, &wizard->place, "max_contacts", "1");
	return rc;
}

/* Who does not register is known by where he comes from. */
static int make_identify(const struct wizard *wizard)
{
	struct rd_config_section *identify;
	int rc;

	if (says_yes(wizard, "accepts_registrations") ||
	    !rd_config_get(wizard->from, "remote_hosts"))
		return 0;
	rc = make(wizard, "-identify", "identify", "identify/", &identify);
	if (rc == 0 && !rd_config_get(identify, "match"))
		rc = add_hosts(wizard, identify, "match", "", false);
	return rc ? rc : add(wizard, identify, &wizard->place, "endpoint",
			     rd_config_section_name(wizard->from));
}

static int make_endpoint(const struct wizard *wizard)
{
	const char *transport = rd_config_get(wizard->from, "transport");
	const char *proxy = rd_config_get(wizard->from, "outbound_proxy");
	struct rd_config_section *endpoint;
	int rc = make(wizard, "", "endpoint", "endpoint/", &endpoint);

	if (rc == 0 && !rd_config_get(endpoint, "aors"))
		rc = add(wizard, endpoint, &wizard->place, "aors",
			 rd_config_section_name(wizard->from));
	if (rc == 0 && transport)
		rc = add(wizard, endpoint, &wizard->place, "transport", transport);
	if (rc == 0 && proxy)
		rc = add(wizard, endpoint, &wizard->place, "outbound_proxy", proxy);
	if (rc == 0 && says_yes(wizard, "accepts_auth"))
		rc = make_auth(wizard, endpoint, "auth", "-iauth", "inbound_auth/");
	if (rc == 0 && says_yes(wizard, "sends_auth"))
		rc = make_auth(wizard, endpoint, "outbound_auth", "-oauth", "outbound_auth/");
	return rc;
}

/* What the wizard's own options ask for and nothing was made of. */
static int note_rest(const struct wizard *wizard)
{
	static const struct {
		const char *name, *note;
	} notes[] = {
		{ "sends_registrations", "registering with a provider is not there yet" },
		{ "has_phoneprov", "there is no provisioning of phones" },
		{ "has_hint", "write the hint into extensions.conf" },
	};
	const struct rd_config_line *line = NULL;
	int rc = 0;

	while (rc == 0 && (line = rd_config_line_next(wizard->from, line)))
		for (size_t i = 0; rc == 0 && i < RD_ARRAY_SIZE(notes); i++)
			if (strcasecmp(line->name, notes[i].name) == 0 &&
			    strcasecmp(line->value, "no") != 0)
				rc = pjsip_note(wizard->pjsip, line, notes[i].note);
	return rc;
}

static int take_apart(struct pjsip *pjsip, const struct rd_config_section *section)
{
	struct wizard wizard = {
		.pjsip = pjsip,
		.from = section,
		.place = { .file = rd_config_section_file(section),
			   .line = rd_config_section_line(section) },
	};
	int rc = make_endpoint(&wizard);

	if (rc == 0)
		rc = make_aor(&wizard);
	if (rc == 0)
		rc = make_identify(&wizard);
	return rc ? rc : note_rest(&wizard);
}

int pjsip_read_wizard(struct pjsip *pjsip)
{
	const struct rd_config_section *section = NULL;
	struct rd_config *config;
	const char *type;
	int rc = rd_config_load(&config, "pjsip_wizard.conf", pjsip->report);

	if (rc)
		return rc;
	while (rc == 0 && (section = rd_config_next(config, section, NULL))) {
		type = rd_config_get(section, "type");
		if (type && strcasecmp(type, "wizard") == 0)
			rc = take_apart(pjsip, section);
		else
			rd_config_error(pjsip->report, rd_config_section_file(section),
					rd_config_section_line(section),
					"[%s] a line \"type = wizard\" was expected",
					rd_config_section_name(section));
	}
	rd_config_unref(config);
	return rc;
}
