/* Requests to a peer with which we are registered by two flows, of which one fails: they
 * go by the other one, and the registrar is asked about the first (RFC 5626 §4.3, §4.5). */
#include "tests/unit/test.h"

#include <ringdown/str.h>

#include "channels/sip/endpoint/enrol.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_provider.h"

#define CONF(more)                                                                                 \
	"[global]\nuser_agent = Test\n"                                                            \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"                              \
	"[peer]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nsecret = x\n"                  \
	"context = office\nregister = yes\nregister_proxies = " more "\n"
#define TWO CONF("sip:127.0.0.3\\;lr, sip:127.0.0.4\\;lr")

#define FIRST  "127.0.0.3:5060"
#define SECOND "127.0.0.4:5060"

static struct sip_phone far, callee;

static const char *const peers[] = { FIRST, SECOND };

static void registrar_says_yes(const char *peer)
{
	line_answer_from(peer);
	provider_answer("200 OK", "Require: outbound\nService-Route: <sip:home.example;lr>\n");
	line_answer_from(NULL);
}

static void registers_by(const char *peer)
{
	provider_expect("3600");
	assert_string_equal(line_peer(), peer);
	registrar_says_yes(peer);
}

/* A REGISTER by each flow, to be answered in any order. */
static char requests[2][4096];

static void keep_both(void)
{
	provider_run_for(10);
	for (int i = 0; i < 2; i++) {
		rd_strcpy(requests[i], sizeof(requests[i]), line_expect("REGISTER "));
		assert_string_equal(line_peer(), peers[i]);
	}
}

static void registers_by_both(void)
{
	keep_both();
	for (int i = 0; i < 2; i++) {
		provider_keep(requests[i]);
		registrar_says_yes(peers[i]);
	}
}

static int open_office(void **state)
{
	int rc = exchange_open(state);

	provider_reload(TWO);
	registers_by_both();
	return rc;
}

static int open_with_connections(void **state)
{
	int rc = exchange_open(state);

	line_connect(7);
	provider_reload(TWO);
	registers_by_both();
	return rc;
}

static int close_office(void **state)
{
	line_connect(0);
	line_break(NULL);
	line_answer_from(NULL);
	phone_source = "127.0.0.9";
	provider_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n");
	rd__sched_run_for(40000); /* nobody answers our farewell */
	line_clear();
	return exchange_close(state);
}

/* Signs of life are sent when chance wants it. */
static void pass_signs_of_life(void)
{
	while (!line_is_empty() && !line_peek()[0])
		line_take();
}

static void run_for(int ms)
{
	provider_run_for(ms);
	pass_signs_of_life();
}

/* By the proxy of this flow, to where the registrar's Service-Route leads. */
static void went_by(const char *peer, const char *request)
{
	char route[80];

	assert_string_equal(line_peer(), peer);
	snprintf(route, sizeof(route), "<sip:%.9s;lr>, <sip:home.example;lr>", peer);
	assert_string_equal(line_header(request, "Route"), route);
}

/* Nothing of this method goes to that peer in the meantime; all else is passed over. */
static void sends_none(const char *method, const char *peer, int ms)
{
	for (; ms > 0; ms -= 100) {
		provider_run_for(100);
		while (!line_is_empty()) {
			const char *sent = line_take();

			if (strncmp(sent, method, strlen(method)) == 0)
				assert_string_not_equal(line_peer(), peer);
		}
	}
}

/* alice calls 700, which dials SIP/42@peer. */
static void dial(void)
{
	line_clear();
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	provider_run_for(10);
}

static void called_by(const char *peer)
{
	pass_signs_of_life();
	phone_called(&callee);
	went_by(peer, callee.request);
}

static void answers(const char *status)
{
	line_answer_from(line_peer());
	phone_answer(&callee, status, "", "");
	line_answer_from(NULL);
	pass_signs_of_life();
	line_expect("ACK ");
	provider_run_for(10);
}

static void caller_hears(const char *status)
{
	char start[32];

	pass_signs_of_life();
	snprintf(start, sizeof(start), "SIP/2.0 %s", status);
	phone_final(&far, start);
	phone_ack_refusal(&far);
}

