/* The phones of a step: each number rings in a fiber of its own, and whoever answers is asked
 * whether he takes the call while the others ring on. A mailbox that answers does not. */
#include <stdio.h>

#include <ringdown/dial.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "apps/app_followme/followme.h"
#include "apps/place.h"

enum { SHIELD_MS = 60000 };

struct ring {
	struct rd_list link;
	struct followme *followme;
	struct rd_fiber *fiber;
	struct rd_dial_options options;
	bool over;
	char target[]; /* "Local/1001@office" */
};

/* -- who has answered ------------------------------------------------------------------ */

/* Keys until they are one of the two codes: true: he takes it. What is the beginning of neither is
 * forgotten; who says nothing for so long does not want it. */
static bool read_choice(struct rd_channel *leg, const struct followme_profile *profile, int key)
{
	char keys[FOLLOWME_CODE_MAX + 1] = "";
	size_t n = 0;

	for (;;) {
		if (key <= 0)
			key = rd_read_digit(leg, profile->digit_ms);
		if (key < 0)
			return false;
		keys[n++] = (char)key;
		keys[n] = '\0';
		key = 0;
		if (strcmp(keys, profile->take) == 0)
			return true;
		if (strcmp(keys, profile->decline) == 0)
			return false;
		if (strncmp(keys, profile->take, n) != 0 && strncmp(keys, profile->decline, n) != 0)
			n = 0;
	}
}

/* One after the other, until a key: that, 0, or -ECANCELED. */
static int play_until_key(struct rd_channel *leg, const char *prompt)
{
	int key = *prompt ? rd_play(leg, prompt, RD_ANY_DIGIT) : 0;

	return key > 0 || key == -ECANCELED ? key : 0;
}

static int introduce(const struct followme *it, struct rd_channel *leg)
{
	const struct followme_profile *profile = it->profile;
	int key = play_until_key(leg, it->recorded ? profile->call_from : profile->norecording);

	if (!key && it->recorded)
		key = play_until_key(leg, it->recorded);
	return key ? key : play_until_key(leg, profile->options);
}

static bool takes_call(const struct followme *it, struct rd_channel *leg)
{
	int key = it->profile->asks ? introduce(it, leg) : 0;

	if (key < 0)
		return false;
	return !it->profile->asks || read_choice(leg, it->profile, key);
}

/* -- a number ------------------------------------------------------------------------------ */

static int before_leg(struct rd_channel *leg, void *arg)
{
	const struct followme *it = arg;

	return app_gosub_option(it->caller, leg, 'b', it->given.args[FOLLOWME_ARG_BEFORE_LEG]);
}

static void answered(struct followme *it, struct rd_channel *leg)
{
	if (!takes_call(it, leg))
		rd_channel_let_go(leg, RD_CAUSE_NORMAL);
	else if (it->winner)
		rd_channel_let_go(leg, RD_CAUSE_ANSWERED_ELSEWHERE);
	else
		it->winner = leg;
}

static int run_ring(void *arg)
{
	struct ring *ring = arg;
	struct followme *it = ring->followme;
	struct rd_dial_result result;
	struct rd_channel *leg = NULL;

	rd_dial(NULL, ring->target, &ring->options, &leg, &result);
	if (leg)
		answered(it, leg);
	else
		rd_verbose("%s: follow me: %s: %s", rd_channel_name(it->caller), ring->target,
			   rd_dial_status_name(result.status));
	ring->over = true;
	it->open--;
	rd_cond_broadcast(&it->changed);
	return 0;
}

static int start_ring(struct followme *it, struct rd_str number, int ring_ms)
{
	const char *context = it->profile->context;
	size_t size = sizeof("Local/@") + number.n + strlen(context);
	struct ring *ring = rd_zalloc(sizeof(*ring) + size);
	int rc;

	if (!ring)
		return -ENOMEM;
	snprintf(ring->target, size, "Local/%.*s@%s", RD_STR_ARG(number), context);
	ring->followme = it;
	ring->options = (struct rd_dial_options){
		.timeout_ms = ring_ms,
		.on_behalf = it->caller,
		.as_caller = true,
		.before_call = before_leg,
		.arg = it,
	};
	rc = rd_fiber_new(&ring->fiber, ring->target, run_ring, ring);
	if (rc) {
		rd_free(ring);
		return rc;
	}
	rd_list_push(&it->rings, &ring->link);
	it->open++;
	return 0;
}

static void start_rings(struct followme *it, const struct followme_number *number)
{
	struct rd_str rest = rd_str_of(number->numbers), one;
	bool more = true;
	int rc;

	while (more) {
		more = rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		rc = one.n ? start_ring(it, one, number->ring_ms) : 0;
		if (rc)
			rd_app_error(it->caller, "cannot call %.*s: %s", RD_STR_ARG(one),
				     rd_strerror(rc));
	}
}

/* -- a step ---------------------------------------------------------------------------------- */

static int hear_caller(struct followme *it)
{
	struct rd_signal signal;
	int rc;

	do
		rc = rd_channel_take(it->caller, &signal);
	while (!rc);
	return rc == -EAGAIN ? 0 : rc;
}

static int wait_for_one(struct followme *it)
{
	int rc = hear_caller(it);

	while (!rc && !it->winner && it->open) {
		rc = rd_cond_wait(&it->changed, RD_FOREVER);
		if (!rc)
			rc = hear_caller(it);
	}
	return rc;
}

static void join(struct ring *ring)
{
	int rc;

	do { /* what it has is ours: until its prompt, or its routine of option b, has ended */
		rd_shield_begin(SHIELD_MS);
		rc = rd_fiber_join(ring->fiber, RD_FOREVER, NULL);
		rd_shield_end();
	} while (rc);
	rd_free(ring);
}

/* Also when the caller has gone. */
static void end_rings(struct followme *it)
{
	struct rd_list *node;

	rd_list_foreach(each, tmp, &it->rings) {
		struct ring *ring = rd_list_entry(each, struct ring, link);

		ring->options.elsewhere = it->winner;
		if (!ring->over)
			rd_fiber_cancel(ring->fiber);
	}
	while ((node = rd_list_pop(&it->rings)))
		join(rd_list_entry(node, struct ring, link));
}

int followme_find(struct followme *it, const struct followme_number *numbers, size_t count)
{
	int rc;

	rd_list_init(&it->rings);
	it->open = 0;
	rd_channel_set_notify(it->caller, &it->changed);
	for (size_t i = 0; i < count; i++)
		start_rings(it, &numbers[i]);
	rc = wait_for_one(it);
	rd_channel_set_notify(it->caller, NULL);
	end_rings(it);
	return rc;
}
