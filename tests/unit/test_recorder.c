/* Recorders beside a call that is relayed: one side or both, mixed or a channel
 * each, paused, muted, louder; and a disk that is full. Two phones speak in tones,
 * and the file is listened to. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"
#include "tests/unit/tone_meter.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sched/clock.h"
#include "core/sched/sched.h"

enum { RATE = 8000, LEVEL = 8000, SAMPLES = RATE * 4, HZ_A = 400, HZ_B = 1000 };

static char folder[64], path[96];

/* ---- two phones that talk ---- */

struct talk {
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
	size_t at;
	int lose_at_ms; /* a's packet of this moment, and one a fifth of a second later; 0: none */
	int relayed; /* packets of b that reached a as they were */
	struct rd__recorder *recorder;
	struct rd__record request;
	struct rd__record_result result;
	int failed_rc, detached;
};

static void notify(void *arg, int what, int rc)
{
	struct talk *talk = arg;

	if (what == RD__RECORD_FAILED)
		talk->failed_rc = rc;
	talk->detached += what == RD__RECORD_DETACHED;
}

static void send_tone(struct far_end *far, struct rd_stream *to, int hz, size_t at)
{
	uint8_t packet[RD__RTP_HEADER + 160];
	struct rd__rtp rtp = { .seq = far->seq++, .ts = far->ts, .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER, .size = 160 };
	int16_t samples[160];

	tone_make(samples, 160, RATE, hz, LEVEL, at);
	rd_codec_find("ulaw")->encode(NULL, samples, 160, rtp.payload, 160);
	far->ts += 160;
	rd__rtp_print(&rtp);
	far_end_send_raw(far, to, packet, sizeof(packet));
}

static bool is_lost(const struct talk *talk)
{
	int ms = (int)talk->at / 8;

	return talk->lose_at_ms && (ms == talk->lose_at_ms || ms == talk->lose_at_ms + 200);
}

/* In the fiber. */
static void talk_for(struct talk *talk, int ms)
{
	for (int i = 0; i < ms / 20; i++) {
		struct arrived got;

		if (is_lost(talk)) {
			talk->a.seq++;
			talk->a.ts += 160;
		} else {
			send_tone(&talk->a, talk->stream_a, HZ_A, talk->at);
		}
		send_tone(&talk->b, talk->stream_b, HZ_B, talk->at);
		talk->at += 160;
		rd_sleep(20);
		while (recv(talk->a.fd, got.bytes, sizeof(got.bytes), 0) > 0)
			talk->relayed++;
		while (recv(talk->b.fd, got.bytes, sizeof(got.bytes), 0) > 0)
			;
	}
}

static int16_t heard[2][SAMPLES];
static size_t heard_count;

/* A wav file of ours: the header is 44 bytes. */
static void listen_to_file(void)
{
	FILE *file = fopen(path, "rb");
	uint8_t header[44];
	int16_t frame[2];

	assert_non_null(file);
	assert_int_equal(fread(header, 1, 44, file), 44);
	for (heard_count = 0; heard_count < SAMPLES; heard_count++) {
		if (fread(frame, 2, header[22], file) != header[22])
			break;
		heard[0][heard_count] = frame[0];
		heard[1][heard_count] = header[22] == 2 ? frame[1] : 0;
	}
	fclose(file);
}

static double level(int channel, int hz, int from_ms, int to_ms)
{
	size_t from = (size_t)from_ms * RATE / 1000, to = (size_t)to_ms * RATE / 1000;

	assert_true(to <= heard_count);
	return tone_level(heard[channel] + from, to - from, RATE, hz);
}

static void assert_heard(int channel, int hz, int from_ms, int to_ms)
{
	double db = tone_db(level(channel, hz, from_ms, to_ms), LEVEL);

	if (db < -1 || db > 1)
		fail_msg("channel %d, %d Hz, %d to %d ms: %.1f dB", channel, hz, from_ms, to_ms,
			 db);
}

static void assert_silent(int channel, int hz, int from_ms, int to_ms)
{
	assert_in_range((int)level(channel, hz, from_ms, to_ms), 0, LEVEL / 30);
}

/* ---- a room that comes late ---- */

struct late_room {
	size_t at;
	int ticks, still_from, still_to; /* it gives nothing then, and all of it later */
	uint64_t since_us;
};

static ssize_t read_late(void *arg, int16_t *samples, size_t max)
{
	struct late_room *room = arg;
	int tick = room->ticks++;

	if (tick >= room->still_from && tick < room->still_to)
		return 0;
	tone_make(samples, max, RATE, HZ_A, LEVEL, room->at);
	room->at += max;
	return (ssize_t)max;
}

