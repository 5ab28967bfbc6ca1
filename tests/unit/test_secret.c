/* Secrets that are guessed. */
#include "tests/unit/test.h"

#include <ringdown/secret.h>

#define WEAK(secret, name, why)  assert_string_equal(rd_secret_weakness(secret, name), why)
#define WEAK_PIN(pin, name, why) assert_string_equal(rd_pin_weakness(pin, name), why)

static void passwords_that_are_guessed(void **state)
{
	(void)state;
	WEAK("x7Q", NULL, "shorter than 8 characters");
	WEAK("1001-1001", "1001", "little more than the name");
	WEAK("73910482", "1001", "a short number");
	WEAK("aaaaaaaaaaaa", "", "one character again and again");
	WEAK("Password1", "1001", "a word that every scanner tries");
	WEAK("prometheus", "scraper", "a word that every scanner tries");
	assert_null(rd_secret_weakness("Vb2qhT5nWx-1", "1001"));
	assert_null(rd_secret_weakness("739104826351", NULL));
	assert_null(rd_secret_weakness("test-Vb2qhT5nWx", "x"));
}

static void pins_that_are_guessed(void **state)
{
	(void)state;
	WEAK_PIN("77", NULL, "shorter than 4 digits");
	WEAK_PIN("48151", "48151", "its number");
	WEAK_PIN("4321", "1001", "digits in a row");
	WEAK_PIN("0000", NULL, "digits in a row");
	WEAK_PIN("2580", NULL, "one that many choose");
	assert_null(rd_pin_weakness("7394", "1001"));
	assert_null(rd_pin_weakness("1357", NULL));
}

static void what_is_tried_first_is_weak(void **state)
{
	size_t i = 0;

	(void)state;
	for (; rd_secret_usual(i); i++)
		assert_non_null(rd_secret_weakness(rd_secret_usual(i), NULL));
	assert_true(i > 20);
	assert_null(rd_secret_usual(i + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_that_are_guessed),
		cmocka_unit_test(pins_that_are_guessed),
		cmocka_unit_test(what_is_tried_first_is_weak),
	};

	return RUN_GROUP(tests);
}
