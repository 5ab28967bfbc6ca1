/* Blind transfer: a leg is sent to another place, on trial. Until somebody
 * answers it there, a fiber keeps the one who sent it; is the leg refused, the
 * two go on talking. The leg's own fiber tells how it fares: rd_answer(),
 * rd_indicate() and rd_hangup() look here. */
#include <stdio.h>
#include <stdlib.h>

#include <ringdown/clock.h>
#include <ringdown/dial.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "core/call/bridge.h"
#include "core/call/transfer.h"

enum {
	TRIAL_MS = 180000, /* served for so long unanswered, a leg is where it belongs */
	FAREWELL_MS = 500, /* for the transferer to hang up by itself */
	TELL_MS = 20000, /* as long as a prompt to it may be */
};

/* -- the object -------------------------------------------------------------------- */

int rd__transfer_new(struct rd_transfer **tp, struct rd_channel *transferer,
		     struct rd_channel *transferee, struct rd_channel *other,
		     const struct rd_transfer_watch *watch)
{
	struct rd_transfer *transfer = rd_zalloc(sizeof(*transfer));

	if (!transfer)
		return -ENOMEM;
	rd_cond_init(&transfer->changed);
	rd__transfer_init_rings(transfer);
	transfer->transferer = transferer ? rd__channel_ref(transferer) : NULL;
	transfer->nobody_asked = !transferer;
	transfer->transferee = transferee ? rd__channel_ref(transferee) : NULL;
	transfer->other = other ? rd__channel_ref(other) : NULL;
	if (watch)
		transfer->watch = *watch;
	*tp = transfer;
	return 0;
}

void rd__transfer_free(struct rd_transfer *transfer)
{
	if (transfer->transferee && transfer->transferee->transfer == transfer)
		transfer->transferee->transfer = NULL;
	if (transfer->other && transfer->other->legs_to == transfer)
		transfer->other->legs_to = NULL;
	rd__transfer_drop_legs(transfer);
	rd__channel_unref(transfer->transferer);
	rd__channel_unref(transfer->transferee);
	rd__channel_unref(transfer->other);
	rd_cond_fini(&transfer->changed);
	rd_free(transfer);
}

void rd_transfer_forget(struct rd_transfer *transfer)
{
	transfer->watch.changed = NULL;
}

static bool is_over(const struct rd_transfer *transfer)
{
	return transfer->state == RD_TRANSFER_DONE || transfer->state == RD_TRANSFER_FAILED;
}

void rd__transfer_report(struct rd_transfer *transfer, enum rd_transfer_state state, int cause)
{
	bool done = state == RD_TRANSFER_DONE;
	struct rd_event event = { .type = RD_EVENT_TRANSFER_END,
				  .channel = transfer->transferer,
				  .peer = transfer->transferee,
				  .text = done ? "DONE" : "FAILED",
				  .number = cause };

	if (is_over(transfer) || transfer->state == state)
		return;
	transfer->state = state;
	transfer->cause = cause;
	if (is_over(transfer) && !transfer->nobody_asked)
		rd_event_publish(&event);
	if (transfer->watch.changed) {
		rd_no_yield_begin();
		transfer->watch.changed(transfer->watch.arg, state, cause);
		rd_no_yield_end();
	}
	rd_cond_broadcast(&transfer->changed);
}

struct rd_channel *rd_channel_partner(const struct rd_channel *ch)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	return ch->bridge ? rd__bridge_other(ch->bridge, ch) : NULL;
}

const char *rd_transfer_context(const struct rd_channel *transferer)
{
	const char *context = rd_var_get(transferer, "TRANSFER_CONTEXT");

	return context && *context ? context : rd_channel_context(transferer);
}

void rd__transfer_announce(struct rd_channel *transferer, struct rd_channel *transferee,
			   const char *kind, const char *target)
{
	const char *variable = strcmp(kind, "blind") == 0 ? "BLINDTRANSFER" : "ATTENDEDTRANSFER";
	struct rd_event event = { .type = RD_EVENT_TRANSFER,
				  .channel = transferer,
				  .peer = transferee,
				  .name = kind,
				  .text = target };

	rd_verbose("%s: transfers %s to %s (%s)", rd_channel_name(transferer),
		   rd_channel_name(transferee), target, kind);
	rd_var_set(transferee, variable, rd_channel_name(transferer));
	rd_var_set(transferer, variable, rd_channel_name(transferee));
	rd_var_set(transferee, "TRANSFERERNAME", rd_channel_name(transferer));
	rd_channel_set_party(transferee, RD_PARTY_REDIRECTING_FROM,
			     rd_channel_party(transferer, RD_PARTY_CALLER));
	rd_event_publish(&event);
}

/* -- how the leg fares -------------------------------------------------------------- */

void rd__transfer_answered(struct rd_channel *ch)
{
	struct rd_transfer *transfer = ch->transfer;

	if (!transfer || is_over(transfer))
		return;
	ch->transfer = NULL;
	rd__transfer_report(transfer, RD_TRANSFER_DONE, RD_CAUSE_NORMAL);
}

