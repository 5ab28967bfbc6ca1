/* Profiles of confbridge.conf and of CONFBRIDGE(): what they say is what happens. */
#include "tests/sim/sim_conference.h"

#include <ringdown/conference.h>
#include <ringdown/function.h>

#include "tests/unit/log_catch.h"

static struct sim_phone *alice = &sim_guests[0], *bob = &sim_guests[1], *carol = &sim_guests[2];

#define TEST SIM_CONFERENCE_TEST

static void enter(struct sim_phone *phone, const char *args)
{
	sim_confer(phone, "", args);
	sim_listen(600);
	sim_heard_by(phone);
}

/* ---- the file ---- */

static void what_cannot_be_is_named_with_its_line(void **state)
{
	(void)state;
	assert_string_equal(
		sim_conference_errors("[a]\ntype = user\npinn = 1\n[b]\n[c]\ntype = menu\n"
				      "1 = dance\n2 = playback\nX = no_op\n3 = no_op(a)\n"
				      "4 = playback(a\n[d]\ntype = bridge\n"
				      "mixing_interval = 30\nvideo_mode = all\n"),
		"confbridge.conf:3: [a] unknown option \"pinn\"; did you mean \"pin\"?\n"
		"confbridge.conf:4: [b]: type = bridge, user or menu is expected\n"
		"confbridge.conf:7: \"dance\": there is no such action\n"
		"confbridge.conf:8: \"playback\": something in parentheses is expected\n"
		"confbridge.conf:9: \"X\": keys are expected, some of 0123456789*#ABCD\n"
		"confbridge.conf:10: \"no_op(a)\": nothing in parentheses is expected\n"
		"confbridge.conf:11: \"playback(a\": its parentheses do not match\n"
		"confbridge.conf:14: [d] mixing_interval = \"30\": expected 10, 20, 40 or 80\n"
		"confbridge.conf:15: [d] video_mode = \"all\": expected none, follow_talker, "
		"first_marked, last_marked or sfu\n");
}

static void what_has_no_effect_is_a_warning(void **state)
{
	(void)state;
	assert_string_equal(
		sim_conference_errors("[a]\ntype = user\njitterbuffer = yes\n[d]\ntype = bridge\n"
				      "mixing_interval = 80\nregcontext = x\n"
				      "[m]\ntype = menu\n1 = toggle_binaural\n"),
		"confbridge.conf:3: warning: [a] jitterbuffer has no effect: each leg in a room "
		"has one\n"
		"confbridge.conf:6: warning: mixing_interval = 80 is not supported: it is 40\n"
		"confbridge.conf:7: warning: [d] regcontext has no effect: hints show whether a "
		"conference is held: confbridge:NAME\n"
		"confbridge.conf:10: warning: toggle_binaural has no effect: there is no binaural "
		"sound\n");
}

static void the_check_of_the_dialplan_knows_the_profiles(void **state)
{
	static const struct {
		const char *args, *wrong;
	} cases[] = {
		{ "sales,b,u,m", NULL },
		{ "sales", NULL },
		{ "sales,,default_user", NULL },
		{ "sales,u", "confbridge.conf has no bridge profile \"u\"" },
		{ "sales,,,x", "confbridge.conf has no menu profile \"x\"" },
		{ "sales,x,y,z",
		  "confbridge.conf has no bridge profile \"x\", no user profile \"y\", no menu "
		  "profile \"z\"" },
		{ "sales,x,u,z",
		  "confbridge.conf has no bridge profile \"x\", no menu profile \"z\"" },
		{ "", "the name of a conference is expected" },
	};
	const struct rd_app *app = rd_app_find("ConfBridge");
	char buf[128];

	(void)state;
	sim_conference_conf("[b]\ntype = bridge\n[u]\ntype = user\n[m]\ntype = menu\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		const char *wrong = app->check(cases[i].args, buf, sizeof(buf));

		assert_string_equal(wrong ? wrong : "", cases[i].wrong ? cases[i].wrong : "");
	}
}

/* ---- who may come in ---- */

