/* Originate(): whom it rings, what they are shown, and what it waits for. */
#include "tests/sim/sim_dialplan.h"

static struct sim_phone phones[2];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];

static int begin(void **state)
{
	sim_dialplan_begin(state);
	phones[0] = (struct sim_phone){ .name = "alice" };
	phones[1] = (struct sim_phone){ .name = "bob", .answer_ms = 2000 };
	sim_phones(phones, 2);
	sim_load("app_originate");
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* Alice, who is 1001, comes to it; what was noted after so much time. */
static const char *originates(const char *rest, int ms)
{
	char plan[400];

	snprintf(plan, sizeof(plan),
		 "[sim]\nexten => go,1,Set(CALLERID(all)=\"Al\" <1001>)\n"
		 " same => n,Originate(Sim/bob,%s)\n same => n,Note(${ORIGINATE_STATUS})\n"
		 "exten => there,1,Note(${A}${B})\n same => n,Pause(9)\n"
		 "exten => who,1,Note(${CONNECTEDLINE(name)}-${CONNECTEDLINE(num)})\n"
		 " same => n,Pause(9)\n",
		 rest);
	sim_plan(plan);
	sim_call(alice, "go");
	sim_pass(ms);
	return sim_notes();
}

static void it_waits_for_the_answer_but_with_a(void **state)
{
	(void)state;
	assert_string_equal(originates("exten,sim,there,1", 1000), "");
	sim_pass(2000);
	assert_string_equal(sim_notes(), "SUCCESS ");
	sim_hangup_all();
	sim_pass(100);
	assert_string_equal(originates("exten,sim,there,1,,a", 1000), "SUCCESS  SUCCESS");
}

static void the_leg_has_the_variables_of_v(void **state)
{
	(void)state;
	assert_string_equal(originates("exten,sim,there,1,,v(A=1^B=2)", 3000), "SUCCESS 12");
}

static void who_is_rung_is_shown_c_and_n_or_who_asked(void **state)
{
	(void)state;
	assert_string_equal(originates("exten,sim,who,1,,c(4711)n(Joe)", 3000), "SUCCESS Joe-4711");
	assert_string_equal(bob->shown_caller, "4711");
	sim_hangup_all();
	sim_pass(100);
	originates("exten,sim,there,1", 1000);
	assert_string_equal(bob->shown_caller, "1001");
	sim_hangup_all();
	sim_pass(100);
	sim_plan("[sim]\nexten => go,1,Set(CALLERID(all)=\"Al\" <1001>)\n"
		 " same => n,Set(CALLERID(pres)=prohib)\n"
		 " same => n,Originate(Sim/bob,app,Note,x)\n");
	sim_call(alice, "go");
	sim_pass(1000);
	assert_int_equal(bob->called, 3);
	assert_string_equal(bob->shown_caller, "");
}

static void the_time_is_that_of_the_argument(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	bob->ring_ms = 100;
	assert_string_equal(originates("app,Note,x,,3", 4000), "RINGING");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_waits_for_the_answer_but_with_a),
		TEST(the_leg_has_the_variables_of_v),
		TEST(who_is_rung_is_shown_c_and_n_or_who_asked),
		TEST(the_time_is_that_of_the_argument),
	};

	return RUN_GROUP(tests);
}
