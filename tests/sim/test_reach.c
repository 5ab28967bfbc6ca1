/* Forwards, do-not-disturb, call waiting, blocked callers and hot-desking: set by functions of
 * the dialplan, obeyed by Dial(), shown by lamps, and there again after a restart. */
#include "tests/sim/sim_dialplan.h"

#include <ringdown/ident.h>
#include <ringdown/store.h>

#include "core/call/call.h"
#include "tests/sim/sip_store.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static const struct rd_module *reach;
static char told[256];

static const char plan[] =
	"[sim]\n"
	"exten => _[a-d].,1,Dial(Sim/${EXTEN},20)\n same => n,Note(${DIALSTATUS})\n"
	"exten => ring,1,Dial(Sim/bob,20,r)\n"
	"exten => two,1,Dial(Sim/bob/here&Sim/bob/there,20)\n same => n,Note(${DIALSTATUS})\n"
	"exten => group,1,Dial(Sim/bob&Sim/carol,20)\n"
	"exten => ignore,1,Dial(Sim/bob,20,i)\n same => n,Note(${DIALSTATUS})\n"
	"exten => long,1,Dial(Sim/bob)\n same => n,Note(${DIALSTATUS})\n"
	"exten => who,1,Note(${REDIRECTING(from-num)}:${REDIRECTING(reason)})\n"
	" same => n,Dial(Sim/carol)\n"
	"exten => forced,1,Dial(Sim/bob,20,f)\n"
	"exten => forced,hint,Sim/bob(Reception)\n"
	"exten => caller,1,Note(${CALLERID(all)})\n"
	"exten => set,1,Set(${WHAT})\n same => n,Note(${${READ}})\n"
	"exten => dial,1,Dial(${WHAT},20)\n same => n,Note(${DIALSTATUS})\n"
	"exten => through,1,Set(REACH_IGNORE=1)\n same => n,Dial(Sim/bob,20)\n"
	"exten => help,1,EmergencyCall(Sim/bob,20)\n"
	"exten => lamp,hint,DND:bob&Forward:bob\n";

static void hear(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (event->type == RD_EVENT_REACH)
		snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s %s=%s;", event->name,
			 event->text, rd_event_value(event, "value"));
	else
		snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s %s;", event->name,
			 event->text);
}

static const struct rd_subscriber listener = {
	.name = "test",
	.types = RD_EVENT_BIT(RD_EVENT_REACH) | RD_EVENT_BIT(RD_EVENT_HINT_STATE),
	.notify = hear,
};

static int load(void *arg)
{
	(void)arg;
	return reach->load();
}

static void restart(void)
{
	reach->unload();
	store_close();
	store_open();
	assert_int_equal(store_call(load, NULL), 0);
}

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i], .ring_ms = 100 };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	store_open();
	sim_load("app_dial");
	sim_load("chan_local");
	sim_load("func_devstate");
	reach = sim_load("res_reach");
	assert_int_equal(store_call(load, NULL), 0);
	sim_plan(plan);
	told[0] = '\0';
	assert_int_equal(rd_subscribe(&listener), 0);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	rd_unsubscribe(&listener);
	reach->unload();
	store_close();
	store_forget();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* A phone sets something, and reads it again. */
static void set_by(struct sim_phone *phone, const char *what, const char *read)
{
	struct rd_channel *ch = sim_call(phone, "set");

	rd_var_set(ch, "WHAT", what);
	rd_var_set(ch, "READ", read);
	sim_pass(10);
}

static void set(const char *what)
{
	set_by(dave, what, "NONE");
}

static void call(const char *exten)
{
	sim_call(alice, exten);
	sim_pass(500);
}

static void end(void)
{
	sim_hangup_all();
	sim_pass(100);
}

/* ---- forwards ---- */

static void who_forwards_all_calls_is_not_called(void **state)
{
	(void)state;
	carol->answer_ms = 200;
	set("FORWARD(bob,always)=carol");
	call("bob");
	assert_int_equal(bob->called, 0);
	assert_int_equal(carol->answered, 1);
	assert_string_equal(carol->shown_caller, "alice");
}

