/* The table: chained, grown by doubling, with an end to its growth. */
#include <ringdown/base.h>

#include "channels/sip/guard/table.h"

#define FIRST_SIZE 256
#define TRIES	   16 /* spared nodes that are looked at */

int guard_table_init(struct guard_table *table, unsigned max)
{
	*table = (struct guard_table){ .size = FIRST_SIZE, .max = max };
	rd_random(&table->seed, sizeof(table->seed));
	rd_list_init(&table->order);
	table->buckets = rd_zalloc(FIRST_SIZE * sizeof(struct guard_node *));
	return table->buckets ? 0 : -ENOMEM;
}

static struct guard_node *node_of(struct rd_list *link)
{
	return rd_list_entry(link, struct guard_node, link);
}

void guard_table_fini(struct guard_table *table)
{
	struct rd_list *link;

	while (table->buckets && (link = rd_list_pop(&table->order)))
		rd_free(node_of(link));
	rd_free(table->buckets);
	table->buckets = NULL;
}

bool guard_has_network(const union sip_sockaddr *address)
{
	return address->sa.sa_family == AF_INET6 &&
	       !IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr);
}

void guard_key_of(struct guard_key *key, const union sip_sockaddr *address,
		  enum guard_scope scope)
{
	bool half = scope == GUARD_NETWORK && guard_has_network(address);

	memset(key, 0, sizeof(*key));
	if (address->sa.sa_family == AF_INET6) {
		memcpy(key->host, &address->in6.sin6_addr, half ? 8 : 16);
	} else {
		key->host[10] = key->host[11] = 0xff;
		memcpy(key->host + 12, &address->in4.sin_addr, 4);
	}
	key->port = scope == GUARD_FLOW ? sip_sockaddr_port(address) : 0;
}

static uint64_t hash_of(const struct guard_table *table, const struct guard_key *key)
{
	uint64_t words[2], hash = table->seed ^ key->port;

	memcpy(words, key->host, sizeof(words));
	/* Addresses differ in the high bits; all of them must reach the low ones. */
	for (int i = 0; i < 2; i++) {
		hash ^= words[i];
		hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
		hash = (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9u;
		hash ^= hash >> 32;
	}
	return hash;
}

static bool same_key(const struct guard_key *a, const struct guard_key *b)
{
	return a->port == b->port && memcmp(a->host, b->host, sizeof(a->host)) == 0;
}

struct guard_node *guard_table_find(struct guard_table *table, const struct guard_key *key)
{
	uint64_t hash = hash_of(table, key);
	struct guard_node *node = table->buckets[hash & (table->size - 1)];

	while (node && (node->hash != hash || !same_key(&node->key, key)))
		node = node->chain;
	if (node) {
		rd_list_remove(&node->link);
		rd_list_push(&table->order, &node->link);
	}
	return node;
}

/* Without memory the chains just get longer. */
static void grow(struct guard_table *table)
{
	unsigned size = table->size * 2;
	struct guard_node **buckets = rd_zalloc(size * sizeof(*buckets));

	if (!buckets)
		return;
	rd_list_foreach(link, next, &table->order) {
		struct guard_node *node = node_of(link);

		node->chain = buckets[node->hash & (size - 1)];
		buckets[node->hash & (size - 1)] = node;
	}
	rd_free(table->buckets);
	table->buckets = buckets;
	table->size = size;
}

static void drop(struct guard_table *table, struct guard_node *node)
{
	struct guard_node **at = &table->buckets[node->hash & (table->size - 1)];

	while (*at != node)
		at = &(*at)->chain;
	*at = node->chain;
	rd_list_remove(&node->link);
	table->count--;
	rd_free(node);
}

/* The oldest that is not spared; where the oldest are all spared, the oldest. */
static void make_room(struct guard_table *table, bool (*spared)(const struct guard_node *))
{
	struct guard_node *oldest = node_of(table->order.next);
	int tries = 0;

	rd_list_foreach(link, next, &table->order) {
		struct guard_node *node = node_of(link);

		if (!spared || !spared(node)) {
			drop(table, node);
			return;
		}
		if (++tries == TRIES)
			break;
	}
	drop(table, oldest);
}

struct guard_node *guard_table_add(struct guard_table *table, const struct guard_key *key,
				   size_t size, bool (*spared)(const struct guard_node *))
{
	struct guard_node *node = rd_zalloc(size), **bucket;

	if (!node)
		return NULL;
	if (table->count >= table->max)
		make_room(table, spared);
	if (table->count >= table->size)
		grow(table);
	node->key = *key;
	node->hash = hash_of(table, key);
	bucket = &table->buckets[node->hash & (table->size - 1)];
	node->chain = *bucket;
	*bucket = node;
	rd_list_init(&node->link);
	rd_list_push(&table->order, &node->link);
	table->count++;
	return node;
}
