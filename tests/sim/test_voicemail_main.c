/* VoiceMailMain(): the menu of an owner, key by key, and what becomes of the messages. */
#include "tests/sim/sim_voicemail.h"

#include <ringdown/function.h>
#include <ringdown/mwi.h>

#define LINES "callerid=\"Bob\" <1002>\norigtime=1790000000\nduration=130\n"

static const char conf[] = "[general]\nsayduration = no\nenvelope = no\ntz = here\n"
			   "[zonemessages]\nhere = UTC|'vm-received' 'digits/at'\n"
			   "[default]\n1001 => 4711,Anna\n1002 => 1,Bob\n";

/* Three new messages and an old one; the owner is in, and has heard how many. */
static void enter_with(const char *text, const char *args)
{
	sim_put_message("default/1001/INBOX", 0, 5001, LINES);
	sim_put_message("default/1001/INBOX", 1, 5002, LINES);
	sim_put_message("default/1001/INBOX", 2, 5003, LINES);
	sim_put_message("default/1001/Old", 0, 5009, LINES);
	sim_voicemail_conf(text);
	sim_use("VoiceMailMain", args);
}

static void enter(void)
{
	enter_with(conf, "1001,s");
	sim_pass(100);
}

/* What was heard begins so. */
static void assert_begins(const char *heard, const char *expected)
{
	size_t n = strlen(expected);

	if (strncmp(heard, expected, n) != 0 || (heard[n] && heard[n] != ' '))
		fail_msg("expected \"%s\", heard \"%s\"", expected, heard);
}

static void leave(void)
{
	sim_pass(1500); /* within a message # is another thing */
	assert_string_equal(sim_key('#', 2000), "vm-goodbye");
	assert_string_equal(sim_outcome(), "next");
}

static struct rd_mwi lamp(void)
{
	struct rd_mwi mwi;

	rd_mwi_get("1001@default", &mwi);
	return mwi;
}

static void an_owner_hears_what_there_is_and_what_to_press(void **state)
{
	(void)state;
	enter_with(conf, "1001");
	assert_begins(sim_heard(500), "vm-password");
	assert_begins(sim_keys("4711#", 3000),
		      "vm-youhave digits/3 vm-INBOX vm-and digits/1 vm-Old vm-message "
		      "vm-onefor vm-INBOX vm-messages vm-opts vm-helpexit");
	/* Whoever presses nothing is told twice more, and then goodbye. */
	sim_pass(18000);
	assert_string_equal(sim_outcome(), "next");
}

static void an_empty_mailbox_has_no_messages(void **state)
{
	(void)state;
	sim_voicemail_conf(conf);
	sim_use("VoiceMailMain", "1001,s");
	assert_begins(sim_heard(1000), "vm-youhave vm-no vm-messages vm-opts vm-helpexit");
	assert_begins(sim_key('1', 500), "vm-nomore vm-opts vm-helpexit");
	leave();
}

static void messages_are_heard_one_after_the_other(void **state)
{
	(void)state;
	enter();
	assert_begins(sim_key('1', 2000),
		      "vm-first vm-message <5001> vm-advopts vm-repeat vm-next vm-delete "
		      "vm-toforward vm-savemessage vm-helpexit");
	assert_begins(sim_key('6', 1500), "vm-message digits/2 <5002> vm-prev vm-advopts");
	assert_begins(sim_key('6', 1400), "vm-last vm-message <5003> vm-prev");
	assert_begins(sim_key('6', 150), "vm-nomore vm-prev");
	assert_begins(sim_key('4', 1100), "vm-message digits/2 <5002>");
	assert_begins(sim_key('5', 1100), "vm-message digits/2 <5002>");
	/* A key in the midst of a message is the next command. */
	assert_begins(sim_key('6', 500), "vm-last vm-message <5003>");
	assert_begins(sim_key('4', 500), "vm-message digits/2 <5002>");
	leave();
	assert_string_equal(sim_messages("default/1001/INBOX"), "");
	assert_string_equal(sim_messages("default/1001/Old"), "5009 5001 5002 5003");
	assert_int_equal(lamp().new_messages, 0);
	assert_int_equal(lamp().old_messages, 4);
}

