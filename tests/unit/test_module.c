/* The loader: what it opens, in which order, what it refuses and why, and
 * that nothing is left of what it took back. */
#include "tests/unit/test.h"
#include "tests/unit/module_rig.h"

#include <dlfcn.h>

#include <ringdown/app.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/function.h>

#include "core/cli/commands.h"
#include "core/cli/cli.h"
#include "core/module/foreign.h"
#include "core/module/loader.h"
#include "core/module/module.h"
#include "core/sched/place.h"
#include "core/sched/sched.h"
#include "core/store/store.h"
#include "tests/modules/alpha.h"

/* ---- tests ---- */

static void all_in_the_folder_are_loaded_in_order_of_need(void **state)
{
	struct rd__module_info info;
	size_t pos = 0;

	(void)state;
	INSTALL("good_beta", "good_alpha");
	assert_int_equal(step(do_start, NULL), 0);
	assert_true(rd__module_next(&pos, &info));
	assert_string_equal(info.name, "good_alpha");
	assert_true(rd__module_next(&pos, &info));
	assert_string_equal(info.name, "good_beta");
	assert_true(rd_module_loaded("good_beta"));
	step(do_stop, NULL);
	assert_int_equal(loaded(), 0);
}

static bool beta_is_there; /* in memory, as good_alpha goes */

static void look_for_beta(const struct rd_event *event, void *arg)
{
	char path[256];
	void *beta;

	(void)arg;
	if (strcmp(event->name, "good_alpha") != 0 || strcmp(event->text, "unloaded") != 0)
		return;
	snprintf(path, sizeof(path), "%s/modules/good_beta.so", conf_dir_path());
	beta = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
	beta_is_there = beta;
	if (beta)
		dlclose(beta);
}

/* What each has left behind is looked for among little then (load.c). */
static void at_the_end_none_is_taken_from_memory_before_all_are_down(void **state)
{
	static const struct rd_subscriber events = { .name = "test",
						     .types = RD_EVENT_BIT(RD_EVENT_MODULE),
						     .notify = look_for_beta };

	(void)state;
	INSTALL("good_beta", "good_alpha");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(rd_subscribe(&events), 0);
	beta_is_there = false;
	step(do_stop, NULL);
	assert_true(beta_is_there);
	assert_int_equal(loaded(), 0);
	rd_unsubscribe(&events);
}

