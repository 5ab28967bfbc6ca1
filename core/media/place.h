/* Which media thread a stream is on. Switch thread only. */
#ifndef CORE_MEDIA_PLACE_H
#define CORE_MEDIA_PLACE_H

#include <ringdown/stream.h>

struct rd__thread;

RD_API_BEGIN

/* What a thread's streams weigh before the next one gets any; for tests. */
void rd__media_pack(int weight);
/* Where to put what is no stream; stream: NULL, or begin where it is. */
struct rd__thread *rd__thread_near(struct rd_stream *stream);
/* On whichever thread has room. */
void rd__stream_place(struct rd_stream *stream);
/* It is linked otherwise now, or in a room: what it costs its thread. */
void rd__stream_weigh(struct rd_stream *stream);
/* Its thread has let go of it: on to the next one. */
void rd__stream_released(struct rd_stream *stream);
/* 0, or -ENOMEM: two that are to be linked are not. */
int rd__stream_settle(struct rd_stream *stream);
/* The same where nobody could be told: it is logged. */
void rd__stream_settle_or_tell(struct rd_stream *stream);

RD_API_END

#endif
