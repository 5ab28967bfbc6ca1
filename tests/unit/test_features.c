/* features.conf: what it sets, and what it says about what it cannot. */
#include "tests/unit/test.h"

#include "core/call/bridge.h"
#include "tests/unit/conf_dir.h"

static struct rd_config_report *report;

static int setup(void **state)
{
	(void)state;
	conf_dir_make();
	return rd_config_report_new(&report);
}

static int teardown(void **state)
{
	(void)state;
	rd_config_report_free(report);
	conf_dir_remove();
	return 0;
}

static int read_it(void)
{
	void *snapshot;
	int rc = rd__features_config.build(&snapshot, report);

	if (!rc)
		rd__features_config.commit(snapshot);
	return rc;
}

static int findings(void)
{
	char *text = conf_report_text(report);
	int count = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		count++;
	rd_free(text);
	return count;
}

static void without_a_file_the_keys_are_hash_and_star(void **state)
{
	(void)state;
	assert_int_equal(read_it(), 0);
	assert_string_equal(rd__features()->blind_transfer, "#");
	assert_string_equal(rd__features()->disconnect, "*");
	assert_int_equal(rd__features()->between_keys_ms, 1000);
	assert_int_equal(rd__features()->transfer_digit_ms, 3000);
}

static void codes_and_times_are_set(void **state)
{
	(void)state;
	conf_dir_write("features.conf", "[general]\nfeaturedigittimeout = 2000\n"
					"transferdigittimeout = 5\n"
					"[featuremap]\nblindxfer => #1\ndisconnect => *0\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 0);
	assert_string_equal(rd__features()->blind_transfer, "#1");
	assert_string_equal(rd__features()->disconnect, "*0");
	assert_int_equal(rd__features()->between_keys_ms, 2000);
	assert_int_equal(rd__features()->transfer_digit_ms, 5000);
}

static void what_there_is_none_of_is_said(void **state)
{
	(void)state;
	conf_dir_write("features.conf", "[general]\natxferdropcall = no\nparkpos = 701-720\n"
					"[featuremap]\natxfer => *2\n"
					"[applicationmap]\nx => 1\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 4);
}

/* Any name may be that of a group there; but not one that is nearly another's. */
static void groups_of_features_are_said_to_have_no_meaning(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("features.conf", "[featuremap]\nblindxfer => #1\n"
					"[featuregroup_x]\nrec => *5\n[sales]\nrec => *6\n");
	assert_int_equal(read_it(), 0);
	text = conf_report_text(report);
	assert_string_equal(text, "features.conf:3: warning: section [featuregroup_x] has no "
				  "meaning here\nfeatures.conf:5: warning: section [sales] has "
				  "no meaning here\n");
	rd_free(text);
	conf_dir_write("features.conf", "[featurmap]\nblindxfer => #1\n");
	assert_int_equal(read_it(), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "features.conf:1: unknown section [featurmap]; did you mean "
				     "[featuremap]?"));
	rd_free(text);
}

static void a_wrong_code_and_a_wrong_name_are_errors(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("features.conf", "[featuremap]\nblindxfer => hello\nblindxfr => #\n");
	assert_int_equal(read_it(), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "features.conf:2"));
	assert_non_null(strstr(text, "features.conf:3"));
	assert_non_null(strstr(text, "blindxfer"));
	rd_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(codes_and_times_are_set, setup, teardown),
		cmocka_unit_test_setup_teardown(groups_of_features_are_said_to_have_no_meaning,
						setup, teardown),
		cmocka_unit_test_setup_teardown(what_there_is_none_of_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wrong_code_and_a_wrong_name_are_errors, setup,
						teardown),
		cmocka_unit_test_setup_teardown(without_a_file_the_keys_are_hash_and_star, setup,
						teardown),
	};

	return RUN_GROUP(tests);
}
