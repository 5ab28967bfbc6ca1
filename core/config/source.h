/* Where configuration text comes from: a file, or what a program prints. */
#ifndef CORE_CONFIG_SOURCE_H
#define CORE_CONFIG_SOURCE_H

#include <ringdown/pool.h>

enum { RD__CONFIG_MAX_BYTES = 64 << 20 };

/**
 * All of a regular file, with a NUL after its end, in the pool.
 * 0, -EFBIG above RD__CONFIG_MAX_BYTES, -EISDIR, -EINVAL for what is neither
 * file nor folder, or what open() and read() say.
 */
int rd__config_read_file(const char *path, struct rd_pool *pool, char **text,
			 size_t *size);

/* Of a command: exit status, or 128 + signal, and the beginning of what it complained of. */
struct rd__command_end {
	int status;
	char said[160];
};

/* All that a shell command prints. -ECHILD when it fails, -ETIMEDOUT when it takes too
 * long, -EFBIG above RD__CONFIG_MAX_BYTES, -ECANCELED when the daemon stops: then it has
 * been killed; else it could not be run. Waits: for a thread of the pool. */
int rd__config_read_command(const char *command, struct rd_pool *pool, char **text,
			    size_t *size, struct rd__command_end *end);

/* May "#exec" run commands? */
bool rd__config_exec_allowed(void);
/* For how long, ms? */
int rd__config_exec_limit(void);

/* The path of a name that a file gave: as it is when absolute, else in the
 * configuration directory. In the pool; NULL without memory. */
char *rd__config_path(struct rd_pool *pool, const char *name);

/* How a path is shown: without the configuration directory. Borrowed. */
const char *rd__config_show_path(const char *path);

#endif
