/* A new file in the place of the interpreter while calls are in its extensions: they go on step
 * after step, and what begins is run by the new one. */
#include <stdlib.h>

#include "tests/sim/replacing.h"

static struct rd_test_phone *alice, *bob;

static void begin(const char *plan)
{
	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	rd_test_load("app_answer");
	rd_test_load("app_wait");
	rd_test_load("app_set");
	rd_test_load("app_dial");
	rd_test_load("app_userevent");
	rd_test_load("app_goto");
	rd_test_load("func_global");
	replacing_install("dialplan", "dialplan");
	rd_test_file("extensions.conf", plan);
	rd_test_load(replacing_path("dialplan"));
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_USER) | RD_EVENT_BIT(RD_EVENT_HINT_STATE));
}

static void a_call_goes_on_step_after_step(void **state)
{
	(void)state;
	begin("[sim]\nexten => 1,1,Answer()\n same => n,Wait(5)\n same => n,Set(A=${EXTEN})\n"
	      " same => n,Gosub(sub,s,1(x))\n same => n,Set(GLOBAL(SAID)=${A}-${GOSUB_RETVAL})\n"
	      " same => n,Wait(5)\n same => n,Hangup()\nexten => h,1,Set(GLOBAL(H)=h-${A})\n"
	      "[sub]\nexten => s,1,Set(LOCAL(L)=${ARG1})\n same => n,Wait(5)\n"
	      " same => n,Return(${L}${ARG1})\n");
	rd_test_call(alice, "1");
	rd_test_pass(2000);
	replacing_replace("dialplan");
	rd_test_pass(5000);
	replacing_replace("dialplan"); /* in the subroutine */
	rd_test_call(bob, "1");
	rd_test_pass(5000);
	assert_string_equal(rd_test_expand("${SAID}"), "1-xx");
	replacing_expect("core show channels", "1@sim:6");
	rd_test_pass(5000);
	assert_false(rd_test_is_up(alice));
	assert_string_equal(rd_test_expand("${H}"), "h-1");
	assert_true(rd_test_is_up(bob));
	rd_test_pass(6000);
	assert_false(rd_test_is_up(bob));
}

static void the_plan_that_the_new_one_has_read_is_for_who_comes(void **state)
{
	(void)state;
	begin("[sim]\nexten => 1,1,Answer()\n same => n,Wait(5)\n same => n,Set(GLOBAL(A)=old)\n"
	      " same => n,Wait(9)\n");
	rd_test_call(alice, "1");
	rd_test_pass(2000);
	rd_test_file("extensions.conf", "[sim]\nexten => 1,1,Set(GLOBAL(B)=new)\n"
					" same => n,Wait(9)\n");
	replacing_replace("dialplan");
	rd_test_call(bob, "1");
	rd_test_pass(4000);
	assert_string_equal(rd_test_expand("${A} ${B}"), "old new");
}

static void a_broken_plan_leaves_the_old_one_to_interpret(void **state)
{
	const char *said;

	(void)state;
	begin("[sim]\nexten => 1,1,Set(GLOBAL(A)=old)\n same => n,Wait(9)\n");
	rd_test_file("extensions.conf", "[sim]\nexten => 1,x,Wait(9)\n");
	replacing_install("dialplan", "dialplan");
	said = replacing_reload("dialplan", false);
	assert_non_null(strstr(said, "extensions.conf:2: "));
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	assert_string_equal(rd_test_expand("${A}"), "old");
	assert_int_equal(replacing_mapped(), 1);
}

static void a_hint_is_told_once(void **state)
{
	(void)state;
	begin("[sim]\nexten => 1,1,Dial(Sim/bob)\nexten => 2,hint,Sim/bob\n");
	rd_test_pass(100);
	rd_test_watch(RD_EVENT_BIT(RD_EVENT_HINT_STATE));
	rd_test_call(alice, "1");
	rd_test_pass(50);
	replacing_replace("dialplan");
	rd_test_pass(2000);
	replacing_replace("dialplan");
	rd_test_hang_up(bob);
	rd_test_pass(1000);
	assert_string_equal(rd_test_events(), "HintState:INUSE HintState:RINGING HintState:INUSE "
					      "HintState:NOT_INUSE");
}

static void many_times_while_calls_are_in_it(void **state)
{
	int rounds = replacing_rounds(20);

	(void)state;
	begin("[sim]\nexten => 1,1,Answer()\n same => n(again),Wait(1)\n"
	      " same => n,Set(GLOBAL(ROUNDS)=$[0${ROUNDS} + 1])\n same => n,Goto(again)\n"
	      "exten => 2,1,UserEvent(came)\n");
	rd_test_call(alice, "1");
	for (int i = 0; i < rounds; i++) {
		replacing_replace("dialplan");
		rd_test_call(bob, "2");
		rd_test_pass(1000);
	}
	rd_test_pass(500);
	assert_true(rd_test_is_up(alice));
	assert_int_equal(atoi(rd_test_expand("${ROUNDS}")), rounds);
	assert_int_equal(replacing_mapped(), rounds + 1);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	rd_test_unload("dialplan");
	assert_int_equal(replacing_mapped(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(a_call_goes_on_step_after_step),
		REPLACE(the_plan_that_the_new_one_has_read_is_for_who_comes),
		REPLACE(a_broken_plan_leaves_the_old_one_to_interpret),
		REPLACE(a_hint_is_told_once),
		REPLACE(many_times_while_calls_are_in_it),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
