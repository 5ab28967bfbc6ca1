/* Changers: who alters the sound of a line on its way, what its far end says or what
 * is said to it. A call that is relayed is converted while there is one.
 *
 * Made and freed on the switch thread; .change runs on the line's thread. */
#ifndef CORE_MEDIA_CHANGE_H
#define CORE_MEDIA_CHANGE_H

#include <ringdown/list.h>

#include "core/media/command.h"
#include "core/media/line.h"
#include "core/media/resample.h"
#include "core/media/tap.h"

struct rd__changer;

struct rd__changer_ops {
	/* In place; rate: the changer's, or that of the sound when it takes any. */
	void (*change)(struct rd__changer *changer, enum rd__tap_side side, int16_t *samples,
		       size_t count, int rate);
	/* On the switch thread: it was removed, or the stream has been closed. */
	void (*left)(struct rd__changer *changer);
};

struct rd__changer {
	const struct rd__changer_ops *ops;
	struct rd_list in_line;
	unsigned sides; /* 1 << RD__TAP_... */
	int rate; /* 0: any */
	struct rd__resamplers there[RD__TAP_SIDES];
	struct rd__resamplers back[RD__TAP_SIDES][RD__RESAMPLERS_MAX]; /* a rate each */
	struct rd_stream *stream; /* NULL: on none any more; the switch thread's */
	struct rd__order start, stop;
	bool stopped; /* its stop was ordered */
};

/* 0 or -ENOMEM; then there is nothing to be undone. */
int rd__changer_init(struct rd__changer *changer, const struct rd__changer_ops *ops,
		     unsigned sides, int rate);
void rd__changer_fini(struct rd__changer *changer);

/* From now on, behind those that there are. */
void rd__stream_change(struct rd_stream *stream, struct rd__changer *changer);
/* No more; .left follows, if the stream has not been closed before. */
void rd__stream_unchange(struct rd__changer *changer);
void rd__changers_event(const struct rd__event *event);
/* Does what one says to the other have to pass a changer? */
bool rd__link_changes(const struct rd_stream *from, const struct rd_stream *to);

/* -- on the line's thread -- */

static inline bool rd__line_changes(const struct rd__line *line, enum rd__tap_side side)
{
	return line->changes[side] > 0;
}

void rd__changers_command(struct rd__line *line, const struct rd__command *command);
void rd__changers_close(struct rd__line *line);
void rd__line_change(struct rd__line *line, enum rd__tap_side side, int16_t *samples,
		     size_t count, int rate);
/* What is to be said instead of these; they themselves where nobody changes them. */
const int16_t *rd__line_changed(struct rd__line *line, const int16_t *samples, size_t count);

#endif
