/* The watchdog, admission, traps and crash reports: what happens when the
 * switch thread does not do what it should. On the real clock. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/admission.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/str.h>

#include "core/base/thread.h"
#include "core/media/media.h"
#include "core/media/recorder.h"
#include "core/sched/admission.h"
#include "core/sched/clock.h"
#include "core/sched/crash.h"
#include "core/sched/place.h"
#include "core/sched/sample.h"
#include "core/sched/sched.h"
#include "core/sched/stack.h"
#include "core/sched/tools.h"
#include "core/sched/watchdog.h"

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

static void burn_ms(int ms)
{
	uint64_t until = rd__clock_real_us() + (uint64_t)ms * 1000;

	while (rd__clock_real_us() < until)
		;
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

/* Turn after turn, none of them long, and no pause between. */
static int burn_in_small_slices(void *arg)
{
	uint64_t until = rd_now_ms() + (uint64_t)(intptr_t)arg;

	while (rd_now_ms() < until) {
		burn_ms(1);
		rd_yield();
	}
	return 0;
}

static int burn_at_a_stretch(void *arg)
{
	burn_ms((int)(intptr_t)arg);
	return burn_in_small_slices((void *)20);
}

static void a_loop_without_a_pause_takes_no_new_calls(void **state)
{
	int retry = 0;

	(void)state;
	assert_int_equal(rd_admission_ask(&retry), RD_ADMISSION_OPEN);
	assert_int_equal(retry, 0);
	rd__sched_call(burn_in_small_slices, (void *)100);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
	rd__sched_call(burn_in_small_slices, (void *)500);
	assert_int_equal(rd_admission_ask(&retry), RD_ADMISSION_LAG);
	assert_in_range(retry, 1, 30);
	assert_non_null(strstr(rd_admission_text(RD_ADMISSION_LAG), "no pause for"));
	rd__sched_run_for(1);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
}

static void a_busy_loop_that_pauses_takes_new_calls(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++) {
		rd__sched_call(burn_in_small_slices, (void *)50);
		assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
		rd__sched_run_for(1);
	}
}

static enum rd_admission asked;

static void ask(void *arg)
{
	(void)arg;
	asked = rd_admission_ask(NULL);
	rd__sched_stop();
}

static void *ask_after_a_while(void *arg)
{
	poll(NULL, 0, 600);
	rd_call_soon(ask, arg);
	return NULL;
}

/* Asked within the poll that the sleep was in. */
static void a_call_that_wakes_the_loop_is_taken(void **state)
{
	pthread_t thread;

	(void)state;
	asked = RD_ADMISSION_CLOSED;
	rd__sched_run_for(1);
	assert_int_equal(pthread_create(&thread, NULL, ask_after_a_while, NULL), 0);
	rd__sched_run();
	pthread_join(thread, NULL);
	assert_int_equal(asked, RD_ADMISSION_OPEN);
}

static void a_stall_is_forgiven_until_it_should_be_made_good(void **state)
{
	struct rd__admission_state lately;

	(void)state;
	rd__sched_call(burn_at_a_stretch, (void *)600);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
	rd__admission_get(&lately);
	assert_in_range(lately.lag_ms, 600, 60000);
	rd__sched_call(burn_in_small_slices, (void *)500);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_LAG);
}

static int sleep_long(void *arg)
{
	(void)arg;
	return rd_sleep(60000);
}

static void when_fibers_run_out_no_new_calls_are_taken(void **state)
{
	struct rd__admission_state counts;
	int retry = 0;

	(void)state;
	for (int i = 0; i < 27; i++)
		rd_fiber_new_detached("call", sleep_long, NULL);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
	rd_fiber_new_detached("call", sleep_long, NULL);
	assert_int_equal(rd_admission_ask(&retry), RD_ADMISSION_FIBERS);
	assert_true(retry > 0);
	assert_string_equal(rd_admission_text(RD_ADMISSION_FIBERS), "28 of 40 fibers are in use");
	rd__admission_get(&counts);
	assert_int_equal(counts.refused, 1);
	rd__fiber_cancel_all();
	rd__sched_run_idle();
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_OPEN);
	rd__admission_close(true);
	assert_int_equal(rd_admission_ask(NULL), RD_ADMISSION_CLOSED);
}

/* ---- what is told on standard error, by a child ---- */

static char output[16384];
static char crash_file[64];

/* Run fn in a child; its standard error goes to output. How it ended. */
static int in_child(int (*fn)(void *arg))
{
	int pipes[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		dup2(pipes[1], STDERR_FILENO);
		for (int i = 1; i < 32; i++)
			signal(i, SIG_DFL);
		if (rd__sched_init(0) || rd__crash_install(crash_file))
			_exit(1);
		rd__sched_call(fn, NULL);
		_exit(0);
	}
	close(pipes[1]);
	while ((got = read(pipes[0], output + n, sizeof(output) - 1 - n)) > 0)
		n += (size_t)got;
	output[n] = '\0';
	close(pipes[0]);
	waitpid(child, &status, 0);
	return status;
}

