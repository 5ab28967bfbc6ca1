/* FollowMe(): who rings when, who is asked what, and who talks to whom in the end. */
#include "tests/sim/sim_dialplan.h"

#include <unistd.h>

#include <ringdown/config.h>
#include <ringdown/tech.h>

#include "core/base/alloc.h"
#include "core/call/call.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static const struct rd_module *followme;

static const struct sim_prompt prompts[] = {
	{ "followme/call-from", 230, 'f' },
	{ "followme/no-recording", 220, 'r' },
	{ "followme/options", 210, 'o' },
	{ "followme/pls-hold-while-try", 200, 'h' },
	{ "followme/status", 190, 's' },
	{ "followme/sorry", 180, 'y' },
	{ "vm-rec-name", 170, 'n' },
	{ "beep", 160, 'b' },
	{ "joining", 150, 'j' },
	{ "music", 300, 'm' },
	{ 0 },
};

static const char plan[] =
	"[sim]\n"
	"exten => plain,1,FollowMe(team,d)\n same => n,Note(next)\n"
	"exten => all,1,FollowMe(team,sn)\n same => n,Note(next)\n"
	"exten => named,1,FollowMe(team,ad)\n same => n,Note(next)\n"
	"exten => silent,1,FollowMe(team,Nsn)\n same => n,Note(next)\n"
	"exten => hidden,1,FollowMe(team,dI)\n"
	"exten => wrong,1,FollowMe(nobody)\n same => n,Note(next)\n"
	"exten => before,1,FollowMe(team,dlb(sim^leg^1)B(sim^caller^1))\n"
	"exten => leg,1,Note(leg)\n same => n,Return()\n"
	"exten => caller,1,Note(caller)\n same => n,Return()\n"
	"[phones]\nexten => bob,1,Dial(Sim/bob)\nexten => carol,1,Dial(Sim/carol)\n"
	"exten => dave,1,Dial(Sim/dave)\n";

#define PROFILE "[general]\ncontext => phones\n[team]\n"

static void settings(const char *conf)
{
	assert_int_equal(conf_dir_apply(followme->config, conf), 0);
}

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.ring_ms = 10,
						.says = (int16_t)(5000 + 1000 * i) };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	sim_prompts(prompts);
	sim_load("format_wav");
	sim_load("app_dial");
	sim_load("chan_local");
	followme = sim_load("app_followme");
	sim_prompt_write("sounds/moh/music.wav", 300, 2000);
	sim_default_music();
	settings(PROFILE "number => bob,10\nnumber => carol&dave,15\n");
	sim_plan(plan);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	followme->unload();
	rd__music_free();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static const char *hears(const struct sim_phone *phone, int ms)
{
	return sim_marks_heard(prompts, phone, ms);
}

static void talk(const struct sim_phone *a, const struct sim_phone *b)
{
	assert_non_null(a->ch);
	assert_non_null(b->ch);
	assert_int_equal(a->hears, b->says);
	assert_int_equal(b->hears, a->says);
}

static void takes(struct sim_phone *phone)
{
	sim_press(phone, '1');
	sim_pass(500);
}

/* ---- who takes the call ---- */

static void who_takes_it_talks_to_the_caller(void **state)
{
	(void)state;
	bob->answer_ms = 2000;
	sim_call(alice, "plain");
	sim_pass(1000);
	assert_int_equal(alice->hears, 300);
	sim_pass(1000);
	assert_string_equal(hears(bob, 500), "ro");
	assert_int_equal(alice->hears, 300);
	takes(bob);
	talk(alice, bob);
	assert_int_equal(carol->called, 0);
	sim_hangup(bob);
	sim_pass(500);
	assert_null(alice->ch);
	assert_string_equal(sim_notes(), "");
}

static void a_key_in_the_middle_of_a_prompt_counts(void **state)
{
	(void)state;
	bob->answer_ms = 2000;
	sim_call(alice, "plain");
	sim_pass(2050);
	takes(bob);
	talk(alice, bob);
}

static void who_declines_is_left_alone_and_the_next_ones_ring(void **state)
{
	(void)state;
	bob->answer_ms = 1000;
	carol->answer_ms = 3000;
	sim_call(alice, "plain");
	sim_pass(1500);
	sim_press(bob, '2');
	sim_pass(500);
	assert_null(bob->ch);
	assert_int_equal(carol->called, 1);
	assert_int_equal(dave->called, 1);
	sim_pass(3500);
	takes(carol);
	talk(alice, carol);
	assert_null(dave->ch);
	assert_int_equal(dave->cause, RD_CAUSE_ANSWERED_ELSEWHERE);
}

