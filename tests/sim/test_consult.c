/* Attended transfer by keys, whoever presses them and whoever leaves when: who talks to
 * whom in the end, what they hear on the way, and how long nobody answers. */
#include "tests/sim/consult_rig.h"

#include <ringdown/config.h>
#include <ringdown/transfer.h>

#include "core/base/alloc.h"
#include "core/call/bridge.h"
#include "core/call/call.h"
#include "core/config/config.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

/* ---- who asked hangs up ---- */

static void who_was_called_asks_and_hangs_up(void **state)
{
	(void)state;
	asks_carol(bob, alice);
	assert_string_equal(transfers, "");
	sim_hangup(bob);
	sim_pass(1000);
	talk(alice, carol);
	assert_string_equal(transfers, "attended ali, DONE ali");
	assert_string_equal(carol->connected, "alice");
	assert_string_equal(alice->connected, "carol");
	assert_string_equal(rd_channel_party(alice->ch, RD_PARTY_REDIRECTING_FROM)->number, "bob");
	assert_string_equal(sim_notes(), "");
	sim_hangup(carol);
	sim_pass(1000);
	assert_string_equal(sim_notes(), "h next-ANSWER h"); /* g is as good as before */
}

static void who_called_asks_and_hangs_up(void **state)
{
	(void)state;
	asks_carol(alice, bob);
	sim_hangup(alice);
	sim_pass(1000);
	talk(bob, carol);
	assert_string_equal(transfers, "attended bob, DONE bob");
	assert_string_equal(carol->connected, "bob");
	assert_string_equal(sim_notes(), "h"); /* alice's */
	sim_hangup(bob);
	sim_pass(1000);
	assert_int_equal(carol->hung_up, 1);
}

static void a_key_joins_the_two_as_well(void **state)
{
	(void)state;
	asks_carol(bob, alice);
	press(bob, "*2");
	sim_pass(1000);
	assert_int_equal(bob->hung_up, 1);
	talk(alice, carol);
	sim_hangup(alice);
	sim_pass(1000);
	assert_int_equal(carol->hung_up, 1);
	asks_carol(alice, bob);
	press(alice, "*2");
	sim_pass(1000);
	assert_int_equal(alice->hung_up, 1);
	talk(bob, carol);
	assert_string_equal(transfers, "attended ali, DONE ali, attended bob, DONE bob");
}

/* The rights are those of the place: carol may send her on, as bob might have. */
static void who_is_asked_may_ask_again(void **state)
{
	(void)state;
	asks_carol(bob, alice);
	sim_hangup(bob);
	sim_pass(1000);
	press(carol, "*24");
	sim_pass(500);
	talk(carol, dave);
	sim_hangup(carol);
	sim_pass(1000);
	talk(alice, dave);
}

/* Elsewhere too: bob keeps the right that he had by t. */
static void who_goes_on_elsewhere_keeps_his_rights(void **state)
{
	(void)state;
	asks_carol(alice, bob);
	sim_hangup(alice);
	sim_pass(1000);
	press(bob, "*24");
	sim_pass(500);
	talk(bob, dave);
	press(bob, "*1");
	sim_pass(1000);
	talk(bob, carol);
}

/* ---- back ---- */

static void a_key_goes_back(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		asks_carol(who[i], other[i]);
		sim_press(who[i], '*');
		sim_press(who[i], '1');
		assert_string_equal(hears(who[i], 200), "e");
		sim_pass(200);
		talk(alice, bob);
		assert_int_equal(carol->hung_up, i + 1);
		assert_string_equal(other[i]->connected, who[i]->name);
		assert_string_equal(who[i]->connected, other[i]->name);
		sim_hangup(alice);
		sim_pass(1000);
		assert_int_equal(bob->hung_up, i + 1);
	}
	assert_string_equal(transfers, "");
}

static void and_asks_again(void **state)
{
	(void)state;
	asks_carol(bob, alice);
	press(bob, "*1");
	sim_pass(500);
	talk(alice, bob);
	press(bob, "*24");
	sim_pass(500);
	talk(bob, dave);
	sim_hangup(bob);
	sim_pass(1000);
	talk(alice, dave);
	sim_hangup(dave);
	sim_pass(1000);
	assert_string_equal(sim_notes(), "h h next-ANSWER h");
}

