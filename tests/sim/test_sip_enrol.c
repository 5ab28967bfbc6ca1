/* We register with a provider, which is written by hand at 127.0.0.2. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/enrol.h"
#include "core/sched/sched.h"
#include "tests/unit/console.h"
#include "tests/unit/sip_office.h"

#define PEER(more)                                                                                 \
	"[provider]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nregister = yes\n" more
#define CONF(more) "[global]\nuser_agent = Test\n" PEER("secret = x\n" more)

static const struct rd_cli_command commands[] = {
	{ .name = "registrations", .run = sip_command_registrations }, { 0 }
};

static char asked[4096];

static int open_office(void **state)
{
	(void)state;
	return office_open(CONF(""));
}

static int close_office(void **state)
{
	(void)state;
	return office_close();
}

static void run_for(int ms)
{
	rd__sched_run_for(ms);
}

static void reload(const char *conf)
{
	if (office_reload(conf))
		fail_msg("%s", office_report());
}

static void expect_register(const char *expires)
{
	run_for(10);
	snprintf(asked, sizeof(asked), "%s", line_expect("REGISTER sip:127.0.0.2:5060 SIP/2.0"));
	assert_string_equal(line_header(asked, "Expires"), expires);
	assert_string_equal(line_header(asked, "Contact"), "<sip:me@127.0.0.1:5060>");
	assert_non_null(strstr(line_header(asked, "To"), "<sip:me@127.0.0.2>"));
}

static void expect_cseq(const char *cseq)
{
	assert_string_equal(line_header(asked, "CSeq"), cseq);
}

static void answer(const char *status, const char *more)
{
	char via[256], from[256], call_id[64], cseq[64];

	snprintf(via, sizeof(via), "%s", line_header(asked, "Via"));
	snprintf(from, sizeof(from), "%s", line_header(asked, "From"));
	snprintf(call_id, sizeof(call_id), "%s", line_header(asked, "Call-ID"));
	snprintf(cseq, sizeof(cseq), "%s", line_header(asked, "CSeq"));
	line_clear(); /* of repetitions while we waited */
	line_feed("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: <sip:me@127.0.0.2>;tag=r\n"
		  "Call-ID: %s\nCSeq: %s\n%s\n",
		  status, via, from, call_id, cseq, more);
}

#define OK        "Contact: <sip:other@127.0.0.9>;expires=5, <sip:me@127.0.0.1:5060>;expires=100\n"
#define CHALLENGE "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\n"

/* ---- a registration's life ---- */

static void we_register_and_do_it_again_in_time(void **state)
{
	(void)state;
	expect_register("3600");
	answer("200 OK", OK);
	run_for(67900);
	line_expect_nothing();
	run_for(200);
	expect_register("3600");
	answer("200 OK", OK);
	line_expect_nothing();
}

static void a_challenge_is_answered(void **state)
{
	(void)state;
	expect_register("3600");
	expect_cseq("1 REGISTER");
	answer("401 Unauthorized", CHALLENGE);
	expect_register("3600");
	expect_cseq("2 REGISTER");
	assert_non_null(strstr(line_header(asked, "Authorization"), "username=\"me\""));
	answer("200 OK", OK);
	run_for(68100);
	expect_register("3600");
	expect_cseq("3 REGISTER");
	answer("200 OK", OK);
}

static void a_longer_time_is_taken(void **state)
{
	(void)state;
	expect_register("3600");
	answer("423 Interval Too Brief", "Min-Expires: 7200\n");
	expect_register("7200");
	answer("200 OK", "Expires: 7200\n");
	line_expect_nothing();
	reload(CONF("callerid = 5\n"));
	run_for(6480000 - 100);
	line_expect_nothing();
	run_for(100);
	expect_register("7200");
	answer("200 OK", OK);
}

static void a_fault_that_passes_is_tried_again_later_and_later(void **state)
{
	(void)state;
	expect_register("3600");
	answer("500 Server Error", "");
	run_for(29900);
	line_expect_nothing();
	run_for(30200);
	expect_register("3600");
	answer("500 Server Error", "");
	run_for(59900);
	line_expect_nothing();
	run_for(60200);
	expect_register("3600");
	answer("200 OK", OK);
}

static void retry_after_is_heeded(void **state)
{
	(void)state;
	expect_register("3600");
	answer("500 Server Error", "Retry-After: 300\n");
	run_for(299900);
	line_expect_nothing();
	run_for(200);
	expect_register("3600");
	answer("200 OK", OK);
}

static void who_stays_silent_is_asked_again(void **state)
{
	(void)state;
	expect_register("3600");
	run_for(33000);
	line_clear();
	run_for(60100);
	expect_register("3600");
	expect_cseq("6 REGISTER");
	answer("200 OK", OK);
}

static void a_refusal_stands_until_a_reload(void **state)
{
	(void)state;
	expect_register("3600");
	answer("403 Forbidden", "");
	run_for(7200000);
	line_expect_nothing();
	reload(CONF(""));
	expect_register("3600");
	answer("200 OK", OK);
}

static void all_goes_by_the_outbound_proxy(void **state)
{
	(void)state;
	expect_register("3600");
	answer("200 OK", OK);
	reload(CONF("outbound_proxy = sip:127.0.0.3:5070\\;lr\n"));
	expect_register("0");
	answer("200 OK", "");
	expect_register("3600");
	assert_string_equal(line_peer(), "127.0.0.3:5070");
	assert_string_equal(line_header(asked, "Route"), "<sip:127.0.0.3:5070;lr>");
	answer("200 OK", OK);
}

