/* Transactions by key. Keys come from strangers, so the hash is seeded. */
#include "channels/sip/transaction/private.h"

#define FIRST_SIZE 256

int txn_table_init(struct txn_table *table)
{
	*table = (struct txn_table){ .size = FIRST_SIZE };
	rd_random(&table->seed, sizeof(table->seed));
	table->buckets = rd_zalloc(FIRST_SIZE * sizeof(*table->buckets));
	return table->buckets ? 0 : -ENOMEM;
}

void txn_table_fini(struct txn_table *table)
{
	rd_free(table->buckets);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

uint64_t txn_hash(const struct txn_table *table, struct rd_str key)
{
	uint64_t hash = mix(table->seed, key.n), word;

	for (; key.n >= sizeof(word); key.p += sizeof(word), key.n -= sizeof(word)) {
		memcpy(&word, key.p, sizeof(word));
		hash = mix(hash, word);
	}
	word = 0;
	for (size_t i = 0; i < key.n; i++)
		word = word << 8 | (uint8_t)key.p[i];
	return mix(mix(hash, word), table->seed);
}

/* Without memory the chains just get longer. */
static void grow(struct txn_table *table)
{
	unsigned size = table->size * 2;
	struct txn **buckets = rd_zalloc(size * sizeof(*buckets));

	if (!buckets)
		return;
	for (unsigned i = 0; i < table->size; i++) {
		struct txn *txn = table->buckets[i];

		while (txn) {
			struct txn *next = txn->chain;
			struct txn **bucket = &buckets[txn->hash & (size - 1)];

			txn->chain = *bucket;
			*bucket = txn;
			txn = next;
		}
	}
	rd_free(table->buckets);
	table->buckets = buckets;
	table->size = size;
}

void txn_table_add(struct txn_table *table, struct txn *txn)
{
	struct txn **bucket;

	if (table->count >= table->size)
		grow(table);
	txn->hash = txn_hash(table, txn->key);
	bucket = &table->buckets[txn->hash & (table->size - 1)];
	txn->chain = *bucket;
	*bucket = txn;
	table->count++;
}

void txn_table_remove(struct txn_table *table, struct txn *txn)
{
	struct txn **at = &table->buckets[txn->hash & (table->size - 1)];

	while (*at != txn)
		at = &(*at)->chain;
	*at = txn->chain;
	table->count--;
}

struct txn *txn_table_find(const struct txn_table *table, struct rd_str key)
{
	uint64_t hash = txn_hash(table, key);
	struct txn *txn = table->buckets[hash & (table->size - 1)];

	while (txn && (txn->hash != hash || !rd_str_eq(txn->key, key)))
		txn = txn->chain;
	return txn;
}
