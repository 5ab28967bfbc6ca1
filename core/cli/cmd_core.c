/* Commands about the daemon as a whole: help, what it is, stop, reload. */
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/config.h>
#include <ringdown/fiber.h>
#include <ringdown/map.h>

#include "core/cli/commands.h"
#include "core/cli/session.h"

static const struct rd__cli_daemon *the_daemon;
static uint64_t started_us;

void rd__cli_set_daemon(const struct rd__cli_daemon *daemon)
{
	the_daemon = daemon;
	started_us = rd_wall_us();
}

const char *rd__cli_next_module(size_t *pos)
{
	return the_daemon && the_daemon->next_module ? the_daemon->next_module(pos) : NULL;
}

static bool is_ready(void)
{
	return the_daemon && (!the_daemon->ready || the_daemon->ready());
}

/* ---- help ---- */

static void print_summary(struct rd_cli *cli, const struct rd_cli_command *command)
{
	const char *help = command->help ? command->help : "";
	const char *usage = command->usage ? command->usage : "";
	size_t first_line = strcspn(help, "\n");

	rd_cli_print(cli, "%-30s %-28s %.*s\n", command->name, usage, (int)first_line, help);
}

static int help(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd_cli_command *command;
	struct rd_buf wanted;
	size_t pos = 0;
	int shown = 0;

	rd_buf_init(&wanted);
	for (int i = 0; i < argc; i++)
		rd_buf_printf(&wanted, "%s%s", i ? " " : "", argv[i]);
	while (rd__cli_next(&pos, &command, NULL)) {
		if (strncmp(command->name, rd_buf_text(&wanted), wanted.n) != 0)
			continue;
		if (argc && strcmp(command->name, rd_buf_text(&wanted)) == 0) {
			rd_cli_print(cli, "Usage: %s %s\n\n%s\n", command->name,
				     command->usage ? command->usage : "",
				     command->help ? command->help : "");
			shown = 1;
			break;
		}
		print_summary(cli, command);
		shown++;
	}
	if (!shown)
		rd_cli_print(cli, "No command begins with \"%s\".\n", rd_buf_text(&wanted));
	rd_buf_fini(&wanted);
	return shown ? 0 : 1;
}

/* ---- core show ---- */

static int show_version(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct utsname system;

	(void)argv;
	if (argc > 0)
		return -EINVAL;
	uname(&system);
	rd_cli_print(cli, "Ringdown %s on a %s running %s %s\n", RD_VERSION,
		     system.machine, system.sysname, system.release);
	return 0;
}

static void print_span(struct rd_cli *cli, const char *title, uint64_t seconds)
{
	rd_cli_print(cli, "%s: ", title);
	if (seconds >= 86400)
		rd_cli_print(cli, "%" PRIu64 " days, ", seconds / 86400);
	rd_cli_print(cli, "%" PRIu64 ":%02d:%02d\n", seconds / 3600 % 24,
		     (int)(seconds / 60 % 60), (int)(seconds % 60));
}

static int show_uptime(struct rd_cli *cli, int argc, const char *const *argv)
{
	uint64_t seconds = (rd_wall_us() - started_us) / 1000000;

	if (!is_ready()) {
		rd_cli_print(cli, "Not ready: calls are not accepted yet.\n");
		return 1;
	}
	if (argc == 1 && strcmp(argv[0], "seconds") == 0) {
		rd_cli_print(cli, "%" PRIu64 "\n", seconds);
		return 0;
	}
	if (argc > 0)
		return -EINVAL;
	print_span(cli, "System uptime", seconds);
	if (rd__cli_last_reload_us())
		print_span(cli, "Last reload",
			   (rd_wall_us() - rd__cli_last_reload_us()) / 1000000);
	return 0;
}

/* Scripts that start the daemon and then talk to it wait here. */
static int wait_fully_booted(struct rd_cli *cli, int argc, const char *const *argv)
{
	int rc = 0;

	(void)argv;
	if (argc > 0)
		return -EINVAL;
	while (rc == 0 && !is_ready())
		rc = rd_sleep(50);
	if (rc == 0)
		rd_cli_print(cli, "Ringdown has fully booted.\n");
	return rc;
}

