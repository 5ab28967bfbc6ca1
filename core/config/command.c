/* What a command of "#exec" prints. Its reader is a thread that may wait, but not for
 * ever, and not when the daemon stops: then the command's process group is killed.
 * It is one of the pool: a reload and "config show" read files there; what the daemon
 * reads before it has a pool, ringdown.conf, has to allow "#exec" first. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ringdown/process.h>
#include <ringdown/str.h>

#include "core/config/config.h"
#include "core/config/source.h"
#include "core/sched/clock.h"

enum { LOOK_MS = 50 }; /* how often somebody who waits looks whether to go on */

static atomic_bool allowed, stopped;
static atomic_int limit_ms = 10000;

void rd__config_allow_exec(bool allow)
{
	atomic_store(&allowed, allow);
}

bool rd__config_exec_allowed(void)
{
	return atomic_load(&allowed);
}

void rd__config_limit_exec(int ms)
{
	atomic_store(&limit_ms, ms);
}

int rd__config_exec_limit(void)
{
	return atomic_load(&limit_ms);
}

void rd__config_stop_exec(bool stop)
{
	atomic_store(&stopped, stop);
}

struct command {
	struct rd_process process;
	int fd; /* what it prints comes from there */
	int err_fd; /* what it complains of is kept there */
	uint64_t until_us;
	struct rd_buf output;
};

/* Until fd has something or has ended: 0, -ETIMEDOUT or -ECANCELED. */
static int wait_for(const struct command *command, int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	for (;;) {
		if (atomic_load(&stopped))
			return -ECANCELED;
		if (poll(&wanted, 1, LOOK_MS) > 0)
			return 0;
		if (rd__clock_real_us() >= command->until_us)
			return -ETIMEDOUT;
	}
}

/* To its end: whoever holds the other side may be a child of a child. */
static int read_output(struct command *command)
{
	char chunk[4096];

	for (;;) {
		int rc = wait_for(command, command->fd);
		ssize_t n = rc < 0 ? 0 : read(command->fd, chunk, sizeof(chunk));

		if (rc < 0)
			return rc;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return command->output.failed ? -ENOMEM : 0;
		if (n > 0)
			rd_buf_add(&command->output, chunk, (size_t)n);
		if (command->output.n > RD__CONFIG_MAX_BYTES)
			return -EFBIG;
		if (rd__clock_real_us() >= command->until_us)
			return -ETIMEDOUT;
	}
}

/* Memory that does not grow, so that nobody has to read along. */
static int complaints_new(void)
{
	int fd = memfd_create("complaints", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int rc;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, RD__COMMAND_COMPLAINT_MAX) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/* The first line. */
static void read_complaint(int fd, char *said, size_t size)
{
	ssize_t n = pread(fd, said, size - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\r\n")] = '\0';
}

static int start(struct command *command, const char *text)
{
	struct rd_process_options options = { .own_group = true,
					      .any_thread = true,
					      .err_fd = command->err_fd };
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	options.out_fd = ends[1];
	rc = rd_process_start_here(&command->process, text, &options);
	close(ends[1]);
	command->fd = ends[0];
	if (rc < 0)
		close(ends[0]);
	return rc;
}

/* rc: how reading went. What has not ended by itself is ended, all of its group. */
static int finish(struct command *command, int rc, struct rd__command_end *end)
{
	pid_t group = command->process.pid;

	if (rc == 0)
		rc = wait_for(command, command->process.fd);
	if (rc < 0)
		kill(-group, SIGKILL);
	end->status = rd_process_bury(&command->process);
	close(command->fd);
	read_complaint(command->err_fd, end->said, sizeof(end->said));
	if (rc < 0)
		return rc;
	return end->status == 0 ? 0 : -ECHILD;
}

static int keep(const struct rd_buf *from, struct rd_pool *pool, char **text, size_t *size)
{
	*size = from->n;
	*text = rd_pool_alloc(pool, from->n + 1);
	if (!*text)
		return -ENOMEM;
	memcpy(*text, rd_buf_text(from), from->n + 1);
	return 0;
}

static int read_command(struct command *command, const char *text, struct rd__command_end *end)
{
	int rc = start(command, text);

	return rc < 0 ? rc : finish(command, read_output(command), end);
}

int rd__config_read_command(const char *text, struct rd_pool *pool, char **output, size_t *size,
			    struct rd__command_end *end)
{
	struct command command = { .until_us = rd__clock_real_us() +
					       (uint64_t)atomic_load(&limit_ms) * 1000 };
	int rc;

	*end = (struct rd__command_end){ 0 };
	command.err_fd = complaints_new();
	if (command.err_fd < 0)
		return command.err_fd;
	rd_buf_init(&command.output);
	rc = read_command(&command, text, end);
	if (rc == 0)
		rc = keep(&command.output, pool, output, size);
	rd_buf_fini(&command.output);
	close(command.err_fd);
	return rc;
}
