/* System() and TrySystem(): a shell command. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

#include "apps/shell.h"

static int run(struct rd_channel *ch, const char *args, int failed)
{
	int rc;

	if (!*args) {
		rd_app_warning(ch, "a command is missing");
		rd_var_set(ch, "SYSTEMSTATUS", "FAILURE");
		return failed;
	}
	rc = shell_run(RD_MODULE_NAME, args);
	if (rc == -ECANCELED)
		return rc;
	if (rc < 0)
		rd_app_warning(ch, "\"%s\": %s", args, rd_strerror(rc));
	rd_var_set(ch, "SYSTEMSTATUS", rc < 0 || rc == 127 ? "FAILURE" :
				       rc == 0		   ? "SUCCESS" :
							     "APPERROR");
	return rc < 0 ? failed : 0;
}

static int system_app(struct rd_channel *ch, const char *args)
{
	return run(ch, args, -ECHILD);
}

static int trysystem_app(struct rd_channel *ch, const char *args)
{
	return run(ch, args, 0);
}

#define STATUS_HELP                                                          \
	"SYSTEMSTATUS is SUCCESS, APPERROR (the command ended with another " \
	"status than 0) or FAILURE (it could not be run). A command that " \
	"still runs when the call or the daemon ends goes on by itself."

static const struct rd_app apps[] = {
	{ .name = "System",
	  .run = system_app,
	  .synopsis = "Run a shell command and wait for its end",
	  .syntax = "System(command)",
	  .description = STATUS_HELP " A failure ends the call." },
	{ .name = "TrySystem",
	  .run = trysystem_app,
	  .synopsis = "Run a shell command; the call goes on whatever happens",
	  .syntax = "TrySystem(command)",
	  .description = STATUS_HELP },
	{ 0 }
};

RD_MODULE(.name = "app_system", .synopsis = "Shell commands", .apps = apps);