static void what_was_heard_may_stay_where_it_was(void **state)
{
	(void)state;
	enter_with("[general]\nmoveheard = no\n[default]\n1001 => 4711\n", "1001,s");
	sim_pass(1000);
	sim_key('1', 1500);
	sim_hangup(&sim_caller);
	sim_pass(1000);
	assert_string_equal(sim_messages("default/1001/INBOX"), "5001 5002 5003");
	assert_string_equal(sim_messages("default/1001/Old"), "5009");
}

static void what_was_not_heard_stays_new(void **state)
{
	(void)state;
	enter();
	sim_key('1', 1500);
	sim_hangup(&sim_caller);
	sim_pass(1000);
	assert_string_equal(sim_messages("default/1001/INBOX"), "5002 5003");
	assert_string_equal(sim_messages("default/1001/Old"), "5009 5001");
	assert_int_equal(lamp().new_messages, 2);
}

static void deleted_messages_go_when_the_mailbox_is_left(void **state)
{
	(void)state;
	enter();
	sim_key('1', 1500);
	assert_begins(sim_key('7', 100), "vm-deleted");
	assert_string_equal(sim_messages("default/1001/INBOX"), "5001 5002 5003");
	sim_key('6', 1500);
	sim_key('7', 100);
	assert_begins(sim_key('7', 100), "vm-undeleted");
	leave();
	assert_string_equal(sim_messages("default/1001/INBOX"), "5003");
	assert_string_equal(sim_messages("default/1001/Old"), "5009 5002");
	assert_false(sim_is_there("default/1001/INBOX/msg0001.wav"));
}

static void a_message_is_saved_at_once_where_its_owner_says(void **state)
{
	(void)state;
	enter();
	sim_key('1', 1500);
	assert_begins(sim_key('9', 3500),
		      "vm-savefolder vm-press digits/0 vm-for vm-INBOX vm-messages vm-press "
		      "digits/1 vm-for vm-Old vm-messages vm-press digits/2 vm-for vm-Work "
		      "vm-messages vm-press digits/3 vm-for vm-Family vm-messages vm-press "
		      "digits/4 vm-for vm-Friends vm-messages vm-tocancel");
	assert_begins(sim_key('3', 700), "vm-message digits/1 vm-savedto vm-Family vm-messages");
	assert_string_equal(sim_messages("default/1001/Family"), "5001");
	assert_string_equal(sim_messages("default/1001/INBOX"), "5002 5003");
	assert_begins(sim_key('5', 1000), "vm-first vm-message <5001>");
	/* One that stays new although it was heard. */
	sim_key('6', 1200);
	sim_key('9', 100);
	sim_key('0', 600);
	leave();
	assert_string_equal(sim_messages("default/1001/Family"), "5001");
	assert_string_equal(sim_messages("default/1001/INBOX"), "5002 5003");
}

static void a_folder_that_is_full_says_so(void **state)
{
	(void)state;
	enter_with("[general]\nenvelope = no\nsayduration = no\nmaxmsg = 1\nmoveheard = no\n"
		   "[default]\n1001 => 1\n",
		   "1001,s");
	sim_pass(100);
	sim_key('1', 1500);
	sim_key('9', 100);
	assert_begins(sim_key('1', 100), "vm-mailboxfull");
	leave();
	assert_string_equal(sim_messages("default/1001/INBOX"), "5001 5002 5003");
}

/* As if another phone of the mailbox had heard it and moved it to Old meanwhile. */
static void what_is_deleted_here_does_not_come_back_from_there(void **state)
{
	(void)state;
	enter();
	sim_key('1', 1500);
	sim_put_message("default/1001/Old", 1, 5001, "");
	sim_put_text("default/1001/Old/msg0001.txt", "[message]\nmsg_id=default/1001/INBOX-5001\n");
	sim_put_message("default/1001/INBOX", 0, 5002, LINES);
	sim_put_message("default/1001/INBOX", 1, 5003, LINES);
	assert_begins(sim_key('7', 100), "vm-deleted");
	leave();
	assert_string_equal(sim_messages("default/1001/Old"), "5009");
}

