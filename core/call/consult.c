/* Attended transfer by keys: who presses them calls somebody while the other hears music,
 * talks to them, and then has the two talk, talks to both, or goes back. A fiber of its
 * own tells this story and drives all three: the one that drove the two, which may be that
 * of a leg that hangs up, only waits for the outcome. */
#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>
#include <ringdown/tech.h>

#include "core/call/consult.h"
#include "core/call/transfer.h"

enum { RELEASE_MS = 2000 }; /* as long as a leg may be kept that is wanted elsewhere */

/* -- birth and death ----------------------------------------------------------------- */

static void consult_unref(struct rd__consult *it)
{
	if (--it->refs)
		return;
	rd__channel_unref(it->from);
	rd__channel_unref(it->other);
	rd__channel_unref(it->taken);
	rd_cond_fini(&it->over);
	rd_free(it);
}

static int consult_new(struct rd__consult **cp, struct rd__run *run, struct rd__side *from,
		       const char *target)
{
	struct rd__side *other = rd__other_side(run, from);
	struct rd__consult *it = rd_zalloc(sizeof(*it));

	if (!it)
		return -ENOMEM;
	if (!rd_strcpy(it->exten, sizeof(it->exten), target) ||
	    !rd_strcpy(it->context, sizeof(it->context), rd_transfer_context(from->ch))) {
		rd_free(it);
		return -ENAMETOOLONG;
	}
	it->refs = 1;
	it->busy = true;
	rd_cond_init(&it->over);
	it->from = rd__channel_ref(from->ch);
	it->other = rd__channel_ref(other->ch);
	it->side = from == &run->side[1];
	it->own_fiber = !from->ch->driven;
	it->rights = other->features;
	*cp = it;
	return 0;
}

/* But one that is on its way to us is not. Who drove the two no longer does: then its own
 * leg does something else. */
bool rd__consult_is_away(const struct rd__consult *it, const struct rd_channel *ch)
{
	bool is_callers = ch == (it->side ? it->other : it->from);

	return rd_channel_gone(ch) || (is_callers && it->abandoned) ||
	       (rd_channel_moved(ch) && ch != it->taken);
}

void rd__consult_release(struct rd__consult *it)
{
	it->busy = false;
	it->other->waits = false;
	rd_cond_broadcast(&it->over);
}

void rd__consult_let_target_go(struct rd__consult *it)
{
	if (it->target)
		rd_channel_let_go(it->target, RD_CAUSE_NORMAL);
	it->target = NULL;
}

void rd__consult_settle(struct rd__consult *it, enum rd__consult_outcome outcome)
{
	if (it->abandoned)
		rd__consult_let_target_go(it);
	it->outcome = outcome;
	rd__consult_release(it);
}

/* -- legs that leave who drove them --------------------------------------------------- */

static void reserve(struct rd__consult *it, struct rd_channel *ch)
{
	if (it->taken || rd__consult_is_away(it, ch))
		return;
	it->taken = rd__channel_ref(ch);
	rd__channel_reserve(ch);
}

/* The leg that was reserved, which is ours now, as the reference is; NULL: it has gone. */
static struct rd_channel *collect(struct rd__consult *it)
{
	struct rd_channel *ch = it->taken;

	if (ch && rd__channel_collect(ch)) {
		rd__channel_unref(ch);
		ch = NULL;
	}
	it->taken = NULL;
	return ch;
}

void rd__consult_hang_up(struct rd__consult *it)
{
	if (!it->abandoned && !rd_channel_moved(it->from))
		rd_hangup(it->from, RD_CAUSE_NORMAL);
}

int rd__consult_take_other(struct rd__consult *it)
{
	if (!it->own_fiber)
		return rd__consult_is_away(it, it->other) ? -ECANCELED : 0;
	reserve(it, it->other);
	rd__consult_hang_up(it);
	it->has_other = collect(it);
	return it->has_other ? 0 : -ECANCELED;
}

/* -- the end of it ---------------------------------------------------------------------- */

void rd__consult_announce(struct rd__consult *it)
{
	struct rd_event done = { .type = RD_EVENT_TRANSFER_END,
				 .channel = it->from,
				 .peer = it->other,
				 .text = "DONE",
				 .number = RD_CAUSE_NORMAL };

	rd__transfer_announce(it->from, it->other, "attended", rd_channel_name(it->target));
	rd_var_set(it->target, "ATTENDEDTRANSFER", rd_channel_name(it->other));
	rd_event_publish(&done);
}

