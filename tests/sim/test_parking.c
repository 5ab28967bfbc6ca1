/* Parking: who is sent to a lot, who hears the number, who gets the call back, and what
 * becomes of one that nobody wants. */
#include "tests/sim/sim_dialplan.h"

#include <stdio.h>
#include <stdlib.h>

#include <ringdown/config.h>
#include <ringdown/transfer.h>

#include "core/call/bridge.h"
#include "core/call/call.h"
#include "core/call/music.h"
#include "core/config/config.h"
#include "core/module/loader.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static const struct rd_module *parking;
static char parkings[256]; /* what RD_EVENT_PARKING told */

/* What a prompt's samples are. */
static const struct sim_prompt prompts[] = {
	{ "digits/0", 100, '0' },
	{ "digits/1", 110, '1' },
	{ "digits/2", 120, '2' },
	{ "digits/7", 170, '7' },
	{ "pbx-parkingfailed", 200, '!' },
	{ "pbx-invalidpark", 210, '?' },
	{ "beep", 220, 'b' },
	{ "pbx-transfer", 230, 't' },
	{ 0 },
};

#define PLAN                                                                                       \
	"[sim]\ninclude => parkedcalls\n"                                                          \
	"exten => bob,1,Dial(Sim/bob,,tTkKg)\n same => n,Note(next)\n"                             \
	"exten => park,1,Park()\n same => n,Note(after)\n"                                         \
	"exten => quiet,1,Park(,s)\n"                                                              \
	"exten => short,1,Park(,t(10)c(sim^later^1))\n"                                            \
	"exten => later,1,Note(later-${PARKINGSLOT}-${PARKEDLOT}-${PARKER})\n"                     \
	"exten => wish,1,Set(PARKINGEXTEN=702)\n same => n,Park()\n"                               \
	"exten => any,1,ParkedCall()\n"                                                            \
	"exten => mine,1,Set(PARKINGLOT=sales)\n same => n,ParkedCall()\n"                         \
	"exten => sales,1,Set(PARKINGLOT=sales)\n same => n,Park(,s)\n"                            \
	"exten => announce,1,ParkAndAnnounce(,,beep:PARKED,Sim/dave)\n"                            \
	"exten => who,1,Note(${PARK_GET_CHANNEL(701)})\n"                                          \
	"exten => ring,1,Park(,sr)\nexten => chance,1,Park(,sR)\n"                                 \
	"exten => h,1,Note(h-${EXTEN})\n"                                                          \
	"[parkedcallstimeout]\nexten => s,1,Note(s-${PARKEDAT})\n"                                 \
	"exten => Sim_bob,1,Note(own)\n"

/* ---- the house ---- */

static void note_parking(const struct rd_event *event, void *arg)
{
	size_t n = strlen(parkings);

	(void)arg;
	assert_non_null(event->channel);
	snprintf(parkings + n, sizeof(parkings) - n, "%s%s %s %s", n ? ", " : "", event->text,
		 event->name, rd_event_value(event, "parker"));
}

static const struct rd_subscriber subscriber = { .name = "test",
						 .types = RD_EVENT_BIT(RD_EVENT_PARKING),
						 .notify = note_parking };

static void lots(const char *conf)
{
	assert_int_equal(conf_dir_apply(parking->config, conf), 0);
	sim_plan(PLAN);
}

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.answer_ms = 100,
						.says = (int16_t)(5000 + 1000 * i) };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	sim_prompts(prompts);
	sim_load("format_wav");
	sim_load("app_dial");
	sim_load("app_playback");
	parking = sim_load("res_parking");
	assert_int_equal(rd__interface_add(parking->interfaces, "res_parking"), 0);
	assert_int_equal(rd_subscribe(&subscriber), 0);
	assert_int_equal(conf_dir_apply(&rd__features_config, "[featuremap]\nparkcall => *7\n"
							      "blindxfer => #1\n"),
			 0);
	parkings[0] = '\0';
	lots("[default]\nparkinghints = yes\n");
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	rd_unsubscribe(&subscriber);
	assert_int_equal(conf_dir_apply(&rd__features_config, ""), 0);
	rd__interface_remove(parking->interfaces);
	parking->unload();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* ---- steps ---- */

