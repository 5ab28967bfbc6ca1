/* Dial() as the dialplan uses it: its options, and what it leaves behind. */
#include "tests/sim/sim.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];
static const char *args;
static int rc;
static char told[256];
static struct rd_channel *kept; /* alice's leg, to look at its variables */

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol" };

	for (size_t i = 0; i < 3; i++)
		phones[i] = (struct sim_phone){ .name = names[i] };
	args = "Sim/bob";
	rc = 12345;
	told[0] = '\0';
	sim_begin(state);
	sim_phones(phones, 3);
	sim_load("app_dial");
	return 0;
}

static int finish(void **state)
{
	sim_finish();
	rd_channel_unref(kept);
	kept = NULL;
	return sim_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static int dial(struct rd_channel *ch)
{
	return rc = sim_app(ch, "Dial", args);
}

static int retry(struct rd_channel *ch)
{
	return rc = sim_app(ch, "RetryDial", args);
}

static int tell(struct rd_channel *ch)
{
	const char *arg = rd_var_get(ch, "ARG1");

	strcat(told, rd_channel_device(ch));
	strcat(told, ",");
	strcat(told, rd_channel_exten(ch));
	strcat(told, arg ? arg : "");
	strcat(told, " ");
	return 0;
}

static int tell_and_stay(struct rd_channel *ch)
{
	tell(ch);
	return rd_channel_sleep(ch, 60000);
}

static int abort_it(struct rd_channel *ch)
{
	tell(ch);
	return rd_var_set(ch, "GOSUB_RESULT", "ABORT");
}

static int decline_it(struct rd_channel *ch)
{
	return rd_var_set(ch, "GOSUB_RESULT", "BUSY");
}

static const struct sim_exten extens[] = {
	{ "dial", dial }, { "retry", retry },	   { "stay", tell_and_stay }, { "sim", tell },
	{ "ask", tell },  { "abort", abort_it }, { "decline", decline_it },   { "h", tell },
	{ "5", tell },
};

static void place_call(const char *dial_args)
{
	args = dial_args;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	kept = rd_channel_ref(sim_call(alice, "dial"));
}

static const char *variable(const char *name)
{
	const char *value = rd_var_get(kept, name);

	return value ? value : "(none)";
}

static void a_call_leaves_its_times_and_names(void **state)
{
	(void)state;
	bob->ring_ms = 500;
	bob->answer_ms = 2000;
	bob->hangup_ms = 9000;
	place_call("Sim/bob,30");
	sim_finish();
	assert_string_equal(variable("DIALSTATUS"), "ANSWER");
	assert_non_null(strstr(variable("DIALEDPEERNAME"), "Sim/bob-"));
	assert_string_equal(variable("DIALEDPEERNUMBER"), "bob");
	assert_string_equal(variable("RINGTIME_MS"), "500");
	assert_string_equal(variable("DIALEDTIME"), "9");
	assert_string_equal(variable("ANSWEREDTIME"), "7");
	assert_string_equal(variable("ANSWEREDTIME_MS"), "7000");
	assert_string_equal(variable("HANGUPCAUSE"), "16");
	assert_string_equal(variable("PROGRESSTIME"), "(none)");
	assert_int_equal(rc, -ECANCELED);
}

static void without_g_the_caller_is_hung_up_after_the_talk(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	bob->hangup_ms = 1000;
	place_call("Sim/bob");
	sim_finish();
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(rc, -ECANCELED);
}

static void with_g_the_dialplan_goes_on_after_the_talk(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	bob->hangup_ms = 1000;
	place_call("Sim/bob,,g");
	sim_finish();
	assert_int_equal(rc, 0);
}

static void nobody_answers_in_time(void **state)
{
	(void)state;
	bob->ring_ms = 100;
	place_call("Sim/bob,20");
	sim_finish();
	assert_int_equal(rc, 0);
	assert_string_equal(variable("DIALSTATUS"), "NOANSWER");
	assert_string_equal(variable("DIALEDTIME"), "20");
	assert_string_equal(variable("HANGUPCAUSE"), "19");
}

static void parts_of_seconds_count_in_full(void **state)
{
	static const char *const cases[][2] = {
		{ "Sim/bob,1.001", "1001" }, { "Sim/bob,.25", "250" }, { "Sim/bob, 2.", "2000" },
		{ "Sim/bob,0.0019", "1" },
	};

	(void)state;
	bob->ring_ms = 1;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		place_call(cases[i][0]);
		sim_finish();
		assert_string_equal(variable("DIALSTATUS"), "NOANSWER");
		assert_string_equal(variable("DIALEDTIME_MS"), cases[i][1]);
		rd_channel_unref(kept);
		kept = NULL;
	}
}

