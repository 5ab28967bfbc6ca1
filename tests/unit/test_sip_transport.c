/* Transports: UDP over loopback, flows, noise, traces and pcap files. */
#include "tests/unit/sip_flow.h"
#include "tests/unit/sip_text.h"
#include "tests/unit/log_catch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/open.h"
#include "core/sched/rest.h"
#include "core/sched/sched.h"

#include "channels/sip/transport/trace_ladder.h"
#include "channels/sip/transport/trace.h"

static struct sip_transports *transports;
static struct sip_transport *transport;
static char last[65536];
static size_t last_size;
static struct sip_flow last_flow;
static unsigned count;

static void on_message(void *arg, const struct sip_flow *flow, char *data, size_t size)
{
	(void)arg;
	memcpy(last, data, size);
	last[size] = '\0';
	last_size = size;
	last_flow = *flow;
	count++;
}

static int setup(void **state)
{
	(void)state;
	count = 0;
	transport = NULL;
	if (sip_transports_new(&transports))
		return -1;
	sip_transports_set_receiver(transports, on_message, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_transports_free(transports);
	rd__sched_run_idle();
	return 0;
}

static int open_udp(const char *name, const char *host)
{
	struct sip_udp_options options = { .name = name };

	assert_int_equal(sip_sockaddr_parse(&options.bind, rd_str_of(host), 0), 0);
	return sip_udp_open(transports, &options, &transport);
}

/* A phone: a plain socket connected to host at the transport's port. */
static int open_phone(const char *host)
{
	struct timeval patience = { 5, 0 };
	union sip_sockaddr addr;
	int fd;

	assert_int_equal(sip_sockaddr_parse(&addr, rd_str_of(host),
					    sip_sockaddr_port(&transport->bound)), 0);
	fd = socket(addr.sa.sa_family, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
			 0);
	assert_int_equal(connect(fd, &addr.sa, sip_sockaddr_len(&addr)), 0);
	return fd;
}

static bool has_count(void *wanted)
{
	return count >= *(unsigned *)wanted;
}

static void wait_for(unsigned messages)
{
	assert_true(rd__sched_run_until(has_count, &messages, 5000));
	assert_int_equal(count, messages);
}

static void phone_sends(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

/* ---- UDP ---- */

/* A connected socket takes answers from the address that it asked only. */
static void answer_comes_from(const char *bind, const char *asked)
{
	char answer[64];
	int fd;

	assert_int_equal(open_udp("t", bind), 0);
	fd = open_phone(asked);
	phone_sends(fd, "hello there");
	wait_for(1);
	assert_string_equal(last, "hello there");
	assert_int_equal(last_flow.local.in4.sin_port, transport->bound.in4.sin_port);
	assert_int_equal(sip_flow_send(&last_flow, "answer", 6), 0);
	assert_int_equal(recv(fd, answer, sizeof(answer), 0), 6);
	assert_int_equal(transport->stats.received, 1);
	assert_int_equal(transport->stats.received_bytes, 11);
	assert_int_equal(transport->stats.sent, 1);
	assert_int_equal(transport->stats.sent_bytes, 6);
	close(fd);
}

/* More than fit. */
static void flood(int fd)
{
	for (int i = 0; i < 2000; i++)
		phone_sends(fd, "OPTIONS");
}

static void what_comes_while_the_buffer_is_full_is_counted(void **state)
{
	struct sip_udp_options options = { .name = "small", .receive_buffer = 131072 };
	struct log_catch log;
	uint64_t lost;
	char said[80];
	int fd;

	(void)state;
	assert_int_equal(sip_sockaddr_parse(&options.bind, RD_STR("127.0.0.1"), 0), 0);
	assert_int_equal(sip_udp_open(transports, &options, &transport), 0);
	fd = open_phone("127.0.0.1");
	assert_int_equal(sip_transport_overrun(transport), 0);
	flood(fd);
	lost = sip_transport_overrun(transport);
	assert_in_range(lost, 1, 1900);
	snprintf(said, sizeof(said), "sip/small: %u datagrams are lost", (unsigned)lost);
	log_catch(&log);
	wait_for(2000 - (unsigned)lost);
	assert_non_null(strstr(log_caught(&log), said));
	/* Of more of them nothing is said within a minute. */
	flood(fd);
	log_catch(&log);
	lost = sip_transport_overrun(transport);
	wait_for(4000 - (unsigned)lost);
	assert_null(strstr(log_caught(&log), "lost"));
	close(fd);
}

static void a_message_and_its_answer_travel_over_ipv4(void **state)
{
	(void)state;
	answer_comes_from("127.0.0.1", "127.0.0.1");
}

static void a_message_and_its_answer_travel_over_ipv6(void **state)
{
	(void)state;
	answer_comes_from("::1", "::1");
}

static void a_wildcard_answers_from_the_address_that_was_asked(void **state)
{
	(void)state;
	answer_comes_from("0.0.0.0", "127.0.0.7");
}

static void an_ipv6_wildcard_does_so_too(void **state)
{
	(void)state;
	answer_comes_from("::", "::1");
}

static void noise_is_dropped(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	fd = open_phone("127.0.0.1");
	phone_sends(fd, "\r\n\r\n");
	assert_int_equal(send(fd, "\0\1\0\0\x21\x12\xa4\x42", 8, 0), 8);
	assert_int_equal(send(fd, "", 0, 0), 0);
	assert_int_equal(send(fd, "\0\0\0\0", 4, 0), 4);
	phone_sends(fd, "a message");
	wait_for(1);
	assert_int_equal(transport->stats.dropped, 4);
	close(fd);
}

static void line_ends_before_a_message_are_passed_over(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	fd = open_phone("127.0.0.1");
	phone_sends(fd, "\r\n");
	phone_sends(fd, "\r\n\r\na message\r\n");
	wait_for(1);
	assert_string_equal(last, "a message\r\n");
	phone_sends(fd, "\r\n\0\0");
	phone_sends(fd, "\nanother");
	phone_sends(fd, "the end");
	wait_for(2);
	assert_string_equal(last, "the end");
	close(fd);
}

static void many_datagrams_arrive_in_order(void **state)
{
	char text[32];
	int fd;

	(void)state;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	fd = open_phone("127.0.0.1");
	for (int i = 0; i < 150; i++) {
		snprintf(text, sizeof(text), "message %d", i);
		phone_sends(fd, text);
	}
	wait_for(150);
	assert_string_equal(last, "message 149");
	close(fd);
}

/* By that the loop sees how busy it is. */
static void each_datagram_counts_as_one_message(void **state)
{
	uint64_t before;
	int fd;

	(void)state;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	fd = open_phone("127.0.0.1");
	before = rd__rest_seen();
	phone_sends(fd, "alone");
	wait_for(1);
	assert_int_equal(rd__rest_seen() - before, 1);
	for (int i = 0; i < 150; i++)
		phone_sends(fd, "one of many");
	wait_for(151);
	assert_int_equal(rd__rest_seen() - before, 151);
	close(fd);
}

static void an_occupied_port_is_told(void **state)
{
	struct sip_udp_options options = { .name = "second" };

	(void)state;
	assert_int_equal(open_udp("first", "127.0.0.1"), 0);
	options.bind = transport->bound;
	assert_int_equal(sip_udp_open(transports, &options, NULL), -EADDRINUSE);
}

static void what_is_sent_too_large_is_told(void **state)
{
	static char large[70000];
	struct sip_flow flow;
	union sip_sockaddr peer;

	(void)state;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("127.0.0.1"), 9), 0);
	assert_int_equal(sip_flow_open(&flow, transport, &peer), 0);
	assert_int_equal(sip_flow_send(&flow, large, sizeof(large)), -EMSGSIZE);
	assert_int_equal(transport->stats.send_errors, 1);
}