static void another_folder_is_opened(void **state)
{
	(void)state;
	enter();
	assert_begins(sim_key('2', 100), "vm-changeto");
	assert_begins(sim_key('1', 400), "vm-Old vm-messages vm-onefor vm-Old");
	assert_begins(sim_key('1', 1100), "vm-first vm-message <5009>");
	leave();
	assert_string_equal(sim_messages("default/1001/Old"), "5009");
	sim_use("VoiceMailMain", "1001,sa(Old)");
	assert_begins(sim_heard(1100), "vm-first vm-message <5009>");
}

static void urgent_messages_come_first(void **state)
{
	(void)state;
	sim_put_message("default/1001/Urgent", 0, 5000, LINES "flag=Urgent\n");
	enter_with(conf, "1001,s");
	assert_begins(sim_heard(1100), "vm-youhave digits/1 vm-Urgent vm-and digits/3 vm-INBOX "
				       "vm-and digits/1 vm-Old");
	assert_int_equal(lamp().new_urgent, 1);
	assert_begins(sim_key('1', 1200), "vm-first vm-Urgent vm-message <5000>");
	leave();
	assert_string_equal(sim_messages("default/1001/Urgent"), "");
	assert_string_equal(sim_messages("default/1001/Old"), "5009 5000");
}

static void who_may_only_read_changes_nothing(void **state)
{
	(void)state;
	enter_with(conf, "1001,sr");
	sim_pass(100);
	assert_begins(sim_key('1', 1800), "vm-first vm-message <5001> vm-advopts vm-repeat "
					  "vm-next vm-toforward vm-helpexit");
	assert_begins(sim_key('7', 100), "vm-sorry");
	assert_begins(sim_key('9', 100), "vm-sorry");
	assert_begins(sim_key('0', 100), "vm-sorry");
	leave();
	assert_string_equal(sim_messages("default/1001/INBOX"), "5001 5002 5003");
}

static void before_a_message_stands_what_is_known_of_it(void **state)
{
	(void)state;
	enter_with("[general]\nsaycid = yes\ntz = here\n"
		   "[zonemessages]\nhere = UTC|'vm-received' 'digits/at'\n"
		   "[default]\n1001 => 1\n1002 => 1\n",
		   "1001,s");
	sim_pass(100);
	assert_begins(sim_key('1', 2700),
		      "vm-first vm-message vm-received digits/at vm-from vm-extension "
		      "digits/1 digits/0 digits/2 vm-duration digits/2 vm-minutes <5001> "
		      "vm-advopts");
}

static void the_next_message_may_follow_by_itself(void **state)
{
	(void)state;
	enter_with("[general]\nenvelope = no\nsayduration = no\nnextaftercmd = yes\n"
		   "messagewrap = yes\n[default]\n1001 => 1\n",
		   "1001,s");
	sim_pass(100);
	sim_key('1', 500);
	assert_begins(sim_key('7', 1000), "vm-deleted vm-message digits/2 <5002>");
	assert_begins(sim_key('4', 1000), "vm-first vm-message <5001>");
	assert_begins(sim_key('4', 1000), "vm-last vm-message <5003>");
}

static void how_long_it_is_is_said_where_it_is_so_long(void **state)
{
	static const struct {
		const char *options;
		bool is_said;
	} rows[] = { /* it is 130 s long */
		{ "", true },
		{ "saydurationm = 3m\n", false },
		{ "saydurationm = 131s\n", false },
		{ "saydurationm = 130s\n", true },
		{ "saydurationm = 0\n", true },
		{ "saydurationm = 0\nsayduration = no\n", false },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text),
			 "[general]\nenvelope = no\n%s[default]\n1001 => 1\n", rows[i].options);
		enter_with(text, "1001,s");
		sim_pass(100);
		assert_int_equal(strstr(sim_key('1', 1500), "vm-duration") != NULL,
				 rows[i].is_said);
		leave();
	}
}

/* ---- advanced ---- */

