/* No section of any file is passed over in silence: unknown names, and second
 * ones, are errors in every file that has sections of its own. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include "core/call/call.h"
#include "core/config/logger.h"
#include "core/media/media.h"
#include "core/module/loader.h"
#include "core/settings.h"

/* With a modules directory that is there, and empty. */
static int make_dir(void **state)
{
	struct rd_config_report *report;
	char text[512];

	(void)state;
	conf_dir_make();
	snprintf(text, sizeof(text), "[directories]\nmodules = %s\n", conf_dir_path());
	conf_dir_write("ringdown.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	rd__directories_free();
	assert_int_equal(rd__directories_load(conf_dir_path(), conf_dir_path(), report), 0);
	rd_config_report_free(report);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	conf_dir_remove();
	return 0;
}

static int build(const struct rd_module_config *config, struct rd_config_report *report)
{
	void *snapshot = NULL;
	int rc = config->build(&snapshot, report);

	if (rc == 0)
		config->discard(snapshot);
	return rc;
}

static int build_rtp(struct rd_config_report *report)
{
	return build(&rd__rtp_config, report);
}

static int build_logger(struct rd_config_report *report)
{
	return build(&rd__logger_config, report);
}

static int build_features(struct rd_config_report *report)
{
	return build(&rd__features_config, report);
}

static int build_indications(struct rd_config_report *report)
{
	return build(&rd__indications_config, report);
}

static int build_music(struct rd_config_report *report)
{
	return build(&rd__music_config, report);
}

static int build_settings(struct rd_config_report *report)
{
	struct rd__daemon_files files;
	struct rd__settings settings;
	int rc = rd__daemon_files_load(&files, report);

	if (rc < 0)
		return rc;
	rc = rd__settings_read(&settings, NULL, &files, report);
	rd__daemon_files_fini(&files);
	return rc;
}

static int build_modules(struct rd_config_report *report)
{
	struct rd__wanted_list list;
	int rc = rd__wanted_read(&list, report);

	rd__wanted_free(&list);
	return rc;
}

/* fixed: may people name sections of it? */
static const struct file {
	const char *name, *section;
	bool fixed;
	int (*build)(struct rd_config_report *report);
} files[] = {
	{ "rtp.conf", "general", true, build_rtp },
	{ "logger.conf", "general", true, build_logger },
	{ "features.conf", "featuremap", false, build_features },
	{ "indications.conf", "general", false, build_indications },
	{ "musiconhold.conf", "general", false, build_music },
	{ "ringdown.conf", "options", true, build_settings },
	{ "modules.conf", "modules", true, build_modules },
};

/* What the reader of the file returns for this text, and says. */
static int read_text(const struct file *file, const char *text, char **said)
{
	struct rd_config_report *report;
	int rc;

	conf_dir_write(file->name, text);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = file->build(report);
	*said = conf_report_text(report);
	rd_config_report_free(report);
	return rc;
}

static void refused(const struct file *file, const char *text, const char *words)
{
	char *said;

	assert_int_equal(read_text(file, text, &said), -EINVAL);
	if (!strstr(said, words))
		fail_msg("%s: \"%s\" was expected in: %s", file->name, words, said);
	rd_free(said);
}

static void a_second_section_of_one_name_is_an_error(void **state)
{
	char text[256], words[256];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(files); i++) {
		const char *section = files[i].section;

		snprintf(text, sizeof(text), "[%s]\n\n[%s]\nnosuch = 1\n", section, section);
		snprintf(words, sizeof(words),
			 "%s:3: a second section [%s], after %s:1; to add to the first, "
			 "write [%s](+)", files[i].name, section, files[i].name, section);
		refused(&files[i], text, words);
	}
}

static void added_lines_are_read(void **state)
{
	char text[256];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(files); i++) {
		snprintf(text, sizeof(text), "[%s]\n\n[%s](+)\nnosuch = 1\n",
			 files[i].section, files[i].section);
		refused(&files[i], text, ":4: ");
		refused(&files[i], text, "unknown option \"nosuch\"");
	}
}

static void an_unknown_section_is_an_error(void **state)
{
	char text[256], words[256];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(files); i++) {
		if (!files[i].fixed)
			continue;
		snprintf(text, sizeof(text), "[%s]\n[x%s]\n", files[i].section,
			 files[i].section);
		snprintf(words, sizeof(words),
			 "%s:2: unknown section [x%s]; did you mean [%s]?", files[i].name,
			 files[i].section, files[i].section);
		refused(&files[i], text, words);
		snprintf(text, sizeof(text), "[quitedifferent]\n");
		refused(&files[i], text, "unknown section [quitedifferent]; expected [");
	}
}

static void people_may_name_sections_but_once(void **state)
{
	static const struct file *const music = &files[4];
	char *said;

	(void)state;
	assert_int_equal(read_text(music, "[a]\ntones = 425\n[b]\ntones = 425\n", &said), 0);
	assert_string_equal(said, "");
	rd_free(said);
	refused(music, "[a]\ntones = 425\n[b]\ntones = 425\n[a]\ntones = 425\n",
		"musiconhold.conf:5: a second section [a], after musiconhold.conf:1");
}

static void what_asterisk_has_there_is_a_warning(void **state)
{
	char *said;

	(void)state;
	assert_int_equal(read_text(&files[0], "[ice_host_candidates]\n", &said), 0);
	assert_string_equal(said, "rtp.conf:1: warning: section [ice_host_candidates] has no "
				  "meaning here\n");
	rd_free(said);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(a_second_section_of_one_name_is_an_error),
		IN_DIR(added_lines_are_read),
		IN_DIR(an_unknown_section_is_an_error),
		IN_DIR(people_may_name_sections_but_once),
		IN_DIR(what_asterisk_has_there_is_a_warning),
	};

	return RUN_GROUP(tests);
}
