/* Client transactions: every arrow of figures 5 and 6 of RFC 3261, with the
 * Accepted state of RFC 6026, CANCEL, and no memory. */
#include "tests/unit/sip_client.h"

/* ---- figure 5: INVITE, as RFC 6026 has it ----
 *
 * arrow                                    test
 * -> Calling; timer A; timer B             an_invite_is_repeated_with_doubling_intervals_...
 * Calling, Transport Err.                  a_request_that_cannot_be_sent_is_no_transaction,
 *                                          a_repetition_that_cannot_be_sent_ends_an_invite
 * Calling -> Proceeding, 1xx; 1xx again    a_provisional_answer_ends_the_repetitions
 * Calling -> Accepted, 2xx                 a_2xx_and_its_repetitions_reach_the_user_for_32_...
 * Calling -> Completed, 300-699            a_refusal_is_acknowledged_each_time_and_told_once
 * Proceeding -> Accepted, 2xx              a_2xx_after_ringing_is_accepted_too
 * Proceeding -> Completed, 300-699         a_refusal_after_ringing_is_acknowledged
 * Proceeding, no Transport Err.            test_sip_lost.c
 * Completed, 300-699; timer D              a_refusal_is_acknowledged_each_time_and_told_once
 *   D is 0 over a connection               a_reliable_invite_is_sent_once_and_lingers_not
 * Completed, Transport Err.                an_ack_that_cannot_be_sent_waits_for_the_...,
 *                                          an_ack_over_a_connection_that_is_lost_ends_...
 * Accepted, 2xx; timer M                   a_2xx_and_its_repetitions_reach_the_user_for_32_...
 */

/* RFC 3261 §18.1.2, §8.1.3.3: the branch alone says nothing. */
static void an_answer_with_foreign_vias_is_none(void **state)
{
	char via[512], wrong[1024];
	const char *params;

	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	strcpy(via, wire_line(wire.sent[0], "Via: "));
	params = strchr(via, ';');
	snprintf(wrong, sizeof(wrong), "Via: SIP/2.0/UDP 9.9.9.9%s", params);
	answer_with(0, "486 Busy Here", wrong);
	snprintf(wrong, sizeof(wrong), "Via: SIP/2.0/UDP 10.0.0.1:9999%s", params);
	answer_with(0, "486 Busy Here", wrong);
	snprintf(wrong, sizeof(wrong), "%s\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx", via);
	answer_with(0, "486 Busy Here", wrong);
	snprintf(wrong, sizeof(wrong), "%s, SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx", via);
	answer_with(0, "486 Busy Here", wrong);
	assert_int_equal(responses, 0);
	assert_int_equal(wire.count, 1);
	answer(0, "486 Busy Here");
	assert_int_equal(last_status, 486);
}

static void an_invite_is_repeated_with_doubling_intervals_then_times_out(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	assert_int_equal(wire.count, 1);
	clock_advance(499);
	assert_int_equal(wire.count, 1);
	clock_advance(1);
	assert_int_equal(wire.count, 2);
	assert_string_equal(wire.sent[0], wire.sent[1]);
	clock_advance(999);
	assert_int_equal(wire.count, 2);
	clock_advance(1);
	assert_int_equal(wire.count, 3);
	clock_advance(32000 - 1500 - 1);
	assert_int_equal(wire.count, 7); /* at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s */
	assert_int_equal(failure, 0);
	clock_advance(1);
	assert_int_equal(failure, -ETIMEDOUT);
	assert_true(ended);
	assert_int_equal(responses, 0);
}

/* timer_b of sip.conf: of both kinds, and of nothing that was heard of. */
static void how_long_an_answer_may_take_can_be_said(void **state)
{
	static const char *const methods[] = { "INVITE", "OPTIONS" };
	const struct sip_timers timers = { .b = 3000 };

	(void)state;
	sip_transactions_free(wire.layer);
	assert_int_equal(sip_transactions_new(&wire.layer, wire.transports, &core, NULL, &timers),
			 0);
	for (int i = 0; i < 2; i++) {
		failure = 0;
		ended = false;
		assert_int_equal(send_request(methods[i]), 0);
		clock_advance(2999);
		assert_int_equal(failure, 0);
		clock_advance(1);
		assert_int_equal(failure, -ETIMEDOUT);
	}
	failure = 0;
	ended = false;
	wire_clear(&wire);
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	clock_advance(60000);
	assert_int_equal(failure, 0);
	answer(0, "486 Busy Here");
}

