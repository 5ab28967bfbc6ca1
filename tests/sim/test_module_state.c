/* A module that keeps something across calls, replaced while it is used: the old code and the
 * new one work on the same, and nothing that happens is lost. */
#include "tests/sim/replacing.h"

struct tally_functions {
	int (*version)(void);
	int (*told)(void);
};

static void install(int version)
{
	char built[32];

	snprintf(built, sizeof(built), "good_tally_%d", version);
	replacing_install("good_tally", built);
}

static void reload_as(int version)
{
	install(version);
	replacing_reload("good_tally", true);
}

static void load_first(void)
{
	install(1);
	rd_test_load(replacing_path("good_tally"));
	rd_test_dialplan("[sim]\nexten => 1,1,Tally()\nexten => 2,1,TallyHold(on)\n"
			 "exten => 3,1,TallyHold()\n");
}

static void happens(void)
{
	rd_event_publish(&(struct rd_event){ .type = RD_EVENT_USER, .name = "x" });
}

static void assert_tally(const char *expected)
{
	assert_string_equal(rd_test_expand("${TALLY()}"), expected);
}

static void both_codes_work_on_the_same(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice"), *bob = rd_test_phone("bob");

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	assert_tally("v1: 1 told 0 loads 1 taken 0 forgotten 0 level 3");
	reload_as(2);
	assert_tally("v2: 1 told 0 loads 1 taken 1 forgotten 0 level 3");
	rd_test_call(bob, "1");
	rd_test_pass(500);
	assert_tally("v2: 1 2 told 0 loads 1 taken 1 forgotten 0 level 3");
	assert_int_equal(rd_device_state("tally:room"), RD_DEVICE_INUSE);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	assert_tally("v2: 2 told 0 loads 1 taken 1 forgotten 1 level 3");
	rd_test_hang_up(bob);
	rd_test_pass(1000);
	assert_tally("v2: told 0 loads 1 taken 1 forgotten 2 level 3");
	assert_int_equal(rd_device_state("tally:room"), RD_DEVICE_NOT_INUSE);
}

static void every_event_is_told_once(void **state)
{
	(void)state;
	load_first();
	happens();
	for (int i = 0; i < 20; i++) {
		reload_as(i % 2 ? 1 : 2);
		happens();
		rd_test_pass(300);
		happens();
	}
	assert_tally("v1: told 41 loads 1 taken 20 forgotten 0 level 3");
}

/* How much it was told by then. */
static void look(const struct rd_event *event, void *arg)
{
	const struct tally_functions *tally = rd_interface_get_for("somebody", "tally", 1);

	(void)event;
	*(int *)arg = tally ? tally->told() : -1;
	rd_interface_put_for("somebody", tally);
}

static void a_subscriber_keeps_its_turn(void **state)
{
	int first, last;
	const uint64_t types = RD_EVENT_BIT(RD_EVENT_USER);
	const struct rd_subscriber before = { "before", types, look, &first };
	const struct rd_subscriber after = { "after", types, look, &last };

	(void)state;
	assert_int_equal(rd_subscribe(&before), 0);
	load_first();
	assert_int_equal(rd_subscribe(&after), 0);
	for (int i = 1; i < 5; i++) {
		happens();
		assert_int_equal(first, i - 1);
		assert_int_equal(last, i);
		reload_as(i % 2 ? 2 : 1);
	}
	rd_unsubscribe(&before);
	rd_unsubscribe(&after);
}

