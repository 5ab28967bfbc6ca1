/* What a command of "#exec" prints. Its reader is a thread that may wait, but not for
 * ever, and not when the daemon stops: then the command's process group is killed.
 * It is one of the pool: a reload and "config show" read files there; what the daemon
 * reads before it has a pool, ringdown.conf, has to allow "#exec" first. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
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
	int fd;	    /* what it prints comes from there */
	int err_fd; /* and what it complains of; does not block */
	uint64_t until_us;
	struct rd_buf output;
	struct rd__command_end *end;
};

/* The beginning is kept; the rest is read, lest the command waits for it. */
static void hear_complaints(struct command *command)
{
	struct rd__command_end *end = command->end;
	char chunk[4096];
	size_t held = strlen(end->said), more;
	ssize_t n = read(command->err_fd, chunk, sizeof(chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		more = RD_MIN((size_t)n, sizeof(end->said) - 1 - held);
		memcpy(end->said + held, chunk, more);
		end->said[held + more] = '\0';
	} else {
		close(command->err_fd);
		command->err_fd = -1;
	}
}

/* Until fd has something or has ended: 0, -ETIMEDOUT or -ECANCELED. */
static int wait_for(struct command *command, int fd)
{
	struct pollfd wanted[] = { { .fd = fd, .events = POLLIN }, { .events = POLLIN } };

	for (;;) {
		if (atomic_load(&stopped))
			return -ECANCELED;
		wanted[1].fd = command->err_fd;
		if (poll(wanted, 2, LOOK_MS) > 0 && wanted[1].revents)
			hear_complaints(command);
		if (wanted[0].revents)
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

static void close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* Its own ends are closed here, whatever becomes of it. */
static int start_with(struct command *command, const char *text, const int out[2],
		      const int err[2])
{
	struct rd_process_options options = { .own_group = true,
					      .any_thread = true,
					      .out_fd = out[1],
					      .err_fd = err[1] };
	int rc = rd_process_start_here(&command->process, text, &options);

	if (rc < 0) {
		close_both(out);
		close_both(err);
		return rc;
	}
	close(out[1]);
	close(err[1]);
	command->fd = out[0];
	command->err_fd = err[0];
	return 0;
}

static int start(struct command *command, const char *text)
{
	int out[2], err[2], rc;

	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(err, O_CLOEXEC) < 0) {
		rc = -errno;
		close_both(out);
		return rc;
	}
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	return start_with(command, text, out, err);
}

/* rc: how reading went. What has not ended by itself is ended, all of its group. */
static int finish(struct command *command, int rc)
{
	struct rd__command_end *end = command->end;
	pid_t group = command->process.pid;

	if (rc == 0)
		rc = wait_for(command, command->process.fd);
	if (rc < 0)
		kill(-group, SIGKILL);
	end->status = rd_process_bury(&command->process);
	close(command->fd);
	if (command->err_fd >= 0)
		hear_complaints(command);
	if (command->err_fd >= 0)
		close(command->err_fd);
	end->said[strcspn(end->said, "\r\n")] = '\0';
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

static int read_command(struct command *command, const char *text)
{
	int rc = start(command, text);

	return rc < 0 ? rc : finish(command, read_output(command));
}

int rd__config_read_command(const char *text, struct rd_pool *pool, char **output, size_t *size,
			    struct rd__command_end *end)
{
	struct command command = { .until_us = rd__clock_real_us() +
					       (uint64_t)atomic_load(&limit_ms) * 1000,
				   .end = end };
	int rc;

	*end = (struct rd__command_end){ 0 };
	rd_buf_init(&command.output);
	rc = read_command(&command, text);
	if (rc == 0)
		rc = keep(&command.output, pool, output, size);
	rd_buf_fini(&command.output);
	return rc;
}
