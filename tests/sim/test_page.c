/* Page(): who hears whom, who is called, and what ends it. */
#include "tests/sim/sim_dialplan.h"

#include <dirent.h>

#include <ringdown/app.h>

#include "core/call/call.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[5];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];

enum { BEEP = 220, FIRE = 330 };

static const struct sim_prompt prompts[] = { { "beep", BEEP, 'b' }, { "fire", FIRE, 'f' }, { 0 } };

static const char plan[] =
	"[sim]\n"
	"exten => all,1,Page(Sim/bob&Sim/carol)\n same => n,Note(over)\n"
	"exten => duplex,1,Page(Sim/bob&Sim/carol,dq)\n same => n,Note(over)\n"
	"exten => self,1,Page(Sim/bob&Simulated/alice&Sim/bob&&sim/BOB&Simulated/bob,q)\n"
	"exten => idle,1,Page(Sim/bob&Sim/carol,qs)\n"
	"exten => fire,1,Page(Sim/bob,A(fire))\n"
	"exten => quietly,1,Page(Sim/bob,qnA(fire))\n"
	"exten => record,1,Page(Sim/bob,qr)\n"
	"exten => short,1,Page(Sim/carol&Sim/dave,q,3)\n same => n,Note(over)\n"
	"exten => prepared,1,Page(Sim/bob,qb(leg^s^1(x))B(caller^s^1))\n"
	"exten => manual,1,Set(SIP_AUTO_ANSWER=no)\n same => n,Page(Sim/bob,qb(leg^s^1(y)))\n"
	"exten => forward,1,Page(Sim/dave,q)\n"
	"exten => ignore,1,Page(Sim/dave,qi)\n same => n,Note(over)\n"
	"exten => nobody,1,Page()\n"
	"exten => bob,1,Dial(Sim/bob)\n"
	"[leg]\nexten => s,1,Note(${ARG1}:${SIP_AUTO_ANSWER}:${CALLERID(num)}:${SHOWN})\n"
	" same => n,Return()\n"
	"[caller]\nexten => s,1,Set(__SHOWN=inherited)\n same => n,Note(caller)\n"
	" same => n,Return()\n";

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave", "erin" };

	sim_dialplan_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(phones); i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.answer_ms = 100,
						.says = (int16_t)(1000 + 1000 * i) };
	sim_phones(phones, RD_ARRAY_SIZE(phones));
	sim_sound();
	sim_prompts(prompts);
	sim_load("format_wav");
	sim_load("app_dial");
	sim_load("app_page");
	sim_plan(plan);
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_null(rd_bridge_next(NULL));
	assert_int_equal(rd_channel_count(), 0);
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void page(const char *exten)
{
	sim_call(alice, exten);
	sim_pass(1000);
}

/* ---- who hears whom ---- */

static void all_hear_who_pages_who_hears_nobody(void **state)
{
	(void)state;
	sim_call(alice, "all");
	sim_pass(50);
	assert_int_equal(alice->hears, BEEP);
	sim_pass(1000);
	assert_int_equal(bob->hears, alice->says);
	assert_int_equal(carol->hears, alice->says);
	assert_int_equal(alice->hears, 0);
	assert_int_equal(dave->called, 0);
}

static void in_both_ways_all_hear_all(void **state)
{
	(void)state;
	page("duplex");
	assert_int_equal(bob->hears, alice->says + carol->says);
	assert_int_equal(carol->hears, alice->says + bob->says);
	assert_int_equal(alice->hears, bob->says + carol->says);
}

static void all_hear_the_announcement_first(void **state)
{
	(void)state;
	sim_call(alice, "fire");
	sim_pass(50);
	assert_int_equal(alice->hears, BEEP);
	assert_string_equal(sim_marks_heard(prompts, bob, 110), "f");
	assert_int_equal(alice->hears, FIRE);
	sim_pass(300);
	assert_int_equal(bob->hears, alice->says);
}

static void the_announcement_may_be_for_the_phones_alone(void **state)
{
	(void)state;
	sim_call(alice, "quietly");
	assert_string_equal(sim_marks_heard(prompts, alice, 100), "");
	assert_string_equal(sim_marks_heard(prompts, bob, 110), "f");
	sim_pass(300);
	assert_int_equal(bob->hears, alice->says);
}

static void what_is_paged_can_be_recorded(void **state)
{
	char path[128];
	int files = 0;
	DIR *dir;

	(void)state;
	page("record");
	sim_hangup(alice);
	sim_finish();
	snprintf(path, sizeof(path), "%s/spool/monitor", conf_dir_path());
	dir = opendir(path);
	assert_non_null(dir);
	for (struct dirent *it; (it = readdir(dir));)
		files += strncmp(it->d_name, "page-Sim_alice-", 15) == 0 &&
			 strstr(it->d_name, ".wav") != NULL;
	closedir(dir);
	assert_int_equal(files, 1);
}

