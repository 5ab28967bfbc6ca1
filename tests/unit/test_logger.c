/* logger.conf: what it says, and what is said of its mistakes. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/config/logger.h"

static int begin(void **state)
{
	(void)state;
	conf_dir_make();
	return rd__log_start();
}

static int end(void **state)
{
	(void)state;
	rd__log_stop();
	rd__log_set_level("chan_sip", -1);
	rd__log_set_level(NULL, RD_LOG_VERBOSE);
	conf_dir_remove();
	return 0;
}

/* The log's directory is the test's own, but its folder "log". */
static void expect_in(const char *name, const char *text, bool there)
{
	char path[300], data[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/log/%s", conf_dir_path(), name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, data, sizeof(data) - 1);
	close(fd);
	data[n] = '\0';
	if (there)
		assert_non_null(strstr(data, text));
	else
		assert_null(strstr(data, text));
}

static void files_get_their_levels(void **state)
{
	struct rd_config_report *report;
	void *snapshot;
	char *said;

	(void)state;
	conf_dir_write("log/old", "");
	conf_dir_write("logger.conf", "[general]\nlevel = notice\nappendhostname = no\n"
				      "[levels]\nchan_sip = debug\n"
				      "[logfiles]\n"
				      "messages => notice, warning,error\n"
				      "full => *\n"
				      "full.json => [json]debug(2),verbose(3),dtmf,trace(2)\n"
				      "security => pid,warning\n"
				      "jail => security,warning\n"
				      "jail.json => [json]security\n"
				      "syslog.local3 => error\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__logger_config.build(&snapshot, report), 0);
	said = conf_report_text(report);
	assert_string_equal(said, "logger.conf:3: warning: [general] appendhostname has no "
				  "effect: files are named as [logfiles] says\n"
				  "logger.conf:9: warning: full.json: nothing is logged at "
				  "level \"dtmf\" here\n"
				  "logger.conf:9: warning: full.json: nothing is logged at "
				  "level \"trace\" here\n");
	rd__logger_config.commit(snapshot);
	rd_log(RD_LOG_DEBUG, "chan_sip", "deep");
	rd_log(RD_LOG_DEBUG, "other", "unheard");
	rd_log(RD_LOG_WARNING, "other", "loud");
	rd_log(RD_LOG_NOTICE, "chan_sip", "wrong password");
	rd__log_flush();
	expect_in("messages", "loud", true);
	expect_in("messages", "deep", false);
	expect_in("messages", " WARNING[", true);
	expect_in("full", "deep", true);
	expect_in("full", "unheard", false);
	expect_in("full.json", "\"message\":\"deep\"", true);
	expect_in("full.json", "loud", false);
	expect_in("security", " WARNING[", true);
	expect_in("security", "] other: loud", true);
	expect_in("jail", " WARNING[", true);
	expect_in("jail", " NOTICE[", true);
	expect_in("jail.json", "\"message\":\"wrong password\"", true);
	rd_free(said);
	rd_config_report_free(report);
}

static void mistakes_are_named(void **state)
{
	struct rd_config_report *report;
	void *snapshot;
	char *said;

	(void)state;
	conf_dir_write("logger.conf", "[general]\nlevel = notise\nrotatesiz = 1m\n"
				      "[levels]\nx = y\n"
				      "[logfile]\n"
				      "[logfiles]\n"
				      "console => notice,eror\n"
				      "a => \n"
				      "b => purple\n"
				      "syslog.cable => error\n"
				      "no/such/dir => error\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__logger_config.build(&snapshot, report), -EINVAL);
	said = conf_report_text(report);
	assert_non_null(strstr(said, "logger.conf:6: unknown section [logfile]; "
				     "did you mean [logfiles]?"));
	assert_non_null(strstr(said, "logger.conf:2: [general] level = \"notise\": expected "
				     "error, warning, notice, verbose or debug; did you mean "
				     "\"notice\"?\n"));
	assert_non_null(strstr(said, "logger.conf:3: [general] unknown option \"rotatesiz\"; "
				     "did you mean \"rotatesize\"?\n"));
	assert_non_null(strstr(said, "logger.conf:5: [levels] x = \"y\": expected error, "));
	assert_non_null(strstr(said, "logger.conf:8: console: unknown level \"eror\"; did "
				     "you mean \"error\"?\n"));
	assert_non_null(strstr(said, "logger.conf:9: warning: a: no level, so"));
	assert_non_null(strstr(said, "logger.conf:10: b: unknown level \"purple\"; expected"));
	assert_non_null(strstr(said, "logger.conf:11: \"cable\": no such facility; "));
	assert_non_null(strstr(said, "logger.conf:12: no/such/dir: "));
	rd_free(said);
	rd_config_report_free(report);
}

static void read_levels(const char *lines, int expected, const char *said)
{
	struct rd_config_report *report;
	void *snapshot;
	char *text;

	conf_dir_write("logger.conf", lines);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__logger_config.build(&snapshot, report), expected);
	if (!expected)
		rd__logger_config.discard(snapshot);
	text = conf_report_text(report);
	assert_string_equal(text, said);
	rd_free(text);
	rd_config_report_free(report);
}

static void modules_with_a_level_are_those_that_there_are(void **state)
{
	struct rd_config_report *report;
	char text[512];

	(void)state;
	conf_dir_write("mods/chan_sip.so", "");
	conf_dir_write("mods/codec_gsm.so", "");
	snprintf(text, sizeof(text), "[directories]\nmodules = %s/mods\nlog = %s/log\n",
		 conf_dir_path(), conf_dir_path());
	conf_dir_write("ringdown.conf", text);
	conf_dir_write("log/old", "");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__directories_load(conf_dir_path(), conf_dir_path(), report), 0);
	rd_config_report_free(report);
	read_levels("[levels]\nchan_sip = debug\ncore = error\n", 0, "");
	read_levels("[levels]\nchan_sipp = debug\n", -EINVAL,
		    "logger.conf:2: [levels] there is no module \"chan_sipp\"; did you mean "
		    "\"chan_sip\"?\n");
	read_levels("[levels]\nfrom_elsewhere = debug\n", 0,
		    "logger.conf:2: warning: [levels] no module \"from_elsewhere\" is "
		    "installed\n");
}

static void without_a_file_there_are_defaults(void **state)
{
	struct rd_config_report *report;
	void *snapshot;

	(void)state;
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__logger_config.build(&snapshot, report), 0);
	assert_int_equal(rd_config_errors(report), 0);
	rd__logger_config.discard(snapshot);
	rd_config_report_free(report);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	oom_sweep(conf_dir_build_once, (void *)&rd__logger_config);
	conf_dir_write("logger.conf", "[levels]\nm = debug\n[logfiles]\na => error\n"
				      "b/ => json,error\nsyslog.auth => notice\n");
	conf_dir_write("log/b/x", "");
	oom_sweep(conf_dir_build_once, (void *)&rd__logger_config);
}

#define LOGGING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOGGING(files_get_their_levels),
		LOGGING(mistakes_are_named),
		LOGGING(modules_with_a_level_are_those_that_there_are),
		LOGGING(without_a_file_there_are_defaults),
		LOGGING(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
