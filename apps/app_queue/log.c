/* queue_log, the file that reporting tools read: "epoch|callid|queue|agent|verb|data". Lines
 * are collected and appended in the pool, in order; the file may be moved away at any time. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "apps/app_queue/queue.h"

enum { PENDING_MAX = 1 << 20 };

struct batch {
	char path[512];
	struct rd_buf lines;
};

static struct rd_buf pending;
static bool writing, failed;

static int append(void *arg)
{
	struct batch *batch = arg;
	FILE *file = fopen(batch->path, "a");
	int rc;

	if (!file)
		return -errno;
	rc = fwrite(batch->lines.p, 1, batch->lines.n, file) == batch->lines.n ? 0 : -EIO;
	return fclose(file) && !rc ? -errno : rc;
}

static void tell(const struct batch *batch, int rc)
{
	if (rd_log_is_news(&failed, rc != 0))
		rd_warning("%s: %s", batch->path, rc ? rd_strerror(rc) : "written again");
}

static void write_on(void);

static void written(int rc, void *arg)
{
	struct batch *batch = arg;

	tell(batch, rc);
	rd_buf_fini(&batch->lines);
	rd_free(batch);
	writing = false;
	write_on();
}

/* What is collected becomes a batch; NULL: nothing, or no memory. */
static struct batch *take_batch(void)
{
	struct batch *batch = pending.n && rd_directory("log") ? rd_zalloc(sizeof(*batch)) : NULL;

	if (!batch)
		return NULL;
	snprintf(batch->path, sizeof(batch->path), "%s/queue_log", rd_directory("log"));
	batch->lines = pending;
	rd_buf_init(&pending);
	pending.limit = PENDING_MAX;
	return batch;
}

static void write_on(void)
{
	struct batch *batch = writing ? NULL : take_batch();

	if (!batch)
		return;
	writing = true;
	if (rd_offload_then(append, written, batch))
		written(-EAGAIN, batch);
}

void queue_log(const char *callid, const char *queue, const char *agent, const char *verb,
	       const char *fmt, ...)
{
	va_list ap;

	rd_buf_printf(&pending, "%lld|%s|%s|%s|%s|", (long long)rd_wall(), callid ? callid : "NONE",
		      queue ? queue : "NONE", agent ? agent : "NONE", verb);
	va_start(ap, fmt);
	rd_buf_vprintf(&pending, fmt, ap);
	va_end(ap);
	rd_buf_addc(&pending, '\n');
	write_on();
}

void queue_log_close(void)
{
	struct batch *batch;

	while (writing)
		if (rd_sleep(10))
			break;
	batch = take_batch();
	if (!batch) {
		rd_buf_fini(&pending);
		return;
	}
	tell(batch, rd_offload(append, batch));
	rd_buf_fini(&batch->lines);
	rd_free(batch);
}