static void a_key_goes_back_while_it_rings(void **state)
{
	struct sim_phone *who[] = { bob, alice };

	(void)state;
	for (int i = 0; i < 2; i++) {
		rings_at_carol(who[i]);
		press(who[i], "*1");
		sim_pass(500);
		talk(alice, bob);
		assert_int_equal(carol->hung_up, 1);
		carol->called = carol->hung_up = 0;
		sim_hangup(alice);
		sim_pass(1000);
	}
}

/* As when one talks: *11 and *12 may follow *1. */
static void a_short_key_waits_for_a_longer_one_while_it_rings(void **state)
{
	(void)state;
	features("[general]\natxfercomplete = *11\natxferthreeway = *12\n"
		 "[featuremap]\natxfer => *2\n");
	rings_at_carol(bob);
	press(bob, "*1");
	sim_pass(500);
	assert_int_equal(carol->hung_up, 0);
	sim_pass(1000);
	assert_int_equal(carol->hung_up, 1);
	talk(alice, bob);
	press(bob, "*23");
	sim_pass(500);
	press(bob, "*11");
	sim_pass(500);
	assert_int_equal(bob->hung_up, 1);
	sim_pass(2000);
	assert_non_null(alice->ch);
	assert_int_equal(carol->hung_up, 1);
}

static void nobody_answers_in_time(void **state)
{
	(void)state;
	features(FEATURES "[general](+)\natxfernoanswertimeout = 20\n");
	rings_at_carol(bob);
	sim_pass(19000);
	assert_int_equal(carol->hung_up, 0);
	sim_pass(1500);
	assert_int_equal(carol->hung_up, 1);
	talk(alice, bob);
}

static void busy_and_gone_lead_back(void **state)
{
	(void)state;
	alice_calls_bob();
	carol->answer_ms = 0;
	carol->refuse_ms = 300;
	carol->refuse_cause = RD_CAUSE_BUSY;
	press(bob, "*23");
	sim_pass(1000);
	talk(alice, bob);
	carol->answer_ms = 100;
	carol->refuse_ms = 0;
	press(bob, "*23");
	sim_pass(500);
	talk(bob, carol);
	sim_hangup(carol);
	sim_pass(500);
	talk(alice, bob);
}

/* ---- to and fro, and all three ---- */

static void a_key_changes_between_the_two(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		asks_carol(who[i], other[i]);
		press(who[i], "*4");
		sim_pass(100);
		talk(who[i], other[i]);
		assert_string_equal(hears(carol, 200), "m");
		press(who[i], "*4");
		sim_pass(100);
		talk(who[i], carol);
		assert_string_equal(hears(other[i], 200), "m");
		press(who[i], "*4");
		sim_hangup(who[i]);
		sim_pass(1000);
		talk(other[i], carol);
		sim_hangup(carol);
		sim_pass(1000);
		assert_null(alice->ch);
		assert_null(bob->ch);
	}
}

/* The one whom she has gone back to hangs up: she talks to the one who is left. */
static void who_is_left_is_talked_to(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		asks_carol(who[i], other[i]);
		press(who[i], "*4");
		sim_pass(100);
		sim_hangup(other[i]);
		sim_pass(1000);
		talk(who[i], carol);
		sim_hangup(who[i]);
		sim_pass(1000);
		assert_null(carol->ch);
	}
}

static int sum(const struct sim_phone *a, const struct sim_phone *b)
{
	return a->says + b->says;
}

static void all_three_talk(void)
{
	assert_int_equal(alice->hears, sum(bob, carol));
	assert_int_equal(bob->hears, sum(alice, carol));
	assert_int_equal(carol->hears, sum(alice, bob));
}

static void a_key_makes_three(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		asks_carol(who[i], other[i]);
		press(who[i], "*3");
		sim_pass(1000);
		all_three_talk();
		sim_hangup(who[i]);
		sim_pass(1000);
		talk(other[i], carol);
		sim_hangup(other[i]);
		sim_pass(1000);
		assert_null(carol->ch);
	}
}

