/* The inside of the media engine, shared by the files of core/media: what a
 * stream is made of on either side, and what crosses between the sides.
 *
 * A stream has two halves in one block. The switch thread owns the first;
 * the second, the line, belongs to the media thread that it is attached to,
 * and nobody else touches it. Commands go down a ring by value, events come
 * back the same way; what they point at (setups, players, recorders) belongs
 * to whoever holds the message, and comes back to be freed. */
#ifndef CORE_MEDIA_ENGINE_H
#define CORE_MEDIA_ENGINE_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include <ringdown/fiber.h>
#include <ringdown/io.h>
#include <ringdown/list.h>

#include "core/media/address.h"
#include "core/media/dtmf.h"
#include "core/media/media.h"
#include "core/media/noise.h"
#include "core/media/quality.h"
#include "core/media/ring.h"
#include "core/media/rtp.h"
#include "core/media/tone.h"
#include "core/media/turn.h"

enum {
	RD__FRAME_MAX = 5760, /* samples in one packet: 120 ms at 48 kHz */
	RD__TICK_MS = 20,
	RD__WHEEL_SLOTS = 256, /* of 1 ms */
	RD__ROUNDS = 25,       /* housekeeping visits a 25th of all lines... */
	RD__ROUND_MS = 20,     /* ... so often: each line every 500 ms */
};

/* ---- setups: what was agreed on, ready for use ---- */

/* A table from the bytes of one codec to those of another: both have one byte
 * for each sample and no state. */
struct rd__law_table {
	const struct rd_codec *from, *to;
	uint8_t map[256];
};

/* Made on the switch thread, used on the media thread, freed when the next
 * one has taken its place. Both sides may read .config. */
struct rd__setup {
	uint32_t serial; /* of all setups */
	bool secure; /* packets are, or nothing goes */
	int8_t format_of[128]; /* by payload type; -1: none of ours */
	struct rd_stream_config config;
	void *decoder[RD_STREAM_FORMATS];
	void *encoder; /* of formats[0] */
	/* Of their samples. States that have a choice follow whom they are linked
	 * to; the media thread's, once it has the setup. */
	int rate_in[RD_STREAM_FORMATS], rate_out;
	/* rtp.conf, as it was then. */
	int rtcp_interval_ms, learn_packets;
	bool strict;
};

int rd__setup_new(struct rd__setup **sp, const struct rd_stream_config *config);
void rd__setup_free(struct rd__setup *setup);
/* Let states that have a choice work as near to this rate as they can; 0: at the
 * codec's own. On the media thread. */
void rd__setup_tune_in(struct rd__setup *setup, int rate);
void rd__setup_tune_out(struct rd__setup *setup, int rate);
static inline const struct rd_stream_format *rd__sent_format(const struct rd__setup *setup)
{
	return setup && setup->config.format_count ? &setup->config.formats[0] : NULL;
}
/* Samples of a packet that we make. */
static inline int rd__frame_ms(const struct rd_stream_format *format)
{
	return format->ptime_ms ? format->ptime_ms
				: (format->codec->ptime_ms ? format->codec->ptime_ms
							   : RD__TICK_MS);
}
/* NULL when there is none. */
const struct rd__law_table *rd__law_table(const struct rd_codec *from,
					  const struct rd_codec *to);

/* ---- messages ---- */

