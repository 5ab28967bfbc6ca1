/* What memory is for: blocks of the heap, pools, slabs, libraries, and what the kernel says. */
#include "tests/unit/test.h"

#include <pthread.h>

#include <ringdown/memory.h>

#include "core/base/borrowed.h"
#include "core/base/slab.h"
#include "core/memory.h"
#include "core/metrics.h"

static struct rd_memory_part apples = { .name = "apples" }, pears = { .name = "pears" };

static long bytes_of(const char *name)
{
	const char *part;
	long bytes;

	for (unsigned id = 0; (part = rd__alloc_part_next(id, &bytes)); id++)
		if (strcmp(part, name) == 0)
			return bytes;
	return -1;
}

static void a_block_is_of_one_part_until_it_is_freed(void **state)
{
	long core = bytes_of("core");
	char *p = rd_malloc(1000), *other = rd_malloc(500);

	(void)state;
	assert_in_range(bytes_of("core") - core, 1500, 1600);
	assert_int_equal(bytes_of("apples"), -1);
	rd_memory_belongs(p, &apples);
	rd_memory_belongs(other, &pears);
	rd_memory_belongs(NULL, &apples);
	assert_int_equal(bytes_of("core"), core);
	assert_in_range(bytes_of("apples"), 1000, 1050);
	p = rd_realloc(p, 100000);
	assert_in_range(bytes_of("apples"), 100000, 110000);
	rd_memory_belongs(p, &pears);
	assert_int_equal(bytes_of("apples"), 0);
	rd_free(p);
	rd_free(other);
	assert_int_equal(bytes_of("pears"), 0);
	assert_int_equal(bytes_of("core"), core);
}

/* As a module does that has been loaded anew. */
static void a_name_is_one_part_whoever_says_it(void **state)
{
	struct rd_memory_part again = { .name = "apples" };
	char *p = rd_malloc(100), *other = rd_malloc(100);

	(void)state;
	rd_memory_belongs(p, &apples);
	rd_memory_belongs(other, &again);
	assert_int_equal(apples.id, again.id);
	assert_in_range(bytes_of("apples"), 200, 300);
	rd_free(other);
	rd_free(p);
}

static void a_name_that_is_too_long_is_one_part_too(void **state)
{
	static struct rd_memory_part one = { .name = "apples_of_a_tree_that_nobody_planted" };
	static struct rd_memory_part again = { .name = "apples_of_a_tree_that_nobody_planted" };
	char *p = rd_malloc(100), *other = rd_malloc(100);

	(void)state;
	rd_memory_belongs(p, &one);
	rd_memory_belongs(other, &again);
	assert_int_equal(one.id, again.id);
	assert_in_range(bytes_of("apples_of_a_tree_that_nobody_pl"), 200, 300);
	rd_free(other);
	rd_free(p);
}

static void a_pool_is_all_of_its_part(void **state)
{
	struct rd_pool *pool;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_non_null(rd_pool_alloc(pool, 50000));
	rd_pool_belongs(pool, &apples);
	assert_in_range(bytes_of("apples"), rd_pool_size(pool), rd_pool_size(pool) + 200);
	for (int i = 0; i < 200; i++)
		assert_non_null(rd_pool_alloc(pool, 1000));
	assert_in_range(bytes_of("apples"), 250000, rd_pool_size(pool) + 1000);
	rd_pool_free(pool);
	assert_int_equal(bytes_of("apples"), 0);
}

static void *free_it(void *p)
{
	rd_free(p);
	return NULL;
}

static void another_thread_may_free_it(void **state)
{
	pthread_t thread;
	char *p = rd_malloc(1000);

	(void)state;
	rd_memory_belongs(p, &apples);
	pthread_create(&thread, NULL, free_it, p);
	pthread_join(thread, NULL);
	assert_int_equal(bytes_of("apples"), 0);
}

static size_t used_by(enum rd__slab_use use)
{
	size_t bytes;

	assert_non_null(rd__slab_use(use, &bytes));
	return bytes;
}

static void blocks_of_slabs_are_known_by_their_use(void **state)
{
	void *stream = rd__slab_zalloc(5000, RD__SLAB_STREAMS);
	void *buffer = rd__slab_zalloc(1000, RD__SLAB_JITTER);
	void *large = rd__slab_zalloc(100000, RD__SLAB_JITTER);

	(void)state;
	assert_in_range(used_by(RD__SLAB_STREAMS), 5000, 5100);
	assert_in_range(used_by(RD__SLAB_JITTER), 1000, 1100);
	assert_in_range(bytes_of("jitter_buffers"), 100000, 110000);
	assert_true(rd__slab_bytes() >= 6000);
	rd__slab_free(stream, RD__SLAB_STREAMS);
	rd__slab_free(buffer, RD__SLAB_JITTER);
	rd__slab_free(large, RD__SLAB_JITTER);
	assert_int_equal(used_by(RD__SLAB_STREAMS), 0);
	assert_int_equal(used_by(RD__SLAB_JITTER), 0);
	assert_int_equal(bytes_of("jitter_buffers"), 0);
}

static void what_a_library_borrows_is_counted(void **state)
{
	long bytes;
	void *p = rd__borrow(RD__BORROWED_TLS, 1000);

	(void)state;
	assert_string_equal(rd__borrowed(RD__BORROWED_TLS, &bytes), "tls");
	assert_in_range(bytes, 1000, 1100);
	p = rd__borrow_again(RD__BORROWED_TLS, p, 5000);
	rd__borrowed(RD__BORROWED_TLS, &bytes);
	assert_in_range(bytes, 5000, 5100);
	rd__borrow_end(RD__BORROWED_TLS, p);
	rd__borrow_end(RD__BORROWED_TLS, NULL);
	rd__borrowed(RD__BORROWED_TLS, &bytes);
	assert_int_equal(bytes, 0);
}

/* Sanitizers map more than can be compared. */
static void the_kernel_says_what_is_really_there(void **state)
{
	struct rd__memory_map map = { 0 }, before = { 0 };
	double all;
	char *p;

	(void)state;
	assert_int_equal(rd__memory_look(&before), 0);
	p = rd_malloc(20 << 20);
	memset(p, 1, 20 << 20);
	assert_int_equal(rd__memory_look(&map), 0);
	all = map.files + map.stacks + map.anonymous;
	assert_true(all > rd__process_resident() * 0.95 && all < rd__process_resident() * 1.05);
	assert_in_range((long)(map.anonymous - before.anonymous), 19 << 20, 22 << 20);
	rd_free(p);
}

int main(void)
{
	const struct CMUnitTest always[] = {
		cmocka_unit_test(what_a_library_borrows_is_counted),
	};
	const struct CMUnitTest counted[] = {
		cmocka_unit_test(a_block_is_of_one_part_until_it_is_freed),
		cmocka_unit_test(a_name_is_one_part_whoever_says_it),
		cmocka_unit_test(a_name_that_is_too_long_is_one_part_too),
		cmocka_unit_test(a_pool_is_all_of_its_part),
		cmocka_unit_test(another_thread_may_free_it),
		cmocka_unit_test(blocks_of_slabs_are_known_by_their_use),
		cmocka_unit_test(the_kernel_says_what_is_really_there),
	};
	int failed = RUN_GROUP(always);

	/* Where a sanitizer watches, nothing is. */
	return rd__alloc_has_usage() ? failed + RUN_GROUP(counted) : failed;
}