/* Whoever breaks in: the two who talk are as they were, and so is what they may do. */
static void a_spy_is_no_third(void **state)
{
	static const char *const modes[] = { "w", "B" };

	(void)state;
	sim_load("app_chanspy");
	sim_plan(PLAN "exten => w,1,ChanSpy(Sim/bob,qw)\nexten => B,1,ChanSpy(Sim/bob,qB)\n");
	for (int i = 0; i < 2; i++) {
		alice_calls_bob();
		sim_call(dave, modes[i]);
		sim_pass(1000);
		assert_int_equal(bob->hears, sum(alice, dave));
		assert_ptr_equal(rd_channel_partner(bob->ch), alice->ch);
		assert_ptr_equal(rd_channel_partner(alice->ch), bob->ch);
		press(bob, "*23");
		sim_pass(1000);
		assert_int_equal(carol->hears, i == 0 ? bob->says : sum(bob, dave));
		sim_hangup(bob);
		sim_pass(2000);
		talk(alice, carol);
		sim_hangup_all();
		sim_pass(2000);
	}
}

static void the_keys_may_be_others(void **state)
{
	(void)state;
	features("[general]\natxferthreeway = *7\natxferswap = *8\n"
		 "[featuremap]\natxfer => *2\n");
	asks_carol(bob, alice);
	press(bob, "*8");
	sim_pass(100);
	talk(bob, alice);
	press(bob, "*8");
	sim_pass(100);
	talk(bob, carol);
	press(bob, "*7");
	sim_pass(1000);
	all_three_talk();
}

static void so_may_what_is_heard(void **state)
{
	(void)state;
	features("[general]\ntransferannouncesound = no-more\nxferfailsound = pbx-invalid\n"
		 "xfersound = pbx-transfer\n[featuremap]\natxfer => *2\n");
	alice_calls_bob();
	sim_press(bob, '*');
	sim_press(bob, '2');
	assert_string_equal(hears(bob, 300), "n");
	press(bob, "3");
	sim_pass(500);
	talk(bob, carol);
	sim_press(bob, '*');
	sim_press(bob, '1');
	assert_string_equal(hears(bob, 200), "i");
	sim_pass(500);
	talk(alice, bob);
	press(bob, "*23");
	sim_pass(500);
	talk(bob, carol);
	sim_hangup(bob);
	assert_string_equal(hears(carol, 300), "t");
	sim_pass(500);
	talk(alice, carol);
}

static void three_also_while_it_rings(void **state)
{
	struct sim_phone *who[] = { bob, alice };

	(void)state;
	for (int i = 0; i < 2; i++) {
		alice_calls_bob();
		carol->answer_ms = 3000;
		press(who[i], "*23");
		sim_pass(200);
		press(who[i], "*3");
		sim_pass(200);
		talk(alice, bob);
		sim_pass(3000);
		all_three_talk();
		sim_hangup(carol);
		sim_pass(1000);
		talk(alice, bob);
		sim_hangup(alice);
		sim_pass(1000);
	}
}

static void nobody_is_called_for_two_who_have_gone(void **state)
{
	(void)state;
	rings_at_carol(bob);
	press(bob, "*3");
	sim_pass(200);
	sim_hangup(bob);
	sim_pass(100);
	assert_int_equal(carol->hung_up, 1);
}

/* One at a time; and a third would be thrown out by the keys. */
static void while_more_are_there_nobody_is_asked(void **state)
{
	(void)state;
	rings_at_carol(bob);
	press(bob, "*3");
	sim_pass(200);
	press(bob, "*24");
	assert_string_equal(hears(bob, 200), "e");
	sim_pass(200);
	talk(alice, bob);
	assert_int_equal(dave->called, 0);
	sim_pass(20000); /* carol does not answer: then one may again */
	press(bob, "*24");
	sim_pass(500);
	talk(bob, dave);
	press(bob, "*3");
	sim_pass(500);
	press(bob, "*23");
	sim_pass(500);
	assert_int_equal(carol->called, 1);
	assert_int_equal(alice->hears, sum(bob, dave));
}

/* ---- who asked does not wait for the answer ---- */

static void it_rings_on_for_the_other(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		alice_calls_bob();
		carol->answer_ms = 3000;
		press(who[i], "*23");
		sim_pass(200);
		sim_hangup(who[i]);
		sim_pass(1000);
		assert_int_equal(carol->called, i + 1); /* one call, not a second */
		sim_pass(3000);
		talk(other[i], carol);
		sim_hangup(carol);
		sim_pass(1000);
		assert_null(other[i]->ch);
	}
	assert_int_equal(carol->called, 2);
	assert_string_equal(transfers, "attended ali, DONE ali, attended bob, DONE bob");
}

