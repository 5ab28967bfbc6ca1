/* One SIP message as views into the buffer it came in: start line, an index
 * of headers, body. What every message needs (Via, From, To, Call-ID, CSeq,
 * Max-Forwards) is taken apart at once, all else on demand (headers.h).
 * Knows no dialog and no transaction. */
#ifndef CHANNELS_SIP_MESSAGE_MESSAGE_H
#define CHANNELS_SIP_MESSAGE_MESSAGE_H

#include <ringdown/pool.h>

#include "channels/sip/message/headers.h"
#include "channels/sip/message/sockaddr.h"

#define SIP_MAX_HEADERS 255
#define SIP_MAX_FORWARDS 70u /* of a request of our own (RFC 3261 §8.1.1.6) */

struct sip_header {
	struct rd_str name;  /* as sent, perhaps compact */
	struct rd_str value; /* trimmed; folds are spaces */
	uint8_t id;	     /* enum sip_header_id */
	uint8_t next;	     /* 1 + index of the next of this id, 0: none */
};

struct sip_msg {
	uint16_t status;	/* 0: a request */
	uint8_t header_count;
	bool has_cseq;		/* .cseq was readable */
	enum sip_method method; /* the request's; in a response the CSeq's */
	struct rd_str method_name;
	struct rd_str uri;     /* request-URI as written */
	struct sip_uri target; /* and taken apart */
	struct rd_str reason; /* reason phrase */
	struct rd_str body;
	struct rd_str text;	    /* the whole message */
	struct sip_header *headers; /* header_count of them, in order */
	uint8_t first[SIP_HEADER_IDS]; /* 1 + index of first, 0: none */

	struct sip_via via; /* the topmost */
	struct sip_name_addr from, to;
	struct sip_cseq cseq;
	struct rd_str call_id;
	int max_forwards; /* -1: none */

	/* Where it came from, by whoever received it; used to fill received
	 * and rport of the topmost Via in responses. family 0: unknown. */
	union sip_sockaddr source;
};

/* A message and room for its index; about 11 KiB, so not for small stacks:
 * one serves every message that is looked at and let go. */
struct sip_parsed {
	struct sip_msg msg;
	struct sip_header space[SIP_MAX_HEADERS];
};

/* Why a message was refused. */
struct sip_error {
	unsigned status;   /* what to answer a request with: 400, 413, 505... */
	const char *where; /* "CSeq", "request line"; never NULL on failure */
	const char *what;  /* "a number of at most 2147483647 was expected" */
	size_t offset;	   /* in the message, about */
};

/**
 * Parse one whole message (a datagram; a stream cuts beforehand).
 *
 * @data  changed in two ways: folds become spaces, and that is all. Must
 *        outlive *parsed.
 *
 * 0 or -EBADMSG with *error filled. Then whatever was understood is in *parsed:
 * a 4xx can be sent when sip_msg_answerable(). Bytes after Content-Length are
 * dropped (RFC 3261 §18.3).
 */
int sip_msg_parse(struct sip_parsed *parsed, char *data, size_t size,
		  struct sip_error *error);

/* Enough of a request is left to answer it: a Via that says where to and a
 * CSeq, and it is no ACK. What else is missing is missing in the answer too. */
bool sip_msg_answerable(const struct sip_msg *msg);

/* "CSeq: a number was expected", fit to be a reason phrase. */
struct rd_str sip_error_text(const struct sip_error *error, char *buf, size_t size);

/* A copy with its own bytes, whose views point into it, at a place of
 * sip_msg_copy_size() bytes, aligned for pointers. */
size_t sip_msg_copy_size(const struct sip_msg *msg);
struct sip_msg *sip_msg_copy_to(void *place, const struct sip_msg *msg);

static inline bool sip_msg_is_request(const struct sip_msg *msg)
{
	return msg->status == 0;
}

/* The first header of this id, NULL without one. */
static inline const struct sip_header *sip_msg_header(const struct sip_msg *msg,
						      enum sip_header_id id)
{
	return msg->first[id] ? &msg->headers[msg->first[id] - 1] : NULL;
}

/* The next header of the same id. */
static inline const struct sip_header *
sip_msg_header_next(const struct sip_msg *msg, const struct sip_header *header)
{
	return header->next ? &msg->headers[header->next - 1] : NULL;
}

/* Its value, absent without one. */
static inline struct rd_str sip_msg_value(const struct sip_msg *msg,
					  enum sip_header_id id)
{
	const struct sip_header *header = sip_msg_header(msg, id);

	return header ? header->value : (struct rd_str){ 0 };
}

/* By name, known or not, without case; index counts equal names from 0. */
const struct sip_header *sip_msg_find(const struct sip_msg *msg, struct rd_str name,
				      unsigned index);

/* Is token in any header of this id (Supported, Require, Allow)? */
bool sip_msg_lists(const struct sip_msg *msg, enum sip_header_id id,
		   struct rd_str token);

/* Expires and the like: 0, -ENOENT when absent, -EINVAL, -ERANGE. */
int sip_msg_number(const struct sip_msg *msg, enum sip_header_id id,
		   uint32_t *number);

/* Who asks for more than a day gets a day. */
#define SIP_RETRY_AFTER_MAX_S 86400u

/* Seconds of Retry-After, or -ENOENT without one that can be read. */
int sip_retry_after(const struct sip_msg *msg);

/**
 * Walk all elements of all headers of an id: { .msg = msg, .id = SIP_H_ROUTE }.
 * 1 with an element, 0 at the end, -EINVAL for text that is none.
 */
struct sip_walk {
	const struct sip_msg *msg;
	enum sip_header_id id;
	const struct sip_header *header; /* walker's; NULL at first */
	struct rd_str rest;		 /* walker's */
};

int sip_walk_name_addr(struct sip_walk *walk, struct sip_name_addr *addr);
int sip_walk_via(struct sip_walk *walk, struct sip_via *via);
bool sip_walk_token(struct sip_walk *walk, struct rd_str *token);
/* Those that something may be sent to, Contacts of a redirection say, and how they are
 * preferred: thousandths, 1000 where that cannot be read. False at the end. */
bool sip_walk_target(struct sip_walk *walk, struct sip_uri *uri, uint16_t *q);

#endif
