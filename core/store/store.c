/* The SDK's calls of the store, which make jobs for its thread, and its
 * start and end. */
#include <stdio.h>
#include <string.h>

#include <ringdown/config.h>
#include <ringdown/fiber.h>

#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/store/thread.h"

#define WINDOW_MS 50

/* ---- queries: a fiber waits ---- */

static void result_fini(struct rd__result *result)
{
	rd_free(result->values);
	rd_buf_fini(&result->texts);
}

static int copy_rows(const struct rd__result *result, struct rd_pool *pool, struct rd_rows *rows)
{
	struct rd_value *values = rd_pool_alloc(pool, result->count * sizeof(*values));
	char *texts = rd_pool_alloc(pool, result->texts.n);

	*rows = (struct rd_rows){ .columns = result->columns, .count = result->rows };
	if (!values || !texts)
		return -ENOMEM;
	if (result->texts.n)
		memcpy(texts, result->texts.p, result->texts.n);
	for (size_t i = 0; i < result->count; i++) {
		values[i] = result->values[i];
		if (values[i].type == RD_VALUE_TEXT)
			values[i].text = texts + values[i].i;
	}
	rows->values = values;
	return 0;
}

int rd_store_query(const char *sql, const struct rd_value *params, int n, struct rd_pool *pool,
		   struct rd_rows *rows)
{
	struct rd__result result = { 0 };
	struct rd__job job = {
		.run = rd__execute,
		.sql = sql,
		.params = params,
		.param_count = n,
		.result = rows ? &result : NULL,
	};
	int rc;

	if (rows)
		*rows = (struct rd_rows){ 0 };
	rd_buf_init(&result.texts);
	rc = rd__store_wait(&job);
	if (rc == 0 && rows)
		rc = copy_rows(&result, pool, rows);
	result_fini(&result);
	return rc;
}

int rd_store_schema(const struct rd_schema *schema)
{
	struct rd__job job = { .run = rd__schema_run, .sql = schema->name, .arg = schema };

	return rd__store_wait(&job);
}

/* ---- writes: nobody waits ---- */

struct write {
	struct rd__job job;
	void (*done)(int rc, void *arg);
	void *arg;
	struct rd_value params[]; /* then the texts */
};

static void write_done(void *arg)
{
	struct write *write = arg;
	void (*done)(int rc, void *arg) = write->done;
	void *done_arg = write->arg;
	int rc = write->job.rc;

	rd__sched_release();
	rd_free(write);
	if (done)
		done(rc, done_arg);
}

/* One block: the job, its parameters, and all that they point at. */
static struct write *write_new(const char *sql, const struct rd_value *params, int n)
{
	size_t sql_size = strlen(sql) + 1;
	size_t size = sizeof(struct write) + (size_t)n * sizeof(*params) + sql_size;
	struct write *write;
	char *text;

	for (int i = 0; i < n; i++)
		if (params[i].type == RD_VALUE_TEXT)
			size += strlen(params[i].text) + 1;
	write = rd_malloc(size);
	if (!write)
		return NULL;
	memset(write, 0, sizeof(*write));
	text = memcpy((char *)(write->params + n), sql, sql_size);
	write->job.sql = text;
	text += sql_size;
	for (int i = 0; i < n; i++) {
		write->params[i] = params[i];
		if (params[i].type != RD_VALUE_TEXT)
			continue;
		write->params[i].text = text;
		text = stpcpy(text, params[i].text) + 1;
	}
	return write;
}

int rd_store_write(const char *sql, const struct rd_value *params, int n,
		   void (*done)(int rc, void *arg), void *arg)
{
	struct write *write;

	if (!rd__store_thread_running())
		return -ENODEV;
	write = write_new(sql, params, n);
	if (!write)
		return -ENOMEM;
	write->done = done;
	write->arg = arg;
	write->job.run = rd__execute;
	write->job.until_committed = true;
	write->job.params = write->params;
	write->job.param_count = n;
	write->job.soon.fn = write_done;
	write->job.soon.arg = write;
	rd__sched_hold();
	rd__store_submit(&write->job);
	return 0;
}

/* ---- start and end ---- */

int rd__store_start_at(const char *path)
{
	/* On the virtual clock nobody can wait for real milliseconds. */
	int rc = rd__store_thread_start(path, rd__clock_virtual() ? 0 : WINDOW_MS);

	if (rc)
		return rc;
	rc = rd__db_load();
	if (rc)
		rd__store_stop();
	return rc;
}

int rd__store_start(void)
{
	static char path[4096];
	const char *state = rd_directory("state");

	snprintf(path, sizeof(path), "%s/ringdown.db", state ? state : ".");
	return rd__store_start_at(path);
}

static int stop_thread(void *arg)
{
	(void)arg;
	rd__store_thread_stop();
	return 0;
}

/* Writes may still come back after the thread has ended: a turn of the loop
 * brings them home. */
void rd__store_stop(void)
{
	if (!rd__store_thread_running())
		return;
	rd__store_thread_refuse();
	rd_shield_begin(INT32_MAX);
	rd_offload(stop_thread, NULL);
	rd_sleep(0);
	rd_shield_end();
	rd__db_unload();
}
