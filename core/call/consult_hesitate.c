/* An attended transfer by keys while it rings, and who asked has gone back to the other for a
 * while: the two talk, and a fiber of its own waits for the answer. */
#include <ringdown/prompt.h>

#include "core/call/consult.h"
#include "core/call/transfer.h"

enum { JOIN_MS = 2000 };

struct answer {
	struct rd__consult *consult;
	struct rd__dial *dial;
	struct rd__leg *leg;
	int rc;
	bool has_ended; /* the fiber */
	bool is_known; /* what became of the call: not, where it is still to be waited for */
};

static int wait_for_answer(void *arg)
{
	struct answer *it = arg;

	it->rc = rd__dial_wait(it->dial, &it->leg);
	it->has_ended = true;
	it->is_known = it->rc != -ECANCELED;
	if (it->is_known)
		rd__channel_wake(it->consult->from);
	return 0;
}

static void end_wait(struct answer *it, struct rd_fiber *fiber)
{
	int rc;

	if (!it->has_ended)
		rd_fiber_cancel(fiber);
	do {
		rd_shield_begin(JOIN_MS);
		rc = rd_fiber_join(fiber, JOIN_MS, NULL);
		rd_shield_end();
	} while (rc);
}

/* Who asked hears it ring again, the other music. */
static enum rd__consult_step ring_again(struct rd__consult *it, struct rd__dial *dial, int *rc)
{
	rd_music_start(it->other, "");
	rd__dial_hand_over(dial, it->from);
	rd_channel_set_notify(it->other, &dial->changed);
	rd_indicate(it->from, RD_INDICATE_RINGING);
	*rc = 0;
	return RD__CONSULT_RING;
}

static enum rd__consult_step after_talk(struct rd__consult *it, struct rd__dial *dial,
					const struct answer *answer, int *rc)
{
	if (answer->leg)
		return RD__CONSULT_TALK;
	if (rd__consult_is_away(it, it->from))
		return RD__CONSULT_COMPLETE;
	if (rd__consult_is_away(it, it->other))
		return RD__CONSULT_LEFT;
	if (answer->is_known)
		return RD__CONSULT_BACK;
	return it->pressed == RD__CODE_SWAP ? ring_again(it, dial, rc)
					    : rd__consult_after_key(it->pressed);
}

enum rd__consult_step rd__consult_hesitate(struct rd__consult *it, struct rd__dial *dial,
					   struct rd__leg **answered, int *rc)
{
	const struct rd_bridge_options options = {
		.caller_features = RD__FEATURE_CONSULTS,
		.caller_seat = &it->from,
		.peer_seat = &it->other,
	};
	struct answer answer = { .consult = it, .dial = dial };
	const struct rd__beside beside = { .over = &answer.is_known };
	bool (*called_off)(void *arg) = dial->beside;
	struct rd_fiber *fiber;

	*rc = rd_fiber_new(&fiber, "consult", wait_for_answer, &answer);
	if (*rc)
		return RD__CONSULT_BACK;
	rd__dial_hand_over(dial, NULL);
	rd_channel_set_notify(it->other, NULL);
	dial->beside = NULL;
	rd_music_stop(it->other);
	rd__channel_introduce(it->from, it->other);
	if (rd__bridge_run(it->from, it->other, &options, &beside, &it->pressed) != RD_BRIDGE_KEY)
		it->pressed = RD__CODE_ABORT;
	end_wait(&answer, fiber);
	dial->beside = called_off;
	*answered = answer.leg;
	*rc = answer.is_known ? answer.rc : -EINTR;
	it->keeps_other = it->pressed != RD__CODE_SWAP;
	return after_talk(it, dial, &answer, rc);
}
