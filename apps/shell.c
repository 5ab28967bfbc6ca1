/* A command of the shell, waited for by whoever runs it, or by a fiber of its own. */
#include <signal.h>
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/process.h>

#include "apps/shell.h"

/* The caller has gone, the command has not: somebody must bury it. */
static int see_it_end(void *arg)
{
	struct rd_process process = { .fd = (int)(intptr_t)arg };
	int rc = rd_process_wait(&process);

	if (process.fd >= 0)
		close(process.fd);
	return rc;
}

int shell_run(const char *command)
{
	struct rd_process process;
	int rc = rd_process_start(&process, command, NULL);

	if (rc)
		return rc;
	rc = rd_process_wait(&process);
	if (process.fd < 0)
		return rc;
	if (rd_fiber_new_detached("system", see_it_end, (void *)(intptr_t)process.fd)) {
		kill(process.pid, SIGKILL); /* nobody would see it end */
		rd_process_bury(&process);
	}
	return rc;
}
