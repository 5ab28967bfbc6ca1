/* Call records: what is written of each way that a call can go. A record reads
 * "src>dst channel-dstchannel DISPOSITION duration/billsec lastapp". */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/module.h>
#include <ringdown/transfer.h>

#include "core/base/alloc.h"
#include "core/call/reach.h"
#include "core/call/registry.h"
#include "core/config/config.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"

static struct sim_phone phones[5];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];
static struct sim_phone *dave = &phones[3], *alice2 = &phones[4];
static const struct rd_module *cdr;
static char records[1024];
static struct rd_transfer *transfer;

static const char plan[] =
	"[sim]\n"
	"exten => bob,1,Dial(Sim/bob,20)\n"
	"exten => carol,1,Dial(Sim/carol,20)\n"
	"exten => dave,1,Dial(Sim/dave,20)\n"
	"exten => all,1,Dial(Sim/bob&Sim/carol,20)\n"
	"exten => next,1,Dial(Sim/bob,5)\nsame => n,Dial(Sim/carol,5)\n"
	"exten => mail,1,Dial(Sim/bob,5)\nsame => n,Answer()\nsame => n,Pause(7)\n"
	"exten => go,1,Dial(Sim/bob,20,g)\nsame => n,Pause(3)\n"
	"exten => sub,1,Gosub(ring,1(bob))\n"
	"exten => ring,1,Dial(Sim/${ARG1},20)\nsame => n,Return()\n"
	"exten => menu,1,Answer()\nsame => n,Pause(4)\nsame => n,Goto(bob,1)\n"
	"exten => later,1,Pause(4)\nsame => n,Goto(dave,1)\n"
	"exten => room,1,Answer()\nsame => n,ConfBridge(sales)\n"
	"exten => lobby,1,Answer()\nsame => n,ConfBridge(sales)\nsame => n,Dial(Sim/dave,20)\n"
	"exten => fetch,1,Bridge(Sim/alice)\n"
	"exten => spy,1,Answer()\nsame => n,ChanSpy(Sim/alice,qd)\n"
	"exten => page,1,Page(Sim/bob&Sim/carol,q)\n"
	"exten => off,1,Set(CDR_PROP(disable)=1)\nsame => n,Dial(Sim/bob,20)\n"
	"exten => reset,1,Answer()\nsame => n,Pause(9)\nsame => n,ResetCDR(w)\n"
	"same => n,Pause(2)\n"
	"exten => read,1,Dial(Sim/bob,5)\n"
	"same => n,Note(${CDR(disposition)} ${CDR(dst)} ${CDR(billsec)} ${CDR(nosuch)}.)\n"
	"exten => deny,1,Set(CDR(src)=911)\nsame => n,Note(${CDR(src)})\n"
	"exten => silent,1,Pause(30)\n"
	"exten => ever,1,Dial(Sim/bob,1)\nsame => n,Goto(1)\n"
	"exten => own,1,Dial(Sim/bob,20,B(own^1^1))\n"
	"exten => lent,1,Dial(Sim/bob,20,b(own^1^1)U(own))\n"
	"exten => send,1,Dial(Sim/bob,20,U(away))\nsame => n,Answer()\nsame => n,Pause(7)\n"
	"exten => told,1,Dial(Sim/bob,20,gU(own))\nsame => n,Answer()\nsame => n,Pause(7)\n"
	"exten => part,1,Dial(Sim/bob,20,G(part^5))\nsame => 5,Pause(7)\n"
	"same => 6,Pause(9)\n"
	"exten => h,1,Note(${CDR(disposition)})\nsame => n,Set(CDR(userfield)=at the end)\n"
	"[away]\nexten => s,1,Pause(2)\nsame => n,Set(GOSUB_RESULT=BUSY)\n"
	"same => n,Return()\n"
	"[own]\nexten => 1,1,Return()\nexten => s,1,Pause(2)\nsame => n,Return()\n";

/* ---- what is written ---- */

