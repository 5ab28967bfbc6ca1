/* Calls on their way through extensions.conf: where they go, and where they
 * end. */
#include "tests/sim/control_steps.h"
#include "tests/sim/sim_dialplan.h"

#include <ringdown/cli.h>
#include <ringdown/log.h>

#include "core/call/registry.h"

#define TEST SIM_DIALPLAN_TEST

static void priorities_follow_each_other(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Note(one)\n"
		 " same => n,Note(two)\n"
		 " same => n(three),Note(three)\n"
		 "exten => 100,10,Note(ten)\n");
	assert_string_equal(sim_dial("100"), "one two three");
}

static void goto_goes_to_numbers_labels_and_contexts(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Goto(5)\n"
		 "exten => 100,5,Goto(there)\n"
		 "exten => 100,6,Note(never)\n"
		 "exten => 100,7(there),Note(${PRIORITY})\n"
		 " same => n,Goto(200,1)\n"
		 "exten => 200,1,Note(${EXTEN})\n"
		 " same => n,Goto(other,s,1)\n"
		 "[other]\n"
		 "exten => s,1,Note(${CONTEXT})\n"
		 " same => n,Goto(+2)\n"
		 " same => n,Note(never)\n"
		 " same => n,Note(end)\n");
	assert_string_equal(sim_dial("100"), "7 200 other end");
}

static void a_priority_may_follow_from_a_label(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Goto(102)\n"
		 " same => n(there),Note(${PRIORITY})\n"
		 "exten => 100,there+100,Note(${PRIORITY})\n");
	assert_string_equal(sim_dial("100"), "102");
}

static void goto_if_takes_one_branch(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,GotoIf($[1 < 2]?yes:no)\n"
		 " same => n(no),Note(no)\n"
		 " same => n(yes),GotoIf($[1 > 2]?no)\n"
		 " same => n,GotoIf(1)\n"
		 " same => n,GotoIf(0?:200,1)\n"
		 "exten => 200,1,Note(ok)\n");
	assert_string_equal(sim_dial("100"), "ok");
}

static void the_best_pattern_that_has_the_priority_runs(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => _1XX,1,Note(pattern1)\n"
		 "exten => _1XX,2,Note(pattern2)\n"
		 "exten => _1XX,3,Note(pattern3)\n"
		 "exten => 100,1,Note(own1)\n"
		 "exten => 100,3,Note(own3)\n");
	assert_string_equal(sim_dial("100"), "own1 pattern2 own3");
	assert_string_equal(sim_dial("199"), "pattern1 pattern2 pattern3");
}

static void a_hint_alone_is_no_extension(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => _10X,1,Note(${EXTEN})\n"
		 "exten => 100,hint,Sim/alice\n");
	assert_string_equal(sim_dial("100"), "100");
	assert_int_equal(rd_dialplan_match("sim", "100", 1, NULL), RD_MATCH_FULL);
}

static void callers_have_extensions_of_their_own(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Note(any)\n"
		 "exten => 100/alice,1,Note(alice)\n"
		 "exten => 100/_b.,1,Note(b)\n"
		 "exten => 200/bob,1,Note(bob)\n"
		 "exten => i,1,Note(${INVALID_EXTEN})\n");
	assert_string_equal(sim_dial("100"), "alice");
	assert_int_equal(rd_dialplan_match("sim", "200", 1, "bob"), RD_MATCH_FULL);
	assert_int_equal(rd_dialplan_match("sim", "200", 1, "alice"), RD_MATCH_NONE);
}

static void includes_are_searched_in_order(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "include => first\n"
		 "include => second\n"
		 "include => sim\n"
		 "exten => _3XX,1,Note(own)\n"
		 "[first]\n"
		 "exten => 100,1,Note(first)\n"
		 "exten => 300,1,Note(first)\n"
		 "[second]\n"
		 "include => first\n"
		 "exten => 100,1,Note(second)\n"
		 "exten => 200,1,Note(second in ${CONTEXT})\n");
	assert_string_equal(sim_dial("100"), "first");
	assert_string_equal(sim_dial("200"), "second in sim");
	assert_string_equal(sim_dial("300"), "own"); /* own patterns before included literals */
}