/* What the phone hears of prompts while so much time passes: "701". */
static const char *hears(const struct sim_phone *phone, int ms)
{
	return sim_marks_heard(prompts, phone, ms);
}

static void alice_calls_bob(void)
{
	sim_call(alice, "bob");
	sim_pass(500);
	assert_int_equal(alice->hears, bob->says);
}

static void transfers(struct sim_phone *phone, const char *exten)
{
	assert_int_equal(rd_transfer_blind(phone->ch, "sim", exten, NULL, NULL), 0);
}

static void talk(const struct sim_phone *a, const struct sim_phone *b)
{
	assert_int_equal(a->hears, b->says);
	assert_int_equal(b->hears, a->says);
}

static void lamp(const char *state)
{
	assert_string_equal(rd_device_state_name(rd_device_state("park:701@parkedcalls")), state);
}

/* Bob, whom alice has called, is parked at 701. */
static void alice_parks_bob(void)
{
	alice_calls_bob();
	transfers(alice, "700");
	assert_string_equal(hears(alice, 1000), "701");
	sim_pass(1000);
	assert_int_equal(alice->hung_up, 1);
	assert_non_null(bob->ch);
}

/* ---- parking ---- */

static void who_sends_a_call_to_the_lot_hears_the_number(void **state)
{
	(void)state;
	lamp("NOT_INUSE");
	alice_parks_bob();
	lamp("INUSE");
	assert_string_equal(parkings, "PARKED 701@default Sim/alice");
	sim_hangup(bob);
	sim_pass(100);
	lamp("NOT_INUSE");
	assert_string_equal(parkings, "PARKED 701@default Sim/alice, "
				      "ABANDONED 701@default Sim/alice");
}

static void the_number_gets_the_call_back(void **state)
{
	(void)state;
	alice_parks_bob();
	sim_call(carol, "701");
	sim_pass(200);
	talk(carol, bob);
	assert_non_null(strstr(parkings, "RETRIEVED 701@default"));
	assert_null(strstr(parkings, "ABANDONED"));
	lamp("NOT_INUSE");
	sim_pass(60000); /* past its time: it is not called back */
	talk(carol, bob);
	sim_hangup(carol);
	sim_pass(100);
	assert_null(bob->ch);
}

static void the_called_party_may_park_the_caller(void **state)
{
	(void)state;
	alice_calls_bob();
	transfers(bob, "700");
	assert_string_equal(hears(bob, 1000), "701");
	sim_call(carol, "701");
	sim_pass(200);
	talk(carol, alice);
	assert_int_equal(bob->hung_up, 1);
}

static void the_key_parks_the_other(void **state)
{
	(void)state;
	alice_calls_bob();
	sim_press(alice, '*');
	sim_press(alice, '7');
	assert_string_equal(hears(alice, 1000), "701");
	sim_pass(1000);
	assert_null(alice->ch);
	sim_call(carol, "701");
	sim_pass(200);
	talk(carol, bob);
}

static void the_transfer_key_parks_as_well(void **state)
{
	(void)state;
	alice_calls_bob();
	for (const char *key = "#1700"; *key; key++)
		sim_press(bob, *key);
	assert_non_null(strstr(hears(bob, 5000), "701"));
	sim_call(carol, "701");
	sim_pass(200);
	talk(carol, alice);
}

/* Bob asks the lot by keys, as an attended transfer, and hangs up when he knows the number. */
static void bob_asks_the_lot(void)
{
	assert_int_equal(conf_dir_apply(&rd__features_config, "[featuremap]\natxfer => *2\n"), 0);
	sim_load("chan_local");
	alice_calls_bob();
	for (const char *key = "*2700"; *key; key++)
		sim_press(bob, *key);
	assert_non_null(strstr(hears(bob, 5000), "701"));
	sim_hangup(bob);
	sim_pass(500);
	assert_string_equal(parkings, "PARKED 701@default Sim/bob");
}

