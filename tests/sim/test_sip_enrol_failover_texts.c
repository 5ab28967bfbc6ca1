/* Texts and subscriptions to a peer with which we are registered by two flows, of which one
 * fails: they go by the other one (RFC 5626 §4.3). */
#include "tests/unit/test.h"

#include "tests/sim/sip_two_flows.h"

/* ---- texts ---- */

static unsigned told;

static void write_text(void)
{
	const struct sip_recipient to = {
		.endpoint = sip_settings_find(sip.settings, RD_STR("peer")),
	};

	provider_writes(&to, &told);
}

static void expect_text_by(const char *peer)
{
	run_for(10);
	flows_went_by(peer, provider_keep(line_expect("MESSAGE ")));
}

static void is_answered_with(const char *status, const char *more)
{
	line_answer_from(line_peer());
	provider_answer(status, more);
	line_answer_from(NULL);
}

static void is_answered(const char *status)
{
	is_answered_with(status, "");
}

static void a_text_goes_by_the_other_flow(void **state)
{
	(void)state;
	write_text();
	expect_text_by(FIRST);
	run_for(3900);
	line_clear();
	run_for(100);
	expect_text_by(SECOND);
	is_answered("200 OK");
	assert_int_equal(told, 200);
}

static void a_text_that_one_flow_does_not_take_goes_by_the_other_at_once(void **state)
{
	(void)state;
	line_break(FIRST);
	write_text();
	expect_text_by(SECOND);
	is_answered("200 OK");
	assert_int_equal(told, 200);
}

static void a_text_whose_flow_is_not_known_goes_by_the_other_flow(void **state)
{
	(void)state;
	write_text();
	expect_text_by(FIRST);
	is_answered("430 Flow Failed");
	expect_text_by(SECOND);
	is_answered("430 Flow Failed");
	assert_int_equal(told, 430);
	line_expect_nothing();
}

static void a_text_is_told_of_when_no_flow_takes_it(void **state)
{
	(void)state;
	write_text();
	run_for(40000);
	line_clear();
	assert_int_equal(told, 480);
}

/* ---- subscriptions ---- */

static struct provider_subscription ours;

static void subscribe(void)
{
	assert_int_equal(provider_subscribes(&ours), 0);
}

static void expect_subscribe_by(const char *peer)
{
	flows_went_by(peer, provider_keep(line_expect("SUBSCRIBE ")));
}

static void a_subscription_begins_by_the_other_flow(void **state)
{
	(void)state;
	subscribe();
	expect_subscribe_by(FIRST);
	is_answered("430 Flow Failed");
	expect_subscribe_by(SECOND);
	is_answered("404 Not Found");
	assert_string_equal(ours.over, "404");
}

static void a_subscription_that_one_flow_does_not_take_goes_by_the_other(void **state)
{
	(void)state;
	line_break(FIRST);
	subscribe();
	expect_subscribe_by(SECOND);
	is_answered("404 Not Found");
	assert_string_equal(ours.over, "404");
}

static void a_subscription_whose_connection_is_lost_goes_by_the_other_flow(void **state)
{
	(void)state;
	subscribe();
	expect_subscribe_by(FIRST);
	line_connect(8);
	expect_subscribe_by(SECOND);
	is_answered("404 Not Found");
	assert_string_equal(ours.over, "404");
	line_clear();
}

/* It has been heard: somebody else would have it twice. */
static void a_subscription_that_was_heard_stays_where_it_is(void **state)
{
	(void)state;
	subscribe();
	expect_subscribe_by(FIRST);
	is_answered("100 Trying");
	flows_send_none("SUBSCRIBE", SECOND, 40000);
	assert_string_not_equal(ours.over, "");
}

static void a_subscription_that_stands_is_not_begun_anew(void **state)
{
	(void)state;
	subscribe();
	expect_subscribe_by(FIRST);
	is_answered_with("200 OK", "Expires: 3600\nContact: <sip:127.0.0.3>\n");
	sip_subscription_end(ours.subscription);
	provider_keep(line_expect("SUBSCRIBE "));
	assert_string_equal(provider_header("Expires"), "0");
	is_answered("430 Flow Failed");
	run_for(10);
	line_expect_nothing();
}

static void a_subscription_that_is_not_answered_goes_by_the_other_flow_in_time(void **state)
{
	(void)state;
	subscribe();
	expect_subscribe_by(FIRST);
	run_for(3900);
	line_clear();
	flows_pass(200);
	expect_subscribe_by(SECOND);
	run_for(33000);
	line_clear();
	assert_string_not_equal(ours.over, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, flows_open, flows_close)
#define CONNECTED(name)                                                                            \
	cmocka_unit_test_setup_teardown(name, flows_open_connected, flows_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_text_goes_by_the_other_flow),
		TEST(a_text_that_one_flow_does_not_take_goes_by_the_other_at_once),
		TEST(a_text_whose_flow_is_not_known_goes_by_the_other_flow),
		TEST(a_text_is_told_of_when_no_flow_takes_it),
		TEST(a_subscription_begins_by_the_other_flow),
		TEST(a_subscription_that_one_flow_does_not_take_goes_by_the_other),
		CONNECTED(a_subscription_whose_connection_is_lost_goes_by_the_other_flow),
		TEST(a_subscription_that_was_heard_stays_where_it_is),
		TEST(a_subscription_that_stands_is_not_begun_anew),
		TEST(a_subscription_that_is_not_answered_goes_by_the_other_flow_in_time),
	};

	return RUN_GROUP(tests);
}
