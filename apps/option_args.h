/* What option letters of several applications take in their parentheses. */
#ifndef APPS_OPTION_ARGS_H
#define APPS_OPTION_ARGS_H

#include <ringdown/bridge.h>
#include <ringdown/channel.h>

/* Cut text at ':' into n pieces, "" where there is none; in the scratch pool of the channel. 0 or
 * -ENOMEM. */
int app_split_colons(struct rd_channel *ch, const char *text, const char **piece, int n);

/**
 * L(limit:warning:repeat), all in milliseconds, and the variables LIMIT_*: fill in how long the two
 * may talk and what they hear of it.
 *
 * 0, -EINVAL (no limit, logged) or -ENOMEM.
 */
int app_limit_option(struct rd_channel *ch, const char *text, struct rd_bridge_options *bridge);

#endif