static void a_request_that_cannot_be_sent_is_no_transaction(void **state)
{
	(void)state;
	wire.fail = -ENETUNREACH;
	assert_int_equal(send_request("INVITE"), -ENETUNREACH);
	clock_advance(1);
	assert_int_equal(sip_transactions_count(wire.layer), 0);
	assert_false(ended);
}

static void a_repetition_that_cannot_be_sent_ends_an_invite(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	wire.fail = -EHOSTUNREACH;
	clock_advance(500);
	assert_int_equal(failure, -EHOSTUNREACH);
	clock_advance(1);
	assert_true(ended);
}

static void a_full_socket_buffer_is_no_more_than_a_lost_packet(void **state)
{
	(void)state;
	wire.fail = -EAGAIN;
	assert_int_equal(send_request("INVITE"), 0);
	wire.fail = 0;
	clock_advance(500);
	assert_int_equal(wire.count, 1);
	assert_int_equal(failure, 0);
}

static void a_provisional_answer_ends_the_repetitions(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "100 Trying");
	assert_int_equal(responses, 1);
	answer(0, "180 Ringing");
	answer(0, "180 Ringing");
	assert_int_equal(responses, 3);
	clock_advance(300000);
	assert_int_equal(wire.count, 1);
	assert_false(ended);
	assert_int_equal(sip_client_status(client), 180);
}

static void a_2xx_and_its_repetitions_reach_the_user_for_32_seconds(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "200 OK");
	assert_int_equal(last_status, 200);
	clock_advance(31000);
	answer(0, "200 OK");
	assert_int_equal(responses, 2);
	answer(0, "180 Ringing"); /* of another fork: it may want its PRACK */
	assert_int_equal(responses, 3);
	answer(0, "486 Busy Here");
	assert_int_equal(responses, 3);
	assert_int_equal(wire.count, 1); /* no ACK: the dialog's */
	clock_advance(1000);
	assert_true(ended);
	assert_int_equal(failure, 0);
	answer(0, "200 OK");
	assert_int_equal(responses, 3);
	assert_int_equal(strays, 1);
}

static void a_2xx_after_ringing_is_accepted_too(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	answer(0, "200 OK");
	assert_int_equal(last_status, 200);
	clock_advance(32000);
	assert_true(ended);
}

/* It is held for half a minute of each call, and its description is of no more use. */
static void an_accepted_invite_is_kept_without_its_body(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "200 OK");
	sip_client_leave(client);
	answer(0, "200 OK");
	assert_int_equal(lates, 1);
	assert_int_equal(late_size, strlen(wire.sent[0]) - strlen("body"));
	clock_advance(32000);
}

static void a_refusal_is_acknowledged_each_time_and_told_once(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "486 Busy Here");
	assert_int_equal(last_status, 486);
	check_ack(1);
	clock_advance(500);
	answer(0, "486 Busy Here");
	assert_int_equal(responses, 1);
	check_ack(2);
	answer(0, "180 Ringing");
	assert_int_equal(wire.count, 3);
	clock_advance(31499);
	assert_false(ended);
	clock_advance(1); /* D */
	assert_true(ended);
	assert_int_equal(failure, 0);
}

static void a_refusal_after_ringing_is_acknowledged(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	answer(0, "603 Decline");
	assert_int_equal(last_status, 603);
	check_ack(1);
	clock_advance(32000);
	assert_true(ended);
}

static void an_ack_that_cannot_be_sent_waits_for_the_repetition(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	wire.fail = -EHOSTUNREACH;
	answer(0, "486 Busy Here");
	assert_int_equal(last_status, 486);
	answer(0, "486 Busy Here");
	wire.fail = 0;
	clock_advance(1);
	assert_false(ended);
	assert_int_equal(wire.count, 1);
	answer(0, "486 Busy Here");
	assert_sent(&wire, 1, "ACK ");
	assert_int_equal(failure, 0);
}

static void an_ack_over_a_connection_that_is_lost_ends_the_transaction(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	wire.fail = -ECONNRESET;
	answer(0, "486 Busy Here");
	assert_int_equal(last_status, 486);
	clock_advance(1);
	assert_true(ended);
	assert_int_equal(failure, 0);
}

static void a_reliable_invite_is_sent_once_and_lingers_not(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	clock_advance(20000);
	assert_int_equal(wire.count, 1);
	answer(0, "486 Busy Here");
	check_ack(1);
	clock_advance(1);
	assert_true(ended);
}