/* "bob" of "Sim/bob-00000001". */
static void add_phone(const char *channel)
{
	const char *name = strchr(channel, '/');
	size_t n = strlen(records);

	if (name)
		snprintf(records + n, sizeof(records) - n, "%.*s", (int)strcspn(name + 1, "-"),
			 name + 1);
}

static void add_record(const struct rd_event *event, void *arg)
{
	size_t n = strlen(records);

	(void)arg;
	snprintf(records + n, sizeof(records) - n, "%s%s>%s ", n ? ", " : "",
		 rd_event_value(event, "src"), rd_event_value(event, "dst"));
	add_phone(rd_event_value(event, "channel"));
	strcat(records, "-");
	add_phone(rd_event_value(event, "dstchannel"));
	n = strlen(records);
	snprintf(records + n, sizeof(records) - n, " %s %s/%s %s",
		 rd_event_value(event, "disposition"), rd_event_value(event, "duration"),
		 rd_event_value(event, "billsec"), rd_event_value(event, "lastapp"));
}

static const struct rd_subscriber listener = {
	.name = "test", .types = RD_EVENT_BIT(RD_EVENT_CALL_RECORD), .notify = add_record
};

#define ASSERT_RECORDS(expected)                        \
	do {                                            \
		sim_finish();                           \
		assert_string_equal(records, expected); \
	} while (0)

static char fields[512];

/* Some fields of the last record. */
static void add_fields(const struct rd_event *event, void *arg)
{
	(void)arg;
	snprintf(fields, sizeof(fields), "%s|%s|%s|%s|%s|%s", rd_event_value(event, "userfield"),
		 rd_event_value(event, "project"), rd_event_value(event, "accountcode"),
		 rd_event_value(event, "lastdata"), rd_event_value(event, "dcontext"),
		 rd_event_value(event, "amaflags"));
}

static const struct rd_subscriber field_listener = {
	.name = "fields", .types = RD_EVENT_BIT(RD_EVENT_CALL_RECORD), .notify = add_fields
};

/* ---- the house ---- */

static void configure(const char *text)
{
	struct rd_config_report *report;
	void *snapshot;

	conf_dir_write("cdr.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(cdr->config->build(&snapshot, report), 0);
	rd_config_report_free(report);
	cdr->config->commit(snapshot);
}

static int answer(struct rd_channel *ch, const char *args)
{
	(void)args;
	return rd_answer(ch);
}

static const struct rd_cli_command *conferences;

static const struct rd_app answer_app = { .name = "Answer", .run = answer };

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave", "alice2" };
	static const char *const modules[] = { "app_dial", "app_bridge" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i], .ring_ms = 10,
						.answer_ms = 2000 };
	records[0] = fields[0] = '\0';
	sim_dialplan_begin(state);
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	conferences = sim_load("app_confbridge")->commands;
	assert_int_equal(rd__app_add(&answer_app, "test"), 0);
	cdr = sim_load("cdr");
	configure("[general]\n");
	assert_int_equal(cdr->load(), 0);
	assert_int_equal(rd_subscribe(&listener), 0);
	assert_int_equal(rd_subscribe(&field_listener), 0);
	sim_plan(plan);
	return 0;
}