/* It stays until the module is unloaded, and says so. */
static void the_old_code_stays_mapped(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");
	const char *said;

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	reload_as(2);
	rd_test_pass(1000);
	assert_int_equal(replacing_shown("good_tally"), 2);
	assert_int_equal(replacing_mapped(), 2);
	said = rd_test_command("module unload good_tally", NULL);
	if (!strstr(said, "in use: 1 holder by Sim/alice-") ||
	    !strstr(said, "; 1 running application by Sim/alice-") ||
	    !strstr(said, "in the old file good_tally#1"))
		fail_msg("%s", said);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	assert_int_equal(replacing_shown("good_tally"), 1);
	assert_int_equal(replacing_mapped(), 2);
	said = rd_test_command("module show good_tally", NULL);
	assert_non_null(strstr(said, "in memory until it is unloaded: 1 old file, "));
	assert_null(strstr(said, "in use"));
	rd_test_unload("good_tally");
	assert_int_equal(replacing_mapped(), 0);
	rd_test_load(replacing_path("good_tally"));
	assert_tally("v2: told 0 loads 1 taken 0 forgotten 0 level 3");
}

static int fewest; /* of its files that were mapped while some had gone */

static int look_at_the_rest(void *unused)
{
	(void)unused;
	for (int i = 0, mapped; i < 20; i++) {
		mapped = replacing_mapped();
		if (mapped)
			fewest = mapped;
		if (rd_yield() < 0)
			break;
	}
	return 0;
}

static void look_once_it_is_unloaded(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (strcmp(event->text, "unloaded") == 0)
		assert_int_equal(rd_fiber_new_detached("look", look_at_the_rest, NULL), 0);
}

/* Closing a file takes milliseconds, in which nobody else has a turn. */
static void old_files_go_one_by_one(void **state)
{
	static const struct rd_subscriber row = { .name = "look",
						  .types = RD_EVENT_BIT(RD_EVENT_MODULE),
						  .notify = look_once_it_is_unloaded };

	(void)state;
	load_first();
	for (int i = 0; i < 4; i++) {
		reload_as(i % 2 ? 1 : 2);
		rd_test_pass(1000);
	}
	assert_int_equal(replacing_mapped(), 5);
	fewest = 5;
	assert_int_equal(rd_subscribe(&row), 0);
	rd_test_unload("good_tally");
	rd_test_pass(10);
	rd_unsubscribe(&row);
	assert_int_equal(fewest, 1);
	assert_int_equal(replacing_mapped(), 0);
}

static void who_holds_it_may_be_let_go_by_the_new_code(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	load_first();
	rd_test_call(alice, "2");
	rd_test_pass(500);
	assert_non_null(strstr(rd_test_command("module show good_tally", NULL), "1 holder"));
	reload_as(2);
	rd_test_pass(1000);
	assert_int_equal(replacing_shown("good_tally"), 1);
	assert_non_null(strstr(rd_test_command("module show good_tally", NULL), "1 holder"));
	rd_test_call(alice, "3");
	rd_test_pass(500);
	assert_null(strstr(rd_test_command("module show good_tally", NULL), "holder"));
	rd_test_unload("good_tally");
	assert_int_equal(replacing_mapped(), 0);
}

static void an_interface_is_the_new_one_s_and_the_old_one_s_until_it_is_put_back(void **state)
{
	const struct tally_functions *old, *new;

	(void)state;
	load_first();
	old = rd_interface_get_for("somebody", "tally", 1);
	assert_non_null(old);
	reload_as(2);
	new = rd_interface_get_for("somebody", "tally", 1);
	assert_int_equal(old->version(), 1);
	assert_int_equal(new->version(), 2);
	rd_test_pass(1000);
	assert_int_equal(replacing_shown("good_tally"), 2);
	assert_non_null(strstr(rd_test_command("module show good_tally#1", NULL),
			       "in use: 1 user of its interfaces by somebody"));
	rd_interface_put_for("somebody", old);
	rd_test_pass(1000);
	assert_int_equal(replacing_shown("good_tally"), 1);
	rd_interface_put_for("somebody", new);
}

