/* What can be told from a voice: waiting for it or for silence, person or
 * machine, prompts that one may talk into, fax machines. A phone says one sample
 * over and over, or nothing; a tone of a fax is made by hand. */
#include "tests/sim/sim.h"

#include <ringdown/detect.h>
#include <ringdown/function.h>

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/media/media.h"
#include "core/media/stream.h"
#include "core/media/tap.h"

static struct sim_phone phones[1];
static struct sim_phone *alice = &phones[0];
static char status[64];
static uint64_t took_ms;
static const char *app, *args;
static int rc;

static int begin_without_sound(void **state)
{
	phones[0] = (struct sim_phone){ .name = "alice" };
	sim_begin(state);
	sim_phones(phones, 1);
	sim_load("app_waitforsilence");
	sim_load("app_talkdetect");
	sim_load("func_talkdetect");
	sim_load("app_waitfortone");
	sim_load("func_tonedetect");
	sim_load("format_wav");
	return 0;
}

static int begin(void **state)
{
	begin_without_sound(state);
	sim_sound();
	return 0;
}

static void call(int (*run)(struct rd_channel *ch))
{
	static struct sim_exten extens[2] = { { "100", NULL } };

	extens[0].run = run;
	status[0] = '\0';
	sim_extens(extens, 1);
	sim_call(alice, "100");
}

static void keep_var(struct rd_channel *ch, const char *name, char *to)
{
	const char *value = rd_var_get(ch, name);

	snprintf(to, 64, "%s", value ? value : "");
}

/* ---- waiting ---- */

static int run_wait(struct rd_channel *ch)
{
	uint64_t began = rd_now_ms();

	rd_answer(ch);
	rc = sim_app(ch, app, args);
	took_ms = rd_now_ms() - began;
	keep_var(ch, "WAITSTATUS", status);
	return rc ? rc : rd_channel_sleep(ch, 60000);
}

/* It speaks from..to. */
static void speak(int from_ms, int to_ms, int all_ms)
{
	alice->says = 0;
	sim_pass(from_ms);
	alice->says = 2000;
	sim_pass(to_ms - from_ms);
	alice->says = 0;
	sim_pass(all_ms - to_ms);
}

static void silence_is_waited_for(void **state)
{
	(void)state;
	app = "WaitForSilence";
	args = "1000";
	call(run_wait);
	speak(300, 1500, 4000);
	assert_string_equal(status, "SILENCE");
	assert_in_range(took_ms, 2450, 2600);
}

static void silence_may_be_asked_for_twice(void **state)
{
	(void)state;
	app = "WaitForSilence";
	args = "500,2";
	call(run_wait);
	speak(0, 500, 3000);
	assert_string_equal(status, "SILENCE");
	assert_in_range(took_ms, 1450, 1700);
}

static void waiting_ends_by_its_timeout(void **state)
{
	(void)state;
	app = "WaitForSilence";
	args = "1000,1,3";
	call(run_wait);
	speak(0, 4000, 4100);
	assert_string_equal(status, "TIMEOUT");
	assert_in_range(took_ms, 2980, 3100);
}

static void a_voice_is_waited_for(void **state)
{
	(void)state;
	app = "WaitForNoise";
	args = "400";
	call(run_wait);
	speak(1000, 1200, 2000);
	assert_string_equal(status, "");
	speak(0, 1000, 1100);
	assert_string_equal(status, "NOISE");
	assert_in_range(took_ms, 2380, 2500);
}

static void who_sends_nothing_is_silent(void **state)
{
	(void)state;
	app = "WaitForSilence";
	args = "800";
	call(run_wait);
	sim_pass(1500);
	assert_string_equal(status, "SILENCE");
}

static int run_wait_again(struct rd_channel *ch)
{
	rd_var_set(ch, "WAITSTATUS", "NOISE");
	return run_wait(ch);
}

static void who_cannot_be_heard_is_no_success(void **state)
{
	(void)state;
	app = "WaitForNoise";
	args = "400";
	call(run_wait_again);
	sim_pass(100);
	assert_string_equal(status, "ERROR");
	sim_hangup(alice);
	args = "soon";
	call(run_wait_again);
	sim_pass(100);
	assert_string_equal(status, "ERROR");
}

/* ---- tones ---- */

static double hz[2];
static int on_ms, off_ms; /* off_ms 0: without a pause */

static int16_t cadence(size_t at)
{
	int ms = (int)(at / 8) % (on_ms + off_ms);

	if (ms >= on_ms)
		return 0;
	return (int16_t)(4000 * sin(2 * M_PI * hz[0] * (double)at / 8000) +
			 4000 * sin(2 * M_PI * hz[1] * (double)at / 8000));
}

static void sound(double one, double other, int on, int off)
{
	hz[0] = one;
	hz[1] = other;
	on_ms = on;
	off_ms = off;
	alice->said = 0;
	alice->voice = cadence;
}

static int run_tone_wait(struct rd_channel *ch)
{
	uint64_t began = rd_now_ms();

	rd_answer(ch);
	rc = sim_app(ch, app, args);
	took_ms = rd_now_ms() - began;
	keep_var(ch, strcmp(app, "ToneScan") == 0 ? "TONESCANSTATUS" : "WAITFORTONESTATUS", status);
	return rc ? rc : rd_channel_sleep(ch, 60000);
}

