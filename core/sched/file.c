/* Whole files through the pool: read at once, or replaced at once; and what is added
 * to the end of one. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/io.h>

/* ---- reading, on a pool thread ---- */

struct reading {
	const char *path;
	size_t limit, size;
	char *data; /* heap: a channel's pool is not the pool thread's to touch */
};

static int read_some(int fd, struct reading *reading, size_t room)
{
	ssize_t n;

	while (reading->size < room) {
		n = read(fd, reading->data + reading->size, room - reading->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		reading->size += (size_t)n;
	}
	return 0;
}

static int read_open_file(int fd, struct reading *reading)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (st.st_size < 0 || (uint64_t)st.st_size > reading->limit)
		return -EFBIG;
	reading->data = rd_malloc((size_t)st.st_size + 1);
	if (!reading->data)
		return -ENOMEM;
	return read_some(fd, reading, (size_t)st.st_size);
}

static int read_file(void *arg)
{
	struct reading *reading = arg;
	int fd = open(reading->path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = read_open_file(fd, reading);
	close(fd);
	return rc;
}

int rd_file_read(const char *path, struct rd_pool *pool, size_t limit, char **data, size_t *size)
{
	struct reading reading = { .path = path, .limit = limit };
	int rc = rd_offload(read_file, &reading);

	if (rc == 0) {
		*data = rd_pool_alloc(pool, reading.size + 1);
		*size = reading.size;
		rc = *data ? 0 : -ENOMEM;
	}
	if (rc == 0) {
		memcpy(*data, reading.data, reading.size);
		(*data)[reading.size] = '\0';
	}
	rd_free(reading.data);
	return rc;
}

/* ---- writing, on a pool thread ---- */

struct writing {
	const char *path;
	const void *data;
	size_t size;
	mode_t mode;
};

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int rd_file_append(int fd, const void *data, size_t size)
{
	off_t before = lseek(fd, 0, SEEK_END);
	int rc = write_all(fd, data, size);

	if (rc && before >= 0 && ftruncate(fd, before))
		rc = -errno;
	return rc;
}

/* The new name reaches the disk with its folder. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = rd_asprintf("%.*s", slash ? (int)(slash - path) + 1 : 1,
				   slash ? path : ".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	rd_free(folder);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int write_beside(const char *beside, const struct writing *writing)
{
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, writing->mode);
	int rc;

	if (fd < 0)
		return -errno;
	rc = fchmod(fd, writing->mode) ? -errno : write_all(fd, writing->data, writing->size);
	if (rc == 0 && fsync(fd))
		rc = -errno;
	close(fd);
	if (rc == 0 && rename(beside, writing->path))
		rc = -errno;
	if (rc)
		unlink(beside);
	return rc;
}

static int write_file(void *arg)
{
	const struct writing *writing = arg;
	char token[9], *beside;
	int rc;

	rd_random_token(token, sizeof(token) - 1);
	beside = rd_asprintf("%s.%s", writing->path, token);
	if (!beside)
		return -ENOMEM;
	rc = write_beside(beside, writing);
	if (rc == 0)
		sync_folder(writing->path);
	rd_free(beside);
	return rc;
}

int rd_file_write(const char *path, const void *data, size_t size, mode_t mode)
{
	struct writing writing = { path, data, size, mode };

	return rd_offload(write_file, &writing);
}

int rd_file_write_here(const char *path, const void *data, size_t size, mode_t mode)
{
	struct writing writing = { path, data, size, mode };

	return write_file(&writing);
}

int rd_file_sync_here(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	rc = fsync(fd) ? -errno : 0;
	close(fd);
	return rc;
}