static void an_include_may_have_hours(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "include => day,08:00-17:59,*,*,*\n"
		 "include => night,18:00-07:59,*,*,*\n"
		 "[day]\n"
		 "exten => 100,1,Note(open)\n"
		 "[night]\n"
		 "exten => 100,1,Note(open)\n");
	assert_string_equal(sim_dial("100"), "open"); /* together they hold always */
}

static void subroutines_come_back(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(LOCAL_OLD=before)\n"
		 " same => n,Gosub(sub,s,1(a,b c))\n"
		 " same => n,Note(${GOSUB_RETVAL}-${ARG1}-${OWN})\n"
		 " same => n,GosubIf(1?deep,1:never,1)\n"
		 " same => n,Note(end)\n"
		 "exten => deep,1,Gosub(sub,s,1(x))\n"
		 " same => n,Return()\n"
		 "[sub]\n"
		 "exten => s,1,Set(LOCAL(OWN)=mine)\n"
		 " same => n,Note(${ARGC}:${ARG1}:${ARG2}:${OWN})\n"
		 " same => n,Return(${ARG1}!)\n");
	assert_string_equal(sim_dial("100"), "2:a:b c:mine a!-- 1:x::mine end");
}

static void a_subroutine_must_exist(void **state)
{
	(void)state;
	rd_log_max = RD_LOG_ERROR;
	sim_plan("[sim]\n"
		 "exten => 100,1,Gosub(nowhere,s,1)\n"
		 " same => n,Note(never)\n"
		 "exten => e,1,Note(${EXCEPTION(exten)} ${EXCEPTION(priority)})\n");
	assert_string_equal(sim_dial("100"), "100 1");
}

static void loops_repeat_and_are_left(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(i=0)\n"
		 " same => n,While($[${i} < 5])\n"
		 " same => n,Set(i=$[${i} + 1])\n"
		 " same => n,ExecIf($[${i} = 2]?ContinueWhile())\n"
		 " same => n,ExecIf($[${i} = 4]?ExitWhile())\n"
		 " same => n,Note(${i})\n"
		 " same => n,EndWhile()\n"
		 " same => n,While(0)\n"
		 " same => n,Note(never)\n"
		 " same => n,EndWhile()\n"
		 " same => n,Note(end)\n");
	assert_string_equal(sim_dial("100"), "1 3 end");
}

static void exec_finds_applications_by_name(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(app=Note)\n"
		 " same => n,Exec(${app}(first))\n"
		 " same => n,TryExec(Nothing(x))\n"
		 " same => n,Note(${TRYSTATUS})\n"
		 " same => n,TryExec(Fail())\n"
		 " same => n,Note(${TRYSTATUS})\n"
		 " same => n,ExecIf(1?Note(a:b):Note(c))\n"
		 " same => n,ExecIf(0?Note(a:b):Note(c))\n");
	assert_string_equal(sim_dial("100"), "first NOAPP FAILED a:b c");
}

static void the_h_extension_runs_after_the_leg(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Note(start)\n"
		 " same => n,Pause(60)\n"
		 " same => n,Note(never)\n"
		 "exten => h,1,Note(h)\n"
		 " same => n,Set(x=1)\n"
		 " same => n,Note(${EXTEN} ${HANGUPCAUSE})\n");
	sim_call(&sim_alice, "100");
	sim_pass(1000);
	sim_hangup(&sim_alice);
	sim_finish();
	assert_string_equal(sim_notes(), "start h h 16");
}

static void the_end_of_an_extension_hangs_up(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Note(start)\n"
		 "exten => h,1,Note(h)\n");
	assert_string_equal(sim_dial("100"), "start h");
	assert_int_equal(sim_alice.hung_up, 1);
}

