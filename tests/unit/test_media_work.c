/* Media threads that a module holds up: who is named, and what health and figures say. */
#include "tests/unit/test.h"

#include <stdatomic.h>
#include <unistd.h>

#include "core/health.h"
#include "core/media/engine.h"
#include "core/media/thread.h"
#include "core/sched/watchdog.h"
#include "core/sched/watched.h"
#include "tests/unit/burn.h"
#include "tests/unit/console.h"
#include "tests/unit/media_rig.h"

static char output[16384];
static atomic_int slow_ms;

/* A driver's own sound: as slow as is set. */
static ssize_t read_slowly(void *arg, int16_t *samples, size_t max)
{
	(void)arg;
	(void)samples;
	(void)max;
	burn_ms(atomic_load(&slow_ms));
	return 0;
}

/* What a stream of that driver, whose every read takes so long, has the watchdog say. */
static void run(int ms, int for_ms)
{
	static const struct rd_stream_ops ops = { .read = read_slowly };
	FILE *log = tmpfile();
	int former = dup(STDERR_FILENO);
	struct rd_stream *stream;
	size_t n;

	atomic_store(&slow_ms, ms);
	assert_int_equal(rd__watchdog_start(20, 200), 0);
	assert_int_equal(rd_stream_new_custom(&stream, &ops, NULL, 8000), 0);
	rd__stream_set_label(stream, "Mine/300-00000001");
	assert_int_equal(rd__stream_echo(stream, true), 0); /* brings it to a thread */
	dup2(fileno(log), STDERR_FILENO);
	rig_run(for_ms);
	atomic_store(&slow_ms, 0);
	rig_run(ms + 50);
	dup2(former, STDERR_FILENO);
	close(former);
	rd_stream_close(stream);
	rig_run(50);
	rewind(log);
	n = fread(output, 1, sizeof(output) - 1, log);
	output[n] = '\0';
	fclose(log);
}

static int count(const char *text)
{
	int n = 0;

	for (const char *at = output; (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void assert_health(int status, const char *line)
{
	assert_int_equal(console(rd__health_commands, "core show health"), status);
	if (!strstr(console_text(), line))
		fail_msg("no \"%s\" in\n%s", line, console_text());
}

static void who_holds_a_media_thread_is_told_once_with_its_call(void **state)
{
	(void)state;
	run(50, 400);
	assert_int_equal(count("channel Mine/300-00000001 held a media thread for "), 1);
	assert_int_equal(count(" ms, in test_media_work+0x"), 1);
	assert_true(rd__watchdog_media_slow() > 1);
	assert_health(1, "! Media threads ");
	rd__watchdog_stop();
}

static void a_media_thread_that_does_not_come_back_is_told_while_it_lasts(void **state)
{
	unsigned long before = rd__watched_stuck();

	(void)state;
	run(600, 500);
	assert_int_equal(count("watchdog: media thread 1 is held for "), 1);
	assert_int_equal(count(" ms now; module unknown, channel Mine/300-00000001, in "), 1);
	assert_int_equal(rd__watched_stuck() - before, 1);
	rd__watchdog_stop();
}

static uint64_t passes_above(size_t power)
{
	uint64_t count = 0;

	for (; power < RD__PASS_POWERS; power++)
		count += atomic_load(&rd__thread_at(0)->work.passes[power]);
	return count;
}

static void passes_are_counted_by_how_long_they_last(void **state)
{
	uint64_t before = passes_above(16);

	(void)state;
	run(70, 300);
	assert_in_range(passes_above(16) - before, 2, 8); /* of 65 ms and more */
	assert_in_range(rd__work_lately_us(&rd__thread_at(0)->work), 70000, 500000);
	rd__watchdog_stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_holds_a_media_thread_is_told_once_with_its_call),
		TEST(a_media_thread_that_does_not_come_back_is_told_while_it_lasts),
		TEST(passes_are_counted_by_how_long_they_last),
	};

	rig_threads = 1;
	return RUN_GROUP(tests);
}