/* ---- the set and its flows ---- */

static void transports_are_found_by_name_and_by_peer(void **state)
{
	struct sip_transport *any, *v6, *local;
	union sip_sockaddr peer;

	(void)state;
	assert_int_equal(open_udp("local", "127.0.0.1"), 0);
	local = transport;
	assert_int_equal(open_udp("any", "0.0.0.0"), 0);
	any = transport;
	assert_int_equal(open_udp("six", "::"), 0);
	v6 = transport;
	assert_ptr_equal(sip_transports_find(transports, "any"), any);
	assert_null(sip_transports_find(transports, "none"));
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("127.0.0.1"), 5060), 0);
	assert_ptr_equal(sip_transports_for(transports, SIP_UDP, &peer), local);
	assert_null(sip_transports_for(transports, SIP_TCP, &peer));
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("10.1.2.3"), 5060), 0);
	assert_ptr_equal(sip_transports_for(transports, SIP_UDP, &peer), any);
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("::1"), 5060), 0);
	assert_ptr_equal(sip_transports_for(transports, SIP_UDP, &peer), v6);
	sip_transport_close(any);
	assert_null(sip_transports_find(transports, "any"));
	assert_ptr_equal(sip_transports_next(transports, NULL), local);
	assert_ptr_equal(sip_transports_next(transports, local), v6);
	assert_null(sip_transports_next(transports, v6));
}

