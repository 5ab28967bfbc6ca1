/* BLACKLIST(): is the caller one of those whom the database's family "blacklist" names? */
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

#define FAMILY "blacklist"

/* 1, 0, or negative. */
static int is_listed(const char *key)
{
	struct rd_pool *pool;
	const char *value;
	int rc;

	if (!key || !*key)
		return 0;
	rc = rd_pool_new(&pool, 0);
	if (rc)
		return rc;
	rc = rd_db_get(FAMILY, key, pool, &value);
	rd_pool_free(pool);
	return rc == 0 ? 1 : rc == -ENOENT ? 0 : rc;
}

static int blacklist_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct rd_party *caller;
	int rc;

	(void)args;
	if (!ch)
		return -EINVAL;
	caller = rd_channel_party(ch, RD_PARTY_CALLER);
	rc = is_listed(caller->number);
	if (!rc)
		rc = is_listed(caller->name);
	if (rc >= 0)
		rd_buf_addc(out, rc ? '1' : '0');
	return RD_MIN(rc, 0);
}

static const struct rd_function functions[] = {
	{ .name = "BLACKLIST",
	  .read = blacklist_read,
	  .synopsis = "Is the caller on the block list of the house?",
	  .syntax = "BLACKLIST()",
	  .description = "1 where the family " FAMILY " of the database has his number or his name "
			 "as a key, else 0: Set(DB(" FAMILY "/05551234)=1). What one person blocks "
			 "is BLOCK()." },
	{ 0 }
};

RD_MODULE(.name = "func_blacklist", .synopsis = "Block list of the house", .functions = functions);