static void who_parks_by_an_attended_transfer_by_keys_has_the_call_back(void **state)
{
	(void)state;
	bob_asks_the_lot();
	sim_pass(50000);
	talk(alice, bob);
}

static void what_was_parked_by_an_attended_transfer_by_keys_is_retrieved(void **state)
{
	(void)state;
	bob_asks_the_lot();
	sim_call(carol, "701");
	sim_pass(500);
	talk(alice, carol);
	assert_int_equal(bob->called, 1);
}

static void a_lamp_of_a_place_that_is_none_is_named(void **state)
{
	static const char *const right[] = { "park:701@parkedcalls", "park:720@parkedcalls",
					     "park:721@sales" };
	static const char *const wrong[] = { "park:700@parkedcalls",  "park:751@parkedcalls",
					     "park:701@sales",        "park:701",
					     "park:701x@parkedcalls", "park:@parkedcalls" };
	char buf[128], expected[96];

	(void)state;
	lots("[default]\n[sales]\nparkext = 720\nparkpos = 721-722\ncontext = sales\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(right); i++)
		assert_null(rd_devices_fault(right[i], buf, sizeof(buf)));
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		snprintf(expected, sizeof(expected),
			 "no lot of res_parking.conf has a place \"%s\"",
			 wrong[i] + strlen("park:"));
		assert_string_equal(rd_devices_fault(wrong[i], buf, sizeof(buf)), expected);
	}
}

/* 720 is sales' lot, where bob does not dial: for him it is whoever rings there. */
static void the_number_of_a_lot_is_an_ordinary_one_elsewhere(void **state)
{
	(void)state;
	lots("[default]\n[sales]\nparkext = 720\nparkpos = 721-722\ncontext = sales\n");
	sim_plan(PLAN "[sim](+)\nexten => 720,1,Pause(60)\n");
	alice_calls_bob();
	for (const char *key = "#1720"; *key; key++)
		sim_press(bob, *key);
	sim_pass(1000);
	assert_null(bob->ch);
	assert_non_null(alice->ch);
	assert_string_equal(parkings, "");
}

static void a_key_without_a_lot_leaves_the_two_together(void **state)
{
	(void)state;
	lots("[default]\nparkext =\n");
	alice_calls_bob();
	sim_press(alice, '*');
	sim_press(alice, '7');
	assert_string_equal(hears(alice, 500), "!");
	sim_pass(200);
	talk(alice, bob);
}

static void a_full_lot_gives_the_call_back(void **state)
{
	(void)state;
	lots("[default]\nparkpos = 701-701\n");
	sim_call(dave, "quiet");
	sim_pass(200);
	alice_calls_bob();
	transfers(alice, "700");
	assert_string_equal(hears(alice, 1000), "!");
	sim_pass(1000);
	talk(alice, bob);
}

static void who_parks_himself_hears_the_number_unless_it_is_silent(void **state)
{
	(void)state;
	sim_call(alice, "park");
	assert_string_equal(hears(alice, 1000), "701");
	sim_call(carol, "quiet");
	assert_string_equal(hears(carol, 1000), "");
	assert_string_equal(parkings, "PARKED 701@default Sim/alice, "
				      "PARKED 702@default Sim/carol");
}

static void r_rings_for_who_is_parked_instead_of_music(void **state)
{
	(void)state;
	sim_call(alice, "quiet");
	sim_call(carol, "ring");
	sim_pass(1000);
	alice->heard = carol->heard = 0;
	sim_pass(12000);
	/* Two seconds of six; what stands for music is shorter. */
	assert_in_range(carol->heard, 31000, 33000);
	assert_in_range(alice->heard, 1000, 3000);
	sim_call(bob, "702");
	sim_pass(200);
	talk(bob, carol);
}

static void R_is_any_place(void **state)
{
	unsigned seen = 0;

	(void)state;
	lots("[default]\nparkpos = 701-704\n");
	for (int i = 0; i < 60; i++) {
		parkings[0] = '\0';
		sim_call(alice, "chance");
		sim_pass(100);
		seen |= 1u << (atoi(parkings + strlen("PARKED ")) - 701);
		sim_hangup(alice);
		sim_pass(100);
	}
	assert_int_equal(seen, 0xf);
}

