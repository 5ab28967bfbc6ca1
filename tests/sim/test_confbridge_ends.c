/* What of a conference outlives it, while somebody waits for the disk or a command runs. */
#include "tests/sim/sim_conference.h"

#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/fiber.h>

#include "core/cli/cli.h"
#include "core/module/loader.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"

static struct sim_phone *alice = &sim_guests[0], *bob = &sim_guests[1];

#define TEST       SIM_CONFERENCE_TEST
#define LOADED(fn) cmocka_unit_test_setup_teardown(fn, begin_loaded, end_loaded)
#define QUIET      "quiet = yes\n"

enum { POOL_JOBS = 64, POOL_JOB_US = 10000 };

static void enter(struct sim_phone *phone, const char *sets, const char *args)
{
	sim_confer(phone, sets, args);
	sim_listen(500);
	sim_heard_by(phone);
}

/* ---- a pool that has other work ---- */

static int be_slow(void *arg)
{
	(void)arg;
	usleep(POOL_JOB_US);
	return 0;
}

/* What is asked of the pool now comes later than all else that is ready. */
static void keep_the_pool_busy(void)
{
	for (int i = 0; i < POOL_JOBS; i++)
		assert_int_equal(rd_offload_then(be_slow, NULL, NULL), 0);
}

/* All that is ready, and nothing that comes from the pool. */
static void let_all_go_on(void)
{
	for (int i = 0; i < 50; i++)
		sim_pass(0);
}

/* ---- the module ---- */

static char name[] = "app_confbridge";
/* As the loader knows it. */
static struct rd__module loaded = { .name = name };

static const char *in_use(void)
{
	static char text[128];
	struct rd_buf out;

	rd_buf_init(&out);
	rd__module_running(&loaded, &out);
	snprintf(text, sizeof(text), "%s", rd_buf_text(&out));
	rd_buf_fini(&out);
	return text;
}

static int begin_loaded(void **state)
{
	rd_list_init(&loaded.link);
	rd_list_push(&rd__modules, &loaded.link);
	return sim_conference_begin(state);
}

static int end_loaded(void **state)
{
	int rc = sim_conference_end(state);

	rd_list_remove(&loaded.link);
	return rc;
}

/* ---- the command of a recording ---- */

/* Until nothing of the module runs. */
static void wait_for_the_command(void)
{
	for (int i = 0; i < 500 && loaded.holds; i++) {
		sim_pass(10);
		usleep(10000);
	}
	assert_int_equal(loaded.holds, 0);
}

/* It is as long as half a second of sound. */
static bool is_copied(void)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/done", conf_dir_path());
	return stat(path, &st) == 0 && st.st_size > 300 * 16 && st.st_size < 700 * 16;
}

static void record_with(const char *command, const char *room)
{
	char conf[4096], args[128];

	snprintf(conf, sizeof(conf),
		 "[b]\ntype = bridge\nrecord_conference = yes\nrecord_command = %s\n"
		 "[u]\ntype = user\n" QUIET,
		 command);
	sim_conference_conf(conf);
	snprintf(args, sizeof(args), "%s,b,u", room);
	enter(alice, "", args);
	sim_hangup(alice);
	sim_pass(500);
}

static void who_dials_a_name_tells_the_shell_nothing(void **state)
{
	char command[512];

	(void)state;
	snprintf(command, sizeof(command), "cp ^{MIXMONITOR_FILENAME} %s/done", conf_dir_path());
	record_with(command, "a$(exit)`exit`&b");
	wait_for_the_command();
	assert_true(is_copied());
}

static void a_long_command_is_run_to_its_end(void **state)
{
	char command[3500];

	(void)state;
	snprintf(command, sizeof(command), "true %3000s && cp ^{MIXMONITOR_FILENAME} %s/done", "x",
		 conf_dir_path());
	record_with(command, "sales");
	wait_for_the_command();
	assert_true(is_copied());
}

