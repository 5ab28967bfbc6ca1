/* A command of the shell, waited for by whoever runs it, or by a fiber of its own. */
#include <signal.h>
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/module.h>
#include <ringdown/process.h>

#include "apps/shell.h"

struct orphan {
	struct rd_process process;
	const char *module; /* whose code the fiber is in */
};

/* It ends now, with all that it has started. */
static void end_it(struct rd_process *process)
{
	kill(-process->pid, SIGKILL);
	rd_process_bury(process);
}

/* The caller has gone, the command has not: somebody must bury it. When the daemon stops,
 * init does; where nobody can, the command has to end. */
static int see_it_end(void *arg)
{
	struct orphan *orphan = arg;
	int rc = rd_process_wait(&orphan->process);

	if (rc == -ECANCELED)
		close(orphan->process.fd);
	else if (orphan->process.fd >= 0)
		end_it(&orphan->process);
	rd_module_release(orphan->module);
	rd_free(orphan);
	return rc;
}

static void abandon(const char *module, struct rd_process *process)
{
	struct orphan *orphan = rd_zalloc(sizeof(*orphan));

	if (!orphan) {
		end_it(process);
		return;
	}
	orphan->process = *process;
	orphan->module = module;
	if (rd_fiber_new_detached("system", see_it_end, orphan)) {
		end_it(process);
		rd_free(orphan);
		return;
	}
	rd_module_use(module);
}

int shell_run(const char *module, const char *command)
{
	/* What the daemon's terminal or its starter kills is not what a call has begun. */
	const struct rd_process_options options = { .own_group = true };
	struct rd_process process;
	int rc = rd_process_start(&process, command, &options);

	if (rc)
		return rc;
	rc = rd_process_wait(&process);
	if (process.fd >= 0)
		abandon(module, &process);
	return rc;
}
