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
	const char *synopsis;
	const char *syntax;
	const char *description;
};

RD_API_BEGIN

const struct rd_function *rd_function_find(const char *name);

RD_API_END

#endif
