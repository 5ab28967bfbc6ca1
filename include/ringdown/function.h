/* Ringdown SDK: dialplan functions, ${NAME(args)} and Set(NAME(args)=value).
 * They must not yield, but those that say so may. */
#ifndef RINGDOWN_FUNCTION_H
#define RINGDOWN_FUNCTION_H

#include <ringdown/base.h>
#include <ringdown/str.h>

struct rd_channel;

/**
 * @read   append the value to out. ch is NULL outside a call.
 * @write  NULL when it cannot be set.
 * @yields it waits (for the store, a lock): allowed where the caller is a
 *         fiber, and said so in "core show function".
 * 0 or negative errno; the caller logs with the place in the dialplan.
 */
struct rd_function {
	const char *name;
	int (*read)(struct rd_channel *ch, const char *args, struct rd_buf *out);
	int (*write)(struct rd_channel *ch, const char *args, const char *value);
	bool yields;
	bool expands; /* it replaces variables: waits where what they call does */
	const char *synopsis;
	const char *syntax;
	const char *description;
	/* For "dialplan check", as of an application: NULL, or what is wrong with args that
	 * hold no variables, whether it is read or set; a phrase in buf. May be NULL. */
	const char *(*check)(const char *args, char *buf, size_t size);
};

RD_API_BEGIN

/* Borrowed until its module goes; NULL: there is none. */
const struct rd_function *rd_function_find(const char *name);
/* Walk over all: start with *pos = 0. Do not yield in between. */
bool rd_function_next(size_t *pos, const struct rd_function **function);

/* Read or set one by name. What the function says, or -ENOENT (no such
 * function), -EPERM (it cannot be read, or set), -EDEADLK (it waits, and the
 * caller is no fiber). Yields where the function does. */
RD_YIELDS int rd_function_read(struct rd_channel *ch, const char *name, const char *args,
			       struct rd_buf *out);
RD_YIELDS int rd_function_write(struct rd_channel *ch, const char *name,
				const char *args, const char *value);

RD_API_END

#endif