/* ---- CANCEL ---- */

static void a_cancel_waits_for_a_provisional_answer(void **state)
{
	char via[512];

	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	assert_int_equal(sip_client_cancel(client, RD_STR("Reason: SIP;cause=200\r\n")), 0);
	assert_int_equal(wire.count, 1);
	answer(0, "100 Trying");
	assert_sent(&wire, 1, "CANCEL sip:b@10.0.0.2 SIP/2.0\r\n");
	strcpy(via, wire_line(wire.sent[0], "Via: "));
	assert_string_equal(wire_line(wire.sent[1], "Via: "), via);
	assert_string_equal(wire_line(wire.sent[1], "CSeq: "), "CSeq: 4711 CANCEL");
	assert_string_equal(wire_line(wire.sent[1], "To: "), "To: <sip:b@10.0.0.2>");
	assert_non_null(strstr(wire.sent[1], "Reason: SIP;cause=200\r\n"));
	assert_non_null(strstr(wire.sent[1], "Route: <sip:p1;lr>\r\n"));
	clock_advance(500);
	assert_sent(&wire, 2, "CANCEL ");
	answer(1, "200 OK");
	clock_advance(4000);
	assert_int_equal(wire.count, 3);
	assert_int_equal(responses, 1); /* the CANCEL's own answer is not told */
	answer(0, "487 Request Terminated");
	assert_int_equal(last_status, 487);
	assert_sent(&wire, 3, "ACK ");
}

static void a_2xx_may_cross_a_cancel(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	assert_int_equal(wire.count, 2);
	answer(0, "200 OK");
	assert_int_equal(last_status, 200);
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	assert_int_equal(wire.count, 2);
}

static void a_finished_invite_cannot_be_cancelled(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "486 Busy Here");
	assert_int_equal(sip_client_cancel(client, RD_STR("")), -EALREADY);
}

static void a_cancelled_invite_that_stays_silent_is_given_up(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	clock_advance(32000);
	assert_int_equal(failure, -ECANCELED);
	assert_true(ended);
}

/* ---- figure 6: all but INVITE ----
 *
 * arrow                                    test
 * -> Trying; timer E; timer F              a_request_is_repeated_up_to_t2_then_times_out
 * Trying, Transport Err.                   a_first_repetition_that_cannot_be_sent_ends_a_request
 * Trying -> Completed, 200-699             a_final_answer_at_once_is_told_too
 * Trying -> Proceeding, 1xx                after_a_provisional_answer_a_request_is_repeated_each_t2
 * Proceeding, timer E; timer F; 1xx        the same
 * Proceeding, Transport Err.               a_repetition_that_cannot_be_sent_ends_a_request,
 *                                          so_does_one_that_was_heard_of (test_sip_lost.c)
 * Proceeding -> Completed, 200-699         a_final_answer_is_told_once
 * Completed, 200-699 again; timer K        the same
 *   K is 0 over a connection               a_reliable_request_is_sent_once_and_lingers_not
 */

static void a_request_is_repeated_up_to_t2_then_times_out(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	clock_advance(31999);
	/* at 0, 0.5, 1.5, 3.5, 7.5, 11.5, ... 31.5 s */
	assert_int_equal(wire.count, 11);
	assert_int_equal(failure, 0);
	clock_advance(1);
	assert_int_equal(failure, -ETIMEDOUT);
	assert_true(ended);
}

static void after_a_provisional_answer_a_request_is_repeated_each_t2(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	answer(0, "100 Trying");
	assert_int_equal(responses, 1);
	clock_advance(500);
	assert_int_equal(wire.count, 2);
	clock_advance(3999);
	assert_int_equal(wire.count, 2);
	clock_advance(1);
	assert_int_equal(wire.count, 3);
	answer(0, "100 Trying");
	assert_int_equal(responses, 2);
	clock_advance(27499);
	assert_int_equal(wire.count, 9);
	assert_int_equal(failure, 0);
	clock_advance(1);
	assert_int_equal(failure, -ETIMEDOUT);
	assert_true(ended);
}

static void a_final_answer_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	answer(0, "100 Trying");
	answer(0, "200 OK");
	answer(0, "200 OK");
	answer(0, "404 Not Found");
	assert_int_equal(responses, 2);
	assert_int_equal(last_status, 200);
	clock_advance(4999);
	assert_int_equal(wire.count, 1);
	assert_false(ended);
	clock_advance(1); /* K */
	assert_true(ended);
	assert_int_equal(failure, 0);
}

