/* Console commands as they are typed, and what they print. */
#ifndef TESTS_UNIT_CONSOLE_H
#define TESTS_UNIT_CONSOLE_H

#include <ringdown/cli.h>

/* Run a line that is for one of these; its status. Not from a fiber. */
int console(const struct rd_cli_command *commands, const char *line);
/* What it printed, valid until the next one. */
const char *console_text(void);

/* It ends with this status, and has printed just this. */
#define assert_console(commands, line, status, text)                                               \
	do {                                                                                       \
		assert_int_equal(console((commands), (line)), (status));                           \
		assert_string_equal(console_text(), (text));                                       \
	} while (0)

#endif
