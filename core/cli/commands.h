/* The core's tables of commands, and what they share. */
#ifndef CORE_CLI_COMMANDS_H
#define CORE_CLI_COMMANDS_H

#include <ringdown/cli.h>

extern const struct rd_cli_command rd__cli_core_commands[];
extern const struct rd_cli_command rd__cli_config_commands[];
extern const struct rd_cli_command rd__cli_log_commands[];
extern const struct rd_cli_command rd__cli_fiber_commands[];

/* The n-th of the words that begins with `typed`, allocated; NULL: no more. */
char *rd__cli_complete_from(const char *const *words, const char *typed, int n);

/* As rd__cli_daemon's; NULL where there is no daemon. */
const char *rd__cli_next_module(size_t *pos);

/* When the configuration was last put in force anew; 0: not since the start. */
uint64_t rd__cli_last_reload_us(void);

#endif
