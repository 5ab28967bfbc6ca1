/* Timezones that a plan names are read with the plan, and not by a call. */
#include "tests/unit/test.h"

#include <ringdown/module.h>

#include "core/base/zone.h"
#include "core/config/config.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/media_rig.h"

static int remove_folder(void **state)
{
	(void)state;
	rd__zone_forget();
	conf_dir_remove();
	return 0;
}

static void read_with(const char *extensions)
{
	const struct rd_module_config *config = rig_module("dialplan")->config;
	struct rd_config_report *report;
	void *plan;

	conf_dir_write("extensions.conf", extensions);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(config->build(&plan, report), 0);
	rd_config_report_free(report);
	config->discard(plan);
}

/* It has been: reading it now would want memory. */
static bool is_read(const char *zone)
{
	bool known;

	rd__alloc_fail_after(0);
	known = rd_zone_known(zone);
	rd__alloc_fail_after(-1);
	return known;
}

static void zones_of_steps_are_read_ahead(void **state)
{
	(void)state;
	read_with("[a]\n"
		  "exten => 1,1,GotoIfTime(9:00-17:00,mon-fri,*,*,Europe/Berlin?2)\n"
		  " same => n,SayUnixTime(,Asia/Tokyo,R)\n"
		  " same => n,NoOp(${STRFTIME(${EPOCH},UTC,%H:%M)})\n");
	assert_true(is_read("Europe/Berlin"));
	assert_true(is_read("Asia/Tokyo"));
	assert_true(is_read("UTC"));
	assert_false(is_read("America/New_York"));
}

static void a_global_may_name_one(void **state)
{
	(void)state;
	read_with("[globals]\nHERE = America/New_York\n"
		  "[a]\nexten => 1,1,GotoIfTime(*,*,*,*,${HERE}?2)\n");
	assert_true(is_read("America/New_York"));
}

static void what_is_no_zone_does_no_harm(void **state)
{
	(void)state;
	read_with("[globals]\nTRUNK = SIP/provider\nFOLDER = Europe\n"
		  "[a]\nexten => 1,1,Set(TIME=Europe/Nowhere,../../etc/passwd)\n"
		  " same => n,NoOp(Europe/Paris)\n");
	assert_false(is_read("Europe/Nowhere"));
	assert_false(is_read("Europe/Paris"));
	assert_false(is_read("Europe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(zones_of_steps_are_read_ahead, conf_dir_setup,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_global_may_name_one, conf_dir_setup,
						remove_folder),
		cmocka_unit_test_setup_teardown(what_is_no_zone_does_no_harm, conf_dir_setup,
						remove_folder),
	};

	return RUN_GROUP(tests);
}
