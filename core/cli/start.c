/* The console's own tables of commands, registered and taken back; main.c
 * adds those of the other folders. */
#include "core/cli/commands.h"
#include "core/cli/session.h"

static const struct rd_cli_command *const tables[] = {
	rd__cli_core_commands,
	rd__cli_config_commands,
	rd__cli_fiber_commands,
	rd__cli_log_commands,
};

int rd__cli_start(void)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(tables); i++) {
		int rc = rd__cli_register("core", tables[i], sizeof(*tables[i]));

		if (rc == 0)
			continue;
		rd__cli_stop();
		return rc;
	}
	return 0;
}

void rd__cli_stop(void)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(tables); i++)
		rd__cli_unregister(tables[i]);
}
