/* Session descriptions (RFC 8866) as a compact tree in a pool, parsed and
 * printed; payload types and codecs looked up. What a description means in
 * offer and answer is the call's business, not decided here. */
#ifndef CHANNELS_SIP_SDP_SDP_H
#define CHANNELS_SIP_SDP_SDP_H

#include <ringdown/pool.h>
#include <ringdown/str.h>

#include "channels/sip/message/out.h"

enum sdp_direction { /* bit 1: sends, bit 2: receives */
	SDP_INACTIVE = 0,
	SDP_SENDONLY = 1,
	SDP_RECVONLY = 2,
	SDP_SENDRECV = 3,
};

enum sdp_kind {
	SDP_OTHER,
	SDP_AUDIO,
	SDP_VIDEO,
	SDP_TEXT,
	SDP_IMAGE,
	SDP_APPLICATION,
	SDP_MESSAGE,
};

/* c=IN IP4 192.0.2.1 */
struct sdp_connection {
	uint8_t family; /* AF_INET, AF_INET6; 0: no c= line here */
	struct rd_str address; /* without /ttl/count; perhaps a name */
};

/* b=AS:64 */
struct sdp_bandwidth {
	struct rd_str type; /* absent: none */
	uint32_t value;
};

/* a=name:value; all of them, also those that are understood below. */
struct sdp_attribute {
	struct rd_str name;
	struct rd_str value; /* .p == NULL: a property, without ':' */
};

struct sdp_attributes {
	struct sdp_attribute *list;
	unsigned count, cap;
};

/* One payload type of a media line with its a=rtpmap and a=fmtp. */
struct sdp_format {
	struct rd_str text;	/* as in the m= line */
	int16_t payload_type;	/* 0-127, -1: not RTP (t38, *) */
	uint8_t channels;	/* 1 when not given */
	uint32_t rate;		/* clock rate, 0: unknown */
	struct rd_str encoding; /* "PCMU"; static types are filled in; or absent */
	struct rd_str fmtp;	/* "0-16", absent without one */
};

struct sdp_media {
	struct sdp_media *next;
	enum sdp_kind kind;
	struct rd_str kind_text;  /* "audio" */
	uint16_t port;		  /* 0: refused or disabled */
	uint16_t port_count;	  /* of "port/count"; 1 when not given */
	struct rd_str protocol;	  /* "RTP/AVP" */
	struct sdp_format *formats;
	unsigned format_count, format_cap;
	struct sdp_connection connection; /* its own c= line only */
	struct sdp_bandwidth bandwidth;
	enum sdp_direction direction; /* with the session's as default */
	bool has_direction;	      /* it had a line of its own */
	bool is_rtp; /* by its protocol */
	bool rtcp_mux;
	bool rtcp_xr; /* VoIP metrics wanted (RFC 3611 §5.1) */
	uint16_t ptime, maxptime; /* ms, 0: not given */
	uint16_t rtcp_port;	  /* a=rtcp, 0: not given */
	struct sdp_attributes attributes;
};

struct sdp {
	struct rd_pool *pool;
	struct rd_str origin_user, origin_address;
	uint64_t session_id, session_version;
	uint8_t origin_family;
	struct rd_str name;
	struct sdp_connection connection;
	struct sdp_bandwidth bandwidth;
	enum sdp_direction direction;
	bool has_direction;
	struct sdp_attributes attributes; /* session level */
	struct sdp_media *media;	  /* in order; NULL: none */
	unsigned media_count;
};

struct sdp_error {
	unsigned line;	  /* from 1 */
	const char *what; /* "m=: a port from 0 to 65535 was expected" */
};

/**
 * Parse text. The text is copied into the pool: *sp and its views live as long
 * as the pool. Unknown lines and attributes are kept or skipped, never refused;
 * line ends may be LF alone.
 *
 * 0, -ENOMEM, or -EINVAL with *error (may be NULL).
 */
int sdp_parse(struct sdp **sp, struct rd_pool *pool, struct rd_str text,
	      struct sdp_error *error);

/* An empty description to fill; strings set in it must outlive it.
 * NULL without memory. */
struct sdp *sdp_new(struct rd_pool *pool);

/* Append a media line (kind_text and protocol borrowed). NULL without memory. */
struct sdp_media *sdp_media_add(struct sdp *sdp, enum sdp_kind kind, uint16_t port,
				struct rd_str protocol);

/* Append a payload type, without fmtp (set it in the result). Name and rate
 * are borrowed. NULL without memory. */
struct sdp_format *sdp_format_add(struct sdp *sdp, struct sdp_media *media,
				  int payload_type, struct rd_str encoding,
				  uint32_t rate, unsigned channels);

/* Append a format by its text alone, as it stands in a line that is refused or
 * is not RTP; borrowed. NULL without memory. */
struct sdp_format *sdp_format_add_text(struct sdp *sdp, struct sdp_media *media,
				       struct rd_str text);

/* Append an attribute to the media line, or to the session for NULL.
 * value absent: a property. 0 or -ENOMEM. */
int sdp_attribute_add(struct sdp *sdp, struct sdp_media *media, struct rd_str name,
		      struct rd_str value);

/* Print it whole. rtpmap, fmtp, ptime, maxptime, direction, rtcp and rtcp-mux
 * come from the fields; attributes of those names are not printed again. A
 * refused media line (port 0) is printed without attributes. */
void sdp_print(struct sip_out *out, const struct sdp *sdp);

/* The first line of sound that is not refused; NULL. sdp may be NULL. */
const struct sdp_media *sdp_sound(const struct sdp *sdp);

/* First attribute of this name, of the media line or, with media NULL, of the
 * session. *value may be NULL. */
bool sdp_attribute_get(const struct sdp *sdp, const struct sdp_media *media,
		       struct rd_str name, struct rd_str *value);
/* Every one in turn: *index starts at 0. */
bool sdp_attribute_each(const struct sdp_attributes *attributes, struct rd_str name,
			unsigned *index, struct rd_str *value);

/* The connection that holds for a media line: its own, else the session's. */
const struct sdp_connection *sdp_connection_of(const struct sdp *sdp,
					       const struct sdp_media *media);
/* Its address and RTP port. 0, or -EINVAL when it is no numeric address. */
int sdp_media_address(const struct sdp *sdp, const struct sdp_media *media,
		      union sip_sockaddr *addr);
/* Where its RTCP goes: a=rtcp, the RTP port with rtcp-mux, else port + 1. */
int sdp_media_rtcp_address(const struct sdp *sdp, const struct sdp_media *media,
			   union sip_sockaddr *addr);

/* By name (without case), rate and channels (0: any). NULL. */
const struct sdp_format *sdp_format_find(const struct sdp_media *media,
					 struct rd_str encoding, uint32_t rate,
					 unsigned channels);

/* RFC 3551: what a static payload type stands for. False for others. */
bool sdp_static_format(unsigned payload_type, struct sdp_format *format);

struct rd_str sdp_kind_name(enum sdp_kind kind);
struct rd_str sdp_direction_name(enum sdp_direction direction);

/* As the other side sees it: sendonly is recvonly there. */
static inline enum sdp_direction sdp_direction_reverse(enum sdp_direction d)
{
	return (enum sdp_direction)(((d & 1) << 1) | ((d & 2) >> 1));
}

#endif