static void a_flow_knows_our_address_and_outlives_its_transport(void **state)
{
	struct sip_flow flow, same;
	union sip_sockaddr peer;
	char text[SIP_SOCKADDR_TEXT];

	(void)state;
	assert_int_equal(open_udp("any", "0.0.0.0"), 0);
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("127.0.0.9"), 5060), 0);
	assert_int_equal(sip_flow_open(&flow, transport, &peer), 0);
	assert_int_equal(sip_flow_open(&same, transport, &peer), 0);
	assert_true(same_flow(&flow, &same));
	assert_int_equal(sip_sockaddr_port(&flow.local), sip_sockaddr_port(&transport->bound));
	assert_int_equal(sip_sockaddr_host(sip_flow_sent_by(&flow), text), 9);
	assert_string_equal(text, "127.0.0.1");
	sip_sockaddr_set_port(&same.peer, 5061);
	assert_false(same_flow(&flow, &same));
	sip_transport_close(transport);
	assert_int_equal(sip_flow_send(&flow, "x", 1), -ENOTCONN);
	assert_int_equal(sip_flow_open(&flow, transport, &peer), -ENOTCONN);
}

static void the_world_outside_hears_the_external_address(void **state)
{
	struct sip_network inside[2] = { { .next = &inside[1] } };
	union sip_sockaddr external, peer;
	char text[SIP_SOCKADDR_TEXT];
	struct sip_flow flow;

	(void)state;
	assert_int_equal(open_udp("any", "127.0.0.1"), 0);
	assert_int_equal(sip_network_parse(&inside[0], "10.0.0.0/8"), 0);
	assert_int_equal(sip_network_parse(&inside[1], "127.0.0.8"), 0);
	assert_int_equal(sip_sockaddr_parse(&external, RD_STR("192.0.2.1"), 0), 0);
	assert_int_equal(sip_transport_set_external(transport, &external, inside), 0);
	inside[0].bits = inside[1].bits = 0; /* it has its own */
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("127.0.0.9"), 5060), 0);
	assert_int_equal(sip_flow_open(&flow, transport, &peer), 0);
	assert_int_equal(sip_sockaddr_host(sip_flow_sent_by(&flow), text), 9);
	assert_string_equal(text, "192.0.2.1");
	assert_int_equal(sip_sockaddr_port(sip_flow_sent_by(&flow)),
			 sip_sockaddr_port(&transport->bound));
	assert_int_equal(sip_sockaddr_parse(&flow.peer, RD_STR("127.0.0.8"), 5060), 0);
	assert_null(sip_flow_external(&flow));
	assert_ptr_equal(sip_flow_sent_by(&flow), &flow.local);
	assert_int_equal(sip_sockaddr_parse(&flow.peer, RD_STR("10.9.9.9"), 5060), 0);
	assert_null(sip_flow_external(&flow));
	external.sa.sa_family = 0;
	assert_int_equal(sip_transport_set_external(transport, &external, NULL), 0);
	assert_int_equal(sip_sockaddr_parse(&flow.peer, RD_STR("192.0.2.9"), 5060), 0);
	assert_null(sip_flow_external(&flow));
}