static void the_caller_hears_it_ring_meanwhile(void **state)
{
	(void)state;
	set("FORWARD(bob,always)=Sim/carol");
	sim_call(alice, "ring");
	sim_pass(10);
	assert_true(alice->shown & 1u << RD_INDICATE_RINGING);
}

static void a_busy_phone_is_forwarded(void **state)
{
	(void)state;
	bob->refuse_ms = 200;
	bob->refuse_cause = RD_CAUSE_BUSY;
	set("FORWARD(bob,busy)=Sim/carol");
	call("bob");
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 1);
}

static void who_declines_is_busy(void **state)
{
	(void)state;
	bob->refuse_ms = 200;
	bob->refuse_cause = RD_CAUSE_REJECTED;
	set("FORWARD(bob,busy)=Sim/carol");
	call("bob");
	assert_int_equal(carol->called, 1);
}

static void a_phone_that_is_away_is_forwarded(void **state)
{
	(void)state;
	bob->unreachable = true;
	set("FORWARD(bob,unreachable)=Sim/carol");
	set("FORWARD(bob,busy)=Sim/dave");
	call("bob");
	assert_int_equal(carol->called, 1);
	assert_int_equal(dave->called, 0);
}

static void who_does_not_answer_is_forwarded_when_dial_gives_up(void **state)
{
	(void)state;
	set("FORWARD(bob,noanswer)=Sim/carol");
	call("bob");
	sim_pass(19000);
	assert_int_equal(carol->called, 0);
	sim_pass(1000);
	assert_int_equal(carol->called, 1);
	assert_int_equal(bob->hung_up, 1);
	/* who is called now has his own time */
	sim_pass(19000);
	assert_int_equal(carol->hung_up, 0);
	sim_pass(1000);
	assert_string_equal(sim_notes(), "NOANSWER");
}

static void or_after_a_time_of_his_own(void **state)
{
	(void)state;
	set("FORWARD(bob,noanswer)=Sim/carol");
	set("FORWARD(bob,time)=5");
	call("long");
	sim_pass(4000);
	assert_int_equal(carol->called, 0);
	sim_pass(600);
	assert_int_equal(carol->called, 1);
	assert_int_equal(bob->hung_up, 1);
}

static void dial_may_ignore_forwards(void **state)
{
	(void)state;
	set("FORWARD(bob,always)=Sim/carol");
	call("ignore");
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
	sim_pass(20000);
	assert_string_equal(sim_notes(), "NOANSWER");
}

static void who_is_called_is_told_who_forwarded_and_why(void **state)
{
	(void)state;
	set("FORWARD(bob,always)=who");
	call("bob");
	assert_string_equal(sim_notes(), "bob:cfu");
	assert_string_equal(rd_channel_party(carol->ch, RD_PARTY_REDIRECTING_FROM)->name, "bob's");
	end();
	bob->refuse_ms = 100;
	bob->refuse_cause = RD_CAUSE_BUSY;
	set("FORWARD(bob,always)=");
	set("FORWARD(bob,busy)=who");
	call("bob");
	assert_string_equal(sim_notes(), "bob:cfu   bob:cfb");
}

static void with_f_who_is_forwarded_to_sees_the_extension(void **state)
{
	(void)state;
	set("FORWARD(bob,always)=caller");
	call("forced");
	assert_string_equal(sim_notes(), "\"Reception\" <forced> ");
	end();
}

static void forwards_in_a_circle_end(void **state)
{
	(void)state;
	set("FORWARD(bob,always)=carol");
	set("FORWARD(carol,always)=bob");
	call("bob");
	sim_pass(1000);
	assert_int_equal(bob->called + carol->called, 0);
	assert_null(alice->ch);
}

static void whom_calls_go_to_may_call_him_who_sends_them(void **state)
{
	(void)state;
	set("FORWARD(bob,always)=alice");
	call("bob");
	assert_int_equal(bob->called, 1);
	assert_int_equal(alice->called, 0);
}

