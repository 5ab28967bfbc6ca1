/* What can be told from a voice: waiting for it or for silence, person or
 * machine, prompts that one may talk into, fax machines. A phone says one sample
 * over and over, or nothing; a tone of a fax is made by hand. */
#include "tests/sim/sim.h"

#include <ringdown/function.h>

#include <stdlib.h>
#include <unistd.h>

#include "core/media/media.h"

static struct sim_phone phones[1];
static struct sim_phone *alice = &phones[0];
static char status[64];
static uint64_t took_ms;
static const char *app, *args;
static int rc;

static int begin(void **state)
{
	phones[0] = (struct sim_phone){ .name = "alice" };
	sim_begin(state);
	sim_phones(phones, 1);
	sim_load("app_waitforsilence");
	sim_load("app_talkdetect");
	sim_load("func_talkdetect");
	sim_load("format_wav");
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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(silence_is_waited_for),
		TEST(silence_may_be_asked_for_twice),
		TEST(waiting_ends_by_its_timeout),
		TEST(a_voice_is_waited_for),
		TEST(who_sends_nothing_is_silent),
		TEST(talking_is_published_while_it_is_asked_for),
		TEST(a_word_ends_a_prompt),
		TEST(a_cough_does_not),
		TEST(neither_does_a_speech),
	};

	return RUN_GROUP(tests);
}
