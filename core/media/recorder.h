/* A recorder as its three owners share it: the switch thread starts and
 * stops it, a media thread fills its ring, the writer empties it. */
#ifndef RD_CORE_MEDIA_RECORDER_H
#define RD_CORE_MEDIA_RECORDER_H

#include "core/media/engine.h"
#include "core/media/resample.h"

enum { RD__CHUNK = 160, RD__CHUNKS = 256 }; /* 5 s at 8 kHz */

struct rd__chunk {
	uint16_t count;
	int16_t samples[RD__CHUNK];
};

struct rd__recorder {
	/* the switch thread's */
	struct rd_stream *stream;
	struct rd__order start, stop;
	struct rd_cond changed;
	void (*notify)(void *arg, int what, int rc);
	void *arg;
	bool detached; /* no media thread knows it any more */
	bool stopping, done, orphan;
	char *path;
	const struct rd_format *format;
	bool append;

	/* the media thread's */
	int rate;
	struct rd__resamplers resamplers; /* what is heard may change its rate */
	uint64_t began_us;
	int64_t taken, limit;	      /* samples */
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

/* Hand it to the writer; it has a file and a ring. */
void rd__writer_add(struct rd__recorder *recorder);
/* .complete was set: look soon. */
void rd__writer_wake(void);
/* The writer calls these on the switch thread. */
void rd__recorder_failed(void *arg);
void rd__recorder_done(void *arg);

#endif