/* What a mailbox does, too. */
static void who_says_nothing_does_not_take_it(void **state)
{
	(void)state;
	bob->answer_ms = 1000;
	sim_call(alice, "plain");
	sim_pass(6000);
	assert_non_null(bob->ch);
	sim_press(bob, '7');
	sim_pass(4500);
	assert_non_null(bob->ch);
	sim_pass(1000);
	assert_null(bob->ch);
	assert_int_equal(carol->called, 1);
}

static void how_long_he_is_waited_for_is_in_the_file(void **state)
{
	(void)state;
	settings(PROFILE "featuredigittimeout => 1500\nnumber => bob,20\nnumber => carol,20\n");
	bob->answer_ms = 1000;
	sim_call(alice, "plain");
	sim_pass(2200);
	assert_non_null(bob->ch);
	assert_int_equal(carol->called, 0);
	sim_pass(1000);
	assert_null(bob->ch);
	assert_int_equal(carol->called, 1);
}

static void the_others_ring_on_while_one_is_asked(void **state)
{
	(void)state;
	settings(PROFILE "number => bob&carol,20\n");
	bob->answer_ms = 1000;
	carol->answer_ms = 3000;
	sim_call(alice, "plain");
	sim_pass(3000);
	assert_non_null(bob->ch);
	assert_string_equal(hears(carol, 500), "ro");
	takes(carol);
	talk(alice, carol);
	sim_pass(100);
	assert_null(bob->ch);
}

static void each_rings_for_its_time(void **state)
{
	(void)state;
	sim_call(alice, "plain");
	sim_pass(9500);
	assert_non_null(bob->ch);
	assert_int_equal(carol->called, 0);
	sim_pass(1000);
	assert_null(bob->ch);
	assert_non_null(carol->ch);
	sim_pass(15000);
	assert_null(carol->ch);
	assert_string_equal(sim_notes(), "next");
}

static void the_order_may_be_written(void **state)
{
	(void)state;
	settings(PROFILE "number => bob,5,2\nnumber => carol,5,1\nnumber => dave,3,1\n");
	sim_call(alice, "plain");
	sim_pass(4000);
	assert_int_equal(bob->called, 0);
	assert_int_equal(carol->called, 1);
	assert_int_equal(dave->called, 1);
	assert_null(dave->ch);
	sim_pass(1500);
	assert_int_equal(bob->called, 1);
}

static void nobody_need_be_asked(void **state)
{
	(void)state;
	settings(PROFILE "number => bob\nenable_callee_prompt = no\nconnecting_prompt = joining\n");
	bob->answer_ms = 1000;
	sim_call(alice, "plain");
	sim_pass(1000);
	assert_string_equal(hears(bob, 300), "j");
	talk(alice, bob);
}

static void the_keys_may_be_others(void **state)
{
	(void)state;
	settings("[general]\ncontext = phones\ntakecall = 5\n"
		 "[team]\nnumber => bob\ntakecall = 12\ndeclinecall = 13\n");
	bob->answer_ms = 1000;
	sim_call(alice, "plain");
	sim_pass(1500);
	sim_press(bob, '5');
	sim_press(bob, '1');
	sim_pass(100);
	assert_int_equal(alice->hears, 300);
	sim_press(bob, '2');
	sim_pass(500);
	talk(alice, bob);
}

/* ---- what is heard ---- */

static void the_caller_is_told_what_happens(void **state)
{
	(void)state;
	settings(PROFILE "number => bob,2\n");
	sim_call(alice, "all");
	assert_string_equal(hears(alice, 600), "shm");
	sim_pass(1700);
	assert_string_equal(hears(alice, 300), "y");
	assert_string_equal(sim_notes(), "next");
}

static void each_prompt_may_be_another(void **state)
{
	(void)state;
	settings(PROFILE "number => bob,4\nnorecording_prompt => beep\noptions_prompt => joining\n"
			 "hold_prompt => vm-rec-name\nstatus_prompt => followme/options\n"
			 "sorry_prompt => followme/status\n");
	bob->answer_ms = 3000;
	sim_call(alice, "all");
	assert_string_equal(hears(alice, 600), "onm");
	sim_pass(2600);
	assert_string_equal(hears(bob, 500), "bj");
	sim_press(bob, '2');
	assert_string_equal(hears(alice, 300), "ms");
}