static void two_devices_of_one_phone_are_forwarded_once(void **state)
{
	(void)state;
	set("FORWARD(bob,always)=Sim/carol");
	call("two");
	assert_int_equal(carol->called, 1);
	assert_int_equal(bob->called, 0);
}

static void of_a_group_only_forwards_of_all_calls_count(void **state)
{
	(void)state;
	bob->unreachable = true;
	set("FORWARD(bob,unreachable)=Sim/dave");
	set("FORWARD(carol,noanswer)=Sim/dave");
	call("group");
	sim_pass(20000);
	assert_int_equal(carol->called, 1);
	assert_int_equal(dave->called, 0);
	set("FORWARD(carol,always)=Sim/dave");
	call("group");
	assert_int_equal(dave->called, 1);
}

static void two_devices_of_one_phone_are_no_group(void **state)
{
	(void)state;
	set("FORWARD(bob,noanswer)=Sim/carol");
	call("two");
	sim_pass(20000);
	assert_int_equal(carol->called, 1);
}

static void nobody_forwards_to_himself(void **state)
{
	(void)state;
	set_by(dave, "FORWARD(bob,always)=bob", "FORWARD(bob,always)");
	assert_string_equal(sim_notes(), "");
	set_by(dave, "FORWARD(bob,sometimes)=carol", "NONE");
	assert_string_equal(told, "");
}

static void a_call_of_the_house_reaches_him_all_the_same(void **state)
{
	struct rd_originate what = {
		.channel = "Sim/bob", .context = "sim", .exten = "long", .async = true
	};

	(void)state;
	set("FORWARD(bob,always)=Sim/carol");
	set("DND(bob)=1");
	assert_int_equal(rd_originate(&what, NULL), 0);
	sim_pass(100);
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
}

/* ---- do not disturb, call waiting ---- */

static void who_is_not_to_be_disturbed_is_busy(void **state)
{
	(void)state;
	set_by(bob, "DND()=yes", "DND()");
	assert_string_equal(sim_notes(), "1");
	call("bob");
	assert_string_equal(sim_notes(), "1 BUSY");
	assert_int_equal(bob->called, 0);
	set_by(bob, "DND()=no", "DND()");
	call("bob");
	assert_int_equal(bob->called, 1);
}

static void his_calls_may_be_forwarded(void **state)
{
	(void)state;
	set("DND(bob)=1");
	set("FORWARD(bob,busy)=Sim/carol");
	call("bob");
	assert_int_equal(bob->called, 0);
	assert_int_equal(carol->called, 1);
}

static void without_call_waiting_one_call_is_enough(void **state)
{
	(void)state;
	set_by(bob, "CALLWAITING()=0", "CALLWAITING()");
	assert_string_equal(sim_notes(), "0");
	call("bob");
	assert_int_equal(bob->called, 1);
	sim_call(dave, "bob");
	sim_pass(500);
	assert_int_equal(bob->called, 1);
	assert_string_equal(sim_notes(), "0 BUSY");
	sim_hangup(alice);
	sim_pass(500);
	sim_call(alice, "two"); /* both devices in one call */
	sim_pass(500);
	set("CALLWAITING(bob)=1");
	sim_call(dave, "bob");
	sim_pass(500);
	assert_true(bob->called > 1);
}

/* ---- blocked callers ---- */

static void a_blocked_caller_is_refused(void **state)
{
	(void)state;
	set_by(dave, "BLOCK(bob,alice)=1", "BLOCK(bob,alice)");
	assert_string_equal(sim_notes(), "1");
	set("FORWARD(bob,busy)=Sim/carol"); /* not for him */
	call("bob");
	assert_int_equal(bob->called + carol->called, 0);
	sim_call(dave, "bob");
	sim_pass(500);
	assert_int_equal(bob->called, 1);
	end();
	set("BLOCK(bob,alice)=0");
	call("bob");
	assert_int_equal(bob->called, 2);
}

