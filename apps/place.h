/* A place in the dialplan as option letters write it: "context^exten^priority(args)". */
#ifndef APPS_PLACE_H
#define APPS_PLACE_H

#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/pool.h>

/* What rd_dialplan_gosub() and rd_dialplan_goto() take, in the scratch pool of the channel; ""
 * where there are no arguments. 0 or -ENOMEM. */
static inline int app_split_place(struct rd_channel *ch, const char *text, const char **place,
				  const char **args)
{
	char *copy = rd_pool_strdup(rd_channel_scratch(ch), text), *open;

	*place = *args = "";
	if (!copy)
		return -ENOMEM;
	for (char *p = copy; *p; p++)
		if (*p == '^')
			*p = ',';
	*place = copy;
	open = strchr(copy, '(');
	if (!open)
		return 0;
	*open = '\0';
	*args = open + 1;
	if (strrchr(open + 1, ')'))
		*strrchr(open + 1, ')') = '\0';
	return 0;
}

#endif
