/* Memory runs out while a new file takes the place of a module that is used: the one or the
 * other is there then, whole, and calls go on. */
#include "core/base/alloc.h"
#include "core/config/config.h"
#include "core/module/loader.h"
#include "core/sched/sched.h"
#include "tests/sim/replacing.h"

static const char *module;
static long allowed;
static bool refused;

static int reload(void *report)
{
	int rc;

	rd__alloc_fail_after(allowed);
	rc = rd__module_reload(module, report);
	refused = rd__alloc_refused() > 0;
	rd__alloc_fail_after(-1);
	return rc;
}

static int reload_with(long count)
{
	struct rd_config_report *report;
	int rc;

	allowed = count;
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = rd__sched_call(reload, report);
	rd_config_report_free(report);
	return rc;
}

/* With 0, 1, 2, ... allocations until it gets all; what is there is looked at after each. */
static void sweep(const char *name, const char *const built[2], void (*look)(int version))
{
	int now = 0;

	module = name;
	refused = true;
	replacing_install(name, built[1]);
	for (long n = 0; refused; n++) {
		int rc = reload_with(n);

		rd_test_at(__FILE__, __LINE__);
		if (rc == 0) {
			now = !now;
			replacing_install(name, built[!now]);
		} else {
			assert_true(refused);
		}
		look(now);
	}
	rd_test_pass(1000);
	look(now);
}

/* ---- one that keeps something across calls ---- */

struct tally_functions {
	int (*version)(void);
	int (*told)(void);
};

static void look_at_tally(int version)
{
	const struct tally_functions *tally = rd_interface_get_for("somebody", "tally", 1);
	char expected[32];
	const char *said;
	int told;

	assert_non_null(tally);
	assert_int_equal(tally->version(), version + 1);
	told = tally->told();
	rd_event_publish(&(struct rd_event){ .type = RD_EVENT_USER, .name = "x" });
	assert_int_equal(tally->told(), told + 1);
	rd_interface_put_for("somebody", tally);
	snprintf(expected, sizeof(expected), "v%d: 1 told ", version + 1);
	said = rd_test_expand("${TALLY()}");
	if (strncmp(said, expected, strlen(expected)) != 0)
		fail_msg("\"%s\", not \"%s...\"", said, expected);
	assert_non_null(rd_app_find("Tally"));
	assert_non_null(rd_app_find("TallyHold"));
	assert_int_equal(rd_device_state("tally:room"), RD_DEVICE_INUSE);
}

static void one_that_keeps_something_is_there_as_a_whole(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	replacing_install("good_tally", "good_tally_1");
	rd_test_load(replacing_path("good_tally"));
	rd_test_dialplan("[sim]\nexten => 1,1,Tally()\n");
	rd_test_call(alice, "1");
	rd_test_pass(500);
	sweep("good_tally", (const char *const[]){ "good_tally_1", "good_tally_2" },
	      look_at_tally);
	assert_true(rd_test_is_up(alice));
}

/* ---- one that begins anew ---- */

static void look_at_twin(int version)
{
	static const char *const said[] = { "1 3", "2 3" };
	int status;

	assert_string_equal(rd_test_expand("${TWIN()} ${TWIN(level)}"), said[version]);
	assert_non_null(rd_app_find("Twin"));
	assert_non_null(rd_app_find("TwinAttach"));
	assert_non_null(rd_app_find("TwinBegin"));
	rd_test_command("twin show", &status);
	assert_int_equal(status, 0);
	rd_test_reload("good_twin");
}

static void one_that_begins_anew_is_there_as_a_whole(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	replacing_install("good_twin", "good_twin_1");
	rd_test_load(replacing_path("good_twin"));
	rd_test_dialplan("[sim]\nexten => 1,1,Twin()\n");
	rd_test_call(alice, "1");
	rd_test_pass(500);
	sweep("good_twin", (const char *const[]){ "good_twin_1", "good_twin_2" }, look_at_twin);
	assert_in_range(rd_test_heard_hz(alice), 430, 450);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	assert_int_equal(replacing_shown("good_twin"), 1);
	assert_int_equal(replacing_mapped(), 1);
}

/* ---- those of the house, with a call in each ---- */

static void look_at_the_room(int version)
{
	(void)version;
	assert_string_equal(rd_test_expand("${CONFBRIDGE_INFO(parties,sales)}"), "1");
	assert_non_null(rd_app_find("ConfBridge"));
	rd_test_reload("app_confbridge");
}

static void a_room_is_there_as_a_whole(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice"), *bob = rd_test_phone("bob");

	(void)state;
	replacing_load("app_confbridge");
	rd_test_dialplan("[sim]\nexten => 1,1,ConfBridge(sales)\n");
	rd_test_speak(alice, 440, 8000);
	rd_test_call(alice, "1");
	rd_test_pass(3000);
	sweep("app_confbridge", (const char *const[]){ "app_confbridge", "app_confbridge" },
	      look_at_the_room);
	rd_test_call(bob, "1");
	rd_test_pass(5000);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
}

static void look_at_the_lot(int version)
{
	(void)version;
	assert_int_equal(rd_device_state("park:701@parkedcalls"), RD_DEVICE_INUSE);
	assert_non_null(rd_app_find("ParkedCall"));
	rd_test_reload(NULL);
}

static void a_parking_lot_is_there_as_a_whole(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice"), *bob = rd_test_phone("bob");

	(void)state;
	replacing_load("res_parking");
	rd_test_dialplan("[sim]\ninclude => parkedcalls\nexten => 1,1,Park(,s)\n");
	rd_test_speak(alice, 440, 8000);
	rd_test_call(alice, "1");
	rd_test_pass(500);
	sweep("res_parking", (const char *const[]){ "res_parking", "res_parking" },
	      look_at_the_lot);
	rd_test_call(bob, "701");
	rd_test_pass(2000);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
}

static void look_at_the_plan(int version)
{
	(void)version;
	assert_true(rd_dialplan_context_exists("sim"));
	rd_test_reload("dialplan");
}

static void the_dialplan_is_there_as_a_whole(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	rd_test_load("app_wait");
	rd_test_load("app_set");
	rd_test_load("func_global");
	rd_test_file("extensions.conf", "[sim]\nexten => 1,1,Wait(20)\n"
					" same => n,Set(GLOBAL(SAID)=on)\n same => n,Wait(20)\n");
	replacing_load("dialplan");
	rd_test_call(alice, "1");
	rd_test_pass(500);
	sweep("dialplan", (const char *const[]){ "dialplan", "dialplan" }, look_at_the_plan);
	rd_test_pass(21000);
	assert_string_equal(rd_test_expand("${SAID}"), "on");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(a_room_is_there_as_a_whole),
		REPLACE(a_parking_lot_is_there_as_a_whole),
		REPLACE(the_dialplan_is_there_as_a_whole),
		REPLACE(one_that_keeps_something_is_there_as_a_whole),
		REPLACE(one_that_begins_anew_is_there_as_a_whole),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
