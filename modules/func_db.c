/* DB(), DB_EXISTS(), DB_KEYS(), DB_DELETE(): the key-value tree of the store. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/map.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

#include "modules/func.h"

/* "family/key": the key may hold slashes, the family not. */
struct place {
	struct rd_pool *pool;
	const char *family, *key;
};

static int place_open(struct place *place, const char *args)
{
	const char *slash = strchr(args, '/');

	if (!slash || slash == args || !slash[1])
		return -EINVAL;
	if (rd_pool_new(&place->pool, 0))
		return -ENOMEM;
	place->family = rd_pool_strndup(place->pool, args, (size_t)(slash - args));
	place->key = slash + 1;
	if (place->family)
		return 0;
	rd_pool_free(place->pool);
	return -ENOMEM;
}

/* 0 with *value (NULL: no such entry), which lives as long as the place. */
static int look_up(const struct place *place, const char **value)
{
	int rc = rd_db_get(place->family, place->key, place->pool, value);

	if (rc == -ENOENT) {
		*value = NULL;
		return 0;
	}
	return rc;
}

/* DB_RESULT keeps what was found last, as scripts expect. */
static int remember(struct rd_channel *ch, const char *value)
{
	return ch ? rd_var_set(ch, "DB_RESULT", value ? value : "") : 0;
}

static int db_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct place place;
	const char *value;
	int rc = place_open(&place, args);

	if (rc)
		return rc;
	rc = look_up(&place, &value);
	if (rc == 0 && value)
		rd_buf_adds(out, value);
	if (rc == 0)
		rc = remember(ch, value);
	rd_pool_free(place.pool);
	return rc;
}

static int db_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct place place;
	int rc = place_open(&place, args);

	(void)ch;
	if (rc)
		return rc;
	rc = rd_db_put(place.family, place.key, value);
	rd_pool_free(place.pool);
	return rc;
}

static int exists_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct place place;
	const char *value;
	int rc = place_open(&place, args);

	if (rc)
		return rc;
	rc = look_up(&place, &value);
	if (rc == 0)
		rd_buf_addc(out, value ? '1' : '0');
	if (rc == 0 && value)
		rc = remember(ch, value);
	rd_pool_free(place.pool);
	return rc;
}

static int delete_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct place place;
	const char *value;
	int rc = place_open(&place, args);

	(void)ch;
	if (rc)
		return rc;
	rc = look_up(&place, &value);
	if (rc == 0 && value)
		rd_buf_adds(out, value);
	if (rc == 0 && value)
		rc = rd_db_del(place.family, place.key);
	rd_pool_free(place.pool);
	return rc;
}

static int delete_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_buf gone;
	int rc;

	(void)value;
	rd_buf_init(&gone);
	rc = delete_read(ch, args, &gone);
	rd_buf_fini(&gone);
	return rc;
}

static const char *place_check(const char *args, char *buf, size_t size)
{
	struct place place;
	int rc = place_open(&place, args);

	(void)buf;
	(void)size;
	if (rc == 0)
		rd_pool_free(place.pool);
	return rc == -EINVAL ? "expected family/key" : NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names right below prefix: "a/b/c" and "a/d" give b and d for "a". */
static int collect_names(struct rd_map *names, const char *prefix)
{
	const char *path, *value;
	size_t pos = 0, n = strlen(prefix);
	int rc = 0;

	while (rc == 0 && rd_db_next(&pos, NULL, NULL, &path, &value)) {
		char name[256];

		path += *path == '/';
		if (n && (strncmp(path, prefix, n) != 0 || path[n] != '/'))
			continue;
		path += n ? n + 1 : 0;
		rd_strcpyn(name, sizeof(name), (struct rd_str){ path, strcspn(path, "/") });
		rc = rd_map_set(names, name, names, NULL);
	}
	return rc;
}

static int add_sorted(struct rd_map *names, struct rd_buf *out)
{
	size_t count = rd_map_count(names), n = 0, pos = 0;
	const char **sorted = rd_malloc((count + 1) * sizeof(*sorted)), *name;
	void *value;

	if (!sorted)
		return -ENOMEM;
	while (rd_map_next(names, &pos, &name, &value))
		sorted[n++] = name;
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++)
		rd_buf_printf(out, "%s%s", i ? "," : "", sorted[i]);
	rd_free(sorted);
	return 0;
}

/* The next level below "family" or "family/prefix", each name once. */
static int keys_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_map *names;
	int rc = rd_map_new(&names, 0);

	(void)ch;
	if (rc)
		return rc;
	rc = collect_names(names, args + (*args == '/'));
	if (rc == 0)
		rc = add_sorted(names, out);
	rd_map_free(names);
	return rc;
}

static const struct rd_function functions[] = {
	{ .name = "DB",
	  .read = db_read,
	  .write = db_write,
	  .check = place_check,
	  .synopsis = "An entry of the database",
	  .syntax = "DB(family/key)" },
	{ .name = "DB_EXISTS",
	  .read = exists_read,
	  .check = place_check,
	  .synopsis = "1 when there is such an entry; DB_RESULT is its value",
	  .syntax = "DB_EXISTS(family/key)" },
	{ .name = "DB_DELETE",
	  .read = delete_read,
	  .write = delete_write,
	  .check = place_check,
	  .synopsis = "Delete an entry and give its value",
	  .syntax = "DB_DELETE(family/key)" },
	{ .name = "DB_KEYS",
	  .read = keys_read,
	  .synopsis = "The names below a place of the database, parted by commas",
	  .syntax = "DB_KEYS(prefix)" },
	{ 0 }
};

RD_MODULE(.name = "func_db", .synopsis = "The database", .functions = functions);
