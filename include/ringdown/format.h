/* Ringdown SDK: sound file formats. Called in the pool or on the writer
 * thread, where blocking is allowed. */
#ifndef RINGDOWN_FORMAT_H
#define RINGDOWN_FORMAT_H

#include <ringdown/base.h>

/**
 * @extension  without the dot: "wav"; aliases: others, NULL-terminated
 * @rate       of its samples, 0: the file says
 * @codec      the codec whose bytes it holds: "g722"; NULL for samples
 * @piece_samples, piece_bytes  of the least that the codec codes, where the file is
 *             nothing but such pieces: who speaks the codec gets them as they are
 * @open_read  0 with *file and *rate, or negative errno
 * @read       samples, 0 at the end, or negative; -ENOTSUP: no decoder. seek: 0 or negative
 * @open_write a new file, or one to append to
 * @write      0 or negative errno (-ENOSPC)
 * @open_write_stereo  the same with two channels, whose samples come in turn;
 *             NULL: there is no such thing
 * @close      finish the headers; 0 or negative
 *
 * A file cut off at any moment while being written must open again with all
 * that reached the disk.
 */
struct rd_format {
	const char *name, *extension;
	const char *const *aliases;
	int rate;
	const char *codec;
	int piece_samples, piece_bytes;
	int (*open_read)(const char *path, void **file, int *rate);
	ssize_t (*read)(void *file, int16_t *samples, size_t max);
	int (*seek)(void *file, int64_t sample);
	int (*open_write)(const char *path, int rate, bool append, void **file);
	int (*write)(void *file, const int16_t *samples, size_t count);
	int (*close)(void *file);
	int (*open_write_stereo)(const char *path, int rate, bool append, void **file);
};

RD_API_BEGIN

/* By name or extension; of several with that extension one that writes. NULL: there is none. */
const struct rd_format *rd_format_find(const char *name);

RD_API_END

#endif
