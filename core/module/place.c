/* Whose code is at an address: for what blames a module by where it was found,
 * rather than by whom it was called for. */
#include <dlfcn.h>
#include <string.h>

#include "core/module/loader.h"
#include "core/module/module.h"

/* Not by the list of modules, for any thread may ask, about any of them. */
bool rd__module_at(const void *place, char *name, size_t size)
{
	const struct rd_module *module;
	void *object;
	Dl_info info;

	if (!dladdr(place, &info) || !info.dli_fname || !strstr(info.dli_fname, ".so"))
		return false;
	object = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	if (!object)
		return false;
	module = dlsym(object, "rd_module");
	if (module)
		rd_strcpy(name, size, module->name);
	dlclose(object);
	return module;
}
