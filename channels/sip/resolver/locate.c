/* RFC 3263 §4: which protocol, port and addresses a host stands for. A function
 * of what is known: it goes its way as far as answers are there, asks for what
 * is missing, and is called again from the start. So there are no states. */
#include <stdio.h>

#include "channels/sip/resolver/private.h"

/* How the protocols are called in DNS. WebSocket is for clients only. */
static const struct {
	const char *naptr, *srv;
	bool secure;
} names[SIP_PROTOCOLS] = {
	[SIP_UDP] = { "SIP+D2U", "_sip._udp.", false },
	[SIP_TCP] = { "SIP+D2T", "_sip._tcp.", false },
	[SIP_TLS] = { "SIPS+D2T", "_sips._tcp.", true },
};

/* Where nothing says which protocol, the first of these that we have. */
static const enum sip_protocol preference[] = { SIP_UDP, SIP_TCP, SIP_TLS };

/* More services of one domain than this are left out. */
#define SERVICES_MAX 8
/* As often NAPTR records may lead to others. */
#define REWRITES_MAX 4

struct search {
	const struct sip_where *where;
	const struct dns_asker *asker;
	struct sip_targets *targets;
	bool pending;
	int rc; /* why nothing was found, if that is not certain */
	unsigned rewrites;
};

/* NULL without records; what is wanting is noted. */
static const struct dns_answer *ask(struct search *search, enum dns_type type,
				    const char *name)
{
	const struct dns_answer *answer = NULL;
	int rc = search->asker->ask(search->asker->arg, type, name, &answer);

	if (rc == -EINPROGRESS)
		search->pending = true;
	else if (rc && rc != -ENOENT)
		search->rc = rc;
	if (rc)
		return NULL;
	search->targets->ttl_s = RD_MIN(search->targets->ttl_s, answer->ttl_s);
	return answer;
}

/* Likely to be wanted soon: the question goes out beside the others. */
static void ask_ahead(struct search *search, enum dns_type type, const char *name)
{
	if (search->asker->hint)
		search->asker->hint(search->asker->arg, type, name);
}

static bool can(const struct sip_where *where, enum sip_protocol protocol)
{
	return where->ways[protocol] && names[protocol].srv &&
	       (!where->secure || names[protocol].secure);
}

/* ---- addresses ---- */

static void add(struct search *search, enum sip_protocol protocol,
		const union sip_sockaddr *address, uint16_t port)
{
	struct sip_targets *targets = search->targets;
	struct sip_target target = { .protocol = protocol, .address = *address };

	sip_sockaddr_set_port(&target.address, port);
	for (unsigned i = 0; i < targets->count; i++)
		if (targets->list[i].protocol == protocol &&
		    sip_sockaddr_equal(&targets->list[i].address, &target.address))
			return;
	if (targets->count < SIP_TARGETS_MAX)
		targets->list[targets->count++] = target;
}

static void add_all(struct search *search, enum sip_protocol protocol,
		    const struct dns_answer *answer, uint16_t port)
{
	for (unsigned i = 0; answer && i < answer->count; i++)
		add(search, protocol, &answer->records[i].address, port);
}

/* IPv6 before IPv4, as RFC 6724 has it; only what we can send by. */
static void find_addresses(struct search *search, const char *name,
			   enum sip_protocol protocol, uint16_t port)
{
	unsigned families = search->where->ways[protocol];
	const struct dns_answer *v6 = NULL, *v4 = NULL;

	if (families & SIP_V6)
		v6 = ask(search, DNS_AAAA, name);
	if (families & SIP_V4)
		v4 = ask(search, DNS_A, name);
	add_all(search, protocol, v6, port);
	add_all(search, protocol, v4, port);
}

/* ---- services ---- */

static uint16_t default_port(enum sip_protocol protocol)
{
	return sip_usual_port(protocol == SIP_TLS);
}

/* A target of "." says that there is no such service (RFC 2782). True: there
 * were SRV records, whatever came of them. */
static bool find_service(struct search *search, const char *name,
			 enum sip_protocol protocol)
{
	const struct dns_answer *answer = ask(search, DNS_SRV, name);
	const struct dns_asker *asker = search->asker;
	uint8_t order[DNS_RECORDS_MAX];

	if (!answer)
		return false;
	dns_order_srv(answer, asker->random, asker->random_arg, order);
	for (unsigned i = 0; i < answer->count; i++) {
		const struct dns_record *record = &answer->records[order[i]];

		if (record->name[0])
			find_addresses(search, record->name, protocol, record->srv.port);
	}
	return true;
}

static bool find_host_service(struct search *search, const char *host,
			      enum sip_protocol protocol)
{
	char name[DNS_NAME + 16];

	snprintf(name, sizeof(name), "%s%s", names[protocol].srv, host);
	return strlen(name) < DNS_NAME && find_service(search, name, protocol);
}

static enum sip_protocol protocol_of_service(const struct sip_where *where,
					     const char *service)
{
	for (unsigned i = 0; i < SIP_PROTOCOLS; i++)
		if (can(where, i) && strcmp(names[i].naptr, service) == 0)
			return i;
	return SIP_PROTOCOLS;
}

static bool find_by_naptr(struct search *search, const char *host);

