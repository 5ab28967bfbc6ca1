/* TCP: who reads too slowly, says too little or has too many connections. */
#include "tests/unit/log_catch.h"
#include "tests/unit/stream_rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <ringdown/clock.h>

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
					  "which is max_connections_per_peer"),
			 1);
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
							 "which is max_connections"),
			 1);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int run(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return RUN_GROUP(tests);
}

int main(void)
{
	return run_stream_tests(run);
}