static void a_pin_opens_the_door_and_three_wrong_ones_do_not(void **state)
{
	(void)state;
	sim_conference_conf("[boss]\ntype = user\npin = 123\n");
	sim_confer(alice, "", "sales,,boss");
	assert_string_equal(sim_hears(alice, 200), "conf-getpin");
	assert_string_equal(sim_type_hears(alice, "124", 300), "conf-invalidpin conf-getpin");
	assert_string_equal(sim_type_hears(alice, "123#", 300), "conf-onlyperson confbridge-join");
	sim_hangup(alice);
	sim_pass(300);
	sim_confer(alice, "", "sales,,boss");
	assert_string_equal(sim_type_hears(alice, "1234", 300), "conf-invalidpin conf-getpin");
	/* Perhaps there is a # to come. */
	assert_string_equal(sim_type_hears(alice, "123", 1400), "");
	assert_string_equal(sim_hears(alice, 400), "conf-onlyperson confbridge-join");
	sim_hangup(alice);
	sim_pass(300);
	sim_confer(bob, "", "sales,,boss");
	sim_listen(50); /* he does not wait for the end of the prompt */
	assert_string_equal(sim_heard_by(bob), "conf-getpin");
	assert_string_equal(sim_type_hears(bob, "#", 300), "conf-invalidpin conf-getpin");
	sim_type(bob, "12#");
	sim_listen(300);
	sim_type(bob, "999");
	sim_listen(300);
	assert_string_equal(sim_heard_by(bob), "conf-invalidpin conf-getpin conf-invalidpin");
	assert_string_equal(sim_result(bob), "FAILED");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "0");
}

static void a_full_or_locked_conference_is_for_admins(void **state)
{
	(void)state;
	sim_conference_conf("[small]\ntype = bridge\nmax_members = 1\n"
			    "[boss]\ntype = user\nadmin = yes\n"
			    "[keys]\ntype = menu\n1 = admin_toggle_conference_lock\n");
	enter(alice, "sales,small");
	sim_confer(bob, "", "sales");
	assert_string_equal(sim_hears(bob, 300), "conf-locked");
	assert_string_equal(sim_result(bob), "FAILED");
	enter(carol, "sales,,boss,keys");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "2");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "admins,sales"), "1");
	assert_string_equal(sim_type_hears(carol, "1", 200), "conf-lockednow");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "locked,sales"), "1");
	assert_string_equal(sim_type_hears(carol, "1", 200), "conf-unlockednow");
}

static void a_profile_that_is_not_there_is_no_way_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		static const char *const args[] = { "sales,none", "sales,,none", "sales,,,none" };

		sim_confer(alice, "", args[i]);
		sim_listen(200);
		assert_string_equal(sim_result(alice), "FAILED");
		sim_finish();
	}
}

static void a_conference_may_be_heard_before_the_answer(void **state)
{
	(void)state;
	sim_conference_conf("[early]\ntype = user\nanswer_channel = no\nquiet = yes\n");
	bob->says = 3000;
	enter(bob, "sales");
	assert_int_equal(bob->answered, 1);
	enter(alice, "sales,,early");
	assert_int_equal(alice->answered, 0);
	assert_int_equal(alice->hears, 3000);
}

static void noise_is_taken_away_where_that_is_wanted(void **state)
{
	(void)state;
	sim_conference_conf("[u]\ntype = user\ndenoise = yes\n");
	enter(alice, "sales,,u");
	enter(bob, "sales");
	assert_true(rd_bridge_seat(rd_channel_bridge(alice->ch), alice->ch)->denoise);
	assert_false(rd_bridge_seat(rd_channel_bridge(bob->ch), bob->ch)->denoise);
}

static void others_are_told_what_a_conference_is_like(void **state)
{
	const struct rd_conferences *conferences = sim_confbridge->interfaces->functions;
	struct rd_conference conference;
	struct rd_conference_user user;
	size_t pos = 0;

	(void)state;
	sim_conference_conf("[b]\ntype = bridge\nmax_members = 7\n"
			    "[u]\ntype = user\nwait_marked = yes\nstartmuted = yes\n");
	enter(alice, "sales,b,u");
	assert_int_equal(conferences->find("sales", &conference), 0);
	assert_int_equal(conference.max_users, 7);
	assert_int_equal(conference.users, 1);
	assert_true(conferences->user("sales", &pos, &user));
	assert_true(user.on_hold);
	assert_true(user.muted);
	assert_string_equal(user.number, "alice");
	assert_false(conferences->user("sales", &pos, &user));
}

static void after_his_time_is_up_he_leaves(void **state)
{
	(void)state;
	sim_conference_conf("[short]\ntype = user\ntimeout = 5\n");
	enter(alice, "sales,,short");
	sim_pass(4000);
	assert_string_equal(sim_result(alice), "");
	sim_pass(1000);
	assert_string_equal(sim_result(alice), "TIMEOUT");
}

