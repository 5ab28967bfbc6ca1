/* Answers whose connection is gone: another one to where the sender listens, and
 * then whatever its name stands for (RFC 3263 §5). */
#include "tests/unit/test.h"

#include "tests/unit/sip_wire.h"
#include "tests/unit/sip_zone.h"
#include "tests/unit/virtual_clock.h"
#include "channels/sip/transport/implementation.h"

static struct sip_wire wire;
static struct sip_resolver *resolver;
static struct sip_server *server;
static int result; /* of the transaction; 1: it has not ended */

static const struct sip_dns_settings settings = { .enabled = true };

static void ended(void *arg, struct sip_server *ended_server, int rc)
{
	(void)arg, (void)ended_server;
	result = rc;
}

static const struct sip_flow *found; /* where the user knows the sender to be */

static bool find(void *arg, struct sip_server *asked, struct sip_flow *flow)
{
	(void)arg, (void)asked;
	if (found)
		*flow = *found;
	return found != NULL;
}

static const struct sip_server_user user = { .ended = ended, .find = find };

static void request(void *arg, struct sip_server *new_server, const struct sip_msg *msg)
{
	(void)arg, (void)msg;
	server = new_server;
	sip_server_listen(server, &user, NULL);
}

static void ack(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)arg, (void)msg, (void)flow;
}

static const struct sip_core core = { .request = request, .ack = ack };

static int start(void **state)
{
	(void)state;
	result = 1;
	found = NULL;
	assert_int_equal(wire_open_layer(&wire, true, &core), 0);
	assert_int_equal(sip_resolver_new(&resolver), 0);
	sip_resolver_configure(resolver, &settings);
	sip_transactions_set_resolver(wire.layer, resolver);
	zone_set("_sip._tcp.client.test 60 SRV 1 1 5077 host.client.test\n"
		 "host.client.test 60 A 10.0.0.7\nplain.test 60 A 10.0.0.8\n");
	zone_serve(resolver, 20);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	zone_forget();
	wire_fini(&wire);
	sip_resolver_free(resolver);
	return 0;
}

static void receive(const char *method, const char *sent_by)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "%s sip:us@10.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/TCP %s;branch=z9hG4bKrespond\nMax-Forwards: 70\n"
		 "From: <sip:a@client.test>;tag=1\nTo: <sip:us@10.0.0.1>\n"
		 "Call-ID: respond\nCSeq: 1 %s\nContent-Length: 0\n\n",
		 method, sent_by, method);
	wire_receive(&wire, text);
}

/* The connection to where the sender listens is never made. */
static void nobody_listens(void)
{
	struct sip_flow flow = wire.flow;

	flow.connection = wire.connection++;
	sip_transport_lost(wire.transport, &flow, -ECONNREFUSED);
}

static void went_to(unsigned host, uint16_t port)
{
	assert_int_equal(ntohl(wire.sent_to.in4.sin_addr.s_addr) & 255, host);
	assert_int_equal(sip_sockaddr_port(&wire.sent_to), port);
}

static void an_answer_finds_the_name_in_via(void **state)
{
	(void)state;
	receive("OPTIONS", "client.test");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(sip_reply(server, 200, (struct rd_str){ 0 }), 0);
	assert_int_equal(wire.count, 1);
	went_to(2, 5060);
	nobody_listens();
	clock_advance(100);
	assert_int_equal(wire.count, 2);
	went_to(7, 5077);
	clock_advance(33000);
	assert_int_equal(result, 0);
}

/* ---- by a connection of the sender's ---- */

/* One that it has made since, from this port. */
static struct sip_flow connected_from(uint16_t port)
{
	struct sip_flow flow = wire.flow;

	flow.connection = wire.connection;
	sip_sockaddr_set_port(&flow.peer, port);
	return flow;
}

static void an_answer_goes_where_the_sender_is_known_to_be(void **state)
{
	struct sip_flow now;

	(void)state;
	receive("INVITE", "client.test");
	wire_break(&wire, -ECONNRESET);
	now = connected_from(6001);
	found = &now;
	assert_int_equal(sip_reply(server, 180, (struct rd_str){ 0 }), 0);
	went_to(2, 6001);
	/* That one lost as well is no failure: there may be another. */
	nobody_listens();
	now = connected_from(6002);
	assert_int_equal(result, 1);
	assert_int_equal(sip_reply(server, 486, (struct rd_str){ 0 }), 0);
	went_to(2, 6002);
}

static void an_answer_goes_by_no_connection_that_is_lost(void **state)
{
	struct sip_flow now;

	(void)state;
	receive("INVITE", "client.test");
	wire_break(&wire, -ECONNRESET);
	now = connected_from(6001);
	now.connection--;
	found = &now;
	assert_int_equal(sip_reply(server, 180, (struct rd_str){ 0 }), 0);
	went_to(2, 5060);
}

/* The peer sends more of it by this connection. */
static void receive_by(const struct sip_flow *flow, const char *method)
{
	struct sip_flow before = wire.flow;

	wire.flow = *flow;
	receive(method, "client.test");
	wire.flow = before;
}

static void a_cancel_by_another_connection_is_answered_there(void **state)
{
	struct sip_flow now;

	(void)state;
	receive("INVITE", "client.test");
	wire_break(&wire, -ECONNRESET);
	now = connected_from(6001);
	receive_by(&now, "CANCEL");
	assert_int_equal(wire.count, 2);
	assert_sent(&wire, 0, "SIP/2.0 200 ");
	assert_sent(&wire, 1, "SIP/2.0 487 ");
	went_to(2, 6001);
}

