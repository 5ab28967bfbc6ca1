/* Blocks close together: zeroed, apart from each other, used again; chunks come
 * and go, and become large pages when they are worth it. */
#include "tests/unit/test.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/slab.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WATCHED true
#else
#define WATCHED false
#endif

enum { CHUNK = 1 << 21, SLAB = 65536, MANY = 2000 };

static bool is_zero(const char *p, size_t size)
{
	return p[0] == 0 && memcmp(p, p + 1, size - 1) == 0;
}

static void blocks_of_all_sizes_are_zero_and_apart(void **state)
{
	static char *blocks[MANY];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		size_t size = 1 + i * 11; /* also some that are too large for a slab */

		blocks[i] = rd__slab_zalloc(size, RD__SLAB_OTHER);
		assert_non_null(blocks[i]);
		assert_true(WATCHED || size > 16384 || (uintptr_t)blocks[i] % 64 == 0);
		if (size > 1)
			assert_true(is_zero(blocks[i], size));
		memset(blocks[i], (int)i, size);
	}
	for (size_t i = 0; i < MANY; i++) {
		size_t size = 1 + i * 11;

		assert_int_equal(blocks[i][0], (char)i);
		assert_memory_equal(blocks[i], blocks[i] + size - 1, 1);
		rd__slab_free(blocks[i], RD__SLAB_OTHER);
	}
	rd__slab_free(NULL, RD__SLAB_OTHER);
}

static void what_was_freed_is_used_again_and_zero(void **state)
{
	char *stays = rd__slab_zalloc(1000, RD__SLAB_OTHER);
	char *p = rd__slab_zalloc(1000, RD__SLAB_OTHER), *again;

	(void)state;
	memset(p, 0xff, 1000);
	rd__slab_free(p, RD__SLAB_OTHER);
	again = rd__slab_zalloc(999, RD__SLAB_OTHER);
	assert_true(WATCHED || again == p);
	assert_true(is_zero(again, 999));
	rd__slab_free(again, RD__SLAB_OTHER);
	rd__slab_free(stays, RD__SLAB_OTHER);
}

static int advice;

/* In place of the library's: when the kernel makes a large page is its own affair, and
 * may be at once. */
int madvise(void *p, size_t size, int what)
{
	advice = what;
	return (int)syscall(SYS_madvise, p, size, what);
}

static void the_first_chunk_may_be_one_page_when_a_quarter_is_in_use(void **state)
{
	static char *blocks[CHUNK / SLAB];
	size_t huge;

	(void)state;
	if (WATCHED)
		skip();
	for (int i = 0; i < 7 * 4; i++)
		blocks[i] = rd__slab_zalloc(SLAB / 4, RD__SLAB_OTHER);
	assert_int_equal(rd__slab_chunks(&huge), 1);
	assert_int_equal(huge, 0);
	assert_int_equal(advice, 0);
	blocks[28] = rd__slab_zalloc(SLAB / 4, RD__SLAB_OTHER);
	rd__slab_chunks(&huge);
	assert_int_equal(huge, 1);
	/* Not MADV_COLLAPSE, for which somebody would wait. */
	assert_int_equal(advice, MADV_HUGEPAGE);
	for (int i = 0; i <= 28; i++)
		rd__slab_free(blocks[i], RD__SLAB_OTHER);
}

static void empty_chunks_go_but_the_last(void **state)
{
	static void *blocks[MANY];
	size_t huge;

	(void)state;
	if (WATCHED)
		skip();
	for (int i = 0; i < MANY; i++)
		blocks[i] = rd__slab_zalloc(SLAB / 8, RD__SLAB_OTHER);
	assert_in_range(rd__slab_chunks(&huge), 8, 9);
	for (int i = 0; i < MANY; i++)
		rd__slab_free(blocks[i], RD__SLAB_OTHER);
	assert_int_equal(rd__slab_chunks(&huge), 1);
}

/* Or each call beyond a full one would map and fault in another. */
static void an_empty_chunk_stays_beside_full_ones(void **state)
{
	static void *blocks[CHUNK / SLAB * 4];
	char *beyond, *again;
	size_t huge;

	(void)state;
	if (WATCHED)
		skip();
	for (size_t i = 0; i < RD_ARRAY_SIZE(blocks); i++)
		blocks[i] = rd__slab_zalloc(SLAB / 4, RD__SLAB_OTHER);
	assert_int_equal(rd__slab_chunks(&huge), 1);
	beyond = rd__slab_zalloc(SLAB / 4, RD__SLAB_OTHER);
	rd__slab_free(beyond, RD__SLAB_OTHER);
	assert_int_equal(rd__slab_chunks(&huge), 2);
	assert_int_equal(huge, 2); /* from its beginning on */
	again = rd__slab_zalloc(SLAB / 4, RD__SLAB_OTHER);
	assert_ptr_equal(again, beyond);
	assert_int_equal(rd__slab_chunks(&huge), 2);
	/* What has room is filled first, and a second empty one goes. */
	rd__slab_free(again, RD__SLAB_OTHER);
	for (size_t i = 0; i < 4; i++)
		rd__slab_free(blocks[i], RD__SLAB_OTHER);
	blocks[0] = rd__slab_zalloc(SLAB / 4, RD__SLAB_OTHER);
	assert_true((char *)blocks[0] < beyond || (char *)blocks[0] >= beyond + CHUNK);
	rd__slab_free(blocks[0], RD__SLAB_OTHER);
	for (size_t i = 4; i < RD_ARRAY_SIZE(blocks); i++)
		rd__slab_free(blocks[i], RD__SLAB_OTHER);
	assert_int_equal(rd__slab_chunks(&huge), 1);
}

static void without_memory_there_is_no_block(void **state)
{
	void *p;

	(void)state;
	rd__alloc_fail_after(0);
	p = rd__slab_zalloc(500, RD__SLAB_OTHER);
	rd__alloc_fail_after(-1);
	assert_null(p);
}

static jmp_buf before;
static bool refused;

static void refuse(const char *expr, const char *file, int line)
{
	(void)expr, (void)file, (void)line;
	refused = true;
	longjmp(before, 1);
}

static void *free_elsewhere(void *block)
{
	if (setjmp(before) == 0)
		rd__slab_free(block, RD__SLAB_OTHER);
	return NULL;
}

static void no_other_thread_may_use_it(void **state)
{
	char *block = rd__slab_zalloc(1000, RD__SLAB_OTHER);
	pthread_t thread;

	(void)state;
	rd__assert_set_trap(refuse);
	assert_int_equal(pthread_create(&thread, NULL, free_elsewhere, block), 0);
	pthread_join(thread, NULL);
	rd__assert_set_trap(NULL);
	assert_true(refused);
	rd__slab_free(block, RD__SLAB_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_freed_is_used_again_and_zero),
		cmocka_unit_test(the_first_chunk_may_be_one_page_when_a_quarter_is_in_use),
		cmocka_unit_test(blocks_of_all_sizes_are_zero_and_apart),
		cmocka_unit_test(empty_chunks_go_but_the_last),
		cmocka_unit_test(an_empty_chunk_stays_beside_full_ones),
		cmocka_unit_test(without_memory_there_is_no_block),
		cmocka_unit_test(no_other_thread_may_use_it),
	};

	return RUN_GROUP(tests);
}
