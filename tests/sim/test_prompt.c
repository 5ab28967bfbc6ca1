/* What a caller hears, says and presses, on the virtual clock: prompts, keys,
 * tones, echo, music, recordings. Sound files are made for the test. */
#include "tests/sim/sim.h"

#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/call/call.h"
#include "core/media/media.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/log_catch.h"

static struct sim_phone phones[1];
static struct sim_phone *alice = &phones[0];
static char folder[64], one[128], other[128], both[300], recording[128];
static int result;
static uint64_t took_ms;

/* ---- files ---- */

/* Half a second of one sample: easy to hear. */
static void make_sound(char *path, size_t size, const char *name, int16_t sample)
{
	const struct rd_format *format = rd_format_find("wav");
	int16_t samples[4000];
	char file[160];
	void *handle;

	for (size_t i = 0; i < RD_ARRAY_SIZE(samples); i++)
		samples[i] = sample;
	snprintf(path, size, "%s/%s", folder, name);
	snprintf(file, sizeof(file), "%s.wav", path);
	assert_int_equal(format->open_write(file, 8000, false, &handle), 0);
	assert_int_equal(format->write(handle, samples, RD_ARRAY_SIZE(samples)), 0);
	assert_int_equal(format->close(handle), 0);
}

static int begin_without_sound(void **state)
{
	phones[0] = (struct sim_phone){ .name = "alice" };
	sim_begin(state);
	sim_phones(phones, 1);
	sim_load("format_wav");
	snprintf(folder, sizeof(folder), "/tmp/rd-prompt-XXXXXX");
	assert_non_null(mkdtemp(folder));
	make_sound(one, sizeof(one), "one", 1000);
	make_sound(other, sizeof(other), "other", 2000);
	snprintf(both, sizeof(both), "%s&%s", one, other);
	snprintf(recording, sizeof(recording), "%s/recording", folder);
	return 0;
}

static int begin(void **state)
{
	begin_without_sound(state);
	sim_sound();
	return 0;
}

static int end(void **state)
{
	static const char *const names[] = { "one.wav", "other.wav", "recording.wav", "empty.wav",
					   "broken.wav" };
	char file[160];

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++) {
		snprintf(file, sizeof(file), "%s/%s", folder, names[i]);
		unlink(file);
	}
	rmdir(folder);
	return sim_end(state);
}

static void run(int (*app)(struct rd_channel *ch))
{
	static struct sim_exten extens[] = { { "100", NULL } };

	extens[0].run = app;
	result = 12345;
	sim_extens(extens, 1);
	sim_call(alice, "100");
}

/* ---- prompts ---- */

static int play_one(struct rd_channel *ch)
{
	uint64_t began = rd_now_ms();

	result = rd_play(ch, one, "");
	took_ms = rd_now_ms() - began;
	return result;
}

static void a_prompt_takes_as_long_as_it_is(void **state)
{
	(void)state;
	run(play_one);
	sim_pass(2000);
	assert_int_equal(result, 0);
	assert_in_range(took_ms, 480, 540);
	assert_int_equal(alice->heard, 4000);
	assert_int_equal(alice->hears, 1000);
}

static int play_before_and_after(struct rd_channel *ch)
{
	rd_play(ch, one, "");
	make_sound(one, sizeof(one), "one", 3000);
	rd_prompt_changed(one);
	return rd_play(ch, one, "");
}

static void a_file_that_has_changed_is_read_again_at_once(void **state)
{
	(void)state;
	run(play_before_and_after);
	sim_pass(2000);
	assert_int_equal(alice->heard, 8000);
	assert_int_equal(alice->hears, 3000);
}

static int play_both(struct rd_channel *ch)
{
	result = rd_play(ch, both, "12");
	return result < 0 ? result : 0;
}

static void prompts_follow_each_other_without_a_gap(void **state)
{
	(void)state;
	run(play_both);
	sim_pass(2000);
	assert_int_equal(result, 0);
	assert_int_equal(alice->heard, 8000);
	assert_int_equal(alice->hears, 2000);
}