static void two_who_want_one_call_do_not_both_get_it(void **state)
{
	(void)state;
	alice_parks_bob();
	sim_call(carol, "701");
	sim_call(dave, "701");
	assert_string_equal(hears(dave, 1000), "?");
	talk(carol, bob);
	assert_null(dave->ch);
}

static void without_a_place_it_is_who_waits_longest(void **state)
{
	(void)state;
	sim_call(bob, "wish"); /* at 702 */
	sim_pass(1000);
	sim_call(alice, "quiet"); /* at 701 */
	sim_pass(1000);
	sim_call(carol, "any");
	sim_pass(200);
	talk(carol, bob);
}

static void the_lot_is_that_of_who_retrieves(void **state)
{
	(void)state;
	lots("[default]\n[sales]\nparkpos = 801-803\ncontext = sales\n");
	sim_call(alice, "sales");
	sim_pass(500);
	sim_call(carol, "mine");
	sim_pass(500);
	talk(carol, alice);
}

static void a_lot_that_is_none_is_found_by_the_check(void **state)
{
	static const char *const names[] = { "Park", "ParkAndAnnounce", "ParkedCall" };
	char buf[128];

	(void)state;
	lots("[default]\n[sales]\nparkpos = 801-803\ncontext = sales\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++) {
		const struct rd_app *app = rd_app_find(names[i]);

		assert_null(app->check("", buf, sizeof(buf)));
		assert_null(app->check("sales", buf, sizeof(buf)));
		assert_non_null(strstr(app->check("seles", buf, sizeof(buf)), "\"seles\""));
	}
}

static void the_next_place_rather_than_the_first(void **state)
{
	(void)state;
	lots("[default]\nfindslot = next\nparkpos = 701-702\n");
	for (int i = 0; i < 3; i++) {
		sim_call(alice, "quiet");
		sim_pass(100);
		sim_hangup(alice);
		sim_pass(100);
	}
	assert_non_null(strstr(parkings, "PARKED 701@default Sim/alice, ABANDONED 701@default "
					 "Sim/alice, PARKED 702@default"));
	assert_non_null(strstr(parkings, "ABANDONED 702@default Sim/alice, PARKED 701@default"));
}

static void bob_hears_the_tone(const char *conf)
{
	lots(conf);
	alice_parks_bob();
	sim_call(carol, "701");
	assert_string_equal(hears(bob, 500), "b");
	talk(carol, bob);
}

static void a_tone_is_heard_by_who_is_to_hear_it(void **state)
{
	(void)state;
	bob_hears_the_tone("[default]\ncourtesytone = beep\nparkedplay = parked\n");
}

static void asterisk_calls_who_is_parked_the_callee(void **state)
{
	(void)state;
	bob_hears_the_tone("[default]\ncourtesytone = beep\nparkedplay = Callee\n");
}

static void keys_are_for_who_may_use_them_afterwards(void **state)
{
	(void)state;
	lots("[default]\nparkedcallhangup = caller\nparkedcallreparking = callee\n");
	alice_parks_bob();
	sim_call(carol, "701");
	sim_pass(200);
	sim_press(bob, '*');
	sim_press(bob, '7');
	assert_string_equal(hears(bob, 1000), "701");
	sim_call(dave, "701");
	sim_pass(200);
	talk(dave, carol);
	sim_press(dave, '*');
	sim_pass(2000);
	assert_null(dave->ch);
}

static void who_retrieves_may_be_let_transfer(void **state)
{
	(void)state;
	lots("[default]\n");
	alice_parks_bob();
	sim_call(carol, "701");
	sim_pass(200);
	for (const char *key = "#1bob#"; *key; key++)
		sim_press(carol, *key);
	sim_pass(3000);
	talk(carol, bob);
	assert_non_null(strstr(bob->digits, "#1"));
	sim_hangup_all();
	sim_pass(500);
	alice->hung_up = 0;
	lots("[default]\nparkedcalltransfers = caller\n");
	alice_parks_bob();
	sim_call(carol, "701");
	sim_pass(200);
	for (const char *key = "#1700"; *key; key++)
		sim_press(carol, *key);
	assert_non_null(strstr(hears(carol, 5000), "701"));
}

