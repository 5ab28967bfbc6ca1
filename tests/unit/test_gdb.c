/* tools/gdb/ringdown.py, run by gdb on a living process and on its core:
 * a parked fiber must be listed and its story told. */
#include "tests/unit/test.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/fiber.h>

#include "core/sched/crash.h"
#include "core/sched/sched.h"
#include "core/sched/tools.h"

static char output[65536];

static __attribute__((noinline)) int second_chapter(int page)
{
	int rc = rd_sleep(600000 + page);

	return rc + page;
}

static __attribute__((noinline)) int first_chapter(int page)
{
	return second_chapter(page + 1) + 1;
}

static int story(void *arg)
{
	rd_fiber_set_module("app_story");
	rd_fiber_set_subject("SIP/1001-0000002a");
	return first_chapter((int)(intptr_t)arg);
}

static void *sleep_beside(void *unused)
{
	pause();
	return unused;
}

static void *crash_beside(void *unused)
{
	usleep(600000);
	raise(SIGABRT);
	return unused;
}

/* A process with two parked fibers, asleep in its loop; and with threads that
 * are not the one with the fibers. */
static pid_t start_subject(bool crashes)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int pipes[2];
	char c;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
		setrlimit(RLIMIT_CORE, &unlimited);
		signal(SIGABRT, SIG_DFL);
		if (rd__sched_init(0) || rd__crash_install(NULL))
			_exit(1);
		close(STDERR_FILENO); /* nobody wants to read of the crash */
		pthread_create(&(pthread_t){ 0 }, NULL, sleep_beside, NULL);
		if (crashes)
			pthread_create(&(pthread_t){ 0 }, NULL, crash_beside, NULL);
		rd_fiber_new_detached("call/1001", story, (void *)1);
		rd_fiber_new_detached("call/1002", story, (void *)2);
		rd__sched_run_for(10);
		if (write(pipes[1], "x", 1) != 1)
			_exit(1);
		rd__sched_run();
		_exit(0);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	close(pipes[0]);
	return child;
}

static void end_subject(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void run_gdb(const char *arguments)
{
	const char *source = getenv("RD_SOURCE");
	char command[4096];
	size_t n;
	FILE *f;

	/* No index servers: a test does not wait for the network. */
	snprintf(command, sizeof(command),
		 "DEBUGINFOD_URLS= timeout -k 1 60 gdb -batch -nx "
		 "-ex 'source %s/tools/gdb/ringdown.py' %s 2>&1",
		 source ? source : "..", arguments);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(output, 1, sizeof(output) - 1, f);
	output[n] = '\0';
	pclose(f);
}

/* It is there, has Python, and the program was built with what it needs: -g1 is too little. */
static bool gdb_works(void)
{
	char arguments[1100], program[1024], size[32];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	program[RD_MAX(n, 0)] = '\0';
	snprintf(arguments, sizeof(arguments),
		 "-ex 'python print(\"works\")' -ex 'print sizeof(output)' %s", program);
	snprintf(size, sizeof(size), "= %zu\n", sizeof(output));
	run_gdb(arguments);
	return strstr(output, "works") && strstr(output, size);
}

static void expect(const char *text)
{
	if (strstr(output, text))
		return;
	fputs(output, stderr);
	fail_msg("no \"%s\" in what gdb says", text);
}

static void expect_story(void)
{
	expect("call/1001");
	expect("app_story");
	expect("SIP/1001-0000002a");
	expect("sleep for");
	if (strstr(output, "sleep for 0.0 s"))
		fail_msg("its wait has not begun yet, by the clock of: %s", output);
#ifdef RD_SWITCH_UCONTEXT
	expect("parked fibers cannot be shown in a build over ucontext");
	return;
#endif
	expect("rd_sleep");
	expect("in second_chapter (page=");
	expect("=3) at ");
	expect("in first_chapter (");
	expect("switch_start ()"); /* clang writes rd.switch_start */
}

static void a_parked_fiber_of_a_living_process_tells_its_story(void **state)
{
	char arguments[128];
	pid_t child;

	(void)state;
	if (!gdb_works())
		skip();
	child = start_subject(false);
	usleep(200000);
	snprintf(arguments, sizeof(arguments), "-ex fibers -ex 'fiber call/1002' -p %d", child);
	run_gdb(arguments);
	end_subject(child);
	if (strstr(output, "Operation not permitted"))
		skip();
	expect_story();
}

/* Where the kernel puts core files here; false where a program takes them. */
static bool cores_are_files(void)
{
	char pattern[128] = "|";
	FILE *f = fopen("/proc/sys/kernel/core_pattern", "r");

	if (f && !fgets(pattern, sizeof(pattern), f))
		pattern[0] = '|';
	if (f)
		fclose(f);
	return strcmp(pattern, "core\n") == 0;
}

static void a_parked_fiber_of_a_core_file_tells_its_story(void **state)
{
	char folder[] = "/tmp/rd-gdb-XXXXXX", here[1024], program[1024];
	char arguments[3000], core[96];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	pid_t child;

	(void)state;
#ifdef RD__ASAN
	skip(); /* the core would hold terabytes of shadow */
#endif
	if (!gdb_works() || !cores_are_files())
		skip();
	program[n] = '\0';
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(mkdtemp(folder)), 0);
	child = start_subject(true);
	assert_int_equal(chdir(here), 0);
	waitpid(child, NULL, 0);
	snprintf(core, sizeof(core), "%s/core", folder);
	if (access(core, R_OK))
		snprintf(core, sizeof(core), "%s/core.%d", folder, child);
	snprintf(arguments, sizeof(arguments),
		 "-ex fibers -ex 'fibers bt' -ex 'fiber 2' -ex 'info locals' %s %s", program, core);
	run_gdb(arguments);
	unlink(core);
	rmdir(folder);
	expect_story();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parked_fiber_of_a_living_process_tells_its_story),
		cmocka_unit_test(a_parked_fiber_of_a_core_file_tells_its_story),
	};

	return RUN_GROUP(tests);
}
