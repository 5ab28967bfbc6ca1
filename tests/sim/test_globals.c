/* Global variables: what [globals] of extensions.conf says, what calls and the console
 * make of it, and what a reload does. */
#include "tests/sim/sim_dialplan.h"
#include "tests/unit/console.h"

#define TEST SIM_DIALPLAN_TEST

static void globals_are_set_and_kept(void **state)
{
	(void)state;
	sim_plan("[globals]\n"
		 "A = 1\n"
		 "B = ${A}2\n"
		 "X = 55\n"
		 "[sim]\n"
		 "exten => 100,1,Note(${A} ${B})\n"
		 " same => n,Set(A=own)\n"
		 " same => n,Note(${A})\n"
		 "exten => ${X},1,Note(fifty-five)\n");
	assert_string_equal(sim_dial("100"), "1 12 own");
	assert_string_equal(sim_dial("55"), "fifty-five");
}

static void a_reload_sets_globals_as_the_file_has_them(void **state)
{
	static const char call[] = "[sim]\n"
				   "exten => 100,1,Note(${A}-${B}-${C})\n"
				   " same => n,Set(GLOBAL(A)=call)\n"
				   " same => n,Set(GLOBAL(C)=call)\n";
	char plan[512];

	(void)state;
	sim_load("func_global");
	snprintf(plan, sizeof(plan), "[globals]\nA = 1\nB = 1\n%s", call);
	sim_plan(plan);
	assert_string_equal(sim_dial("100"), "1-1-");
	snprintf(plan, sizeof(plan), "[globals]\nA = 2\n%s", call);
	sim_plan(plan);
	assert_string_equal(sim_dial("100"), "2-1-call");
	/* What the file has no longer, and what calls have set, goes on request only. */
	snprintf(plan, sizeof(plan), "[general]\nclearglobalvars = yes\n[globals]\nA = 3\n%s",
		 call);
	sim_plan(plan);
	assert_string_equal(sim_dial("100"), "3--");
}

static void globals_have_names(void **state)
{
	(void)state;
	assert_string_equal(sim_plan_errors("[globals]\nA = 1\n__ = 7\n_ = 8\n_B = 9\n"
					    "[sim]\nexten => 100,1,NoOp()\n"),
			    "extensions.conf:3: expected a name before '=', not '__'\n"
			    "extensions.conf:4: expected a name before '=', not '_'\n");
	sim_plan("[globals]\nA = 1\nA = 2\nB = ${A}\n[sim]\nexten => 100,1,Note(${A}${B})\n");
	assert_string_equal(sim_dial("100"), "22");
}

static void the_console_shows_and_sets_them(void **state)
{
	const struct rd_cli_command *commands = sim_dialplan_commands();

	(void)state;
	sim_plan("[globals]\nA = 1\n[sim]\nexten => 100,1,Note(${A}${B})\n");
	assert_console(commands, "dialplan show globals", 0, "   A=1\n1 variable\n");
	assert_console(commands, "dialplan set global A 2", 0, "A=2\n");
	assert_console(commands, "dialplan set global B \"3 4\"", 0, "B=3 4\n");
	assert_string_equal(sim_dial("100"), "23 4");
	assert_console(commands, "dialplan show globals", 0, "   A=2\n   B=3 4\n2 variables\n");
	assert_console(commands, "dialplan set global A \"\"", 0, "A=\n");
	assert_string_equal(sim_dial("100"), "3 4");
	assert_int_equal(console(commands, "dialplan set global A"), -EINVAL);
	assert_int_equal(console(commands, "dialplan set global _ 1"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(globals_are_set_and_kept),
		TEST(a_reload_sets_globals_as_the_file_has_them),
		TEST(globals_have_names),
		TEST(the_console_shows_and_sets_them),
	};

	return RUN_GROUP(tests);
}
