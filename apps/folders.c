/* Names and folders of the files that applications write. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ringdown/config.h>
#include <ringdown/fiber.h>
#include <ringdown/str.h>

#include "apps/folders.h"

void folders_safe_name(char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
			*name = '_';
}

static int make(void *path)
{
	char folder[1024];

	if (!rd_strcpy(folder, sizeof(folder), path))
		return -ENAMETOOLONG;
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0750) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

int folders_make(const char *path)
{
	/* Borrowed: the fiber that waits keeps it. */
	return rd_offload(make, (void *)(uintptr_t)path);
}

int folders_recording(char *path, size_t size, const char *name)
{
	char safe[128];
	int n;

	if (!rd_strcpy(safe, sizeof(safe), name))
		return -ENAMETOOLONG;
	folders_safe_name(safe);
	n = snprintf(path, size, "%s/monitor/%s", rd_directory("spool"), safe);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : folders_make(path);
}
