/* What option letters of several applications take: see option_args.h. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/pool.h>

#include "apps/option_args.h"

int app_split_colons(struct rd_channel *ch, const char *text, const char **piece, int n)
{
	char *copy = rd_pool_strdup(rd_channel_scratch(ch), text);

	for (int i = 0; i < n; i++)
		piece[i] = "";
	if (!copy)
		return -ENOMEM;
	for (int i = 0; copy && i < n; i++) {
		piece[i] = copy;
		copy = i == n - 1 ? NULL : strchr(copy, ':');
		if (copy)
			*copy++ = '\0';
	}
	return 0;
}

static const char *variable(const struct rd_channel *ch, const char *name, const char *otherwise)
{
	const char *value = rd_var_get(ch, name);

	return value && *value ? value : otherwise;
}

static bool is_yes(const char *text)
{
	return *text == 'y' || *text == 'Y' || *text == '1' || *text == 't' || *text == 'T';
}

int app_limit_option(struct rd_channel *ch, const char *text, struct rd_bridge_options *bridge)
{
	const char *piece[3];
	int rc = app_split_colons(ch, text, piece, 3);

	if (rc)
		return rc;
	bridge->limit_ms = atoi(piece[0]);
	bridge->warn_ms = atoi(piece[1]);
	bridge->warn_every_ms = atoi(piece[2]);
	if (bridge->limit_ms <= 0) {
		rd_app_error(ch, "option L(%s): the limit is no number of milliseconds", text);
		return -EINVAL;
	}
	bridge->warn_caller = is_yes(variable(ch, "LIMIT_PLAYAUDIO_CALLER", "yes"));
	bridge->warn_peer = is_yes(variable(ch, "LIMIT_PLAYAUDIO_CALLEE", "no"));
	bridge->warn_sound = variable(ch, "LIMIT_WARNING_FILE", NULL);
	bridge->end_sound = variable(ch, "LIMIT_TIMEOUT_FILE", "");
	bridge->start_sound = variable(ch, "LIMIT_CONNECT_FILE", "");
	return 0;
}