bool rd__transfer_shown(struct rd_channel *ch, enum rd_indication what)
{
	struct rd_transfer *transfer = ch->transfer;

	if (!transfer)
		return false;
	switch (what) {
	case RD_INDICATE_RINGING:
		rd__transfer_report(transfer, RD_TRANSFER_RINGING, 0);
		return false;
	case RD_INDICATE_PROGRESS:
		rd__transfer_report(transfer, RD_TRANSFER_PROGRESS, 0);
		return false;
	case RD_INDICATE_BUSY:
		return rd__transfer_refused(ch, RD_CAUSE_BUSY);
	case RD_INDICATE_CONGESTION:
		return rd__transfer_refused(ch, RD_CAUSE_CONGESTION);
	case RD_INDICATE_INCOMPLETE:
		return rd__transfer_refused(ch, RD_CAUSE_INVALID_NUMBER_FORMAT);
	default:
		return false;
	}
}

/* The dialplan ends most calls with a plain 16; Dial() knows better. */
static int cause_of_refusal(const struct rd_channel *ch, int cause)
{
	int dialled = rd_dialled_cause(ch);

	if (cause && cause != RD_CAUSE_NORMAL)
		return cause;
	return dialled && dialled != RD_CAUSE_NORMAL ? dialled : RD_CAUSE_REJECTED;
}

/* Only what its own dialplan decides is a refusal; others end the leg. */
bool rd__transfer_refused(struct rd_channel *ch, int cause)
{
	struct rd_transfer *transfer = ch->transfer;

	if (!transfer || (ch->has_fiber && ch->fiber != rd_fiber_self()))
		return false;
	if (ch->moved)
		return true; /* on its way here, or back: the fiber that it leaves */
	cause = cause_of_refusal(ch, cause);
	if (!transfer->transferer || rd_channel_gone(transfer->transferer)) {
		ch->transfer = NULL;
		rd__transfer_report(transfer, RD_TRANSFER_FAILED, cause);
		return false;
	}
	rd_verbose("%s: refused here: %s; back to %s", rd_channel_name(ch), rd_cause_text(cause),
		   rd_channel_name(transfer->transferer));
	rd__channel_reserve(ch);
	rd__transfer_report(transfer, RD_TRANSFER_FAILED, cause);
	return true;
}

void rd__transfer_gone(struct rd_channel *ch)
{
	struct rd_transfer *transfer = ch->transfer;

	ch->transfer = NULL;
	if (transfer)
		rd__transfer_report(transfer, RD_TRANSFER_FAILED, ch->cause);
}

/* -- the one who sent it ------------------------------------------------------------- */

static void release_transferer(struct rd_transfer *transfer, int cause)
{
	struct rd_channel *ch = transfer->transferer;

	transfer->transferer = NULL;
	if (ch)
		rd__channel_finish(ch, cause);
}

/* Keys and texts are for nobody now. */
static void hear_transferer(struct rd_transfer *transfer)
{
	struct rd_channel *ch = transfer->transferer;
	struct rd_signal signal;
	int rc = 0;

	while (ch && !rc)
		rc = rd_channel_take(ch, &signal);
	if (rc == -ECANCELED)
		release_transferer(transfer, RD_CAUSE_NORMAL);
}

/* It has hung up meanwhile where that fails: hear_transferer() finds it. */
static void tell_transferer(struct rd_transfer *transfer)
{
	if (transfer->transferer)
		rd_play(transfer->transferer, transfer->prompt, "");
	transfer->prompt[0] = '\0';
	rd__channel_wake(transfer->transferee);
}

int rd_transfer_tell(struct rd_channel *transferee, const char *prompt)
{
	struct rd_transfer *transfer = transferee->transfer;
	int rc = 0;

	if (!transfer || is_over(transfer) || !transfer->transferer)
		return -ENOENT;
	if (!rd_strcpy(transfer->prompt, sizeof(transfer->prompt), prompt))
		return -ENAMETOOLONG;
	rd_cond_broadcast(&transfer->changed);
	while (!rc && transferee->transfer == transfer && *transfer->prompt)
		rc = rd_channel_gone(transferee) ? -ECANCELED
						 : rd_cond_wait(transferee->notify, TELL_MS);
	return rc == -ETIMEDOUT ? 0 : rc;
}

/* The daemon stops: nobody waits for the outcome any more. */
static void give_up(struct rd_transfer *transfer)
{
	if (transfer->transferee->transfer == transfer)
		transfer->transferee->transfer = NULL;
	rd__transfer_report(transfer, RD_TRANSFER_FAILED, RD_CAUSE_NORMAL);
}

static void wait_for_outcome(struct rd_transfer *transfer)
{
	uint64_t end_ms = rd_now_ms() + TRIAL_MS;

	while (!is_over(transfer)) {
		uint64_t now = rd_now_ms();

		hear_transferer(transfer);
		if (is_over(transfer))
			break;
		if (*transfer->prompt)
			tell_transferer(transfer);
		else if (now >= end_ms)
			rd__transfer_answered(transfer->transferee);
		else if (rd_cond_wait(&transfer->changed, (int)(end_ms - now)) == -ECANCELED)
			give_up(transfer);
	}
}