static void one_tone_is_waited_for(void **state)
{
	(void)state;
	app = "WaitForTone";
	args = "2600,700,10,2";
	sound(2600, 0, 1000, 500);
	call(run_tone_wait);
	sim_pass(4000);
	assert_string_equal(status, "SUCCESS");
	assert_in_range(took_ms, 2150, 2350);
}

static void a_tone_that_does_not_come_is_not_waited_for_longer(void **state)
{
	(void)state;
	app = "WaitForTone";
	args = "2600,700,2";
	sound(2400, 0, 1000, 500);
	call(run_tone_wait);
	sim_pass(4000);
	assert_string_equal(status, "TIMEOUT");
	assert_in_range(took_ms, 1980, 2100);
}

static void the_far_end_is_busy_or_rings(void **state)
{
	(void)state;
	app = "ToneScan";
	args = ",20";
	sound(480, 620, 500, 500);
	call(run_tone_wait);
	sim_pass(4000);
	assert_string_equal(status, "BUSY");
	sim_hangup(alice);
	sound(440, 480, 2000, 4000);
	call(run_tone_wait);
	sim_pass(8000);
	assert_string_equal(status, "RINGING");
}

static void a_country_that_is_not_known_has_no_tones(void **state)
{
	(void)state;
	app = "ToneScan";
	args = "zz,20";
	call(run_tone_wait);
	sim_pass(100);
	assert_string_equal(status, "ERROR");
	assert_in_range(took_ms, 0, 10);
}

static void a_voice_counts_where_it_is_asked_for(void **state)
{
	(void)state;
	app = "ToneScan";
	args = ",3,v";
	call(run_tone_wait);
	speak(500, 1500, 4000);
	assert_string_equal(status, "VOICE");
	sim_hangup(alice);
	args = ",3";
	call(run_tone_wait);
	speak(500, 1500, 4000);
	assert_string_equal(status, "TIMEOUT");
}

static int watch_tones(struct rd_channel *ch)
{
	rd_answer(ch);
	rc = rd_function_write(ch, "TONE_DETECT", args, "");
	return rd_channel_sleep(ch, 60000);
}

static const char *tones_seen(void)
{
	static char text[16];
	struct rd_buf buf;

	rd_buf_init(&buf);
	assert_int_equal(rd_function_read(alice->ch, "TONE_DETECT", "0", &buf), 0);
	snprintf(text, sizeof(text), "%s", rd_buf_text(&buf));
	rd_buf_fini(&buf);
	return text;
}

static void tones_are_counted_on_the_side(void **state)
{
	(void)state;
	args = "2600,300";
	sound(2600, 0, 500, 500);
	call(watch_tones);
	sim_pass(3000);
	assert_int_equal(rc, 0);
	assert_string_equal(tones_seen(), "3");
	assert_int_equal(rd_function_write(alice->ch, "TONE_DETECT", "0,0,x", ""), 0);
	sim_pass(2000);
	assert_string_equal(tones_seen(), "0");
	assert_int_equal(rd_function_write(alice->ch, "TONE_DETECT", "0", ""), -EINVAL);
	assert_int_equal(rd_function_write(alice->ch, "TONE_DETECT", "2600,1,z", ""), -ENOENT);
}

static int got_it;

static int note_that_it_came(struct rd_channel *ch)
{
	got_it++;
	return rd_channel_sleep(ch, 60000);
}

static void a_tone_sends_the_channel_elsewhere(void **state)
{
	static const struct sim_exten places[] = { { "100", watch_tones },
						   { "got", note_that_it_came } };

	(void)state;
	args = "0,0,bg(sim,got,1)";
	got_it = 0;
	sim_extens(places, 2);
	sound(480, 620, 500, 500);
	sim_call(alice, "100");
	sim_pass(1500);
	assert_int_equal(got_it, 0);
	sim_pass(2000);
	assert_int_equal(got_it, 1);
	/* A place is read as Goto() reads it. */
	sim_hangup(alice);
	args = "0,0,bg(got,+0)";
	sim_call(alice, "100");
	sim_pass(3500);
	assert_int_equal(got_it, 2);
}

/* ---- fax machines ---- */

static int fax_ms; /* one is listened for so long */

static int listen_for_fax(struct rd_channel *ch)
{
	rd_answer(ch);
	rc = rd_channel_detect_fax(ch, fax_ms);
	return rd_channel_sleep(ch, 60000);
}

static void call_a_line_for_fax(int ms)
{
	static const struct sim_exten places[] = { { "100", listen_for_fax },
						   { "fax", note_that_it_came } };

	fax_ms = ms;
	got_it = 0;
	sim_extens(places, 2);
	sim_call(alice, "100");
}

static bool is_listened_to(void)
{
	return rd__line_tapped(&rd_channel_stream(alice->ch, RD_MEDIA_AUDIO)->line);
}