/* ---- what holds the module ---- */

static void the_command_of_a_recording_holds_the_module(void **state)
{
	char command[512];

	(void)state;
	conf_dir_write("wait.sh", "until test -e \"$1\"; do sleep 0.01; done\n");
	snprintf(command, sizeof(command), "sh %s/wait.sh %s/go", conf_dir_path(), conf_dir_path());
	record_with(command, "sales");
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "0");
	assert_string_equal(in_use(), "1 holder");
	conf_dir_write("go", "");
	wait_for_the_command();
}

static void what_is_said_to_all_holds_the_module(void **state)
{
	(void)state;
	enter(alice, "", "sales");
	sim_confer(bob, "", "sales");
	sim_listen(50);
	assert_string_equal(sim_heard_by(alice), "confbridge-join");
	assert_int_equal(loaded.holds, 1);
	sim_listen(500);
	assert_int_equal(loaded.holds, 0);
}

/* ---- the room ---- */

static int record(void *arg)
{
	struct rd_buf out;

	rd_buf_init(&out);
	*(int *)arg = rd__cli_run("confbridge record start sales", &out);
	rd_buf_fini(&out);
	return 0;
}

static void the_next_of_that_name_is_not_recorded_in_its_place(void **state)
{
	const struct rd_cli_command *commands = sim_confbridge->commands;
	int rc = 1;

	(void)state;
	sim_conference_conf("[u]\ntype = user\n" QUIET);
	assert_int_equal(rd__cli_register("test", commands, sizeof(*commands)), 0);
	enter(alice, "", "sales,,u");
	keep_the_pool_busy();
	assert_int_equal(rd_fiber_new_detached("test", record, &rc), 0);
	sim_hangup(alice);
	let_all_go_on();
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "0");
	sim_confer(bob, "", "sales,,u");
	sim_listen(500);
	rd__cli_unregister(commands);
	assert_int_equal(rc, -ECANCELED);
	assert_console(commands, "confbridge record stop sales", 1, "It is not recorded\n");
}

/* With the settings of the room, which were those of her call. */
static void who_is_not_let_in_hears_so_though_the_room_ends(void **state)
{
	(void)state;
	enter(alice, "bridge,max_members=1\nbridge,sound_locked=conf-locked&welcome\n", "sales");
	keep_the_pool_busy();
	sim_confer(bob, "", "sales");
	sim_hangup(alice);
	let_all_go_on();
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "0");
	assert_string_equal(sim_hears(bob, 500), "conf-locked welcome");
	assert_string_equal(sim_result(bob), "FAILED");
}

static void what_was_to_be_said_in_a_room_ends_with_it(void **state)
{
	(void)state;
	enter(alice, "bridge,language=de\nbridge,sound_leave=confbridge-leave&welcome\n", "sales");
	enter(bob, "", "sales");
	keep_the_pool_busy();
	sim_hangup(bob);
	let_all_go_on();
	sim_hangup(alice);
	let_all_go_on();
	assert_string_equal(sim_function("CONFBRIDGE_INFO", "parties,sales"), "0");
	/* Not in the next one of that name, either. */
	sim_conference_conf("[u]\ntype = user\n" QUIET);
	sim_confer(alice, "", "sales,,u");
	assert_string_equal(sim_hears(alice, 1000), "");
	assert_int_equal(loaded.holds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(who_dials_a_name_tells_the_shell_nothing),
		LOADED(a_long_command_is_run_to_its_end),
		LOADED(the_command_of_a_recording_holds_the_module),
		LOADED(what_is_said_to_all_holds_the_module),
		TEST(the_next_of_that_name_is_not_recorded_in_its_place),
		TEST(who_is_not_let_in_hears_so_though_the_room_ends),
		LOADED(what_was_to_be_said_in_a_room_ends_with_it),
	};

	return RUN_GROUP(tests);
}
