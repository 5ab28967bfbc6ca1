/* How applications read their arguments, branches and options; and what the
 * registries of applications and functions say. */
#include "tests/unit/test.h"

#include <ringdown/app.h>
#include <ringdown/log.h>
#include <ringdown/pool.h>

#include "core/call/registry.h"

static struct rd_pool *pool;

static int begin(void **state)
{
	(void)state;
	return rd_pool_new(&pool, 0);
}

static int end(void **state)
{
	(void)state;
	rd_pool_free(pool);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

/* The arguments of text with bars between them. */
static const char *split(const char *text, int max)
{
	const char *argv[8];
	static char joined[256];
	int argc = rd_app_args(pool, text, argv, max);

	snprintf(joined, sizeof(joined), "%d", argc);
	for (int i = 0; i < max; i++) {
		strcat(joined, "|");
		strcat(joined, argv[i]);
	}
	return joined;
}

static void commas_part_arguments(void **state)
{
	(void)state;
	assert_string_equal(split("", 3), "0|||");
	assert_string_equal(split("a", 3), "1|a||");
	assert_string_equal(split("a,b", 3), "2|a|b|");
	assert_string_equal(split("a,,c", 3), "3|a||c");
	assert_string_equal(split(",", 3), "2|||");
	assert_string_equal(split("a,b,c,d", 3), "3|a|b|c,d");
	assert_string_equal(split("a,b", 1), "1|a,b");
}

static void quotes_parentheses_and_backslashes_keep_commas(void **state)
{
	(void)state;
	assert_string_equal(split("\"a,b\",c", 3), "2|a,b|c|");
	assert_string_equal(split("f(a,b),c", 3), "2|f(a,b)|c|");
	assert_string_equal(split("[a,b],c", 3), "2|[a,b]|c|");
	assert_string_equal(split("a\\,b,c", 3), "2|a,b|c|");
	assert_string_equal(split("a\\\\,c", 3), "2|a\\|c|");
	assert_string_equal(split("a),b", 3), "2|a)|b|");
	assert_string_equal(split("a\\", 3), "1|a\\||");
}

static void branches_are_taken_apart(void **state)
{
	struct rd_str condition, then, otherwise;

	(void)state;
	assert_true(rd_app_branches(" 1 ? yes : no ", &condition, &then, &otherwise));
	assert_true(rd_str_eq(condition, RD_STR("1")));
	assert_true(rd_str_eq(then, RD_STR("yes")));
	assert_true(rd_str_eq(otherwise, RD_STR("no")));
	assert_true(rd_app_branches("1?Dial(a:b):x", &condition, &then, &otherwise));
	assert_true(rd_str_eq(then, RD_STR("Dial(a:b)")));
	assert_true(rd_app_branches("?:x", &condition, &then, &otherwise));
	assert_int_equal(then.n, 0);
	assert_true(rd_str_eq(otherwise, RD_STR("x")));
	assert_false(rd_app_branches("no question", &condition, &then, &otherwise));
}

static void conditions_are_true_or_not(void **state)
{
	(void)state;
	assert_false(rd_app_true(RD_STR("")));
	assert_false(rd_app_true(RD_STR("0")));
	assert_false(rd_app_true(RD_STR(" 00 ")));
	assert_false(rd_app_true(RD_STR("0.0")));
	assert_true(rd_app_true(RD_STR("1")));
	assert_true(rd_app_true(RD_STR("-1")));
	assert_true(rd_app_true(RD_STR("0.5")));
	assert_true(rd_app_true(RD_STR("word")));
}

enum { WITH = 1, WITHOUT = 2 };

static const struct rd_app_option table[] = {
	{ 'L', true, WITH, 0 }, { 'S', true, 4, 1 }, { 't', false, WITHOUT, 0 }, { 0 }
};

static void options_are_letters_with_arguments(void **state)
{
	struct rd_app_options options;

	(void)state;
	assert_int_equal(rd_app_options(pool, table, "tL(60:(30))S", &options, NULL), 0);
	assert_int_equal(options.flags, WITH | WITHOUT | 4);
	assert_string_equal(options.args[0], "60:(30)");
	assert_null(options.args[1]);
	assert_int_equal(rd_app_options(pool, table, "S(\"a)b\")", &options, NULL), -ENOENT);
	assert_int_equal(rd_app_options(pool, table, "S(\"ab\")", &options, NULL), 0);
	assert_string_equal(options.args[1], "ab");
	assert_int_equal(rd_app_options(pool, table, "", &options, NULL), 0);
	assert_int_equal(options.flags, 0);
}

static void unknown_options_are_named(void **state)
{
	struct rd_app_options options;
	char bad = 0;

	(void)state;
	assert_int_equal(rd_app_options(pool, table, "tX(y)L(1)", &options, &bad), -ENOENT);
	assert_int_equal(bad, 'X');
	assert_int_equal(options.flags, WITH | WITHOUT);
	assert_int_equal(rd_app_options(pool, table, "L(open", &options, &bad), -EINVAL);
	assert_int_equal(bad, 'L');
}

static void what_is_wrong_is_said_with_the_letters_that_there_are(void **state)
{
	char buf[128];

	(void)state;
	assert_string_equal(rd_app_option_fault(table, "tX(y)", -ENOENT, 'X', buf, sizeof(buf)),
			    "no such option \"X\" in \"tX(y)\"; there are LSt");
	assert_string_equal(rd_app_option_fault(table, "L(open", -EINVAL, 'L', buf, sizeof(buf)),
			    "the parenthesis of option L is not closed in \"L(open\"");
}

static int nothing(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static void a_name_is_registered_once(void **state)
{
	static const struct rd_app one = { .name = "One", .run = nothing };
	static const struct rd_app again = { .name = "ONE", .run = nothing };
	const struct rd_app *app;
	size_t pos = 0;

	(void)state;
	rd_log_max = RD_LOG_ERROR;
	assert_int_equal(rd__app_add(&one, "first"), 0);
	assert_int_equal(rd__app_add(&again, "second"), -EEXIST);
	assert_ptr_equal(rd_app_find("oNe"), &one);
	assert_string_equal(rd__app_module("one"), "first");
	assert_true(rd_app_next(&pos, &app));
	assert_ptr_equal(app, &one);
	assert_false(rd_app_next(&pos, &app));
	rd__app_remove(&again); /* not the registered one: stays */
	assert_non_null(rd_app_find("one"));
	rd__app_remove(&one);
	assert_null(rd_app_find("one"));
}

static int use(void *arg)
{
	static const struct rd_app app = { .name = "One", .run = nothing };
	static const struct rd_function function = { .name = "FUNC" };
	int rc = rd__app_add(&app, "test");

	(void)arg;
	if (rc == 0)
		rc = rd__function_add(&function, "test");
	rd__app_remove(&app);
	rd__function_remove(&function);
	return rc;
}

static void registries_survive_without_memory(void **state)
{
	(void)state;
	oom_sweep(use, NULL);
}

static void a_value_begins_behind_an_equals_sign_outside_of_parentheses(void **state)
{
	(void)state;
	assert_string_equal(rd_app_equals("A=b=c"), "=b=c");
	assert_string_equal(rd_app_equals("DB(a=b(c=d))=e"), "=e");
	assert_string_equal(rd_app_equals("a)=b"), "=b");
	assert_null(rd_app_equals("DB(a=b)"));
	assert_null(rd_app_equals(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commas_part_arguments),
		TEST(quotes_parentheses_and_backslashes_keep_commas),
		TEST(branches_are_taken_apart),
		TEST(a_value_begins_behind_an_equals_sign_outside_of_parentheses),
		TEST(conditions_are_true_or_not),
		TEST(options_are_letters_with_arguments),
		TEST(unknown_options_are_named),
		TEST(what_is_wrong_is_said_with_the_letters_that_there_are),
		TEST(a_name_is_registered_once),
		TEST(registries_survive_without_memory),
	};

	return RUN_GROUP(tests);
}
