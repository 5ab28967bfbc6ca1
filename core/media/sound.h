/* Sounds: decoded files, read by any number of players at once. Counted on
 * the switch thread; media threads only read the samples. */
#ifndef CORE_MEDIA_SOUND_H
#define CORE_MEDIA_SOUND_H

#include <sys/types.h>
#include <time.h>

#include <ringdown/list.h>
#include <ringdown/memory.h>

#include "core/media/media.h"
#include "core/media/sound.h"

#define RD__SOUND_MAGIC 0x534f554eu /* "SOUN" */

enum { RD__SOUND_FORMATS = 8 };

/* A file's own bytes, where they are pieces of a codec and nothing else. */
struct rd__coded {
	char codec[16];
	size_t piece_samples, piece_bytes, count; /* pieces */
	uint8_t bytes[];
};

struct rd__sound {
	uint32_t magic;
	int refs, rate;
	size_t count;
	struct rd_list encodings; /* struct rd__encoding */
	size_t encoded_bytes;
	struct rd__coded *coded; /* NULL: none */
	bool undecoded; /* there is silence instead of samples */
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

/* Samples, and packets of them: what this memory is for. */
extern struct rd_memory_part rd__sound_memory;

/* Room for so many samples, which are not set. 0 or -ENOMEM. Any thread. */
int rd__sound_alloc(struct rd__sound **sp, size_t count, int rate);
/* It is in no list; also after it has moved. */
void rd__sound_init_lists(struct rd__sound *sound);
/* -- sound_coded.c -- */

/* In the pool: the bytes of a file beside its samples; *sp may be NULL: nobody decodes
 * them, and it is made. 0 or negative errno, also when there is nothing to be heard. */
int rd__sound_read_coded(struct rd__sound **sp, const struct rd_format *format,
			 const char *file);
size_t rd__sound_coded_size(const struct rd__sound *sound);
/* Can it be sent in this codec (NULL: as samples)? */
bool rd__sound_suits(const struct rd__sound *sound, const struct rd_codec *codec);

/* So many bytes of encodings were added to it. */
void rd__sound_grew(struct rd__sound *sound, size_t bytes);

#endif
