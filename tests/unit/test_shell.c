/* Commands of the dialplan: whose they are, and what becomes of them when whoever has
 * begun them goes. */
#include "tests/unit/test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/fiber.h>

#include "apps/shell.h"
#include "core/sched/sched.h"

enum { SOON_MS = 5000 };

static char note[64];

static int setup(void **state)
{
	(void)state;
	strcpy(note, "/tmp/rd-shell-XXXXXX");
	close(mkstemp(note));
	return rd__sched_init(0);
}

static int teardown(void **state)
{
	(void)state;
	rd__sched_fini();
	unlink(note);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return 0;
}

static int run(void *command)
{
	return shell_run("test", command);
}

static void a_command_has_a_group_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_call(run, (void *)(uintptr_t) "read pid name state parent group "
								 "rest </proc/$$/stat; "
								 "test $group = $$"),
			 0);
}

/* The process that the command has noted; 0: none yet. */
static long noted(void)
{
	FILE *file = fopen(note, "r");
	long pid = 0;

	if (file) {
		if (fscanf(file, "%ld\n", &pid) != 1)
			pid = 0;
		fclose(file);
	}
	return pid;
}

static bool has_noted(void *arg)
{
	(void)arg;
	return noted() > 0;
}

/* Or waits to be buried, by whomever. */
static bool is_over(void *arg)
{
	char path[64], state = 'Z';
	FILE *file;

	(void)arg;
	snprintf(path, sizeof(path), "/proc/%ld/stat", noted());
	file = fopen(path, "r");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	if (file)
		fclose(file);
	return state == 'Z';
}

/* Nobody waits for the shell any more. */
static bool is_buried(void *arg)
{
	(void)arg;
	return rd__fiber_count() == 0;
}

/* The end of a process wakes nobody, so it is looked for. */
static bool soon(bool (*done)(void *arg))
{
	for (int ms = 0; ms < SOON_MS && !done(NULL); ms += 10)
		rd__sched_run_for(10);
	return done(NULL);
}

/* Its caller goes, and this is the memory that there is for seeing to its end. True when
 * that was not enough. */
static bool leave_a_command(long allocations)
{
	struct rd_fiber *fiber;
	char command[128];
	bool refused;
	int rc = 0;

	assert_int_equal(truncate(note, 0), 0);
	snprintf(command, sizeof(command), "sleep 100 & echo $! >%s; wait", note);
	assert_int_equal(rd_fiber_new(&fiber, "call", run, command), 0);
	assert_true(soon(has_noted));
	rd_fiber_cancel(fiber);
	rd__alloc_fail_after(allocations);
	rd__sched_run_idle(); /* until whoever sees to its end waits, or has ended it */
	refused = rd__alloc_refused() > 0;
	rd__alloc_fail_after(-1);
	rd_fiber_join(fiber, 0, &rc);
	assert_int_equal(rc, -ECANCELED);
	return refused;
}

static void a_command_that_nobody_can_watch_ends_with_its_children(void **state)
{
	long allocations = 0;

	(void)state;
	for (; leave_a_command(allocations); allocations++)
		assert_true(soon(is_over));
	assert_true(allocations > 1);
	assert_false(is_over(NULL)); /* this one could be watched */
	kill((pid_t)noted(), SIGKILL);
	assert_true(soon(is_buried));
	assert_true(is_over(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_command_has_a_group_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_command_that_nobody_can_watch_ends_with_its_children, setup, teardown),
	};

	return RUN_GROUP(tests);
}
