/* Music on hold as who waits hears it: which file comes when, where it goes on
 * after a pause, announcements, and who decides on the class. */
#include "tests/sim/sim.h"

#include <ringdown/prompt.h>

#include <stdlib.h>
#include <unistd.h>

#include "core/call/music.h"
#include "tests/unit/conf_dir.h"

enum { FILES = 3, FILE_MS = 500 };

static struct sim_phone phones[1];
static struct sim_phone *alice = &phones[0];
static char folder[64];

/* ---- files: "a" sounds like 1000, "b" like 2000, ..., "say" like 9000 ---- */

static void make_sound(const char *name, int16_t sample)
{
	const struct rd_format *format = rd_format_find("wav");
	int16_t samples[FILE_MS * 8];
	char file[160];
	void *handle;

	for (size_t i = 0; i < RD_ARRAY_SIZE(samples); i++)
		samples[i] = sample;
	snprintf(file, sizeof(file), "%s/%s.wav", folder, name);
	assert_int_equal(format->open_write(file, 8000, false, &handle), 0);
	assert_int_equal(format->write(handle, samples, RD_ARRAY_SIZE(samples)), 0);
	assert_int_equal(format->close(handle), 0);
}

static int begin(void **state)
{
	phones[0] = (struct sim_phone){ .name = "alice" };
	sim_begin(state);
	sim_phones(phones, 1);
	sim_load("format_wav");
	sim_load("app_musiconhold");
	sim_sound();
	snprintf(folder, sizeof(folder), "/tmp/rd-music-XXXXXX");
	assert_non_null(mkdtemp(folder));
	make_sound("a", 1000);
	make_sound("b", 2000);
	make_sound("c", 3000);
	return 0;
}

static int end(void **state)
{
	static const char *const names[] = { "a", "b", "c", "say" };
	char file[160];

	rd__music_free();
	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++) {
		snprintf(file, sizeof(file), "%s/%s.wav", folder, names[i]);
		unlink(file);
	}
	rmdir(folder);
	return sim_end(state);
}

/* musiconhold.conf goes into force; in its text %s is the folder. */
static int configure(const char *text)
{
	char written[1024];
	size_t n = 0;
	int rc;

	for (const char *at = text; *at && n < sizeof(written) - sizeof(folder); at++)
		if (*at == '@')
			n += (size_t)snprintf(written + n, sizeof(written) - n, "%s", folder);
		else
			written[n++] = *at;
	written[n] = '\0';
	conf_dir_make();
	rc = conf_dir_apply(&rd__music_config, written);
	conf_dir_remove();
	return rc;
}

static void call(int (*app)(struct rd_channel *ch))
{
	static struct sim_exten extens[] = { { "100", NULL } };

	extens[0].run = app;
	sim_extens(extens, 1);
	sim_call(alice, "100");
}

static const char *class_name = "";

static int listen_for_long(struct rd_channel *ch)
{
	int rc = rd_music_start(ch, class_name);

	return rc ? rc : rd_channel_sleep(ch, 3600000);
}

/* Which file is heard in the middle of its time. */
static char file_heard(void)
{
	alice->hears = 0;
	sim_pass(40);
	switch (alice->hears) {
	case 1000: case 2000: case 3000:
		return (char)('a' + alice->hears / 1000 - 1);
	case 9000:
		return '!';
	default:
		return alice->hears ? '?' : '-';
	}
}

/* So many, one after the other. */
static const char *files_heard(int count)
{
	static char heard[64];

	sim_pass(FILE_MS / 2 - 40);
	for (int i = 0; i < count; i++) {
		heard[i] = file_heard();
		sim_pass(FILE_MS - 40);
	}
	heard[count] = '\0';
	return heard;
}

/* ---- which file comes when ---- */

static void files_come_by_name_in_a_circle(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\nsort=alpha\n"), 0);
	call(listen_for_long);
	assert_string_equal(files_heard(7), "abcabca");
	/* Without a gap: not a sample is missing. */
	assert_in_range(alice->heard, (long)(3.70 * 8000), (long)(3.74 * 8000));
}

static void a_playlist_is_heard_as_it_is_listed(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=playlist\nentry=@/c\nentry=@/a\n"), 0);
	call(listen_for_long);
	assert_string_equal(files_heard(5), "cacac");
}

static void by_chance_no_file_comes_twice_in_a_row(void **state)
{
	const char *heard;
	bool sorted = true;

	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\nrandom=yes\n"), 0);
	call(listen_for_long);
	heard = files_heard(60);
	for (int i = 1; heard[i]; i++) {
		assert_int_not_equal(heard[i], heard[i - 1]);
		sorted = sorted && heard[i] == 'a' + (heard[i - 1] - 'a' + 1) % FILES;
	}
	assert_false(sorted);
}

static void the_last_may_be_stayed_with(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\nloop_last=yes\n"), 0);
	call(listen_for_long);
	assert_string_equal(files_heard(6), "abcccc");
}