static void one_that_keeps_it_in_another_form_waits(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");
	const char *said;

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	install(3);
	said = replacing_reload("good_tally", false);
	if (!strstr(said, "it has another form of what is kept across calls, which can be there "
			  "but once"))
		fail_msg("%s", said);
	assert_tally("v1: 1 told 0 loads 1 taken 0 forgotten 0 level 3");
	rd_test_hang_up(alice);
	rd_test_pass(500);
	replacing_reload("good_tally", true);
	assert_tally("v3: told 0 loads 1 taken 0 forgotten 0 level 3");
	assert_int_equal(replacing_mapped(), 1);
}

/* Nothing of the others is left, either, which have stayed for what is kept. */
static void in_another_form_it_takes_the_place_of_many(void **state)
{
	(void)state;
	load_first();
	for (int i = 0; i < 4; i++)
		reload_as(i % 2 ? 1 : 2);
	assert_int_equal(replacing_mapped(), 5);
	reload_as(3);
	assert_tally("v3: told 0 loads 1 taken 0 forgotten 0 level 3");
	assert_int_equal(replacing_mapped(), 1);
	assert_int_equal(replacing_shown("good_tally"), 1);
}

static void a_mistake_in_its_configuration_changes_nothing(void **state)
{
	(void)state;
	load_first();
	rd_test_file("tally.conf", "[tally]\nlevel = seven\n");
	install(2);
	replacing_reload("good_tally", false);
	assert_tally("v1: told 0 loads 1 taken 0 forgotten 0 level 3");
	assert_int_equal(replacing_mapped(), 1);
	rd_test_file("tally.conf", "[tally]\nlevel = 7\n");
	replacing_reload("good_tally", true);
	assert_tally("v2: told 0 loads 1 taken 1 forgotten 0 level 7");
	rd_test_file("tally.conf", "[tally]\nlevel = 8\n");
	rd_test_reload(NULL);
	assert_tally("v2: told 0 loads 1 taken 1 forgotten 0 level 8");
}

static void one_whose_offer_is_another_s_lets_the_old_one_serve(void **state)
{
	(void)state;
	load_first();
	replacing_install("good_hungry", "good_hungry");
	rd_test_load(replacing_path("good_hungry"));
	install(4);
	assert_non_null(strstr(replacing_reload("good_tally", false), "Hibernate: another has"));
	happens();
	assert_tally("v1: told 1 loads 1 taken 0 forgotten 0 level 3");
	assert_int_equal(rd_device_state("tally:room"), RD_DEVICE_NOT_INUSE);
	reload_as(2);
	happens();
	assert_tally("v2: told 2 loads 1 taken 1 forgotten 0 level 3");
	rd_test_unload("good_tally");
}

static void the_very_file_of_one_that_stayed_is_refused(void **state)
{
	char old[280];

	(void)state;
	load_first();
	snprintf(old, sizeof(old), "%s.old", replacing_path("good_tally"));
	assert_int_equal(rename(replacing_path("good_tally"), old), 0);
	reload_as(2);
	rd_test_pass(1000);
	assert_int_equal(rename(old, replacing_path("good_tally")), 0);
	assert_non_null(strstr(replacing_reload("good_tally", false), "it is the very file"));
	reload_as(1);
	assert_tally("v1: told 0 loads 1 taken 2 forgotten 0 level 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(both_codes_work_on_the_same),
		REPLACE(every_event_is_told_once),
		REPLACE(a_subscriber_keeps_its_turn),
		REPLACE(the_old_code_stays_mapped),
		REPLACE(old_files_go_one_by_one),
		REPLACE(who_holds_it_may_be_let_go_by_the_new_code),
		REPLACE(an_interface_is_the_new_one_s_and_the_old_one_s_until_it_is_put_back),
		REPLACE(one_that_keeps_it_in_another_form_waits),
		REPLACE(in_another_form_it_takes_the_place_of_many),
		REPLACE(a_mistake_in_its_configuration_changes_nothing),
		REPLACE(one_whose_offer_is_another_s_lets_the_old_one_serve),
		REPLACE(the_very_file_of_one_that_stayed_is_refused),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
