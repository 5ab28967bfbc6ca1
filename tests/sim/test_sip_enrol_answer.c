/* What a registrar may answer, and what we make of each of it: when we come back, whether,
 * and to whom. */
#include "tests/unit/test.h"

#include "tests/sim/sip_provider.h"
#include "tests/unit/console.h"

#define PEER(more)                                                                                 \
	"[global]\nuser_agent = Test\n"                                                            \
	"[provider]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nregister = yes\n"          \
	"secret = x\n" more
#define CONF(more) PEER("outbound = no\ngruu = no\n" more)

static int open_office(void **state)
{
	(void)state;
	return office_open(CONF(""));
}

static int close_office(void **state)
{
	line_connect(0);
	return provider_close(state);
}

static void answered(const char *status, const char *more)
{
	provider_expect("3600");
	provider_answer(status, more);
}

/* The next REGISTER is sent then, and not before. */
static void expect_next_after(int ms)
{
	run_for(ms - 100);
	line_expect_nothing();
	run_for(100);
}

/* Between these, as chance has it. */
static void expect_next_between(int least_ms, int most_ms)
{
	run_for(least_ms - 20);
	line_expect_nothing();
	for (int ms = least_ms; line_is_empty() && ms <= most_ms; ms += 100)
		run_for(100);
	assert_false(line_is_empty());
}

static void expect_at(const char *peer)
{
	run_for(10);
	provider_keep(line_expect("REGISTER "));
	assert_string_equal(line_peer(), peer);
	line_answer_from(peer);
}

/* ---- for how long ---- */

static void a_short_time_is_renewed_in_its_middle(void **state)
{
	(void)state;
	answered("200 OK", "Expires: 40\n");
	expect_next_after(20000);
	answered("200 OK", "Expires: 4\n");
	expect_next_after(2000);
	answered("200 OK", "Expires: 400\n"); /* 32 s before, a transaction's time */
	expect_next_after(360000);
	answered("200 OK", "");
}

static void a_contact_that_is_not_kept_is_no_registration(void **state)
{
	(void)state;
	answered("200 OK", "Contact: <sip:me@127.0.0.1:5060>;expires=0\n");
	assert_console(provider_commands, "registrations", 0,
		       "Peer             State        Status Expires  Contact\n"
		       "provider         waits           200       0  sip:me@127.0.0.1:5060\n"
		       "1 registration\n");
	expect_next_between(30000, 60100);
	answered("200 OK", "");
}

static void no_more_than_a_day_is_believed(void **state)
{
	(void)state;
	answered("200 OK", "Expires: 4000000000\n");
	expect_next_after(77760000);
	answered("200 OK", "");
}

static void what_works_again_has_not_failed_before(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		answered("500 Server Error", "");
		expect_next_between(30000, 60100);
		answered("200 OK", "Expires: 40\n");
		run_for(20000);
	}
	answered("200 OK", "");
}

/* It doubles with each fault, but not for ever. */
static void no_fault_is_waited_out_for_more_than_half_an_hour(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		answered("500 Server Error", "");
		expect_next_between(20, 1800100);
	}
	answered("200 OK", "");
}

/* ---- no ---- */

static void some_answers_are_final(void **state)
{
	static const char *const final[] = { "403", "404", "405", "410",
					     "420", "501", "600", "603" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(final); i++) {
		answered(final[i], "");
		run_for(7200000);
		line_expect_nothing();
		provider_reload(CONF(""));
	}
	answered("200 OK", "");
}

static void others_are_not(void **state)
{
	static const char *const passing[] = { "305", "380", "400", "408", "480", "500", "503" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(passing); i++) {
		answered(passing[i], "Contact: <sip:127.0.0.7>\n");
		expect_next_between(30000, 60100);
		answered("200 OK", "Expires: 40\n");
		run_for(20000);
	}
	answered("200 OK", "");
}

static void a_wrong_password_is_not_tried_for_ever(void **state)
{
	(void)state;
	answered("401 Unauthorized", PROVIDER_CHALLENGE);
	answered("401 Unauthorized", PROVIDER_CHALLENGE);
	run_for(7200000);
	line_expect_nothing();
}

