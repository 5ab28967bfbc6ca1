/* Ringdown SDK: programs that run beside the daemon, started by the shell with the
 * environment that ENV() shows. They get none of our descriptors and signals. */
#ifndef RINGDOWN_PROCESS_H
#define RINGDOWN_PROCESS_H

#include <sys/types.h>

#include <ringdown/base.h>

struct rd_process {
	pid_t pid;
	int fd; /* readable when it has ended */
};

struct rd_process_options {
	int out_fd;		/* what it writes goes there; 0: where ours goes */
	int err_fd;		/* its complaints, likewise */
	const char *directory;	/* it runs in; NULL: ours */
	bool own_group;		/* of processes, so that all of it can be killed */
	bool any_thread;	/* started on a thread of ours: it gets .env, or the environment
				 * that we have had from the beginning */
	char **env;		/* of rd_env_new(), for .any_thread */
	void *reserved[2];
};

RD_API_BEGIN

/* Its input is empty. options: NULL for none. 0; or negative errno (those of rd_offload()
 * too), and there is none and *process is as it was. Yields. */
RD_YIELDS int rd_process_start(struct rd_process *process, const char *command,
			       const struct rd_process_options *options);
/* The same outside of a fiber: this thread waits until its directory has been entered and
 * the shell loaded: for a thread of the pool, with .any_thread. */
int rd_process_start_here(struct rd_process *process, const char *command,
			  const struct rd_process_options *options);

/* Wait for its end and let go of it: exit status, or 128 + signal. -ECANCELED, or another
 * error of rd_fd_wait(): it goes on, and .fd stays. Yields. */
RD_YIELDS int rd_process_wait(struct rd_process *process);

/* Let go of one that has ended or was killed, without yielding: exit status, or 128 +
 * signal. Of one that was killed the end is waited for, which the kernel brings about at
 * once. */
int rd_process_bury(struct rd_process *process);

RD_API_END

#endif
