/* Reading the text of a configuration file, and telling its path from the name that people use. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/config.h>
#include <ringdown/str.h>

#include "core/config/config.h"
#include "core/config/source.h"

/* At most size bytes: a file that shrinks is read as far as it goes. */
static int read_bytes(int fd, char *text, size_t *size)
{
	size_t filled = 0;
	char extra;

	while (filled < *size) {
		ssize_t n = read(fd, text + filled, *size - filled);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		filled += (size_t)n;
	}
	if (filled == 0 && read(fd, &extra, 1) < 0)
		return -errno; /* no empty file, but one that cannot be read */
	text[filled] = '\0';
	*size = filled;
	return 0;
}

static int check_kind(int fd, size_t *size)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return -errno;
	if (S_ISDIR(info.st_mode))
		return -EISDIR;
	if (!S_ISREG(info.st_mode))
		return -EINVAL;
	if (info.st_size > RD__CONFIG_MAX_BYTES)
		return -EFBIG;
	*size = (size_t)info.st_size;
	return 0;
}

int rd__config_read_file(const char *path, struct rd_pool *pool, char **text,
			 size_t *size)
{
	/* Non-blocking: opening somebody's pipe must not hang the reload. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc;

	if (fd < 0)
		return -errno;
	rc = check_kind(fd, size);
	if (rc == 0) {
		*text = rd_pool_alloc(pool, *size + 1);
		rc = *text ? read_bytes(fd, *text, size) : -ENOMEM;
	}
	close(fd);
	return rc;
}

char *rd__config_path(struct rd_pool *pool, const char *name)
{
	const char *dir = rd_directory("etc");

	if (name[0] == '/' || !dir)
		return rd_pool_strdup(pool, name);
	return rd_pool_printf(pool, "%s/%s", dir, name);
}

const char *rd__config_show_path(const char *path)
{
	const char *dir = rd_directory("etc");
	size_t n = dir ? strlen(dir) : 0;

	if (n && strncmp(path, dir, n) == 0 && path[n] == '/')
		return path + n + 1;
	return path;
}
