/* Server transactions: every arrow of figures 7 and 8 of RFC 3261, with the
 * Accepted state of RFC 6026 and the rules of RFC 4320. */
#include "tests/unit/sip_wire.h"

#include "tests/unit/virtual_clock.h"

static struct sip_wire wire;
static struct sip_server *server;
static unsigned requests, acks, cancels, acknowledged;
static int result;
static bool ended;
static unsigned answer_at_once; /* status, 0: none */

static void on_cancelled(void *arg, struct sip_server *s, const struct sip_msg *cancel)
{
	(void)arg;
	assert_ptr_equal(s, server);
	assert_int_equal(cancel->method, SIP_CANCEL);
	cancels++;
}

static void on_acknowledged(void *arg, struct sip_server *s, const struct sip_msg *ack)
{
	(void)arg;
	assert_ptr_equal(s, server);
	assert_int_equal(ack->method, SIP_ACK);
	acknowledged++;
}

static void on_ended(void *arg, struct sip_server *s, int rc)
{
	(void)arg;
	if (s != server) /* one that a test made before */
		return;
	assert_false(ended);
	ended = true;
	result = rc;
}

static const struct sip_server_user user = { .cancelled = on_cancelled,
					     .acknowledged = on_acknowledged,
					     .ended = on_ended };

static void on_request(void *arg, struct sip_server *s, const struct sip_msg *msg)
{
	(void)arg;
	requests++;
	server = s;
	assert_ptr_equal(sip_server_request(s), msg);
	sip_server_listen(s, &user, NULL);
	if (answer_at_once)
		sip_reply(s, answer_at_once, RD_STR(""));
}

static void on_ack(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)arg;
	(void)flow;
	assert_int_equal(msg->method, SIP_ACK);
	acks++;
}

static const struct sip_core core = { .request = on_request, .ack = on_ack };

static int open_layer(bool reliable)
{
	server = NULL;
	requests = acks = cancels = acknowledged = answer_at_once = 0;
	result = 1;
	ended = false;
	return wire_open_layer(&wire, reliable, &core);
}

/* Over a connection where there is a state: TEST_RELIABLE. */
static int setup(void **state)
{
	return open_layer(*state != NULL);
}

static int teardown(void **state)
{
	(void)state;
	wire_fini(&wire);
	return 0;
}

#define COOKIE "z9hG4bKone"

static void request_from(const char *method, const char *via, const char *to)
{
	char text[WIRE_SIZE];

	snprintf(text, sizeof(text), "%s sip:b@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\n"
		 "From: <sip:a@10.0.0.2>;tag=f\r\nTo: <sip:b@10.0.0.1>%s\r\n"
		 "Call-ID: id\r\nCSeq: 1 %s\r\nContent-Length: 4\r\n\r\nbody",
		 method, via, to, method);
	wire_receive(&wire, text);
}

static void request(const char *method)
{
	request_from(method, "10.0.0.2:5062;rport;branch=" COOKIE, "");
}

static int reply(unsigned status)
{
	return sip_reply(server, status, RD_STR(""));
}

/* ---- figure 7: INVITE, as RFC 6026 has it ----
 *
 * arrow                                    test
 * -> Proceeding: 100 after 200 ms          an_invite_gets_a_100_when_nobody_answers_for_200_ms
 * Proceeding, INVITE: send response        an_invite_that_rings_in_time_gets_no_100
 * Proceeding, 101-199 from TU              the same
 * Proceeding, Transport Err.               a_180_that_cannot_be_sent_leaves_an_invite_where_it_is
 * Proceeding -> Completed, 300-699         a_refusal_is_repeated_until_the_ack
 * Proceeding -> Accepted, 2xx              a_2xx_is_repeated_by_the_user_and_its_ack_goes_up
 * Completed, INVITE; timer G               a_refusal_is_repeated_until_the_ack
 * Completed, Transport Err.                a_refusal_that_cannot_be_sent_leaves_it_where_it_is,
 *                                          a_repetition_that_cannot_be_sent_leaves_a_refusal_...
 * Completed -> Terminated, timer H         a_refusal_without_ack_is_told_after_32_seconds
 * Completed -> Confirmed, ACK              a_refusal_is_repeated_until_the_ack
 * Confirmed -> Terminated, timer I         the same; at once: a_reliable_refusal_is_sent_once
 * Accepted, INVITE; ACK; 2xx from TU       a_2xx_is_repeated_by_the_user_and_its_ack_goes_up
 * Accepted, Transport Err.                 a_2xx_that_cannot_be_sent_leaves_it_where_it_is,
 *                                          a_2xx_whose_repetition_cannot_be_sent_is_repeated_again
 * Accepted -> Terminated, timer L          a_2xx_is_repeated_by_the_user_and_its_ack_goes_up
 */

