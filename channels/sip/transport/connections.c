/* The connections of one transport, found by their number and by whom they lead
 * to. A number is a slot and a serial, so that it is never given twice. */
#include "channels/sip/transport/connection.h"

#define FIRST_SIZE 16
#define SLOT_BITS  20
#define SLOT_MASK  ((1u << SLOT_BITS) - 1)

void sip_connections_init(struct sip_connections *table)
{
	*table = (struct sip_connections){ .serial = 1 };
	rd_list_init(&table->all);
}

void sip_connections_fini(struct sip_connections *table)
{
	rd_assert(rd_list_empty(&table->all));
	rd_free(table->slots);
}

static int grow(struct sip_connections *table)
{
	unsigned size = table->size ? table->size * 2 : FIRST_SIZE;
	struct sip_connection **slots;

	if (size > SLOT_MASK)
		return -EMFILE;
	slots = rd_realloc(table->slots, size * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	memset(slots + table->size, 0, (size - table->size) * sizeof(*slots));
	table->slots = slots;
	table->size = size;
	return 0;
}

/* Half of them are free after growing, so the search is short on average. */
static unsigned free_slot(const struct sip_connections *table)
{
	unsigned slot = (unsigned)table->serial % table->size;

	while (table->slots[slot])
		slot = (slot + 1) % table->size;
	return slot;
}

static struct sip_connection **host_chain(struct sip_connections *table,
					  const union sip_sockaddr *peer)
{
	return &table->hosts[sip_sockaddr_hash_host(peer) % RD_ARRAY_SIZE(table->hosts)];
}

int sip_connections_add(struct sip_connections *table, struct sip_connection *connection)
{
	struct sip_connection **chain = host_chain(table, &connection->peer);
	unsigned slot;
	int rc = 2 * table->count >= table->size ? grow(table) : 0;

	if (rc)
		return rc;
	slot = free_slot(table);
	connection->id = table->serial++ << SLOT_BITS | slot;
	table->slots[slot] = connection;
	table->count++;
	connection->host_next = *chain;
	*chain = connection;
	rd_list_push(&table->all, &connection->link);
	return 0;
}

void sip_connections_remove(struct sip_connections *table,
			    struct sip_connection *connection)
{
	struct sip_connection **at = host_chain(table, &connection->peer);

	while (*at != connection)
		at = &(*at)->host_next;
	*at = connection->host_next;
	table->slots[connection->id & SLOT_MASK] = NULL;
	table->count--;
}

struct sip_connection *sip_connections_find(const struct sip_connections *table,
					    uint64_t id)
{
	unsigned slot = id & SLOT_MASK;
	struct sip_connection *connection = slot < table->size ? table->slots[slot] : NULL;

	return connection && connection->id == id ? connection : NULL;
}

static bool leads_to(const struct sip_connection *connection,
		     const union sip_sockaddr *peer)
{
	uint16_t port = sip_sockaddr_port(peer);

	return !connection->leaves && sip_sockaddr_same_host(&connection->peer, peer) &&
	       (sip_sockaddr_port(&connection->peer) == port ||
		(port && connection->alias == port));
}

struct sip_connection *sip_connections_to(const struct sip_connections *table,
					  const union sip_sockaddr *peer,
					  struct rd_str name)
{
	struct sip_connection *at = *host_chain((struct sip_connections *)table, peer);

	while (at && !(leads_to(at, peer) && sip_connection_is_to(at, name)))
		at = at->host_next;
	return at;
}

unsigned sip_connections_from(const struct sip_connections *table,
			      const union sip_sockaddr *peer)
{
	const struct sip_connection *at =
		*host_chain((struct sip_connections *)table, peer);
	unsigned count = 0;

	for (; at; at = at->host_next)
		count += sip_sockaddr_same_host(&at->peer, peer);
	return count;
}