static void the_cause_is_of_whom_the_status_is(void **state)
{
	(void)state;
	bob->refuse_ms = 100;
	bob->refuse_cause = RD_CAUSE_BUSY;
	carol->refuse_ms = 200;
	carol->refuse_cause = RD_CAUSE_UNALLOCATED;
	place_call("Sim/bob&Sim/carol,20");
	sim_finish();
	assert_string_equal(variable("DIALSTATUS"), "BUSY");
	assert_string_equal(variable("HANGUPCAUSE"), "17");
}

/* A dialplan that comes from elsewhere must not lose calls over a letter. */
static void an_unknown_option_is_passed_over(void **state)
{
	(void)state;
	bob->ring_ms = 100;
	place_call("Sim/bob,20,tTzq(x)");
	sim_finish();
	assert_int_equal(bob->called, 1);
	assert_string_equal(variable("DIALSTATUS"), "NOANSWER");
}

static void what_means_nothing_costs_no_call(void **state)
{
	static const char *const odd[] = { "Sim/bob,soon", "Sim/bob,2e1", "Sim/bob,.",
					   "Sim/bob,-2", "Sim/bob,,L", "Sim/bob,,U()",
					   "Sim/bob,,S", "Sim/bob,,U(x", "Sim/bob&", "&Sim/bob",
					   " & &Sim/bob& " };

	(void)state;
	bob->refuse_cause = RD_CAUSE_BUSY;
	bob->refuse_ms = 90000;
	for (size_t i = 0; i < RD_ARRAY_SIZE(odd); i++) {
		place_call(odd[i]);
		sim_finish();
		assert_int_equal(rc, 0);
		assert_string_equal(variable("DIALSTATUS"), "BUSY");
		rd_channel_unref(kept);
		kept = NULL;
	}
	assert_int_equal(bob->called, (int)RD_ARRAY_SIZE(odd));
}

static void whom_an_empty_list_names_is_not_there(void **state)
{
	(void)state;
	place_call("&,5");
	sim_finish();
	assert_int_equal(rc, 0);
	assert_string_equal(variable("DIALSTATUS"), "CHANUNAVAIL");
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = { "", "bob", "Sim/bob,,L(x)", "Sim/bob,,S(0)" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(bad); i++) {
		place_call(bad[i]);
		sim_finish();
		assert_true(rc < 0);
		assert_string_equal(variable("DIALSTATUS"), "INVALIDARGS");
		rd_channel_unref(kept);
		kept = NULL;
	}
}

static void what_is_wrong_is_found_without_a_call(void **state)
{
	const struct rd_app *app = rd_app_find("Dial");
	char buf[128];

	(void)state;
	assert_null(app->check("Sim/bob&Sim/carol,20,tTr", buf, sizeof(buf)));
	assert_null(app->check("Sim/bob", buf, sizeof(buf)));
	assert_non_null(strstr(app->check("Sim/bob,20,tz", buf, sizeof(buf)), "\"z\""));
	assert_non_null(strstr(app->check("Sim/bob&carol", buf, sizeof(buf)), "\"carol\""));
	assert_non_null(strstr(app->check("Sim/bob,20,tL(10", buf, sizeof(buf)), "not closed"));
	assert_non_null(app->check("", buf, sizeof(buf)));
}

static void F_sends_the_callee_on_when_the_caller_hangs_up(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	place_call("Sim/bob,,F(sim^stay^1)");
	sim_pass(1000);
	sim_hangup(alice);
	sim_pass(1000);
	assert_string_equal(told, "Sim/bob,stay ");
	assert_int_equal(bob->hung_up, 0);
	sim_hangup(bob);
}

static void G_sends_both_on(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	place_call("Sim/bob,,G(sim^stay^1)");
	sim_pass(1000);
	assert_non_null(strstr(told, "Sim/alice,stay "));
	assert_non_null(strstr(told, "Sim/bob,stay "));
	assert_int_equal(rd_channel_priority(bob->ch), 2);
	sim_hangup(alice);
	sim_hangup(bob);
}

static void U_runs_on_the_callee_with_its_arguments(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	place_call("Sim/bob,,U(ask^one^two)");
	sim_pass(1000);
	assert_string_equal(told, "Sim/bob,sone,two ");
	assert_non_null(rd_bridge_next(NULL));
	sim_hangup(alice);
}