static void an_invite_gets_a_100_when_nobody_answers_for_200_ms(void **state)
{
	(void)state;
	request("INVITE");
	clock_advance(199);
	assert_int_equal(wire.count, 0);
	clock_advance(1);
	assert_sent(&wire, 0, "SIP/2.0 100 Trying\r\n");
	assert_string_equal(wire_line(wire.sent[0], "To: "), "To: <sip:b@10.0.0.1>");
	request("INVITE");
	assert_sent(&wire, 1, "SIP/2.0 100 Trying\r\n");
	assert_int_equal(requests, 1);
	assert_int_equal(reply(180), 0);
	assert_sent(&wire, 2, "SIP/2.0 180 Ringing\r\n");
}

static void an_invite_that_rings_in_time_gets_no_100(void **state)
{
	char tag[64];

	(void)state;
	request("INVITE");
	assert_int_equal(reply(180), 0);
	clock_advance(1000);
	assert_int_equal(wire.count, 1);
	strcpy(tag, strstr(wire_line(wire.sent[0], "To: "), ";tag="));
	assert_int_equal(strlen(tag), 5 + 16);
	assert_int_equal(sip_server_tag(server).n, 16);
	request("INVITE");
	assert_sent(&wire, 1, "SIP/2.0 180 Ringing\r\n");
	assert_string_equal(wire.sent[0], wire.sent[1]);
	assert_int_equal(reply(183), 0);
	assert_string_equal(strstr(wire_line(wire.sent[2], "To: "), ";tag="), tag);
	request("INVITE");
	assert_sent(&wire, 3, "SIP/2.0 183 Session Progress\r\n");
	clock_advance(300000);
	assert_false(ended);
	assert_int_equal(wire.count, 4);
}

static void the_request_stays_readable_until_the_final_answer(void **state)
{
	const struct sip_msg *msg;

	(void)state;
	request("INVITE");
	request_from("OPTIONS", "10.0.0.9;branch=z9hG4bKother", "");
	assert_int_equal(requests, 2);
	assert_int_equal(sip_server_method(server), SIP_OPTIONS);
	msg = sip_server_request(server);
	assert_str(msg->body, "body");
	assert_str(msg->via.branch, "z9hG4bKother");
	assert_int_equal(reply(200), 0);
	assert_null(sip_server_request(server));
	assert_int_equal(sip_server_status(server), 200);
}

static void a_2xx_is_repeated_by_the_user_and_its_ack_goes_up(void **state)
{
	(void)state;
	request("INVITE");
	assert_int_equal(reply(200), 0);
	assert_sent(&wire, 0, "SIP/2.0 200 OK\r\n");
	request("INVITE");
	clock_advance(10000);
	assert_int_equal(wire.count, 1);
	assert_int_equal(sip_server_resend(server), 0);
	assert_string_equal(wire.sent[0], wire.sent[1]);
	request_from("ACK", "10.0.0.2:5062;branch=z9hG4bKtwo", ";tag=x");
	request("ACK"); /* wrong of it, but some do */
	assert_int_equal(acks, 2);
	assert_int_equal(acknowledged, 0);
	assert_int_equal(reply(486), -EALREADY);
	clock_advance(21999);
	assert_false(ended);
	clock_advance(1); /* L */
	assert_true(ended);
	assert_int_equal(result, 0);
}

