/* What each module uses is told by name: time of the switch thread and of the pool, memory,
 * fibers, events. */
#include <ringdown/test.h>
#include <ringdown/var.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/alloc.h"
#include "core/base/usage.h"
#include "core/call/call.h"
#include "core/call/keeper.h"
#include "core/module/loader.h"
#include "core/sched/sched.h"

struct used {
	double switch_s, pool_s;
	long bytes, blocks;
	int fibers, events;
};

static struct used used_by(const char *module)
{
	struct used used = { 0 };
	char command[64];
	const char *at;

	snprintf(command, sizeof(command), "module show %s", module);
	at = strstr(rd_test_command(command, NULL), "used: ");
	assert_non_null(at);
	assert_int_equal(sscanf(at,
				"used: %lf s of the switch thread, %*f s of media threads, "
				"%lf s of the pool, %ld bytes "
				"in %ld blocks, %d fibers, %d events",
				&used.switch_s, &used.pool_s, &used.bytes, &used.blocks,
				&used.fibers, &used.events),
			 6);
	return used;
}

/* A call that ends by itself or lasts; what has been used by it. */
static struct used dial(const char *steps)
{
	struct used before = used_by("good_hungry"), after;
	char extensions[512];

	snprintf(extensions, sizeof(extensions), "[sim]\nexten => 1,1,%s\n", steps);
	rd_test_dialplan(extensions);
	rd_test_call(rd_test_phone("alice"), "1");
	rd_test_pass(500);
	after = used_by("good_hungry");
	return (struct used){ after.switch_s - before.switch_s,
			      after.pool_s - before.pool_s,
			      after.bytes - before.bytes,
			      after.blocks - before.blocks,
			      after.fibers,
			      after.events - before.events };
}

static void load(const char *name)
{
	const char *build = getenv("RD_BUILD");
	char path[4096];

	snprintf(path, sizeof(path), "%s/.libs/%s.so", build ? build : ".", name);
	rd_test_load(path);
}

static void load_hungry(void)
{
	load("good_hungry");
}

/* What is printed has so many digits; the difference of two such has not. */
#define whole_ms(s) ((int)((s) * 1000 + 0.5))

/* At least so long. Time passes also while the machine has other things to do: how much more
 * it may be is only what tells it from another's. */
#define assert_spent(s, ms) assert_in_range(whole_ms(s), (ms), 1000)
#define assert_not_spent(s, ms) assert_in_range(whole_ms(s), 0, (ms) - 1)

static void time_is_told_where_it_was_spent(void **state)
{
	struct used used;

	(void)state;
	rd_test_load("app_set");
	load_hungry();
	used = dial("Burn(40)");
	assert_spent(used.switch_s, 40);
	assert_not_spent(used.pool_s, 40);
	used = dial("BurnInPool(40)");
	assert_spent(used.pool_s, 40);
	assert_not_spent(used.switch_s, 40);
	used = dial("Set(X=${BURN(40)})");
	assert_spent(used.switch_s, 40);
	assert_not_spent(used_by("dialplan").switch_s, 40);
	assert_true(used_by("dialplan").switch_s > 0);
}

static void events_are_told_to_whom_they_belong(void **state)
{
	struct used used;

	(void)state;
	rd_test_load("app_userevent");
	load_hungry();
	used = dial("UserEvent(Hello)\n same => n,UserEvent(Hello)");
	assert_int_equal(used.events, 2);
	assert_spent(used.switch_s, 20);
	assert_not_spent(used_by("app_userevent").switch_s, 20);
}

static void memory_is_whose_it_was_made_for(void **state)
{
	struct used used;

	(void)state;
	if (!rd__alloc_has_usage())
		skip();
	load_hungry();
	used = dial("Keep(100000)\n same => n,Keep(50000)");
	assert_in_range(used.bytes, 150000, 151000);
	assert_int_equal(used.blocks, 2);
	rd_test_command("hungry fast", NULL);
	used = dial("Burn(0)");
	assert_int_equal(used_by("good_hungry").blocks, 0);
	assert_int_equal(used_by("good_hungry").bytes, 0);
}

static void fibers_are_where_they_wait(void **state)
{
	(void)state;
	load_hungry();
	assert_int_equal(dial("Hibernate()").fibers, 2);
	rd_test_pass(10000);
	assert_int_equal(used_by("good_hungry").fibers, 0);
}

