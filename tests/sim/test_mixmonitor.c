/* MixMonitor() on the virtual clock: which voices are in the file, when it is
 * written, and what is done with it afterwards. Phones say one sample over and
 * over, so that it is easy to see who is heard. */
#include "tests/sim/sim.h"

#include <ringdown/function.h>
#include <ringdown/log.h>
#include <ringdown/monitor.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config/config.h"
#include "tests/unit/console.h"

enum { ALICE = 1000, BOB = 300 };

static struct sim_phone phones[2];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];
static char folder[64], path[128], args[512];
static const char *app_args;
static char told[64], named[160];
static const struct rd_cli_command *commands;

static int begin(void **state)
{
	phones[0] = (struct sim_phone){ .name = "alice", .says = ALICE };
	phones[1] = (struct sim_phone){ .name = "bob", .ring_ms = 100, .answer_ms = 200,
					.says = BOB };
	sim_begin(state);
	sim_phones(phones, 2);
	sim_load("format_wav");
	commands = sim_load("app_mixmonitor")->commands;
	sim_load("app_dial");
	sim_sound();
	snprintf(folder, sizeof(folder), "/tmp/rd-mixmonitor-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/deep/it.wav", folder);
	return 0;
}

static int end(void **state)
{
	static const char *const names[] = { "deep/it.wav", "in.wav", "out.wav", "part", "done" };
	char file[160];

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++) {
		snprintf(file, sizeof(file), "%s/%s", folder, names[i]);
		unlink(file);
	}
	snprintf(file, sizeof(file), "%s/deep", folder);
	rmdir(file);
	rmdir(folder);
	return sim_end(state);
}

static void call(int (*app)(struct rd_channel *ch))
{
	static struct sim_exten extens[] = { { "100", NULL } };

	extens[0].run = app;
	sim_extens(extens, 1);
	sim_call(alice, "100");
}

/* ---- what a file holds ---- */

struct held {
	int channels, ms;
	int mostly[2]; /* the sample that is there most often */
};

static int most_often(const int16_t *samples, size_t count, int channels)
{
	int best = 0;
	size_t best_count = 0;

	for (int value = 0; value <= 4 * (ALICE + BOB); value += 50) {
		size_t n = 0;

		for (size_t i = 0; i < count; i++)
			n += samples[i * (size_t)channels] == value;
		if (n > best_count) {
			best_count = n;
			best = value;
		}
	}
	return best;
}

static struct held look_at(const char *file)
{
	static int16_t samples[200000];
	struct held held = { 0 };
	uint8_t header[44];
	FILE *f = fopen(file, "rb");
	size_t count;

	assert_non_null(f);
	assert_int_equal(fread(header, 1, sizeof(header), f), sizeof(header));
	count = fread(samples, 2, RD_ARRAY_SIZE(samples), f);
	fclose(f);
	/* Whole, as its header says. */
	assert_int_equal(header[40] | header[41] << 8 | header[42] << 16, count * 2);
	held.channels = header[22];
	held.ms = (int)(count / (size_t)held.channels / 8);
	for (int i = 0; i < held.channels; i++)
		held.mostly[i] = most_often(samples + i, count / (size_t)held.channels,
					    held.channels);
	return held;
}

/* ---- stories ---- */

static int ask(const char *fmt);

static int record_and_dial(struct rd_channel *ch)
{
	rd_answer(ch);
	sim_app(ch, "MixMonitor", app_args);
	rd_strcpy(named, sizeof(named), rd_var_get(ch, "MIXMONITOR_FILENAME")
						? rd_var_get(ch, "MIXMONITOR_FILENAME")
						: "");
	return sim_app(ch, "Dial", "Sim/bob,30,g");
}

static void talk(const char *options)
{
	snprintf(args, sizeof(args), "%s,%s", path, options);
	app_args = args;
	call(record_and_dial);
	sim_pass(5000);
	sim_hangup(alice);
	sim_pass(1000);
}

static void both_voices_are_in_the_file(void **state)
{
	struct held held;

	(void)state;
	talk("");
	held = look_at(path);
	assert_int_equal(held.channels, 1);
	assert_in_range(held.ms, 4900, 5100);
	assert_int_equal(held.mostly[0], ALICE + BOB);
	assert_string_equal(named, path);
	/* The call was no other one for it. */
	assert_int_equal(bob->hears, ALICE);
}

