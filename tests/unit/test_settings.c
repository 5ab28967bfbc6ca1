/* [options] of ringdown.conf: defaults, mistakes, and the office's own file. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include "core/settings.h"

static struct rd_config_report *report;
static struct rd__settings settings;

static int make(void **state)
{
	(void)state;
	conf_dir_make();
	return rd__report_new(&report);
}

static int clean(void **state)
{
	(void)state;
	rd__report_free(report);
	conf_dir_remove();
	return 0;
}

static void assert_defaults(void)
{
	assert_false(settings.exec_includes);
	assert_int_equal(settings.slow_ms, 5);
	assert_int_equal(settings.stuck_ms, 1000);
	assert_int_equal(settings.max_lag_ms, 400);
	assert_int_equal(settings.stop_ms, 3600000);
	assert_int_equal(settings.max_fibers, 0);
}

static void without_a_file_there_are_defaults(void **state)
{
	(void)state;
	assert_int_equal(rd__settings_load(&settings, report), 0);
	assert_defaults();
}

static void office_says_the_defaults(void **state)
{
	const char *source = getenv("RD_SOURCE");
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/configs/office", source ? source : ".");
	rd__directories_free();
	assert_int_equal(rd__directories_load(path, "/tmp", report), 0);
	assert_int_equal(rd__settings_load(&settings, report), 0);
	assert_defaults();
}

static void bare_numbers_are_milliseconds(void **state)
{
	(void)state;
	conf_dir_write("ringdown.conf", "[options]\nslow_slice = 50\nstuck_slice = 2s\n");
	assert_int_equal(rd__settings_load(&settings, report), 0);
	assert_int_equal(settings.slow_ms, 50);
	assert_int_equal(settings.stuck_ms, 2000);
}

static void mistakes_are_named_with_their_line(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("ringdown.conf", "[options]\nmax_fibres = 5\n\n[option]\nmax_lag = 1s\n");
	assert_int_equal(rd__settings_load(&settings, report), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "ringdown.conf:2: "));
	assert_non_null(strstr(text, "max_fibers"));
	assert_non_null(strstr(text, "ringdown.conf:4: unknown section [option]"));
	assert_non_null(strstr(text, "[options]?"));
	rd_free(text);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	int rc = -ENOMEM;

	(void)state;
	conf_dir_write("ringdown.conf", "[options]\nslow_slice = 50\n");
	for (long n = 0; rc != 0 && n < 1000; n++) {
		rd__alloc_fail_after(n);
		rc = rd__settings_load(&settings, report);
		rd__alloc_fail_after(-1);
		assert_true(rc == 0 || rc == -ENOMEM);
	}
	assert_int_equal(rc, 0);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(without_a_file_there_are_defaults),
		IN_DIR(office_says_the_defaults),
		IN_DIR(bare_numbers_are_milliseconds),
		IN_DIR(mistakes_are_named_with_their_line),
		IN_DIR(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
