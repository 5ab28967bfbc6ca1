/* acl.conf, as Asterisk has it: named lists of permit and deny. Of each, the last line
 * that fits decides; an address must pass all lists of its endpoint. */
#include "channels/sip/endpoint/settings_acl.h"

#include "channels/sip/endpoint/networks.h"

struct reading {
	const struct rd_config_line *line;
	struct rd_config_report *report;
};

static int complain(void *arg, const char *text)
{
	const struct reading *reading = arg;
	const struct rd_config_line *line = reading->line;

	rd_config_error(reading->report, line->file, line->line,
			"%s: an address or network such as 10.0.0.0/8 was expected, not \"%s\"",
			line->name, text);
	return 0;
}

static int read_rules(struct sip_networks *rules, struct reading *reading,
		      const struct rd_config_section *list)
{
	int rc = 0;

	reading->line = NULL;
	while (rc == 0 && (reading->line = rd_config_line_next(list, reading->line))) {
		bool permit = strcasecmp(reading->line->name, "permit") == 0;

		if (permit || strcasecmp(reading->line->name, "deny") == 0)
			rc = sip_networks_add(rules, reading->line->value, permit);
		else
			rd_config_warning(reading->report, reading->line->file,
					  reading->line->line,
					  "%s has no effect: permit and deny are understood",
					  reading->line->name);
	}
	return rc;
}

static int add_list(struct sip_endpoint *endpoint, const struct rd_config_line *line,
		    struct rd_str name, const struct rd_config *acls,
		    struct rd_config_report *report)
{
	struct rd_pool *pool = endpoint->settings->pool;
	struct sip_acl *acl = rd_pool_zalloc(pool, sizeof(*acl));
	struct reading reading = { .report = report };
	const struct rd_config_section *list;
	struct sip_networks rules;
	char text[128];

	if (!acl)
		return -ENOMEM;
	acl->next = endpoint->acls;
	endpoint->acls = acl;
	rules = (struct sip_networks){ pool, &acl->rules, complain, &reading };
	list = rd_strcpyn(text, sizeof(text), name) ? rd_config_find(acls, text) : NULL;
	if (list)
		return read_rules(&rules, &reading, list);
	rd_config_warning(report, line->file, line->line,
			  "acl: there is no [%.*s] in acl.conf: nobody gets in", RD_STR_ARG(name));
	return sip_networks_add(&rules, "0.0.0.0/0, ::/0", false);
}

int sip_acl_read(struct sip_endpoint *endpoint, const struct rd_config_section *section,
		 const struct rd_config *acls, struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	int rc = 0;

	while (rc == 0 && (line = rd_config_line_next(section, line))) {
		struct rd_str rest = rd_str_of(line->value), name;

		if (strcasecmp(line->name, "acl") != 0)
			continue;
		while (rc == 0 && rest.n) {
			rd_str_cut(&rest, ',', &name);
			name = rd_str_trim(name);
			if (name.n)
				rc = add_list(endpoint, line, name, acls, report);
		}
	}
	return rc;
}

bool sip_acl_permits(const struct sip_acl *acls, const union sip_sockaddr *source)
{
	for (; acls; acls = acls->next)
		if (!sip_networks_permit(acls->rules, source))
			return false;
	return true;
}