/* ---- what is said to him ---- */

static void each_hears_what_his_profile_wants(void **state)
{
	static const struct {
		const char *profile, *heard;
	} cases[] = {
		{ "", "conf-onlyperson confbridge-join" },
		{ "announce_only_user = no\n", "confbridge-join" },
		{ "hear_own_join_sound = no\n", "conf-onlyperson" },
		{ "quiet = yes\n", "" },
		{ "announcement = welcome\n", "welcome conf-onlyperson confbridge-join" },
		{ "quiet = yes\nannouncement = welcome\n", "welcome" },
	};
	char conf[128];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		snprintf(conf, sizeof(conf), "[u]\ntype = user\n%s", cases[i].profile);
		sim_conference_conf(conf);
		sim_confer(alice, "", "sales,,u");
		assert_string_equal(sim_hears(alice, 500), cases[i].heard);
		sim_hangup(alice);
		sim_finish();
	}
}

static void how_many_there_are_is_said_to_who_wants_it(void **state)
{
	(void)state;
	sim_conference_conf("[u]\ntype = user\nannounce_user_count = yes\nhear_own_join_sound = "
			    "no\n");
	enter(alice, "sales");
	sim_confer(bob, "", "sales,,u");
	assert_string_equal(sim_hears(bob, 300), "conf-onlyone");
	sim_confer(carol, "", "sales,,u");
	assert_string_equal(sim_hears(carol, 600), "conf-thereare digits/2 conf-otherinparty");
}

static void the_sounds_of_the_bridge_are_used(void **state)
{
	(void)state;
	sim_conference_conf("[b]\ntype = bridge\nsound_only_person = welcome\n");
	sim_confer(alice, "", "sales,b");
	assert_string_equal(sim_hears(alice, 500), "welcome confbridge-join");
}

/* ---- menus ---- */

static void a_menu_does_several_things_and_knows_long_keys(void **state)
{
	(void)state;
	sim_conference_conf("[m]\ntype = menu\n*1 = toggle_mute,participant_count\n"
			    "* = playback_and_continue(conf-usermenu&welcome)\n"
			    "2 = playback(welcome),leave_conference\n");
	enter(alice, "sales,,,m");
	assert_string_equal(sim_type_hears(alice, "*1", 400), "conf-muted conf-onlyperson");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "muted,sales"), "1");
	/* Alone it is played once the next key has not come; a key during it goes on. */
	assert_string_equal(sim_type_hears(alice, "*", 2010), "conf-usermenu");
	assert_string_equal(sim_type_hears(alice, "1", 400), "conf-unmuted conf-onlyperson");
	assert_string_equal(sim_type_hears(alice, "*", 2010), "conf-usermenu");
	sim_type(alice, "2");
	sim_listen(300);
	assert_string_equal(sim_heard_by(alice), "welcome");
	assert_string_equal(sim_result(alice), "DTMF");
}

static void a_key_during_what_is_said_is_the_next(void **state)
{
	(void)state;
	sim_conference_conf("[m]\ntype = menu\n1 = toggle_mute\n11 = leave_conference\n"
			    "2 = participant_count\n3 = dialplan_exec(sim,nowhere,1)\n");
	enter(alice, "sales,,,m");
	assert_string_equal(sim_type_hears(alice, "1", 2010), "conf-muted");
	assert_string_equal(sim_type_hears(alice, "2", 10), "conf-onlyperson");
	assert_string_equal(sim_type_hears(alice, "3", 10), "conf-errormenu");
	assert_string_equal(sim_type_hears(alice, "1", 2400), "conf-unmuted");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "muted,sales"), "0");
}

static void a_key_runs_the_dialplan_and_comes_back(void **state)
{
	(void)state;
	sim_conference_conf("[m]\ntype = menu\n1 = dialplan_exec(sim,aside,1),participant_count\n"
			    "2 = dialplan_exec(sim,nowhere,1)\n");
	enter(alice, "sales,,,m");
	assert_string_equal(sim_type_hears(alice, "1", 400), "welcome conf-onlyperson");
	assert_string_equal(sim_type_hears(alice, "2", 400), "conf-errormenu");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "1");
}

