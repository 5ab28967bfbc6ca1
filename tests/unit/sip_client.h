/* One client transaction over a wire without a network, and what its user hears of it. */
#ifndef TESTS_UNIT_SIP_CLIENT_H
#define TESTS_UNIT_SIP_CLIENT_H

#include "tests/unit/sip_wire.h"
#include "tests/unit/virtual_clock.h"

static struct sip_wire wire;
static bool persists; /* send_request() */
static struct sip_client *client;
static unsigned responses, last_status, strays;
static unsigned cuts, moves;
static bool tries; /* another way, when one is lost */
static int failure;
static bool ended;

static inline void on_response(void *arg, struct sip_client *c, const struct sip_msg *msg)
{
	(void)arg;
	assert_ptr_equal(c, client);
	assert_false(ended);
	responses++;
	last_status = msg->status;
}

static inline void on_failed(void *arg, struct sip_client *c, int rc)
{
	(void)arg;
	assert_ptr_equal(c, client);
	assert_int_equal(failure, 0);
	failure = rc;
}

static inline void on_ended(void *arg, struct sip_client *c)
{
	(void)arg;
	assert_ptr_equal(c, client);
	assert_false(ended);
	ended = true;
}

/* What is received comes by the connection that stands now. */
static inline void reconnect(void)
{
	wire.flow.connection = wire.connection;
}

static inline void on_cut(void *arg, struct sip_client *c)
{
	(void)arg;
	assert_ptr_equal(c, client);
	cuts++;
	if (!tries)
		return;
	reconnect();
	sip_client_move(client, &wire.flow);
}

static inline void on_moved(void *arg, struct sip_client *c)
{
	(void)arg;
	assert_ptr_equal(c, client);
	assert_int_equal(sip_client_flow(c)->connection, wire.flow.connection);
	moves++;
}

static const struct sip_client_user user = { .response = on_response,
					     .failed = on_failed,
					     .ended = on_ended,
					     .cut = on_cut,
					     .moved = on_moved };

static inline void on_stray(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)arg;
	(void)msg;
	(void)flow;
	strays++;
}

/* What is known yet of an INVITE that was accepted and left. */
static unsigned lates;
static size_t late_size;

static inline void on_late(void *arg, const struct sip_msg *ok, const struct sip_msg *invite,
			   const struct sip_flow *flow, bool known)
{
	(void)arg;
	(void)flow;
	(void)known;
	assert_int_equal(ok->status, 200);
	assert_true(rd_str_eq(invite->uri, RD_STR("sip:b@10.0.0.2")));
	assert_true(rd_str_eq(invite->call_id, RD_STR("id")));
	assert_true(rd_str_eq(invite->from.tag, RD_STR("f")));
	assert_int_equal(invite->cseq.number, 4711);
	assert_true(invite->first[SIP_H_ROUTE]);
	late_size = invite->text.n;
	lates++;
}

static const struct sip_core core = { .stray = on_stray, .late = on_late };

static inline int open_layer(bool reliable)
{
	client = NULL;
	persists = tries = false;
	responses = last_status = strays = cuts = moves = lates = 0;
	failure = 0;
	ended = false;
	return wire_open_layer(&wire, reliable, &core);
}

/* Over a connection where there is a state: TEST_RELIABLE. */
static inline int setup(void **state)
{
	return open_layer(*state != NULL);
}

static inline int teardown(void **state)
{
	(void)state;
	wire_fini(&wire);
	return 0;
}

static inline int send_request(const char *method)
{
	struct sip_out *out = sip_request_begin_hops(wire.layer, &wire.flow, rd_str_of(method),
						     RD_STR("sip:b@10.0.0.2"), SIP_MAX_FORWARDS);

	if (persists)
		sip_request_persist(wire.layer);
	sip_out_header(out, SIP_H_ROUTE, RD_STR("<sip:p1;lr>"));
	sip_out_header(out, SIP_H_ROUTE, RD_STR("<sip:p2;lr>"));
	sip_out_name_addr(out, SIP_H_FROM, RD_STR(""), RD_STR("sip:a@10.0.0.1"), RD_STR("f"));
	sip_out_name_addr(out, SIP_H_TO, RD_STR(""), RD_STR("sip:b@10.0.0.2"), RD_STR(""));
	sip_out_header(out, SIP_H_CALL_ID, RD_STR("id"));
	sip_out_cseq(out, 4711, rd_str_of(method));
	sip_out_body(out, RD_STR("text/plain"), RD_STR("body"));
	return sip_request_send(wire.layer, &client, &wire.flow, out, &user, NULL);
}

/* Somebody answers the n-th message that was sent, with this Via. */
static inline void answer_with(unsigned n, const char *status, const char *via)
{
	const char *request = wire.sent[n];
	char text[WIRE_SIZE], cseq[64];

	strcpy(cseq, wire_line(request, "CSeq: "));
	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\r\n%s\r\nFrom: <sip:a@10.0.0.1>;tag=f\r\n"
		 "To: <sip:b@10.0.0.2>;tag=t\r\nCall-ID: id\r\n%s\r\n\r\n",
		 status, via, cseq);
	wire_receive(&wire, text);
}

/* The peer answers it. */
static inline void answer(unsigned n, const char *status)
{
	char via[512];

	strcpy(via, wire_line(wire.sent[n], "Via: "));
	answer_with(n, status, via);
}

/* The n-th message sent is the ACK to a refusal. */
static inline void check_ack(unsigned n)
{
	char via[512];

	assert_sent(&wire, n, "ACK sip:b@10.0.0.2 SIP/2.0\r\n");
	strcpy(via, wire_line(wire.sent[0], "Via: "));
	assert_string_equal(wire_line(wire.sent[n], "Via: "), via);
	assert_non_null(strstr(wire.sent[n], "Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n"));
	assert_string_equal(wire_line(wire.sent[n], "From: "), "From: <sip:a@10.0.0.1>;tag=f");
	assert_string_equal(wire_line(wire.sent[n], "To: "), "To: <sip:b@10.0.0.2>;tag=t");
	assert_string_equal(wire_line(wire.sent[n], "CSeq: "), "CSeq: 4711 ACK");
	assert_string_equal(wire_line(wire.sent[n], "Call-ID: "), "Call-ID: id");
	assert_null(strstr(wire.sent[n], "body"));
}

#define TEST(name)          cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_RELIABLE(name) cmocka_unit_test_prestate_setup_teardown(name, setup, teardown, &wire)

#endif
