/* The lock of the state directory: the kernel lets it go when we end, however that is. */
#include "core/claim.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK "ringdown.lock"

static int lock_fd = -1;

/* What write_owner() of the other one has left there. */
static void complain(int fd, struct rd_config_report *report)
{
	static char text[PATH_MAX + 64];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[RD_MAX(n, 0)] = '\0';
	text[strcspn(text, "\n")] = '\0';
	rd_config_error(report, rd_directory("state"), 0,
			"another ringdown uses this state directory already: %s",
			text[0] ? text : "it does not say which");
}

static void write_owner(int fd)
{
	if (ftruncate(fd, 0) < 0 ||
	    dprintf(fd, "process %d, with the configuration in %s\n", (int)getpid(),
		    rd_directory("etc")) < 0)
		return; /* a full disk: the lock is there, and it is nameless */
}

static int open_lock(void)
{
	int dir = open(rd_directory("state"), O_PATH | O_DIRECTORY | O_CLOEXEC), fd, rc;

	if (dir < 0)
		return -errno;
	fd = openat(dir, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	rc = fd < 0 ? -errno : fd;
	close(dir);
	return rc;
}

int rd__claim_take(struct rd_config_report *report)
{
	int fd = open_lock(), rc;

	if (fd < 0) {
		rd_config_error(report, rd_directory("state"), 0, "%s cannot be opened: %s", LOCK,
				rd_strerror(fd));
		return -EINVAL;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		write_owner(fd);
		lock_fd = fd;
		return 0;
	}
	rc = -errno;
	if (rc == -EWOULDBLOCK) {
		complain(fd, report);
		rc = -EINVAL;
	}
	close(fd);
	return rc;
}

void rd__claim_drop(void)
{
	if (lock_fd >= 0)
		close(lock_fd);
	lock_fd = -1;
}