static void patterns_and_anonymous_callers_can_be_blocked(void **state)
{
	struct rd_party hidden = { .number = "123", .number_pres = RD_PRESENT_PROHIBITED };
	struct rd_party shown = { .number = "0900123" };

	(void)state;
	set("BLOCK(bob,_0900.)=1");
	set("BLOCK(bob,anonymous)=1");
	rd_channel_set_party(sim_call(alice, "bob"), RD_PARTY_CALLER, &shown);
	sim_pass(500);
	assert_int_equal(bob->called, 0);
	rd_channel_set_party(sim_call(alice, "bob"), RD_PARTY_CALLER, &hidden);
	sim_pass(500);
	assert_int_equal(bob->called, 0);
	hidden.number_pres = RD_PRESENT_ALLOWED;
	rd_channel_set_party(sim_call(alice, "bob"), RD_PARTY_CALLER, &hidden);
	sim_pass(500);
	assert_int_equal(bob->called, 1);
}

static void the_dialplan_can_ask_who_is_blocked(void **state)
{
	(void)state;
	set("BLOCK(bob,alice)=1");
	set_by(alice, "x=y", "BLOCKED(bob)");
	set_by(dave, "x=y", "BLOCKED(bob)");
	assert_string_equal(sim_notes(), "1 0");
}

/* ---- another phone ---- */

static void calls_ring_where_he_has_logged_in(void **state)
{
	(void)state;
	set("HOTDESK(bob)=Sim/carol");
	call("bob");
	assert_int_equal(bob->called, 0);
	assert_int_equal(carol->called, 1);
	end();
	call("carol"); /* whose phone it is can be called, too */
	assert_int_equal(carol->called, 2);
	end();
	set("HOTDESK(bob)=");
	call("bob");
	assert_int_equal(bob->called, 1);
}

static void his_calls_from_there_show_him(void **state)
{
	(void)state;
	set("HOTDESK(bob)=Sim/carol");
	sim_call(carol, "dave");
	sim_pass(500);
	assert_string_equal(dave->shown_caller, "bob");
	assert_string_equal(rd_channel_party(carol->ch, RD_PARTY_CALLER)->name, "bob's");
}

static void what_he_sets_there_is_for_him(void **state)
{
	(void)state;
	set("HOTDESK(bob)=Sim/carol");
	set_by(carol, "DND()=1", "DND(bob)");
	assert_string_equal(sim_notes(), "1");
	call("carol");
	assert_int_equal(carol->called, 1);
}

static void who_logs_in_logs_out_who_was_there(void **state)
{
	(void)state;
	set("HOTDESK(bob)=Sim/carol");
	set_by(dave, "HOTDESK(dave)=Sim/carol", "HOTDESK(bob)");
	assert_string_equal(sim_notes(), "");
	set_by(dave, "HOTDESK(dave)=Sim/alice", "HOTDESK(dave)"); /* and moves on */
	assert_string_equal(sim_notes(), "Sim/alice");
	sim_call(carol, "bob");
	sim_pass(500);
	assert_string_equal(bob->shown_caller, "carol");
}

/* Queues, pages and lamps look at it. */
static void his_phone_is_as_busy_as_the_one_where_he_sits(void **state)
{
	(void)state;
	bob->unreachable = true;
	sim_plan("[sim]\nexten => seat,hint,Sim/bob\nexten => set,1,Set(${WHAT})\n"
		 "exten => dave,1,Dial(Sim/dave)\n");
	assert_int_equal(rd_device_state("Sim/bob"), RD_DEVICE_UNAVAILABLE);
	set("HOTDESK(bob)=Sim/carol");
	assert_int_equal(rd_device_state("Sim/bob"), RD_DEVICE_NOT_INUSE);
	assert_non_null(strstr(told, "seat@sim NOT_INUSE;"));
	told[0] = '\0';
	sim_call(carol, "dave");
	sim_pass(500);
	assert_string_equal(told, "seat@sim INUSE;");
	assert_int_equal(rd_device_state("Sim/bob"), RD_DEVICE_INUSE);
	set("HOTDESK(bob)=");
	assert_int_equal(rd_device_state("Sim/bob"), RD_DEVICE_UNAVAILABLE);
	assert_non_null(strstr(told, "seat@sim UNAVAILABLE;"));
}

/* ---- what is told, and what stays ---- */

