/* Sound files that somebody uploaded: opened, sought in, read to the end. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ringdown/module.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct rd_module rd_module;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rd_format *format = rd_module.formats;
	int fd = memfd_create("wav", MFD_CLOEXEC), rate = 0;
	int16_t samples[777];
	char path[64];
	size_t given = 0;
	ssize_t n;
	void *file;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	if (format->open_read(path, &file, &rate) == 0) {
		rd_assert(rate > 0);
		while ((n = format->read(file, samples, 777)) > 0)
			given += (size_t)n;
		rd_assert(given * 2 <= size);
		format->seek(file, (int64_t)given / 2);
		format->read(file, samples, 777);
		format->close(file);
	}
	/* And it may be written on to, or is refused. */
	if (format->open_write(path, 8000, true, &file) == 0) {
		format->write(file, samples, 10);
		format->close(file);
	}
	close(fd);
	return 0;
}
