/* An attended transfer by keys while it rings: who asked presses keys, or hangs up, and then
 * the other waits for the answer; when none comes, who asked is called back. */
#include <stdio.h>

#include <ringdown/prompt.h>

#include "core/call/consult.h"
#include "core/call/transfer.h"

/* -- while it rings ----------------------------------------------------------------------- */

static void take(struct rd__consult *it, const struct rd__hit *hit)
{
	it->key_count = 0;
	it->has_pressed = hit->whole && hit->code != RD__CODE_APP;
	it->pressed = hit->code;
}

static struct rd__hit match(const struct rd__consult *it)
{
	return rd__features_match(it->from, RD__FEATURE_CONSULTS, it->keys);
}

static void no_more_keys(void *arg)
{
	struct rd__consult *it = arg;
	struct rd__hit hit = match(it);

	take(it, &hit);
	rd_cond_broadcast(it->ringing);
}

/* A code that is the beginning of a longer one waits for that. */
static bool on_key(char key, void *arg)
{
	struct rd__consult *it = arg;
	struct rd__hit hit;

	it->keys[it->key_count++] = key;
	it->keys[it->key_count] = '\0';
	rd_timer_stop(&it->next_key);
	hit = match(it);
	if (hit.more)
		rd_timer_start(&it->next_key, rd__features_of(it->from)->between_keys_ms);
	else
		take(it, &hit);
	return it->has_pressed;
}

static bool is_called_off(void *arg)
{
	const struct rd__consult *it = arg;

	return it->has_pressed || rd__consult_is_away(it, it->other);
}

static bool both_have_left(void *arg)
{
	const struct rd__consult *it = arg;

	return it->abandoned;
}

/* Nobody has answered, or from does not wait for it. */
static enum rd__consult_step after_ringing(const struct rd__consult *it, int rc)
{
	if (rd__consult_is_away(it, it->other))
		return RD__CONSULT_LEFT;
	if (rc == -ECANCELED && rd__consult_is_away(it, it->from))
		return RD__CONSULT_COMPLETE;
	return rc == -EINTR ? rd__consult_after_key(it->pressed) : RD__CONSULT_BACK;
}

/* For who is called, and for the dialplan that runs there: a lot is told who has parked. */
static int name_who_asks(struct rd_channel *leg, void *arg)
{
	const struct rd__consult *it = arg;

	return rd_var_set(leg, "ATTENDEDTRANSFER", rd_channel_name(it->from));
}

/* -- when who asked does not wait for the answer --------------------------------------------- */

static int let_other_wait(struct rd__consult *it, struct rd__dial *dial, struct rd__leg **answered)
{
	int rc;

	rd__dial_hand_over(dial, NULL);
	rd__consult_hang_up(it);
	if (it->own_fiber)
		rd__consult_release(it);
	rc = rd__consult_take_other(it);
	if (rc)
		return rc;
	rd_music_stop(it->other);
	rd__dial_hand_over(dial, it->other);
	rd_indicate(it->other, RD_INDICATE_RINGING);
	return rd__dial_wait(dial, answered);
}

/* Other hears it ring: 0 with it->target, or NULL; negative: other has gone. */
static int ring(struct rd__consult *it, const char *device)
{
	struct rd_dial_options options = { .timeout_ms = rd__features_of(it->from)->no_answer_ms,
					   .ring_tone = "",
					   .before_call = name_who_asks,
					   .arg = it };
	struct rd_dial_result result;

	return rd_dial(it->other, device, &options, &it->target, &result);
}

/* Who sent the call is called back, and then again who was to get it. */
static int ring_in_turn(struct rd__consult *it)
{
	int retries = rd__features_of(it->from)->callback_retries, rc = 0;
	char target[sizeof("Local/@") + 2 * RD__PLACE_MAX];

	snprintf(target, sizeof(target), "Local/%s@%s", it->exten, it->context);
	while (!rc && !it->target && retries-- > 0) {
		rc = ring(it, rd_channel_device(it->from));
		if (rc || it->target || !retries)
			break;
		rc = rd_channel_sleep(it->other, rd__features_of(it->from)->loop_delay_ms);
		if (!rc)
			rc = ring(it, target);
	}
	return rc;
}

