/* Calls over a peer with which we are registered: the way they take, by which name it
 * calls us back, and that what comes by that way needs no password. */
#include "tests/unit/test.h"

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_provider.h"

#define CONF(more)                                                                                 \
	"[global]\nuser_agent = Test\n"                                                            \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"                              \
	"trust_id_inbound = yes\n"                                                                 \
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nsecret = x\n"                  \
	"context = office\nregister = yes\nregister_proxies = sip:127.0.0.3\\;lr\n" more

#define ROUTE "Service-Route: <sip:home.example;lr>\n"
#define FLOW  "Require: outbound\n"
#define GRUUS                                                                                      \
	"Contact: <sip:me@127.0.0.1:5060;ob>;pub-gruu=\"sip:me@home.example;gr=1\""                \
	";temp-gruu=\"sip:t1@home.example;gr\"\n"

static struct sip_phone far, callee;

static int open_office(void **state)
{
	int rc = exchange_open(state);

	provider_reload(CONF(""));
	return rc;
}

static int close_office(void **state)
{
	line_answer_from(NULL);
	phone_source = "127.0.0.9";
	provider_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n");
	rd__sched_run_for(40000); /* nobody answers our farewell */
	line_clear();
	return exchange_close(state);
}

static void answered(const char *status, const char *more)
{
	provider_expect("3600");
	line_answer_from("127.0.0.3:5060");
	provider_answer(status, more);
	line_answer_from(NULL);
}

static void be_registered(const char *more)
{
	answered("200 OK", more);
}

