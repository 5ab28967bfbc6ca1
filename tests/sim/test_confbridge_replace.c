/* A new file in the place of app_confbridge while people confer: who comes enters the room of
 * those who are there, by the new code, and all hear each other. */
#include "tests/sim/replacing.h"

static struct rd_test_phone *alice, *bob, *carol;

static void begin(void)
{
	replacing_load("app_confbridge");
	rd_test_load("app_set");
	rd_test_dialplan("[sim]\nexten => 1,1,ConfBridge(sales)\n"
			 "exten => 2,1,Set(CONFBRIDGE(user,quiet)=yes)\n"
			 " same => n,Set(CONFBRIDGE(user,admin)=yes)\n"
			 " same => n,ConfBridge(sales)\n");
	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	carol = rd_test_phone("carol");
	rd_test_speak(alice, 440, 8000);
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_CONFERENCE));
}

static void replace(int turn)
{
	replacing_install_with("app_confbridge", "Conferences",
			       turn % 2 ? "Conferencez" : "Conferences");
	replacing_reload("app_confbridge", true);
}

static void who_comes_meets_those_who_are_there(void **state)
{
	(void)state;
	begin();
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	replace(1);
	replacing_expect("module show app_confbridge", "Conferencez");
	rd_test_call(bob, "1");
	rd_test_pass(5000);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
	rd_test_speak(alice, 0, 0);
	rd_test_speak(bob, 1000, 8000);
	rd_test_pass(2000);
	assert_in_range(rd_test_heard_hz(alice), 990, 1010);
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "2");
	assert_int_equal(rd_device_state("confbridge:sales"), RD_DEVICE_INUSE);
	rd_test_hang_up(alice);
	rd_test_pass(2000);
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "1");
	rd_test_hang_up(bob);
	rd_test_pass(2000);
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "0");
	assert_int_equal(rd_device_state("confbridge:sales"), RD_DEVICE_NOT_INUSE);
	assert_string_equal(rd_test_events(), "Conference:START Conference:JOIN Conference:JOIN "
					      "Conference:LEAVE Conference:LEAVE Conference:END");
}

static void the_console_of_the_new_one_acts_on_who_is_in_the_old(void **state)
{
	(void)state;
	begin();
	rd_test_call(alice, "1");
	rd_test_call(bob, "1");
	rd_test_pass(5000);
	replace(1);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
	rd_test_command("confbridge mute sales Sim/alice", NULL);
	rd_test_pass(1000);
	assert_int_equal(rd_test_loudness(bob), 0);
	rd_test_command("confbridge lock sales", NULL);
	rd_test_call(carol, "1");
	rd_test_pass(3000);
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "2");
	rd_test_command("confbridge unlock sales", NULL);
	rd_test_call(carol, "1");
	rd_test_pass(5000);
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "3");
	rd_test_command("confbridge kick sales all", NULL);
	rd_test_pass(3000);
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "0");
	assert_false(rd_test_is_up(alice) || rd_test_is_up(bob) || rd_test_is_up(carol));
}

/* A key in the old code, and a profile of the channel's own that old code has made. */
static void keys_and_profiles_of_the_old_one_go_on(void **state)
{
	(void)state;
	begin();
	rd_test_call(alice, "2");
	rd_test_pass(3000);
	replace(1);
	rd_test_call(bob, "2");
	rd_test_pass(3000);
	rd_test_press(alice, '1');
	rd_test_pass(3000);
	assert_int_equal(rd_test_loudness(bob), 0);
	rd_test_press(alice, '1');
	rd_test_pass(3000);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
	replacing_expect("confbridge list sales", "Sim/alice");
	replacing_expect("confbridge list sales", "Sim/bob");
}

/* With the file as it was in force, and as it has become. */
static void a_room_keeps_the_profile_that_it_began_with(void **state)
{
	(void)state;
	begin();
	rd_test_file("confbridge.conf", "[default_bridge]\ntype = bridge\nmax_members = 2\n");
	rd_test_reload(NULL);
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	rd_test_file("confbridge.conf", "[default_bridge]\ntype = bridge\nmax_members = 9\n");
	replace(1);
	rd_test_pass(2000);
	rd_test_call(bob, "1");
	rd_test_call(carol, "1");
	rd_test_pass(5000);
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "2");
	rd_test_hang_up(alice);
	rd_test_hang_up(bob);
	rd_test_pass(2000);
	rd_test_call(alice, "1");
	rd_test_call(bob, "1");
	rd_test_call(carol, "1");
	rd_test_pass(5000);
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "3");
}

static void many_times_while_they_talk(void **state)
{
	int rounds = replacing_rounds(20);

	(void)state;
	begin();
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	for (int i = 0; i < rounds; i++) {
		replace(i + 1);
		rd_test_call(bob, "1");
		rd_test_pass(3000);
		assert_in_range(rd_test_heard_hz(bob), 430, 450);
		rd_test_hang_up(bob);
		rd_test_pass(1000);
	}
	assert_int_equal(replacing_mapped(), rounds + 1);
	assert_int_equal(replacing_shown("app_confbridge"), 2); /* alice is in the first */
	rd_test_hang_up(alice);
	rd_test_pass(2000);
	assert_int_equal(replacing_shown("app_confbridge"), 1);
	rd_test_unload("app_confbridge");
	assert_int_equal(replacing_mapped(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(who_comes_meets_those_who_are_there),
		REPLACE(the_console_of_the_new_one_acts_on_who_is_in_the_old),
		REPLACE(keys_and_profiles_of_the_old_one_go_on),
		REPLACE(a_room_keeps_the_profile_that_it_began_with),
		REPLACE(many_times_while_they_talk),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
