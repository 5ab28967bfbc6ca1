/* No section of any file is passed over in silence: unknown names are errors in every
 * file that has sections of its own, second ones in ours, and warnings in those that Asterisk
 * reads, too. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include "core/call/call.h"
#include "core/config/logger.h"
#include "core/media/media.h"
#include "core/module/wanted.h"
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

/* fixed: may people name sections of it? ours: Asterisk does not read it */
static const struct file {
	const char *name, *section;
	bool fixed, ours;
	int (*build)(struct rd_config_report *report);
} files[] = {
	{ "rtp.conf", "general", true, false, build_rtp },
	{ "logger.conf", "general", true, false, build_logger },
	{ "features.conf", "featuremap", false, false, build_features },
	{ "indications.conf", "general", false, false, build_indications },
	{ "musiconhold.conf", "general", false, false, build_music },
	{ "ringdown.conf", "options", true, true, build_settings },
	{ "modules.conf", "modules", true, false, build_modules },
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

static void a_second_section_in_a_file_of_ours_is_an_error(void **state)
{
	static const struct file *const own = &files[5];

	(void)state;
	assert_true(own->ours);
	refused(own, "[options]\n\n[options]\nnosuch = 1\n",
		"ringdown.conf:3: a second section [options], after ringdown.conf:1; to add to the "
		"first, write [options](+)");
}

static void a_second_section_in_a_file_of_asterisk_is_read_with_a_warning(void **state)
{
	char text[256], words[256];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(files); i++) {
		const char *section = files[i].section, *name = files[i].name;

		if (files[i].ours)
			continue;
		snprintf(text, sizeof(text), "[%s]\n\n[%s]\nnosuch = 1\n", section, section);
		snprintf(
			words, sizeof(words),
			"%s:3: warning: a second section [%s]: its lines count as if they followed "
			"those of %s:1; to add to that, write [%s](+)\n",
			name, section, name, section);
		refused(&files[i], text, words);
		snprintf(words, sizeof(words), "%s:4: ", name);
		refused(&files[i], text, words);
		refused(&files[i], text, "unknown option \"nosuch\"");
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

static void people_may_name_sections(void **state)
{
	static const struct file *const music = &files[4];
	char *said;

	(void)state;
	assert_int_equal(read_text(music, "[a]\ntones = 425\n[b]\ntones = 425\n", &said), 0);
	assert_string_equal(said, "");
	rd_free(said);
	assert_int_equal(read_text(music,
				   "[a]\ntones = 425\n[b]\ntones = 425\n"
				   "[a]\ntones = 440\n",
				   &said),
			 0);
	assert_string_equal(said,
			    "musiconhold.conf:5: warning: a second section [a]: its lines "
			    "count as if they followed those of musiconhold.conf:1; to add to "
			    "that, write [a](+)\n");
	rd_free(said);
}

static void tones_of_music_that_nobody_can_read_are_told(void **state)
{
	char *said;

	(void)state;
	assert_int_equal(read_text(&files[4], "[a]\nmode = files\ntones = 425,zz\n", &said), 0);
	assert_string_equal(said, "musiconhold.conf:3: warning: [a] tones is left out: expected a "
				  "list such as 425/500,0/500 at \"zz\"\n"
				  "musiconhold.conf:1: warning: [a] directory is missing: who "
				  "waits hears tones\n");
	rd_free(said);
}

/* ---- merging ---- */

/* "name: value value", a line for each section. */
static void print_all(const struct rd_config *config, char *buf, size_t size)
{
	const struct rd_config_section *section = NULL;
	const struct rd_config_line *line;
	size_t n = 0;

	while ((section = rd_config_next(config, section, NULL))) {
		n += (size_t)snprintf(buf + n, size - n, "%s:", rd_config_section_name(section));
		for (line = NULL; (line = rd_config_line_next(section, line));)
			n += (size_t)snprintf(buf + n, size - n, " %s=%s", line->name, line->value);
		n += (size_t)snprintf(buf + n, size - n, "\n");
	}
}

static void merges(const char *text, enum rd_second_section second, const char *expected)
{
	struct rd_config_report *report;
	struct rd_config *config;
	char all[512];

	conf_dir_write("merged.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd_config_load_merged(&config, "merged.conf", second, report), 0);
	print_all(config, all, sizeof(all));
	assert_string_equal(all, expected);
	rd_config_unref(config);
	rd_config_report_free(report);
}

static void sections_of_one_name_become_one_or_the_first_counts(void **state)
{
	static const char text[] = "[t](!)\nx = 1\n[a]\na = 1\n[b]\nb = 1\n[a](t)\na = 2\n"
				   "[t](!)\nx = 2\n[A]\na = 3\n[c](t)\n[a](+)\na = 4\n"
				   "[a]\na = 5\n";

	(void)state;
	merges(text, RD_SECOND_JOINS, "a: a=1 a=4 x=1 a=2 a=5\nb: b=1\nA: a=3\nc: x=1\n");
	merges(text, RD_SECOND_IS_DROPPED, "a: a=1 a=4\nb: b=1\nA: a=3\nc: x=1\n");
	merges("[a]\na = 1\n[a]\na = 2\n[b]\nb = 1\n[b]\nb = 2\n", RD_SECOND_JOINS,
	       "a: a=1 a=2\nb: b=1 b=2\n");
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
		IN_DIR(a_second_section_in_a_file_of_ours_is_an_error),
		IN_DIR(a_second_section_in_a_file_of_asterisk_is_read_with_a_warning),
		IN_DIR(added_lines_are_read),
		IN_DIR(an_unknown_section_is_an_error),
		IN_DIR(people_may_name_sections),
		IN_DIR(tones_of_music_that_nobody_can_read_are_told),
		IN_DIR(sections_of_one_name_become_one_or_the_first_counts),
		IN_DIR(what_asterisk_has_there_is_a_warning),
	};

	return RUN_GROUP(tests);
}
