/* The registry of dialplan functions, and calling one with the promise kept
 * that it does not wait. */
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/map.h>

#include "core/call/registry.h"

struct entry {
	const struct rd_function *function;
	const char *module;
	int running;
};

static struct rd_map *registry;

static void drop_if_empty(void)
{
	if (rd_map_count(registry))
		return;
	rd_map_free(registry);
	registry = NULL;
}

int rd__function_add(const struct rd_function *function, const char *module)
{
	struct entry *entry;
	int rc;

	if (!registry) {
		rc = rd_map_new(&registry, RD_MAP_NOCASE);
		if (rc)
			return rc;
	}
	entry = rd_map_get(registry, function->name);
	if (entry) {
		rd_error("%s: function %s: already registered by %s", module, function->name,
			 entry->module);
		return -EEXIST;
	}
	entry = rd_zalloc(sizeof(*entry));
	rc = entry ? rd_map_set(registry, function->name, entry, NULL) : -ENOMEM;
	if (rc) {
		rd_free(entry);
		drop_if_empty();
		return rc;
	}
	*entry = (struct entry){ .function = function, .module = module };
	return 0;
}

static struct entry *find(const char *name)
{
	return registry ? rd_map_get(registry, name) : NULL;
}

void rd__function_remove(const struct rd_function *function)
{
	struct entry *entry = find(function->name);

	if (!entry || entry->function != function)
		return;
	rd_assert(entry->running == 0);
	rd_map_remove(registry, function->name);
	rd_free(entry);
	drop_if_empty();
}

const struct rd_function *rd_function_find(const char *name)
{
	struct entry *entry = find(name);

	return entry ? entry->function : NULL;
}

const char *rd__function_module(const char *name)
{
	struct entry *entry = find(name);

	return entry ? entry->module : NULL;
}

bool rd_function_next(size_t *pos, const struct rd_function **function)
{
	const char *name;
	void *value;

	if (!registry || !rd_map_next(registry, pos, &name, &value))
		return false;
	*function = ((struct entry *)value)->function;
	return true;
}

int rd__functions_running(const char *module)
{
	size_t pos = 0;
	const char *name;
	void *value;
	int running = 0;

	while (registry && rd_map_next(registry, &pos, &name, &value)) {
		struct entry *entry = value;

		if (strcmp(entry->module, module) == 0)
			running += entry->running;
	}
	return running;
}

static void enter(struct entry *entry)
{
	entry->running++;
	if (!entry->function->yields)
		rd_no_yield_begin();
}

static void leave(struct entry *entry)
{
	if (!entry->function->yields)
		rd_no_yield_end();
	entry->running--;
}

int rd_function_read(struct rd_channel *ch, const char *name, const char *args, struct rd_buf *out)
{
	struct entry *entry = find(name);
	int rc;

	if (!entry)
		return -ENOENT;
	if (!entry->function->read)
		return -EPERM;
	if (entry->function->yields && !rd_fiber_self())
		return -EDEADLK;
	enter(entry);
	rc = entry->function->read(ch, args, out);
	leave(entry);
	return rc;
}

int rd_function_write(struct rd_channel *ch, const char *name, const char *args,
		      const char *value)
{
	struct entry *entry = find(name);
	int rc;

	if (!entry)
		return -ENOENT;
	if (!entry->function->write)
		return -EPERM;
	if (entry->function->yields && !rd_fiber_self())
		return -EDEADLK;
	enter(entry);
	rc = entry->function->write(ch, args, value);
	leave(entry);
	return rc;
}
