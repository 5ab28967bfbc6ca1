/* Requests that came by two ways (RFC 3261 §8.2.2.2): the servers by what copies
 * have in common. The table grows with them, for they linger for half a minute. */
#include "channels/sip/transaction/private.h"

#define FIRST_SIZE 256

int merges_init(struct merges *merges)
{
	*merges = (struct merges){ .size = FIRST_SIZE };
	merges->buckets = rd_zalloc(FIRST_SIZE * sizeof(*merges->buckets));
	return merges->buckets ? 0 : -ENOMEM;
}

void merges_fini(struct merges *merges)
{
	rd_free(merges->buckets);
}

static struct sip_server **bucket_of(const struct merges *merges, uint64_t hash)
{
	return &merges->buckets[(hash ^ hash >> 32) & (merges->size - 1)];
}

static void push(const struct merges *merges, struct sip_server *server)
{
	struct sip_server **bucket = bucket_of(merges, server->merge_hash);

	server->merge_next = *bucket;
	*bucket = server;
}

/* Without memory the chains just get longer. */
static void grow(struct merges *merges)
{
	struct merges larger = { .size = merges->size * 2, .count = merges->count };

	larger.buckets = rd_zalloc(larger.size * sizeof(*larger.buckets));
	if (!larger.buckets)
		return;
	for (unsigned i = 0; i < merges->size; i++) {
		struct sip_server *server = merges->buckets[i];

		while (server) {
			struct sip_server *next = server->merge_next;

			push(&larger, server);
			server = next;
		}
	}
	merges_fini(merges);
	*merges = larger;
}

void merges_add(struct merges *merges, struct sip_server *server)
{
	if (merges->count >= merges->size)
		grow(merges);
	push(merges, server);
	server->may_merge = true;
	merges->count++;
}

void merges_remove(struct merges *merges, struct sip_server *server)
{
	struct sip_server **at = bucket_of(merges, server->merge_hash);

	if (!server->may_merge)
		return;
	while (*at != server)
		at = &(*at)->merge_next;
	*at = server->merge_next;
	server->may_merge = false;
	merges->count--;
}

/* What was refused may come again by another way, and try its luck. */
bool sip_server_is_merged(const struct sip_server *server)
{
	const struct sip_server *other =
		*bucket_of(&server->txn.layer->merges, server->merge_hash);

	for (; other; other = other->merge_next)
		if (other != server && other->merge_hash == server->merge_hash &&
		    other->txn.status < 300 && other->txn.state != SIP_TXN_TERMINATED)
			return true;
	return false;
}
