/* ChanSpy: who hears whom while somebody listens, whispers and breaks in, and
 * that the call itself goes on as it was. */
#include "tests/sim/sim_prompts.h"

#include <dirent.h>
#include <stdio.h>

#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "core/call/call.h"
#include "core/call/registry.h"
#include "core/media/media.h"
#include "core/module/loader.h"
#include "tests/unit/conf_dir.h"

static struct sim_phone phones[4];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2],
			*dave = &phones[3];
static const char *spy_args;
static int done;

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol", "dave" };

	for (int i = 0; i < 4; i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.answer_ms = 100,
						.says = (int16_t)(1000 << i) };
	done = 0;
	sim_begin(state);
	sim_phones(phones, 4);
	sim_sound();
	sim_load("app_chanspy");
	return 0;
}

static const struct sim_prompt prompts[] = { { "beep", 110, 'b' },     { "spy-sim", 220, 's' },
					     { "digits/1", 330, '1' }, { "digits/2", 440, '2' },
					     { "name", 550, 'n' },     { 0 } };

static const struct rd_module *say;
static const char *mailbox; /* the one that there is */

static int exists_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	rd_buf_adds(out, strcmp(args, mailbox) == 0 ? "1" : "0");
	return 0;
}

static int say_name(struct rd_channel *ch, const char *args)
{
	assert_string_equal(args, mailbox);
	return rd_play(ch, "name", "");
}

static const struct rd_function exists = { .name = "MAILBOX_EXISTS", .read = exists_read };
static const struct rd_app namer = { .name = "VMSayName", .run = say_name };

static int begin_with_prompts(void **state)
{
	begin(state);
	phones[0].name = "12";
	conf_dir_make();
	sim_prompts(prompts);
	sim_load("format_wav");
	say = sim_load("app_say");
	assert_int_equal(rd__interface_add(say->interfaces, "app_say"), 0);
	assert_int_equal(rd__app_add(&namer, "test"), 0);
	assert_int_equal(rd__function_add(&exists, "test"), 0);
	return 0;
}

static int end_with_prompts(void **state)
{
	rd__interface_remove(say->interfaces);
	rd__app_remove(&namer);
	rd__function_remove(&exists);
	conf_dir_remove();
	return sim_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

static int talk_to_bob(struct rd_channel *ch)
{
	int rc = sim_talk(ch, "Sim/bob", NULL);

	return rc < 0 ? rc : 0;
}

static int spy(struct rd_channel *ch)
{
	int rc = sim_app(ch, "ChanSpy", spy_args);

	done++;
	return rc;
}

static int spy_on_exten(struct rd_channel *ch)
{
	int rc = sim_app(ch, "ExtenSpy", "menu@sim,qE");

	done++;
	return rc;
}

static int menu(struct rd_channel *ch)
{
	int rc = rd_answer(ch);

	rd_var_set(ch, "SPYGROUP", "sales:night");

	return rc ? rc : rd_channel_sleep(ch, 60000);
}

static int seven(struct rd_channel *ch)
{
	(void)ch;
	done += 100;
	return 0;
}

static const struct sim_exten extens[] = { { "bob", talk_to_bob },
					   { "spy", spy },
					   { "exten", spy_on_exten },
					   { "menu", menu },
					   { "7", seven } };

static void call(struct sim_phone *phone, const char *exten)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(phone, exten);
	sim_pass(700);
}

static void assert_heard(int a, int b, int c)
{
	for (int i = 0; i < 3; i++)
		phones[i].hears = 0;
	sim_pass(700);
	assert_int_equal(alice->hears, a);
	assert_int_equal(bob->hears, b);
	assert_int_equal(carol->hears, c);
}

/* At another rate and back: the last digits may differ. */
static void assert_spy_hears(int c)
{
	sim_pass(700);
	assert_in_range(carol->hears, c - c / 100 - 2, c + c / 100 + 2);
}

static const char *way(void)
{
	return rd_bridge_way(rd_channel_bridge(alice->ch));
}

static void a_spy_hears_both_and_is_heard_by_nobody(void **state)
{
	(void)state;
	call(alice, "bob");
	spy_args = "Sim/alice,q";
	call(carol, "spy");
	assert_spy_hears(3000);
	assert_int_equal(alice->hears, 2000);
	assert_int_equal(bob->hears, 1000);
	assert_string_equal(way(), "transcode");
	sim_hangup(carol);
	sim_pass(200);
	assert_heard(2000, 1000, 0);
	sim_hangup(alice);
	sim_finish();
}

static void a_spy_may_hear_one_voice_alone(void **state)
{
	(void)state;
	call(alice, "bob");
	spy_args = "Sim/alice,qo";
	call(carol, "spy");
	assert_spy_hears(1000);
	sim_hangup(carol);
	sim_hangup(alice);
	sim_finish();
}