static void code_is_known_by_its_module(void **state)
{
	char name[32] = "";

	(void)state;
	INSTALL("good_alpha");
	conf_dir_write("alpha.conf", "[alpha]\nlevel = 7\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_true(rd__module_at((const void *)rd_app_find("Alpha")->run, name, sizeof(name)));
	assert_string_equal(name, "good_alpha");
	assert_false(rd__module_at((const void *)rd_app_find, name, sizeof(name)));
	assert_false(rd__module_at((const void *)strlen, name, sizeof(name)));
	assert_false(rd__module_at(name, name, sizeof(name)));
	assert_int_equal(step(do_unload, "good_alpha"), 0);
}

static void offers_are_registered_and_taken_back(void **state)
{
	const struct alpha_state *alpha;

	(void)state;
	INSTALL("good_alpha");
	conf_dir_write("alpha.conf", "[alpha]\nlevel = 7\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_non_null(rd_app_find("Alpha"));
	assert_non_null(rd_function_find("ALPHA"));
	alpha = rd_interface_get("alpha", 2);
	assert_non_null(alpha);
	assert_int_equal(alpha->level, 7);
	assert_int_equal(alpha->loads, 1);
	assert_int_equal(alpha->commits_at_load, 1);
	rd_interface_put(alpha);
	assert_null(rd_interface_get("alpha", 1));
	assert_int_equal(step(do_unload, "good_alpha"), 0);
	assert_null(rd_app_find("Alpha"));
	assert_null(rd_function_find("ALPHA"));
	assert_null(rd_interface_get("alpha", 2));
}

/* docs/architecture.md shows it. */
static void the_sample_of_the_documents_works(void **state)
{
	(void)state;
	INSTALL("app_hello");
	assert_int_equal(step(do_start, NULL), 0);
	assert_non_null(rd_app_find("Hello"));
	step(do_stop, NULL);
}

static void modules_conf_is_obeyed(void **state)
{
	(void)state;
	INSTALL("good_alpha", "good_beta", "good_sleepy");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload = good_beta.so\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 2); /* with its need */
	step(do_stop, NULL);
	conf_dir_write("modules.conf", "[modules]\nautoload = yes\nnoload = good_beta\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 2);
	assert_false(rd_module_loaded("good_beta"));
	step(do_stop, NULL);
	conf_dir_write("modules.conf", "[modules]\npreload = good_sleepy\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 3);
	step(do_stop, NULL);
}

/* Old samples have one. */
static void a_section_of_asterisk_is_passed_over(void **state)
{
	(void)state;
	INSTALL("good_alpha", "good_beta");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload = good_beta.so\n"
				       "[global]\nx = y\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_said("modules.conf:4: warning: section [global] has no meaning here");
	assert_int_equal(loaded(), 2);
	step(do_stop, NULL);
}

static void a_line_of_modules_conf_may_name_several(void **state)
{
	(void)state;
	INSTALL("good_alpha", "good_beta", "good_sleepy");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\n"
				       "load = good_beta , good_sleepy.so\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 3); /* with its need */
	step(do_stop, NULL);
	conf_dir_write("modules.conf", "[modules]\nnoload = good_beta,good_alpha,\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 1);
	assert_true(rd_module_loaded("good_sleepy"));
	step(do_stop, NULL);
	conf_dir_write("modules.conf", "[modules]\nload = good_alhpa, chan_iax2.so\n");
	assert_int_equal(step(do_start, NULL), -EINVAL);
	assert_said("modules.conf:2: load: there is no module \"good_alhpa\"");
	assert_said("did you mean \"good_alpha\"?");
	assert_said("modules.conf:2: warning: load: there is nothing here like Asterisk's "
		    "module chan_iax2");
	assert_int_equal(loaded(), 0);
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload = ,\n");
	assert_int_equal(step(do_start, NULL), -EINVAL);
	assert_said("modules.conf:3: \"load\": expected the name of a module");
}

/* Names as Asterisk's files have them: what is ours under another name, what needs
 * no module here, and what is not here. */
static void start_listed(const char *modules_conf)
{
	INSTALL("good_alpha", "good_beta");
	conf_dir_write("modules.conf", modules_conf);
	start_modules();
}

static void a_module_that_a_line_names_since_is_loaded_by_a_reload(void **state)
{
	(void)state;
	start_listed("[modules]\nautoload = no\n");
	assert_int_equal(loaded(), 0);
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload = good_alpha\n");
	assert_int_equal(step(do_reload, NULL), 0);
	assert_string_equal(text, "");
	assert_true(rd_module_loaded("good_alpha"));
	assert_int_equal(step(do_unload, "good_alpha"), 0);
	assert_int_equal(step(do_reload, NULL), 0); /* somebody wanted that */
	assert_false(rd_module_loaded("good_alpha"));
	stop_modules();
}

static void what_modules_conf_wants_at_the_next_start_is_told(void **state)
{
	(void)state;
	start_listed("[modules]\nnoload = good_beta\n");
	conf_dir_write("modules.conf", "[modules]\n; no more beta\nnoload = good_alpha\n");
	assert_int_equal(step(do_reload, NULL), 0);
	assert_string_equal(text, "modules.conf:3: warning: noload of good_alpha takes effect at "
				  "the next start, or by \"module unload good_alpha\"\n"
				  "modules.conf: warning: good_beta is loaded at the next start, "
				  "or by \"module load good_beta\"\n");
	assert_true(rd_module_loaded("good_alpha"));
	assert_false(rd_module_loaded("good_beta"));
	stop_modules();
}

static void a_module_that_lost_its_line_stays_and_is_told(void **state)
{
	(void)state;
	start_listed("[modules]\nautoload = no\nload = good_alpha\n");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\n");
	assert_int_equal(step(do_reload, NULL), 0);
	assert_string_equal(text, "modules.conf: warning: good_alpha is not wanted any more, and "
				  "stays until the next start\n");
	assert_true(rd_module_loaded("good_alpha"));
	stop_modules();
}

static void a_mistake_in_modules_conf_refuses_a_reload(void **state)
{
	(void)state;
	start_listed("[modules]\nautoload = no\n");
	conf_dir_write("modules.conf", "[modules]\nload = good_alpha\nload = good_bete\n");
	assert_int_equal(step(do_reload, NULL), -EINVAL);
	assert_said("modules.conf:3: ");
	assert_said("did you mean \"good_beta\"?");
	assert_int_equal(loaded(), 0);
	stop_modules();
}

/* It comes into force: whoever fails does so alone. */
static void a_module_that_does_not_start_is_an_error_after_the_reload(void **state)
{
	(void)state;
	start_listed("[modules]\nautoload = no\n");
	INSTALL("bad_load");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\n"
				       "load = bad_load\nload = good_alpha\n");
	assert_int_equal(step(do_reload, NULL), 0);
	assert_said("bad_load");
	assert_true(rd_module_loaded("good_alpha"));
	assert_false(rd_module_loaded("bad_load"));
	/* It is tried again, and who was unloaded by hand is not. */
	assert_int_equal(step(do_unload, "good_alpha"), 0);
	assert_int_equal(step(do_reload, NULL), 0);
	assert_said("bad_load");
	assert_false(rd_module_loaded("good_alpha"));
	stop_modules();
}

/* Whoever has unloaded it has the last word, whatever became of its line before. */
static void a_module_that_failed_and_was_unloaded_by_hand_stays_away(void **state)
{
	char path[256];

	(void)state;
	start_listed("[modules]\nautoload = no\n");
	INSTALL("bad_load");
	conf_dir_write("modules/good_sleepy.so", "cut short");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload = good_sleepy, bad_load\n");
	assert_int_equal(step(do_reload, NULL), 0);
	assert_said("good_sleepy");
	assert_said("bad_load");
	snprintf(path, sizeof(path), "%s/modules/good_sleepy.so", conf_dir_path());
	assert_int_equal(unlink(path), 0);
	INSTALL("good_sleepy");
	assert_int_equal(step(do_load, "good_sleepy"), 0);
	assert_int_equal(step(do_unload, "good_sleepy"), 0);
	assert_int_equal(step(do_reload, NULL), 0);
	assert_said("bad_load");
	assert_int_equal(loaded(), 0);
	stop_modules();
}

static void watch_patient(bool *worked)
{
	bool **place = (bool **)(uintptr_t)rd_interface_get("patient", 1);

	*place = worked;
	rd_interface_put(place);
}

/* The first one still loads good_patient. */
static int reload_behind(void *other)
{
	int rc;

	while (!loaded())
		rd_sleep(1);
	conf_dir_write("modules.conf",
		       "[modules]\nautoload = no\nload = good_patient, bad_load, good_alpha\n");
	while ((rc = rd__config_reload(NULL, other)) == -EBUSY)
		rd_sleep(1);
	return rc;
}

static int reload_twice(void *other)
{
	struct rd_fiber *fiber;
	int first, second = -1;

	assert_int_equal(rd_fiber_new(&fiber, "reload", reload_behind, other), 0);
	first = rd__config_reload(NULL, report);
	assert_true(rd_module_loaded("good_patient"));
	assert_false(rd_module_loaded("good_alpha"));
	rd_fiber_join(fiber, RD_FOREVER, &second);
	return first ? first : second;
}

static void each_of_two_reloads_is_told_of_its_own_modules(void **state)
{
	struct rd_config_report *other;
	bool worked = false;

	(void)state;
	start_listed("[modules]\nautoload = no\n");
	INSTALL("good_patient", "bad_load");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload = good_patient\n");
	assert_int_equal(rd_config_report_new(&other), 0);
	assert_int_equal(step(reload_twice, (const char *)other), 0);
	assert_string_equal(text, "");
	rd_free(text);
	text = conf_report_text(other);
	rd_config_report_free(other);
	assert_said("bad_load");
	assert_true(rd_module_loaded("good_alpha"));
	watch_patient(&worked);
	stop_modules();
	assert_true(worked);
}

/* Whoever asked for the reload has gone when good_patient is half loaded. */
static int reload_and_leave(void *arg)
{
	struct rd_fiber *fiber;
	int rc = -1;

	assert_int_equal(rd_fiber_new(&fiber, "console", do_reload, arg), 0);
	while (!loaded())
		rd_sleep(1);
	rd_fiber_cancel(fiber);
	rd_fiber_join(fiber, RD_FOREVER, &rc);
	return rc;
}

static void a_console_that_goes_takes_no_module_along(void **state)
{
	bool worked = false;

	(void)state;
	start_listed("[modules]\nautoload = no\n");
	INSTALL("good_patient");
	conf_dir_write("modules.conf",
		       "[modules]\nautoload = no\nload = good_patient, good_alpha\n");
	assert_int_equal(step(reload_and_leave, NULL), 0);
	assert_int_equal(loaded(), 2);
	watch_patient(&worked);
	stop_modules();
}

static void modules_conf_of_asterisk_is_understood(void **state)
{
	const char *ours;

	(void)state;
	INSTALL("good_alpha", "good_beta");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload => res_rtp_asterisk.so\n"
				       "load => chan_iax2.so\nnoload => chan_sip.so\n"
				       "noload => res_hep.so\nload = good_alpha.so\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 1);
	assert_said("modules.conf:4: warning: load: there is nothing here like Asterisk's "
		    "module chan_iax2");
	step(do_stop, NULL);
	/* The ending may be left out. */
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload = chan_iax2\n"
				       "require = res_rtp_asterisk\nnoload = res_hep\n"
				       "load = good_alpha\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 1);
	assert_said("modules.conf:3: warning: load: there is nothing here like Asterisk's "
		    "module chan_iax2");
	assert_null(strstr(text, "res_hep"));
	assert_null(strstr(text, "res_rtp_asterisk"));
	step(do_stop, NULL);

	assert_int_equal(rd__module_foreign("chan_pjsip", &ours), RD__FOREIGN_OURS);
	assert_string_equal(ours, "chan_sip");
	assert_int_equal(rd__module_foreign("res_hep_rtcp", &ours), RD__FOREIGN_OURS);
	assert_string_equal(ours, "hep");
	assert_int_equal(rd__module_foreign("res_pjsip_nat", &ours), RD__FOREIGN_OURS);
	assert_string_equal(ours, "chan_sip");
	assert_int_equal(rd__module_foreign("res_pjsip_t38", &ours), RD__FOREIGN_OURS);
	assert_int_equal(rd__module_foreign("res_pjsip_aoc", &ours), RD__FOREIGN_ABSENT);
	assert_int_equal(rd__module_foreign("res_timing_timerfd", &ours), RD__FOREIGN_CORE);
	assert_int_equal(rd__module_foreign("res_format_attr_opus", &ours), RD__FOREIGN_CORE);
	assert_int_equal(rd__module_foreign("bridge_softmix", &ours), RD__FOREIGN_OURS);
	assert_string_equal(ours, "app_confbridge");
	assert_int_equal(rd__module_foreign("res_pjsip_outbound_registration", &ours),
			 RD__FOREIGN_OURS);
	assert_int_equal(rd__module_foreign("func_cdr", &ours), RD__FOREIGN_OURS);
	assert_string_equal(ours, "cdr");
	assert_int_equal(rd__module_foreign("format_gsm", &ours), RD__FOREIGN_OURS);
	assert_string_equal(ours, "format_coded");
	assert_int_equal(rd__module_foreign("cdr_radius", &ours), RD__FOREIGN_ABSENT);
	assert_int_equal(rd__module_foreign("my_module", &ours), RD__FOREIGN_NOT);
}

static int do_check(void *arg)
{
	(void)arg;
	return rd__modules_check(report);
}

/* Who asks what a directory is worth is told of all files at once. */
static void a_mistake_in_modules_conf_hides_no_other_file(void **state)
{
	int (*const steps[])(void *) = { do_check, do_start };

	(void)state;
	INSTALL("good_alpha");
	conf_dir_write("modules.conf", "[modules]\nautolaod = no\nload = good_alhpa\n"
				       "load = good_alpha\n");
	conf_dir_write("alpha.conf", "[alpha]\nlevel = 17\n");
	conf_dir_write("followme.conf", "[general]\n");
	for (size_t i = 0; i < RD_ARRAY_SIZE(steps); i++) {
		assert_int_equal(step(steps[i], NULL), -EINVAL);
		assert_said("modules.conf:2: ");
		assert_said("modules.conf:3: ");
		assert_said("alpha.conf:2: ");
		assert_said("followme.conf: warning: ");
		assert_int_equal(loaded(), 0);
	}
}

static void preload_require_loads_first(void **state)
{
	struct rd__module_info info;
	size_t pos = 0;

	(void)state;
	INSTALL("good_alpha", "good_short");
	conf_dir_write("modules.conf", "[modules]\nautoload = no\nload = good_alpha\n"
				       "preload-require = good_short\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(loaded(), 2);
	assert_true(rd__module_next(&pos, &info));
	assert_string_equal(info.name, "good_short");
	step(do_stop, NULL);
}

static void mistakes_in_modules_conf_are_named(void **state)
{
	(void)state;
	INSTALL("good_alpha");
	conf_dir_write("modules.conf", "[modules]\nautolaod = yes\nload = good_alhpa\n");
	assert_int_equal(step(do_start, NULL), -EINVAL);
	assert_said("modules.conf:2: ");
	assert_said("autoload");
	conf_dir_write("modules.conf", "[modules]\nload = good_alhpa\n[more]\nx = 1\n");
	assert_int_equal(step(do_start, NULL), -EINVAL);
	assert_said("modules.conf:2: ");
	assert_said("did you mean \"good_alpha\"?");
	assert_said("modules.conf:3: unknown section [more]; expected [modules]");
	assert_int_equal(loaded(), 0);
}

static void noload_wins_over_load_and_says_so(void **state)
{
	(void)state;
	INSTALL("good_alpha");
	conf_dir_write("modules.conf", "[modules]\nload = good_alpha\nnoload = good_alpha\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_said("modules.conf:2: warning: load: good_alpha is under noload too, and stays "
		    "away");
	assert_false(rd_module_loaded("good_alpha"));
	step(do_stop, NULL);
}

static void noload_of_nothing_is_doubted(void **state)
{
	(void)state;
	INSTALL("good_alpha");
	conf_dir_write("modules.conf", "[modules]\nnoload = good_alhpa\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_said("modules.conf:2: warning: noload: there is no module \"good_alhpa\"; "
		    "did you mean \"good_alpha\"?");
	step(do_stop, NULL);
	conf_dir_write("modules.conf", "[modules]\nnoload => res_hep.so\n");
	assert_int_equal(step(do_start, NULL), 0);
	assert_null(strstr(text, "noload"));
	step(do_stop, NULL);
}

static const char *next_module(size_t *pos)
{
	struct rd__module_info info;

	return rd__module_next(pos, &info) ? info.name : NULL;
}

static const struct rd__cli_daemon names_modules = { .next_module = next_module };

static void a_loaded_module_is_offered_to_log_level(void **state)
{
	const char *typed = "good_a";
	char *offered;

	(void)state;
	INSTALL("good_alpha");
	conf_dir_write("modules.conf", "[modules]\n");
	rd__cli_set_daemon(&names_modules);
	assert_int_equal(step(do_start, NULL), 0);
	assert_string_equal(rd__cli_log_commands[0].name, "log level");
	offered = rd__cli_log_commands[0].complete(1, &typed, 0);
	assert_non_null(offered);
	assert_string_equal(offered, "good_alpha");
	rd_free(offered);
	assert_null(rd__cli_log_commands[0].complete(1, &typed, 1));
	step(do_stop, NULL);
	rd__cli_set_daemon(NULL);
}

static void unwanted_need_is_an_error(void **state)
{
	(void)state;
	INSTALL("good_alpha", "good_beta");
	conf_dir_write("modules.conf", "[modules]\nnoload = good_alpha\nload = good_beta\n");
	assert_int_equal(step(do_start, NULL), -EINVAL);
	assert_said("good_beta: needs good_alpha");
	assert_int_equal(loaded(), 0);
}

static void wrong_objects_are_refused_with_the_reason(void **state)
{
	static const struct {
		const char *name, *reason;
	} wrong[] = {
		{ "bad_plain", "no rd_module" },
		{ "bad_version", "another version of the SDK" },
		{ "bad_newer", "it needs a newer one" },
		{ "bad_name", "calls itself bad_title" },
		{ "bad_absent", "needs no_such_module" },
		{ "bad_ring_one", "needs it in turn" },
		{ "bad_load", "in use" },
		{ "not_there", "not_there" },
	};

	(void)state;
	INSTALL("bad_plain", "bad_version", "bad_newer", "bad_name", "bad_absent", "bad_ring_one",
		"bad_ring_two", "bad_load");
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		assert_true(step(do_load, wrong[i].name) < 0);
		assert_said(wrong[i].reason);
	}
	assert_int_equal(loaded(), 0);
	assert_null(rd_app_find("NeverThere"));
}

static void one_failure_undoes_the_start(void **state)
{
	(void)state;
	INSTALL("good_alpha", "good_beta", "bad_load");
	conf_dir_write("modules.conf", "[modules]\nrequire = bad_load\n");
	assert_int_equal(step(do_start, NULL), -EADDRINUSE);
	assert_said("bad_load");
	assert_int_equal(loaded(), 0);
	assert_null(rd_app_find("Alpha"));
}

static void wrong_configuration_stops_the_start(void **state)
{
	(void)state;
	INSTALL("good_alpha");
	conf_dir_write("alpha.conf", "[alpha]\nlevel = 17\n");
	assert_int_equal(step(do_start, NULL), -EINVAL);
	assert_said("alpha.conf:2: ");
	assert_int_equal(loaded(), 0);
}

static void older_tables_are_understood(void **state)
{
	const struct rd_app *app;

	(void)state;
	INSTALL("good_short");
	assert_int_equal(step(do_start, NULL), 0);
	assert_non_null(rd_app_find("ShortOne"));
	app = rd_app_find("ShortTwo");
	assert_non_null(app);
	assert_null(app->synopsis);
	assert_int_equal(step(do_unload, "good_short"), 0);
	assert_null(rd_app_find("ShortTwo"));
}

static void what_is_in_use_stays(void **state)
{
	const void *alpha;

	(void)state;
	INSTALL("good_alpha", "good_beta");
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(step(do_unload, "good_alpha"), -EBUSY);
	assert_said("good_beta needs it");
	assert_int_equal(step(do_unload, "good_beta"), 0);

	alpha = rd_interface_get("alpha", 2);
	assert_int_equal(step(do_unload, "good_alpha"), -EBUSY);
	assert_said("in use: 1 user of its interfaces by core");
	rd_interface_put(alpha);

	rd_module_use("good_alpha");
	assert_int_equal(step(do_unload, "good_alpha"), -EBUSY);
	assert_said("in use: 1 holder");
	rd_module_release("good_alpha");
	assert_int_equal(step(do_unload, "good_alpha"), 0);
	assert_int_equal(step(do_unload, "good_alpha"), -ENOENT);
}

static void a_module_loaded_again_is_held_anew(void **state)
{
	static const char name[] = "good_alpha";

	(void)state;
	INSTALL("good_alpha");
	assert_int_equal(step(do_start, NULL), 0);
	rd_module_use(name);
	rd_module_release(name);
	assert_int_equal(step(do_unload, "good_alpha"), 0);
	rd_module_use(name); /* nobody is there */
	assert_int_equal(step(do_load, "good_alpha"), 0);
	rd_module_use(name);
	assert_int_equal(step(do_unload, "good_alpha"), -EBUSY);
	rd_module_release(name);
	assert_int_equal(step(do_unload, "good_alpha"), 0);
}

static int open_store(void *arg)
{
	(void)arg;
	return rd__store_start_at(":memory:");
}

static int close_store(void *arg)
{
	(void)arg;
	rd__store_stop();
	return 0;
}

/* Whoever asked for it is not there any more. */
static int do_unload_cancelled(void *arg)
{
	rd_fiber_cancel(rd_fiber_self());
	return do_unload(arg);
}

/* Its code is gone after the unload: a call back would be the end of us. */
static void a_module_goes_after_what_others_do_for_it(void **state)
{
	(void)state;
	INSTALL("good_keeper");
	rd__place_set_owner(rd__module_at);
	assert_int_equal(step(open_store, NULL), 0);
	assert_int_equal(step(do_start, NULL), 0);
	assert_int_equal(step(do_unload, "good_keeper"), 0);
	assert_int_equal(step(do_load, "good_keeper"), 0);
	assert_int_equal(step(do_unload_cancelled, "good_keeper"), 0);
	assert_int_equal(step(close_store, NULL), 0);
	rd__place_set_owner(NULL);
}

static void start_patient(bool *worked)
{
	INSTALL("good_patient");
	assert_int_equal(step(do_start, NULL), 0);
	watch_patient(worked);
}

static int reload_soon(void *arg)
{
	(void)arg;
	rd_sleep(5);
	return rd__config_reload(NULL, report);
}

static int unload_under_a_reload(void *name)
{
	struct rd_fiber *fiber;
	int rc, reloaded = -1;

	assert_int_equal(rd_fiber_new(&fiber, "reload", reload_soon, NULL), 0);
	rc = rd__module_unload(name, report);
	rd_fiber_join(fiber, RD_FOREVER, &reloaded);
	return rc ? rc : reloaded;
}

/* The pool walks over who has configuration. */
static void a_module_does_not_go_from_under_a_reload(void **state)
{
	bool worked = false;

	(void)state;
	start_patient(&worked);
	assert_int_equal(step(unload_under_a_reload, "good_patient"), 0);
	assert_true(worked);
	assert_int_equal(loaded(), 0);
}

/* Its code has to be waited for all the same. */
static void a_module_has_the_time_that_it_needs_to_go(void **state)
{
	bool worked = false;

	(void)state;
	start_patient(&worked);
	assert_int_equal(step(do_unload_cancelled, "good_patient"), 0);
	assert_true(worked);
}

static void load_takes_names_and_paths(void **state)
{
	char path[256];

	(void)state;
	INSTALL("good_alpha", "good_beta");
	assert_int_equal(step(do_load, "good_beta"), 0);
	assert_int_equal(loaded(), 2);
	assert_int_equal(step(do_load, "good_beta"), -EEXIST);
	step(do_stop, NULL);
	snprintf(path, sizeof(path), "%s/modules/good_alpha.so", conf_dir_path());
	assert_int_equal(step(do_load, path), 0);
	assert_true(rd_module_loaded("good_alpha"));
	step(do_stop, NULL);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	int rc = -ENOMEM;

	(void)state;
	INSTALL("good_alpha", "good_beta");
	for (long n = 0; rc != 0 && n < 3000; n += 1 + n / 50) {
		rd_config_report_free(report);
		assert_int_equal(rd_config_report_new(&report), 0);
		rd__alloc_fail_after(n);
		rc = rd__sched_call(do_start, NULL);
		rd__alloc_fail_after(-1);
		if (rc < 0)
			assert_int_equal(loaded(), 0);
	}
	assert_int_equal(rc, 0);
	step(do_stop, NULL);
}

static void let_the_file_be(const char *name)
{
	const char *build = getenv("RD_BUILD");
	char from[4096], to[256];

	snprintf(from, sizeof(from), "%s/.libs/%s.so", build ? build : ".", name);
	snprintf(to, sizeof(to), "%s/modules/good_twin.so", conf_dir_path());
	unlink(to);
	assert_int_equal(symlink(from, to), 0);
}

static int do_module_reload(void *arg)
{
	return rd__module_reload(arg, report);
}

/* Until those that wait for their last call have gone, too. */
static int do_wait(void *arg)
{
	(void)arg;
	return rd_sleep(1000);
}

static void memory_may_run_out_while_one_is_replaced(void **state)
{
	const struct rd_app *old;
	int rc = -ENOMEM;

	(void)state;
	let_the_file_be("good_twin_1");
	assert_int_equal(step(do_load, "good_twin"), 0);
	old = rd_app_find("Twin");
	assert_non_null(old);
	let_the_file_be("good_twin_2");
	for (long n = 0; rc != 0 && n < 3000; n++) {
		rd_config_report_free(report);
		assert_int_equal(rd_config_report_new(&report), 0);
		rd__alloc_fail_after(n);
		rc = rd__sched_call(do_module_reload, "good_twin");
		rd__alloc_fail_after(-1);
		if (rd_config_errors(report))
			rc = -ENOMEM;
		if (rc < 0)
			assert_ptr_equal(rd_app_find("Twin"), old);
		assert_non_null(rd_app_find("TwinBegin"));
		assert_non_null(rd_function_find("TWIN"));
	}
	assert_int_equal(rc, 0);
	assert_ptr_not_equal(rd_app_find("Twin"), old);
	step(do_wait, NULL);
	assert_int_equal(loaded(), 1);
	step(do_stop, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(all_in_the_folder_are_loaded_in_order_of_need),
		IN_DIR(at_the_end_none_is_taken_from_memory_before_all_are_down),
		IN_DIR(code_is_known_by_its_module),
		IN_DIR(offers_are_registered_and_taken_back),
		IN_DIR(the_sample_of_the_documents_works),
		IN_DIR(modules_conf_is_obeyed),
		IN_DIR(a_section_of_asterisk_is_passed_over),
		IN_DIR(a_line_of_modules_conf_may_name_several),
		IN_DIR(a_module_that_a_line_names_since_is_loaded_by_a_reload),
		IN_DIR(what_modules_conf_wants_at_the_next_start_is_told),
		IN_DIR(a_module_that_lost_its_line_stays_and_is_told),
		IN_DIR(a_mistake_in_modules_conf_refuses_a_reload),
		IN_DIR(a_module_that_does_not_start_is_an_error_after_the_reload),
		IN_DIR(a_module_that_failed_and_was_unloaded_by_hand_stays_away),
		IN_DIR(each_of_two_reloads_is_told_of_its_own_modules),
		IN_DIR(a_console_that_goes_takes_no_module_along),
		IN_DIR(modules_conf_of_asterisk_is_understood),
		IN_DIR(mistakes_in_modules_conf_are_named),
		IN_DIR(a_mistake_in_modules_conf_hides_no_other_file),
		IN_DIR(preload_require_loads_first),
		IN_DIR(noload_wins_over_load_and_says_so),
		IN_DIR(noload_of_nothing_is_doubted),
		IN_DIR(a_loaded_module_is_offered_to_log_level),
		IN_DIR(unwanted_need_is_an_error),
		IN_DIR(wrong_objects_are_refused_with_the_reason),
		IN_DIR(one_failure_undoes_the_start),
		IN_DIR(wrong_configuration_stops_the_start),
		IN_DIR(older_tables_are_understood),
		IN_DIR(what_is_in_use_stays),
		IN_DIR(a_module_loaded_again_is_held_anew),
		IN_DIR(a_module_goes_after_what_others_do_for_it),
		IN_DIR(a_module_has_the_time_that_it_needs_to_go),
		IN_DIR(a_module_does_not_go_from_under_a_reload),
		IN_DIR(load_takes_names_and_paths),
		IN_DIR(memory_may_run_out_at_any_moment),
		IN_DIR(memory_may_run_out_while_one_is_replaced),
	};

	return RUN_GROUP(tests);
}