enum rd__command_type {
	RD__CMD_ATTACH = 1,
	RD__CMD_RELEASE,
	RD__CMD_CLOSE,
	RD__CMD_SETUP,	      /* object: setup */
	RD__CMD_LINK,	      /* object: peer, number: flags, table[] */
	RD__CMD_UNLINK,
	RD__CMD_SEE,	      /* object: the line's stream; NULL: nobody; gallery.h */
	RD__CMD_ECHO,	      /* number: on */
	RD__CMD_DIGIT,	      /* number: the character, number2: ms */
	RD__CMD_PICTURE,      /* its far end wants a whole one */
	RD__CMD_PLAY,	      /* object: player */
	RD__CMD_PLAYER_STOP,  /* object: player */
	RD__CMD_PLAYER_APPEND, /* object: player, number: the part */
	RD__CMD_PLAYER_CONTROL, /* object: player, number: action, number2: ms */
	RD__CMD_TAP,	      /* object: tap */
	RD__CMD_UNTAP,	      /* object: tap */
	RD__CMD_TAP_DECODERS, /* object: what taps decode with from now on */
	RD__CMD_CHANGE,	      /* object: changer */
	RD__CMD_UNCHANGE,     /* object: changer */
	RD__CMD_RECORDER_ACT, /* object: recorder, number: action, number2: value */
	RD__CMD_KEY,	      /* object: srtp or NULL, number: sending; secure.h */
	RD__CMD_ICE_WAY,      /* object: way; ice_stream.h */
	RD__CMD_WANT,	      /* number: a bit for each kind of datagram; demux.h */
	RD__CMD_MIX,	      /* object: mixer; no stream, like the next */
	RD__CMD_MIX_END,      /* object: mixer, without members */
	RD__CMD_MIX_JOIN,     /* object: member */
	RD__CMD_MIX_LEAVE,    /* object: member */
	RD__CMD_MIX_ROLE,     /* object: role_change */
	RD__CMD_QUIT,
};

struct rd__command {
	enum rd__command_type type;
	struct rd_stream *stream;
	void *object;
	int64_t number, number2;
	/* LINK: stream to peer, peer to stream. */
	const struct rd__law_table *table[2];
	struct rd__converter *converter[2];
};

/* A command on its way to the ring: waits for the end of the loop's turn, or
 * for its stream to arrive at a thread. */
struct rd__order {
	struct rd_list link;
	bool heap; /* freed once it is in the ring */
	struct rd__command command;
};

enum rd__event_type {
	RD__EVENT_RELEASED = 1,
	RD__EVENT_CLOSED,
	RD__EVENT_SETUP_DONE,	 /* object: the setup that is not used any more */
	RD__EVENT_CONVERTER_DONE, /* object: the converter of a former link */
	RD__EVENT_NOTICE,	 /* .notice */
	RD__EVENT_PLAYER_ENDED,	 /* object: player, number: rc */
	RD__EVENT_PLAYER_NEXT,	 /* object: player; the last of its queue has begun */
	RD__EVENT_PLAYER_GONE,	 /* object: player; it was stopped */
	RD__EVENT_RECORD_NOTIFY, /* object: recorder, number: what */
	RD__EVENT_TAP_LEFT,	 /* object: tap, number: the stream was closed */
	RD__EVENT_TAP_DECODERS_DONE, /* object: decoders */
	RD__EVENT_CHANGER_LEFT,	 /* object: changer */
	RD__EVENT_DETECTED,	 /* object: detector, number: what, notice.ms */
	RD__EVENT_MIX_GONE,	 /* object: mixer */
	RD__EVENT_MEMBER_GONE,	 /* object: member */
	RD__EVENT_ROLE_CHANGED,	 /* object: role_change, with the old cleaner */
	RD__EVENT_KEY_DONE,	 /* object: srtp that is not used any more */
	RD__EVENT_WAY_DONE,	 /* object: way of ICE, to be freed */
	RD__EVENT_DATAGRAM,	 /* object: datagram, given back when handled; demux.h */
};

struct rd__event {
	enum rd__event_type type;
	struct rd_stream *stream;
	void *object;
	int64_t number;
	struct rd_stream_event notice;
};

/* ---- lines: the media thread's half of a stream ---- */

/* Where packets come from and go to (RFC 4961, with the care of RFC 7362). */
struct rd__source {
	bool locked;  /* the socket is connected to .remote */
	bool learned; /* .remote is not what was agreed on */
	uint16_t candidate_seq;
	int candidate_run;
	uint64_t candidate_us;
	uint64_t locked_us; /* the queue may hold older packets for a moment */
	struct rd__address remote;    /* where we send */
	struct rd__address agreed;    /* what offer and answer said */
	struct rd__address candidate; /* seen, not trusted yet */
};

