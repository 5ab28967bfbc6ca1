/* A new file in the place of a module that runs: calls end in the old code, new ones are in
 * the new; and what cannot be replaced says so. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cli/cli.h"
#include "tests/sim/replacing.h"

static void install(int version)
{
	char built[32];

	snprintf(built, sizeof(built), "good_twin_%d", version);
	replacing_install("good_twin", built);
}

static const char *reload(bool done)
{
	return replacing_reload("good_twin", done);
}

static int count_shown(void)
{
	return replacing_shown("good_twin");
}

static const char *twin_path(void)
{
	return replacing_path("good_twin");
}

static void load_first(void)
{
	install(1);
	rd_test_load(twin_path());
	rd_test_load("app_set");
	rd_test_load("app_wait");
	rd_test_dialplan("[sim]\nexten => 1,1,Twin()\nexten => 2,1,TwinAttach()\n"
			 " same => n,Wait(20)\nexten => 3,1,TwinBegin(5000)\n");
}

/* As the list has it. */
static int fibers_of(const char *name)
{
	const char *row = strstr(rd_test_command("module show like twin", NULL), name);
	int fibers = -1;

	assert_non_null(row);
	assert_int_equal(sscanf(row, "%*s %*d %*f %*d %d", &fibers), 1);
	return fibers;
}

static void a_call_ends_in_the_old_code_and_a_new_one_is_in_the_new(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice"), *bob = rd_test_phone("bob");

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	install(2);
	assert_string_equal(reload(true), "module good_twin: reloaded\n");
	rd_test_call(bob, "1");
	rd_test_pass(5000);
	assert_in_range(rd_test_heard_hz(alice), 430, 450);
	assert_in_range(rd_test_heard_hz(bob), 990, 1010);
	assert_string_equal(rd_test_expand("${TWIN()}"), "2");
	assert_int_equal(fibers_of("good_twin#1 "), 1);
	assert_int_equal(fibers_of("good_twin "), 1);
	assert_int_equal(count_shown(), 2);
	assert_int_equal(replacing_mapped(), 2);
	assert_non_null(strstr(rd_test_command("module show good_twin#1", NULL),
			       "in use: 1 running application by Sim/alice-"));
	assert_non_null(strstr(rd_test_command("module show good_twin", NULL),
			       "in use: 1 running application by Sim/bob-"));
	assert_non_null(strstr(rd_test_command("module show like twin", NULL),
			       "until its calls end: version 1\n"));
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	assert_int_equal(count_shown(), 1);
	assert_int_equal(replacing_mapped(), 1);
	assert_in_range(rd_test_heard_hz(bob), 990, 1010);
}

static void one_that_nobody_uses_goes_at_once(void **state)
{
	(void)state;
	load_first();
	install(2);
	reload(true);
	rd_test_pass(1000);
	assert_int_equal(count_shown(), 1);
	assert_int_equal(replacing_mapped(), 1);
	assert_string_equal(rd_test_expand("${TWIN()}"), "2");
}

static void many_may_wait_for_their_last_call(void **state)
{
	struct rd_test_phone *phones[6];
	char name[16];

	(void)state;
	load_first();
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		phones[i] = rd_test_phone(name);
		install(i % 2 ? 2 : 1);
		reload(true);
		rd_test_call(phones[i], "1");
		rd_test_pass(1000);
	}
	assert_int_equal(count_shown(), 6);
	assert_int_equal(replacing_mapped(), 6);
	for (int i = 0; i < 6; i++)
		assert_in_range(rd_test_heard_hz(phones[i]), i % 2 ? 990 : 430, i % 2 ? 1010 : 450);
	for (int i = 0; i < 6; i++) {
		rd_test_hang_up(phones[i]);
		rd_test_pass(1000);
		assert_int_equal(replacing_mapped(), i < 5 ? 5 - i : 1);
	}
	assert_int_equal(count_shown(), 1);
}

