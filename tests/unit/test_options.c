/* The command line: what is understood, and what is said when it is not. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "core/options.h"

static char *complaint;

/* Parse a line of words; NULL-terminated. */
static int parse(struct rd__options *options, char **argv)
{
	size_t size;
	int argc = 0, rc;
	FILE *err;

	free(complaint);
	err = open_memstream(&complaint, &size);
	assert_non_null(err);
	while (argv[argc])
		argc++;
	rc = rd__options_parse(options, argc, argv, err);
	fclose(err);
	return rc;
}

#define PARSE(options, ...) parse(options, (char *[]){ "ringdown", __VA_ARGS__, NULL })

static void daemon_options_are_taken(void **state)
{
	struct rd__options options;

	(void)state;
	assert_int_equal(PARSE(&options, "-f", "-vv", "-C", "etc", "-Svar"), 0);
	assert_int_equal(options.mode, RD__MODE_DAEMON);
	assert_true(options.foreground);
	assert_int_equal(options.verbose, 2);
	assert_string_equal(options.config_dir, "etc");
	assert_string_equal(options.state_dir, "var");
}

static void command_works_with_and_without_r(void **state)
{
	struct rd__options options;

	(void)state;
	assert_int_equal(PARSE(&options, "-rx", "core show uptime"), 0);
	assert_int_equal(options.mode, RD__MODE_COMMAND);
	assert_string_equal(options.command, "core show uptime");
	assert_int_equal(PARSE(&options, "-x", "core show uptime", "-r"), 0);
	assert_int_equal(options.mode, RD__MODE_COMMAND);
	assert_int_equal(PARSE(&options, "-r"), 0);
	assert_int_equal(options.mode, RD__MODE_CONSOLE);
}

static void top_stands_alone(void **state)
{
	struct rd__options options;

	(void)state;
	assert_int_equal(PARSE(&options, "-C", "etc", "top"), 0);
	assert_int_equal(options.mode, RD__MODE_TOP);
	assert_int_equal(PARSE(&options, "-Cetc", "doctor"), 0);
	assert_int_equal(options.mode, RD__MODE_DOCTOR);
	assert_int_equal(PARSE(&options, "top", "of"), -EINVAL);
	assert_int_equal(PARSE(&options, "-r", "top"), -EINVAL);
}

static void wrong_words_are_named(void **state)
{
	struct rd__options options;

	(void)state;
	assert_int_equal(PARSE(&options, "-q"), -EINVAL);
	assert_non_null(strstr(complaint, "no option -q"));
	assert_int_equal(PARSE(&options, "--chekc"), -EINVAL);
	assert_non_null(strstr(complaint, "--chekc"));
	assert_int_equal(PARSE(&options, "-C"), -EINVAL);
	assert_non_null(strstr(complaint, "-C wants an argument"));
	assert_int_equal(PARSE(&options, "-f", "start"), -EINVAL);
	assert_non_null(strstr(complaint, "'start'"));
}

static void modes_exclude_each_other(void **state)
{
	struct rd__options options;

	(void)state;
	assert_int_equal(PARSE(&options, "--check", "--version"), -EINVAL);
	assert_non_null(strstr(complaint, "exclude"));
	assert_int_equal(PARSE(&options, "--check", "--check"), 0);
	assert_int_equal(options.mode, RD__MODE_CHECK);
}

static int forget(void **state)
{
	(void)state;
	free(complaint);
	complaint = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(daemon_options_are_taken, forget),
		cmocka_unit_test_teardown(top_stands_alone, forget),
		cmocka_unit_test_teardown(command_works_with_and_without_r, forget),
		cmocka_unit_test_teardown(wrong_words_are_named, forget),
		cmocka_unit_test_teardown(modes_exclude_each_other, forget),
	};

	return RUN_GROUP(tests);
}