/* The outgoing packet stream: one SSRC, sequence and time without a jump,
 * whatever its source at the moment. */
struct rd__sender {
	uint32_t ssrc, ts;
	uint16_t seq;
	uint64_t sent_us;     /* when .ts was sent */
	uint32_t span;	      /* units that the packet last sent lasts */
	const void *source;   /* who gave it: a line, a player, ... */
	uint32_t source_ssrc; /* of the line */
	uint32_t source_ts;
	uint16_t source_seq;
	uint16_t source_first; /* that the shifts hold for */
	uint32_t ts_shift;
	uint16_t seq_shift;
	/* Units that .ts is ahead of the clock, since one source began before the
	 * packet of another had been played. */
	int32_t lead;
	bool started, marker; /* the next one is marked */
	uint64_t packets, bytes;
	uint32_t errors;
};

struct rd__receiver {
	struct rd__rtp_reception reception;
	struct rd__loss_runs runs;
	uint64_t packets, bytes, heard_us; /* when the last packet came */
	uint32_t refused; /* by SRTP */
	uint32_t strangers, lost_before; /* lost_before: by former sources */
	bool first_told, timeout_told;
	/* Packets that did not come between the last one and the one before; those
	 * that are worth making up for. */
	unsigned gap, missed;
};

/* What reports told and what they need (RFC 3550 §6). */
struct rd__rtcp {
	struct rd__address remote;
	uint64_t due_us, sr_us;
	uint32_t sr_ntp_mid; /* of the far end's last SR */
	uint32_t far_jitter_us, far_lost, round_trip_us;
	uint8_t far_mos; /* tenths, as its extended report says; 0: it does not */
	uint64_t packets_told; /* sent when the last report went out */
};

/* Counters as the switch thread may read them at any time. */
struct rd__shared_stats {
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
	uint16_t channel;	   /* of the relay's; 0: none */
};

/* Of pictures and text: from the formats of whom we hear to the types that our
 * far end knows them by (pass_on.c). */
struct rd__passage {
	uint32_t from, to; /* serials of the setups that it was made for */
	int8_t payload[RD_STREAM_FORMATS]; /* -1: none */
	int8_t plain_text;  /* what is in a packet with redundancy; -1: none */
	uint8_t fir_number; /* of our next full intra request */
	uint64_t asked_us; /* for a whole picture, by our far end's driver */
	uint64_t wanted_us; /* one was asked for, for many who see it */
	bool wanted; /* and again since */
};

struct rd__line {
	/* What every packet needs comes first, and is little: there are more lines
	 * than a cache holds, and each of its rows that is touched is fetched anew. */
	struct rd__thread *thread;
	struct rd__setup *setup;
	struct rd__line *peer;
	struct rd__member *member; /* of a mixer; then no peer */
	struct rd__line *sees; /* in a gallery; then no peer either */
	struct rd_list viewers, in_viewers; /* who see it; of whom it sees */
	/* From what we hear to the peer; NULL: not needed. */
	const struct rd__law_table *table;
	struct rd__converter *converter;
	struct rd__player *player;
	int fd, rtcp_fd; /* of the stream's ports; -1: none */
	unsigned link_flags;
	bool echo, attached;
	bool digit_heard; /* a key sounds in what comes in */
	/* While who speaks to it is silent, and it was not told what that sounds like. */
	bool noising;
	const struct rd_stream_ops *ops; /* of a custom stream */
	struct rd_list taps; /* tap.h */
	int changes[2]; /* .changers, by enum rd__tap_side */
	struct rd__line_keys keys;
	struct rd__receiver receiver;
	struct rd__sender sender;
	struct rd__dtmf_sender dtmf_out;
	/* Up to here: RD__LINE_HOT. */
	struct rd__source source;
	struct rd_list in_round, in_wheel;
	uint64_t due_us; /* of the next tick, while in the wheel */
	struct rd__line_way ways[2]; /* that ICE chose, for RTP and RTCP */
	unsigned wanted_kinds; /* of packets that are no media, a bit for each */
	struct rd__rtcp rtcp;
	struct rd__dtmf_receiver dtmf_in;
	struct rd__oscillator digit_tone;
	struct rd__noise noise;
	int ticking_taps;
	struct rd__tap_decoders *tap_decoders;
	struct rd_list changers; /* change.h */
	struct rd__passage passage;
	void *ops_arg;
	int ops_rate;
	struct rd__shared_stats stats;
};

