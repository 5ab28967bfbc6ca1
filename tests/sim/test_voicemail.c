/* VoiceMail(): what a caller hears, may press, and what is left when the call is over. */
#include "tests/sim/sim_voicemail.h"

#include <stdio.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/function.h>
#include <ringdown/mwi.h>

#include "tests/unit/conf_dir.h"

static void a_message_is_taken_stored_and_counted(void **state)
{
	struct rd_mwi mwi;

	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,u");
	assert_string_equal(sim_heard(2000), "vm-theperson digits/1 digits/0 digits/1 "
					     "vm-isunavail vm-intro beep");
	sim_pass(3000);
	assert_string_equal(sim_messages("default/1001/INBOX"), "");
	assert_string_equal(sim_key('#', 1000), "vm-msgsaved");
	assert_string_equal(sim_outcome(), "next SUCCESS");
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
	assert_string_equal(sim_envelope("default/1001/INBOX/msg0000.txt", "callerid"),
			    "\"alice\" <alice>");
	assert_string_equal(sim_envelope("default/1001/INBOX/msg0000.txt", "duration"), "4");
	assert_int_equal(rd_mwi_get("1001@default", &mwi), 0);
	assert_int_equal(mwi.new_messages, 1);
}

static void a_caller_may_be_recorded_louder_or_softer(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n1002 => 1\n1003 => 1\n");
	sim_use("VoiceMail", "1001,sg(6)");
	sim_heard(4000);
	sim_key('#', 1000);
	assert_string_equal(sim_messages("default/1001/INBOX"), "13972");
	sim_use("VoiceMail", "1002,sg(-20)");
	sim_heard(4000);
	sim_key('#', 1000);
	assert_string_equal(sim_messages("default/1002/INBOX"), "710");
	sim_use("VoiceMail", "1003,sg(loud)");
	sim_heard(4000);
	sim_key('#', 1000);
	assert_string_equal(sim_messages("default/1003/INBOX"), "7000");
}

static char lit[128];

static void note_lamp(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (strncmp(event->name, "MWI:", 4) == 0)
		snprintf(lit + strlen(lit), sizeof(lit) - strlen(lit), "%s %s;", event->name,
			 event->text);
}

static const struct rd_subscriber lamps = { .name = "test",
					    .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE),
					    .notify = note_lamp };

static void a_hint_may_be_the_lamp_of_a_mailbox(void **state)
{
	(void)state;
	lit[0] = '\0';
	sim_load("func_mwi");
	assert_int_equal(rd_subscribe(&lamps), 0);
	sim_voicemail_conf("[default]\n1001 => 1\n[other]\n1 => 1\n");
	assert_int_equal(rd_device_state("MWI:1001@default"), RD_DEVICE_NOT_INUSE);
	sim_use("VoiceMail", "1001&1@other,s");
	sim_heard(3000);
	sim_key('#', 1000);
	assert_non_null(strstr(lit, "MWI:1001@default INUSE;MWI:1001 INUSE;"));
	assert_non_null(strstr(lit, "MWI:1@other INUSE;"));
	assert_null(strstr(lit, "MWI:1 INUSE;"));
	assert_int_equal(rd_device_state("MWI:1001@default"), RD_DEVICE_INUSE);
	assert_int_equal(rd_device_state("MWI:1001"), RD_DEVICE_INUSE);
	sim_use("VoiceMailMain", "1001,sa(0)");
	sim_keys("7#", 3000);
	sim_pass(3000);
	assert_int_equal(rd_device_state("MWI:1001"), RD_DEVICE_NOT_INUSE);
	rd_unsubscribe(&lamps);
}