/* alice calls 700, which dials SIP/42@peer. */
static void dial(const char *more)
{
	phone_invite(&far, "alice", "700", more, SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
	phone_called(&callee);
}

static const char *called(const char *header)
{
	return line_header(callee.request, header);
}

static void refuse(void)
{
	line_answer_from(line_peer());
	phone_answer(&callee, "486 Busy Here", "", "");
	line_answer_from(NULL);
	line_expect("ACK ");
	run_for(10);
	phone_final(&far, "SIP/2.0 486");
	phone_ack_refusal(&far);
}

/* ---- out ---- */

static void a_call_takes_the_way_of_the_registration(void **state)
{
	(void)state;
	be_registered(FLOW ROUTE GRUUS);
	dial("");
	assert_string_equal(line_peer(), "127.0.0.3:5060");
	assert_non_null(strstr(callee.request, "INVITE sip:42@127.0.0.2:5060 SIP/2.0"));
	assert_string_equal(called("Route"), "<sip:127.0.0.3;lr>, <sip:home.example;lr>");
	assert_string_equal(called("Contact"), "<sip:me@home.example;gr=1>");
	refuse();
}

static void a_route_that_names_our_proxy_names_it_once(void **state)
{
	(void)state;
	be_registered(FLOW "Service-Route: <sip:127.0.0.3;lr>, <sip:home.example;lr>\n" GRUUS);
	dial("");
	assert_string_equal(called("Route"), "<sip:127.0.0.3;lr>, <sip:home.example;lr>");
	refuse();
}

static void who_withholds_his_number_has_a_name_for_the_occasion(void **state)
{
	(void)state;
	be_registered(FLOW GRUUS);
	dial("P-Asserted-Identity: <sip:alice@127.0.0.9>\nPrivacy: id\n");
	assert_string_equal(called("Contact"), "<sip:t1@home.example;gr>");
	assert_null(strstr(called("From"), "alice"));
	refuse();
}

static void without_such_names_it_comes_back_by_the_flow(void **state)
{
	(void)state;
	be_registered(FLOW "Contact: <sip:me@127.0.0.1:5060;ob>\n");
	dial("");
	assert_string_equal(called("Contact"), "<sip:me@127.0.0.1:5060;ob>");
	assert_string_equal(called("Route"), "<sip:127.0.0.3;lr>");
	refuse();
}

static void what_is_no_uri_is_no_name(void **state)
{
	(void)state;
	be_registered(FLOW "Contact: <sip:me@127.0.0.1:5060;ob>;pub-gruu=\"me home\"\n");
	dial("");
	assert_string_equal(called("Contact"), "<sip:me@127.0.0.1:5060;ob>");
	refuse();
}

/* Half of a route leads elsewhere. */
static void a_route_that_has_no_room_is_none(void **state)
{
	char route[2400];

	(void)state;
	snprintf(route, sizeof(route), ROUTE "Service-Route: <sip:%02100d@home.example;lr>\n", 1);
	be_registered(route);
	dial("");
	assert_string_equal(called("Route"), "<sip:127.0.0.3;lr>");
	refuse();
}

static void a_number_that_is_withheld_is_not_in_it(void **state)
{
	(void)state;
	be_registered(FLOW "Contact: <sip:me@127.0.0.1:5060;ob>\n");
	dial("P-Asserted-Identity: <sip:alice@127.0.0.9>\nPrivacy: id\n");
	assert_string_equal(called("Contact"), "<sip:127.0.0.1:5060;ob>");
	refuse();
}

static void where_there_are_no_flows_it_comes_back_by_none(void **state)
{
	(void)state;
	be_registered("");
	dial("");
	assert_string_equal(called("Contact"), "<sip:me@127.0.0.1:5060>");
	refuse();
}

/* ---- several accounts with one provider ---- */

#define ACCOUNT(name, more)                                                                        \
	"[" name "]\ntype = peer\nhost = 127.0.0.2:5060\nusername = " name "\nsecret = x\n" \
	"register = yes\nregister_proxies = sip:127.0.0.3\\;lr\n" more

/* One account is registered; the peer's own registration has no answer yet, or has. */
static void register_account_first(const char *conf, const char *more, bool both)
{
	char request[4096];

	provider_expect("3600");
	provider_reload("[global]\nuser_agent = Test\n"
			"[gate]\ntype = phone\nmatch = 127.0.0.9\n");
	line_answer_from("127.0.0.3:5060");
	provider_answer("200 OK", "");
	provider_expect("0");
	provider_answer("200 OK", "");
	provider_reload(conf);
	run_for(10);
	provider_keep(line_expect("REGISTER "));
	snprintf(request, sizeof(request), "%s", line_expect("REGISTER "));
	provider_answer("200 OK", more);
	provider_keep(request);
	if (both)
		provider_answer("200 OK", "");
	line_answer_from(NULL);
}

/* Its registrar knows the way to the first of its hosts, the others are where they are. */
static void another_host_of_it_is_called_where_it_is(void **state)
{
	bool asked = false;

	(void)state;
	be_registered(FLOW ROUTE);
	provider_reload(CONF("qualify = 60\nqualify_timeout = 2s\n"
			     "other_hosts = 127.0.0.55:5070\n"));
	for (int ms = 0; ms < 64000; ms += 50) {
		run_for(50);
		while (!line_is_empty()) {
			bool other = strncmp(line_peek(), "OPTIONS sip:127.0.0.55:5070 ", 28) == 0;

			if (strncmp(line_peek(), "OPTIONS ", 8) != 0) {
				line_take();
				continue;
			}
			phone_expect_request(&callee, "OPTIONS ");
			assert_string_equal(line_peer(), other ? "127.0.0.55:5070"
							       : "127.0.0.3:5060");
			asked |= other;
			if (!other)
				continue;
			line_answer_from(line_peer());
			phone_answer(&callee, "200 OK", "", "");
			line_answer_from(NULL);
		}
	}
	assert_true(asked);
	dial("");
	assert_string_equal(line_peer(), "127.0.0.55:5070");
	refuse();
}

#define OTHER(more)                                                                                \
	"[global]\nuser_agent = Test\n"                                                            \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\ntrust_id_inbound = yes\n" more
#define PEER(more) ACCOUNT("peer", "context = office\n" more)

static void what_is_known_of_one_is_not_said_for_the_other(void **state)
{
	(void)state;
	register_account_first(OTHER(ACCOUNT("first", "") PEER("")), ROUTE, false);
	dial("");
	assert_string_equal(called("Route"), "<sip:127.0.0.3;lr>");
	assert_string_equal(called("Contact"), "<sip:127.0.0.1:5060>");
	refuse();
	line_answer_from("127.0.0.3:5060");
	provider_answer("200 OK", "");
}

static void nor_when_both_are_registered_by_the_same_way(void **state)
{
	(void)state;
	register_account_first(OTHER(ACCOUNT("first", "") PEER("")), ROUTE, true);
	dial("");
	assert_string_equal(called("Route"), "<sip:127.0.0.3;lr>");
	refuse();
}

/* ---- who registers is found so, too ---- */

static void calls_in(const char *answer);

static void whose_contact_it_is_for_has_the_call(void **state)
{
	(void)state;
	register_account_first(OTHER(ACCOUNT("first", "context = nowhere\n")
				     PEER("register_contact = 600\n")), "", true);
	calls_in("SIP/2.0 200");
}

static void of_those_that_it_may_be_for_the_first_has_it(void **state)
{
	(void)state;
	register_account_first(OTHER(ACCOUNT("first", "context = nowhere\n") PEER("")), "", true);
	calls_in("SIP/2.0 404");
	provider_reload(OTHER(ACCOUNT("first", "context = office\n") ACCOUNT("peer", "")));
	calls_in("SIP/2.0 200");
}

static void who_needs_a_password_is_passed_over(void **state)
{
	(void)state;
	register_account_first(OTHER(ACCOUNT("first", "trust_match = no\n") PEER("")), "", true);
	calls_in("SIP/2.0 200");
}

static void nobody_registers_with_us_by_our_flow(void **state)
{
	(void)state;
	be_registered(FLOW GRUUS);
	line_feed_from("127.0.0.3", 5060,
		       "REGISTER sip:127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.3;branch=z9hG4bKr\nMax-Forwards: 70\n"
		       "From: <sip:peer@127.0.0.1>;tag=1\nTo: <sip:peer@127.0.0.1>\n"
		       "Call-ID: reg\nCSeq: 1 REGISTER\nContact: <sip:x@127.0.0.3>\n\n");
	line_expect("SIP/2.0 401");
}

static void before_we_are_registered_nothing_of_it_is_said(void **state)
{
	(void)state;
	provider_expect("3600");
	dial("");
	assert_string_equal(line_peer(), "127.0.0.3:5060");
	assert_string_equal(called("Contact"), "<sip:127.0.0.1:5060>");
	assert_string_equal(called("Route"), "<sip:127.0.0.3;lr>");
	refuse();
	line_answer_from("127.0.0.3:5060");
	provider_answer("200 OK", FLOW GRUUS);
}

/* ---- in ---- */

static void calls_in(const char *answer)
{
	phone_source = "127.0.0.3";
	phone_invite(&far, "somebody", "600", "", SDP(""));
	run_for(10);
	phone_final(&far, answer);
	if (strcmp(answer, "SIP/2.0 200") != 0) {
		phone_ack_refusal(&far);
		return;
	}
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
}

static void what_comes_by_the_flow_needs_no_password(void **state)
{
	(void)state;
	be_registered(FLOW GRUUS);
	calls_in("SIP/2.0 200");
}

static void the_answer_has_the_same_name(void **state)
{
	const char *answer;

	(void)state;
	be_registered(FLOW GRUUS);
	phone_source = "127.0.0.3";
	phone_invite(&far, "somebody", "600", "", SDP(""));
	run_for(10);
	answer = phone_final(&far, "SIP/2.0 200");
	assert_string_equal(line_header(answer, "Contact"), "<sip:me@home.example;gr=1>");
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
}

static void what_comes_from_elsewhere_needs_one(void **state)
{
	(void)state;
	be_registered(FLOW GRUUS);
	phone_source = "127.0.0.4";
	phone_invite(&far, "somebody", "600", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 401");
	phone_ack_refusal(&far);
}

static void who_wants_a_password_all_the_same_gets_it(void **state)
{
	(void)state;
	be_registered(FLOW GRUUS);
	provider_reload(CONF("trust_match = no\n"));
	calls_in("SIP/2.0 401");
}

/* The registrar has us for a while yet. */
static void a_refresh_that_fails_takes_nothing_away_before_its_time(void **state)
{
	(void)state;
	be_registered(ROUTE "Contact: <sip:me@127.0.0.1:5060;ob>;expires=100;"
			    "pub-gruu=\"sip:me@home.example;gr=1\"\n");
	run_for(68010);
	answered("503 Service Unavailable", "Retry-After: 600\n");
	calls_in("SIP/2.0 200");
	phone_source = "127.0.0.9";
	dial("");
	assert_string_equal(called("Route"), "<sip:127.0.0.3;lr>, <sip:home.example;lr>");
	assert_string_equal(called("Contact"), "<sip:me@home.example;gr=1>");
	refuse();
	run_for(33000);
	calls_in("SIP/2.0 401");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_takes_the_way_of_the_registration),
		TEST(another_host_of_it_is_called_where_it_is),
		TEST(a_route_that_names_our_proxy_names_it_once),
		TEST(who_withholds_his_number_has_a_name_for_the_occasion),
		TEST(without_such_names_it_comes_back_by_the_flow),
		TEST(what_is_no_uri_is_no_name),
		TEST(a_route_that_has_no_room_is_none),
		TEST(a_number_that_is_withheld_is_not_in_it),
		TEST(where_there_are_no_flows_it_comes_back_by_none),
		TEST(what_is_known_of_one_is_not_said_for_the_other),
		TEST(nor_when_both_are_registered_by_the_same_way),
		TEST(whose_contact_it_is_for_has_the_call),
		TEST(of_those_that_it_may_be_for_the_first_has_it),
		TEST(who_needs_a_password_is_passed_over),
		TEST(nobody_registers_with_us_by_our_flow),
		TEST(before_we_are_registered_nothing_of_it_is_said),
		TEST(what_comes_by_the_flow_needs_no_password),
		TEST(the_answer_has_the_same_name),
		TEST(what_comes_from_elsewhere_needs_one),
		TEST(who_wants_a_password_all_the_same_gets_it),
		TEST(a_refresh_that_fails_takes_nothing_away_before_its_time),
	};

	return RUN_GROUP(tests);
}
