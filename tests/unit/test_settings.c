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
	return rd_config_report_new(&report);
}

static int clean(void **state)
{
	(void)state;
	rd_config_report_free(report);
	conf_dir_remove();
	return 0;
}

static int load_settings(void)
{
	struct rd__daemon_files files;
	int rc = rd__daemon_files_load(&files, report);

	if (rc < 0)
		return rc;
	rc = rd__settings_read(&settings, NULL, &files, report);
	rd__daemon_files_fini(&files);
	return rc;
}

static void assert_defaults(void)
{
	assert_false(settings.exec_includes);
	assert_int_equal(settings.exec_ms, 10000);
	assert_int_equal(settings.slow_ms, 5);
	assert_int_equal(settings.stuck_ms, 1000);
	assert_int_equal(settings.max_lag_ms, 400);
	assert_int_equal(settings.stop_ms, 3600000);
	assert_int_equal(settings.max_fibers, 0);
}

static void without_a_file_there_are_defaults(void **state)
{
	(void)state;
	assert_int_equal(load_settings(), 0);
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
	assert_int_equal(load_settings(), 0);
	assert_defaults();
}

/* The options are those of the file that said where things are. */
static void the_files_are_read_once(void **state)
{
	struct rd__daemon_files files;

	(void)state;
	conf_dir_write("ringdown.conf", "[directories]\nspool = /first\n"
					"[options]\nslow_slice = 70ms\n");
	rd__directories_free();
	assert_int_equal(rd__directories_read(conf_dir_path(), "/tmp", &files, report), 0);
	conf_dir_write("ringdown.conf", "[options]\nslow_slice = 80ms\n");
	assert_int_equal(rd__settings_read(&settings, NULL, &files, report), 0);
	rd__daemon_files_fini(&files);
	assert_string_equal(rd_directory("spool"), "/first");
	assert_int_equal(settings.slow_ms, 70);
}

static void bare_numbers_are_milliseconds(void **state)
{
	(void)state;
	conf_dir_write("ringdown.conf", "[options]\nslow_slice = 50\nstuck_slice = 2s\n");
	assert_int_equal(load_settings(), 0);
	assert_int_equal(settings.slow_ms, 50);
	assert_int_equal(settings.stuck_ms, 2000);
}

static void one_option_of_asterisks_is_ours_too(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("asterisk.conf", "[options]\nverbose = 3\nexecincludes = yes\n");
	assert_int_equal(load_settings(), 0);
	assert_true(settings.exec_includes);
	conf_dir_write("ringdown.conf", "[options]\nexecincludes = no\n");
	assert_int_equal(load_settings(), 0);
	assert_false(settings.exec_includes);
	conf_dir_write("ringdown.conf", "[options]\n");
	conf_dir_write("asterisk.conf", "[directories](!)\n");
	assert_int_equal(load_settings(), 0);
	conf_dir_write("asterisk.conf", "[options]\n\nexecincludes = perhaps\n");
	assert_int_equal(load_settings(), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "asterisk.conf:3: "));
	rd_free(text);
}

static void mistakes_are_named_with_their_line(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("ringdown.conf", "[options]\nmax_fibres = 5\n\n[option]\nmax_lag = 1s\n"
					"[options](+)\nmax_fibers = 99\n");
	assert_int_equal(load_settings(), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "ringdown.conf:2: "));
	assert_non_null(strstr(text, "max_fibers"));
	assert_non_null(strstr(text, "ringdown.conf:4: unknown section [option]"));
	assert_non_null(strstr(text, "[options]?"));
	assert_non_null(strstr(text, "ringdown.conf:7: "));
	assert_non_null(strstr(text, "a number from 100 to 1000000"));
	rd_free(text);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	int rc = -ENOMEM;

	(void)state;
	conf_dir_write("ringdown.conf", "[options]\nslow_slice = 50\n");
	for (long n = 0; rc != 0 && n < 1000; n++) {
		rd__alloc_fail_after(n);
		rc = load_settings();
		rd__alloc_fail_after(-1);
		assert_true(rc == 0 || rc == -ENOMEM);
	}
	assert_int_equal(rc, 0);
}

/* ---- at a reload ---- */

static unsigned applied;

static void count_applied(void)
{
	applied++;
}

/* Started with these lines, reloaded with those: what the reload returns and says. */
static int reload(const char *first, const char *second, char **text)
{
	int rc;

	applied = 0;
	conf_dir_write("ringdown.conf", first);
	assert_int_equal(load_settings(), 0);
	rd__config_allow_exec(settings.exec_includes);
	assert_int_equal(rd__settings_join(&settings, count_applied), 0);
	conf_dir_write("ringdown.conf", second);
	rc = rd__config_reload(NULL, report);
	rd__settings_leave();
	*text = conf_report_text(report);
	return rc;
}

