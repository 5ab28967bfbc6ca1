/* A command of the shell, waited for on a process descriptor. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/io.h>

#include "apps/shell.h"

/* What a child must not inherit: our descriptors, our signal mask. */
static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	rc = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
							    POSIX_SPAWN_SETSIGDEF);
	return rc;
}

static int start_shell(const char *command, char **env, pid_t *pid)
{
	char *argv[] = { "/bin/sh", "-c", (char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	if (posix_spawn_file_actions_init(&files))
		return -ENOMEM;
	rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = prepare(&files, &attr);
		if (rc == 0)
			rc = posix_spawn(pid, argv[0], &files, &attr, argv, env);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return -rc;
}

/* Exit status, or 128 + signal. Yields. */
static int wait_for_exit(int fd)
{
	siginfo_t info = { 0 };
	int rc = rd_fd_wait(fd, RD_IO_READ, RD_FOREVER);

	if (rc < 0)
		return rc;
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG))
		return -errno;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* The caller has gone, the command has not: somebody must bury it. */
static int bury(void *arg)
{
	int fd = (int)(intptr_t)arg;

	wait_for_exit(fd);
	close(fd);
	return 0;
}

int shell_run(const char *command, char **env)
{
	pid_t pid;
	int fd, rc = start_shell(command, env, &pid);

	if (rc)
		return rc;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return -errno;
	rc = wait_for_exit(fd);
	if (rc == -ECANCELED &&
	    rd_fiber_new_detached("system", bury, (void *)(intptr_t)fd) == 0)
		return rc;
	close(fd);
	return rc;
}
