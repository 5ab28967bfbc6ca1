/* What a phone gets of us is one stream for all of the call, whatever becomes of
 * the call: one SSRC, no number left out but for what was lost on the way to
 * us, and time that goes by the clock. On the virtual clock. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <stdlib.h>

#include <ringdown/clock.h>

#include "core/media/mixer.h"
#include "core/media/sound.h"
#include "core/sched/clock.h"

enum { PACKET_MS = 20,
       UNITS_PER_MS = 8,
       /* A packet waits for a tick, and one of a room for the next. */
       AWRY_MS = 45 };

/* Two who talk, and one who comes and goes; each sends its packets at a moment
 * of its own. */
static struct far_end a, b, c;
static struct rd_stream *stream_a, *stream_b, *stream_c;

/* What b has heard. */
static struct {
	int packets, markers;
	uint32_t ssrc, ts, first_ts;
	uint64_t first_us;
	uint16_t seq;
} heard;

static void hear_packet(const struct rd__rtp *rtp)
{
	int32_t went_ms, passed_ms;

	if (!heard.packets++) {
		heard.ssrc = rtp->ssrc;
		heard.first_ts = rtp->ts;
		heard.first_us = rd_now_us();
	} else if (rtp->seq != (uint16_t)(heard.seq + 1)) {
		fail_msg("packet %d: number %u after %u", heard.packets, rtp->seq, heard.seq);
	} else if ((int32_t)(rtp->ts - heard.ts) < 0 ||
		   (rtp->ts == heard.ts && rtp->payload_type != 101)) {
		fail_msg("packet %d: time %u after %u", heard.packets, rtp->ts, heard.ts);
	}
	assert_int_equal(rtp->ssrc, heard.ssrc);
	went_ms = (int32_t)(rtp->ts - heard.first_ts) / UNITS_PER_MS;
	passed_ms = (int32_t)((rd_now_us() - heard.first_us) / 1000);
	if (rtp->payload_type != 101 && abs(went_ms - passed_ms) > AWRY_MS)
		fail_msg("packet %d: its time is %d ms when %d have passed", heard.packets,
			 (int)went_ms, (int)passed_ms);
	heard.seq = rtp->seq;
	heard.ts = rtp->ts;
	heard.markers += rtp->marker;
}

static void hear(void)
{
	struct arrived got;
	ssize_t n;

	while ((n = recv(b.fd, got.bytes, sizeof(got.bytes), 0)) > 0)
		if (rd__rtp_parse(&got.rtp, got.bytes, (size_t)n))
			hear_packet(&got.rtp);
	while (recv(a.fd, got.bytes, sizeof(got.bytes), 0) > 0)
		continue;
}

static void talk(int ms)
{
	static int clock_ms;

	for (int i = 0; i < ms; i++, clock_ms++) {
		if (clock_ms % PACKET_MS == 0)
			far_end_send(&a, stream_a, 0x10);
		if (clock_ms % PACKET_MS == 7)
			far_end_send(&b, stream_b, 0x20);
		if (clock_ms % PACKET_MS == 13)
			far_end_send(&c, stream_c, 0x30);
		rig_run(1);
		hear();
	}
}

static int begin(void **state)
{
	rig_virtual_setup(state);
	memset(&heard, 0, sizeof(heard));
	far_end_open(&a), far_end_open(&b), far_end_open(&c);
	stream_a = rig_stream(&a, "ulaw");
	stream_b = rig_stream(&b, "ulaw");
	stream_c = rig_stream(&c, "ulaw");
	assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
	talk(200);
	assert_in_range(heard.packets, 8, 10);
	return 0;
}

static int end(void **state)
{
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	rd_stream_close(stream_c);
	rig_run(50);
	far_end_close(&a), far_end_close(&b), far_end_close(&c);
	return rig_virtual_teardown(state);
}

/* From now on b hears the other again. */
static void assert_hears(int ms)
{
	int before = heard.packets;

	talk(ms);
	assert_in_range(heard.packets - before, ms / PACKET_MS - 2, ms / PACKET_MS + 1);
}

static void set_direction(struct rd_stream *stream, enum rd_direction direction)
{
	struct rd_stream_config config = *rd_stream_config(stream);

	config.direction = direction;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
}

/* ---- what may become of a call ---- */

