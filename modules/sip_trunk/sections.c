/* From the sections of trunks.conf to those of sip.conf: to the SIP driver a trunk is a
 * peer, with all that a peer can do. */
#include <string.h>
#include <strings.h>

#include "modules/sip_trunk/settings.h"

struct writer {
	struct rd_config *out;
	const struct rd_config_section *from;
	struct rd_config_section *to;
	int rc; /* the first failure; what follows does nothing */
};

static void add_line(struct writer *w, const struct rd_config_line *line)
{
	if (w->rc == 0)
		w->rc = rd_config_add_line(w->out, w->to, line);
}

/* What a line of the section means in other words, or what stands in it unsaid. */
static void add(struct writer *w, const struct rd_config_line *said, const char *name,
		const char *value)
{
	const struct rd_config_line line = {
		.name = name,
		.value = value,
		.file = said ? said->file : rd_config_section_file(w->from),
		.line = said ? said->line : rd_config_section_line(w->from),
	};

	add_line(w, &line);
}

static void add_default(struct writer *w, const char *name, const char *value)
{
	if (!rd_config_get(w->from, name))
		add(w, NULL, name, value);
}

/* Whoever gives account and password wants to be registered. */
static bool wants_registration(const struct rd_config_section *section)
{
	const char *said = rd_config_get(section, "register");
	bool wanted = rd_config_get(section, "user") && rd_config_get(section, "host") &&
		      (rd_config_get(section, "secret") || rd_config_get(section, "secret_file"));

	if (said)
		rd_config_bool(rd_str_of(said), &wanted);
	return wanted;
}

/* "tel.example" of "sips:tel.example:5061;transport=tls", of "4930@tel.example" too. */
static struct rd_str domain_of(const char *uri)
{
	const char *host = strchr(uri, '@');
	size_t n;

	if (host)
		host++;
	else if (strncasecmp(uri, "sips:", 5) == 0)
		host = uri + 5;
	else
		host = strncasecmp(uri, "sip:", 4) == 0 ? uri + 4 : uri;
	n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":;?");
	return (struct rd_str){ host, RD_MIN(n, strlen(host)) };
}

/* Many a provider takes calls from its own domain alone: what we are registered as. */
static void add_domain(struct writer *w)
{
	static const char *const names[] = { "register_as", "register_server", "host" };
	const char *uri = NULL;
	char domain[256];

	for (size_t i = 0; i < RD_ARRAY_SIZE(names) && !uri; i++)
		uri = rd_config_get(w->from, names[i]);
	if (uri && rd_strcpyn(domain, sizeof(domain), domain_of(uri)) && *domain)
		add_default(w, "from_domain", domain);
}

/* A provider is not one of the house: it moves no calls of ours, and watches nobody. */
static void add_defaults(struct writer *w)
{
	static const char *const watch[][2] = { { "qualify", "30s" },
						{ "qualify_failures", "2" },
						{ "qualify_answers", "2" },
						{ "qualify_retry", "2s" } };
	static const char *const closed[] = { "allow_transfer", "allow_subscribe",
					      "unsolicited_mwi", "replaces", "join" };

	if (wants_registration(w->from)) {
		add_default(w, "register", "yes");
		add_default(w, "register_line", "yes");
		add_default(w, "register_expires", "2m");
		add_domain(w);
	}
	if (rd_config_get(w->from, "host"))
		for (size_t i = 0; i < RD_ARRAY_SIZE(watch); i++)
			add_default(w, watch[i][0], watch[i][1]);
	for (size_t i = 0; i < RD_ARRAY_SIZE(closed); i++)
		add_default(w, closed[i], "no");
}

static bool says(struct rd_str list, const char *word)
{
	struct rd_str one;

	while (list.n) {
		rd_str_cut(&list, ',', &one);
		if (rd_str_ieq(rd_str_trim(one), rd_str_of(word)))
			return true;
	}
	return false;
}

/* Who may not be shown is told it all the same where it has headers of its own for that: it
 * shows him to nobody (RFC 3325), and has to know. */
static void write_identity(struct writer *w, const struct rd_config_line *line)
{
	static const char *const headers[][2] = { { "pai", "send_pai" },
						  { "ppi", "send_ppi" },
						  { "rpid", "send_rpid" } };
	struct rd_str list = rd_str_of(line->value);

	for (size_t i = 0; i < RD_ARRAY_SIZE(headers); i++) {
		if (!says(list, headers[i][0]))
			continue;
		add(w, line, headers[i][1], "yes");
		if (!rd_config_get(w->from, "trust_id_outbound"))
			add(w, line, "trust_id_outbound", "yes");
	}
	if (says(list, "account") && rd_config_get(w->from, "user"))
		add(w, line, "from_user", rd_config_get(w->from, "user"));
}

static void write_lines(struct writer *w)
{
	const struct rd_config_line *line = NULL;

	while ((line = rd_config_line_next(w->from, line)))
		if (strcasecmp(line->name, "user") == 0)
			add(w, line, "username", line->value);
		else if (strcasecmp(line->name, "identity") == 0)
			write_identity(w, line);
		else if (!trunk_is_own_option(line->name))
			add_line(w, line);
}

static int write_trunk(struct rd_config *out, const struct rd_config_section *from)
{
	struct writer w = { .out = out, .from = from };

	w.to = rd_config_add_section(out, rd_config_section_name(from),
				     rd_config_section_file(from), rd_config_section_line(from));
	if (!w.to)
		return -ENOMEM;
	add(&w, NULL, "type", "peer");
	add_defaults(&w);
	write_lines(&w);
	return w.rc;
}

/* Why it cannot be read is told by the module's own build. */
static int load(struct rd_config **cp, struct rd_config_report *report)
{
	struct rd_config_report *unread;
	int rc = rd_config_report_new(&unread);

	if (rc)
		return rc;
	rc = rd_config_load(cp, TRUNKS_CONF, unread);
	if (rc == 0 && rd_config_errors(unread)) {
		rd_config_unref(*cp);
		rc = -EINVAL;
	}
	rd_config_report_free(unread);
	if (rc == -EINVAL)
		rd_config_error(report, TRUNKS_CONF, 0, "it has errors: there would be no trunks");
	return rc;
}

int trunk_sections(struct rd_config *config, struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	struct rd_config *trunks;
	int rc = load(&trunks, report);

	if (rc)
		return rc == -ENOENT || rc == -EINVAL ? 0 : rc;
	while (rc == 0 && (section = rd_config_next(trunks, section, NULL)))
		if (trunk_is_section(section))
			rc = write_trunk(config, section);
	rd_config_unref(trunks);
	return rc;
}
