/* A peer that has several hosts, as the contacts of an aor of pjsip.conf and remote_hosts of
 * pjsip_wizard.conf are: at which one it is called, and at which one next. */
#include "tests/unit/test.h"

#include <ringdown/module.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_trunks.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/sip_zone.h"

#define A "127.0.0.31:5060"
#define B "127.0.0.32:5060"

extern const struct rd_module rd_module;

static struct sip_phone gate, other, provider, second;

/* [wiz] is at .31, .32 and with these lines, and [out] a group of it and of c, .33. */
static void wiz_has(const char *lines)
{
	char conf[1024];

	if (conf_dir_apply(rd_module.config,
			   "[c]\nhost = 127.0.0.33\nnumbers = none\nqualify = 0\n"
			   "[out]\ntype = group\ntrunks = wiz, c\n[alone]\ntype = group\n"
			   "trunks = wiz\n"))
		fail_msg("this trunks.conf has errors");
	snprintf(conf, sizeof(conf),
		 "[global]\nuser_agent = Test\ndns = no\ndead_time = 20s\n"
		 "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
		 "[wiz]\ntype = peer\ncontext = office\nhost = 127.0.0.31\n%s",
		 lines);
	if (office_reload(conf))
		fail_msg("%s", office_report());
	line_clear();
}

#define TWO   "other_hosts = sip:127.0.0.32\n"
#define THREE "other_hosts = sip:127.0.0.32, sip:127.0.0.34\n"

static void dials(const char *target)
{
	gate_dials(&gate, target);
	provider_is_called(&provider, "127.0.0.31");
}

static void a_says(const char *status, const char *body)
{
	dials("SIP/4711@wiz");
	provider_says(&provider, status, body);
	run_for(100);
	line_clear();
}

static void talks_to(struct sip_phone *phone, const char *address)
{
	provider_is_called(phone, address);
	provider_says(phone, "200 OK", SDP(""));
	both_hang_up(&gate, phone);
}

