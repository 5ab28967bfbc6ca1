/* The registry of channel technologies. */
#include <string.h>

#include "core/base/registry.h"
#include "core/call/call.h"

static struct rd__registry registry = { .kind = "technology" };

int rd__tech_add(const struct rd_tech *tech, const char *module)
{
	return rd__registry_add(&registry, tech->name, tech, module);
}

void rd__tech_remove(const struct rd_tech *tech)
{
	rd__registry_remove(&registry, tech->name, tech);
}

const struct rd_tech *rd_tech_find(const char *name)
{
	const struct rd__row *row = rd__registry_find(&registry, name);

	return row ? row->item : NULL;
}

bool rd__tech_next(size_t *pos, const struct rd_tech **tech, const char **module)
{
	const struct rd__row *row = rd__registry_next(&registry, pos);

	if (!row)
		return false;
	*tech = row->item;
	*module = row->module;
	return true;
}

int rd__techs_running(const char *module)
{
	int running = 0;

	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch)) {
		const struct rd__row *row = rd__registry_find(&registry, ch->tech->name);

		if (row && strcmp(row->module, module) == 0)
			running++;
	}
	return running;
}