static void falling_through_says_how_the_last_dial_ended(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(DIALSTATUS=BUSY)\n"
		 "exten => 101,1,Set(DIALSTATUS=CHANUNAVAIL)\n");
	sim_dial("100");
	assert_int_equal(sim_alice.cause, RD_CAUSE_BUSY);
	sim_dial("101");
	assert_int_equal(sim_alice.cause, RD_CAUSE_CONGESTION);
}

static void keys_of_a_menu_are_collected(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Key(2)\n"
		 "exten => 2,1,Note(two)\n"
		 "exten => 234,1,Note(long)\n"
		 "exten => 1,1,Note(one)\n"
		 "exten => i,1,Note(invalid ${INVALID_EXTEN})\n"
		 "exten => 101,1,Key(1)\n"
		 "exten => 102,1,Key(9)\n");
	sim_call(&sim_alice, "100");
	sim_pass(1000);
	sim_press(&sim_alice, '3');
	sim_pass(1000);
	assert_string_equal(sim_notes(), "");
	sim_press(&sim_alice, '4');
	sim_pass(1);
	assert_string_equal(sim_notes(), "long"); /* nothing longer: at once */
	sim_finish();
	assert_string_equal(sim_dial("100"), "two"); /* after the pause */
	assert_string_equal(sim_dial("102"), "invalid 9");
}

static void without_fall_through_digits_are_waited_for(void **state)
{
	(void)state;
	sim_plan("[general]\n"
		 "autofallthrough = no\n"
		 "[sim]\n"
		 "exten => 100,1,Note(start)\n"
		 "exten => 7,1,Note(seven)\n"
		 " same => n,HangUp(16)\n"
		 "exten => t,1,Note(timeout)\n"
		 " same => n,HangUp(16)\n");
	sim_call(&sim_alice, "100");
	sim_pass(2000);
	sim_press(&sim_alice, '7');
	sim_finish();
	assert_string_equal(sim_notes(), "start seven");
	assert_string_equal(sim_dial("100"), "start timeout");
}

static void an_incomplete_extension_gets_more_digits(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => _1!,1,ExecIf($[${LEN(${EXTEN})} < 3]?Unfinished())\n"
		 " same => n,Note(${EXTEN})\n"
		 "exten => _1XX,1,Note(all ${EXTEN})\n"
		 " same => n,HangUp(16)\n");
	sim_call(&sim_alice, "1");
	sim_pass(100);
	sim_press(&sim_alice, '2');
	sim_press(&sim_alice, '3');
	sim_finish();
	assert_string_equal(sim_notes(), "all 123");
}

static void an_error_leads_to_e(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Fail()\n"
		 "exten => e,1,Note(${EXCEPTION(reason)} ${EXCEPTION(exten)})\n"
		 " same => n,Fail()\n"
		 " same => n,Note(never)\n");
	assert_string_equal(sim_dial("100"), "ERROR 100");
}

static void a_jump_into_nothing_leads_to_i(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Goto(999,1)\n"
		 "exten => i,1,Note(no ${INVALID_EXTEN})\n");
	assert_string_equal(sim_dial("100"), "no 999");
}

static void the_absolute_timeout_leads_to_T(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(TIMEOUT(absolute)=5)\n"
		 " same => n,Pause(60)\n"
		 " same => n,Note(never)\n"
		 "exten => T,1,Note(time)\n");
	assert_string_equal(sim_dial("100"), "time");
}

static void hang_up_within(const struct control_step *step, int after_ms)
{
	sim_call(&sim_alice, "100");
	sim_pass(after_ms);
	/* 100 is as complete as it gets: Incomplete() ends the call itself */
	if (rd_channel_count() != 1 && strcmp(step->app, "Incomplete") != 0)
		fail_msg("%s: the call did not last for %d ms", step->app, after_ms);
	sim_hangup(&sim_alice);
	sim_pass(10);
	if (rd__fiber_count() || rd_channel_count())
		fail_msg("%s, hung up after %d ms: %zu fibers and %zu channels are left",
			 step->app, after_ms, rd__fiber_count(), rd_channel_count());
}

