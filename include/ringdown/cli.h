/* Ringdown SDK: console commands. A command is one row of a table and runs
 * in a fiber of its own, so it may wait. */
#ifndef RINGDOWN_CLI_H
#define RINGDOWN_CLI_H

#include <ringdown/base.h>

struct rd_cli; /* one running command: where its output goes */

/**
 * @name   its words: "sip show phones"
 * @usage  what follows the words: "[peer]", "" for nothing: then run() is not
 *         called with arguments
 * @help   one sentence, then details if any
 * @run    argv holds what followed the words. 0 is success; a positive value
 *         is the exit status of `ringdown -x`; negative errno: the console
 *         prints its text. -EINVAL prints the usage.
 * @complete  the n-th candidate (0, 1, ...) for the last word of argv, which
 *         may be "": of rd_malloc(), NULL when there are no more. May be NULL.
 */
struct rd_cli_command {
	const char *name, *usage, *help;
	int (*run)(struct rd_cli *cli, int argc, const char *const *argv);
	char *(*complete)(int argc, const char *const *argv, int n);
};

RD_API_BEGIN

/* Output; does not yield. A console that is tens of megabytes behind is cut off:
 * commands whose output has no limit call rd_cli_pause() between lines. */
void rd_cli_print(struct rd_cli *cli, const char *fmt, ...) RD_PRINTF(2, 3);

/* The last line of a list: "1 call", "2 calls". */
void rd_cli_count(struct rd_cli *cli, size_t n, const char *one, const char *many);

/**
 * Between the lines of a long list: once much was printed, let others have their
 * turn, and the reader catch up. What the list is of may change meanwhile. Costs
 * next to nothing otherwise.
 *
 * Returns 0; -ECANCELED when nobody reads any more, or is to read: then end.
 */
RD_YIELDS int rd_cli_pause(struct rd_cli *cli);

/* Read the configuration of a module anew (NULL: of all) and print what was
 * found wrong. 0, or 1 when nothing was changed. Yields. */
RD_YIELDS int rd_cli_reload(struct rd_cli *cli, const char *module);

/* For commands that follow something (trace, log tail): has the user gone
 * or pressed Ctrl-C? Their waits return -ECANCELED then. */
bool rd_cli_gone(const struct rd_cli *cli);

RD_API_END

#endif