/* The former Contact has nothing to do with it. */
static void nor_after_a_change_of_address(void **state)
{
	(void)state;
	answered("200 OK", "");
	provider_sees_us_at("192.0.2.9");
	answered("401 Unauthorized", PROVIDER_CHALLENGE);
	answered("401 Unauthorized", PROVIDER_CHALLENGE);
	run_for(1000000);
	line_expect_nothing();
}

static void a_change_of_address_waits_for_what_is_out(void **state)
{
	(void)state;
	answered("200 OK", "Expires: 40\n");
	run_for(20000);
	provider_expect("3600");
	provider_sees_us_at("192.0.2.9");
	run_for(10);
	line_expect_nothing();
	provider_answer("200 OK", "Expires: 40\n");
	provider_expect("3600");
	assert_string_equal(provider_header("Contact"), "<sip:me@192.0.2.9:5060>");
	provider_answer("200 OK", "");
}

static void a_time_that_is_no_longer_or_too_long_is_not_asked_for(void **state)
{
	static const char *const wrong[] = { "Min-Expires: 60\n", "Min-Expires: 3600\n",
					     "Min-Expires: 86401\n", "" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		answered("423 Interval Too Brief", wrong[i]);
		expect_next_between(30000, 60100);
		answered("200 OK", "Expires: 40\n");
		run_for(20000);
	}
	answered("200 OK", "");
}

static void who_knows_no_flows_is_asked_without_once(void **state)
{
	(void)state;
	answered("200 OK", "");
	provider_reload(PEER(""));
	provider_expect("0");
	provider_answer("200 OK", "");
	run_for(10);
	answered("439 First Hop Lacks Outbound Support", "");
	answered("439 First Hop Lacks Outbound Support", "");
	expect_next_between(30000, 60100);
	answered("200 OK", "");
}

/* ---- somebody else ---- */

static void the_first_of_the_best_is_asked(void **state)
{
	(void)state;
	answered("302 Moved Temporarily", "Contact: <sip:127.0.0.8>;q=0.3, <sip:127.0.0.7>;q=x, "
					  "<sip:127.0.0.6>\n");
	expect_at("127.0.0.7:5060");
	provider_answer("200 OK", "");
}

static void each_time_of_being_sent_on_begins_anew(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		answered("302 Moved Temporarily", "Contact: <sip:127.0.0.2:5060>\n");
	answered("200 OK", "Expires: 40\n");
	run_for(20000);
	for (int i = 0; i < 6; i++)
		answered("302 Moved Temporarily", "Contact: <sip:127.0.0.2:5060>\n");
	expect_next_between(30000, 60100);
	answered("302 Moved Temporarily", "Contact: <sip:127.0.0.2:5060>\n");
	answered("200 OK", "");
}

static void a_refusal_sends_us_back(void **state)
{
	(void)state;
	answered("302 Moved Temporarily", "Contact: <sip:127.0.0.7>\n");
	expect_at("127.0.0.7:5060");
	provider_answer("403 Forbidden", "");
	provider_reload(CONF(""));
	expect_at("127.0.0.2:5060");
	provider_answer("200 OK", "");
}

static void so_does_one_that_is_tried_again(void **state)
{
	(void)state;
	provider_reload(CONF("register_refused_retry = 1h\n"));
	answered("302 Moved Temporarily", "Contact: <sip:127.0.0.7>\n");
	expect_at("127.0.0.7:5060");
	provider_answer("403 Forbidden", "");
	run_for(3599990);
	expect_at("127.0.0.2:5060");
	provider_answer("200 OK", "");
}

/* ---- as the settings say ---- */

static void a_fault_is_tried_again_after_a_time_of_ones_own(void **state)
{
	(void)state;
	provider_reload(CONF("register_retry = 7s\n"));
	for (int i = 0; i < 4; i++) {
		answered("500 Server Error", "");
		expect_next_after(7000);
	}
	answered("500 Server Error", "Retry-After: 20\n"); /* it knows better */
	expect_next_after(20000);
	answered("200 OK", "");
}

