/* What dialplan functions share: arguments parted like those of applications,
 * in memory that is given back when the function returns. */
#ifndef MODULES_FUNC_H
#define MODULES_FUNC_H

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/function.h>
#include <ringdown/pool.h>

#define FUNC_ARGS 16

struct func_args {
	struct rd_pool *pool;
	int argc;
	const char *argv[FUNC_ARGS]; /* "" where absent */
};

/* The last of max takes the rest. 0 or -ENOMEM; then nothing is to be freed,
 * but may be. */
int func_args_read(struct func_args *args, const char *text, int max);
void func_args_free(struct func_args *args);

/* The value of "NAME" or "FUNCTION(args)", as ${...} gives it. */
RD_YIELDS int func_read_named(struct rd_channel *ch, const char *name, struct rd_buf *out);

/* For the check of a function: what is wrong with such a name that is read, or set, in a phrase
 * in buf; NULL: nothing that is known. */
const char *func_check_named(const char *name, bool set, char *buf, size_t size);
/* Likewise, of a function that needs no call: expected, where it cannot be read so. */
typedef int func_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
const char *func_check_read(func_read *read, const char *args, const char *expected);
/* Likewise, of a regular expression. */
const char *func_check_regex(const char *pattern, char *buf, size_t size);

/* Say on the step that runs why an expression was not read or matched; the value
 * is empty. Returns 0, or what ends the step. */
int func_regex_failed(struct rd_channel *ch, const char *function, int rc);

/* The character that parts fields, which may be written \n, \t, \r or \\. */
char func_delimiter(const char *text, char fallback);

#endif
