/* features.conf: what it sets, and what it says about what it cannot. */
#include "tests/unit/test.h"

#include "core/call/bridge.h"
#include "core/call/registry.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/oom.h"

static struct rd_config_report *report;

static int setup(void **state)
{
	(void)state;
	conf_dir_make();
	return rd_config_report_new(&report);
}

static int teardown(void **state)
{
	(void)state;
	rd_config_report_free(report);
	conf_dir_remove();
	return 0;
}

static int read_it(void)
{
	void *snapshot;
	int rc = rd__features_config.build(&snapshot, report);

	if (!rc)
		rd__features_config.commit(snapshot);
	return rc;
}

static int findings(void)
{
	char *text = conf_report_text(report);
	int count = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		count++;
	rd_free(text);
	return count;
}

static void without_a_file_the_keys_are_hash_and_star(void **state)
{
	(void)state;
	assert_int_equal(read_it(), 0);
	assert_string_equal(rd__features()->keys[RD__CODE_BLIND], "#");
	assert_string_equal(rd__features()->keys[RD__CODE_DISCONNECT], "*");
	assert_int_equal(rd__features()->between_keys_ms, 1000);
	assert_int_equal(rd__features()->transfer_digit_ms, 3000);
}

static void codes_and_times_are_set(void **state)
{
	(void)state;
	conf_dir_write("features.conf", "[general]\nfeaturedigittimeout = 2000\n"
					"transferdigittimeout = 5\n"
					"[featuremap]\nblindxfer => #1\ndisconnect => *0\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 0);
	assert_string_equal(rd__features()->keys[RD__CODE_BLIND], "#1");
	assert_string_equal(rd__features()->keys[RD__CODE_DISCONNECT], "*0");
	assert_int_equal(rd__features()->between_keys_ms, 2000);
	assert_int_equal(rd__features()->transfer_digit_ms, 5000);
}

static void what_there_is_none_of_is_said(void **state)
{
	(void)state;
	conf_dir_write("features.conf", "[general]\nparkext = 700\nparkpos = 701-720\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 2);
}

static void sounds_and_times_of_transfers_are_set(void **state)
{
	const struct rd__features *features = rd__features();

	(void)state;
	conf_dir_write("features.conf",
		       "[general]\natxfernoanswertimeout = 20\natxferdropcall = yes\n"
		       "atxferloopdelay = 5\natxfercallbackretries = 0\natxferabort = *0\n"
		       "transferdialattempts = 1\ntransferretrysound = \"wrong\"\n"
		       "courtesytone = beep\n[featuremap]\natxfer => *2\nautomixmon => *3\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 0);
	assert_int_equal(features->no_answer_ms, 20000);
	assert_true(features->drop_call);
	assert_int_equal(features->loop_delay_ms, 5000);
	assert_int_equal(features->callback_retries, 0);
	assert_int_equal(features->attempts, 1);
	assert_string_equal(features->ask_again, "wrong");
	assert_string_equal(features->courtesy, "beep");
	assert_string_equal(features->transfer_fail, "beeperr");
	assert_string_equal(features->keys[RD__CODE_ABORT], "*0");
	assert_string_equal(features->keys[RD__CODE_SWAP], "*4");
	assert_string_equal(features->keys[RD__CODE_ATTENDED], "*2");
	assert_string_equal(features->keys[RD__CODE_RECORD], "*3");
}

static const struct rd__feature_app *app_named(const char *name)
{
	const struct rd__feature_app *it = rd__features()->apps;

	while (it && strcmp(it->listed_as, name) != 0)
		it = it->next;
	assert_non_null(it);
	return it;
}

/* All ways in which Asterisk's users write them. */
static void applications_are_read(void **state)
{
	(void)state;
	conf_dir_write("features.conf",
		       "[applicationmap]\nplain => #9,peer,Playback,tt-monkeys\n"
		       "full => *5, self/caller, Set,\"A=1,2\", soft\n"
		       "call => 77,peer/both,Playback(one,skip),soft\n"
		       "[team]\nplain =>\nfull => *6\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 0);
	assert_true(app_named("plain")->on_peer);
	assert_string_equal(app_named("plain")->app, "Playback");
	assert_string_equal(app_named("plain")->args, "tt-monkeys");
	assert_null(app_named("plain")->music);
	assert_false(app_named("full")->on_peer);
	assert_string_equal(app_named("full")->args, "A=1,2");
	assert_string_equal(app_named("full")->music, "soft");
	assert_string_equal(app_named("call")->keys, "77");
	assert_string_equal(app_named("call")->args, "one,skip");
	assert_string_equal(app_named("call")->music, "soft");
	assert_string_equal(app_named("team")->keys, "*6");
	assert_string_equal(app_named("team")->next->keys, "#9");
}

static void a_line_that_cannot_be_understood_is_left_out(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("features.conf", "[applicationmap]\na => x,peer,Playback\n"
					"b => *1,anybody,Playback\nc => *1,self\n"
					"d => *1,self,NoOp\n[team]\ne =>\nd => x\n");
	assert_int_equal(read_it(), 0);
	text = conf_report_text(report);
	assert_string_equal(
		text, "features.conf:2: warning: a is left out: expected up to 11 keys of 0-9, *, "
		      "#, A-D first\n"
		      "features.conf:3: warning: b is left out: expected self or peer after the "
		      "keys\n"
		      "features.conf:4: warning: c is left out: expected an application after self "
		      "or peer\n"
		      "features.conf:7: warning: e is left out of group team: [applicationmap] has "
		      "none of that name\n"
		      "features.conf:8: warning: d is left out of group team: expected up to 11 "
		      "keys of 0-9, *, #, A-D\n");
	rd_free(text);
	assert_string_equal(app_named("d")->app, "NoOp");
	assert_null(app_named("d")->next);
}

static int nothing(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static const char *no_z(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return strchr(args, 'Z') ? "Z is nothing" : NULL;
}

static void an_application_that_would_fail_is_told_of_once(void **state)
{
	static const struct rd_app app = { .name = "Known", .run = nothing, .check = no_z };
	void *snapshot;
	char *text;

	(void)state;
	assert_int_equal(rd__app_add(&app, "test"), 0);
	conf_dir_write("features.conf", "[applicationmap]\na => *1,self,Known(x)\n"
					"b => *2,self,Nosuch\nc => *3,peer,Known(Z)\n"
					"d => *4,peer,Known(${Z})\n[team]\nb => *5\n");
	assert_int_equal(rd__features_config.build(&snapshot, report), 0);
	rd__features_review(snapshot, report);
	rd__features_config.discard(snapshot);
	rd__app_remove(&app);
	text = conf_report_text(report);
	assert_string_equal(
		text, "features.conf:4: warning: c: Known: Z is nothing\n"
		      "features.conf:3: warning: b: Nosuch: there is no such application\n");
	rd_free(text);
}

/* Any name may be that of a group; but not one that is nearly another's. */
static void a_slip_in_a_sections_name_is_an_error(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("features.conf", "[featurmap]\nblindxfer => #1\n");
	assert_int_equal(read_it(), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "features.conf:1: unknown section [featurmap]; did you mean "
				     "[featuremap]?"));
	rd_free(text);
}

static void there_may_be_any_number_of_groups(void **state)
{
	char conf[8192] = "[applicationmap]\nplain => #9,peer,Playback(x)\n";

	(void)state;
	for (int i = 0; i < 200; i++)
		sprintf(conf + strlen(conf), "[team%d]\nplain => *%d\n", i, i);
	conf_dir_write("features.conf", conf);
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 0);
	assert_string_equal(app_named("team199")->keys, "*199");
}

static void the_file_without_memory(void **state)
{
	(void)state;
	conf_dir_write("features.conf", "[applicationmap]\nplain => #9,peer,Playback(x),soft\n"
					"[team]\nplain => *5\n");
	oom_sweep(conf_dir_build_once, (void *)&rd__features_config);
}

/* As FreePBX writes them. */
static void the_words_of_old_say_whose_keys_they_are(void **state)
{
	(void)state;
	conf_dir_write("features.conf", "[applicationmap]\na => *1,caller,NoOp\n"
					"b => *2,callee,NoOp\nc => *3,Callee/caller,NoOp\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 0);
	assert_false(app_named("a")->on_peer);
	assert_true(app_named("b")->on_peer);
	assert_true(app_named("c")->on_peer);
}

static void a_code_has_up_to_eleven_keys(void **state)
{
	(void)state;
	conf_dir_write("features.conf", "[featuremap]\nblindxfer => 0123456789*\n"
					"[applicationmap]\na => *#ABCD01234,self,NoOp\n");
	assert_int_equal(read_it(), 0);
	assert_int_equal(findings(), 0);
	assert_string_equal(rd__features()->keys[RD__CODE_BLIND], "0123456789*");
	assert_string_equal(app_named("a")->keys, "*#ABCD01234");
	conf_dir_write("features.conf", "[featuremap]\nblindxfer => 0123456789*#\n");
	assert_int_equal(read_it(), -EINVAL);
}

static void a_wrong_code_and_a_wrong_name_are_errors(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("features.conf", "[featuremap]\nblindxfer => hello\nblindxfr => #\n");
	assert_int_equal(read_it(), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "features.conf:2"));
	assert_non_null(strstr(text, "features.conf:3"));
	assert_non_null(strstr(text, "blindxfer"));
	rd_free(text);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
	char *text;

	(void)state;
	conf_dir_write("features.conf", "[general]\nfeaturedigittimeout = soon\n"
					"[featuremap]\nblindxfer => hello\n"
					"[applicationmap]\na => x,peer,Playback\n[generel]\n");
	assert_int_equal(read_it(), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "features.conf:2: [general] featuredigittimeout"));
	assert_non_null(strstr(text, "features.conf:4: [featuremap] blindxfer"));
	assert_non_null(strstr(text, "features.conf:6: warning: a is left out"));
	assert_non_null(strstr(text, "features.conf:7: unknown section [generel]"));
	rd_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(codes_and_times_are_set, setup, teardown),
		cmocka_unit_test_setup_teardown(sounds_and_times_of_transfers_are_set, setup,
						teardown),
		cmocka_unit_test_setup_teardown(applications_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_that_cannot_be_understood_is_left_out, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_application_that_would_fail_is_told_of_once,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_slip_in_a_sections_name_is_an_error, setup,
						teardown),
		cmocka_unit_test_setup_teardown(there_may_be_any_number_of_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(all_that_is_wrong_is_told_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(the_words_of_old_say_whose_keys_they_are, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_code_has_up_to_eleven_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(the_file_without_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(what_there_is_none_of_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wrong_code_and_a_wrong_name_are_errors, setup,
						teardown),
		cmocka_unit_test_setup_teardown(without_a_file_the_keys_are_hash_and_star, setup,
						teardown),
	};

	return RUN_GROUP(tests);
}
