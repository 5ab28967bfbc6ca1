/* A program of the administrator's: see program.h. */
#include "apps/app_voicemail/program.h"

#include <signal.h>

#include <ringdown/io.h>
#include <ringdown/process.h>

int vm_program_run(const char *command, int most_ms)
{
	const struct rd_process_options options = { .own_group = true };
	struct rd_process process;
	int rc = rd_process_start(&process, command, &options), status;

	if (rc)
		return rc;
	rc = rd_fd_wait(process.fd, RD_IO_READ, most_ms);
	if (rc < 0)
		kill(-process.pid, SIGKILL);
	status = rd_process_bury(&process);
	return rc < 0 ? rc : status;
}
