/* Pickup(): who answers for a phone that rings, and what becomes of both. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/config.h>
#include <ringdown/features.h>

#include "core/call/call.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static int pickups;

#define PLAN                                                                                       \
	"[sim]\nexten => 100,1,Dial(Sim/bob)\nexten => 100,hint,Sim/bob\n"                         \
	"exten => 101,hint,Sim/bob\n"                                                              \
	"exten => 200,1,Set(__PICKUPMARK=sales)\n same => n,Dial(Sim/bob)\n"                       \
	"exten => dialled,1,Pickup(555&100)\n same => n,Note(none)\n"                              \
	"exten => hinted,1,Pickup(101@sim)\n same => n,Note(none)\n"                               \
	"exten => marked,1,Pickup(sales@PICKUPMARK)\n same => n,Note(none)\n"                      \
	"exten => channel,1,PickupChan(Sim/erin&Sim/bob)\n same => n,Note(none)\n"                 \
	"exten => prefix,1,PickupChan(Sim/b,p)\n same => n,Note(none)\n"                           \
	"exten => alias,1,PickupChan(Simulated/bob)\n same => n,Note(none)\n"                      \
	"exten => 102,hint,Simulated/bob\n"                                                        \
	"exten => aliashint,1,Pickup(102@sim)\n same => n,Note(none)\n"                            \
	"exten => aliasprefix,1,PickupChan(Simulated/b,p)\n same => n,Note(none)\n"                \
	"exten => whole,1,PickupChan(Sim/b)\n same => n,Note(none)\n"                              \
	"exten => group,1,Set(CHANNEL(pickupgroup)=1,7-9)\n same => n,Pickup()\n"                  \
	" same => n,Note(none)\n"                                                                  \
	"exten => pull,1,PullCall(Sim/bob)\n same => n,Note(${PULLCALLSTATUS})\n"                  \
	"exten => back,1,PullCall(Simulated/dave)\n same => n,Note(${PULLCALLSTATUS})\n"           \
	"exten => own,1,PullCall()\n same => n,Note(${PULLCALLSTATUS})\n"                          \
	"exten => names,1,Set(CHANNEL(namedpickupgroup)=support, sales)\n"                         \
	" same => n,Pickup()\n same => n,Note(none)\n"

static void count(const struct rd_event *event, void *arg)
{
	(void)arg;
	assert_non_null(event->channel);
	assert_non_null(event->peer);
	pickups++;
}

static const struct rd_subscriber subscriber = { .name = "test",
						 .types = RD_EVENT_BIT(RD_EVENT_PICKUP),
						 .notify = count };

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i], .ring_ms = 10,
						.says = (int16_t)(5000 + 1000 * i) };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	sim_load("app_dial");
	sim_load("app_directed_pickup");
	sim_load("app_pullcall");
	pickups = 0;
	assert_int_equal(rd_subscribe(&subscriber), 0);
	sim_plan(PLAN);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	rd_unsubscribe(&subscriber);
	assert_int_equal(conf_dir_apply(&rd__features_config, ""), 0);
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void picked_up(const char *dials, const char *how)
{
	if (dials)
		sim_call(alice, dials);
	sim_pass(1000);
	assert_non_null(bob->ch);
	sim_call(carol, how);
	sim_pass(1000);
	assert_int_equal(pickups, 1);
	assert_null(bob->ch);
	assert_int_equal(bob->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
	assert_int_equal(alice->hears, carol->says);
	assert_int_equal(carol->hears, alice->says);
	sim_hangup(alice);
	sim_pass(500);
	assert_null(carol->ch);
	assert_null(strstr(sim_notes(), "none"));
}

static void who_was_dialled_is_answered_for(void **state)
{
	(void)state;
	picked_up("100", "dialled");
}

static void a_hint_says_which_phone_an_extension_is(void **state)
{
	(void)state;
	picked_up("200", "hinted");
}

static void a_mark_says_which_call(void **state)
{
	(void)state;
	picked_up("200", "marked");
}

static void a_channel_is_named_by_its_device(void **state)
{
	(void)state;
	picked_up("100", "channel");
}

static void or_by_how_its_name_begins(void **state)
{
	(void)state;
	picked_up("100", "prefix");
}

static void or_by_the_alias_of_its_technology(void **state)
{
	(void)state;
	picked_up("100", "alias");
}

static void a_hint_may_use_the_alias(void **state)
{
	(void)state;
	picked_up("200", "aliashint");
}

static void so_may_the_beginning_of_a_name(void **state)
{
	(void)state;
	picked_up("100", "aliasprefix");
}

static void the_caller_ends_with_who_picked_up(void **state)
{
	(void)state;
	sim_call(alice, "100");
	sim_pass(1000);
	sim_call(carol, "dialled");
	sim_pass(1000);
	sim_hangup(carol);
	sim_pass(500);
	assert_null(alice->ch);
}

static void of_two_who_want_it_one_gets_it(void **state)
{
	(void)state;
	sim_call(alice, "100");
	sim_pass(1000);
	sim_call(carol, "dialled");
	sim_call(dave, "dialled");
	sim_pass(1000);
	assert_int_equal(pickups, 1);
	assert_int_equal(alice->hears, carol->says);
	assert_null(dave->ch);
}

static void the_dialplan_goes_on(const char *exten, bool rings)
{
	if (rings)
		sim_call(alice, "100");
	sim_pass(1000);
	sim_call(carol, exten);
	sim_pass(1000);
	assert_string_equal(sim_notes(), "none");
	assert_int_equal(carol->answered, 0);
	assert_int_equal(pickups, 0);
}

static void where_nothing_rings_the_dialplan_goes_on(void **state)
{
	(void)state;
	the_dialplan_goes_on("dialled", false);
}

static void part_of_a_name_is_none(void **state)
{
	(void)state;
	the_dialplan_goes_on("whole", true);
}

/* What bob is in, and with what carol dials to pick up. */
static void bob_rings(const char *item, const char *groups)
{
	sim_call(alice, "100");
	sim_pass(1000);
	assert_int_equal(rd_channel_set(bob->ch, item, groups), 0);
}