static void an_announcement_comes_before_each_file(void **state)
{
	(void)state;
	make_sound("say", 9000);
	assert_int_equal(configure("[default]\nmode=playlist\nentry=@/a\nentry=@/b\n"
				   "announcement=@/say\n"), 0);
	call(listen_for_long);
	assert_string_equal(files_heard(7), "!a!b!a!");
}

static void a_file_that_cannot_be_played_is_passed_over(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=playlist\nentry=@/a\nentry=@/nothing\n"
				   "entry=@/c\n"), 0);
	call(listen_for_long);
	assert_string_equal(files_heard(5), "acaca");
}

static void what_is_on_the_web_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=playlist\nentry=@/a\n"
				   "entry=https://example.com/b.wav\nentry=@/c\n"
				   "[other]\nmode=playlist\nentry=http://example.com/b.wav\n"), 0);
	call(listen_for_long);
	assert_string_equal(files_heard(5), "acaca");
	assert_int_equal(configure("[default]\nmode=playlist\nentry=b.wav\n"), -EINVAL);
}

/* ---- pauses ---- */

static int listen_with_a_pause(struct rd_channel *ch)
{
	int rc = rd_music_start(ch, "");

	if (!rc)
		rc = rd_channel_sleep(ch, FILE_MS + FILE_MS * 3 / 5);
	rd_music_stop(ch);
	if (!rc)
		rc = rd_channel_sleep(ch, 10000);
	return rc ? rc : listen_for_long(ch);
}

static void music_goes_on_where_it_was(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\n"), 0);
	call(listen_with_a_pause);
	sim_pass(FILE_MS + FILE_MS * 3 / 5 + 10000 - 500);
	assert_int_equal(file_heard(), '-');
	sim_pass(460);
	/* Two fifths of "b" are left. */
	sim_pass(FILE_MS / 5);
	assert_int_equal(file_heard(), 'b');
	sim_pass(FILE_MS / 5);
	assert_int_equal(file_heard(), 'c');
}

static int stop_while_the_next_is_looked_for(struct rd_channel *ch)
{
	int rc = rd_music_start(ch, "");

	rd_yield(); /* the errand asks the pool */
	rd_music_stop(ch);
	return rc ? rc : rd_channel_sleep(ch, 10000);
}

static void it_may_be_stopped_while_a_lacking_announcement_is_looked_for(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\n"
				   "announcement=@/nothing\n"), 0);
	call(stop_while_the_next_is_looked_for);
	assert_string_equal(files_heard(3), "---");
	assert_int_equal(alice->destroyed, 0);
}

static void or_anew_where_that_is_wanted(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\nresume=no\n"), 0);
	call(listen_with_a_pause);
	sim_pass(FILE_MS + FILE_MS * 3 / 5 + 10000);
	assert_string_equal(files_heard(2), "ab");
}

static void a_reload_does_not_disturb_who_listens(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\n"), 0);
	call(listen_for_long);
	sim_pass(100);
	assert_int_equal(configure("[other]\nmode=playlist\nentry=@/c\n"), 0);
	sim_pass(400);
	assert_string_equal(files_heard(4), "bcab");
}

static void who_hangs_up_ends_it(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\n"), 0);
	call(listen_for_long);
	sim_pass(495); /* while the next one is being fetched */
	sim_hangup(alice);
	sim_pass(1000);
	assert_int_equal(alice->destroyed, 1);
}

/* ---- classes ---- */

static const char *suggested;

static int hold(struct rd_channel *ch)
{
	rd_channel_set(ch, "musicclass", "mine");
	return rd__music_start_suggested(ch, suggested) ?: rd_channel_sleep(ch, 3600000);
}

static void the_class_of_who_waits_comes_first(void **state)
{
	static const char classes[] = "[mine]\nmode=playlist\nentry=@/a\n"
				      "[theirs]\nmode=playlist\nentry=@/b\n";
	char text[256];

	(void)state;
	suggested = "theirs";
	assert_int_equal(configure(classes), 0);
	call(hold);
	assert_string_equal(files_heard(1), "a");
	sim_hangup(alice);
	sim_pass(100);
	snprintf(text, sizeof(text), "[general]\npreferchannelclass=no\n%s", classes);
	assert_int_equal(configure(text), 0);
	call(hold);
	assert_string_equal(files_heard(1), "b");
}

static int listen_before_the_answer(struct rd_channel *ch)
{
	int rc = rd_music_start(ch, "");

	rd_channel_sleep(ch, 1000);
	rd_music_stop(ch);
	if (!rc)
		rc = rd_answer(ch);
	return rc ? rc : listen_for_long(ch);
}

static void music_may_wait_for_the_answer(void **state)
{
	(void)state;
	assert_int_equal(configure("[default]\nmode=files\ndirectory=@\nansweredonly=yes\n"), 0);
	call(listen_before_the_answer);
	sim_pass(500);
	assert_int_equal(file_heard(), '-');
	sim_pass(1000);
	assert_int_not_equal(file_heard(), '-');
}

