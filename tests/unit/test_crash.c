/* Crashes, stack overflows and failed assertions: the report says who it was, on standard
 * error and in a file. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include <ringdown/fiber.h>

#include "core/base/context.h"
#include "core/base/thread.h"
#include "core/base/watched.h"
#include "core/media/media.h"
#include "core/media/recorder.h"
#include "core/sched/place.h"
#include "core/sched/stack.h"
#include "tests/unit/in_child.h"

static const char channel[] = "SIP/1001-0000002a";
static char crash_file[64];

/* ---- what is told ---- */

static int begin(void **state)
{
	int fd;

	(void)state;
	strcpy(crash_file, "/tmp/rd-crash-XXXXXX");
	fd = mkstemp(crash_file);
	return fd < 0 ? fd : close(fd);
}

static int end(void **state)
{
	(void)state;
	return unlink(crash_file);
}

static void crashes(int (*run)(void *arg))
{
#ifdef RD__ASAN
	skip(); /* it has a report of its own */
#endif
	assert_true(WTERMSIG(in_child(run, crash_file)) == SIGSEGV);
}

/* What is in the file is looked at from now on. */
static void read_crash_file(void)
{
	int fd = open(crash_file, O_RDONLY);
	ssize_t n = read(fd, output, sizeof(output) - 1);

	output[RD_MAX(n, 0)] = '\0';
	close(fd);
}

static void say_goodbye(void)
{
	(void)!write(STDERR_FILENO, "goodbye\n", 8);
}

static int crash_at(void *arg)
{
	return *(volatile int *)arg;
}

static void expect_no_innocent(void)
{
	assert_null(strstr(output, "app_innocent"));
}

/* ---- stack overflows ---- */

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
	rd_fiber_set_subject(channel);
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

static void a_stack_overflow_names_the_fiber(void **state)
{
	(void)state;
	crashes(overflow);
	expect("stack overflow in fiber main");
	expect("in module app_deep");
	expect("for channel SIP/1001-0000002a");
	expect("test_crash(");
	read_crash_file();
	expect("stack overflow in fiber main");
}

static void large_frames_do_not_step_over_the_guard(void **state)
{
	(void)state;
	crashes(overflow_at_once);
	expect("stack overflow in fiber main");
	expect("in module app_wide");
	crashes(overflow_in_long_steps);
	expect("stack overflow in fiber main");
	expect("in module app_long");
}

static void a_thread_overflows(int (*run)(void *arg), const char *says)
{
	crashes(run);
	expect("ringdown: stack overflow: its ");
	expect(says);
	expect("test_crash(");
	expect_no_innocent();
	read_crash_file();
	expect(says);
}

static void a_stack_overflow_names_the_thread(void **state)
{
	(void)state;
	a_thread_overflows(overflow_in_the_pool, "  in thread pool\n");
	a_thread_overflows(overflow_beside, "  in thread deep\n");
}

/* ---- crashes ---- */

static int crash(void *arg)
{
	rd_fiber_set_module("app_null");
	*(volatile int *)arg = 1;
	return 0;
}

static bool owner_of_crash(const void *place, char *name, size_t size)
{
	return place == (const void *)crash && rd_strcpy(name, size, "hook_lost");
}

/* Whoever called that code says so, and it has no frame of its own. */
static int crash_in_code_that_is_said(void *arg)
{
	static _Atomic(const void *) code = (const void *)crash;

	rd__place_set_owner(owner_of_crash);
	rd__context_code = &code;
	*(volatile int *)arg = 1;
	return 0;
}

