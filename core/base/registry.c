/* Rows by name, each an allocation of its own, so that they stay in place. */
#include <string.h>

#include <ringdown/log.h>

#include "core/base/registry.h"

static void drop_if_empty(struct rd__registry *registry)
{
	if (rd_map_count(registry->rows))
		return;
	rd_map_free(registry->rows);
	registry->rows = NULL;
}

int rd__registry_add(struct rd__registry *registry, const char *name, const void *item,
		     const char *module)
{
	struct rd__row *row = rd__registry_find(registry, name);
	int rc;

	if (row) {
		rd_error("%s: %s %s: already registered by %s", module, registry->kind, name,
			 row->module);
		return -EEXIST;
	}
	if (!registry->rows && rd_map_new(&registry->rows, RD_MAP_NOCASE))
		return -ENOMEM;
	row = rd_zalloc(sizeof(*row));
	rc = row ? rd_map_set(registry->rows, name, row, NULL) : -ENOMEM;
	if (rc) {
		rd_free(row);
		drop_if_empty(registry);
		return rc;
	}
	*row = (struct rd__row){ .item = item, .module = module };
	return 0;
}

/* Take the row of an item out of the map or the list; NULL: it is in neither. */
static struct rd__row *take_out(struct rd__registry *registry, const char *name, const void *item)
{
	struct rd__row *row = rd__registry_find(registry, name), **at = &registry->retired;

	if (row && row->item == item) {
		rd_map_remove(registry->rows, name);
		drop_if_empty(registry);
		return row;
	}
	while (*at && (*at)->item != item)
		at = &(*at)->next;
	row = *at;
	if (row)
		*at = row->next;
	return row;
}

void rd__registry_remove(struct rd__registry *registry, const char *name, const void *item)
{
	struct rd__row *row = take_out(registry, name, item);

	if (!row || row->uses == 0) {
		rd_free(row);
		return;
	}
	row->module = "(gone)";
	row->next = registry->retired;
	registry->retired = row;
}

void rd__registry_retire(struct rd__registry *registry, const char *name, const void *item)
{
	struct rd__row *row = take_out(registry, name, item);

	if (!row)
		return;
	row->next = registry->retired;
	registry->retired = row;
}

int rd__registry_reinstate(struct rd__registry *registry, const char *name, const void *item)
{
	struct rd__row *row = take_out(registry, name, item);
	int rc = 0;

	if (!row)
		return 0;
	if (!registry->rows)
		rc = rd_map_new(&registry->rows, RD_MAP_NOCASE);
	if (rc == 0)
		rc = rd_map_set(registry->rows, name, row, NULL);
	if (rc == 0)
		return 0;
	if (registry->rows)
		drop_if_empty(registry);
	row->next = registry->retired;
	registry->retired = row;
	return rc;
}

struct rd__row *rd__registry_of(const struct rd__registry *registry, const char *name,
				const void *item)
{
	struct rd__row *row = rd__registry_find(registry, name);

	if (!row || row->item != item)
		for (row = registry->retired; row && row->item != item; row = row->next)
			;
	return row;
}

struct rd__row *rd__registry_find(const struct rd__registry *registry, const char *name)
{
	return registry->rows ? rd_map_get(registry->rows, name) : NULL;
}

struct rd__row *rd__registry_next(const struct rd__registry *registry, size_t *pos)
{
	const char *name;
	void *row;

	if (!registry->rows || !rd_map_next(registry->rows, pos, &name, &row))
		return NULL;
	return row;
}

int rd__registry_uses(const struct rd__registry *registry, const char *module)
{
	const struct rd__row *row;
	size_t pos = 0;
	int uses = 0;

	while ((row = rd__registry_next(registry, &pos)))
		if (strcmp(row->module, module) == 0)
			uses += row->uses;
	for (row = registry->retired; row; row = row->next)
		if (strcmp(row->module, module) == 0)
			uses += row->uses;
	return uses;
}
