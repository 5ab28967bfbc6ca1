/* TCP: messages and pings over real sockets on loopback, connections that are found again, and
 * the end of them. */
#include "tests/unit/stream_rig.h"
#include "channels/sip/transport/open.h"

#include <stdlib.h>

#define LARGE_HEAD "MESSAGE sip:a SIP/2.0\r\nContent-Length: 69000\r\n\r\n"

/* ---- messages ---- */

static void travels_over(const char *host)
{
	int fd;

	assert_int_equal(sip_sockaddr_parse(&options.bind, rd_str_of(host), 0), 0);
	open_stream();
	fd = open_phone();
	phone_sends(fd, MESSAGE);
	wait_for(&count, 1);
	assert_string_equal(last, MESSAGE);
	assert_true(last_flow.connection != 0);
	assert_true(sip_sockaddr_equal(&last_flow.local, &transport->bound));
	assert_int_equal(sip_flow_send(&last_flow, "answer", 6), 0);
	phone_hears(fd, "answer");
	assert_int_equal(transport->stats.accepted, 1);
	assert_int_equal(transport->stats.connections, 1);
	close(fd);
	wait_for(&lost_count, 1);
	assert_true(same_flow(&lost_flow, &last_flow));
	assert_false(sip_flow_alive(&last_flow));
	assert_int_equal(sip_flow_send(&last_flow, "answer", 6), -ENOTCONN);
	assert_int_equal(transport->stats.connections, 0);
}

static void a_message_and_its_answer_travel_over_ipv4(void **state)
{
	(void)state;
	travels_over("127.0.0.1");
}

static void a_message_and_its_answer_travel_over_ipv6(void **state)
{
	(void)state;
	travels_over("::1");
}

static void pieces_and_trains_of_messages_arrive_whole(void **state)
{
	const char *train = MESSAGE MESSAGE MESSAGE "OPTIONS sip:b SIP/2.0\r\n";
	const char *rest = "Content-Length: 3\r\n\r\nabc";
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	phone_sends(fd, train);
	wait_for(&count, 3);
	for (const char *p = rest; *p; p++) {
		assert_int_equal(send(fd, p, 1, 0), 1);
		rd__sched_run_for(1);
	}
	wait_for(&count, 4);
	assert_string_equal(last, "OPTIONS sip:b SIP/2.0\r\nContent-Length: 3\r\n\r\nabc");
	phone_sends(fd, MESSAGE MESSAGE);
	wait_for(&count, 6);
	close(fd);
}

static void a_message_without_an_end_costs_the_connection(void **state)
{
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	phone_sends(fd, MESSAGE "OPTIONS sip:b SIP/2.0\r\n\r\nOPTIONS");
	phone_hears(fd, "");
	assert_int_equal(count, 1);
	assert_int_equal(broken_status, 400);
	assert_string_equal(last, "OPTIONS sip:b SIP/2.0\r\n\r\n");
	phone_sends(fd, MESSAGE); /* nobody listens */
	assert_false(sip_flow_alive(&last_flow));
	assert_int_equal(sip_flow_send(&last_flow, "x", 1), -ENOTCONN);
	close(fd);
	wait_for(&lost_count, 1);
	assert_int_equal(lost_rc, -EPROTO);
	assert_int_equal(count, 1);
}

/* The answer must not be overtaken by a reset: the far end has more to say. */
static void a_message_that_is_too_long_is_refused_before_the_end(void **state)
{
	static char text[70000];
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	answers = true;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, LARGE_HEAD, strlen(LARGE_HEAD));
	phone_sends(fd, text);
	phone_hears(fd, "SIP/2.0 413\r\n");
	assert_int_equal(broken_status, 413);
	assert_string_equal(last, LARGE_HEAD);
	phone_hears(fd, "");
	close(fd);
	wait_for(&lost_count, 1);
	assert_int_equal(count, 0);
}

static void a_header_that_is_too_long_is_refused_too(void **state)
{
	static const char head[] = "OPTIONS sip:b SIP/2.0\r\nTo: <sip:b>\r\nX-Long: ";
	static char text[70000];
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	answers = true;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, head, strlen(head));
	phone_sends(fd, text);
	phone_hears(fd, "SIP/2.0 513\r\n");
	assert_int_equal(broken_status, 513);
	assert_string_equal(last, "OPTIONS sip:b SIP/2.0\r\nTo: <sip:b>\r\n\r\n");
	phone_hears(fd, "");
	close(fd);
	wait_for(&lost_count, 1);
	assert_int_equal(count, 0);
}