/* Other is ours, or who drives it waits: it talks to target. */
void rd__consult_join(struct rd__consult *it)
{
	struct rd_channel *target = it->target;

	if (it->has_other) {
		it->target = NULL;
		rd_music_stop(it->other);
		rd__legs_talk_by(it->other, it->rights, target, 0);
	} else {
		rd__consult_settle(it, RD__CONSULT_SEAT);
	}
}

static void go_back(struct rd__consult *it)
{
	rd__consult_let_target_go(it);
	if (!rd__consult_is_away(it, it->from) && !rd__consult_is_away(it, it->other))
		rd__feature_sound(it->from, rd__features_of(it->from)->transfer_fail);
	rd__consult_settle(it, RD__CONSULT_GO_BACK);
}

static void complete(struct rd__consult *it)
{
	if (!rd__consult_is_away(it, it->target))
		rd__feature_sound(it->target, rd__features_of(it->from)->transfer_done);
	if (rd__consult_is_away(it, it->target) || rd__consult_is_away(it, it->other)) {
		rd__consult_let_target_go(it);
		rd__consult_settle(it, RD__CONSULT_GO_BACK);
		return;
	}
	rd__consult_announce(it);
	if (rd__consult_take_other(it)) {
		rd__consult_let_target_go(it);
		return;
	}
	rd__consult_join(it);
}

/* Who asked is to leave a fiber that ends with the other. */
static void follow_from(struct rd__consult *it)
{
	struct rd_channel *from = collect(it), *target = it->target;

	if (!from) {
		rd__consult_let_target_go(it);
	} else if (target) {
		it->target = NULL;
		rd__legs_talk(from, target);
	} else {
		rd__channel_finish(from, RD_CAUSE_NORMAL);
	}
}

/* Who was asked, and who asked, where the other has gone. */
static void go_on_without_other(struct rd__consult *it)
{
	if (it->taken == it->from)
		follow_from(it);
	else
		rd__consult_settle(it, it->target ? RD__CONSULT_SEAT_OTHER : RD__CONSULT_GO_BACK);
}

enum rd__consult_step rd__consult_after_key(enum rd__code code)
{
	switch (code) {
	case RD__CODE_COMPLETE:
		return RD__CONSULT_COMPLETE;
	case RD__CODE_THREEWAY:
		return RD__CONSULT_BOTH;
	case RD__CODE_SWAP: /* while it rings; once they talk it is no end */
		return RD__CONSULT_RING;
	default:
		return RD__CONSULT_BACK;
	}
}

/* -- the talk --------------------------------------------------------------------------*/

/* From talks to one, the other hears music. */
static void hold(const struct rd__consult *it, struct rd_channel *waits, struct rd_channel **holds)
{
	if (*holds == waits)
		return;
	if (!rd__consult_is_away(it, *holds))
		rd_music_stop(*holds);
	*holds = waits;
	if (!rd__consult_is_away(it, waits))
		rd_music_start(waits, "");
}

static enum rd__consult_step after_talk(const struct rd__consult *it, int end, enum rd__code code)
{
	if (end == RD_BRIDGE_KEY)
		return rd__consult_after_key(code);
	if (rd__consult_is_away(it, it->from))
		return RD__CONSULT_COMPLETE;
	if (rd__consult_is_away(it, it->target))
		return RD__CONSULT_BACK;
	return rd__consult_is_away(it, it->other) ? RD__CONSULT_LEFT : RD__CONSULT_BACK;
}

static enum rd__consult_step talk(struct rd__consult *it)
{
	struct rd_channel *holds = it->other;
	bool with_target = !it->keeps_other;
	enum rd__code code;
	int end;

	do {
		struct rd_bridge_options options = {
			.caller_features = RD__FEATURE_CONSULTS,
			.caller_seat = &it->from,
			.peer_seat = with_target ? &it->target : &it->other,
		};
		const struct rd__beside beside = { .leg = with_target ? it->other : it->target };

		hold(it, beside.leg, &holds);
		rd__channel_introduce(it->from, *options.peer_seat);
		end = rd__bridge_run(it->from, *options.peer_seat, &options, &beside, &code);
		with_target = !with_target;
	} while (end == RD_BRIDGE_KEY && code == RD__CODE_SWAP);
	hold(it, it->other, &holds);
	return after_talk(it, end, code);
}

static int run_consult(void *arg)
{
	struct rd__consult *it = arg;
	enum rd__consult_step step = rd__consult_call(it);
	struct rd_channel *left;

	if (step == RD__CONSULT_TALK)
		step = talk(it);
	if (step != RD__CONSULT_BACK)
		rd__consult_release(it);
	switch (step) {
	case RD__CONSULT_COMPLETE:
		complete(it);
		break;
	case RD__CONSULT_BOTH:
		rd__consult_settle(it, RD__CONSULT_JOIN);
		break;
	case RD__CONSULT_LEFT:
		go_on_without_other(it);
		break;
	case RD__CONSULT_DONE:
		break;
	default:
		go_back(it);
		break;
	}
	left = collect(it);
	if (left)
		rd__channel_finish(left, RD_CAUSE_NORMAL);
	consult_unref(it);
	return 0;
}