static void a_final_answer_at_once_is_told_too(void **state)
{
	(void)state;
	assert_int_equal(send_request("MYMETHOD"), 0);
	answer(0, "501 Not Implemented");
	assert_int_equal(last_status, 501);
	clock_advance(5000);
	assert_true(ended);
}

static void a_first_repetition_that_cannot_be_sent_ends_a_request(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	wire.fail = -EHOSTUNREACH;
	clock_advance(500);
	assert_int_equal(failure, -EHOSTUNREACH);
	clock_advance(1);
	assert_true(ended);
}

static void a_repetition_that_cannot_be_sent_ends_a_request(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	answer(0, "100 Trying");
	wire.fail = -EHOSTUNREACH;
	clock_advance(500);
	assert_int_equal(failure, -EHOSTUNREACH);
	clock_advance(1);
	assert_true(ended);
}

static void a_reliable_request_is_sent_once_and_lingers_not(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	clock_advance(31000);
	assert_int_equal(wire.count, 1);
	answer(0, "200 OK");
	clock_advance(1);
	assert_true(ended);
}

/* ---- what has begun ---- */

static void a_request_of_something_begun_is_repeated_until_it_can_be_sent(void **state)
{
	(void)state;
	persists = true;
	wire.fail = -EPERM;
	assert_int_equal(send_request("BYE"), 0);
	clock_advance(500);
	assert_int_equal(failure, 0);
	wire.fail = 0;
	clock_advance(999);
	assert_int_equal(wire.count, 0);
	clock_advance(1);
	assert_sent(&wire, 0, "BYE ");
	answer(0, "200 OK");
	assert_int_equal(last_status, 200);
	assert_int_equal(failure, 0);
}

static void it_fails_in_time_when_it_never_can(void **state)
{
	(void)state;
	persists = true;
	wire.fail = -EPERM;
	assert_int_equal(send_request("BYE"), 0);
	clock_advance(32000);
	assert_int_equal(failure, -ETIMEDOUT);
	assert_true(ended);
}

static void it_fails_at_once_when_our_socket_is_closed(void **state)
{
	(void)state;
	persists = true;
	sip_transport_close(wire.transport);
	assert_int_equal(send_request("BYE"), -ENOTCONN);
}

static void a_cancel_is_repeated_until_it_can_be_sent(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	wire.fail = -EPERM;
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	wire.fail = 0;
	clock_advance(500);
	assert_int_equal(wire.count, 2);
	assert_sent(&wire, 1, "CANCEL ");
}

static void over_a_connection_the_via_asks_for_reuse(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	assert_non_null(strstr(wire_line(wire.sent[0], "Via: "),
			       "SIP/2.0/TCP 10.0.0.1:5060;alias;rport;branch="));
}

/* ---- matching and the rest ---- */

static void an_answer_to_another_method_or_branch_is_a_stray(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	memcpy(strstr(wire.sent[0], "CSeq: 4711 OPTIONS") + 11, "MESSAGE", 7);
	answer(0, "200 OK");
	assert_int_equal(strays, 1);
	memcpy(strstr(wire.sent[0], "CSeq: 4711 MESSAGE") + 11, "OPTIONS", 7);
	memcpy(strstr(wire.sent[0], "branch=z9hG4bK") + 14, "0000", 4);
	answer(0, "200 OK");
	assert_int_equal(strays, 2);
	assert_int_equal(responses, 0);
}

static void branches_differ_and_say_who_sent(void **state)
{
	char via[512];

	(void)state;
	assert_int_equal(send_request("OPTIONS"), 0);
	strcpy(via, wire_line(wire.sent[0], "Via: "));
	assert_ptr_equal(strstr(via, "Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK"), via);
	assert_int_equal(strlen(strstr(via, "z9hG4bK")), 23);
	sip_client_forget(client);
	assert_non_null(strstr(wire.sent[0], "Max-Forwards: 70\r\n"));
	assert_int_equal(send_request("OPTIONS"), 0);
	assert_string_not_equal(wire_line(wire.sent[1], "Via: "), via);
}

static void a_forgotten_transaction_runs_on_in_silence(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	sip_client_forget(client);
	answer(0, "486 Busy Here");
	assert_sent(&wire, 1, "ACK ");
	assert_int_equal(responses, 0);
	clock_advance(32000);
	assert_false(ended);
	assert_int_equal(sip_transactions_count(wire.layer), 0);
}

