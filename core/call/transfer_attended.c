/* Attended transfer: the transferer has two calls; those at their far ends
 * are joined. The longer a seat lasts the better: where one of the two is
 * driven by the far end's own fiber, the other moves in there. */
#include <stdio.h>

#include <ringdown/dialplan.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/call/join.h"
#include "core/call/transfer.h"

/* -- the transferer's first leg ---------------------------------------------------- */

/* The first leg's own fiber would hang it up as soon as the transferee leaves, and the
 * transferer is to hear first what became of the transfer (RFC 5589 §7.1). So this is called
 * right before the transferee is taken away, or another is put in the first leg's seat. Not
 * later: the fiber of the first leg may not run in between. Not earlier: the first leg leaves
 * its call, which goes on when the transfer comes to nothing. */
static void reserve_first(struct rd_transfer *transfer)
{
	struct rd_channel *first = transfer->transferer;

	if (!first->has_fiber || first->taken)
		return;
	rd__channel_ref(first);
	rd__channel_reserve(first);
	transfer->first_is_reserved = true;
}

static void release_first(struct rd_transfer *transfer)
{
	struct rd_channel *first = transfer->transferer;
	int rc;

	if (!transfer->first_is_reserved) {
		rd_hangup(first, RD_CAUSE_NORMAL);
		return;
	}
	rc = rd__channel_collect(first);
	if (rc) {
		rd_hangup(first, RD_CAUSE_NORMAL);
		rd__channel_unref(first);
		return;
	}
	rd__channel_finish_apart(first, RD_CAUSE_NORMAL);
}

/* -- joining ------------------------------------------------------------------------ */

/* `leaves` comes out of what it does, and sits down in the place of `old`; see
 * rd__channel_succeed(). */
static int move_to(struct rd_transfer *transfer, struct rd_channel *leaves, struct rd_channel *old,
		   struct rd_channel **partner)
{
	int rc;

	if (leaves == transfer->transferee)
		reserve_first(transfer);
	rc = rd_channel_take_over(rd__channel_ref(leaves));
	if (rc) {
		rd__channel_unref(leaves);
		return rc;
	}
	if (old == transfer->transferer)
		reserve_first(transfer);
	rc = rd__channel_succeed(old, leaves, partner);
	if (rc)
		rd__channel_finish(leaves, RD_CAUSE_NORMAL);
	return rc;
}

/* The transferer talks to nobody there: to an application. */
static int move_alone(struct rd_channel *leaves, struct rd_channel *other)
{
	int rc = rd_channel_redirect(leaves, other->context, other->exten, other->priority);

	if (!rc)
		rd__channel_link_call(leaves, other);
	return rc;
}

static int run_join(void *arg)
{
	struct rd_transfer *transfer = arg;
	struct rd_channel *first = transfer->transferer, *other = transfer->other;
	struct rd_channel *a = transfer->transferee, *b = rd_channel_partner(other);
	struct rd_channel *heir = b, *partner = NULL;
	int rc;

	if (b && rd__is_circle(a, b)) {
		rc = -EINVAL;
	} else if (!b) {
		rc = move_alone(a, other);
	} else if (!first->driven && other->driven) {
		heir = a;
		rc = move_to(transfer, a, other, &partner);
	} else {
		rc = move_to(transfer, b, first, &partner);
	}
	rd__transfer_report(transfer, rc ? RD_TRANSFER_FAILED : RD_TRANSFER_DONE,
			    RD_CAUSE_NORMAL);
	if (!rc)
		rd_hangup(other, RD_CAUSE_NORMAL);
	if (!rc || transfer->first_is_reserved)
		release_first(transfer);
	rd__transfer_free(transfer);
	if (partner)
		rd__legs_talk(partner, heir);
	return rc;
}

static int check(const struct rd_channel *transferer, const struct rd_channel *other)
{
	const struct rd_channel *partner = rd_channel_partner(transferer);
	const struct rd_channel *target = rd_channel_partner(other);

	if (other == transferer || other == partner)
		return -EINVAL;
	if (partner && target && rd__is_circle(partner, target))
		return -EINVAL;
	if (!partner || rd_channel_gone(transferer) || rd_channel_gone(other))
		return -ENOTCONN;
	if (rd_channel_moved(transferer) || rd_channel_moved(partner) || partner->transfer ||
	    partner->heir || transferer->heir || rd_channel_moved(other) || other->transfer ||
	    other->heir)
		return -EBUSY;
	/* It rings at the transferer's own phone: nobody to join with. */
	if (!rd_channel_partner(other) && rd_channel_outgoing(other) &&
	    rd_channel_state(other) != RD_CHANNEL_UP)
		return -ENOTCONN;
	return 0;
}

int rd_transfer_attended(struct rd_channel *transferer, struct rd_channel *other,
			 const struct rd_transfer_watch *watch, struct rd_transfer **tp)
{
	struct rd_channel *partner = rd_channel_partner(transferer), *target;
	struct rd_transfer *transfer;
	int rc = check(transferer, other);

	if (!rc)
		rc = rd__transfer_new(&transfer, transferer, partner, other, watch);
	if (rc)
		return rc;
	rc = rd__transfer_rings(other) ? rd__transfer_begin_ringing(transfer)
				       : rd_fiber_new_detached("transfer", run_join, transfer);
	if (rc) {
		rd__transfer_free(transfer);
		return rc;
	}
	target = rd_channel_partner(other);
	rd__transfer_announce(transferer, partner, "attended",
			      rd_channel_name(target ? target : other));
	if (target)
		rd_var_set(target, "ATTENDEDTRANSFER", rd_channel_name(partner));
	if (tp)
		*tp = transfer;
	return 0;
}
