/* Ringdown SDK: legs that change places. A transfer moves a leg to another
 * place or into another call; no channel ever becomes another one. Drivers
 * (REFER, Replaces), feature keys and applications stand on it. */
#ifndef RINGDOWN_TRANSFER_H
#define RINGDOWN_TRANSFER_H

#include <ringdown/base.h>
#include <ringdown/channel.h>

struct rd_transfer;

enum rd_transfer_state {
	RD_TRANSFER_TRYING,
	RD_TRANSFER_RINGING,
	RD_TRANSFER_PROGRESS, /* early media */
	RD_TRANSFER_DONE,     /* somebody, or an application, has answered */
	RD_TRANSFER_FAILED,   /* the call is as it was, or over */
};

/* How a transfer fares. changed() must not yield; DONE or FAILED (with the
 * cause) comes last, and once. */
struct rd_transfer_watch {
	void (*changed)(void *arg, enum rd_transfer_state state, int cause);
	void *arg;
};

RD_API_BEGIN

/* Whom this leg hears in its bridge; NULL. Borrowed. */
struct rd_channel *rd_channel_partner(const struct rd_channel *ch);

/* Where what this leg transfers goes: TRANSFER_CONTEXT, else its context. */
const char *rd_transfer_context(const struct rd_channel *transferer);

/**
 * Blind: whom the leg talks to goes to this place in the dialplan. The leg
 * itself is kept until somebody answers there, and then hung up. Is the
 * partner refused, the two go on talking.
 *
 * @watch  may be NULL; copied
 * @tp     may be NULL; valid until the last changed()
 *
 * 0: it is under way; changed() may not yet have been called. -ENOTCONN (the
 * leg talks to nobody), -ENOENT (no such place), -EBUSY, -ENOMEM, -EAGAIN.
 */
int rd_transfer_blind(struct rd_channel *transferer, const char *context,
		      const char *exten, const struct rd_transfer_watch *watch,
		      struct rd_transfer **tp);

/**
 * Attended: whom the one leg talks to is joined with whom the other talks to,
 * or takes its place in the application that it is in, or calls whom it is
 * calling. Both legs, of the same party, are hung up. As rd_transfer_blind;
 * -EINVAL when they talk to each other, be it through Local channels.
 */
int rd_transfer_attended(struct rd_channel *transferer, struct rd_channel *other,
			 const struct rd_transfer_watch *watch,
			 struct rd_transfer **tp);

/**
 * Attended, from the beginning: the leg calls this extension of rd_transfer_context() while
 * whom it talks to waits; what follows is as after the key atxfer.
 *
 * 0: it will be called. -ENOTCONN (it talks to nobody, or to several), -ENOENT (no such
 * extension), -ENAMETOOLONG.
 */
int rd_transfer_consult(struct rd_channel *transferer, const char *exten);

/**
 * A new leg takes the place of another: in its bridge, in its application, or
 * as the one that answers where that one still rings (pickup).
 *
 * @leg  not started; it is answered, or hung up when that fails. Or one that runs, and is
 *       answered: its fiber is cancelled and has to return
 *
 * 0: under way. -ECANCELED (old has gone), -EPERM (old calls us and is not
 * answered), -EBUSY (also while who talks to old asks somebody else), -ENOMEM, -EAGAIN; then
 * the leg is still the caller's.
 */
int rd_channel_replace(struct rd_channel *old, struct rd_channel *leg);

/* Is a call group of leg among the pickup groups of picker? See CHANNEL(callgroup),
 * CHANNEL(pickupgroup), CHANNEL(namedcallgroup), CHANNEL(namedpickupgroup). */
bool rd_channel_may_pick_up(const struct rd_channel *picker, const struct rd_channel *leg);
/* "1,3-5", of 0 to 63, as bits. 0 or -EINVAL. */
int rd_group_numbers(const char *list, uint64_t *groups);

/**
 * A new leg joins the call of another, and whoever else is in it.
 *
 * @leg  as for rd_channel_replace()
 *
 * 0: under way. -ECANCELED (with has gone), -ENOTCONN (it is in no bridge), -ENOMEM,
 * -EAGAIN; then the leg is still the caller's.
 */
int rd_channel_join(struct rd_channel *with, struct rd_channel *leg);

/**
 * Have who sent this leg here by a blind transfer, and waits for the outcome, hear a prompt
 * (as rd_play()). For the leg's own fiber, before it answers.
 *
 * 0: it was heard, or that one has hung up meanwhile; -ENOENT: nobody waits; -ENAMETOOLONG,
 * -ECANCELED. Yields.
 */
RD_YIELDS int rd_transfer_tell(struct rd_channel *transferee, const char *prompt);

/* The watch is not called any more. */
void rd_transfer_forget(struct rd_transfer *transfer);

RD_API_END

#endif
