/* Prices of trunks: the longest prefix counts, and what is wrong in a file is told by line. */
#include "tests/unit/test.h"

#include <sqlite3.h>
#include <stdio.h>

#include "modules/sip_trunk/rates.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/oom.h"

static struct rates *rates;
static char *findings;

static int read_file_named(const char *name)
{
	struct rd_config_report *report;
	int rc;

	rates_free(rates);
	rates = NULL;
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = rates_read(&rates, name, report);
	rd_free(findings);
	findings = conf_report_text(report);
	rd_config_report_free(report);
	return rc;
}

/* text NULL: there is none. */
static int read_file(const char *text)
{
	if (text)
		conf_dir_write("tel.csv", text);
	return read_file_named(text ? "tel.csv" : "none.csv");
}

static int teardown(void **state)
{
	rates_free(rates);
	rates = NULL;
	rd_free(findings);
	findings = NULL;
	return conf_dir_teardown(state);
}

static void expect(const char *number, uint32_t expected, size_t digits)
{
	uint32_t price = 0;
	size_t prefix = 0;

	if (!rates_find(rates, rd_str_of(number), &price, &prefix))
		fail_msg("%s has no price", number);
	if (price != expected || prefix != digits)
		fail_msg("%s: %u by %zu digits", number, price, prefix);
}

static void expect_none(const char *number)
{
	uint32_t price;
	size_t prefix;

	assert_false(rates_find(rates, rd_str_of(number), &price, &prefix));
}

static void the_longest_prefix_counts(void **state)
{
	(void)state;
	assert_int_equal(read_file("49,0.01\n4930,0.02\n49305,0.03\n+49151,0.2\n1,0.005\n"
				   "33,1\n"), 0);
	assert_int_equal(rates_count(rates), 6);
	expect("49305551234", 30000, 5);
	expect("4930", 20000, 4);
	expect("49301234", 20000, 4);
	expect("4989123456", 10000, 2);
	expect("491511234567", 200000, 5);
	expect("4915", 10000, 2);
	expect("499", 10000, 2);
	expect("12125551234", 5000, 1);
	expect("33140205050", 1000000, 2);
	expect_none("4");
	expect_none("44");
	expect_none("0");
	expect_none("");
	expect_none("99999999999999999999");
}

/* Against a look through all of them. */
static void many_are_found_as_one_by_one(void **state)
{
	enum { COUNT = 3000 };
	static char prefixes[COUNT][12];
	struct rd_buf text;

	(void)state;
	srand(7);
	rd_buf_init(&text);
	for (int i = 0; i < COUNT; i++) {
		snprintf(prefixes[i], sizeof(prefixes[i]), "%d", rand() % 100000 >> rand() % 14);
		rd_buf_printf(&text, "%s,%zu\n", prefixes[i], strlen(prefixes[i]));
	}
	assert_int_equal(read_file(rd_buf_text(&text)), 0);
	rd_buf_fini(&text);
	for (int i = 0; i < 20000; i++) {
		size_t longest = 0;
		char number[16];

		snprintf(number, sizeof(number), "%d", rand() % 1000000);
		for (int j = 0; j < COUNT; j++)
			if (rd_str_starts(rd_str_of(number), rd_str_of(prefixes[j])))
				longest = RD_MAX(longest, strlen(prefixes[j]));
		if (longest)
			expect(number, (uint32_t)longest * RATE_UNIT, longest);
		else
			expect_none(number);
	}
}

static void a_file_may_be_written_in_several_ways(void **state)
{
	static const char *const ways[] = {
		"prefix,price\n49,0.5\n",
		"\n# a comment\n  49 , 0.5\n",
		"country;Price;PREFIX\r\nGermany;0,5;49\r\n",
		"\"Name\",\"Prefix\",\"Price\"\n\"Germany, all\",\"49\",\"0.5\"\n",
		"49,0.5000004\n49,0.5\n",
		"+49;0,50;Germany",
		"49,0.5,60\n",
		"prefix,price,seconds\n49,0.5,60\n",
		"49,\"0,5\"\n",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(ways); i++) {
		if (read_file(ways[i]))
			fail_msg("%zu: %s", i, findings);
		assert_int_equal(rates_count(rates), 1);
		expect("491", 500000, 2);
	}
	assert_int_equal(read_file("\n# none\n"), 0);
	expect_none("49");
}