static void a_key_stops_a_prompt(void **state)
{
	(void)state;
	run(play_both);
	sim_pass(200);
	sim_press(alice, '9'); /* not one of them */
	sim_pass(100);
	assert_int_equal(result, 12345);
	sim_press(alice, '2');
	sim_pass(50);
	assert_int_equal(result, '2');
	assert_in_range(alice->heard, 1000, 3000);
}

static int play_then_read(struct rd_channel *ch)
{
	result = rd_play(ch, one, "");
	if (!result)
		result = rd_read_digit(ch, 0);
	return 0;
}

static void a_key_that_nobody_waits_for_is_kept(void **state)
{
	(void)state;
	run(play_then_read);
	sim_pass(200);
	sim_press(alice, '7');
	sim_pass(1000);
	assert_int_equal(result, '7');
}

static int play_missing(struct rd_channel *ch)
{
	result = rd_play(ch, "/nowhere/at/all", "");
	return 0;
}

static void a_missing_prompt_is_an_error(void **state)
{
	(void)state;
	run(play_missing);
	sim_pass(100);
	assert_int_equal(result, -ENOENT);
}

static int play_spoilt(struct rd_channel *ch)
{
	char names[160];

	snprintf(names, sizeof(names), "%s/empty&%s/broken", folder, folder);
	result = rd_play(ch, names, "");
	return 0;
}

