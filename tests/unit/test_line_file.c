/* Files that grow by whole lines: batches, a place that does not take them, memory
 * that runs out, the end. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/oom.h"

#include <stdatomic.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>

#include "core/sched/sched.h"
#include "modules/line_file.h"

static struct line_file *file;

static int setup(void **state)
{
	(void)state;
	conf_dir_make();
	return rd__sched_init(0);
}

static int teardown(void **state)
{
	(void)state;
	rd__sched_fini();
	conf_dir_remove();
	return 0;
}

static const char *path_of(const char *name)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s", conf_dir_path(), name);
	return path;
}

static const char *contents(const char *name)
{
	static char text[256];
	FILE *f = fopen(path_of(name), "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return text;
}

static void add(const char *line)
{
	line_file_add(file, line, strlen(line));
}

static void wait_for(const char *name, const char *expected)
{
	for (int i = 0; i < 1000 && strcmp(contents(name), expected) != 0; i++)
		rd_sleep(10);
	assert_string_equal(contents(name), expected);
}

static int write_lines(void *arg)
{
	(void)arg;
	assert_int_equal(line_file_new(&file, path_of("new/folder/lines")), 0);
	add("one\n");
	add("two\n");
	assert_string_equal(contents("new/folder/lines"), "");
	wait_for("new/folder/lines", "one\ntwo\n");
	/* Somebody has taken it away. */
	assert_int_equal(unlink(path_of("new/folder/lines")), 0);
	add("three\n");
	line_file_free(file);
	wait_for("new/folder/lines", "three\n");
	return 0;
}

static void lines_are_written_together_and_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(write_lines, NULL), 0);
}

static bool comes_within(const char *name, const char *expected, uint64_t least_ms,
			 uint64_t most_ms)
{
	uint64_t began_ms = rd_now_ms(), took_ms;

	wait_for(name, expected);
	took_ms = rd_now_ms() - began_ms;
	return took_ms >= least_ms && took_ms <= most_ms;
}

static bool is_soon_written(const char *name)
{
	bool in_time;

	assert_int_equal(line_file_new(&file, path_of(name)), 0);
	add("one\n");
	in_time = comes_within(name, "one\n", 0, 300);
	add("two\n");
	rd_sleep(50);
	add("three\n");
	in_time &= comes_within(name, "one\ntwo\nthree\n", 100, 600);
	rd_sleep(600);
	add("four\n");
	in_time &= comes_within(name, "one\ntwo\nthree\nfour\n", 0, 300);
	line_file_free(file);
	return in_time;
}

/* On a machine with other work it may be late, but not each time. */
static int write_soon(void *arg)
{
	bool in_time = false;
	char name[16];

	(void)arg;
	for (int i = 0; i < 20 && !in_time; i++) {
		snprintf(name, sizeof(name), "lines%d", i);
		in_time = is_soon_written(name);
	}
	assert_true(in_time);
	return 0;
}

static void a_line_goes_at_once_and_those_soon_after_it_together(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(write_soon, NULL), 0);
}

static int write_later(void *arg)
{
	(void)arg;
	conf_dir_write("place", "no folder");
	assert_int_equal(line_file_new(&file, path_of("place/lines")), 0);
	add("one\n");
	rd_sleep(700);
	add("two\n");
	assert_int_equal(unlink(path_of("place")), 0);
	wait_for("place/lines", "one\ntwo\n");
	line_file_free(file);
	return 0;
}

static void what_cannot_be_written_is_written_later(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(write_later, NULL), 0);
}

static atomic_bool held;

static int hold(void *arg)
{
	(void)arg;
	while (atomic_load(&held))
		usleep(1000);
	return 0;
}

/* No thread of the pool has time for a batch. */
static void hold_pool(void)
{
	struct rd__pool_state pool;

	rd__offload_look(0, &pool);
	assert_true(pool.threads > 0);
	atomic_store(&held, true);
	for (int i = 0; i < pool.threads; i++)
		assert_int_equal(rd_offload_then(hold, NULL, NULL), 0);
}

static void let_pool_go(void)
{
	atomic_store(&held, false);
	while (rd__offload_running())
		rd_sleep(1);
}

static int add_meanwhile(void *arg)
{
	(void)arg;
	conf_dir_write("place", "no folder");
	assert_int_equal(line_file_new(&file, path_of("place/lines")), 0);
	hold_pool();
	add("one\n");
	rd_sleep(20); /* now it is on its way */
	add("two\n");
	let_pool_go();
	assert_int_equal(unlink(path_of("place")), 0);
	wait_for("place/lines", "one\ntwo\n");
	line_file_free(file);
	return 0;
}

static void lines_that_come_meanwhile_stand_behind_it(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(add_meanwhile, NULL), 0);
}

static int lose_one(void *arg)
{
	(void)arg;
	assert_int_equal(line_file_new(&file, path_of("lines")), 0);
	add("one\n");
	rd__alloc_fail_after(0);
	add("a line that is longer than the room that there is, and so it needs memory\n");
	rd__alloc_fail_after(-1);
	add("three\n");
	wait_for("lines", "one\nthree\n");
	line_file_free(file);
	return 0;
}

static void a_line_without_memory_takes_no_other_along(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(lose_one, NULL), 0);
}

static int write_and_close(void *arg)
{
	int rc = line_file_new(&file, path_of("lines"));

	(void)arg;
	if (rc)
		return rc;
	add("one\n");
	line_file_free(file);
	rd_sleep(20); /* the pool */
	return 0;
}

static int sweep(void *arg)
{
	(void)arg;
	return (int)oom_sweep_lenient(write_and_close, NULL);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_true(rd__sched_call(sweep, NULL) > 2);
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(lines_are_written_together_and_at_the_end),
		ON_LOOP(a_line_goes_at_once_and_those_soon_after_it_together),
		ON_LOOP(what_cannot_be_written_is_written_later),
		ON_LOOP(lines_that_come_meanwhile_stand_behind_it),
		ON_LOOP(a_line_without_memory_takes_no_other_along),
		ON_LOOP(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