/* Its call is over, but not what that has begun. */
static void code_stays_under_a_fiber_that_sleeps(void **state)
{
	(void)state;
	load_hungry();
	dial("Hibernate()");
	rd_test_command("channel request hangup all", NULL);
	rd_test_pass(1000);
	assert_int_equal(used_by("good_hungry").fibers, 1);
	rd_test_command("module unload good_hungry", NULL);
	assert_false(rd_module_loaded("good_hungry"));
	rd_test_pass(10000);
	load_hungry();
	assert_int_equal(used_by("good_hungry").fibers, 0);
}

static void what_is_left_is_known_without_memory(void **state)
{
	struct rd_buf left;
	bool known;

	(void)state;
	load_hungry();
	dial("Hibernate()");
	rd_buf_init(&left);
	rd__alloc_fail_after(0);
	known = rd__module_left(rd__module_find("good_hungry"), &left);
	rd__alloc_fail_after(-1);
	rd_buf_fini(&left);
	assert_true(known);
	rd_test_pass(10000);
}

static void unload_leaving(const char *what)
{
	const char *said;

	rd_test_command("channel request hangup all", NULL);
	rd_test_pass(1000);
	said = rd_test_command("module unload good_hungry", NULL);
	if (!strstr(said, what))
		fail_msg("no \"%s\" in %s", what, said);
	assert_false(rd_module_loaded("good_hungry"));
}

/* Nobody comes into code that is not there any more. */
static void code_stays_under_what_was_left_behind(void **state)
{
	(void)state;
	rd_test_load("app_userevent");
	load_hungry();
	dial("Leave(timer)");
	unload_leaving("it has left behind 1 timer: its code stays");
	rd_test_pass(20000);
	load_hungry();
	dial("Leave(subscription)");
	unload_leaving("it has left behind 1 subscription (rd_subscribe()): its code stays");
	load_hungry();
	dial("UserEvent(Hello)");
}

static void assert_end_fails(void **state, bool fails)
{
	int rc = rd_test_end(state);

	assert_int_equal(rd_test_begin(state), 0);
	if (fails)
		assert_int_not_equal(rc, 0);
	else
		assert_int_equal(rc, 0);
}

/* In a program of those who write modules. */
static void a_test_fails_whose_module_leaves_something_behind(void **state)
{
	static const char *const steps[] = { "Hibernate()", "Leave(timer)", "Stay()" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(steps); i++) {
		load_hungry();
		dial(steps[i]);
		assert_end_fails(state, true);
	}
	load_hungry();
	dial("Leave(timer)");
	rd_test_pass(1000);
	rd_test_unload("good_hungry");
	assert_end_fails(state, true);
	load_hungry();
	dial("Burn(0)");
	assert_end_fails(state, false);
}

/* Then it is known before it goes. */
static void one_without_unload_stays_while_what_it_began_lasts(void **state)
{
	const char *said;
	int status;

	(void)state;
	load("good_lasting");
	said = rd_test_command("module unload good_lasting", &status);
	assert_int_not_equal(status, 0);
	if (!strstr(said, "good_lasting: it has 1 timer, and no unload() to end that"))
		fail_msg("%s", said);
	assert_true(rd_module_loaded("good_lasting"));
	rd_test_pass(11000);
	rd_test_command("module unload good_lasting", &status);
	assert_int_equal(status, 0);
	assert_false(rd_module_loaded("good_lasting"));
}

static void assert_said(const char *said, const char *what)
{
	if (!strstr(said, what))
		fail_msg("no \"%s\" in %s", what, said);
}

static void assert_left(const char *names)
{
	struct rd_buf left;

	rd_buf_init(&left);
	rd__channels_name_all(&left);
	assert_string_equal(rd_buf_text(&left), names);
	rd_buf_fini(&left);
}

/* What a module has lost of the only channel that there is. */
static void give_back(const char *module, int references)
{
	struct rd_channel *ch = rd_channel_next(NULL);
	char names[128];

	snprintf(names, sizeof(names), "%s (kept by %s)", rd_channel_name(ch), module);
	for (; references; references--) {
		assert_left(names);
		rd_channel_unref(ch);
	}
	assert_left("");
}

static const char *unload(const char *module)
{
	char line[64];
	const char *said;

	snprintf(line, sizeof(line), "module unload %s", module);
	said = rd_test_command(line, NULL);
	assert_false(rd_module_loaded(module));
	return said;
}