static void admins_mute_all_and_kick_the_last(void **state)
{
	(void)state;
	sim_conference_conf("[boss]\ntype = user\nadmin = yes\n[m]\ntype = menu\n"
			    "1 = admin_toggle_mute_participants\n2 = admin_kick_last\n");
	enter(alice, "sales,,boss,m");
	enter(bob, "sales,,,m");
	enter(carol, "sales,,,m");
	sim_listen(300);
	for (int i = 0; i < 3; i++)
		sim_heard_by(&sim_guests[i]);
	sim_type(alice, "1");
	sim_listen(300);
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "muted,sales"), "2");
	for (int i = 0; i < 3; i++)
		assert_string_equal(sim_heard_by(&sim_guests[i]), "conf-now-muted");
	assert_string_equal(sim_type_hears(bob, "2", 300), "conf-errormenu");
	sim_type(alice, "2");
	sim_listen(300);
	assert_string_equal(sim_heard_by(carol), "conf-kicked");
	assert_string_equal(sim_result(carol), "KICKED");
	sim_type(alice, "1");
	sim_listen(300);
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "muted,sales"), "0");
}

static void who_has_waited_for_the_leader_comes_after_him(void **state)
{
	(void)state;
	sim_conference_conf("[leader]\ntype = user\nadmin = yes\nmarked = yes\n"
			    "[follower]\ntype = user\nwait_marked = yes\n"
			    "[m]\ntype = menu\n2 = admin_kick_last\n");
	sim_confer(bob, "", "sales,,follower");
	sim_confer(carol, "", "sales,,follower");
	sim_listen(300);
	enter(alice, "sales,,leader,m");
	sim_listen(300);
	sim_type(alice, "2");
	sim_listen(300);
	assert_string_equal(sim_result(carol), "KICKED");
	assert_string_equal(sim_result(bob), "");
	sim_type(alice, "2");
	sim_listen(300);
	assert_string_equal(sim_result(bob), "KICKED");
}

static void who_comes_when_all_are_muted_is_muted_too(void **state)
{
	(void)state;
	sim_conference_conf("[boss]\ntype = user\nadmin = yes\n[m]\ntype = menu\n"
			    "1 = admin_toggle_mute_participants\n");
	enter(alice, "sales,,boss,m");
	sim_type(alice, "1");
	enter(bob, "sales");
	enter(carol, "sales,,boss");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "muted,sales"), "1");
	sim_type(alice, "1");
	sim_listen(300);
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "muted,sales"), "0");
}

static void keys_that_no_menu_wants_are_for_the_others(void **state)
{
	(void)state;
	sim_conference_conf("[u]\ntype = user\ndtmf_passthrough = yes\n"
			    "[m]\ntype = menu\n1 = no_op\n");
	enter(alice, "sales,,u,m");
	enter(bob, "sales,,,m");
	sim_type(alice, "12");
	sim_type(bob, "3");
	assert_string_equal(bob->digits, "2");
	assert_string_equal(alice->digits, "");
}

/* ---- CONFBRIDGE() ---- */

static void a_channel_makes_profiles_of_its_own(void **state)
{
	(void)state;
	sim_conference_conf("[boss]\ntype = user\nadmin = yes\nquiet = yes\n");
	sim_confer(alice,
		   "user,template=boss\nuser,startmuted=yes\nmenu,1=leave_conference\n"
		   "bridge,max_members=1\n",
		   "sales");
	assert_string_equal(sim_hears(alice, 300), "");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "admins,sales"), "1");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "muted,sales"), "1");
	sim_confer(bob, "", "sales");
	assert_string_equal(sim_hears(bob, 300), "conf-locked");
	sim_type(alice, "1");
	assert_string_equal(sim_result(alice), "DTMF");
	sim_finish();
	/* One that is named comes first, and what was cleared is forgotten. */
	sim_confer(alice, "user,startmuted=yes\n", "sales,,default_user");
	sim_confer(bob, "user,startmuted=yes\nuser,clear=yes\n", "sales");
	sim_listen(300);
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "muted,sales"), "0");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "2");
}

