/* TCP: messages and pings over real sockets on loopback, limits, slow readers,
 * connections that are found again, and those that are lost. */
#include "tests/unit/log_catch.h"
#include "tests/unit/sip_flow.h"
#include "tests/unit/sip_text.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/sched/sched.h"

#include <ringdown/clock.h>

#include "channels/sip/transport/trace.h"
#include "channels/sip/transport/transport.h"

#define LARGE_HEAD "MESSAGE sip:a SIP/2.0\r\nContent-Length: 69000\r\n\r\n"
#define MESSAGE "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"

static struct sip_transports *transports;
static struct sip_transport *transport;
static struct sip_stream_options options;
static struct sip_flow_watcher watcher;
static struct sip_flow last_flow, lost_flow;
static char last[65536];
static unsigned count, lost_count, answered_count, broken_status;
static bool answers;
static int lost_rc;

static void on_message(void *arg, const struct sip_flow *flow, char *data, size_t size)
{
	(void)arg;
	memcpy(last, data, size);
	last[size] = '\0';
	last_flow = *flow;
	count++;
}

/* What refuses it, if anybody does. */
static void on_broken(void *arg, const struct sip_flow *flow, char *head, size_t size,
		      unsigned status, const char *why)
{
	char answer[32];

	(void)arg, (void)why;
	snprintf(answer, sizeof(answer), "SIP/2.0 %u\r\n", status);
	memcpy(last, head, size);
	last[size] = '\0';
	last_flow = *flow;
	broken_status = status;
	if (answers)
		assert_int_equal(sip_flow_send(flow, answer, strlen(answer)), 0);
}

static void on_lost(void *arg, const struct sip_flow *flow, int rc)
{
	(void)arg;
	lost_flow = *flow;
	lost_rc = rc;
	lost_count++;
}

static void on_answered(void *arg, const struct sip_flow *flow, const struct sip_stun_reply *reply)
{
	(void)arg, (void)flow;
	assert_null(reply);
	answered_count++;
}

static int setup(void **state)
{
	(void)state;
	count = lost_count = answered_count = broken_status = 0;
	answers = false;
	options = (struct sip_stream_options){ .name = "t", .protocol = SIP_TCP };
	sip_sockaddr_parse(&options.bind, RD_STR("127.0.0.1"), 0);
	if (sip_transports_new(&transports))
		return -1;
	sip_transports_set_receiver(transports, on_message, NULL);
	sip_transports_set_refuser(transports, on_broken);
	watcher.lost = on_lost;
	watcher.answered = on_answered;
	sip_transports_watch(transports, &watcher);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_flow_watcher_remove(&watcher);
	sip_transports_free(transports);
	rd__sched_run_idle();
	return 0;
}

static void open_stream(void)
{
	assert_int_equal(sip_stream_open(transports, &options, &transport), 0);
	assert_true(transport->reliable);
}

/* A phone: a plain socket that waits at most five seconds. */
static int open_phone(void)
{
	struct timeval patience = { 5, 0 };
	int fd = socket(transport->bound.sa.sa_family, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
			 0);
	assert_int_equal(connect(fd, &transport->bound.sa,
				 sip_sockaddr_len(&transport->bound)),
			 0);
	return fd;
}

/* Where a peer listens, and its address. */
static int open_listener(union sip_sockaddr *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	sip_sockaddr_parse(address, RD_STR("127.0.0.1"), 0);
	assert_int_equal(bind(fd, &address->sa, sizeof(address->in4)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, &address->sa, &size), 0);
	return fd;
}

static bool reached(void *arg)
{
	const unsigned *pair[2];

	memcpy(pair, arg, sizeof(pair));
	return *pair[0] >= *pair[1];
}

static void wait_for(const unsigned *counter, unsigned wanted)
{
	const unsigned *pair[2] = { counter, &wanted };

	assert_true(rd__sched_run_until(reached, pair, 5000));
	assert_int_equal(*counter, wanted);
}

