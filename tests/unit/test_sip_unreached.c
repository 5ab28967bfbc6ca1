/* Datagrams that did not arrive, as ICMP tells: over real sockets, and what becomes of
 * the request. */
#include "tests/unit/sip_wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/open.h"
#include "core/sched/sched.h"

/* ---- the socket ---- */

static struct {
	unsigned count;
	int rc;
	union sip_sockaddr peer;
	char quoted[128];
} told;

static unsigned received;

static void on_message(void *arg, const struct sip_flow *flow, char *data, size_t size)
{
	(void)arg, (void)flow, (void)data, (void)size;
	received++;
}

static void on_unreached(void *arg, const struct sip_flow *flow, struct rd_str quoted, int rc)
{
	(void)arg;
	told.count++;
	told.rc = rc;
	told.peer = flow->peer;
	snprintf(told.quoted, sizeof(told.quoted), "%.*s", RD_STR_ARG(quoted));
}

/* A port that was somebody's and is nobody's. */
static union sip_sockaddr closed_port(const char *host)
{
	union sip_sockaddr address;
	socklen_t size = sizeof(address);
	int fd;

	assert_int_equal(sip_sockaddr_parse(&address, rd_str_of(host), 0), 0);
	fd = socket(address.sa.sa_family, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, &address.sa, sip_sockaddr_len(&address)), 0);
	assert_int_equal(getsockname(fd, &address.sa, &size), 0);
	close(fd);
	return address;
}

static bool was_told(void *count)
{
	return told.count >= *(unsigned *)count;
}

static bool was_received(void *count)
{
	return received >= *(unsigned *)count;
}

static void a_closed_port_is_told_with_the_start_of_the_datagram(const char *host)
{
	static const char text[] = "OPTIONS sip:x SIP/2.0\r\n\r\n";
	struct sip_flow_watcher watcher = { .unreached = on_unreached };
	struct sip_udp_options options = { .name = "t" };
	union sip_sockaddr closed = closed_port(host);
	struct sip_transports *transports;
	struct sip_transport *transport;
	struct sip_flow flow;
	unsigned one = 1, two = 2;

	memset(&told, 0, sizeof(told));
	received = 0;
	assert_int_equal(sip_transports_new(&transports), 0);
	sip_transports_set_receiver(transports, on_message, NULL);
	sip_transports_watch(transports, &watcher);
	assert_int_equal(sip_sockaddr_parse(&options.bind, rd_str_of(host), 0), 0);
	assert_int_equal(sip_udp_open(transports, &options, &transport), 0);
	assert_int_equal(sip_flow_open(&flow, transport, &closed), 0);
	assert_int_equal(sip_flow_send(&flow, text, strlen(text)), 0);
	assert_true(rd__sched_run_until(was_told, &one, 5000));
	assert_int_equal(told.rc, -ECONNREFUSED);
	assert_true(sip_sockaddr_equal(&told.peer, &closed));
	assert_string_equal(told.quoted, text);
	/* What goes elsewhere before that is known is sent all the same, and heard. */
	assert_int_equal(sip_flow_send(&flow, text, strlen(text)), 0);
	flow.peer = transport->bound;
	assert_int_equal(sip_flow_send(&flow, text, strlen(text)), 0);
	assert_true(rd__sched_run_until(was_told, &two, 5000));
	assert_true(rd__sched_run_until(was_received, &one, 5000));
	rd__sched_run_until(was_received, &two, 50);
	assert_int_equal(told.count, 2);
	assert_int_equal(received, 1);
	sip_flow_watcher_remove(&watcher);
	sip_transports_free(transports);
	rd__sched_run_idle();
}

static void a_closed_port_of_ipv4_is_told(void **state)
{
	(void)state;
	a_closed_port_is_told_with_the_start_of_the_datagram("127.0.0.1");
}

static void a_closed_port_of_ipv6_is_told(void **state)
{
	(void)state;
	a_closed_port_is_told_with_the_start_of_the_datagram("::1");
}

/* ---- the request ---- */

static struct sip_wire wire;
static struct sip_client *client;
static int failure;

static void on_failed(void *arg, struct sip_client *which, int rc)
{
	(void)arg;
	assert_ptr_equal(which, client);
	failure = rc;
}

static unsigned gone;

static void on_gone(void *arg, struct sip_client *which)
{
	(void)arg;
	assert_ptr_equal(which, client);
	gone++;
}

static int open_wire(void **state)
{
	static const struct sip_core core = { 0 };

	(void)state;
	failure = 0;
	gone = 0;
	return wire_open_layer(&wire, false, &core);
}

