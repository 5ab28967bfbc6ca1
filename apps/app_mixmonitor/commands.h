/* Between the applications, which read what is to be recorded, and the console. */
#ifndef APPS_APP_MIXMONITOR_COMMANDS_H
#define APPS_APP_MIXMONITOR_COMMANDS_H

#include <ringdown/app.h>
#include <ringdown/cli.h>

#include "apps/app_mixmonitor/session.h"

/* "file[,options[,command]]". 0, -EINVAL (no file) or -ENOMEM. Yields. */
RD_YIELDS int mixmonitor_plan(struct rd_channel *ch, const char *args,
			      struct mixmonitor_plan *plan, struct rd_app_options *options);

extern const struct rd_cli_command mixmonitor_commands[];

#endif
