/* From a code address to object and offset, by the dynamic linker's tables. */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/sched/place.h"

static const char *basename_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void rd__place_name(const void *place, char *buf, size_t size)
{
	const ElfW(Sym) *symbol = NULL;
	uintptr_t at = (uintptr_t)place;
	uintptr_t offset, into;
	Dl_info info;

	if (!place || !dladdr1(place, &info, (void **)&symbol, RTLD_DL_SYMENT)) {
		snprintf(buf, size, "%p", place);
		return;
	}
	offset = at - (uintptr_t)info.dli_fbase;
	into = at - (uintptr_t)info.dli_saddr;
	/* The nearest symbol may be some other function's. */
	if (info.dli_sname && symbol && into < symbol->st_size)
		snprintf(buf, size, "%s+0x%zx %s+0x%zx", info.dli_sname, (size_t)into,
			 basename_of(info.dli_fname), (size_t)offset);
	else
		snprintf(buf, size, "%s+0x%zx", basename_of(info.dli_fname), (size_t)offset);
}

bool rd__place_in_program(const void *place)
{
	Dl_info info, own;

	return place && dladdr(place, &info) &&
	       dladdr((const void *)rd__place_in_program, &own) &&
	       info.dli_fbase == own.dli_fbase;
}

static bool (*place_owner)(const void *place, char *name, size_t size);

void rd__place_set_owner(bool (*owner)(const void *place, char *name, size_t size))
{
	place_owner = owner;
}

bool rd__place_module(const void *place, char *name, size_t size)
{
	return place_owner && place_owner(place, name, size);
}