static int close_wire(void **state)
{
	(void)state;
	wire_fini(&wire);
	return 0;
}

static void request(const char *method, bool persists)
{
	static const struct sip_client_user user = { .failed = on_failed, .gone = on_gone };
	struct sip_out *out = sip_request_begin_hops(wire.layer, &wire.flow, rd_str_of(method),
						     RD_STR("sip:b@10.0.0.2"), SIP_MAX_FORWARDS);

	if (persists)
		sip_request_persist(wire.layer);
	sip_out_name_addr(out, SIP_H_FROM, RD_STR(""), RD_STR("sip:a@10.0.0.1"), RD_STR("f"));
	sip_out_name_addr(out, SIP_H_TO, RD_STR(""), RD_STR("sip:b@10.0.0.2"), RD_STR(""));
	sip_out_header(out, SIP_H_CALL_ID, RD_STR("id"));
	sip_out_cseq(out, 1, rd_str_of(method));
	assert_int_equal(sip_request_send(wire.layer, &client, &wire.flow, out, &user, NULL), 0);
}

static void icmp_quotes(const char *text, size_t size)
{
	sip_transport_unreached(wire.flow.transport, &wire.flow, (struct rd_str){ text, size },
				-ECONNREFUSED);
}

static void it_fails_at_once(void **state)
{
	(void)state;
	request("INVITE", false);
	icmp_quotes(wire.sent[0], strlen(wire.sent[0]));
	assert_int_equal(failure, -ECONNREFUSED);
	request("OPTIONS", false);
	failure = 0;
	icmp_quotes(wire.sent[1], 200); /* more need not be quoted */
	assert_int_equal(failure, -ECONNREFUSED);
}

static void ring(void)
{
	char text[WIRE_SIZE], via[512];

	strcpy(via, wire_line(wire.sent[0], "Via: "));
	snprintf(text, sizeof(text), "SIP/2.0 180 Ringing\r\n%s\r\nFrom: <sip:a@10.0.0.1>;tag=f\r\n"
		 "To: <sip:b@10.0.0.2>;tag=t\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n\r\n", via);
	wire_receive(&wire, text);
}

static void quote_wrongly(void)
{
	static const char forged[] = "INVITE sip:b@10.0.0.2 SIP/2.0\r\n"
				     "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKguess;rport\r\n";
	const char *branch = strstr(wire.sent[0], "branch=");

	icmp_quotes(forged, strlen(forged));
	icmp_quotes("", 0);
	icmp_quotes("INVITE ", 7);
	icmp_quotes("SIP/2.0 200 OK\r\n", 16);
	icmp_quotes(wire.sent[0], (size_t)(branch + 12 - wire.sent[0]));
	/* Nor is what came from elsewhere. */
	wire.flow.peer.in4.sin_port ^= 1;
	icmp_quotes(wire.sent[0], strlen(wire.sent[0]));
	wire.flow.peer.in4.sin_port ^= 1;
}

static void what_does_not_quote_its_branch_is_not_believed(void **state)
{
	(void)state;
	request("INVITE", false);
	quote_wrongly();
	assert_int_equal(failure, 0);
	ring();
	quote_wrongly();
	assert_int_equal(failure, 0);
	assert_int_equal(gone, 0);
}

static void who_was_heard_has_it_and_is_there_no_more(void **state)
{
	(void)state;
	request("INVITE", false);
	ring();
	icmp_quotes(wire.sent[0], strlen(wire.sent[0]));
	assert_int_equal(failure, 0);
	assert_int_equal(gone, 1);
}

static bool was_repeated(void *arg)
{
	(void)arg;
	return wire.count == 2;
}

/* Its phone may be starting anew. */
static void in_a_dialog_it_is_repeated(void **state)
{
	(void)state;
	request("BYE", true);
	icmp_quotes(wire.sent[0], strlen(wire.sent[0]));
	assert_int_equal(failure, 0);
	assert_true(rd__sched_run_until(was_repeated, NULL, 5000));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_wire, close_wire)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_port_of_ipv4_is_told),
		cmocka_unit_test(a_closed_port_of_ipv6_is_told),
		TEST(it_fails_at_once),
		TEST(what_does_not_quote_its_branch_is_not_believed),
		TEST(who_was_heard_has_it_and_is_there_no_more),
		TEST(in_a_dialog_it_is_repeated),
	};

	int rc;

	if (rd__sched_init(0))
		return 1;
	rc = RUN_GROUP(tests);
	rd__sched_fini();
	return rc;
}
