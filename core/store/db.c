/* The key-value tree of DB(): all of it in memory, so that reading costs no
 * wait; every change goes to the disk behind it. Keys are paths:
 * "/family/key". */
#include <stdio.h>
#include <string.h>

#include <ringdown/map.h>

#include "core/store/storage.h"
#include "core/store/thread.h"

static struct rd_map *tree;

static const char *const steps[] = {
	"CREATE TABLE astdb (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
	NULL,
};
static const struct rd_schema schema = { "astdb", steps };

int rd__db_path(char path[RD__DB_PATH_SIZE], const char *family, const char *key)
{
	int n = snprintf(path, RD__DB_PATH_SIZE, "/%s/%s", family, key);

	return n < RD__DB_PATH_SIZE ? 0 : -ENAMETOOLONG;
}

/* In memory only. On failure nothing has changed. */
static int keep(const char *path, const char *value, char **former)
{
	char *copy = rd_strdup(value);
	void *old = NULL;
	int rc;

	*former = NULL;
	if (!copy)
		return -ENOMEM;
	rc = rd_map_set(tree, path, copy, &old);
	if (rc)
		rd_free(copy);
	*former = old;
	return rc;
}

int rd_db_get(const char *family, const char *key, struct rd_pool *pool, const char **value)
{
	char path[RD__DB_PATH_SIZE];
	const char *found;
	int rc = rd__db_path(path, family, key);

	if (rc)
		return rc;
	found = tree ? rd_map_get(tree, path) : NULL;
	if (!found)
		return -ENOENT;
	*value = rd_pool_strdup(pool, found);
	return *value ? 0 : -ENOMEM;
}

/* The disk has refused it: so it must not be in memory either. */
static void take_back(const char *path, char *former)
{
	void *old = NULL;

	if (former)
		rd_map_set(tree, path, former, &old);
	else
		old = rd_map_remove(tree, path);
	rd_free(old);
}

/* Whoever keeps it is to write it. */
static int write_value(const char *path, const char *value)
{
	struct rd__storage *storage = rd__storage_of(path);
	struct rd_value params[] = { RD_TEXT(path), RD_TEXT(value) };

	if (storage)
		return rd__storage_change(storage, path, value);
	return value ? rd_store_write("INSERT OR REPLACE INTO astdb (key, value) VALUES (?, ?)",
				      params, 2, NULL, NULL)
		     : rd_store_write("DELETE FROM astdb WHERE key = ?", params, 1, NULL, NULL);
}

int rd_db_put(const char *family, const char *key, const char *value)
{
	char path[RD__DB_PATH_SIZE];
	char *former;
	int rc = tree ? rd__db_path(path, family, key) : -ENODEV;

	if (rc == 0)
		rc = keep(path, value, &former);
	if (rc)
		return rc;
	rc = write_value(path, value);
	if (rc)
		take_back(path, former);
	else
		rd_free(former);
	return rc;
}

static int remove_path(const char *path)
{
	int rc = write_value(path, NULL);

	if (rc == 0)
		rd_free(rd_map_remove(tree, path));
	return rc;
}

int rd_db_del(const char *family, const char *key)
{
	char path[RD__DB_PATH_SIZE];
	int rc = rd__db_path(path, family, key);

	if (rc)
		return rc;
	return tree && rd_map_get(tree, path) ? remove_path(path) : -ENOENT;
}

bool rd__db_is_below(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 && (n == 0 || path[n] == '\0' || path[n] == '/');
}

static int prefix_of(char *prefix, const char *family, const char *key_prefix)
{
	int rc = 0;

	prefix[0] = '\0';
	if (family && *family)
		rc = rd__db_path(prefix, family, key_prefix ? key_prefix : "");
	if (rc == 0 && *prefix && prefix[strlen(prefix) - 1] == '/')
		prefix[strlen(prefix) - 1] = '\0';
	return rc;
}

int rd_db_deltree(const char *family, const char *key_prefix)
{
	char prefix[RD__DB_PATH_SIZE], copy[RD__DB_PATH_SIZE];
	size_t pos = 0;
	const char *path;
	void *value;
	int removed = 0;
	int rc = tree ? prefix_of(prefix, family, key_prefix) : -ENODEV;

	while (rc == 0 && rd_map_next(tree, &pos, &path, &value)) {
		if (!rd__db_is_below(path, prefix))
			continue;
		rd_strcpy(copy, sizeof(copy), path);
		rc = remove_path(copy);
		removed += rc == 0;
	}
	return rc ? rc : removed;
}

bool rd_db_next(size_t *pos, const char *family, const char *key_prefix, const char **path,
		const char **value)
{
	char prefix[RD__DB_PATH_SIZE];
	void *found;

	if (!tree || prefix_of(prefix, family, key_prefix))
		return false;
	while (rd_map_next(tree, pos, path, &found)) {
		*value = found;
		if (rd__db_is_below(*path, prefix))
			return true;
	}
	return false;
}

/* ---- what the embedded store has, and what others have ---- */

static int keep_rows(const struct rd_rows *rows, const char *prefix)
{
	int rc = 0;

	for (int i = 0; i < rows->count && rc == 0; i++) {
		char *former;

		if (!rd__db_is_below(rows->values[i * 2].text, prefix))
			continue;
		rc = keep(rows->values[i * 2].text, rows->values[i * 2 + 1].text, &former);
		rd_free(former);
	}
	return rc;
}

int rd__db_read(const char *prefix)
{
	struct rd_pool *pool;
	struct rd_rows rows;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	rc = rd_store_query("SELECT key, value FROM astdb ORDER BY key", NULL, 0, pool, &rows);
	if (rc == 0)
		rc = keep_rows(&rows, prefix);
	rd_pool_free(pool);
	return rc;
}

bool rd__db_is_there(void)
{
	return tree;
}

void rd__db_hide(const char *prefix, const struct rd_map *but)
{
	char copy[RD__DB_PATH_SIZE];
	size_t pos = 0;
	const char *path;
	void *value;

	while (tree && rd_map_next(tree, &pos, &path, &value)) {
		if (!rd__db_is_below(path, prefix) || (but && rd_map_get(but, path)))
			continue;
		rd_strcpy(copy, sizeof(copy), path);
		rd_free(rd_map_remove(tree, copy));
	}
}

int rd__db_show(const char *family, const char *key, const char *value, char **former)
{
	char path[RD__DB_PATH_SIZE];
	int rc = rd__db_path(path, family, key);

	return rc ? rc : keep(path, value, former);
}

void rd__db_take_back(const char *family, const char *key, char *former)
{
	char path[RD__DB_PATH_SIZE];

	if (rd__db_path(path, family, key) == 0)
		take_back(path, former);
}

int rd__db_load(void)
{
	int rc = rd_store_schema(&schema);

	if (rc == 0)
		rc = rd_map_new(&tree, 0);
	return rc ? rc : rd__db_read("");
}

void rd__db_unload(void)
{
	size_t pos = 0;
	const char *path;
	void *value;

	while (tree && rd_map_next(tree, &pos, &path, &value))
		rd_free(value);
	rd_map_free(tree);
	tree = NULL;
}
