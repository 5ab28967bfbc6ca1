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

static struct rd__row *newest(const struct rd__registry *registry, struct rd_str name)
{
	return registry->rows ? rd_map_getn(registry->rows, name.p, name.n) : NULL;
}

int rd__registry_add(struct rd__registry *registry, const char *name, const void *item,
		     const char *module)
{
	struct rd__row *older = newest(registry, rd_str_of(name)), *row;
	int rc;

	if (older && !older->retired) {
		rd_error("%s: %s %s: already registered by %s", module, registry->kind, name,
			 older->module);
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
	*row = (struct rd__row){ .item = item, .module = module, .next = older };
	return 0;
}

/* What had the name before has it again, which takes no memory. */
static void uncover(struct rd__registry *registry, const char *name, const struct rd__row *row)
{
	if (row->next) {
		rd_map_set(registry->rows, name, row->next, NULL);
		return;
	}
	rd_map_remove(registry->rows, name);
	drop_if_empty(registry);
}

/* Out of those of its name; NULL: it is not among them. */
static struct rd__row *take_out(struct rd__registry *registry, const char *name, const void *item)
{
	struct rd__row *row = newest(registry, rd_str_of(name)), *above = NULL;

	for (; row && row->item != item; row = row->next)
		above = row;
	if (row && above)
		above->next = row->next;
	else if (row)
		uncover(registry, name, row);
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
	row->next = registry->gone;
	registry->gone = row;
}

static struct rd__row *find_item(struct rd__row *row, const void *item)
{
	while (row && row->item != item)
		row = row->next;
	return row;
}

void rd__registry_retire(struct rd__registry *registry, const char *name, const void *item,
			 bool back)
{
	struct rd__row *row = find_item(newest(registry, rd_str_of(name)), item);

	if (row)
		row->retired = !back;
}

struct rd__row *rd__registry_of(const struct rd__registry *registry, const char *name,
				const void *item)
{
	struct rd__row *row = find_item(newest(registry, rd_str_of(name)), item);

	return row ? row : find_item(registry->gone, item);
}

struct rd__row *rd__registry_findn(const struct rd__registry *registry, struct rd_str name)
{
	struct rd__row *row = newest(registry, name);

	return row && !row->retired ? row : NULL;
}

struct rd__row *rd__registry_find(const struct rd__registry *registry, const char *name)
{
	return rd__registry_findn(registry, rd_str_of(name));
}

struct rd__row *rd__registry_next(const struct rd__registry *registry, size_t *pos)
{
	struct rd__row *row;
	const char *name;
	void *value;

	do {
		if (!registry->rows || !rd_map_next(registry->rows, pos, &name, &value))
			return NULL;
		row = value;
	} while (row->retired);
	return row;
}

int rd__registry_uses(const struct rd__registry *registry, const char *module)
{
	const struct rd__row *row;
	const char *name;
	void *value;
	size_t pos = 0;
	int uses = 0;

	while (registry->rows && rd_map_next(registry->rows, &pos, &name, &value))
		for (row = value; row; row = row->next)
			if (strcmp(row->module, module) == 0)
				uses += row->uses;
	for (row = registry->gone; row; row = row->next)
		if (strcmp(row->module, module) == 0)
			uses += row->uses;
	return uses;
}