static void protocols_have_two_spellings(void **state)
{
	(void)state;
	assert_str(sip_protocol_name(SIP_TLS), "TLS");
	assert_str(sip_protocol_param(SIP_WSS), "wss");
	assert_int_equal(sip_protocol_of(RD_STR("uDp")), SIP_UDP);
	assert_int_equal(sip_protocol_of(RD_STR("SCTP")), SIP_PROTOCOLS);
}

/* ---- trace ---- */

static char lines[16][256];
static unsigned line_count;

static void keep_line(void *arg, const char *line)
{
	(void)arg;
	snprintf(lines[line_count++ % 16], sizeof(lines[0]), "%s", line);
}

static void send_to_port(const char *host, uint16_t port, const char *text)
{
	union sip_sockaddr peer;
	struct sip_flow flow;

	assert_int_equal(sip_sockaddr_parse(&peer, rd_str_of(host), port), 0);
	assert_int_equal(sip_flow_open(&flow, transport, &peer), 0);
	assert_int_equal(sip_flow_send(&flow, text, strlen(text)), 0);
}

static void send_to(const char *host, const char *text)
{
	send_to_port(host, 9, text);
}

static void a_trace_shows_messages_with_arrows(void **state)
{
	union sip_sockaddr peer;
	char want[256];

	(void)state;
	line_count = 0;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	assert_false(sip_trace_running(transports));
	assert_int_equal(sip_trace_start(transports, SIP_TRACE_TEXT, NULL, keep_line, NULL), 0);
	send_to("127.0.0.2", "INVITE x\r\nA: \033[1m\r\n\r\nbody");
	snprintf(want, sizeof(want),
		 "F1 INVITE: 127.0.0.1:%u UDP --> 127.0.0.2:9, 25 bytes, +0.000 s",
		 sip_sockaddr_port(&transport->bound));
	assert_string_equal(lines[0], want);
	assert_string_equal(lines[1], "    INVITE x");
	assert_string_equal(lines[2], "    A: .[1m");
	assert_string_equal(lines[3], "    ");
	assert_string_equal(lines[4], "    body");
	assert_int_equal(line_count, 5);
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("127.0.0.3"), 0), 0);
	assert_int_equal(sip_trace_start(transports, SIP_TRACE_TEXT, &peer, keep_line, NULL), 0);
	send_to("127.0.0.2", "BYE x");
	assert_int_equal(line_count, 5);
	send_to("127.0.0.3", "BYE x");
	assert_int_equal(line_count, 7);
	sip_trace_stop(transports);
	send_to("127.0.0.3", "BYE x");
	assert_int_equal(line_count, 7);
}