static void the_key_does_that_too(void **state)
{
	(void)state;
	alice_calls_bob();
	carol->answer_ms = 3000;
	press(bob, "*23");
	sim_pass(200);
	press(bob, "*2");
	sim_pass(200);
	assert_int_equal(bob->hung_up, 1);
	sim_pass(4000);
	talk(alice, carol);
}

static void nobody_answers_and_who_sent_it_is_called_back(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		rings_at_carol(who[i]);
		who[i]->called = 0;
		sim_hangup(who[i]);
		sim_pass(14000);
		assert_int_equal(who[i]->called, 0);
		sim_pass(1500);
		assert_int_equal(who[i]->called, 1);
		sim_pass(500);
		talk(other[i], who[i]);
		sim_hangup(other[i]);
		sim_pass(1000);
		carol->called = 0;
		bob->answer_ms = alice->answer_ms = 100;
	}
	assert_string_equal(transfers, "");
}

/* 15 s each at carol, bob, (10 s) carol, bob. */
static void they_are_called_in_turn(void **state)
{
	(void)state;
	rings_at_carol(bob);
	bob->answer_ms = 0;
	bob->called = 0;
	sim_hangup(bob);
	sim_pass(16000);
	assert_int_equal(bob->called, 1);
	sim_pass(15000);
	assert_int_equal(carol->called, 1);
	sim_pass(10000);
	assert_int_equal(carol->called, 2);
	sim_pass(15000);
	assert_int_equal(bob->called, 2);
	assert_non_null(alice->ch);
	sim_pass(15000);
	assert_null(alice->ch);
	assert_string_equal(sim_notes(), "h h next-ANSWER h");
}

static void or_nobody_is_called_back(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	features(FEATURES "[general](+)\natxferdropcall = yes\n");
	for (int i = 0; i < 2; i++) {
		rings_at_carol(who[i]);
		who[i]->called = carol->called = 0;
		sim_hangup(who[i]);
		sim_pass(17000);
		assert_int_equal(who[i]->called, 0);
		assert_null(other[i]->ch);
	}
}

/* ---- the other hangs up ---- */

static void who_asked_talks_on_without_the_other(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		asks_carol(who[i], other[i]);
		sim_hangup(other[i]);
		sim_pass(1000);
		talk(who[i], carol);
		sim_hangup(who[i]);
		sim_pass(1000);
		assert_null(carol->ch);
	}
	assert_string_equal(transfers, "");
}

static void while_it_rings_the_other_ends_all_of_it(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		rings_at_carol(who[i]);
		sim_hangup(other[i]);
		sim_pass(1000);
		assert_null(carol->ch);
		assert_null(who[i]->ch);
		carol->called = 0;
	}
}

/* They are the keys of who asked. */
static void the_keys_of_the_other_end_nothing_while_it_rings_for_him(void **state)
{
	(void)state;
	alice_calls_bob();
	carol->answer_ms = 4000;
	press(bob, "*23");
	sim_pass(200);
	sim_hangup(bob);
	sim_pass(500);
	press(alice, "*1*2*3");
	assert_int_equal(carol->hung_up, 0);
	sim_pass(3000);
	talk(alice, carol);
}

static void the_other_gives_up_while_it_rings_for_him(void **state)
{
	struct sim_phone *who[] = { bob, alice }, *other[] = { alice, bob };

	(void)state;
	for (int i = 0; i < 2; i++) {
		rings_at_carol(who[i]);
		sim_hangup(who[i]);
		sim_pass(1000);
		sim_hangup(other[i]);
		sim_pass(1000);
		assert_null(carol->ch);
		carol->called = 0;
	}
}

/* ---- where to ---- */

static void an_extension_that_is_none_is_asked_for_again(void **state)
{
	(void)state;
	alice_calls_bob();
	press(bob, "*2");
	assert_string_equal(hears(bob, 300), "t");
	sim_press(bob, '9');
	assert_string_equal(hears(bob, 300), "it");
	sim_press(bob, '9');
	assert_string_equal(hears(bob, 300), "it");
	sim_press(bob, '9');
	assert_string_equal(hears(bob, 300), "n");
	talk(alice, bob);
}

