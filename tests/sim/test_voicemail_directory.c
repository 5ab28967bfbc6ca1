/* Directory(): somebody is found by name, or not. */
#include "tests/sim/sim_voicemail.h"
#include "tests/unit/conf_dir.h"

#define INTRO "dir-welcome dir-pls-enter dir-last dir-usingkeypad"

/* Their names were recorded: 5001, 5002. */
static void begin(const char *args)
{
	sim_put_sound("default/1234/greet", 5001, 100);
	sim_put_sound("default/5/greet", 5002, 100);
	sim_put_sound("default/7/greet", 5003, 100);
	sim_voicemail_conf("[default]\n1234 => 1,Anna Berg\n5 => 1,Bob Bergmann\n"
			   "6 => 1,Carol Berg,,,hidefromdir=yes\n7 => 1,Dan Quick,,,alias=Zorro\n");
	sim_use("Directory", args);
}

static void somebody_is_found_and_called(void **state)
{
	(void)state;
	begin("default,sim");
	assert_string_equal(sim_heard(1000), INTRO);
	assert_string_equal(sim_keys("237", 500), "<5001> dir-instr");
	assert_string_equal(sim_key('*', 500), "<5002> dir-instr");
	sim_key('1', 200);
	assert_string_equal(sim_outcome(), "5");
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "SELECTED");
	assert_string_equal(sim_left("DIRECTORY_EXTEN"), "5");
}

static void whoever_is_nobody_is_searched_for_again(void **state)
{
	(void)state;
	begin("default,sim");
	sim_pass(500);
	assert_string_equal(sim_keys("999", 700), "dir-nomatch " INTRO);
	sim_keys("237", 500);
	sim_key('*', 300);
	assert_string_equal(sim_key('*', 200), "dir-nomore dir-welcome");
}

static void letters_may_be_those_of_the_first_name(void **state)
{
	(void)state;
	begin("default,sim,f(2)es");
	assert_string_equal(sim_heard(600), "dir-welcome dir-pls-enter dir-first dir-usingkeypad");
	assert_string_equal(sim_keys("26", 900),
			    "<5001> vm-extension digits/1 digits/2 digits/3 digits/4 dir-instr");
	sim_key('1', 200);
	assert_string_equal(sim_outcome(), "next");
	assert_string_equal(sim_left("DIRECTORY_EXTEN"), "1234");
}

static void names_may_be_a_menu(void **state)
{
	(void)state;
	begin("default,sim,me");
	sim_pass(500);
	assert_string_equal(sim_keys("237", 2500),
			    "dir-multi1 digits/1 dir-multi2 <5001> dir-multi3 digits/1 digits/2 "
			    "digits/3 digits/4 dir-multi1 digits/2 dir-multi2 <5002> dir-multi3 "
			    "digits/5");
	sim_key('2', 200);
	assert_string_equal(sim_outcome(), "5");
	begin("default,sim,m");
	sim_pass(500);
	sim_keys("237", 500);
	assert_string_equal(sim_key('*', 200), "dir-nomore dir-welcome");
	sim_pass(500);
	sim_keys("237", 500);
	sim_key('#', 200);
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "USEREXIT");
	begin("default,sim,m");
	sim_pass(500);
	sim_keys("237", 30000);
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "TIMEOUT");
}

static void of_a_menu_9_has_more(void **state)
{
	char conf[512] = "[default]\n";

	(void)state;
	for (int i = 0; i < 11; i++)
		snprintf(conf + strlen(conf), sizeof(conf) - strlen(conf), "%d => 1,Abc\n", i + 1);
	sim_voicemail_conf(conf);
	sim_use("Directory", "default,sim,ms");
	sim_pass(500);
	sim_keys("222", 10000);
	assert_string_equal(sim_key('9', 330), "dir-multi1 digits/1 dir-multi2");
	sim_key('4', 200);
	sim_key('3', 200);
	assert_string_equal(sim_left("DIRECTORY_EXTEN"), "11");
}

static void an_alias_is_a_name_where_it_is_wanted(void **state)
{
	(void)state;
	begin("default,sim,s");
	sim_pass(500);
	assert_string_equal(sim_keys("967", 100), "dir-nomatch");
	begin("default,sim,sa");
	sim_pass(500);
	assert_string_equal(sim_keys("967", 500), "<5003> dir-instr");
	sim_key('1', 200);
	assert_string_equal(sim_left("DIRECTORY_EXTEN"), "7");
}

static void people_may_be_those_of_another_file(void **state)
{
	(void)state;
	begin("default,sim,s");
	conf_dir_write("people.conf", "[default]\n1234 => 1,Zoe Adams\n");
	conf_dir_write("broken.conf", "[default]\n9 => 1,Zoe Adams,a@@b\n");
	sim_use("Directory", "default,sim,sc(people.conf)");
	sim_pass(500);
	assert_string_equal(sim_keys("232", 500), "<5001> dir-instr");
	sim_key('1', 200);
	assert_string_equal(sim_left("DIRECTORY_EXTEN"), "1234");
	sim_use("Directory", "default,sim,c(nosuch.conf)");
	sim_pass(500);
	assert_string_equal(sim_outcome(), "next");
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "FAILED");
	sim_use("Directory", "default,sim,c(broken.conf)");
	sim_pass(500);
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "FAILED");
}

