/* The console's "dialplan ..." and what lists hints. */
#include <ringdown/cli.h>

#include "dialplan/module.h"
#include "dialplan/run.h"

const struct rd_cli_command dp_commands[] = { { 0 } };
