/* What every unit test begins with: cmocka, a network of its own, and a group that
 * fails when it leaves blocks or fibers behind. Usage:
 *
 *	int main(void) { return RUN_GROUP(tests); }
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/alloc.h"
#include "core/base/context.h"
#include "tests/unit/oom.h"
#include "tests/unit/own_network.h"

/* The scheduler's; absent in a program that is linked without it. */
__attribute__((weak)) size_t rd__fiber_count(void);

/* cmocka prints that a group's end has failed, and does not count it. */
#define RUN_GROUP(tests)                                                         \
	test_group_failed(cmocka_run_group_tests_name(__FILE__, tests, test_group_begin, \
						      test_group_end))

static bool test_left_over;

/* The statement must break an invariant: EXPECT_ASSERT(rd_pool_free(freed)). */
#define EXPECT_ASSERT(statement)                     \
	do {                                         \
		rd__assert_set_trap(test_on_assert); \
		expect_assert_failure(statement);    \
		rd__assert_set_trap(NULL);           \
	} while (0)

static inline void test_on_assert(const char *expr, const char *file, int line)
{
	mock_assert(0, expr, file, line);
}

static inline int test_group_failed(int failed)
{
	return failed + test_left_over;
}

static inline int test_group_begin(void **state)
{
	(void)state;
	test_left_over = false;
	own_network();
	rd__alloc_watch();
	return 0;
}

static inline int test_group_end(void **state)
{
	size_t fibers = rd__fiber_count ? rd__fiber_count() : 0;
	long blocks = rd__alloc_live();

	(void)state;
	rd__alloc_fail_after(-1);
	if (fibers)
		fprintf(stderr, "left over: %zu fibers\n", fibers);
	if (blocks)
		fprintf(stderr, "left over: %ld blocks of memory\n", blocks);
	test_left_over = fibers || blocks;
	return test_left_over ? -1 : 0;
}

#endif