static void what_cannot_be_set_is_refused(void **state)
{
	static const struct {
		const char *args, *value, *why;
	} cases[] = { { "user,pinn", "1",
			"CONFBRIDGE: [dynamic] unknown option \"pinn\"; did you "
			"mean \"pin\"?" },
		      { "user,timeout", "x", "CONFBRIDGE: [dynamic] timeout = \"x\": " },
		      { "colour,red", "1", "" },
		      { "menu,1", "dance", "CONFBRIDGE: \"dance\": there is no such action" },
		      { "user", "1", "" },
		      { "user,template", "none", "CONFBRIDGE: there is no user profile \"none\"" },
		      { "bridge,max_members", "many", "max_members = \"many\"" } };
	struct log_catch caught;
	struct rd_channel *ch;

	(void)state;
	sim_confer(alice, "", "sales");
	sim_listen(100);
	ch = alice->ch;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		log_catch(&caught);
		assert_int_equal(rd_function_write(ch, "CONFBRIDGE", cases[i].args, cases[i].value),
				 -EINVAL);
		assert_non_null(strstr(log_caught(&caught), cases[i].why));
	}
}

/* As in a file of Asterisk's: it counts, and is told. */
static void what_is_too_much_is_taken_as_the_most_with_a_warning(void **state)
{
	struct log_catch caught;

	(void)state;
	sim_confer(alice, "", "sales");
	sim_listen(100);
	log_catch(&caught);
	assert_int_equal(
		rd_function_write(alice->ch, "CONFBRIDGE", "bridge,max_members", "999999999"), 0);
	assert_non_null(strstr(log_caught(&caught), "max_members"));
}

static void channels_are_listed_by_kind(void **state)
{
	char both[128];

	(void)state;
	sim_conference_conf("[boss]\ntype = user\nadmin = yes\nmarked = yes\n");
	enter(alice, "sales,,boss");
	enter(bob, "sales");
	snprintf(both, sizeof(both), "%s,%s", rd_channel_name(alice->ch), rd_channel_name(bob->ch));
	assert_string_equal(sim_function("CONFBRIDGE_CHANNELS", "parties,sales"), both);
	assert_string_equal(sim_function("CONFBRIDGE_CHANNELS", "active,sales"), both);
	assert_string_equal(sim_function("CONFBRIDGE_CHANNELS", "admins,sales"),
			    rd_channel_name(alice->ch));
	assert_string_equal(sim_function("CONFBRIDGE_CHANNELS", "marked,sales"),
			    rd_channel_name(alice->ch));
	assert_string_equal(sim_function("CONFBRIDGE_CHANNELS", "waiting,sales"), "");
	assert_string_equal(sim_function("CONFBRIDGE_CHANNELS", "parties,none"), "");
}

static void a_lamp_shows_that_a_conference_is_held(void **state)
{
	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_DEVICE_STATE));
	assert_string_equal(rd_device_state_name(rd_device_state("confbridge:sales")), "NOT_INUSE");
	enter(alice, "sales");
	assert_string_equal(rd_device_state_name(rd_device_state("Confbridge:sales")), "INUSE");
	sim_hangup(alice);
	sim_finish();
	assert_string_equal(rd_device_state_name(rd_device_state("confbridge:sales")), "NOT_INUSE");
	assert_non_null(strstr(sim_events(), "DeviceState:NOT_INUSE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_cannot_be_is_named_with_its_line),
		TEST(what_has_no_effect_is_a_warning),
		TEST(the_check_of_the_dialplan_knows_the_profiles),
		TEST(a_pin_opens_the_door_and_three_wrong_ones_do_not),
		TEST(a_full_or_locked_conference_is_for_admins),
		TEST(a_profile_that_is_not_there_is_no_way_in),
		TEST(who_comes_when_all_are_muted_is_muted_too),
		TEST(a_conference_may_be_heard_before_the_answer),
		TEST(noise_is_taken_away_where_that_is_wanted),
		TEST(others_are_told_what_a_conference_is_like),
		TEST(after_his_time_is_up_he_leaves),
		TEST(each_hears_what_his_profile_wants),
		TEST(how_many_there_are_is_said_to_who_wants_it),
		TEST(the_sounds_of_the_bridge_are_used),
		TEST(a_menu_does_several_things_and_knows_long_keys),
		TEST(a_key_during_what_is_said_is_the_next),
		TEST(a_key_runs_the_dialplan_and_comes_back),
		TEST(admins_mute_all_and_kick_the_last),
		TEST(who_has_waited_for_the_leader_comes_after_him),
		TEST(keys_that_no_menu_wants_are_for_the_others),
		TEST(a_channel_makes_profiles_of_its_own),
		TEST(what_cannot_be_set_is_refused),
		TEST(what_is_too_much_is_taken_as_the_most_with_a_warning),
		TEST(channels_are_listed_by_kind),
		TEST(a_lamp_shows_that_a_conference_is_held),
	};

	return RUN_GROUP(tests);
}