static void a_refusal_is_repeated_until_the_ack(void **state)
{
	(void)state;
	request("INVITE");
	assert_int_equal(reply(486), 0);
	clock_advance(500);
	assert_int_equal(wire.count, 2);
	clock_advance(1000);
	assert_int_equal(wire.count, 3);
	clock_advance(2000);
	assert_int_equal(wire.count, 4);
	clock_advance(4000);
	assert_int_equal(wire.count, 5);
	clock_advance(4000);
	assert_int_equal(wire.count, 6); /* T2 is the limit */
	request("INVITE");
	assert_sent(&wire, 6, "SIP/2.0 486 Busy Here\r\n");
	assert_int_equal(sip_server_resend(server), -EALREADY);
	request("ACK");
	assert_int_equal(acknowledged, 1);
	request("ACK");
	request("INVITE");
	clock_advance(4999);
	assert_int_equal(wire.count, 7);
	assert_int_equal(acknowledged, 1);
	assert_int_equal(acks, 0);
	assert_false(ended);
	clock_advance(1); /* I */
	assert_true(ended);
	assert_int_equal(result, 0);
}

static void a_refusal_without_ack_is_told_after_32_seconds(void **state)
{
	(void)state;
	request("INVITE");
	assert_int_equal(reply(180), 0);
	assert_int_equal(reply(503), 0);
	clock_advance(31999);
	assert_false(ended);
	clock_advance(1);
	assert_true(ended);
	assert_int_equal(result, -ETIMEDOUT);
}

static void a_reliable_refusal_is_sent_once(void **state)
{
	(void)state;
	request("INVITE");
	assert_int_equal(reply(486), 0);
	clock_advance(20000);
	assert_int_equal(wire.count, 1);
	request("ACK");
	clock_advance(1);
	assert_true(ended);
	assert_int_equal(result, 0);
}

/* The kernel refuses the answer; the INVITE that comes again is absorbed, and gets it. */
static void lose_an_answer(unsigned status, const char *repeated)
{
	request("INVITE");
	wire.fail = -ENETUNREACH;
	assert_int_equal(reply(status), 0);
	request("INVITE");
	wire.fail = 0;
	request("INVITE");
	clock_advance(1);
	assert_int_equal(requests, 1);
	assert_false(ended);
	if (repeated)
		assert_sent(&wire, 0, repeated);
	else
		assert_int_equal(wire.count, 0);
}

static void a_180_that_cannot_be_sent_leaves_an_invite_where_it_is(void **state)
{
	(void)state;
	lose_an_answer(180, "SIP/2.0 180 Ringing\r\n");
	assert_int_equal(reply(200), 0);
}

static void a_refusal_that_cannot_be_sent_leaves_it_where_it_is(void **state)
{
	(void)state;
	lose_an_answer(486, "SIP/2.0 486 Busy Here\r\n");
	request("ACK");
	assert_int_equal(acknowledged, 1);
}

static void a_2xx_that_cannot_be_sent_leaves_it_where_it_is(void **state)
{
	(void)state;
	lose_an_answer(200, NULL);
	assert_int_equal(reply(200), -EALREADY);
	assert_int_equal(sip_server_resend(server), 0);
	assert_sent(&wire, 0, "SIP/2.0 200 OK\r\n");
}

static void a_repetition_that_cannot_be_sent_leaves_a_refusal_where_it_is(void **state)
{
	(void)state;
	request("INVITE");
	assert_int_equal(reply(486), 0);
	wire.fail = -EHOSTUNREACH;
	clock_advance(501);
	assert_false(ended);
	wire.fail = 0;
	clock_advance(1000);
	assert_int_equal(wire.count, 2);
	request("ACK");
	assert_int_equal(acknowledged, 1);
	clock_advance(5000);
	assert_true(ended);
	assert_int_equal(result, 0);
}

static void a_2xx_whose_repetition_cannot_be_sent_is_repeated_again(void **state)
{
	(void)state;
	request("INVITE");
	assert_int_equal(reply(200), 0);
	wire.fail = -EHOSTUNREACH;
	assert_int_equal(sip_server_resend(server), 0);
	assert_int_equal(wire.count, 1);
	wire.fail = 0;
	clock_advance(500);
	assert_false(ended);
	assert_int_equal(sip_server_resend(server), 0);
	assert_int_equal(wire.count, 2);
	clock_advance(31500);
	assert_true(ended);
	assert_int_equal(result, 0);
}

static void a_lost_connection_ends_an_invite_with_its_answer(void **state)
{
	(void)state;
	request("INVITE");
	wire.fail = -ECONNRESET;
	assert_int_equal(reply(486), -ECONNRESET);
	assert_false(ended); /* never from within */
	assert_int_equal(reply(200), -EALREADY);
	clock_advance(1);
	assert_true(ended);
	assert_int_equal(result, -ECONNRESET);
}