static void spoil(const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.wav", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void what_is_wrong_with_a_prompt_is_said(void **state)
{
	struct log_catch caught;
	const char *lines;

	(void)state;
	spoil("empty", "");
	spoil("broken", "RIFF....WAVEfmt");
	rd_log_max = RD_LOG_WARNING;
	log_catch(&caught);
	run(play_spoilt);
	sim_pass(100);
	rd_log_max = RD_LOG_ERROR;
	lines = log_caught(&caught);
	assert_non_null(strstr(lines, "/empty\" (language en): it is empty"));
	assert_non_null(strstr(lines, "/broken\" (language en): it is no sound file of the kind"));
	assert_int_equal(result, -EILSEQ);
}

static int play_beep(struct rd_channel *ch)
{
	result = rd_play(ch, "beep", "");
	return 0;
}

static void a_beep_needs_no_file(void **state)
{
	(void)state;
	run(play_beep);
	sim_pass(1000);
	assert_int_equal(result, 0);
	/* 300 ms; of this sine every fourth sample is zero. */
	assert_in_range(alice->heard, 1750, 1850);
}

static void hanging_up_ends_a_prompt(void **state)
{
	(void)state;
	run(play_both);
	sim_pass(200);
	sim_hangup(alice);
	sim_pass(100);
	assert_int_equal(result, -ECANCELED);
	assert_int_equal(alice->destroyed, 1);
}

static struct rd_play_control control;

static int play_controlled(struct rd_channel *ch)
{
	uint64_t began = rd_now_ms();

	control = (struct rd_play_control){ .forward = "6", .rewind = "4", .stop = "#",
					    .pause = "5", .restart = "0", .skip_ms = 400 };
	result = rd_play_controlled(ch, both, &control);
	took_ms = rd_now_ms() - began;
	return 0;
}

static void keys_steer_a_prompt(void **state)
{
	(void)state;
	run(play_controlled);
	sim_pass(200);
	sim_press(alice, '6'); /* now in the second */
	sim_pass(100);
	assert_int_equal(alice->hears, 2000);
	sim_press(alice, '4'); /* and back */
	sim_pass(50);
	assert_int_equal(alice->hears, 1000);
	sim_press(alice, '5');
	sim_pass(3000);
	assert_int_equal(result, 12345);
	sim_press(alice, '5');
	sim_pass(100);
	sim_press(alice, '#');
	sim_pass(50);
	assert_int_equal(result, '#');
	assert_in_range(control.offset_ms, 380, 520);
	assert_in_range(took_ms, 3300, 3700);
}

static int play_beside(struct rd_channel *ch)
{
	result = rd_play_start(ch, one, true);
	rd_channel_sleep(ch, 5000);
	rd_play_stop(ch);
	rd_channel_sleep(ch, 1000);
	return 0;
}

static int play_both_ways(struct rd_channel *ch)
{
	struct rd_play_control control = { .stop = "5", .offset_ms = 100 };
	uint64_t began = rd_now_ms();

	result = rd_play(ch, one, "");
	assert_in_range(rd_now_ms() - began, 480, 520);
	began = rd_now_ms();
	result |= rd_play_controlled(ch, one, &control);
	assert_in_range(rd_now_ms() - began, 380, 420);
	result |= rd_play_start(ch, one, false);
	control.offset_ms = 0;
	result |= rd_play_controlled(ch, one, &control) - '5';
	return 0;
}

static void a_leg_without_sound_waits_as_long_as_the_prompt(void **state)
{
	(void)state;
	run(play_both_ways);
	sim_pass(950);
	sim_press(alice, '4');
	sim_pass(50);
	sim_press(alice, '5');
	sim_pass(100);
	assert_int_equal(result, 0);
}

static void a_prompt_can_go_on_in_the_background(void **state)
{
	(void)state;
	run(play_beside);
	sim_pass(7000);
	assert_int_equal(result, 0);
	assert_in_range(alice->heard, 39000, 41000);
}

/* ---- keys ---- */

static char digits[8];
static int ended_by;

static int read_number(struct rd_channel *ch)
{
	result = rd_read_digits(ch, digits, 5, "#*", 5000, 1000, &ended_by);
	return result < 0 ? result : 0;
}

static void a_number_ends_by_its_end_key(void **state)
{
	(void)state;
	run(read_number);
	sim_pass(4000);
	for (const char *key = "12#3"; *key; key++)
		sim_press(alice, *key);
	sim_pass(50);
	assert_int_equal(result, 2);
	assert_string_equal(digits, "12");
	assert_int_equal(ended_by, '#');
}

static void a_number_ends_by_itself(void **state)
{
	(void)state;
	run(read_number);
	for (const char *key = "123456"; *key; key++)
		sim_press(alice, *key);
	sim_pass(50);
	assert_int_equal(result, 5);
	assert_string_equal(digits, "12345");
	assert_int_equal(ended_by, 0);
}

static void a_number_ends_when_no_key_comes(void **state)
{
	(void)state;
	run(read_number);
	sim_pass(100);
	sim_press(alice, '4');
	sim_pass(900);
	assert_int_equal(result, 12345);
	sim_pass(200);
	assert_int_equal(result, 1);
	run(read_number);
	sim_pass(4900);
	assert_int_equal(result, 12345);
	sim_pass(200);
	assert_int_equal(result, 0);
	assert_string_equal(digits, "");
}

/* ---- tones, echo, music ---- */

static int tone(struct rd_channel *ch)
{
	result = rd_tone_start(ch, "busy");
	rd_channel_sleep(ch, 2000);
	rd_tone_stop(ch);
	rd_channel_sleep(ch, 1000);
	return 0;
}

static void a_tone_has_its_cadence(void **state)
{
	(void)state;
	run(tone);
	sim_pass(4000);
	assert_int_equal(result, 0);
	/* Half of two seconds; now and then the sine itself is zero. */
	assert_in_range(alice->heard, 7600, 8200);
}

static int wrong_tone(struct rd_channel *ch)
{
	result = rd_tone_start(ch, "nonsense");
	return 0;
}

static void a_tone_without_sense_is_refused(void **state)
{
	(void)state;
	run(wrong_tone);
	sim_pass(100);
	assert_int_equal(result, -EINVAL);
}

static int echo(struct rd_channel *ch)
{
	result = rd_echo(ch);
	rd_channel_sleep(ch, 1000);
	return 0;
}

static void echo_ends_by_the_hash_key(void **state)
{
	(void)state;
	alice->says = 555;
	run(echo);
	sim_pass(1000);
	assert_int_equal(alice->hears, 555);
	assert_int_equal(result, 12345);
	sim_press(alice, '#');
	sim_pass(50);
	assert_int_equal(result, 0);
	alice->hears = 0;
	sim_pass(500);
	assert_int_equal(alice->hears, 0);
}

static int music(struct rd_channel *ch)
{
	result = rd_music_start(ch, "");
	rd_channel_sleep(ch, 20000);
	rd_tone_stop(ch); /* is something else */
	rd_channel_sleep(ch, 1000);
	rd_music_stop(ch);
	rd_channel_sleep(ch, 10000);
	return 0;
}

static void without_a_class_there_is_a_soft_tone(void **state)
{
	long heard;

	(void)state;
	run(music);
	sim_pass(21500);
	assert_int_equal(result, 0);
	heard = alice->heard;
	/* Twice 120 ms, three times. */
	assert_in_range(heard, 5000, 5900);
	sim_pass(9000);
	assert_int_equal(alice->heard, heard);
}

static bool music_doubted; /* a folder without sound files */

static char music_findings[512];

/* musiconhold.conf with this text goes into force; errors it has. */
static int read_music_conf(const char *text)
{
	struct rd_config_report *report;
	void *snapshot;
	char *said;
	int rc;

	conf_dir_make();
	conf_dir_write("musiconhold.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = rd__music_config.build(&snapshot, report);
	if (!rc)
		rd__music_config.commit(snapshot);
	said = conf_report_text(report);
	music_doubted = strstr(said, "no sound files in it");
	rd_strcpy(music_findings, sizeof(music_findings), said);
	rd_free(said);
	rd_config_report_free(report);
	conf_dir_remove();
	return rc;
}

static void a_folder_of_other_files_is_doubted(void **state)
{
	char text[256];

	(void)state;
	assert_int_equal(read_music_conf("[default]\ndirectory=/etc\n"), 0);
	assert_true(music_doubted);
	snprintf(text, sizeof(text), "[default]\ndirectory=%s\n", folder);
	assert_int_equal(read_music_conf(text), 0);
	assert_false(music_doubted);
}

static int strange_music(struct rd_channel *ch)
{
	result = rd_music_start(ch, "nosuchclass");
	rd_music_stop(ch);
	return 0;
}

static void an_unknown_class_of_music_is_said(void **state)
{
	struct log_catch caught;

	(void)state;
	rd_log_max = RD_LOG_WARNING;
	assert_int_equal(read_music_conf("[default]\nmode=files\ndirectory=/nowhere\n"), 0);
	log_catch(&caught);
	run(strange_music);
	sim_pass(100);
	rd_log_max = RD_LOG_ERROR;
	assert_non_null(strstr(log_caught(&caught), "there is no music class \"nosuchclass\""));
}

static void music_is_the_files_of_a_folder_in_a_circle(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "[default]\nmode=files\ndirectory=%s\n", folder);
	assert_int_equal(read_music_conf(text), 0);
	run(music);
	sim_pass(450);
	assert_int_equal(alice->hears, 1000);
	sim_pass(500);
	assert_int_equal(alice->hears, 2000);
	sim_pass(500);
	assert_int_equal(alice->hears, 1000);
	sim_pass(25000);
	assert_in_range(alice->heard, 166000, 169000); /* 21 s */
	rd__music_free();
}

static void what_is_wrong_with_a_class_is_told(void **state)
{
	(void)state;
	assert_int_equal(read_music_conf("[default]\nmode=files\n"), 0);
	assert_string_equal(music_findings, "musiconhold.conf:1: warning: [default] directory is "
					    "missing: who waits hears tones\n");
	rd__music_free();
	assert_int_equal(read_music_conf("[default]\nmode=flies\ndirectory=/tmp\n"), -EINVAL);
	assert_int_equal(read_music_conf("[default]\ntones=440/200,0/9800\n"), 0);
	rd__music_free();
}

/* ---- recordings ---- */

static struct rd_record_options options;
static struct rd_record_result got;

static int record(struct rd_channel *ch)
{
	result = rd_record(ch, &options, &got);
	return result < 0 ? result : 0;
}

static void record_with(struct rd_record_options with)
{
	options = with;
	options.path = recording;
	options.format = "wav";
	run(record);
}

static bool is_recorded(void)
{
	char file[160];

	snprintf(file, sizeof(file), "%s.wav", recording);
	return access(file, F_OK) == 0;
}

static void a_recording_ends_by_a_key(void **state)
{
	(void)state;
	alice->says = 3000;
	record_with((struct rd_record_options){ .stop_keys = "#" });
	sim_pass(1500);
	sim_press(alice, '1');
	sim_pass(500);
	sim_press(alice, '#');
	sim_pass(100);
	assert_int_equal(result, 0);
	assert_int_equal(got.key, '#');
	assert_in_range(got.length_ms, 1950, 2050);
	assert_int_equal(got.bytes, 44 + got.length_ms * 16);
	assert_false(got.by_limit || got.by_silence);
}

static void a_recording_ends_at_its_limit(void **state)
{
	(void)state;
	alice->says = 3000;
	record_with((struct rd_record_options){ .max_ms = 700 });
	sim_pass(2000);
	assert_int_equal(result, 0);
	assert_true(got.by_limit);
	assert_int_equal(got.length_ms, 700);
}

static void a_recording_ends_by_silence(void **state)
{
	(void)state;
	alice->says = 3000;
	record_with((struct rd_record_options){ .silence_ms = 1000 });
	sim_pass(3000);
	assert_int_equal(result, 12345);
	alice->says = 0;
	sim_pass(1500);
	assert_int_equal(result, 0);
	assert_true(got.by_silence);
	assert_in_range(got.length_ms, 3950, 4150);
}

static void hanging_up_deletes_what_was_recorded(void **state)
{
	(void)state;
	alice->says = 3000;
	record_with((struct rd_record_options){ .stop_keys = "#" });
	sim_pass(1000);
	sim_hangup(alice);
	sim_pass(500);
	assert_int_equal(result, -ECANCELED);
	assert_false(is_recorded());
}

static void hanging_up_may_keep_it(void **state)
{
	(void)state;
	alice->says = 3000;
	record_with((struct rd_record_options){ .keep_on_hangup = true });
	sim_pass(1000);
	sim_hangup(alice);
	sim_pass(500);
	assert_int_equal(result, -ECANCELED);
	assert_true(is_recorded());
	assert_in_range(got.length_ms, 940, 1060);
}

static int record_nowhere(struct rd_channel *ch)
{
	options = (struct rd_record_options){ .path = "/nowhere/at/all", .format = "wav" };
	result = rd_record(ch, &options, &got);
	if (result == -ENOENT) {
		options.format = "mp3";
		result = rd_record(ch, &options, &got);
	}
	return 0;
}

static void where_nothing_can_be_written_nothing_is_recorded(void **state)
{
	(void)state;
	run(record_nowhere);
	sim_pass(100);
	assert_int_equal(result, -ENOTSUP);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_prompt_takes_as_long_as_it_is),
		TEST(a_file_that_has_changed_is_read_again_at_once),
		TEST(prompts_follow_each_other_without_a_gap),
		TEST(a_key_stops_a_prompt),
		TEST(a_key_that_nobody_waits_for_is_kept),
		TEST(a_missing_prompt_is_an_error),
		TEST(what_is_wrong_with_a_prompt_is_said),
		TEST(a_beep_needs_no_file),
		TEST(hanging_up_ends_a_prompt),
		TEST(keys_steer_a_prompt),
		cmocka_unit_test_setup_teardown(a_leg_without_sound_waits_as_long_as_the_prompt,
						begin_without_sound, end),
		TEST(a_prompt_can_go_on_in_the_background),
		TEST(a_number_ends_by_its_end_key),
		TEST(a_number_ends_by_itself),
		TEST(a_number_ends_when_no_key_comes),
		TEST(a_tone_has_its_cadence),
		TEST(a_tone_without_sense_is_refused),
		TEST(echo_ends_by_the_hash_key),
		TEST(without_a_class_there_is_a_soft_tone),
		TEST(a_folder_of_other_files_is_doubted),
		TEST(an_unknown_class_of_music_is_said),
		TEST(music_is_the_files_of_a_folder_in_a_circle),
		TEST(what_is_wrong_with_a_class_is_told),
		TEST(a_recording_ends_by_a_key),
		TEST(a_recording_ends_at_its_limit),
		TEST(a_recording_ends_by_silence),
		TEST(hanging_up_deletes_what_was_recorded),
		TEST(hanging_up_may_keep_it),
		TEST(where_nothing_can_be_written_nothing_is_recorded),
	};

	return RUN_GROUP(tests);
}
