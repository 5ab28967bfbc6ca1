/* Players and recorders on real streams: what is heard has the right pitch,
 * arrives on time, and what is recorded can be played. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/media/sound.h"
#include "core/media/wire.h"
#include "core/sched/sched.h"

enum { SOON_MS = 1000, RATE = 8000 };

/* How much of the sound is this frequency: 0 to 1 (Goertzel). */
static double share_of(const int16_t *samples, size_t count, double hz)
{
	double w = 2 * cos(2 * M_PI * hz / RATE), a = 0, b = 0, energy = 0;

	for (size_t i = 0; i < count; i++) {
		double c = samples[i] + w * a - b;

		b = a;
		a = c;
		energy += (double)samples[i] * samples[i];
	}
	return energy > 0 ? (a * a + b * b - w * a * b) / (energy * (double)count / 2) : 0;
}

static void sine(int16_t *samples, size_t count, double hz)
{
	for (size_t i = 0; i < count; i++)
		samples[i] = (int16_t)(8000 * sin(2 * M_PI * hz * (double)i / RATE));
}

static struct rd__sound *sine_sound(double hz, int ms)
{
	static int16_t samples[RATE * 4];
	size_t count = (size_t)(ms * RATE / 1000);
	struct rd__sound *sound;

	sine(samples, count, hz);
	assert_int_equal(rd__sound_new(&sound, samples, count, RATE), 0);
	return sound;
}

/* Packets of mu-law, checked to go on without a jump. */
static size_t hear(struct far_end *far, int16_t *samples, int packets)
{
	const struct rd_codec *ulaw = rd_codec_find("ulaw");
	struct arrived got, last;
	size_t count = 0;

	for (int i = 0; i < packets; i++) {
		assert_true(far_end_receive(far, &got, SOON_MS));
		if (i) {
			assert_int_equal(got.rtp.seq, (uint16_t)(last.rtp.seq + 1));
			assert_int_equal(got.rtp.ts, last.rtp.ts + 160);
		}
		count += (size_t)ulaw->decode(NULL, got.rtp.payload, got.rtp.size,
					      samples + count, 160);
		last = got;
	}
	return count;
}

static int ended_rc, ended_count;

static void note_end(void *arg, int rc)
{
	(void)arg;
	ended_rc = rc;
	ended_count++;
}

static bool has_ended(void *arg)
{
	(void)arg;
	return ended_count > 0;
}

static void a_sound_is_heard_to_its_end(void **state)
{
	struct rd__sound *sounds[] = { sine_sound(440, 200), sine_sound(1000, 210) };
	struct rd__play play = { .sounds = sounds, .count = 2, .ended = note_end };
	int16_t heard[RATE];
	struct far_end far;
	struct rd_stream *stream;
	struct arrived got;

	(void)state;
	ended_count = 0;
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	assert_int_equal(rd__stream_play(stream, &play, NULL), 0);
	rd__sound_unref(sounds[0]);
	rd__sound_unref(sounds[1]);
	assert_int_equal(hear(&far, heard, 21), 21 * 160);
	assert_true(share_of(heard, 1600, 440) > 0.98);
	assert_true(share_of(heard + 1600, 1600, 1000) > 0.98);
	/* The last packet is filled up with silence. */
	assert_in_range(abs(heard[3279 + 80]), 0, 8);
	assert_true(rd__sched_run_until(has_ended, NULL, SOON_MS));
	assert_int_equal(ended_rc, 0);
	assert_false(far_end_receive(&far, &got, 60));
	rd_stream_close(stream);
	rig_run(20);
	assert_int_equal(ended_count, 1);
	far_end_close(&far);
}

/* Soon, whenever a busy machine lets the thread hear of it. */
static void assert_falls_silent(struct far_end *far)
{
	struct arrived got;
	int packets = 0;

	while (far_end_receive(far, &got, 100))
		assert_true(packets++ < 50);
}

static void packets_leave_every_20_ms(void **state)
{
	struct rd__sound *sound = sine_sound(440, 400);
	struct rd__play play = { .sounds = &sound, .count = 1, .loop = true };
	struct far_end far;
	struct rd_stream *stream;
	struct rd__player *player;
	struct arrived got;
	uint64_t began;

	(void)state;
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	assert_int_equal(rd__stream_play(stream, &play, &player), 0);
	rd__sound_unref(sound);
	assert_true(far_end_receive(&far, &got, SOON_MS));
	began = rd_now_ms();
	for (int i = 0; i < 50; i++)
		assert_true(far_end_receive(&far, &got, SOON_MS));
	/* One after the other; on a busy machine some come late, then together. */
	assert_in_range(rd_now_ms() - began, 700, 5000);
	rd__player_stop(player);
	assert_falls_silent(&far);
	rd_stream_close(stream);
	far_end_close(&far);
}

