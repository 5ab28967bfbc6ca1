/* Raw samples in files: .sln (8 kHz), .sln16, .sln48 and their like; 16
 * bits, little end first, no header. */
#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/module.h>

enum { BLOCK = 2048 };

struct raw_file {
	int fd;
	int16_t block[BLOCK];
};

static int open_raw(const char *path, int flags, void **out)
{
	struct raw_file *file = rd_malloc(sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->fd = open(path, flags | O_CLOEXEC, 0640);
	if (file->fd < 0) {
		rd_free(file);
		return -errno;
	}
	*out = file;
	return 0;
}

/* The table's rate counts. */
static int raw_open_read(const char *path, void **file, int *rate)
{
	*rate = 0;
	return open_raw(path, O_RDONLY, file);
}

static int raw_open_write(const char *path, int rate, bool append, void **file)
{
	(void)rate;
	return open_raw(path, O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC), file);
}

static ssize_t raw_read(void *handle, int16_t *samples, size_t max)
{
	struct raw_file *file = handle;
	ssize_t n = read(file->fd, file->block, RD_MIN(max, (size_t)BLOCK) * 2);

	if (n < 0)
		return -errno;
	for (ssize_t i = 0; i < n / 2; i++)
		samples[i] = (int16_t)le16toh((uint16_t)file->block[i]);
	return n / 2;
}

static int raw_seek(void *handle, int64_t sample)
{
	struct raw_file *file = handle;

	return lseek(file->fd, sample * 2, SEEK_SET) < 0 ? -errno : 0;
}

static int raw_write(void *handle, const int16_t *samples, size_t count)
{
	struct raw_file *file = handle;

	while (count) {
		size_t n = RD_MIN(count, (size_t)BLOCK);
		ssize_t rc;

		for (size_t i = 0; i < n; i++)
			file->block[i] = (int16_t)htole16((uint16_t)samples[i]);
		rc = write(file->fd, file->block, n * 2);
		if (rc < 0)
			return -errno;
		/* Half a sample at the end of a full disk. */
		if (rc % 2 && lseek(file->fd, -1, SEEK_CUR) < 0)
			return -errno;
		if (rc < 2)
			return -ENOSPC;
		samples += rc / 2;
		count -= (size_t)rc / 2;
	}
	return 0;
}

static int raw_close(void *handle)
{
	struct raw_file *file = handle;
	int rc = close(file->fd) < 0 ? -errno : 0;

	rd_free(file);
	return rc;
}

#define RAW(hz, ...)                                                          \
	.rate = (hz), .open_read = raw_open_read, .read = raw_read, .seek = raw_seek, \
	.open_write = raw_open_write, .write = raw_write, .close = raw_close, __VA_ARGS__

static const char *const aliases[] = { "raw", "slin", NULL };

static const struct rd_format formats[] = {
	{ RAW(8000, .name = "sln", .extension = "sln", .aliases = aliases) },
	{ RAW(12000, .name = "sln12", .extension = "sln12") },
	{ RAW(16000, .name = "sln16", .extension = "sln16") },
	{ RAW(24000, .name = "sln24", .extension = "sln24") },
	{ RAW(32000, .name = "sln32", .extension = "sln32") },
	{ RAW(44100, .name = "sln44", .extension = "sln44") },
	{ RAW(48000, .name = "sln48", .extension = "sln48") },
	{ 0 },
};

RD_MODULE(.name = "format_sln", .synopsis = "Sound files: raw samples of 16 bits",
	  .formats = formats);
