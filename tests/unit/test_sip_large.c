/* Requests that are too large for a datagram: over a connection first, by
 * datagram where there is none to be had. */
#include "tests/unit/sip_wire.h"

#include "tests/unit/virtual_clock.h"

static struct sip_wire wire, stream; /* datagrams, and connections beside them */
static struct sip_client *client;
static unsigned last_status;
static int failure;

static void on_response(void *arg, struct sip_client *c, const struct sip_msg *msg)
{
	(void)arg;
	(void)c;
	last_status = msg->status;
}

static void on_failed(void *arg, struct sip_client *c, int rc)
{
	(void)arg;
	(void)c;
	failure = rc;
}

static void on_ended(void *arg, struct sip_client *c)
{
	(void)arg;
	(void)c;
	client = NULL;
}

static const struct sip_client_user user = { .response = on_response,
					     .failed = on_failed,
					     .ended = on_ended };
static const struct sip_core core = { .stray = NULL };

static int setup(void **state)
{
	struct sip_transport *transport;

	(void)state;
	failure = 0;
	last_status = 0;
	if (wire_open_layer(&wire, false, &core))
		return -1;
	memset(&stream, 0, sizeof(stream));
	transport = rd_zalloc(sizeof(*transport));
	assert_non_null(transport);
	strcpy(transport->name, "stream");
	transport->protocol = SIP_TCP;
	transport->reliable = true;
	transport->ops = wire.transport->ops;
	transport->impl = &stream;
	sip_sockaddr_parse(&transport->bound, RD_STR("10.0.0.1"), 5070);
	sip_transports_add_take(wire.transports, transport);
	stream.transport = transport;
	stream.transports = wire.transports;
	stream.connection = 1;
	stream.flow = wire.flow;
	stream.flow.transport = transport;
	stream.flow.connection = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	wire_fini(&wire);
	return 0;
}

static int send_request(const char *method, size_t body_size, const struct sip_flow *flow)
{
	static char body[2000];
	struct sip_out *out = sip_request_begin_hops(wire.layer, flow, rd_str_of(method),
						     RD_STR("sip:b@10.0.0.2"), SIP_MAX_FORWARDS);

	memset(body, 'x', sizeof(body));
	sip_out_name_addr(out, SIP_H_FROM, RD_STR(""), RD_STR("sip:a@10.0.0.1"), RD_STR("f"));
	sip_out_name_addr(out, SIP_H_TO, RD_STR(""), RD_STR("sip:b@10.0.0.2"), RD_STR(""));
	sip_out_header(out, SIP_H_CALL_ID, RD_STR("id"));
	sip_out_cseq(out, 1, rd_str_of(method));
	sip_out_body(out, RD_STR("text/plain"), (struct rd_str){ body, body_size });
	return sip_request_send(wire.layer, &client, flow, out, &user, NULL);
}

/* From the branch on both are the same. */
static void is_same_but_via(const char *a, const char *b)
{
	assert_string_equal(strstr(a, ";branch="), strstr(b, ";branch="));
}

static void a_large_request_takes_a_connection(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE", 1300, &wire.flow), 0);
	assert_int_equal(wire.count, 0);
	assert_int_equal(stream.count, 1);
	assert_non_null(strstr(wire_line(stream.sent[0], "Via: "),
			       "Via: SIP/2.0/TCP 10.0.0.1:5070;alias;rport;branch=z9hG4bK"));
	clock_advance(20000);
	assert_int_equal(stream.count, 1);
}

/* The peer answers what went over the connection, by another way. */
static void answer_by(struct sip_wire *way, const char *status)
{
	char text[WIRE_SIZE], via[512];

	strcpy(via, wire_line(stream.sent[0], "Via: "));
	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\r\n%s\r\nFrom: <sip:a@10.0.0.1>;tag=f\r\n"
		 "To: <sip:b@10.0.0.2>;tag=t\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n\r\n",
		 status, via);
	wire_receive(way, text);
}