enum {
	RD__LINE_HOT = 448, /* bytes in front, as fetch.h needs them */
	RD__SETUP_HOT = 208,
};
_Static_assert(offsetof(struct rd__line, dtmf_out.gap_ms) < RD__LINE_HOT, "see above");
_Static_assert(offsetof(struct rd__setup, config.formats[0].ptime_ms) < RD__SETUP_HOT, "likewise");

/* ---- streams: the switch thread's half, and the whole ---- */

struct rd__datagram; /* demux.h */
struct rd__ice_stream; /* ice_stream.c */

/* Who gets packets of a kind that are no media (STUN, DTLS, TURN). */
struct rd__datagram_handler {
	void (*handle)(const struct rd__datagram *datagram, void *arg);
	void *arg;
};
enum { RD__HANDLERS = 4 }; /* by enum rd__packet_kind, up to RTP */

#define RD__STREAM_MAGIC 0x5354524du /* "STRM" */

struct rd_stream {
	uint32_t magic;
	enum rd_media_kind kind;
	struct rd__line line;
	struct rd_list all, unattached;
	struct rd__thread *thread; /* NULL: not attached yet, or moving */
	struct rd__thread *target; /* where it moves to, while moving */
	bool moving, closing;
	struct rd_list backlog; /* orders that wait for a thread */
	struct rd__setup *setup; /* the one last sent; NULL: none yet */
	struct rd_stream *peer;
	struct rd__member *member; /* of a mixer; mix.h */
	struct rd__gallery *gallery; /* gallery.c's, like the next */
	struct rd_list in_gallery;
	struct rd_stream *sees;
	bool looks; /* its thread knows whom it sees */
	bool marked; /* to stay there */
	unsigned link_flags;
	int taps; /* ordered, and not come back yet */
	int changes[2]; /* changers in force, by enum rd__tap_side */
	struct rd__digit_tap *digit_tap; /* NULL: none */
	bool linked; /* a LINK is under way or in force */
	struct rd__ports *ports; /* NULL: none of ours */
	void (*notify)(const struct rd_stream_event *event, void *arg);
	void *arg;
	struct rd__datagram_handler handlers[RD__HANDLERS];
	struct rd__dtls *dtls; /* NULL: none */
	struct rd_srtp_key keys[2]; /* that were last ordered: theirs, ours */
	struct rd__ice_stream *ice; /* NULL: plain addresses */
	/* Never waiting in two places at once. */
	struct rd__order close_order, attach_order, release_order, unlink_order;
};

#define RD__STREAM_OF(l) RD_CONTAINER_OF(l, struct rd_stream, line)

/* ---- threads ---- */

struct rd__thread {
	/* the switch thread's */
	int index, streams;
	struct rd_list orders;
	struct rd_watch *watch;
	pthread_t pthread;
	bool running;

	struct rd__ring commands, events;
	int command_fd, event_fd; /* eventfds; -1: inline */

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
	uint8_t sealed[RD__FRAME_MAX * 2 + RD__RTP_HEADER + 32];
	int16_t samples[RD__FRAME_MAX], samples2[RD__FRAME_MAX];
	int16_t tap_samples[RD__FRAME_MAX], tap_resampled[RD__FRAME_MAX];
	int16_t altered[RD__FRAME_MAX]; /* what changers have made of what is said */
};

RD_API_BEGIN

/* -- engine.c: the switch side -- */

/* Pass an order on to the stream's thread, at the end of this turn. One that
 * waits already goes to the end. */
void rd__order_init(struct rd__order *order, struct rd_stream *stream,
		    enum rd__command_type type, void *object);
