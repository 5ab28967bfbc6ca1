/* pjsip_wizard.conf: one section stands for an endpoint with its aor, auth and
 * identify. It is taken apart into these, which pjsip.c then reads like
 * any others. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/base.h>

#include "channels/sip/endpoint/pjsip.h"

static const char no_provisioning[] = "there is no provisioning of phones";
static const char no_hint[] = "write the hint into extensions.conf";

struct wizard {
	struct pjsip *pjsip;
	const struct rd_config_section *from;
	struct rd_config_line place; /* of what the section says as a whole */
};

static bool says_yes(const struct wizard *wizard, const char *option)
{
	bool yes = false;

	rd_config_bool(rd_str_of(rd_config_get(wizard->from, option)), &yes);
	return yes;
}

static int add(const struct wizard *wizard, struct rd_config_section *to,
	       const struct rd_config_line *place, const char *name, const char *value)
{
	struct rd_config_line line = *place;

	line.name = name;
	line.value = value;
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

/* A line for each of the remote hosts: the pattern with its name in it. */
static int add_hosts(const struct wizard *wizard, struct rd_config_section *to, const char *option,
		     const char *pattern, bool with_port)
{
	static const char place[] = "${REMOTE_HOST}";
	struct rd_str rest = rd_str_of(rd_config_get(wizard->from, "remote_hosts")), host;
	const char *at = strstr(pattern, place);
	int rc = 0, before = at ? (int)(at - pattern) : (int)strlen(pattern);
	char text[300];

	while (rc == 0 && rest.n) {
		rd_str_cut(&rest, ',', &host);
		host = rd_str_trim(host);
		if (!with_port)
			host = without_port(host);
		snprintf(text, sizeof(text), "%.*s%.*s%s", before, pattern, at ? (int)host.n : 0,
			 host.p, at ? at + strlen(place) : "");
		rc = add(wizard, to, &wizard->place, option, text);
	}
	return rc;
}

static int make_aor(const struct wizard *wizard)
{
	struct rd_config_section *aor;
	const char *pattern = rd_config_get(wizard->from, "contact_pattern");
	int rc = make(wizard, "", "aor", "aor/", &aor);

	if (rc == 0 && !rd_config_get(aor, "contact"))
		rc = add_hosts(wizard, aor, "contact", pattern ? pattern : "sip:${REMOTE_HOST}",
			       true);
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
		rc = add_hosts(wizard, identify, "match", "${REMOTE_HOST}", false);
	return rc ? rc : add(wizard, identify, &wizard->place, "endpoint",
			     rd_config_section_name(wizard->from));
}

/* ---- registrations ---- */

/* A pattern with ${REMOTE_HOST} and ${USERNAME} filled in; NULL: no memory. */
static const char *fill_in(const struct wizard *wizard, const char *pattern, struct rd_str host)
{
	struct rd_pool *pool = wizard->pjsip->pool;
	struct rd_str user = rd_str_of(rd_config_get(wizard->from, "outbound_auth/username"));
	const struct {
		struct rd_str place, text;
	} words[] = { { RD_STR("${REMOTE_HOST}"), host }, { RD_STR("${USERNAME}"), user } };
	const char *text = pattern;

	for (size_t i = 0; text && i < RD_ARRAY_SIZE(words); i++) {
		const char *at = strstr(text, words[i].place.p);

		if (at)
			text = rd_pool_printf(pool, "%.*s%.*s%s", (int)(at - text), text,
					      RD_STR_ARG(words[i].text), at + words[i].place.n);
	}
	return text;
}

static int add_uri(const struct wizard *wizard, struct rd_config_section *to, const char *option,
		   const char *pattern, struct rd_str host)
{
	char name[64];
	const char *text, *given;

	snprintf(name, sizeof(name), "%s_pattern", option);
	given = rd_config_get(wizard->from, name);
	text = fill_in(wizard, given ? given : pattern, host);
	return text ? add(wizard, to, &wizard->place, option, text) : -ENOMEM;
}

/* Options of the wizard that its registrations have, too. */
static int add_same(const struct wizard *wizard, struct rd_config_section *to)
{
	static const char *const names[] = { "transport", "outbound_proxy" };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < RD_ARRAY_SIZE(names); i++) {
		const char *value = rd_config_get(wizard->from, names[i]);

		if (value && !rd_config_get(to, names[i]))
			rc = add(wizard, to, &wizard->place, names[i], value);
	}
	return rc;
}