/* ---- CANCEL ---- */

static void a_cancel_is_answered_and_told(void **state)
{
	(void)state;
	request("INVITE");
	assert_int_equal(reply(180), 0);
	request("CANCEL");
	assert_int_equal(cancels, 1);
	assert_sent(&wire, 1, "SIP/2.0 200 OK\r\n");
	assert_string_equal(wire_line(wire.sent[1], "CSeq: "), "CSeq: 1 CANCEL");
	assert_non_null(memmem(wire.sent[1], strlen(wire.sent[1]), sip_server_tag(server).p, 16));
	request("CANCEL");
	assert_int_equal(cancels, 1);
	assert_string_equal(wire.sent[1], wire.sent[2]);
	assert_int_equal(reply(487), 0);
	assert_int_equal(requests, 1);
}

static void a_cancel_after_the_final_answer_changes_nothing(void **state)
{
	(void)state;
	request("INVITE");
	assert_int_equal(reply(200), 0);
	request("CANCEL");
	assert_int_equal(cancels, 0);
	assert_sent(&wire, 1, "SIP/2.0 200 OK\r\n");
}

static void a_cancel_of_nothing_gets_481(void **state)
{
	(void)state;
	request("CANCEL");
	assert_sent(&wire, 0, "SIP/2.0 481 ");
	request_from("INVITE", "10.0.0.2:5062;branch=" COOKIE, "");
	request_from("CANCEL", "10.0.0.3:5062;branch=" COOKIE, "");
	assert_int_equal(wire.count, 2);
	assert_sent(&wire, 1, "SIP/2.0 481 ");
	assert_int_equal(cancels, 0);
}

static void a_cancelled_invite_that_nobody_minds_gets_487(void **state)
{
	(void)state;
	request("INVITE");
	sip_server_forget(server);
	request("CANCEL");
	assert_sent(&wire, 0, "SIP/2.0 200 OK\r\n");
	assert_sent(&wire, 1, "SIP/2.0 487 Request Terminated\r\n");
}

/* ---- figure 8: all but INVITE ----
 *
 * 1xx from TU is none but the one 100 that RFC 4320 allows.
 *
 * arrow                                    test
 * -> Trying, and the request once more     repetitions_are_absorbed_before_the_answer_...
 * Trying -> Completed, 200-699             the same, an_answer_at_once_needs_no_copy
 * Trying -> Proceeding, 1xx from TU        a_slow_answer_is_preceded_by_100_not_before_3500_ms
 * Proceeding, request; -> Completed        the same
 * Proceeding, Transport Err.               a_100_that_cannot_be_repeated_leaves_a_request_...
 * Completed, request                       repetitions_are_absorbed_before_the_answer_...
 * Completed, Transport Err.                an_answer_that_cannot_be_sent_waits_for_...; at
 *                                          once: an_answer_over_a_socket_that_is_closed_...
 * Completed -> Terminated, timer J         repetitions_are_absorbed_before_the_answer_...;
 *                                          at once: a_reliable_answer_lingers_not
 */

static void repetitions_are_absorbed_before_the_answer_and_answered_after(void **state)
{
	(void)state;
	request("OPTIONS");
	request("OPTIONS");
	assert_int_equal(wire.count, 0);
	assert_int_equal(reply(200), 0);
	request("OPTIONS");
	assert_int_equal(wire.count, 2);
	assert_string_equal(wire.sent[0], wire.sent[1]);
	assert_int_equal(requests, 1);
	assert_int_equal(reply(500), -EALREADY);
	clock_advance(31999);
	assert_false(ended);
	clock_advance(1); /* J */
	assert_true(ended);
	assert_int_equal(result, 0);
	ended = false;
	request("OPTIONS");
	assert_int_equal(requests, 2);
}

static void an_answer_at_once_needs_no_copy(void **state)
{
	(void)state;
	answer_at_once = 200;
	request("OPTIONS");
	assert_sent(&wire, 0, "SIP/2.0 200 OK\r\n");
	assert_null(sip_server_request(server));
}

