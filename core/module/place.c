/* Whose code is at an address: for what blames a module by where it was found,
 * rather than by whom it was called for. */
#include <ringdown/str.h>

#include "core/base/usage.h"
#include "core/module/module.h"

/* Not by the list of modules, nor by the dynamic linker, which has locks: any thread may
 * ask, about any of them, and so may one that crashes. */
bool rd__module_at(const void *place, char *name, size_t size)
{
	const struct rd__usage *usage = rd__usage_at(place);

	if (usage == rd__usages)
		return false;
	rd_strcpy(name, size, usage->name);
	return true;
}
