/* Ringdown SDK: listening in on a call, whispering to one of its parties, and
 * breaking in. What those who talk hear has no gap when it begins or ends. */
#ifndef RINGDOWN_SPY_H
#define RINGDOWN_SPY_H

#include <ringdown/base.h>
#include <ringdown/fiber.h>

struct rd_channel;

enum rd_spy_mode {
	RD_SPY_LISTEN,	/* nobody notices */
	RD_SPY_WHISPER, /* the target hears the spy, whoever it talks to does not */
	RD_SPY_BARGE,	/* all hear all */
};

enum rd_spy_end {
	RD_SPY_TARGET_GONE = 1,
	RD_SPY_KEY, /* .digit ended it */
};

struct rd_spy_options {
	enum rd_spy_mode mode;
	bool own_voice; /* only what the target says, not what is said to it; listening */
	/* Keys of the spy, in its own fiber; may yield. Not 0 ends it. May be NULL. */
	int (*digit)(struct rd_channel *spy, char digit, void *arg);
	void *arg;
	void *reserved[2];
};

RD_API_BEGIN

/**
 * Let a leg that is up hear the call of another one, whatever that does: talk,
 * hear a menu, leave a message. Whispering and breaking in need somebody whom the
 * target talks to: it is listened to until there is, and in between.
 *
 * The spy's own fiber calls it. Yields until it ends: an enum rd_spy_end, or
 * negative: -EINVAL (both are one), -ENODATA (one has no sound), -ENOMEM,
 * -ECANCELED: the spy is gone or moved.
 */
RD_YIELDS int rd_spy(struct rd_channel *spy, struct rd_channel *target,
		     const struct rd_spy_options *options);

/** Is it in a bridge to whisper or to break in? Then it is no party of that call. */
bool rd_spy_intrudes(const struct rd_channel *ch);

RD_API_END

#endif
