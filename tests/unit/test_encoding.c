/* A prompt is encoded once for all that hear it: with codecs that count how
 * often they are asked, one without a memory, one with. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/media/encoding.h"
#include "core/sched/sched.h"

enum { SOON_MS = 1000, LISTENERS = 4, PACKETS = 10, SHORT = 100 /* less than a frame */ };

static atomic_int encoded, states; /* samples encoded; encoders made */
static atomic_bool held; /* nothing is encoded, for a while */

/* ---- codecs ---- */

/* The upper byte, so that the test can tell which sample it was. */
static int encode_plain(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	(void)state;
	atomic_fetch_add(&encoded, (int)count);
	for (size_t i = 0; i < count && i < max; i++)
		out[i] = (uint8_t)(samples[i] >> 8);
	return (int)count;
}

static int decode_plain(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	(void)state;
	for (size_t i = 0; i < size && i < max; i++)
		out[i] = data ? (int16_t)(data[i] << 8) : 0;
	return (int)RD_MIN(size, max);
}

/* A packet says how many its encoder has made before. */
static void *encoder_new(const char *fmtp)
{
	(void)fmtp;
	atomic_fetch_add(&states, 1);
	return rd_zalloc(1);
}

static void state_free(void *state)
{
	rd_free(state);
}

static int encode_packet(void *state, const int16_t *samples, size_t count, uint8_t *out,
			 size_t max)
{
	uint8_t *made = state;

	for (int ms = 0; ms < SOON_MS && atomic_load(&held); ms++)
		usleep(1000);
	atomic_fetch_add(&encoded, (int)count);
	if (max < 2)
		return -ENOSPC;
	out[0] = (*made)++;
	out[1] = (uint8_t)(samples[0] >> 8);
	return 2;
}

static const struct rd_codec plain = {
	.name = "plain",
	.rtp_name = "PLAIN",
	.rate = 8000,
	.channels = 1,
	.payload = 20,
	.ptime_ms = 20,
	.frame_ms = 1,
	.bitrate = 64000,
	.encode = encode_plain,
	.decode = decode_plain,
};

static const struct rd_codec packed = {
	.name = "packed",
	.rtp_name = "PACKED",
	.rate = 8000,
	.rtp_rate = 8000,
	.channels = 1,
	.payload = 21,
	.ptime_ms = 20,
	.frame_ms = 20,
	.bitrate = 800,
	.encoder_new = encoder_new,
	.state_free = state_free,
	.encode = encode_packet,
	.decode = decode_plain,
};

