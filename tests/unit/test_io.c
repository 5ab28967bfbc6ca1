/* Descriptors: fibers that read and write, watches, sockets, files, work on
 * other threads. On the real clock. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/io.h>

#include "core/sched/sched.h"

static int pair[2];

static int setup(void **state)
{
	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair))
		return -1;
	return rd__sched_init(0);
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	rd__sched_fini();
	return 0;
}

enum { MUCH = 3000000 };

static int write_much(void *arg)
{
	char *data = malloc(MUCH);
	int rc;

	(void)arg;
	memset(data, 'x', MUCH);
	rc = rd_fd_write_all(pair[0], data, MUCH, 5000);
	free(data);
	shutdown(pair[0], SHUT_WR);
	return rc;
}

static int read_much(void *arg)
{
	static char buf[50000];
	ssize_t n;
	int total = 0;

	(void)arg;
	while ((n = rd_fd_read(pair[1], buf, sizeof(buf), 5000)) > 0)
		total += (int)n;
	return n < 0 ? (int)n : total;
}

static void two_fibers_pass_more_than_a_socket_holds(void **state)
{
	struct rd_fiber *writer;

	(void)state;
	assert_int_equal(rd_fiber_new(&writer, "writer", write_much, NULL), 0);
	assert_int_equal(rd__sched_call(read_much, NULL), MUCH);
	rd__sched_run_idle();
	assert_int_equal(rd_fiber_join(writer, 0, NULL), 0);
}

static int read_timed_out(void *arg)
{
	char c;

	(void)arg;
	return (int)rd_fd_read(pair[1], &c, 1, 20);
}

static void reading_ends_when_its_time_is_up(void **state)
{
	uint64_t start = rd_now_ms();

	(void)state;
	assert_int_equal(rd__sched_call(read_timed_out, NULL), -ETIMEDOUT);
	assert_in_range(rd_now_ms() - start, 20, 2000);
}

static int read_forever(void *arg)
{
	char c;

	(void)arg;
	return (int)rd_fd_read(pair[1], &c, 1, RD_FOREVER);
}

static void reading_ends_when_cancelled(void **state)
{
	struct rd_fiber *fiber;
	int result;

	(void)state;
	rd_fiber_new(&fiber, "reader", read_forever, NULL);
	rd__sched_run_for(5);
	rd_fiber_cancel(fiber);
	rd__sched_run_for(5);
	assert_int_equal(rd_fiber_join(fiber, 0, &result), 0);
	assert_int_equal(result, -ECANCELED);
}

static int wait_both(void *arg)
{
	(void)arg;
	return rd_fd_wait(pair[0], RD_IO_READ | RD_IO_WRITE, 1000);
}

static void a_wait_says_what_is_ready(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(wait_both, NULL), RD_IO_WRITE);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(rd__sched_call(wait_both, NULL), RD_IO_READ | RD_IO_WRITE);
}

static int wait_on_nothing(void *arg)
{
	(void)arg;
	return rd_fd_wait(-1, RD_IO_READ, 10);
}

static void a_wrong_descriptor_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(wait_on_nothing, NULL), -EBADF);
}

static struct rd_watch *watches[3];
static int calls[3];

static void on_ready(unsigned events, void *arg)
{
	int which = (int)(intptr_t)arg;

	assert_int_equal(events, RD_IO_READ);
	calls[which]++;
	/* The first frees itself and the second. */
	if (which == 0) {
		rd_watch_free(watches[0]);
		rd_watch_free(watches[1]);
	}
}

static void watches_share_a_descriptor_and_may_free_each_other(void **state)
{
	(void)state;
	memset(calls, 0, sizeof(calls));
	for (intptr_t i = 0; i < 3; i++)
		assert_int_equal(rd_watch_new(&watches[i], pair[0], RD_IO_READ, on_ready,
					      (void *)i), 0);
	assert_int_equal(rd_watch_set(watches[2], 0), 0);
	rd__sched_run_for(2);
	assert_int_equal(write(pair[1], "x", 1), 1);
	rd__sched_run_for(5);
	assert_int_equal(calls[0], 1);
	assert_int_equal(calls[1], 0);
	assert_int_equal(calls[2], 0);
	assert_int_equal(rd_watch_set(watches[2], RD_IO_READ), 0);
	rd__sched_run_for(5);
	assert_true(calls[2] > 0);
	rd_watch_free(watches[2]);
	rd__sched_run_for(1);
}

