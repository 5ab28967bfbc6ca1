/* Music from a program on the real clock: read at its pace, encoded once for
 * each codec, started again when it ends, ended when its class goes. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/env.h>

#include "core/base/env.h"
#include "core/call/music.h"
#include "core/sched/sched.h"
#include "tests/unit/conf_dir.h"

enum { SOON_MS = 1500, LISTENERS = 3 };

static char folder[64], sound[96], script[96];

/* Every 10 ms the next value of mu-law: which moment it is can be heard. */
static void make_sound(void)
{
	const struct rd_codec *ulaw = rig_codec("codec_ulaw");
	FILE *file;

	snprintf(folder, sizeof(folder), "/tmp/rd-program-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(sound, sizeof(sound), "%s/sound.raw", folder);
	snprintf(script, sizeof(script), "%s/script", folder);
	file = fopen(sound, "wb");
	assert_non_null(file);
	for (int i = 0; i < 8000; i++) {
		uint8_t moment = (uint8_t)(i / 80);
		int16_t sample;

		ulaw->decode(NULL, &moment, 1, &sample, 1);
		fwrite(&sample, sizeof(sample), 1, file);
	}
	fclose(file);
}

/* In musiconhold.conf a semicolon begins a comment. */
static void write_script(const char *text)
{
	FILE *file = fopen(script, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int setup(void **state)
{
	(void)state;
	make_sound();
	rig_start(2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rd__music_free();
	rig_stop();
	unlink(sound);
	unlink(script);
	rmdir(folder);
	return 0;
}

static struct rd__music_program *program(void)
{
	return rd__music_in_force()->in_order[0]->program;
}

static bool runs(void *arg)
{
	return rd__music_program_pid(program()) != 0 &&
	       rd__music_program_pid(program()) != *(int *)arg;
}

static void configure(const char *application)
{
	char text[512];
	int none = 0;

	snprintf(text, sizeof(text),
		 "[default]\nmode=custom\napplication=%s\ndirectory=%s\n"
		 "kill_escalation_delay=50\n", application, folder);
	conf_dir_make();
	assert_int_equal(conf_dir_apply(&rd__music_config, application ? text : ""), 0);
	conf_dir_remove();
	if (application)
		assert_true(rd__sched_run_until(runs, &none, 3000));
}

static void listen_to(struct rd_stream *stream)
{
	struct rd__play play = { .feed = rd__music_program_feed(program()) };

	assert_int_equal(rd__stream_play(stream, &play, NULL), 0);
}

static int moment_of(const struct arrived *got)
{
	const struct rd_codec *codec = rd_codec_by_payload(got->rtp.payload_type);
	int16_t samples[160];
	uint8_t moment;

	assert_int_equal(codec->decode(NULL, got->rtp.payload, got->rtp.size, samples, 160), 160);
	rd_codec_find("ulaw")->encode(NULL, samples, 1, &moment, 1);
	return moment;
}

static void many_hear_the_same_at_the_same_time(void **state)
{
	static const char *const codecs[] = { "ulaw", "ulaw", "alaw" };
	struct rd_stream *streams[LISTENERS];
	struct far_end far[LISTENERS];
	struct arrived got[LISTENERS];

	(void)state;
	/* As fast as it can: it is the reader that keeps the pace. */
	write_script("while cat sound.raw; do :; done\n");
	configure("sh script");
	for (int i = 0; i < LISTENERS; i++) {
		far_end_open(&far[i]);
		streams[i] = rig_stream(&far[i], codecs[i]);
		listen_to(streams[i]);
	}
	for (int packet = 0; packet < 60; packet++) {
		uint16_t seq = got[0].rtp.seq;

		for (int i = 0; i < LISTENERS; i++)
			assert_true(far_end_receive(&far[i], &got[i], SOON_MS));
		if (packet)
			assert_int_equal(got[0].rtp.seq, (uint16_t)(seq + 1));
	}
	/* They are not further apart than the moments in which they look. */
	for (int i = 1; i < LISTENERS; i++) {
		int apart = moment_of(&got[i]) - moment_of(&got[0]);

		assert_in_range((apart + 103) % 100, 0, 6);
	}
	for (int i = 0; i < LISTENERS; i++) {
		rd_stream_close(streams[i]);
		rig_run(20);
		far_end_close(&far[i]);
	}
}

static void nothing_is_missing_and_nothing_comes_twice(void **state)
{
	struct rd_stream *stream;
	struct far_end far;
	struct arrived got;
	int last = 0, wrong = 0;

	(void)state;
	write_script("while cat sound.raw; do :; done\n");
	configure("sh script");
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	listen_to(stream);
	for (int packet = 0; packet < 120; packet++) {
		int step;

		assert_true(far_end_receive(&far, &got, SOON_MS));
		step = (moment_of(&got) - last + 100) % 100;
		last = moment_of(&got);
		wrong += packet && step != 2;
	}
	/* Where the machine stood still it joins anew. */
	assert_in_range(wrong, 0, 2);
	rd_stream_close(stream);
	rig_run(20);
	far_end_close(&far);
}

static bool has_written(void *path)
{
	return access(path, F_OK) == 0;
}

static void a_program_sees_what_was_set_for_it(void **state)
{
	char written[128];

	(void)state;
	snprintf(written, sizeof(written), "%s/radio", folder);
	assert_int_equal(rd_env_set("RD_STATION", "radio"), 0);
	write_script("touch \"$RD_STATION\"; exec sleep 60\n");
	configure("sh script");
	assert_true(rd__sched_run_until(has_written, written, SOON_MS));
	unlink(written);
	rd__env_free();
}

static void a_program_that_ends_is_started_again(void **state)
{
	struct rd_stream *stream;
	struct far_end far;
	struct arrived got;
	int pid;

	(void)state;
	write_script("cat sound.raw; sleep 30\n");
	configure("sh script");
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	listen_to(stream);
	assert_true(far_end_receive(&far, &got, SOON_MS));
	pid = rd__music_program_pid(program());
	assert_int_equal(kill(-pid, SIGKILL), 0);
	rig_run(300);
	while (far_end_receive(&far, &got, 0))
		;
	assert_false(far_end_receive(&far, &got, 100));
	assert_true(rd__sched_run_until(runs, &pid, 3000));
	assert_true(far_end_receive(&far, &got, SOON_MS));
	rd_stream_close(stream);
	rig_run(20);
	far_end_close(&far);
}

static void a_program_that_is_not_there_is_no_harm(void **state)
{
	struct rd_stream *stream;
	struct far_end far;
	struct arrived got;

	(void)state;
	configure("/nowhere/at/all");
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	listen_to(stream);
	assert_false(far_end_receive(&far, &got, 200));
	rd_stream_close(stream);
	rig_run(20);
	far_end_close(&far);
}

static bool is_gone(void *arg)
{
	return kill(-*(int *)arg, 0) < 0;
}

static void a_program_that_is_wanted_runs_on_over_a_reload(void **state)
{
	int pid;

	(void)state;
	configure("sleep 60");
	pid = rd__music_program_pid(program());
	assert_true(pid > 0);
	configure("sleep 60");
	assert_int_equal(rd__music_program_pid(program()), pid);
	configure(NULL);
	assert_true(rd__sched_run_until(is_gone, &pid, 3000));
}

static void a_stubborn_program_is_made_to_end(void **state)
{
	int pid;

	(void)state;
	write_script("trap '' HUP TERM\nexec sleep 60\n");
	configure("sh script");
	pid = rd__music_program_pid(program());
	rig_run(200);
	configure(NULL);
	rig_run(20);
	assert_int_equal(kill(-pid, 0), 0);
	assert_true(rd__sched_run_until(is_gone, &pid, 3000));
}

static bool has_pid(void *arg)
{
	return rd__music_program_pid(arg) > 0;
}

static void a_program_that_is_stopped_before_it_runs_leaves_nothing(void **state)
{
	struct rd__music_class class = {
		.name = "radio", .application = "sleep 100", .rate = 8000, .kill_delay_ms = 100
	};
	struct rd__music_program *program;

	(void)state;
	for (int at_once = 0; at_once < 2; at_once++) {
		assert_int_equal(rd__music_program_start(&program, &class), 0);
		assert_int_equal(rd__music_program_pid(program), 0); /* nobody waits for it */
		rd__music_program_stop(program, at_once);
		rig_run(200);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
}

/* Whatever the start lacked: either it runs and is watched, or there is none. */
static void a_start_without_memory_leaves_no_program(void **state)
{
	struct rd__music_class class = {
		.name = "radio", .application = "sleep 100", .rate = 8000, .kill_delay_ms = 100
	};
	struct rd__music_program *program;
	long refused = 1;

	(void)state;
	for (long n = 0; refused; n++) {
		int rc;

		rd__alloc_fail_after(n);
		rc = rd__music_program_start(&program, &class);
		if (!rc && !rd__alloc_refused())
			rd__sched_run_until(has_pid, program, 500);
		refused = rd__alloc_refused();
		rd__alloc_fail_after(-1);
		if (rc)
			continue;
		assert_true(!refused == (rd__music_program_pid(program) > 0));
		rd__music_program_stop(program, true);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_start_without_memory_leaves_no_program),
		TEST(a_program_that_is_stopped_before_it_runs_leaves_nothing),
		TEST(many_hear_the_same_at_the_same_time),
		TEST(nothing_is_missing_and_nothing_comes_twice),
		TEST(a_program_sees_what_was_set_for_it),
		TEST(a_program_that_ends_is_started_again),
		TEST(a_program_that_is_not_there_is_no_harm),
		TEST(a_program_that_is_wanted_runs_on_over_a_reload),
		TEST(a_stubborn_program_is_made_to_end),
	};

	return RUN_GROUP(tests);
}