static void first_and_last_are_either(void **state)
{
	(void)state;
	begin("default,sim,sl(2)f");
	assert_string_equal(sim_heard(600),
			    "dir-welcome dir-pls-enter dir-firstlast dir-usingkeypad");
	assert_string_equal(sim_keys("26", 500), "<5001> dir-instr"); /* Anna */
	sim_key('#', 100);
	begin("default,sim,sfl");
	sim_pass(500);
	assert_string_equal(sim_keys("784", 500), "<5003> dir-instr"); /* Quick */
	sim_key('#', 100);
	begin("default,sim,sb(2)");
	sim_pass(500);
	assert_string_equal(sim_keys("26", 500), "<5001> dir-instr");
	sim_key('#', 100);
	begin("default,sim,sb(2)");
	sim_pass(500);
	assert_string_equal(sim_keys("78", 500), "<5003> dir-instr");
}

static void n_leaves_the_call_unanswered(void **state)
{
	(void)state;
	begin("default,sim,n");
	assert_string_equal(sim_heard(600), INTRO);
	assert_int_equal(sim_caller.answered, 0);
	begin("default,sim");
	sim_pass(600);
	assert_int_equal(sim_caller.answered, 1);
}

static void a_pause_gives_time_to_bring_the_phone_back_to_the_ear(void **state)
{
	(void)state;
	begin("default,sim,p(2000)");
	assert_string_equal(sim_heard(600), INTRO);
	assert_string_equal(sim_keys("237", 1900), "");
	assert_string_equal(sim_heard(500), "<5001> dir-instr");
}

static void there_are_other_ways_out(void **state)
{
	(void)state;
	begin("default,sim");
	sim_key('0', 200);
	assert_string_equal(sim_outcome(), "o");
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "OPERATOR");
	begin("default,sim");
	sim_key('*', 200);
	assert_string_equal(sim_outcome(), "a");
	begin("default,sim");
	sim_pass(500);
	sim_keys("237", 500);
	sim_key('#', 100);
	assert_string_equal(sim_outcome(), "next");
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "USEREXIT");
	begin("default,sim");
	sim_pass(25000);
	assert_string_equal(sim_outcome(), "next");
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "TIMEOUT");
	begin("default,sim");
	sim_pass(500);
	sim_hangup(&sim_caller);
	sim_pass(500);
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "HANGUP");
	/* The dialplan has no such number. */
	begin("default,sim");
	sim_pass(500);
	sim_keys("784", 500);
	sim_key('1', 100);
	assert_string_equal(sim_left("DIRECTORY_RESULT"), "FAILED");
}

static void letters_that_do_not_work_are_named(void **state)
{
	char buf[256];
	const struct rd_app *app = rd_app_find("Directory");

	(void)state;
	assert_null(app->check("default,office,eb(4)np(500)s", buf, sizeof(buf)));
	assert_null(app->check("default,office,ma", buf, sizeof(buf)));
	assert_non_null(app->check("default,office,d", buf, sizeof(buf)));
}

static void a_context_without_mailboxes_is_named(void **state)
{
	const struct rd_app *app = rd_app_find("Directory");
	char buf[128];

	(void)state;
	sim_voicemail_conf("[sales]\n1001 => 4711,Ann Adams\n");
	assert_null(app->check("sales,office", buf, sizeof(buf)));
	assert_string_equal(app->check("nocontext,office", buf, sizeof(buf)),
			    "voicemail.conf has no mailbox in a context \"nocontext\"");
	assert_string_equal(app->check("", buf, sizeof(buf)),
			    "voicemail.conf has no mailbox in a context \"default\"");
	assert_null(app->check("nocontext,office,c(people.conf)", buf, sizeof(buf)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VOICEMAIL_TEST(somebody_is_found_and_called),
		VOICEMAIL_TEST(whoever_is_nobody_is_searched_for_again),
		VOICEMAIL_TEST(letters_may_be_those_of_the_first_name),
		VOICEMAIL_TEST(names_may_be_a_menu),
		VOICEMAIL_TEST(of_a_menu_9_has_more),
		VOICEMAIL_TEST(an_alias_is_a_name_where_it_is_wanted),
		VOICEMAIL_TEST(people_may_be_those_of_another_file),
		VOICEMAIL_TEST(first_and_last_are_either),
		VOICEMAIL_TEST(n_leaves_the_call_unanswered),
		VOICEMAIL_TEST(a_pause_gives_time_to_bring_the_phone_back_to_the_ear),
		VOICEMAIL_TEST(there_are_other_ways_out),
		VOICEMAIL_TEST(letters_that_do_not_work_are_named),
		VOICEMAIL_TEST(a_context_without_mailboxes_is_named),
	};

	return RUN_GROUP(tests);
}
