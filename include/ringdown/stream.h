/* Ringdown SDK: one media line of a channel. Its packets live on a media
 * thread; these calls, from the switch thread, send it commands and never
 * wait. RTP is one kind; a driver of its own gives read and write functions. */
#ifndef RINGDOWN_STREAM_H
#define RINGDOWN_STREAM_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <ringdown/base.h>
#include <ringdown/codec.h>
#include <ringdown/dtls.h>
#include <ringdown/srtp.h>
#include <ringdown/str.h>

struct rd_stream;

enum rd_direction {
	RD_INACTIVE = 0,
	RD_SENDONLY = 1, /* we send */
	RD_RECVONLY = 2, /* we receive */
	RD_SENDRECV = 3,
};

/* A quarter of a sockaddr_storage: there are many. The family is in each. */
union rd_sockaddr {
	sa_family_t ss_family;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

#define RD_FMTP_MAX 128

/* One negotiated format. */
struct rd_stream_format {
	const struct rd_codec *codec;
	uint8_t payload;	/* RTP payload type, 0..127 */
	uint16_t ptime_ms;	/* what we send; 0: the codec's default */
	char fmtp[RD_FMTP_MAX];	/* the far end's parameters, "" for none */
};

#define RD_STREAM_FORMATS 12

enum { RD_MID_MAX = 17 }; /* the longest name of a line that packets carry, and a NUL */

enum rd_security {
	RD_SECURITY_NONE, /* RTP in clear */
	RD_SECURITY_SDES, /* keys in the descriptions, RFC 4568 */
	RD_SECURITY_DTLS, /* keys by a handshake, RFC 5763 */
};

/* What a receiver may ask of a sender (RFC 4585, RFC 5104): a bit for each. */
enum rd_feedback {
	RD_FEEDBACK_NACK = 1, /* packets once more */
	RD_FEEDBACK_PLI = 2,  /* a whole picture: some of one was lost */
	RD_FEEDBACK_FIR = 4,  /* a whole picture: for one who comes new */
	RD_FEEDBACK_SLI = 8,  /* parts of a picture */
};

/* How packets are secured. Without keys nothing is sent, and nothing taken. */
struct rd_stream_security {
	enum rd_security by;
	struct rd_srtp_key local, remote; /* SDES: what we send with, and they */
	struct rd_dtls_peer dtls;
};

/* What offer and answer agreed on; applied as one. */
struct rd_stream_config {
	enum rd_direction direction;
	int format_count;
	int dtmf_payload;	/* telephone-event, -1 for none */
	int dtmf_rate;		/* its clock, Hz */
	int cn_payload;		/* comfort noise, -1 for none */
	bool cn_sent; /* instead of silence that we encode */
	bool dtmf_inband;	/* keys come as tones: listen for them */
	bool ice;		/* ICE chooses the far address; ice.h */
	bool symmetric;		/* learn the far address from its packets */
	bool rtcp_mux;
	bool rtcp_xr;		/* the far end reads VoIP metrics (RFC 3611) */
	bool rtcp_rsize;	/* feedback may travel without a report (RFC 5506) */
	uint8_t level_id;	/* of the audio level in packets (RFC 6464); 0: none */
	unsigned feedback;	/* enum rd_feedback, both ways */
	int timeout_ms;		/* no packets for so long: an event; 0: never */
	int hold_timeout_ms;	/* the same while on hold */
	int keepalive_ms; /* nothing sent for so long: a packet of noise; 0: never */
	/* What the far end said of the length of packets to it; 0: nothing. */
	uint16_t asked_ptime_ms, packet_ms_max;
	struct rd_stream_format formats[RD_STREAM_FORMATS]; /* [0] is sent */
	union rd_sockaddr remote, remote_rtcp; /* family 0: not known */
	struct rd_stream_security security;
	/* Of a line that shares its port with others (RFC 9143): what packets call it, as
	 * element mid_id of their header extension; 0: they do not. "": nothing does. */
	char mid[RD_MID_MAX];
	uint8_t mid_id;
};

/* How long packets of a voice wait for those that are late. In milliseconds. */
struct rd_jitter_buffer {
	bool wanted;   /* in calls of two; rooms always have one */
	bool fixed;    /* each as long as size_ms; else as long as the network asks for */
	int size_ms;   /* the most that waits; 0: no matter */
	int resync_ms; /* by so much the talker's clock must leap to be taken anew; 0: by
			* two seconds; negative: however much, it is not */
	int extra_ms;  /* longer than the network asks for */
};

struct rd_rtp_local {
	struct sockaddr_storage address; /* port 0: from rtp.conf's range */
	enum rd_media_kind kind;
	uint8_t tos; /* DSCP << 2 */
	struct rd_stream *like; /* of the same call: its certificate of DTLS is this one's too;
				 * borrowed for the call, NULL: none */
	void *reserved[1];
};

enum rd_stream_event_type {
	RD_STREAM_DIGIT_BEGIN, /* digit */
	RD_STREAM_DIGIT,       /* digit, ms */
	RD_STREAM_TIMEOUT,     /* nothing received for timeout_ms */
	RD_STREAM_FIRST_PACKET,
	RD_STREAM_SOURCE,      /* the far address was learned */
	RD_STREAM_SECURED,     /* DTLS has agreed on keys */
	RD_STREAM_INSECURE,    /* it could not: nothing comes and goes */
	RD_STREAM_TALK_BEGIN,  /* in a room: somebody talks there */
	RD_STREAM_TALK_END,    /* and has been quiet for half a second */
	RD_STREAM_ICE_UP,      /* ICE found a way to the far end */
	RD_STREAM_ICE_DOWN,    /* there is none, or none any more */
	RD_STREAM_PICTURE,     /* a whole picture is wanted of a far end that agreed on
				* no feedback; at most twice a second */
};

struct rd_stream_event {
	enum rd_stream_event_type type;
	char digit;
	int ms;
};

/* Counters since the start, both directions. Times in microseconds. */
struct rd_stream_stats {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint32_t rx_lost, rx_late;
	/* Of others than the far end, until it is known who that is, then the kernel drops
	 * them uncounted; with ICE all of them. */
	uint32_t rx_stranger;
	uint32_t rx_refused; /* secured, but forged, repeated, or of no key */
	uint32_t rx_jitter_us, far_jitter_us, far_lost, round_trip_us;
	uint32_t ssrc, far_ssrc;
	/* What that sounds like, by the E-model of ITU-T G.107: the mean opinion
	 * score in hundredths, 100 to 450; 0 while nothing is known. rx: what we
	 * hear; tx: what the far end hears of us, as its reports tell. */
	uint16_t rx_mos, tx_mos;
	void *reserved[2];
};

/* A driver with its own media: called on a media thread every frame. */
struct rd_stream_ops {
	/* The next 20 ms, at most max samples: how many; 0: nothing now; or negative. */
	ssize_t (*read)(void *arg, int16_t *samples, size_t max);
	void (*write)(void *arg, const int16_t *samples, size_t count);
	/* On the switch thread, some time after rd_stream_close(): neither is
	 * called any more, arg may be freed. May be NULL. */
	void (*closed)(void *arg);
	void *reserved[2];
};

RD_API_BEGIN

/* Open an RTP and RTCP port pair. 0, -EADDRNOTAVAIL (no port left), ... */
int rd_stream_new_rtp(struct rd_stream **sp, const struct rd_rtp_local *local);
/* One whose sound a driver brings: samples of this rate, Hz. ops is borrowed, arg the
 * driver's, until .closed. 0, -ENODEV (there are no media threads) or -ENOMEM. */
int rd_stream_new_custom(struct rd_stream **sp, const struct rd_stream_ops *ops,
			 void *arg, int rate);
/* The stream's port is free again shortly after; sp is gone at once. */
void rd_stream_close(struct rd_stream *stream);

/* Sound, pictures or text. */
enum rd_media_kind rd_stream_kind(const struct rd_stream *stream);
/* Of what it sends. */
uint32_t rd_stream_ssrc(const struct rd_stream *stream);
/* Its local RTP address; one that is carried has its carrier's. */
void rd_stream_local(const struct rd_stream *stream, struct sockaddr_storage *out);

/* Apply what was agreed, also again later. 0 or -ENOMEM. */
int rd_stream_configure(struct rd_stream *stream, const struct rd_stream_config *config);
/* What was applied last; borrowed. */
const struct rd_stream_config *rd_stream_config(const struct rd_stream *stream);

/**
 * From now on the stream has no port of its own: its packets come and go by that of
 * carrier, which has one (RFC 9143); so do its keys where they come of DTLS, and the way
 * that ICE chooses. Its configuration says the rest as ever, and is told apart from the
 * carrier's by .mid and by its payload types. Until it is closed, or the carrier is.
 * 0, -ENOTSUP (the carrier has no port), -ENOMEM, or what the system says. After a
 * failure rd_stream_carrier() may say that it is carried all the same: then it hears
 * nothing until one of the two is configured anew, or it gets a port of its own.
 */
int rd_stream_bundle(struct rd_stream *stream, struct rd_stream *carrier);
/* It gets a port of its own again, at its carrier's address. As rd_stream_new_rtp(). */
int rd_stream_unbundle(struct rd_stream *stream);
/* NULL: it has a port of its own. */
struct rd_stream *rd_stream_carrier(const struct rd_stream *stream);

/* Of the certificate that the stream shows, for descriptions: the one that was in force when
 * this was asked first, whatever rtp.conf says later. 0, -ENOMEM, or -EIO (logged). */
int rd_stream_fingerprint(struct rd_stream *stream, struct rd_fingerprint *out);
/* DTLS is going to be offered: a far end that begins before its answer is here
 * waits for it. 0 or -ENOMEM. */
int rd_stream_expect_dtls(struct rd_stream *stream);

/* The UDP ports of streams, by rtp.conf; in a review, of the one that is to be in force. */
void rd_rtp_ports(int *first, int *last);

/* Events arrive on the switch thread. NULL: none wanted. */
void rd_stream_on_event(struct rd_stream *stream,
			void (*notify)(const struct rd_stream_event *event, void *arg),
			void *arg);

/* As last reported by the media thread (at most a second old). */
void rd_stream_stats(const struct rd_stream *stream, struct rd_stream_stats *out);

/* Send a digit of ms milliseconds by RFC 4733 where agreed, else in band. 0, -EINVAL, -ENOMEM. */
int rd_stream_send_digit(struct rd_stream *stream, char digit, int ms);

/* The far end said, by other means than RTCP, that it wants a whole picture of
 * whoever it watches: that one is asked. 0 or -ENOMEM. */
int rd_stream_wish_for_picture(struct rd_stream *stream);

RD_API_END

#endif
