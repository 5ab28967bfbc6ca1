/* Between the applications, which read what is to be recorded, and the console. */
#ifndef APPS_APP_MIXMONITOR_COMMANDS_H
#define APPS_APP_MIXMONITOR_COMMANDS_H

#include <ringdown/app.h>
#include <ringdown/cli.h>

#include "apps/app_mixmonitor/session.h"

/* "file[,options[,command]]" */
enum { MIXMONITOR_FILE, MIXMONITOR_OPTIONS, MIXMONITOR_COMMAND, MIXMONITOR_ARGS };

extern const struct rd_app_option mixmonitor_options[];

/* What they say. pool: of what the plan points to. 0, -EINVAL (no file) or -ENOMEM. Yields. */
RD_YIELDS int mixmonitor_plan(struct rd_channel *ch, struct rd_pool *pool, const char *const *argv,
			      const struct rd_app_options *options, struct mixmonitor_plan *plan);

extern const struct rd_cli_command mixmonitor_commands[];

#endif
