/* Who may come, and with which Contact, as Asterisk has it: of permit and deny the last
 * that fits decides; acl names lists of acl.conf, and what type=acl says is for everybody.
 * An address must pass all of them. */
#include "channels/sip/endpoint/settings_acl.h"

#include "channels/sip/endpoint/networks.h"

/* ---- what the lines are called ---- */

enum kind { PERMIT, DENY, LISTS };

static const struct word {
	const char *name;
	enum kind kind;
	bool contact;
} words[] = {
	{ "permit", PERMIT, false },	    { "deny", DENY, false },
	{ "acl", LISTS, false },	    { "contact_permit", PERMIT, true },
	{ "contact_deny", DENY, true },	    { "contact_acl", LISTS, true },
};

static const struct word *find_word(const char *name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(words); i++)
		if (strcasecmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

/* ---- rules ---- */

/* What is being read, and where it goes. */
struct reading {
	struct sip_settings *settings;
	struct rd_config_report *report;
	const struct rd_config_line *line;
	bool permits; /* the line does */
	bool closed;  /* whom a rule was to keep out cannot be told: nobody gets in */
};

/* Asterisk takes a mask with holes; here none has them. */
static void leave_out(struct reading *reading, const char *text, bool permit)
{
	const struct rd_config_line *line = reading->line;

	rd_config_warning(reading->report, line->file, line->line,
			  "%s: the mask of \"%s\" has holes, write several networks: %s",
			  line->name, text, permit ? "it is left out" : "nobody gets in");
	if (!permit)
		reading->closed = true;
}

/* What is no network as we have them. */
static int refuse_element(void *arg, const char *text)
{
	struct reading *reading = arg;
	const struct rd_config_line *line = reading->line;
	bool negated = *text == '!';
	struct sip_network network;

	if (sip_network_parse(&network, text + negated) == -EDOM) {
		leave_out(reading, text, reading->permits != negated);
		return 0;
	}
	rd_config_error(reading->report, line->file, line->line,
			"%s: an address or network such as 10.0.0.0/8 was expected, not \"%s\"",
			line->name, text);
	return 0;
}

/* More rules behind those that are there. */
static int add_rules(struct sip_network **rules, struct reading *reading, const char *text,
		     bool permit)
{
	struct sip_networks networks = { .pool = reading->settings->pool,
					 .tail = rules,
					 .other = refuse_element,
					 .arg = reading,
					 .negates = true };

	reading->permits = permit;
	while (*networks.tail)
		networks.tail = &(*networks.tail)->next;
	return sip_networks_add(&networks, text, permit);
}

/* One rule that nobody passes. */
static int shut(struct sip_network **rules, struct reading *reading)
{
	*rules = NULL;
	return add_rules(rules, reading, "0.0.0.0/0, ::/0", false);
}

/* ---- lists of acl.conf ---- */

static int read_list(struct sip_network **rules, struct reading *reading,
		     const struct rd_config_section *list)
{
	int rc = 0;

	reading->line = NULL;
	reading->closed = false;
	while (rc == 0 && (reading->line = rd_config_line_next(list, reading->line))) {
		const struct word *word = find_word(reading->line->name);

		if (word && !word->contact && word->kind != LISTS)
			rc = add_rules(rules, reading, reading->line->value, word->kind == PERMIT);
		else
			rd_config_warning(reading->report, reading->line->file,
					  reading->line->line,
					  "%s has no effect: permit and deny are understood",
					  reading->line->name);
	}
	return rc || !reading->closed ? rc : shut(rules, reading);
}

static int prepend(struct sip_acl **lists, const char *name, struct sip_network *rules,
		   struct rd_pool *pool)
{
	struct sip_acl *acl = rd_pool_alloc(pool, sizeof(*acl));

	if (!acl)
		return -ENOMEM;
	*acl = (struct sip_acl){ .next = *lists, .name = name, .rules = rules };
	*lists = acl;
	return 0;
}

int sip_acl_read_lists(struct sip_settings *settings, const struct rd_config *acls,
		       struct rd_config_report *report)
{
	struct reading reading = { .settings = settings, .report = report };
	const struct rd_config_section *section = NULL;
	int rc = 0;

	while (rc == 0 && (section = rd_config_next(acls, section, NULL))) {
		const char *name = rd_pool_strdup(settings->pool, rd_config_section_name(section));
		struct sip_network *rules = NULL;

		rc = name ? read_list(&rules, &reading, section) : -ENOMEM;
		if (rc == 0)
			rc = prepend(&settings->acls, name, rules, settings->pool);
	}
	return rc;
}

/* The one of the same case, else the first of the file: the last of these is kept first. */
static const struct sip_acl *find_list(const struct sip_settings *settings, struct rd_str name)
{
	const struct sip_acl *alike = NULL;

	for (const struct sip_acl *acl = settings->acls; acl; acl = acl->next) {
		if (rd_str_eq(rd_str_of(acl->name), name))
			return acl;
		if (rd_str_ieq(rd_str_of(acl->name), name))
			alike = acl;
	}
	return alike;
}

static int let_nobody_in(struct sip_access *access, struct reading *reading)
{
	struct sip_network *rules;
	int rc = shut(&rules, reading);

	return rc ? rc : prepend(&access->lists, NULL, rules, reading->settings->pool);
}

static int add_list(struct sip_access *access, struct reading *reading, struct rd_str name)
{
	const struct sip_acl *list = find_list(reading->settings, name);
	const struct rd_config_line *line = reading->line;

	if (list)
		return prepend(&access->lists, NULL, list->rules, reading->settings->pool);
	rd_config_warning(reading->report, line->file, line->line,
			  "%s: there is no [%.*s] in acl.conf: nobody gets in", line->name,
			  RD_STR_ARG(name));
	return let_nobody_in(access, reading);
}

static int add_lists(struct sip_access *access, struct reading *reading)
{
	struct rd_str rest = rd_str_of(reading->line->value), name;
	int rc = 0;

	while (rc == 0 && rest.n) {
		rd_str_cut(&rest, ',', &name);
		name = rd_str_trim(name);
		if (name.n)
			rc = add_list(access, reading, name);
	}
	return rc;
}

/* ---- sections ---- */

static int read_line(struct sip_access *access, struct reading *reading, const struct word *word)
{
	int rc;

	if (word->kind == LISTS)
		return add_lists(access, reading);
	reading->closed = false;
	rc = add_rules(&access->rules, reading, reading->line->value, word->kind == PERMIT);
	return rc || !reading->closed ? rc : let_nobody_in(access, reading);
}

int sip_acl_read(struct sip_permits *permits, struct sip_settings *settings,
		 const struct rd_config_section *section, struct rd_config_report *report)
{
	struct reading reading = { .settings = settings, .report = report };
	int rc = 0;

	while (rc == 0 && (reading.line = rd_config_line_next(section, reading.line))) {
		const struct word *word = find_word(reading.line->name);

		if (word)
			rc = read_line(word->contact ? &permits->contact : &permits->source,
				       &reading, word);
	}
	return rc;
}

/* Each section is a list of its own. */
static int add_common(struct sip_access *to, const struct sip_access *read, struct rd_pool *pool)
{
	int rc = read->rules ? prepend(&to->lists, NULL, read->rules, pool) : 0;

	for (const struct sip_acl *acl = read->lists; rc == 0 && acl; acl = acl->next)
		rc = prepend(&to->lists, NULL, acl->rules, pool);
	return rc;
}

int sip_acl_read_common(struct sip_settings *settings, const struct rd_config_section *section,
			struct rd_config_report *report)
{
	struct rd_pool *pool = settings->pool;
	struct sip_permits read = { 0 };
	int rc = sip_acl_read(&read, settings, section, report);

	if (rc == 0)
		rc = add_common(&settings->permits.source, &read.source, pool);
	return rc ? rc : add_common(&settings->permits.contact, &read.contact, pool);
}

/* ---- asking ---- */

static bool passes(const struct sip_access *access, const union sip_sockaddr *address)
{
	if (!sip_networks_permit(access->rules, address))
		return false;
	for (const struct sip_acl *acl = access->lists; acl; acl = acl->next)
		if (!sip_networks_permit(acl->rules, address))
			return false;
	return true;
}

bool sip_endpoint_permits(const struct sip_endpoint *endpoint,
			  const union sip_sockaddr *source)
{
	return passes(&endpoint->settings->permits.source, source) &&
	       passes(&endpoint->permits.source, source);
}

static bool is_open(const struct sip_access *access)
{
	return !access->rules && !access->lists;
}

/* A name fits no network, and tomorrow it may stand for another address. */
bool sip_endpoint_permits_contact(const struct sip_endpoint *endpoint, struct rd_str uri)
{
	const struct sip_access *common = &endpoint->settings->permits.contact;
	const struct sip_access *own = &endpoint->permits.contact;
	union sip_sockaddr address;

	if (is_open(common) && is_open(own))
		return true;
	return sip_uri_address(&address, uri) == 0 && passes(common, &address) &&
	       passes(own, &address);
}