static ssize_t last_read;

static void read_one_byte(unsigned events, void *arg)
{
	char c;

	(void)events, (void)arg;
	calls[0]++;
	last_read = read(pair[0], &c, 1);
	if (last_read <= 0)
		rd_watch_set(watches[0], 0);
}

/* What came before the error is read first, and the error is still told. */
static void a_reset_is_told_also_after_data(void **state)
{
	(void)state;
	calls[0] = 0;
	assert_int_equal(rd_watch_new(&watches[0], pair[0], RD_IO_READ, read_one_byte, NULL), 0);
	assert_int_equal(write(pair[0], "never read", 10), 10);
	assert_int_equal(write(pair[1], "ab", 2), 2);
	close(pair[1]);
	pair[1] = -1;
	rd__sched_run_for(20);
	assert_int_equal(calls[0], 3);
	assert_int_equal(last_read, -1);
	rd_watch_free(watches[0]);
	rd__sched_run_for(1);
}

static int talk_over_tcp(void *arg)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int client, server;
	char buf[8] = "";

	(void)arg;
	assert_int_equal(bind(listener, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&addr, &len);
	assert_int_equal(rd_accept(listener, &server, 5), -ETIMEDOUT);
	assert_int_equal(rd_connect(&client, (struct sockaddr *)&addr, len, 1000), 0);
	assert_int_equal(rd_accept(listener, &server, 1000), 0);
	assert_int_equal(rd_fd_write_all(client, "hello", 5, 1000), 0);
	assert_int_equal(rd_fd_read(server, buf, sizeof(buf), 1000), 5);
	assert_string_equal(buf, "hello");
	close(client);
	assert_int_equal(rd_fd_read(server, buf, sizeof(buf), 1000), 0);
	close(server);
	close(listener);
	return rd_connect(&client, (struct sockaddr *)&addr, len, 1000);
}

static void connect_and_accept(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(talk_over_tcp, NULL), -ECONNREFUSED);
}

