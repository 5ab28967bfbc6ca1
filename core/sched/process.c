/* Programs beside the daemon: started with posix_spawn(), which does not copy what we
 * are, and watched by a descriptor. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/env.h>
#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/process.h>

extern char **environ;

static int prepare_files(posix_spawn_file_actions_t *files,
			 const struct rd_process_options *options)
{
	int rc = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);

	if (!rc && options->out_fd)
		rc = posix_spawn_file_actions_adddup2(files, options->out_fd, 1);
	if (!rc && options->err_fd)
		rc = posix_spawn_file_actions_adddup2(files, options->err_fd, 2);
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (!rc && options->directory)
		rc = posix_spawn_file_actions_addchdir_np(files, options->directory);
	return rc;
}

static int prepare_signals(posix_spawnattr_t *attr, const struct rd_process_options *options)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	rc = posix_spawnattr_setsigmask(attr, &none);
	if (!rc)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (!rc && options->own_group)
		rc = posix_spawnattr_setpgroup(attr, 0);
	if (options->own_group)
		flags |= POSIX_SPAWN_SETPGROUP;
	return rc ? rc : posix_spawnattr_setflags(attr, flags);
}

static int spawn(pid_t *pid, const char *command, char **env,
		 const struct rd_process_options *options)
{
	char *argv[] = { "/bin/sh", "-c", (char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	if (posix_spawn_file_actions_init(&files))
		return -ENOMEM;
	rc = posix_spawnattr_init(&attr);
	if (!rc) {
		rc = prepare_files(&files, options);
		if (!rc)
			rc = prepare_signals(&attr, options);
		if (!rc)
			rc = posix_spawn(pid, argv[0], &files, &attr, argv, env);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return -rc;
}

/* One that is being started, and what is done for it. */
struct start {
	const char *command;
	char **env;
	const struct rd_process_options *options;
	struct rd_process process;
};

typedef int run_fn(int (*fn)(void *arg), void *arg);

/* The child enters its directory and loads the shell meanwhile, from whatever disk. */
static int start(void *arg)
{
	struct start *it = arg;
	int rc = spawn(&it->process.pid, it->command, it->env, it->options);

	if (rc)
		return rc;
	it->process.fd = (int)syscall(SYS_pidfd_open, it->process.pid, 0);
	if (it->process.fd < 0) { /* nobody would hear of its end */
		rc = -errno;
		kill(it->options->own_group ? -it->process.pid : it->process.pid, SIGKILL);
		waitpid(it->process.pid, NULL, 0);
	}
	return rc;
}

/* The one that ENV() shows is the switch thread's. */
static int start_with_environment(struct start *it, run_fn *run)
{
	struct rd_pool *pool;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	it->env = rd_env_new(pool);
	rc = it->env ? run(start, it) : -ENOMEM;
	rd_pool_free(pool);
	return rc;
}

static int start_by(run_fn *run, struct rd_process *process, const char *command,
		    const struct rd_process_options *options)
{
	static const struct rd_process_options plain;
	struct start it = { .command = command, .env = environ,
			    .options = options ? options : &plain };
	int rc;

	if (it.options->env)
		it.env = it.options->env;
	rc = it.options->any_thread ? run(start, &it) : start_with_environment(&it, run);
	if (rc == 0)
		*process = it.process;
	return rc;
}

int rd_process_start(struct rd_process *process, const char *command,
		     const struct rd_process_options *options)
{
	return start_by(rd_offload, process, command, options);
}

static int run_here(int (*fn)(void *arg), void *arg)
{
	return fn(arg);
}

int rd_process_start_here(struct rd_process *process, const char *command,
			  const struct rd_process_options *options)
{
	return start_by(run_here, process, command, options);
}

int rd_process_bury(struct rd_process *process)
{
	siginfo_t info = { 0 };
	int rc;

	fcntl(process->fd, F_SETFL, 0); /* whoever watched it made it non-blocking */
	rc = waitid(P_PIDFD, (id_t)process->fd, &info, WEXITED) ? -errno : 0;
	close(process->fd);
	*process = (struct rd_process){ .fd = -1 };
	if (rc)
		return rc;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int rd_process_wait(struct rd_process *process)
{
	int rc = rd_fd_wait(process->fd, RD_IO_READ, RD_FOREVER);

	return rc < 0 ? rc : rd_process_bury(process);
}
