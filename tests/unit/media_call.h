/* Two phones and the streams that they talk to. */
#ifndef TESTS_UNIT_MEDIA_CALL_H
#define TESTS_UNIT_MEDIA_CALL_H

#include "tests/unit/media_rig.h"

enum { QUIET_MS = 60, SOON_MS = 1000 };

struct call {
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
};

static inline void call_open(struct call *call, const char *codec_a, const char *codec_b)
{
	far_end_open(&call->a);
	far_end_open(&call->b);
	call->stream_a = rig_stream(&call->a, codec_a);
	call->stream_b = rig_stream(&call->b, codec_b);
}

static inline void call_close(struct call *call)
{
	rd_stream_close(call->stream_a);
	rd_stream_close(call->stream_b);
	rig_run(20);
	far_end_close(&call->a);
	far_end_close(&call->b);
}

#endif