static int make_registration(const struct wizard *wizard, struct rd_str host, int number)
{
	const char *name = rd_config_section_name(wizard->from);
	struct rd_config_section *to;
	char text[160];
	int rc;

	snprintf(text, sizeof(text), "-reg-%d", number);
	rc = make(wizard, text, "registration", "registration/", &to);
	if (rc == 0)
		rc = add_uri(wizard, to, "server_uri", "sip:${REMOTE_HOST}", host);
	if (rc == 0)
		rc = add_uri(wizard, to, "client_uri", "sip:${USERNAME}@${REMOTE_HOST}", host);
	if (rc == 0)
		rc = add(wizard, to, &wizard->place, "endpoint", name);
	if (rc == 0)
		rc = add_same(wizard, to);
	if (rc == 0 && says_yes(wizard, "sends_line_with_registrations"))
		rc = add(wizard, to, &wizard->place, "line", "yes");
	snprintf(text, sizeof(text), "%s-oauth", name);
	return rc || !says_yes(wizard, "sends_auth")
		       ? rc
		       : add(wizard, to, &wizard->place, "outbound_auth", text);
}

/* With each of the remote hosts. */
static int make_registrations(const struct wizard *wizard)
{
	struct rd_str rest = rd_str_of(rd_config_get(wizard->from, "remote_hosts")), host;
	int rc = 0, number = 0;

	if (!says_yes(wizard, "sends_registrations"))
		return 0;
	while (rc == 0 && rest.n) {
		rd_str_cut(&rest, ',', &host);
		rc = make_registration(wizard, rd_str_trim(host), number++);
	}
	return rc;
}

/* ---- all of it ---- */

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

/* The wizard's own options, and what sections the rest is for. Those with a note are
 * reported when they ask for something. */
static const struct {
	const char *name, *note;
} own_options[] = {
	{ "type", NULL },
	{ "accepts_auth", NULL },
	{ "accepts_registrations", NULL },
	{ "contact_pattern", NULL },
	{ "outbound_proxy", NULL },
	{ "remote_hosts", NULL },
	{ "sends_auth", NULL },
	{ "transport", NULL },
	{ "aor/", NULL },
	{ "endpoint/", NULL },
	{ "identify/", NULL },
	{ "inbound_auth/", NULL },
	{ "outbound_auth/", NULL },
	{ "sends_registrations", NULL },
	{ "sends_line_with_registrations", NULL },
	{ "client_uri_pattern", NULL },
	{ "server_uri_pattern", NULL },
	{ "registration/", NULL },
	{ "has_phoneprov", no_provisioning },
	{ "phoneprov/", no_provisioning },
	{ "has_hint", no_hint },
	{ "hint_application", no_hint },
	{ "hint_context", no_hint },
	{ "hint_exten", no_hint },
};

static bool is_named(const char *line, const char *name)
{
	size_t n = strlen(name);

	return name[n - 1] == '/' ? strncasecmp(line, name, n) == 0 : strcasecmp(line, name) == 0;
}

static void complain(struct pjsip *pjsip, const struct rd_config_line *line)
{
	const char *names[RD_ARRAY_SIZE(own_options) + 1] = { NULL }, *near;

	for (size_t i = 0; i < RD_ARRAY_SIZE(own_options); i++)
		names[i] = own_options[i].name;
	near = rd_str_nearest(line->name, names);
	rd_config_error(pjsip->report, line->file, line->line,
			"unknown option \"%s\" of type=wizard%s%s%s", line->name,
			near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int check_line(struct pjsip *pjsip, const struct rd_config_line *line)
{
	const char *note;
	size_t i = 0;

	while (i < RD_ARRAY_SIZE(own_options) && !is_named(line->name, own_options[i].name))
		i++;
	if (i == RD_ARRAY_SIZE(own_options)) {
		complain(pjsip, line);
		return 0;
	}
	note = own_options[i].note;
	if (!note || !*line->value || strcasecmp(line->value, "no") == 0)
		return 0;
	return pjsip_note(pjsip, line, note);
}

/* Nothing is passed over in silence. */
static int check_lines(const struct wizard *wizard)
{
	const struct rd_config_line *line = NULL;
	int rc = 0;

	while (rc == 0 && (line = rd_config_line_next(wizard->from, line)))
		rc = check_line(wizard->pjsip, line);
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
	if (rc == 0)
		rc = make_registrations(&wizard);
	return rc ? rc : check_lines(&wizard);
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
			rd_config_warning(pjsip->report, rd_config_section_file(section),
					  rd_config_section_line(section),
					  "[%s] is not read: it has no line \"type = wizard\"",
					  rd_config_section_name(section));
	}
	rd_config_unref(config);
	return rc;
}
