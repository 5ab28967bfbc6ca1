/* Programs beside us: how they end, what they are given, and what is left of one that
 * cannot be watched. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/env.h>
#include <ringdown/fiber.h>
#include <ringdown/process.h>

#include "core/base/env.h"
#include "core/sched/sched.h"

static int setup(void **state)
{
	(void)state;
	return rd__sched_init(0);
}

static int teardown(void **state)
{
	(void)state;
	rd__sched_fini();
	rd__env_free();
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return 0;
}

static int run_one(void *command)
{
	struct rd_process process;
	int rc = rd_process_start(&process, command, NULL);

	if (rc)
		return rc;
	rc = rd_process_wait(&process);
	if (process.fd >= 0) { /* without memory for the wait */
		kill(process.pid, SIGKILL);
		rd_process_bury(&process);
	}
	return rc;
}

static int run(const char *command)
{
	return rd__sched_call(run_one, (void *)(uintptr_t)command);
}

static void a_process_tells_how_it_ended(void **state)
{
	(void)state;
	assert_int_equal(run("exit 3"), 3);
	assert_int_equal(run("true"), 0);
	assert_int_equal(run("kill -9 $$"), 128 + SIGKILL);
	assert_int_equal(run("/nonexistent/program 2>/dev/null"), 127);
}

static void it_has_our_environment_and_no_descriptor_of_ours(void **state)
{
	(void)state;
	assert_int_equal(dup2(0, 50), 50);
	assert_int_equal(rd_env_set("RD_PROCESS_TEST", "told"), 0);
	assert_int_equal(run("test \"$RD_PROCESS_TEST\" = told"), 0);
	assert_int_equal(run("test -e /proc/$$/fd/2 && test ! -e /proc/$$/fd/50"), 0);
	assert_int_equal(rd_env_set("RD_PROCESS_TEST", NULL), 0);
	close(50);
}

/* Not the shell, nor a child of it. */
static void assert_nobody_writes(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };
	char byte;

	assert_int_equal(poll(&end, 1, 10000), 1);
	assert_int_equal(read(fd, &byte, 1), 0);
}

static void its_output_and_its_directory_are_what_was_wanted(void **state)
{
	struct rd_process_options options = { .directory = "/usr", .own_group = true };
	struct rd_process process;
	char said[16] = "";
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	options.out_fd = ends[1];
	assert_int_equal(rd_process_start_here(&process, "pwd; exec sleep 100", &options), 0);
	assert_int_equal(read(ends[0], said, sizeof(said) - 1), 5);
	assert_string_equal(said, "/usr\n");
	assert_int_equal(getpgid(process.pid), process.pid);
	kill(-process.pid, SIGKILL);
	assert_int_equal(rd_process_bury(&process), 128 + SIGKILL);
	close(ends[1]);
	assert_nobody_writes(ends[0]);
	close(ends[0]);
}

static void set(void *arg)
{
	*(bool *)arg = true;
}

static int start_with_a_timer(void *arg)
{
	struct rd_process process;
	bool *fired = arg, fired_meanwhile;
	struct rd_timer timer;
	int rc;

	rd_timer_init(&timer, set, fired);
	rd_timer_start(&timer, 0);
	rc = rd_process_start(&process, "true", NULL);
	fired_meanwhile = *fired;
	rd_timer_stop(&timer);
	if (rc == 0)
		rc = rd_process_wait(&process);
	*fired = fired_meanwhile;
	return rc;
}

static void calls_go_on_while_one_starts(void **state)
{
	bool fired = false;

	(void)state;
	assert_int_equal(rd__sched_call(start_with_a_timer, &fired), 0);
	assert_true(fired);
}

static void one_that_cannot_be_watched_is_ended(void **state)
{
	struct rd_process_options options = { .own_group = true };
	struct rd_process process = { .pid = 7, .fd = 7 };
	struct rlimit old, none;
	int ends[2], first, rc;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	options.out_fd = ends[1];
	first = dup(0);
	close(first);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){ (rlim_t)first, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	rc = rd_process_start_here(&process, "sleep 100 & sleep 100", &options);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(rc, -EMFILE);
	assert_int_equal(process.pid, 7);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	close(ends[1]);
	assert_nobody_writes(ends[0]);
	close(ends[0]);
}

static int start_and_wait(void *arg)
{
	int rc = run("true");

	(void)arg;
	rd__sched_run_idle();
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	assert_true(oom_sweep_lenient(start_and_wait, NULL) > 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_tells_how_it_ended),
		TEST(it_has_our_environment_and_no_descriptor_of_ours),
		TEST(its_output_and_its_directory_are_what_was_wanted),
		TEST(calls_go_on_while_one_starts),
		TEST(one_that_cannot_be_watched_is_ended),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}
