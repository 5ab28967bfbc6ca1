/* A new file in the place of app_voicemail while somebody leaves a message or listens. What is
 * sent by mail is in call/test_replace, for programs have a clock of their own. */
#include "tests/sim/replacing.h"

static struct rd_test_phone *alice, *bob;

static void begin(void)
{
	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	rd_test_speak(alice, 440, 8000);
	rd_test_load("app_answer");
	rd_test_load("app_wait");
	rd_test_load("format_wav");
	rd_test_file("voicemail.conf", "[general]\nformat = wav\nminsecs = 0\nmaxsilence = 0\n"
				       "[default]\n1001 => 4711,Alice\n");
	replacing_load("app_voicemail");
	rd_test_dialplan("[sim]\nexten => 1,1,Answer()\n same => n,VoiceMail(1001,s)\n"
			 "exten => 2,1,VoiceMailMain(1001@default,s)\n");
}

static void leave_message(bool in_the_midst)
{
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	if (in_the_midst)
		replacing_replace("app_voicemail");
	rd_test_pass(2000);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
}

static void a_message_is_whole_that_was_begun_in_the_old_code(void **state)
{
	(void)state;
	begin();
	leave_message(true);
	assert_string_equal(rd_test_expand("${VMCOUNT(1001@default)}"), "1");
	leave_message(false);
	assert_string_equal(rd_test_expand("${VMCOUNT(1001@default)}"), "2");
	replacing_expect("module show like voicemail", "1 module loaded");
	replacing_expect("voicemail show users", "1001");
}

/* Who listens in the old code holds the mailbox for as long as he changes it, and the counts are
 * what both have done. */
static void who_listens_and_who_leaves_one_meet_in_one_mailbox(void **state)
{
	(void)state;
	begin();
	leave_message(false);
	rd_test_call(bob, "2");
	rd_test_pass(3000);
	rd_test_press(bob, '1');
	rd_test_pass(2000);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
	replacing_replace("app_voicemail");
	leave_message(false);
	rd_test_press(bob, '7');
	rd_test_pass(1000);
	rd_test_hang_up(bob);
	rd_test_pass(2000);
	assert_string_equal(rd_test_expand("${VMCOUNT(1001@default)}"), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(a_message_is_whole_that_was_begun_in_the_old_code),
		REPLACE(who_listens_and_who_leaves_one_meet_in_one_mailbox),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