static void a_slow_answer_is_preceded_by_100_not_before_3500_ms(void **state)
{
	(void)state;
	request("OPTIONS");
	assert_int_equal(reply(100), -EPROTO);
	assert_int_equal(reply(180), -EPROTO);
	assert_int_equal(reply(408), -EPROTO);
	clock_advance(3499);
	assert_int_equal(wire.count, 0);
	clock_advance(1);
	assert_sent(&wire, 0, "SIP/2.0 100 Trying\r\n");
	request("OPTIONS");
	assert_sent(&wire, 1, "SIP/2.0 100 Trying\r\n");
	assert_int_equal(reply(200), 0);
	assert_sent(&wire, 2, "SIP/2.0 200 OK\r\n");
	clock_advance(32000);
	assert_true(ended);
	assert_int_equal(result, 0);
}

static void no_answer_comes_after_the_client_has_given_up(void **state)
{
	(void)state;
	request("OPTIONS");
	clock_advance(32000);
	assert_int_equal(wire.count, 1); /* the 100 */
	assert_true(ended);
	assert_int_equal(result, -ETIMEDOUT);
}

static void a_reliable_answer_lingers_not(void **state)
{
	(void)state;
	request("OPTIONS");
	assert_int_equal(reply(200), 0);
	clock_advance(1);
	assert_true(ended);
}

/* The answer waits for the repetition of its request, until timer J. */
static void an_answer_that_cannot_be_sent_waits_for_the_repetition(void **state)
{
	(void)state;
	request("OPTIONS");
	wire.fail = -EPERM;
	assert_int_equal(reply(200), 0);
	request("OPTIONS");
	wire.fail = 0;
	clock_advance(31000);
	request("OPTIONS");
	assert_int_equal(requests, 1);
	assert_int_equal(wire.count, 1);
	assert_sent(&wire, 0, "SIP/2.0 200 OK\r\n");
	assert_false(ended);
	clock_advance(1000);
	assert_true(ended);
	assert_int_equal(result, 0);
}

static void a_100_that_cannot_be_repeated_leaves_a_request_where_it_is(void **state)
{
	(void)state;
	request("OPTIONS");
	clock_advance(3500);
	assert_sent(&wire, 0, "SIP/2.0 100 Trying\r\n");
	wire.fail = -EHOSTUNREACH;
	request("OPTIONS");
	wire.fail = 0;
	clock_advance(1);
	assert_false(ended);
	assert_int_equal(reply(200), 0);
	assert_sent(&wire, 1, "SIP/2.0 200 OK\r\n");
}

static void an_answer_over_a_socket_that_is_closed_ends_a_request(void **state)
{
	(void)state;
	request("OPTIONS");
	sip_transport_close(wire.transport);
	assert_int_equal(reply(200), -ENOTCONN);
	clock_advance(1);
	assert_true(ended);
	assert_int_equal(result, -ENOTCONN);
}

/* ---- connections ---- */

static void an_answer_takes_another_connection_when_its_own_is_lost(void **state)
{
	(void)state;
	request_from("OPTIONS", "10.0.0.2:5070;branch=" COOKIE, "");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(reply(200), 0);
	assert_sent(&wire, 0, "SIP/2.0 200 OK\r\n");
	assert_int_equal(sip_sockaddr_port(&wire.sent_to), 5070);
}

static void it_goes_to_the_usual_port_when_none_is_told(void **state)
{
	(void)state;
	request_from("INVITE", "10.0.0.2;branch=" COOKIE, "");
	assert_int_equal(reply(180), 0);
	assert_int_equal(sip_sockaddr_port(&wire.sent_to), 5062);
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(reply(200), 0);
	assert_int_equal(sip_sockaddr_port(&wire.sent_to), 5060);
	assert_int_equal(sip_server_flow(server)->connection, wire.connection);
}

static void an_alias_is_believed_of_the_own_address_only(void **state)
{
	(void)state;
	request_from("OPTIONS", "10.0.0.2:5070;branch=" COOKIE "1", "");
	assert_int_equal(wire.alias, 0);
	request_from("OPTIONS", "10.0.0.3:5070;alias;branch=" COOKIE "2", "");
	assert_int_equal(wire.alias, 0);
	request_from("OPTIONS", "10.0.0.2:5070;alias;branch=" COOKIE "3", "");
	assert_int_equal(wire.alias, 5070);
	request_from("OPTIONS", "10.0.0.2;alias;branch=" COOKIE "4", "");
	assert_int_equal(wire.alias, 5060);
}

