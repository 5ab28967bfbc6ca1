/* The environment as the dialplan sees and changes it. The process's own stays as it
 * was, for other threads read it; what was set here lies over it, and goes to
 * the programs that are started. Switch thread. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/env.h>
#include <ringdown/map.h>

#include "core/base/env.h"

extern char **environ;

static struct rd_map *overlay; /* name to value, "" for one that was taken away */

const char *rd_env_get(const char *name)
{
	const char *value = overlay ? rd_map_get(overlay, name) : NULL;

	if (value)
		return *value ? value : NULL;
	return getenv(name);
}

int rd_env_set(const char *name, const char *value)
{
	void *old = NULL;
	char *copy;
	int rc = 0;

	if (!*name || strchr(name, '='))
		return -EINVAL;
	copy = rd_strdup(value ? value : "");
	if (!copy)
		return -ENOMEM;
	if (!overlay)
		rc = rd_map_new(&overlay, 0);
	if (rc == 0)
		rc = rd_map_set(overlay, name, copy, &old);
	rd_free(rc ? copy : old);
	return rc;
}

static bool is_covered(const char *entry)
{
	return overlay && rd_map_getn(overlay, entry, strcspn(entry, "="));
}

char **rd_env_new(struct rd_pool *pool)
{
	size_t count = overlay ? rd_map_count(overlay) : 0, n = 0, pos = 0;
	const char *name;
	void *value;
	char **list;

	for (char **entry = environ; *entry; entry++)
		count++;
	list = rd_pool_alloc(pool, (count + 1) * sizeof(*list));
	if (!list)
		return NULL;
	for (char **entry = environ; *entry; entry++)
		if (!is_covered(*entry))
			list[n++] = *entry;
	while (overlay && rd_map_next(overlay, &pos, &name, &value)) {
		if (!*(const char *)value)
			continue;
		list[n] = rd_pool_printf(pool, "%s=%s", name, (const char *)value);
		if (!list[n++])
			return NULL;
	}
	list[n] = NULL;
	return list;
}

void rd__env_free(void)
{
	const char *name;
	size_t pos = 0;
	void *value;

	while (overlay && rd_map_next(overlay, &pos, &name, &value))
		rd_free(value);
	rd_map_free(overlay);
	overlay = NULL;
}