static void what_is_added_to_a_file_is_there_as_a_whole_or_not_at_all(void **state)
{
	char path[] = "/tmp/ringdown-test-XXXXXX", text[16] = "";
	struct rlimit all, few;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(rd_file_append(fd, "one\n", 4), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
	few = (struct rlimit){ .rlim_cur = 6, .rlim_max = all.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	assert_int_equal(rd_file_append(fd, "two\n", 4), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(rd_file_append(fd, "three\n", 6), 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 10);
	assert_string_equal(text, "one\nthree\n");
	close(fd);
	unlink(path);
}

static pthread_t switch_thread;

static int work(void *arg)
{
	assert_false(pthread_equal(pthread_self(), switch_thread));
	usleep(2000);
	return *(int *)arg + 1;
}

static int offload(void *arg)
{
	return rd_offload(work, arg);
}

static void offloaded_work_runs_elsewhere_and_returns_here(void **state)
{
	int number = 41;

	(void)state;
	switch_thread = pthread_self();
	assert_int_equal(rd__sched_call(offload, &number), 42);
}

static void offloaded_work_cannot_be_cancelled(void **state)
{
	struct rd_fiber *fiber;
	int number = 41, result;

	(void)state;
	rd_fiber_new(&fiber, "offload", offload, &number);
	rd__sched_run_for(0);
	rd_fiber_cancel(fiber);
	rd__sched_run_idle();
	assert_int_equal(rd_fiber_join(fiber, 0, &result), 0);
	assert_int_equal(result, 42);
}

static void store_result(int rc, void *arg)
{
	assert_null(rd_fiber_self());
	*(int *)arg = rc;
}

static void offloaded_work_may_call_back(void **state)
{
	int number = 1;

	(void)state;
	assert_int_equal(rd_offload_then(work, store_result, &number), 0);
	rd__sched_run_idle();
	assert_int_equal(number, 2);
}

enum { CALLS = 1000 };
static int called;

static void count_call(void *arg)
{
	assert_int_equal((intptr_t)arg, called);
	assert_true(rd__sched_is_switch_thread());
	called++;
}

static void *call_many(void *arg)
{
	for (intptr_t i = 0; i < CALLS; i++)
		assert_int_equal(rd_call_soon(count_call, (void *)i), 0);
	return arg;
}

static bool all_called(void *arg)
{
	(void)arg;
	return called == CALLS;
}

static void another_thread_calls_in_order(void **state)
{
	pthread_t thread;

	(void)state;
	called = 0;
	pthread_create(&thread, NULL, call_many, NULL);
	assert_true(rd__sched_run_until(all_called, NULL, 5000));
	pthread_join(thread, NULL);
}

static int use_files(void *arg)
{
	const char *folder = arg;
	struct rd_pool *pool;
	char path[128], *data;
	struct stat st;
	size_t size;

	assert_int_equal(rd_pool_new(&pool, 0), 0);
	snprintf(path, sizeof(path), "%s/file", folder);
	assert_int_equal(rd_file_read(path, pool, 100, &data, &size), -ENOENT);
	assert_int_equal(rd_file_write(path, "hello\0world", 11, 0640), 0);
	assert_int_equal(rd_file_read(path, pool, 11, &data, &size), 0);
	assert_int_equal(size, 11);
	assert_memory_equal(data, "hello\0world", 12);
	assert_int_equal(rd_file_read(path, pool, 10, &data, &size), -EFBIG);
	assert_int_equal(rd_file_write_here(path, "here", 4, 0600), 0);
	assert_int_equal(rd_file_sync_here(path), 0);
	assert_int_equal(rd_file_sync_here("/nowhere/at/all"), -ENOENT);
	assert_int_equal(rd_file_write(path, "", 0, 0600), 0);
	assert_int_equal(rd_file_read(path, pool, 10, &data, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
	snprintf(path, sizeof(path), "%s/none/file", folder);
	assert_int_equal(rd_file_write(path, "x", 1, 0600), -ENOENT);
	rd_pool_free(pool);
	return 0;
}

static void files_are_read_and_replaced_whole(void **state)
{
	char folder[] = "/tmp/rd-io-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(rd__sched_call(use_files, folder), 0);
	/* Nothing but the file was left behind. */
	assert_int_equal(rmdir(folder), 0);
}

static int watch_call_offload(void *arg)
{
	struct rd_watch *watch;
	int number = 1;
	int rc;

	(void)arg;
	called = 0;
	rc = rd_watch_new(&watch, pair[0], RD_IO_READ, on_ready, NULL);
	if (rc == 0) {
		rd_watch_free(watch);
		rc = rd_call_soon(count_call, NULL);
	}
	if (rc == 0)
		rc = rd_offload_then(work, store_result, &number);
	rd__sched_run_idle();
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_int_equal(oom_sweep(watch_call_offload, NULL), 4);
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(two_fibers_pass_more_than_a_socket_holds),
		ON_LOOP(reading_ends_when_its_time_is_up),
		ON_LOOP(reading_ends_when_cancelled),
		ON_LOOP(a_wait_says_what_is_ready),
		ON_LOOP(a_wrong_descriptor_is_an_error),
		ON_LOOP(watches_share_a_descriptor_and_may_free_each_other),
		ON_LOOP(a_reset_is_told_also_after_data),
		ON_LOOP(connect_and_accept),
		ON_LOOP(what_is_added_to_a_file_is_there_as_a_whole_or_not_at_all),
		ON_LOOP(offloaded_work_runs_elsewhere_and_returns_here),
		ON_LOOP(offloaded_work_cannot_be_cancelled),
		ON_LOOP(offloaded_work_may_call_back),
		ON_LOOP(another_thread_calls_in_order),
		ON_LOOP(files_are_read_and_replaced_whole),
		ON_LOOP(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
