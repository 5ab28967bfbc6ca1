/* TCP connections that we begin: what waits for them, what is drawn of it, and those that do not
 * come about. */
#include "tests/unit/stream_rig.h"

#include "channels/sip/transport/trace.h"

/* ---- connecting ---- */

static void what_is_sent_before_it_stands_waits_for_the_connection(void **state)
{
	union sip_sockaddr address;
	struct sip_flow flow, again;
	char heard[32] = "";
	int listener, fd;

	(void)state;
	open_stream();
	listener = open_listener(&address);
	assert_int_equal(sip_flow_open(&flow, transport, &address), 0);
	assert_int_equal(sip_flow_send(&flow, "one ", 4), 0);
	assert_int_equal(sip_flow_send(&flow, "two", 3), 0);
	assert_int_equal(sip_flow_open(&again, transport, &address), 0);
	assert_true(same_flow(&flow, &again));
	assert_int_equal(sip_sockaddr_port(&flow.local), sip_sockaddr_port(&transport->bound));
	assert_true(rd__sched_run_until(readable, &listener, 5000));
	fd = accept(listener, NULL, NULL);
	assert_true(rd__sched_run_until(readable, &fd, 5000));
	assert_int_equal(recv(fd, heard, sizeof(heard), MSG_WAITALL | MSG_DONTWAIT), 7);
	assert_string_equal(heard, "one two");
	assert_int_equal(transport->stats.connected, 1);
	close(fd);
	close(listener);
}

static void what_is_taken_back_before_it_stands_does_not_go(void **state)
{
	static const char bye[] = "BYE sip:a SIP/2.0\r\n\r\n", late[] = "ACK sip:a SIP/2.0\r\n\r\n";
	union sip_sockaddr address;
	struct sip_flow flow;
	char heard[sizeof(MESSAGE) + sizeof(late)] = "";
	int listener, fd;

	(void)state;
	open_stream();
	listener = open_listener(&address);
	assert_int_equal(sip_flow_open(&flow, transport, &address), 0);
	assert_int_equal(sip_flow_send(&flow, MESSAGE, strlen(MESSAGE)), 0);
	assert_int_equal(sip_flow_send(&flow, bye, strlen(bye)), 0);
	assert_int_equal(sip_flow_send(&flow, late, strlen(late)), 0);
	assert_int_equal(sip_flow_withdraw(&flow, bye, strlen(bye)), 0);
	assert_int_equal(sip_flow_withdraw(&flow, bye, strlen(bye)), -ENOENT);
	assert_int_equal(transport->stats.sent, 2);
	assert_true(rd__sched_run_until(readable, &listener, 5000));
	fd = accept(listener, NULL, NULL);
	assert_true(rd__sched_run_until(readable, &fd, 5000));
	assert_true(recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT) > 0);
	assert_string_equal(heard, MESSAGE "ACK sip:a SIP/2.0\r\n\r\n");
	assert_int_equal(sip_flow_withdraw(&flow, late, strlen(late)), -ENOENT);
	close(fd);
	close(listener);
}

static void a_connection_that_is_refused_is_told(void **state)
{
	union sip_sockaddr address;
	struct sip_flow flow;

	(void)state;
	open_stream();
	close(open_listener(&address));
	assert_int_equal(sip_flow_open(&flow, transport, &address), 0);
	assert_int_equal(sip_flow_send(&flow, "hello", 5), 0);
	assert_int_equal(lost_count, 0);
	wait_for(&lost_count, 1);
	assert_int_equal(lost_rc, -ECONNREFUSED);
	assert_true(same_flow(&lost_flow, &flow));
}

static char lines[8][128];
static unsigned line_count;

static void keep_line(void *arg, const char *line)
{
	(void)arg;
	snprintf(lines[line_count++ % 8], sizeof(lines[0]), "%s", line);
}

static void start_ladder(void)
{
	line_count = 0;
	assert_int_equal(sip_trace_start(transports, SIP_TRACE_LADDER, NULL, keep_line, NULL), 0);
}

static void what_waits_for_its_connection_is_drawn_when_it_goes(void **state)
{
	union sip_sockaddr address;
	struct sip_flow flow;
	int listener;

	(void)state;
	open_stream();
	listener = open_listener(&address);
	start_ladder();
	assert_int_equal(sip_flow_open(&flow, transport, &address), 0);
	assert_int_equal(sip_flow_send(&flow, MESSAGE, strlen(MESSAGE)), 0);
	assert_int_equal(sip_flow_send(&flow, "BYE sip:a SIP/2.0\r\n\r\n", 21), 0);
	assert_int_equal(line_count, 0);
	wait_for(&line_count, 3);
	assert_non_null(strstr(lines[1], "--- OPTIONS F1 ---"));
	assert_non_null(strstr(lines[2], "--- BYE F2 ---"));
	assert_int_equal(sip_flow_send(&flow, MESSAGE, strlen(MESSAGE)), 0);
	assert_int_equal(line_count, 4);
	close(listener);
}

static void what_waited_for_a_connection_in_vain_is_not_drawn(void **state)
{
	union sip_sockaddr address;
	struct sip_flow flow;

	(void)state;
	open_stream();
	close(open_listener(&address));
	start_ladder();
	assert_int_equal(sip_flow_open(&flow, transport, &address), 0);
	assert_int_equal(sip_flow_send(&flow, MESSAGE, strlen(MESSAGE)), 0);
	wait_for(&lost_count, 1);
	assert_int_equal(line_count, 0);
}

/* A listener that takes nobody: its queue is full, and the kernel drops. */
static void a_connection_that_does_not_come_about_in_time_is_told(void **state)
{
	union sip_sockaddr address;
	struct sip_flow flow[12];
	int listener;

	(void)state;
	options.connect_ms = 100;
	open_stream();
	listener = open_listener(&address);
	assert_int_equal(listen(listener, 0), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(flow); i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		connect(fd, &address.sa, sizeof(address.in4));
		if (i < RD_ARRAY_SIZE(flow) - 1)
			continue;
		assert_int_equal(sip_flow_open(&flow[0], transport, &address), 0);
		wait_for(&lost_count, 1);
	}
	assert_int_equal(lost_rc, -ETIMEDOUT);
	for (int fd = listener; fd < listener + 16; fd++)
		close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_before_it_stands_waits_for_the_connection),
		TEST(what_is_taken_back_before_it_stands_does_not_go),
		TEST(what_waits_for_its_connection_is_drawn_when_it_goes),
		TEST(what_waited_for_a_connection_in_vain_is_not_drawn),
		TEST(a_connection_that_is_refused_is_told),
		TEST(a_connection_that_does_not_come_about_in_time_is_told),
	};

	return RUN_GROUP(tests);
}

int main(void)
{
	return run_stream_tests(run);
}
