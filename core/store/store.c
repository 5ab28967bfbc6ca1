/* The SDK's calls of the store, which make jobs for its thread, and its
 * start and end. */
#include <stdio.h>
#include <string.h>

#include <ringdown/config.h>
#include <ringdown/fiber.h>
#include <ringdown/list.h>

#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/store/thread.h"

/* 100 ms are promised, and a disk takes its time. */
#define REST_MAX_MS 40 /* between commits while writes keep coming */
#define SYNC_MS	    50 /* behind the first of them */
#define COMMIT_MS   20 /* running and committing what was gathered */
#define SETTLE_MS   10000

/* On the virtual clock nobody can wait for real milliseconds. */
static unsigned real_us(int ms)
{
	return ms > 0 && !rd__clock_virtual() ? (unsigned)ms * 1000 : 0;
}

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

/* ---- requests: nobody waits ---- */

struct request {
	struct rd__job job;
	struct rd_list link; /* in under_way */
	uint64_t number;
	struct rd__result result;
	void (*done)(int rc, void *arg);
	void (*answer)(int rc, const struct rd_rows *rows, void *arg);
	void *arg;
	struct rd_value params[]; /* then the texts */
};

/* Those that have not come back, in the order in which they went. */
static struct rd_list under_way = RD_LIST_INIT(under_way);
static uint64_t last_number;

static bool is_text(const struct rd_value *value)
{
	return value->type == RD_VALUE_TEXT || value->type == RD_VALUE_STR;
}

static size_t text_size(const struct rd_value *value)
{
	return value->type == RD_VALUE_STR ? strnlen(value->text, (size_t)value->i)
					   : strlen(value->text);
}

static size_t request_size(const char *sql, const struct rd_value *params, int n)
{
	size_t size = sizeof(struct request) + (size_t)n * sizeof(*params) + strlen(sql) + 1;

	for (int i = 0; i < n; i++)
		if (is_text(&params[i]))
			size += text_size(&params[i]) + 1;
	return size;
}

/* One block: the job, its parameters, and all that they point at. */
static struct request *request_new(const char *sql, const struct rd_value *params, int n)
{
	struct request *request = rd_malloc(request_size(sql, params, n));
	char *text;

	if (!request)
		return NULL;
	memset(request, 0, sizeof(*request));
	text = (char *)(request->params + n);
	request->job.sql = text;
	text = stpcpy(text, sql) + 1;
	for (int i = 0; i < n; i++) {
		request->params[i] = params[i];
		if (!is_text(&params[i]))
			continue;
		request->params[i] = RD_TEXT(text);
		text = mempcpy(text, params[i].text, text_size(&params[i]));
		*text++ = '\0';
	}
	request->job.params = request->params;
	request->job.param_count = n;
	request->job.run = rd__execute;
	return request;
}

static int submit(struct request *request, void (*come_back)(void *arg), void *arg)
{
	request->arg = arg;
	request->number = ++last_number;
	rd_list_push(&under_way, &request->link);
	request->job.soon.fn = come_back;
	request->job.soon.arg = request;
	rd__sched_hold();
	rd__store_submit(&request->job);
	return 0;
}

static void write_done(void *arg)
{
	struct request *request = arg;

	rd__sched_release();
	rd_list_remove(&request->link);
	if (request->done)
		request->done(request->job.rc, request->arg);
	rd_free(request);
}

int rd_store_write_within(int ms, const char *sql, const struct rd_value *params, int n,
			  void (*done)(int rc, void *arg), void *arg)
{
	struct request *request;

	if (!rd__store_thread_running())
		return -ENODEV;
	request = request_new(sql, params, n);
	if (!request)
		return -ENOMEM;
	request->done = done;
	request->job.until_committed = true;
	request->job.gather_us = real_us(ms - COMMIT_MS);
	request->job.keep = !done;
	return submit(request, write_done, arg);
}

int rd_store_write(const char *sql, const struct rd_value *params, int n,
		   void (*done)(int rc, void *arg), void *arg)
{
	return rd_store_write_within(0, sql, params, n, done, arg);
}

static void query_done(void *arg)
{
	struct request *request = arg;
	struct rd__result *result = &request->result;
	struct rd_rows rows = { .columns = result->columns, .count = result->rows,
				.values = result->values };

	rd__sched_release();
	rd_list_remove(&request->link);
	for (size_t i = 0; i < result->count; i++)
		if (result->values[i].type == RD_VALUE_TEXT)
			result->values[i].text = result->texts.p + result->values[i].i;
	if (request->job.rc)
		rows = (struct rd_rows){ 0 };
	request->answer(request->job.rc, &rows, request->arg);
	result_fini(result);
	rd_free(request);
}

int rd_store_query_then(const char *sql, const struct rd_value *params, int n,
			void (*answer)(int rc, const struct rd_rows *rows, void *arg), void *arg)
{
	struct request *request;

	if (!rd__store_thread_running())
		return -ENODEV;
	request = request_new(sql, params, n);
	if (!request)
		return -ENOMEM;
	rd_buf_init(&request->result.texts);
	request->job.result = &request->result;
	request->answer = answer;
	return submit(request, query_done, arg);
}

static bool calls_back(uint64_t until)
{
	rd_list_foreach(node, tmp, &under_way) {
		const struct request *request = rd_list_entry(node, struct request, link);

		if (request->number > until)
			break;
		if (request->done || request->answer)
			return true;
	}
	return false;
}

/* Those that are asked for meanwhile are not waited for. */
void rd__store_settle(void)
{
	uint64_t until = last_number;

	if (rd__store_thread_running())
		rd__store_flush();
	rd_shield_begin(SETTLE_MS);
	while (calls_back(until))
		if (rd_sleep(1) < 0)
			break;
	rd_shield_end();
}

/* ---- start and end ---- */

int rd__store_start_at(const char *path)
{
	int rc = rd__store_thread_start(path, real_us(REST_MAX_MS), real_us(SYNC_MS));

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