/* ---- matching ---- */

static void branch_sent_by_and_method_make_a_transaction(void **state)
{
	(void)state;
	request_from("OPTIONS", "10.0.0.2;branch=z9hG4bKa", ";tag=t");
	request_from("OPTIONS", "10.0.0.2;branch=z9hG4bKa", ";tag=t");
	assert_int_equal(requests, 1);
	request_from("OPTIONS", "10.0.0.3;branch=z9hG4bKa", ";tag=t");
	request_from("OPTIONS", "10.0.0.2:5061;branch=z9hG4bKa", ";tag=t");
	request_from("OPTIONS", "10.0.0.2;branch=z9hG4bKb", ";tag=t");
	request_from("INFO", "10.0.0.2;branch=z9hG4bKa", ";tag=t");
	assert_int_equal(requests, 5);
}

static void without_the_cookie_the_old_rules_hold(void **state)
{
	(void)state;
	request_from("INVITE", "10.0.0.2;branch=1", "");
	request_from("INVITE", "10.0.0.2;branch=1", "");
	assert_int_equal(requests, 1);
	assert_int_equal(reply(486), 0);
	request_from("ACK", "10.0.0.2;branch=1", ";tag=t");
	assert_int_equal(acknowledged, 1);
	request_from("INVITE", "10.0.0.2;branch=2", "");
	assert_int_equal(requests, 2);
	request_from("CANCEL", "10.0.0.2;branch=2", "");
	assert_int_equal(cancels, 1);
	request_from("OPTIONS", "10.0.0.2;branch=z9hG4bK", ""); /* no more than the cookie */
	request_from("OPTIONS", "10.0.0.2;branch=z9hG4bK", "");
	assert_int_equal(requests, 3);
}

static void many_transactions_are_found_again(void **state)
{
	char via[64];

	(void)state;
	answer_at_once = 404;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 1000; i++) {
			snprintf(via, sizeof(via), "10.0.0.2;branch=z9hG4bK%d", i);
			request_from("OPTIONS", via, "");
			wire_clear(&wire);
			sip_server_forget(server);
		}
	assert_int_equal(requests, 1000);
	assert_int_equal(sip_transactions_count(wire.layer), 1000);
	clock_advance(32000);
	assert_int_equal(sip_transactions_count(wire.layer), 0);
}

static void request_of_call(int call, const char *way)
{
	char text[WIRE_SIZE];

	snprintf(text, sizeof(text), "OPTIONS sip:b@10.0.0.1 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK%s%d\r\n"
		 "From: <sip:a@10.0.0.2>;tag=f\r\nTo: <sip:b@10.0.0.1>\r\n"
		 "Call-ID: call-%d\r\nCSeq: 1 OPTIONS\r\n\r\n", way, call, call);
	wire_receive(&wire, text);
	wire_clear(&wire);
}

static void copies_are_known_among_many(void **state)
{
	enum { MANY = 1000 };

	(void)state;
	for (int call = 0; call < MANY; call++) {
		request_of_call(call, "first");
		assert_false(sip_server_is_merged(server));
		reply(call % 2 ? 200 : 404);
		sip_server_forget(server);
	}
	for (int call = 0; call < MANY; call++) {
		request_of_call(call, "second");
		assert_int_equal(sip_server_is_merged(server), call % 2);
		reply(482);
		sip_server_forget(server);
	}
	clock_advance(32000);
	request_of_call(1, "third");
	assert_false(sip_server_is_merged(server));
	reply(200);
	sip_server_forget(server);
}

/* ---- where answers go ---- */

/* The port of the source, to which everything of this test goes, is none of those. */
static uint16_t answered_port(const char *via)
{
	request_from("OPTIONS", via, "");
	assert_true(sip_sockaddr_same_host(&wire.sent_to, &wire.flow.peer));
	return sip_sockaddr_port(&wire.sent_to);
}