/* Whatever it is taken by, and given back from. */
static void a_reference_that_is_given_back_is_not_kept(void **state)
{
	char line[128];
	int status;

	(void)state;
	rd_test_load("app_wait");
	load_hungry();
	dial("Hold(2)\n same => n,Release(2)\n same => n,Wait(5)\nexten => 2,1,Wait(5)");
	rd_test_pass(1000);
	snprintf(line, sizeof(line), "hungry takes %s", rd_channel_name(rd_channel_next(NULL)));
	rd_test_command(line, &status);
	assert_int_equal(status, 0);
	rd_test_pass(100);
	assert_false(rd_channel_gone(rd_channel_next(NULL)));
	assert_null(strstr(unload("good_hungry"), "it has kept"));
	rd_test_pass(6000);
	assert_left("");
}

static void one_that_is_kept_is_named(void **state)
{
	const char *said;

	(void)state;
	load_hungry();
	dial("Hold(3)\n same => n,Release(1)");
	rd_test_pass(1000);
	said = unload("good_hungry");
	assert_said(said, "module good_hungry: it has kept 2 references of a channel (Sim/alice-");
	assert_said(said, "): nobody gives them back any more");
	give_back("good_hungry", 2);
}

/* While its call lasts, somebody may yet be told of its end. */
static void one_that_nobody_will_give_back_keeps_the_module(void **state)
{
	const char *said;

	(void)state;
	rd_test_load("app_userevent");
	rd_test_load("app_wait");
	load("good_lasting");
	rd_test_pass(11000);
	rd_test_dialplan("[sim]\nexten => 1,1,UserEvent(Keep)\n same => n,Wait(5)\n");
	rd_test_call(rd_test_phone("alice"), "1");
	rd_test_pass(500);
	said = rd_test_command("module unload good_lasting", NULL);
	assert_said(said, "good_lasting: it has 1 reference of a channel (Sim/alice-");
	assert_said(said, "), and no unload() to end that");
	assert_true(rd_module_loaded("good_lasting"));
	rd_test_pass(6000);
	assert_said(unload("good_lasting"), "it has kept 1 reference of a channel (Sim/alice-");
	give_back("good_lasting", 1);
}

static void an_interface_that_is_not_put_back_is_named_and_free(void **state)
{
	(void)state;
	load("good_alpha");
	load("good_lasting");
	assert_said(rd_test_command("module unload good_alpha", NULL), "by good_lasting");
	rd_test_pass(11000);
	assert_said(unload("good_lasting"),
		    "module good_lasting: it has not put back the interface alpha\n");
	rd_test_unload("good_alpha");
}

/* In blocks: malloc() adds to one what is too little to be another, here or there. */
static long kept_by(const char *module)
{
	struct rd__usage_sum sum;

	rd__usage_sum(rd__usage_of(module), &sum);
	assert_int_equal(sum.blocks > 0, sum.bytes > 0);
	return sum.blocks;
}

/* Files are read in a job of the core's, in the pool. */
static void what_a_file_is_made_into_is_its_modules(void **state)
{
	long blocks;

	(void)state;
	rd_test_file("confbridge.conf", "[a]\ntype = bridge\n[b]\ntype = user\n");
	rd_test_load("app_confbridge");
	blocks = kept_by("app_confbridge");
	assert_true(blocks > 0);
	for (int i = 0; i < 3; i++) {
		rd_test_command("module reload app_confbridge", NULL);
		assert_int_equal(kept_by("app_confbridge"), blocks);
	}
	rd_test_unload("app_confbridge");
	assert_int_equal(kept_by("app_confbridge"), 0);
}

/* Its .build runs for a tenth of a second, as far as the machine lets it. */
static void the_time_that_files_take_is_their_modules(void **state)
{
	struct used before;
	bool worked, **of_its;

	(void)state;
	load("good_patient");
	of_its = (bool **)rd_interface_get("patient", 1);
	*of_its = &worked;
	rd_interface_put(of_its);
	before = used_by("good_patient");
	rd_test_command("module reload good_patient", NULL);
	assert_spent(used_by("good_patient").pool_s - before.pool_s, 2);
	rd_test_unload("good_patient");
}