static void of_a_group_one_answers_for_the_other(void **state)
{
	(void)state;
	bob_rings("callgroup", "3, 5-8");
	picked_up(NULL, "group");
}

static void or_of_one_with_a_name(void **state)
{
	(void)state;
	bob_rings("namedcallgroup", "sales,door");
	picked_up(NULL, "names");
}

static void nobody_answers_for_another_group(void **state)
{
	(void)state;
	bob_rings("callgroup", "0,2-6,10-63");
	the_dialplan_goes_on("group", false);
}

static void a_number_is_not_a_name(void **state)
{
	(void)state;
	bob_rings("namedcallgroup", "8");
	the_dialplan_goes_on("group", false);
}

static void wrong_numbers_are_refused(void **state)
{
	static const char *const wrong[] = { "64", "x", "3-", "5-3", "1,,2", "-1" };

	(void)state;
	sim_call(alice, "100");
	sim_pass(1000);
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		assert_int_equal(rd_channel_set(bob->ch, "callgroup", wrong[i]), -EINVAL);
	assert_int_equal(rd_channel_set(bob->ch, "callgroup", ""), 0);
}

/* ---- what features.conf has the one who answers hear ---- */

static const struct sim_prompt sounds[] = { { "done", 230, 'd' }, { "none", 220, 'n' }, { 0 } };

static void with_sounds(void)
{
	sim_load("format_wav");
	sim_prompts(sounds);
	assert_int_equal(conf_dir_apply(&rd__features_config,
					"[general]\npickupsound = done\npickupfailsound = none\n"),
			 0);
}

static void who_answers_is_told_before_they_talk(void **state)
{
	(void)state;
	with_sounds();
	sim_call(alice, "100");
	sim_pass(1000);
	sim_call(carol, "dialled");
	assert_string_equal(sim_marks_heard(sounds, carol, 400), "d");
	sim_pass(500);
	assert_int_equal(alice->hears, carol->says);
}

static void or_that_nothing_rings(void **state)
{
	(void)state;
	with_sounds();
	sim_call(carol, "dialled");
	assert_string_equal(sim_marks_heard(sounds, carol, 400), "n");
	assert_int_equal(carol->answered, 1);
	assert_string_equal(sim_notes(), "none");
}

static void another_number_may_pick_up(void **state)
{
	(void)state;
	assert_true(rd_features_pick_up("*8"));
	assert_int_equal(conf_dir_apply(&rd__features_config, "[general]\npickupexten = *77\n"),
			 0);
	assert_true(rd_features_pick_up("*77"));
	assert_false(rd_features_pick_up("*8"));
	assert_int_equal(conf_dir_apply(&rd__features_config, "[general]\npickupexten =\n"), 0);
	assert_false(rd_features_pick_up(""));
}