void rd__order(struct rd_stream *stream, struct rd__order *order);
/* The last order: the stream is freed soon after. */
void rd__stream_order_close(struct rd_stream *stream);
/* The same with an order made for it. 0 or -ENOMEM. */
int rd__order_new(struct rd_stream *stream, const struct rd__command *command);
/* Streams that a thread gets before the next one gets any; for tests. */
void rd__media_pack(int streams);
/* For what is no stream: an order to a thread, and which one to choose
 * (stream: NULL, or begin where it is). */
void rd__thread_order(struct rd__thread *thread, struct rd__order *order);
int rd__thread_order_new(struct rd__thread *thread, const struct rd__command *command);
struct rd__thread *rd__thread_near(struct rd_stream *stream);
/* The next one, after the last the first; how many there are. */
struct rd__thread *rd__thread_after(const struct rd__thread *thread);
int rd__thread_count(void);
/* Is there an engine? */
bool rd__media_running(void);
/* Now, not at the end of the turn. */
void rd__media_flush(void);
struct rd_list *rd__streams(void);
/* 0, or -ENOMEM: two that are to be linked are not. */
int rd__stream_settle(struct rd_stream *stream);
/* The same where nobody could be told: it is logged. */
void rd__stream_settle_or_tell(struct rd_stream *stream);
/* What its link has to do is different now. */
void rd__stream_link_again(struct rd_stream *stream);
/* The media thread has let go of it. */
void rd__stream_free(struct rd_stream *stream);

/* -- loop.c: one media thread -- */

int rd__thread_init(struct rd__thread *thread, int index, bool own_thread);
void rd__thread_fini(struct rd__thread *thread);
void *rd__thread_main(void *arg);
/* Commands, packets, ticks; without waiting. */
void rd__thread_pass(struct rd__thread *thread, uint64_t now_us, int timeout_ms);
/* When something is due; UINT64_MAX: nothing. */
uint64_t rd__thread_due_us(const struct rd__thread *thread);
void rd__thread_event(struct rd__thread *thread, const struct rd__event *event);
uint32_t rd__thread_random(struct rd__thread *thread);

/* -- line.c: commands carried out -- */

/* Does epoll tell when a packet comes? A mixer asks by itself. */
void rd__line_watch(struct rd__line *line);
void rd__line_unwatch(struct rd__line *line);
void rd__line_unlink(struct rd__line *line);
void rd__line_command(struct rd__thread *thread, const struct rd__command *command);
/* A tick is due, every RD__TICK_MS while somebody asks for it. */
void rd__line_tick(struct rd__line *line);
/* Of the samples that it is given to say. */
int rd__line_rate(const struct rd__line *line);
/* How often it ticks: once for each packet that it makes. */
int rd__line_tick_ms(const struct rd__line *line);
/* Keep it in the wheel, or let it rest. */
void rd__line_wake(struct rd__line *line);
/* Housekeeping, twice a second: time-outs, reports, counters. */
void rd__line_round(struct rd__line *line);
void rd__line_notice(struct rd__line *line, enum rd_stream_event_type type, char digit,
		     int ms);
void rd__wheel_add(struct rd__thread *thread, struct rd__line *line);

/* -- receive.c -- */

/* One packet; false when none waits. */
bool rd__line_receive(struct rd__line *line);
void rd__line_receive_rtcp(struct rd__line *line);

/* -- hear.c: to its peer, its mixer and its taps -- */

/* A packet of format .formats[format]. */
void rd__line_hear(struct rd__line *line, struct rd__rtp *rtp, int format, bool in_order);
/* One that waited in a jitter buffer: to its peer. */
void rd__line_voice(struct rd__line *line, struct rd__rtp *rtp, int format);
/* A frame that a custom stream gave. */
void rd__line_heard(struct rd__line *line, int16_t *samples, size_t count);
void rd__line_comfort_noise(struct rd__line *line, struct rd__rtp *rtp);
/* A frame of noise, while it is to hear that. */
void rd__line_noise_tick(struct rd__line *line);

/* -- source.c: whom a line talks to -- */

void rd__source_agree(struct rd__line *line);
/* Is this packet's sender the one? May learn and lock. */
bool rd__source_accept(struct rd__line *line, const struct rd__address *from,
		       const struct rd__rtp *rtp);
