/* Ringdown SDK: a channel is one leg of a call, of any technology. This
 * header is what applications use; drivers add tech.h, sound is in prompt.h.
 *
 * A leg and the fiber that runs it are two objects. A leg without a fiber
 * (the far side of Dial) is driven by whoever waits on it. */
#ifndef RINGDOWN_CHANNEL_H
#define RINGDOWN_CHANNEL_H

#include <ringdown/attach.h>
#include <ringdown/base.h>
#include <ringdown/cause.h>
#include <ringdown/fiber.h>
#include <ringdown/ident.h>
#include <ringdown/pool.h>
#include <ringdown/stream.h>
#include <ringdown/str.h>
#include <ringdown/var.h>

struct rd_channel;
struct rd_bridge;
struct rd_stream;

enum rd_channel_state {
	RD_CHANNEL_DOWN,    /* made, nothing sent */
	RD_CHANNEL_RING,    /* came in, not answered */
	RD_CHANNEL_DIALING, /* going out, nothing heard */
	RD_CHANNEL_RINGING, /* going out, the far end rings */
	RD_CHANNEL_UP,	    /* answered */
	RD_CHANNEL_GONE,    /* hung up; only its memory is left */
};

/* What a driver, the media engine or another fiber tells a channel. */
enum rd_signal_type {
	RD_SIGNAL_PROCEEDING = 1, /* number: RD_INDICATE_FORWARDED, _QUEUED, or 0 */
	RD_SIGNAL_RINGING,
	RD_SIGNAL_PROGRESS, /* early media flows */
	RD_SIGNAL_ANSWER,
	RD_SIGNAL_BUSY,
	RD_SIGNAL_CONGESTION,
	RD_SIGNAL_REDIRECT, /* outgoing leg: text is the new target, "1003"; several
				* at once: number is their rank, first to last; below
				* 0: text is the leg itself, as a target would name it */
	RD_SIGNAL_HANGUP, /* number: cause */
	RD_SIGNAL_HOLD, /* text: music class or "" */
	RD_SIGNAL_RESUME,
	RD_SIGNAL_DIGIT_BEGIN, /* number: the character */
	RD_SIGNAL_DIGIT, /* number: the character; text unused; ms */
	RD_SIGNAL_TEXT, /* text: its beginning, number: see rd_channel_text() */
	RD_SIGNAL_PARTY, /* the far end's identity changed */
	RD_SIGNAL_TRANSFER, /* the far end asks to be replaced: text target; number 1: it
			     * is to be called first */
	RD_SIGNAL_MEDIA, /* player, recorder or detector: number, text */
	RD_SIGNAL_STREAMS, /* media lines or addresses changed */
};

/* Sets of them, for rd_channel_wait_for(). */
#define RD_SIGNAL_BIT(type) (1u << (type))
#define RD_SIGNAL_ALL	    (~0u)

struct rd_signal {
	enum rd_signal_type type;
	int number;
	int ms;		  /* DIGIT: its length */
	char text[128];	  /* NUL-terminated */
	void *source;	  /* MEDIA: which player, recorder; DIGIT: the stream that
			   * it came in by, NULL when by a message */
	void *reserved[2];
};

/* What a channel is told to show its far end. */
enum rd_indication {
	RD_INDICATE_PROCEEDING,
	RD_INDICATE_RINGING,
	RD_INDICATE_PROGRESS,
	RD_INDICATE_BUSY,
	RD_INDICATE_CONGESTION,
	RD_INDICATE_HOLD,
	RD_INDICATE_RESUME,
	RD_INDICATE_INCOMPLETE,
	RD_INDICATE_FORWARDED, /* the call is sent on to somebody else */
	RD_INDICATE_QUEUED,    /* it waits for its turn */
};

RD_API_BEGIN

/* -- what it is ---------------------------------------------------------- */