static void each_voice_may_have_its_channel(void **state)
{
	struct held held;

	(void)state;
	talk("D");
	held = look_at(path);
	assert_int_equal(held.channels, 2);
	assert_int_equal(held.mostly[0], ALICE);
	assert_int_equal(held.mostly[1], BOB);
}

static void voices_may_have_files_of_their_own(void **state)
{
	char options[256], file[160];

	(void)state;
	snprintf(options, sizeof(options), "r(%s/in.wav)t(%s/out.wav)", folder, folder);
	talk(options);
	snprintf(file, sizeof(file), "%s/in.wav", folder);
	assert_int_equal(look_at(file).mostly[0], ALICE);
	snprintf(file, sizeof(file), "%s/out.wav", folder);
	assert_int_equal(look_at(file).mostly[0], BOB);
	assert_int_equal(look_at(path).mostly[0], ALICE + BOB);
}

static void voices_may_be_louder(void **state)
{
	struct held held;

	(void)state;
	talk("Dv(1)V(-1)");
	held = look_at(path);
	assert_int_equal(held.mostly[0], ALICE / 2);
	assert_int_equal(held.mostly[1], BOB * 2);
	talk("DW(1)");
	held = look_at(path);
	assert_int_equal(held.mostly[0], ALICE * 2);
	assert_int_equal(held.mostly[1], BOB * 2);
}

static void the_time_before_the_bridge_may_be_left_out(void **state)
{
	(void)state;
	bob->answer_ms = 3000;
	talk("b");
	assert_in_range(look_at(path).ms, 1900, 2100);
}

static void the_beginning_may_be_skipped(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	talk("s(3)");
	assert_in_range(look_at(path).ms, 1900, 2200);
}

/* What is skipped is not there when it is all. */
static void a_call_that_ends_before_leaves_nothing(void **state)
{
	(void)state;
	talk("s(30)");
	assert_int_equal(look_at(path).ms, 0);
}

/* When the other one began to hear something else than alice, for how long in ms. */
struct beeps {
	int count, first_ms;
};

static struct beeps count_beeps(struct sim_phone *phone, int other, int ms)
{
	struct beeps beeps = { 0 };
	bool beeping = false;

	for (int at = 0; at < ms; at += 20) {
		bool now = phone->hears != other;

		if (now && !beeping && ++beeps.count == 1)
			beeps.first_ms = at;
		beeping = now;
		sim_pass(20);
	}
	return beeps;
}

static void both_hear_beeps_while_it_goes_on(void **state)
{
	struct beeps beeps;

	(void)state;
	snprintf(args, sizeof(args), "%s,B(2)", path);
	app_args = args;
	call(record_and_dial);
	sim_pass(1000);
	beeps = count_beeps(alice, BOB, 4000);
	assert_int_equal(beeps.count, 2);
	assert_in_range(beeps.first_ms, 900, 1100);
	assert_int_equal(count_beeps(bob, ALICE, 4000).count, 2);
	assert_int_equal(ask("mixmonitor pause %s"), 0);
	assert_int_equal(count_beeps(alice, BOB, 5000).count, 0);
	assert_int_equal(ask("mixmonitor unpause %s"), 0);
	assert_int_equal(ask("mixmonitor stop %s"), 0);
	assert_int_equal(count_beeps(alice, BOB, 5000).count, 0);
	sim_hangup(alice);
	sim_pass(500);
}

static void a_beep_may_be_before_it_and_after_it(void **state)
{
	(void)state;
	snprintf(args, sizeof(args), "%s,P", path);
	app_args = args;
	call(record_and_dial);
	sim_pass(1000);
	assert_int_equal(ask("mixmonitor stop %s"), 0);
	assert_int_equal(count_beeps(alice, BOB, 3000).count, 1);
	sim_hangup(alice);
	sim_pass(1000);
	alice->heard = 0;
	bob->ring_ms = bob->answer_ms = 0;
	call(record_and_dial);
	sim_pass(1000);
	assert_int_equal(alice->heard, 0);
	sim_hangup(alice);
	sim_pass(1000);
	snprintf(args, sizeof(args), "%s,p", path);
	call(record_and_dial);
	sim_pass(1000);
	assert_in_range(alice->heard, 800, 4000);
	sim_hangup(alice);
	sim_pass(1000);
}