static void who_answers_hears_the_name(void **state)
{
	char path[512];

	(void)state;
	bob->answer_ms = 1000;
	sim_call(alice, "named");
	assert_string_equal(hears(alice, 500), "nb");
	sim_pass(1500);
	sim_press(alice, '#');
	sim_pass(20);
	snprintf(path, sizeof(path), "%s/followme/%s.wav", rd_directory("spool"),
		 rd_channel_uniqueid(alice->ch));
	for (int i = 0; i < 100 && !bob->ch; i++) {
		usleep(2000);
		sim_pass(20);
	}
	assert_int_equal(access(path, F_OK), 0);
	for (int i = 0; i < 100 && bob->hears != 230; i++)
		sim_pass(20);
	assert_int_equal(bob->hears, 230);
	for (int i = 0; i < 200 && bob->hears != alice->says; i++)
		sim_pass(20);
	assert_int_equal(bob->hears, alice->says);
	takes(bob);
	for (int i = 0; i < 100 && access(path, F_OK) == 0; i++) {
		usleep(2000);
		sim_pass(20);
	}
	talk(alice, bob);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void who_is_not_answered_hears_it_ring(void **state)
{
	(void)state;
	bob->answer_ms = 1000;
	sim_call(alice, "silent");
	sim_pass(1500);
	assert_true(alice->shown & 1 << RD_INDICATE_RINGING);
	assert_int_equal(rd_channel_state(alice->ch), RD_CHANNEL_RING);
	takes(bob);
	talk(alice, bob);
}

static void and_no_prompt_when_nobody_is_found(void **state)
{
	(void)state;
	settings(PROFILE "number => bob,2\n");
	sim_call(alice, "silent");
	sim_pass(2200);
	assert_string_equal(sim_notes(), "next");
	assert_int_equal(alice->heard, 0);
}

static void the_caller_sees_who_has_taken_it_or_not(void **state)
{
	(void)state;
	bob->answer_ms = 1000;
	sim_call(alice, "plain");
	sim_pass(1500);
	assert_string_equal(bob->shown_caller, "alice");
	takes(bob);
	assert_string_not_equal(alice->connected, "");
	sim_hangup(alice);
	sim_pass(500);
	alice->connected[0] = '\0';
	sim_call(alice, "hidden");
	sim_pass(1500);
	takes(bob);
	talk(alice, bob);
	assert_string_equal(alice->connected, "");
}

static void routines_run_before(void **state)
{
	(void)state;
	settings(PROFILE "number => bob&carol,2\n");
	sim_call(alice, "before");
	sim_pass(500);
	assert_string_equal(sim_notes(), "caller leg leg");
}

/* ---- call records ---- */

static char records[512];

/* "alice-bob ANSWERED 4/3" */
static void add_record(const struct rd_event *event, void *arg)
{
	const char *to = rd_event_value(event, "dstchannel");
	size_t n = strlen(records);

	(void)arg;
	snprintf(records + n, sizeof(records) - n, "%s%.5s>%s %s %s %s/%s", n ? ", " : "",
		 rd_event_value(event, "channel") + 4, rd_event_value(event, "dst"),
		 strncmp(to, "Sim/", 4) == 0 ? strtok(strdupa(to + 4), "-") : to,
		 rd_event_value(event, "disposition"), rd_event_value(event, "duration"),
		 rd_event_value(event, "billsec"));
}

static const struct rd_subscriber listener = { .name = "test",
					       .types = RD_EVENT_BIT(RD_EVENT_CALL_RECORD),
					       .notify = add_record };

/* As those of Dial(): one for each number that rang, of the phone that it was. */
static void the_records_are_as_those_of_dial(void **state)
{
	const struct rd_module *cdr = sim_load("cdr");

	(void)state;
	records[0] = '\0';
	assert_int_equal(conf_dir_apply(cdr->config, "[general]\n"), 0);
	assert_int_equal(cdr->load(), 0);
	assert_int_equal(rd_subscribe(&listener), 0);
	carol->answer_ms = 3000;
	sim_call(alice, "plain");
	sim_pass(14000);
	takes(carol);
	talk(alice, carol);
	sim_pass(5500);
	sim_hangup(alice);
	sim_finish();
	rd_unsubscribe(&listener);
	cdr->unload();
	assert_string_equal(records,
			    "alice>plain bob NO ANSWER 10/0, alice>plain dave NO ANSWER 4/0, "
			    "alice>plain carol ANSWERED 10/10");
}

/* ---- the end ---- */

static void who_hangs_up_is_not_looked_for(void **state)
{
	(void)state;
	settings(PROFILE "number => bob&carol,20\n");
	bob->answer_ms = 1000;
	sim_call(alice, "plain");
	sim_pass(1100);
	sim_hangup(alice);
	sim_pass(100);
	assert_null(bob->ch);
	assert_null(carol->ch);
}

static void who_is_in_no_file_is_passed_over(void **state)
{
	(void)state;
	assert_string_equal(sim_dial("wrong"), "next");
	settings("");
	assert_string_equal(sim_dial("plain"), "next");
}

/* A reload while it rings changes nothing of that. */
static void a_reload_counts_for_the_next_one(void **state)
{
	(void)state;
	sim_call(alice, "plain");
	sim_pass(1000);
	settings(PROFILE "number => dave\n");
	sim_pass(10000);
	assert_int_equal(carol->called, 1);
}

static void what_is_wrong_in_the_file_is_said(void **state)
{
	struct rd_config_report *report;
	const struct rd_app *app = rd_app_find("FollowMe");
	void *snapshot;
	char buf[128], *text;

	(void)state;
	conf_dir_write("followme.conf", "[team]\nnumber => ,20\nnumber => 1,x\nnumber => 1,2,y\n"
					"takecall = yes\nnumbr => 3\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(followme->config->build(&snapshot, report), -EINVAL);
	text = conf_report_text(report);
	assert_non_null(strstr(text, "followme.conf:2: number => ,20: expected numbers first"));
	assert_non_null(strstr(text, "followme.conf:3: number => 1,x: expected seconds"));
	assert_non_null(strstr(text, "followme.conf:4: number => 1,2,y: expected its place"));
	assert_non_null(strstr(text, "takecall"));
	assert_non_null(strstr(text, "numbr"));
	rd_free(text);
	rd_config_report_free(report);
	assert_null(app->check("team,adsnNIlb(a^b^1)B(c)", buf, sizeof(buf)));
	assert_non_null(app->check("team,z", buf, sizeof(buf)));
	assert_string_equal(app->check("taem,a", buf, sizeof(buf)),
			    "followme.conf has no section [taem]");
	assert_non_null(app->check("", buf, sizeof(buf)));
}

static void without_memory_no_file_is_read(void **state)
{
	(void)state;
	conf_dir_write("followme.conf", PROFILE "number => bob&carol,20,2\nnumber => dave\n");
	assert_true(oom_sweep(conf_dir_build_once, (void *)followme->config) > 5);
}

/* Whatever is refused, all hang up in the end, and nothing is left. */
static void without_memory_nothing_is_left(void **state)
{
	bool refused = true;
	long allowed, before;

	(void)state;
	bob->answer_ms = 300;
	carol->answer_ms = 300;
	settings(PROFILE "number => bob&carol,5\nnumber => dave,2\n");
	for (allowed = -1; refused; allowed++) {
		sim_call(alice, "plain");
		before = rd__alloc_live();
		rd__alloc_fail_after(allowed);
		sim_pass(1000);
		if (carol->ch)
			sim_press(carol, '1');
		sim_pass(8000);
		refused = allowed < 0 || rd__alloc_refused();
		rd__alloc_fail_after(-1);
		for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
			rd_channel_post(ch, RD_SIGNAL_HANGUP, RD_CAUSE_NORMAL);
		sim_pass(60000);
		assert_int_equal(rd_channel_count(), 0);
		if (allowed >= 0)
			assert_true(rd__alloc_live() <= before);
	}
	assert_true(allowed > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_takes_it_talks_to_the_caller),
		TEST(a_key_in_the_middle_of_a_prompt_counts),
		TEST(who_declines_is_left_alone_and_the_next_ones_ring),
		TEST(who_says_nothing_does_not_take_it),
		TEST(how_long_he_is_waited_for_is_in_the_file),
		TEST(the_others_ring_on_while_one_is_asked),
		TEST(each_rings_for_its_time),
		TEST(the_order_may_be_written),
		TEST(nobody_need_be_asked),
		TEST(the_keys_may_be_others),
		TEST(the_caller_is_told_what_happens),
		TEST(each_prompt_may_be_another),
		TEST(who_answers_hears_the_name),
		TEST(who_is_not_answered_hears_it_ring),
		TEST(and_no_prompt_when_nobody_is_found),
		TEST(the_caller_sees_who_has_taken_it_or_not),
		TEST(routines_run_before),
		TEST(the_records_are_as_those_of_dial),
		TEST(who_hangs_up_is_not_looked_for),
		TEST(who_is_in_no_file_is_passed_over),
		TEST(a_reload_counts_for_the_next_one),
		TEST(what_is_wrong_in_the_file_is_said),
		TEST(without_memory_no_file_is_read),
		TEST(without_memory_nothing_is_left),
	};

	return RUN_GROUP(tests);
}