/* The call is there now, and at the other no more. */
static void has_moved(struct sip_phone *phone, const char *to, const char *from)
{
	char answerer[64];

	provider_is_called(phone, to);
	snprintf(answerer, sizeof(answerer), "%s:5060", to);
	assert_non_null(strstr(line_expect("CANCEL sip:4711@"), from));
	line_answer_from(answerer);
	phone_answer(phone, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	both_hang_up(&gate, phone);
}

static void nobody_listens(const char *peer, const struct sip_phone *phone)
{
	line_unreached(peer, phone->request);
	run_for(10);
}

/* Milliseconds until this host is called; or -1. */
static int until_the_next(const char *host, int most_ms)
{
	char line[64];

	snprintf(line, sizeof(line), "INVITE sip:4711@%s ", host);
	for (int ms = 0; ms < most_ms; ms += 10) {
		while (*line_peek() && strncmp(line_peek(), line, strlen(line)) != 0)
			line_take();
		if (*line_peek())
			return ms;
		run_for(10);
	}
	return -1;
}

/* ---- which one is next ---- */

static void where_nobody_listens_the_next_host_is_called(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("SIP/4711@wiz");
	nobody_listens(A, &provider);
	talks_to(&second, "127.0.0.32");
	assert_int_equal(trunk_state_find("wiz")->out.attempts, 1);
	assert_int_equal(trunk_state_find("wiz")->out.answered, 1);
	assert_int_equal(trunk_state_find("wiz")->out.now, 0);
}

/* Until dead_time is over. */
static void and_first_from_then_on(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("SIP/4711@wiz");
	nobody_listens(A, &provider);
	talks_to(&second, "127.0.0.32");
	gate_dials(&gate, "SIP/4711@wiz");
	talks_to(&second, "127.0.0.32");
	run_for(20000);
	gate_dials(&gate, "SIP/4711@wiz");
	talks_to(&second, "127.0.0.31");
}

static void a_silent_one_is_left_as_a_silent_server_is(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("SIP/4711@wiz");
	assert_in_range(until_the_next("127.0.0.32", 10000), 3900, 4100); /* failover_time */
	talks_to(&second, "127.0.0.32");
}

/* Refused by it, no host is asked once more. */
static void refusals_lead_on(void **state)
{
	static const char *const refusals[][2] = {
		{ "503 Service Unavailable", "SIP/2.0 503" },
		{ "500 Oops", "SIP/2.0 500" },
		{ "408 Request Timeout", "SIP/2.0 408" },
		{ "504 Time-out", "SIP/2.0 504" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(refusals); i++) {
		wiz_has(TWO);
		dials("SIP/4711@wiz");
		provider_refuses(&provider, refusals[i][0]);
		run_for(10);
		provider_is_called(&second, "127.0.0.32");
		provider_refuses(&second, refusals[i][0]);
		gate_is_refused(&gate, refusals[i][1]);
		run_for(30000);
	}
}

static void a_refusal_of_the_account_does_too(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("SIP/4711@wiz");
	provider_refuses(&provider, "401 Unauthorized");
	run_for(10);
	talks_to(&second, "127.0.0.32");
}

static void others_are_the_callers(void **state)
{
	static const char *const refusals[][2] = {
		{ "486 Busy Here", "SIP/2.0 486" },
		{ "404 Not Found", "SIP/2.0 404" },
		{ "603 Decline", "SIP/2.0 603" },
		{ "403 Forbidden", "SIP/2.0 403" },
	};

	(void)state;
	wiz_has(TWO);
	for (size_t i = 0; i < RD_ARRAY_SIZE(refusals); i++) {
		dials("SIP/4711@wiz");
		provider_refuses(&provider, refusals[i][0]);
		gate_is_refused(&gate, refusals[i][1]);
	}
}

static void what_has_rung_is_refused_for_good(void **state)
{
	(void)state;
	wiz_has(TWO);
	a_says("180 Ringing", "");
	provider_refuses(&provider, "500 Oops");
	gate_is_refused(&gate, "SIP/2.0 500");
}

static void each_is_tried_and_the_last_refusal_is_told(void **state)
{
	(void)state;
	wiz_has(THREE);
	dials("SIP/4711@wiz");
	nobody_listens(A, &provider);
	provider_is_called(&second, "127.0.0.32");
	provider_refuses(&second, "503 Service Unavailable");
	run_for(10);
	provider_is_called(&other, "127.0.0.34");
	provider_refuses(&other, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

static void each_has_its_own_user(void **state)
{
	(void)state;
	wiz_has("host_user = 46\nother_hosts = sip:47@127.0.0.32:5084\n");
	gate_dials(&gate, "SIP/wiz");
	provider_is_called(&provider, "127.0.0.31");
	assert_non_null(strstr(provider.request, "INVITE sip:46@127.0.0.31 "));
	nobody_listens(A, &provider);
	phone_called(&second);
	assert_non_null(strstr(second.request, "INVITE sip:47@127.0.0.32:5084 "));
	provider_refuses(&second, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
	run_for(20000);
	dials("SIP/+4930%23@wiz");
	nobody_listens(A, &provider);
	phone_called(&second);
	assert_non_null(strstr(second.request, "INVITE sip:+4930%2523@127.0.0.32:5084 "));
	provider_refuses(&second, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

/* Whoever names a contact means it. */
static void one_that_is_named_is_called_alone(void **state)
{
	(void)state;
	wiz_has(TWO);
	gate_dials(&gate, "SIP/wiz/sip:4711@127.0.0.32");
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "503 Service Unavailable");
	gate_is_refused(&gate, "SIP/2.0 503");
}

/* ---- one that dies with calls ---- */

static void a_call_that_waits_at_a_dead_one_goes_on(void **state)
{
	(void)state;
	wiz_has(TWO);
	a_says("180 Ringing", "");
	nobody_listens(A, &provider);
	has_moved(&second, "127.0.0.32", "127.0.0.31");
}

static void but_not_when_it_was_heard(void **state)
{
	(void)state;
	wiz_has(TWO);
	a_says("183 Session Progress", SDP(""));
	nobody_listens(A, &provider);
	run_for(5000);
	line_expect_nothing();
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

/* It had its time to refuse. */
static void a_late_refusal_changes_nothing(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("SIP/4711@wiz");
	assert_in_range(until_the_next("127.0.0.32", 10000), 3900, 4100);
	provider_is_called(&second, "127.0.0.32");
	line_clear();
	line_answer_from(A);
	phone_answer(&provider, "500 Oops", "", "");
	line_answer_from(NULL);
	phone_expect_request(&provider, "ACK ");
	run_for(100);
	line_clear();
	line_answer_from(B);
	phone_answer(&second, "200 OK", "", SDP(""));
	line_answer_from(NULL);
	both_hang_up(&gate, &second);
}

/* The first may be back by now. */
static void when_all_have_died_they_are_tried_once_more(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("SIP/4711@wiz");
	nobody_listens(A, &provider);
	provider_is_called(&second, "127.0.0.32");
	provider_says(&second, "180 Ringing", "");
	run_for(100);
	line_clear();
	nobody_listens(B, &second);
	has_moved(&provider, "127.0.0.31", "127.0.0.32");
}

static void but_not_for_ever(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("SIP/4711@wiz");
	nobody_listens(A, &provider);
	provider_is_called(&second, "127.0.0.32");
	nobody_listens(B, &second);
	provider_is_called(&provider, "127.0.0.31");
	nobody_listens(A, &provider);
	gate_is_refused(&gate, "SIP/2.0 503");
}

static bool answers_options(const char *text)
{
	struct sip_phone phone = { 0 };

	if (strncmp(text, "OPTIONS ", 8) != 0)
		return false;
	snprintf(phone.request, sizeof(phone.request), "%s", text);
	provider_says(&phone, "200 OK", "");
	return true;
}

/* Until somebody is called; OPTIONS of the second are answered, of the first where it is said. */
static int run_answering(int most_ms, bool first)
{
	for (int ms = 0; ms < most_ms; ms += 10) {
		run_for(10);
		while (*line_peek() && strncmp(line_peek(), "INVITE ", 7) != 0) {
			const char *text = line_take();

			if (first || strncmp(text, "OPTIONS sip:127.0.0.31 ", 23) != 0)
				answers_options(text);
		}
		if (*line_peek())
			return ms;
	}
	return -1;
}

#define OFTEN TWO "qualify = 10s\nqualify_timeout = 1s\n"

/* Among all that is asked nobody listens for the rest. */
static void ends_among_questions(struct sip_phone *phone)
{
	provider_says(phone, "486 Busy Here", "");
	run_for(40000);
	line_clear();
	assert_int_equal(trunk_state_find("wiz")->out.now, 0);
}

static void one_that_answers_no_options_is_left(void **state)
{
	(void)state;
	wiz_has(OFTEN);
	run_answering(11000, true);
	gate_dials(&gate, "SIP/4711@wiz");
	run_answering(100, true);
	provider_is_called(&provider, "127.0.0.31");
	provider_says(&provider, "180 Ringing", "");
	assert_in_range(run_answering(15000, false), 1, 12000);
	provider_is_called(&second, "127.0.0.32");
	line_expect("CANCEL sip:4711@127.0.0.31");
	ends_among_questions(&second);
}

/* Who is silent to OPTIONS is called when nobody else is left. */
static void and_is_the_last_that_is_called(void **state)
{
	(void)state;
	wiz_has(OFTEN);
	run_answering(25000, false);
	gate_dials(&gate, "SIP/4711@wiz");
	run_answering(100, false);
	provider_is_called(&second, "127.0.0.32");
	provider_says(&second, "503 Service Unavailable", "");
	run_answering(100, false);
	provider_is_called(&provider, "127.0.0.31");
	ends_among_questions(&provider);
}

/* ---- in a group ---- */

static void in_a_group_silence_leads_to_the_next_host_first(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("TRUNK/out/4711");
	assert_in_range(until_the_next("127.0.0.32", 5000), 1400, 1600);
	provider_is_called(&second, "127.0.0.32");
	assert_in_range(until_the_next("127.0.0.33", 5000), 1400, 1600);
	talks_to(&other, "127.0.0.33");
}

/* As where nobody listens. */
static void and_is_no_first_choice_for_a_while(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("TRUNK/alone/4711");
	assert_in_range(until_the_next("127.0.0.32", 5000), 1400, 1600);
	provider_is_called(&second, "127.0.0.32");
	provider_refuses(&second, "486 Busy Here");
	run_for(10);
	phone_final(&gate, "SIP/2.0 486");
	phone_ack_refusal(&gate);
	gate_dials(&gate, "SIP/4711@wiz");
	talks_to(&second, "127.0.0.32");
}

static void when_all_hosts_have_died_the_next_trunk_is_called(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("TRUNK/out/4711");
	provider_refuses(&provider, "503 Service Unavailable");
	run_for(10);
	provider_is_called(&second, "127.0.0.32");
	provider_refuses(&second, "500 Oops");
	run_for(10);
	talks_to(&other, "127.0.0.33");
}

static void one_that_does_not_ring_is_left_for_the_next_host(void **state)
{
	(void)state;
	wiz_has(TWO);
	dials("TRUNK/alone/4711");
	provider_says(&provider, "100 Trying", "");
	run_for(11900);
	line_expect_nothing();
	run_for(200);
	has_moved(&second, "127.0.0.32", "127.0.0.31");
}

static void memory_may_run_out(void **state)
{
	(void)state;
	for (long n = 0; n < 60; n++) {
		wiz_has(TWO);
		dials("SIP/4711@wiz");
		rd__alloc_fail_after(n);
		nobody_listens(A, &provider);
		run_for(100);
		rd__alloc_fail_after(-1);
		phone_request(&gate, "CANCEL", "", "");
		run_for(70000);
		line_clear();
	}
}

/* ---- registered with each ---- */

/* The next REGISTER at this host is answered so; others have no answer. */
static void answers_register(const char *host, const char *status)
{
	struct sip_phone registrar = { 0 };
	char line[64];

	snprintf(line, sizeof(line), "REGISTER sip:%s ", host);
	for (int ms = 0; ms < 100000 && strncmp(line_peek(), line, strlen(line)) != 0; ms += 10)
		if (!line_take())
			run_for(10);
	snprintf(registrar.request, sizeof(registrar.request), "%s", line_take());
	line_answer_from(line_peer());
	phone_answer(&registrar, status, "", "");
	line_answer_from(NULL);
	run_for(10);
}

/* As remote_hosts with sends_registrations. Where one has forgotten us the other has not. */
static void one_of_the_registrars_is_enough(void **state)
{
	(void)state;
	wiz_has(TWO "username = u\nsecret = s\nregister = yes\nregister_expires = 1m\n"
		    "[wiz-reg-1]\ntype = peer\ncontext = office\nhost = 127.0.0.32\n"
		    "username = u\nsecret = s\nregister = yes\nregister_expires = 1m\n"
		    "register_endpoint = wiz\n");
	assert_int_equal(trunk_worth("wiz"), TRUNK_CLOSED);
	answers_register("127.0.0.32", "200 OK");
	assert_int_equal(trunk_worth("wiz"), TRUNK_FIT);
	assert_string_equal(trunk_state_find("wiz")->told, "registered");
	answers_register("127.0.0.31", "403 Forbidden");
	assert_int_equal(trunk_worth("wiz"), TRUNK_FIT);
	answers_register("127.0.0.32", "403 Forbidden");
	assert_int_equal(trunk_worth("wiz"), TRUNK_CLOSED);
	line_clear();
}

/* ---- by name ---- */

static void names_are_looked_up_one_after_the_other(void **state)
{
	(void)state;
	wiz_has("");
	zone_set("b.test 60 A 127.0.0.32\n");
	if (office_reload("[global]\nuser_agent = Test\ndns_hosts = /nonexistent\n"
			  "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
			  "[wiz]\ntype = peer\ncontext = office\nhost = a.test\n"
			  "other_hosts = sip:b.test, sip:127.0.0.34\n"))
		fail_msg("%s", office_report());
	zone_serve(sip.resolver, 20);
	gate_dials(&gate, "SIP/4711@wiz");
	run_for(300);
	provider_is_called(&second, "127.0.0.32");
	nobody_listens(B, &second);
	talks_to(&other, "127.0.0.34");
	/* Names that are none are known by now. */
	gate_dials(&gate, "SIP/4711@wiz");
	talks_to(&other, "127.0.0.34");
	zone_serve(sip.resolver, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trunks_open, trunks_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(where_nobody_listens_the_next_host_is_called),
		TEST(and_first_from_then_on),
		TEST(a_silent_one_is_left_as_a_silent_server_is),
		TEST(refusals_lead_on),
		TEST(a_refusal_of_the_account_does_too),
		TEST(others_are_the_callers),
		TEST(what_has_rung_is_refused_for_good),
		TEST(each_is_tried_and_the_last_refusal_is_told),
		TEST(each_has_its_own_user),
		TEST(one_that_is_named_is_called_alone),
		TEST(a_call_that_waits_at_a_dead_one_goes_on),
		TEST(but_not_when_it_was_heard),
		TEST(a_late_refusal_changes_nothing),
		TEST(when_all_have_died_they_are_tried_once_more),
		TEST(but_not_for_ever),
		TEST(one_that_answers_no_options_is_left),
		TEST(and_is_the_last_that_is_called),
		TEST(in_a_group_silence_leads_to_the_next_host_first),
		TEST(and_is_no_first_choice_for_a_while),
		TEST(when_all_hosts_have_died_the_next_trunk_is_called),
		TEST(one_that_does_not_ring_is_left_for_the_next_host),
		TEST(one_of_the_registrars_is_enough),
		TEST(names_are_looked_up_one_after_the_other),
		TEST(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