static void a_target_may_be_named_by_the_alias_of_its_technology(void **state)
{
	(void)state;
	call(alice, "bob");
	spy_args = "Simulated/ali,qo";
	call(carol, "spy");
	assert_spy_hears(1000);
	sim_hangup(carol);
	sim_hangup(alice);
	sim_finish();
}

static void a_whisper_is_heard_by_the_target_alone(void **state)
{
	(void)state;
	call(alice, "bob");
	spy_args = "Sim/alice,qw";
	call(carol, "spy");
	assert_heard(6000, 1000, 3000);
	sim_hangup(carol);
	sim_pass(200);
	assert_heard(2000, 1000, 0);
	assert_string_equal(way(), "transcode");
	sim_hangup(alice);
	sim_finish();
}

static void whoever_breaks_in_is_heard_by_all(void **state)
{
	(void)state;
	call(alice, "bob");
	spy_args = "Sim/alice,qB";
	call(carol, "spy");
	assert_heard(6000, 5000, 3000);
	sim_hangup(alice);
	sim_pass(200);
	/* There is nobody else: it waits. */
	assert_int_equal(done, 0);
	sim_hangup(carol);
	sim_finish();
	assert_int_equal(done, 1);
}

static void b_passes_by_who_talks_to_nobody(void **state)
{
	(void)state;
	call(alice, "menu");
	spy_args = "Sim/alice,qbS";
	call(carol, "spy");
	sim_pass(500);
	assert_int_equal(done, 1);
	spy_args = "Sim/alice,qS";
	call(carol, "spy");
	assert_spy_hears(1000);
	assert_int_equal(done, 1);
	sim_hangup(carol);
	sim_pass(500);
	assert_int_equal(rd_channel_redirect(alice->ch, "sim", "bob", 1), 0);
	sim_pass(1000);
	spy_args = "Sim/alice,qbS";
	call(carol, "spy");
	sim_pass(500);
	assert_int_equal(done, 2);
	sim_hangup(carol);
	sim_hangup(alice);
	sim_finish();
}

static void a_whisperer_listens_until_there_is_somebody_to_talk_to(void **state)
{
	(void)state;
	call(alice, "menu");
	spy_args = "Sim/alice,qwE";
	call(carol, "spy");
	assert_spy_hears(1000);
	assert_int_equal(rd_channel_redirect(alice->ch, "sim", "bob", 1), 0);
	sim_pass(1000);
	assert_heard(6000, 1000, 3000);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(done, 1);
}

static void keys_go_to_the_next_call_and_end_it(void **state)
{
	(void)state;
	call(alice, "menu");
	call(bob, "menu");
	spy_args = "Sim/,qx(9)";
	call(carol, "spy");
	assert_spy_hears(1000);
	sim_press(carol, '*');
	assert_spy_hears(2000);
	sim_press(carol, '*');
	assert_spy_hears(1000);
	sim_press(carol, '9');
	sim_pass(200);
	assert_int_equal(done, 1);
	sim_hangup(alice);
	sim_hangup(bob);
	sim_finish();
}

static void another_key_may_go_to_the_next_call(void **state)
{
	(void)state;
	call(alice, "menu");
	call(bob, "menu");
	spy_args = "Sim/,qc(5)";
	call(carol, "spy");
	assert_spy_hears(1000);
	sim_press(carol, '*');
	assert_spy_hears(1000);
	sim_press(carol, '5');
	assert_spy_hears(2000);
	sim_hangup_all();
	sim_finish();
}

static void keys_change_how_one_listens(void **state)
{
	(void)state;
	call(alice, "bob");
	spy_args = "Sim/alice,qd";
	call(carol, "spy");
	assert_spy_hears(3000);
	sim_press(carol, '5');
	sim_pass(200);
	assert_heard(6000, 1000, 3000);
	sim_press(carol, '6');
	sim_pass(200);
	assert_heard(6000, 5000, 3000);
	sim_press(carol, '4');
	sim_pass(200);
	assert_heard(2000, 1000, carol->hears);
	sim_hangup(carol);
	sim_hangup(alice);
	sim_finish();
}

static void a_spy_may_hear_it_louder_or_softer(void **state)
{
	(void)state;
	call(alice, "menu");
	spy_args = "Sim/alice,qv(-4)";
	call(carol, "spy");
	assert_spy_hears(250);
	for (int i = 0; i < 3; i++)
		sim_press(carol, '#');
	assert_spy_hears(1000);
	for (int i = 0; i < 3; i++)
		sim_press(carol, '#');
	assert_spy_hears(2000);
	for (int i = 0; i < 2; i++)
		sim_press(carol, '#');
	assert_spy_hears(4000);
	sim_press(carol, '#');
	assert_spy_hears(250);
	sim_hangup(carol);
	sim_hangup(alice);
	sim_finish();
}

