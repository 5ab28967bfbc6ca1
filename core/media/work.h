/* What a media thread does right now: in which code of a module it is, and for which
 * line. A call that holds it up is told to the switch thread, which knows whose that is;
 * the watchdog looks at one that does not end, and a crash is named by it. Where the
 * switch thread plays the media thread, or the pool encodes, nobody asks. */
#ifndef CORE_MEDIA_WORK_H
#define CORE_MEDIA_WORK_H

#include <stdatomic.h>

#include <ringdown/codec.h>

#include "core/base/context.h"
#include "core/base/usage.h"
#include "core/sched/watched.h"

struct rd__thread;
struct rd_stream;

/* Passes by powers of two of microseconds: less than 1, 2, 4, ..., and all above. */
enum { RD__PASS_POWERS = 22 };

struct rd__work_call {
	uint64_t ticks; /* by rd__usage_ticks() */
	const void *code;
	struct rd_stream *stream;
};

struct rd__work {
	int number; /* of the thread, from 1 */
	struct rd__watched watched; /* .began_us: of the pass */
	_Atomic(const void *) code; /* of a module; NULL: the engine's own */
	_Atomic(const char *) label; /* of the stream that it works for; NULL: of none */
	atomic_uint_fast64_t passes[RD__PASS_POWERS], passes_us;
	/* for show: the longest pass, of this window and the one before */
	atomic_uint_fast64_t window_us, worst_us, former_us;
	/* the media thread's own */
	uint64_t call_began, pass_began;
	struct rd_stream *stream; /* that it works for */
	struct rd__work_call longest; /* of this pass */
};

RD_API_BEGIN

/* On the switch thread: the watchdog looks at it from now on; no more. */
void rd__work_begin(struct rd__work *work, int number);
void rd__work_end(struct rd__work *work);
/* The longest pass of the last second or two. */
uint64_t rd__work_lately_us(const struct rd__work *work);

/* On the media thread, and where there is none, nothing: what it does is written there. */
void rd__work_adopt(struct rd__work *work);
/* It has waited until now; it waits again soon. What has held it up is told by an event. */
void rd__work_pass_begin(uint64_t now_us);
void rd__work_pass_end(struct rd__thread *thread);
/* The stream goes from this thread: it is not to be named any more. */
void rd__work_forget(const struct rd_stream *stream);

RD_API_END

/* -- inline, for each packet of a converted call ------------------------------------------ */

extern _Thread_local struct rd__work *rd__work;

/* The label is the stream's, which is not to be looked at here. */
static inline void rd__work_for(struct rd_stream *stream, const char *label)
{
	if (!rd__work)
		return;
	rd__work->stream = stream;
	rd__context_subject = label;
	/* The watchdog reads what it points at. */
	atomic_store_explicit(&rd__work->label, label, memory_order_release);
}

/* The code of a module is about to be called, and has returned. */
static inline void rd__work_enter(const void *code)
{
	if (!rd__work)
		return;
	atomic_store_explicit(&rd__work->code, code, memory_order_relaxed);
	rd__work->call_began = rd__usage_ticks();
}

static inline void rd__work_leave(const void *code)
{
	uint64_t ticks;

	if (!rd__work)
		return;
	ticks = rd__usage_ticks() - rd__work->call_began;
	atomic_store_explicit(&rd__work->code, NULL, memory_order_relaxed);
	rd__usage_media(code, ticks);
	if (ticks <= rd__work->longest.ticks)
		return;
	rd__work->longest.ticks = ticks;
	rd__work->longest.code = code;
	rd__work->longest.stream = rd__work->stream;
}

static inline int rd__codec_encode(const struct rd_codec *codec, void *state,
				   const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	int n;

	rd__work_enter((const void *)codec->encode);
	n = codec->encode(state, samples, count, out, max);
	rd__work_leave((const void *)codec->encode);
	return n;
}

/* data NULL: what was lost is made up. */
static inline int rd__codec_decode(const struct rd_codec *codec, void *state, const uint8_t *data,
				   size_t size, int16_t *out, size_t max)
{
	int n;

	rd__work_enter((const void *)codec->decode);
	n = codec->decode(state, data, size, out, max);
	rd__work_leave((const void *)codec->decode);
	return n;
}

static inline int rd__codec_recover(const struct rd_codec *codec, void *state, const uint8_t *next,
				    size_t size, int16_t *out, size_t max)
{
	int n;

	rd__work_enter((const void *)codec->recover);
	n = codec->recover(state, next, size, out, max);
	rd__work_leave((const void *)codec->recover);
	return n;
}

#endif