/* -- the fiber that drove the two ----------------------------------------------------*/

/* It is cancelled with the leg that it belongs to. The other leg stays with the story, which
 * puts down the first before that does something else. */
static int abandon(struct rd__consult *it, struct rd__run *run)
{
	int rc = 0;

	reserve(it, run->side[1].ch);
	it->abandoned = true;
	rd_shield_begin(RELEASE_MS);
	while (it->busy && !rc)
		rc = rd_cond_wait(&it->over, RELEASE_MS);
	rd_shield_end();
	if (it->side)
		rd_music_stop(it->other);
	return rd_channel_gone(run->side[0].ch) && !it->taken ? RD_BRIDGE_CALLER_GONE
							      : RD_BRIDGE_MOVED;
}

/* Others may sit in their places by now. */
static void look_at_seats(struct rd__consult *it, struct rd__run *run)
{
	struct rd_channel *now[2] = { it->other, it->other };

	now[it->side] = it->from;
	for (int i = 0; i < 2; i++)
		if (run->side[i].ch != now[i])
			rd__run_reseat(run, &run->side[i], rd__channel_ref(now[i]));
}

static int follow(struct rd__consult *it, struct rd__run *run)
{
	struct rd_channel *target = it->target;
	int rc;

	it->target = NULL;
	look_at_seats(it, run);
	if (it->outcome == RD__CONSULT_SEAT)
		rd__run_reseat(run, &run->side[it->side], target);
	else if (it->outcome == RD__CONSULT_SEAT_OTHER)
		rd__run_reseat(run, &run->side[!it->side], target);
	rc = rd__run_resume(run);
	if (it->outcome != RD__CONSULT_JOIN || !target)
		return rc;
	if (rc || rd_channel_join(run->side[it->side].ch, target))
		rd_channel_let_go(target, RD_CAUSE_NORMAL);
	else
		rd__channel_unref(target);
	return rc;
}

/* Where it can be no transfer: who asked is told, and talks on. */
static int refuse(struct rd__run *run, struct rd__side *from, const char *why)
{
	struct rd__side *other = rd__other_side(run, from);

	rd_notice("%s: no attended transfer: %s", rd_channel_name(from->ch), why);
	rd__feature_sound(from->ch, rd__features_of(from->ch)->transfer_fail);
	rd__side_music_stop(other);
	rd__bridge_relink(run->bridge);
	return 0;
}

int rd__consult(struct rd__run *run, struct rd__side *from, const char *target)
{
	struct rd__consult *it;
	int rc;

	if (run->pending && !run->pending->dialling) {
		rd__consult_forget(run->pending);
		run->pending = NULL;
	}
	if (rd__bridge_thirds(run->bridge) || run->pending)
		return refuse(run, from, "more than two talk, or are to");
	rc = consult_new(&it, run, from, target);
	if (!rc) {
		rc = rd_fiber_new_detached("consult", run_consult, it);
		if (rc)
			consult_unref(it);
	}
	if (rc)
		return refuse(run, from, rd_strerror(rc));
	it->refs++;
	it->other->waits = true;
	rd__run_suspend(run);
	while (!rc && !it->outcome)
		rc = rd_cond_wait(&it->over, RD_FOREVER);
	rc = it->outcome ? follow(it, run) : abandon(it, run);
	if (it->dialling && !rc)
		run->pending = it;
	else
		rd__consult_forget(it);
	return rc;
}

int rd_transfer_consult(struct rd_channel *transferer, const char *exten)
{
	const struct rd_channel *other = rd_channel_partner(transferer);
	struct rd_signal signal = { .type = RD_SIGNAL_TRANSFER, .number = 1 };

	if (!other)
		return -ENOTCONN;
	if (!rd_dialplan_exists(rd_transfer_context(transferer), exten, 1,
				rd_channel_party(other, RD_PARTY_CALLER)->number))
		return -ENOENT;
	if (!rd_strcpy(signal.text, sizeof(signal.text), exten))
		return -ENAMETOOLONG;
	rd_channel_signal(transferer, &signal);
	return 0;
}

void rd__consult_forget(struct rd__consult *it)
{
	it->abandoned = true;
	if (it->dialling)
		rd_cond_broadcast(it->dialling);
	consult_unref(it);
}
