/* Tables that grow with the versions of their module: each step once, all
 * steps of an update in one transaction. */
#include <ringdown/log.h>

#include "core/store/thread.h"

static int stored_version(const char *name, int *version)
{
	struct rd_value param = RD_TEXT(name);
	struct rd__result result = { 0 };
	struct rd__job job = {
		.sql = "SELECT version FROM schema_versions WHERE name = ?",
		.params = &param,
		.param_count = 1,
		.result = &result,
	};
	int rc = rd__execute(&job);

	*version = rc == 0 && result.rows ? (int)result.values[0].i : 0;
	rd_free(result.values);
	return rc;
}

static int store_version(const char *name, int version)
{
	struct rd_value params[] = { RD_TEXT(name), RD_INT(version) };
	struct rd__job job = {
		.sql = "INSERT OR REPLACE INTO schema_versions (name, version) VALUES (?, ?)",
		.params = params,
		.param_count = 2,
	};

	return rd__execute(&job);
}

static int run_steps(const struct rd_schema *schema, int from, int to)
{
	int rc = rd__transaction_begin();

	for (int i = from; i < to && rc == 0; i++)
		rc = rd__sqlite_exec(schema->steps[i]);
	if (rc == 0)
		rc = store_version(schema->name, to);
	if (rc == 0)
		return rd__transaction_commit();
	rd__transaction_undo(rc);
	return rc;
}

int rd__schema_run(struct rd__job *job)
{
	const struct rd_schema *schema = job->arg;
	int latest = 0, version;
	int rc = rd__transaction_commit();

	while (schema->steps[latest])
		latest++;
	if (rc == 0)
		rc = stored_version(schema->name, &version);
	if (rc)
		return rc;
	if (version > latest) {
		rd_error("store: the tables of %s are of version %d, but only %d is known: a newer "
			 "ringdown has used this database",
			 schema->name, version, latest);
		return -EINVAL;
	}
	return version < latest ? run_steps(schema, version, latest) : 0;
}
