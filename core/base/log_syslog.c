/* The system log, by its socket: syslog(3) would wait for a log that does not read,
 * and all other sinks with it. */
#include <errno.h>
#include <paths.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <ringdown/str.h>

#include "core/base/log_record.h"

enum { PATIENCE_MS = 50, ATTEMPTS = 2 };

static int connect_as(int type, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc;

	if (fd < 0)
		return -errno;
	rd_strcpy(address.sun_path, sizeof(address.sun_path), path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/* Some logs listen on a stream, and on nothing else. */
static int connect_sink(struct rd__log_sink *sink)
{
	const char *path = sink->path ? sink->path : _PATH_LOG;
	int fd = connect_as(SOCK_DGRAM, path);

	sink->is_stream = fd == -EPROTOTYPE;
	if (sink->is_stream)
		fd = connect_as(SOCK_STREAM, path);
	if (fd < 0)
		return fd;
	sink->fd = fd;
	return 0;
}

static void disconnect(struct rd__log_sink *sink)
{
	close(sink->fd);
	sink->fd = -1;
}

/* RFC 3164 as local system logs take it: without a host name. */
static size_t print_head(char *head, size_t size, int priority)
{
	time_t now = time(NULL);
	char stamp[32];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	return (size_t)snprintf(head, size, "<%d>%s ringdown[%d]: ", priority, stamp,
				(int)getpid());
}

/* Whoever was too slow once is not waited for until he takes lines again. How much of
 * it was taken, which is all or, of a stream, some. */
static ssize_t send_some(const struct rd__log_sink *sink, const struct msghdr *message)
{
	struct pollfd room = { .fd = sink->fd, .events = POLLOUT };
	ssize_t n = sendmsg(sink->fd, message, MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	if (errno != EAGAIN || sink->failed || poll(&room, 1, PATIENCE_MS) <= 0)
		return errno ? -errno : -EAGAIN;
	n = sendmsg(sink->fd, message, MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

/* A stream that has room for a part of the line only begins anew: what it has would
 * become one with the next. */
static int send_line(struct rd__log_sink *sink, const struct msghdr *message, size_t size)
{
	ssize_t n = send_some(sink, message);

	if (n < 0)
		return (int)n;
	if ((size_t)n == size)
		return 0;
	disconnect(sink);
	return -EAGAIN;
}

/* To whoever listens there now. */
static int send_anyhow(struct rd__log_sink *sink, struct msghdr *message, size_t size)
{
	int rc = sink->fd < 0 ? connect_sink(sink) : 0;

	if (rc < 0)
		return rc;
	message->msg_iovlen = sink->is_stream ? 3 : 2;
	rc = send_line(sink, message, size + sink->is_stream);
	if (rc < 0 && rc != -EAGAIN)
		disconnect(sink);
	return rc;
}

int rd__log_syslog(struct rd__log_sink *sink, enum rd_log_level level, const char *line, size_t n)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };
	char head[80];
	size_t head_n = print_head(head, sizeof(head), sink->facility | priorities[level]);
	struct iovec parts[] = { { head, head_n }, { (char *)line, n }, { "", 1 } };
	struct msghdr message = { .msg_iov = parts };
	int rc = -EAGAIN;

	/* A log that was started anew has another socket of the same name. */
	for (int i = 0; i < ATTEMPTS; i++) {
		rc = send_anyhow(sink, &message, head_n + n);
		if (rc == 0 || rc == -EAGAIN)
			break;
	}
	return rc;
}