static void a_file_that_is_kept_is_named(void **state)
{
	const char *said;
	void *config;
	int status;

	(void)state;
	rd_test_file("kept.conf", "[a]\nb = c\n");
	load_hungry();
	assert_null(strstr(rd_test_command("module show good_hungry", NULL), "files kept"));
	rd_test_command("hungry reads kept.conf", &status);
	assert_int_equal(status, 0);
	assert_said(rd_test_command("module show good_hungry", NULL),
		    "files kept as they were read: kept.conf\n");
	assert_int_equal(sscanf(rd_var_get(NULL, "KEPT"), "%p", &config), 1);
	said = unload("good_hungry");
	assert_said(said,
		    "module good_hungry: it has kept what it has read of kept.conf: nobody gives "
		    "it back any more");
	rd_config_unref(config);
	load_hungry();
	assert_null(strstr(unload("good_hungry"), "it has kept"));
	rd_var_set(NULL, "KEPT", NULL);
}

static int measure(void *arg)
{
	struct rd_buf page;

	rd_buf_init(&page);
	rd_metrics_collect(&page);
	rd_buf_fini(&page);
	return arg ? 1 : 0;
}

static void what_it_says_of_itself_takes_its_own_time(void **state)
{
	double before;

	(void)state;
	load_hungry();
	before = used_by("good_hungry").switch_s;
	rd__sched_call(measure, NULL);
	assert_spent(used_by("good_hungry").switch_s - before, 10);
	before = used_by("good_hungry").switch_s;
	rd_test_command("core show health", NULL);
	assert_spent(used_by("good_hungry").switch_s - before, 10);
}

#define CPU_OF_HUNGRY "ringdown_module_cpu_seconds_total{module=\"good_hungry\"} "

static void the_list_has_it_and_so_has_the_page_of_figures(void **state)
{
	struct rd_buf page;
	const char *row;
	double cpu;
	int events;

	(void)state;
	rd_test_load("app_userevent");
	load_hungry();
	dial("UserEvent(Hello)");
	row = strstr(rd_test_command("module show like hungry", NULL), "good_hungry");
	assert_non_null(row);
	assert_int_equal(sscanf(row, "good_hungry %*d %lf %*d %*d %d", &cpu, &events), 2);
	assert_true(cpu >= 0.010);
	assert_true(events >= 1);
	rd_buf_init(&page);
	rd_metrics_collect(&page);
	row = strstr(rd_buf_text(&page), CPU_OF_HUNGRY);
	assert_non_null(row);
	assert_true(strtod(row + sizeof(CPU_OF_HUNGRY) - 1, NULL) >= 0.010);
	assert_non_null(strstr(rd_buf_text(&page),
			       "ringdown_module_memory_bytes{module=\"good_hungry\"} "));
	assert_non_null(
		strstr(rd_buf_text(&page), "ringdown_module_fibers{module=\"good_hungry\"} 0\n"));
	assert_non_null(strstr(rd_buf_text(&page),
			       "ringdown_module_events_total{module=\"good_hungry\"} "));
	rd_buf_fini(&page);
}

static void a_descriptor_that_is_left_open_fails_a_test(void **state)
{
	int fd;

	assert_int_equal(rd_test_begin(state), 0);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(rd_test_end(state), -1);
	assert_int_equal(rd_test_begin(state), 0);
	close(fd);
	assert_int_equal(rd_test_end(state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(time_is_told_where_it_was_spent),
		RD_TEST(events_are_told_to_whom_they_belong),
		RD_TEST(memory_is_whose_it_was_made_for),
		RD_TEST(fibers_are_where_they_wait),
		RD_TEST(code_stays_under_a_fiber_that_sleeps),
		RD_TEST(what_is_left_is_known_without_memory),
		RD_TEST(code_stays_under_what_was_left_behind),
		RD_TEST(a_test_fails_whose_module_leaves_something_behind),
		RD_TEST(one_without_unload_stays_while_what_it_began_lasts),
		RD_TEST(a_reference_that_is_given_back_is_not_kept),
		RD_TEST(one_that_is_kept_is_named),
		RD_TEST(one_that_nobody_will_give_back_keeps_the_module),
		RD_TEST(what_a_file_is_made_into_is_its_modules),
		RD_TEST(the_time_that_files_take_is_their_modules),
		RD_TEST(a_file_that_is_kept_is_named),
		RD_TEST(an_interface_that_is_not_put_back_is_named_and_free),
		RD_TEST(what_it_says_of_itself_takes_its_own_time),
		RD_TEST(the_list_has_it_and_so_has_the_page_of_figures),
		cmocka_unit_test(a_descriptor_that_is_left_open_fails_a_test),
	};
	const char *build = getenv("RD_BUILD");
	char modules[512];

	/* As they were built. */
	snprintf(modules, sizeof(modules), "%s/modules", build ? build : ".");
	setenv("RD_MODULES", modules, 0);
	return rd_test_run(tests);
}