static void a_hangup_ends_every_way_of_going_on(void **state)
{
	char plan[1024];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(control_steps); i++) {
		snprintf(plan, sizeof(plan),
			 "[sim]\nexten => 100,1,Pause(1)\n same => n,%s\n same => n,Goto(100,1)\n"
			 "[sub]\nexten => s,1,Pause(1)\n same => n,Return()\n"
			 "exten => pop,1,StackPop()\n same => n,Goto(sim,100,1)\n",
			 control_steps[i].steps);
		sim_plan(plan);
		hang_up_within(&control_steps[i], 500);
		hang_up_within(&control_steps[i], 1500);
		hang_up_within(&control_steps[i], 12345);
	}
}

static void an_invalid_number_is_refused_as_such(void **state)
{
	(void)state;
	rd_log_max = RD_LOG_ERROR;
	sim_plan("[sim]\n"
		 "exten => 100,1,Goto(999,1)\n");
	sim_dial("100");
	assert_int_equal(sim_alice.cause, RD_CAUSE_UNALLOCATED);
}

static void a_call_keeps_the_plan_that_it_began_with(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Pause(10)\n"
		 " same => n,Note(old)\n");
	sim_call(&sim_alice, "100");
	sim_pass(1000);
	sim_plan("[sim]\n"
		 "exten => 100,1,Note(new1)\n"
		 " same => n,Note(new)\n");
	sim_finish();
	assert_string_equal(sim_notes(), "old");
	assert_string_equal(sim_dial("100"), "new1 new");
}

static void a_redirect_leaves_what_runs(void **state)
{
	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Pause(60)\n"
		 " same => n,Note(never)\n"
		 "exten => 200,1,Note(moved)\n"
		 "exten => h,1,Note(h)\n");
	sim_call(&sim_alice, "100");
	sim_pass(1000);
	assert_int_equal(rd_channel_redirect(sim_alice.ch, NULL, "200", 1), 0);
	sim_finish();
	assert_string_equal(sim_notes(), "moved h");
}

/* Five steps, so that a wrong priority shows. */
#define FIVE_STEPS                                                                                \
	"exten => 200,1,Note(1)\n same => n,Note(2)\n same => n,Note(3)\n same => n,Note(4)\n"    \
	" same => n,Note(5)\n"

/* An application may answer 0 to everything: Read() does, with READSTATUS. */
static void a_redirect_begins_where_it_was_told(void **state)
{
	static const char *const ways[] = { "100", "101", "102" };

	(void)state;
	sim_load("app_read");
	sim_plan("[sim]\n"
		 "exten => 100,1,Read(X,,4,n,1,8)\n"
		 " same => n,Note(never)\n"
		 "exten => 101,1,Gosub(sub,s,3)\n"
		 " same => n,Note(never)\n"
		 "exten => 102,1,TryExec(Pause(60))\n"
		 " same => n,Note(never)\n"
		 "exten => s,1,Note(never)\n"
		 FIVE_STEPS
		 "[sub]\n"
		 "exten => s,3,Read(X,,4,n,1,8)\n"
		 " same => n,Return()\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(ways); i++) {
		sim_call(&sim_alice, ways[i]);
		sim_pass(1000);
		assert_int_equal(rd_channel_redirect(sim_alice.ch, "sim", "200", 1), 0);
		sim_pass(100);
	}
	assert_string_equal(sim_notes(), "1 2 3 4 5 1 2 3 4 5 1 2 3 4 5");
}

