/* When memory is given back: after a storm, a few times, and not in it. */
#include "tests/unit/test.h"

#include "core/trim.h"

static void nothing_is_trimmed_where_there_was_no_storm(void **state)
{
	unsigned left = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(rd__trim_due(&left, 1));
}

static void nothing_is_trimmed_in_a_storm(void **state)
{
	unsigned left = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(rd__trim_due(&left, 60));
}

static void after_a_storm_a_few_times(void **state)
{
	unsigned left = 0, trims = 0;

	(void)state;
	rd__trim_due(&left, 60);
	assert_true(rd__trim_due(&left, 2));
	rd__trim_due(&left, 30); /* it goes on */
	for (int i = 0; i < 20; i++)
		trims += rd__trim_due(&left, 2);
	assert_in_range(trims, 4, 8); /* more than the 32 s of a transaction */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_trimmed_where_there_was_no_storm),
		cmocka_unit_test(nothing_is_trimmed_in_a_storm),
		cmocka_unit_test(after_a_storm_a_few_times),
	};

	return RUN_GROUP(tests);
}
