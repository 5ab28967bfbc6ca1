/* EmergencyCall(): what the house is told, which number is shown, for how long a call back finds
 * the phone, and what emergency.conf may not say. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/mail.h>
#include <ringdown/store.h>

#include "core/module/loader.h"
#include "tests/sim/sip_store.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/oom.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *help = &phones[2];
static const struct rd_module *emergency;
static char told[512], mailed[1024];
static int mail_rc;

static const char plan[] = "[sim]\n"
			   "exten => 112,1,EmergencyCall(Sim/help,20)\n"
			   " same => n,Note(${DIALSTATUS})\n"
			   "exten => mail,1,MailTo(a@example.org|b@example.org,The door,"
			   "It rang, once\\nat noon)\n"
			   " same => n,Note(${MAILSTATUS})\n"
			   "exten => back,1,Note(<${EMERGENCY_CALLBACK(${WHO})}>)\n";

static const char conf[] = "[general]\n"
			   "email = guard@example.org\n"
			   "callback_time = 10m\n"
			   "[workshop]\n"
			   "phones = carol, _al[i]ce\n"
			   "callback = +49305551\n"
			   "location = country=DE,RD=Am <Tor>\n"
			   "location = hno=7\n";

static void hear(const struct rd_event *event, void *arg)
{
	size_t n = strlen(told);

	(void)arg;
	snprintf(told + n, sizeof(told) - n, "%s %s at %s by %s %s;", event->name, event->text,
		 rd_event_value(event, "site"), rd_event_value(event, "callback"),
		 rd_event_value(event, "status"));
}

static const struct rd_subscriber listener = { .name = "test",
					       .types = RD_EVENT_BIT(RD_EVENT_EMERGENCY),
					       .notify = hear };

static int take_mail(const struct rd_mail_letter *letter)
{
	snprintf(mailed, sizeof(mailed), "%s|%s|%s", letter->to, letter->subject, letter->body);
	return mail_rc;
}

static const struct rd_mail outbox = { .send = take_mail };
static const struct rd_interface outboxes[] = {
	{ .name = RD_MAIL, .version = RD_MAIL_VERSION, .functions = &outbox }, { 0 }
};

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "help" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i], .ring_ms = 100 };
	help->answer_ms = 500;
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	store_open();
	sim_load("app_dial");
	emergency = sim_load("app_emergency");
	assert_int_equal(rd__interface_add(outboxes, "test"), 0);
	assert_int_equal(conf_dir_apply(emergency->config, conf), 0);
	sim_plan(plan);
	told[0] = mailed[0] = '\0';
	mail_rc = 0;
	assert_int_equal(rd_subscribe(&listener), 0);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	rd_unsubscribe(&listener);
	rd__interface_remove(outboxes);
	emergency->unload();
	store_close();
	store_forget();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void call(struct sim_phone *phone)
{
	sim_call(phone, "112");
	sim_pass(1000);
}

static const char *called_back(const char *number)
{
	static char before[256];
	struct rd_channel *ch;

	rd_strcpy(before, sizeof(before), sim_notes());
	ch = sim_call(bob, "back");
	rd_var_set(ch, "WHO", number);
	sim_pass(10);
	return sim_notes() + strlen(before) + (*before != '\0');
}

/* ---- what is told ---- */

static void the_house_is_told_and_the_number_of_the_place_is_shown(void **state)
{
	(void)state;
	call(alice);
	assert_int_equal(help->answered, 1);
	assert_string_equal(help->shown_caller, "+49305551");
	assert_string_equal(told, "Sim/alice CALL at workshop by +49305551 ;");
	assert_non_null(strstr(mailed, "guard@example.org|Emergency call from alice, workshop|"));
	assert_non_null(strstr(mailed, "Phone: Sim/alice\n"));
	assert_non_null(strstr(mailed, "\n  RD: Am <Tor>\n  hno: 7\n"));
	sim_hangup(alice);
	sim_pass(100);
	assert_non_null(strstr(told, "Sim/alice END at workshop by +49305551 ANSWER;"));
}

static void a_phone_without_a_place_calls_all_the_same(void **state)
{
	(void)state;
	call(bob);
	assert_int_equal(help->answered, 1);
	assert_string_equal(help->shown_caller, "bob");
	assert_string_equal(told, "Sim/bob CALL at  by bob ;");
	assert_non_null(strstr(mailed, "Place: not known"));
}