static void U_may_abort_the_call(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	place_call("Sim/bob,,U(abort)");
	sim_finish();
	assert_int_equal(alice->hung_up, 1);
	assert_int_equal(bob->hung_up, 1);
	assert_int_equal(alice->answered, 0);
}

static void U_may_decline_for_the_callee(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	place_call("Sim/bob,,U(decline)");
	sim_finish();
	assert_int_equal(rc, 0);
	assert_string_equal(variable("DIALSTATUS"), "BUSY");
	assert_int_equal(alice->answered, 0);
}

static void b_and_B_run_before_the_call(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	place_call("Sim/bob,,b(sim^ask^1(x))B(sim^ask^1(y))");
	sim_pass(1000);
	assert_string_equal(told, "Sim/alice,dialy Sim/bob,sx ");
	sim_hangup(alice);
}

static void e_runs_h_for_the_callee(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	place_call("Sim/bob,,e");
	sim_pass(1000);
	sim_hangup(alice);
	sim_pass(1000);
	assert_string_equal(told, "Sim/bob,s ");
	assert_int_equal(bob->hung_up, 1);
}

static void S_limits_the_talk(void **state)
{
	uint64_t before = rd_now_ms();

	(void)state;
	bob->answer_ms = 1000;
	place_call("Sim/bob,,S(30)g");
	sim_finish();
	assert_int_equal(rc, 0);
	assert_in_range(rd_now_ms() - before, 31000, 31100);
}

static void c_spares_the_phones_a_missed_call(void **state)
{
	(void)state;
	bob->ring_ms = 100;
	place_call("Sim/bob,,c");
	sim_pass(1000);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(bob->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
}

static void D_sends_digits_to_both(void **state)
{
	(void)state;
	bob->answer_ms = 1000;
	place_call("Sim/bob,,D(12w#:9)");
	sim_pass(5000);
	assert_string_equal(bob->digits, "12#");
	assert_string_equal(alice->digits, "9");
	sim_hangup(alice);
}

static void o_changes_what_the_callee_is_shown(void **state)
{
	(void)state;
	place_call("Sim/bob,1,o(4711)");
	sim_finish();
	assert_string_equal(bob->shown_caller, "4711");
}

static void f_changes_what_all_are_shown(void **state)
{
	(void)state;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/carol";
	place_call("Sim/bob,1,o(4712)f(4711)");
	sim_finish();
	assert_string_equal(bob->shown_caller, "4711");
	assert_string_equal(carol->shown_caller, "4711");
}

static void f_alone_shows_the_extension_to_whom_somebody_forwards(void **state)
{
	(void)state;
	bob->forward_ms = 100;
	bob->forward_to = "Sim/carol";
	place_call("Sim/bob,1,f");
	sim_finish();
	assert_string_equal(bob->shown_caller, "alice");
	assert_string_equal(carol->shown_caller, "dial");
}

/* Sim/carol rings, Sim/bob answers. */
static int cause_of_who_is_beaten(const char *dial_args)
{
	bob->answer_ms = 1000;
	carol->ring_ms = 100;
	place_call(dial_args);
	sim_pass(2000);
	sim_hangup(alice);
	sim_finish();
	return carol->cause;
}

static void Q_says_how_the_others_end(void **state)
{
	(void)state;
	assert_int_equal(cause_of_who_is_beaten("Sim/bob&Sim/carol,,Q(USER_BUSY)"), RD_CAUSE_BUSY);
}

static void Q_may_say_nothing_of_an_answer(void **state)
{
	(void)state;
	assert_int_equal(cause_of_who_is_beaten("Sim/bob&Sim/carol,,Q(NONE)"), RD_CAUSE_NORMAL);
}

static void a_Q_that_is_no_cause_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(cause_of_who_is_beaten("Sim/bob&Sim/carol,,Q(thursday)"),
			 RD_CAUSE_ANSWERED_ELSEWHERE);
}

static void I_keeps_quiet_about_who_answered(void **state)
{
	(void)state;
	bob->answer_ms = 100;
	place_call("Sim/bob,,I");
	sim_pass(500);
	assert_string_equal(alice->connected, "");
	sim_hangup(alice);
}

static void d_leaves_for_a_one_digit_extension(void **state)
{
	(void)state;
	place_call("Sim/bob,,d");
	sim_pass(500);
	sim_press(alice, '4');
	sim_press(alice, '5');
	sim_finish();
	assert_string_equal(told, "Sim/alice,5 ");
	assert_int_equal(bob->hung_up, 1);
}

