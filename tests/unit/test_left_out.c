/* What autoload alone has found and cannot be had: it is told and left out, with whatever needs
 * it, and the rest starts. What modules.conf names keeps the start from happening. */
#include "tests/unit/test.h"
#include "tests/unit/module_rig.h"

#include <ringdown/app.h>

#include "core/module/loader.h"

static void assert_left_out(const char *name, const char *why)
{
	const char *found, *said;
	size_t pos = 0;

	while (rd__module_left_out(&pos, &found, &said))
		if (strcmp(found, name) == 0) {
			if (!strstr(said, why))
				fail_msg("%s: \"%s\" is not in \"%s\"", name, why, said);
			return;
		}
	fail_msg("%s is not left out", name);
}

static size_t left_out(void)
{
	const char *name, *why;
	size_t pos = 0;

	while (rd__module_left_out(&pos, &name, &why))
		;
	return pos;
}

/* A file of the folder of modules that is none. */
static void write_cut(const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "modules/%s.so", name);
	conf_dir_write(file, "cut short");
}

static void remove_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/modules/%s.so", conf_dir_path(), name);
	assert_int_equal(unlink(path), 0);
}

/* ---- at the start ---- */

static const struct {
	const char *name, *why;
} wrong[] = {
	{ "bad_plain", "it is no module: it has no rd_module" },
	{ "bad_version", "another version of the SDK" },
	{ "bad_newer", "it needs a newer one" },
	{ "bad_name", "calls itself bad_title" },
	{ "bad_absent", "needs no_such_module: module no_such_module: " },
	{ "bad_load", "it did not start: address already in use" },
	{ "good_needy", "it needs bad_load, which is left out" },
};

static void all_that_is_good_starts_without_what_is_not(void **state)
{
	(void)state;
	INSTALL("good_alpha", "good_beta");
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		INSTALL(wrong[i].name);
	write_cut("good_sleepy");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 2);
	assert_true(rd_module_loaded("good_beta"));
	assert_null(rd_app_find("NeverThere"));
	assert_null(rd_app_find("Needy"));
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		assert_left_out(wrong[i].name, wrong[i].why);
	assert_left_out("good_sleepy", "too short");
	assert_int_equal(left_out(), RD_ARRAY_SIZE(wrong) + 1);
	assert_said("/modules/bad_load.so: warning: it is left out: it did not start: address "
		    "already in use");
	step(do_stop, NULL);
	assert_int_equal(left_out(), 0);
}

static void what_two_offer_the_first_has(void **state)
{
	(void)state;
	INSTALL("bad_alike", "good_alpha", "good_beta");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 1);
	assert_non_null(rd_app_find("Alpha"));
	assert_left_out("good_alpha", "what it offers was not taken: Alpha: another has that");
	assert_left_out("good_beta", "it needs good_alpha, which is left out");
	step(do_stop, NULL);
}

static void assert_start_refused(const char *modules_conf, const char *why)
{
	conf_dir_write("modules.conf", modules_conf);
	assert_true(step(do_start, NULL) < 0);
	assert_said(why);
	assert_int_equal(loaded(), 0);
	assert_int_equal(left_out(), 0);
}

static void what_modules_conf_names_must_start(void **state)
{
	(void)state;
	INSTALL("good_alpha", "bad_load", "good_needy", "bad_newer");
	assert_start_refused("[modules]\nload = bad_load\n", "bad_load: it did not start");
	assert_start_refused("[modules]\nrequire = bad_newer\n", "it needs a newer one");
	assert_start_refused("[modules]\npreload = bad_newer\n", "it needs a newer one");
	/* So must what that needs. */
	assert_start_refused("[modules]\nrequire = good_needy\n", "bad_load: it did not start");
	assert_start_refused("[modules]\nautoload = no\nload = good_needy\n",
			     "bad_load: it did not start");
}

