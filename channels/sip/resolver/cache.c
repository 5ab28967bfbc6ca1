/* What DNS answered, for as long as it said. Bounded: what was not used for the
 * longest time gives way. */
#include <stdio.h>

#include <ringdown/clock.h>

#include "channels/sip/resolver/private.h"

#define ENTRIES_MAX 4096
#define TTL_MIN_S   1 /* an answer serves at least those who wait for it */
#define TTL_MAX_S   86400
#define FAILED_S    10 /* no name server helped: asked again after that */
#define STALE_S     86400 /* RFC 8767 §5: used on when servers are gone */

struct dns_cache {
	struct rd_map *entries;
	struct rd_list by_use;
};

int dns_cache_new(struct dns_cache **cp)
{
	struct dns_cache *cache = rd_zalloc(sizeof(*cache));
	int rc = cache ? rd_map_new(&cache->entries, 0) : -ENOMEM;

	if (rc) {
		rd_free(cache);
		return rc;
	}
	rd_list_init(&cache->by_use);
	*cp = cache;
	return 0;
}

static void drop(struct dns_cache *cache, struct dns_entry *entry)
{
	rd_map_remove(cache->entries, entry->key);
	rd_list_remove(&entry->link);
	rd_free(entry->answer);
	rd_free(entry);
}

void dns_cache_free(struct dns_cache *cache)
{
	if (!cache)
		return;
	rd_list_foreach(node, tmp, &cache->by_use)
		drop(cache, rd_list_entry(node, struct dns_entry, link));
	rd_map_free(cache->entries);
	rd_free(cache);
}

static bool is_in_use(const struct dns_entry *entry)
{
	return entry->asked || !rd_list_empty(&entry->waiters);
}

void dns_cache_flush(struct dns_cache *cache)
{
	rd_list_foreach(node, tmp, &cache->by_use) {
		struct dns_entry *entry = rd_list_entry(node, struct dns_entry, link);

		if (is_in_use(entry)) {
			rd_free(entry->answer);
			entry->answer = NULL;
		} else {
			drop(cache, entry);
		}
	}
}

static void make_room(struct dns_cache *cache)
{
	rd_list_foreach(node, tmp, &cache->by_use) {
		struct dns_entry *entry = rd_list_entry(node, struct dns_entry, link);

		if (rd_map_count(cache->entries) < ENTRIES_MAX)
			return;
		if (!is_in_use(entry))
			drop(cache, entry);
	}
}

static size_t make_key(char key[DNS_NAME + 8], enum dns_type type, const char *name)
{
	return (size_t)snprintf(key, DNS_NAME + 8, "%s %s", dns_type_name(type), name);
}

struct dns_entry *dns_cache_find(struct dns_cache *cache, enum dns_type type,
				 const char *name)
{
	char key[DNS_NAME + 8];

	make_key(key, type, name);
	return rd_map_get(cache->entries, key);
}

struct dns_entry *dns_cache_get(struct dns_cache *cache, enum dns_type type,
				const char *name)
{
	struct dns_entry *entry = dns_cache_find(cache, type, name);
	char key[DNS_NAME + 8];
	size_t n;

	if (entry) {
		rd_list_remove(&entry->link);
		rd_list_push(&cache->by_use, &entry->link);
		return entry;
	}
	make_room(cache);
	n = make_key(key, type, name);
	entry = rd_zalloc(sizeof(*entry) + n + 1);
	if (!entry)
		return NULL;
	memcpy(entry->key, key, n);
	entry->type = type;
	rd_list_init(&entry->waiters);
	rd_list_init(&entry->link);
	if (rd_map_set(cache->entries, entry->key, entry, NULL)) {
		rd_free(entry);
		return NULL;
	}
	rd_list_push(&cache->by_use, &entry->link);
	return entry;
}

const char *dns_entry_name(const struct dns_entry *entry)
{
	return strchr(entry->key, ' ') + 1;
}

bool dns_entry_fresh(const struct dns_entry *entry)
{
	return entry->answer && rd_now_ms() < entry->expires_ms;
}

static void keep_for(struct dns_entry *entry, uint32_t seconds)
{
	entry->expires_ms = rd_now_ms() + (uint64_t)seconds * 1000;
}

static bool serves_on(const struct dns_entry *entry)
{
	return entry->answer && entry->answer->rc == 0 &&
	       rd_now_ms() < entry->answered_ms + (entry->answer->ttl_s + STALE_S) * 1000ull;
}

void dns_entry_take(struct dns_entry *entry, struct dns_answer *answer)
{
	bool failed = !answer || (answer->rc && answer->rc != -ENOENT);

	entry->asked = false;
	if (failed && serves_on(entry)) {
		rd_free(answer);
		keep_for(entry, FAILED_S);
		return;
	}
	rd_free(entry->answer);
	entry->answer = answer;
	entry->answered_ms = rd_now_ms();
	if (!answer)
		return;
	answer->ttl_s = failed ? FAILED_S
			       : RD_MAX(TTL_MIN_S, RD_MIN(answer->ttl_s, TTL_MAX_S));
	keep_for(entry, answer->ttl_s);
}

unsigned dns_cache_count(const struct dns_cache *cache)
{
	return (unsigned)rd_map_count(cache->entries);
}

struct dns_entry *dns_cache_next(struct dns_cache *cache, struct dns_entry *after)
{
	struct rd_list *node = after ? after->link.next : cache->by_use.next;

	return node == &cache->by_use ? NULL : rd_list_entry(node, struct dns_entry, link);
}
