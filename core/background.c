/* Leaving the terminal only when all is well: until then, complaints are seen
 * where the daemon was started. */
#include "core/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/log.h>

static int ready_fd = -1;

/* A byte means ready; the end of the pipe without one means dead. */
RD_NORETURN static void wait_for_child(int fd, pid_t child)
{
	int status;
	char byte;
	ssize_t n;

	do {
		n = read(fd, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(0);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status))
		_exit(WEXITSTATUS(status));
	_exit(1);
}

int rd__background_enter(void)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child < 0) {
		int rc = -errno;

		close(fds[0]);
		close(fds[1]);
		return rc;
	}
	if (child > 0) {
		close(fds[1]);
		wait_for_child(fds[0], child);
	}
	close(fds[0]);
	ready_fd = fds[1];
	setsid();
	return 0;
}

void rd__background_ready(void)
{
	int null;

	if (ready_fd < 0)
		return;
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	if (write(ready_fd, "", 1) != 1)
		rd_warning("background: who started us did not wait");
	close(ready_fd);
	ready_fd = -1;
}
