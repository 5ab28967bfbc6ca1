/* DB(), DB_EXISTS(), DB_KEYS(), DB_DELETE(): the key-value tree of the store. */
#include <string.h>

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

/* The next level below "family" or "family/prefix", each name once. */
static int keys_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	static const char sql[] =
		"SELECT DISTINCT CASE instr(rest, '/') WHEN 0 THEN rest "
		"ELSE substr(rest, 1, instr(rest, '/') - 1) END FROM "
		"(SELECT substr(key, ?2 + 1) AS rest FROM astdb "
		"WHERE substr(key, 1, ?2) = ?1) ORDER BY 1";
	struct rd_value params[2];
	struct rd_rows rows;
	struct rd_pool *pool;
	const char *prefix;
	int rc = rd_pool_new(&pool, 0);

	(void)ch;
	if (rc)
		return rc;
	args += *args == '/';
	prefix = rd_pool_printf(pool, *args ? "/%s/" : "/", args);
	params[0] = RD_TEXT(prefix);
	params[1] = RD_INT((int64_t)strlen(prefix ? prefix : ""));
	rc = prefix ? rd_store_query(sql, params, 2, pool, &rows) : -ENOMEM;
	for (int i = 0; rc == 0 && i < rows.count; i++)
		rd_buf_printf(out, "%s%s", i ? "," : "", rows.values[i].text);
	rd_pool_free(pool);
	return rc;
}

static const struct rd_function functions[] = {
	{ .name = "DB",
	  .read = db_read,
	  .write = db_write,
	  .yields = true,
	  .synopsis = "An entry of the database",
	  .syntax = "DB(family/key)" },
	{ .name = "DB_EXISTS",
	  .read = exists_read,
	  .yields = true,
	  .synopsis = "1 when there is such an entry; DB_RESULT is its value",
	  .syntax = "DB_EXISTS(family/key)" },
	{ .name = "DB_DELETE",
	  .read = delete_read,
	  .write = delete_write,
	  .yields = true,
	  .synopsis = "Delete an entry and give its value",
	  .syntax = "DB_DELETE(family/key)" },
	{ .name = "DB_KEYS",
	  .read = keys_read,
	  .yields = true,
	  .synopsis = "The names below a place of the database, parted by commas",
	  .syntax = "DB_KEYS(prefix)" },
	{ 0 }
};

RD_MODULE(.name = "func_db", .synopsis = "The database", .functions = functions);