static void a_fax_machine_is_sent_to_its_extension(void **state)
{
	(void)state;
	sound(1100, 0, 500, 3000);
	call_a_line_for_fax(0);
	sim_pass(4500);
	assert_int_equal(rc, 0);
	assert_int_equal(got_it, 1);
	assert_string_equal(rd_var_get(alice->ch, "FAXEXTEN"), "100");
}

static void a_fax_machine_is_listened_for_as_long_as_is_said(void **state)
{
	(void)state;
	call_a_line_for_fax(500);
	sim_pass(400);
	assert_true(is_listened_to());
	sim_pass(200);
	assert_false(is_listened_to());
	sound(1100, 0, 500, 3000);
	sim_pass(4500);
	assert_int_equal(got_it, 0);
}

/* ---- talk events ---- */

static int watch_talk(struct rd_channel *ch)
{
	rd_answer(ch);
	rc = rd_function_write(ch, "TALK_DETECT", "set", "500,1000");
	rd_channel_sleep(ch, 5000);
	rd_function_write(ch, "TALK_DETECT", "remove", "");
	return rd_channel_sleep(ch, 60000);
}

static void talking_is_published_while_it_is_asked_for(void **state)
{
	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_CHANNEL_TALK));
	call(watch_talk);
	speak(500, 1500, 2500);
	assert_int_equal(rc, 0);
	assert_string_equal(sim_events(), "ChannelTalk: ChannelTalk:1000");
	/* A pause that is short is no end. */
	speak(0, 500, 700);
	speak(0, 500, 2000);
	assert_string_equal(sim_events(), "ChannelTalk: ChannelTalk:1000 ChannelTalk: "
					  "ChannelTalk:1200");
	sim_pass(3000);
	speak(0, 1000, 3000);
	assert_string_equal(sim_events(), "ChannelTalk: ChannelTalk:1000 ChannelTalk: "
					  "ChannelTalk:1200");
}

/* ---- a prompt that one may talk into ---- */

static char folder[64], prompt[128], file[160];

static void make_prompt(void)
{
	const struct rd_format *format = rd_format_find("wav");
	static int16_t samples[40000];
	void *handle;

	snprintf(folder, sizeof(folder), "/tmp/rd-detect-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(prompt, sizeof(prompt), "%s/it,500,200,2000", folder);
	snprintf(file, sizeof(file), "%s/it.wav", folder);
	assert_int_equal(format->open_write(file, 8000, false, &handle), 0);
	assert_int_equal(format->write(handle, samples, RD_ARRAY_SIZE(samples)), 0);
	assert_int_equal(format->close(handle), 0);
}

static int talk_into(struct rd_channel *ch)
{
	uint64_t began = rd_now_ms();

	rc = sim_app(ch, "BackgroundDetect", prompt);
	took_ms = rd_now_ms() - began;
	keep_var(ch, "TALK_DETECTED", status);
	return 0;
}

static void talk_into_prompt(int from_ms, int to_ms)
{
	make_prompt();
	call(talk_into);
	speak(from_ms, to_ms, 7000);
	unlink(file);
	rmdir(folder);
}

static void a_word_ends_a_prompt(void **state)
{
	(void)state;
	talk_into_prompt(1000, 1600);
	assert_string_equal(status, "600");
	assert_in_range(took_ms, 2050, 2250);
}

static void a_cough_does_not(void **state)
{
	(void)state;
	talk_into_prompt(1000, 1100);
	assert_string_equal(status, "");
	assert_in_range(took_ms, 4950, 5100);
}

static void neither_does_a_speech(void **state)
{
	(void)state;
	talk_into_prompt(1000, 4000);
	assert_string_equal(status, "");
}

static void without_sound_a_prompt_lasts_as_long(void **state)
{
	(void)state;
	talk_into_prompt(1000, 1600);
	assert_string_equal(status, "");
	assert_in_range(took_ms, 4950, 5100);
}

#define TEST_WITHOUT_SOUND(fn) \
	cmocka_unit_test_setup_teardown(fn, begin_without_sound, sim_end)
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITHOUT_SOUND(who_cannot_be_heard_is_no_success),
		TEST_WITHOUT_SOUND(without_sound_a_prompt_lasts_as_long),
		TEST(silence_is_waited_for),
		TEST(silence_may_be_asked_for_twice),
		TEST(waiting_ends_by_its_timeout),
		TEST(a_voice_is_waited_for),
		TEST(who_sends_nothing_is_silent),
		TEST(one_tone_is_waited_for),
		TEST(a_tone_that_does_not_come_is_not_waited_for_longer),
		TEST(the_far_end_is_busy_or_rings),
		TEST(a_country_that_is_not_known_has_no_tones),
		TEST(a_voice_counts_where_it_is_asked_for),
		TEST(tones_are_counted_on_the_side),
		TEST(a_tone_sends_the_channel_elsewhere),
		TEST(a_fax_machine_is_sent_to_its_extension),
		TEST(a_fax_machine_is_listened_for_as_long_as_is_said),
		TEST(talking_is_published_while_it_is_asked_for),
		TEST(a_word_ends_a_prompt),
		TEST(a_cough_does_not),
		TEST(neither_does_a_speech),
	};

	return RUN_GROUP(tests);
}