/* A record without a flag leads to other records of its kind (RFC 3403 §4.1). */
static bool find_by_record(struct search *search, const struct dns_record *record)
{
	const char *flags = record->naptr.flags, *service = record->naptr.service;
	enum sip_protocol protocol = protocol_of_service(search->where, service);

	if (!record->name[0] || strcmp(flags, "U") == 0)
		return false;
	if (!*flags && (!*service || protocol != SIP_PROTOCOLS))
		return search->rewrites++ < REWRITES_MAX && find_by_naptr(search, record->name);
	if (protocol == SIP_PROTOCOLS)
		return false;
	if (strcmp(flags, "A") == 0)
		find_addresses(search, record->name, protocol, default_port(protocol));
	else if (strcmp(flags, "S") == 0)
		find_service(search, record->name, protocol);
	return true;
}

/* What the domain itself prefers; true when it says anything that we can do. */
static bool find_by_naptr(struct search *search, const char *host)
{
	const struct dns_answer *answer = ask(search, DNS_NAPTR, host);
	uint8_t order[DNS_RECORDS_MAX];
	bool found = false;

	if (!answer)
		return false;
	dns_order_naptr(answer, order);
	for (unsigned i = 0; i < RD_MIN(answer->count, SERVICES_MAX); i++)
		found |= find_by_record(search, &answer->records[order[i]]);
	return found;
}

/* ---- the decision ---- */

/* The protocol where neither NAPTR nor SRV is asked for it. */
static enum sip_protocol choose(const struct sip_where *where)
{
	if (where->protocol == SIP_TCP && where->secure)
		return can(where, SIP_TLS) ? SIP_TLS : SIP_PROTOCOLS;
	if (where->protocol != SIP_PROTOCOLS)
		return can(where, where->protocol) ? where->protocol : SIP_PROTOCOLS;
	for (size_t i = 0; i < RD_ARRAY_SIZE(preference); i++)
		if (can(where, preference[i]))
			return preference[i];
	return SIP_PROTOCOLS;
}

/* To an address leads what sends in its family. */
bool sip_where_has_way(const struct sip_where *where)
{
	struct sip_where by = *where;
	union sip_sockaddr address;
	uint8_t families = SIP_V4 | SIP_V6;

	if (sip_sockaddr_parse(&address, where->host, 0) == 0)
		families = address.sa.sa_family == AF_INET6 ? SIP_V6 : SIP_V4;
	for (size_t i = 0; i < RD_ARRAY_SIZE(by.ways); i++)
		by.ways[i] &= families;
	return choose(&by) != SIP_PROTOCOLS;
}

/* "_sips" is for sips URIs (RFC 3263 §4.1), and for us where there is nothing but TLS. */
static bool is_asked_for(const struct sip_where *where, enum sip_protocol service,
			 enum sip_protocol protocol)
{
	return can(where, service) && (!names[service].secure || service == protocol);
}

/* Most domains have no NAPTR: what is asked next is asked at once. */
static void find_any(struct search *search, const char *host, enum sip_protocol protocol)
{
	bool found = false;

	for (size_t i = 0; i < RD_ARRAY_SIZE(preference); i++) {
		char name[DNS_NAME + 16];

		snprintf(name, sizeof(name), "%s%s", names[preference[i]].srv, host);
		if (is_asked_for(search->where, preference[i], protocol) &&
		    strlen(name) < DNS_NAME)
			ask_ahead(search, DNS_SRV, name);
	}
	if (search->where->ways[protocol] & SIP_V6)
		ask_ahead(search, DNS_AAAA, host);
	if (search->where->ways[protocol] & SIP_V4)
		ask_ahead(search, DNS_A, host);
	if (find_by_naptr(search, host))
		return;
	for (size_t i = 0; i < RD_ARRAY_SIZE(preference); i++)
		if (is_asked_for(search->where, preference[i], protocol))
			found = find_host_service(search, host, preference[i]) || found;
	if (!found && !search->pending)
		find_addresses(search, host, protocol, default_port(protocol));
}

static void find_name(struct search *search, const char *host, enum sip_protocol protocol)
{
	const struct sip_where *where = search->where;

	if (where->port)
		find_addresses(search, host, protocol, where->port);
	else if (where->protocol == SIP_PROTOCOLS)
		find_any(search, host, protocol);
	else if (!find_host_service(search, host, protocol) && !search->pending)
		find_addresses(search, host, protocol, default_port(protocol));
}

int dns_locate(const struct sip_where *where, const struct dns_asker *asker,
	       struct sip_targets *targets)
{
	struct search search = {
		.where = where, .asker = asker, .targets = targets, .rc = -ENOENT
	};
	enum sip_protocol protocol = choose(where);
	union sip_sockaddr address;
	char host[DNS_NAME];

	targets->count = 0;
	targets->ttl_s = UINT32_MAX;
	if (protocol == SIP_PROTOCOLS)
		return -EPROTONOSUPPORT;
	if (sip_sockaddr_parse(&address, where->host, 0) == 0) {
		add(&search, protocol, &address,
		    where->port ? where->port : default_port(protocol));
		return 0;
	}
	if (dns_name_normalize(host, where->host))
		return -EINVAL;
	find_name(&search, host, protocol);
	if (search.pending)
		return -EINPROGRESS;
	return targets->count ? 0 : search.rc;
}
