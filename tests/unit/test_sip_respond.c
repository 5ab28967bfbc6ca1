/* Answers whose connection is gone: another one to where the sender listens, and
 * then whatever its name stands for (RFC 3263 §5). */
#include "tests/unit/test.h"

#include "tests/unit/sip_wire.h"
#include "tests/unit/sip_zone.h"
#include "tests/unit/virtual_clock.h"

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

static const struct sip_server_user user = { .ended = ended };

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
