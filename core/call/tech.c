/* The registry of channel technologies. */
#include <string.h>

#include <ringdown/log.h>

#include "core/call/call.h"

struct entry {
	const struct rd_tech *tech;
	const char *module;
};

static struct rd_map *registry;

int rd__tech_add(const struct rd_tech *tech, const char *module)
{
	struct entry *entry;
	int rc = registry ? 0 : rd_map_new(&registry, RD_MAP_NOCASE);

	if (rc)
		return rc;
	entry = rd_map_get(registry, tech->name);
	if (entry) {
		rd_error("%s: technology %s: already registered by %s", module, tech->name,
			 entry->module);
		return -EEXIST;
	}
	entry = rd_zalloc(sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	*entry = (struct entry){ .tech = tech, .module = module };
	rc = rd_map_set(registry, tech->name, entry, NULL);
	if (rc)
		rd_free(entry);
	return rc;
}

void rd__tech_remove(const struct rd_tech *tech)
{
	struct entry *entry = registry ? rd_map_get(registry, tech->name) : NULL;

	if (!entry || entry->tech != tech)
		return;
	rd_map_remove(registry, tech->name);
	rd_free(entry);
	if (rd_map_count(registry) == 0) {
		rd_map_free(registry);
		registry = NULL;
	}
}

const struct rd_tech *rd_tech_find(const char *name)
{
	struct entry *entry = registry ? rd_map_get(registry, name) : NULL;

	return entry ? entry->tech : NULL;
}

bool rd__tech_next(size_t *pos, const struct rd_tech **tech, const char **module)
{
	const char *name;
	void *value;

	if (!registry || !rd_map_next(registry, pos, &name, &value))
		return false;
	*tech = ((struct entry *)value)->tech;
	*module = ((struct entry *)value)->module;
	return true;
}

int rd__techs_running(const char *module)
{
	int running = 0;

	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch)) {
		struct entry *entry = rd_map_get(registry, ch->tech->name);

		if (entry && strcmp(entry->module, module) == 0)
			running++;
	}
	return running;
}