static int setup(void **state)
{
	(void)state;
	rig_start(rig_threads);
	assert_int_equal(rd__codec_add(&plain, "test"), 0);
	assert_int_equal(rd__codec_add(&packed, "test"), 0);
	atomic_store(&encoded, 0);
	atomic_store(&states, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rd__media_stop();
	rd__codec_remove(&plain);
	rd__codec_remove(&packed);
	rig_stop();
	return 0;
}

/* ---- listeners ---- */

struct listener {
	struct far_end far;
	struct rd_stream *stream;
	struct rd__sound *sound;
};

/* Sample i of it is i * 256 at its upper byte: a staircase. */
static struct rd__sound *staircase(size_t count, int rate)
{
	int16_t *samples = malloc(count * sizeof(*samples));
	struct rd__sound *sound;

	for (size_t i = 0; i < count; i++)
		samples[i] = (int16_t)((i / 10 % 100) << 8);
	assert_int_equal(rd__sound_new(&sound, samples, count, rate), 0);
	free(samples);
	return sound;
}

static int prepare(void *arg)
{
	struct listener *listener = arg;

	return rd__stream_prepare(listener->stream, listener->sound);
}

static void listen_to(struct listener *listener, struct rd__sound *sound, const char *codecs)
{
	far_end_open(&listener->far);
	listener->stream = rig_stream(&listener->far, codecs);
	listener->sound = sound;
}

static void leave(struct listener *listener)
{
	rd_stream_close(listener->stream);
	rig_run(20);
	far_end_close(&listener->far);
}

static void play(struct listener *listener, bool loop, struct rd__player **player)
{
	struct rd__play request = { .sounds = &listener->sound, .count = 1, .loop = loop };

	assert_int_equal(rd__stream_play(listener->stream, &request, player), 0);
}

/* ---- tests ---- */

static void many_ask_at_once_and_it_is_encoded_once(void **state)
{
	struct rd__sound *sound = staircase(1600, 8000);
	struct listener listeners[LISTENERS];
	struct rd_fiber *fibers[LISTENERS];
	struct arrived got;

	(void)state;
	for (int i = 0; i < LISTENERS; i++) {
		listen_to(&listeners[i], sound, "plain");
		assert_int_equal(rd_fiber_new(&fibers[i], "asks", prepare, &listeners[i]), 0);
	}
	rig_run(50);
	for (int i = 0; i < LISTENERS; i++) {
		rd_fiber_detach(fibers[i]);
		play(&listeners[i], false, NULL);
	}
	for (int i = 0; i < LISTENERS; i++) {
		for (int packet = 0; packet < PACKETS; packet++) {
			assert_true(far_end_receive(&listeners[i].far, &got, SOON_MS));
			assert_int_equal(got.rtp.size, 160);
			assert_int_equal(got.rtp.payload[15], (packet * 16 + 1) % 100);
		}
		leave(&listeners[i]);
	}
	assert_int_equal(atomic_load(&encoded), 1600);
	rd__sound_unref(sound);
}

static int prepare_soon(void *arg)
{
	struct listener *listener = arg;

	return rd__stream_prepare_soon(listener->stream, listener->sound);
}

static const struct rd__encoding *encoding_for(const struct listener *listener)
{
	return rd__encoding_find(listener->sound, &rd_stream_config(listener->stream)->formats[0]);
}

static void nobody_waits_for_a_long_one(void **state)
{
	struct rd__sound *sound = staircase((size_t)8000 * 6, 8000);
	struct listener listener;
	struct arrived got;

	(void)state;
	listen_to(&listener, sound, "packed");
	atomic_store(&held, true);
	assert_int_equal(rd__sched_call(prepare_soon, &listener), 0);
	assert_int_equal(rd__sched_call(prepare_soon, &listener), 0);
	assert_null(encoding_for(&listener));
	atomic_store(&held, false);
	play(&listener, false, NULL);
	assert_true(far_end_receive(&listener.far, &got, SOON_MS));
	for (int ms = 0; ms < SOON_MS && !encoding_for(&listener); ms++)
		rig_run(1);
	assert_non_null(encoding_for(&listener));
	/* Its own voice, and one for all who come later. */
	assert_int_equal(atomic_load(&states), 2);
	leave(&listener);
	rd__sound_unref(sound);
}

static void packets_of_a_codec_with_a_memory_begin_anew(void **state)
{
	struct rd__sound *sound = staircase(160 * 3 + SHORT, 8000);
	struct listener listeners[2];
	struct arrived got;

	(void)state;
	for (int i = 0; i < 2; i++) {
		listen_to(&listeners[i], sound, "packed");
		assert_int_equal(rd__sched_call(prepare, &listeners[i]), 0);
	}
	/* One for each stream's own voice, and one for the sound. */
	assert_int_equal(atomic_load(&states), 3);
	for (int i = 0; i < 2; i++) {
		play(&listeners[i], false, NULL);
		for (int packet = 0; packet < 4; packet++) {
			assert_true(far_end_receive(&listeners[i].far, &got, SOON_MS));
			assert_int_equal(got.rtp.size, 2);
			assert_int_equal(got.rtp.payload[0], packet);
			assert_int_equal(got.rtp.payload[1], packet * 16);
		}
		assert_false(far_end_receive(&listeners[i].far, &got, 60));
		leave(&listeners[i]);
	}
	assert_int_equal(atomic_load(&encoded), 640);
	rd__sound_unref(sound);
}

static void a_loop_of_bytes_has_no_seam(void **state)
{
	struct rd__sound *sound = staircase(1000 + SHORT, 8000);
	struct listener listener;
	struct rd__player *player;
	struct arrived got;
	size_t at = 0;

	(void)state;
	listen_to(&listener, sound, "plain");
	assert_int_equal(rd__sched_call(prepare, &listener), 0);
	play(&listener, true, &player);
	for (int packet = 0; packet < 20; packet++) {
		assert_true(far_end_receive(&listener.far, &got, SOON_MS));
		for (size_t i = 0; i < got.rtp.size; i++, at++)
			assert_int_equal(got.rtp.payload[i], at % (1000 + SHORT) / 10 % 100);
	}
	assert_int_equal(atomic_load(&encoded), 1000 + SHORT);
	rd__player_stop(player);
	leave(&listener);
	rd__sound_unref(sound);
}

static void a_jump_lands_on_a_packet(void **state)
{
	struct rd__sound *sound = staircase(1600, 8000);
	struct listener listener;
	struct rd__player *player;
	struct arrived got;

	(void)state;
	listen_to(&listener, sound, "packed");
	assert_int_equal(rd__sched_call(prepare, &listener), 0);
	play(&listener, true, &player);
	rd__player_control(player, RD__PLAYER_SEEK_TO, 70);
	assert_true(far_end_receive(&listener.far, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 3);
	assert_true(far_end_receive(&listener.far, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 4);
	rd__player_stop(player);
	leave(&listener);
	rd__sound_unref(sound);
}

/* What was encoded does not fit any more: it goes on where it was. */
static void another_codec_in_the_middle_is_encoded_anew(void **state)
{
	struct rd__sound *sound = staircase(8000, 8000);
	struct listener listener;
	struct rd__player *player;
	struct arrived got;
	int packet = 0;

	(void)state;
	listen_to(&listener, sound, "packed");
	assert_int_equal(rd__sched_call(prepare, &listener), 0);
	play(&listener, true, &player);
	for (; packet < 3; packet++)
		assert_true(far_end_receive(&listener.far, &got, SOON_MS));
	rig_configure(listener.stream, &listener.far, "plain", true);
	for (; got.rtp.payload_type == 21; packet++)
		assert_true(far_end_receive(&listener.far, &got, SOON_MS));
	assert_int_equal(got.rtp.size, 160);
	assert_int_equal(got.rtp.payload[0], (packet - 1) * 16 % 100);
	rd__player_stop(player);
	leave(&listener);
	rd__sound_unref(sound);
}

static struct rd__sound *slope(size_t count, int rate)
{
	int16_t *samples = malloc(count * sizeof(*samples));
	struct rd__sound *sound;

	for (size_t i = 0; i < count; i++)
		samples[i] = (int16_t)(i * 8);
	assert_int_equal(rd__sound_new(&sound, samples, count, rate), 0);
	free(samples);
	return sound;
}

static void a_sound_of_another_rate_keeps_its_pace(void **state)
{
	struct rd__sound *sound = slope(3200, 16000);
	struct listener listener;
	struct arrived got;

	(void)state;
	listen_to(&listener, sound, "plain");
	assert_int_equal(rd__sched_call(prepare, &listener), 0);
	play(&listener, false, NULL);
	for (int packet = 0; packet < PACKETS; packet++) {
		assert_true(far_end_receive(&listener.far, &got, SOON_MS));
		/* In the middle of each: 16 a sample, seen by its upper byte. */
		assert_in_range(got.rtp.payload[80], packet * 10 + 4, packet * 10 + 6);
	}
	assert_false(far_end_receive(&listener.far, &got, 60));
	assert_int_equal(atomic_load(&encoded), 1600);
	leave(&listener);
	rd__sound_unref(sound);
}

static void a_codec_that_went_is_not_heard_again(void **state)
{
	struct rd__sound *sound = staircase(1600, 8000);
	struct rd_stream_format format = { .codec = &plain };
	struct listener listener;

	(void)state;
	listen_to(&listener, sound, "plain");
	assert_int_equal(rd__sched_call(prepare, &listener), 0);
	assert_non_null(rd__encoding_find(sound, &format));
	leave(&listener);
	rig_streams_end();
	rd__codec_remove(&plain);
	assert_null(rd__encoding_find(sound, &format));
	assert_int_equal(rd__codec_add(&plain, "test"), 0);
	rd__sound_unref(sound);
}

static int prepare_a_stream(void *arg)
{
	struct listener listener;
	int rc;

	(void)arg;
	far_end_open(&listener.far);
	rc = rd__sound_new(&listener.sound, (int16_t[]){ 1, 2, 3 }, 3, 16000);
	if (rc)
		goto out;
	for (int i = 0; i < 2 && !rc; i++)
		rc = rd__sound_encode(listener.sound,
				      &(struct rd_stream_format){ .codec = i ? &packed : &plain });
	rd__sound_unref(listener.sound);
out:
	far_end_close(&listener.far);
	return rc;
}

static int in_a_fiber(void *arg)
{
	return rd__sched_call(prepare_a_stream, arg);
}

static void memory_may_run_out(void **state)
{
	(void)state;
	assert_true(oom_sweep_lenient(in_a_fiber, NULL) > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_ask_at_once_and_it_is_encoded_once),
		TEST(nobody_waits_for_a_long_one),
		TEST(packets_of_a_codec_with_a_memory_begin_anew),
		TEST(a_loop_of_bytes_has_no_seam),
		TEST(a_jump_lands_on_a_packet),
		TEST(another_codec_in_the_middle_is_encoded_anew),
		TEST(a_sound_of_another_rate_keeps_its_pace),
		TEST(a_codec_that_went_is_not_heard_again),
		TEST(memory_may_run_out),
	};
	int failed;

	rig_threads = 2;
	failed = RUN_GROUP(tests);
	rig_threads = 0;
	return failed + RUN_GROUP(tests);
}
