/* The core's side of the console: the registry of commands, running a line,
 * and the local control socket that the remote console talks to. */
#ifndef CORE_CLI_CLI_H
#define CORE_CLI_CLI_H

#include <ringdown/cli.h>
#include <ringdown/str.h>

RD_API_BEGIN

/**
 * Register a table of commands that ends with { 0 }. Both are borrowed until
 * taken back. row_size: that of the caller's struct rd_cli_command, which
 * may be older and shorter than ours. 0, -EEXIST (logged), -ENOMEM: then
 * none of the table is registered.
 */
int rd__cli_register(const char *owner, const struct rd_cli_command *table,
		     size_t row_size);
/* Commands of it that still run are cancelled and waited for. Yields then. */
RD_YIELDS void rd__cli_unregister(const struct rd_cli_command *table);
/* Nobody finds its commands any more, and those that run go on; back: they are found again,
 * which takes no memory. It is to be unregistered yet. */
void rd__cli_retire(const struct rd_cli_command *table, bool back);

/* Commands of the table that run right now; unload waits for 0. */
int rd__cli_running(const struct rd_cli_command *table);
/* Their names. */
void rd__cli_each_running(const struct rd_cli_command *table,
			  void (*fn)(void *arg, const char *name), void *arg);

/**
 * Run one line, as typed, and collect what it prints. In a fiber.
 * The command's status: 0 is success, positive its own failure, negative an
 * error that was printed as text (unknown command, wrong usage, ...).
 */
RD_YIELDS int rd__cli_run(const char *line, struct rd_buf *output);

/* The core's own commands (core, config, log). 0 or -ENOMEM. */
int rd__cli_start(void);
RD_YIELDS void rd__cli_stop(void);

/* Listen on ringdown.ctl in rd_directory("run"), mode 0600, and serve each
 * console in a fiber. That directory follows from -C alone, so that a console
 * finds it. 0, -EADDRINUSE (another daemon answers there), or negative. */
int rd__cli_listen(void);
RD_YIELDS void rd__cli_close(void);

/* Write down where the daemon's socket is, for consoles that another user opens; see
 * rd__control_connect(). */
void rd__control_record(void);
void rd__control_forget(void);

/* `ringdown -x` and `ringdown -r`; no loop and no fibers there, but the
 * directories are loaded. They return the exit status. */
int rd__cli_remote_command(const char *line);
int rd__cli_remote_console(void);

/* What "core stop", "core reload", "core show uptime" and the completion of modules
 * ask of requests.c. */
enum rd__stop {
	RD__STOP_CALLED_OFF,
	RD__STOP_NOW,
	RD__STOP_GRACEFULLY, /* no new calls, those that there are end in their time */
	RD__STOP_WHEN_IDLE, /* calls go on and new ones come, until there is none */
};

struct rd__cli_daemon {
	void (*stop)(struct rd_cli *cli, enum rd__stop how); /* cli is told */
	int (*call_stop_off)(struct rd_cli *cli);
	int (*reload)(struct rd_cli *cli); /* RD_YIELDS; 0, or what failed */
	bool (*ready)(void);		   /* are calls accepted yet? */
	/* The modules that are loaded, from *pos = 0; NULL at the end. */
	const char *(*next_module)(size_t *pos);
};
void rd__cli_set_daemon(const struct rd__cli_daemon *daemon);

RD_API_END

#endif