static void answers_go_to_the_source_and_to_the_port_that_its_own_via_tells(void **state)
{
	uint16_t port = sip_sockaddr_port(&wire.flow.peer);

	(void)state;
	answer_at_once = 200;
	assert_int_equal(answered_port("10.0.0.2:9999;branch=z9hG4bKa"), 9999);
	assert_int_equal(answered_port("10.0.0.2;branch=z9hG4bKb"), 5060);
	assert_int_equal(answered_port("10.0.0.2:9999;rport;branch=z9hG4bKc"), port);
}

static void answers_go_to_the_port_of_the_source_when_via_tells_another_host(void **state)
{
	uint16_t port = sip_sockaddr_port(&wire.flow.peer);

	(void)state;
	answer_at_once = 200;
	assert_int_equal(answered_port("192.168.1.1:9999;branch=z9hG4bKa"), port);
	assert_null(strstr(wire.sent[0], "rport"));
	assert_non_null(strstr(wire.sent[0], ";received=10.0.0.2"));
	assert_int_equal(answered_port("192.168.1.1;branch=z9hG4bKb"), port);
	assert_int_equal(answered_port("phone.example;branch=z9hG4bKc"), port);
	assert_int_equal(answered_port("192.168.1.1:9999;rport;branch=z9hG4bKd"), port);
}

static bool heeds_via(void *arg, const struct sip_msg *msg)
{
	(void)arg;
	return msg->via.port == 9999;
}

static unsigned admit(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)arg, (void)msg, (void)flow;
	return 0;
}

static bool let_through(void *arg, const struct sip_flow *flow, size_t size)
{
	(void)arg, (void)flow, (void)size;
	return true;
}

static bool let_out(void *arg, const struct sip_flow *flow, size_t size, bool is_final)
{
	(void)is_final;
	return let_through(arg, flow, size);
}

static void the_user_may_want_answers_where_such_a_via_says(void **state)
{
	static const struct sip_gate gate = { .receive = let_through,
					      .request = admit,
					      .send = let_out,
					      .heeds_via = heeds_via };

	(void)state;
	answer_at_once = 200;
	sip_transactions_set_gate(wire.layer, &gate);
	assert_int_equal(answered_port("192.168.1.1:9999;branch=z9hG4bKa"), 9999);
	assert_int_equal(answered_port("192.168.1.1:9998;branch=z9hG4bKb"),
			 sip_sockaddr_port(&wire.flow.peer));
	assert_int_equal(answered_port("192.168.1.1:9999;rport;branch=z9hG4bKc"),
			 sip_sockaddr_port(&wire.flow.peer));
}

/* ---- refusing ---- */

static void a_malformed_request_gets_a_400_that_says_why(void **state)
{
	(void)state;
	wire_receive(&wire, "OPTIONS sip:b@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP h;rport\r\n"
			    "From: <sip:a@b>;tag=f\r\nTo: <sip:b@c>\r\nCall-ID: id\r\n"
			    "CSeq: x OPTIONS\r\n\r\n");
	assert_sent(&wire, 0, "SIP/2.0 400 CSeq: a number below 2147483648 was expected\r\n");
	assert_non_null(strstr(wire.sent[0], "To: <sip:b@c>;tag="));
	wire_receive(&wire, "OPTIONS sip:b@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP h;rport\r\n"
			    "CSeq: 1 OPTIONS\r\n\r\n");
	assert_sent(&wire, 1, "SIP/2.0 400 From: this header was expected\r\nVia: ");
	assert_null(strstr(wire.sent[1], "\nFrom:"));
	assert_null(strstr(wire.sent[1], "\nTo:"));
	wire_receive(&wire, "OPTIONS sip:b@10.0.0.1 SIP/2.0\r\nFrom: x\r\n\r\n");
	wire_receive(&wire, "SIP/2.0 999 x\r\n\r\n");
	wire_receive(&wire, "\r\n\r\n");
	assert_int_equal(wire.count, 2);
	assert_int_equal(requests, 0);
	assert_int_equal(sip_transactions_count(wire.layer), 0);
}

static unsigned refuse(void *arg)
{
	return *(unsigned *)arg;
}

