/* The variables that are always there: EXTEN, CHANNEL, EPOCH and their like. */
#ifndef DIALPLAN_VARIABLE_H
#define DIALPLAN_VARIABLE_H

#include <ringdown/str.h>

struct rd_channel;
struct dp_builtin;

/* NULL when name is not one of them. */
const struct dp_builtin *dp_builtin_find(struct rd_str name);

/* Append the value of a variable: builtin (NULL when it is none), the
 * channel's own, a global one; nothing when there is none. */
void dp_variable_read(struct rd_channel *ch, const struct dp_builtin *builtin, const char *name,
		      struct rd_buf *out);

#endif
