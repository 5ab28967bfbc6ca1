/* Tables of who has references: see keepers.h. */
#include "core/base/keepers.h"
#include "core/base/usage.h"

unsigned rd__keeper_calling(const struct rd__usage *usage)
{
	if (usage == rd__usages)
		usage = rd__usage_now();
	return (unsigned)(usage - rd__usages);
}

struct rd__keeper *rd__keepers_find(struct rd__keeper *keepers, size_t n, unsigned usage)
{
	for (size_t i = 0; i < n; i++)
		if (keepers[i].count && keepers[i].usage == usage)
			return &keepers[i];
	return NULL;
}

static struct rd__keeper *find_free(struct rd__keeper *keepers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!keepers[i].count)
			return &keepers[i];
	return NULL;
}

static struct rd__keeper *find_any(struct rd__keeper *keepers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keepers[i].count)
			return &keepers[i];
	return NULL;
}

void rd__keepers_add(struct rd__keeper *keepers, size_t n, unsigned usage)
{
	struct rd__keeper *keeper = usage ? rd__keepers_find(keepers, n, usage) : NULL;

	if (usage && !keeper)
		keeper = find_free(keepers, n);
	if (!keeper || keeper->count == UINT16_MAX)
		return;
	keeper->usage = (uint16_t)usage;
	keeper->count++;
}

void rd__keepers_remove(struct rd__keeper *keepers, size_t n, unsigned usage)
{
	struct rd__keeper *keeper = rd__keepers_find(keepers, n, usage);

	if (!keeper)
		keeper = find_any(keepers, n);
	if (keeper)
		keeper->count--;
}
