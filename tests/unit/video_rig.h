/* What tests of pictures share: streams that have agreed on video, packets to them,
 * and feedback. */
#ifndef TESTS_UNIT_VIDEO_RIG_H
#define TESTS_UNIT_VIDEO_RIG_H

#include "core/media/feedback.h"
#include "tests/unit/media_rig.h"

enum { QUIET_MS = 60,
       SOON_MS = 1000,
       ALL = 15 };

#define FORMATS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* cmocka fixtures: the engine, with rig_threads, and codecs of video and text. */
int video_setup(void **state);
int video_teardown(void **state);

/* "h264 99 packetization-mode=1", "vp8 100"; ends with NULL. */
void video_configure(struct rd_stream *stream, struct far_end *far, const char *const *formats,
		     unsigned feedback, bool rsize);
void video_send(struct far_end *far, struct rd_stream *to, bool marker, const void *data,
		size_t size);

void feedback_send(struct far_end *far, struct rd_stream *to, const struct rd__feedback *feedback);
/* Receive until one comes; reports may come before it. */
void feedback_receive(struct far_end *far, struct arrived *got, struct rd__feedback *feedback);
void feedback_none(struct far_end *far);

#endif