static void all_whose_calls_have_ended_go_together(void **state)
{
	struct rd_test_phone *phones[6];
	char name[16];

	(void)state;
	load_first();
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		phones[i] = rd_test_phone(name);
		rd_test_call(phones[i], "1");
		rd_test_pass(100);
		install(i % 2 ? 1 : 2);
		reload(true);
	}
	assert_int_equal(replacing_mapped(), 7);
	for (int i = 0; i < 6; i++)
		rd_test_hang_up(phones[i]);
	rd_test_pass(1000);
	assert_int_equal(replacing_mapped(), 1);
	assert_int_equal(count_shown(), 1);
}

static int most; /* of its files that were mapped when one had gone */

static int look_at_the_rest(void *unused)
{
	(void)unused;
	most = RD_MAX(most, replacing_mapped());
	return 0;
}

static void look_once_one_has_gone(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (strcmp(event->text, "unloaded") == 0)
		assert_int_equal(rd_fiber_new_detached("look", look_at_the_rest, NULL), 0);
}

/* Closing a file takes milliseconds, and to see that it is not used any more likewise. */
static void others_have_their_turn_as_old_ones_go(void **state)
{
	static const struct rd_subscriber row = { .name = "look",
						  .types = RD_EVENT_BIT(RD_EVENT_MODULE),
						  .notify = look_once_one_has_gone };
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	load_first();
	rd_test_call(alice, "2");
	for (int i = 0; i < 5; i++) {
		install(i % 2 ? 1 : 2);
		reload(true);
	}
	assert_int_equal(replacing_mapped(), 6);
	assert_int_equal(rd_subscribe(&row), 0);
	rd_test_pass(1000);
	rd_unsubscribe(&row);
	assert_int_equal(most, 5);
	assert_int_equal(replacing_mapped(), 2);
}

static int ask(void *said)
{
	return rd__cli_run("twin show 3000", said);
}

static void a_command_that_runs_ends_in_the_old_code(void **state)
{
	struct rd_buf said;

	(void)state;
	load_first();
	rd_buf_init(&said);
	assert_int_equal(rd_fiber_new_detached("ask", ask, &said), 0);
	rd_test_pass(100);
	install(2);
	reload(true);
	assert_non_null(strstr(rd_test_command("module show good_twin#1", NULL),
			       "in use: 1 running command by \"twin show\""));
	assert_string_equal(rd_test_command("twin show", NULL), "version 2\n");
	rd_test_pass(4000);
	assert_string_equal(rd_buf_text(&said), "version 1\n");
	rd_buf_fini(&said);
	assert_string_equal(rd_test_command("twin show", NULL), "version 2\n");
	assert_int_equal(replacing_mapped(), 1);
}

static void what_it_keeps_with_a_channel_holds_the_old_one(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice"), *bob = rd_test_phone("bob");

	(void)state;
	load_first();
	rd_test_call(alice, "2");
	rd_test_pass(500);
	install(2);
	reload(true);
	rd_test_call(bob, "2");
	rd_test_pass(2000);
	assert_int_equal(count_shown(), 2);
	assert_non_null(strstr(rd_test_command("module show good_twin#1", NULL), "1 holder"));
	assert_non_null(strstr(rd_test_command("module show good_twin", NULL), "1 holder"));
	rd_test_hang_up(bob);
	rd_test_pass(2000);
	assert_null(strstr(rd_test_command("module show good_twin", NULL), "in use"));
	assert_int_equal(count_shown(), 2);
	rd_test_hang_up(alice);
	rd_test_pass(2000);
	assert_int_equal(count_shown(), 1);
}

static void so_does_a_fiber_that_it_has_begun(void **state)
{
	(void)state;
	load_first();
	rd_test_call(rd_test_phone("alice"), "3");
	rd_test_pass(500);
	install(2);
	reload(true);
	rd_test_pass(3000);
	assert_int_equal(replacing_mapped(), 2);
	rd_test_pass(3000);
	assert_int_equal(replacing_mapped(), 1);
}

static void an_old_one_may_be_there_when_the_new_one_is_unloaded(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	install(2);
	reload(true);
	rd_test_unload("good_twin");
	assert_int_equal(count_shown(), 1);
	rd_test_load(twin_path());
	assert_string_equal(rd_test_expand("${TWIN()}"), "2");
	assert_in_range(rd_test_heard_hz(alice), 430, 450);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	assert_int_equal(count_shown(), 1);
}