static void phone_sends(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static bool readable(void *arg)
{
	struct pollfd at = { .fd = *(int *)arg, .events = POLLIN };

	return poll(&at, 1, 0) == 1;
}

static void phone_hears(int fd, const char *text)
{
	char heard[256] = "";

	assert_true(rd__sched_run_until(readable, &fd, 5000));
	assert_true(recv(fd, heard, sizeof(heard) - 1, 0) >= 0);
	assert_string_equal(heard, text);
}

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

/* Open a flow to a peer and be it. */
static int be_called(int listener, const union sip_sockaddr *address,
		     struct sip_flow *flow)
{
	int fd;

	assert_int_equal(sip_flow_open(flow, transport, address), 0);
	assert_true(rd__sched_run_until(readable, &listener, 5000));
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	return fd;
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

/* ---- limits ---- */

static void a_slow_reader_loses_its_connection(void **state)
{
	static char text[4096];
	unsigned sent = 0;
	int fd, rc;

	(void)state;
	options.queue_size = 64 << 10;
	open_stream();
	fd = open_phone();
	phone_sends(fd, MESSAGE);
	wait_for(&count, 1);
	while ((rc = sip_flow_send(&last_flow, text, sizeof(text))) == 0 && sent < 10000)
		sent++;
	assert_int_equal(rc, -ENOTCONN);
	assert_true(sent > 16);
	assert_int_equal(lost_count, 0);
	wait_for(&lost_count, 1);
	assert_int_equal(lost_rc, -ENOBUFS);
	close(fd);
}

static void a_slow_reader_who_catches_up_misses_nothing(void **state)
{
	static char text[4096], heard[65536];
	size_t sent = 0, got = 0;
	int fd;

	(void)state;
	options.queue_size = 16 << 20;
	open_stream();
	fd = open_phone();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	phone_sends(fd, MESSAGE);
	wait_for(&count, 1);
	for (; sent < (8 << 20); sent += sizeof(text)) {
		memset(text, 'a' + (int)(sent / sizeof(text) % 26), sizeof(text));
		assert_int_equal(sip_flow_send(&last_flow, text, sizeof(text)), 0);
	}
	while (got < sent) {
		ssize_t n = recv(fd, heard, sizeof(heard), 0);

		for (ssize_t i = 0; i < n; i++, got++)
			if (heard[i] != 'a' + (int)(got / sizeof(text) % 26))
				fail_msg("byte %zu is wrong", got);
		if (n <= 0)
			rd__sched_run_for(1);
	}
	assert_int_equal(lost_count, 0);
	close(fd);
}

static void lost_after(const char *text, int ms)
{
	uint64_t before, after;
	int fd;

	open_stream();
	fd = open_phone();
	phone_sends(fd, text);
	before = rd_now_ms();
	wait_for(&lost_count, 1);
	after = rd_now_ms();
	assert_int_equal(lost_rc, -ETIMEDOUT);
	assert_in_range(after - before, (uint64_t)ms / 2, (uint64_t)ms + 2000);
	close(fd);
}

static void whoever_says_nothing_is_not_kept(void **state)
{
	(void)state;
	options.half_open_ms = 100;
	lost_after("\r\n", 100);
}

static void half_a_message_is_not_waited_for_long(void **state)
{
	(void)state;
	options.half_open_ms = 100;
	lost_after(MESSAGE "OPTIONS", 100);
	assert_int_equal(count, 1);
}

static void an_unused_connection_is_closed(void **state)
{
	(void)state;
	options.idle_ms = 150;
	lost_after(MESSAGE, 150);
}

static bool is_refused(void *arg)
{
	(void)arg;
	return transport->stats.refused == 1;
}

static void a_connection_without_memory_is_refused(void **state)
{
	int fd;

	(void)state;
	open_stream();
	fd = open_phone();
	rd__alloc_fail_after(0);
	assert_true(rd__sched_run_until(is_refused, NULL, 5000));
	rd__alloc_fail_after(-1);
	phone_hears(fd, "");
	assert_int_equal(transport->stats.accepted, 0);
	close(fd);
	fd = open_phone();
	phone_sends(fd, MESSAGE);
	wait_for(&count, 1);
	close(fd);
}

static int lines_with(const char *text, const char *what)
{
	int count = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		count++;
	return count;
}

static void one_address_has_its_share_only(void **state)
{
	struct log_catch caught;
	const char *text;
	int fd[4];

	(void)state;
	options.peer_connections = 2;
	open_stream();
	log_catch(&caught);
	for (int i = 0; i < 4; i++)
		fd[i] = open_phone();
	phone_sends(fd[0], MESSAGE);
	phone_sends(fd[1], MESSAGE);
	wait_for(&count, 2);
	phone_hears(fd[2], "");
	phone_hears(fd[3], "");
	text = log_caught(&caught);
	assert_int_equal(lines_with(text, "no further connection with 127.0.0.1: there are 2, "
					  "which is max_connections_per_peer"), 1);
	assert_int_equal(transport->stats.refused, 2);
	assert_int_equal(transport->stats.connections, 2);
	close(fd[0]);
	wait_for(&lost_count, 1);
	close(fd[2]);
	fd[2] = open_phone();
	phone_sends(fd[2], MESSAGE);
	wait_for(&count, 3);
	for (int i = 1; i < 4; i++)
		close(fd[i]);
}

static void there_are_no_more_connections_than_allowed(void **state)
{
	struct log_catch caught;
	int fd[3];

	(void)state;
	options.connections = 1;
	open_stream();
	log_catch(&caught);
	for (int i = 0; i < 3; i++)
		fd[i] = open_phone();
	phone_sends(fd[0], MESSAGE);
	wait_for(&count, 1);
	phone_hears(fd[1], "");
	phone_hears(fd[2], "");
	assert_int_equal(lines_with(log_caught(&caught), "no further connection: there are 1, "
							 "which is max_connections"), 1);
	assert_int_equal(transport->stats.refused, 2);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}

static void the_last_descriptors_are_not_for_connections(void **state)
{
	struct rlimit usual, few;
	int fd, next;

	(void)state;
	open_stream();
	next = dup(STDIN_FILENO);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	few = usual;
	few.rlim_cur = (rlim_t)next + 2; /* one for the phone, one for the exchange */
	fd = open_phone();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_true(rd__sched_run_until(is_refused, NULL, 5000));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	phone_hears(fd, "");
	assert_int_equal(transport->stats.accepted, 0);
	close(fd);
	fd = open_phone();
	phone_sends(fd, MESSAGE);
	wait_for(&count, 1);
	close(fd);
}

static void many_connections_are_told_apart(void **state)
{
	struct sip_flow flow[100];
	int fd[100];

	(void)state;
	open_stream();
	for (unsigned i = 0; i < 100; i++) {
		fd[i] = open_phone();
		phone_sends(fd[i], MESSAGE);
		wait_for(&count, i + 1);
		flow[i] = last_flow;
	}
	for (int i = 0; i < 100; i += 2)
		close(fd[i]);
	wait_for(&lost_count, 50);
	for (int i = 0; i < 100; i++)
		assert_int_equal(sip_flow_alive(&flow[i]), i % 2);
	for (int i = 1; i < 100; i += 2) {
		assert_int_equal(sip_flow_send(&flow[i], "mine", 4), 0);
		phone_hears(fd[i], "mine");
		close(fd[i]);
	}
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

int main(void)
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
		TEST(what_is_sent_before_it_stands_waits_for_the_connection),
		TEST(what_is_taken_back_before_it_stands_does_not_go),
		TEST(what_waits_for_its_connection_is_drawn_when_it_goes),
		TEST(what_waited_for_a_connection_in_vain_is_not_drawn),
		TEST(a_connection_that_is_refused_is_told),
		TEST(a_connection_that_does_not_come_about_in_time_is_told),
		TEST(requests_go_back_over_the_connection_they_came_by),
		TEST(an_alias_leads_back_where_it_is_trusted),
		TEST(an_alias_of_anybody_is_not_heeded),
		TEST(a_flow_from_the_store_has_no_connection),
		TEST(a_slow_reader_loses_its_connection),
		TEST(a_slow_reader_who_catches_up_misses_nothing),
		TEST(whoever_says_nothing_is_not_kept),
		TEST(half_a_message_is_not_waited_for_long),
		TEST(an_unused_connection_is_closed),
		TEST(a_connection_without_memory_is_refused),
		TEST(one_address_has_its_share_only),
		TEST(there_are_no_more_connections_than_allowed),
		TEST(the_last_descriptors_are_not_for_connections),
		TEST(many_connections_are_told_apart),
		TEST(closing_the_transport_tells_and_frees_all),
		cmocka_unit_test(no_memory_is_survived),
	};
	int rc;

	if (rd__sched_init(0))
		return 1;
	rc = RUN_GROUP(tests);
	rd__sched_fini();
	return rc;
}
