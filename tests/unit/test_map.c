/* Maps: keys, order, removal, walks that change the map, and no memory. */
#include "tests/unit/test.h"

#include <ringdown/map.h>
#include <ringdown/str.h>

static void set_get_replace_remove(void **state)
{
	struct rd_map *map;
	void *old;
	int a, b;

	(void)state;
	assert_int_equal(rd_map_new(&map, 0), 0);
	assert_null(rd_map_get(map, "x"));
	assert_null(rd_map_remove(map, "x"));
	assert_int_equal(rd_map_set(map, "x", &a, &old), 0);
	assert_null(old);
	assert_int_equal(rd_map_set(map, "x", &b, &old), 0);
	assert_ptr_equal(old, &a);
	assert_ptr_equal(rd_map_get(map, "x"), &b);
	assert_ptr_equal(rd_map_getn(map, "xyz", 1), &b);
	assert_null(rd_map_get(map, "X"));
	assert_null(rd_map_get(map, ""));
	assert_int_equal(rd_map_count(map), 1);
	assert_ptr_equal(rd_map_remove(map, "x"), &b);
	assert_int_equal(rd_map_count(map), 0);
	rd_map_free(map);
	rd_map_free(NULL);
}

static void case_may_not_matter(void **state)
{
	struct rd_map *map;
	int a;

	(void)state;
	assert_int_equal(rd_map_new(&map, RD_MAP_NOCASE), 0);
	rd_map_set(map, "Content-Type-of-this", &a, NULL);
	assert_ptr_equal(rd_map_get(map, "cOnTENT-tYPE-oF-tHIS"), &a);
	/* These differ in the bit that makes letters small. */
	rd_map_set(map, "a@b", &a, NULL);
	assert_null(rd_map_get(map, "a`b"));
	assert_null(rd_map_get(map, "content-type-of-thi\x13"));
	rd_map_free(map);
}

/* Random steps against a plain array that is surely right. */
static void behaves_like_an_array(void **state)
{
	enum { KEYS = 300, STEPS = 60000 };
	static char values[KEYS];
	void *expected[KEYS] = { 0 };
	struct rd_map *map;
	unsigned seed = 1;
	size_t count = 0;

	(void)state;
	assert_int_equal(rd_map_new(&map, 0), 0);
	for (int step = 0; step < STEPS; step++) {
		unsigned i = (seed = seed * 1103515245 + 12345) >> 8, op = i / KEYS % 3;
		char key[16];

		snprintf(key, sizeof(key), "key%u", i %= KEYS);
		assert_ptr_equal(rd_map_get(map, key), expected[i]);
		if (op == 0) {
			assert_ptr_equal(rd_map_remove(map, key), expected[i]);
			count -= expected[i] != NULL;
			expected[i] = NULL;
		} else {
			assert_int_equal(rd_map_set(map, key, &values[i], NULL), 0);
			count += expected[i] == NULL;
			expected[i] = &values[i];
		}
		assert_int_equal(rd_map_count(map), count);
	}
	rd_map_free(map);
}

static void walks_in_order_of_insertion(void **state)
{
	struct rd_map *map;
	const char *key;
	char seen[64] = "";
	size_t pos = 0;
	void *value;

	(void)state;
	assert_int_equal(rd_map_new(&map, 0), 0);
	for (const char *k = "z\0a\0m\0b\0q\0"; *k; k += 2)
		rd_map_set(map, k, seen, NULL);
	rd_map_remove(map, "a");
	rd_map_set(map, "a", seen, NULL);
	rd_map_set(map, "m", map, NULL);
	while (rd_map_next(map, &pos, &key, &value))
		strcat(seen, key);
	assert_string_equal(seen, "zmbqa");
	rd_map_free(map);
}

static void a_walk_survives_changes(void **state)
{
	struct rd_map *map;
	const char *key;
	int seen = 0, added = 0;
	size_t pos = 0;
	char name[16];

	(void)state;
	assert_int_equal(rd_map_new(&map, 0), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "old%d", i);
		rd_map_set(map, name, map, NULL);
	}
	while (rd_map_next(map, &pos, &key, NULL)) {
		if (key[0] != 'o')
			continue;
		snprintf(name, sizeof(name), "old%d", seen++);
		assert_string_equal(key, name); /* each once, in order */
		assert_ptr_equal(rd_map_remove(map, name), map);
		for (int i = 0; i < 3 && added < 500; i++) {
			snprintf(name, sizeof(name), "new%d", added++);
			rd_map_set(map, name, map, NULL);
		}
	}
	assert_int_equal(seen, 100);
	rd_map_free(map);
}

static int fill(void *arg)
{
	struct rd_map *map;
	char key[16];
	int rc = rd_map_new(&map, 0);

	(void)arg;
	for (int i = 0; rc == 0 && i < 40; i++) {
		snprintf(key, sizeof(key), "%d", i);
		rc = rd_map_set(map, key, key, NULL);
		/* Nothing has changed when it failed. */
		if (rc < 0)
			assert_int_equal(rd_map_count(map), i);
		if (rc < 0)
			assert_null(rd_map_get(map, key));
		if (rc < 0)
			rd_map_free(map);
	}
	if (rc == 0)
		rd_map_free(map);
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_true(oom_sweep(fill, NULL) > 40);
}

static void each_kind_of_hash_is_another(void **state)
{
	(void)state;
	assert_true(rd_hash(1, "call", 4) == rd_hash(1, "call", 4));
	assert_true(rd_hash(1, "call", 4) != rd_hash(2, "call", 4));
	assert_true(rd_hash(1, "call", 4) != rd_hash(1, "Call", 4));
	assert_true(rd_hash(1, "call", 4) != rd_hash(1, "call", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_get_replace_remove),
		cmocka_unit_test(case_may_not_matter),
		cmocka_unit_test(behaves_like_an_array),
		cmocka_unit_test(walks_in_order_of_insertion),
		cmocka_unit_test(a_walk_survives_changes),
		cmocka_unit_test(each_kind_of_hash_is_another),
		cmocka_unit_test(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
