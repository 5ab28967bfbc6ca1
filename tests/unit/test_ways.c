/* Where calls into a context can come to, for certain, perhaps, or nobody knows. */
#include "tests/unit/test.h"

#include <ringdown/dialplan_ways.h>

#include "dialplan/numbers.h"
#include "dialplan/plan.h"
#include "tests/unit/conf_dir.h"

static struct rd_buf said;

/* The first call to TRUNK, and before it what is lost. */
static bool note(const struct rd_way *way, void *arg)
{
	(void)arg;
	if (way->is_lost)
		rd_buf_printf(&said, "lost %s(%s); ", way->app, way->args);
	if (!way->targets || !strstr(way->targets, "TRUNK/"))
		return false;
	dp_ways_print(way, &said);
	rd_buf_printf(&said, " %s%s%s", way->targets, way->doubt ? " " : "",
		      way->doubt ? way->doubt : "");
	return true;
}

/* Calls that begin in [in], with these variables. */
static const char *way_out_with(const char *const *variables, const char *extensions)
{
	struct rd_config_report *report;
	struct dp_plan *plan;

	conf_dir_write("extensions.conf", extensions);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(dp_plan_load(&plan, report), 0);
	rd_config_report_free(report);
	rd_buf_reset(&said);
	dp_ways_follow(plan, "in", variables, note, NULL);
	dp_plan_free(plan);
	return rd_buf_text(&said);
}

static const char *way_out(const char *extensions)
{
	return way_out_with(NULL, extensions);
}

#define OUT            "[out]\nexten => _9X.,1,NoOp()\n same => n,Dial(TRUNK/t/${EXTEN:1},60)\n"
#define WAY(step)      way_out("[in]\nexten => _X.,1," step "\n" OUT)
#define GETS_OUT(step) assert_string_equal(WAY(step), "in,_X.,1 -> out,_9X.,2 TRUNK/t/${EXTEN:1}")
#define STAYS(step)    assert_string_equal(WAY(step), "")

/* ---- jumps ---- */

static void jumps_are_followed(void **state)
{
	(void)state;
	GETS_OUT("Goto(out,${EXTEN},1)");
	GETS_OUT("Goto(out,9${EXTEN},1)");
	GETS_OUT("Gosub(out,${EXTEN},1(a,${X}))");
	GETS_OUT("GotoIf($[1 > 0]?out,${EXTEN},1)");
	GETS_OUT("GotoIf($[1 > 2]?x,1,1:out,${EXTEN},1)");
	GETS_OUT("GosubIf($[${LEN(${EXTEN})} > 3]?out,${EXTEN:1},1(a))");
	GETS_OUT("GotoIfTime(9:00-17:00,mon-fri,*,*?out,${EXTEN},1)");
	GETS_OUT("ExecIf($[\"${CALLERID(num)}\" = \"1\"]?Goto(out,${EXTEN},1))");
	GETS_OUT("Exec(Goto(out,${EXTEN},1))");
	GETS_OUT("Dial(SIP/1&Local/${EXTEN}@out/n,20)");
	GETS_OUT("DISA(no-password,out)");
	GETS_OUT("Originate(SIP/1,exten,out,${EXTEN},1)");
	assert_string_equal(way_out("[in]\nexten => s,1,Answer()\ninclude => mid\n"
				    "[mid]\nexten => 1,1,WaitExten(5)\ninclude => out\n" OUT),
			    "out,_9X.,2 TRUNK/t/${EXTEN:1}");
	assert_string_equal(way_out("[in]\nexten => s,1,Goto(menu,s,1)\n"
				    "[menu]\nexten => s,1,Background(hello)\ninclude => out\n" OUT),
			    "in,s,1 -> menu,s,1 -> out,_9X.,2 TRUNK/t/${EXTEN:1}");
	assert_string_equal(way_out("[in]\nexten => s,1,Goto(there)\n same => n,Hangup()\n"
				    " same => n(there),Dial(TRUNK/t/1)\n"),
			    "in,s,1 -> in,s,3 TRUNK/t/1");
}

