/* Lines: the media thread's half of a stream. It belongs to the media thread that
 * it is attached to, and nobody else touches it. */
#ifndef CORE_MEDIA_LINE_H
#define CORE_MEDIA_LINE_H

#include <stdatomic.h>
#include <stddef.h>

#include <ringdown/list.h>
#include <ringdown/stream.h>

#include "core/media/address.h"
#include "core/media/command.h"
#include "core/media/dtmf.h"
#include "core/media/hush.h"
#include "core/media/noise.h"
#include "core/media/receive.h"
#include "core/media/rtcp_line.h"
#include "core/media/send.h"
#include "core/media/source.h"
#include "core/media/tone.h"

struct rd__bundle;
struct rd__feet;
struct rd__member;
struct rd__player;
struct rd__setup;
struct rd__tap_decoders;
struct rd__thread;

/* An address that is read while it may be written: while it is, the turn is odd. */
enum { RD__ADDRESS_WORDS = sizeof(struct rd__address) / sizeof(uint64_t) };
struct rd__shared_address {
	_Atomic uint32_t turn;
	_Atomic uint64_t words[RD__ADDRESS_WORDS];
};

/* Counters as the switch thread may read them at any time. */
struct rd__shared_stats {
	struct rd__shared_address remote; /* where packets go, and come from */
	_Atomic uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	_Atomic uint32_t rx_lost, rx_late, rx_stranger, rx_refused, rx_jitter_us;
	_Atomic uint32_t rx_burst_ratio, far_mos; /* hundredths, tenths */
	_Atomic uint32_t far_jitter_us, far_lost, round_trip_us, ssrc, far_ssrc;
};

/* SRTP: by direction. former: what the far end sent with before. */
struct rd__srtp;
struct rd__line_keys {
	struct rd__srtp *in, *out, *former;
	uint64_t former_until_us;
};

/* Where packets go by ICE. */
struct rd__line_way {
	struct rd__address remote; /* of the far end, or of our relay */
	uint16_t channel; /* of the relay's; 0: none */
};

/* Of pictures and text: from the formats of whom we hear to the types that our
 * far end knows them by (pass_on.c). */
struct rd__passage {
	uint32_t from, to; /* serials of the setups that it was made for */
	int8_t payload[RD_STREAM_FORMATS]; /* -1: none */
	int8_t plain_text; /* what is in a packet with redundancy; -1: none */
	uint8_t fir_number; /* of our next full intra request */
	uint64_t asked_us; /* for a whole picture, by our far end's driver */
	uint64_t wanted_us; /* one was asked for, for many who see it */
	bool wanted; /* and again since */
	bool blank; /* its far end has had no whole picture of whom it sees yet, */
	uint8_t blank_asks; /* we asked so often, */
	uint64_t blank_us; /* since then; 0: no packet came yet */
};

struct rd__line {
	/* What every packet needs lies together, and is little: there are more lines
	 * than a cache holds, and each of its rows that is touched is fetched anew
	 * (fetch.h). First what one that comes needs, ... */
	struct rd__receiver receiver;
	/* From what we hear to the peer; NULL: not needed. */
	const struct rd__law_table *table;
	struct rd__converter *converter;
	/* ... then what one on its way out needs as well, ... */
	struct rd__thread *thread;
	struct rd__setup *setup;
	struct rd__line *peer;
	struct rd__member *member; /* of a mixer; then no peer */
	struct rd__player *player;
	const struct rd_stream_ops *ops; /* of a custom stream */
	int fd; /* of the stream's ports; -1: none */
	enum rd_media_kind kind; /* never changes: both sides may look at it */
	bool echo, attached;
	bool in_tick; /* its own */
	bool digit_heard; /* a key sounds in what comes in */
	bool named; /* packets say which line they are of */
	/* While who speaks to it is silent, and it was not told what that sounds like. */
	bool noising;
	bool keying; /* keys are on their way out: .dtmf_out */
	struct rd__bundle *bundle; /* lines that share its port; NULL: none */
	int changes[2]; /* .changers, by enum rd__tap_side */
	struct rd_list taps; /* tap.h */
	struct rd__line_keys keys;
	struct rd__source source; /* of it the beginning */
	/* ... and what only that one needs. */
	struct rd__sender sender;

	struct rd_list in_round, in_wheel;
	uint64_t due_us; /* of the next tick, while in the wheel */
	struct rd__dtmf_receiver dtmf_in; /* its beginning is looked at with each tick */
	unsigned link_flags;
	int rtcp_fd;
	int ear_fd; /* ear.h; -1: none */
	int out_fd; /* of one whose port is another's: to send by; -1: .fd */
	struct rd__line *sees; /* in a gallery; then no peer or member */
	struct rd_list viewers, in_viewers; /* who see it; of whom it sees */
	struct rd__line_way ways[2]; /* that ICE chose, for RTP and RTCP */
	struct rd__address former_way; /* of RTP; of it the far end is still heard */
	uint64_t former_way_until_us;
	unsigned wanted_kinds; /* of packets that are no media, a bit for each */
	struct rd__rtcp rtcp;
	struct rd__dtmf_sender dtmf_out;
	struct rd__passed_event passed_event;
	struct rd__oscillator digit_tone;
	struct rd__noise noise;
	struct rd__hush hush;
	int ticking_taps;
	struct rd__tap_decoders *tap_decoders;
	struct rd_list changers; /* change.h */
	struct rd__passage passage;
	void *ops_arg;
	int ops_rate;
	struct rd__shared_stats stats;
};

static inline int rd__line_send_fd(const struct rd__line *line)
{
	return line->out_fd >= 0 ? line->out_fd : line->fd;
}

RD_API_BEGIN

/* From now on it hears and speaks by these; what it did by until now is in their place. */
void rd__line_stand_on(struct rd__line *line, struct rd__feet *feet);
/* Does epoll tell when a packet comes? A mixer asks by itself. */
void rd__line_watch(struct rd__line *line);
void rd__line_unwatch(struct rd__line *line);
void rd__line_unlink(struct rd__line *line);
void rd__line_command(struct rd__thread *thread, const struct rd__command *command);
/* A tick is due, every RD__TICK_MS while somebody asks for it. */
void rd__line_tick(struct rd__line *line);
/* What a custom stream's far end says, at .ops_rate: how many samples. */
ssize_t rd__line_ask(struct rd__line *line, int16_t *samples, size_t max);
/* Of the samples that it is given to say. */
int rd__line_rate(const struct rd__line *line);
/* How often it ticks: once for each packet that it makes. */
int rd__line_tick_ms(const struct rd__line *line);
/* Keep it in the wheel, or let it rest. */
void rd__line_wake(struct rd__line *line);
/* Housekeeping, twice a second: time-outs, reports, counters. */
void rd__line_round(struct rd__line *line);
/* The far end's address, for rd__stream_remote() (stats.c). */
void rd__stats_tell_remote(struct rd__line *line);
void rd__line_notice(struct rd__line *line, enum rd_stream_event_type type, char digit, int ms);

RD_API_END

#endif