/* Its code stays in memory under a fiber of its own, and is not what is loaded next. */
static void after_one_that_stays_in_memory_the_new_file_is_loaded(void **state)
{
	const char *said;

	(void)state;
	load_first();
	rd_test_call(rd_test_phone("alice"), "3");
	rd_test_pass(500);
	said = rd_test_command("module unload good_twin", NULL);
	assert_non_null(strstr(said, "it has left behind 1 fiber"));
	assert_int_equal(replacing_mapped(), 1);
	install(2);
	rd_test_load(twin_path());
	assert_string_equal(rd_test_expand("${TWIN()}"), "2");
	rd_test_pass(6000);
}

static void the_old_file_may_be_put_back_as_a_copy(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");
	char old[280];

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	snprintf(old, sizeof(old), "%s.old", twin_path());
	assert_int_equal(rename(twin_path(), old), 0);
	install(2);
	reload(true);
	assert_int_equal(rename(old, twin_path()), 0);
	assert_non_null(strstr(reload(false), "it is the very file that good_twin#1 runs from"));
	assert_string_equal(rd_test_expand("${TWIN()}"), "2");
	install(1);
	reload(true);
	assert_string_equal(rd_test_expand("${TWIN()}"), "1");
	rd_test_pass(1000);
	assert_int_equal(count_shown(), 2);
	assert_int_equal(replacing_mapped(), 2);
	rd_test_hang_up(alice);
	rd_test_pass(1000);
	assert_int_equal(replacing_mapped(), 1);
}

static void the_new_one_reads_its_configuration(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	assert_string_equal(rd_test_expand("${TWIN(level)}"), "3");
	rd_test_file("twin.conf", "[twin]\nlevel = 7\n");
	install(2);
	reload(true);
	assert_string_equal(rd_test_expand("${TWIN()} ${TWIN(level)}"), "2 7");
	rd_test_file("twin.conf", "[twin]\nlevel = 8\n");
	rd_test_reload(NULL);
	assert_string_equal(rd_test_expand("${TWIN(level)}"), "8");
	assert_int_equal(count_shown(), 2);
}

static void a_mistake_in_its_configuration_changes_nothing(void **state)
{
	(void)state;
	load_first();
	rd_test_file("twin.conf", "[twin]\nlevel = seven\n");
	install(2);
	assert_non_null(strstr(reload(false), "twin.conf:2: "));
	assert_string_equal(rd_test_expand("${TWIN()} ${TWIN(level)}"), "1 3");
	rd_test_file("twin.conf", "[twin]\nlevel = 4\n");
	rd_test_reload(NULL);
	assert_string_equal(rd_test_expand("${TWIN()} ${TWIN(level)}"), "1 4");
	assert_int_equal(replacing_mapped(), 1);
}

static void a_new_file_that_is_wrong_changes_nothing(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");
	const char *said;
	FILE *out;

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	unlink(twin_path());
	out = fopen(twin_path(), "w");
	fputs("no module\n", out);
	fclose(out);
	said = reload(false);
	if (!strstr(said, twin_path()))
		fail_msg("no %s in %s", twin_path(), said);
	assert_null(strstr(said, "/./"));
	assert_int_equal(count_shown(), 1);
	assert_string_equal(rd_test_expand("${TWIN()}"), "1");
	rd_test_hang_up(alice);
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	assert_in_range(rd_test_heard_hz(alice), 430, 450);
	assert_int_equal(replacing_mapped(), 1);
}

static void one_whose_offer_is_another_s_lets_the_old_one_serve(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");
	const char *build = getenv("RD_BUILD");
	char hungry[4096];
	const char *said;

	(void)state;
	snprintf(hungry, sizeof(hungry), "%s/.libs/good_hungry.so", build ? build : ".");
	load_first();
	rd_test_load(hungry);
	rd_test_call(alice, "1");
	rd_test_pass(500);
	install(3);
	said = reload(false);
	assert_non_null(strstr(
		said, "its new file did not take its place: Hibernate: another has that already"));
	assert_int_equal(count_shown(), 1);
	assert_int_equal(replacing_mapped(), 1);
	assert_string_equal(rd_test_expand("${TWIN()}"), "1");
	rd_test_call(rd_test_phone("bob"), "1");
	rd_test_pass(1000);
	assert_in_range(rd_test_heard_hz(rd_test_phone("bob")), 430, 450);
	assert_in_range(rd_test_heard_hz(alice), 430, 450);
}