static void a_request_that_another_connection_repeats_is_answered_there(void **state)
{
	struct sip_flow now;

	(void)state;
	receive("INVITE", "client.test");
	assert_int_equal(sip_reply(server, 180, (struct rd_str){ 0 }), 0);
	wire_break(&wire, -ECONNRESET);
	now = connected_from(6001);
	receive_by(&now, "INVITE");
	assert_int_equal(wire.count, 2);
	went_to(2, 6001);
}

static void no_name_is_needed_when_another_connection_is_there(void **state)
{
	struct sip_flow now;

	(void)state;
	receive("INVITE", "client.test");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(sip_reply(server, 180, (struct rd_str){ 0 }), 0);
	nobody_listens(); /* the name is asked for */
	now = connected_from(6001);
	receive_by(&now, "INVITE");
	went_to(2, 6001);
	clock_advance(1000);
	assert_int_equal(wire.count, 2);
	/* That one lost as well is no failure: there may be another. */
	nobody_listens();
	clock_advance(1000);
	assert_int_equal(result, 1);
}

static void a_request_is_answered_by_its_own_connection_while_it_stands(void **state)
{
	struct sip_flow now;

	(void)state;
	receive("INVITE", "client.test");
	now = connected_from(6001);
	receive_by(&now, "CANCEL");
	went_to(2, 5062);
}

/* By a transport that differs from the connection's. */
static void cancel_by(const struct sip_transport *own, struct sip_transport *other)
{
	struct sip_flow now;

	wire.flow.transport = (struct sip_transport *)own;
	receive("INVITE", "client.test");
	wire.connection++;
	now = connected_from(6001);
	now.transport = other;
	sip_sockaddr_parse(&now.peer, RD_STR("10.0.0.3"), 6001);
	receive_by(&now, "CANCEL");
	wire.flow.transport = wire.transport;
}

static void an_answer_never_goes_in_clear_after_tls(void **state)
{
	static struct sip_transport sealed;

	(void)state;
	sealed = *wire.transport;
	sealed.secure = true;
	cancel_by(&sealed, wire.transport);
	assert_int_equal(wire.count, 2);
	went_to(2, 5061);
}

static void an_answer_never_goes_by_datagram_after_a_connection(void **state)
{
	static struct sip_transport plain;

	(void)state;
	plain = *wire.transport;
	plain.reliable = false;
	cancel_by(wire.transport, &plain);
	assert_int_equal(wire.count, 2);
	went_to(2, 5060);
}

/* ---- by name ---- */

static void a_port_in_via_needs_no_srv(void **state)
{
	(void)state;
	receive("INVITE", "plain.test:5099");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(sip_reply(server, 486, (struct rd_str){ 0 }), 0);
	went_to(2, 5099);
	nobody_listens();
	clock_advance(100);
	went_to(8, 5099);
	clock_advance(33000);
	assert_int_equal(result, -ETIMEDOUT); /* no ACK */
}

static void a_name_is_tried_once(void **state)
{
	(void)state;
	receive("OPTIONS", "client.test");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(sip_reply(server, 200, (struct rd_str){ 0 }), 0);
	nobody_listens();
	clock_advance(100);
	nobody_listens();
	clock_advance(10);
	assert_int_equal(wire.count, 2);
	assert_int_equal(result, -ECONNREFUSED);
}

static void a_name_that_is_none_ends_it(void **state)
{
	(void)state;
	receive("OPTIONS", "nobody.test");
	wire_break(&wire, -ECONNRESET);
	assert_int_equal(sip_reply(server, 200, (struct rd_str){ 0 }), 0);
	nobody_listens();
	clock_advance(100);
	assert_int_equal(wire.count, 1);
	assert_int_equal(result, -ENOENT);
}

/* A connection that breaks after the answer has gone by it is nothing to worry. */
static void an_answer_by_its_own_connection_stays(void **state)
{
	(void)state;
	receive("INVITE", "client.test");
	assert_int_equal(sip_reply(server, 486, (struct rd_str){ 0 }), 0);
	wire_break(&wire, -ECONNRESET);
	clock_advance(100);
	assert_int_equal(wire.count, 1);
	assert_int_equal(zone_asked(), 0);
	assert_int_equal(result, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(an_answer_finds_the_name_in_via),
		TEST(an_answer_goes_where_the_sender_is_known_to_be),
		TEST(an_answer_goes_by_no_connection_that_is_lost),
		TEST(a_cancel_by_another_connection_is_answered_there),
		TEST(a_request_that_another_connection_repeats_is_answered_there),
		TEST(no_name_is_needed_when_another_connection_is_there),
		TEST(a_request_is_answered_by_its_own_connection_while_it_stands),
		TEST(an_answer_never_goes_in_clear_after_tls),
		TEST(an_answer_never_goes_by_datagram_after_a_connection),
		TEST(a_port_in_via_needs_no_srv),
		TEST(a_name_is_tried_once),
		TEST(a_name_that_is_none_ends_it),
		TEST(an_answer_by_its_own_connection_stays),
	};
	int rc;

	clock_begin();
	rc = RUN_GROUP(tests);
	clock_end();
	return rc;
}