/* While bob is asked, alice turns out to be another, and he gets other extensions. */
static void what_changes_while_one_is_asked_counts(void **state)
{
	const struct rd_party known = { .number = "77" };

	(void)state;
	sim_plan(PLAN "exten => 8/77,1,Note(known)\n[other]\nexten => 88,1,Note(other)\n");
	alice_calls_bob();
	press(bob, "#1");
	assert_int_equal(rd_channel_set_party(alice->ch, RD_PARTY_CALLER, &known), 0);
	press(bob, "8");
	sim_pass(1000);
	assert_non_null(strstr(sim_notes(), "known"));
	alice_calls_bob();
	press(bob, "#1");
	assert_int_equal(rd_var_set(bob->ch, "TRANSFER_CONTEXT", "other"), 0);
	press(bob, "88");
	sim_pass(1000);
	assert_non_null(strstr(sim_notes(), "other"));
}

/* ---- legs that are taken away meanwhile ---- */

static struct rd_channel *new_leg(struct sim_phone *phone)
{
	struct rd_channel_params params = {
		.tech = rd_tech_find("Sim"),
		.tech_data = phone,
		.base_name = "Sim/new",
		.context = "sim",
		.exten = "s",
		.state = RD_CHANNEL_RING,
	};

	assert_int_equal(rd_channel_new(&phone->ch, &params), 0);
	return phone->ch;
}

static void who_called_and_waits_stays_where_he_is(void **state)
{
	struct rd_channel *leg, *way; /* a Local channel's half */

	(void)state;
	asks_carol(bob, alice);
	leg = new_leg(dave);
	assert_int_equal(rd_channel_replace(alice->ch, leg), -EBUSY);
	sim_pass(500);
	talk(bob, carol);
	assert_int_equal(bob->called, 1);
	sim_hangup(bob);
	sim_pass(1000);
	talk(alice, carol);
	/* It is over. */
	way = rd_channel_partner(alice->ch);
	assert_int_equal(rd_channel_replace(alice->ch, leg), 0);
	sim_pass(1000);
	assert_ptr_equal(rd_channel_partner(dave->ch), way);
	assert_int_equal(carol->hung_up, 0);
	assert_int_equal(alice->hung_up, 1);
}

static void so_does_who_was_called(void **state)
{
	struct rd_channel *leg;

	(void)state;
	asks_carol(alice, bob);
	leg = new_leg(dave);
	assert_int_equal(rd_channel_replace(bob->ch, leg), -EBUSY);
	press(alice, "*1");
	sim_pass(1000);
	talk(alice, bob);
	assert_int_equal(rd_channel_replace(bob->ch, leg), 0);
	sim_pass(1000);
	assert_ptr_equal(rd_channel_partner(dave->ch), alice->ch);
	assert_int_equal(bob->hung_up, 1);
}

static void legs_that_are_redirected_leave(void **state)
{
	struct sim_phone *who[] = { alice, bob, carol };

	(void)state;
	for (int asks = 0; asks < 2; asks++) {
		for (int i = 0; i < 3; i++) {
			if (asks)
				asks_carol(bob, alice);
			else
				asks_carol(alice, bob);
			assert_int_equal(rd_channel_redirect(who[i]->ch, "sim", "4", 1), 0);
			sim_pass(2000);
			if (who[i] != carol)
				talk(who[i], dave);
			for (int k = 0; k < 4; k++)
				if (phones[k].ch)
					sim_hangup(&phones[k]);
			sim_pass(1000);
			assert_int_equal(rd_channel_count(), 0);
		}
	}
}

/* ---- without memory ---- */

/* A phone may have been called again while it had a leg. */
static void hang_all_up(void)
{
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_channel_post(ch, RD_SIGNAL_HANGUP, RD_CAUSE_NORMAL);
}

/* Whatever is refused, all hang up in the end, and nothing is left. */
static void sweep(struct sim_phone *who, const char *keys)
{
	bool refused = true;
	long allowed, before;

	for (allowed = -1; refused; allowed++) {

		alice_calls_bob();
		before = rd__alloc_live();
		rd__alloc_fail_after(allowed);
		press(who, "*23");
		sim_pass(500);
		press(who, keys);
		sim_pass(1000);
		refused = allowed < 0 || rd__alloc_refused();
		rd__alloc_fail_after(-1);
		hang_all_up();
		sim_pass(60000);
		assert_int_equal(rd_channel_count(), 0);
		if (allowed >= 0)
			assert_true(rd__alloc_live() <= before);
	}
	assert_true(allowed > 50);
}

