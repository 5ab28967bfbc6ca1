/* Running one line: find the command, run it, and put into words whatever
 * is wrong with the line or with the result. */
#include <stdio.h>
#include <string.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>

#include "core/base/usage.h"
#include "core/cli/session.h"

enum {
	END_MS = 5000,
	PAUSE_AFTER = 64 << 10, /* bytes printed: about a millisecond */
};

/* A command that runs, in its fiber, and where it is counted. */
struct run {
	struct rd_list link;
	struct rd_fiber *fiber;
	const char *name;
	int *running;
};

static struct rd_list runs = RD_LIST_INIT(runs);

void rd_cli_print(struct rd_cli *cli, const char *fmt, ...)
{
	struct rd_buf buf;
	va_list ap;

	if (cli->gone)
		return;
	rd_buf_init(&buf);
	va_start(ap, fmt);
	rd_buf_vprintf(&buf, fmt, ap);
	va_end(ap);
	cli->write(cli->arg, rd_buf_text(&buf), buf.n);
	cli->printed += buf.n;
	rd_buf_fini(&buf);
}

void rd_cli_count(struct rd_cli *cli, size_t n, const char *one, const char *many)
{
	rd_cli_print(cli, "%zu %s\n", n, n == 1 ? one : many);
}

int rd_cli_pause(struct rd_cli *cli)
{
	if (cli->printed >= PAUSE_AFTER && !rd_cli_gone(cli)) {
		cli->printed = 0;
		rd_yield();
		if (cli->wait)
			cli->wait(cli->arg);
	}
	return rd_cli_gone(cli) ? -ECANCELED : 0;
}

bool rd_cli_gone(const struct rd_cli *cli)
{
	return cli->gone || rd_fiber_cancelled();
}

/* Print what the first words of the line can mean: `last` begins the word to
 * be completed. False when there is nothing to print. */
static bool print_choices(struct rd_cli *cli, const char *title,
			  const struct rd__cli_line *line, int count, const char *last)
{
	struct rd_buf typed, choices;
	struct rd_str word, rest;
	bool found;

	rd_buf_init(&typed);
	rd_buf_init(&choices);
	for (int i = 0; i < count; i++)
		rd_buf_printf(&typed, "%s ", line->words[i]);
	rd_buf_adds(&typed, last);
	rd__cli_complete(rd_buf_text(&typed), &choices);
	found = choices.n > 0;
	word = rd_str_trim(rd_str_of(rd_buf_text(&typed)));
	if (found)
		rd_cli_print(cli, "\"%.*s\" %s:\n", RD_STR_ARG(word), title);
	rest = rd_str_of(rd_buf_text(&choices));
	while (rd_str_cut(&rest, '\n', &word))
		rd_cli_print(cli, "  %.*s\n", RD_STR_ARG(word));
	rd_buf_fini(&choices);
	rd_buf_fini(&typed);
	return found;
}

/* The command whose name is most like the first words of the line. */
static const char *nearest_command(const struct rd__cli_line *line)
{
	const struct rd_cli_command *command;
	const char *names[384], *nearest = NULL;
	char typed[128] = "";
	size_t pos = 0, n = 0;

	while (n + 1 < RD_ARRAY_SIZE(names) && rd__cli_next(&pos, &command, NULL))
		names[n++] = command->name;
	names[n] = NULL;
	for (int i = 0; i < line->count; i++) {
		size_t used = strlen(typed);
		const char *found;

		snprintf(typed + used, sizeof(typed) - used, "%s%s", i ? " " : "",
			 line->words[i]);
		found = rd_str_nearest(typed, names);
		nearest = found ? found : nearest;
	}
	return nearest;
}

static int refuse(struct rd_cli *cli, const struct rd__cli_line *line,
		  const struct rd__cli_match *match)
{
	const char *nearest;

	if (match->ambiguous) {
		print_choices(cli, "can mean", line, match->words,
			      line->words[match->words]);
		return -EINVAL;
	}
	if (print_choices(cli, "goes on with", line, line->count, ""))
		return -EINVAL;
	nearest = nearest_command(line);
	if (nearest)
		rd_cli_print(cli, "No such command; did you mean \"%s\"?\n", nearest);
	else
		rd_cli_print(cli, "No such command \"%s\"; \"help\" lists all.\n",
			     line->words[0]);
	return -ENOENT;
}

static void print_usage(struct rd_cli *cli, const struct rd_cli_command *command)
{
	const char *usage = command->usage ? command->usage : "";

	rd_cli_print(cli, "Usage: %s%s%s\n", command->name, *usage ? " " : "", usage);
}

static bool takes_arguments(const struct rd_cli_command *command)
{
	return command->usage && *command->usage;
}

static int run_command(struct rd_cli *cli, const struct rd__cli_match *match,
		       const struct rd__cli_line *line)
{
	const struct rd_cli_command *command = match->command;
	struct run run = { .fiber = rd_fiber_self(),
			   .name = command->name,
			   .running = match->running };
	struct rd__usage *outer;
	int argc = line->count - match->words, rc = -EINVAL;

	/* An unload waits for this count, so the row stays while we run. */
	(*match->running)++;
	rd_list_push(&runs, &run.link);
	if (argc == 0 || takes_arguments(command)) {
		outer = rd__usage_enter_at((const void *)command->run);
		rc = command->run(cli, argc, line->words + match->words);
		rd__usage_enter(outer);
	}
	if (rc == -EINVAL)
		print_usage(cli, command);
	else if (rc < 0 && rc != -ECANCELED)
		rd_cli_print(cli, "%s: %s\n", command->name, rd_strerror(rc));
	rd_list_remove(&run.link);
	(*match->running)--;
	return rc;
}

void rd__cli_each_run(const int *running, void (*fn)(void *arg, const char *name), void *arg)
{
	rd_list_foreach(node, tmp, &runs) {
		const struct run *run = rd_list_entry(node, struct run, link);

		if (run->running == running)
			fn(arg, run->name);
	}
}

void rd__cli_end_running(const int *running)
{
	if (*running == 0)
		return;
	rd_list_foreach(node, tmp, &runs) {
		struct run *run = rd_list_entry(node, struct run, link);

		if (run->running == running && run->fiber)
			rd_fiber_cancel(run->fiber);
	}
	rd_shield_begin(END_MS);
	while (*running && rd_sleep(5) == 0)
		;
	rd_shield_end();
	rd_assert(*running == 0);
}

int rd__cli_run_in(struct rd_cli *cli, const char *text)
{
	struct rd__cli_match match;
	struct rd__cli_line line;
	int rc = rd__cli_line_split(&line, text);

	if (rc < 0) {
		rd_cli_print(cli, "%s\n", rd_strerror(rc));
		return rc;
	}
	rd__cli_find(&line, line.count, &match);
	if (match.command)
		rc = run_command(cli, &match, &line);
	else if (line.count > 0)
		rc = refuse(cli, &line, &match);
	rd__cli_line_free(&line);
	return rc;
}

static void write_to_buf(void *arg, const char *text, size_t size)
{
	rd_buf_add(arg, text, size);
}

int rd__cli_run(const char *line, struct rd_buf *output)
{
	struct rd_cli cli = { .write = write_to_buf, .arg = output };
	int rc = rd__cli_run_in(&cli, line);

	return output->failed ? -ENOMEM : rc;
}