/* Other is ours, or its own fiber waits; from has gone. */
static void finish_without_from(struct rd__consult *it, int rc)
{
	if (!rc && !it->target && !rd__features_of(it->from)->drop_call)
		rc = ring_in_turn(it);
	if (!rc && it->target) {
		rd__consult_join(it);
		return;
	}
	rd__consult_let_target_go(it);
	if (it->has_other)
		rd__channel_finish(it->other, RD_CAUSE_NO_ANSWER);
	else
		rd__consult_settle(it, RD__CONSULT_GO_BACK);
}

/* -- the call ---------------------------------------------------------------------------------- */

/* The two talk meanwhile. */
static void call_on_beside(struct rd__consult *it, struct rd__dial *dial, struct rd__leg **answered)
{
	struct rd_channel *target;
	int rc;

	rd__dial_hand_over(dial, NULL);
	rd_channel_set_notify(it->other, NULL);
	dial->beside = both_have_left;
	it->dialling = &dial->changed;
	rd__consult_settle(it, RD__CONSULT_GO_BACK);
	rc = rd__dial_wait(dial, answered);
	it->dialling = NULL;
	rd__dial_end(dial, rc, *answered, &target);
	if (target && (it->abandoned || rd_channel_join(it->from, target)))
		rd_channel_let_go(target, RD_CAUSE_NORMAL);
	else if (target)
		rd__channel_unref(target);
}

/* Until it is decided what is next; *rc: as it began, and as it ended. */
static enum rd__consult_step ring_on(struct rd__consult *it, struct rd__dial *dial,
				     struct rd__leg **answered, int *rc)
{
	enum rd__consult_step step = RD__CONSULT_RING;

	while (step == RD__CONSULT_RING) {
		if (!*rc)
			*rc = rd__dial_wait(dial, answered);
		rd_timer_stop(&it->next_key);
		it->has_pressed = false;
		step = *answered ? RD__CONSULT_TALK : after_ringing(it, *rc);
		if (step == RD__CONSULT_RING)
			step = rd__consult_hesitate(it, dial, answered, rc);
	}
	return step;
}

enum rd__consult_step rd__consult_call(struct rd__consult *it)
{
	struct rd_dial_options options = { .timeout_ms = rd__features_of(it->from)->no_answer_ms,
					   .before_call = name_who_asks,
					   .caller_digit = on_key,
					   .arg = it };
	struct rd_dial_result result;
	struct rd__dial dial = { .caller = it->from,
				 .options = &options,
				 .result = &result,
				 .by_keys = it->exten,
				 .beside = is_called_off };
	char device[sizeof("Local/@") + 2 * RD__PLACE_MAX];
	struct rd__leg *answered = NULL;
	enum rd__consult_step step;
	int rc;

	snprintf(device, sizeof(device), "Local/%s@%s", it->exten, it->context);
	rd_timer_init(&it->next_key, no_more_keys, it);
	it->ringing = &dial.changed;
	rc = rd__dial_begin(&dial, device);
	rd_channel_set_notify(it->other, &dial.changed);
	step = ring_on(it, &dial, &answered, &rc);
	if (step == RD__CONSULT_BOTH) {
		call_on_beside(it, &dial, &answered);
		return RD__CONSULT_DONE;
	}
	rd_channel_set_notify(it->other, NULL);
	options.caller_digit = NULL; /* of who asked */
	if (step == RD__CONSULT_COMPLETE)
		rc = let_other_wait(it, &dial, &answered);
	rd__dial_end(&dial, rc, answered, &it->target);
	if (step != RD__CONSULT_COMPLETE)
		return step;
	if (it->target)
		rd__consult_announce(it);
	finish_without_from(it, rc == -ETIMEDOUT ? 0 : rc);
	return RD__CONSULT_DONE;
}
