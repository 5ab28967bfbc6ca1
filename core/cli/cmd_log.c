/* Commands about the log: levels, a live view, rotation. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/module.h>

#include "core/base/log.h"
#include "core/cli/commands.h"
#include "core/cli/session.h"

static int wrong_level(struct rd_cli *cli, const char *name)
{
	rd_cli_print(cli, "No level \"%s\"; there are error, warning, notice, verbose and "
			  "debug.\n", name);
	return 1;
}

static void show_levels(struct rd_cli *cli)
{
	enum rd_log_level level;
	char module[64];
	size_t pos = 0;

	rd_cli_print(cli, "%-24s %s\n", "Module", "Level");
	rd_cli_print(cli, "%-24s %s\n", "(all others)", rd__log_level_names[rd__log_level()]);
	while (rd__log_level_next(&pos, module, sizeof(module), &level))
		rd_cli_print(cli, "%-24s %s\n", module, rd__log_level_names[level]);
	if (rd__log_dropped())
		rd_cli_print(cli, "%lu lines were dropped since the start.\n",
			     rd__log_dropped());
}

static int level(struct rd_cli *cli, int argc, const char *const *argv)
{
	const char *module = argc == 2 ? argv[0] : NULL;
	int chosen;

	if (argc > 2)
		return -EINVAL;
	if (argc == 0) {
		show_levels(cli);
		return 0;
	}
	chosen = rd__log_level_of(argv[argc - 1]);
	if (chosen < 0 && !(module && strcmp(argv[1], "default") == 0))
		return wrong_level(cli, argv[argc - 1]);
	if (module && strcmp(module, "core") != 0 && !rd_module_loaded(module)) {
		rd_cli_print(cli, "No module \"%s\" is loaded; \"module show\" lists them, "
				  "and \"core\" is the core.\n", module);
		return 1;
	}
	if (rd__log_set_level(module, chosen) < 0) {
		rd_cli_print(cli, "Too many modules have a level of their own.\n");
		return 1;
	}
	rd_cli_print(cli, "%s: %s\n", module ? module : "All others", argv[argc - 1]);
	return 0;
}

static char *complete_level(int argc, const char *const *argv, int n)
{
	return argc <= 2 ? rd__cli_complete_from(rd__log_level_names, argv[argc - 1], n)
			 : NULL;
}

/* The module comes first, when there is one. */
static char *complete_module_or_level(int argc, const char *const *argv, int n)
{
	const char *name;
	size_t pos = 0;

	while (argc == 1 && (name = rd__cli_next_module(&pos)))
		if (strncmp(name, argv[0], strlen(argv[0])) == 0 && n-- == 0)
			return rd_strdup(name);
	return complete_level(argc, argv, n);
}

/* Copy what the log's thread writes into the pipe until the console goes. */
static int follow(struct rd_cli *cli, int fd)
{
	char chunk[2048];
	ssize_t n;

	while ((n = rd_fd_read(fd, chunk, sizeof(chunk), RD_FOREVER)) > 0)
		rd_cli_print(cli, "%.*s", (int)n, chunk);
	return n == -ECANCELED ? 0 : (int)n;
}

static int tail(struct rd_cli *cli, int argc, const char *const *argv)
{
	int up_to = argc == 1 ? rd__log_level_of(argv[0]) : RD_LOG_DEBUG;
	int ends[2], rc;

	if (argc > 1)
		return -EINVAL;
	if (up_to < 0)
		return wrong_level(cli, argv[0]);
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return -errno;
	rc = rd__log_tail_begin(ends[1], RD__LOG_UP_TO(up_to));
	if (rc == 0) {
		rc = follow(cli, ends[0]);
		rd__log_tail_end(ends[1]);
	} else {
		close(ends[1]);
	}
	close(ends[0]);
	return rc;
}

static int flush(void *arg)
{
	(void)arg;
	rd__log_flush();
	return 0;
}

static int rotate(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	if (argc > 0)
		return -EINVAL;
	rd__log_rotate();
	/* A script that called us may touch the files next. */
	rd_offload(flush, NULL);
	rd_cli_print(cli, "Log files are rotated.\n");
	return 0;
}

static int reload_logger(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	return argc > 0 ? -EINVAL : rd_cli_reload(cli, "logger");
}

const struct rd_cli_command rd__cli_log_commands[] = {
	{ .name = "log level",
	  .usage = "[[module] error|warning|notice|verbose|debug|default]",
	  .help = "Show or set up to which level lines are logged.\n"
		  "With a module, for that one only; \"default\" ends its exception. "
		  "Holds until the next reload.",
	  .run = level,
	  .complete = complete_module_or_level },
	{ .name = "log tail",
	  .usage = "[level]",
	  .help = "Follow the log, whatever its files take, until Ctrl-C.",
	  .run = tail,
	  .complete = complete_level },
	{ .name = "log rotate",
	  .help = "Rotate the log's files, or open them again, as logger.conf says.",
	  .run = rotate },
	{ .name = "logger rotate", .help = "The same as \"log rotate\".", .run = rotate },
	{ .name = "logger reload",
	  .help = "Read logger.conf again and open the log's files anew.",
	  .run = reload_logger },
	{ 0 },
};
