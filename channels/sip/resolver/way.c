/* From a URI to what is looked for, and from targets to flows, one after the
 * other. */
#include "channels/sip/resolver/private.h"

struct sip_way {
	struct sip_resolver *resolver;
	unsigned next, count;
	char transport[32];
	char name[DNS_NAME]; /* whose certificate a secure transport wants to see */
	struct sip_target targets[];
};

/* ---- what is looked for ---- */

static int where_of(struct sip_where *where, const struct sip_uri *uri)
{
	struct rd_str value;

	memset(where, 0, sizeof(*where));
	if (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS)
		return -EINVAL;
	where->host = uri->host;
	if (sip_param_get(uri->params, RD_STR("maddr"), &value) && value.n)
		where->host = value;
	where->port = uri->port;
	where->secure = uri->scheme == SIP_SCHEME_SIPS;
	where->protocol = SIP_PROTOCOLS;
	if (sip_param_get(uri->params, RD_STR("transport"), &value)) {
		where->protocol = sip_protocol_of(value);
		if (where->protocol == SIP_PROTOCOLS)
			return -EINVAL;
	}
	return 0;
}

int sip_where_of_uri(struct sip_where *where, struct rd_str text)
{
	struct sip_uri uri;
	int rc = sip_uri_parse(&uri, text, NULL);

	return rc ? rc : where_of(where, &uri);
}

int sip_uri_address(union sip_sockaddr *address, struct rd_str uri)
{
	struct sip_where where;
	int rc = sip_where_of_uri(&where, uri);

	return rc ? rc : sip_sockaddr_parse(address, where.host, 0);
}

/* The URI lives no longer than this function: the host is looked up in text. */
int sip_where_of_text(struct sip_where *where, struct rd_str text)
{
	char uri[DNS_NAME + 64] = "sip:";
	const char *host;
	int rc;

	if (sip_uri_has_scheme(text))
		return sip_where_of_uri(where, text);
	if (!rd_strcpyn(uri + 4, sizeof(uri) - 4, text))
		return -EINVAL;
	rc = sip_where_of_uri(where, rd_str_of(uri));
	if (rc)
		return rc;
	host = where->host.p;
	where->host.p = text.p + (host - (uri + 4));
	return 0;
}

bool sip_where_is_name(const struct sip_where *where)
{
	union sip_sockaddr address;
	char name[DNS_NAME];

	return sip_sockaddr_parse(&address, where->host, 0) &&
	       dns_name_normalize(name, where->host) == 0;
}

static uint8_t family_of(const struct sip_transport *transport)
{
	return transport->bound.sa.sa_family == AF_INET6 ? SIP_V6 : SIP_V4;
}

void sip_where_by(struct sip_where *where, struct sip_transports *transports,
		  const char *name)
{
	struct sip_transport *transport = NULL;

	memset(where->ways, 0, sizeof(where->ways));
	while ((transport = sip_transports_next(transports, transport)))
		if (!transport->leaves && (!name || strcmp(transport->name, name) == 0))
			where->ways[transport->protocol] |= family_of(transport);
}

/* ---- going there ---- */

int sip_way_new(struct sip_way **wp, struct sip_resolver *resolver,
		const struct sip_where *where, const struct sip_targets *targets,
		const char *transport)
{
	size_t size = targets->count * sizeof(targets->list[0]);
	struct sip_way *way = rd_malloc(sizeof(*way) + size);

	if (!way)
		return -ENOMEM;
	memset(way, 0, sizeof(*way));
	way->resolver = resolver;
	way->count = targets->count;
	rd_strcpy(way->transport, sizeof(way->transport), transport ? transport : "");
	rd_strcpyn(way->name, sizeof(way->name), where->host);
	memcpy(way->targets, targets->list, size);
	*wp = way;
	return 0;
}

/* It was silent a moment ago, and the first was not. */
static bool is_worse(const struct sip_way *way, const struct sip_target *target)
{
	return sip_resolver_avoids(way->resolver, target) &&
	       !sip_resolver_avoids(way->resolver, &way->targets[way->next]);
}

void sip_way_prefer(struct sip_way *way, const struct sip_flow *flow)
{
	for (unsigned i = way->next; i < way->count; i++) {
		const struct sip_target target = way->targets[i];

		if (target.protocol != flow->transport->protocol ||
		    !sip_sockaddr_equal(&target.address, &flow->peer))
			continue;
		if (is_worse(way, &target))
			return;
		memmove(&way->targets[way->next + 1], &way->targets[way->next],
			(i - way->next) * sizeof(target));
		way->targets[way->next] = target;
		return;
	}
}

void sip_way_free(struct sip_way *way)
{
	rd_free(way);
}

static struct sip_transport *transport_to(const struct sip_way *way,
					  struct sip_transports *transports,
					  const struct sip_target *target)
{
	return way->transport[0] ? sip_transports_find(transports, way->transport)
				 : sip_transports_for(transports, target->protocol,
						      &target->address);
}

static int open_flow(const struct sip_way *way, struct sip_transports *transports,
		     const struct sip_target *target, struct sip_flow *flow)
{
	struct sip_transport *transport = transport_to(way, transports, target);

	return transport ? sip_flow_open_named(flow, transport, &target->address,
					       rd_str_of(way->name))
			 : -EPROTONOSUPPORT;
}

int sip_way_next(struct sip_way *way, struct sip_transports *transports,
		 struct sip_flow *flow)
{
	while (way->next < way->count)
		if (open_flow(way, transports, &way->targets[way->next++], flow) == 0)
			return 0;
	return -EHOSTUNREACH;
}

int sip_way_again(const struct sip_way *way, struct sip_transports *transports,
		  struct sip_flow *flow)
{
	return way->next ? open_flow(way, transports, &way->targets[way->next - 1], flow)
			 : -EHOSTUNREACH;
}

int sip_way_take_first(struct sip_way *way, struct sip_transports *transports,
		       struct sip_flow *flow)
{
	int rc = sip_way_next(way, transports, flow);

	sip_way_free(way);
	return rc;
}

bool sip_way_has_more(const struct sip_way *way)
{
	return way && way->next < way->count;
}

bool sip_way_has_better(const struct sip_way *way)
{
	return sip_way_has_more(way) &&
	       !sip_resolver_avoids(way->resolver, &way->targets[way->next]);
}

void sip_way_failed(struct sip_way *way, int retry_after_s)
{
	const struct sip_dns_settings *settings;

	if (!way || !way->next || !way->resolver->settings)
		return;
	settings = way->resolver->settings;
	dns_dead_add(way->resolver->dead, &way->targets[way->next - 1],
		     retry_after_s > 0 ? retry_after_s * 1000 : settings->dead_ms);
}

void sip_way_heard(struct sip_way *way)
{
	if (way && way->next)
		dns_dead_remove(way->resolver->dead, &way->targets[way->next - 1]);
}

int sip_way_patience_ms(const struct sip_way *way)
{
	const struct sip_dns_settings *settings = way ? way->resolver->settings : NULL;

	return settings && sip_way_has_more(way) ? settings->failover_ms : 0;
}

bool sip_resolver_avoids(const struct sip_resolver *resolver,
			 const struct sip_target *target)
{
	return dns_dead_has(resolver->dead, target);
}
