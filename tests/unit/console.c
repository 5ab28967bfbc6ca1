/* Console commands; see console.h. The table is registered for one line only, so a
 * test needs no end for it. */
#include "tests/unit/console.h"

#include "core/cli/cli.h"
#include "core/sched/sched.h"
#include "tests/unit/test.h"

enum { TEXT_SIZE = 65536 };

struct asked {
	const struct rd_cli_command *commands;
	const char *line;
};

static char text[TEXT_SIZE];

static int ask(void *arg)
{
	const struct asked *asked = arg;
	struct rd_buf out;
	int rc;

	rd_buf_init(&out);
	assert_int_equal(rd__cli_register("test", asked->commands, sizeof(*asked->commands)), 0);
	rc = rd__cli_run(asked->line, &out);
	rd__cli_unregister(asked->commands);
	assert_true(out.n < sizeof(text));
	rd_strcpy(text, sizeof(text), rd_buf_text(&out));
	rd_buf_fini(&out);
	return rc;
}

int console(const struct rd_cli_command *commands, const char *line)
{
	struct asked asked = { commands, line };

	return rd__sched_call(ask, &asked);
}

const char *console_text(void)
{
	return text;
}