static void a_message_is_answered_with_a_message(void **state)
{
	(void)state;
	enter();
	sim_key('1', 1500);
	assert_begins(sim_key('3', 600), "vm-toreply vm-tohearenv vm-starmain");
	assert_begins(sim_key('1', 2000), "vm-intro beep");
	assert_begins(sim_key('#', 150), "vm-msgsaved vm-advopts");
	assert_string_equal(sim_messages("default/1002/INBOX"), "7000");
	sim_key('3', 400);
	assert_begins(sim_key('*', 150), "vm-advopts vm-repeat");
	sim_key('3', 400);
	assert_begins(sim_key('3', 1500),
		      "vm-received digits/at vm-from vm-extension digits/1 digits/0 "
		      "digits/2 vm-advopts");
	leave();
}

static void only_where_it_is_allowed_calls_are_made(void **state)
{
	(void)state;
	enter_with("[general]\nenvelope = no\nsayduration = no\ncallback = sim\ndialout = sim\n"
		   "[default]\n1001 => 1,,,,sendvoicemail=yes\n1002 => 1\n",
		   "1001,s");
	sim_pass(100);
	assert_begins(sim_key('3', 700), "vm-tomakecall vm-leavemsg vm-starmain");
	assert_begins(sim_key('5', 200), "vm-extension");
	assert_begins(sim_keys("1002#", 2000), "vm-intro beep");
	sim_key('#', 100);
	assert_string_equal(sim_messages("default/1002/INBOX"), "7000");
	sim_key('1', 1500);
	sim_key('3', 100);
	assert_begins(sim_key('2', 1000), "digits/1 digits/0 digits/2 vm-tocallnum "
					  "vm-calldiffnum vm-star-cancel");
	assert_begins(sim_key('2', 200), "vm-enter-num-to-call");
	sim_keys("1234#", 1000);
	assert_string_equal(sim_outcome(), "1234");
	assert_string_equal(sim_messages("default/1001/INBOX"), "5002 5003");
}

/* ---- forwarding ---- */

static void a_message_goes_on_as_it_is(void **state)
{
	(void)state;
	enter();
	sim_key('1', 1500);
	assert_begins(sim_key('8', 200), "vm-extension");
	assert_begins(sim_keys("1009#", 200), "vm-nobox vm-advopts");
	sim_key('8', 200);
	assert_begins(sim_keys("1002#", 200), "vm-forwardoptions");
	assert_begins(sim_key('2', 150), "vm-msgforwarded vm-advopts");
	assert_string_equal(sim_messages("default/1002/INBOX"), "5001");
	assert_string_equal(sim_envelope("default/1002/INBOX/msg0000.txt", "callerid"),
			    "\"Bob\" <1002>");
	assert_string_equal(sim_envelope("default/1002/INBOX/msg0000.txt", "duration"), "130");
	leave();
	assert_string_equal(sim_messages("default/1001/Old"), "5009 5001");
}

static void a_comment_stands_before_it(void **state)
{
	(void)state;
	enter();
	sim_key('1', 1500);
	sim_key('8', 200);
	sim_keys("1002#", 200);
	assert_begins(sim_key('1', 4000), "vm-record-prepend beep");
	assert_begins(sim_key('#', 200), "vm-review");
	assert_begins(sim_key('1', 100), "vm-msgforwarded");
	leave();
	sim_use("VoiceMailMain", "1002,sa(0)");
	assert_begins(sim_heard(5500), "vm-first vm-message <7000> <5001> vm-advopts vm-repeat "
				       "vm-delete");
	assert_true(sim_is_empty("default/1001/tmp"));
	assert_true(sim_is_empty("default/1002/tmp"));
}

/* The second of three is current; another phone takes the first one away. */
static void renumber_while_asked(void)
{
	enter();
	sim_key('1', 1500);
	sim_key('6', 1500);
	sim_key('8', 200);
	sim_keys("1002#", 200);
	sim_put_message("default/1001/INBOX", 0, 5002, LINES);
	sim_put_message("default/1001/INBOX", 1, 5003, LINES);
}

