/* Files of a codec's bytes, packet after packet, without a header; for the format modules
 * that name the codecs. */
#ifndef MODULES_CODED_FILE_H
#define MODULES_CODED_FILE_H

#include <ringdown/codec.h>
#include <ringdown/format.h>

struct coded_kind {
	const struct rd_codec *codec;
	size_t samples, bytes; /* of what is decoded at a time: less at the end is lost */
};

int coded_open_read(const char *path, const struct coded_kind *kind, void **file, int *rate);
int coded_open_write(const char *path, const struct coded_kind *kind, int rate, bool append,
		     void **file);
ssize_t coded_read(void *file, int16_t *samples, size_t max);
int coded_seek(void *file, int64_t sample);
int coded_write(void *file, const int16_t *samples, size_t count);
int coded_close(void *file);

/* The two functions of a row that know its kind. */
#define CODED_OPEN(prefix, kind)                                                             \
	static int prefix##_open_read(const char *path, void **file, int *rate)              \
	{                                                                                    \
		return coded_open_read(path, kind, file, rate);                              \
	}                                                                                    \
	static int prefix##_open_write(const char *path, int rate, bool append, void **file) \
	{                                                                                    \
		return coded_open_write(path, kind, rate, append, file);                     \
	}

#define CODED_ROW(prefix)                                                            \
	.name = #prefix, .extension = #prefix, .codec = #prefix,                     \
	.open_read = prefix##_open_read, .read = coded_read, .seek = coded_seek,     \
	.open_write = prefix##_open_write, .write = coded_write, .close = coded_close

#endif
