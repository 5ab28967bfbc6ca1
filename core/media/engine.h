/* The switch thread's side of the media engine: its threads, and orders to them.
 * media.h is what the rest of the core asks of it. */
#ifndef CORE_MEDIA_ENGINE_H
#define CORE_MEDIA_ENGINE_H

#include <ringdown/list.h>

#include "core/media/command.h"
#include "core/media/media.h"

struct rd__thread;

RD_API_BEGIN

/* Pass an order on to the stream's thread, at the end of this turn. One that
 * waits already goes to the end. */
void rd__order_init(struct rd__order *order, struct rd_stream *stream, enum rd__command_type type,
		    void *object);
void rd__order(struct rd_stream *stream, struct rd__order *order);
/* The last order: the stream is freed soon after. */
void rd__stream_order_close(struct rd_stream *stream);
/* The same with an order made for it. 0 or -ENOMEM. */
int rd__order_new(struct rd_stream *stream, const struct rd__command *command);
/* For what is no stream: an order to a thread. */
void rd__thread_order(struct rd__thread *thread, struct rd__order *order);
int rd__thread_order_new(struct rd__thread *thread, const struct rd__command *command);
/* From 0; the next one, after the last the first; how many there are. */
struct rd__thread *rd__thread_at(int index);
struct rd__thread *rd__thread_after(const struct rd__thread *thread);
int rd__thread_count(void);
/* Is there an engine? */
bool rd__media_running(void);
/* Now, not at the end of the turn. */
void rd__media_flush(void);
struct rd_list *rd__streams(void);
size_t rd__streams_count(void);

RD_API_END

#endif
