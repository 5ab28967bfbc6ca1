/* The daemon's end of the control socket: one fiber accepts, one reads what a
 * console sends, and each command runs in a fiber of its own, so that it can
 * be interrupted. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/config.h>
#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/list.h>
#include <ringdown/log.h>

#include "core/cli/frame.h"
#include "core/cli/session.h"

enum {
	MAX_SESSIONS = 64,
	MAX_UNSENT = 64 << 20, /* a console so far behind is cut off */
	FEW_UNSENT = 64 << 10, /* it has caught up with a command that waits */
	READ_MS = 30000,       /* within which a reader must read something */
	CLOSE_MS = 500,
};

/* A console that is connected; lives until reader and command have ended. */
struct session {
	struct rd_list link;
	struct rd_cli cli;
	int fd;
	int users;
	struct rd_fiber *reader;  /* NULL before it starts */
	struct rd_fiber *command; /* NULL before it starts, and without one */
	bool interrupted;	  /* perhaps before it started */
	char *line;		  /* that the command runs; NULL: none runs */
	struct rd_buf unsent;	   /* and before it what was sent: */
	size_t sent;
	struct rd_watch *writable; /* while something is unsent */
	struct rd_cond progress;   /* something was sent, or the console is gone */
};

static struct rd_list sessions = RD_LIST_INIT(sessions);
static size_t session_count;
static int listen_fd = -1;
static int listen_dir = -1;
static struct rd_fiber *listener;

/* ---- sending ---- */

static void cut_off(struct session *session)
{
	session->cli.gone = true;
	shutdown(session->fd, SHUT_RDWR);
	rd_cond_broadcast(&session->progress);
}

static size_t unsent(const struct session *session)
{
	return session->unsent.n - session->sent;
}

/* Moving the rest to the front is worth it when the rest is the smaller part. */
static void drop_sent(struct session *session, size_t sent)
{
	struct rd_buf *buf = &session->unsent;

	session->sent += sent;
	if (session->sent < buf->n / 2)
		return;
	memmove(buf->p, buf->p + session->sent, unsent(session));
	buf->n = unsent(session);
	session->sent = 0;
}

static void send_some(struct session *session)
{
	ssize_t sent;

	if (session->cli.gone || unsent(session) == 0)
		return;
	sent = send(session->fd, session->unsent.p + session->sent, unsent(session),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent > 0)
		drop_sent(session, (size_t)sent);
	else if (sent < 0 && errno != EAGAIN && errno != EINTR)
		cut_off(session);
}

static void on_writable(unsigned events, void *arg)
{
	struct session *session = arg;

	(void)events;
	send_some(session);
	rd_cond_broadcast(&session->progress);
	if (unsent(session) && !session->cli.gone)
		return;
	rd_watch_free(session->writable);
	session->writable = NULL;
}

static void send_frame(struct session *session, enum rd__frame_kind kind,
		       const char *text, size_t size)
{
	unsigned char header[RD__FRAME_HEADER];

	if (session->cli.gone)
		return;
	rd__frame_header(header, kind, size);
	rd_buf_add(&session->unsent, (const char *)header, sizeof(header));
	rd_buf_add(&session->unsent, text, size);
	if (session->unsent.failed || unsent(session) > MAX_UNSENT) {
		cut_off(session);
		return;
	}
	if (session->writable)
		return;
	send_some(session);
	if (unsent(session) && !session->cli.gone &&
	    rd_watch_new(&session->writable, session->fd, RD_IO_WRITE, on_writable,
			 session) < 0)
		cut_off(session);
}

static void write_output(void *arg, const char *text, size_t size)
{
	send_frame(arg, RD__FRAME_OUTPUT, text, size);
}

/* A reader that has stopped would hold the command for ever. */
static void wait_for_reader(void *arg)
{
	struct session *session = arg;
	int rc = 0;

	while (rc == 0 && !session->cli.gone && unsent(session) > FEW_UNSENT)
		rc = rd_cond_wait(&session->progress, READ_MS);
	if (rc == -ETIMEDOUT)
		cut_off(session);
}