static void a_second_player_takes_the_place_of_the_first(void **state)
{
	struct rd__sound *sound = sine_sound(440, 2000);
	struct rd__play play = { .sounds = &sound, .count = 1, .ended = note_end };
	struct rd__play tone = { .tones = "1000/100,0/100" };
	int16_t heard[RATE];
	struct far_end far;
	struct rd_stream *stream;
	struct rd__player *player;

	(void)state;
	ended_count = 0;
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	assert_int_equal(rd__stream_play(stream, &play, NULL), 0);
	rd__sound_unref(sound);
	hear(&far, heard, 3);
	assert_int_equal(rd__stream_play(stream, &tone, &player), 0);
	assert_true(rd__sched_run_until(has_ended, NULL, SOON_MS));
	assert_int_equal(ended_rc, -ECANCELED);
	/* Both go out as one stream of packets. */
	hear(&far, heard, 30);
	/* Half of it is silence. */
	assert_true(share_of(heard + 10 * 160, 20 * 160, 1000) > 0.48);
	assert_int_equal(rd__stream_play(stream, &(struct rd__play){ .tones = "x/1" }, NULL),
			 -EINVAL);
	rd__player_stop(player);
	rd_stream_close(stream);
	far_end_close(&far);
}

static void a_player_is_paused_and_moved(void **state)
{
	struct rd__sound *sounds[] = { sine_sound(440, 1000), sine_sound(1000, 3500) };
	struct rd__play play = { .sounds = sounds, .count = 2, .offset_ms = 500 };
	int16_t heard[RATE];
	struct far_end far;
	struct rd_stream *stream;
	struct rd__player *player;

	(void)state;
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	assert_int_equal(rd__stream_play(stream, &play, &player), 0);
	rd__sound_unref(sounds[0]);
	rd__sound_unref(sounds[1]);
	hear(&far, heard, 5);
	assert_true(share_of(heard, 800, 440) > 0.98);
	rd__player_control(player, RD__PLAYER_SEEK_BY, 700);
	/* What had left before comes first. */
	for (int tries = 0; tries < 10 && share_of(heard, 800, 1000) <= 0.98; tries++)
		hear(&far, heard, 5);
	assert_true(share_of(heard, 800, 1000) > 0.98);
	rd__player_control(player, RD__PLAYER_PAUSE, 0);
	assert_falls_silent(&far);
	assert_in_range(rd__player_position_ms(player), 1200, 4500);
	rd__player_control(player, RD__PLAYER_RESUME, 0);
	hear(&far, heard, 5);
	rd__player_stop(player);
	rd_stream_close(stream);
	far_end_close(&far);
}

static void a_digit_without_agreement_is_two_tones(void **state)
{
	struct rd_stream_config config;
	int16_t heard[RATE];
	struct far_end far;
	struct rd_stream *stream;

	(void)state;
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	config = *rd_stream_config(stream);
	config.dtmf_payload = -1;
	rd_stream_configure(stream, &config);
	assert_int_equal(rd_stream_send_digit(stream, '5', 100), 0);
	hear(&far, heard, 4);
	assert_in_range((int)(100 * share_of(heard, 640, 770)), 40, 60);
	assert_in_range((int)(100 * share_of(heard, 640, 1336)), 40, 60);
	rd_stream_close(stream);
	far_end_close(&far);
}