static void after_so_many_faults_it_is_left_alone(void **state)
{
	(void)state;
	provider_reload(CONF("register_retry = 7s\nregister_retries = 2\n"));
	for (int i = 0; i < 2; i++) { /* the reload begins anew */
		answered("500 Server Error", "");
		expect_next_after(7000);
		answered("500 Server Error", "");
		expect_next_after(7000);
		answered("500 Server Error", "");
		run_for(7200000);
		line_expect_nothing();
		provider_reload(CONF("register_retry = 7s\nregister_retries = 2\n"));
	}
	answered("500 Server Error", "");
	expect_next_after(7000);
	answered("200 OK", "");
}

static void a_refusal_may_be_tried_again(void **state)
{
	(void)state;
	provider_reload(CONF("register_forbidden_retry = 10m\nregister_refused_retry = 1h\n"));
	answered("403 Forbidden", "");
	expect_next_after(600000);
	answered("404 Not Found", "");
	expect_next_after(3600000);
	answered("401 Unauthorized", PROVIDER_CHALLENGE);
	answered("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_next_after(3600000);
	answered("200 OK", "Expires: 40\n");
	provider_reload(CONF("register_refused_retry = 1h\nregister_retries = 1\n"));
	run_for(20000);
	answered("403 Forbidden", "");
	expect_next_after(3600000);
	answered("403 Forbidden", "");
	run_for(7200000);
	line_expect_nothing();
}

static void a_wrong_password_may_be_a_fault(void **state)
{
	(void)state;
	provider_reload(CONF("register_password_final = no\n"));
	answered("401 Unauthorized", PROVIDER_CHALLENGE);
	answered("401 Unauthorized", PROVIDER_CHALLENGE);
	expect_next_between(30000, 60100);
	answered("200 OK", "");
}

/* ---- what is said ---- */

static void what_is_not_wanted_is_not_said(void **state)
{
	(void)state;
	provider_expect("3600");
	assert_string_equal(provider_header("Supported"), "path");
	assert_string_equal(provider_header("Contact"), "<sip:me@127.0.0.1:5060>");
	provider_answer("200 OK", "");
}

/* A GRUU needs an instance, and no flow. */
static void a_name_of_its_own_needs_an_instance(void **state)
{
	(void)state;
	answered("200 OK", "");
	provider_reload(PEER("outbound = no\n"));
	provider_expect("0");
	provider_answer("200 OK", "");
	run_for(10);
	provider_expect("3600");
	assert_string_equal(provider_header("Supported"), "path, gruu");
	assert_non_null(strstr(provider_header("Contact"), "+sip.instance="));
	assert_null(strstr(provider_header("Contact"), "reg-id"));
	provider_answer("200 OK", "");
}

static void a_contact_that_has_no_room_is_not_sent(void **state)
{
	char conf[1024];

	(void)state;
	answered("200 OK", "");
	snprintf(conf, sizeof(conf), CONF("register_contact = %0300d\n"), 1);
	provider_reload(conf);
	provider_expect("0");
	provider_answer("200 OK", "");
	run_for(100);
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_short_time_is_renewed_in_its_middle),
		TEST(a_contact_that_is_not_kept_is_no_registration),
		TEST(no_more_than_a_day_is_believed),
		TEST(what_works_again_has_not_failed_before),
		TEST(no_fault_is_waited_out_for_more_than_half_an_hour),
		TEST(some_answers_are_final),
		TEST(others_are_not),
		TEST(a_wrong_password_is_not_tried_for_ever),
		TEST(nor_after_a_change_of_address),
		TEST(a_change_of_address_waits_for_what_is_out),
		TEST(a_time_that_is_no_longer_or_too_long_is_not_asked_for),
		TEST(who_knows_no_flows_is_asked_without_once),
		TEST(the_first_of_the_best_is_asked),
		TEST(each_time_of_being_sent_on_begins_anew),
		TEST(a_refusal_sends_us_back),
		TEST(so_does_one_that_is_tried_again),
		TEST(a_fault_is_tried_again_after_a_time_of_ones_own),
		TEST(after_so_many_faults_it_is_left_alone),
		TEST(a_refusal_may_be_tried_again),
		TEST(a_wrong_password_may_be_a_fault),
		TEST(what_is_not_wanted_is_not_said),
		TEST(a_name_of_its_own_needs_an_instance),
		TEST(a_contact_that_has_no_room_is_not_sent),
	};

	return RUN_GROUP(tests);
}