static void an_ack_has_no_transaction(void **state)
{
	struct sip_out *out;

	(void)state;
	out = sip_request_begin_hops(wire.layer, &wire.flow, RD_STR("ACK"), RD_STR("sip:b@c"),
				     SIP_MAX_FORWARDS);
	assert_int_equal(sip_request_send(wire.layer, &client, &wire.flow, out, &user, NULL),
			 -EINVAL);
	out = sip_request_begin_hops(wire.layer, &wire.flow, RD_STR("ACK"), RD_STR("sip:b@c"),
				     SIP_MAX_FORWARDS);
	assert_int_equal(sip_ack_send(wire.layer, &wire.flow, out), 0);
	assert_sent(&wire, 0, "ACK sip:b@c SIP/2.0\r\n");
	assert_int_equal(sip_transactions_count(wire.layer), 0);
}

static void the_end_of_the_layer_is_the_end_of_all(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	sip_transactions_free(wire.layer);
	wire.layer = NULL;
	assert_true(ended);
}

static int whole_call(void *arg)
{
	struct sip_wire *at = &wire;
	int rc;

	(void)arg;
	rc = open_layer(false);
	if (!rc)
		rc = send_request("INVITE");
	if (!rc)
		rc = sip_client_cancel(client, RD_STR("Reason: x\r\n"));
	if (!rc) {
		answer(0, "100 Trying");
		rc = at->count == 2 ? 0 : -ENOMEM;
		answer(0, "487 Request Terminated");
	}
	wire_fini(at);
	return rc;
}

static void no_memory_is_survived(void **state)
{
	(void)state;
	assert_true(oom_sweep(whole_call, NULL) > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_with_foreign_vias_is_none),
		TEST(an_invite_is_repeated_with_doubling_intervals_then_times_out),
		TEST(how_long_an_answer_may_take_can_be_said),
		TEST(a_request_that_cannot_be_sent_is_no_transaction),
		TEST(a_repetition_that_cannot_be_sent_ends_an_invite),
		TEST(a_full_socket_buffer_is_no_more_than_a_lost_packet),
		TEST(a_provisional_answer_ends_the_repetitions),
		TEST(a_2xx_and_its_repetitions_reach_the_user_for_32_seconds),
		TEST(a_2xx_after_ringing_is_accepted_too),
		TEST(an_accepted_invite_is_kept_without_its_body),
		TEST(a_refusal_is_acknowledged_each_time_and_told_once),
		TEST(a_refusal_after_ringing_is_acknowledged),
		TEST(an_ack_that_cannot_be_sent_waits_for_the_repetition),
		TEST_RELIABLE(an_ack_over_a_connection_that_is_lost_ends_the_transaction),
		TEST_RELIABLE(a_reliable_invite_is_sent_once_and_lingers_not),
		TEST(a_cancel_waits_for_a_provisional_answer),
		TEST(a_2xx_may_cross_a_cancel),
		TEST(a_finished_invite_cannot_be_cancelled),
		TEST(a_cancelled_invite_that_stays_silent_is_given_up),
		TEST(a_request_is_repeated_up_to_t2_then_times_out),
		TEST(after_a_provisional_answer_a_request_is_repeated_each_t2),
		TEST(a_final_answer_is_told_once),
		TEST(a_final_answer_at_once_is_told_too),
		TEST(a_first_repetition_that_cannot_be_sent_ends_a_request),
		TEST(a_repetition_that_cannot_be_sent_ends_a_request),
		TEST_RELIABLE(a_reliable_request_is_sent_once_and_lingers_not),
		TEST(a_request_of_something_begun_is_repeated_until_it_can_be_sent),
		TEST(it_fails_in_time_when_it_never_can),
		TEST(it_fails_at_once_when_our_socket_is_closed),
		TEST(a_cancel_is_repeated_until_it_can_be_sent),
		TEST_RELIABLE(over_a_connection_the_via_asks_for_reuse),
		TEST(an_answer_to_another_method_or_branch_is_a_stray),
		TEST(branches_differ_and_say_who_sent),
		TEST(a_forgotten_transaction_runs_on_in_silence),
		TEST(an_ack_has_no_transaction),
		TEST(the_end_of_the_layer_is_the_end_of_all),
		cmocka_unit_test(no_memory_is_survived),
	};
	int rc;

	clock_begin();
	rc = RUN_GROUP(tests);
	clock_end();
	return rc;
}
