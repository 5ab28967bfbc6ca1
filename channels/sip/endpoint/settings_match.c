/* Where the requests of an endpoint come from: networks, addresses, names. */
#include "channels/sip/endpoint/settings_match.h"

static bool read_host(struct sip_where *where, const char *text)
{
	if (strncmp(text, "sip:", 4) == 0 || strncmp(text, "sips:", 5) == 0)
		return false;
	return sip_where_of_text(where, rd_str_of(text)) == 0;
}

bool sip_match_is_host(const char *text)
{
	union sip_sockaddr address;
	struct sip_where where;

	return read_host(&where, text) && (sip_where_is_name(&where) ||
					   sip_sockaddr_parse(&address, where.host, 0) == 0);
}

static bool is_name(const char *text)
{
	struct sip_where where;

	return read_host(&where, text) && sip_where_is_name(&where);
}

static int add_name(struct rd_pool *pool, struct sip_endpoint *endpoint, const char *host)
{
	struct sip_peer_name *name = rd_pool_zalloc(pool, sizeof(*name));

	if (!name)
		return -ENOMEM;
	name->host = rd_pool_strdup(pool, host);
	name->next = endpoint->names;
	endpoint->names = name;
	return name->host ? 0 : -ENOMEM;
}

/* One element. 0, -EINVAL when it is none, -ENOMEM. */
static int add_network(struct rd_pool *pool, struct sip_network ***tail, const char *text,
		       bool permit)
{
	struct sip_network *network = rd_pool_zalloc(pool, sizeof(*network));

	if (!network)
		return -ENOMEM;
	if (sip_network_parse(network, text))
		return -EINVAL;
	network->permit = permit;
	**tail = network;
	*tail = &network->next;
	return 0;
}

/* One line: several elements with commas. named: who may have names among them. */
static int add_line(struct rd_pool *pool, struct sip_network ***tail,
		    struct sip_endpoint *named, const struct rd_config_line *line,
		    struct rd_config_report *report)
{
	struct rd_str rest = rd_str_of(line->value), item;
	int rc = 0;

	while (rest.n && rc != -ENOMEM) {
		char text[256];

		rd_str_cut(&rest, ',', &item);
		rc = rd_strcpyn(text, sizeof(text), rd_str_trim(item))
			     ? add_network(pool, tail, text, line->name[0] != 'd')
			     : -EINVAL;
		if (rc == -EINVAL && named && is_name(text))
			rc = add_name(pool, named, text);
		if (rc == -EINVAL)
			rd_config_error(report, line->file, line->line,
					"%s: an address or network such as 10.0.0.0/8%s "
					"was expected, not \"%s\"",
					line->name,
					named ? ", or a host," : "", text);
	}
	return rc == -ENOMEM ? rc : 0;
}

/* What a peer's requests come from, when nothing else is said: where it is. */
static int match_host(struct rd_pool *pool, struct sip_endpoint *endpoint)
{
	struct sip_network **tail = &endpoint->match;
	char text[SIP_SOCKADDR_TEXT];
	struct sip_where where;

	if (!read_host(&where, endpoint->host))
		return 0;
	if (sip_where_is_name(&where))
		return add_name(pool, endpoint, endpoint->host);
	return rd_strcpyn(text, sizeof(text), where.host) &&
			       add_network(pool, &tail, text, true) == -ENOMEM
		       ? -ENOMEM
		       : 0;
}

int sip_match_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		   const struct rd_config_section *section,
		   struct rd_config_report *report)
{
	struct sip_network **access = &endpoint->access, **match = &endpoint->match;
	const struct rd_config_line *line = NULL;
	struct rd_pool *pool = settings->pool;
	int rc = 0;

	while (rc == 0 && (line = rd_config_line_next(section, line))) {
		if (strcmp(line->name, "permit") == 0 || strcmp(line->name, "deny") == 0)
			rc = add_line(pool, &access, NULL, line, report);
		else if (strcmp(line->name, "match") == 0)
			rc = add_line(pool, &match, endpoint, line, report);
	}
	if (rc == 0 && endpoint->type == SIP_SECTION_PEER && endpoint->host &&
	    !endpoint->match && !endpoint->names)
		rc = match_host(pool, endpoint);
	return rc;
}
