/* RTP and RTCP on the wire (RFC 3550): parse and print, and the receiver's
 * arithmetic of its appendix A. No sockets, no clock. */
#ifndef CORE_MEDIA_RTP_H
#define CORE_MEDIA_RTP_H

#include <ringdown/base.h>

enum {
	RD__RTP_HEADER = 12,
	RD__RTP_EXTENSION = 8, /* more, with a level */
	RD__RTP_MAX = 11600, /* longest packet that is read: 120 ms in two bytes at 48 kHz */
	RD__RTCP_MAX = 256, /* longest that is written */
	RD__RTP_DROPOUT = 3000, /* jumps of seq beyond these begin anew */
	RD__RTP_MISORDER = 100,
};

/* A packet's header, and where its payload lies. */
struct rd__rtp {
	uint8_t payload_type;
	bool marker;
	uint16_t seq;
	uint32_t ts, ssrc;
	uint8_t *payload;
	size_t size;
	/* How loud it is, as the sender says (RFC 6464): voice in the highest bit,
	 * then -dBov. level_id: the element's number; 0: it says nothing. */
	uint8_t level_id, level;
};

/* How speech sounds at whoever reports: the VoIP metrics block of an extended
 * report (RFC 3611 §4.7). Shares in 1/256, times in ms; what is not known has
 * the value that the RFC gives for it. */
struct rd__voip_metrics {
	uint32_t ssrc; /* of whom it was heard */
	uint8_t loss, discard, burst_density, gap_density;
	uint16_t burst_ms, gap_ms, round_trip_ms, end_system_ms;
	uint8_t rating;		/* R, 0..100 */
	uint8_t mos_lq, mos_cq; /* tenths; listening, conversation */
	uint16_t buffer_ms, buffer_max_ms;
};

/* A report block, SR's or RR's, as told by the far end. */
struct rd__rtcp_report {
	bool has_sender;     /* an SR: its NTP time */
	uint32_t ssrc;	     /* of who reports */
	uint32_t ntp_mid;    /* middle 32 bits of its NTP time */
	bool has_block;	     /* about the ssrc that was asked for */
	uint8_t fraction;
	int32_t lost;
	uint32_t highest_seq, jitter, last_sr, delay_since_sr;
	bool has_metrics;    /* about the ssrc that was asked for */
	struct rd__voip_metrics metrics;
	bool bye;
};

/* What we tell. */
struct rd__rtcp_sender {
	uint32_t ssrc;
	bool sent;	     /* SR, else RR */
	uint64_t wall_us;
	uint32_t ts, packets, bytes;
	const char *cname, *mid; /* mid: of the line (RFC 9143); NULL or "": none */
	bool bye;
};
struct rd__rtcp_block {
	uint32_t ssrc;
	uint8_t fraction;
	int32_t lost;
	uint32_t highest_seq, jitter, last_sr, delay_since_sr;
	const struct rd__voip_metrics *metrics; /* go along as an XR; NULL: none */
};

/* Reception of one source: sequence, loss, jitter (RFC 3550 A.1, A.3, A.8). */
struct rd__rtp_reception {
	bool started;
	uint32_t ssrc;
	uint16_t max_seq;
	uint32_t cycles, base_seq, received, late;
	uint32_t expected_prior, received_prior;
	uint32_t last_ts, transit, jitter16; /* jitter in 1/16 of the clock's units */
};

RD_API_BEGIN

/* False for what is no RTP packet. packet may be changed by its owner later:
 * nothing is copied. */
bool rd__rtp_parse(struct rd__rtp *rtp, uint8_t *packet, size_t size);
/* The header before rtp->payload: there must be room for it. Returns where the
 * packet begins. */
uint8_t *rd__rtp_print(const struct rd__rtp *rtp);
static inline size_t rd__rtp_header_size(const struct rd__rtp *rtp)
{
	return RD__RTP_HEADER + (rtp->level_id ? RD__RTP_EXTENSION : 0);
}
/* What element `id` of a header extension (RFC 8285) says; NULL: there is none. Of a
 * packet whose extension is known to lie in it. */
const uint8_t *rd__rtp_element(const uint8_t *packet, uint8_t id, size_t *size);
/* Does it? Also of one that is encrypted. */
bool rd__rtp_has_whole_header(const uint8_t *packet, size_t size);
/* The packet once more in out, with an element of n bytes, up to 16, behind those that it
 * has in the short form. Returns its size. */
size_t rd__rtp_add_element(uint8_t *out, const uint8_t *packet, size_t size, uint8_t id,
			   const void *data, size_t n);
/* The level that a packet, parsed already, brings as element `id` of its header
 * extension (RFC 8285), in one of both forms. False when it has none. */
bool rd__rtp_read_level(struct rd__rtp *rtp, const uint8_t *packet, uint8_t id);

/* By the payload type's byte: is it RTCP on a shared port (RFC 5761)? */
static inline bool rd__is_rtcp(const uint8_t *packet, size_t size)
{
	return size >= 2 && packet[1] >= 192 && packet[1] <= 223;
}

/* A compound packet. our_ssrc: whose report block is wanted. False when it is
 * not RTCP; what is cut off counts up to where it was whole. */
bool rd__rtcp_parse(struct rd__rtcp_report *report, const uint8_t *packet, size_t size,
		    uint32_t our_ssrc);
/* SR or RR, SDES, perhaps XR and BYE. block may be NULL. Returns the size; out
 * holds RD__RTCP_MAX. */
size_t rd__rtcp_print(uint8_t *out, const struct rd__rtcp_sender *sender,
		      const struct rd__rtcp_block *block);
/* The XR packet alone, of SIZE bytes; 4-byte aligned or not. */
enum { RD__XR_SIZE = 44 };
size_t rd__rtcp_print_xr(uint8_t *out, uint32_t our_ssrc, const struct rd__voip_metrics *metrics);
/* False when packet (an XR, cut to its length) tells nothing of our_ssrc. */
bool rd__rtcp_parse_xr(struct rd__voip_metrics *metrics, const uint8_t *packet, size_t size,
		       uint32_t our_ssrc);
/* Middle 32 bits of an NTP time. */
uint32_t rd__ntp_mid(uint64_t wall_us);

/* Count a packet; now_units: arrival in units of the RTP clock. A new SSRC or
 * a jump begins anew. Returns false for one that is late or a duplicate. */
bool rd__reception_packet(struct rd__rtp_reception *rx, const struct rd__rtp *rtp,
			  uint32_t now_units);
uint32_t rd__reception_expected(const struct rd__rtp_reception *rx);
int32_t rd__reception_lost(const struct rd__rtp_reception *rx);
/* Since the last call, in 1/256: the "fraction lost" of a report. */
uint8_t rd__reception_fraction(struct rd__rtp_reception *rx);

RD_API_END

#endif