/* As the figures of RFC 3665 do. */
static void a_ladder_shows_who_says_what_to_whom(void **state)
{
	static const char *const want[] = {
		"      exchange                         127.0.0.2:9",
		"          |----------- INVITE F1 ---------->|",
		"      exchange                         127.0.0.2:9                       "
		"127.0.0.3:9",
		"          |------------------------------------------ 180 Ringing F2 -------->|",
		"          |------------ BYE F3 ------------>|                                 |",
		"          |    407 Proxy Authentication     |                                 |",
		"          |---------- Required F4 --------->|                                 |",
		"          |    422 Session Interval Too     |                                 |",
		"          |----------- Small F5 ----------->|                                 |",
		"          |--- 487 Request Terminated F6 -->|                                 |",
		"          |               500               |                                 |",
		"          | Verylongwordwithoutanyspaceinit |                                 |",
		"          |---------- nowhere F7 ---------->|                                 |",
	};

	(void)state;
	line_count = 0;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	assert_int_equal(sip_trace_start(transports, SIP_TRACE_LADDER, NULL, keep_line, NULL),
			 0);
	send_to("127.0.0.2", "INVITE sip:x SIP/2.0\r\n\r\n");
	send_to("127.0.0.3", "SIP/2.0 180 Ringing\r\n\r\n");
	send_to("127.0.0.2", "BYE sip:x SIP/2.0\r\n\r\n");
	send_to("127.0.0.2", "SIP/2.0 407 Proxy Authentication Required\r\n\r\n");
	send_to("127.0.0.2", "SIP/2.0 422 Session Interval Too Small\r\n\r\n");
	send_to("127.0.0.2", "SIP/2.0 487 Request Terminated\r\n\r\n");
	send_to("127.0.0.2", "SIP/2.0 500 Verylongwordwithoutanyspaceinitnowhere\r\n\r\n");
	assert_int_equal(line_count, RD_ARRAY_SIZE(want));
	for (size_t i = 0; i < RD_ARRAY_SIZE(want); i++)
		assert_string_equal(lines[i], want[i]);
	sip_trace_stop(transports);
}

static int is_not_connected(struct sip_transport *transport, const struct sip_flow *flow,
			    const char *data, size_t size)
{
	(void)transport, (void)flow, (void)data, (void)size;
	return -ENOTCONN;
}

static void draw(const char *peer, const char *name, unsigned number)
{
	static struct sip_ladder ladder;
	union sip_sockaddr address;

	if (number == 1)
		ladder = (struct sip_ladder){ .print = keep_line };
	assert_int_equal(sip_sockaddr_parse(&address, rd_str_of(peer), 5060), 0);
	sip_ladder_message(&ladder, &address, 0, true, name, number);
}

static void far_ends_of_a_ladder_are_told_apart_by_their_names(void **state)
{
	static const char *const want[] = {
		"                                 [2001:db8:1234:5678:9a",
		"      exchange                   bc:def0:1234:5672]:5060",
		"          |<----------- ACK F1 -------------|",
		"                                 [2001:db8:1234:5678:9a           "
		" [2001:db8:1234:5678:9a",
		"      exchange                   bc:def0:1234:5672]:5060          "
		" bc:def0:1234:5673]:5060",
		"          |<--------------------------------------------- BYE F2 -"
		"------------|",
	};

	(void)state;
	line_count = 0;
	draw("2001:db8:1234:5678:9abc:def0:1234:5672", "ACK", 1);
	draw("2001:db8:1234:5678:9abc:def0:1234:5673", "BYE", 2);
	assert_int_equal(line_count, RD_ARRAY_SIZE(want));
	for (size_t i = 0; i < RD_ARRAY_SIZE(want); i++)
		assert_string_equal(lines[i], want[i]);
}

#define IN_DIALOG(to) "\r\nFrom: <sip:a@b>;tag=us\r\nTo: <sip:c@d>" to "\r\nCall-ID: one\r\n\r\n"

/* As when a peer answers our connection, and says BYE by its own. */
static void one_far_end_by_two_connections_is_one_column(void **state)
{
	(void)state;
	line_count = 0;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	assert_int_equal(sip_trace_start(transports, SIP_TRACE_LADDER, NULL, keep_line, NULL), 0);
	send_to("127.0.0.2", "INVITE sip:x SIP/2.0" IN_DIALOG(""));
	send_to("127.0.0.2", "ACK sip:x SIP/2.0" IN_DIALOG(";tag=them"));
	send_to_port("127.0.0.2", 4711, "BYE sip:x SIP/2.0" IN_DIALOG(";tag=them"));
	assert_int_equal(line_count, 4);
	assert_string_equal(lines[3], "          |------------ BYE F3 ------------>|");
	/* Another one there, and the same one elsewhere, are others. */
	send_to_port("127.0.0.2", 4712, "BYE sip:x SIP/2.0" IN_DIALOG(";tag=other"));
	assert_int_equal(line_count, 6);
	send_to_port("127.0.0.3", 9, "BYE sip:x SIP/2.0" IN_DIALOG(";tag=them"));
	assert_int_equal(line_count, 8);
	sip_trace_stop(transports);
}