static void what_cannot_be_dialled_is_not_reached(void **state)
{
	(void)state;
	STAYS("Goto(out,1${EXTEN},1)");
	STAYS("Goto(out,100,1)");
	STAYS("Goto(out,${EXTEN},7)");
	STAYS("GotoIf($[1 > 2]?out,${EXTEN},1)");
	STAYS("ExecIf($[0]?Goto(out,${EXTEN},1))");
	STAYS("Hangup()\n same => n,Goto(out,${EXTEN},1)");
	STAYS("Return()\n same => n,Goto(out,${EXTEN},1)");
	STAYS("Busy()\n same => n,Goto(out,${EXTEN},1)");
	STAYS("Congestion()\n same => n,Goto(out,${EXTEN},1)");
	STAYS("Incomplete()\n same => n,Goto(out,${EXTEN},1)");
	STAYS("Set(CHANNEL(context)=out)\n same => n,Goto(9${EXTEN},1)");
	STAYS("GotoIf($[1 > 0]?away,1,1)\n same => n,Goto(out,${EXTEN},1)");
	STAYS("GotoIf($[1 > 2]?away,1,1:away,2,1)\n same => n,Goto(out,${EXTEN},1)");
	assert_string_equal(way_out("[in]\nexten => _1XX,1,Goto(out,${EXTEN},1)\n" OUT), "");
	assert_string_equal(way_out("[in]\nexten => _X!,1,Hangup()\ninclude => out\n" OUT), "");
	assert_string_equal(way_out("[in]\nexten => 1,1,Goto(o,100,1)\n[o]\nexten => 100,1,Busy()\n"
				    "exten => _1XX,1,Dial(TRUNK/t/1)\n"),
			    "");
}

static void an_include_that_is_not_always_there_hides_nothing(void **state)
{
	(void)state;
	assert_string_equal(way_out("[in]\ninclude => shut,18:00-8:00,*,*,*\ninclude => out\n"
				    "[shut]\nexten => _X!,1,Hangup()\n" OUT),
			    "out,_9X.,2 TRUNK/t/${EXTEN:1}");
}

/* ---- what is run ---- */

#define CALLS(step, targets)                                                                       \
	assert_string_equal(way_out("[globals]\nTRUNK = TRUNK/tel\nOTHER = ${TRUNK}\n"             \
				    "SET = TRUNK/x\n[in]\nexten => _X.,1," step "\n"               \
				    "[z]\nexten => 1,1,Set(GLOBAL(SET)=SIP/1)\n"),                 \
			    targets)

static void whoever_calls_is_found(void **state)
{
	(void)state;
	CALLS("Dial(${TRUNK}/${EXTEN},60)", "in,_X.,1 TRUNK/tel/${EXTEN}");
	CALLS("Dial(SIP/1&${OTHER}/${EXTEN})", "in,_X.,1 SIP/1&TRUNK/tel/${EXTEN}");
	CALLS("Dial(${SET}/1)", "");
	CALLS("RetryDial(beep,1,3,TRUNK/t/1,20)", "in,_X.,1 TRUNK/t/1");
	CALLS("Page(SIP/1&TRUNK/t/1)", "in,_X.,1 SIP/1&TRUNK/t/1");
	CALLS("Originate(TRUNK/t/1,app,Echo)", "in,_X.,1 TRUNK/t/1");
	CALLS("TryExec(Dial(TRUNK/t/1))", "in,_X.,1 TRUNK/t/1");
	CALLS("ExecIf($[1]?Dial(TRUNK/t/${EXTEN:1},,tT):Busy())", "in,_X.,1 TRUNK/t/${EXTEN:1}");
	CALLS("NoOp(TRUNK/t/1)", "");
}

/* Dial(${OUT}/1,20) on the channel that begins, and on one that it calls. */
static void what_a_channel_brings_along_comes_before_globals(void **state)
{
	static const char *const far[] = { "OUT", "SIP", "OUT", "TRUNK/tel", NULL };
	static const char *const handed[] = { "__OUT", "TRUNK/tel", NULL };
	static const char *const near[] = { "OUT", "SIP", NULL };
	static const char own[] = "[globals]\nOUT = SIP\n[in]\nexten => 1,1,Dial(${OUT}/1,20)\n";
	static const char other[] = "[globals]\nOUT = SIP\n[in]\nexten => 1,1,Dial(Local/2@far)\n"
				    "[far]\nexten => 2,1,Dial(${OUT}/1)\n";
	static const char set[] = "[in]\nexten => 1,1,Set(OUT=SIP)\n same => n,Dial(${OUT}/1)\n";

	(void)state;
	assert_string_equal(way_out(own), "");
	assert_string_equal(way_out_with(far, own), "in,1,1 TRUNK/tel/1");
	assert_string_equal(way_out_with(handed, own), "in,1,1 TRUNK/tel/1");
	assert_string_equal(way_out_with(far, other), "");
	assert_string_equal(way_out_with(handed, other), "in,1,1 -> far,2,1 TRUNK/tel/1");
	assert_string_equal(way_out_with(far, set), "");
	assert_string_equal(way_out_with(near, "[globals]\nOUT = TRUNK/tel\n[in]\n"
					       "exten => 1,1,Dial(${OUT}/1,20)\n"),
			    "");
}

/* ---- what is not certain ---- */