/* Texts are borrowed: as long as the channel lives, or until they are set anew. */
const char *rd_channel_name(const struct rd_channel *ch);     /* "SIP/1001-0000002a" */
const char *rd_channel_uniqueid(const struct rd_channel *ch); /* "1790000000.42" */
const char *rd_channel_linkedid(const struct rd_channel *ch); /* of the first of its call */
enum rd_channel_state rd_channel_state(const struct rd_channel *ch);
const char *rd_channel_state_name(enum rd_channel_state state); /* "Up" */
const char *rd_channel_tech(const struct rd_channel *ch);	/* "SIP" */
const char *rd_channel_device(const struct rd_channel *ch);	/* "SIP/1001" */
bool rd_channel_outgoing(const struct rd_channel *ch);
/* Has its far end put us on hold? */
bool rd_channel_on_hold(const struct rd_channel *ch);
/* Monotonic milliseconds; 0 when it has not happened. */
uint64_t rd_channel_created_ms(const struct rd_channel *ch);
uint64_t rd_channel_answered_ms(const struct rd_channel *ch);
int rd_channel_cause(const struct rd_channel *ch); /* enum rd_cause; NONE while it lives */
/* Lives as long as the channel: what a call needs to its end. */
struct rd_pool *rd_channel_pool(struct rd_channel *ch);
/* Lives until the application that asks returns: its arguments, its paths. */
struct rd_pool *rd_channel_scratch(struct rd_channel *ch);
const char *rd_channel_language(const struct rd_channel *ch); /* "de_AT"; "" */
const char *rd_channel_dialled(const struct rd_channel *ch); /* first extension */
/* Borrowed; NULL: in none. */
struct rd_bridge *rd_channel_bridge(const struct rd_channel *ch);
/* How its voice waits in a jitter buffer: who talks to it hears it evenly, a little later.
 * At once, and until it is taken back. */
void rd_channel_set_jitter_buffer(struct rd_channel *ch, const struct rd_jitter_buffer *buffer);
const struct rd_jitter_buffer *rd_channel_jitter_buffer(const struct rd_channel *ch);
/* Whose dial calls this leg, and has no answer yet; NULL. Borrowed. */
struct rd_channel *rd_channel_dialler(const struct rd_channel *ch);
/* What CHANNEL(item) gives (appended to out) and sets; drivers add their own items. 0,
 * -ENOENT: there is no such item, or what the driver says. */
int rd_channel_get(struct rd_channel *ch, const char *item, struct rd_buf *out);
int rd_channel_set(struct rd_channel *ch, const char *item, const char *value);

/* Counted, so that a fiber may keep one over a wait. */
struct rd_channel *rd_channel_ref(struct rd_channel *ch);
void rd_channel_unref(struct rd_channel *ch); /* NULL is fine */
/* By name, unique id, or "SIP/1001" (newest of that prefix); a reference, or NULL. */
struct rd_channel *rd_channel_find(const char *name);
/* Walk over all: NULL starts; borrowed, do not yield in between. */
struct rd_channel *rd_channel_next(const struct rd_channel *after);
size_t rd_channel_count(void);

/* -- where it is in the dialplan ------------------------------------------ */

/* Borrowed until the place is another one. */
const char *rd_channel_context(const struct rd_channel *ch);
const char *rd_channel_exten(const struct rd_channel *ch);
int rd_channel_priority(const struct rd_channel *ch);
/* NULL or 0 keeps what is there; an application returns RD_APP_JUMP afterwards.
 * 0, or -ENAMETOOLONG: nothing is changed. */
int rd_channel_set_place(struct rd_channel *ch, const char *context,
			 const char *exten, int priority);
/* From anywhere: the channel leaves what it does and goes on there. Its
 * fiber, if any, is cancelled and unwinds; the leg gets a new one, as a leg
 * without one does. 0, -ECANCELED when it is gone, -ENAMETOOLONG. */
int rd_channel_redirect(struct rd_channel *ch, const char *context,
			const char *exten, int priority);
/* Is it on its way to another place? Its waits say -ECANCELED until then. */
bool rd_channel_moved(const struct rd_channel *ch);

/* -- legs that another fiber drives (what Dial, Bridge and queues do) --------- */

/* The caller answers for this leg, which has no fiber: a leg that was moved
 * stays with it until rd_channel_let_go(). */
void rd_channel_drive(struct rd_channel *ch);
/* The same for a leg that runs or is driven elsewhere: it is taken out of
 * there. 0, -ECANCELED (gone), -EBUSY, -ETIMEDOUT. Yields. */