/* It ends before the line above is full. */
static void a_word_that_an_arrow_has_no_room_for_is_broken(void **state)
{
	static const char word[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ\0behind its end";

	(void)state;
	line_count = 0;
	draw("127.0.0.2", word, 1);
	assert_int_equal(line_count, 3);
	assert_string_equal(lines[1], "          |               ABC               |");
	assert_string_equal(lines[2], "          |<- DEFGHIJKLMNOPQRSTUVWXYZ F1 ---|");
}

static void what_has_no_connection_to_go_by_is_not_traced(void **state)
{
	const struct sip_transport_ops *ops;
	struct sip_transport_ops broken;
	union sip_sockaddr peer;
	struct sip_flow flow;

	(void)state;
	line_count = 0;
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	ops = transport->ops;
	broken = *ops;
	broken.send = is_not_connected;
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("127.0.0.2"), 9), 0);
	assert_int_equal(sip_flow_open(&flow, transport, &peer), 0);
	assert_int_equal(sip_trace_start(transports, SIP_TRACE_LADDER, NULL, keep_line, NULL), 0);
	transport->ops = &broken;
	assert_int_equal(sip_flow_send(&flow, "BYE x", 5), -ENOTCONN);
	transport->ops = ops;
	assert_int_equal(line_count, 0);
	sip_trace_stop(transports);
}

static void a_pcap_file_holds_the_packets(void **state)
{
	char path[] = "/tmp/ringdown-test-XXXXXX";
	unsigned char file[512];
	int fd = mkstemp(path);
	ssize_t n;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	assert_int_equal(sip_trace_pcap_take(transports, dup(fd)), 0);
	assert_false(sip_trace_running(transports));
	send_to("127.0.0.2", "INVITE x");
	send_to("127.0.0.2", "BYE x");
	assert_int_equal(sip_trace_pcap_take(transports, -1), 0);
	send_to("127.0.0.2", "ACK x");
	rd__sched_run_idle();
	n = pread(fd, file, sizeof(file), 0);
	assert_int_equal(n, 24 + (16 + 28 + 8) + (16 + 28 + 5));
	assert_memory_equal(file, "\xd4\xc3\xb2\xa1", 4);
	assert_int_equal(file[20], 101);
	assert_int_equal(file[24 + 8], 28 + 8);
	assert_int_equal(file[40], 0x45);
	assert_memory_equal(file + 40 + 12, "\x7f\0\0\1\x7f\0\0\2", 8);
	assert_memory_equal(file + 40 + 22, "\0\x09\0\x10", 4);
	assert_memory_equal(file + 40 + 28, "INVITE x", 8);
	close(fd);
	unlink(path);
}