#define DOUBT "in,_X.,1 -> out,_9X.,2 TRUNK/t/${EXTEN:1} at in,_X.,1 "

static void doubts_are_said(void **state)
{
	(void)state;
	assert_string_equal(WAY("GotoIf($[\"${DB(a/b)}\" = \"\"]?out,${EXTEN},1)"),
			    DOUBT "only a call knows whether $[\"${DB(a/b)}\" = \"\"]");
	assert_string_equal(WAY("Goto(out,${DB(a/b)},1)"),
			    DOUBT "only a call knows what ${DB(a/b)} is");
	assert_string_equal(WAY("DISA(7394,out)"), DOUBT "DISA() asks for a password");
	assert_string_equal(WAY("Authenticate(7394)\n same => n,Goto(out,${EXTEN},1)"),
			    "in,_X.,1 -> in,_X.,2 -> out,_9X.,2 TRUNK/t/${EXTEN:1} at in,_X.,1 "
			    "Authenticate() asks for a password");
	assert_string_equal(
		way_out("[in]\nexten => 1,1,Gosub(door,s,1)\n same => n,Dial(TRUNK/t/1)\n"
			"[door]\nexten => s,1,Authenticate(7394)\n same => n,Return()\n"),
		"in,1,1 -> in,1,2 TRUNK/t/1 at in,1,1 Gosub() may end the call, or ask for "
		"a password");
	assert_string_equal(
		way_out("[in]\nexten => 1,1,Gosub(sub,s,1)\n same => n,Dial(TRUNK/t/1)\n"
			"[sub]\nexten => s,1,Set(A=1)\n same => n,Return()\n"),
		"in,1,2 TRUNK/t/1");
}

#define ANSWERED(app) " at in,_X.,1 somebody must answer " app "()"
#define DIALS(option)                                                                              \
	way_out("[in]\nexten => _X.,1,Dial(SIP/1,20," option ")\n"                                 \
		"[sub]\nexten => s,1,Dial(TRUNK/t/1)\n" OUT)
#define SUB "in,_X.,1 -> sub,s,1 TRUNK/t/1"

static void places_of_options_are_followed(void **state)
{
	(void)state;
	assert_string_equal(DIALS("b(sub^s^1)"), SUB);
	assert_string_equal(DIALS("tB(sub^s^1(a^b))T"), SUB);
	assert_string_equal(DIALS("U(sub^a^b)"), SUB ANSWERED("Dial"));
	assert_string_equal(DIALS("F(sub^s^1)"), SUB ANSWERED("Dial"));
	assert_string_equal(DIALS("G(sub^s^1)"), SUB ANSWERED("Dial"));
	assert_string_equal(DIALS("F(out^${EXTEN}^1)"),
			    "in,_X.,1 -> out,_9X.,2 TRUNK/t/${EXTEN:1}" ANSWERED("Dial"));
	assert_string_equal(DIALS("F(${WHERE}^1^1)"), "lost Dial(SIP/1,20,F(${WHERE}^1^1)); ");
	assert_string_equal(DIALS("A(sub^s^1)"), "");
	assert_string_equal(way_out("[in]\nexten => _X.,1,Dial(SIP/1,,G(both^1^1))\n[both]\n"
				    "exten => 1,1,Hangup()\n same => n,Dial(TRUNK/t/1)\n"),
			    "in,_X.,1 -> both,1,2 TRUNK/t/1" ANSWERED("Dial"));
	assert_string_equal(way_out("[in]\nexten => _X.,1,Queue(q,,,,,,sub)\n"
				    "[sub]\nexten => s,1,Dial(TRUNK/t/1)\n"),
			    SUB ANSWERED("Queue"));
}

/* It is for the routine to say whether anybody is called. */
static void a_routine_that_is_run_first_may_keep_the_call(void **state)
{
	(void)state;
	assert_string_equal(way_out("[in]\nexten => _X.,1,Dial(TRUNK/t/1,,B(sub^s^1))\n"
				    "[sub]\nexten => s,1,Set(A=1)\n same => n,Return()\n"),
			    "in,_X.,1 TRUNK/t/1");
#define DOOR "[door]\nexten => s,1,Authenticate(7394)\n same => n,Return()\n"
	assert_string_equal(way_out("[in]\nexten => _X.,1,Dial(TRUNK/t/1,,B(door^s^1))\n" DOOR),
			    "in,_X.,1 TRUNK/t/1 at in,_X.,1 option B of Dial() may end the call, "
			    "or ask for a password");
	assert_string_equal(way_out("[in]\nexten => _X.,1,Dial(SIP/1,,B(door^s^1))\n"
				    " same => n,Dial(TRUNK/t/1)\n" DOOR),
			    "in,_X.,1 -> in,_X.,2 TRUNK/t/1 at in,_X.,1 option B of Dial() may end "
			    "the call, or ask for a password");
	assert_string_equal(way_out("[in]\nexten => _X.,1,Dial(SIP/1,,b(door^s^1))\n"
				    " same => n,Dial(TRUNK/t/1)\n" DOOR),
			    "in,_X.,2 TRUNK/t/1");
}

