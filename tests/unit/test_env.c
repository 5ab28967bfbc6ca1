/* The environment that the dialplan sets over the process's own. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/env.h>

#include "core/base/env.h"

/* The value in a list for a program, NULL when it is not there. */
static const char *listed(struct rd_pool *pool, const char *name)
{
	char **list = rd_env_new(pool);
	size_t n = strlen(name);

	assert_non_null(list);
	for (; *list; list++)
		if (strncmp(*list, name, n) == 0 && (*list)[n] == '=')
			return *list + n + 1;
	return NULL;
}

static void what_is_set_lies_over_what_was(void **state)
{
	struct rd_pool *pool;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(setenv("RD_TEST_OWN", "process", 1), 0);
	assert_string_equal(rd_env_get("RD_TEST_OWN"), "process");
	assert_string_equal(listed(pool, "RD_TEST_OWN"), "process");
	assert_int_equal(rd_env_set("RD_TEST_OWN", "ours"), 0);
	assert_string_equal(rd_env_get("RD_TEST_OWN"), "ours");
	assert_string_equal(listed(pool, "RD_TEST_OWN"), "ours");
	assert_string_equal(getenv("RD_TEST_OWN"), "process");
	assert_int_equal(rd_env_set("RD_TEST_OWN", ""), 0);
	assert_null(rd_env_get("RD_TEST_OWN"));
	assert_null(listed(pool, "RD_TEST_OWN"));
	assert_int_equal(rd_env_set("A=B", "x"), -EINVAL);
	assert_int_equal(rd_env_set("", "x"), -EINVAL);
	rd__env_free();
	assert_string_equal(rd_env_get("RD_TEST_OWN"), "process");
	rd_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_set_lies_over_what_was),
	};

	return RUN_GROUP(tests);
}
