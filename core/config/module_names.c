/* The names that a module may have, before any is loaded: "core", and what lies in
 * the folder of modules. */
#include <dirent.h>

#include <ringdown/pool.h>
#include <ringdown/str.h>

#include "core/config/config.h"

/* names has room for most. How many there are; one that does not fit is left out. */
static size_t read_names(struct rd_pool *pool, DIR *folder, const char **names, size_t most)
{
	const struct dirent *entry;
	size_t count = 0;

	while (count < most && (entry = readdir(folder))) {
		size_t n = strlen(entry->d_name);

		if (n <= 3 || strcmp(entry->d_name + n - 3, ".so") != 0)
			continue;
		names[count] = rd_pool_strndup(pool, entry->d_name, n - 3);
		if (names[count])
			count++;
	}
	return count;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

bool rd__module_name_known(struct rd_pool *pool, const char *name, const char **near)
{
	const char *path = rd_directory("modules"), *names[384] = { "core" };
	DIR *folder = path ? opendir(path) : NULL;

	*near = NULL;
	if (!folder)
		return true;
	names[1 + read_names(pool, folder, names + 1, RD_ARRAY_SIZE(names) - 2)] = NULL;
	closedir(folder);
	if (is_one_of(name, names))
		return true;
	*near = rd_str_nearest(name, names);
	return false;
}
