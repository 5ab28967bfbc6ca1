/* Blocks kept between two uses: by size, the latest first, and not too many. */
#include "tests/unit/test.h"

#include <malloc.h>
#include <stdlib.h>

#include "core/base/spare.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WATCHED true
#else
#define WATCHED false
#endif

static void keep(void *p)
{
	if (!rd__spare_keep(p))
		free(p);
}

static void the_latest_comes_back_first(void **state)
{
	void *a, *b;

	(void)state;
	if (WATCHED)
		skip();
	a = malloc(100);
	b = malloc(100);
	keep(a);
	keep(b);
	assert_ptr_equal(rd__spare_take(100), b);
	assert_ptr_equal(rd__spare_take(100), a);
	assert_null(rd__spare_take(100));
	free(a);
	free(b);
}

/* Written to the last byte, for a sanitizer and for malloc's own checks. */
static void a_block_is_as_large_as_was_asked(void **state)
{
	(void)state;
	for (size_t had = 1; had < 6000; had += 5) {
		keep(malloc(had));
		for (size_t want = 0; want < had + 40; want++) {
			char *p = rd__spare_take(want);

			if (!p)
				continue;
			assert_true(malloc_usable_size(p) >= want);
			memset(p, 0xa5, want);
			keep(p);
		}
		rd__spare_drop();
	}
}

static void each_size_from_nothing_on_is_found_again(void **state)
{
	(void)state;
	if (WATCHED)
		skip();
	for (size_t size = 0; size <= 4000; size++) {
		void *p = malloc(size);

		assert_true(rd__spare_keep(p));
		assert_ptr_equal(rd__spare_take(size), p);
		free(p);
	}
}

static void large_ones_are_not_kept(void **state)
{
	void *p = malloc(5000);

	(void)state;
	assert_false(rd__spare_keep(p));
	free(p);
	assert_null(rd__spare_take(5000));
	assert_null(rd__spare_take(SIZE_MAX / 2));
}

static void the_shelf_has_an_end(void **state)
{
	size_t kept = 0;
	void *p;

	(void)state;
	if (WATCHED)
		skip();
	while (rd__spare_keep(p = malloc(1000)))
		kept++;
	free(p);
	assert_in_range(kept, 16, 64);
	rd__spare_drop();
	assert_null(rd__spare_take(1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_latest_comes_back_first),
		cmocka_unit_test(a_block_is_as_large_as_was_asked),
		cmocka_unit_test(each_size_from_nothing_on_is_found_again),
		cmocka_unit_test(large_ones_are_not_kept),
		cmocka_unit_test(the_shelf_has_an_end),
	};

	return RUN_GROUP(tests);
}