/* A secure far end that is silent may have moved: listen for it elsewhere. */
void rd__source_round(struct rd__line *line);

/* -- send.c -- */

/* May packets go out now? */
bool rd__line_can_send(const struct rd__line *line);
/* Forward a packet that `from` received; payload_type is ours. The payload
 * has room for a header before it. */
void rd__line_relay(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp,
		    uint8_t payload_type);
/* Encode and send samples that source makes in real time. */
void rd__line_say(struct rd__line *line, const void *source, const int16_t *samples,
		  size_t count);
/* The same, encoded already: so many bytes, for so many samples at
 * the codec's own rate, lie in the thread's
 * .packet2 behind room for the header. */
void rd__line_say_bytes(struct rd__line *line, const void *source, size_t size,
			size_t samples);
/* The same for what came in a packet of `from`, under its numbers, in units of
 * our clock. False when no packet went out: the codec had nothing to say. */
bool rd__line_say_packet(struct rd__line *line, const struct rd__line *from,
			 const struct rd__rtp *numbers, const int16_t *samples,
			 size_t count);
/* A telephone-event packet: ts fixed for the event. */
void rd__line_send_event(struct rd__line *line, const uint8_t *payload, uint32_t ts,
			 bool first);
/* The RTP time that a packet of a new source would have now. */
uint32_t rd__sender_now(struct rd__line *line, const void *source);
void rd__line_send_report(struct rd__line *line, bool bye);
void rd__line_read_report(struct rd__line *line, const uint8_t *packet, size_t size);

/* -- dtmf_line.c -- */

void rd__line_digit_packet(struct rd__line *line, const struct rd__rtp *rtp);
/* Has an event lost its end? */
void rd__line_digit_clock(struct rd__line *line);
/* True while a digit occupies the line's voice. */
bool rd__line_digit_tick(struct rd__line *line);
bool rd__line_digits_busy(const struct rd__line *line);

/* -- player.c: the media thread's part -- */

void rd__player_tick(struct rd__line *line);
/* One is going to tick soon: fetch.h. */
void rd__player_fetch(const struct rd__player *player);
void rd__player_begin(struct rd__line *line, struct rd__player *player);
void rd__player_end(struct rd__line *line, int rc);
void rd__player_drop(struct rd__line *line, struct rd__player *player);
void rd__player_act(struct rd__line *line, struct rd__player *player, int action, int64_t ms);
void rd__player_take(struct rd__line *line, struct rd__player *player, const void *part);
/* The switch thread's part: events of theirs. */
void rd__player_event(const struct rd__event *event);
void rd__recorder_event(const struct rd__event *event);
void rd__detector_event(const struct rd__event *event);

/* -- writer.c: the thread that writes recordings -- */

int rd__writer_start(bool own_thread);
void rd__writer_turn(void);
void rd__writer_stop(void);

/* -- rtp_config.c: rtp.conf in force -- */

enum rd__turn_transport { RD__TURN_UDP, RD__TURN_TCP, RD__TURN_TLS };

struct rd__rtp_settings {
	int port_from, port_to; /* even, inclusive */
	int rtcp_interval_ms;
	bool strict; /* source lock */
	int learn_packets;
	/* Servers; size 0: none. turn_user "": without credentials. */
	struct rd__address stun, turn;
	char turn_user[RD__TURN_CREDENTIAL + 1], turn_password[RD__TURN_CREDENTIAL + 1];
	enum rd__turn_transport turn_transport;
	char turn_name[256]; /* as it stands in the file */
	void *turn_tls; /* its SSL_CTX; NULL: no TLS */
};
const struct rd__rtp_settings *rd__rtp_settings(void);
/* rtp_servers.c: the options that it reads, and reading them. 0 or -EINVAL. */
extern const char *const rd__rtp_servers[];
int rd__rtp_read_servers(struct rd__rtp_settings *settings,
			 const struct rd_config_section *section,
			 struct rd_config_report *report);

RD_API_END

#endif