static void overload_is_met_before_a_transaction_is_made(void **state)
{
	unsigned seconds = 7;
	char tag[64];

	(void)state;
	sip_transactions_set_admission(wire.layer, refuse, &seconds);
	request("INVITE");
	assert_sent(&wire, 0, "SIP/2.0 503 Service Unavailable\r\n");
	assert_non_null(strstr(wire.sent[0], "Retry-After: 7\r\n"));
	strcpy(tag, wire_line(wire.sent[0], "To: "));
	assert_non_null(strstr(tag, ";tag="));
	request("INVITE");
	assert_string_equal(wire_line(wire.sent[1], "To: "), tag);
	assert_int_equal(requests, 0);
	request_from("INVITE", "h;branch=z9hG4bKin", ";tag=dialog");
	request("OPTIONS");
	assert_int_equal(requests, 2);
	seconds = 0;
	request("INVITE");
	assert_int_equal(requests, 3);
}

static int whole_call(void *arg)
{
	int rc;

	(void)arg;
	rc = open_layer(false);
	if (!rc) {
		request("INVITE");
		rc = server ? reply(180) : -ENOMEM;
	}
	if (rc == -EALREADY) /* refused with 503, for want of memory */
		rc = -ENOMEM;
	if (!rc)
		rc = reply(486);
	if (!rc)
		request("ACK");
	wire_fini(&wire);
	return rc;
}

static void no_memory_is_survived(void **state)
{
	(void)state;
	assert_true(oom_sweep(whole_call, NULL) > 5);
}

#define TEST(name)          cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_RELIABLE(name) cmocka_unit_test_prestate_setup_teardown(name, setup, teardown, &wire)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_invite_gets_a_100_when_nobody_answers_for_200_ms),
		TEST(an_invite_that_rings_in_time_gets_no_100),
		TEST(the_request_stays_readable_until_the_final_answer),
		TEST(a_2xx_is_repeated_by_the_user_and_its_ack_goes_up),
		TEST(a_refusal_is_repeated_until_the_ack),
		TEST(a_refusal_without_ack_is_told_after_32_seconds),
		TEST_RELIABLE(a_reliable_refusal_is_sent_once),
		TEST(a_180_that_cannot_be_sent_leaves_an_invite_where_it_is),
		TEST(a_refusal_that_cannot_be_sent_leaves_it_where_it_is),
		TEST(a_2xx_that_cannot_be_sent_leaves_it_where_it_is),
		TEST(a_repetition_that_cannot_be_sent_leaves_a_refusal_where_it_is),
		TEST(a_2xx_whose_repetition_cannot_be_sent_is_repeated_again),
		TEST_RELIABLE(a_lost_connection_ends_an_invite_with_its_answer),
		TEST(a_cancel_is_answered_and_told),
		TEST(a_cancel_after_the_final_answer_changes_nothing),
		TEST(a_cancel_of_nothing_gets_481),
		TEST(a_cancelled_invite_that_nobody_minds_gets_487),
		TEST(repetitions_are_absorbed_before_the_answer_and_answered_after),
		TEST(an_answer_at_once_needs_no_copy),
		TEST(a_slow_answer_is_preceded_by_100_not_before_3500_ms),
		TEST(no_answer_comes_after_the_client_has_given_up),
		TEST_RELIABLE(a_reliable_answer_lingers_not),
		TEST_RELIABLE(an_answer_takes_another_connection_when_its_own_is_lost),
		TEST_RELIABLE(it_goes_to_the_usual_port_when_none_is_told),
		TEST_RELIABLE(an_alias_is_believed_of_the_own_address_only),
		TEST(an_answer_that_cannot_be_sent_waits_for_the_repetition),
		TEST(a_100_that_cannot_be_repeated_leaves_a_request_where_it_is),
		TEST(an_answer_over_a_socket_that_is_closed_ends_a_request),
		TEST(branch_sent_by_and_method_make_a_transaction),
		TEST(without_the_cookie_the_old_rules_hold),
		TEST(many_transactions_are_found_again),
		TEST(copies_are_known_among_many),
		TEST(answers_go_to_the_source_and_to_the_port_that_its_own_via_tells),
		TEST(answers_go_to_the_port_of_the_source_when_via_tells_another_host),
		TEST(the_user_may_want_answers_where_such_a_via_says),
		TEST(a_malformed_request_gets_a_400_that_says_why),
		TEST(overload_is_met_before_a_transaction_is_made),
		cmocka_unit_test(no_memory_is_survived),
	};
	int rc;

	clock_begin();
	rc = RUN_GROUP(tests);
	clock_end();
	return rc;
}