RD_YIELDS int rd_channel_take_over(struct rd_channel *ch);
/* Done with it: it goes on at its new place when it was moved or taken,
 * else it is hung up. Takes the caller's reference. */
void rd_channel_let_go(struct rd_channel *ch, int cause);

/* -- what it does ------------------------------------------------------------ */

/* Answer when it is not up yet. Yields until media can flow. 0, -ECANCELED,
 * -ETIMEDOUT, or what the technology says. */
RD_YIELDS int rd_answer(struct rd_channel *ch);
/* Show the far end something; does not yield. 0, -ENOSYS, what the technology says,
 * or -ECANCELED: it is gone, or on trial after a blind transfer, and busy or the like
 * sends it back. */
int rd_indicate(struct rd_channel *ch, enum rd_indication what);
/* End the leg, from anywhere: its technology is told at once, whoever waits
 * on it gets -ECANCELED. Harmless when it is gone already. But a leg on trial after a
 * blind transfer that its own fiber hangs up goes back to who sent it, if that one
 * still waits. */
void rd_hangup(struct rd_channel *ch, int cause);
/* Hung up: every wait says -ECANCELED. */
bool rd_channel_gone(const struct rd_channel *ch);

/* The next signal of this leg. 0, -ETIMEDOUT, -ECANCELED (gone or moved;
 * sticky). Yields. */
RD_YIELDS int rd_channel_wait(struct rd_channel *ch, int timeout_ms,
			      struct rd_signal *signal);
/* The next one of these kinds (RD_SIGNAL_BIT()s or'ed); others are dropped,
 * but digits, which are kept for the next reader. signal may be NULL. The same errors. Yields. */
RD_YIELDS int rd_channel_wait_for(struct rd_channel *ch, unsigned kinds,
				  int timeout_ms, struct rd_signal *signal);
/* The same without waiting; -EAGAIN when there is none. */
int rd_channel_take(struct rd_channel *ch, struct rd_signal *signal);
int rd_channel_take_of(struct rd_channel *ch, unsigned kinds, struct rd_signal *signal);
/* The whole of a text that this leg has said; good until the fiber waits. */
const char *rd_channel_text(const struct rd_channel *ch, const struct rd_signal *signal);
/* Let time pass for this leg: 0, or -ECANCELED. Digits are kept. Yields. */
RD_YIELDS int rd_channel_sleep(struct rd_channel *ch, int ms);
/* Let several legs wake one waiter: Dial, bridges. NULL: its own again. */
void rd_channel_set_notify(struct rd_channel *ch, struct rd_cond *shared);

/* Send digits ("12*#ABCD", w waits 500 ms, W 1 s), each ms long with gap_ms
 * between. 0 for the defaults (100). Yields until sent. 0, -ECANCELED, -ENOSYS where
 * there is no way to send them, or what the technology says. */
RD_YIELDS int rd_send_digits(struct rd_channel *ch, const char *digits, int ms,
			     int gap_ms);
/* One digit, without waiting until it is sent. The same errors. */
int rd_channel_send_digit(struct rd_channel *ch, char digit, int ms);
/* 0, -ECANCELED, -ENOSYS: it takes no text, or what the technology says. */
int rd_send_text(struct rd_channel *ch, const char *text);
/* Ask the far end to go elsewhere (REFER, 302): "1003", or "SIP/1003" for those of that
 * technology. Yields for the outcome: 0, or why it did not; -ENOSYS (also when target is
 * another technology's), -ETIMEDOUT, -ECANCELED. */
RD_YIELDS int rd_transfer(struct rd_channel *ch, const char *target);

/* TIMEOUT(absolute|digit|response), in milliseconds. Set to 0: no absolute
 * limit, 5 s between digits, 10 s for the first one, as at the beginning. */
enum rd_timeout { RD_TIMEOUT_ABSOLUTE, RD_TIMEOUT_DIGIT, RD_TIMEOUT_RESPONSE };
int rd_channel_timeout(const struct rd_channel *ch, enum rd_timeout which);
void rd_channel_set_timeout(struct rd_channel *ch, enum rd_timeout which, int ms);

RD_API_END

#endif
