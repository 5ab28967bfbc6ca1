/* The hash map: entries lie in an array in order of insertion, and a table
 * of positions in it is probed linearly. */
#include <string.h>
#include <strings.h>

#include <ringdown/map.h>

#include "core/base/hash.h"

/* A walk holds serials, not positions, so that it survives compaction. */
struct entry {
	char *key; /* NULL once removed */
	void *value;
	size_t serial;
	uint32_t hash;
	uint32_t len;
};

struct rd_map {
	struct entry *entries;
	uint32_t *slots; /* position + 1, 0 when free; 2 * cap of them */
	size_t used;	 /* entries, the removed ones too */
	size_t count;	 /* entries that live */
	size_t cap;	 /* of entries; a power of two, or 0 */
	size_t next_serial;
	bool nocase;
};

enum { FIRST_CAP = 8 };

int rd_map_new(struct rd_map **mp, unsigned flags)
{
	struct rd_map *map = rd_zalloc(sizeof(*map));

	if (!map)
		return -ENOMEM;
	map->nocase = flags & RD_MAP_NOCASE;
	*mp = map;
	return 0;
}

void rd_map_free(struct rd_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->used; i++)
		rd_free(map->entries[i].key);
	rd_free(map->entries);
	rd_free(map->slots);
	rd_free(map);
}

static size_t slot_mask(const struct rd_map *map)
{
	return 2 * map->cap - 1;
}

static bool same_key(const struct rd_map *map, const struct entry *entry,
		     const char *key, size_t len, uint32_t hash)
{
	if (entry->hash != hash || entry->len != len)
		return false;
	return map->nocase ? strncasecmp(entry->key, key, len) == 0
			   : memcmp(entry->key, key, len) == 0;
}

/* The key's slot, or the free slot where it would go. */
static uint32_t *find_slot(const struct rd_map *map, const char *key, size_t len,
			   uint32_t hash)
{
	size_t at = hash & slot_mask(map);

	while (map->slots[at] &&
	       !same_key(map, &map->entries[map->slots[at] - 1], key, len, hash))
		at = (at + 1) & slot_mask(map);
	return &map->slots[at];
}

static uint32_t hash_of(const struct rd_map *map, const char *key, size_t len)
{
	return (uint32_t)rd__hash(key, len, map->nocase);
}

/* Close the gaps that removed entries left, and fill the slots anew. */
static void compact(struct rd_map *map)
{
	size_t kept = 0;

	memset(map->slots, 0, 2 * map->cap * sizeof(*map->slots));
	for (size_t i = 0; i < map->used; i++) {
		size_t at;

		if (!map->entries[i].key)
			continue;
		map->entries[kept] = map->entries[i];
		at = map->entries[kept].hash & slot_mask(map);
		while (map->slots[at])
			at = (at + 1) & slot_mask(map);
		map->slots[at] = (uint32_t)++kept;
	}
	map->used = kept;
}

static int grow(struct rd_map *map)
{
	size_t cap = map->cap ? 2 * map->cap : FIRST_CAP;
	struct entry *entries;
	uint32_t *slots;

	if (cap > UINT32_MAX / 2)
		return -ENOMEM;
	slots = rd_malloc(2 * cap * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	entries = rd_realloc(map->entries, cap * sizeof(*entries));
	if (!entries) {
		rd_free(slots);
		return -ENOMEM;
	}
	rd_free(map->slots);
	map->slots = slots;
	map->entries = entries;
	map->cap = cap;
	compact(map);
	return 0;
}

static int make_room(struct rd_map *map)
{
	if (map->used < map->cap)
		return 0;
	if (map->cap == 0 || map->count > map->cap / 2)
		return grow(map);
	compact(map);
	return 0;
}

static int insert(struct rd_map *map, const char *key, size_t len, uint32_t hash,
		  void *value)
{
	struct entry *entry;
	char *copy;

	if (len > UINT32_MAX || make_room(map) < 0)
		return -ENOMEM;
	copy = rd_strndup(key, len);
	if (!copy)
		return -ENOMEM;
	entry = &map->entries[map->used++];
	*entry = (struct entry){ .key = copy,
				 .value = value,
				 .serial = map->next_serial++,
				 .hash = hash,
				 .len = (uint32_t)len };
	/* The room made may have moved every slot: search once more. */
	*find_slot(map, key, len, hash) = (uint32_t)map->used;
	map->count++;
	return 0;
}

static struct entry *find(const struct rd_map *map, const char *key, size_t len,
			  uint32_t hash)
{
	uint32_t position;

	if (map->count == 0)
		return NULL;
	position = *find_slot(map, key, len, hash);
	return position ? &map->entries[position - 1] : NULL;
}

int rd_map_set(struct rd_map *map, const char *key, void *value, void **old)
{
	size_t len = strlen(key);
	uint32_t hash = hash_of(map, key, len);
	struct entry *entry = find(map, key, len, hash);
	void *former = NULL;
	int rc = 0;

	if (entry) {
		former = entry->value;
		entry->value = value;
	} else {
		rc = insert(map, key, len, hash, value);
	}
	if (old)
		*old = former;
	return rc;
}

void *rd_map_get(const struct rd_map *map, const char *key)
{
	return rd_map_getn(map, key, strlen(key));
}

void *rd_map_getn(const struct rd_map *map, const char *key, size_t len)
{
	struct entry *entry;

	if (map->count == 0)
		return NULL;
	entry = find(map, key, len, hash_of(map, key, len));
	return entry ? entry->value : NULL;
}

/* Free a slot and move up those behind it that had to step aside for it. */
static void vacate(struct rd_map *map, size_t hole)
{
	size_t mask = slot_mask(map), at = hole;

	for (;;) {
		size_t home;

		at = (at + 1) & mask;
		if (!map->slots[at])
			break;
		home = map->entries[map->slots[at] - 1].hash & mask;
		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		map->slots[hole] = map->slots[at];
		hole = at;
	}
	map->slots[hole] = 0;
}

void *rd_map_remove(struct rd_map *map, const char *key)
{
	size_t len = strlen(key);
	struct entry *entry;
	uint32_t *slot;
	void *value;

	if (map->count == 0)
		return NULL;
	slot = find_slot(map, key, len, hash_of(map, key, len));
	if (!*slot)
		return NULL;
	entry = &map->entries[*slot - 1];
	value = entry->value;
	vacate(map, (size_t)(slot - map->slots));
	rd_free(entry->key);
	entry->key = NULL;
	map->count--;
	if (entry == &map->entries[map->used - 1])
		map->used--;
	return value;
}

size_t rd_map_count(const struct rd_map *map)
{
	return map->count;
}

/* The first position whose entry has this serial or a later one. */
static size_t position_of(const struct rd_map *map, size_t serial)
{
	size_t low = 0, high = map->used;

	if (serial < map->used && map->entries[serial].serial == serial)
		return serial;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries[middle].serial < serial)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool rd_map_next(const struct rd_map *map, size_t *pos, const char **key, void **value)
{
	for (size_t i = position_of(map, *pos); i < map->used; i++) {
		const struct entry *entry = &map->entries[i];

		if (!entry->key)
			continue;
		*pos = entry->serial + 1;
		if (key)
			*key = entry->key;
		if (value)
			*value = entry->value;
		return true;
	}
	return false;
}