static void a_line_without_an_end_is_refused_without_a_word(void **state)
{
	static char text[70000];
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	memset(text, 'x', sizeof(text) - 1);
	phone_sends(fd, text);
	phone_hears(fd, "");
	assert_int_equal(broken_status, 0);
	close(fd);
}

static void whoever_does_not_leave_is_not_waited_for(void **state)
{
	int fd;

	(void)state;
	options.half_open_ms = 100;
	open_stream();
	fd = open_phone();
	phone_sends(fd, "OPTIONS sip:b SIP/2.0\r\n\r\n");
	wait_for(&lost_count, 1);
	assert_int_equal(lost_rc, -ETIMEDOUT);
	close(fd);
}

/* ---- signs of life ---- */

static void a_ping_is_answered_with_a_pong(void **state)
{
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	phone_sends(fd, "\r\n\r\n");
	phone_hears(fd, "\r\n");
	phone_sends(fd, "\r\n");
	rd__sched_run_for(20);
	phone_sends(fd, "\r\n");
	phone_hears(fd, "\r\n");
	phone_sends(fd, "\r\n" MESSAGE "\r\n\r\n");
	phone_hears(fd, "\r\n");
	assert_int_equal(count, 1);
	close(fd);
}

/* The same with a stream that pings. */
static int open_and_be_called(int *listener, struct sip_flow *flow)
{
	union sip_sockaddr address;

	options.keepalive_ms = 50;
	open_stream();
	*listener = open_listener(&address);
	return be_called(*listener, &address, flow);
}

static void what_we_opened_is_pinged_and_a_lost_pong_noticed(void **state)
{
	struct sip_flow flow;
	int listener, fd;

	(void)state;
	fd = open_and_be_called(&listener, &flow);
	/* Whoever never answers one is left in peace. */
	phone_hears(fd, "\r\n\r\n");
	phone_hears(fd, "\r\n\r\n");
	phone_sends(fd, "\r\n");
	phone_hears(fd, "\r\n\r\n");
	assert_true(sip_flow_alive(&flow));
	assert_int_equal(lost_count, 0);
	wait_for(&lost_count, 1);
	assert_int_equal(lost_rc, -ETIMEDOUT);
	close(fd);
	close(listener);
}

/* One that answers none may send some itself: that is no answer. */
static void a_ping_of_theirs_is_no_pong(void **state)
{
	struct sip_flow flow;
	int listener, fd;

	(void)state;
	fd = open_and_be_called(&listener, &flow);
	phone_hears(fd, "\r\n\r\n");
	phone_sends(fd, "\r\n\r\n");
	phone_hears(fd, "\r\n");
	phone_hears(fd, "\r\n\r\n");
	phone_hears(fd, "\r\n\r\n");
	assert_int_equal(lost_count, 0);
	assert_true(sip_flow_alive(&flow));
	/* A pong and a ping at once. */
	phone_sends(fd, "\r\n\r\n\r\n");
	phone_hears(fd, "\r\n");
	wait_for(&lost_count, 1);
	assert_int_equal(lost_rc, -ETIMEDOUT);
	close(fd);
	close(listener);
}

/* Who registered has been promised an answer: silence is the end. */
static void who_is_asked_for_a_sign_of_life_gives_it_or_is_lost(void **state)
{
	union sip_sockaddr address;
	struct sip_flow flow;
	int listener, fd;

	(void)state;
	options.keepalive_ms = 400;
	open_stream();
	listener = open_listener(&address);
	fd = be_called(listener, &address, &flow);
	rd__sched_run_for(20);
	assert_int_equal(sip_flow_ping(&flow, NULL), 0);
	phone_hears(fd, "\r\n\r\n");
	phone_sends(fd, "\r\n");
	wait_for(&answered_count, 1);
	assert_int_equal(sip_flow_ping(&flow, NULL), 0);
	wait_for(&lost_count, 1);
	assert_int_equal(lost_rc, -ETIMEDOUT);
	assert_int_equal(answered_count, 1);
	assert_int_equal(sip_flow_ping(&flow, NULL), -ENOTCONN);
	close(fd);
	fd = be_called(listener, &address, &flow);
	rd__sched_run_for(20);
	assert_int_equal(sip_flow_ping(&flow, NULL), 0);
	wait_for(&lost_count, 2);
	close(fd);
	close(listener);
}