static void what_goes_on_is_the_message_that_was_heard(void **state)
{
	(void)state;
	renumber_while_asked();
	assert_begins(sim_key('2', 150), "vm-msgforwarded");
	assert_string_equal(sim_messages("default/1002/INBOX"), "5002");
}

static void a_comment_stands_before_the_message_that_was_heard(void **state)
{
	(void)state;
	renumber_while_asked();
	sim_key('1', 1500);
	sim_key('#', 200);
	assert_begins(sim_key('1', 100), "vm-msgforwarded");
	leave();
	sim_use("VoiceMailMain", "1002,sa(0)");
	assert_begins(sim_heard(4000), "vm-first vm-message <7000> <5002>");
}

static void a_comment_that_is_not_wanted_sends_nothing(void **state)
{
	(void)state;
	enter();
	sim_key('1', 1500);
	sim_key('8', 200);
	sim_keys("1002#", 200);
	sim_key('1', 1500);
	sim_key('#', 200);
	assert_begins(sim_key('*', 200), "vm-advopts");
	assert_string_equal(sim_messages("default/1002/INBOX"), "");
	assert_true(sim_is_empty("default/1002/tmp"));
}

/* ---- the owner's own ---- */

static void an_owner_may_be_recorded_louder(void **state)
{
	(void)state;
	enter();
	leave();
	sim_use("VoiceMailMain", "1001,sg(6)");
	sim_pass(2000);
	sim_keys("01", 1500);
	sim_key('#', 200);
	assert_begins(sim_key('2', 500), "<13972>");
	sim_hangup(&sim_caller);
	sim_pass(500);
}

static void greetings_are_recorded_heard_and_taken_back(void **state)
{
	(void)state;
	enter();
	assert_begins(sim_key('0', 200), "vm-options");
	assert_begins(sim_key('1', 1500), "vm-rec-unv beep");
	assert_begins(sim_key('#', 200), "vm-review");
	assert_begins(sim_key('2', 500), "<7000>");
	sim_pass(2000);
	assert_begins(sim_key('1', 200), "vm-msgsaved vm-options");
	assert_true(sim_is_there("default/1001/unavail.wav"));
	sim_key('4', 1500);
	sim_key('#', 200);
	sim_key('1', 200);
	assert_true(sim_is_there("default/1001/temp.wav"));
	assert_begins(sim_key('4', 200), "vm-tempgreeting2");
	assert_begins(sim_key('2', 200), "vm-tempremoved vm-options");
	assert_false(sim_is_there("default/1001/temp.wav"));
	sim_key('3', 1500);
	sim_key('#', 200);
	assert_begins(sim_key('*', 200), "vm-options");
	assert_false(sim_is_there("default/1001/greet.wav"));
	assert_begins(sim_key('*', 200), "vm-onefor vm-INBOX");
	leave();
}

static void a_greeting_may_be_so_long(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nmaxgreet = 2\n[default]\n1001 => 4711\n");
	sim_use("VoiceMailMain", "1001,s");
	sim_pass(1000);
	sim_key('0', 200);
	assert_begins(sim_key('1', 1500), "vm-rec-unv beep");
	assert_begins(sim_heard(2000), "vm-review");
	assert_begins(sim_key('1', 200), "vm-msgsaved vm-options");
	assert_begins(sim_key('*', 200), "vm-opts");
	leave();
}

static void an_owner_is_reminded_of_a_temporary_greeting_or_not(void **state)
{
	(void)state;
	sim_put_sound("default/1001/temp", 5003, 100);
	sim_voicemail_conf("[default]\n1001 => 4711\n");
	sim_use("VoiceMailMain", "1001,s");
	assert_begins(sim_heard(1000), "vm-tempgreetactive vm-youhave");
	sim_voicemail_conf("[general]\ntempgreetwarn = no\n[default]\n1001 => 4711\n");
	sim_use("VoiceMailMain", "1001,s");
	assert_begins(sim_heard(1000), "vm-youhave");
	leave();
}

