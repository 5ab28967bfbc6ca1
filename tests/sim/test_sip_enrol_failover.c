/* Calls to a peer with which we are registered by two flows, of which one fails: they go
 * by the other one, and the registrar is asked about the first (RFC 5626 §4.3, §4.5). */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/enrol.h"
#include "tests/sim/sip_two_flows.h"

static struct sip_phone far, callee;

/* alice calls 700, which dials SIP/42@peer. */
static void dial(void)
{
	line_clear();
	phone_invite(&far, "alice", "700", "", SDP(""));
	line_expect("SIP/2.0 100");
	run_for(10);
}

static void called_by(const char *peer)
{
	flows_pass_signs();
	phone_called(&callee);
	flows_went_by(peer, callee.request);
}

static void answers(const char *status)
{
	line_answer_from(line_peer());
	phone_answer(&callee, status, "", "");
	line_answer_from(NULL);
	flows_pass_signs();
	line_expect("ACK ");
	run_for(10);
}

static void caller_hears(const char *status)
{
	char start[32];

	flows_pass_signs();
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
	run_for(3900);
	line_clear(); /* it is repeated meanwhile */
	run_for(100);
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
	flows_pass(60000);
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
	run_for(10);
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
	flows_pass(30000);
	line_clear();
	dial();
	called_by(SECOND); /* it was asked, and has not answered yet */
	refused_as_busy();
}

static void it_is_asked_soon_and_serves_again(void **state)
{
	(void)state;
	flows_pass(10000);
	line_clear();
	fail_the_first();
	flows_pass(19800);
	line_expect_nothing();
	flows_pass(200);
	flows_expect_by(FIRST);
	dial();
	called_by(FIRST);
	refused_as_busy();
}

static void it_is_asked_at_once_where_it_was_not_just_before(void **state)
{
	(void)state;
	run_for(40000);
	line_clear();
	dial();
	called_by(FIRST);
	answers("430 Flow Failed");
	called_by(SECOND);
	flows_expect_by(FIRST);
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
	provider_reload(TWO_FLOWS "register_expires = 10m\n");
	flows_keep_both();
	provider_keep(flows_requests[0]);
	line_answer_from(FIRST);
	provider_answer(status, more);
	provider_keep(flows_requests[1]);
	flows_registrar_agrees(SECOND);
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
	flows_send_none("REGISTER", FIRST, 50000);
}

static void a_flow_that_is_being_renewed_is_not_asked_once_more(void **state)
{
	(void)state;
	run_for(40000);
	line_clear();
	provider_reload(TWO_FLOWS "register_expires = 10m\n");
	run_for(10);
	dial();
	called_by(FIRST);
	answers("430 Flow Failed");
	called_by(SECOND);
	for (int i = 0; i < 10; i++) {
		run_for(100);
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
	flows_send_none("INVITE", FIRST, 10000);
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
	provider_reload(TWO_FLOWS "register_expires = 10m\n");
	flows_keep_both();
	provider_keep(flows_requests[1]);
	line_answer_from(SECOND);
	provider_answer("500 Server Error", "");
	provider_keep(flows_requests[0]);
	flows_registrar_agrees(FIRST);
	dial();
	called_by(FIRST);
	flows_send_none("INVITE", SECOND, 6000);
	refused_as_busy();
}

static void who_hangs_up_meanwhile_calls_nobody(void **state)
{
	(void)state;
	dial();
	called_by(FIRST);
	run_for(2000);
	phone_request(&far, "CANCEL", "", "");
	flows_send_none("INVITE", SECOND, 40000);
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
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(10);
	line_connect(8);
	line_clear();
	phone_request(&far, "BYE", "", "");
	phone_final(&far, "SIP/2.0 200");
	run_for(10);
	while (strncmp(line_peek(), "BYE", 3) != 0)
		assert_non_null(line_take()); /* and the flows are formed anew */
	phone_expect_request(&callee, "BYE ");
	assert_string_equal(line_peer(), FIRST);
	assert_string_equal(line_header(callee.request, "Route"),
			    "<sip:127.0.0.3;transport=tcp;lr>");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, flows_open, flows_close)
#define CONNECTED(name)                                                                            \
	cmocka_unit_test_setup_teardown(name, flows_open_connected, flows_close)

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
		CONNECTED(what_follows_goes_to_the_proxy_by_another_connection),
	};

	return RUN_GROUP(tests);
}