static void a_call_may_redirect_itself(void **state)
{
	(void)state;
	sim_load("app_channelredirect");
	sim_plan("[sim]\n"
		 "exten => 100,1,NoOp()\n"
		 " same => n,ChannelRedirect(${CHANNEL},sim,200,1)\n"
		 " same => n,Note(never)\n"
		 "exten => s,1,Note(never)\n"
		 FIVE_STEPS);
	assert_string_equal(sim_dial("100"), "1 2 3 4 5");
}

static void the_absolute_timeout_ends_what_waits_for_keys(void **state)
{
	(void)state;
	sim_load("app_read");
	sim_plan("[sim]\n"
		 "exten => 100,1,Set(TIMEOUT(absolute)=2)\n"
		 " same => n,Read(X,,4,n,1,8)\n"
		 " same => n,Note(never)\n"
		 "exten => T,1,Note(${EXTEN})\n"
		 " same => n,Note(${PRIORITY})\n");
	assert_string_equal(sim_dial("100"), "T 2");
}

static int gosub_rc;

static int call_gosub(struct rd_channel *ch, const char *args)
{
	gosub_rc = rd_dialplan_gosub(ch, "sub,s,1", args);
	return 0;
}

static void others_may_run_a_subroutine(void **state)
{
	static const struct rd_app app = { .name = "CallGosub", .run = call_gosub };

	(void)state;
	rd__app_add(&app, "test");
	sim_plan("[sim]\n"
		 "exten => 100,1,CallGosub(hello)\n"
		 " same => n,Note(back ${EXTEN} ${PRIORITY})\n"
		 " same => n,Goto(sub,s,1)\n"
		 "[sub]\n"
		 "exten => s,1,Note(sub ${ARG1})\n"
		 " same => n,Return()\n");
	assert_string_equal(sim_dial("100"), "sub hello back 100 2 sub ");
	assert_int_equal(gosub_rc, 0);
	rd__app_remove(&app);
}

static int hang_up_and_gosub(struct rd_channel *ch, const char *args)
{
	(void)args;
	rd_hangup(ch, RD_CAUSE_NORMAL);
	rd_shield_begin(1000);
	gosub_rc = rd_dialplan_gosub(ch, "sub,s,1", "");
	rd_shield_end();
	return -ECANCELED;
}

/* As Dial's option e does for the called party. */
static void a_leg_that_is_gone_runs_a_subroutine_as_its_h(void **state)
{
	static const struct rd_app app = { .name = "HangupGosub", .run = hang_up_and_gosub };

	(void)state;
	rd__app_add(&app, "test");
	sim_plan("[sim]\n"
		 "exten => 100,1,HangupGosub()\n"
		 " same => n,Note(never)\n"
		 "[sub]\n"
		 "exten => s,1,Note(over)\n"
		 " same => n,Note(done)\n");
	assert_string_equal(sim_dial("100"), "over done");
	assert_int_equal(gosub_rc, 0);
	rd__app_remove(&app);
}

static void matches_say_whether_more_could_come(void **state)
{
	struct rd_buf sum;

	(void)state;
	sim_plan("[sim]\n"
		 "exten => 100,1,Note(x)\n"
		 "exten => 1001,1,Note(x)\n"
		 "include => more\n"
		 "ignorepat => 9\n"
		 "[more]\n"
		 "exten => _2X,1,Note(x)\n");
	assert_int_equal(rd_dialplan_match("sim", "10", 1, NULL), RD_MATCH_PARTIAL);
	assert_int_equal(rd_dialplan_match("sim", "100", 1, NULL), RD_MATCH_FULL_MORE);
	assert_int_equal(rd_dialplan_match("sim", "1001", 1, NULL), RD_MATCH_FULL);
	assert_int_equal(rd_dialplan_match("sim", "2", 1, NULL), RD_MATCH_PARTIAL);
	assert_int_equal(rd_dialplan_match("sim", "3", 1, NULL), RD_MATCH_NONE);
	assert_int_equal(rd_dialplan_match("nowhere", "1", 1, NULL), RD_MATCH_NONE);
	assert_true(rd_dialplan_ignore_pattern("sim", "91"));
	assert_false(rd_dialplan_ignore_pattern("sim", "81"));
	assert_true(rd_dialplan_context_exists("more"));
	assert_true(rd_dialplan_pattern("_1X", "15"));
	rd_buf_init(&sum);
	assert_int_equal(rd_dialplan_expression("1 + 2 * 3", &sum), 0);
	assert_string_equal(rd_buf_text(&sum), "7");
	rd_buf_fini(&sum);
	assert_true(rd_dialplan_pattern("1X", "15"));
}