static void a_reload_applies_what_can_change(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(
		reload("[options]\n", "[options]\nmax_lag = 1s\nstop_timeout = 2m\n", &text), 0);
	assert_string_equal(text, "");
	assert_int_equal(settings.max_lag_ms, 1000);
	assert_int_equal(settings.stop_ms, 120000);
	assert_int_equal(applied, 1);
	rd_free(text);
}

static void a_reload_names_what_waits_for_the_next_start(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(reload("[options]\nslow_slice = 9\n",
				"[directories]\nlog = /nowhere\n[options]\n\n"
				"media_threads = 3\n",
				&text),
			 0);
	assert_string_equal(text, "ringdown.conf:5: warning: media_threads takes effect at the "
				  "next start\n"
				  "ringdown.conf:3: warning: slow_slice takes effect at the next "
				  "start\n"
				  "ringdown.conf:2: warning: the log directory is /nowhere from "
				  "the next start on\n");
	assert_int_equal(settings.media_threads, 0);
	assert_int_equal(settings.slow_ms, 9);
	rd_free(text);
}

static void a_mistake_refuses_the_reload(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(reload("[options]\n",
				"[directories]\nlag = /x\n[options]\nfoo = 1\n"
				"max_lag = 1s\n",
				&text),
			 -EINVAL);
	assert_non_null(strstr(text, "ringdown.conf:4: "));
	assert_non_null(strstr(text, "ringdown.conf:2: "));
	assert_int_equal(settings.max_lag_ms, 400);
	assert_int_equal(applied, 0);
	rd_free(text);
}

static unsigned times(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what))) {
		n++;
		text += strlen(what);
	}
	return n;
}

static void a_reload_says_each_mistake_once(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(load_settings(), 0);
	assert_int_equal(rd__settings_join(&settings, count_applied), 0);
	conf_dir_write("asterisk.conf", "[directories]\n[unfinished\n");
	conf_dir_write("ringdown.conf", "[options]\nwithout a value\n");
	assert_int_equal(rd__config_reload(NULL, report), -EINVAL);
	rd__settings_leave();
	text = conf_report_text(report);
	assert_int_equal(times(text, "asterisk.conf:2: "), 1);
	assert_int_equal(times(text, "ringdown.conf:2: "), 1);
	assert_int_equal(rd_config_errors(report), 2);
	rd_free(text);
}

/* Another file, read in the same reload. */
static int build_other(void **snapshot, struct rd_config_report *to)
{
	struct rd_config *config;
	int rc = rd_config_load(&config, "sip.conf", to);

	if (rc == 0)
		*snapshot = config;
	return rc;
}

static void drop_other(void *snapshot)
{
	rd_config_unref(snapshot);
}

static const struct rd_module_config other = { .build = build_other,
					       .commit = drop_other,
					       .discard = drop_other };

static void a_reload_heeds_execincludes(void **state)
{
	static const char yes[] = "[options]\nexecincludes = yes\n", no[] = "[options]\n";
	char *text;

	(void)state;
	conf_dir_write("sip.conf", "#exec echo '[a]'\n");
	assert_int_equal(rd__config_join("other", &other), 0);
	assert_int_equal(reload(no, yes, &text), 0);
	rd_free(text);
	assert_int_equal(reload(yes, no, &text), -EINVAL);
	assert_non_null(strstr(text, "sip.conf:1: "));
	assert_true(settings.exec_includes);
	rd_free(text);
	assert_int_equal(rd__config_reload("other", report), -EINVAL); /* said before */
	rd_config_report_free(report);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__config_reload("other", report), 0);
	rd__config_leave(&other);
	rd__config_allow_exec(false);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(without_a_file_there_are_defaults),
		IN_DIR(office_says_the_defaults),
		IN_DIR(the_files_are_read_once),
		IN_DIR(bare_numbers_are_milliseconds),
		IN_DIR(one_option_of_asterisks_is_ours_too),
		IN_DIR(mistakes_are_named_with_their_line),
		IN_DIR(memory_may_run_out_at_any_moment),
		IN_DIR(a_reload_applies_what_can_change),
		IN_DIR(a_reload_names_what_waits_for_the_next_start),
		IN_DIR(a_mistake_refuses_the_reload),
		IN_DIR(a_reload_says_each_mistake_once),
		IN_DIR(a_reload_heeds_execincludes),
	};

	return RUN_GROUP(tests);
}
