/* Ringdown SDK: calling out: one or many legs at a time, the first to answer
 * wins. Dial(), Originate(), queues and ring groups stand on it. */
#ifndef RINGDOWN_DIAL_H
#define RINGDOWN_DIAL_H

#include <ringdown/base.h>
#include <ringdown/channel.h>

enum rd_dial_status {
	RD_DIAL_ANSWER,
	RD_DIAL_BUSY,
	RD_DIAL_NOANSWER,
	RD_DIAL_CANCEL, /* the caller went away, or pressed the key that ends it */
	RD_DIAL_CONGESTION,
	RD_DIAL_CHANUNAVAIL,
	RD_DIAL_INVALIDARGS,
};

struct rd_dial_options {
	int timeout_ms;		   /* 0 or RD_FOREVER: until answered or failed */
	const char *ring_tone;	   /* to the caller at once: "" says that it rings,
				    * another is a tone: "ring"; NULL: as it comes */
	const char *music; /* class of music to the caller instead; with ring_tone:
				    * until a leg rings, then that */
	bool ignore_forward;	   /* i: 3xx is a refusal */
	bool group;		   /* others may answer as well: of what people have decided about
				    * their forwards, only that of all calls counts. Implied by
				    * targets of several people */
	const char *forward_context; /* where a forward is looked up; NULL: the leg's own */
	bool no_caller_update;	   /* I: the caller is not told who answered */
	bool early_answers;	   /* early media counts as an answer */
	bool elsewhere;		   /* c: a caller that gives up was answered elsewhere */
	const struct rd_party *identity; /* f: shown to the legs, NULL: the caller's */
	/* caller is NULL: whose call it is, who does something else meanwhile. The legs are
	 * made, shown and left his things as if he called; he is told nothing. NULL: nobody's.
	 * Borrowed. */
	struct rd_channel *on_behalf;
	bool as_caller; /* events, and so call records, say that he calls; and not a Local
			 * channel, but whom it calls in turn */
	/* The leg was made, nothing sent yet; negative drops the leg. Yields. */
	int (*before_call)(struct rd_channel *leg, void *arg);
	/* At least one leg is being called. Must not yield. */
	void (*on_called)(void *arg);
	/* A key of the caller while it rings; true ends the attempt. */
	bool (*caller_digit)(char digit, void *arg);
	/* The leg has begun to send early media. Must not yield. */
	void (*on_progress)(struct rd_channel *leg, void *arg);
	/* Target number `at` (from 0) answers no more: its leg, and all that this was
	 * forwarded to, are over or were never made: BUSY, CHANUNAVAIL, ... of the last;
	 * CANCEL: another has answered, or the caller went. Once for each. Must not
	 * yield. */
	void (*on_lost)(size_t at, enum rd_dial_status why, void *arg);
	void *arg;
	int beaten_cause; /* Q: how the legs end when another answers; 0: answered elsewhere */
	bool forwards_identity; /* f: identity is shown only to whom somebody forwards to */
	void *reserved[1];
};

struct rd_dial_result {
	enum rd_dial_status status;
	int cause;
	size_t target; /* ANSWER: which one led to the winner, from 0 */
	uint64_t ring_ms, progress_ms, dial_ms; /* until each happened; 0: never */
	char forwarder[80];
	void *reserved[2];
};

RD_API_BEGIN

/**
 * Call "SIP/1001&SIP/1002" for caller (may be NULL: originated). Passes
 * ringing, progress and early media of a single leg back to the caller.
 *
 * @winner  the answered leg (status ANSWER), else NULL: end it with
 *          rd_channel_let_go()
 *
 * 0 with *result, -ECANCELED when the caller went (result is filled too),
 * -EINVAL for targets that cannot be read. Yields.
 */
RD_YIELDS int rd_dial(struct rd_channel *caller, const char *targets,
		      const struct rd_dial_options *options,
		      struct rd_channel **winner, struct rd_dial_result *result);

/* Why what the leg dialled last has ended (its HANGUPCAUSE); RD_CAUSE_NONE when it
 * dialled nobody. */
int rd_dialled_cause(const struct rd_channel *ch);
const char *rd_dial_status_name(enum rd_dial_status status); /* "NOANSWER" */

RD_API_END

#endif