static void hints_name_devices(void **state)
{
	struct rd_buf devices, name;

	(void)state;
	rd_buf_init(&devices);
	rd_buf_init(&name);
	sim_plan("[sim]\n"
		 "exten => 100,hint,Sim/alice&Custom:x(Alice)\n"
		 "exten => _2XX,hint,Sim/${EXTEN}\n");
	assert_int_equal(rd_dialplan_hint("sim", "100", &devices, &name), 0);
	assert_string_equal(rd_buf_text(&devices), "Sim/alice&Custom:x");
	assert_string_equal(rd_buf_text(&name), "Alice");
	rd_buf_reset(&devices);
	assert_int_equal(rd_dialplan_hint("sim", "234", &devices, NULL), 0);
	assert_string_equal(rd_buf_text(&devices), "Sim/234");
	assert_int_equal(rd_dialplan_hint("sim", "300", &devices, NULL), -ENOENT);
	rd_buf_fini(&devices);
	rd_buf_fini(&name);
}

static void a_hint_is_of_a_part_of_what_was_asked_for(void **state)
{
	static const struct {
		const char *exten, *devices, *name;
	} hints[] = {
		{ "*781002", "DND:1002&Sim/10", "of 1002 in sim" },
		{ "345", "Sim/45", "" },
		{ "9x", "Sim/9x", "" },
	};
	struct rd_buf devices, name;

	(void)state;
	sim_plan("[sim]\n"
		 "exten => _*7810XX,hint,"
		 "DND:${EXTEN:3}&Sim/${EXTEN:-4:2}(of ${EXTEN:3} in ${CONTEXT})\n"
		 "exten => _3XX,hint,${NOSUCH}Sim/${EXTEN:1}\n"
		 "exten => _9.,hint,Sim/${EXTEN}\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(hints); i++) {
		rd_buf_init(&devices);
		rd_buf_init(&name);
		assert_int_equal(rd_dialplan_hint("sim", hints[i].exten, &devices, &name), 0);
		assert_string_equal(rd_buf_text(&devices), hints[i].devices);
		assert_string_equal(rd_buf_text(&name), hints[i].name);
		rd_buf_fini(&devices);
		rd_buf_fini(&name);
	}
	rd_buf_init(&devices);
	assert_int_equal(rd_dialplan_hint("sim", "9${EXTEN}", &devices, NULL), -ENOENT);
	rd_buf_fini(&devices);
}

static void lamps_follow_their_devices(void **state)
{
	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_HINT_STATE));
	sim_plan("[sim]\n"
		 "exten => 100,1,Pause(1)\n"
		 "exten => 500,hint,Sim/bob&Sim/alice\n"
		 "exten => 501,hint,Sim/bob\n"
		 "exten => _6XX,hint,Sim/alice\n");
	assert_string_equal(sim_events(), "HintState:NOT_INUSE HintState:INVALID");
	sim_dial("100");
	assert_string_equal(sim_events(), "HintState:NOT_INUSE HintState:INVALID "
					  "HintState:INUSE HintState:NOT_INUSE");
	sim_plan("[sim]\nexten => 500,hint,Sim/alice\n"); /* nothing changed */
	assert_string_equal(sim_events(), "HintState:NOT_INUSE HintState:INVALID "
					  "HintState:INUSE HintState:NOT_INUSE");
}