static int count(const char *text)
{
	int n = 0;

	for (const char *at = output; (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void expect(const char *text)
{
	if (!strstr(output, text))
		fail_msg("no \"%s\" in: %s", text, output);
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
		usleep(40000);
		wait_elsewhere();
		rd_fiber_set_module("app_second");
		usleep(40000);
		wait_elsewhere();
	}
	rd__watchdog_stop();
	return arg != NULL;
}

static void each_place_that_blocks_is_told_once_with_its_module(void **state)
{
	(void)state;
	in_child(block_in_two_places);
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
	in_child(compute_often);
	assert_int_equal(count("held the switch thread"), 1);
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
	in_child(block_in_a_module);
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
	in_child(wait_in_every_way);
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
	in_child(burn_beyond_a_library);
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
	in_child(wait_with_calls_hidden);
	expect(" ms and waits in the kernel, which does not tell for what\n");
	assert_null(strstr(output, "cut short"));
	assert_null(strstr(output, "takes no signal"));
	in_child(burn_with_calls_hidden);
	expect("watchdog: main holds the switch thread for ");
	expect("module app_stuck");
	expect("#0 ");
}

static void slow_timer(void *arg)
{
	usleep(40000);
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
	in_child(wait_for_slow_timer);
	expect("watchdog: the loop held the switch thread for ");
	expect(" ms, at test_watchdog+0x");
}

static __attribute__((noinline)) int recurse(int depth)
{
	volatile char room[1000];

	room[depth % 1000] = (char)depth;
	if (depth < 0)
		return room[0];
	return recurse(depth + 1) + room[depth % 1000];
}

static int overflow(void *arg)
{
	(void)arg;
	rd_fiber_set_module("app_deep");
	rd_fiber_set_subject("SIP/1001-0000002a");
	return recurse(0);
}

/* Larger than the stack and its guard together: only a frame that is probed
 * on its way down does not step over both. */
static __attribute__((noinline)) int large_frame(int at)
{
	volatile char room[(RD__STACK_SIZE + RD__STACK_GUARD) * 2];

	room[at] = 1;
	return room[at];
}

static int overflow_at_once(void *arg)
{
	(void)arg;
	rd_fiber_set_module("app_wide");
	return large_frame(5);
}

static __attribute__((noinline)) int recurse_widely(int depth)
{
	volatile char room[12 * 1024];

	room[0] = (char)depth;
	if (depth < 0)
		return room[0];
	return recurse_widely(depth + 1) + room[0];
}

static int overflow_in_long_steps(void *arg)
{
	(void)arg;
	rd_fiber_set_module("app_long");
	return recurse_widely(0);
}

static int fail_assertion(void *arg)
{
	rd_fiber_set_module("app_wrong");
	rd_assert(arg != NULL);
	return 0;
}

static int crash(void *arg)
{
	rd_fiber_set_module("app_null");
	*(volatile int *)arg = 1;
	return 0;
}

/* To the thread of that name, as often as it takes until there is one. */
static int kill_thread(const char *name)
{
	for (int tries = 0; tries < 200; tries++) {
		DIR *tasks = opendir("/proc/self/task");
		struct dirent *entry;

		while ((entry = readdir(tasks))) {
			char path[300], comm[32] = "";
			FILE *f;

			snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
			f = fopen(path, "re");
			if (f && fgets(comm, sizeof(comm), f) &&
			    strncmp(comm, name, strlen(name)) == 0)
				syscall(SYS_tgkill, getpid(), atoi(entry->d_name), SIGSEGV);
			if (f)
				fclose(f);
		}
		closedir(tasks);
		usleep(10000);
	}
	return -ESRCH;
}

static int crash_a_media_thread(void *arg)
{
	(void)arg;
	rd_fiber_set_module("app_innocent");
	if (rd__media_start(2))
		return -1;
	return kill_thread("media thread 2");
}

static int recurse_for_ever(void *arg)
{
	(void)arg;
	return recurse(0);
}

static int overflow_in_the_pool(void *arg)
{
	rd_fiber_set_module("app_innocent");
	return rd_offload(recurse_for_ever, arg);
}

static void *overflow_a_thread(void *arg)
{
	recurse(0);
	return arg;
}

static int overflow_beside(void *arg)
{
	pthread_t thread;

	if (rd__pthread_start(&thread, "deep", overflow_a_thread, arg))
		return -1;
	return pthread_join(thread, NULL);
}

static void begin_crash_file(void)
{
	strcpy(crash_file, "/tmp/rd-crash-XXXXXX");
	close(mkstemp(crash_file));
}

static void read_crash_file(void)
{
	int fd = open(crash_file, O_RDONLY);
	ssize_t n = read(fd, output, sizeof(output) - 1);

	output[RD_MAX(n, 0)] = '\0';
	close(fd);
	unlink(crash_file);
}

static void a_stack_overflow_names_the_fiber(void **state)
{
	(void)state;
#ifdef RD__ASAN
	skip(); /* it has a report of its own */
#endif
	begin_crash_file();
	assert_true(WTERMSIG(in_child(overflow)) == SIGSEGV);
	assert_non_null(strstr(output, "stack overflow in fiber main"));
	assert_non_null(strstr(output, "in module app_deep"));
	assert_non_null(strstr(output, "for channel SIP/1001-0000002a"));
	assert_non_null(strstr(output, "test_watchdog("));
	read_crash_file();
	assert_non_null(strstr(output, "stack overflow in fiber main"));
}

static void large_frames_do_not_step_over_the_guard(void **state)
{
	(void)state;
#ifdef RD__ASAN
	skip(); /* it has a report of its own */
#endif
	*crash_file = '\0';
	assert_true(WTERMSIG(in_child(overflow_at_once)) == SIGSEGV);
	assert_non_null(strstr(output, "stack overflow in fiber main"));
	assert_non_null(strstr(output, "in module app_wide"));
	assert_true(WTERMSIG(in_child(overflow_in_long_steps)) == SIGSEGV);
	assert_non_null(strstr(output, "stack overflow in fiber main"));
	assert_non_null(strstr(output, "in module app_long"));
}

static void a_crash_names_fiber_and_module(void **state)
{
	(void)state;
#ifdef RD__ASAN
	skip();
#endif
	begin_crash_file();
	assert_true(WTERMSIG(in_child(crash)) == SIGSEGV);
	assert_non_null(strstr(output, "Segmentation fault at address"));
	assert_non_null(strstr(output, "in module app_null"));
	assert_null(strstr(output, "in thread"));
	unlink(crash_file);
}

static void a_crash_beside_the_switch_thread_names_the_thread(void **state)
{
	(void)state;
#ifdef RD__ASAN
	skip();
#endif
	begin_crash_file();
	assert_true(WTERMSIG(in_child(crash_a_media_thread)) == SIGSEGV);
	expect("crashed: Segmentation fault\n");
	expect("  in thread media thread 2\n");
	expect("test_watchdog(");
	assert_null(strstr(output, "app_innocent"));
	read_crash_file();
	expect("  in thread media thread 2\n");
}

static int crash_at(void *arg)
{
	return *(volatile int *)arg;
}

static void crash_then(int rc, void *arg)
{
	(void)rc;
	crash_at(arg);
}

static void crash_soon(void *arg)
{
	crash_at(arg);
}

static int do_nothing(void *arg)
{
	return arg != NULL;
}

static int crash_in_the_pool(void *arg)
{
	rd_fiber_set_subject("SIP/1001-0000002a");
	return rd_offload(crash_at, arg);
}

static int crash_in_a_job(void *arg)
{
	rd_fiber_set_subject("SIP/1001-0000002a");
	rd_offload_then(crash_at, NULL, arg);
	rd_fiber_set_subject(NULL);
	return rd_sleep(1000);
}

static int crash_after_a_job(void *arg)
{
	rd_fiber_set_subject("SIP/1001-0000002a");
	rd_offload_then(do_nothing, crash_then, arg);
	rd_fiber_set_subject(NULL);
	return rd_sleep(1000);
}

static int crash_a_turn_later(void *arg)
{
	rd_fiber_set_subject("SIP/1001-0000002a");
	rd_call_soon(crash_soon, arg);
	rd_fiber_set_subject(NULL);
	return rd_sleep(1000);
}

static ssize_t read_and_crash(void *arg, int16_t *samples, size_t max)
{
	(void)samples;
	(void)max;
	return crash_at(arg);
}

static int crash_on_a_media_thread(void *arg)
{
	static const struct rd_stream_ops ops = { .read = read_and_crash };
	struct rd_stream *stream;

	if (rd__media_start(1) || rd_stream_new_custom(&stream, &ops, arg, 8000))
		return -1;
	rd__stream_set_label(stream, "SIP/1001-0000002a");
	rd__stream_echo(stream, true);
	return rd_sleep(1000);
}

static int write_and_crash(void *file, const int16_t *samples, size_t count)
{
	(void)samples;
	(void)count;
	return crash_at(file);
}

static int open_nothing(const char *path, int rate, bool append, void **file)
{
	(void)path;
	(void)rate;
	(void)append;
	*file = NULL;
	return 0;
}

static ssize_t read_silence(void *arg, int16_t *samples, size_t max)
{
	(void)arg;
	memset(samples, 0, max * sizeof(*samples));
	return (ssize_t)max;
}

static int crash_the_writer(void *arg)
{
	static const struct rd_stream_ops ops = { .read = read_silence };
	static const struct rd_format format = { .name = "doom",
						 .extension = "doom",
						 .rate = 8000,
						 .open_write = open_nothing,
						 .write = write_and_crash };
	struct rd__record record = { .path = "/tmp/rd-doom", .format = &format };
	struct rd__recorder *recorder;
	struct rd_stream *stream;

	if (rd__media_start(1) || rd_stream_new_custom(&stream, &ops, arg, 8000))
		return -1;
	rd__stream_set_label(stream, "SIP/1001-0000002a");
	if (rd__stream_record(stream, &record, &recorder))
		return -1;
	return rd_sleep(2000);
}

static void a_crash_beside_fibers_names_the_call(void **state)
{
	static const struct {
		int (*run)(void *arg);
		const char *says;
	} rows[] = {
		{ crash_in_the_pool, "  in thread pool\n" },
		{ crash_in_a_job, "  in thread pool\n" },
		{ crash_after_a_job, "" },
		{ crash_a_turn_later, "" },
		{ crash_on_a_media_thread, "  in thread media thread 1\n" },
		{ crash_the_writer, "  in thread recordings\n" },
	};

	(void)state;
#ifdef RD__ASAN
	skip();
#endif
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		begin_crash_file();
		assert_true(WTERMSIG(in_child(rows[i].run)) == SIGSEGV);
		expect(rows[i].says);
		expect("  for channel SIP/1001-0000002a\n");
		unlink(crash_file);
	}
}

static void a_stack_overflow_names_the_thread(void **state)
{
	static const struct {
		int (*run)(void *arg);
		const char *says;
	} rows[] = {
		{ overflow_in_the_pool, "  in thread pool\n" },
		{ overflow_beside, "  in thread deep\n" },
	};

	(void)state;
#ifdef RD__ASAN
	skip();
#endif
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		begin_crash_file();
		assert_true(WTERMSIG(in_child(rows[i].run)) == SIGSEGV);
		expect("ringdown: stack overflow: its ");
		expect(rows[i].says);
		expect("test_watchdog(");
		assert_null(strstr(output, "app_innocent"));
		read_crash_file();
		expect(rows[i].says);
	}
}