/* What others are told of it, in the order in which they are. */
static struct rd_buf news;

static void note(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (strcmp(event->name, "good_twin") == 0)
		rd_buf_printf(&news, "%s ", event->text);
}

static const struct rd_subscriber listener = { .name = "listener",
					       .notify = note,
					       .types = RD_EVENT_BIT(RD_EVENT_MODULE) };

static void expect_news(const char *expected)
{
	assert_string_equal(rd_buf_text(&news), expected);
	rd_unsubscribe(&listener);
	rd_buf_fini(&news);
}

static void listen_to_news(void)
{
	rd_buf_init(&news);
	assert_int_equal(rd_subscribe(&listener), 0);
}

static void what_can_be_there_but_once_is_replaced_when_nobody_uses_it(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");
	const char *said;

	(void)state;
	load_first();
	rd_test_call(alice, "1");
	rd_test_pass(500);
	install(4);
	said = reload(false);
	assert_non_null(strstr(said, "in use: 1 running application by Sim/alice-"));
	assert_non_null(strstr(said, "it has what its load() has begun, which can be there but "
				     "once"));
	assert_string_equal(rd_test_expand("${TWIN()}"), "1");
	rd_test_hang_up(alice);
	rd_test_pass(100);
	listen_to_news();
	reload(true);
	expect_news("replacing unloaded loaded replaced ");
	assert_string_equal(rd_test_expand("${TWIN()}"), "4");
	assert_int_equal(count_shown(), 1);
	assert_int_equal(replacing_mapped(), 1);
}

/* Also that one of it as it begins. */
static void the_new_one_is_found_by_its_name(void **state)
{
	(void)state;
	install(4);
	rd_test_load(twin_path());
	install(6);
	reload(true);
	assert_non_null(strstr(rd_test_command("module show good_twin", NULL), "1 holder"));
	rd_test_pass(2000);
	assert_null(strstr(rd_test_command("module show good_twin", NULL), "in use"));
}

static void where_the_new_one_does_not_start_the_old_one_comes_back(void **state)
{
	(void)state;
	load_first();
	install(5);
	listen_to_news();
	assert_non_null(strstr(reload(false), "it did not start"));
	expect_news("replacing unloaded loaded replaced ");
	assert_string_equal(rd_test_expand("${TWIN()}"), "1");
	assert_int_equal(count_shown(), 1);
	assert_int_equal(replacing_mapped(), 1);
}

/* A format has found its codec when it was loaded: that stays for it. */
static void a_codec_stays_for_who_has_found_it(void **state)
{
	char hum[64], plan[160];
	struct rd_test_phone *alice = rd_test_phone("alice");
	FILE *out;

	(void)state;
	replacing_install("codec_ulaw", "codec_ulaw");
	rd_test_load(replacing_path("codec_ulaw"));
	rd_test_load("codec_alaw");
	rd_test_load("format_pcm");
	rd_test_load("app_playback");
	replacing_replace("codec_ulaw");
	rd_test_pass(1000);
	assert_int_equal(replacing_mapped(), 2);
	assert_non_null(strstr(rd_test_command("module show codec_ulaw#1", NULL),
			       "in use: 1 module that was loaded with it by format_pcm"));
	snprintf(hum, sizeof(hum), "/tmp/rd-hum-%d.ulaw", (int)getpid());
	out = fopen(hum, "w");
	assert_non_null(out);
	for (int i = 0; i < 16000; i++)
		putc(i / 8 % 2 ? 0x8f : 0x0f, out);
	fclose(out);
	snprintf(plan, sizeof(plan), "[sim]\nexten => 1,1,Playback(/tmp/rd-hum-%d)\n",
		 (int)getpid());
	rd_test_dialplan(plan);
	rd_test_call(alice, "1");
	rd_test_pass(1000);
	unlink(hum);
	assert_in_range(rd_test_heard_hz(alice), 490, 510);
	rd_test_hang_up(alice);
	rd_test_pass(500);
	rd_test_unload("format_pcm");
	rd_test_pass(1000);
	assert_int_equal(replacing_mapped(), 1);
}

