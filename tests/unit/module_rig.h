/* The loader in a directory of a test's own, with modules that are built in the tree. */
#ifndef TESTS_UNIT_MODULE_RIG_H
#define TESTS_UNIT_MODULE_RIG_H

#include <unistd.h>

#include "core/module/module.h"
#include "core/sched/sched.h"
#include "tests/unit/conf_dir.h"

static struct rd_config_report *report;
static char *text; /* of the report, after a step */

/* Put modules, built in the tree, into the modules directory. */
static inline void install(const char *const *names)
{
	const char *build = getenv("RD_BUILD");
	char from[4096], to[256];

	for (; *names; names++) {
		snprintf(from, sizeof(from), "%s/.libs/%s.so", build ? build : ".", *names);
		snprintf(to, sizeof(to), "%s/modules/%s.so", conf_dir_path(), *names);
		assert_int_equal(symlink(from, to), 0);
	}
}

#define INSTALL(...) install((const char *const[]){ __VA_ARGS__, NULL })

static inline int make(void **state)
{
	char line[256];

	(void)state;
	conf_dir_make();
	conf_dir_write("modules/.keep", "");
	snprintf(line, sizeof(line), "[directories]\nmodules = %s/modules\n", conf_dir_path());
	conf_dir_write("ringdown.conf", line);
	assert_int_equal(rd_config_report_new(&report), 0);
	rd__directories_free();
	assert_int_equal(rd__directories_load(conf_dir_path(), conf_dir_path(), report), 0);
	return rd__sched_init(0);
}

static inline int clean(void **state)
{
	(void)state;
	rd__sched_fini();
	rd_free(text);
	text = NULL;
	rd_config_report_free(report);
	conf_dir_remove();
	return 0;
}

/* ---- steps in a fiber ---- */

static inline int do_start(void *arg)
{
	(void)arg;
	return rd__modules_start(report);
}

static inline int do_stop(void *arg)
{
	(void)arg;
	rd__modules_stop();
	return 0;
}

static inline int do_load(void *arg)
{
	return rd__module_load(arg, report);
}

static inline int do_unload(void *arg)
{
	return rd__module_unload(arg, report);
}

/* One step; its findings are in `text`, and forgotten before the next. */
static inline int step(int (*fn)(void *arg), const char *arg)
{
	int rc;

	rd_config_report_free(report);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = rd__sched_call(fn, (void *)(uintptr_t)arg);
	rd_free(text);
	text = conf_report_text(report);
	return rc;
}

/* What modules.conf wants, and who reads it again at a reload; to be left again. */
static inline void start_modules(void)
{
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(rd__modules_join(), 0);
}

static inline void stop_modules(void)
{
	rd__modules_leave();
	step(do_stop, NULL);
}

static inline void assert_said(const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static inline size_t loaded(void)
{
	struct rd__module_info info;
	size_t pos = 0;

	while (rd__module_next(&pos, &info))
		;
	return pos;
}

static inline int do_reload(void *arg)
{
	return rd__config_reload(arg, report);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make, clean)

#endif