static void the_same_two_are_parted_and_joined(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		rd__stream_unlink(stream_b);
		talk(100 + i * 117);
		assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
		assert_hears(300);
	}
	assert_int_equal(heard.markers, 4);
}

static void a_phone_is_put_on_hold_and_fetched_back(void **state)
{
	(void)state;
	set_direction(stream_b, RD_RECVONLY);
	talk(500);
	set_direction(stream_b, RD_SENDRECV);
	assert_hears(300);
	/* The other one, who sends on. */
	set_direction(stream_a, RD_SENDONLY);
	talk(500);
	set_direction(stream_a, RD_SENDRECV);
	assert_hears(300);
}

static void another_speaks_and_the_first_again(void **state)
{
	(void)state;
	assert_int_equal(rd__stream_link(stream_c, stream_b, 0), 0);
	assert_hears(500);
	assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
	assert_hears(500);
}

static void a_key_is_sent_while_somebody_talks(void **state)
{
	(void)state;
	for (int ms = 40; ms < 400; ms += 53) {
		assert_int_equal(rd_stream_send_digit(stream_b, '5', ms), 0);
		talk(ms + 300);
		assert_hears(200);
	}
}

static void a_prompt_is_played_in_between(void **state)
{
	static int16_t samples[8000];
	struct rd__sound *sound;
	struct rd__play play = { .sounds = &sound, .count = 1 };

	(void)state;
	assert_int_equal(rd__sound_new(&sound, samples, 8000, 8000), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rd__stream_play(stream_b, &play, NULL), 0);
		talk(1300 + i * 7);
		assert_hears(300);
	}
	rd__sound_unref(sound);
}

static void they_meet_in_a_room_and_part_again(void **state)
{
	struct rd__mixer_options options = { 0 };
	struct rd__mixer *mixer;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rd__mixer_new(&mixer, &options), 0);
		assert_int_equal(rd__mixer_join(mixer, stream_a, NULL), 0);
		assert_int_equal(rd__mixer_join(mixer, stream_b, NULL), 0);
		assert_int_equal(rd__mixer_join(mixer, stream_c, NULL), 0);
		talk(500 + i * 7);
		assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
		rd__mixer_leave(stream_c);
		rd__mixer_close(mixer);
		talk(100);
		assert_hears(300);
	}
}

static void another_codec_is_agreed_on(void **state)
{
	(void)state;
	rig_configure(stream_b, &b, "alaw", true);
	assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
	talk(40);
	assert_hears(300);
	rig_configure(stream_b, &b, "ulaw", true);
	assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
	talk(40);
	assert_hears(300);
}

static void a_far_end_begins_anew(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		a.ssrc++;
		a.seq = (uint16_t)(a.seq + 7777 * i);
		a.ts += 123456789u * (unsigned)i;
		assert_hears(300);
	}
}

static void only_what_was_lost_is_left_out(void **state)
{
	(void)state;
	rd__stream_unlink(stream_b);
	talk(200);
	assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
	assert_hears(200);
	a.seq += 2, a.ts += 2 * PACKET_MS * UNITS_PER_MS;
	heard.seq += 2;
	heard.first_ts += 2 * PACKET_MS * UNITS_PER_MS; /* nobody was silent so long */
	assert_hears(200);
}

/* One from before they were parted does not come under a number that was used. */
static void what_is_too_late_for_a_change_is_dropped(void **state)
{
	int before;

	(void)state;
	rd__stream_unlink(stream_b);
	talk(200);
	assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
	assert_hears(100);
	before = heard.packets;
	a.seq = (uint16_t)(a.seq - 15), a.ts -= 15 * PACKET_MS * UNITS_PER_MS;
	far_end_send(&a, stream_a, 0x11);
	rig_run(5);
	hear();
	assert_int_equal(heard.packets, before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_two_are_parted_and_joined),
		TEST(a_phone_is_put_on_hold_and_fetched_back),
		TEST(another_speaks_and_the_first_again),
		TEST(a_key_is_sent_while_somebody_talks),
		TEST(a_prompt_is_played_in_between),
		TEST(they_meet_in_a_room_and_part_again),
		TEST(another_codec_is_agreed_on),
		TEST(a_far_end_begins_anew),
		TEST(only_what_was_lost_is_left_out),
		TEST(what_is_too_late_for_a_change_is_dropped),
	};

	return RUN_GROUP(tests);
}