static void refused_as_busy(void)
{
	answers("486 Busy Here");
	caller_hears("486");
}

/* ---- calls ---- */

static void a_flow_that_stays_silent_is_left_for_the_other(void **state)
{
	char call_id[64];

	(void)state;
	dial();
	called_by(FIRST);
	snprintf(call_id, sizeof(call_id), "%s", line_header(callee.request, "Call-ID"));
	provider_run_for(3900);
	line_clear(); /* it is repeated meanwhile */
	provider_run_for(100);
	called_by(SECOND);
	assert_string_equal(line_header(callee.request, "Call-ID"), call_id);
	refused_as_busy();
}

static void a_flow_that_takes_nothing_is_left_at_once(void **state)
{
	(void)state;
	line_break(FIRST);
	dial();
	called_by(SECOND);
	refused_as_busy();
}

static void a_connection_that_is_lost_is_left_for_the_other(void **state)
{
	(void)state;
	dial();
	called_by(FIRST);
	line_connect(8);
	called_by(SECOND);
	refused_as_busy();
	run_for(60000);
	line_clear();
}

static void who_knows_the_flow_no_more_is_not_asked_again(void **state)
{
	(void)state;
	dial();
	called_by(FIRST);
	answers("430 Flow Failed");
	called_by(SECOND);
	refused_as_busy();
}

static void a_refusal_is_no_fault_of_the_flow(void **state)
{
	(void)state;
	dial();
	called_by(FIRST);
	answers("503 Service Unavailable");
	caller_hears("503");
	dial();
	called_by(FIRST);
	refused_as_busy();
}

static void when_all_have_failed_the_caller_is_told(void **state)
{
	(void)state;
	dial();
	called_by(FIRST);
	answers("430 Flow Failed");
	called_by(SECOND);
	answers("430 Flow Failed");
	provider_run_for(10);
	caller_hears("4");
	line_expect_nothing();
}

/* ---- what becomes of the flow ---- */

static void fail_the_first(void)
{
	dial();
	called_by(FIRST);
	answers("430 Flow Failed");
	called_by(SECOND);
	refused_as_busy();
}

static void it_comes_last_until_its_registrar_has_answered(void **state)
{
	(void)state;
	fail_the_first();
	dial();
	called_by(SECOND);
	refused_as_busy();
	run_for(30000);
	line_clear();
	dial();
	called_by(SECOND); /* it was asked, and has not answered yet */
	refused_as_busy();
}

static void it_is_asked_soon_and_serves_again(void **state)
{
	(void)state;
	run_for(10000);
	line_clear();
	fail_the_first();
	run_for(19800);
	line_expect_nothing();
	run_for(200);
	registers_by(FIRST);
	dial();
	called_by(FIRST);
	refused_as_busy();
}

static void it_is_asked_at_once_where_it_was_not_just_before(void **state)
{
	(void)state;
	provider_run_for(40000);
	line_clear();
	dial();
	called_by(FIRST);
	answers("430 Flow Failed");
	called_by(SECOND);
	registers_by(FIRST);
	line_clear();
	dial();
	called_by(FIRST);
	refused_as_busy();
}

static void where_it_comes_last_it_is_tried_all_the_same(void **state)
{
	(void)state;
	fail_the_first();
	dial();
	called_by(SECOND);
	answers("430 Flow Failed");
	called_by(FIRST);
	refused_as_busy();
}

/* Both are renewed, but for the first. */
static void first_is_refused(const char *status, const char *more)
{
	provider_reload(TWO "register_expires = 10m\n");
	keep_both();
	provider_keep(requests[0]);
	line_answer_from(FIRST);
	provider_answer(status, more);
	provider_keep(requests[1]);
	registrar_says_yes(SECOND);
}

/* The time that its registrar asked for counts. */
static void one_that_waits_is_not_asked_for_that(void **state)
{
	(void)state;
	first_is_refused("503 Service Unavailable", "Retry-After: 600\n");
	dial();
	called_by(SECOND);
	answers("430 Flow Failed");
	called_by(FIRST);
	answers("430 Flow Failed");
	caller_hears("4");
	sends_none("REGISTER", FIRST, 50000);
}