static void skipms_is_how_far_the_keys_go(void **state)
{
	(void)state;
	sim_put_message("default/1001/INBOX", 0, 5001, "");
	sim_put_sound("default/1001/INBOX/msg0000", 5001, 8000);
	sim_voicemail_conf("[general]\nskipms = 7000\n[default]\n1001 => 4711,,,,envelope=no\n");
	sim_use("VoiceMailMain", "1001,s");
	sim_pass(1000);
	assert_begins(sim_key('1', 700), "vm-first vm-message <5001>");
	sim_pass(3000);
	sim_key('*', 100); /* to the beginning */
	sim_key('#', 100);
	assert_begins(sim_heard(1200), "<5001> vm-advopts");
	leave();
}

static void a_pin_is_changed_when_it_was_keyed_twice(void **state)
{
	(void)state;
	enter();
	sim_key('0', 200);
	assert_begins(sim_key('5', 200), "vm-newpassword");
	assert_begins(sim_keys("12#", 200), "vm-invalid-password vm-newpassword");
	assert_begins(sim_keys("1001#", 200), "vm-invalid-password vm-newpassword");
	assert_begins(sim_keys("2580#", 200), "vm-reenterpassword");
	sim_keys("2581#", 200);
	sim_key('5', 200);
	sim_keys("2580#", 200);
	assert_begins(sim_keys("2580#", 1000), "vm-passchanged vm-options");
	sim_key('#', 500);
	sim_use("VoiceMailMain", "1001");
	sim_pass(500);
	assert_begins(sim_keys("4711#", 500), "vm-incorrect vm-password");
	assert_begins(sim_keys("2580#", 500), "vm-youhave digits/3");
}

static void a_new_owner_sets_a_pin_and_records_what_must_be(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nforcename = yes\n[default]\n1001 =>\n");
	sim_use("VoiceMailMain", "1001");
	assert_begins(sim_heard(500), "vm-newuser vm-newpassword");
	sim_keys("2580#", 500);
	assert_begins(sim_keys("2580#", 1000), "vm-passchanged vm-rec-name beep");
	sim_key('#', 200);
	assert_begins(sim_key('1', 400), "vm-msgsaved vm-youhave vm-no vm-messages");
	leave();
	sim_use("VoiceMailMain", "1001");
	assert_begins(sim_heard(500), "vm-password");
	assert_begins(sim_keys("2580#", 500), "vm-youhave vm-no vm-messages");
}

static void greetings_may_be_what_a_new_owner_records_first(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nforcegreetings = yes\n[default]\n1001 =>\n");
	sim_use("VoiceMailMain", "1001");
	sim_pass(500);
	sim_keys("2580#", 500);
	assert_begins(sim_keys("2580#", 1000), "vm-passchanged vm-rec-unv beep");
	sim_key('#', 200);
	assert_begins(sim_key('1', 1000), "vm-msgsaved vm-rec-busy beep");
	sim_key('#', 200);
	assert_begins(sim_key('1', 400), "vm-msgsaved vm-youhave vm-no vm-messages");
	assert_true(sim_is_there("default/1001/unavail.wav"));
	assert_true(sim_is_there("default/1001/busy.wav"));
	leave();
}

static void who_dials_from_elsewhere_sets_no_pin(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nmaxlogins = 1\n[default]\n1001 =>\n");
	sim_use("VoiceMailMain", "");
	assert_begins(sim_heard(200), "vm-login");
	assert_begins(sim_keys("1001#", 200), "vm-password");
	assert_begins(sim_key('#', 500), "vm-incorrect vm-goodbye");
	assert_string_equal(sim_outcome(), "gone");
}

static void the_key_that_ends_it_alone_is_the_number_that_calls(void **state)
{
	static const struct rd_party who = { .number = "1001" };

	(void)state;
	sim_voicemail_conf("[default]\n1001 => 4711\n");
	sim_use("VoiceMailMain", "");
	assert_begins(sim_heard(200), "vm-login");
	assert_int_equal(rd_channel_set_party(sim_caller.ch, RD_PARTY_CALLER, &who), 0);
	assert_begins(sim_key('#', 200), "vm-password");
	assert_begins(sim_keys("4711#", 500), "vm-youhave vm-no vm-messages");
	leave();
}