static void wait_for_farewell(struct rd_transfer *transfer)
{
	uint64_t end_ms = rd_now_ms() + FAREWELL_MS, now;
	int rc = 0;

	while (rc != -ECANCELED) {
		hear_transferer(transfer);
		now = rd_now_ms();
		if (!transfer->transferer || now >= end_ms)
			return;
		rc = rd_cond_wait(&transfer->changed, (int)(end_ms - now));
	}
}

/* Back to where they were: the two talk. */
static void rejoin(struct rd_transfer *transfer)
{
	struct rd_channel *back = transfer->transferee, *waits = transfer->transferer;
	int rc = rd__channel_collect(back);

	back->transfer = NULL;
	if (rc)
		return;
	rd__channel_ref(back);
	transfer->transferer = NULL;
	if (waits)
		rd__legs_talk(waits, back);
	else
		rd__channel_finish(back, RD_CAUSE_NORMAL);
}

void rd__transfer_release_other(struct rd_transfer *transfer)
{
	struct rd_channel *other = transfer->other;
	int cause = transfer->cause;

	if (!other || !transfer->other_is_ours)
		return;
	transfer->other = NULL;
	other->legs_to = NULL;
	if (transfer->state == RD_TRANSFER_DONE && other->state != RD_CHANNEL_UP)
		cause = RD_CAUSE_ANSWERED_ELSEWHERE;
	rd__channel_finish_apart(other, cause);
}

int rd__transfer_run_trial(void *arg)
{
	struct rd_transfer *transfer = arg;
	int rc = rd__channel_collect(transfer->transferer);

	/* Gone, or somebody else's: then it is not ours to let go. */
	if (rc) {
		rd__channel_unref(transfer->transferer);
		transfer->transferer = NULL;
	} else {
		rd_channel_set_notify(transfer->transferer, &transfer->changed);
	}
	wait_for_outcome(transfer);
	rd__transfer_drop_legs(transfer);
	rd__transfer_release_other(transfer);
	if (transfer->state == RD_TRANSFER_DONE)
		wait_for_farewell(transfer);
	if (transfer->state == RD_TRANSFER_FAILED && !rd_channel_gone(transfer->transferee) &&
	    transfer->transferee->transfer == transfer)
		rejoin(transfer);
	release_transferer(transfer, transfer->cause);
	rd__transfer_free(transfer);
	return 0;
}

/* -- a leg that was made to be put through -------------------------------------------- */

int rd__trial_begin(struct rd_transfer **tp, struct rd_channel *leg,
		    const struct rd_transfer_watch *watch)
{
	int rc = rd__transfer_new(tp, NULL, leg, NULL, watch);

	if (!rc)
		leg->transfer = *tp;
	return rc;
}

void rd__trial_end(struct rd_transfer *transfer)
{
	wait_for_outcome(transfer);
	rd__transfer_free(transfer);
}

/* -- the beginning ------------------------------------------------------------------- */

static int check_blind(const struct rd_channel *transferer, const char *context,
		       const char *exten)
{
	const struct rd_channel *partner = rd_channel_partner(transferer);

	if (transferer->state == RD_CHANNEL_GONE || !partner)
		return -ENOTCONN;
	if (transferer->moved || partner->moved || partner->transfer || partner->heir)
		return -EBUSY;
	return rd_dialplan_exists(context, exten, 1,
				  rd_channel_party(partner, RD_PARTY_CALLER)->number)
		       ? 0
		       : -ENOENT;
}

void rd__transfer_send_away(struct rd_transfer *transfer, const char *context,
			    const char *exten, int priority)
{
	struct rd_channel *leaves = transfer->transferee;

	rd_var_set(leaves, "HANGUPCAUSE", NULL);
	rd_var_set(leaves, "DIALSTATUS", NULL);
	leaves->transfer = transfer;
	rd__channel_reserve(transfer->transferer);
	rd_channel_redirect(leaves, context, exten, priority);
}

int rd_transfer_blind(struct rd_channel *transferer, const char *context, const char *exten,
		      const struct rd_transfer_watch *watch, struct rd_transfer **tp)
{
	struct rd_channel *partner = rd_channel_partner(transferer);
	char target[2 * RD__PLACE_MAX];
	struct rd_transfer *transfer;
	int rc = check_blind(transferer, context, exten);

	if (!rc && (strlen(exten) >= RD__PLACE_MAX || strlen(context) >= RD__PLACE_MAX))
		rc = -ENAMETOOLONG;
	if (!rc)
		rc = rd__transfer_new(&transfer, transferer, partner, NULL, watch);
	if (rc)
		return rc;
	rc = rd_fiber_new_detached("transfer", rd__transfer_run_trial, transfer);
	if (rc) {
		rd__transfer_free(transfer);
		return rc;
	}
	snprintf(target, sizeof(target), "%s@%s", exten, context);
	rd__transfer_announce(transferer, partner, "blind", target);
	rd__transfer_send_away(transfer, context, exten, 1);
	if (tp)
		*tp = transfer;
	return 0;
}
