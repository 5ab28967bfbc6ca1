/* The watchdog: slices that are too long, and who is named for them. On the real clock. */
#include "tests/unit/test.h"

#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <ringdown/fiber.h>
#include <ringdown/str.h>

#include "core/sched/clock.h"
#include "core/sched/place.h"
#include "core/sched/sample.h"
#include "core/sched/watchdog.h"
#include "tests/unit/burn.h"
#include "tests/unit/in_child.h"

static int setup(void **state)
{
	(void)state;
	return rd__sched_init(40);
}

static int teardown(void **state)
{
	(void)state;
	rd__sched_fini();
	return 0;
}

static int burn(void *arg)
{
	rd_fiber_set_module("app_slow");
	for (int i = 0; i < 3; i++) {
		burn_ms((int)(intptr_t)arg);
		rd_sleep(1);
	}
	return 0;
}

static void a_slow_slice_is_counted(void **state)
{
	(void)state;
	assert_int_equal(rd__watchdog_start(150, 0), 0);
	assert_int_equal(rd__sched_call(burn, (void *)0), 0);
	assert_int_equal(rd__watchdog_slow(), 0);
	assert_int_equal(rd__sched_call(burn, (void *)160), 0);
	assert_int_equal(rd__watchdog_slow(), 3);
	assert_int_equal(rd__watchdog_stuck(), 0);
	rd__watchdog_stop();
}

static void a_stuck_slice_is_reported_while_it_lasts(void **state)
{
	(void)state;
	assert_int_equal(rd__watchdog_start(0, 100), 0);
	assert_int_equal(rd__sched_call(burn, (void *)400), 0);
	assert_in_range(rd__watchdog_stuck(), 1, 4);
	rd__watchdog_stop();
}

/* ---- what is told on standard error ---- */

static int count(const char *text)
{
	int n = 0;

	for (const char *at = output; (at = strstr(at, text)); at++)
		n++;
	return n;
}

/* Not by usleep(), before which traps stand in a build that has them: of those there is one for
 * all places. */
static inline __attribute__((always_inline)) void block_ms(int ms)
{
	const struct timespec span = { .tv_nsec = ms * 1000000L };

	syscall(SYS_nanosleep, &span, NULL);
}

/* What ends the slice is another module's wait, each time the same one. */
static void wait_elsewhere(void)
{
	rd_fiber_set_module("app_wait");
	rd_sleep(1);
}

static int block_in_two_places(void *arg)
{
	rd__watchdog_start(20, 0);
	rd_sleep(1); /* the slice before was not watched from its beginning */
	for (int i = 0; i < 3; i++) {
		rd_fiber_set_module("app_first");
		block_ms(40);
		wait_elsewhere();
		rd_fiber_set_module("app_second");
		block_ms(40);
		wait_elsewhere();
	}
	rd__watchdog_stop();
	return arg != NULL;
}

static void each_place_that_blocks_is_told_once_with_its_module(void **state)
{
	(void)state;
	in_child(block_in_two_places, "");
	assert_int_equal(count("held the switch thread"), 2);
	expect("fiber main, module app_first held the switch thread for ");
	expect("fiber main, module app_second held the switch thread for ");
	assert_int_equal(count(" ms, at test_watchdog+0x"), 2);
}

/* Nearly all of it in this one function, not in those that it calls. */
static __attribute__((noinline)) void compute_ms(int ms)
{
	uint64_t until = rd__clock_real_us() + (uint64_t)ms * 1000;

	do {
		for (volatile int n = 0; n < 1000000; n++)
			;
	} while (rd__clock_real_us() < until);
}

static int compute_often(void *arg)
{
	rd__watchdog_start(20, 0);
	for (int i = 0; i < 6; i++) {
		compute_ms(30 + 3 * i); /* met at another instruction each time */
		rd_sleep(1);
	}
	rd__watchdog_stop();
	return arg != NULL;
}

static void a_function_that_computes_is_one_place(void **state)
{
	(void)state;
	in_child(compute_often, "");
	assert_int_equal(count("held the switch thread"), 1);
}

/* Two modules that have the same function of the core compute. */
static __attribute__((noinline)) int compute_for_first(void)
{
	compute_ms(40);
	return rd_sleep(1);
}

static __attribute__((noinline)) int compute_for_second(void)
{
	compute_ms(40);
	return rd_sleep(1);
}

static bool is_in(const void *place, int (*function)(void))
{
	const char *at = place, *from = (const char *)function;

	return at > from && at < from + 40;
}

static bool first_or_second(const void *place, char *name, size_t size)
{
	if (is_in(place, compute_for_first))
		return rd_strcpy(name, size, "mod_first#1");
	return is_in(place, compute_for_second) && rd_strcpy(name, size, "mod_second");
}

