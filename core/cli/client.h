/* A console's end of the control socket: blocking, no loop, no fibers. */
#ifndef CORE_CLI_CLIENT_H
#define CORE_CLI_CLIENT_H

#include <signal.h>

#include <ringdown/str.h>

#include "core/cli/frame.h"

/* Set by Ctrl-C; the running command is then interrupted. */
extern volatile sig_atomic_t rd__client_interrupted;

/* Connected and greeted: a descriptor, or negative after saying why. */
int rd__client_connect(struct rd_buf *version);

int rd__client_send(int fd, enum rd__frame_kind kind, const char *text, size_t size);

/* The next frame's kind, its text in payload; -EPIPE at the end; -EINTR. */
int rd__client_receive(int fd, struct rd_buf *payload);

/* Run a line, output to stdout. 0 with its status, or negative: the
 * connection is lost. */
int rd__client_run(int fd, const char *line, int *status);
/* The same, output to a buffer. */
int rd__client_run_into(int fd, const char *line, struct rd_buf *output, int *status);
/* What the shell is told of it. */
int rd__client_exit_status(int status);

#endif
