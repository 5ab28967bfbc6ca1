/* One attempt at a call file: it is read, the call is made, and then the file goes or stays.
 * What an attempt writes into it is in Asterisk's words: StartRetry, EndRetry, Status. Who is
 * killed in between has left a StartRetry without an EndRetry: the call is made again. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/io.h>
#include <ringdown/log.h>

#include "modules/pbx_spool/spool.h"

enum { WRITE_MS = 2000 };

struct attempt {
	const char *outgoing, *done, *name; /* folders; a file */
	char path[PATH_MAX];
	struct rd_pool *pool;
	struct call_file file;
	time_t time; /* the file's own */
	/* what a thread of the pool does next: */
	char line[1024]; /* put at its end; "": nothing */
	time_t due; /* its time from then on; 0: as it is */
	bool leaves, is_kept; /* the folder; for the other folder */
};

/* -- in the pool ------------------------------------------------------------------ */

/* Whoever wrote the file may have left its last line open. */
static int end_line(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char last = '\n';

	if (size > 0 && pread(fd, &last, 1, size - 1) < 0)
		return -errno;
	return last == '\n' ? 0 : rd_file_append(fd, "\n", 1);
}

static int open_for_notes(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int copy(const char *from, const char *to)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC), rc = -ENOMEM;
	char *text;
	ssize_t n;

	if (fd < 0)
		return -errno;
	text = rd_malloc(SPOOL_FILE_MAX);
	if (text) {
		n = read(fd, text, SPOOL_FILE_MAX);
		rc = n < 0 ? -errno : rd_file_write_here(to, text, (size_t)n, 0640);
	}
	close(fd);
	rd_free(text);
	return rc;
}

/* Whoever put it there may be another user, and we may not write to it: but the folder is
 * ours. Nobody looks at a name that begins with a dot. */
static int make_ours(const struct attempt *it)
{
	char beside[PATH_MAX];
	int rc;

	if (snprintf(beside, sizeof(beside), "%s/.%s", it->outgoing, it->name) >=
	    (int)sizeof(beside))
		return -ENAMETOOLONG;
	rc = copy(it->path, beside);
	if (!rc && rename(beside, it->path)) {
		rc = -errno;
		unlink(beside);
	}
	return rc;
}

static int append(const struct attempt *it, const char *line)
{
	int fd = open_for_notes(it->path), rc;

	if (fd == -EACCES || fd == -EPERM) {
		rc = make_ours(it);
		fd = rc ? rc : open_for_notes(it->path);
	}
	if (fd < 0)
		return fd;
	rc = end_line(fd);
	if (!rc)
		rc = rd_file_append(fd, line, strlen(line));
	close(fd);
	return rc;
}

/* Somebody may have cleared up the other folder, and it as well. */
static int keep(const struct attempt *it)
{
	char target[PATH_MAX];

	if (snprintf(target, sizeof(target), "%s/%s", it->done, it->name) >= (int)sizeof(target))
		return -ENAMETOOLONG;
	if (rename(it->path, target) == 0)
		return 0;
	if (errno == ENOENT && mkdir(it->done, 0750) == 0 && rename(it->path, target) == 0)
		return 0;
	return -errno;
}

static int leave(const struct attempt *it)
{
	if (it->is_kept)
		return keep(it);
	return unlink(it->path) ? -errno : 0;
}

static int set_time(const struct attempt *it)
{
	const struct timespec times[2] = { { .tv_sec = it->due }, { .tv_sec = it->due } };

	return utimensat(AT_FDCWD, it->path, times, 0) ? -errno : 0;
}

static int change(void *arg)
{
	struct attempt *it = arg;
	int rc = *it->line ? append(it, it->line) : 0;

	if (!rc && it->due)
		rc = set_time(it);
	return !rc && it->leaves ? leave(it) : rc;
}

static int ask_time(void *arg)
{
	struct attempt *it = arg;
	struct stat st;

	if (stat(it->path, &st))
		return -errno;
	it->time = st.st_mtime;
	return S_ISREG(st.st_mode) ? 0 : -EISDIR;
}

/* -- the story -------------------------------------------------------------------- */

static int change_file(struct attempt *it)
{
	int rc = rd_offload(change, it);

	if (rc && rc != -ECANCELED && rc != -ENOENT)
		rd_error("%s: %s", it->path, rd_strerror(rc));
	it->line[0] = '\0';
	return rc;
}

static enum spool_outcome outcome_of_leaving(int rc)
{
	return rc && rc != -ENOENT ? SPOOL_STUCK : SPOOL_OVER;
}

static enum spool_outcome put_aside(struct attempt *it)
{
	if (it->file.fault_line)
		rd_error("%s:%d: %s: it is put aside", it->path, it->file.fault_line,
			 it->file.fault);
	else
		rd_error("%s: %s: it is put aside", it->path, it->file.fault);
	snprintf(it->line, sizeof(it->line), "; line %d: %s\nStatus: Failed\n", it->file.fault_line,
		 it->file.fault);
	it->leaves = it->is_kept = true;
	return outcome_of_leaving(change_file(it));
}

