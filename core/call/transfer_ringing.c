/* Attended transfer while the second call still rings. The transferee goes the way that this
 * call went, on trial as after a blind transfer. Whom it rings at does not notice: its leg
 * leaves the dial of the one call, and waits here for that of the other. */
#include <ringdown/log.h>

#include "core/call/dial.h"
#include "core/call/transfer.h"

enum {
	LEAVE_MS = 2000, /* how long the second call may take to leave its dial */
	CLAIM_MS = 5000, /* how long a leg rings for nobody */
};

/* -- legs on their way from dial to dial -------------------------------------------------- */

void rd__transfer_keep_leg(struct rd_transfer *transfer, struct rd__leg *leg)
{
	rd_list_push(&transfer->rings, &leg->link);
}

struct rd__leg *rd__transfer_claim_leg(struct rd_channel *caller, const char *target)
{
	if (!caller->transfer)
		return NULL;
	rd_list_foreach(node, tmp, &caller->transfer->rings) {
		struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);

		if (!rd__tech_same_target(leg->dialled, target))
			continue;
		rd_list_remove(&leg->link);
		return leg;
	}
	return NULL;
}

void rd__transfer_drop_legs(struct rd_transfer *transfer)
{
	struct rd_list *node;

	rd_timer_stop(&transfer->unclaimed);
	while ((node = rd_list_pop(&transfer->rings))) {
		struct rd__leg *leg = rd_list_entry(node, struct rd__leg, link);

		rd_channel_let_go(leg->ch, RD_CAUSE_NORMAL);
		rd_free(leg);
	}
}

static void on_unclaimed(void *transfer)
{
	rd__transfer_drop_legs(transfer);
}

void rd__transfer_init_rings(struct rd_transfer *transfer)
{
	rd_list_init(&transfer->rings);
	rd_timer_init(&transfer->unclaimed, on_unclaimed, transfer);
}

/* -- the transfer --------------------------------------------------------------------------- */

static bool calls_somebody(const struct rd_channel *ch)
{
	for (const struct rd_channel *leg = rd_channel_next(NULL); leg; leg = rd_channel_next(leg))
		if (rd_channel_dialler(leg) == ch)
			return true;
	return false;
}

bool rd__transfer_rings(const struct rd_channel *other)
{
	return !rd_channel_partner(other) &&
	       (other->state != RD_CHANNEL_UP || (other->has_fiber && calls_somebody(other)));
}

/* Gone or not, its dial has left its legs when its fiber has returned. */
static void collect_other(struct rd_transfer *transfer)
{
	struct rd_channel *other = transfer->other;
	int rc = 0;

	while (!rc && other->has_fiber)
		rc = rd_cond_wait(&other->own_notify, LEAVE_MS);
	transfer->other_is_ours = rd__channel_collect(other) == 0;
}

/* The two may have parted, or be on their way elsewhere, since it was asked for. */
static bool still_possible(const struct rd_transfer *transfer)
{
	const struct rd_channel *first = transfer->transferer, *leaves = transfer->transferee;

	return !rd_channel_gone(first) && rd_channel_partner(first) == leaves && !first->moved &&
	       !leaves->moved && !leaves->transfer && !leaves->heir;
}

static void send_after(struct rd_transfer *transfer)
{
	const struct rd_channel *other = transfer->other;
	bool up = other->state == RD_CHANNEL_UP;

	rd__channel_link_call(transfer->transferee, other);
	if (up)
		rd__transfer_send_away(transfer, other->context, other->exten, other->priority);
	else
		rd__transfer_send_away(transfer, other->dialled_context, other->dialled, 1);
}

static int run_ringing(void *arg)
{
	struct rd_transfer *transfer = arg;

	collect_other(transfer);
	if (still_possible(transfer)) {
		send_after(transfer);
		rd_timer_start(&transfer->unclaimed, CLAIM_MS);
		return rd__transfer_run_trial(transfer);
	}
	rd__transfer_report(transfer, RD_TRANSFER_FAILED, RD_CAUSE_NORMAL);
	rd__transfer_release_other(transfer);
	rd__transfer_free(transfer);
	return 0;
}

int rd__transfer_begin_ringing(struct rd_transfer *transfer)
{
	int rc = rd_fiber_new_detached("transfer", run_ringing, transfer);

	if (rc)
		return rc;
	transfer->other->legs_to = transfer;
	rd__channel_reserve(transfer->other);
	return 0;
}