static void a_peer_is_heard_again_after_a_prompt(void **state)
{
	struct rd__sound *sound = sine_sound(440, 100);
	struct rd__play play = { .sounds = &sound, .count = 1, .ended = note_end };
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
	struct arrived got, last;

	(void)state;
	ended_count = 0;
	far_end_open(&a);
	far_end_open(&b);
	stream_a = rig_stream(&a, "ulaw");
	stream_b = rig_stream(&b, "ulaw");
	rd__stream_link(stream_a, stream_b, 0);
	rig_run(20);
	far_end_send(&a, stream_a, 0x11);
	assert_true(far_end_receive(&b, &last, SOON_MS));
	assert_int_equal(rd__stream_play(stream_b, &play, NULL), 0);
	rd__sound_unref(sound);
	for (int i = 0; i < 5; i++) {
		assert_true(far_end_receive(&b, &got, SOON_MS));
		assert_int_equal(got.rtp.marker, i == 0);
		assert_int_equal(got.rtp.seq, (uint16_t)(last.rtp.seq + 1));
		last = got;
		far_end_send(&a, stream_a, 0x12);
	}
	assert_true(rd__sched_run_until(has_ended, NULL, SOON_MS));
	far_end_send(&a, stream_a, 0x13);
	do
		assert_true(far_end_receive(&b, &got, SOON_MS));
	while (got.rtp.payload[0] != 0x13);
	assert_int_equal(got.rtp.ssrc, last.rtp.ssrc);
	assert_in_range(got.rtp.ts - last.rtp.ts, 160, 4000);
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	far_end_close(&a);
	far_end_close(&b);
}

/* ---- files ---- */

static char folder[64];

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

struct recording {
	struct rd_stream *stream;
	struct far_end *far;
	int max_ms, silence_ms, packets, lose_every;
	struct rd__record_result result;
	int events[4];
};

static void note_record(void *arg, int what, int rc)
{
	struct recording *recording = arg;

	(void)rc;
	recording->events[what]++;
}

/* In a fiber: record what the far end sends, 20 ms each. */
static int record(void *arg)
{
	struct recording *recording = arg;
	struct rd__record request = { .path = in_folder("it.wav"),
				      .format = rd_format_find("wav"),
				      .max_ms = recording->max_ms,
				      .silence_ms = recording->silence_ms,
				      .notify = note_record,
				      .arg = recording };
	const struct rd_codec *ulaw = rd_codec_find("ulaw");
	struct rd__recorder *recorder;
	int16_t samples[160];
	int rc = rd__stream_record(recording->stream, &request, &recorder);

	if (rc)
		return rc;
	for (int i = 0; i < recording->packets; i++) {
		uint8_t packet[RD__RTP_HEADER + 160];
		struct rd__rtp rtp = { .seq = recording->far->seq++, .ts = recording->far->ts,
				       .ssrc = 1, .payload = packet + RD__RTP_HEADER,
				       .size = 160 };

		for (int s = 0; s < 160; s++)
			samples[s] = (int16_t)(8000 * sin(2 * M_PI * 810 * (i * 160 + s) / RATE));
		ulaw->encode(NULL, samples, 160, rtp.payload, 160);
		recording->far->ts += 160;
		rd__rtp_print(&rtp);
		if (recording->lose_every && i % recording->lose_every == 0) {
			rd_sleep(20);
			continue;
		}
		far_end_send_raw(recording->far, recording->stream, packet, sizeof(packet));
		rd_sleep(20);
	}
	if (recording->silence_ms)
		rd_sleep(recording->silence_ms + 400);
	rd__recorder_stop(recorder, &recording->result);
	return 0;
}

static int load_it(void *arg)
{
	return rd__sound_load(arg, in_folder("it"));
}

static void run_recording(struct recording *recording)
{
	struct far_end far;

	far_end_open(&far);
	recording->far = &far;
	recording->stream = rig_stream(&far, "ulaw");
	rig_run(20);
	assert_int_equal(rd__sched_call(record, recording), 0);
	rd_stream_close(recording->stream);
	rig_run(20);
	far_end_close(&far);
}

static void a_new_recording_is_heard_not_the_old_one(void **state)
{
	struct recording recording = { .packets = 10 };
	struct rd__sound *sound;
	int64_t before_ms;

	(void)state;
	run_recording(&recording);
	assert_int_equal(rd__sched_call(load_it, &sound), 0);
	before_ms = rd__sound_ms(sound);
	rd__sound_unref(sound);
	recording.packets = 20;
	run_recording(&recording);
	assert_int_equal(rd__sched_call(load_it, &sound), 0);
	assert_true(rd__sound_ms(sound) > before_ms + 100);
	assert_int_equal(rd__sound_ms(sound), recording.result.length_ms);
	rd__sound_unref(sound);
}

