/* Descriptors for fibers: each call tries first and parks when it must. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/io.h>

#include "core/sched/fiber.h"
#include "core/sched/io.h"

static void on_ready(unsigned events, void *arg)
{
	rd__wake(arg, (int)events);
}

static int wait_for(int fd, unsigned events, const char *name, const void *place, int timeout_ms)
{
	struct rd_watch watch = { 0 };
	int rc;

	if (rd__wait_refused())
		return -ECANCELED;
	rd_list_init(&watch.link);
	rc = rd__watch_start(&watch, fd, events, on_ready, rd_fiber_self());
	if (rc)
		return rc;
	rc = rd__park(NULL, name, place, timeout_ms);
	rd__watch_stop(&watch);
	return rc;
}

int rd_fd_wait(int fd, unsigned events, int timeout_ms)
{
	return wait_for(fd, events, "descriptor", __builtin_return_address(0), timeout_ms);
}

ssize_t rd_fd_read(int fd, void *buf, size_t size, int timeout_ms)
{
	if (rd__wait_refused())
		return -ECANCELED;
	for (;;) {
		ssize_t n = read(fd, buf, size);
		int rc;

		if (n >= 0)
			return n;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		rc = wait_for(fd, RD_IO_READ, "read", __builtin_return_address(0), timeout_ms);
		if (rc < 0)
			return rc;
	}
}

static int left_of(uint64_t until, int timeout_ms)
{
	uint64_t now = rd_now_ms();

	if (timeout_ms < 0)
		return RD_FOREVER;
	return until > now ? (int)(until - now) : 0;
}

int rd_fd_write_all(int fd, const void *buf, size_t size, int timeout_ms)
{
	uint64_t until = rd_now_ms() + (uint64_t)RD_MAX(timeout_ms, 0);
	const char *p = buf;

	if (rd__wait_refused())
		return -ECANCELED;
	while (size > 0) {
		ssize_t n = write(fd, p, size);
		int rc;

		if (n >= 0) {
			p += n;
			size -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		rc = wait_for(fd, RD_IO_WRITE, "write", __builtin_return_address(0),
			      left_of(until, timeout_ms));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int finish_connect(int fd, const void *place, int timeout_ms)
{
	int error = 0;
	socklen_t len = sizeof(error);
	int rc = wait_for(fd, RD_IO_WRITE, "connect", place, timeout_ms);

	if (rc < 0)
		return rc;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return -errno;
	return -error;
}

int rd_connect(int *fdp, const struct sockaddr *addr, socklen_t len, int timeout_ms)
{
	int rc = 0;
	int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, addr, len)) {
		rc = -errno;
		if (rc == -EINPROGRESS)
			rc = finish_connect(fd, __builtin_return_address(0), timeout_ms);
	}
	if (rc) {
		close(fd);
		return rc;
	}
	*fdp = fd;
	return 0;
}

int rd_accept(int listen_fd, int *fdp, int timeout_ms)
{
	if (rd__wait_refused())
		return -ECANCELED;
	for (;;) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		int rc;

		if (fd >= 0) {
			*fdp = fd;
			return 0;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			return -errno;
		rc = wait_for(listen_fd, RD_IO_READ, "accept", __builtin_return_address(0),
			      timeout_ms);
		if (rc < 0)
			return rc;
	}
}
