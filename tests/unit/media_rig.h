/* What tests of the media engine share: codecs and formats from the modules
 * that were built, streams, and far ends with a socket of their own. */
#ifndef TESTS_UNIT_MEDIA_RIG_H
#define TESTS_UNIT_MEDIA_RIG_H

#include <netinet/in.h>

#include <ringdown/stream.h>

#include "core/media/media.h"
#include "core/media/rtp.h"

/* A phone's socket on loopback, and what it sends. */
struct far_end {
	int fd;
	union rd_sockaddr address;
	uint16_t seq;
	uint32_t ts, ssrc;
	uint8_t payload_type;
};

/* A packet as it arrived. */
struct arrived {
	struct rd__rtp rtp;
	uint8_t bytes[RD__RTP_MAX];
	size_t size;
};

struct rd_module;
const struct rd_module *rig_module(const char *name);
/* The tables of BUILD/modules/NAME.so. */
const struct rd_codec *rig_codec(const char *module);
const struct rd_format *rig_format(const char *module);
/* Scheduler on the real clock, engine with so many threads, codecs and wav. */
void rig_start(int threads);
void rig_stop(void);
/* By which far ends and streams talk: AF_INET, or AF_INET6. */
extern sa_family_t rig_family;
/* The same as fixtures of cmocka, with as many threads as is set here. */
extern int rig_threads;
int rig_setup(void **state);
int rig_teardown(void **state);
/* And on the virtual clock, without threads. */
int rig_virtual_setup(void **state);
int rig_virtual_teardown(void **state);

void far_end_open(struct far_end *far);
void far_end_close(struct far_end *far);
/* 20 ms of one byte. */
void far_end_send(struct far_end *far, struct rd_stream *to, uint8_t byte);
void far_end_send_raw(struct far_end *far, struct rd_stream *to, const void *data, size_t size);
/* Wait up to ms, while the loop runs; false when nothing came. */
bool far_end_receive(struct far_end *far, struct arrived *arrived, int ms);

/* A stream on loopback that has agreed on nothing yet. */
struct rd_stream *rig_bare_stream(enum rd_media_kind kind);
/* A stream agreed with far; codecs: "ulaw", "alaw,ulaw". */
struct rd_stream *rig_stream(struct far_end *far, const char *codecs);
void rig_configure(struct rd_stream *stream, struct far_end *far, const char *codecs,
		   bool symmetric);
/* Let the loop and the engine run until orders are carried out. */
void rig_run(int ms);
/* All streams were closed: until they have gone, and what they used with them. */
void rig_streams_end(void);

#endif
