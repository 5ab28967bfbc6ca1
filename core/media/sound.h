/* Sounds: decoded files, read by any number of players at once. Counted on
 * the switch thread; media threads only read the samples. */
#ifndef RD_CORE_MEDIA_SOUND_H
#define RD_CORE_MEDIA_SOUND_H

#include <sys/types.h>
#include <time.h>

#include <ringdown/list.h>

#include "core/media/media.h"

#define RD__SOUND_MAGIC 0x534f554eu /* "SOUN" */

enum { RD__SOUND_FORMATS = 8 };

struct rd__sound {
	uint32_t magic;
	int refs, rate;
	size_t count;
	struct rd_list encodings; /* struct rd__encoding */
	size_t encoded_bytes;
	/* In the cache, which holds a reference of its own: */
	struct rd_list used; /* the longest unused first */
	char *path;
	struct timespec changed;
	uint64_t checked_ms;
	/* The formats in which there is such a file, [0] is the one that was read.
	 * To be compared only: their modules may be gone. */
	const struct rd_format *there[RD__SOUND_FORMATS];
	int there_count;
	int16_t samples[];
};

/* Room for so many samples, which are not set. 0 or -ENOMEM. Any thread. */
int rd__sound_alloc(struct rd__sound **sp, size_t count, int rate);
/* So many bytes of encodings were added to it. */
void rd__sound_grew(struct rd__sound *sound, size_t bytes);
/* A file was written ("DIR/name.wav"): what is kept of it is old. */
void rd__sound_changed(const char *file);

#endif