static void an_answer_by_datagram_leaves_it_there(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE", 1300, &wire.flow), 0);
	answer_by(&wire, "486 Busy Here");
	assert_int_equal(last_status, 486);
	assert_sent(&stream, 1, "ACK ");
	assert_int_equal(wire.count, 0);
}

static void what_went_by_tls_does_not_go_on_in_clear(void **state)
{
	(void)state;
	stream.transport->secure = true;
	wire.transport->reliable = true;
	assert_int_equal(send_request("INVITE", 1300, &stream.flow), 0);
	answer_by(&wire, "486 Busy Here");
	assert_sent(&stream, 1, "ACK ");
	assert_int_equal(wire.count, 0);
}

static void a_small_one_does_not(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE", 500, &wire.flow), 0);
	assert_int_equal(wire.count, 1);
	assert_int_equal(stream.count, 0);
}

static void without_a_connection_it_goes_by_datagram(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE", 1300, &wire.flow), 0);
	wire_break(&stream, -ECONNREFUSED);
	assert_int_equal(failure, 0);
	assert_int_equal(wire.count, 1);
	assert_non_null(strstr(wire_line(wire.sent[0], "Via: "),
			       "Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK"));
	is_same_but_via(stream.sent[0], wire.sent[0]);
	/* With the timers that datagrams have. */
	clock_advance(500);
	assert_int_equal(wire.count, 2);
	clock_advance(32000);
	assert_int_equal(failure, -ETIMEDOUT);
}

static void whoever_refused_is_not_asked_again_for_a_while(void **state)
{
	(void)state;
	assert_int_equal(send_request("OPTIONS", 1300, &wire.flow), 0);
	wire_break(&stream, -ECONNREFUSED);
	assert_int_equal(stream.count, 1);
	assert_int_equal(send_request("OPTIONS", 1300, &wire.flow), 0);
	assert_int_equal(stream.count, 1);
	assert_int_equal(wire.count, 2);
	clock_advance(600001);
	assert_int_equal(send_request("OPTIONS", 1300, &wire.flow), 0);
	assert_int_equal(stream.count, 2);
}

static void one_that_rings_does_not_fall_back(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE", 1300, &wire.flow), 0);
	answer_by(&stream, "180 Ringing");
	assert_int_equal(last_status, 180);
	wire_break(&stream, -ECONNRESET);
	clock_advance(31999);
	assert_int_equal(failure, 0);
	assert_int_equal(wire.count, 0);
}

static void one_that_is_cancelled_does_not_fall_back(void **state)
{
	(void)state;
	assert_int_equal(send_request("INVITE", 1300, &wire.flow), 0);
	assert_int_equal(sip_client_cancel(client, (struct rd_str){ 0 }), 0);
	wire_break(&stream, -ECONNRESET);
	assert_int_equal(failure, -ECONNRESET);
	clock_advance(32000);
	assert_int_equal(wire.count, 0);
	assert_int_equal(stream.count, 1);
}

static void behind_a_nat_nobody_takes_connections(void **state)
{
	struct sip_flow flow = wire.flow;

	(void)state;
	flow.pinned = true;
	assert_int_equal(send_request("INVITE", 1300, &flow), 0);
	assert_int_equal(wire.count, 1);
	assert_int_equal(stream.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_large_request_takes_a_connection),
		TEST(an_answer_by_datagram_leaves_it_there),
		TEST(what_went_by_tls_does_not_go_on_in_clear),
		TEST(a_small_one_does_not),
		TEST(without_a_connection_it_goes_by_datagram),
		TEST(whoever_refused_is_not_asked_again_for_a_while),
		TEST(one_that_rings_does_not_fall_back),
		TEST(one_that_is_cancelled_does_not_fall_back),
		TEST(behind_a_nat_nobody_takes_connections),
	};

	int rc;

	clock_begin();
	rc = RUN_GROUP(tests);
	clock_end();
	return rc;
}