static void the_music_is_that_of_the_lot(void **state)
{
	(void)state;
	sim_prompt_write("sounds/moh/music.wav", 300, 2000);
	sim_other_music(310);
	sim_call(alice, "quiet");
	sim_pass(500);
	assert_int_equal(alice->hears, 300);
	lots("[default]\nparkedmusicclass = other\n");
	sim_call(carol, "quiet");
	sim_pass(500);
	assert_int_equal(carol->hears, 310);
	sim_hangup_all();
	sim_finish();
	rd__music_free();
}

static void the_context_of_who_is_not_wanted_may_be_another(void **state)
{
	(void)state;
	lots("[default]\nparkingtime = 5\ncomebacktoorigin = no\ncomebackcontext = unwanted\n");
	sim_plan(PLAN "[unwanted]\nexten => s,1,Note(unwanted-${PARKEDAT})\n"
		      "exten => Sim_alice,1,Note(unwanted-${PARKEDAT})\n");
	sim_call(alice, "quiet");
	sim_pass(6000);
	assert_non_null(strstr(sim_notes(), "unwanted-701"));
}

static void a_key_may_record_what_follows(void **state)
{
	(void)state;
	sim_load("app_mixmonitor");
	assert_int_equal(conf_dir_apply(&rd__features_config, "[featuremap]\nautomixmon => *3\n"),
			 0);
	lots("[default]\nparkedcallrecording = callee\n");
	alice_parks_bob();
	sim_call(carol, "701");
	sim_pass(200);
	for (const char *key = "*3"; *key; key++)
		sim_press(carol, *key);
	sim_pass(1500);
	assert_string_equal(bob->digits, "*3");
	for (const char *key = "*3"; *key; key++)
		sim_press(bob, *key);
	sim_pass(1500);
	assert_non_null(rd_var_get(bob->ch, "TOUCH_MIXMONITOR_OUTPUT"));
}

static void an_attended_transfer_keeps_the_number_that_was_told(void **state)
{
	struct sim_phone consult = { .name = "alice", .says = 4000 };
	struct sim_phone all[5];

	(void)state;
	memcpy(all, phones, sizeof(phones));
	all[4] = consult;
	all[4].name = "alice2";
	sim_phones(all, 5);
	sim_call(&all[0], "bob");
	sim_pass(500);
	sim_call(&all[0], "park"); /* a second leg of the same device */
	sim_pass(1000);
	assert_string_equal(parkings, "PARKED 701@default Sim/alice");
	assert_int_equal(rd_transfer_attended(rd_channel_partner(all[1].ch), all[0].ch, NULL, NULL),
			 0);
	sim_pass(1000);
	sim_call(&all[2], "701");
	sim_pass(200);
	assert_int_equal(all[2].hears, all[1].says);
	sim_hangup(&all[2]);
	sim_finish();
	sim_phones(phones, RD_ARRAY_SIZE(phones));
}

/* ---- when nobody comes ---- */

static void after_its_time_it_calls_who_parked_it(void **state)
{
	(void)state;
	alice_parks_bob();
	sim_pass(42000);
	assert_int_equal(alice->called, 0);
	sim_pass(2000);
	assert_int_equal(alice->called, 1);
	talk(alice, bob);
	lamp("NOT_INUSE");
	assert_non_null(strstr(parkings, "TIMEOUT 701@default"));
}

static void who_does_not_answer_then_leaves_it_to_the_context(void **state)
{
	(void)state;
	lots("[default]\nparkingtime = 20\ncomebackdialtime = 10\n");
	alice_parks_bob();
	alice->answer_ms = 0;
	alice->ring_ms = 10;
	sim_pass(25000);
	assert_int_equal(alice->called, 1);
	assert_null(strstr(sim_notes(), "s-701"));
	sim_pass(10000);
	assert_non_null(strstr(sim_notes(), "s-701"));
	sim_pass(1000);
	assert_null(bob->ch);
}