static void a_second_dial_forgets_the_first(void **state)
{
	(void)state;
	bob->ring_ms = 100;
	place_call("Sim/bob,1");
	sim_finish();
	assert_string_equal(variable("RINGTIME"), "0");
	rd_channel_unref(kept);
	carol->unreachable = true;
	place_call("Sim/carol,1");
	sim_finish();
	assert_string_equal(variable("RINGTIME"), "(none)");
	assert_string_equal(variable("DIALSTATUS"), "CHANUNAVAIL");
}

static void retry_dial_tries_again(void **state)
{
	(void)state;
	args = ",5,3,Sim/bob,2";
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	kept = rd_channel_ref(sim_call(alice, "retry"));
	sim_finish();
	assert_int_equal(rc, 0);
	assert_int_equal(bob->called, 4);
}

static void a_hangup_at_any_moment_ends_the_call(void **state)
{
	static const char *const all[] = {
		"Sim/bob", "Sim/bob&Sim/carol,20,tTr", "Sim/bob,,m", "Sim/bob,,U(stay)",
		"Sim/bob,,b(stay^stay^1)", "Sim/bob,,B(stay^stay^1)", "Sim/bob,,D(wwww1:ww2)",
		"Sim/bob,,A(beep:beep)", "Sim/bob,,eg", "Sim/bob,,L(5000:2000:1000)",
		"Sim/bob,,F(sim^stay^1)",
	};
	static const int moments[] = { 0, 1, 50, 100, 101, 1000, 3000, 3001, 4000, 7000 };

	(void)state;
	bob->ring_ms = 100;
	bob->answer_ms = 3000;
	for (size_t i = 0; i < RD_ARRAY_SIZE(all); i++) {
		for (size_t j = 0; j < RD_ARRAY_SIZE(moments) * 2; j++) {
			place_call(all[i]);
			sim_pass(moments[j / 2]);
			sim_hangup(j % 2 ? bob : alice);
			sim_pass(1);
			if (j % 2 == 0 && !strstr(all[i], ",F("))
				assert_int_equal(rd__fiber_count(), 0);
			rd_hangup(kept, RD_CAUSE_NORMAL);
			rd_channel_unref(kept);
			kept = NULL;
			sim_pass(1);
			if (bob->ch)
				rd_hangup(bob->ch, RD_CAUSE_NORMAL);
			sim_pass(1);
			assert_int_equal(rd_channel_count(), 0);
			assert_int_equal(rd__fiber_count(), 0);
			told[0] = '\0';
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_leaves_its_times_and_names),
		TEST(without_g_the_caller_is_hung_up_after_the_talk),
		TEST(with_g_the_dialplan_goes_on_after_the_talk),
		TEST(nobody_answers_in_time),
		TEST(parts_of_seconds_count_in_full),
		TEST(the_cause_is_of_whom_the_status_is),
		TEST(an_unknown_option_is_passed_over),
		TEST(what_means_nothing_costs_no_call),
		TEST(whom_an_empty_list_names_is_not_there),
		TEST(nonsense_is_refused),
		TEST(what_is_wrong_is_found_without_a_call),
		TEST(F_sends_the_callee_on_when_the_caller_hangs_up),
		TEST(G_sends_both_on),
		TEST(U_runs_on_the_callee_with_its_arguments),
		TEST(U_may_abort_the_call),
		TEST(U_may_decline_for_the_callee),
		TEST(b_and_B_run_before_the_call),
		TEST(e_runs_h_for_the_callee),
		TEST(S_limits_the_talk),
		TEST(c_spares_the_phones_a_missed_call),
		TEST(D_sends_digits_to_both),
		TEST(o_changes_what_the_callee_is_shown),
		TEST(f_changes_what_all_are_shown),
		TEST(f_alone_shows_the_extension_to_whom_somebody_forwards),
		TEST(Q_says_how_the_others_end),
		TEST(Q_may_say_nothing_of_an_answer),
		TEST(a_Q_that_is_no_cause_changes_nothing),
		TEST(I_keeps_quiet_about_who_answered),
		TEST(d_leaves_for_a_one_digit_extension),
		TEST(a_second_dial_forgets_the_first),
		TEST(retry_dial_tries_again),
		TEST(a_hangup_at_any_moment_ends_the_call),
	};

	return RUN_GROUP(tests);
}