static void compute_for_both(void)
{
	compute_for_first();
	compute_for_second();
}

static int compute_for_two(void *arg)
{
	rd__place_set_owner(first_or_second);
	rd__watchdog_start(20, 0);
	rd_sleep(1);
	compute_for_both();
	compute_for_both();
	if (arg) {
		rd__watchdog_forget("mod_first", NULL, NULL);
		compute_for_both();
	}
	rd__watchdog_stop();
	return 0;
}

static void two_modules_in_one_function_of_the_core_are_both_told(void **state)
{
	(void)state;
	in_child(compute_for_two, "");
	assert_int_equal(count("module mod_first#1 held the switch thread"), 1);
	assert_int_equal(count("module mod_second held the switch thread"), 1);
}

static int compute_for_two_again(void *arg)
{
	(void)arg;
	return compute_for_two("");
}

static void a_module_that_comes_anew_is_told_anew(void **state)
{
	(void)state;
	in_child(compute_for_two_again, "");
	assert_int_equal(count("module mod_first#1 held the switch thread"), 2);
	assert_int_equal(count("module mod_second held the switch thread"), 1);
}

static int block_where_code_goes(void *arg)
{
	const char *code = (const char *)compute_ms;

	rd__watchdog_start(20, 0);
	rd_sleep(1);
	for (int i = 0; i < 3; i++) {
		if (i == 2)
			rd__watchdog_forget("mod_gone", code, code + 1);
		compute_ms(40);
		rd_sleep(1);
	}
	rd__watchdog_stop();
	return arg != NULL;
}

static void what_lies_where_code_has_gone_is_told(void **state)
{
	(void)state;
	in_child(block_where_code_goes, "");
	assert_int_equal(count("held the switch thread"), 2);
}

static bool libc_is_a_module(const void *place, char *name, size_t size)
{
	Dl_info info;
	bool is = dladdr(place, &info) && strstr(info.dli_fname, "libc.so");

	return is && rd_strcpy(name, size, "mod_libc");
}

static int block_in_a_module(void *arg)
{
	rd__place_set_owner(libc_is_a_module);
	rd__watchdog_start(20, 100);
	rd_sleep(1);
	rd_fiber_set_module("app_caller");
	poll(NULL, 0, 40);
	rd_sleep(1);
	poll(NULL, 0, 400);
	rd__watchdog_stop();
	return arg != NULL;
}

static void who_blocks_is_seen_by_where_it_is(void **state)
{
	(void)state;
	in_child(block_in_a_module, "");
	expect("fiber main, module mod_libc held the switch thread for ");
	expect("main holds the switch thread for ");
	expect(" ms now; module mod_libc, channel none");
	expect("  #0 ");
	expect("test_watchdog+0x");
}

static long waited_ms(int how)
{
	struct timespec sleep = { 0, 300000000 };
	struct timeval select_for = { 0, 300000 };
	uint64_t began_us = rd__clock_real_us();
	int rc = 0, set;

	switch (how) {
	case 0:
		rc = clock_nanosleep(CLOCK_MONOTONIC, 0, &sleep, NULL);
		break;
	case 1:
		rc = poll(NULL, 0, 300);
		break;
	case 2:
		rc = select(0, NULL, NULL, NULL, &select_for);
		break;
	default:
		set = epoll_create1(0);
		rc = epoll_wait(set, &(struct epoll_event){ 0 }, 1, 300);
		close(set);
	}
	return rc ? -1 : (long)(rd__clock_real_us() - began_us) / 1000;
}

static int wait_in_every_way(void *arg)
{
	rd__watchdog_start(5, 100);
	rd_sleep(1); /* the slice before was not watched from its beginning */
	for (int how = 0; how < 4; how++) {
		fprintf(stderr, "way %d took %ld\n", how, waited_ms(how));
		rd_sleep(1);
	}
	rd__watchdog_stop();
	return arg != NULL;
}

static void what_blocks_is_not_cut_short_by_being_watched(void **state)
{
	(void)state;
	in_child(wait_in_every_way, "");
	for (int how = 0; how < 4; how++) {
		char text[32];
		const char *found;

		snprintf(text, sizeof(text), "way %d took ", how);
		expect(text);
		found = strstr(output, text) + strlen(text);
		assert_in_range(strtol(found, NULL, 10), 299, 1000);
	}
	assert_int_equal(count("held the switch thread for 3"), 4);
	assert_int_equal(count(" holds the switch thread for "), 4);
}

/* More frames than a library's recursion usually has. */
static __attribute__((noinline)) int burn_deeply(int depth)
{
	if (depth == 0)
		burn_ms(60);
	else
		burn_deeply(depth - 1);
	return rd__clock_real_us() != 0; /* no tail call, please */
}