static void it_may_go_to_the_context_at_once(void **state)
{
	(void)state;
	lots("[default]\ncomebacktoorigin = no\n");
	alice_calls_bob();
	transfers(bob, "700");
	sim_pass(50000);
	assert_int_equal(bob->called, 1);
	assert_non_null(strstr(sim_notes(), "own"));
}

static void the_parker_may_have_an_extension_of_his_own(void **state)
{
	(void)state;
	sim_plan(PLAN "[park-dial]\nexten => Sim_alice,1,Note(mine-${PARKINGSLOT})\n");
	alice_parks_bob();
	sim_pass(50000);
	assert_non_null(strstr(sim_notes(), "mine-701"));
	assert_int_equal(alice->called, 0);
}

static void park_may_say_how_long_and_where_to(void **state)
{
	(void)state;
	sim_call(alice, "short");
	sim_pass(9000);
	assert_string_equal(sim_notes(), "");
	sim_pass(2000);
	assert_string_equal(sim_notes(), "later-701-default-Sim/alice h-h");
}

static void a_lot_without_a_time_keeps_it(void **state)
{
	(void)state;
	lots("[default]\nparkingtime = 0\n");
	alice_parks_bob();
	sim_pass(3600000);
	lamp("INUSE");
}

/* ---- beside ---- */

static void somebody_is_told_of_the_call(void **state)
{
	(void)state;
	sim_call(alice, "announce");
	assert_string_equal(hears(dave, 2000), "b701");
	assert_null(dave->ch);
	lamp("INUSE");
}

static void a_reload_leaves_who_is_parked_as_he_was(void **state)
{
	(void)state;
	alice_parks_bob();
	lots("[other]\nparkpos = 801-810\n[default]\nparkpos = 901-910\n");
	sim_call(carol, "any");
	sim_pass(200);
	talk(carol, bob);
}

static void a_function_says_who_is_there(void **state)
{
	(void)state;
	alice_parks_bob();
	sim_call(carol, "who");
	sim_pass(100);
	assert_non_null(strstr(sim_notes(), rd_channel_name(bob->ch)));
}

static void two_lots_have_extensions_and_lamps_of_their_own(void **state)
{
	struct rd_buf hint;

	(void)state;
	lots("[default]\nparkpos = 701-710\n[sales]\nparkext = 720\nparkpos = 721-722\ncontext = "
	     "parkedcalls\n"
	     "parkext_exclusive = yes\nparkinghints = yes\n");
	sim_call(alice, "720");
	sim_pass(1000);
	assert_string_equal(parkings, "PARKED 721@sales Sim/alice");
	rd_buf_init(&hint);
	assert_int_equal(rd_dialplan_hint("sim", "722", &hint, NULL), 0);
	assert_string_equal(rd_buf_text(&hint), "park:722@parkedcalls");
	rd_buf_reset(&hint);
	assert_int_equal(rd_dialplan_hint("sim", "701", &hint, NULL), -ENOENT);
	rd_buf_fini(&hint);
}

static void extensions_of_the_administrator_come_first(void **state)
{
	(void)state;
	sim_plan(PLAN "[parkedcalls]\nexten => 700,1,Note(mine)\n");
	assert_string_equal(sim_plan_errors(PLAN "[parkedcalls]\nexten => 700,1,Note(mine)\n"), "");
	sim_call(alice, "700");
	sim_pass(100);
	assert_non_null(strstr(sim_notes(), "mine"));
	assert_string_equal(parkings, "");
}