/* It is told that it has it, but the phone itself answers meanwhile. */
static void who_comes_too_late_hears_both(void **state)
{
	(void)state;
	with_sounds();
	bob->answer_ms = 1100;
	sim_call(alice, "100");
	sim_pass(1000);
	sim_call(carol, "dialled");
	assert_string_equal(sim_marks_heard(sounds, carol, 800), "dn");
	assert_int_equal(alice->hears, bob->says);
}

static void who_has_answered_does_not_ring(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	the_dialplan_goes_on("dialled", true);
	assert_int_equal(alice->hears, bob->says);
}

/* ---- PullCall() ---- */

static void talk(const struct sim_phone *a, const struct sim_phone *b)
{
	sim_pass(500);
	assert_int_equal(a->hears, b->says);
	assert_int_equal(b->hears, a->says);
}

static void a_call_goes_on_at_another_phone_and_back(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	sim_call(alice, "100");
	talk(alice, bob);
	sim_call(dave, "pull");
	talk(alice, dave);
	assert_null(bob->ch);
	assert_int_equal(alice->hung_up, 0);
	sim_call(bob, "back");
	talk(alice, bob);
	assert_null(dave->ch);
	sim_hangup(alice);
	sim_pass(100);
	assert_int_equal(rd_channel_count(), 0);
}

/* Whose fiber drives the call may go as well. */
static void the_caller_may_go_on_elsewhere_too(void **state)
{
	(void)state;
	carol->answer_ms = 100;
	sim_plan(PLAN "exten => carol,1,Dial(Sim/carol,20)\n");
	sim_call(bob, "carol");
	talk(bob, carol);
	sim_call(dave, "pull");
	talk(carol, dave);
	assert_null(bob->ch);
	sim_hangup(carol);
	sim_pass(100);
	assert_int_equal(rd_channel_count(), 0);
}

static void one_s_own_call_is_what_is_pulled_where_none_is_named(void **state)
{
	struct rd_channel *first;

	(void)state;
	bob->answer_ms = 100;
	sim_call(alice, "100");
	talk(alice, bob);
	first = bob->ch;
	sim_call(bob, "own"); /* his other phone */
	sim_pass(500);
	assert_ptr_not_equal(bob->ch, first);
	assert_int_equal(rd_channel_count(), 2);
	talk(alice, bob);
}

static void where_there_is_no_call_the_dialplan_goes_on(void **state)
{
	(void)state;
	sim_call(dave, "pull");
	sim_pass(100);
	assert_string_equal(sim_notes(), "NOCALL");
	sim_call(alice, "100"); /* it rings, which is no call yet */
	sim_pass(100);
	sim_call(dave, "pull");
	sim_pass(100);
	assert_string_equal(sim_notes(), "NOCALL NOCALL");
	sim_call(carol, "own");
	sim_pass(100);
	assert_string_equal(sim_notes(), "NOCALL NOCALL NOCALL");
	assert_int_equal(dave->answered + carol->answered, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_was_dialled_is_answered_for),
		TEST(a_hint_says_which_phone_an_extension_is),
		TEST(a_mark_says_which_call),
		TEST(a_channel_is_named_by_its_device),
		TEST(or_by_how_its_name_begins),
		TEST(or_by_the_alias_of_its_technology),
		TEST(a_hint_may_use_the_alias),
		TEST(so_may_the_beginning_of_a_name),
		TEST(the_caller_ends_with_who_picked_up),
		TEST(of_two_who_want_it_one_gets_it),
		TEST(where_nothing_rings_the_dialplan_goes_on),
		TEST(part_of_a_name_is_none),
		TEST(of_a_group_one_answers_for_the_other),
		TEST(or_of_one_with_a_name),
		TEST(nobody_answers_for_another_group),
		TEST(a_number_is_not_a_name),
		TEST(wrong_numbers_are_refused),
		TEST(who_answers_is_told_before_they_talk),
		TEST(or_that_nothing_rings),
		TEST(another_number_may_pick_up),
		TEST(who_comes_too_late_hears_both),
		TEST(who_has_answered_does_not_ring),
		TEST(a_call_goes_on_at_another_phone_and_back),
		TEST(the_caller_may_go_on_elsewhere_too),
		TEST(one_s_own_call_is_what_is_pulled_where_none_is_named),
		TEST(where_there_is_no_call_the_dialplan_goes_on),
	};

	return RUN_GROUP(tests);
}