static int run_apps(struct rd_channel *ch)
{
	sim_app(ch, "SetMusicOnHold", "mine");
	sim_app(ch, "MusicOnHold", ",1");
	rd_channel_sleep(ch, 1000);
	sim_app(ch, "StartMusicOnHold", "theirs");
	rd_channel_sleep(ch, 1000);
	sim_app(ch, "StopMusicOnHold", "");
	return rd_channel_sleep(ch, 10000);
}

static void the_dialplan_begins_and_ends_it(void **state)
{
	(void)state;
	assert_int_equal(configure("[mine]\nmode=playlist\nentry=@/a\n"
				   "[theirs]\nmode=playlist\nentry=@/b\n"), 0);
	call(run_apps);
	assert_string_equal(files_heard(7), "aa--bb-");
}

static void what_is_wrong_is_told(void **state)
{
	static const char *const texts[] = {
		"[x]\nmode=playlist\n",
		"[x]\nmode=playlist\nentry=relative\n",
		"[x]\nmode=custom\n",
		"[x]\nmode=custom\napplication=cat\nformat=gsm\n",
		"[x]\nmode=files\ndirectory=/tmp\nsort=backwards\n",
		"[x]\nmode=files\ndirectory=/tmp\nkill_method=axe\n",
		"[general]\npreferchannelclass=perhaps\n",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		assert_int_equal(configure(texts[i]), -EINVAL);
	/* Of mode = mp3 it is said what to write instead; who waits hears tones. */
	assert_int_equal(configure("[default]\nmode=mp3\ndirectory=/tmp\n"), 0);
	call(listen_for_long);
	sim_pass(450);
	assert_true(alice->heard > 0);
}

static void tones_that_nobody_can_read_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(configure("[mine]\ntones=zz\nmode=playlist\nentry=@/a\n"
				   "[theirs]\nmode=playlist\nentry=@/b\n"), 0);
	call(run_apps);
	assert_string_equal(files_heard(7), "aa--bb-");
}

static int listen_a_while(struct rd_channel *ch)
{
	int rc = rd_music_start(ch, "first");

	if (!rc)
		rc = rd_channel_sleep(ch, 1000);
	rd_music_stop(ch);
	return rc ? rc : rd_channel_sleep(ch, 3600000);
}

static void a_key_chooses_the_class(void **state)
{
	(void)state;
	assert_int_equal(configure("[first]\nmode=playlist\nentry=@/a\ndigit=1\n"
				   "[second]\nmode=playlist\nentry=@/b\ndigit=#\n"
				   "[wrong]\nmode=playlist\nentry=@/c\ndigit=12\n"), 0);
	class_name = "first";
	call(listen_for_long);
	sim_pass(200);
	assert_int_equal(file_heard(), 'a');
	sim_press(alice, '2');
	sim_pass(200);
	assert_int_equal(file_heard(), 'a');
	sim_press(alice, '#');
	sim_pass(200);
	assert_int_equal(file_heard(), 'b');
	sim_press(alice, '1');
	sim_pass(200);
	assert_int_equal(file_heard(), 'a');
	sim_hangup(alice);
	sim_pass(500);
}

static void who_hears_no_music_is_not_given_any(void **state)
{
	(void)state;
	assert_int_equal(configure("[first]\nmode=playlist\nentry=@/a\n"
				   "[second]\nmode=playlist\nentry=@/b\ndigit=#\n"), 0);
	call(listen_a_while);
	sim_pass(500);
	assert_int_equal(file_heard(), 'a');
	sim_pass(1000);
	sim_press(alice, '#');
	alice->hears = 0;
	sim_pass(500);
	assert_int_equal(alice->hears, 0);
	sim_hangup(alice);
	sim_pass(500);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_come_by_name_in_a_circle),
		TEST(a_playlist_is_heard_as_it_is_listed),
		TEST(by_chance_no_file_comes_twice_in_a_row),
		TEST(the_last_may_be_stayed_with),
		TEST(an_announcement_comes_before_each_file),
		TEST(it_may_be_stopped_while_a_lacking_announcement_is_looked_for),
		TEST(a_file_that_cannot_be_played_is_passed_over),
		TEST(what_is_on_the_web_is_left_out),
		TEST(music_goes_on_where_it_was),
		TEST(or_anew_where_that_is_wanted),
		TEST(a_reload_does_not_disturb_who_listens),
		TEST(who_hangs_up_ends_it),
		TEST(the_class_of_who_waits_comes_first),
		TEST(music_may_wait_for_the_answer),
		TEST(the_dialplan_begins_and_ends_it),
		TEST(what_is_wrong_is_told),
		TEST(tones_that_nobody_can_read_are_left_out),
		TEST(a_key_chooses_the_class),
		TEST(who_hears_no_music_is_not_given_any),
	};

	return RUN_GROUP(tests);
}
