/* Where the requests of an endpoint come from: networks, addresses, names. */
#include "channels/sip/endpoint/settings_match.h"

#include "channels/sip/endpoint/match_header.h"
#include "channels/sip/endpoint/networks.h"

static bool read_host(struct sip_where *where, const char *text)
{
	return !sip_uri_has_scheme(rd_str_of(text)) &&
	       sip_where_of_text(where, rd_str_of(text)) == 0;
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

/* A line that is read, and whose it is. */
struct reading {
	struct rd_pool *pool;
	const struct rd_config_line *line;
	struct rd_config_report *report;
	struct sip_endpoint *endpoint;
};

/* An element that is no network. */
static int take_name(void *arg, const char *text)
{
	const struct reading *reading = arg;
	const struct rd_config_line *line = reading->line;

	if (is_name(text))
		return add_name(reading->pool, reading->endpoint, text);
	rd_config_error(reading->report, line->file, line->line,
			"%s: an address or network such as 10.0.0.0/8, or a host, was expected, "
			"not \"%s\"", line->name, text);
	return 0;
}

/* Nobody has half of the world's addresses. */
static bool is_everybody(const struct sip_network *network)
{
	unsigned least = network->address.sa.sa_family == AF_INET6 ? 16 : 8;

	return network->bits < least;
}

/* Whoever calls from there is this endpoint, without a password. */
static void review_networks(const struct reading *reading, const struct sip_network *it)
{
	const struct rd_config_line *line = reading->line;

	for (; it && reading->endpoint->trust_match; it = it->next)
		if (is_everybody(it))
			rd_config_warning(reading->report, line->file, line->line,
					  "%s: match = %s: whoever calls from anywhere is taken "
					  "for it, and needs no password: name its networks, or "
					  "say \"trust_match = no\"",
					  reading->endpoint->name, line->value);
}

static int read_networks(struct sip_networks *networks, const struct reading *reading)
{
	struct sip_network **begin = networks->tail;
	int rc = sip_networks_add(networks, reading->line->value, true);

	if (rc == 0)
		review_networks(reading, *begin);
	return rc;
}

static int match_host(struct sip_networks *networks, struct sip_endpoint *endpoint,
		      const char *host)
{
	char text[SIP_SOCKADDR_TEXT];
	struct sip_where where;

	if (!read_host(&where, host))
		return 0;
	if (sip_where_is_name(&where))
		return add_name(networks->pool, endpoint, host);
	return rd_strcpyn(text, sizeof(text), where.host) &&
			       sip_networks_add(networks, text, true) == -ENOMEM
		       ? -ENOMEM
		       : 0;
}

/* What a peer's requests come from, when nothing else is said: where it is. */
static int match_hosts(struct rd_pool *pool, struct sip_endpoint *endpoint)
{
	struct sip_networks networks = { .pool = pool, .tail = &endpoint->match };
	const struct sip_endpoint *at = endpoint;
	int rc = 0;

	for (; rc == 0 && at; at = at->other_host)
		rc = match_host(&networks, endpoint, at->host);
	return rc;
}

static int read_header(struct sip_settings *settings, struct sip_endpoint *endpoint,
		       const struct rd_config_line *line, struct rd_config_report *report)
{
	const char *why = sip_match_header_fault(line->value);

	if (!why)
		return sip_match_header_add(settings, endpoint, line->value);
	rd_config_error(report, line->file, line->line, "match_header = %s: %s", line->value, why);
	return 0;
}

int sip_match_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		   const struct rd_config_section *section,
		   struct rd_config_report *report)
{
	struct rd_pool *pool = settings->pool;
	struct reading reading = { .pool = pool, .report = report, .endpoint = endpoint };
	struct sip_networks match = { .pool = pool, .tail = &endpoint->match, .other = take_name,
				      .arg = &reading };
	const struct rd_config_line *line = NULL;
	bool by_other = rd_config_get(section, "match_header") || endpoint->certificates;
	int rc = 0;

	while (rc == 0 && (line = rd_config_line_next(section, line))) {
		reading.line = line;
		if (strcasecmp(line->name, "match") == 0)
			rc = read_networks(&match, &reading);
		else if (strcasecmp(line->name, "match_header") == 0)
			rc = read_header(settings, endpoint, line, report);
	}
	if (rc == 0 && !by_other && endpoint->type == SIP_SECTION_PEER && endpoint->host &&
	    endpoint->trust_match && !endpoint->match && !endpoint->names)
		rc = match_hosts(pool, endpoint);
	return rc;
}
