/* Ringdown SDK: a hash map from strings to pointers. Keys are copied, values
 * are borrowed. Iteration is in order of insertion. One thread. */
#ifndef RINGDOWN_MAP_H
#define RINGDOWN_MAP_H

#include <ringdown/base.h>

struct rd_map;

enum rd_map_flags {
	RD_MAP_NOCASE = 1, /* ASCII letters compare without case */
};

RD_API_BEGIN

/* 0 or -ENOMEM; *mp is filled only on success. */
int rd_map_new(struct rd_map **mp, unsigned flags);

/* Values are not touched: free them first. NULL is fine. */
void rd_map_free(struct rd_map *map);

/* Set or replace. *old (may be NULL) gets the value replaced, or NULL.
 * 0 or -ENOMEM, then nothing has changed. */
int rd_map_set(struct rd_map *map, const char *key, void *value, void **old);

/* The value, NULL: there is none. n: the key is that long, and not terminated. */
void *rd_map_get(const struct rd_map *map, const char *key);
void *rd_map_getn(const struct rd_map *map, const char *key, size_t len);

/* Take out; returns the value, NULL when there was none. */
void *rd_map_remove(struct rd_map *map, const char *key);

size_t rd_map_count(const struct rd_map *map); /* of entries */

/**
 * Walk: start with *pos = 0, call until it returns false. The entry last
 * returned may be removed during the walk; entries added may or may not
 * be seen.
 */
bool rd_map_next(const struct rd_map *map, size_t *pos, const char **key,
		 void **value);

RD_API_END

#endif
