/* Names of peers, and what they stand for. */
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/names.h"

#define RETRY_S   30 /* when DNS could not say */
#define TTL_MAX_S 86400

struct sip_names {
	struct sip_resolver *resolver;
	struct rd_list all;
	void (*changed)(void); /* NULL: nobody asks */
};

/* One name, however many peers have it. */
struct sip_name {
	struct rd_list link;
	struct sip_names *names;
	struct sip_where where;
	struct sip_lookup *lookup;
	struct rd_timer again;
	bool used, failed;
	unsigned count;
	union sip_sockaddr *addresses; /* without ports */
	char host[];
};

int sip_names_new(struct sip_names **np, struct sip_resolver *resolver)
{
	struct sip_names *names = rd_zalloc(sizeof(*names));

	if (!names)
		return -ENOMEM;
	names->resolver = resolver;
	rd_list_init(&names->all);
	*np = names;
	return 0;
}

static void name_free(struct sip_name *name)
{
	sip_lookup_cancel(name->lookup);
	rd_timer_stop(&name->again);
	rd_list_remove(&name->link);
	rd_free(name->addresses);
	rd_free(name);
}

void sip_names_free(struct sip_names *names)
{
	if (!names)
		return;
	rd_list_foreach(node, tmp, &names->all)
		name_free(rd_list_entry(node, struct sip_name, link));
	rd_free(names);
}

/* ---- asking ---- */

static bool has(const union sip_sockaddr *addresses, unsigned count,
		const union sip_sockaddr *address)
{
	for (unsigned i = 0; i < count; i++)
		if (sip_sockaddr_same_host(&addresses[i], address))
			return true;
	return false;
}

/* Without memory the old ones stay. */
static void take(struct sip_name *name, const struct sip_targets *targets)
{
	union sip_sockaddr *addresses = rd_malloc(targets->count * sizeof(*addresses));
	unsigned count = 0;

	if (!addresses)
		return;
	for (unsigned i = 0; i < targets->count; i++)
		if (!has(addresses, count, &targets->list[i].address))
			addresses[count++] = targets->list[i].address;
	rd_free(name->addresses);
	name->addresses = addresses;
	name->count = count;
}

static const char *why_unknown(int rc)
{
	if (rc == -ENOENT)
		return "there is no such host";
	return rc == -EIO || rc == -ETIMEDOUT ? "no name server says it" : rd_strerror(rc);
}

static void located(void *arg, int rc, const struct sip_targets *targets)
{
	struct sip_name *name = arg;
	uint32_t seconds = RETRY_S;

	name->lookup = NULL;
	if (rc == 0) {
		take(name, targets);
		seconds = RD_MAX(1, RD_MIN(targets->ttl_s, TTL_MAX_S));
		if (name->names->changed)
			name->names->changed();
	} else if (rc == -ENOENT) {
		name->count = 0;
	}
	if (rc && !name->failed)
		rd_warning("sip: the address of %s is not known: %s", name->host, why_unknown(rc));
	name->failed = rc != 0;
	rd_timer_start(&name->again, (int)seconds * 1000);
}

static void ask(void *arg)
{
	struct sip_name *name = arg;

	if (!name->lookup && sip_locate(name->names->resolver, &name->lookup, &name->where,
					located, name))
		rd_timer_start(&name->again, RETRY_S * 1000);
}

/* ---- which ones ---- */

static struct sip_name *find(const struct sip_names *names, const char *host)
{
	rd_list_foreach(node, tmp, &names->all) {
		struct sip_name *name = rd_list_entry(node, struct sip_name, link);

		if (strcmp(name->host, host) == 0)
			return name;
	}
	return NULL;
}

/* Whoever calls may do so by any protocol, whatever we have ourselves. */
static struct sip_name *name_new(struct sip_names *names, const char *host)
{
	size_t size = strlen(host) + 1;
	struct sip_name *name = rd_malloc(sizeof(*name) + size);

	if (!name)
		return NULL;
	memset(name, 0, sizeof(*name));
	memcpy(name->host, host, size);
	name->names = names;
	rd_timer_init(&name->again, ask, name);
	rd_list_init(&name->link);
	if (sip_where_of_text(&name->where, rd_str_of(name->host))) {
		rd_free(name);
		return NULL;
	}
	for (int i = 0; i < SIP_PROTOCOLS; i++)
		name->where.ways[i] = SIP_V4 | SIP_V6;
	rd_list_push(&names->all, &name->link);
	return name;
}

static void use(struct sip_names *names, struct sip_peer_name *peer_name)
{
	struct sip_name *name = find(names, peer_name->host);

	if (!name)
		name = name_new(names, peer_name->host);
	peer_name->known = name;
	if (!name || name->used)
		return;
	name->used = true;
	ask(name);
}

void sip_names_use(struct sip_names *names, const struct sip_settings *settings)
{
	const struct sip_endpoint *endpoint;

	rd_list_foreach(node, tmp, &names->all)
		rd_list_entry(node, struct sip_name, link)->used = false;
	for (endpoint = settings->matched; endpoint; endpoint = endpoint->next_match)
		for (struct sip_peer_name *name = endpoint->names; name; name = name->next)
			use(names, name);
	for (const struct sip_listener *at = settings->listeners; at; at = at->next)
		if (at->external.name)
			use(names, at->external.name);
	rd_list_foreach(node, tmp, &names->all) {
		struct sip_name *name = rd_list_entry(node, struct sip_name, link);

		if (!name->used)
			name_free(name);
	}
}

void sip_names_watch(struct sip_names *names, void (*changed)(void))
{
	names->changed = changed;
}

int sip_name_address(const struct sip_peer_name *name, int family, union sip_sockaddr *address)
{
	const struct sip_name *known = name->known;

	for (unsigned i = 0; known && i < known->count; i++) {
		if (known->addresses[i].sa.sa_family != family)
			continue;
		*address = known->addresses[i];
		return 0;
	}
	return -ENOENT;
}

bool sip_endpoint_named(const struct sip_endpoint *endpoint,
			const union sip_sockaddr *address)
{
	const struct sip_peer_name *name = endpoint->names;

	while (name && (!name->known || !has(name->known->addresses, name->known->count,
					     address)))
		name = name->next;
	return name != NULL;
}