static void a_certain_way_comes_before_a_doubtful_one(void **state)
{
	(void)state;
	assert_string_equal(
		way_out("[in]\nexten => 1,1,GotoIf(${X}?out,911,1)\n"
			"exten => 2,1,Goto(far,s,1)\n[far]\nexten => s,1,Goto(out,922,1)\n" OUT),
		"in,2,1 -> far,s,1 -> out,_9X.,2 TRUNK/t/22");
}

static void what_only_a_call_knows_is_lost(void **state)
{
	(void)state;
	assert_string_equal(WAY("Goto(${WHERE},1,1)"), "lost Goto(${WHERE},1,1); ");
	assert_string_equal(WAY("Goto(out,1,${N})"), "lost Goto(out,1,${N}); ");
	assert_string_equal(WAY("Dial(Local/1@${WHERE})"), "lost Dial(Local/1@${WHERE}); ");
}

/* ---- steps ---- */

static bool note_step(const struct rd_dialplan_step *step, void *arg)
{
	(void)arg;
	rd_buf_printf(&said, "%s,%s:%d %s(%s); ", step->context, step->exten, step->line, step->app,
		      step->args);
	return strcmp(step->app, "Busy") == 0;
}

static void each_step_is_told_once_and_as_it_is_written(void **state)
{
	struct dp_plan *plan;
	struct rd_config_report *report;

	(void)state;
	conf_dir_write("extensions.conf", "[in]\nexten => 1,1,ExecIf($[1]?Dial(${T}))\n"
					  " same => n,Goto(b,2,1)\n exten => 2,1,Goto(${X},1,1)\n"
					  "[b]\nexten => 2,1,Busy()\nexten => 3,1,NoOp()\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(dp_plan_load(&plan, report), 0);
	rd_config_report_free(report);
	assert_true(dp_each_step(plan, "in", note_step, NULL));
	assert_string_equal(rd_buf_text(&said),
			    "in,1:2 ExecIf($[1]?Dial(${T})); in,1:3 Goto(b,2,1); "
			    "in,2:4 Goto(${X},1,1); b,2:6 Busy(); ");
	dp_plan_free(plan);
}

/* ---- numbers ---- */

static bool meet(const char *a, const char *b)
{
	struct dp_numbers first, second, both;

	dp_numbers_of(&first, a);
	dp_numbers_of(&second, b);
	return dp_numbers_meet(&first, &second, &both);
}

static bool within(const char *a, const char *b)
{
	struct dp_numbers first, second;

	dp_numbers_of(&first, a);
	dp_numbers_of(&second, b);
	return dp_numbers_within(&first, &second);
}

static void sets_of_numbers(void **state)
{
	(void)state;
	assert_true(meet("_1XX", "_[1-3]Z0"));
	assert_false(meet("_1XX", "_2XX"));
	assert_false(meet("_1XX", "_1XXX"));
	assert_true(meet("_1.", "_1XXX"));
	assert_false(meet("_1XX.", "_1XX"));
	assert_true(meet("_1XX!", "_1XX"));
	assert_true(meet("12-3", "_123"));
	assert_true(within("123", "_1XX"));
	assert_true(within("_1XX", "_1XX!"));
	assert_false(within("_1XX!", "_1XX"));
	assert_false(within("_1.", "_1X."));
	assert_true(within("_1X.", "_1."));
}

static int begin(void **state)
{
	(void)state;
	conf_dir_make();
	rd_buf_init(&said);
	return 0;
}

static int end(void **state)
{
	(void)state;
	rd_buf_fini(&said);
	conf_dir_remove();
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jumps_are_followed),
		TEST(what_cannot_be_dialled_is_not_reached),
		TEST(an_include_that_is_not_always_there_hides_nothing),
		TEST(whoever_calls_is_found),
		TEST(what_a_channel_brings_along_comes_before_globals),
		TEST(doubts_are_said),
		TEST(places_of_options_are_followed),
		TEST(a_routine_that_is_run_first_may_keep_the_call),
		TEST(a_certain_way_comes_before_a_doubtful_one),
		TEST(what_only_a_call_knows_is_lost),
		TEST(each_step_is_told_once_and_as_it_is_written),
		TEST(sets_of_numbers),
	};

	return RUN_GROUP(tests);
}
