/* Client transactions whose connection is lost: which fail, which go on, and where what
 * they say goes then. */
#include "tests/unit/sip_client.h"
#include "channels/sip/transport/implementation.h"

static void a_lost_connection_fails_at_once(const char *method, const char *provisional)
{
	assert_int_equal(send_request(method), 0);
	if (provisional)
		answer(0, provisional);
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(failure, -ECONNRESET);
	clock_advance(1);
	assert_true(ended);
	assert_int_equal(wire.count, 1);
}

static void a_request_whose_connection_is_lost_fails_at_once(void **state)
{
	(void)state;
	a_lost_connection_fails_at_once("OPTIONS", NULL);
}

static void an_invite_whose_connection_is_lost_fails_at_once(void **state)
{
	(void)state;
	a_lost_connection_fails_at_once("INVITE", NULL);
}

static void so_does_one_that_was_heard_of(void **state)
{
	(void)state;
	a_lost_connection_fails_at_once("OPTIONS", "100 Trying");
}

static int wire_reopen(struct sip_transport *transport, struct sip_flow *flow)
{
	flow->connection = ((struct sip_wire *)transport->impl)->connection;
	return 0;
}

/* How often is it sent, when its connection stood and another one can be had? */
static int sent_over_two_connections(bool cancelled)
{
	struct sip_transport_ops ops = *wire.transport->ops;
	const struct sip_transport_ops *before = wire.transport->ops;

	ops.reopen = wire_reopen;
	wire.transport->ops = &ops;
	assert_int_equal(send_request("INVITE"), 0);
	if (cancelled)
		assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	wire_break(&wire, -ECONNRESET);
	wire.transport->ops = before;
	return wire.count;
}

static int takes_back;

static int wire_withdraw(struct sip_transport *transport, const struct sip_flow *flow,
			 const char *data, size_t size)
{
	struct sip_wire *wire = transport->impl;

	(void)flow;
	if (takes_back || wire->count != 1 || memcmp(wire->sent[0], data, size))
		return -ENOENT;
	wire->count = 0;
	return 0;
}

/* Cancelled, when the wire takes back what it was given, or says why not. */
static void cancel_before_it_stands(int rc)
{
	static struct sip_transport_ops ops;

	ops = *wire.transport->ops;
	ops.withdraw = wire_withdraw;
	wire.transport->ops = &ops;
	takes_back = rc;
	assert_int_equal(send_request("INVITE"), 0);
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
}

static void one_that_waits_for_its_connection_is_taken_back(void **state)
{
	(void)state;
	cancel_before_it_stands(0);
	assert_int_equal(wire.count, 0);
	assert_int_equal(failure, 0);
	clock_advance(0);
	assert_int_equal(failure, -ECANCELED);
	assert_true(ended);
}

static void one_that_may_have_gone_is_not(void **state)
{
	(void)state;
	cancel_before_it_stands(-ENOENT);
	clock_advance(1000);
	assert_int_equal(failure, 0);
	answer(0, "100 Trying");
	assert_sent(&wire, 1, "CANCEL ");
}

static void an_invite_is_begun_anew(void **state)
{
	(void)state;
	assert_int_equal(sent_over_two_connections(false), 2);
	assert_string_equal(wire.sent[0], wire.sent[1]);
	assert_int_equal(failure, 0);
}

static void but_not_when_nobody_wants_it_any_more(void **state)
{
	(void)state;
	assert_int_equal(sent_over_two_connections(true), 1);
	assert_int_equal(failure, -ECONNRESET);
}

/* The connection of an INVITE that rings is lost. */
static void break_while_it_rings(void)
{
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(cuts, 1);
	assert_int_equal(failure, 0);
}

static void an_invite_that_rings_goes_on_without_its_connection(void **state)
{
	(void)state;
	break_while_it_rings();
	clock_advance(31999);
	assert_int_equal(failure, 0);
	clock_advance(1);
	assert_int_equal(failure, -ENOTCONN);
	assert_true(ended);
	assert_int_equal(wire.count, 1);
}

static void an_answer_by_another_connection_is_taken_there(void **state)
{
	(void)state;
	break_while_it_rings();
	reconnect();
	answer(0, "180 Ringing");
	assert_int_equal(moves, 1);
	clock_advance(300000); /* it rings as long as it likes */
	assert_int_equal(failure, 0);
	answer(0, "486 Busy Here");
	assert_int_equal(moves, 1);
	assert_int_equal(last_status, 486);
	check_ack(1);
}

static void who_answers_elsewhere_has_lost_a_connection_that_we_still_have(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	wire.connection++;
	reconnect();
	answer(0, "603 Decline");
	assert_int_equal(moves, 1);
	check_ack(1);
}

static void a_2xx_by_another_connection_needs_no_ringing_there(void **state)
{
	(void)state;
	break_while_it_rings();
	reconnect();
	answer(0, "200 OK");
	answer(0, "200 OK");
	assert_int_equal(moves, 1);
	assert_int_equal(last_status, 200);
	clock_advance(31999);
	assert_false(ended);
	clock_advance(1); /* M */
	assert_true(ended);
	assert_int_equal(failure, 0);
}

static void each_loss_is_told(void **state)
{
	(void)state;
	break_while_it_rings();
	reconnect();
	answer(0, "180 Ringing");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(cuts, 2);
	clock_advance(32000);
	assert_int_equal(failure, -ENOTCONN);
}

/* By a connection that the user tries, of which only time tells what it is worth. */
static void an_attempt_counts_when_it_stands_in_time(void **state)
{
	(void)state;
	tries = true;
	break_while_it_rings();
	clock_advance(300000);
	assert_int_equal(failure, 0);
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(cuts, 2);
}

