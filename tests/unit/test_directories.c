/* Where things are: what wins, what is derived, what is refused. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include <sys/stat.h>
#include <unistd.h>

static struct rd_config_report *report;

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

static int load(const char *state_dir)
{
	return rd__directories_load(conf_dir_path(), state_dir, report);
}

static void assert_under(const char *which, const char *parent, const char *suffix)
{
	char expected[256];

	snprintf(expected, sizeof(expected), "%s%s", parent, suffix);
	assert_string_equal(rd_directory(which), expected);
}

static void state_directory_holds_what_is_not_said(void **state)
{
	(void)state;
	rd__directories_free();
	assert_int_equal(load("/var/tmp/some"), 0);
	assert_string_equal(rd_directory("etc"), conf_dir_path());
	assert_under("state", "/var/tmp/some", "");
	assert_under("log", "/var/tmp/some", "/log");
	assert_under("spool", "/var/tmp/some", "/spool");
	assert_null(rd_directory("no-such"));
}

static void own_file_wins_over_asterisks(void **state)
{
	char *text;

	(void)state;
	rd__directories_free();
	conf_dir_write("asterisk.conf", "[directories]\n"
					"astmoddir => /usr/lib/asterisk/modules\n"
					"astvarlibdir => /a/lib\n"
					"astdatadir => /a/share\n"
					"astspooldir => /a/spool\n"
					"astrundir => /a/run\n"
					"[options]\nverbose = 3\nexecincludes = yes\n"
					"identity = 1\n[files]\nastctl = asterisk.ctl\n"
					"[compat]\napp_set = 1.6\n[more]\n");
	conf_dir_write("ringdown.conf", "[directories]\nspool = /r/spool\n");
	assert_int_equal(load(NULL), 0);
	text = conf_report_text(report);
	assert_string_equal(text, "asterisk.conf:11: warning: section [files] has no effect: the "
				  "socket of the console lies in the run directory, and is of "
				  "the daemon's user\n"
				  "asterisk.conf:13: warning: section [compat] has no effect: "
				  "arguments are separated by commas, Set() takes one variable\n"
				  "asterisk.conf:15: warning: section [more] has no effect: "
				  "there is no such section\n"
				  "asterisk.conf:8: warning: [options] verbose has no effect: "
				  "logger.conf says what is logged\n"
				  "asterisk.conf:10: warning: [options] identity has no effect: "
				  "those of ringdown.conf are our own\n");
	rd_free(text);
	assert_under("state", "/a/lib", "");
	assert_under("sounds", "/a/share", "/sounds");
	assert_under("run", "/a/run", "");
	assert_under("spool", "/r/spool", "");
	assert_null(strstr(rd_directory("modules"), "asterisk"));
	assert_int_equal(load("/s"), 0);
	assert_under("state", "/s", "");
}

/* A copy of /etc/asterisk says that it is /etc/asterisk. */
static void a_directory_that_is_named_is_the_one_that_is_read(void **state)
{
	char *text;

	(void)state;
	rd__directories_free();
	conf_dir_write("asterisk.conf", "[directories]\nastetcdir => /etc/asterisk\n"
					"astspooldir => /a/spool\n");
	assert_int_equal(load("/s"), 0);
	text = conf_report_text(report);
	assert_string_equal(rd_directory("etc"), conf_dir_path());
	assert_under("spool", "/a/spool", "");
	assert_non_null(strstr(text, "asterisk.conf:2: warning: astetcdir = \"/etc/asterisk\" has "
				     "no effect: the command line names /"));
	rd_free(text);
}

static void asterisk_template_is_not_in_force(void **state)
{
	(void)state;
	rd__directories_free();
	conf_dir_write("asterisk.conf", "[directories](!)\nastspooldir => /a/spool\n");
	assert_int_equal(load("/s"), 0);
	assert_under("spool", "/s", "/spool");
}

static void run_directory_follows_from_configuration_alone(void **state)
{
	char first[256], again[256];

	(void)state;
	rd__directories_free();
	assert_int_equal(load("/s"), 0);
	snprintf(first, sizeof(first), "%s", rd_directory("run"));
	rd__directories_free();
	assert_int_equal(chdir("/tmp"), 0);
	assert_int_equal(rd__directories_load(conf_dir_path() + strlen("/tmp/"), NULL, report), 0);
	snprintf(again, sizeof(again), "%s", rd_directory("run"));
	assert_string_equal(first, again);
}

static void mistakes_are_reported_by_line(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("ringdown.conf", "[directories]\n\nstat = /s\nlog = here\n");
	assert_int_equal(load(NULL), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "ringdown.conf:3: "));
	assert_non_null(strstr(text, "\"stat\""));
	assert_non_null(strstr(text, "ringdown.conf:4: "));
	rd_free(text);
}

static void missing_configuration_is_named(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(rd__directories_load("/no/such/folder", NULL, report), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "/no/such/folder: "));
	rd_free(text);
	rd__directories_free();
	assert_int_equal(load(NULL), 0);
}

static void directories_are_made_private(void **state)
{
	char path[256];
	struct stat st;

	(void)state;
	rd__directories_free();
	snprintf(path, sizeof(path), "%s/deep/state", conf_dir_path());
	conf_dir_write("ringdown.conf", "[directories]\nrun = /dev/null/run\n");
	assert_int_equal(load(path), 0);
	assert_int_equal(rd__directories_make(report), -EINVAL);
	assert_int_equal(rd_config_errors(report), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(rd_directory("log"), &st), 0);
}

static int load_anew(void)
{
	rd__directories_free();
	return rd__directories_load(conf_dir_path(), "/s", report);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	int rc = -ENOMEM;

	(void)state;
	conf_dir_write("ringdown.conf", "[directories]\nrun = /r\n");
	for (long n = 0; rc != 0 && n < 1000; n++) {
		rd__alloc_fail_after(n);
		rc = load_anew();
		rd__alloc_fail_after(-1);
		assert_true(rc == 0 || rc == -ENOMEM);
	}
	assert_int_equal(rc, 0);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(state_directory_holds_what_is_not_said),
		IN_DIR(own_file_wins_over_asterisks),
		IN_DIR(a_directory_that_is_named_is_the_one_that_is_read),
		IN_DIR(asterisk_template_is_not_in_force),
		IN_DIR(run_directory_follows_from_configuration_alone),
		IN_DIR(mistakes_are_reported_by_line),
		IN_DIR(missing_configuration_is_named),
		IN_DIR(directories_are_made_private),
		IN_DIR(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
