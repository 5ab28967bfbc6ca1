/* Appending lines, off the switch thread. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/io.h>
#include <ringdown/log.h>

#include "modules/line_file.h"

enum {
	REST_MS = 500,
	AGAIN_MS = 2000,
	KEPT_MAX = 16 << 20, /* bytes that wait for a disk that is full */
};

struct line_file {
	char *path;
	struct rd_buf pending;	/* the switch thread's */
	char *writing; /* the pool's, while it has them; NULL: none */
	size_t writing_size;
	bool failing, ending;
	unsigned lost; /* times that lines were */
	struct rd_timer timer;
	uint64_t rest_until_ms; /* a batch was begun lately */
};

const size_t line_file_sizes[] = { sizeof(struct line_file), 0 };

/* ---- in the pool ---- */

static void make_folders(const char *path)
{
	char folder[1024];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
		if (rd_strcpyn(folder, sizeof(folder),
			       (struct rd_str){ path, (size_t)(slash - path) }))
			mkdir(folder, 0750);
}

static int open_to_append(const char *path)
{
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, fd = open(path, flags, 0640);

	if (fd < 0 && errno == ENOENT) {
		make_folders(path);
		fd = open(path, flags, 0640);
	}
	return fd < 0 ? -errno : fd;
}

static int write_batch(void *arg)
{
	struct line_file *file = arg;
	int fd = open_to_append(file->path), rc;

	if (fd < 0)
		return fd;
	rc = rd_file_append(fd, file->writing, file->writing_size);
	if (close(fd) && !rc)
		rc = -errno;
	return rc;
}

/* ---- on the switch thread ---- */

static void lose(struct line_file *file, const char *why)
{
	if (!file->lost++)
		rd_error("%s: lines are lost: %s", file->path, why);
}

static void put_back(struct line_file *file)
{
	struct rd_buf all;

	rd_buf_init(&all);
	rd_buf_add(&all, file->writing, file->writing_size);
	rd_buf_add(&all, rd_buf_text(&file->pending), file->pending.n);
	if (all.failed || all.n > KEPT_MAX) {
		lose(file, all.failed ? "no memory" : "too many wait");
		rd_buf_fini(&all);
		return;
	}
	rd_buf_fini(&file->pending);
	file->pending = all;
}

static void say(struct line_file *file, int rc)
{
	bool news = rd_log_is_news(&file->failing, rc != 0);

	if (news && rc)
		rd_error("%s: %s; what is to be written waits", file->path, rd_strerror(rc));
	else if (news)
		rd_notice("%s: is written again%s", file->path,
			  file->lost ? ", but lines are lost" : "");
	if (!rc)
		file->lost = 0;
}

static void end(struct line_file *file)
{
	rd_timer_stop(&file->timer);
	rd_buf_fini(&file->pending);
	rd_free(file->path);
	rd_free(file);
}

static void flush(void *arg);

/* At once after a rest, so that a call's record is soon where it is safe. */
static void flush_soon(struct line_file *file)
{
	uint64_t now_ms = rd_now_ms();

	rd_timer_start(&file->timer,
		       file->rest_until_ms > now_ms ? (int)(file->rest_until_ms - now_ms) : 0);
}

static void written(int rc, void *arg)
{
	struct line_file *file = arg;

	say(file, rc);
	if (rc && file->writing)
		put_back(file);
	rd_free(file->writing);
	file->writing = NULL;
	if (file->ending && rc)
		lose(file, "it is closed");
	if (file->ending && (rc || !file->pending.n))
		end(file);
	else if (file->ending)
		flush(file);
	else if (rc)
		rd_timer_start(&file->timer, AGAIN_MS);
	else if (file->pending.n)
		flush_soon(file);
}

/* There are lines, and none are on their way. */
static void flush(void *arg)
{
	struct line_file *file = arg;
	size_t n = file->pending.n;
	int rc;

	file->rest_until_ms = rd_now_ms() + REST_MS;
	file->writing = rd_buf_take(&file->pending);
	file->writing_size = file->writing ? n : 0;
	rd_buf_init(&file->pending);
	if (!file->writing)
		lose(file, "no memory");
	rc = file->writing ? rd_offload_then(write_batch, written, file) : -ENOMEM;
	if (rc)
		written(rc, file);
}

int line_file_new(struct line_file **fp, const char *path)
{
	struct line_file *file = rd_zalloc(sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->path = rd_strdup(path);
	if (!file->path) {
		rd_free(file);
		return -ENOMEM;
	}
	rd_buf_init(&file->pending);
	rd_timer_init(&file->timer, flush, file);
	*fp = file;
	return 0;
}

void line_file_add(struct line_file *file, const char *lines, size_t n)
{
	if (file->pending.n + n > KEPT_MAX) {
		lose(file, "too many wait");
		return;
	}
	rd_buf_add(&file->pending, lines, n);
	if (file->pending.failed) {
		lose(file, "no memory");
		file->pending.failed = false; /* what was there still is */
	}
	if (!file->writing && !rd_timer_running(&file->timer))
		flush_soon(file);
}

void line_file_free(struct line_file *file)
{
	if (!file)
		return;
	file->ending = true;
	rd_timer_stop(&file->timer);
	if (file->writing)
		return;
	if (file->pending.n)
		flush(file);
	else
		end(file);
}