static void a_flow_that_is_being_renewed_is_not_asked_once_more(void **state)
{
	(void)state;
	provider_run_for(40000);
	line_clear();
	provider_reload(TWO "register_expires = 10m\n");
	provider_run_for(10);
	dial();
	called_by(FIRST);
	answers("430 Flow Failed");
	called_by(SECOND);
	for (int i = 0; i < 10; i++) {
		provider_run_for(100);
		while (!line_is_empty()) {
			const char *sent = line_take();

			if (sent[0] == 'R')
				assert_string_equal(line_header(sent, "CSeq"), "2 REGISTER");
		}
	}
	refused_as_busy();
}

/* It would not do to leave one that is slow for one that is dead. */
static void where_there_is_no_better_one_it_has_its_time(void **state)
{
	(void)state;
	fail_the_first();
	dial();
	called_by(SECOND);
	sends_none("INVITE", FIRST, 10000);
	refused_as_busy();
}

/* Its registrar has refused to renew it, and has us for a while yet. */
static void one_that_was_not_renewed_comes_after_one_that_was(void **state)
{
	(void)state;
	first_is_refused("500 Server Error", "");
	dial();
	called_by(SECOND);
	answers("430 Flow Failed");
	called_by(FIRST);
	refused_as_busy();
}

/* Nobody waits for a sign of life where the only other one is not sure to work. */
static void for_one_that_was_not_renewed_none_is_left_early(void **state)
{
	(void)state;
	provider_reload(TWO "register_expires = 10m\n");
	keep_both();
	provider_keep(requests[1]);
	line_answer_from(SECOND);
	provider_answer("500 Server Error", "");
	provider_keep(requests[0]);
	registrar_says_yes(FIRST);
	dial();
	called_by(FIRST);
	sends_none("INVITE", SECOND, 6000);
	refused_as_busy();
}

static void who_hangs_up_meanwhile_calls_nobody(void **state)
{
	(void)state;
	dial();
	called_by(FIRST);
	provider_run_for(2000);
	phone_request(&far, "CANCEL", "", "");
	sends_none("INVITE", SECOND, 40000);
	phone_ack_refusal(&far);
	line_clear();
}

/* ---- what is told of the flows ---- */

static struct sip_flow flow_to(const char *peer, struct sip_transport *transport)
{
	struct sip_flow flow = { .transport = transport };

	assert_int_equal(sip_hostport_parse(&flow.peer, peer, 0), 0);
	return flow;
}

static const struct sip_endpoint *the_peer(void)
{
	return sip_settings_find(sip.settings, RD_STR("peer"));
}

static void by_this_flow_goes_what_is_sent_by_it(void **state)
{
	struct sip_transport *line = sip_transports_find(sip.transports, "line");
	struct sip_flow second = flow_to(SECOND, line), elsewhere = flow_to("127.0.0.5:5060", line);
	struct sip_enrolled how;

	(void)state;
	assert_true(sip_enrolled(the_peer(), &second, &how));
	assert_string_equal(how.proxy, "sip:127.0.0.4;lr");
	assert_true(sip_enrolled(the_peer(), &elsewhere, &how));
	assert_string_equal(how.proxy, "sip:127.0.0.3;lr");
	assert_true(sip_enrolled(the_peer(), NULL, &how));
	assert_string_equal(how.proxy, "sip:127.0.0.3;lr");
}

static void each_flow_is_tried_once(void **state)
{
	struct sip_flow elsewhere =
		flow_to("127.0.0.5:5060", sip_transports_find(sip.transports, "line"));
	struct sip_enrolled how;
	unsigned tried = 0;

	(void)state;
	assert_true(sip_enrolled_instead(the_peer(), &elsewhere, &tried, &how));
	assert_string_equal(how.proxy, "sip:127.0.0.3;lr");
	assert_true(sip_enrolled_instead(the_peer(), &elsewhere, &tried, &how));
	assert_string_equal(how.proxy, "sip:127.0.0.4;lr");
	assert_false(sip_enrolled_instead(the_peer(), &elsewhere, &tried, &how));
}