/* ---- whom it calls ---- */

static void nobody_is_called_twice_and_the_pager_not_at_all(void **state)
{
	(void)state;
	page("self");
	assert_int_equal(bob->called, 1);
	assert_int_equal(alice->called, 0);
}

static void who_talks_may_be_left_out(void **state)
{
	(void)state;
	sim_call(dave, "bob");
	sim_pass(500);
	assert_int_equal(bob->called, 1);
	page("idle");
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 1);
}

static void a_leg_is_prepared_as_option_b_says(void **state)
{
	(void)state;
	page("prepared");
	assert_string_equal(sim_notes(), "caller x:yes:bob:inherited");
	assert_string_equal(bob->shown_caller, "alice");
}

static void the_dialplan_may_know_better_than_to_have_it_answer(void **state)
{
	(void)state;
	page("manual");
	assert_string_equal(sim_notes(), "y::bob:");
}

static void forwards_are_followed_or_not(void **state)
{
	(void)state;
	dave->answer_ms = 0;
	dave->forward_ms = 100;
	dave->forward_to = "Sim/erin";
	page("forward");
	assert_int_equal(phones[4].hears, alice->says);
	sim_hangup(alice);
	sim_pass(100);
	page("ignore");
	assert_int_equal(phones[4].called, 1);
	assert_string_equal(sim_notes(), "over");
}

/* ---- what ends it ---- */

static void all_are_let_go_with_the_pager(void **state)
{
	(void)state;
	carol->answer_ms = 60000;
	page("all");
	sim_hangup(alice);
	sim_pass(100);
	assert_int_equal(bob->hung_up, 1);
	assert_int_equal(carol->hung_up, 1);
	assert_string_equal(sim_notes(), "");
}

static void it_is_over_when_no_phone_is_left(void **state)
{
	(void)state;
	page("all");
	sim_hangup(bob);
	sim_pass(100);
	assert_string_equal(sim_notes(), "");
	sim_hangup(carol);
	sim_pass(100);
	assert_string_equal(sim_notes(), "over");
}

static void it_is_over_when_no_phone_can_be_called(void **state)
{
	(void)state;
	bob->unreachable = carol->unreachable = true;
	page("all");
	assert_string_equal(sim_notes(), "over");
}

static void who_does_not_answer_in_time_is_left_in_peace(void **state)
{
	(void)state;
	carol->answer_ms = 60000;
	page("short");
	assert_int_equal(dave->hears, alice->says);
	sim_pass(2500);
	assert_int_equal(carol->hung_up, 1);
	assert_int_equal(dave->hung_up, 0);
	sim_hangup(dave);
	sim_pass(100);
	assert_string_equal(sim_notes(), "over");
}

static void without_memory_nobody_is_left_behind(void **state)
{
	bool enough = false;

	(void)state;
	for (long allowed = 0; !enough; allowed++) {
		sim_call(alice, "all");
		rd__alloc_fail_after(allowed);
		sim_pass(300);
		enough = rd__alloc_refused() == 0;
		rd__alloc_fail_after(-1);
		if (alice->ch)
			sim_hangup(alice);
		sim_finish();
		assert_int_equal(rd_channel_count(), 0);
		assert_null(rd_bridge_next(NULL));
	}
	assert_true(bob->answered > 0);
}

static void without_a_phone_it_is_an_error(void **state)
{
	char buf[128];

	(void)state;
	page("nobody");
	assert_null(alice->ch);
	assert_non_null(rd_app_find("Page")->check("Sim/bob,dz", buf, sizeof(buf)));
	assert_null(rd_app_find("Page")->check("Sim/bob,dqA(x)b(a^b^1),5", buf, sizeof(buf)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_hear_who_pages_who_hears_nobody),
		TEST(in_both_ways_all_hear_all),
		TEST(all_hear_the_announcement_first),
		TEST(the_announcement_may_be_for_the_phones_alone),
		TEST(what_is_paged_can_be_recorded),
		TEST(nobody_is_called_twice_and_the_pager_not_at_all),
		TEST(who_talks_may_be_left_out),
		TEST(a_leg_is_prepared_as_option_b_says),
		TEST(the_dialplan_may_know_better_than_to_have_it_answer),
		TEST(forwards_are_followed_or_not),
		TEST(all_are_let_go_with_the_pager),
		TEST(it_is_over_when_no_phone_is_left),
		TEST(it_is_over_when_no_phone_can_be_called),
		TEST(who_does_not_answer_in_time_is_left_in_peace),
		TEST(without_memory_nobody_is_left_behind),
		TEST(without_a_phone_it_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
