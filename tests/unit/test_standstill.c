/* A process that is stopped, or whose machine sleeps: the watchdog blames nobody for that.
 * On the real clock, in a child, for whoever started the tests sees no stop of them. */
#include "tests/unit/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/fiber.h>

#include "core/media/media.h"
#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/sched/standstill.h"
#include "core/sched/watchdog.h"
#include "core/sched/watched.h"
#include "tests/unit/burn.h"

enum { STOP_MS = 1500, SLICE_MS = 200 };

/* What the child found. */
struct found {
	unsigned long stuck, media_stuck, media_slow;
	uint64_t stall_us, media_stall_us;
};

/* By somebody else; returns when this goes on. */
static void be_stopped(void)
{
	pid_t us = getpid(), other = fork();

	if (other == 0) {
		usleep(50000);
		kill(us, SIGSTOP);
		usleep(STOP_MS * 1000);
		kill(us, SIGCONT);
		_exit(0);
	}
	waitpid(other, NULL, 0);
}

static int find_after(void (*fn)(void), struct found *found)
{
	uint64_t at_us;

	if (rd__watchdog_start(0, 0))
		return -1;
	rd_sleep(1); /* the slice before was not watched from its beginning */
	fn();
	rd_sleep(1);
	*found = (struct found){ rd__watchdog_stuck(), rd__watched_stuck(),
				 rd__watchdog_media_slow(), rd__watchdog_stall(&at_us),
				 rd__watchdog_media_stall(&at_us) };
	rd__watchdog_stop();
	return 0;
}

static int run(void *arg)
{
	struct found found;
	int rc = find_after(*(void (**)(void))arg, &found);

	return rc || write(STDOUT_FILENO, &found, sizeof(found)) != sizeof(found);
}

static struct found in_child(void (*fn)(void))
{
	struct found found;
	int pipes[2], status;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		_exit(rd__sched_init(0) || rd__media_start(1) || rd__sched_call(run, &fn));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(read(pipes[0], &found, sizeof(found)), sizeof(found));
	close(pipes[0]);
	close(pipes[1]);
	return found;
}

static void be_stopped_in_a_slice(void)
{
	be_stopped();
	burn_ms(SLICE_MS);
}

/* The slice has lasted before and after: that is told as it is, but for the milliseconds in
 * which the fiber ran on and the watchdog had not. */
static void a_slice_is_not_blamed_for_the_time_it_was_stopped(void **state)
{
	struct found found = in_child(be_stopped_in_a_slice);

	(void)state;
	assert_int_equal(found.stuck, 0);
	assert_in_range(found.stall_us, SLICE_MS * 900, STOP_MS * 1000 - 1);
}

static bool was_stopped;

static ssize_t read_through_a_stop(void *arg, int16_t *samples, size_t max)
{
	(void)arg;
	memset(samples, 0, max * sizeof(*samples));
	if (!was_stopped)
		be_stopped_in_a_slice();
	was_stopped = true;
	return (ssize_t)max;
}

static void be_stopped_on_a_media_thread(void)
{
	static const struct rd_stream_ops ops = { .read = read_through_a_stop };
	struct rd_stream *stream;

	if (rd_stream_new_custom(&stream, &ops, NULL, 8000))
		return;
	rd__stream_echo(stream, true);
	rd_sleep(2 * STOP_MS);
}

static void nor_is_what_runs_on_a_media_thread(void **state)
{
	struct found found = in_child(be_stopped_on_a_media_thread);

	(void)state;
	assert_int_equal(found.stuck, 0);
	assert_int_equal(found.media_stuck, 0);
	assert_int_equal(found.media_slow, 1);
	assert_in_range(found.media_stall_us, SLICE_MS * 500, STOP_MS * 1000 - 1);
}

/* All threads go on at once: one reads the clock, and only then the watchdog's does. */
static void who_was_quicker_than_the_watchdog_took_no_time_either(void **state)
{
	uint64_t began_us = rd__clock_real_us(), now_us;

	(void)state;
	rd__standstill_start(20000);
	usleep(40000);
	now_us = rd__clock_real_us();
	burn_ms(1);
	assert_true(rd__standstill_look() > 0);
	assert_int_equal(rd__standstill_after(began_us, now_us), now_us);
	rd__standstill_start(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slice_is_not_blamed_for_the_time_it_was_stopped),
		cmocka_unit_test(nor_is_what_runs_on_a_media_thread),
		cmocka_unit_test(who_was_quicker_than_the_watchdog_took_no_time_either),
	};

	return RUN_GROUP(tests);
}
