/* Transfers, replacements, hold, redirection and hang-ups of many phones in any
 * order and in the middle of each other: whatever happens, nothing is left over
 * and nobody waits for ever. */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include <ringdown/log.h>
#include <ringdown/prompt.h>
#include <ringdown/transfer.h>

#include "core/base/log.h"

enum { PHONES = 8, SEEDS = 40, LOCAL_SEEDS = 40, STEPS = 250 };

static struct sim_phone phones[PHONES];
static char names[PHONES][8];
static uint32_t state;
static bool through_local;
static int watched, told; /* transfers begun with a watch, and ended */

static uint32_t any(uint32_t n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

/* -- the dialplan ----------------------------------------------------------------- */

static int dial(struct rd_channel *ch)
{
	struct rd_dial_options plain = { .timeout_ms = 5000 };
	struct rd_channel *leg = NULL;
	const struct rd_bridge_options seats = { .peer_seat = &leg };
	struct rd_dial_result result;
	char target[64];
	int rc;

	snprintf(target, sizeof(target), through_local && any(2) ? "Local/%s@sim" : "Sim/%s",
		 rd_channel_exten(ch));
	rc = rd_dial(ch, target, &plain, &leg, &result);
	if (!leg)
		return rc;
	rc = rd_answer(ch);
	if (!rc)
		rd_bridge_run(ch, leg, any(2) ? &seats : NULL);
	rd_channel_let_go(leg, RD_CAUSE_NORMAL);
	return rd_channel_moved(ch) ? -ECANCELED : rc;
}

static int menu(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	return rc ? rc : rd_channel_sleep(ch, 20000);
}

static int busy(struct rd_channel *ch)
{
	rd_indicate(ch, RD_INDICATE_BUSY);
	return rd_channel_sleep(ch, 1000);
}

static int hang_up(struct rd_channel *ch)
{
	rd_hangup(ch, RD_CAUSE_CONGESTION);
	return -ECANCELED;
}

static int silent(struct rd_channel *ch)
{
	return rd_channel_sleep(ch, 3000);
}

static struct sim_exten extens[PHONES + 4] = {
	{ "menu", menu }, { "busy", busy }, { "hangup", hang_up }, { "silent", silent },
};

/* -- what happens ------------------------------------------------------------------- */

static void changed(void *arg, enum rd_transfer_state now, int cause)
{
	(void)arg, (void)cause;
	told += now == RD_TRANSFER_DONE || now == RD_TRANSFER_FAILED;
}

static const struct rd_transfer_watch watch = { .changed = changed };

static const char *any_exten(void)
{
	return extens[any(PHONES + 4)].exten;
}

static void call(struct sim_phone *phone)
{
	if (phone->ch)
		return;
	phone->answer_ms = any(4) ? 1 + (int)any(1500) : 0;
	phone->ring_ms = (int)any(300);
	phone->refuse_ms = any(5) ? 0 : 1 + (int)any(1000);
	phone->refuse_cause = any(2) ? RD_CAUSE_BUSY : RD_CAUSE_REJECTED;
	sim_call(phone, any_exten());
}

static void replace(struct sim_phone *phone, struct sim_phone *old)
{
	struct rd_channel_params params = {
		.tech = rd_tech_find("Sim"), .tech_data = phone, .base_name = "Sim/new",
		.context = "sim", .exten = "s", .state = RD_CHANNEL_RING,
	};

	if (phone->ch || !old->ch)
		return;
	assert_int_equal(rd_channel_new(&phone->ch, &params), 0);
	if (rd_channel_replace(old->ch, phone->ch))
		rd_hangup(phone->ch, RD_CAUSE_REJECTED);
}

static void blind(struct sim_phone *phone)
{
	watched += rd_transfer_blind(phone->ch, "sim", any_exten(), &watch, NULL) == 0;
}

static void attended(struct sim_phone *phone, struct sim_phone *other)
{
	if (other->ch)
		watched += rd_transfer_attended(phone->ch, other->ch, &watch, NULL) == 0;
}

static void step(void)
{
	struct sim_phone *phone = &phones[any(PHONES)], *other = &phones[any(PHONES)];
	uint32_t what = any(10);

	if (what < 3)
		call(phone);
	else if (what == 3)
		replace(phone, other);
	else if (!phone->ch)
		return;
	else if (what == 4)
		sim_hangup(phone);
	else if (what == 5)
		sim_say(phone, any(2) ? RD_SIGNAL_HOLD : RD_SIGNAL_RESUME, "");
	else if (what == 6)
		rd_channel_redirect(phone->ch, "sim", any_exten(), 1);
	else if (what < 9)
		blind(phone);
	else
		attended(phone, other);
}

/* A phone may have been called again while it had a leg. */
static void hang_all_up(void)
{
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_channel_post(ch, RD_SIGNAL_HANGUP, RD_CAUSE_NORMAL);
}

static void one_storm(uint32_t seed)
{
	state = seed;
	for (int i = 0; i < STEPS; i++) {
		step();
		if (any(3))
			sim_pass((int)any(2) ? (int)any(30) : (int)any(2000));
	}
	hang_all_up();
	sim_pass(300000);
	if (rd_channel_count() || rd_bridge_next(NULL) || watched != told)
		fail_msg("seed %u: %zu channels, %d of %d transfers told", (unsigned)seed,
			 rd_channel_count(), told, watched);
}

static void storms(uint32_t seeds)
{
	watched = told = 0;
	for (int i = 0; i < PHONES; i++) {
		snprintf(names[i], sizeof(names[i]), "p%d", i);
		phones[i] = (struct sim_phone){ .name = names[i] };
		extens[4 + i] = (struct sim_exten){ names[i], dial };
	}
	sim_phones(phones, PHONES);
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	for (uint32_t seed = 1; seed <= seeds; seed++)
		one_storm(seed * 2654435761u);
	assert_true(watched > (int)seeds);
}

static void whatever_happens_nothing_is_left(void **unused)
{
	(void)unused;
	through_local = false;
	storms(through_local ? LOCAL_SEEDS : SEEDS);
}

static void nor_with_music_and_channels_of_two_ends(void **unused)
{
	(void)unused;
	through_local = true;
	sim_load("chan_local");
	sim_sound();
	storms(through_local ? LOCAL_SEEDS : SEEDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIM_TEST(whatever_happens_nothing_is_left),
		SIM_TEST(nor_with_music_and_channels_of_two_ends),
	};

	return RUN_GROUP(tests);
}