/* What the end finds in use is a failure, too. */
static int clean_of_all(void **state)
{
	int rc = replacing_clean(state);

	return replacing_mapped() ? -1 : rc;
}

/* Those in between nobody has found. */
static void at_the_end_the_codec_is_in_use_no_more(void **state)
{
	(void)state;
	replacing_install("codec_ulaw", "codec_ulaw");
	rd_test_load(replacing_path("codec_ulaw"));
	rd_test_load("codec_alaw");
	rd_test_load("format_pcm");
	replacing_replace("codec_ulaw");
	replacing_replace("codec_ulaw");
	rd_test_pass(1000);
	assert_int_equal(replacing_mapped(), 2);
}

static void a_file_that_is_no_other_is_not_loaded_again(void **state)
{
	int out;

	(void)state;
	load_first();
	assert_non_null(strstr(reload(true), "module good_twin: reloaded\n"));
	rd_test_load("app_milliwatt");
	assert_non_null(strstr(rd_test_command("module reload app_milliwatt", NULL),
			       "it has no configuration, and its file is no other"));
	out = open(twin_path(), O_WRONLY | O_APPEND);
	assert_int_equal(write(out, "more", 4), 4);
	close(out);
	assert_non_null(strstr(reload(true), "was written over"));
}

static void one_whose_file_is_gone_says_so(void **state)
{
	const char *said;
	int status;

	(void)state;
	load_first();
	replacing_install("app_milliwatt", "app_milliwatt");
	rd_test_load(replacing_path("app_milliwatt"));
	unlink(replacing_path("app_milliwatt"));
	said = rd_test_command("module reload app_milliwatt", &status);
	assert_int_not_equal(status, 0);
	assert_non_null(strstr(said, "app_milliwatt.so is gone"));
	assert_null(strstr(said, "reloaded"));
	assert_true(rd_module_loaded("app_milliwatt"));
	unlink(twin_path());
	said = reload(true); /* its configuration */
	assert_non_null(strstr(said, "good_twin.so is gone"));
	assert_non_null(strstr(said, "module good_twin: reloaded\n"));
	assert_int_equal(count_shown(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPLACE(a_call_ends_in_the_old_code_and_a_new_one_is_in_the_new),
		REPLACE(one_that_nobody_uses_goes_at_once),
		REPLACE(many_may_wait_for_their_last_call),
		REPLACE(all_whose_calls_have_ended_go_together),
		REPLACE(others_have_their_turn_as_old_ones_go),
		REPLACE(a_command_that_runs_ends_in_the_old_code),
		REPLACE(what_it_keeps_with_a_channel_holds_the_old_one),
		REPLACE(so_does_a_fiber_that_it_has_begun),
		REPLACE(an_old_one_may_be_there_when_the_new_one_is_unloaded),
		REPLACE(after_one_that_stays_in_memory_the_new_file_is_loaded),
		REPLACE(the_old_file_may_be_put_back_as_a_copy),
		REPLACE(the_new_one_reads_its_configuration),
		REPLACE(a_mistake_in_its_configuration_changes_nothing),
		REPLACE(a_new_file_that_is_wrong_changes_nothing),
		REPLACE(one_whose_offer_is_another_s_lets_the_old_one_serve),
		REPLACE(what_can_be_there_but_once_is_replaced_when_nobody_uses_it),
		REPLACE(the_new_one_is_found_by_its_name),
		REPLACE(where_the_new_one_does_not_start_the_old_one_comes_back),
		REPLACE(a_codec_stays_for_who_has_found_it),
		cmocka_unit_test_setup_teardown(at_the_end_the_codec_is_in_use_no_more,
						replacing_make, clean_of_all),
		REPLACE(a_file_that_is_no_other_is_not_loaded_again),
		REPLACE(one_whose_file_is_gone_says_so),
	};

	replacing_as_built();
	return rd_test_run(tests);
}