static int show_settings(struct rd_cli *cli, int argc, const char *const *argv)
{
	static const char *const directories[][2] = {
		{ "etc", "Configuration" }, { "state", "State" },   { "spool", "Spool" },
		{ "log", "Logs" },	    { "run", "Run" },	    { "sounds", "Sounds" },
		{ "modules", "Modules" },
	};
	char host[256] = "";

	(void)argv;
	if (argc > 0)
		return -EINVAL;
	gethostname(host, sizeof(host) - 1);
	rd_cli_print(cli, "%-20s %s\n", "Version", RD_VERSION);
	rd_cli_print(cli, "%-20s %s\n", "Host", host);
	rd_cli_print(cli, "%-20s %d\n", "Process", (int)getpid());
	rd_cli_print(cli, "%-20s %d:%d\n", "User and group", (int)geteuid(), (int)getegid());
	rd_cli_print(cli, "%-20s %ld\n", "Processors", sysconf(_SC_NPROCESSORS_ONLN));
	for (size_t i = 0; i < RD_ARRAY_SIZE(directories); i++) {
		const char *path = rd_directory(directories[i][0]);

		rd_cli_print(cli, "%-20s %s\n", directories[i][1], path ? path : "(none)");
	}
	return 0;
}

/* ---- core stop, core reload ---- */

/* "convenient" is Asterisk's word. */
static int read_stop(int argc, const char *const *argv, enum rd__stop *how)
{
	bool when = argc == 2 && strcmp(argv[0], "when") == 0;

	*how = RD__STOP_NOW;
	if (argc == 1 && strcmp(argv[0], "gracefully") == 0)
		*how = RD__STOP_GRACEFULLY;
	else if (when && (strcmp(argv[1], "idle") == 0 || strcmp(argv[1], "convenient") == 0))
		*how = RD__STOP_WHEN_IDLE;
	else if (argc > 1 || (argc == 1 && strcmp(argv[0], "now") != 0))
		return -EINVAL;
	return 0;
}

static int stop(struct rd_cli *cli, int argc, const char *const *argv)
{
	enum rd__stop how;
	int rc = read_stop(argc, argv, &how);

	if (rc == 0 && (!the_daemon || !the_daemon->stop))
		rc = -ENOTSUP;
	if (rc == 0)
		the_daemon->stop(cli, how);
	return rc;
}

static char *complete_stop(int argc, const char *const *argv, int n)
{
	static const char *const words[] = { "gracefully", "now", "when", NULL };
	static const char *const occasions[] = { "convenient", "idle", NULL };

	if (argc == 2 && strcmp(argv[0], "when") == 0)
		return rd__cli_complete_from(occasions, argv[1], n);
	return argc == 1 ? rd__cli_complete_from(words, argv[0], n) : NULL;
}

static int abort_shutdown(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	if (argc > 0)
		return -EINVAL;
	return the_daemon && the_daemon->call_stop_off ? the_daemon->call_stop_off(cli) : -ENOTSUP;
}

static int reload(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	if (argc > 0)
		return -EINVAL;
	if (the_daemon && the_daemon->reload)
		return the_daemon->reload(cli);
	return rd_cli_reload(cli, NULL);
}

const struct rd_cli_command rd__cli_core_commands[] = {
	{ .name = "help",
	  .usage = "[command]",
	  .help = "List the commands, or explain one.",
	  .run = help },
	{ .name = "core show help",
	  .usage = "[command]",
	  .help = "List the commands, or explain one.",
	  .run = help },
	{ .name = "core show version",
	  .help = "Show the version of the daemon.",
	  .run = show_version },
	{ .name = "core show uptime",
	  .usage = "[seconds]",
	  .help = "Show how long calls have been accepted.\n"
		  "Fails until they are, so that scripts can wait for the start.",
	  .run = show_uptime },
	{ .name = "core show settings",
	  .help = "Show directories, process and machine.",
	  .run = show_settings },
	{ .name = "core waitfullybooted",
	  .help = "Wait until calls are accepted.",
	  .run = wait_fully_booted },
	{ .name = "core stop",
	  .usage = "[gracefully|now|when idle]",
	  .help = "Stop the daemon.\n"
		  "now (the default) hangs up all calls; gracefully refuses new calls "
		  "and waits for the last one to end; when idle takes new ones, and "
		  "stops once there is none.",
	  .run = stop,
	  .complete = complete_stop },
	{ .name = "core abort shutdown",
	  .help = "Call off a stop that waits for calls.",
	  .run = abort_shutdown },
	{ .name = "core reload",
	  .help = "Read the whole configuration again.\n"
		  "Either all of it comes into force, or every error is shown and "
		  "nothing changes.",
	  .run = reload },
	{ 0 },
};
