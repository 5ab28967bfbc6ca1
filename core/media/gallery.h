/* A gallery: streams of pictures on one media thread, each of which sees one of the
 * others, or nobody; any number may see the same one. Pictures pass as they came,
 * and who is seen is asked for whole ones. Whom one sees is decided elsewhere
 * (core/call/stage.c).
 *
 * Everything here is called on the switch thread and never waits. A stream is
 * linked to another one (media.h), or in a gallery, or neither. */
#ifndef CORE_MEDIA_GALLERY_H
#define CORE_MEDIA_GALLERY_H

#include <ringdown/stream.h>

struct rd__gallery;
struct rd__thread;

RD_API_BEGIN

/* near (may be NULL): begin on its thread. 0, -ENODEV (no engine) or -ENOMEM. */
int rd__gallery_new(struct rd__gallery **gp, struct rd_stream *near);
/* Those who are still in it leave. NULL is harmless. */
void rd__gallery_close(struct rd__gallery *gallery);

/* The stream leaves its link or its former gallery, and sees nobody yet. One that is
 * in this one already goes on seeing whom it sees. */
void rd__gallery_join(struct rd__gallery *gallery, struct rd_stream *stream);
/* Nobody sees it any more. Harmless when it is in none; linking and closing a
 * stream do it. */
void rd__gallery_leave(struct rd_stream *stream);
/* From here on, those that do not join again are to leave: rd__gallery_sweep(). */
void rd__gallery_mark(struct rd__gallery *gallery);
void rd__gallery_sweep(struct rd__gallery *gallery);
/* From now on it sees this one of the same gallery; NULL: nobody. */
void rd__gallery_show(struct rd_stream *stream, struct rd_stream *source);
/* NULL: nobody. */
struct rd_stream *rd__gallery_seen(const struct rd_stream *stream);

/* -- for place.c -- */

struct rd__thread *rd__gallery_home(const struct rd__gallery *gallery);
/* It has come to its gallery's thread. */
void rd__gallery_arrived(struct rd_stream *stream);

RD_API_END

#endif
