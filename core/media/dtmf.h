/* Telephone events (RFC 4733): the two machines, without sockets or clocks.
 * Times in microseconds and in units of the event's RTP clock. */
#ifndef CORE_MEDIA_DTMF_H
#define CORE_MEDIA_DTMF_H

#include <ringdown/base.h>

#include "core/media/rtp.h"

enum {
	RD__DTMF_PAYLOAD = 4,
	RD__DTMF_EVENTS = 16,
	RD__DTMF_QUEUE = 32,
	RD__DTMF_ENDS = 3,	  /* the last packet is sent so often */
	RD__DTMF_GAP_MS = 60,	  /* after a digit */
	RD__DTMF_LOST_MS = 200,	  /* no packet for so long: the end was lost */
	RD__DTMF_MIN_MS = 40,
	RD__DTMF_MAX_MS = 30000,
};

/* Its place in "0123456789*#ABCD", -1: no digit. */
int rd__dtmf_event(char digit);

struct rd__dtmf_receiver {
	bool seen, open; /* seen: .ts and .event are those of the last event of .ssrc */
	uint8_t event;
	uint16_t events; /* a bit for each that came with .ts */
	uint32_t ssrc, ts, duration;
	uint32_t before;    /* units in former segments of a long event */
	uint64_t packet_us; /* when its last packet came */
};

/* What a packet, or the passing of time, means, in order: a former event's
 * lost end, a beginning, an end. */
struct rd__dtmf_news {
	int count;
	struct {
		bool end;
		char digit;
		int ms; /* of an end */
	} item[3];
};

struct rd__dtmf_news rd__dtmf_packet(struct rd__dtmf_receiver *rx, const struct rd__rtp *rtp,
				     int rate, uint64_t now_us);
/* Time passed: has an open event lost its end? */
struct rd__dtmf_news rd__dtmf_clock(struct rd__dtmf_receiver *rx, int rate, uint64_t now_us);

struct rd__dtmf_sender {
	int count;	 /* in the queue; [0] is the one being sent */
	int gap_ms;
	bool active;	 /* [0] has begun */
	uint32_t ts;	 /* of the segment being sent */
	uint32_t units;	 /* sent of [0] */
	uint32_t segment; /* units of [0] in former segments */
	int ends;
	struct {
		char digit;
		bool held; /* .ms is not known yet */
		uint16_t ms;
	} queue[RD__DTMF_QUEUE];
};

/* One packet to be sent. */
struct rd__dtmf_packet {
	uint8_t payload[RD__DTMF_PAYLOAD];
	uint32_t ts;
	bool first; /* of an event: marked */
};

/* False when the queue is full or it is no digit. */
bool rd__dtmf_queue(struct rd__dtmf_sender *tx, char digit, int ms);
/* One that is held down, until it is released after so many ms: at the least, what was
 * sent of it already. */
bool rd__dtmf_press(struct rd__dtmf_sender *tx, char digit);
void rd__dtmf_release(struct rd__dtmf_sender *tx, int ms);
bool rd__dtmf_holds(const struct rd__dtmf_sender *tx);
/* Every step_ms while .count or .gap_ms: true with a packet to send. ts_now: the
 * time of the line, used when a digit begins. */
bool rd__dtmf_step(struct rd__dtmf_sender *tx, int step_ms, int rate, uint32_t ts_now,
		   struct rd__dtmf_packet *packet);

#endif