static void a_failed_assertion_is_told_once(void **state)
{
	const char *first;

	(void)state;
	begin_crash_file();
	assert_true(WTERMSIG(in_child(fail_assertion)) == SIGABRT);
	first = strstr(output, "in module app_wrong");
	assert_non_null(first);
	assert_null(strstr(first + 1, "in module app_wrong"));
	read_crash_file();
	assert_non_null(strstr(output, "in module app_wrong"));
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(a_slow_slice_is_counted),
		ON_LOOP(a_stuck_slice_is_reported_while_it_lasts),
		cmocka_unit_test(each_place_that_blocks_is_told_once_with_its_module),
		cmocka_unit_test(a_function_that_computes_is_one_place),
		cmocka_unit_test(who_blocks_is_seen_by_where_it_is),
		cmocka_unit_test(what_blocks_is_not_cut_short_by_being_watched),
		cmocka_unit_test(a_module_behind_many_frames_is_found),
		cmocka_unit_test(a_kernel_that_does_not_tell_what_is_waited_for),
		cmocka_unit_test(a_callback_of_the_loop_is_told_too),
		ON_LOOP(a_loop_without_a_pause_takes_no_new_calls),
		ON_LOOP(a_busy_loop_that_pauses_takes_new_calls),
		ON_LOOP(a_call_that_wakes_the_loop_is_taken),
		ON_LOOP(a_stall_is_forgiven_until_it_should_be_made_good),
		ON_LOOP(when_fibers_run_out_no_new_calls_are_taken),
		cmocka_unit_test(a_stack_overflow_names_the_fiber),
		cmocka_unit_test(large_frames_do_not_step_over_the_guard),
		cmocka_unit_test(a_crash_names_fiber_and_module),
		cmocka_unit_test(a_crash_beside_the_switch_thread_names_the_thread),
		cmocka_unit_test(a_crash_beside_fibers_names_the_call),
		cmocka_unit_test(a_stack_overflow_names_the_thread),
		cmocka_unit_test(a_failed_assertion_is_told_once),
	};

	return RUN_GROUP(tests);
}