static void without_memory_nothing_is_left(void **state)
{
	(void)state;
	sweep(bob, "*2");
	sweep(alice, "*2");
	sweep(bob, "*1");
	sweep(bob, "*3");
	sweep(alice, "*4");
	carol->answer_ms = 0;
	sweep(bob, "*4*4");
	sweep(alice, "*4");
}

/* ---- whatever happens ---- */

enum { STORMS = 250, STEPS = 14 };

static uint32_t dice;

static uint32_t any(uint32_t n)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % n;
}

static void step(void)
{
	static const char *const keys[] = { "*23", "*24", "*1", "*2", "*3", "*4", "#13", "*23" };
	static const char *const extens[] = { "bob", "3", "4", "h" };
	struct sim_phone *phone = &phones[any(4)], *other = &phones[any(4)];

	if (!phone->ch)
		sim_call(phone, extens[any(3)]);
	else if (any(3))
		press(phone, keys[any(RD_ARRAY_SIZE(keys))]);
	else if (!any(3))
		sim_hangup(phone);
	else if (!any(3))
		(void)rd_channel_redirect(phone->ch, "sim", extens[any(4)], 1);
	else if (!any(2))
		(void)rd_transfer_blind(phone->ch, "sim", extens[any(3)], NULL, NULL);
	else if (other->ch)
		(void)rd_transfer_attended(phone->ch, other->ch, NULL, NULL);
}

static void storm(uint32_t seed)
{
	dice = seed * 2654435761u;
	for (int i = 0; i < 4; i++)
		phones[i].answer_ms = any(4) ? (int)any(3000) + 20 : 0;
	sim_call(alice, "bob");
	for (int i = 0; i < STEPS; i++) {
		sim_pass((int)any(2) ? (int)any(300) : (int)any(6000));
		step();
	}
	sim_pass((int)any(30000));
	hang_all_up();
	sim_pass(300000);
	if (rd_channel_count() || rd_bridge_next(NULL))
		fail_msg("seed %u: %zu channels are left", (unsigned)seed, rd_channel_count());
	transfers[0] = '\0';
}

static void nothing_is_left(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= STORMS; seed++)
		storm(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_was_called_asks_and_hangs_up),
		TEST(who_called_asks_and_hangs_up),
		TEST(a_key_joins_the_two_as_well),
		TEST(who_is_asked_may_ask_again),
		TEST(who_goes_on_elsewhere_keeps_his_rights),
		TEST(a_key_goes_back),
		TEST(and_asks_again),
		TEST(a_key_goes_back_while_it_rings),
		TEST(a_short_key_waits_for_a_longer_one_while_it_rings),
		TEST(nobody_answers_in_time),
		TEST(busy_and_gone_lead_back),
		TEST(a_key_changes_between_the_two),
		TEST(who_is_left_is_talked_to),
		TEST(a_key_makes_three),
		TEST(a_spy_is_no_third),
		TEST(the_keys_may_be_others),
		TEST(so_may_what_is_heard),
		TEST(three_also_while_it_rings),
		TEST(nobody_is_called_for_two_who_have_gone),
		TEST(while_more_are_there_nobody_is_asked),
		TEST(it_rings_on_for_the_other),
		TEST(the_key_does_that_too),
		TEST(nobody_answers_and_who_sent_it_is_called_back),
		TEST(they_are_called_in_turn),
		TEST(or_nobody_is_called_back),
		TEST(who_asked_talks_on_without_the_other),
		TEST(while_it_rings_the_other_ends_all_of_it),
		TEST(the_keys_of_the_other_end_nothing_while_it_rings_for_him),
		TEST(the_other_gives_up_while_it_rings_for_him),
		TEST(an_extension_that_is_none_is_asked_for_again),
		TEST(what_changes_while_one_is_asked_counts),
		TEST(who_called_and_waits_stays_where_he_is),
		TEST(so_does_who_was_called),
		TEST(legs_that_are_redirected_leave),
		TEST(without_memory_nothing_is_left),
		TEST(nothing_is_left),
	};

	return RUN_GROUP(tests);
}