/* AlwaysDelete: no, and whoever made it has given it another time meanwhile. */
static bool comes_again(struct attempt *it)
{
	return !it->file.always_delete && rd_offload(ask_time, it) == 0 && it->time > rd_wall();
}

/* What cannot be kept goes: who was called must not be called again. */
static enum spool_outcome finish(struct attempt *it, const char *status)
{
	int rc;

	if (comes_again(it))
		return SPOOL_STAYS;
	it->leaves = true;
	it->is_kept = it->file.archive;
	if (it->is_kept)
		snprintf(it->line, sizeof(it->line), "Status: %s\n", status);
	rc = change_file(it);
	if (rc && it->is_kept) {
		it->is_kept = false;
		rc = change_file(it);
	}
	return outcome_of_leaving(rc);
}

static enum spool_outcome try_again(struct attempt *it)
{
	snprintf(it->line, sizeof(it->line), "EndRetry: %d %d (%lld)\n", (int)getpid(),
		 it->file.attempts + 1, (long long)rd_wall());
	it->due = rd_wall() + it->file.retry_s;
	change_file(it);
	return SPOOL_STAYS;
}

static enum spool_outcome conclude(struct attempt *it, int rc, const struct rd_dial_result *result)
{
	const struct call_file *file = &it->file;

	if (rc == -ENOENT || rc == -EINVAL) {
		it->file.fault = rc == -EINVAL ? "its channel cannot be read"
					       : "there is no such place in the dialplan";
		it->file.fault_line = rc == -EINVAL ? file->channel_line : file->place_line;
		return put_aside(it);
	}
	if (rc)
		return SPOOL_LATER;
	if (result->status == RD_DIAL_ANSWER)
		return finish(it, "Completed");
	rd_notice("%s: %s: %s (attempt %d of %d)", it->path, file->what.channel,
		  rd_dial_status_name(result->status), file->attempts + 1, file->max_retries + 1);
	spool_run_failed(file, result);
	return file->attempts < file->max_retries ? try_again(it) : finish(it, "Expired");
}

static enum spool_outcome make_call(struct attempt *it)
{
	struct rd_dial_result result = { .status = RD_DIAL_CONGESTION };
	enum spool_outcome outcome;
	int rc;

	if (it->file.fault)
		return put_aside(it);
	snprintf(it->line, sizeof(it->line), "StartRetry: %d %d (%lld)\n", (int)getpid(),
		 it->file.attempts + 1, (long long)rd_wall());
	rc = change_file(it);
	if (rc)
		return rc == -ENOENT ? SPOOL_OVER : SPOOL_LATER;
	rc = rd_originate(&it->file.what, &result);
	if (rc == -ECANCELED)
		return SPOOL_STAYS;
	/* What has come about is written down, also when we are to end. */
	rd_shield_begin(WRITE_MS);
	outcome = conclude(it, rc, &result);
	rd_shield_end();
	return outcome;
}

static enum spool_outcome read_and_call(struct attempt *it)
{
	char *text;
	size_t size;
	int rc = rd_offload(ask_time, it);

	if (!rc && it->time > rd_wall())
		return SPOOL_STAYS;
	if (!rc)
		rc = rd_file_read(it->path, it->pool, SPOOL_FILE_MAX, &text, &size);
	if (!rc)
		rc = call_file_read(&it->file, it->pool, text, it->path);
	switch (rc) {
	case 0:
		return make_call(it);
	case -ENOENT:
	case -EISDIR:
		return SPOOL_OVER;
	case -EACCES:
	case -EFBIG:
		it->file.fault =
			rc == -EFBIG ? "it is too large to be a call file" : "it may not be read";
		return put_aside(it);
	default:
		rd_warning("%s: %s", it->path, rd_strerror(rc));
		return SPOOL_LATER;
	}
}

/* When it is due, should it stay; 0: nobody knows. */
static time_t due(struct attempt *it)
{
	time_t due;

	rd_shield_begin(WRITE_MS);
	due = rd_offload(ask_time, it) == 0 ? it->time : 0;
	rd_shield_end();
	return due;
}

enum spool_outcome spool_attempt(const char *outgoing, const char *done, const char *name,
				 time_t *due_at)
{
	enum spool_outcome outcome = SPOOL_LATER;
	struct attempt *it;
	struct rd_pool *pool;

	it = rd_pool_new_with(&pool, 0, sizeof(*it));
	if (!it)
		return SPOOL_LATER;
	*it = (struct attempt){ .outgoing = outgoing, .done = done, .name = name, .pool = pool };
	if (snprintf(it->path, sizeof(it->path), "%s/%s", outgoing, name) < (int)sizeof(it->path))
		outcome = read_and_call(it);
	*due_at = outcome == SPOOL_STAYS ? due(it) : 0;
	rd_pool_free(pool);
	return outcome;
}