static void d_leaves_no_file(void **state)
{
	(void)state;
	talk("");
	assert_int_equal(access(path, F_OK), 0);
	talk("d");
	assert_int_equal(access(path, F_OK), -1);
}

static void appended_it_grows(void **state)
{
	int before;

	(void)state;
	talk("");
	before = look_at(path).ms;
	talk("a");
	assert_in_range(look_at(path).ms, before + 4900, before + 5100);
}

static int stop_in_between(struct rd_channel *ch)
{
	struct rd_buf out;

	rd_answer(ch);
	snprintf(args, sizeof(args), "%s,i(it)", path);
	sim_app(ch, "MixMonitor", args);
	rd_channel_sleep(ch, 1000);
	sim_app(ch, "PauseMonitor", "");
	rd_channel_sleep(ch, 3000);
	sim_app(ch, "UnpauseMonitor", "");
	rd_channel_sleep(ch, 500);
	rd_buf_init(&out);
	snprintf(args, sizeof(args), "%s,filename", rd_var_get(ch, "it"));
	assert_int_equal(rd_function_read(ch, "MIXMONITOR", args, &out), 0);
	rd_strcpy(named, sizeof(named), rd_buf_text(&out));
	rd_buf_fini(&out);
	snprintf(told, sizeof(told), "%s", rd_var_get(ch, "it"));
	sim_app(ch, "StopMixMonitor", told);
	rd_channel_sleep(ch, 5000);
	return 0;
}

static void it_is_paused_and_stopped_by_hand(void **state)
{
	(void)state;
	call(stop_in_between);
	sim_pass(6000);
	assert_string_equal(named, path);
	assert_in_range(look_at(path).ms, 1400, 1600);
	sim_pass(4000);
	assert_in_range(look_at(path).ms, 1400, 1600);
}

static void what_happened_is_published(void **state)
{
	(void)state;
	sim_watch(RD_EVENT_BIT(RD_EVENT_RECORDING));
	call(stop_in_between);
	sim_pass(10000);
	assert_string_equal(sim_events(), "Recording:started Recording:paused "
					  "Recording:resumed Recording:stopped");
}

static bool file_is_there(const char *name)
{
	char file[160];

	snprintf(file, sizeof(file), "%s/%s", folder, name);
	return access(file, F_OK) == 0;
}

/* The shell runs on the real clock. */
static void wait_for_file(const char *name)
{
	for (int i = 0; i < 3000 && !file_is_there(name); i++) {
		usleep(10000);
		sim_pass(10);
	}
	assert_true(file_is_there(name));
}

static void a_command_is_run_when_the_file_is_whole(void **state)
{
	char command[320];

	(void)state;
	/* Under its name it is whole. */
	snprintf(command, sizeof(command), ",cd %s && cp deep/it.wav part && mv part done", folder);
	talk(command);
	wait_for_file("done");
	snprintf(command, sizeof(command), "%s/done", folder);
	assert_in_range(look_at(command).ms, 4900, 5100);
}

/* There is no voicemail here: it would be lost. */
static void what_no_mailbox_has_is_not_deleted(void **state)
{
	(void)state;
	talk("dm(1001)");
	assert_in_range(look_at(path).ms, 4900, 5100);
}

static int record_for_long(struct rd_channel *ch)
{
	rd_answer(ch);
	sim_app(ch, "MixMonitor", app_args);
	return rd_channel_sleep(ch, 3600000);
}

static void wrong_arguments_do_not_end_the_call(void **state)
{
	static const char *const wrong[] = { "",
					     ",b",
					     "x.nonsense",
					     "it.wav,z",
					     "it.wav,v(9)",
					     "it.wav,i(_)",
					     "it.wav,s(x)",
					     "it.wav,B(0)" };

	(void)state;
	rd_log_max = RD_LOG_ERROR;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		bool named_so = wrong[i][0] && wrong[i][0] != ',';

		snprintf(args, sizeof(args), "%s%s%s", named_so ? folder : "",
			 named_so ? "/" : "", wrong[i]);
		app_args = args;
		alice->hung_up = 0;
		call(record_for_long);
		sim_pass(1000);
		assert_int_equal(alice->hung_up, 0);
		sim_hangup(alice);
		sim_pass(500);
	}
	snprintf(args, sizeof(args), "%s/it.wav", folder);
	assert_int_equal(unlink(args), 0);
}