static void what_is_recorded_can_be_played(void **state)
{
	struct recording recording = { .packets = 50 };
	struct rd__sound *sound;

	(void)state;
	run_recording(&recording);
	assert_int_equal(recording.result.rc, 0);
	assert_in_range(recording.result.length_ms, 980, 5000);
	/* To the millisecond: 16 bytes. */
	assert_in_range(recording.result.bytes - recording.result.length_ms * 16, 44, 59);
	assert_int_equal(rd__sched_call(load_it, &sound), 0);
	assert_int_equal(rd__sound_ms(sound), recording.result.length_ms);
	rd__sound_unref(sound);
}

/* The pitch survives only when what is lost leaves its place. */
static void what_is_lost_leaves_its_place(void **state)
{
	struct rd__sound *sound;
	double share = 0;

	(void)state;
	/* A busy machine may disturb the pace of a try; not of each. */
	for (int i = 0; i < 4 && share <= 0.7; i++) {
		struct recording recording = { .packets = 50, .lose_every = 5 };

		run_recording(&recording);
		assert_in_range(recording.result.length_ms, 940, 5000);
		assert_int_equal(rd__sched_call(load_it, &sound), 0);
		share = share_of(sound->samples, 4000, 810);
		rd__sound_unref(sound);
	}
	assert_true(share > 0.7);
}

static void a_recording_ends_at_its_limit(void **state)
{
	struct recording recording = { .packets = 30, .max_ms = 400 };

	(void)state;
	run_recording(&recording);
	assert_int_equal(recording.events[RD__RECORD_LIMIT], 1);
	assert_int_equal(recording.result.length_ms, 400);
}

static void silence_is_noticed_also_when_nothing_comes(void **state)
{
	struct recording recording = { .packets = 10, .silence_ms = 500 };

	(void)state;
	run_recording(&recording);
	assert_int_equal(recording.events[RD__RECORD_SILENCE], 1);
	assert_in_range(recording.result.length_ms, 980, 1500);
}

static void a_prompt_that_is_missing_is_told(void **state)
{
	struct rd__sound *sound;

	(void)state;
	unlink(in_folder("it.wav"));
	rd__sound_cache_drop();
	assert_int_equal(rd__sched_call(load_it, &sound), -ENOENT);
}

/* ---- no memory ---- */

static int play_and_record(void *arg)
{
	struct rd__play play = { .tones = "440/100" };
	struct rd__record request = { .path = in_folder("it.wav"),
				      .format = rd_format_find("wav") };
	struct rd__record_result done;
	struct rd__recorder *recorder;
	struct rd__sound *sound;
	int rc = rd__stream_play(arg, &play, NULL);

	if (!rc)
		rc = rd__stream_record(arg, &request, &recorder);
	if (rc)
		return rc;
	rd__recorder_stop(recorder, &done);
	rc = done.rc;
	if (!rc)
		rc = rd__sound_load(&sound, in_folder("it"));
	if (!rc)
		rd__sound_unref(sound);
	return rc;
}

static int play_and_record_a_stream(void *arg)
{
	struct rd_stream *stream;
	int rc = rd_stream_new_custom(&stream, &(struct rd_stream_ops){ .read = NULL }, arg, 8000);

	if (rc)
		return rc;
	rc = rd__sched_call(play_and_record, stream);
	rd_stream_close(stream);
	rig_streams_end();
	rd__sound_cache_drop();
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_true(oom_sweep_lenient(play_and_record_a_stream, NULL) > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sound_is_heard_to_its_end),
		TEST(packets_leave_every_20_ms),
		TEST(a_second_player_takes_the_place_of_the_first),
		TEST(a_player_is_paused_and_moved),
		TEST(a_digit_without_agreement_is_two_tones),
		TEST(a_peer_is_heard_again_after_a_prompt),
		TEST(what_is_recorded_can_be_played),
		TEST(a_new_recording_is_heard_not_the_old_one),
		TEST(what_is_lost_leaves_its_place),
		TEST(a_recording_ends_at_its_limit),
		TEST(silence_is_noticed_also_when_nothing_comes),
		TEST(a_prompt_that_is_missing_is_told),
	};
	const struct CMUnitTest inline_only[] = { TEST(memory_may_run_out_at_any_moment) };
	int failed;

	snprintf(folder, sizeof(folder), "/tmp/rd-player-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	rig_threads = 2;
	failed = RUN_GROUP(tests);
	rig_threads = 0;
	failed += RUN_GROUP(tests);
	failed += RUN_GROUP(inline_only);
	unlink(in_folder("it.wav"));
	rmdir(folder);
	return failed;
}