static void what_goes_wrong_with_a_mailbox_is_said(void **state)
{
	(void)state;
	sim_voicemail_conf(conf);
	sim_put_text("default/1001/pin", "no hash");
	sim_use("VoiceMailMain", "1001");
	sim_pass(500);
	assert_begins(sim_keys("4711#", 1000), "vm-sorry");
	assert_string_equal(sim_outcome(), "next");
}

static void a_prefix_stands_before_what_is_keyed_and_star_leads_to_a(void **state)
{
	(void)state;
	sim_voicemail_conf("[sales]\n1001 => 4711\n");
	sim_use("VoiceMailMain", "10@sales,p");
	sim_pass(200);
	sim_keys("01#", 200);
	assert_begins(sim_keys("4711#", 500), "vm-youhave vm-no vm-messages");
	sim_use("VoiceMailMain", "@sales");
	assert_begins(sim_heard(200), "vm-login");
	sim_key('*', 200);
	assert_string_equal(sim_outcome(), "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VOICEMAIL_TEST(an_owner_hears_what_there_is_and_what_to_press),
		VOICEMAIL_TEST(an_empty_mailbox_has_no_messages),
		VOICEMAIL_TEST(messages_are_heard_one_after_the_other),
		VOICEMAIL_TEST(what_was_heard_may_stay_where_it_was),
		VOICEMAIL_TEST(what_was_not_heard_stays_new),
		VOICEMAIL_TEST(deleted_messages_go_when_the_mailbox_is_left),
		VOICEMAIL_TEST(a_message_is_saved_at_once_where_its_owner_says),
		VOICEMAIL_TEST(a_folder_that_is_full_says_so),
		VOICEMAIL_TEST(what_is_deleted_here_does_not_come_back_from_there),
		VOICEMAIL_TEST(another_folder_is_opened),
		VOICEMAIL_TEST(urgent_messages_come_first),
		VOICEMAIL_TEST(who_may_only_read_changes_nothing),
		VOICEMAIL_TEST(before_a_message_stands_what_is_known_of_it),
		VOICEMAIL_TEST(the_next_message_may_follow_by_itself),
		VOICEMAIL_TEST(how_long_it_is_is_said_where_it_is_so_long),
		VOICEMAIL_TEST(a_message_is_answered_with_a_message),
		VOICEMAIL_TEST(only_where_it_is_allowed_calls_are_made),
		VOICEMAIL_TEST(a_message_goes_on_as_it_is),
		VOICEMAIL_TEST(a_comment_stands_before_it),
		VOICEMAIL_TEST(what_goes_on_is_the_message_that_was_heard),
		VOICEMAIL_TEST(a_comment_stands_before_the_message_that_was_heard),
		VOICEMAIL_TEST(a_comment_that_is_not_wanted_sends_nothing),
		VOICEMAIL_TEST(an_owner_may_be_recorded_louder),
		VOICEMAIL_TEST(greetings_are_recorded_heard_and_taken_back),
		VOICEMAIL_TEST(a_greeting_may_be_so_long),
		VOICEMAIL_TEST(an_owner_is_reminded_of_a_temporary_greeting_or_not),
		VOICEMAIL_TEST(skipms_is_how_far_the_keys_go),
		VOICEMAIL_TEST(a_pin_is_changed_when_it_was_keyed_twice),
		VOICEMAIL_TEST(a_new_owner_sets_a_pin_and_records_what_must_be),
		VOICEMAIL_TEST(greetings_may_be_what_a_new_owner_records_first),
		VOICEMAIL_TEST(who_dials_from_elsewhere_sets_no_pin),
		VOICEMAIL_TEST(the_key_that_ends_it_alone_is_the_number_that_calls),
		VOICEMAIL_TEST(what_goes_wrong_with_a_mailbox_is_said),
		VOICEMAIL_TEST(a_prefix_stands_before_what_is_keyed_and_star_leads_to_a),
	};

	return RUN_GROUP(tests);
}