static void a_private_whisperer_hears_nothing(void **state)
{
	(void)state;
	call(alice, "bob");
	spy_args = "Sim/alice,qWd";
	call(carol, "spy");
	assert_heard(6000, 1000, 0);
	sim_press(carol, '4');
	sim_pass(200);
	assert_spy_hears(3000);
	sim_press(carol, '5');
	sim_pass(200);
	assert_heard(6000, 1000, 0);
	sim_hangup(carol);
	sim_pass(200);
	assert_heard(2000, 1000, 0);
	sim_hangup(alice);
	sim_finish();
}

static void a_number_and_hash_choose_a_phone(void **state)
{
	(void)state;
	phones[1].name = "12";
	call(alice, "menu");
	call(bob, "menu");
	spy_args = "Sim,q";
	call(carol, "spy");
	assert_spy_hears(1000);
	sim_press(carol, '9');
	sim_press(carol, '#'); /* nobody */
	assert_spy_hears(1000);
	sim_press(carol, '1');
	sim_press(carol, '2');
	sim_press(carol, '#');
	assert_spy_hears(2000);
	sim_press(carol, '1');
	sim_press(carol, '*'); /* the next, whatever was begun */
	assert_spy_hears(1000);
	sim_hangup(carol);
	sim_pass(200);
	spy_args = "Sim/,q"; /* the same with what people write */
	call(carol, "spy");
	sim_press(carol, '1');
	sim_press(carol, '2');
	sim_press(carol, '#');
	assert_spy_hears(2000);
	sim_hangup(carol);
	sim_hangup(alice);
	sim_hangup(bob);
	sim_finish();
}

static void the_key_that_ends_it_ends_it_whatever_else_it_means(void **state)
{
	(void)state;
	call(alice, "menu");
	spy_args = "Sim/alice,qdx(4)";
	call(carol, "spy");
	sim_press(carol, '4');
	sim_pass(200);
	assert_int_equal(done, 1);
	sim_hangup(alice);
	sim_finish();
}

static void who_may_hear_some_only_hears_no_others(void **state)
{
	static const char *const nobody[] = { "Sim/,qSg(support:day)", "Sim/,qSg()", "Sim/,qSg",
					      "Sim/,qSe(bob:ali)", "Sim/,qSe(alice)g(day)" };

	(void)state;
	call(alice, "menu");
	for (size_t i = 0; i < RD_ARRAY_SIZE(nobody); i++) {
		spy_args = nobody[i];
		call(carol, "spy");
		assert_int_equal(done, i + 1);
	}
	spy_args = "all,qg(day:night)e(bob:alice)";
	call(carol, "spy");
	assert_spy_hears(1000);
	sim_hangup(carol);
	sim_hangup(alice);
	sim_finish();
}

static void a_key_may_lead_to_an_extension(void **state)
{
	(void)state;
	call(alice, "bob");
	spy_args = "Sim/alice,qX";
	call(carol, "spy");
	sim_press(carol, '8');
	assert_spy_hears(3000);
	sim_press(carol, '7');
	sim_pass(200);
	assert_int_equal(done, 101);
	sim_hangup(alice);
	sim_finish();
}

static const char *announced(const char *args, const char *its_mailbox)
{
	const char *heard;

	mailbox = its_mailbox;
	call(alice, "menu");
	spy_args = args;
	sim_call(carol, "spy");
	heard = sim_marks_heard(prompts, carol, 1500);
	sim_hangup(carol);
	sim_hangup(alice);
	sim_pass(200);
	return heard;
}

static void a_spy_is_told_whom_he_hears(void **state)
{
	(void)state;
	assert_string_equal(announced("Sim/", ""), "bs12");
	assert_string_equal(announced("Sim/,s", ""), "b12");
	assert_string_equal(announced("Sim/,q", ""), "");
	assert_string_equal(announced("Sim/,n", "12"), "bn");
	assert_string_equal(announced("Sim/,n(@sales)", "12@sales"), "bn");
	assert_string_equal(announced("Sim/,n(7@sales)", "7@sales"), "bn");
	assert_string_equal(announced("Sim/,n(7)s", "8"), "b12");
}

static void u_is_one_channel_by_its_whole_name_or_unique_id(void **state)
{
	char args[64];

	(void)state;
	call(alice, "menu");
	call(bob, "menu");
	snprintf(args, sizeof(args), "%s,qu", rd_channel_uniqueid(bob->ch));
	spy_args = args;
	call(carol, "spy");
	assert_spy_hears(2000);
	sim_press(carol, '*');
	assert_spy_hears(2000);
	sim_hangup(carol);
	snprintf(args, sizeof(args), "%s,qu", rd_channel_name(bob->ch));
	call(carol, "spy");
	assert_spy_hears(2000);
	sim_hangup(carol);
	sim_pass(200);
	spy_args = "Sim/bob,quS"; /* a beginning is nobody */
	done = 0;
	call(carol, "spy");
	assert_int_equal(done, 1);
	sim_hangup(alice);
	sim_hangup(bob);
	sim_finish();
}