/* It has what was said by now, and keeps what is not fetched. */
static ssize_t read_kept(void *arg, int16_t *samples, size_t max)
{
	struct late_room *room = arg;
	size_t said = (size_t)((rd_now_us() - room->since_us) * RATE / 1000000);

	if (said < room->at + max)
		return 0;
	tone_make(samples, max, RATE, HZ_A, LEVEL, room->at);
	room->at += max;
	return (ssize_t)max;
}

static struct rd_stream *late_stream;

static int start_late(struct rd__record *request, struct rd__recorder **recorder)
{
	request->path = path;
	request->format = rd_format_find("wav");
	return rd__stream_record(late_stream, request, recorder);
}

static int record_late(void *arg)
{
	struct rd__record_result result;
	struct rd__recorder *recorder;
	int rc = start_late(arg, &recorder);

	if (rc)
		return rc;
	rd_sleep(1500);
	rd__recorder_stop(recorder, &result);
	return result.rc;
}

/* ---- fixtures ---- */

static int (*story)(struct talk *talk);

static int run_story(void *arg)
{
	struct talk *talk = arg;
	int rc = rd__stream_record(talk->stream_a, &talk->request, &talk->recorder);

	if (rc)
		return rc;
	rc = story(talk);
	if (talk->recorder)
		rd__recorder_stop(talk->recorder, &talk->result);
	return rc;
}

static struct talk run(int (*fn)(struct talk *talk), struct rd__record request)
{
	struct talk talk = { .request = request };

	talk.request.path = path;
	talk.request.format = rd_format_find("wav");
	talk.request.notify = notify;
	talk.request.arg = &talk;
	story = fn;
	far_end_open(&talk.a);
	far_end_open(&talk.b);
	talk.stream_a = rig_stream(&talk.a, "ulaw");
	talk.stream_b = rig_stream(&talk.b, "ulaw");
	rd__stream_link(talk.stream_a, talk.stream_b, 0);
	rig_run(20);
	assert_int_equal(rd__sched_call(run_story, &talk), 0);
	if (talk.stream_a) {
		assert_int_equal(rd__stream_way(talk.stream_b), RD__WAY_RELAY);
		rd_stream_close(talk.stream_a);
	}
	rd_stream_close(talk.stream_b);
	rig_run(20);
	far_end_close(&talk.a);
	far_end_close(&talk.b);
	listen_to_file();
	return talk;
}

static int setup(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/rd-recorder-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/it.wav", folder);
	return rig_virtual_setup(state);
}

static int teardown(void **state)
{
	rig_virtual_teardown(state);
	unlink(path);
	rmdir(folder);
	return 0;
}

static int just_talk(struct talk *talk)
{
	talk_for(talk, 1000);
	return 0;
}

/* ---- sides ---- */

static void both_sides_are_mixed_while_the_call_is_relayed(void **state)
{
	struct talk talk = run(just_talk, (struct rd__record){ .sides = RD__RECORD_IN |
									RD__RECORD_OUT });

	(void)state;
	assert_in_range(talk.result.length_ms, 960, 1040);
	assert_heard(0, HZ_A, 300, 800);
	assert_heard(0, HZ_B, 300, 800);
	assert_in_range(talk.relayed, 47, 50);
}

static void each_side_may_have_a_channel(void **state)
{
	(void)state;
	run(just_talk, (struct rd__record){ .sides = RD__RECORD_IN | RD__RECORD_OUT,
					    .stereo = true });
	assert_heard(0, HZ_A, 300, 800);
	assert_silent(0, HZ_B, 300, 800);
	assert_heard(1, HZ_B, 300, 800);
	assert_silent(1, HZ_A, 300, 800);
}

static void one_side_alone_is_what_it_says(void **state)
{
	(void)state;
	run(just_talk, (struct rd__record){ .sides = RD__RECORD_OUT });
	assert_heard(0, HZ_B, 300, 800);
	assert_silent(0, HZ_A, 300, 800);
}

static void a_side_may_be_louder_or_softer(void **state)
{
	(void)state;
	run(just_talk, (struct rd__record){ .sides = RD__RECORD_IN | RD__RECORD_OUT,
					    .stereo = true, .steps_in = 1, .steps_out = -2 });
	assert_in_range((int)(10 * tone_db(level(0, HZ_A, 300, 800), LEVEL)), 50, 70);
	assert_in_range((int)(-10 * tone_db(level(1, HZ_B, 300, 800), LEVEL)), 110, 130);
}