static void code_that_was_called_last_is_named_without_a_frame(void **state)
{
	(void)state;
	crashes(crash_in_code_that_is_said);
	expect("in module hook_lost");
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

static void a_crash_names_fiber_and_module(void **state)
{
	(void)state;
	crashes(crash);
	expect("Segmentation fault at address");
	expect("in module app_null");
	assert_null(strstr(output, "in thread"));
}

static void a_crash_beside_the_switch_thread_names_the_thread(void **state)
{
	(void)state;
	crashes(crash_a_media_thread);
	expect("crashed: Segmentation fault\n");
	expect("  in thread media thread 2\n");
	expect("test_crash(");
	expect_no_innocent();
	read_crash_file();
	expect("  in thread media thread 2\n");
}

/* ---- where the stack is broken ---- */

/* What a string too long for its buffer does: what the callers have saved is gone. */
static __attribute__((noinline)) void overwrite(size_t size)
{
	volatile char room[8];
	volatile char *at = room;

	__asm__ volatile("" : "+r"(at)::"memory");
	for (size_t i = 0; i < size; i++)
		at[i] = 0x42;
	__asm__ volatile("" ::: "memory");
}

/* So that there is something to overwrite. */
static __attribute__((noinline)) int overwrite_below(int depth)
{
	volatile char room[64];

	room[0] = (char)depth;
	if (depth == 0)
		overwrite(400);
	else
		overwrite_below(depth - 1);
	return room[0];
}

static int break_the_stack(void *arg)
{
	(void)arg;
	rd_fiber_set_module("app_smash");
	rd_fiber_set_subject(channel);
	rd__last_words_set(say_goodbye);
	return overwrite_below(20);
}

static void a_broken_stack_leaves_all_the_rest_to_be_told(void **state)
{
	int status;

	(void)state;
#ifdef RD__ASAN
	skip();
#endif
	/* The compiler may have guarded the stack. */
	status = in_child(break_the_stack, crash_file);
	assert_true(WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGABRT);
	expect("goodbye\n");
	for (int i = 0; i < 2; i++) {
		expect("ringdown: crashed: ");
		expect("  in fiber main\n");
		expect("  for channel SIP/1001-0000002a\n");
		expect("  in module app_smash\n");
		expect("  the stack is broken");
		expect("test_crash(");
		read_crash_file();
	}
}

/* ---- two at once ---- */

static pthread_barrier_t together;

static void *crash_together(void *arg)
{
	pthread_barrier_wait(&together);
	crash_at(arg);
	return arg;
}

static int crash_beside(int threads)
{
	pthread_t thread[3];

	pthread_barrier_init(&together, NULL, (unsigned)threads);
	rd__last_words_set(say_goodbye);
	for (int i = 0; i < threads; i++)
		if (rd__pthread_start(&thread[i], "beside", crash_together, NULL))
			return -1;
	return pthread_join(thread[0], NULL);
}

static int three_crash(void *arg)
{
	(void)arg;
	return crash_beside(3);
}

static int times(const char *text)
{
	int n = 0;

	for (const char *at = output; (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void of_threads_that_crash_at_once_the_first_is_told_whole(void **state)
{
	(void)state;
	for (int run = 0; run < 50; run++) {
		assert_int_equal(truncate(crash_file, 0), 0);
		crashes(three_crash);
		assert_int_equal(times("goodbye\n"), 1);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(times("ringdown: crashed: "), 1);
			assert_int_equal(times("  in thread beside\n"), 1);
			expect("test_crash(");
			read_crash_file();
		}
	}
}

static void hang(void)
{
	for (;;)
		pause();
}

static void *crash_later(void *arg)
{
	usleep(100000);
	crash_at(arg);
	return arg;
}

static int hang_and_crash_later(void *arg)
{
	pthread_t thread;

	rd__last_words_set(hang);
	return rd__pthread_start(&thread, "later", crash_later, NULL) ? -1 : crash_at(arg);
}

static void a_report_that_hangs_does_not_keep_another_crash_from_ending_it(void **state)
{
	(void)state;
	crashes(hang_and_crash_later);
	expect("ringdown: crashed: ");
	expect("  in fiber main\n");
	assert_null(strstr(output, "in thread later"));
}

/* ---- beside fibers, for a call ---- */

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

/* The fiber goes on for nobody; what it has asked for comes later. */
static int wait_for_nobody(void)
{
	rd_fiber_set_subject(NULL);
	return rd_sleep(1000);
}

static int crash_in_the_pool(void *arg)
{
	rd_fiber_set_subject(channel);
	return rd_offload(crash_at, arg);
}

static int crash_in_a_job(void *arg)
{
	rd_fiber_set_subject(channel);
	rd_offload_then(crash_at, NULL, arg);
	return wait_for_nobody();
}

static int crash_after_a_job(void *arg)
{
	rd_fiber_set_subject(channel);
	rd_offload_then(do_nothing, crash_then, arg);
	return wait_for_nobody();
}

static int crash_a_turn_later(void *arg)
{
	rd_fiber_set_subject(channel);
	rd_call_soon(crash_soon, arg);
	return wait_for_nobody();
}

static struct rd_stream *stream_of_the_call(const struct rd_stream_ops *ops)
{
	struct rd_stream *stream;

	if (rd__media_start(1) || rd_stream_new_custom(&stream, ops, NULL, 8000))
		return NULL;
	rd__stream_set_label(stream, channel);
	return stream;
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
	struct rd_stream *stream = stream_of_the_call(&ops);

	(void)arg;
	return stream && rd__stream_echo(stream, true) == 0 ? rd_sleep(1000) : -1;
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
	struct rd_stream *stream = stream_of_the_call(&ops);
	struct rd__recorder *recorder;

	(void)arg;
	return stream && rd__stream_record(stream, &record, &recorder) == 0 ? rd_sleep(2000) : -1;
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
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		crashes(rows[i].run);
		expect(rows[i].says);
		expect("  for channel SIP/1001-0000002a\n");
	}
}

/* ---- for a call that is looked for ---- */

static const char *find_channel(const void *given)
{
	return given ? channel : NULL;
}

/* What it looks through is broken, too. */
static const char *find_and_crash(const void *given)
{
	(void)given;
	crash_at(NULL);
	return NULL;
}

static void crash_in_a_timer(void *arg)
{
	(void)arg;
	crash_at(NULL);
}

static int crash_with(const char *(*find)(const void *given))
{
	struct rd_timer timer;

	rd__context_set_finder(find);
	rd__last_words_set(say_goodbye);
	rd_timer_init(&timer, crash_in_a_timer, &timer);
	rd_timer_start(&timer, 1);
	return rd_sleep(1000);
}

static int crash_findably(void *arg)
{
	(void)arg;
	return crash_with(find_channel);
}

static int crash_twice(void *arg)
{
	(void)arg;
	return crash_with(find_and_crash);
}

static void what_a_timer_was_given_names_the_call(void **state)
{
	(void)state;
	crashes(crash_findably);
	expect("  for channel SIP/1001-0000002a\n");
	read_crash_file();
	expect("  for channel SIP/1001-0000002a\n");
}

static void all_the_rest_is_told_before_a_look_that_crashes(void **state)
{
	(void)state;
	crashes(crash_twice);
	expect("ringdown: crashed: Segmentation fault");
	expect("goodbye\n");
	read_crash_file();
	expect("ringdown: crashed: Segmentation fault");
	expect("test_crash(");
}

/* ---- assertions ---- */

static int fail_assertion(void *arg)
{
	rd_fiber_set_module("app_wrong");
	rd_assert(arg != NULL);
	return 0;
}

static void a_failed_assertion_is_told_once(void **state)
{
	const char *first;

	(void)state;
	assert_true(WTERMSIG(in_child(fail_assertion, crash_file)) == SIGABRT);
	first = strstr(output, "in module app_wrong");
	assert_non_null(first);
	assert_null(strstr(first + 1, "in module app_wrong"));
	read_crash_file();
	expect("in module app_wrong");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static int free_twice(void *arg)
{
	char *first = rd_malloc(100), *second = rd_malloc(100);

	rd_fiber_set_module("app_twice");
	rd_free(first);
	rd_free(second);
	rd_free(arg ? NULL : first);
	return 0;
}

static void a_block_that_is_freed_twice_names_who_did(void **state)
{
	(void)state;
#ifdef RD__WATCHED
	skip(); /* they have a report of their own */
#endif
	assert_true(WTERMSIG(in_child(free_twice, crash_file)) == SIGABRT);
	expect("is_freed");
	expect("in module app_twice");
}

/* It has the mark of those that were freed, and was not. */
static void what_stands_in_a_block_is_no_sign_that_it_was_freed(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		char *p = rd_malloc(100);

		assert_non_null(p);
		memset(p, 0xff, malloc_usable_size(p));
		rd_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stack_overflow_names_the_fiber),
		TEST(large_frames_do_not_step_over_the_guard),
		TEST(a_stack_overflow_names_the_thread),
		TEST(a_crash_names_fiber_and_module),
		TEST(a_block_that_is_freed_twice_names_who_did),
		TEST(what_stands_in_a_block_is_no_sign_that_it_was_freed),
		TEST(code_that_was_called_last_is_named_without_a_frame),
		TEST(a_crash_beside_the_switch_thread_names_the_thread),
		TEST(a_broken_stack_leaves_all_the_rest_to_be_told),
		TEST(of_threads_that_crash_at_once_the_first_is_told_whole),
		TEST(a_report_that_hangs_does_not_keep_another_crash_from_ending_it),
		TEST(a_crash_beside_fibers_names_the_call),
		TEST(what_a_timer_was_given_names_the_call),
		TEST(all_the_rest_is_told_before_a_look_that_crashes),
		TEST(a_failed_assertion_is_told_once),
	};

	return RUN_GROUP(tests);
}
