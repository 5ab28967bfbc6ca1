/* Ringdown SDK: variables of a channel, and global ones. */
#ifndef RINGDOWN_VAR_H
#define RINGDOWN_VAR_H

#include <ringdown/base.h>

struct rd_channel;

RD_API_BEGIN

/* A leading _ or __ in a name means inherited once or always. NULL value
 * removes. Copied. ch NULL: global. 0, -EINVAL (no name), -ENOMEM, or -EOVERFLOW (logged):
 * it is longer than RD_VAR_MAX, or all of this channel's are than RD_VARS_MAX. */
#define RD_VAR_MAX  65536
#define RD_VARS_MAX (16 * RD_VAR_MAX)
int rd_var_set(struct rd_channel *ch, const char *name, const char *value);
int rd_var_printf(struct rd_channel *ch, const char *name, const char *fmt, ...)
	RD_PRINTF(3, 4);
/**
 * Give a value to what stands before the '=' in Set(): a variable, or a function that can
 * be set, "CALLERID(num)". What cannot be is a warning.
 *
 * @target  without blanks around it; it is cut up
 *
 * Yields where the function does. 0, also then; -ECANCELED, -ENOMEM, or -EOVERFLOW.
 */
RD_YIELDS int rd_var_assign(struct rd_channel *ch, char *target, const char *value);
/* As rd_var_set(). */
int rd_var_number(struct rd_channel *ch, const char *name, int64_t value);
/* Channel's, then global; NULL when absent. Borrowed until the next set. */
const char *rd_var_get(const struct rd_channel *ch, const char *name);
/* Walk over a channel's (or the global) variables; start with *pos = 0. */
bool rd_var_next(const struct rd_channel *ch, size_t *pos, const char **name,
		 const char **value);

RD_API_END

#endif
