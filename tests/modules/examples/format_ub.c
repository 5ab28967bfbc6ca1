/* A file format: .ub, as sox calls it: unsigned bytes, 8,000 a second, no header. So a
 * file that was cut off is whole as far as it goes. */
#define RD_MODULE_NAME "format_ub"

#include <stdio.h>

#include <ringdown/module.h>

enum { RATE = 8000, OFFSET = 128, BLOCK = 512 };

static int ub_open(const char *path, const char *mode, void **file)
{
	*file = fopen(path, mode);
	return *file ? 0 : -errno;
}

/* All of these run where waiting for the disk is allowed. */
static int open_read(const char *path, void **file, int *rate)
{
	*rate = RATE;
	return ub_open(path, "rbe", file);
}

static ssize_t ub_read(void *file, int16_t *samples, size_t max)
{
	uint8_t block[BLOCK];
	size_t n = fread(block, 1, RD_MIN(max, sizeof(block)), file);

	for (size_t i = 0; i < n; i++)
		samples[i] = (int16_t)((block[i] - OFFSET) * 256);
	return n == 0 && ferror((FILE *)file) ? -EIO : (ssize_t)n;
}

static int ub_seek(void *file, int64_t sample)
{
	return fseeko(file, sample, SEEK_SET) ? -errno : 0;
}

static int open_write(const char *path, int rate, bool append, void **file)
{
	return rate == RATE ? ub_open(path, append ? "abe" : "wbe", file) : -ENOTSUP;
}

static int ub_write(void *file, const int16_t *samples, size_t count)
{
	uint8_t block[BLOCK];

	while (count) {
		size_t n = RD_MIN(count, sizeof(block));

		for (size_t i = 0; i < n; i++)
			block[i] = (uint8_t)(samples[i] / 256 + OFFSET);
		if (fwrite(block, 1, n, file) < n)
			return -ENOSPC;
		samples += n;
		count -= n;
	}
	return 0;
}

/* What was kept back may not have found room. */
static int ub_close(void *file)
{
	return fclose(file) ? -errno : 0;
}

static const struct rd_format formats[] = {
	{ .name = "ub",
	  .extension = "ub",
	  .rate = RATE,
	  .open_read = open_read,
	  .read = ub_read,
	  .seek = ub_seek,
	  .open_write = open_write,
	  .write = ub_write,
	  .close = ub_close },
	{ 0 },
};

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "Raw bytes in files", .formats = formats);