/* An exchange without telephones, or in which no number leads anywhere, is none. */
static void without_phones_or_a_dialplan_nothing_starts(void **state)
{
	static const char *const vital[] = { "chan_sip", "dialplan" };

	(void)state;
	INSTALL("good_alpha");
	for (size_t i = 0; i < RD_ARRAY_SIZE(vital); i++) {
		write_cut(vital[i]);
		assert_start_refused("[modules]\n", "too short");
		assert_said(vital[i]);
		remove_file(vital[i]);
	}
	conf_dir_write("modules.conf", "[modules]\nnoload = chan_sip, dialplan\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(vital); i++)
		write_cut(vital[i]);
	assert_int_equal(step(do_start, NULL), 0);
	step(do_stop, NULL);
}

static void what_needs_a_module_under_noload_is_left_out(void **state)
{
	(void)state;
	INSTALL("good_alpha", "good_beta", "good_sleepy");
	conf_dir_write("modules.conf", "[modules]\nnoload = good_alpha\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 1);
	assert_left_out("good_beta", "needs good_alpha, which modules.conf does not want loaded");
	step(do_stop, NULL);
}

static int do_check(void *arg)
{
	(void)arg;
	return rd__modules_check(report);
}

static void a_check_warns_of_it(void **state)
{
	(void)state;
	INSTALL("good_alpha", "bad_newer");
	assert_int_equal(step(do_check, NULL), 0);
	assert_said("/modules/bad_newer.so: warning: it is left out: it was built for version");
	assert_int_equal(left_out(), 1);
	step(do_stop, NULL);
}

/* ---- when it runs ---- */

static void it_is_loaded_by_hand_when_it_is_mended(void **state)
{
	(void)state;
	write_cut("good_alpha");
	start_modules();
	assert_left_out("good_alpha", "too short");
	remove_file("good_alpha");
	write_cut("good_alpha");
	conf_dir_write("alpha.conf", "[alpha]\nlevel = 17\n");
	remove_file("good_alpha");
	INSTALL("good_alpha");
	assert_int_equal(step(do_load, "good_alpha"), -EINVAL);
	assert_left_out("good_alpha", "alpha.conf:2: "); /* what is wrong now */
	conf_dir_write("alpha.conf", "[alpha]\nlevel = 7\n");
	assert_int_equal(step(do_load, "good_alpha"), 0);
	assert_int_equal(left_out(), 0);
	stop_modules();
}

static void a_reload_tells_of_it_until_nobody_wants_it(void **state)
{
	(void)state;
	INSTALL("bad_load", "good_alpha");
	start_modules();
	assert_int_equal(step(do_reload, NULL), 0);
	assert_said("modules.conf: warning: bad_load is left out still (it did not start: address "
		    "already in use): it is tried again at the next start, or by \"module load "
		    "bad_load\"\n");
	remove_file("bad_load");
	assert_int_equal(step(do_reload, NULL), 0);
	assert_string_equal(text, "");
	assert_int_equal(left_out(), 0);
	stop_modules();
}

/* Nobody looks on when the power comes back. */
static void a_file_that_came_since_is_tried_by_a_reload(void **state)
{
	(void)state;
	INSTALL("good_alpha");
	start_modules();
	INSTALL("bad_newer", "good_beta");
	assert_int_equal(step(do_reload, NULL), 0);
	assert_said("/modules/bad_newer.so: warning: it is left out: it was built for version");
	assert_said("modules.conf: warning: good_beta is loaded at the next start, or by \"module "
		    "load good_beta\"");
	assert_left_out("bad_newer", "it needs a newer one");
	assert_int_equal(loaded(), 1);
	stop_modules();
}

static void a_line_that_names_it_since_has_it_loaded(void **state)
{
	(void)state;
	write_cut("good_alpha");
	start_modules();
	remove_file("good_alpha");
	INSTALL("good_alpha");
	conf_dir_write("modules.conf", "[modules]\nload = good_alpha\n");
	assert_int_equal(step(do_reload, NULL), 0);
	assert_string_equal(text, "");
	assert_true(rd_module_loaded("good_alpha"));
	assert_int_equal(left_out(), 0);
	stop_modules();
}

/* Whatever is missing then, nothing is left of it. */
static void memory_may_run_out_at_any_moment(void **state)
{
	int rc = -ENOMEM;

	(void)state;
	INSTALL("good_alpha", "bad_load", "good_needy", "bad_newer");
	for (long n = 0; rc != 0 && n < 3000; n += 1 + n / 50) {
		rd_config_report_free(report);
		assert_int_equal(rd_config_report_new(&report), 0);
		rd__alloc_fail_after(n);
		rc = rd__sched_call(do_start, NULL);
		rd__alloc_fail_after(-1);
		if (rc < 0)
			assert_int_equal(loaded() + left_out(), 0);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(loaded(), 1);
	assert_int_equal(left_out(), 3);
	step(do_stop, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(all_that_is_good_starts_without_what_is_not),
		IN_DIR(what_two_offer_the_first_has),
		IN_DIR(what_modules_conf_names_must_start),
		IN_DIR(without_phones_or_a_dialplan_nothing_starts),
		IN_DIR(what_needs_a_module_under_noload_is_left_out),
		IN_DIR(a_check_warns_of_it),
		IN_DIR(it_is_loaded_by_hand_when_it_is_mended),
		IN_DIR(a_reload_tells_of_it_until_nobody_wants_it),
		IN_DIR(a_file_that_came_since_is_tried_by_a_reload),
		IN_DIR(a_line_that_names_it_since_has_it_loaded),
		IN_DIR(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}
