/* rd_module_use() and rd_module_release(): what the core cannot see, modules count. */
#include <string.h>

#include "core/module/loader.h"

enum {
	HELD = 64,
	HELD_ALIGN = 8, /* nearly that far apart are two names, at least */
};

/* Every leg holds the same few modules: of these it is known, by where the name lies,
 * who is meant, and not all modules are asked for theirs. */
static struct {
	const char *name;
	struct rd__module *module;
} held[HELD];

void rd__module_holds_forget(void)
{
	memset(held, 0, sizeof(held));
}

/* It says its name itself, in its own object or as the core has it: so it is known among
 * others of that name. */
static bool says(const struct rd__module *module, const char *name)
{
	return name == module->name ||
	       ((const void *)name >= module->code && (const void *)name < module->code_end);
}

static struct rd__module *find(const char *name)
{
	rd_list_foreach(node, tmp, &rd__modules_retired) {
		struct rd__module *module = rd_list_entry(node, struct rd__module, link);

		if (says(module, name))
			return module;
	}
	return rd__module_find(name);
}

static struct rd__module *held_by(const char *name)
{
	size_t at = (uintptr_t)name / HELD_ALIGN % HELD;

	if (held[at].name != name || strcmp(held[at].module->name, name) != 0) {
		held[at].module = find(name);
		held[at].name = held[at].module ? name : NULL;
	}
	return held[at].module;
}

void rd_module_use(const char *name)
{
	struct rd__module *module = held_by(name);

	if (module)
		++*rd__module_holds(module);
}

void rd_module_release(const char *name)
{
	struct rd__module *module = held_by(name);

	if (!module)
		return;
	rd_assert(*rd__module_holds(module) > 0);
	--*rd__module_holds(module);
}