static int end(void **state)
{
	rd_unsubscribe(&listener);
	rd_unsubscribe(&field_listener);
	cdr->unload();
	rd__app_remove(&answer_app);
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

/* Calls, and 10 s of talk after what the phones take to answer. */
static void call(struct sim_phone *from, const char *exten, int ms)
{
	sim_call(from, exten);
	sim_pass(ms);
}

/* ---- one call ---- */

static void an_answered_call_has_one_record(void **state)
{
	(void)state;
	call(alice, "bob", 12000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>bob alice-bob ANSWERED 12/10 Dial");
	assert_string_equal(fields, "at the end|||Sim/bob,20|sim|DOCUMENTATION");
}

static void it_does_not_matter_who_hangs_up(void **state)
{
	(void)state;
	call(alice, "bob", 12000);
	sim_hangup(bob);
	ASSERT_RECORDS("alice>bob alice-bob ANSWERED 12/10 Dial");
}

static void busy_failed_and_unanswered_are_told_apart(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	bob->refuse_ms = 1000;
	bob->refuse_cause = RD_CAUSE_BUSY;
	call(alice, "bob", 3000);
	carol->unreachable = true;
	call(alice, "carol", 3000);
	dave->answer_ms = 0;
	call(alice, "dave", 30000);
	ASSERT_RECORDS("alice>bob alice-bob BUSY 1/0 Dial, "
		       "alice>dave alice-dave NO ANSWER 20/0 Dial");
}

static bool bob_is_forwarded_when_busy(const char *device, const struct rd_channel *caller,
				       struct rd_reach_wish *wish)
{
	(void)caller;
	if (strcmp(device, "Sim/bob") == 0)
		wish->forward[RD_FORWARD_BUSY] = "Sim/carol";
	return wish->forward[RD_FORWARD_BUSY];
}

static const char *nobody(const char *device)
{
	(void)device;
	return NULL;
}

static void who_was_busy_was_so_though_his_calls_go_elsewhere(void **state)
{
	static const struct rd_reach reach = { .wish = bob_is_forwarded_when_busy,
					       .owner = nobody };

	(void)state;
	assert_int_equal(rd__reach_set(&reach), 0);
	bob->answer_ms = 0;
	call(alice, "bob", 1000);
	rd_hangup(bob->ch, RD_CAUSE_BUSY); /* as SIP has it, with its cause */
	sim_pass(10000);
	sim_hangup(alice);
	assert_int_equal(rd__reach_set(NULL), 0);
	ASSERT_RECORDS("alice>bob alice-bob BUSY 1/0 Dial, "
		       "alice>bob alice-carol ANSWERED 10/8 Dial");
}

static void who_runs_the_callers_subroutine_has_called_nobody(void **state)
{
	(void)state;
	call(alice, "lent", 12000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>lent alice-bob ANSWERED 12/8 Dial");
}

static void a_subroutine_within_an_application_is_not_what_called(void **state)
{
	(void)state;
	call(alice, "own", 12000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>own alice-bob ANSWERED 12/10 Dial");
}

static void who_answers_and_sends_the_caller_away_has_not_talked_to_him(void **state)
{
	(void)state;
	call(alice, "send", 30000);
	ASSERT_RECORDS("alice>send alice-bob NO ANSWER 4/0 Dial, "
		       "alice>send alice- ANSWERED 7/7 Pause");
}

static void who_goes_before_he_is_joined_has_not_either(void **state)
{
	(void)state;
	bob->hangup_ms = 3000;
	call(alice, "told", 30000);
	ASSERT_RECORDS("alice>told alice-bob NO ANSWER 3/0 Dial, "
		       "alice>told alice- ANSWERED 7/7 Pause");
}

static void nor_has_a_caller_who_goes_before_he_is_joined(void **state)
{
	(void)state;
	call(alice, "told", 3000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>told alice-bob NO ANSWER 3/0 Dial");
}

static void two_who_go_ways_of_their_own_have_met(void **state)
{
	(void)state;
	call(alice, "part", 30000);
	ASSERT_RECORDS("alice>part alice-bob ANSWERED 2/0 Dial, "
		       "bob>part bob- ANSWERED 9/9 Pause, "
		       "alice>part alice- ANSWERED 16/16 Pause");
}

static void a_caller_who_gives_up_was_not_answered(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	call(alice, "bob", 7000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>bob alice-bob NO ANSWER 7/0 Dial");
}

static void each_phone_that_rang_has_a_record(void **state)
{
	(void)state;
	carol->answer_ms = 3000;
	bob->answer_ms = 0;
	call(alice, "all", 13000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>all alice-bob NO ANSWER 3/0 Dial, "
		       "alice>all alice-carol ANSWERED 13/10 Dial");
}

static void the_first_of_several_has_one_as_well(void **state)
{
	(void)state;
	bob->answer_ms = 3000;
	carol->answer_ms = 0;
	call(alice, "all", 13000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>all alice-carol NO ANSWER 3/0 Dial, "
		       "alice>all alice-bob ANSWERED 13/10 Dial");
}

/* Who is busy does not end what the others are called for. */
static void who_was_busy_meanwhile_is_no_record_more(void **state)
{
	(void)state;
	bob->answer_ms = 3000;
	carol->answer_ms = 0;
	carol->refuse_ms = 1000;
	carol->refuse_cause = RD_CAUSE_BUSY;
	call(alice, "all", 13000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>all alice-carol BUSY 1/0 Dial, "
		       "alice>all alice-bob ANSWERED 13/10 Dial");
}

static void one_after_the_other_has_two(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	call(alice, "next", 17000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>next alice-bob NO ANSWER 5/0 Dial, "
		       "alice>next alice-carol ANSWERED 12/10 Dial");
}

static void what_follows_a_dial_is_a_record_of_its_own(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	call(alice, "mail", 30000);
	ASSERT_RECORDS("alice>mail alice-bob NO ANSWER 5/0 Dial, "
		       "alice>mail alice- ANSWERED 7/7 Pause");
}

static void what_follows_a_talk_is_too(void **state)
{
	(void)state;
	bob->hangup_ms = 6000;
	call(alice, "go", 30000);
	ASSERT_RECORDS("alice>go alice-bob ANSWERED 6/4 Dial, "
		       "alice>go alice- ANSWERED 3/3 Pause");
}

static void a_subroutine_does_not_change_who_was_called(void **state)
{
	(void)state;
	call(alice, "sub", 12000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>sub alice-bob ANSWERED 12/10 Dial");
}

static void a_menu_counts_from_its_answer(void **state)
{
	(void)state;
	call(alice, "menu", 16000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>bob alice-bob ANSWERED 16/16 Dial");
}

static void nobody_was_called_and_nobody_answered_is_no_record(void **state)
{
	(void)state;
	call(alice, "silent", 5000);
	sim_hangup(alice);
	ASSERT_RECORDS("");
}

static void unless_cdr_conf_wants_it(void **state)
{
	(void)state;
	configure("[general]\nunanswered = yes\ninitiatedseconds = yes\n[radius]\n[odbc]\n");
	call(alice, "silent", 5500);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>silent alice- NO ANSWER 6/0 Pause");
}

static void it_can_be_switched_off(void **state)
{
	(void)state;
	call(alice, "off", 12000);
	sim_hangup(alice);
	sim_finish();
	configure("[general]\nenable = no\n");
	call(alice, "bob", 12000);
	sim_hangup(alice);
	ASSERT_RECORDS("");
}

static void members_of_a_room_have_one_each(void **state)
{
	(void)state;
	sim_sound();
	call(alice, "room", 1000);
	call(bob, "room", 1000);
	call(carol, "room", 5000);
	sim_hangup(bob);
	sim_hangup(carol);
	sim_hangup(alice);
	ASSERT_RECORDS("bob>room bob- ANSWERED 6/6 ConfBridge, "
		       "carol>room carol- ANSWERED 5/5 ConfBridge, "
		       "alice>room alice- ANSWERED 7/7 ConfBridge");
}

static void who_goes_on_from_a_room_has_another(void **state)
{
	(void)state;
	sim_sound();
	call(alice, "lobby", 5000);
	assert_int_equal(console(conferences, "confbridge kick sales all"), 0);
	sim_pass(12000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>lobby alice- ANSWERED 5/5 ConfBridge, "
		       "alice>lobby alice-dave ANSWERED 12/12 Dial");
}

static void who_is_fetched_from_a_room_has_another(void **state)
{
	(void)state;
	sim_sound();
	call(alice, "room", 5000);
	call(carol, "fetch", 7000);
	sim_hangup(carol);
	sim_pass(1000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>room alice- ANSWERED 5/5 ConfBridge, "
		       "carol>fetch carol- ANSWERED 7/7 Bridge, "
		       "alice>room alice-carol ANSWERED 7/7 ConfBridge");
}

/* Who whispers, or breaks in, has his own, and is nobody whom the others have called. */
static void who_is_spied_on_has_called_no_spy(void **state)
{
	(void)state;
	sim_load("app_chanspy");
	sim_sound();
	call(alice, "bob", 4010);
	call(carol, "spy", 2000);
	sim_press(carol, '5');
	sim_pass(2000);
	sim_press(carol, '6');
	sim_pass(2000);
	sim_press(carol, '4');
	sim_pass(2000);
	sim_hangup(alice);
	sim_pass(1000);
	sim_hangup(carol);
	ASSERT_RECORDS("alice>bob alice-bob ANSWERED 12/10 Dial, "
		       "carol>spy carol- ANSWERED 9/9 ChanSpy");
}

static void who_is_paged_has_none(void **state)
{
	(void)state;
	sim_sound();
	sim_load("app_page");
	bob->answer_ms = carol->answer_ms = 1000;
	call(alice, "page", 9000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>page alice- ANSWERED 9/9 Page");
}

static int bring_into_room(void *arg)
{
	const struct rd_originate what = {
		.channel = "Sim/bob", .app = "ConfBridge", .app_args = "sales", .timeout_ms = 10000
	};
	struct rd_dial_result result;

	(void)arg;
	return rd_originate(&what, &result);
}

/* By a call file, or from the console: without the dialplan. */
static void who_is_called_to_go_into_a_room_has_one(void **state)
{
	(void)state;
	sim_sound();
	assert_int_equal(rd__sched_call(bring_into_room, NULL), 0);
	sim_pass(5000);
	sim_hangup(bob);
	ASSERT_RECORDS("bob>s bob- ANSWERED 7/5 ConfBridge");
	assert_string_equal(fields, "|||sales|sim|DOCUMENTATION");
}

/* ---- what the dialplan says ---- */

static void fields_of_ones_own_go_along(void **state)
{
	(void)state;
	sim_plan("[sim]\nexten => set,1,Set(CDR(userfield)=gold)\n"
		 "same => n,Set(CDR(project)=x 7)\nsame => n,Set(CHANNEL(accountcode)=acme)\n"
		 "same => n,Dial(Sim/bob,20)\n");
	call(alice, "set", 12000);
	sim_hangup(alice);
	ASSERT_RECORDS("alice>set alice-bob ANSWERED 12/10 Dial");
	assert_string_equal(fields, "gold|x 7|acme|Sim/bob,20|sim|DOCUMENTATION");
}

static void a_record_is_read_in_the_call(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	call(alice, "read", 30000);
	sim_finish();
	assert_string_equal(sim_notes(), "NO ANSWER read 0 . NO ANSWER");
}

static void as_a_number_it_is_that_of_asterisk(void **state)
{
	(void)state;
	sim_plan("[sim]\nexten => _X,1,Dial(Sim/bob,5,g)\nsame => n,Note(${CDR(disposition,u)})\n");
	bob->hangup_ms = 5000;
	call(alice, "1", 30000);
	bob->answer_ms = 0;
	bob->hangup_ms = 0;
	call(alice, "2", 30000);
	bob->refuse_ms = 1000;
	bob->refuse_cause = RD_CAUSE_BUSY;
	call(alice, "3", 30000);
	sim_finish();
	assert_string_equal(sim_notes(), "8 0 4");
}

static void what_was_cannot_be_set(void **state)
{
	(void)state;
	call(alice, "deny", 1000);
	sim_finish();
	assert_string_equal(sim_notes(), "alice NO ANSWER");
}

static void a_reset_writes_what_was(void **state)
{
	(void)state;
	call(alice, "reset", 30000);
	ASSERT_RECORDS("alice>reset alice- ANSWERED 9/9 ResetCDR, "
		       "alice>reset alice- ANSWERED 2/2 Pause");
}

static void ended_records_do_not_wait_for_the_channel(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	call(alice, "mail", 5000);
	sim_pass(1000);
	assert_string_equal(records, "alice>mail alice-bob NO ANSWER 5/0 Dial");
	sim_hangup(alice);
}

static void what_is_told_is_forgotten(void **state)
{
	long before;

	(void)state;
	bob->answer_ms = 0;
	call(alice, "ever", 10500);
	before = rd__alloc_live();
	records[0] = '\0';
	for (int i = 0; i < 10; i++) {
		sim_pass(10000);
		records[0] = '\0'; /* no room for all of them */
	}
	assert_true(rd__alloc_live() <= before + 10);
	sim_hangup(alice);
}

/* ---- transfers ---- */

static void a_caller_sent_elsewhere_has_two_records(void **state)
{
	(void)state;
	call(bob, "carol", 12000);
	assert_int_equal(rd_transfer_blind(carol->ch, "sim", "dave", NULL, &transfer), 0);
	sim_pass(7000);
	sim_hangup(bob);
	ASSERT_RECORDS("bob>carol bob-carol ANSWERED 12/10 Dial, "
		       "bob>dave bob-dave ANSWERED 7/7 Dial");
}

/* It waits in a menu before it talks: that time is the second call's. */
static void what_one_does_before_it_is_joined_again_counts(void **state)
{
	(void)state;
	call(bob, "carol", 12000);
	assert_int_equal(rd_transfer_blind(carol->ch, "sim", "later", NULL, &transfer), 0);
	sim_pass(11000);
	sim_hangup(bob);
	ASSERT_RECORDS("bob>carol bob-carol ANSWERED 12/10 Dial, "
		       "bob>dave bob-dave ANSWERED 11/11 Dial");
}

static void a_callee_sent_elsewhere_calls_by_itself(void **state)
{
	(void)state;
	call(alice, "bob", 12000);
	assert_int_equal(rd_transfer_blind(alice->ch, "sim", "dave", NULL, &transfer), 0);
	sim_pass(7000);
	sim_hangup(bob);
	ASSERT_RECORDS("alice>bob alice-bob ANSWERED 12/10 Dial, "
		       "bob>dave bob-dave ANSWERED 7/7 Dial");
}

/* alice talks to bob, calls carol by a second leg, and joins the two. */
static void joined_calls_have_three_records(void **state)
{
	(void)state;
	call(alice, "bob", 12000);
	call(alice2, "carol", 7000);
	assert_int_equal(rd_transfer_attended(alice->ch, alice2->ch, NULL, &transfer), 0);
	sim_pass(20000);
	sim_hangup(bob);
	ASSERT_RECORDS("alice2>carol alice2-carol ANSWERED 7/5 Dial, "
		       "alice>bob alice-bob ANSWERED 19/17 Dial, "
		       "bob>carol bob-carol ANSWERED 20/20 ");
}

/* The same with bob as the caller. */
static void a_caller_joined_with_another_has_two(void **state)
{
	(void)state;
	call(bob, "carol", 12000);
	call(alice2, "dave", 7000);
	assert_int_equal(rd_transfer_attended(carol->ch, alice2->ch, NULL, &transfer), 0);
	sim_pass(20000);
	sim_hangup(bob);
	ASSERT_RECORDS("alice2>dave alice2-dave ANSWERED 7/5 Dial, "
		       "bob>carol bob-carol ANSWERED 19/17 Dial, "
		       "bob>carol bob-dave ANSWERED 20/20 Dial");
}

/* ---- without memory ---- */

static long allowed; /* allocations for each event that the module is told */
static bool some_refused;

static void take_memory(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
	rd__alloc_fail_after(allowed);
}

static void give_memory(const struct rd_event *event, void *arg)
{
	(void)event;
	(void)arg;
	some_refused = some_refused || rd__alloc_refused();
	rd__alloc_fail_after(-1);
}

/* They are told in the order in which they came: one before the module, one behind it. */
static struct rd_subscriber taker = { .name = "taker", .notify = take_memory };
static struct rd_subscriber giver = { .name = "giver", .notify = give_memory };

static void surround(const struct rd_subscriber *module)
{
	taker.types = giver.types = module->types;
	rd_unsubscribe(module);
	assert_int_equal(rd_subscribe(&taker), 0);
	assert_int_equal(rd_subscribe(module), 0);
	assert_int_equal(rd_subscribe(&giver), 0);
}

/* In the end it is told, from a timer, when nothing else happens. */
static void call_and_hang_up(const char *exten)
{
	call(alice, exten, 12000);
	sim_hangup(alice);
	sim_pass(100);
	rd__alloc_fail_after(allowed);
	sim_pass(900);
	some_refused = some_refused || rd__alloc_refused();
	rd__alloc_fail_after(-1);
	sim_finish();
}

static void call_each_way(void)
{
	static const char *const extens[] = { "bob", "next", "sub", "read", "reset" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(extens); i++)
		call_and_hang_up(extens[i]);
}

static void without_memory_records_are_lost_and_nothing_else(void **state)
{
	(void)state;
	surround(cdr->subscribers);
	allowed = -1;
	call_each_way(); /* what the house keeps is made */
	for (some_refused = true; some_refused;) {
		long before = rd__alloc_live();

		allowed++;
		some_refused = false;
		records[0] = '\0';
		call_each_way();
		assert_int_equal(rd__alloc_live(), before);
	}
	assert_true(allowed > 5);
	assert_non_null(strstr(records, "alice>bob alice-bob ANSWERED 12/10 Dial"));
	rd_unsubscribe(&taker);
	rd_unsubscribe(&giver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answered_call_has_one_record),
		TEST(it_does_not_matter_who_hangs_up),
		TEST(busy_failed_and_unanswered_are_told_apart),
		TEST(who_was_busy_was_so_though_his_calls_go_elsewhere),
		TEST(who_runs_the_callers_subroutine_has_called_nobody),
		TEST(a_subroutine_within_an_application_is_not_what_called),
		TEST(who_answers_and_sends_the_caller_away_has_not_talked_to_him),
		TEST(who_goes_before_he_is_joined_has_not_either),
		TEST(nor_has_a_caller_who_goes_before_he_is_joined),
		TEST(two_who_go_ways_of_their_own_have_met),
		TEST(a_caller_who_gives_up_was_not_answered),
		TEST(each_phone_that_rang_has_a_record),
		TEST(the_first_of_several_has_one_as_well),
		TEST(who_was_busy_meanwhile_is_no_record_more),
		TEST(one_after_the_other_has_two),
		TEST(what_follows_a_dial_is_a_record_of_its_own),
		TEST(what_follows_a_talk_is_too),
		TEST(a_subroutine_does_not_change_who_was_called),
		TEST(a_menu_counts_from_its_answer),
		TEST(nobody_was_called_and_nobody_answered_is_no_record),
		TEST(unless_cdr_conf_wants_it),
		TEST(it_can_be_switched_off),
		TEST(members_of_a_room_have_one_each),
		TEST(who_goes_on_from_a_room_has_another),
		TEST(who_is_fetched_from_a_room_has_another),
		TEST(who_is_spied_on_has_called_no_spy),
		TEST(who_is_paged_has_none),
		TEST(who_is_called_to_go_into_a_room_has_one),
		TEST(fields_of_ones_own_go_along),
		TEST(a_record_is_read_in_the_call),
		TEST(as_a_number_it_is_that_of_asterisk),
		TEST(what_was_cannot_be_set),
		TEST(a_reset_writes_what_was),
		TEST(ended_records_do_not_wait_for_the_channel),
		TEST(what_is_told_is_forgotten),
		TEST(a_caller_sent_elsewhere_has_two_records),
		TEST(what_one_does_before_it_is_joined_again_counts),
		TEST(a_callee_sent_elsewhere_calls_by_itself),
		TEST(joined_calls_have_three_records),
		TEST(a_caller_joined_with_another_has_two),
		TEST(without_memory_records_are_lost_and_nothing_else),
	};

	return RUN_GROUP(tests);
}