static void a_mail_that_cannot_be_written_holds_nobody_up(void **state)
{
	(void)state;
	mail_rc = -ENOSPC;
	call(alice);
	assert_int_equal(help->answered, 1);
}

static void without_the_file_the_call_is_made(void **state)
{
	(void)state;
	assert_int_equal(conf_dir_apply(emergency->config, ""), 0);
	call(alice);
	assert_int_equal(help->answered, 1);
	assert_string_equal(help->shown_caller, "alice");
	assert_string_equal(mailed, "");
}

static void who_gets_no_answer_is_told_so(void **state)
{
	(void)state;
	help->answer_ms = 0;
	help->refuse_ms = 300;
	help->refuse_cause = RD_CAUSE_CONGESTION;
	call(alice);
	assert_string_equal(sim_notes(), "CONGESTION");
	assert_int_equal(help->called, 1); /* there is no call that would make room */
}

/* ---- MailTo() ---- */

static void the_dialplan_sends_a_mail_of_several_lines(void **state)
{
	(void)state;
	sim_load("app_mail");
	assert_string_equal(sim_dial("mail"), "SUCCESS");
	assert_string_equal(mailed, "a@example.org|b@example.org|The door|It rang, once\nat noon");
	mail_rc = -EINVAL;
	assert_string_equal(sim_dial("mail"), "INVALID_ADDRESS");
	mail_rc = -ENOSPC;
	assert_string_equal(sim_dial("mail"), "FAILED");
}

static void without_an_outbox_it_says_so(void **state)
{
	(void)state;
	sim_load("app_mail");
	rd__interface_remove(outboxes);
	assert_string_equal(sim_dial("mail"), "FAILED");
	assert_int_equal(rd__interface_add(outboxes, "test"), 0);
}

/* ---- calling back ---- */

static void a_call_back_finds_the_phone_for_a_while(void **state)
{
	(void)state;
	assert_string_equal(called_back("+49305551"), "<>");
	call(alice);
	sim_hangup(alice);
	sim_pass(9 * 60 * 1000);
	assert_string_equal(called_back("+49305551"), "<Sim/alice>");
	assert_string_equal(called_back("49305551"), "<Sim/alice>");
	assert_string_equal(called_back("49305552"), "<>");
	sim_pass(2 * 60 * 1000);
	assert_string_equal(called_back("+49305551"), "<>");
}

/* ---- emergency.conf ---- */

static void what_is_wrong_in_the_file_is_told_with_its_line(void **state)
{
	static const struct {
		const char *conf, *want;
	} rows[] = {
		{ "[a]\nphones = 1\nlocation = street=Here\n", "emergency.conf:3: " },
		{ "[a]\nphones = 1\nlocation = RD=\n", "emergency.conf:3: " },
		{ "[a]\nphones = 1\ncallback = alice\n", "emergency.conf:3: " },
		{ "[a]\ncallback = 12\n", "phones" },
		{ "[general]\nemail = nobody\n", "emergency.conf:2: " },
		{ "[general]\nphones = 1\n", "emergency.conf:2: " },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		assert_int_equal(conf_dir_apply(emergency->config, rows[i].conf), -EINVAL);
		if (!strstr(conf_dir_findings(), rows[i].want))
			fail_msg("%s: %s", rows[i].conf, conf_dir_findings());
	}
}

static void memory_may_run_out_while_it_is_read(void **state)
{
	(void)state;
	conf_dir_write("emergency.conf", conf);
	assert_true(oom_sweep(conf_dir_build_once, (void *)emergency->config) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_house_is_told_and_the_number_of_the_place_is_shown),
		TEST(a_phone_without_a_place_calls_all_the_same),
		TEST(a_mail_that_cannot_be_written_holds_nobody_up),
		TEST(without_the_file_the_call_is_made),
		TEST(who_gets_no_answer_is_told_so),
		TEST(the_dialplan_sends_a_mail_of_several_lines),
		TEST(without_an_outbox_it_says_so),
		TEST(a_call_back_finds_the_phone_for_a_while),
		TEST(what_is_wrong_in_the_file_is_told_with_its_line),
		TEST(memory_may_run_out_while_it_is_read),
	};

	return RUN_GROUP(tests);
}