static void who_is_patient_waits_for_what_is_late(void **state)
{
	static const struct rd_stream_ops ops = { .read = read_late };
	struct late_room room = { .still_from = 25, .still_to = 40 };
	struct rd__record request = { .patient = true };

	(void)state;
	assert_int_equal(rd_stream_new_custom(&late_stream, &ops, &room, RATE), 0);
	assert_int_equal(rd__sched_call(record_late, &request), 0);
	rd_stream_close(late_stream);
	rig_streams_end();
	listen_to_file();
	/* Shorter by what was still under way. */
	for (int ms = 100; ms < 1100; ms += 20)
		assert_heard(0, HZ_A, ms, ms + 20);
}

static int stand_still(void *arg)
{
	struct rd__record_result result;
	struct rd__recorder *recorder;
	int rc = start_late(arg, &recorder);

	if (rc)
		return rc;
	rd_sleep(500);
	rd__clock_jump(300000);
	rd_sleep(500);
	rd__recorder_stop(recorder, &result);
	return result.rc;
}

static void a_machine_that_stood_still_catches_up(void **state)
{
	static const struct rd_stream_ops ops = { .read = read_kept };
	struct late_room room = { .since_us = rd_now_us() };
	struct rd__record request = { .patient = true };

	(void)state;
	assert_int_equal(rd_stream_new_custom(&late_stream, &ops, &room, RATE), 0);
	assert_int_equal(rd__sched_call(stand_still, &request), 0);
	assert_in_range(room.at, RATE * 123 / 100, RATE * 132 / 100);
	rd_stream_close(late_stream);
	rig_streams_end();
	listen_to_file();
	for (int ms = 100; ms < 1200; ms += 20)
		assert_heard(0, HZ_A, ms, ms + 20);
}

static int play_to_a(struct talk *talk)
{
	struct rd__play play = { .tones = "600/0" };

	if (rd__stream_play(talk->stream_a, &play, NULL))
		return -EINVAL;
	talk_for(talk, 1000);
	return 0;
}

static int lose_two(struct talk *talk)
{
	talk->lose_at_ms = 400;
	return just_talk(talk);
}

/* Of a tone nobody can tell where it was. The call is relayed and has the gaps. */
static void lost_packets_are_made_up_for(void **state)
{
	(void)state;
	run(lose_two, (struct rd__record){ .sides = RD__RECORD_IN });
	for (int ms = 300; ms < 700; ms += 20)
		assert_heard(0, HZ_A, ms, ms + 20);
	run(lose_two, (struct rd__record){ .sides = RD__RECORD_IN | RD__RECORD_OUT,
					   .stereo = true });
	for (int ms = 300; ms < 700; ms += 20)
		assert_heard(0, HZ_A, ms, ms + 20);
}

static int begin_late_and_linger(struct talk *talk)
{
	rd_sleep(110);
	talk_for(talk, 200);
	rd_sleep(40);
	talk_for(talk, 600);
	return 0;
}

/* Wherever silence stands when somebody begins to speak. */
static void a_packet_that_comes_late_leaves_no_hole(void **state)
{
	(void)state;
	run(begin_late_and_linger, (struct rd__record){ .sides = RD__RECORD_IN | RD__RECORD_OUT,
							.stereo = true });
	for (int ms = 120; ms < 700; ms += 20) {
		assert_heard(0, HZ_A, ms, ms + 20);
		assert_heard(1, HZ_B, ms, ms + 20);
	}
}

static void what_is_played_is_recorded_too(void **state)
{
	(void)state;
	run(play_to_a, (struct rd__record){ .sides = RD__RECORD_OUT });
	assert_true(level(0, 600, 300, 800) > 1000);
	assert_silent(0, HZ_B, 300, 800);
}

/* ---- pause and mute ---- */

static int pause_in_between(struct talk *talk)
{
	talk_for(talk, 400);
	rd__recorder_pause(talk->recorder, true);
	talk_for(talk, 1000);
	rd__recorder_pause(talk->recorder, false);
	talk_for(talk, 400);
	return 0;
}

static void a_pause_takes_no_time_in_the_file(void **state)
{
	struct talk talk = run(pause_in_between, (struct rd__record){ .sides = RD__RECORD_IN });

	(void)state;
	assert_in_range(talk.result.length_ms, 760, 860);
	assert_heard(0, HZ_A, 100, 300);
	assert_heard(0, HZ_A, 500, 700);
}

static int mute_in_between(struct talk *talk)
{
	talk_for(talk, 500);
	rd__recorder_mute(talk->recorder, RD__RECORD_OUT);
	talk_for(talk, 600);
	rd__recorder_mute(talk->recorder, 0);
	talk_for(talk, 600);
	return 0;
}