static void mistakes_are_found_by_line(void **state)
{
	static const char *const wrong[][2] = {
		{ "[default]\nparkpos = 750-701\n", "res_parking.conf:2: " },
		{ "[default]\nparkpos = x\n", "701-750" },
		{ "[a]\nparkpos = 701-705\n[b]\nparkpos = 705-709\n", "share places" },
		{ "[a]\nparkpos = 2147483646-2147483647\n", "parkpos" },
		{ "[a]\nparkext = 703\nparkpos = 701-705\n", "one of its own places" },
		{ "[a]\nparkext = 9\nparkpos = 1-5\n[b]\nparkext = 9\nparkpos = 11-15\n"
		  "parkext_exclusive = yes\n",
		  "to be exclusive" },
		{ "[default]\nparkingtimes = 5\n", "parkingtime" },
		{ "[default]\nfindslot = last\n", "first" },
	};
	struct rd_config_report *report;
	void *snapshot;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		char *text;

		conf_dir_write("res_parking.conf", wrong[i][0]);
		assert_int_equal(rd_config_report_new(&report), 0);
		assert_int_equal(parking->config->build(&snapshot, report), -EINVAL);
		text = conf_report_text(report);
		if (!strstr(text, wrong[i][1]))
			fail_msg("%s: %s", wrong[i][1], text);
		rd_free(text);
		rd_config_report_free(report);
		assert_non_null(strstr(sim_plan_errors(PLAN), "res_parking.conf"));
	}
}

static void what_there_is_none_of_is_told(void **state)
{
	struct rd_config_report *report;
	void *snapshot;

	(void)state;
	conf_dir_write("res_parking.conf", "[general]\nparkeddynamic = yes\n[default]\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(parking->config->build(&snapshot, report), 0);
	parking->config->discard(snapshot);
	char *text = conf_report_text(report);
	assert_non_null(strstr(text, "parkeddynamic"));
	rd_free(text);
	rd_config_report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_sends_a_call_to_the_lot_hears_the_number),
		TEST(the_number_gets_the_call_back),
		TEST(the_called_party_may_park_the_caller),
		TEST(the_key_parks_the_other),
		TEST(the_transfer_key_parks_as_well),
		TEST(who_parks_by_an_attended_transfer_by_keys_has_the_call_back),
		TEST(what_was_parked_by_an_attended_transfer_by_keys_is_retrieved),
		TEST(a_lamp_of_a_place_that_is_none_is_named),
		TEST(the_number_of_a_lot_is_an_ordinary_one_elsewhere),
		TEST(a_key_without_a_lot_leaves_the_two_together),
		TEST(a_full_lot_gives_the_call_back),
		TEST(who_parks_himself_hears_the_number_unless_it_is_silent),
		TEST(r_rings_for_who_is_parked_instead_of_music),
		TEST(R_is_any_place),
		TEST(two_who_want_one_call_do_not_both_get_it),
		TEST(without_a_place_it_is_who_waits_longest),
		TEST(the_lot_is_that_of_who_retrieves),
		TEST(a_lot_that_is_none_is_found_by_the_check),
		TEST(the_next_place_rather_than_the_first),
		TEST(asterisk_calls_who_is_parked_the_callee),
		TEST(a_tone_is_heard_by_who_is_to_hear_it),
		TEST(keys_are_for_who_may_use_them_afterwards),
		TEST(who_retrieves_may_be_let_transfer),
		TEST(the_music_is_that_of_the_lot),
		TEST(the_context_of_who_is_not_wanted_may_be_another),
		TEST(a_key_may_record_what_follows),
		TEST(an_attended_transfer_keeps_the_number_that_was_told),
		TEST(after_its_time_it_calls_who_parked_it),
		TEST(who_does_not_answer_then_leaves_it_to_the_context),
		TEST(it_may_go_to_the_context_at_once),
		TEST(the_parker_may_have_an_extension_of_his_own),
		TEST(park_may_say_how_long_and_where_to),
		TEST(a_lot_without_a_time_keeps_it),
		TEST(somebody_is_told_of_the_call),
		TEST(a_reload_leaves_who_is_parked_as_he_was),
		TEST(a_function_says_who_is_there),
		TEST(two_lots_have_extensions_and_lamps_of_their_own),
		TEST(extensions_of_the_administrator_come_first),
		TEST(mistakes_are_found_by_line),
		TEST(what_there_is_none_of_is_told),
	};

	return RUN_GROUP(tests);
}
