/* Texts outside of calls (MESSAGE, RFC 3428): taken from phones, given to the
 * dialplan or at once to whom they are for, and sent. Those of a call are in
 * call/text.c. */
#ifndef CHANNELS_SIP_PAGER_PAGER_H
#define CHANNELS_SIP_PAGER_PAGER_H

#include <ringdown/app.h>
#include <ringdown/function.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/callee.h"

#define SIP_TEXT_MAX 16384 /* bytes of a text */

struct rd_party;

/* A text to be sent; all of it is copied. */
struct sip_text {
	struct rd_str type, body; /* Content-Type and what it speaks of */
	struct rd_str headers;	  /* lines to add, each with its end */
	const struct rd_party *from;
	struct rd_str to; /* the URI of To; absent: the one that is asked */
	unsigned hops;	  /* Max-Forwards; 0: SIP_MAX_FORWARDS */
	bool was_kept; /* while the phone was away: not again */
};

/* Whom it is for: the devices of a phone, or one URI with a peer's options. */
struct sip_recipient {
	const struct sip_endpoint *endpoint;
	char uri[256]; /* "": wherever the phone or peer is */
	bool secure;   /* "sips:": by TLS on all of the way, or not at all */
	char device[SIP_DEVICE_MAX]; /* of the phone: its instance; "": all, but for: */
	const struct rd_channel *sender; /* may know which are meant; NULL: none does */
};

struct sip_delivery; /* a text under way */

/**
 * Send it to all devices of the recipient; the first 2xx ends it. done() is called
 * once, from the loop: the status of that 2xx, else what says most of why not:
 * fit to be an answer to a MESSAGE; 0 when the driver stops. For a phone that is away it
 * may be kept (kept.h), and the status is 202.
 *
 * 0 with *dp (may be NULL), valid until done(); -ENOTCONN (no device), -EMSGSIZE
 * (RFC 3428 §8: too long for datagrams, and there is nothing else), or what
 * sip_outside_send() says: done() is not called.
 */
int sip_deliver(struct sip_delivery **dp, const struct sip_recipient *to,
		const struct sip_text *text, void (*done)(void *arg, unsigned status),
		void *arg);
void sip_delivery_forget(struct sip_delivery *delivery);
/* The driver stops. */
void sip_deliveries_stop(void);

/* "1002", "pjsip:1002", "sip:user@host", "pjsip:peer/sip:user@host", "Bob <sip:...>", and
 * sips: for sip:, with our_host (may be absent) one that means us. 0; -EPROTONOSUPPORT; -EINVAL. */
int sip_recipient_read(struct sip_recipient *to, struct rd_str text, struct rd_str our_host);

/* A MESSAGE outside of any dialog; see methods.h. */
void sip_text_received(struct sip_server *server, const struct sip_msg *msg);

/* ---- rate.c ---- */

/* May this section write one more text? 0, and it is counted; else in how many seconds
 * it may. */
unsigned sip_text_wait(const struct sip_endpoint *endpoint);
void sip_text_rates_forget(void);
/* The 480 that says when. */
void sip_text_refuse(struct sip_server *server, unsigned wait_s);

/* ---- in the dialplan ---- */

/* Run the dialplan on a text. 0, -EBUSY, -ENOMEM, -EAGAIN. */
int sip_text_run(const struct sip_endpoint *endpoint, const struct sip_callee *callee,
		 const struct sip_msg *msg);

/* What MESSAGE() and MESSAGE_DATA() keep with a channel. */
struct sip_note {
	char *to, *from, *type, *body; /* NULL: not set */
	struct rd_str our_host;	       /* as the sender calls us; in room */
	unsigned hops;
	struct rd_list headers;
	char room[64];
};

/* A channel's; made when it is asked for the first time. NULL without memory. */
struct sip_note *sip_note_of(struct rd_channel *ch);
/* Put what a message says there. 0 or -ENOMEM. */
int sip_note_take(struct rd_channel *ch, const struct sip_msg *msg);
/* Its headers that go out, as lines. */
void sip_note_print(const struct sip_note *note, struct rd_buf *out);

int sip_note_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
const char *sip_note_check(const char *args, char *buf, size_t size);
int sip_note_write(struct rd_channel *ch, const char *args, const char *value);
int sip_note_header_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
int sip_note_header_write(struct rd_channel *ch, const char *args, const char *value);

/* MessageSend() */
RD_YIELDS int sip_messagesend_app(struct rd_channel *ch, const char *args);
const char *sip_messagesend_check(const char *args, char *buf, size_t size);

#endif