static void lamps_and_the_bus_tell(void **state)
{
	(void)state;
	set("DND(bob)=1");
	set("DND(bob)=1");
	set("FORWARD(bob,always)=carol");
	set("DND(bob)=");
	set("FORWARD(bob,always)=");
	sim_pass(500);
	assert_non_null(strstr(told, "bob dnd=1;"));
	assert_non_null(strstr(told, "bob forward/always=carol;"));
	assert_non_null(strstr(told, "bob dnd=;"));
	assert_non_null(strstr(told, "lamp@sim INUSE;"));
	assert_string_equal(told + strlen(told) - 17, "lamp@sim NOT_INUSE;" + 2);
}

static void it_is_as_it_was_after_a_restart(void **state)
{
	(void)state;
	set("FORWARD(bob,noanswer)=Sim/dave");
	set("FORWARD(bob,time)=7");
	set("DND(dave)=1");
	set("DND(dave)=0");
	set("BLOCK(carol,alice)=1");
	set("HOTDESK(bob)=Sim/carol");
	restart();
	set_by(dave, "x=y", "HOTDESK(bob)");
	set_by(dave, "x=y", "FORWARD(bob,time)");
	set_by(dave, "x=y", "DND(dave)");
	set_by(dave, "x=y", "BLOCK(carol,alice)");
	assert_string_equal(sim_notes(), "Sim/carol 7 0 1");
	call("bob");
	assert_int_equal(carol->called, 1);
	sim_pass(7000);
	assert_int_equal(dave->called, 1);
}

static void without_memory_a_call_is_forwarded_or_ends(void **state)
{
	bool enough = false;

	(void)state;
	set("FORWARD(bob,always)=carol");
	for (long allowed = 0; !enough; allowed++) {
		carol->called = 0;
		sim_call(alice, "bob");
		rd__alloc_fail_after(allowed);
		sim_pass(50);
		enough = rd__alloc_refused() == 0;
		rd__alloc_fail_after(-1);
		end();
		sim_finish();
		assert_int_equal(rd_channel_count(), 0);
	}
	assert_int_equal(carol->called, 1);
}

static void without_memory_a_wish_is_kept_or_refused(void **state)
{
	bool enough = false;
	int rc = -1;

	(void)state;
	for (long allowed = 0; !enough; allowed++) {
		rd__alloc_fail_after(allowed);
		rc = rd_function_write(NULL, "HOTDESK", "bob", "Sim/carol");
		if (!rc)
			rc = rd_function_write(NULL, "BLOCK", "bob,dave", "1");
		enough = rd__alloc_refused() == 0;
		rd__alloc_fail_after(-1);
		rd_function_write(NULL, "HOTDESK", "bob", "");
	}
	assert_int_equal(rc, 0);
	assert_int_equal(rd_function_write(NULL, "HOTDESK", "bob", "Sim/carol"), 0);
	call("bob");
	assert_int_equal(carol->called, 1);
}

static void what_the_dialplan_keeps_in_the_database_is_its_own(void **state)
{
	(void)state;
	sim_load("func_db");
	set("DB(CF/bob)=carol");
	set("DB(DND/bob)=YES");
	call("bob");
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
}

/* The store is away: neither of them has changed. */
static void a_desk_that_cannot_be_taken_is_still_anothers(void **state)
{
	(void)state;
	set("HOTDESK(bob)=Sim/carol");
	store_close();
	set("HOTDESK(dave)=Sim/carol");
	assert_string_equal(reach->reach->owner("Sim/carol"), "Sim/bob");
	store_open();
	set("HOTDESK(dave)=Sim/carol");
	assert_string_equal(reach->reach->owner("Sim/carol"), "Sim/dave");
	call("bob");
	assert_int_equal(bob->called, 1); /* at his own */
}

static struct {
	size_t at[4];
	int count;
} lost;

static void note_lost(size_t at, enum rd_dial_status why, void *arg)
{
	(void)why, (void)arg;
	lost.at[lost.count++ & 3] = at;
}