static void a_muted_side_is_silent_and_keeps_its_place(void **state)
{
	struct talk talk = run(mute_in_between, (struct rd__record){
				.sides = RD__RECORD_IN | RD__RECORD_OUT, .stereo = true });

	(void)state;
	assert_in_range(talk.result.length_ms, 1660, 1740);
	assert_heard(0, HZ_A, 200, 1600);
	assert_heard(1, HZ_B, 200, 400);
	assert_silent(1, HZ_B, 700, 900);
	assert_heard(1, HZ_B, 1300, 1500);
}

/* ---- several, and the end ---- */

static int record_another(struct talk *talk)
{
	char other[96];
	struct rd__record request = talk->request;
	struct rd__record_result result;
	struct rd__recorder *second;
	int rc;

	snprintf(other, sizeof(other), "%s/other.wav", folder);
	request.path = other;
	request.sides = RD__RECORD_OUT;
	rc = rd__stream_record(talk->stream_a, &request, &second);
	talk_for(talk, 600);
	if (!rc)
		rd__recorder_stop(second, &result);
	talk_for(talk, 200);
	unlink(other);
	return rc ? rc : result.length_ms > 450 ? 0 : -EIO;
}

static void a_stream_may_have_several(void **state)
{
	(void)state;
	run(record_another, (struct rd__record){ .sides = RD__RECORD_IN });
	assert_heard(0, HZ_A, 200, 600);
}

static int close_in_between(struct talk *talk)
{
	talk_for(talk, 400);
	rd_stream_close(talk->stream_a);
	talk->stream_a = NULL;
	rd_sleep(100);
	return 0;
}

static void who_hangs_up_ends_it(void **state)
{
	struct talk talk = run(close_in_between, (struct rd__record){ .sides = RD__RECORD_IN });

	(void)state;
	assert_int_equal(talk.detached, 1);
	assert_in_range(talk.result.length_ms, 360, 440);
	assert_heard(0, HZ_A, 100, 300);
}

/* ---- a disk that is full ---- */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int talk_until_it_fails(struct talk *talk)
{
	talk_for(talk, 1600);
	return 0;
}

static void a_full_disk_ends_the_recording_and_not_the_call(void **state)
{
	struct talk talk;

	(void)state;
	limit_files(44 + RATE);
	talk = run(talk_until_it_fails, (struct rd__record){ .sides = RD__RECORD_IN });
	limit_files(RLIM_INFINITY);
	assert_int_equal(talk.failed_rc, -EFBIG);
	assert_int_equal(talk.result.rc, -EFBIG);
	assert_in_range(talk.relayed, 75, 80);
	/* What was there until then can be heard. */
	assert_in_range(heard_count, RATE / 4, RATE / 2);
	assert_heard(0, HZ_A, 50, 200);
}

static int nothing(struct talk *talk)
{
	(void)talk;
	return 0;
}

static int record_nowhere(void *arg)
{
	struct talk *talk = arg;

	talk->request.path = "/nowhere/at/all.wav";
	return rd__stream_record(talk->stream_a, &talk->request, &talk->recorder);
}

static void where_nothing_can_be_written_the_call_goes_on(void **state)
{
	struct talk talk = { .request = { .format = rd_format_find("wav"), .sides = 3 } };

	(void)state;
	story = nothing;
	far_end_open(&talk.a);
	talk.stream_a = rig_stream(&talk.a, "ulaw");
	assert_int_equal(rd__sched_call(record_nowhere, &talk), -ENOENT);
	rig_run(40);
	rd_stream_close(talk.stream_a);
	rig_run(20);
	far_end_close(&talk.a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_sides_are_mixed_while_the_call_is_relayed),
		TEST(each_side_may_have_a_channel),
		TEST(one_side_alone_is_what_it_says),
		TEST(who_is_patient_waits_for_what_is_late),
		TEST(a_machine_that_stood_still_catches_up),
		TEST(a_side_may_be_louder_or_softer),
		TEST(lost_packets_are_made_up_for),
		TEST(a_packet_that_comes_late_leaves_no_hole),
		TEST(what_is_played_is_recorded_too),
		TEST(a_pause_takes_no_time_in_the_file),
		TEST(a_muted_side_is_silent_and_keeps_its_place),
		TEST(a_stream_may_have_several),
		TEST(who_hangs_up_ends_it),
		TEST(a_full_disk_ends_the_recording_and_not_the_call),
		TEST(where_nothing_can_be_written_the_call_goes_on),
	};

	return RUN_GROUP(tests);
}