/* ---- reloads ---- */

static void a_reload_leaves_alone_what_has_not_changed(void **state)
{
	(void)state;
	expect_register("3600");
	reload(CONF(""));
	line_expect_nothing();
	answer("200 OK", OK);
	reload(CONF("callerid = 5\n"));
	run_for(67900);
	line_expect_nothing();
	run_for(200);
	expect_register("3600");
	answer("200 OK", OK);
}

static void a_reload_tells_what_has_changed(void **state)
{
	(void)state;
	expect_register("3600");
	answer("200 OK", OK);
	reload(CONF("register_expires = 10m\n"));
	expect_register("600");
	expect_cseq("2 REGISTER");
	reload(CONF("register_expires = 20m\n")); /* one at a time */
	run_for(10);
	line_expect_nothing();
	answer("200 OK", OK);
	expect_register("1200");
	answer("200 OK", OK);
}

static void who_is_removed_leaves(void **state)
{
	(void)state;
	expect_register("3600");
	answer("200 OK", OK);
	reload("[global]\nuser_agent = Test\n");
	expect_register("0");
	answer("401 Unauthorized", CHALLENGE);
	expect_register("0");
	assert_non_null(strstr(line_header(asked, "Authorization"), "username=\"me\""));
	answer("200 OK", "");
	assert_console(commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "0 registrations\n");
}

static void who_is_removed_before_an_answer_leaves_after_it(void **state)
{
	(void)state;
	expect_register("3600");
	reload("[global]\nuser_agent = Test\n");
	run_for(10);
	line_expect_nothing();
	answer("200 OK", OK);
	expect_register("0");
	answer("200 OK", "");
	run_for(7200000);
	line_expect_nothing();
}

/* The same contact at another registrar: first the one, then the other. */
static void who_moves_leaves_first(void **state)
{
	(void)state;
	expect_register("3600");
	answer("200 OK", OK);
	reload(CONF("from_domain = provider.example\n"));
	expect_register("0");
	answer("200 OK", "");
	run_for(10);
	snprintf(asked, sizeof(asked), "%s", line_expect("REGISTER sip:127.0.0.2:5060 "));
	assert_string_equal(line_header(asked, "Expires"), "3600");
	assert_string_equal(line_header(asked, "To"), "<sip:me@provider.example>");
	expect_cseq("1 REGISTER");
	answer("200 OK", OK);
}

static void a_registration_needs_a_host(void **state)
{
	(void)state;
	expect_register("3600");
	answer("200 OK", OK);
	assert_int_equal(office_reload("[provider]\ntype = peer\nsecret = x\nregister = yes\n"),
			 -EINVAL);
	assert_non_null(strstr(office_report(), "sip.conf:4: provider: register: "));
	line_expect_nothing();
}

/* ---- stopping ---- */

static void who_stops_leaves(void **state)
{
	(void)state;
	expect_register("3600");
	answer("200 OK", OK);
	sip_enrolments_leave();
	expect_register("0");
	answer("200 OK", "");
	run_for(7200000);
	line_expect_nothing();
}

static void who_stops_before_an_answer_leaves_at_once(void **state)
{
	(void)state;
	expect_register("3600");
	answer("401 Unauthorized", CHALLENGE);
	expect_register("3600");
	expect_cseq("2 REGISTER");
	sip_enrolments_leave();
	expect_register("0");
	expect_cseq("6 REGISTER");
	answer("200 OK", "");
}

static void who_stops_while_he_waits_leaves(void **state)
{
	(void)state;
	expect_register("3600");
	answer("500 Server Error", "");
	sip_enrolments_leave();
	expect_register("0");
	expect_cseq("2 REGISTER");
	answer("200 OK", "");
}

static void who_was_refused_has_nothing_to_leave(void **state)
{
	(void)state;
	expect_register("3600");
	answer("403 Forbidden", "");
	sip_enrolments_leave();
	run_for(100);
	line_expect_nothing();
}

/* ---- the console ---- */

static void the_console_lists_what_came_of_it(void **state)
{
	(void)state;
	expect_register("3600");
	assert_console(commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "provider         asked             0       0  sip:me@127.0.0.1:5060\n"
		       "1 registration\n");
	answer("200 OK", OK);
	assert_console(commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "provider         registered      200     100  sip:me@127.0.0.1:5060\n"
		       "1 registration\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(we_register_and_do_it_again_in_time),
		TEST(a_challenge_is_answered),
		TEST(a_longer_time_is_taken),
		TEST(a_fault_that_passes_is_tried_again_later_and_later),
		TEST(retry_after_is_heeded),
		TEST(who_stays_silent_is_asked_again),
		TEST(a_refusal_stands_until_a_reload),
		TEST(all_goes_by_the_outbound_proxy),
		TEST(a_reload_leaves_alone_what_has_not_changed),
		TEST(a_reload_tells_what_has_changed),
		TEST(who_is_removed_leaves),
		TEST(who_is_removed_before_an_answer_leaves_after_it),
		TEST(who_moves_leaves_first),
		TEST(a_registration_needs_a_host),
		TEST(who_stops_leaves),
		TEST(who_stops_before_an_answer_leaves_at_once),
		TEST(who_stops_while_he_waits_leaves),
		TEST(who_was_refused_has_nothing_to_leave),
		TEST(the_console_lists_what_came_of_it),
	};

	return RUN_GROUP(tests);
}
