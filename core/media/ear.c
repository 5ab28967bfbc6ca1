/* The second socket of a port: see ear.h. The kernel gives each packet to the socket that
 * knows its sender best, so a connected one goes on as if it were alone. */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/media/address.h"
#include "core/media/ear.h"
#include "core/media/line.h"
#include "core/media/thread.h"

static int allow_another(int fd, int yes)
{
	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ? -errno : 0;
}

/* For this moment alone: at any other time a port that is taken is told by bind(). */
static int bind_beside(int ear, int fd)
{
	struct rd__address address = { .size = sizeof(address.storage) };
	struct sockaddr *at = (struct sockaddr *)&address.storage;
	int rc = getsockname(fd, at, &address.size) < 0 ? -errno : allow_another(ear, 1);

	if (rc == 0)
		rc = allow_another(fd, 1);
	if (rc == 0 && bind(ear, at, address.size) < 0)
		rc = -errno;
	allow_another(ear, 0);
	allow_another(fd, 0);
	return rc;
}

static int watch(struct rd__line *line, int ear)
{
	struct epoll_event event = { .events = EPOLLIN,
				     .data.ptr = rd__ready_tag(line, RD__READY_EAR) };

	return epoll_ctl(line->thread->epoll_fd, EPOLL_CTL_ADD, ear, &event) < 0 ? -errno : 0;
}

int rd__ear_open(struct rd__line *line)
{
	int ear = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc = ear < 0 ? -errno : bind_beside(ear, line->fd);

	if (rc == 0)
		rc = watch(line, ear);
	if (rc == 0)
		line->ear_fd = ear;
	else if (ear >= 0)
		close(ear);
	return rc;
}

void rd__ear_close(struct rd__line *line)
{
	if (line->ear_fd >= 0)
		close(line->ear_fd);
	line->ear_fd = -1;
}

bool rd__ear_is_open(const struct rd__line *line)
{
	return line->ear_fd >= 0;
}