static void session_put(struct session *session)
{
	if (--session->users > 0)
		return;
	rd_list_remove(&session->link);
	session_count--;
	rd_watch_free(session->writable);
	rd_cond_fini(&session->progress);
	close(session->fd);
	rd_buf_fini(&session->unsent);
	rd_free(session);
}

/* ---- a command ---- */

static int run_command(void *arg)
{
	struct session *session = arg;
	char status[16];
	int rc;

	session->command = rd_fiber_self();
	if (session->interrupted)
		rd_fiber_cancel(session->command);
	rc = rd__cli_run_in(&session->cli, session->line);
	session->command = NULL;
	rd_free(session->line);
	session->line = NULL;
	snprintf(status, sizeof(status), "%d", rc);
	send_frame(session, RD__FRAME_STATUS, status, strlen(status));
	session_put(session);
	return 0;
}

static void interrupt(struct session *session)
{
	session->interrupted = true;
	if (session->command)
		rd_fiber_cancel(session->command);
}

/* Takes line when it returns 0. */
static int start_command(struct session *session, char *line)
{
	int rc;

	if (session->line)
		return -EBUSY;
	session->interrupted = false;
	rc = rd_fiber_new_detached("console", run_command, session);
	if (rc < 0)
		return rc;
	session->line = line;
	session->users++;
	return 0;
}

static void refuse(struct session *session, int rc)
{
	char text[100];

	snprintf(text, sizeof(text), "%s\n", rd_strerror(rc));
	write_output(session, text, strlen(text));
	send_frame(session, RD__FRAME_STATUS, "1", 1);
}

/* ---- a console ---- */

