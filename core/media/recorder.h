/* A recorder as its three owners share it: the switch thread starts and
 * stops it, a media thread fills its ring, the writer empties it. */
#ifndef CORE_MEDIA_RECORDER_H
#define CORE_MEDIA_RECORDER_H

#include <stdatomic.h>

#include <ringdown/fiber.h>

#include "core/base/context.h"
#include "core/media/registry.h"
#include "core/media/ring.h"
#include "core/media/tap.h"

enum { RD__CHUNK = 160 };

/* Samples as they go to the file: of both channels in turn when it has two. */
struct rd__chunk {
	uint16_t count;
	int16_t samples[RD__CHUNK];
};

enum rd__recorder_action { RD__RECORDER_PAUSE, RD__RECORDER_MUTE };

/* One side of the line: what is known of its time, and not written yet. */
struct rd__record_side {
	int gain;	/* in 256ths */
	bool on, muted;
	bool speaks;	/* the clock has not filled it since its last sound */
	int64_t taken;	/* samples since it began */
	int16_t *window; /* a ring of .window_size; the place of a sample is its number */
};

struct rd__recorder {
	struct rd__tap tap;

	/* the switch thread's */
	struct rd_cond changed;
	void (*notify)(void *arg, int what, int rc);
	void *arg;
	bool detached; /* no media thread knows it any more */
	bool stopping, done, orphan, abandoned;
	char *path;
	char label[RD__SUBJECT]; /* of the stream */
	const struct rd_format *format;
	struct rd__format_use use;
	bool append, stereo;

	/* the media thread's */
	int rate;
	bool began, paused;
	int behind_ms; /* later than that sound is not waited for */
	uint64_t began_us, paused_us;
	struct rd__record_side side[RD__TAP_SIDES];
	size_t window_size;
	int64_t flushed, limit; /* samples */
	int64_t silent, silence_limit;
	bool limit_told, silence_told;
	struct rd__chunk chunk;

	/* from media thread to writer */
	struct rd__ring ring;
	atomic_bool complete; /* nothing more comes */
	atomic_bool overrun;  /* the disk did not keep up */

	/* the writer's; rc is read by all */
	struct rd_list in_writer;
	void *file;
	_Atomic int rc;
	bool rc_told, closed;
	_Atomic int64_t written;
};

/* -- recorder_media.c: on the line's thread -- */

extern const struct rd__tap_ops rd__recorder_tap_ops;
void rd__recorder_act(struct rd__line *line, const struct rd__command *command);

/* -- recorder.c -- */

void rd__recorder_left(struct rd__tap *tap, bool closing);
void rd__recorder_event(const struct rd__event *event);

/* -- writer.c -- */

/* Hand it to the writer; it has a file and a ring. */
void rd__writer_add(struct rd__recorder *recorder);
/* .complete was set: look soon. */
void rd__writer_wake(void);
/* The writer calls these on the switch thread. */
void rd__recorder_failed(void *arg);
void rd__recorder_done(void *arg);

#endif
