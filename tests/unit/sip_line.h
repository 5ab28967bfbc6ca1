/* A SIP line without a wire: a transport that keeps what is sent and takes what
 * a test says the far end sent. Messages are written with plain line ends. */
#ifndef TESTS_UNIT_SIP_LINE_H
#define TESTS_UNIT_SIP_LINE_H

#include "channels/sip/driver.h"
#include "core/sched/sched.h"

static inline void run_for(int ms)
{
	rd__sched_run_for(ms);
}

/* Add the transport "line" at 127.0.0.1:5060 to the driver. */
void line_open(void);

/* The far end at 127.0.0.2:5060, or at another address, sends a message;
 * Content-Length is added when it is missing. */
void line_feed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void line_feed_from(const char *host, uint16_t port, const char *text);

/* From now on it is a connection with this number: what came over another one is
 * lost, and told so. 0: it is a line of datagrams, as at the start. */
void line_connect(uint64_t connection);

/* Any bytes, as they are, from 127.0.0.9. */
void line_feed_raw(const char *bytes, size_t size);
/* The same from whoever line_feed() comes from. */
void line_feed_bytes(const char *bytes, size_t size);
/* The far end of the connection answers a ping. */
void line_pong(void);

/* The next message that was sent, NULL when there is none; plain line ends, but STUN as
 * it is.
 * Valid until the next call. */
const char *line_take(void);
/* The next one must begin like this: "SIP/2.0 200", "INVITE". */
const char *line_expect(const char *start);
void line_expect_nothing(void);
/* Is there nothing left to take? */
bool line_is_empty(void);
/* How the next one begins, without taking it; "" when there is none. */
const char *line_peek(void);
/* Where the last one taken went: "127.0.0.2:5060". */
const char *line_peer(void);
/* Sending there fails from now on; NULL: nowhere. */
void line_break(const char *peer);
/* ICMP says of this message of ours that nobody listens there. */
void line_unreached(const char *peer, const char *message);
/* line_feed() comes from there; NULL: from 127.0.0.2:5060 again. */
void line_answer_from(const char *peer);
/* Forget all that was sent. */
void line_clear(void);

/* The value of a header in a message, "" without; in a buffer of its own. */
const char *line_header(const char *message, const char *name);
/* ... and what stands between `before` and any of `ends` in it. */
const char *line_part(const char *text, const char *before, const char *ends);

#endif
