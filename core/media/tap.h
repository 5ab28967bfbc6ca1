/* Taps: who listens to a line on the side. Recorders and detectors get samples of
 * what the line hears, of what it says, or of both; packets go on their way as
 * they would without. A line decodes once for all its taps, with decoders of
 * their own, so that nobody's state is disturbed.
 *
 * Made and freed on the switch thread; its functions run on the line's thread. */
#ifndef CORE_MEDIA_TAP_H
#define CORE_MEDIA_TAP_H

#include <ringdown/list.h>

#include "core/media/command.h"
#include "core/media/line.h"
#include "core/media/resample.h"
#include "core/media/tap.h"

enum rd__tap_side { RD__TAP_IN, RD__TAP_OUT, RD__TAP_SIDES };

struct rd__tap;
struct rd__tap_decoders;

struct rd__tap_ops {
	/* samples at the tap's rate; NULL: so many were lost. */
	void (*hear)(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side side,
		     const int16_t *samples, size_t count);
	/* Samples in the place of lost ones; may be NULL: then .hear is told of the loss. */
	void (*made_up)(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side side,
			const int16_t *samples, size_t count);
	/* Every packet time of the line; may be NULL. */
	void (*tick)(struct rd__tap *tap, struct rd__line *line);
	/* The line lets go of it: it was removed, or the stream is being closed. May be
	 * NULL. */
	void (*leave)(struct rd__tap *tap, struct rd__line *line, bool closing);
	/* On the switch thread: after that, and nobody knows it any more. */
	void (*left)(struct rd__tap *tap, bool closing);
};

struct rd__tap {
	const struct rd__tap_ops *ops;
	struct rd_list in_line;
	unsigned sides; /* 1 << RD__TAP_... */
	int rate;
	struct rd__resamplers resamplers[RD__TAP_SIDES];
	struct rd_stream *stream; /* NULL: on none any more; the switch thread's */
	struct rd__order start, stop;
	bool stopped; /* its stop was ordered */
};

/* 0 or -ENOMEM; then there is nothing to be undone. */
int rd__tap_init(struct rd__tap *tap, const struct rd__tap_ops *ops, unsigned sides, int rate);
void rd__tap_fini(struct rd__tap *tap);

/* From now on. 0 or -ENOMEM. */
int rd__stream_tap(struct rd_stream *stream, struct rd__tap *tap);
/* It hears nothing more; .left follows, if the stream has not been closed before. */
void rd__stream_untap(struct rd__tap *tap);

/* What a stream that is tapped was agreed on anew. 0 or -ENOMEM. */
int rd__taps_configure(struct rd_stream *stream);
void rd__taps_stream_free(struct rd_stream *stream);
void rd__taps_event(const struct rd__event *event);

/* -- on the line's thread -- */

static inline bool rd__line_tapped(const struct rd__line *line)
{
	return !rd_list_empty(&line->taps);
}

void rd__taps_command(struct rd__line *line, const struct rd__command *command);
/* A packet of the line; missed: so many before it have not come, of what is heard. */
void rd__taps_packet(struct rd__line *line, enum rd__tap_side side, const struct rd__rtp *rtp,
		     unsigned missed);
/* One that others have overtaken. */
void rd__taps_late(struct rd__line *line, enum rd__tap_side side, const struct rd__rtp *rtp);
/* Do packets wait for such? Then taps want ticks. */
bool rd__taps_wait(const struct rd__line *line);
/* Samples of a custom stream. */
void rd__taps_samples(struct rd__line *line, enum rd__tap_side side, const int16_t *samples,
		      size_t count);
void rd__taps_tick(struct rd__line *line);
void rd__taps_close(struct rd__line *line);

#endif