/* The same place by TCP is another flow. */
static void another_protocol_is_another_flow(void **state)
{
	struct sip_transport tcp = *sip_transports_find(sip.transports, "line");
	struct sip_flow second = flow_to(SECOND, &tcp);
	struct sip_enrolled how;

	(void)state;
	tcp.protocol = SIP_TCP;
	assert_true(sip_enrolled(the_peer(), &second, &how));
	assert_string_equal(how.proxy, "sip:127.0.0.3;lr");
}

/* ---- requests of other kinds ---- */

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
	provider_run_for(10);
	went_by(peer, provider_keep(line_expect("MESSAGE ")));
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
	provider_run_for(3900);
	line_clear();
	provider_run_for(100);
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
	provider_run_for(40000);
	line_clear();
	assert_int_equal(told, 480);
}

static struct provider_subscription ours;

static void subscribe(void)
{
	assert_int_equal(provider_subscribes(&ours), 0);
}

static void expect_subscribe_by(const char *peer)
{
	went_by(peer, provider_keep(line_expect("SUBSCRIBE ")));
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
	sends_none("SUBSCRIBE", SECOND, 40000);
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
	provider_run_for(10);
	line_expect_nothing();
}

static void a_subscription_that_is_not_answered_goes_by_the_other_flow_in_time(void **state)
{
	(void)state;
	subscribe();
	expect_subscribe_by(FIRST);
	provider_run_for(3900);
	line_clear();
	run_for(200);
	expect_subscribe_by(SECOND);
	provider_run_for(33000);
	line_clear();
	assert_string_not_equal(ours.over, "");
}

/* ---- in a dialog ---- */

static void what_follows_goes_to_the_proxy_by_another_connection(void **state)
{
	(void)state;
	dial();
	called_by(FIRST);
	line_answer_from(FIRST);
	phone_answer(&callee, "200 OK",
		     "Record-Route: <sip:127.0.0.3;transport=tcp;lr>\n"
		     "Contact: <sip:42@192.0.2.9>\n",
		     SDP(""));
	phone_expect_request(&callee, "ACK ");
	line_answer_from(NULL);
	provider_run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	provider_run_for(10);
	line_connect(8);
	line_clear();
	phone_request(&far, "BYE", "", "");
	phone_final(&far, "SIP/2.0 200");
	provider_run_for(10);
	while (strncmp(line_peek(), "BYE", 3) != 0)
		assert_non_null(line_take()); /* and the flows are formed anew */
	phone_expect_request(&callee, "BYE ");
	assert_string_equal(line_peer(), FIRST);
	assert_string_equal(line_header(callee.request, "Route"),
			    "<sip:127.0.0.3;transport=tcp;lr>");
	phone_answer(&callee, "200 OK", "", "");
	provider_run_for(10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)
#define CONNECTED(name)                                                                            \
	cmocka_unit_test_setup_teardown(name, open_with_connections, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flow_that_stays_silent_is_left_for_the_other),
		TEST(a_flow_that_takes_nothing_is_left_at_once),
		CONNECTED(a_connection_that_is_lost_is_left_for_the_other),
		TEST(who_knows_the_flow_no_more_is_not_asked_again),
		TEST(a_refusal_is_no_fault_of_the_flow),
		TEST(when_all_have_failed_the_caller_is_told),
		TEST(it_comes_last_until_its_registrar_has_answered),
		TEST(it_is_asked_soon_and_serves_again),
		TEST(it_is_asked_at_once_where_it_was_not_just_before),
		TEST(where_it_comes_last_it_is_tried_all_the_same),
		TEST(one_that_waits_is_not_asked_for_that),
		TEST(a_flow_that_is_being_renewed_is_not_asked_once_more),
		TEST(where_there_is_no_better_one_it_has_its_time),
		TEST(one_that_was_not_renewed_comes_after_one_that_was),
		TEST(for_one_that_was_not_renewed_none_is_left_early),
		TEST(who_hangs_up_meanwhile_calls_nobody),
		TEST(by_this_flow_goes_what_is_sent_by_it),
		TEST(each_flow_is_tried_once),
		TEST(another_protocol_is_another_flow),
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
		CONNECTED(what_follows_goes_to_the_proxy_by_another_connection),
	};

	return RUN_GROUP(tests);
}
