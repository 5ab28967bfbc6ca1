/* Bodies and their parts (RFC 5621, RFC 2046): which of them is the one that
 * somebody looks for, and whether anything stands beside it that must not be
 * passed over. Views into the message; nothing is allocated. */
#ifndef CHANNELS_SIP_MESSAGE_BODY_H
#define CHANNELS_SIP_MESSAGE_BODY_H

#include "channels/sip/message/message.h"

/* Deeper multiparts are not looked into. */
#define SIP_BODY_DEPTH 3

/* A whole body, or a part. */
struct sip_body {
	struct sip_media_type type; /* .type absent: none was said */
	struct rd_str disposition;  /* "session"; absent: what its type implies */
	bool optional;		    /* handling=optional */
	bool encoded;		    /* in some way that we do not undo */
	struct rd_str bytes;
	struct rd_str whole, id; /* of a part: with its headers; Content-ID without its <> */
};

/* The body of a message; .bytes absent: it has none. */
void sip_body_of(struct sip_body *body, const struct sip_msg *msg);

/* Walk the parts of a multipart; one without its end delimiter ends early. */
struct sip_parts {
	struct rd_str rest, boundary;
	bool ended;
};

void sip_parts_begin(struct sip_parts *parts, struct rd_str bytes, struct rd_str boundary);
bool sip_parts_next(struct sip_parts *parts, struct sip_body *part);

/* The part of a multipart that has this Content-ID, with its headers; absent: there is none. */
struct rd_str sip_body_part(const struct sip_msg *msg, struct rd_str id);

/**
 * Find the body of a type, "application/sdp", on its own or in a multipart.
 *
 * @disposition  what it must be meant for, when it says what: "session"
 *
 * 0 with *bytes; -ENOENT: there is none, nor anything else that counts;
 * -EPROTO: something must be understood, and is not (415); -EINVAL.
 */
int sip_body_find(const struct sip_msg *msg, struct rd_str type, struct rd_str subtype,
		  struct rd_str disposition, struct rd_str *bytes);

#endif
