/* Rest under load: few messages are taken at once, many together. On the real
 * clock, so only what a busy machine makes clearer still is counted. */
#include "tests/unit/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <ringdown/io.h>

#include "core/sched/admission.h"
#include "core/sched/clock.h"
#include "core/sched/rest.h"
#include "core/sched/sched.h"

enum { PACE_US = 500, WARM_UP_MS = 300, MEASURE_MS = 300, TRIES = 20 };

static int pair[2];
static struct rd_watch *watch;
static unsigned wakes, messages;
static atomic_bool enough;
static pthread_t sender;
static bool sends;

/* All that waits, as the transports do. */
static void take(unsigned events, void *arg)
{
	char byte;
	unsigned n = 0;

	(void)events;
	(void)arg;
	while (recv(pair[1], &byte, 1, MSG_DONTWAIT) == 1)
		n++;
	wakes++;
	messages += n;
	if (n > 1)
		rd_io_load(n - 1);
}

static int setup(void **state)
{
	(void)state;
	wakes = messages = 0;
	enough = false;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) || rd__sched_init(0))
		return -1;
	return rd_watch_new(&watch, pair[1], RD_IO_READ, take, NULL);
}

static void stop_sending(void)
{
	enough = true;
	if (sends)
		pthread_join(sender, NULL);
	sends = false;
}

static int teardown(void **state)
{
	(void)state;
	stop_sending();
	rd_watch_free(watch);
	rd__sched_fini();
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static void *send_steadily(void *arg)
{
	struct timespec pace = { .tv_nsec = PACE_US * 1000L };
	uint64_t began_us = rd__clock_real_us(), sent = 0;

	(void)arg;
	while (!enough) { /* on a busy machine it oversleeps */
		while (sent * PACE_US < rd__clock_real_us() - began_us && !enough) {
			(void)!send(pair[0], "x", 1, MSG_DONTWAIT);
			sent++;
		}
		nanosleep(&pace, NULL);
	}
	return NULL;
}

static void begin_to_send(void)
{
	assert_int_equal(pthread_create(&sender, NULL, send_steadily, NULL), 0);
	sends = true;
	rd__sched_run_for(WARM_UP_MS);
}

/* Each 8 ms: with the shortest rest, 4 ms, there would be twice as many wakes. */
static bool are_taken_together(void)
{
	bool busy = rd__rest_is_busy();

	wakes = messages = 0;
	rd__sched_run_for(MEASURE_MS);
	return busy && wakes > 0 && wakes <= MEASURE_MS / 8 + 10 && messages >= 2 * wakes;
}

/* On a machine that is busy itself it may take a while until this is seen. */
static void many_messages_are_taken_together(void **state)
{
	bool together = false;

	(void)state;
	begin_to_send();
	for (int i = 0; i < TRIES && !together; i++)
		together = are_taken_together();
	assert_true(together);
}

/* The loop that rests keeps up: admission must not take it for one that does not. */
static void a_rest_is_a_pause(void **state)
{
	struct rd__admission_state admission;

	(void)state;
	begin_to_send();
	rd__sched_run_for(700);
	stop_sending();
	rd__admission_get(&admission);
	assert_in_range(admission.lag_ms, 0, 900);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
}

static void few_messages_do_not_wait(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++) {
		assert_int_equal(send(pair[0], "x", 1, 0), 1);
		rd__sched_run_for(10);
		assert_false(rd__rest_is_busy());
		assert_int_equal(messages, i + 1);
	}
}

static void the_rest_ends_with_the_load(void **state)
{
	(void)state;
	begin_to_send();
	stop_sending();
	rd__sched_run_for(250);
	assert_int_equal(send(pair[0], "x", 1, 0), 1);
	rd__sched_run_for(10);
	assert_false(rd__rest_is_busy());
}

/* Until it is as short as it gets, one is to bring the same number of messages. */
static void the_more_messages_come_the_shorter_it_is(void **state)
{
	(void)state;
	assert_int_equal(rd__rest_length_us(0), 0);
	assert_int_equal(rd__rest_length_us(499), 0);
	assert_int_equal(rd__rest_length_us(500), 8000);
	assert_int_equal(rd__rest_length_us(2000), 8000);
	assert_int_equal(rd__rest_length_us(2500), 6400);
	assert_int_equal(rd__rest_length_us(4000), 4000);
	assert_int_equal(rd__rest_length_us(50000), 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_messages_are_taken_together, setup, teardown),
		cmocka_unit_test_setup_teardown(a_rest_is_a_pause, setup, teardown),
		cmocka_unit_test_setup_teardown(few_messages_do_not_wait, setup, teardown),
		cmocka_unit_test(the_more_messages_come_the_shorter_it_is),
		cmocka_unit_test_setup_teardown(the_rest_ends_with_the_load, setup, teardown),
	};

	return RUN_GROUP(tests);
}
