/* Files that become sounds: found and decoded in the pool. */
#ifndef CORE_MEDIA_SOUND_READ_H
#define CORE_MEDIA_SOUND_READ_H

#include <time.h>

#include "core/media/sound.h"

enum {
	RD__SOUND_JOB_FORMATS = 64,
	RD__SOUND_FILE_MAX = 2048,
};

/* A file that fits, and how it is to be read. */
struct rd__sound_file {
	const struct rd_format *format;
	const char *extension;
};

struct rd__sound_job {
	const char *path;
	const struct rd_format *formats[RD__SOUND_JOB_FORMATS];
	int format_count;
	struct timespec changed; /* of what is cached; 0: nothing is */
	struct rd__sound *sound; /* the result; NULL: as before */
	struct rd__sound_file there[RD__SOUND_FORMATS];
	int there_count;
};

RD_API_BEGIN

/* "path.extension". 0 or -ENAMETOOLONG. */
int rd__sound_name_file(const char *path, const char *extension, char *out, size_t size);
/* arg: a job. 0, -ENOENT, or what is wrong with the file. In the pool. */
int rd__sound_read(void *arg);

RD_API_END

#endif
