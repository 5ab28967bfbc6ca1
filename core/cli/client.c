/* Talking to the daemon from outside: connect, run one command, print what
 * it says. `ringdown -x` is little more than this. */
#include "core/cli/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/config.h>

#include "core/cli/cli.h"

volatile sig_atomic_t rd__client_interrupted;

int rd__client_send(int fd, enum rd__frame_kind kind, const char *text, size_t size)
{
	unsigned char header[RD__FRAME_HEADER];
	struct rd_buf frame;
	size_t sent = 0;

	rd_buf_init(&frame);
	rd__frame_header(header, kind, size);
	rd_buf_add(&frame, (const char *)header, sizeof(header));
	rd_buf_add(&frame, text, size);
	while (!frame.failed && sent < frame.n) {
		ssize_t n = send(fd, frame.p + sent, frame.n - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			break;
		sent += n > 0 ? (size_t)n : 0;
	}
	size = frame.n;
	rd_buf_fini(&frame);
	return sent && sent == size ? 0 : -EPIPE;
}

/* -EINTR only before the first byte, so that no frame is torn. */
static int read_exactly(int fd, void *to, size_t size, bool may_interrupt)
{
	size_t filled = 0;

	while (filled < size) {
		ssize_t n = read(fd, (char *)to + filled, size - filled);

		if (n < 0 && errno == EINTR && filled == 0 && may_interrupt)
			return -EINTR;
		if (n == 0 || (n < 0 && errno != EINTR))
			return -EPIPE;
		filled += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int rd__client_receive(int fd, struct rd_buf *payload)
{
	unsigned char header[RD__FRAME_HEADER];
	char chunk[2048];
	size_t size;
	int rc = read_exactly(fd, header, sizeof(header), true);

	if (rc < 0)
		return rc;
	size = rd__frame_size(header);
	if (size > RD__FRAME_MAX)
		return -EPIPE;
	rd_buf_reset(payload);
	while (size) {
		size_t part = RD_MIN(size, sizeof(chunk));

		if (read_exactly(fd, chunk, part, false) < 0)
			return -EPIPE;
		rd_buf_add(payload, chunk, part);
		size -= part;
	}
	return payload->failed ? -EPIPE : header[0];
}

static void complain(int rc)
{
	if (rc == -EPERM)
		fprintf(stderr, "ringdown: the socket for the configuration in %s was made by "
				"somebody else than us, root and the owner of %s\n",
			rd_directory("etc"), rd_directory("state"));
	else
		fprintf(stderr,
			"ringdown: no daemon for the configuration in %s answers: %s%s\n",
			rd_directory("etc"), rd_strerror(rc),
			geteuid() == 0 ? " (was it started with -S? Then say so here too)" : "");
}

/* Two configurations may name one run or state directory; a command is for one daemon.
 * Of the hello, the version is left. */
static int check_configuration(struct rd_buf *hello)
{
	const char *version = rd_buf_text(hello), *etc;
	size_t n = strcspn(version, "\n");

	if (!version[n])
		return 0; /* one from before an upgrade does not say it */
	etc = version + n + 1;
	if (strcmp(etc, rd_directory("etc")) != 0) {
		fprintf(stderr, "ringdown: no daemon for the configuration in %s answers: the one "
				"that uses its directories runs with that in %s\n",
			rd_directory("etc"), etc);
		return -ENOENT;
	}
	hello->p[n] = '\0';
	return 0;
}

static int take_hello(int fd, struct rd_buf *hello)
{
	int kind = rd__client_receive(fd, hello);

	if (kind == RD__FRAME_HELLO)
		return check_configuration(hello);
	if (kind == RD__FRAME_REFUSAL)
		fprintf(stderr, "ringdown: the daemon refuses: %s\n", rd_buf_text(hello));
	else
		fprintf(stderr, "ringdown: the daemon hung up\n");
	return -EPIPE;
}

int rd__client_connect(struct rd_buf *version)
{
	int fd = rd__control_connect(), rc;

	if (fd < 0) {
		complain(fd);
		return fd;
	}
	rc = take_hello(fd, version);
	if (rc < 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

static void print_now(void *unused, struct rd_str text)
{
	(void)unused;
	fwrite(text.p, 1, text.n, stdout);
	fflush(stdout);
}

static void keep(void *into, struct rd_str text)
{
	rd_buf_add(into, text.p, text.n);
}

static int run(int fd, const char *line, int *status, void (*output)(void *arg, struct rd_str text),
	       void *arg)
{
	struct rd_buf text;
	int rc;

	rd_buf_init(&text);
	rc = rd__client_send(fd, RD__FRAME_RUN, line, strlen(line));
	while (rc >= 0 || rc == -EINTR) {
		if (rd__client_interrupted) {
			rd__client_interrupted = 0;
			rd__client_send(fd, RD__FRAME_INTERRUPT, "", 0);
		}
		rc = rd__client_receive(fd, &text);
		if (rc == RD__FRAME_OUTPUT) {
			output(arg, (struct rd_str){ rd_buf_text(&text), text.n });
		} else if (rc == RD__FRAME_STATUS) {
			*status = atoi(rd_buf_text(&text));
			rc = 0;
			break;
		}
	}
	rd_buf_fini(&text);
	return rc;
}

int rd__client_run(int fd, const char *line, int *status)
{
	return run(fd, line, status, print_now, NULL);
}

int rd__client_run_into(int fd, const char *line, struct rd_buf *output, int *status)
{
	return run(fd, line, status, keep, output);
}

int rd__client_exit_status(int status)
{
	return status < 0 ? 1 : RD_MIN(status, 255);
}

int rd__cli_remote_command(const char *line)
{
	struct rd_buf version;
	int fd, rc, status = 1;

	rd_buf_init(&version);
	fd = rd__client_connect(&version);
	rd_buf_fini(&version);
	if (fd < 0)
		return 1;
	rc = rd__client_run(fd, line, &status);
	if (rc < 0)
		fprintf(stderr, "ringdown: the daemon hung up\n");
	close(fd);
	return rc < 0 ? 1 : rd__client_exit_status(status);
}
