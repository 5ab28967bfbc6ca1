/* The store as main.c and the console see it. What modules use is in the
 * SDK's store.h. */
#ifndef CORE_STORE_STORE_H
#define CORE_STORE_STORE_H

#include <ringdown/cli.h>
#include <ringdown/store.h>

RD_API_BEGIN

/* Open ringdown.db in the state directory, bring it up to date, read the
 * key-value tree. What is wrong is logged. In a fiber. Yields. */
RD_YIELDS int rd__store_start(void);
/* The same with another file; ":memory:" for none. Yields. */
RD_YIELDS int rd__store_start_at(const char *path);

/* Write and sync all that was asked for, and close. In a fiber. Yields. */
RD_YIELDS void rd__store_stop(void);

/* Until all that was asked for up to now has come back: who asked may go then. A
 * stuck disk is waited for some seconds only. Yields. */
RD_YIELDS void rd__store_settle(void);

struct rd__store_state {
	size_t waiting; /* writes, in memory, until the disk takes them */
	bool is_stuck; /* it does not */
	bool is_moved; /* the file is not where it was opened: what is written will be lost */
};
/* Any thread. Does not yield. */
void rd__store_look(struct rd__store_state *state);

/* "database show|get|put|del|deltree". */
extern const struct rd_cli_command rd__store_commands[];

RD_API_END

#endif