/* ---- finding ---- */

static void requests_go_back_over_the_connection_they_came_by(void **state)
{
	struct sip_flow flow;
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	phone_sends(fd, MESSAGE);
	wait_for(&count, 1);
	assert_int_equal(sip_flow_open(&flow, transport, &last_flow.peer), 0);
	assert_true(same_flow(&flow, &last_flow));
	close(fd);
}

static void alias_is(bool trusted)
{
	union sip_sockaddr address;
	struct sip_flow flow;
	int fd, listener;

	options.trust_alias = trusted;
	open_stream();
	listener = open_listener(&address);
	fd = open_phone();
	phone_sends(fd, MESSAGE);
	wait_for(&count, 1);
	sip_flow_alias(&last_flow, sip_sockaddr_port(&address));
	assert_int_equal(sip_flow_open(&flow, transport, &address), 0);
	assert_int_equal(flow.connection == last_flow.connection, trusted);
	close(fd);
	close(listener);
}

static void an_alias_leads_back_where_it_is_trusted(void **state)
{
	(void)state;
	alias_is(true);
}

static void an_alias_of_anybody_is_not_heeded(void **state)
{
	(void)state;
	alias_is(false);
}

static void a_flow_from_the_store_has_no_connection(void **state)
{
	union sip_sockaddr address;
	struct sip_flow flow;

	(void)state;
	open_stream();
	assert_int_equal(sip_sockaddr_parse(&address, RD_STR("127.0.0.1"), 9), 0);
	assert_int_equal(sip_flow_recall(&flow, transport, &address, (struct rd_str){ 0 }), 0);
	assert_false(sip_flow_alive(&flow));
	assert_int_equal(sip_flow_send(&flow, "x", 1), -ENOTCONN);
	assert_int_equal(transport->stats.connections, 0);
}

/* ---- the end ---- */

static void closing_the_transport_tells_and_frees_all(void **state)
{
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	phone_sends(fd, MESSAGE);
	wait_for(&count, 1);
	sip_transport_close(transport);
	assert_int_equal(lost_count, 1);
	assert_int_equal(sip_flow_send(&last_flow, "x", 1), -ENOTCONN);
	phone_hears(fd, "");
	close(fd);
}

static int open_and_talk(void *arg)
{
	struct sip_transports *set;
	struct sip_transport *one;
	struct sip_flow flow;
	int rc = sip_transports_new(&set);

	(void)arg;
	if (rc)
		return rc;
	rc = sip_stream_open(set, &options, &one);
	if (!rc)
		rc = sip_flow_open(&flow, one, &one->bound);
	if (!rc && sip_flow_send(&flow, MESSAGE, strlen(MESSAGE)))
		rc = -ENOMEM;
	rd__sched_run_for(2);
	sip_transports_free(set);
	rd__sched_run_idle();
	return rc;
}

static void no_memory_is_survived(void **state)
{
	(void)state;
	setup(NULL);
	assert_true(oom_sweep_lenient(open_and_talk, NULL) > 4);
	teardown(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_and_its_answer_travel_over_ipv4),
		TEST(a_message_and_its_answer_travel_over_ipv6),
		TEST(pieces_and_trains_of_messages_arrive_whole),
		TEST(a_message_without_an_end_costs_the_connection),
		TEST(a_message_that_is_too_long_is_refused_before_the_end),
		TEST(a_header_that_is_too_long_is_refused_too),
		TEST(a_line_without_an_end_is_refused_without_a_word),
		TEST(whoever_does_not_leave_is_not_waited_for),
		TEST(a_ping_is_answered_with_a_pong),
		TEST(what_we_opened_is_pinged_and_a_lost_pong_noticed),
		TEST(a_ping_of_theirs_is_no_pong),
		TEST(who_is_asked_for_a_sign_of_life_gives_it_or_is_lost),
		TEST(requests_go_back_over_the_connection_they_came_by),
		TEST(an_alias_leads_back_where_it_is_trusted),
		TEST(an_alias_of_anybody_is_not_heeded),
		TEST(a_flow_from_the_store_has_no_connection),
		TEST(closing_the_transport_tells_and_frees_all),
		cmocka_unit_test(no_memory_is_survived),
	};

	return RUN_GROUP(tests);
}

int main(void)
{
	return run_stream_tests(run);
}
