/* A configuration directory of a test's own: see conf_dir.h. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

const char *conf_dir_path(void)
{
	return dir;
}

void conf_dir_make(void)
{
	struct rd_config_report *report;

	strcpy(dir, "/tmp/rd-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__directories_load(dir, dir, report), 0);
	rd_config_report_free(report);
}

void conf_dir_write_bytes(const char *name, const char *bytes, size_t size)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdir(path, 0700);
	}
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

void conf_dir_write(const char *name, const char *text)
{
	conf_dir_write_bytes(name, text, strlen(text));
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

void conf_dir_remove(void)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	rd__directories_free();
}

int conf_dir_setup(void **state)
{
	(void)state;
	conf_dir_make();
	return 0;
}

int conf_dir_teardown(void **state)
{
	(void)state;
	conf_dir_remove();
	return 0;
}

static char findings[4096];

int conf_dir_apply(const struct rd_module_config *config, const char *conf)
{
	struct rd_config_report *report;
	void *snapshot;
	char *text;
	int rc;

	conf_dir_write(config->files[0], conf);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = config->build(&snapshot, report);
	if (!rc)
		config->commit(snapshot);
	text = conf_report_text(report);
	rd_strcpy(findings, sizeof(findings), text);
	rd_free(text);
	rd_config_report_free(report);
	return rc;
}

const char *conf_dir_findings(void)
{
	return findings;
}

int conf_dir_build_once(void *config)
{
	const struct rd_module_config *it = config;
	struct rd_config_report *report;
	void *snapshot;
	int rc = rd_config_report_new(&report);

	if (rc)
		return rc;
	rc = it->build(&snapshot, report);
	if (!rc)
		it->discard(snapshot);
	rd_config_report_free(report);
	return rc;
}

static void add_line(const char *text, bool is_error, void *arg)
{
	(void)is_error;
	rd_buf_printf(arg, "%s\n", text);
}

char *conf_report_text(const struct rd_config_report *report)
{
	struct rd_buf buf;

	rd_buf_init(&buf);
	rd__report_each(report, add_line, &buf);
	return rd_buf_take(&buf);
}

char *conf_dir_review(const struct rd_module *module)
{
	struct rd_config_report *report;
	void *snapshot;
	char *found;

	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(module->config->build(&snapshot, report), 0);
	module->review(snapshot, report);
	found = conf_report_text(report);
	rd_config_report_free(report);
	module->config->discard(snapshot);
	return found;
}