/* The sample that is at the middle of the one file, "BASE.TIME.wav", and how long that is. */
static int recorded(const char *base, int *ms)
{
	char folder[160], path[512];
	static int16_t samples[80000];
	int files = 0;
	size_t count;
	FILE *f;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/spool/monitor", conf_dir_path());
	dir = opendir(folder);
	assert_non_null(dir);
	for (struct dirent *it; (it = readdir(dir));)
		if (strncmp(it->d_name, base, strlen(base)) == 0 && strstr(it->d_name, ".wav")) {
			snprintf(path, sizeof(path), "%s/%s", folder, it->d_name);
			files++;
		}
	closedir(dir);
	assert_int_equal(files, 1);
	f = fopen(path, "rb");
	assert_non_null(f);
	fseek(f, 44, SEEK_SET);
	count = fread(samples, 2, RD_ARRAY_SIZE(samples), f);
	fclose(f);
	*ms = (int)(count / 8);
	return samples[count / 2];
}

static void what_a_spy_hears_can_be_recorded(void **state)
{
	int ms, sample;

	(void)state;
	phones[0].name = "alice";
	call(alice, "bob");
	spy_args = "Sim/alice,qwr";
	call(carol, "spy");
	sim_pass(2000);
	sim_hangup(carol);
	sim_pass(500);
	sample = recorded("chanspy.", &ms);
	assert_in_range(sample, 2960, 3040); /* both, and not what the spy whispers */
	assert_in_range(ms, 2500, 2800);
	spy_args = "Sim/alice,qr(../my call)";
	call(carol, "spy");
	sim_hangup(carol);
	sim_pass(500);
	recorded(".._my_call.", &ms);
	assert_in_range(ms, 500, 800);
	sim_hangup(alice);
	sim_finish();
}

static void letters_that_do_not_work_are_named(void **state)
{
	const struct rd_app *app = rd_app_find("ChanSpy");
	char buf[128];

	(void)state;
	assert_null(app->check("Sim/alice,qwWBoSEbdXslux(1)c(2)g(a)e(b)n(@sales)v(-4)r(a)", buf,
			       sizeof(buf)));
	assert_non_null(strstr(app->check("Sim/alice,qN", buf, sizeof(buf)), "\"N\""));
	assert_non_null(strstr(rd_app_find("ExtenSpy")->check("1@a,N", buf, sizeof(buf)), "\"N\""));
	assert_non_null(strstr(app->check("Sim/alice,v(5)", buf, sizeof(buf)), "v(5)"));
	assert_non_null(strstr(app->check("Sim/alice,v(loud)", buf, sizeof(buf)), "v(loud)"));
}

static void it_ends_when_there_is_nobody(void **state)
{
	(void)state;
	spy_args = "Sim/alice,qS";
	call(carol, "spy");
	assert_int_equal(done, 1);
	call(alice, "menu");
	call(dave, "exten");
	assert_int_equal(done, 1);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(done, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_spy_hears_both_and_is_heard_by_nobody),
		TEST(a_spy_may_hear_one_voice_alone),
		TEST(a_target_may_be_named_by_the_alias_of_its_technology),
		TEST(a_whisper_is_heard_by_the_target_alone),
		TEST(whoever_breaks_in_is_heard_by_all),
		TEST(b_passes_by_who_talks_to_nobody),
		TEST(a_whisperer_listens_until_there_is_somebody_to_talk_to),
		TEST(keys_go_to_the_next_call_and_end_it),
		TEST(another_key_may_go_to_the_next_call),
		TEST(keys_change_how_one_listens),
		TEST(a_spy_may_hear_it_louder_or_softer),
		TEST(a_private_whisperer_hears_nothing),
		TEST(a_number_and_hash_choose_a_phone),
		TEST(the_key_that_ends_it_ends_it_whatever_else_it_means),
		TEST(who_may_hear_some_only_hears_no_others),
		TEST(a_key_may_lead_to_an_extension),
		cmocka_unit_test_setup_teardown(a_spy_is_told_whom_he_hears, begin_with_prompts,
						end_with_prompts),
		TEST(u_is_one_channel_by_its_whole_name_or_unique_id),
		cmocka_unit_test_setup_teardown(what_a_spy_hears_can_be_recorded,
						begin_with_prompts, end_with_prompts),
		TEST(letters_that_do_not_work_are_named),
		TEST(it_ends_when_there_is_nobody),
	};

	return RUN_GROUP(tests);
}
