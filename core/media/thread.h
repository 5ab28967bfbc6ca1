/* A media thread: its rings, its wheel, its buffers. The switch thread's part comes
 * first. */
#ifndef CORE_MEDIA_THREAD_H
#define CORE_MEDIA_THREAD_H

#include <pthread.h>

#include <ringdown/io.h>
#include <ringdown/list.h>

#include "core/media/command.h"
#include "core/media/ring.h"
#include "core/media/rtp.h"
#include "core/media/setup.h"
#include "core/media/work.h"

struct rd__datagram;
struct rd__line;

enum {
	RD__WHEEL_SLOTS = 256, /* of 1 ms */
	RD__ROUNDS = 25, /* housekeeping visits a 25th of all lines... */
	RD__ROUND_MS = 20, /* ... so often: each line every 500 ms */
};

struct rd__thread {
	/* the switch thread's */
	int index;
	int load; /* what its streams weigh (place.c); the switch thread's */
	struct rd_list orders;
	struct rd_watch *watch;
	pthread_t pthread;
	bool running;

	struct rd__ring commands, events;
	int command_fd, event_fd; /* eventfds; -1: inline */
	struct rd__work work; /* what it does, for others to see */

	/* its own */
	int epoll_fd;
	bool quit;
	bool events_pushed; /* and the switch thread does not know yet */
	uint64_t now_us;
	uint64_t wheel_ms; /* done up to here */
	uint64_t wheel_bits[RD__WHEEL_SLOTS / 64];
	struct rd_list wheel[RD__WHEEL_SLOTS];
	struct rd_list rounds[RD__ROUNDS];
	int round, lines;
	struct rd_list mixes; /* in_thread */
	uint64_t round_us;
	uint64_t load_us; /* the rate of packets, for the window between passes */
	unsigned load_packets;
	bool busy;
	struct rd__event *overflow; /* the ring was full; kept in order */
	size_t overflow_count, overflow_size, events_lost;
	struct rd__datagram *datagrams; /* the store of demux.c */
	int next_datagram;
	uint64_t random;
	uint8_t packet[RD__RTP_MAX + 64];
	uint8_t packet2[RD__FRAME_MAX * 2 + RD__RTP_HEADER];
	/* Packets on their way out, secured. */
	uint8_t sealed[RD__RTP_MAX + 64];
	int16_t samples[RD__FRAME_MAX], samples2[RD__FRAME_MAX];
	int16_t tap_samples[RD__FRAME_MAX], tap_resampled[RD__FRAME_MAX];
	int16_t altered[RD__FRAME_MAX]; /* what changers have made of what is said */
	int16_t said[RD__FRAME_MAX]; /* before, while an encoder is told of it */
};

/* What of a line a descriptor is, told by the lowest bits of what epoll gives back. */
enum rd__ready { RD__READY_RTP, RD__READY_RTCP, RD__READY_EAR, RD__READY_BITS = 3 };

static inline void *rd__ready_tag(const struct rd__line *line, enum rd__ready what)
{
	return (void *)((uintptr_t)line | what);
}

RD_API_BEGIN

/* Its rings, descriptors and clock; own_thread false: the loop serves it. 0, or
 * negative and nothing is left open. */
int rd__thread_init(struct rd__thread *thread, int index, bool own_thread);
void rd__thread_fini(struct rd__thread *thread);
void *rd__thread_main(void *arg);
/* Commands, packets, ticks; without waiting. */
void rd__thread_pass(struct rd__thread *thread, uint64_t now_us, int timeout_ms);
/* When something is due; UINT64_MAX: nothing. */
uint64_t rd__thread_due_us(const struct rd__thread *thread);
void rd__thread_event(struct rd__thread *thread, const struct rd__event *event);
uint32_t rd__thread_random(struct rd__thread *thread);
void rd__wheel_add(struct rd__thread *thread, struct rd__line *line);

RD_API_END

#endif
