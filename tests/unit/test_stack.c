/* Stacks: both kinds of guard, reuse, zeroing, and the machine's limit. */
#include "tests/unit/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/sched/stack.h"
#include "core/sched/tools.h"

static int end_with_markers(void **state)
{
	(void)state;
	rd__stacks_fini();
	return 0;
}

static int end_with_mprotect(void **state)
{
	(void)state;
	rd__stacks_fini();
	rd__stacks_avoid_markers(false);
	return 0;
}

static int begin_with_mprotect(void **state)
{
	(void)state;
	rd__stacks_avoid_markers(true);
	return rd__stacks_init(100);
}

static int begin(void **state)
{
	(void)state;
	return rd__stacks_init(100);
}

static void a_stack_keeps_its_size_and_comes_back_zeroed(void **state)
{
	struct rd__stack stack;
	char *before;

	(void)state;
	assert_int_equal(rd__stack_get(&stack), 0);
	assert_int_equal(stack.size, RD__STACK_SIZE);
	assert_int_equal(rd__stack_used(&stack), 0);
	memset(stack.base + stack.size - 20000, 'x', 20000);
	assert_int_equal(rd__stack_used(&stack), 20000);
	before = stack.base;
	rd__stack_put(&stack, 20000);
	assert_int_equal(rd__stack_get(&stack), 0);
	assert_ptr_equal(stack.base, before);
	assert_int_equal(rd__stack_used(&stack), 0);
	memset(stack.base, 'x', stack.size);
	assert_int_equal(rd__stack_used(&stack), stack.size);
	rd__stack_put(&stack, stack.size);
}

/* How a child ends that writes there. */
static int write_in_child(char *at)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile char *)at = 1;
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static void below_a_stack_is_a_guard(void **state)
{
	struct rd__stack stack;

	(void)state;
	assert_int_equal(rd__stack_get(&stack), 0);
	assert_int_equal(write_in_child(stack.base), 0);
	assert_int_equal(WTERMSIG(write_in_child(stack.base - 1)), SIGSEGV);
	assert_int_equal(WTERMSIG(write_in_child(stack.base - RD__STACK_GUARD)), SIGSEGV);
	assert_true(rd__stack_guards(&stack, stack.base - 1));
	assert_true(rd__stack_guards(&stack, stack.base - RD__STACK_GUARD));
	assert_false(rd__stack_guards(&stack, stack.base - RD__STACK_GUARD - 1));
	assert_false(rd__stack_guards(&stack, stack.base));
	rd__stack_put(&stack, 0);
}

static void more_stacks_than_the_machine_can_guard_are_refused(void **state)
{
	(void)state;
	assert_string_equal(rd__stacks_guard_kind(), "mprotect");
	assert_true(rd__stacks_possible() > 1000);
	assert_int_equal(rd__stacks_init(rd__stacks_possible()), 0);
	assert_int_equal(rd__stacks_init(rd__stacks_possible() + 1), -ENOMEM);
}

static void many_stacks_come_and_go(void **state)
{
	static struct rd__stack stacks[1500];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < RD_ARRAY_SIZE(stacks); i++) {
			assert_int_equal(rd__stack_get(&stacks[i]), 0);
			stacks[i].base[stacks[i].size - 9000] = 1;
		}
		for (size_t i = 0; i < RD_ARRAY_SIZE(stacks); i++)
			rd__stack_put(&stacks[i], rd__stack_used(&stacks[i]));
	}
}

#define WITH_MARKERS(test)  cmocka_unit_test_setup_teardown(test, begin, end_with_markers)
#define WITH_MPROTECT(test) \
	cmocka_unit_test_setup_teardown(test, begin_with_mprotect, end_with_mprotect)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MARKERS(a_stack_keeps_its_size_and_comes_back_zeroed),
		WITH_MARKERS(below_a_stack_is_a_guard),
		WITH_MARKERS(many_stacks_come_and_go),
		WITH_MPROTECT(a_stack_keeps_its_size_and_comes_back_zeroed),
		WITH_MPROTECT(below_a_stack_is_a_guard),
		WITH_MPROTECT(many_stacks_come_and_go),
		WITH_MPROTECT(more_stacks_than_the_machine_can_guard_are_refused),
	};

	return RUN_GROUP(tests);
}