static void each_greeting_has_its_time(void **state)
{
	static const struct {
		const char *args, *heard;
	} cases[] = {
		{ "1001", "vm-intro beep" },
		{ "1001,s", "beep" },
		{ "1001,us", "<5001> beep" },
		{ "1001,S", "vm-intro beep" },
		{ "1001,uS", "<5001> beep" },
		{ "1001,bS", "<5003> vm-isonphone vm-intro beep" },
		{ "1001,ust(vm-leavemsg)", "<5001> vm-leavemsg" },
		{ "1001,ust", "<5001>" },
		{ "nobody", "" },
	};

	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n");
	sim_put_sound("default/1001/unavail", 5001, 100);
	sim_put_sound("default/1001/greet", 5003, 100);
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		sim_use("VoiceMail", cases[i].args);
		assert_string_equal(sim_heard(1500), cases[i].heard);
	}
	assert_string_equal(sim_outcome(), "next FAILED");
	sim_put_sound("default/1001/temp", 5002, 100);
	sim_use("VoiceMail", "1001,b");
	assert_string_equal(sim_heard(1500), "<5002> vm-intro beep");
}

static void who_hangs_up_in_mid_word_has_left_a_message(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nminsecs = 2\n[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,s");
	sim_pass(3500);
	sim_hangup(&sim_caller);
	sim_pass(500);
	assert_string_equal(sim_outcome(), "gone SUCCESS");
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
	sim_use("VoiceMail", "1001,s");
	sim_pass(1000);
	sim_hangup(&sim_caller);
	sim_pass(500);
	assert_string_equal(sim_outcome(), "gone FAILED");
	sim_use("VoiceMail", "1001,u");
	sim_pass(50);
	sim_hangup(&sim_caller);
	sim_pass(500);
	assert_string_equal(sim_outcome(), "gone FAILED");
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
}

static void what_is_too_short_is_asked_for_again_three_times(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nminsecs = 2\n[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,s");
	sim_pass(1000);
	assert_string_equal(sim_key('#', 1000), "vm-tooshort beep");
	assert_string_equal(sim_key('#', 1000), "vm-tooshort beep");
	assert_string_equal(sim_key('#', 1000), "vm-tooshort");
	assert_string_equal(sim_outcome(), "next FAILED");
	assert_string_equal(sim_messages("default/1001/INBOX"), "");
}

static void a_limit_and_silence_end_it(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nmaxsecs = 3\nmaxsilence = 2\n[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,s");
	assert_string_equal(sim_heard(5000), "beep vm-msgsaved");
	assert_string_equal(sim_envelope("default/1001/INBOX/msg0000.txt", "duration"), "3");
	sim_caller.says = 0;
	sim_use("VoiceMail", "1001,s");
	assert_string_equal(sim_heard(4000), "beep vm-tooshort beep");
}

static void keys_of_the_greeting_lead_where_they_should(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1,,,,operator=yes\n1002 => 1\n");
	sim_use("VoiceMail", "1001,u");
	sim_pass(50);
	sim_key('0', 50);
	assert_string_equal(sim_outcome(), "o USEREXIT");
	sim_use("VoiceMail", "1001,u");
	sim_pass(50);
	sim_key('*', 50);
	assert_string_equal(sim_outcome(), "a USEREXIT");
	sim_use("VoiceMail", "1001,u");
	sim_pass(50);
	assert_string_equal(sim_key('#', 400), "beep");
	/* Nobody is where these keys lead. */
	sim_voicemail_conf(
		"[default]\n1001 => 1,,,,operator=yes|exitcontext=elsewhere\n1002 => 1\n");
	sim_use("VoiceMail", "1001,u");
	sim_pass(50);
	sim_keys("0*", 50);
	assert_string_equal(sim_outcome(), "");
	/* Without operator=yes 0 does nothing, nor does 5 without d. */
	sim_use("VoiceMail", "1002,u");
	sim_pass(50);
	sim_keys("05", 50);
	assert_string_equal(sim_outcome(), "");
	sim_use("VoiceMail", "1002,ud");
	sim_pass(50);
	sim_key('5', 50);
	assert_string_equal(sim_outcome(), "5 USEREXIT");
	sim_use("VoiceMail", "1002,ud(elsewhere)"); /* where there is no 5 */
	sim_pass(50);
	sim_key('5', 50);
	assert_string_equal(sim_outcome(), "");
}

static void the_caller_may_review_what_was_said(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nreview = yes\n[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,s");
	sim_pass(2000);
	assert_string_equal(sim_key('#', 500), "vm-review vm-review-urgent");
	assert_string_equal(sim_key('2', 3000), "<7000> vm-review vm-review-urgent");
	sim_caller.says = 7001;
	assert_string_equal(sim_key('3', 2000), "beep");
	assert_string_equal(sim_key('#', 100), "vm-review");
	assert_string_equal(sim_key('4', 500), "vm-marked-urgent vm-review vm-review-nonurgent");
	assert_string_equal(sim_key('1', 500), "vm-msgsaved");
	assert_string_equal(sim_outcome(), "next SUCCESS");
	assert_string_equal(sim_messages("default/1001/INBOX"), "");
	assert_string_equal(sim_messages("default/1001/Urgent"), "7001");
	assert_string_equal(sim_envelope("default/1001/Urgent/msg0000.txt", "flag"), "Urgent");
}

static void who_says_nothing_more_or_hangs_up_has_kept_it(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nreview = yes\n[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,s");
	sim_pass(2000);
	sim_key('#', 20000);
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
	sim_use("VoiceMail", "1001,s");
	sim_pass(2000);
	sim_key('#', 200);
	sim_hangup(&sim_caller);
	sim_pass(500);
	assert_string_equal(sim_outcome(), "gone SUCCESS");
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000 7000");
}

static void the_operator_is_reached_with_the_message_or_without(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\noperator = yes\n[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,s");
	sim_pass(2000);
	assert_string_equal(sim_key('0', 500), "vm-saveoper");
	assert_string_equal(sim_key('1', 500), "vm-msgsaved");
	assert_string_equal(sim_outcome(), "o USEREXIT");
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
	sim_use("VoiceMail", "1001,s");
	sim_pass(2000);
	assert_string_equal(sim_key('0', 8000), "vm-saveoper vm-deleted");
	assert_string_equal(sim_outcome(), "o USEREXIT");
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
	assert_false(sim_is_there("default/1001/INBOX/msg0001.wav"));
}

static void a_full_mailbox_takes_no_more(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1,,,,maxmsg=1\n");
	sim_put_message("default/1001/INBOX", 0, 7005, "");
	sim_use("VoiceMail", "1001,s");
	assert_string_equal(sim_heard(500), "vm-mailboxfull");
	assert_string_equal(sim_outcome(), "next FAILED");
}

static void one_message_for_several(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n1002 => 1\n[sales]\n7 => 1\n");
	sim_use("VoiceMail", "1001&7@sales&nobody&1002,sU");
	sim_pass(2000);
	sim_key('#', 500);
	assert_string_equal(sim_outcome(), "next SUCCESS");
	assert_string_equal(sim_messages("default/1001/Urgent"), "7000");
	assert_string_equal(sim_messages("default/1002/Urgent"), "7000");
	assert_string_equal(sim_messages("sales/7/Urgent"), "7000");
}

static void P_is_written_down(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n1002 => 1\n");
	sim_use("VoiceMail", "1001,sP");
	sim_pass(2000);
	sim_key('#', 500);
	assert_string_equal(sim_envelope("default/1001/INBOX/msg0000.txt", "flag"), "PRIORITY");
	sim_use("VoiceMail", "1002,s");
	sim_pass(2000);
	sim_key('#', 500);
	assert_string_equal(sim_envelope("default/1002/INBOX/msg0000.txt", "flag"), "");
}

static void a_full_mailbox_gets_no_copy_either(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n1002 => 1,,,,maxmsg=1\n");
	sim_put_message("default/1002/INBOX", 0, 5001, "");
	sim_use("VoiceMail", "1001&1002,s");
	sim_pass(2000);
	sim_key('#', 500);
	assert_string_equal(sim_outcome(), "next SUCCESS");
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
	assert_string_equal(sim_messages("default/1002/INBOX"), "5001");
}

static void what_cannot_be_stored_is_said(void **state)
{
	(void)state;
	sim_put_text("default/1001/tmp", "no directory");
	sim_put_text("default/1002/INBOX", "no directory");
	sim_voicemail_conf("[default]\n1001 => 1\n1002 => 1\n");
	sim_use("VoiceMail", "1001,s");
	assert_string_equal(sim_heard(500), "beep vm-sorry");
	assert_string_equal(sim_outcome(), "next FAILED");
	sim_use("VoiceMail", "1002,s");
	assert_string_equal(sim_heard(500), "vm-sorry");
	assert_string_equal(sim_outcome(), "next FAILED");
}

static void what_could_not_be_stored_does_not_fill_the_disk(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n1002 => 1\n");
	sim_use("VoiceMail", "1001&1002,s");
	sim_pass(2000);
	sim_put_text("default/1001/INBOX", "no directory");
	sim_put_text("default/1002/INBOX", "no directory");
	assert_string_equal(sim_key('#', 500), "vm-sorry");
	assert_string_equal(sim_outcome(), "next FAILED");
	assert_true(sim_is_empty("default/1001/tmp"));
	assert_true(sim_is_empty("default/1002/tmp"));
}

/* The program takes all the time that it may have. */
static void each_of_many_has_its_time_when_the_caller_has_gone(void **state)
{
	char folder[64];

	(void)state;
	sim_voicemail_conf("[general]\nexternnotify = sleep 1000 #\n[default]\n1 => 1\n2 => 1\n"
			   "3 => 1\n4 => 1\n5 => 1\n6 => 1\n7 => 1\n8 => 1\n");
	sim_use("VoiceMail", "1&2&3&4&5&6&7&8,s");
	sim_pass(2000);
	sim_hangup(&sim_caller);
	sim_pass(60000);
	assert_string_equal(sim_outcome(), "gone SUCCESS");
	for (int i = 1; i <= 8; i++) {
		snprintf(folder, sizeof(folder), "default/%d/INBOX", i);
		assert_string_equal(sim_messages(folder), "7000");
	}
}

static void only_what_was_mailed_whole_is_deleted(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nmailcmd = false\ndelete = yes\n[default]\n"
			   "1001 => 1,A,a@example.org\n1002 => 1,B,b@example.org,,attach=no\n");
	sim_use("VoiceMail", "1001&1002,s");
	sim_pass(2000);
	sim_key('#', 500);
	assert_string_equal(sim_messages("default/1001/INBOX"), "");
	assert_string_equal(sim_messages("default/1002/INBOX"), "7000");
}

/* Whatever it would be renamed to when it is put off is taken already, for some seconds. */
static void put_mail_that_stays(int retry_s)
{
	char path[128];

	sim_put_text("../voicemail_outbox/0000000001-000-x.eml", "To: <a@example.org>\n");
	for (int i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), "../voicemail_outbox/%010lld-001-x.eml/there",
			 (long long)rd_wall() + retry_s + i);
		sim_put_text(path, "");
	}
}

/* Programs take their time, not that of the virtual clock. */
static void let_programs_run(const char *until)
{
	for (int i = 0; i < 1000 && !sim_is_there(until); i++) {
		usleep(2000);
		sim_pass(1);
	}
}

static void a_mail_that_cannot_be_put_off_does_not_go_round_and_round(void **state)
{
	char conf[512];

	(void)state;
	sim_put_text("default/x", "");
	put_mail_that_stays(600);
	snprintf(conf, sizeof(conf),
		 "[general]\nmail_retry = 600\n"
		 "mailcmd = echo tried >> %s/spool/voicemail/tries\\; false\n"
		 "[default]\n1001 => 1,Anna,anna@example.org,,attach=no\n",
		 conf_dir_path());
	sim_voicemail_conf(conf);
	sim_use("VoiceMail", "1001,s");
	sim_pass(2000);
	sim_key('#', 500);
	let_programs_run("tries");
	assert_true(sim_is_there("tries"));
	let_programs_run("nothing");
	assert_int_equal(sim_size("tries"), strlen("tried\n"));
}

/* A message is left, and what grep finds in the mail about it is in the file "mail". */
static void mail_with(const char *pattern, const char *rest)
{
	char conf[512], *spool = rd_asprintf("%s/spool/voicemail", conf_dir_path());

	snprintf(conf, sizeof(conf),
		 "[general]\nmailcmd = grep -o '%s' > %s/some\\; mv %s/some %s/mail\n%s", pattern,
		 spool, spool, spool, rest);
	rd_free(spool);
	sim_voicemail_conf(conf);
	sim_use("VoiceMail", "1001,s");
	sim_pass(2000);
	sim_key('#', 500);
	let_programs_run("mail");
}

static void the_date_of_a_mail_is_written_as_wanted(void **state)
{
	(void)state;
	mail_with("on-20..",
		  "attach = no\nemaildateformat = on-%Y\nemailbody = It was ${VM_DATE}.\n"
		  "[default]\n1001 => 1,Ann,ann@example.org\n");
	assert_int_equal(sim_size("mail"), strlen("on-2026\n"));
}

static void a_pager_has_a_short_mail_of_its_own(void **state)
{
	(void)state;
	mail_with("p[fsb]-here",
		  "pagerfromstring = pf-here\npagersubject = ps-here\n"
		  "pagerbody = pb-here\n[default]\n1001 => 1,Ann,,page@example.org\n");
	assert_int_equal(sim_size("mail"), 3 * strlen("pf-here\n"));
}

static void callers_may_not_mark_it_urgent_where_that_is_not_wanted(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nreview = yes\nleaveurgent = no\n[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,s");
	sim_pass(2000);
	assert_string_equal(sim_key('#', 500), "vm-review");
	sim_key('4', 500);
	sim_key('1', 500);
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
}

static void without_a_mailbox_the_caller_is_asked(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n");
	sim_use("VoiceMail", ",s");
	assert_string_equal(sim_heard(500), "vm-whichbox");
	assert_string_equal(sim_keys("1001#", 500), "beep");
}

static void before_the_answer_only_the_greeting_is_heard(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n");
	sim_use("VoiceMail", "1001,e");
	assert_string_equal(sim_heard(80), "vm-intro");
	assert_int_equal(sim_caller.answered, 0);
	assert_string_equal(sim_heard(500), "beep");
	assert_int_equal(sim_caller.answered, 1);
}

/* ---- functions and the small applications ---- */

static int read_function(void *arg)
{
	struct rd_buf out;
	const char *const *call = arg;
	int rc;

	rd_buf_init(&out);
	rc = rd_function_read(NULL, call[0], call[1], &out);
	if (call[2])
		assert_string_equal(rd_buf_text(&out), call[2]);
	rd_buf_fini(&out);
	return rc;
}

static void assert_function(const char *name, const char *args, const char *value)
{
	const char *call[] = { name, args, value };

	assert_int_equal(sim_run(read_function, call), 0);
}

static void functions_tell_of_mailboxes(void **state)
{
	const char *wrong[] = { "VM_INFO", "1001,password", NULL };

	(void)state;
	sim_put_message("default/1001/INBOX", 0, 7005, "");
	sim_put_message("default/1001/INBOX", 1, 7006, "");
	sim_put_message("default/1001/Urgent", 0, 7007, "");
	sim_put_message("default/1001/Old", 0, 7008, "");
	sim_put_message("default/1002/INBOX", 0, 7009, "");
	sim_voicemail_conf("[default]\n1001 => 1,Anna Berg,anna@example.org\n1002 => 1\n");
	assert_function("VMCOUNT", "1001", "3");
	assert_function("VMCOUNT", "1001@default,Old", "1");
	assert_function("VMCOUNT", "1001&1002,INBOX", "4");
	assert_function("VMCOUNT", "9999", "0");
	assert_function("VM_INFO", "1001,count", "3");
	assert_function("VM_INFO", "1001@default,count,Old", "1");
	assert_function("VM_INFO", "1001,fullname", "Anna Berg");
	assert_function("VM_INFO", "1001,email", "anna@example.org");
	assert_function("VM_INFO", "1001,exists", "1");
	assert_function("VM_INFO", "1001@sales,exists", "0");
	assert_function("MAILBOX_EXISTS", "1002", "1");
	assert_int_equal(sim_run(read_function, wrong), -EINVAL);
	sim_use("MailboxExists", "1001");
	sim_pass(50);
	assert_string_equal(sim_left("VMBOXEXISTSSTATUS"), "SUCCESS");
	sim_use("MailboxExists", "1003");
	sim_pass(50);
	assert_string_equal(sim_left("VMBOXEXISTSSTATUS"), "FAILED");
}

static void a_pin_opens_and_a_wrong_one_does_not(void **state)
{
	(void)state;
	sim_voicemail_conf("[general]\nmaxlogins = 2\n[default]\n1001 => 4711\n1002 =>\n");
	sim_use("VMAuthenticate", "1001");
	assert_string_equal(sim_heard(500), "vm-password");
	assert_string_equal(sim_keys("4711#", 1000), "auth-thankyou");
	assert_string_equal(sim_outcome(), "next");
	assert_string_equal(sim_left("AUTH_MAILBOX"), "1001");
	assert_string_equal(sim_left("AUTH_CONTEXT"), "default");
	sim_use("VMAuthenticate", "");
	assert_string_equal(sim_heard(500), "vm-login");
	assert_string_equal(sim_keys("1009#", 500), "vm-password");
	assert_string_equal(sim_keys("4711#", 1000), "vm-incorrect-mailbox");
	assert_string_equal(sim_keys("1001#", 500), "vm-password");
	assert_string_equal(sim_keys("4712#", 1000), "vm-incorrect vm-goodbye");
	assert_string_equal(sim_outcome(), "gone");
	/* One that has no PIN proves nothing, whatever is keyed. */
	sim_use("VMAuthenticate", "1002");
	sim_pass(500);
	assert_string_equal(sim_outcome(), "gone");
	sim_use("VMAuthenticate", "");
	sim_pass(500);
	sim_keys("1002#", 500);
	assert_string_equal(sim_key('#', 1000), "vm-incorrect-mailbox");
}

static void a_mailbox_is_keyed_without_a_prompt(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 4711\n");
	sim_use("VMAuthenticate", ",s");
	assert_string_equal(sim_heard(500), "");
	assert_string_equal(sim_keys("1002#", 500), "vm-password");
	assert_string_equal(sim_keys("4711#", 1000), "vm-incorrect-mailbox");
	assert_string_equal(sim_keys("1001#", 500), "vm-password");
	assert_string_equal(sim_keys("4711#", 1000), "auth-thankyou");
	assert_string_equal(sim_outcome(), "next");
	assert_string_equal(sim_left("AUTH_MAILBOX"), "1001");
}

static void a_name_is_said_as_recorded_or_as_digits(void **state)
{
	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n");
	sim_use("VMSayName", "1001");
	assert_string_equal(sim_heard(1000), "digits/1 digits/0 digits/1");
	sim_put_sound("default/1001/greet", 5003, 100);
	sim_use("VMSayName", "1001@default");
	assert_string_equal(sim_heard(1000), "<5003>");
}

static void a_message_is_played_by_its_id(void **state)
{
	(void)state;
	sim_put_message("default/1001/INBOX", 0, 7005, "");
	sim_voicemail_conf("[default]\n1001 => 1\n");
	sim_use("VoiceMailPlayMsg", "1001,default/1001/INBOX-7005");
	assert_string_equal(sim_heard(1500), "<7005>");
	assert_string_equal(sim_left("VOICEMAIL_PLAYBACKSTATUS"), "SUCCESS");
	sim_use("VoiceMailPlayMsg", "1001,none");
	assert_string_equal(sim_heard(1500), "");
	assert_string_equal(sim_left("VOICEMAIL_PLAYBACKSTATUS"), "FAILED");
}

/* MixMonitor() of these options records the caller for two seconds. */
static void record_with(const char *options, const char *until)
{
	static char args[256];

	snprintf(args, sizeof(args), "%s/call.wav,%s", conf_dir_path(), options);
	sim_use("MixMonitor", args);
	sim_pass(2000);
	/* The next call lets go of this one, a second later. */
	sim_use("StopMixMonitor", "");
	let_programs_run(until);
}

static void a_recorded_call_becomes_a_message(void **state)
{
	static const char inbox[] = "default/1001/INBOX/msg0000.txt";
	static const char again[] = "default/1001/INBOX/msg0001.txt";
	static const char work[] = "sales/7/Work/msg0000.txt";

	(void)state;
	sim_load("app_mixmonitor");
	sim_voicemail_conf("[default]\n1001 => 1\n1002 => 1,,,,maxmsg=1\n[sales]\n7 => 1\n");
	sim_put_message("default/1002/INBOX", 0, 5001, "");
	record_with("m(1001,nobody,1002,1001/Nowhere,7@sales/Work)c", work);
	assert_string_equal(sim_messages("default/1001/INBOX"), "7000");
	assert_string_equal(sim_messages("sales/7/Work"), "7000");
	assert_string_equal(sim_messages("default/1002/INBOX"), "5001");
	assert_string_equal(sim_envelope(inbox, "callerid"), "\"alice\" <alice>");
	assert_string_equal(sim_envelope(inbox, "duration"), "3");
	assert_string_equal(sim_envelope(inbox, "exten"), "app");
	assert_string_equal(sim_envelope(work, "origmailbox"), "7");
	/* Nobody was talked to. What is written to the file later is not in the message. */
	record_with("am(1001)", again);
	assert_string_equal(sim_envelope(again, "callerid"), "Unknown");
	assert_true(sim_size("default/1001/INBOX/msg0001.wav") >
		    sim_size("default/1001/INBOX/msg0000.wav") * 3 / 2);
	assert_true(sim_is_empty("default/1002/tmp"));
}

static void letters_that_do_not_work_are_named(void **state)
{
	char buf[256];
	const struct rd_app *app = rd_app_find("VoiceMail");

	(void)state;
	assert_null(app->check("1001,busSeUPd(x)t(beep)g(3)", buf, sizeof(buf)));
	assert_non_null(app->check("1001,uj", buf, sizeof(buf)));
	assert_null(rd_app_find("VMAuthenticate")->check("1001,s", buf, sizeof(buf)));
	assert_non_null(rd_app_find("VMAuthenticate")->check("1001,q", buf, sizeof(buf)));
}

static void a_mailbox_that_is_not_there_is_named(void **state)
{
	const struct rd_app *leave = rd_app_find("VoiceMail");
	const struct rd_app *listen = rd_app_find("VoiceMailMain");
	static const char *const others[] = { "VMAuthenticate", "VMSayName", "VoiceMailPlayMsg" };
	char buf[256];

	(void)state;
	sim_voicemail_conf("[default]\n1001 => 1\n[sales]\n1 => 1\n");
	assert_null(leave->check("1001&1@sales,u", buf, sizeof(buf)));
	assert_string_equal(leave->check("1001&1@sale,u", buf, sizeof(buf)),
			    "voicemail.conf has no mailbox \"1@sale\"");
	assert_null(listen->check("1@sales", buf, sizeof(buf)));
	assert_null(listen->check("", buf, sizeof(buf)));
	assert_null(listen->check("@sales", buf, sizeof(buf)));
	assert_null(listen->check("10,p", buf, sizeof(buf)));
	assert_non_null(listen->check("1002,s", buf, sizeof(buf)));
	for (size_t i = 0; i < RD_ARRAY_SIZE(others); i++) {
		const struct rd_app *app = rd_app_find(others[i]);

		assert_null(app->check("1@sales", buf, sizeof(buf)));
		assert_null(app->check("@sales", buf, sizeof(buf)));
		assert_string_equal(app->check("2@sales", buf, sizeof(buf)),
				    "voicemail.conf has no mailbox \"2@sales\"");
	}
}

/* A line of the dialplan is checked before anybody calls. */
static void letters_that_are_none_are_told_by_the_check(void **state)
{
	static const struct {
		const char *app, *right, *wrong;
	} cases[] = {
		{ "VoiceMail", "1001,u", "1001,!" },
		{ "VoiceMailMain", "1001,s", "1001,!" },
		{ "VMAuthenticate", "1001,s", "1001,!" },
		{ "Directory", "default,office,f", "default,office,!" },
	};
	char buf[128];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		const struct rd_app *app = rd_app_find(cases[i].app);
		const char *wrong;

		assert_null(app->check(cases[i].right, buf, sizeof(buf)));
		wrong = app->check(cases[i].wrong, buf, sizeof(buf));
		assert_non_null(wrong);
		assert_non_null(strstr(wrong, "no such option \"!\""));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VOICEMAIL_TEST(a_message_is_taken_stored_and_counted),
		VOICEMAIL_TEST(a_caller_may_be_recorded_louder_or_softer),
		VOICEMAIL_TEST(a_hint_may_be_the_lamp_of_a_mailbox),
		VOICEMAIL_TEST(each_greeting_has_its_time),
		VOICEMAIL_TEST(who_hangs_up_in_mid_word_has_left_a_message),
		VOICEMAIL_TEST(what_is_too_short_is_asked_for_again_three_times),
		VOICEMAIL_TEST(a_limit_and_silence_end_it),
		VOICEMAIL_TEST(keys_of_the_greeting_lead_where_they_should),
		VOICEMAIL_TEST(the_caller_may_review_what_was_said),
		VOICEMAIL_TEST(who_says_nothing_more_or_hangs_up_has_kept_it),
		VOICEMAIL_TEST(the_operator_is_reached_with_the_message_or_without),
		VOICEMAIL_TEST(a_full_mailbox_takes_no_more),
		VOICEMAIL_TEST(one_message_for_several),
		VOICEMAIL_TEST(P_is_written_down),
		VOICEMAIL_TEST(a_full_mailbox_gets_no_copy_either),
		VOICEMAIL_TEST(what_cannot_be_stored_is_said),
		VOICEMAIL_TEST(what_could_not_be_stored_does_not_fill_the_disk),
		VOICEMAIL_TEST(each_of_many_has_its_time_when_the_caller_has_gone),
		VOICEMAIL_TEST(only_what_was_mailed_whole_is_deleted),
		VOICEMAIL_TEST(a_mail_that_cannot_be_put_off_does_not_go_round_and_round),
		VOICEMAIL_TEST(the_date_of_a_mail_is_written_as_wanted),
		VOICEMAIL_TEST(a_pager_has_a_short_mail_of_its_own),
		VOICEMAIL_TEST(callers_may_not_mark_it_urgent_where_that_is_not_wanted),
		VOICEMAIL_TEST(without_a_mailbox_the_caller_is_asked),
		VOICEMAIL_TEST(before_the_answer_only_the_greeting_is_heard),
		VOICEMAIL_TEST(functions_tell_of_mailboxes),
		VOICEMAIL_TEST(a_pin_opens_and_a_wrong_one_does_not),
		VOICEMAIL_TEST(a_mailbox_is_keyed_without_a_prompt),
		VOICEMAIL_TEST(a_name_is_said_as_recorded_or_as_digits),
		VOICEMAIL_TEST(a_message_is_played_by_its_id),
		VOICEMAIL_TEST(a_recorded_call_becomes_a_message),
		VOICEMAIL_TEST(a_mailbox_that_is_not_there_is_named),
		VOICEMAIL_TEST(letters_that_do_not_work_are_named),
		VOICEMAIL_TEST(letters_that_are_none_are_told_by_the_check),
	};

	return RUN_GROUP(tests);
}
