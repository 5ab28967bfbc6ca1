/* Pools: alignment, growth, reset, and no memory. */
#include "tests/unit/test.h"

#include <stdalign.h>

#include <ringdown/pool.h>

static void allocations_are_aligned_and_apart(void **state)
{
	struct rd_pool *pool;
	char *last = NULL;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 64), 0);
	for (size_t size = 0; size < 300; size++) {
		char *p = rd_pool_alloc(pool, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		assert_ptr_not_equal(p, last);
		memset(p, (int)size, size);
		last = p;
	}
	rd_pool_free(pool);
}

static void a_large_block_leaves_the_current_one_in_use(void **state)
{
	struct rd_pool *pool;
	char *a, *b;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 1024), 0);
	a = rd_pool_alloc(pool, 16);
	assert_non_null(rd_pool_alloc(pool, 100000));
	b = rd_pool_alloc(pool, 16);
	assert_true(b > a && b <= a + 64);
	rd_pool_free(pool);
}

static void reset_gives_back_all_but_the_first_block(void **state)
{
	struct rd_pool *pool;
	size_t before;
	char *first;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	before = rd_pool_size(pool);
	first = rd_pool_strdup(pool, "one");
	for (int i = 0; i < 1000; i++)
		assert_non_null(rd_pool_printf(pool, "text %d", i));
	assert_non_null(rd_pool_zalloc(pool, 70000));
	assert_true(rd_pool_size(pool) > before + 70000);
	rd_pool_reset(pool);
	assert_int_equal(rd_pool_size(pool), before);
	assert_ptr_equal(rd_pool_strdup(pool, "two"), first);
	rd_pool_free(pool);
}

static void strings_are_copied_and_cut(void **state)
{
	struct rd_pool *pool;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_string_equal(rd_pool_strndup(pool, "abcdef", 3), "abc");
	assert_string_equal(rd_pool_strndup(pool, "ab", 30), "ab");
	assert_string_equal(rd_pool_printf(pool, "%s/%d", "sip", 1002), "sip/1002");
	/* Around the length that is formatted once. */
	for (int n = 250; n < 260; n++)
		assert_int_equal(strlen(rd_pool_printf(pool, "%*d", n, 7)), n);
	assert_null(rd_pool_strdup(pool, NULL));
	rd_pool_free(pool);
}

static void an_absurd_size_is_refused(void **state)
{
	struct rd_pool *pool;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_null(rd_pool_alloc(pool, SIZE_MAX));
	assert_null(rd_pool_alloc(pool, SIZE_MAX - 8));
	rd_pool_free(pool);
}

static void a_release_gives_back_what_came_after_the_mark(void **state)
{
	struct rd_pool *pool;
	struct rd_pool_mark mark;
	char *kept;
	size_t before;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 64), 0);
	kept = rd_pool_strdup(pool, "kept");
	before = rd_pool_size(pool);
	mark = rd_pool_mark(pool);
	for (int i = 0; i < 100; i++)
		assert_non_null(rd_pool_alloc(pool, 500));
	assert_non_null(rd_pool_alloc(pool, 100000));
	assert_true(rd_pool_size(pool) > before + 150000);
	rd_pool_release(pool, mark);
	assert_int_equal(rd_pool_size(pool), before);
	assert_string_equal(kept, "kept");
	assert_non_null(rd_pool_alloc(pool, 500));
	rd_pool_free(pool);
}

static int use_pool(void *arg)
{
	struct rd_pool *pool;
	int rc = rd_pool_new(&pool, 0);

	(void)arg;
	if (rc < 0)
		return rc;
	if (!rd_pool_alloc(pool, 3000) || !rd_pool_alloc(pool, 1900) ||
	    !rd_pool_zalloc(pool, 50000))
		rc = -ENOMEM;
	rd_pool_free(pool);
	return rc;
}

static int use_pool_with_object(void *arg)
{
	struct rd_pool *pool;
	char *object = rd_pool_new_with(&pool, 64, 5000);

	(void)arg;
	if (!object)
		return -ENOMEM;
	for (int i = 0; i < 5000; i++)
		assert_int_equal(object[i], 0);
	rd_pool_free(pool);
	return 0;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_int_equal(oom_sweep(use_pool, NULL), 3);
	assert_int_equal(oom_sweep(use_pool_with_object, NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_aligned_and_apart),
		cmocka_unit_test(a_large_block_leaves_the_current_one_in_use),
		cmocka_unit_test(reset_gives_back_all_but_the_first_block),
		cmocka_unit_test(strings_are_copied_and_cut),
		cmocka_unit_test(an_absurd_size_is_refused),
		cmocka_unit_test(a_release_gives_back_what_came_after_the_mark),
		cmocka_unit_test(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