static void set_disk(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = RD_MIN(bytes, limit.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Records up to the end of the file: -1 when the last one is cut, or there is no header. */
static int records_of(int fd)
{
	unsigned char file[2048];
	ssize_t n = pread(fd, file, sizeof(file), 0), at = 24;
	int count = 0;

	if (n < 24 || memcmp(file, "\xd4\xc3\xb2\xa1", 4) != 0)
		return -1;
	for (; at + 16 <= n; count++)
		at += 16 + file[at + 8];
	return at == n ? count : -1;
}

static void a_full_disk_leaves_whole_records(void **state)
{
	char path[] = "/tmp/ringdown-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	set_disk(10); /* not even the header has room */
	assert_int_equal(sip_trace_pcap_take(transports, dup(fd)), 0);
	rd__sched_run_idle();
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	set_disk(100);
	send_to("127.0.0.2", "INVITE x");
	rd__sched_run_idle();
	assert_int_equal(records_of(fd), 1);
	send_to("127.0.0.2", "BYE x"); /* for half of which there is room */
	rd__sched_run_idle();
	assert_int_equal(records_of(fd), 1);
	set_disk(RLIM_INFINITY);
	send_to("127.0.0.2", "ACK x");
	assert_int_equal(sip_trace_pcap_take(transports, -1), 0);
	rd__sched_run_idle();
	assert_int_equal(records_of(fd), 2);
	signal(SIGXFSZ, SIG_DFL);
	close(fd);
	unlink(path);
}

/* More than waits for the disk, and what there is no memory for: both are told of, and
 * how much it was in the end. */
static void what_a_pcap_file_lacks_is_counted(void **state)
{
	static char text[60001];
	struct log_catch log;
	const char *said;
	int fd = open("/dev/null", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(open_udp("t", "127.0.0.1"), 0);
	assert_int_equal(sip_trace_pcap_take(transports, fd), 0);
	log_catch(&log);
	for (int i = 0; i < 73; i++) /* 70 fill 4 MiB */
		send_to("127.0.0.2", text);
	rd__sched_run_idle();
	send_to("127.0.0.2", "ACK x");
	rd__sched_run_idle();
	rd__alloc_fail_after(0);
	send_to("127.0.0.2", "BYE x");
	rd__alloc_fail_after(-1);
	assert_int_equal(sip_trace_pcap_take(transports, -1), 0);
	rd__sched_run_idle();
	said = log_caught(&log);
	assert_non_null(strstr(said, "the disk is slower than messages come; messages are left"));
	assert_non_null(strstr(said, "goes on, 180132 bytes of messages are missing"));
	assert_non_null(strstr(said, "cannot allocate memory; messages are left out"));
	assert_non_null(strstr(said, "ends, 49 bytes of messages are missing"));
}

/* ---- memory ---- */

static int open_and_trace(void *arg)
{
	struct sip_udp_options options = { .name = "t" };
	struct sip_transports *set;
	int rc = sip_transports_new(&set);

	(void)arg;
	if (rc)
		return rc;
	sip_sockaddr_parse(&options.bind, RD_STR("127.0.0.1"), 0);
	rc = sip_udp_open(set, &options, &transport);
	if (!rc)
		rc = sip_trace_start(set, SIP_TRACE_TEXT, NULL, keep_line, NULL);
	sip_transports_free(set);
	rd__sched_run_idle(); /* the loop lets go of the socket */
	return rc;
}

static void no_memory_is_survived(void **state)
{
	(void)state;
	assert_true(oom_sweep(open_and_trace, NULL) > 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_comes_while_the_buffer_is_full_is_counted),
		TEST(a_message_and_its_answer_travel_over_ipv4),
		TEST(a_message_and_its_answer_travel_over_ipv6),
		TEST(a_wildcard_answers_from_the_address_that_was_asked),
		TEST(an_ipv6_wildcard_does_so_too),
		TEST(noise_is_dropped),
		TEST(line_ends_before_a_message_are_passed_over),
		TEST(many_datagrams_arrive_in_order),
		TEST(each_datagram_counts_as_one_message),
		TEST(an_occupied_port_is_told),
		TEST(what_is_sent_too_large_is_told),
		TEST(transports_are_found_by_name_and_by_peer),
		TEST(a_flow_knows_our_address_and_outlives_its_transport),
		TEST(the_world_outside_hears_the_external_address),
		TEST(protocols_have_two_spellings),
		TEST(a_trace_shows_messages_with_arrows),
		TEST(a_ladder_shows_who_says_what_to_whom),
		TEST(far_ends_of_a_ladder_are_told_apart_by_their_names),
		TEST(one_far_end_by_two_connections_is_one_column),
		TEST(a_word_that_an_arrow_has_no_room_for_is_broken),
		TEST(what_has_no_connection_to_go_by_is_not_traced),
		TEST(a_pcap_file_holds_the_packets),
		TEST(what_a_pcap_file_lacks_is_counted),
		TEST(a_full_disk_leaves_whole_records),
		cmocka_unit_test(no_memory_is_survived),
	};
	int rc;

	if (rd__sched_init(0))
		return 1;
	rc = RUN_GROUP(tests);
	rd__sched_fini();
	return rc;
}