static int read_all(int fd, void *to, size_t size)
{
	char *p = to;

	while (size) {
		ssize_t n = rd_fd_read(fd, p, size, RD_FOREVER);

		if (n <= 0)
			return n < 0 ? (int)n : -EPIPE;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

static void complete(struct session *session, const char *typed)
{
	struct rd_buf choices;

	rd_buf_init(&choices);
	rd__cli_complete(typed, &choices);
	send_frame(session, RD__FRAME_CHOICES, rd_buf_text(&choices), choices.n);
	rd_buf_fini(&choices);
}

/* One frame; takes text. */
static void obey(struct session *session, unsigned kind, char *text)
{
	int rc;

	if (kind == RD__FRAME_RUN) {
		rc = start_command(session, text);
		if (rc == 0)
			return;
		refuse(session, rc);
	} else if (kind == RD__FRAME_COMPLETE) {
		complete(session, text);
	} else if (kind == RD__FRAME_INTERRUPT) {
		interrupt(session);
	}
	rd_free(text);
}

static int read_frame(struct session *session)
{
	unsigned char header[RD__FRAME_HEADER];
	size_t size;
	char *text;
	int rc = read_all(session->fd, header, sizeof(header));

	if (rc < 0)
		return rc;
	size = rd__frame_size(header);
	if (size > RD__FRAME_MAX_LINE)
		return -EMSGSIZE;
	text = rd_malloc(size + 1);
	if (!text)
		return -ENOMEM;
	rc = read_all(session->fd, text, size);
	if (rc < 0) {
		rd_free(text);
		return rc;
	}
	text[size] = '\0';
	obey(session, header[0], text);
	return 0;
}

static void say_hello(struct session *session)
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_buf_printf(&text, RD_VERSION "\n%s", rd_directory("etc"));
	send_frame(session, RD__FRAME_HELLO, rd_buf_text(&text), text.n);
	rd_buf_fini(&text);
}

static int serve(void *arg)
{
	struct session *session = arg;

	session->reader = rd_fiber_self();
	say_hello(session);
	while (read_frame(session) == 0)
		;
	session->cli.gone = true;
	session->reader = NULL;
	interrupt(session);
	session_put(session);
	return 0;
}

static int session_new(int fd)
{
	struct session *session;
	int rc;

	if (session_count >= MAX_SESSIONS)
		return -EBUSY;
	session = rd_zalloc(sizeof(*session));
	if (!session)
		return -ENOMEM;
	session->fd = fd;
	session->users = 1;
	session->cli = (struct rd_cli){ .write = write_output, .wait = wait_for_reader,
					.arg = session };
	rd_buf_init(&session->unsent);
	rd_cond_init(&session->progress);
	rc = rd_fiber_new_detached("console/reader", serve, session);
	if (rc < 0) {
		rd_free(session);
		return rc;
	}
	rd_list_push(&sessions, &session->link);
	session_count++;
	return 0;
}

/* ---- the listener ---- */

/* The file's mode keeps strangers out; this, should somebody widen it. */
static bool is_ours(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

/* The socket is new: what little is said fits. */
static void turn_away(int fd, int rc)
{
	const char *why = rc == -EBUSY ? "there are too many consoles" : rd_strerror(rc);
	unsigned char header[RD__FRAME_HEADER];

	rd_warning("console: a connection was refused: %s", why);
	rd__frame_header(header, RD__FRAME_REFUSAL, strlen(why));
	if (send(fd, header, sizeof(header), MSG_NOSIGNAL) == (ssize_t)sizeof(header))
		send(fd, why, strlen(why), MSG_NOSIGNAL);
	close(fd);
}

static int accept_all(void *arg)
{
	int fd, rc;

	(void)arg;
	for (;;) {
		rc = rd_accept(listen_fd, &fd, RD_FOREVER);
		if (rc == -ECANCELED)
			return 0;
		if (rc < 0) {
			/* Out of descriptors, most likely: do not spin. */
			rd_error("console: a connection could not be accepted: %s",
				 rd_strerror(rc));
			if (rd_sleep(1000) < 0)
				return 0;
			continue;
		}
		rc = is_ours(fd) ? session_new(fd) : -EPERM;
		if (rc < 0)
			turn_away(fd, rc);
	}
}

static bool somebody_answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answers = fd >= 0 && (connect(fd, (const void *)address, sizeof(*address)) == 0 ||
				   errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return answers;
}

static int bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t former;
	int rc;

	if (somebody_answers(address))
		return -EADDRINUSE;
	unlink(address->sun_path);
	former = umask(0177);
	rc = bind(fd, (const void *)address, sizeof(*address)) < 0 ? -errno : 0;
	umask(former);
	return rc;
}

static int open_socket(void)
{
	struct sockaddr_un address;
	int fd, rc = rd__control_address(&address, &listen_dir);

	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = bind_private(fd, &address);
	if (rc == 0 && listen(fd, 16) < 0)
		rc = -errno;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	listen_fd = fd;
	return 0;
}

int rd__cli_listen(void)
{
	int rc = open_socket();

	if (rc == 0)
		rc = rd_fiber_new(&listener, "console/listener", accept_all, NULL);
	if (rc < 0)
		rd__cli_close();
	return rc;
}

/* Let consoles read what was said last, then part. */
static void end_sessions(void)
{
	rd_list_foreach(node, tmp, &sessions) {
		struct session *session = rd_list_entry(node, struct session, link);

		if (session->reader)
			rd_fiber_cancel(session->reader);
	}
	for (int i = 0; i < CLOSE_MS / 10 && !rd_list_empty(&sessions); i++)
		rd_sleep(10);
}

void rd__cli_close(void)
{
	if (listener) {
		rd_fiber_cancel(listener);
		rd_fiber_join(listener, RD_FOREVER, NULL);
		listener = NULL;
		end_sessions();
	}
	if (listen_fd >= 0) {
		unlinkat(listen_dir, "ringdown.ctl", 0);
		close(listen_fd);
	}
	if (listen_dir >= 0)
		close(listen_dir);
	listen_fd = listen_dir = -1;
}
