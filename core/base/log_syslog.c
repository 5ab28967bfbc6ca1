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

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc;

	if (fd < 0)
		return -errno;
	rd_strcpy(address.sun_path, sizeof(address.sun_path), path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
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

/* Whoever was too slow once is not waited for until he takes lines again. */
static int send_line(const struct rd__log_sink *sink, const struct msghdr *message)
{
	struct pollfd room = { .fd = sink->fd, .events = POLLOUT };

	if (sendmsg(sink->fd, message, MSG_NOSIGNAL) >= 0)
		return 0;
	if (errno != EAGAIN || sink->failed || poll(&room, 1, PATIENCE_MS) <= 0)
		return errno ? -errno : -EAGAIN;
	return sendmsg(sink->fd, message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int rd__log_syslog(struct rd__log_sink *sink, enum rd_log_level level, const char *line, size_t n)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };
	char head[80];
	struct iovec parts[] = {
		{ head, print_head(head, sizeof(head), sink->facility | priorities[level]) },
		{ (char *)line, n },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = RD_ARRAY_SIZE(parts) };
	int rc = 0;

	/* A log that was started anew has another socket of the same name. */
	for (int i = 0; i < ATTEMPTS; i++) {
		if (sink->fd < 0) {
			rc = connect_to(sink->path ? sink->path : _PATH_LOG);
			if (rc < 0)
				return rc;
			sink->fd = rc;
		}
		rc = send_line(sink, &message);
		if (rc == 0 || rc == -EAGAIN)
			return rc;
		close(sink->fd);
		sink->fd = -1;
	}
	return rc;
}