/* ---- Record() ---- */

static int record(struct rd_channel *ch)
{
	rd_answer(ch);
	snprintf(args, sizeof(args), "%s,0,1,q", path);
	sim_app(ch, "Record", args);
	rd_strcpy(told, sizeof(told), rd_var_get(ch, "RECORD_STATUS"));
	sim_app(ch, "Record", "nameless");
	rd_strcpy(named, sizeof(named), rd_var_get(ch, "RECORDED_FILE"));
	sim_app(ch, "Record", "/proc/nowhere/it.wav,0,1,q");
	strcat(named, rd_var_get(ch, "RECORDED_FILE"));
	return 0;
}

static void record_makes_its_folders_too(void **state)
{
	(void)state;
	sim_load("app_record");
	call(record);
	sim_pass(3000);
	assert_string_equal(told, "TIMEOUT");
	assert_in_range(look_at(path).ms, 900, 1100);
	/* Nothing was recorded, and no former name is taken for it. */
	assert_string_equal(named, "");
}

/* ---- the console ---- */

static int sit(struct rd_channel *ch)
{
	return rd_answer(ch) ?: rd_channel_sleep(ch, 3600000);
}

/* The line is told which leg it is for. */
static int ask(const char *fmt)
{
	char line[320];

	snprintf(line, sizeof(line), fmt, rd_channel_name(alice->ch), path);
	return console(commands, line);
}

static void the_console_records_pauses_and_stops(void **state)
{
	char expected[320], id[20];

	(void)state;
	call(sit);
	sim_pass(100);
	assert_int_equal(ask("mixmonitor start %s %s"), 0);
	assert_int_equal(sscanf(console_text(), "%19[0-9a-fx]:", id), 1);
	snprintf(expected, sizeof(expected), "%s: %s\n", id, path);
	assert_string_equal(console_text(), expected);
	sim_pass(1000);
	assert_int_equal(ask("mixmonitor pause %s"), 0);
	assert_string_equal(console_text(), "1 recording paused\n");
	assert_int_equal(ask("mixmonitor list %s"), 0);
	snprintf(expected, sizeof(expected), "%s paused %s\n1 recording\n", id, path);
	assert_string_equal(console_text(), expected);
	sim_pass(3000);
	assert_int_equal(ask("mixmonitor unpause %s"), 0);
	assert_string_equal(console_text(), "1 recording resumed\n");
	sim_pass(500);
	assert_int_equal(ask("mixmonitor stop %s no-such-id"), 1);
	assert_int_equal(ask("mixmonitor stop %s"), 0);
	assert_string_equal(console_text(), "1 recording stopped\n");
	sim_pass(1000);
	assert_in_range(look_at(path).ms, 1400, 1600);
	assert_int_equal(ask("mixmonitor list %s"), 0);
	assert_string_equal(console_text(), "0 recordings\n");
	assert_int_equal(ask("mixmonitor stop %s"), 1);
	sim_hangup(alice);
	sim_pass(500);
	/* It has kept none of the legs that were named. */
	assert_int_equal(rd_channel_count(), 0);
}

static void the_console_mutes_a_side(void **state)
{
	char expected[320], id[20];
	struct held held;

	(void)state;
	snprintf(args, sizeof(args), "%s,D", path);
	app_args = args;
	call(record_and_dial);
	sim_pass(400);
	assert_int_equal(ask("mixmonitor mute %s neither"), -EINVAL);
	assert_int_equal(ask("mixmonitor mute %s read"), 0);
	assert_string_equal(console_text(), "1 recording muted\n");
	assert_int_equal(ask("mixmonitor list %s"), 0);
	assert_int_equal(sscanf(console_text(), "%19[0-9a-fx]", id), 1);
	snprintf(expected, sizeof(expected), "%s muted %s\n1 recording\n", id, path);
	assert_string_equal(console_text(), expected);
	sim_pass(2000);
	assert_int_equal(ask("mixmonitor unmute %s"), 0);
	assert_string_equal(console_text(), "1 recording unmuted\n");
	sim_pass(500);
	sim_hangup(alice);
	sim_pass(1000);
	held = look_at(path);
	assert_int_equal(held.mostly[0], 0);
	assert_int_equal(held.mostly[1], BOB);
	assert_in_range(held.ms, 2600, 3000);
}

