/* What our marks are made with: one key for the life of the database, so that dialogs
 * outlive a restart. It is kept where the dialplan's DB() does not read: who knows it
 * can make marks of his own. */
#include <string.h>

#include <ringdown/store.h>

#include "modules/sip_proxy/proxy.h"

static char key[PROXY_KEY + 1];

static const char *const steps[] = {
	"CREATE TABLE sip_proxy_keys (name TEXT PRIMARY KEY, value TEXT NOT NULL)", NULL
};

static const struct rd_schema schema = { .name = "sip_proxy", .steps = steps };

/* 0, -ENOENT: there is none yet. */
static int recall(struct rd_pool *pool)
{
	struct rd_rows rows;
	int rc = rd_store_query("SELECT value FROM sip_proxy_keys WHERE name = 'mark'", NULL, 0,
				pool, &rows);

	if (rc < 0)
		return rc;
	return rows.count && strlen(rows.values[0].text) == PROXY_KEY &&
			       rd_strcpy(key, sizeof(key), rows.values[0].text)
		       ? 0
		       : -ENOENT;
}

static int open_key(struct rd_pool *pool)
{
	const struct rd_value values[] = { RD_TEXT(key) };
	int rc = rd_store_schema(&schema);

	if (rc == 0)
		rc = recall(pool);
	if (rc != -ENOENT)
		return rc;
	return rd_store_write("INSERT OR REPLACE INTO sip_proxy_keys VALUES ('mark', ?)",
			      values, 1, NULL, NULL);
}

/* Without a store there is a key, too, but it ends with us. */
int proxy_key_open(void)
{
	struct rd_pool *pool;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	rd_random_token(key, PROXY_KEY);
	rc = open_key(pool);
	rd_pool_free(pool);
	return rc == -ENODEV ? 0 : rc;
}

const char *proxy_key(void)
{
	return key;
}
