/* Leaving the terminal: the shell gets its prompt, and the exit status, when
 * the daemon accepts calls or has failed to. */
#ifndef CORE_BACKGROUND_H
#define CORE_BACKGROUND_H

#include <ringdown/base.h>

/**
 * Go on in a child process, before threads are made. The parent stays here
 * until the child is ready or dead, and exits with 0 or 1; only the child
 * returns, with 0, or the process itself with negative errno.
 */
int rd__background_enter(void);

/* The child: all is well, let the parent go, and with it the terminal.
 * Harmless when rd__background_enter() was never called. */
void rd__background_ready(void);

#endif