static void an_attempt_that_is_lost_has_been_one(void **state)
{
	(void)state;
	tries = true;
	break_while_it_rings();
	clock_advance(10000);
	wire_break(&wire, -ECONNREFUSED);
	assert_int_equal(cuts, 1);
	clock_advance(21999);
	assert_int_equal(failure, 0);
	clock_advance(1); /* 64*T1 since it was cut */
	assert_int_equal(failure, -ENOTCONN);
}

static void a_connection_that_was_named_is_more_than_an_attempt(void **state)
{
	(void)state;
	break_while_it_rings();
	reconnect();
	sip_client_move(client, &wire.flow);
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(cuts, 2);
}

static void a_cancel_follows_to_the_next_connection(void **state)
{
	(void)state;
	break_while_it_rings();
	assert_int_equal(sip_client_cancel(client, RD_STR("Reason: SIP;cause=200\r\n")), 0);
	clock_advance(10000);
	assert_int_equal(wire.count, 1);
	reconnect();
	sip_client_move(client, &wire.flow);
	assert_sent(&wire, 1, "CANCEL sip:b@10.0.0.2 SIP/2.0\r\n");
	assert_non_null(strstr(wire.sent[1], "Reason: SIP;cause=200\r\n"));
	answer(1, "200 OK");
	answer(0, "487 Request Terminated");
	assert_int_equal(last_status, 487);
	assert_sent(&wire, 2, "ACK ");
}

/* Nobody knows whether it was read. */
static void a_cancel_whose_connection_is_lost_is_sent_again(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	assert_sent(&wire, 1, "CANCEL ");
	wire_break(&wire, -ECONNRESET);
	reconnect();
	sip_client_move(client, &wire.flow);
	assert_sent(&wire, 2, "CANCEL ");
	assert_string_equal(wire.sent[1], wire.sent[2]);
	wire_break(&wire, -ECONNRESET);
	reconnect();
	sip_client_move(client, &wire.flow);
	assert_int_equal(wire.count, 4);
	sip_client_move(client, &wire.flow); /* it has been there */
	assert_int_equal(wire.count, 4);
}

static void a_cancelled_invite_has_32_seconds_also_without_a_connection(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "180 Ringing");
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	clock_advance(20000);
	wire_break(&wire, -ECONNRESET);
	clock_advance(11999);
	assert_int_equal(failure, 0);
	clock_advance(1);
	assert_int_equal(failure, -ECANCELED);
	assert_true(ended);
}

static void a_cancelled_invite_that_is_tried_anew_has_no_more_than_32_seconds(void **state)
{
	(void)state;
	tries = true;
	break_while_it_rings();
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	clock_advance(32000);
	assert_int_equal(failure, -ECANCELED);
}

static void what_is_answered_ends_in_time(void **state)
{
	(void)state;
	tries = true;
	break_while_it_rings();
	answer(0, "200 OK");
	wire_break(&wire, -ECONNRESET);
	reconnect();
	sip_client_move(client, &wire.flow);
	clock_advance(32000); /* M */
	assert_true(ended);
	assert_int_equal(failure, 0);
}

static void and_is_not_cancelled_again(void **state)
{
	(void)state;
	tries = true;
	break_while_it_rings();
	assert_int_equal(sip_client_cancel(client, RD_STR("")), 0);
	answer(0, "200 OK");
	wire_clear(&wire);
	wire_break(&wire, -ECONNRESET);
	reconnect();
	assert_int_equal(cuts, 1);
	sip_client_move(client, &wire.flow);
	assert_int_equal(wire.count, 0);
}

static void an_answered_one_does_not_mind(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE"), 0);
	answer(0, "200 OK");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(failure, 0);
	assert_false(ended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_RELIABLE(a_request_whose_connection_is_lost_fails_at_once),
		TEST_RELIABLE(an_invite_whose_connection_is_lost_fails_at_once),
		TEST_RELIABLE(so_does_one_that_was_heard_of),
		TEST_RELIABLE(an_invite_is_begun_anew),
		TEST_RELIABLE(but_not_when_nobody_wants_it_any_more),
		TEST_RELIABLE(one_that_waits_for_its_connection_is_taken_back),
		TEST_RELIABLE(one_that_may_have_gone_is_not),
		TEST_RELIABLE(an_invite_that_rings_goes_on_without_its_connection),
		TEST_RELIABLE(an_answer_by_another_connection_is_taken_there),
		TEST_RELIABLE(who_answers_elsewhere_has_lost_a_connection_that_we_still_have),
		TEST_RELIABLE(a_2xx_by_another_connection_needs_no_ringing_there),
		TEST_RELIABLE(each_loss_is_told),
		TEST_RELIABLE(an_attempt_counts_when_it_stands_in_time),
		TEST_RELIABLE(an_attempt_that_is_lost_has_been_one),
		TEST_RELIABLE(a_connection_that_was_named_is_more_than_an_attempt),
		TEST_RELIABLE(a_cancelled_invite_that_is_tried_anew_has_no_more_than_32_seconds),
		TEST_RELIABLE(what_is_answered_ends_in_time),
		TEST_RELIABLE(and_is_not_cancelled_again),
		TEST_RELIABLE(a_cancel_follows_to_the_next_connection),
		TEST_RELIABLE(a_cancel_whose_connection_is_lost_is_sent_again),
		TEST_RELIABLE(a_cancelled_invite_has_32_seconds_also_without_a_connection),
		TEST_RELIABLE(an_answered_one_does_not_mind),
	};
	int rc;

	clock_begin();
	rc = RUN_GROUP(tests);
	clock_end();
	return rc;
}