static void completion_offers_contexts_and_numbers(void **state)
{
	const struct rd_cli_command *command = sim_dialplan_commands();
	const char *typed = "60";
	char *first, *second;

	(void)state;
	while (strcmp(command->name, "dialplan show") != 0)
		command++;
	sim_plan("[sim]\nexten => 600,1,Note(x)\nexten => _60X,1,Note(x)\n"
		 "[60th]\nexten => 70,1,Note(x)\n");
	first = command->complete(1, &typed, 0);
	second = command->complete(1, &typed, 1);
	assert_string_equal(first, "60th");
	assert_string_equal(second, "600@sim");
	assert_null(command->complete(1, &typed, 2));
	rd_free(first);
	rd_free(second);
}

static void wait_exten_without_a_key_goes_on_else_to_t_else_to_e(void **state)
{
	(void)state;
	sim_load("app_wait");
	sim_plan("[sim]\n"
		 "exten => 100,1,WaitExten(1)\n"
		 " same => n,Note(on)\n"
		 " same => n,WaitExten(1)\n"
		 "exten => t,1,Note(t)\n"
		 " same => n,Goto(later,100,1)\n"
		 "[later]\n"
		 "exten => 100,1,WaitExten(1)\n"
		 "exten => e,1,Note(e ${EXCEPTION(reason)})\n"
		 " same => n,WaitExten(1)\n");
	assert_string_equal(sim_dial("100"), "on t e RESPONSETIMEOUT");
}

static void a_call_may_hang_itself_up_by_name(void **state)
{
	(void)state;
	sim_load("app_softhangup");
	sim_plan("[sim]\n"
		 "exten => 100,1,SoftHangup(${CHANNEL})\n"
		 " same => n,Note(on)\n"
		 "exten => h,1,Note(h)\n");
	assert_string_equal(sim_dial("100"), "h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(priorities_follow_each_other),
		TEST(goto_goes_to_numbers_labels_and_contexts),
		TEST(a_priority_may_follow_from_a_label),
		TEST(goto_if_takes_one_branch),
		TEST(the_best_pattern_that_has_the_priority_runs),
		TEST(a_hint_alone_is_no_extension),
		TEST(callers_have_extensions_of_their_own),
		TEST(includes_are_searched_in_order),
		TEST(an_include_may_have_hours),
		TEST(subroutines_come_back),
		TEST(a_subroutine_must_exist),
		TEST(loops_repeat_and_are_left),
		TEST(exec_finds_applications_by_name),
		TEST(the_h_extension_runs_after_the_leg),
		TEST(the_end_of_an_extension_hangs_up),
		TEST(falling_through_says_how_the_last_dial_ended),
		TEST(keys_of_a_menu_are_collected),
		TEST(without_fall_through_digits_are_waited_for),
		TEST(an_incomplete_extension_gets_more_digits),
		TEST(an_error_leads_to_e),
		TEST(a_jump_into_nothing_leads_to_i),
		TEST(the_absolute_timeout_leads_to_T),
		TEST(a_hangup_ends_every_way_of_going_on),
		TEST(an_invalid_number_is_refused_as_such),
		TEST(a_call_keeps_the_plan_that_it_began_with),
		TEST(a_redirect_leaves_what_runs),
		TEST(a_redirect_begins_where_it_was_told),
		TEST(a_call_may_redirect_itself),
		TEST(the_absolute_timeout_ends_what_waits_for_keys),
		TEST(others_may_run_a_subroutine),
		TEST(a_leg_that_is_gone_runs_a_subroutine_as_its_h),
		TEST(matches_say_whether_more_could_come),
		TEST(hints_name_devices),
		TEST(a_hint_is_of_a_part_of_what_was_asked_for),
		TEST(lamps_follow_their_devices),
		TEST(wait_exten_without_a_key_goes_on_else_to_t_else_to_e),
		TEST(a_call_may_hang_itself_up_by_name),
		TEST(completion_offers_contexts_and_numbers),
	};

	return RUN_GROUP(tests);
}
