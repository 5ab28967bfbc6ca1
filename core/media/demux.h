/* What shares a media port (RFC 7983): RTP and RTCP are the media thread's;
 * STUN, DTLS and TURN channels are told apart by their first byte and go up
 * to the switch thread, copied, to whoever asked for their kind. */
#ifndef CORE_MEDIA_DEMUX_H
#define CORE_MEDIA_DEMUX_H

#include <stdatomic.h>

#include <ringdown/base.h>

#include "core/media/address.h"
#include "core/media/rtp.h"

struct rd__event;
struct rd__line;
struct rd__thread;
struct rd_stream;

enum rd__packet_kind {
	RD__PACKET_OTHER,
	RD__PACKET_STUN,
	RD__PACKET_DTLS,
	RD__PACKET_TURN, /* ChannelData */
	RD__PACKET_RTP,	 /* or RTCP: rd__is_rtcp() knows */
};

static inline enum rd__packet_kind rd__demux(const uint8_t *packet, size_t size)
{
	uint8_t first = size ? packet[0] : 255;

	if (first >= 128 && first <= 191)
		return RD__PACKET_RTP;
	if (first <= 3)
		return RD__PACKET_STUN;
	if (first >= 20 && first <= 63)
		return RD__PACKET_DTLS;
	return first >= 64 && first <= 79 ? RD__PACKET_TURN : RD__PACKET_OTHER;
}

/* Numbered as ICE's components are. */
enum rd__port_of { RD__PORT_RTP = 1, RD__PORT_RTCP = 2 };

enum { RD__DATAGRAM_MAX = 1500 }; /* what is longer is dropped */

/* One that went up. Lent to the switch thread from the media thread's store,
 * and given back by it. */
struct rd__datagram {
	_Atomic bool lent;
	enum rd__packet_kind kind;
	enum rd__port_of port; /* where it came in */
	struct rd__address from;
	size_t size;
	uint8_t bytes[RD__DATAGRAM_MAX];
};

RD_API_BEGIN

/* -- the switch thread's -- */

/**
 * From now on handler gets what arrives of this kind (STUN, DTLS or TURN); it
 * may close the stream. NULL: nobody wants it any more, it is dropped where
 * it arrives. Set before the port is told to the far end, it misses nothing:
 * these packets also come before the stream is configured. 0 or -ENOMEM.
 */
int rd__stream_on_datagram(struct rd_stream *stream, enum rd__packet_kind kind,
			   void (*handler)(const struct rd__datagram *datagram, void *arg),
			   void *arg);
/**
 * Send from the stream's own port, now, whatever it is connected to. 0,
 * -ENOTCONN (no port, or nowhere to send to) or what the system says.
 */
int rd__stream_send_datagram(struct rd_stream *stream, enum rd__port_of port,
			     const struct rd__address *to, const void *data, size_t size);
/* The same, never by the relay that ICE may have chosen. */
int rd__port_send(struct rd_stream *stream, enum rd__port_of port,
		  const struct rd__address *to, const void *data, size_t size);
/* Hand one to whoever asked for its kind. */
void rd__datagram_handle(struct rd_stream *stream, const struct rd__datagram *datagram);

/* An event of RD__EVENT_DATAGRAM: hand it out and give it back. */
void rd__datagram_event(const struct rd__event *event);
/* It is handled. */
void rd__datagram_return(struct rd__datagram *datagram);

/* -- the media thread's -- */

int rd__datagrams_init(struct rd__thread *thread);
void rd__datagrams_fini(struct rd__thread *thread);
/* One of the store, to be filled and sent up; NULL: it is exhausted. */
struct rd__datagram *rd__datagram_borrow(struct rd__thread *thread);
/* Copy one up, when it is wanted and the store is not exhausted. */
void rd__line_pass_up(struct rd__line *line, enum rd__port_of port, const uint8_t *packet,
		      size_t size, const struct rd__address *from);

RD_API_END

#endif