static void the_console_knows_what_is_no_channel(void **state)
{
	static const char *const lines[] = {
		"mixmonitor start none x.wav", "mixmonitor stop none", "mixmonitor pause none",
		"mixmonitor unpause none",     "mixmonitor list none", "mixmonitor mute none",
		"mixmonitor unmute none"
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(lines); i++)
		assert_console(commands, lines[i], 1, "there is no channel \"none\"\n");
	call(sit);
	sim_pass(100);
	assert_int_equal(ask("mixmonitor start %s"), -EINVAL);
	assert_int_equal(ask("mixmonitor start %s %s,z"), 1);
	assert_non_null(strstr(console_text(), "no such option \"z\""));
	assert_int_equal(ask("mixmonitor list %s more"), -EINVAL);
	sim_hangup(alice);
	sim_pass(500);
	assert_int_equal(rd_channel_count(), 0);
}

/* ---- a monitor by itself ---- */

static struct rd_monitor *monitor;

static int monitor_and_dial(struct rd_channel *ch)
{
	struct rd_monitor_options options = { .path = args,
					      .sides = RD_MONITOR_IN | RD_MONITOR_OUT,
					      .stereo = true };

	snprintf(args, sizeof(args), "%s/in.wav", folder);
	rd_answer(ch);
	assert_int_equal(rd_monitor_start(ch, &options, &monitor), 0);
	sim_app(ch, "Dial", "Sim/bob,30");
	assert_int_equal(rd_monitor_stop(monitor, NULL), 0);
	return 0;
}

/* Muted while the two talk for so long, and then no longer. */
static struct held talk_muted(unsigned sides, int muted_ms, int heard_ms)
{
	call(monitor_and_dial);
	sim_pass(300);
	rd_monitor_mute(monitor, sides);
	sim_pass(muted_ms);
	rd_monitor_mute(monitor, 0);
	sim_pass(heard_ms);
	sim_hangup(alice);
	sim_pass(1000);
	return look_at(args);
}

static void a_side_may_be_silent_in_the_file(void **state)
{
	struct held held = talk_muted(RD_MONITOR_IN, 4000, 500);

	(void)state;
	assert_int_equal(held.mostly[0], 0);
	assert_int_equal(held.mostly[1], BOB);
	assert_in_range(held.ms, 4700, 4900);
	held = talk_muted(RD_MONITOR_OUT, 4000, 500);
	assert_int_equal(held.mostly[0], ALICE);
	assert_int_equal(held.mostly[1], 0);
}

static void and_is_heard_in_it_again(void **state)
{
	struct held held = talk_muted(RD_MONITOR_IN | RD_MONITOR_OUT, 500, 4000);

	(void)state;
	assert_int_equal(held.mostly[0], ALICE);
	assert_int_equal(held.mostly[1], BOB);
	assert_in_range(held.ms, 4700, 4900);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_voices_are_in_the_file),
		TEST(each_voice_may_have_its_channel),
		TEST(voices_may_have_files_of_their_own),
		TEST(voices_may_be_louder),
		TEST(the_time_before_the_bridge_may_be_left_out),
		TEST(the_beginning_may_be_skipped),
		TEST(a_call_that_ends_before_leaves_nothing),
		TEST(both_hear_beeps_while_it_goes_on),
		TEST(a_beep_may_be_before_it_and_after_it),
		TEST(d_leaves_no_file),
		TEST(appended_it_grows),
		TEST(it_is_paused_and_stopped_by_hand),
		TEST(what_happened_is_published),
		TEST(a_command_is_run_when_the_file_is_whole),
		TEST(what_no_mailbox_has_is_not_deleted),
		TEST(wrong_arguments_do_not_end_the_call),
		TEST(record_makes_its_folders_too),
		TEST(the_console_records_pauses_and_stops),
		TEST(the_console_mutes_a_side),
		TEST(the_console_knows_what_is_no_channel),
		TEST(a_side_may_be_silent_in_the_file),
		TEST(and_is_heard_in_it_again),
	};

	return RUN_GROUP(tests);
}