static bool the_deep_is_a_library(const void *place, char *name, size_t size);

static int burn_beyond_a_library(void *arg)
{
	rd__place_set_owner(the_deep_is_a_library);
	rd__watchdog_start(20, 0);
	rd_sleep(1);
	burn_deeply(36);
	rd_sleep(1);
	rd__watchdog_stop();
	return arg != NULL;
}

/* The function that called the recursion is the module's. */
static bool the_deep_is_a_library(const void *place, char *name, size_t size)
{
	const char *at = place, *from = (const char *)burn_beyond_a_library;

	return at > from && at < from + 200 && rd_strcpy(name, size, "mod_outer");
}

static void a_module_behind_many_frames_is_found(void **state)
{
	(void)state;
	in_child(burn_beyond_a_library, "");
	expect("fiber main, module mod_outer held the switch thread for ");
}

/* A kernel that tells whether a thread runs, but not in which call it waits. */
static void hide_calls(char *directory, size_t size)
{
	char task[128], file[160], target[128];
	int tid = (int)gettid();

	rd_strcpy(directory, size, "/tmp/rd-proc-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(task, sizeof(task), "%s/%d", directory, tid);
	snprintf(file, sizeof(file), "%s/stat", task);
	snprintf(target, sizeof(target), "/proc/self/task/%d/stat", tid);
	mkdir(task, 0700);
	assert_int_equal(symlink(target, file), 0);
	rd__sample_set_proc(directory);
}

static void show_calls(const char *directory)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%d/stat", directory, (int)gettid());
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(directory);
	rd__sample_set_proc(NULL);
}

/* 0: the wait was not cut short. */
static int hold_with_calls_hidden(void *arg)
{
	char directory[64];
	uint64_t began;
	int rc;

	hide_calls(directory, sizeof(directory));
	rd__watchdog_start(0, 100);
	rd_sleep(1); /* the slice before was not watched from its beginning */
	began = rd__clock_real_us();
	if (arg)
		burn_ms(400);
	else
		poll(NULL, 0, 400);
	rc = rd__clock_real_us() - began < 400000;
	rd__watchdog_stop();
	show_calls(directory);
	if (rc)
		fprintf(stderr, "cut short\n");
	return rc;
}

static int wait_with_calls_hidden(void *arg)
{
	rd_fiber_set_module("app_stuck");
	return hold_with_calls_hidden(arg);
}

static int burn_with_calls_hidden(void *arg)
{
	(void)arg;
	rd_fiber_set_module("app_stuck");
	return hold_with_calls_hidden("");
}

static void a_kernel_that_does_not_tell_what_is_waited_for(void **state)
{
	(void)state;
	in_child(wait_with_calls_hidden, "");
	expect(" ms and waits in the kernel, which does not tell for what\n");
	assert_null(strstr(output, "cut short"));
	assert_null(strstr(output, "takes no signal"));
	in_child(burn_with_calls_hidden, "");
	expect("watchdog: main holds the switch thread for ");
	expect("module app_stuck");
	expect("#0 ");
}

static void slow_timer(void *arg)
{
	block_ms(40);
	rd_cond_signal(arg);
}

static int wait_for_slow_timer(void *arg)
{
	struct rd_timer timer;
	struct rd_cond done;

	rd__watchdog_start(20, 0);
	rd_cond_init(&done);
	rd_timer_init(&timer, slow_timer, &done);
	rd_timer_start(&timer, 1);
	rd_cond_wait(&done, RD_FOREVER);
	rd__watchdog_stop();
	return arg != NULL;
}

static void a_callback_of_the_loop_is_told_too(void **state)
{
	(void)state;
	in_child(wait_for_slow_timer, "");
	expect("watchdog: the loop held the switch thread for ");
	expect(" ms, at test_watchdog+0x");
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(a_slow_slice_is_counted),
		ON_LOOP(a_stuck_slice_is_reported_while_it_lasts),
		cmocka_unit_test(each_place_that_blocks_is_told_once_with_its_module),
		cmocka_unit_test(a_function_that_computes_is_one_place),
		cmocka_unit_test(two_modules_in_one_function_of_the_core_are_both_told),
		cmocka_unit_test(a_module_that_comes_anew_is_told_anew),
		cmocka_unit_test(what_lies_where_code_has_gone_is_told),
		cmocka_unit_test(who_blocks_is_seen_by_where_it_is),
		cmocka_unit_test(what_blocks_is_not_cut_short_by_being_watched),
		cmocka_unit_test(a_module_behind_many_frames_is_found),
		cmocka_unit_test(a_kernel_that_does_not_tell_what_is_waited_for),
		cmocka_unit_test(a_callback_of_the_loop_is_told_too),
	};

	return RUN_GROUP(tests);
}