/* A file of sqlite, made by these statements. */
static int read_database(const char *sql)
{
	char path[512];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/tel.sqlite", conf_dir_path());
	remove(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	return read_file_named("tel.sqlite");
}

static void prices_may_be_in_sqlite(void **state)
{
	(void)state;
	assert_int_equal(read_database("CREATE TABLE rates (name, prefix, price);"
				       "INSERT INTO rates VALUES ('a', '49', 0.5), "
				       "('b', 4930, '0,25'), ('c', '+1', 1)"), 0);
	assert_int_equal(rates_count(rates), 3);
	expect("4989123456", 500000, 2);
	expect("49305551234", 250000, 4);
	expect("12125551234", 1000000, 1);
	assert_int_equal(read_database("CREATE TABLE t (p); CREATE VIEW rates AS "
				       "SELECT p AS prefix, 1 AS price FROM t"), 0);
	assert_int_equal(rates_count(rates), 0);
	assert_int_equal(read_database("CREATE TABLE rates (prefix TEXT, price REAL);"
				       "INSERT INTO rates VALUES ('49', 0.0000347), ('43', 2)"), 0);
	expect("4989123456", 34, 2);
	expect("431234567", 2000000, 2);
}

static void what_is_wrong_in_sqlite_is_told_by_row(void **state)
{
	(void)state;
	assert_int_equal(read_database("CREATE TABLE rates (prefix, price);"
				       "INSERT INTO rates VALUES (49, 0.5), (49, 0.6), "
				       "('x', 1), (1, NULL)"), -EINVAL);
	assert_non_null(strstr(findings, "tel.sqlite:2: \"49\": it has another price in line 1"));
	assert_non_null(strstr(findings, "tel.sqlite:3: \"x\": a prefix"));
	assert_non_null(strstr(findings, "tel.sqlite:4: \"1\": a price"));
	assert_int_equal(read_database("CREATE TABLE prices (prefix, price)"), -EINVAL);
	assert_non_null(strstr(findings, "no such table: rates"));
	conf_dir_write("tel.db", "this is no database, but a text of some length");
	assert_int_equal(read_file_named("tel.db"), -EINVAL);
	assert_non_null(strstr(findings, "tel.db: "));
	assert_int_equal(read_file_named("none.db"), -EINVAL);
}

static void what_is_wrong_is_told_by_line(void **state)
{
	static const char *const wrong[][2] = {
		{ "49,0.1\n\n49x,0.1\n", "tel.csv:3: \"49x,0.1\": a prefix" },
		{ "49,0.1\n,0.1\n", "tel.csv:2: \",0.1\": a prefix" },
		{ "1234567890123456,0.1\n", "tel.csv:1: " },
		{ "49,0.1\n48\n", "tel.csv:2: \"48\": a price" },
		{ "49,0.1\n48,-1\n", "tel.csv:2: \"48,-1\": a price" },
		{ "48,5000\n", "a price" },
		{ "48,1.2.3\n", "a price" },
		{ "48,.5\n", "a price" },
		{ "49,0.1\n48,0.1\n49,0.2\n", "tel.csv:3: \"49\": it has another price in line 1" },
		{ "48,0.1\n49,0,0123\n", "tel.csv:2: \"49,0,0123\": a price with a comma" },
		{ "name,prefix,price\nX,49,0,01\n", "tel.csv:2: \"X,49,0,01\": a price with" },
		{ "code,cost\n49,0.1\n", "tel.csv:1: \"code,cost\": columns" },
	};
	struct rd_buf text;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		assert_int_equal(read_file(wrong[i][0]), -EINVAL);
		assert_null(rates);
		if (!strstr(findings, wrong[i][1]))
			fail_msg("%zu: \"%s\" is not in: %s", i, wrong[i][1], findings);
	}
	assert_int_equal(read_file(NULL), -EINVAL);
	assert_non_null(strstr(findings, "none.csv"));
	rd_buf_init(&text);
	for (int i = 0; i < 200; i++)
		rd_buf_adds(&text, "1,wrong\n");
	assert_int_equal(read_file(rd_buf_text(&text)), -EINVAL);
	assert_non_null(strstr(findings, "and 180 more errors"));
	rd_buf_fini(&text);
}

static int read_once(void *arg)
{
	struct rd_config_report *report;
	struct rates *one;
	int rc = rd_config_report_new(&report);

	(void)arg;
	if (rc)
		return rc;
	rc = rates_read(&one, "tel.csv", report);
	if (rc == 0)
		rates_free(one);
	rd_config_report_free(report);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	conf_dir_write("tel.csv", "49,1\n48,1\n47,2\n");
	oom_sweep(read_once, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, conf_dir_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_longest_prefix_counts),
		TEST(many_are_found_as_one_by_one),
		TEST(a_file_may_be_written_in_several_ways),
		TEST(prices_may_be_in_sqlite),
		TEST(what_is_wrong_in_sqlite_is_told_by_row),
		TEST(what_is_wrong_is_told_by_line),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}