static int dial_two(void *arg)
{
	const struct rd_dial_options options = { .timeout_ms = 5000,
						 .on_lost = note_lost,
						 .on_behalf = arg };
	struct rd_channel *winner;
	struct rd_dial_result result;

	rd_dial(NULL, "Sim/bob/here&Sim/bob/there", &options, &winner, &result);
	if (winner)
		rd_channel_let_go(winner, RD_CAUSE_NORMAL);
	return 0;
}

static void two_devices_that_are_forwarded_once_are_both_accounted_for(void **state)
{
	struct rd_channel *caller;

	(void)state;
	lost.count = 0;
	carol->refuse_ms = 300;
	carol->refuse_cause = RD_CAUSE_BUSY;
	set("FORWARD(bob,always)=carol");
	caller = sim_call(alice, "ring");
	sim_pass(20);
	assert_int_equal(rd_fiber_new_detached("dial", dial_two, caller), 0);
	sim_pass(1000);
	assert_int_equal(lost.count, 2);
	assert_int_equal(lost.at[0], 1);
	assert_int_equal(lost.at[1], 0);
}

static void who_is_let_through_is_heard_whatever_was_set(void **state)
{
	(void)state;
	set("FORWARD(bob,always)=Sim/carol");
	set("DND(bob)=1");
	call("through");
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
}

static void who_calls_for_help_is_heard_where_the_other_sits(void **state)
{
	const struct rd_module *emergency = sim_load("app_emergency");

	(void)state;
	assert_int_equal(conf_dir_apply(emergency->config, ""), 0);
	set("DND(bob)=1");
	set("CALLWAITING(bob)=0");
	set("BLOCK(bob,alice)=1");
	call("help");
	assert_int_equal(bob->called, 1);
	end();
	set("HOTDESK(bob)=Sim/carol");
	call("help");
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 1);
	end();
	emergency->unload();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_forwards_all_calls_is_not_called),
		TEST(the_caller_hears_it_ring_meanwhile),
		TEST(a_busy_phone_is_forwarded),
		TEST(who_declines_is_busy),
		TEST(a_phone_that_is_away_is_forwarded),
		TEST(who_does_not_answer_is_forwarded_when_dial_gives_up),
		TEST(or_after_a_time_of_his_own),
		TEST(dial_may_ignore_forwards),
		TEST(who_is_called_is_told_who_forwarded_and_why),
		TEST(with_f_who_is_forwarded_to_sees_the_extension),
		TEST(forwards_in_a_circle_end),
		TEST(whom_calls_go_to_may_call_him_who_sends_them),
		TEST(two_devices_of_one_phone_are_forwarded_once),
		TEST(of_a_group_only_forwards_of_all_calls_count),
		TEST(two_devices_of_one_phone_are_no_group),
		TEST(nobody_forwards_to_himself),
		TEST(a_call_of_the_house_reaches_him_all_the_same),
		TEST(who_is_not_to_be_disturbed_is_busy),
		TEST(his_calls_may_be_forwarded),
		TEST(without_call_waiting_one_call_is_enough),
		TEST(a_blocked_caller_is_refused),
		TEST(patterns_and_anonymous_callers_can_be_blocked),
		TEST(the_dialplan_can_ask_who_is_blocked),
		TEST(calls_ring_where_he_has_logged_in),
		TEST(his_calls_from_there_show_him),
		TEST(what_he_sets_there_is_for_him),
		TEST(who_logs_in_logs_out_who_was_there),
		TEST(his_phone_is_as_busy_as_the_one_where_he_sits),
		TEST(lamps_and_the_bus_tell),
		TEST(it_is_as_it_was_after_a_restart),
		TEST(without_memory_a_call_is_forwarded_or_ends),
		TEST(without_memory_a_wish_is_kept_or_refused),
		TEST(what_the_dialplan_keeps_in_the_database_is_its_own),
		TEST(a_desk_that_cannot_be_taken_is_still_anothers),
		TEST(two_devices_that_are_forwarded_once_are_both_accounted_for),
		TEST(who_is_let_through_is_heard_whatever_was_set),
		TEST(who_calls_for_help_is_heard_where_the_other_sits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
