/* What a phone gets of us is one stream for all of the call, whatever becomes of
 * the call: one SSRC, no number left out but for what was lost on the way to
 * us, and time that goes by the clock. On the virtual clock. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <stdlib.h>

#include <ringdown/clock.h>

#include "core/media/dtmf.h"
#include "core/media/mixer.h"
#include "core/media/registry.h"
#include "core/media/sound.h"
#include "core/media/wire.h"
#include "core/sched/clock.h"

enum {
	PACKET_MS = 20,
	UNITS_PER_MS = 8,
	EVENTS = 101, /* their payload type */
	/* A packet waits for a tick, and one of a room for the next. */
	AWRY_MS = 45
};

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
	size_t span; /* of the last packet of the voice: a byte is a unit */
	uint32_t left_out; /* time between them in which there is nothing */
	int keys, key_packets; /* a key's packets have one time */
	uint32_t key_ts;
} heard;

static int ms_of_a; /* of each packet that a sends */

static void assert_in_time(const struct rd__rtp *rtp)
{
	int32_t went_ms = (int32_t)(rtp->ts - heard.first_ts) / UNITS_PER_MS;
	int32_t passed_ms = (int32_t)((rd_now_us() - heard.first_us) / 1000);

	if (abs(went_ms - passed_ms) > AWRY_MS + ms_of_a - PACKET_MS)
		fail_msg("packet %d: its time is %d ms when %d have passed", heard.packets,
			 (int)went_ms, (int)passed_ms);
}

static void hear_key(const struct rd__rtp *rtp)
{
	heard.key_packets++;
	if (heard.keys && rtp->ts == heard.key_ts)
		return;
	heard.keys++;
	heard.key_ts = rtp->ts;
	assert_in_time(rtp);
}

static void hear_voice(const struct rd__rtp *rtp)
{
	if (heard.packets > 1 && rtp->ts - heard.ts - heard.span > INT32_MAX)
		fail_msg("packet %d: time %u after %zu units from %u on", heard.packets, rtp->ts,
			 heard.span, heard.ts);
	if (heard.packets > 1)
		heard.left_out += rtp->ts - heard.ts - (uint32_t)heard.span;
	assert_in_time(rtp);
	heard.ts = rtp->ts;
	heard.span = rtp->size;
	heard.markers += rtp->marker;
}

static void hear_packet(const struct rd__rtp *rtp)
{
	if (!heard.packets++) {
		heard.ssrc = rtp->ssrc;
		heard.first_ts = rtp->ts;
		heard.first_us = rd_now_us();
	} else if (rtp->seq != (uint16_t)(heard.seq + 1)) {
		fail_msg("packet %d: number %u after %u", heard.packets, rtp->seq, heard.seq);
	}
	assert_int_equal(rtp->ssrc, heard.ssrc);
	heard.seq = rtp->seq;
	if (rtp->payload_type == EVENTS)
		hear_key(rtp);
	else
		hear_voice(rtp);
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

/* A key that a's phone holds down. */
static struct {
	int packets; /* to come */
	bool mute; /* nothing is said meanwhile */
	int units;
	uint32_t ts;
} key;

static void send_key(bool end)
{
	uint8_t packet[RD__RTP_HEADER + RD__DTMF_PAYLOAD];
	struct rd__rtp rtp = { .payload_type = EVENTS,
			       .marker = key.units == 0,
			       .seq = a.seq++,
			       .ts = key.ts,
			       .ssrc = a.ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = RD__DTMF_PAYLOAD };

	key.units += end ? 0 : PACKET_MS * UNITS_PER_MS;
	rtp.payload[0] = 5;
	rtp.payload[1] = end ? 0x8a : 0x0a;
	rd__put16(rtp.payload + 2, (uint16_t)key.units);
	rd__rtp_print(&rtp);
	far_end_send_raw(&a, stream_a, packet, sizeof(packet));
}

static void say_of_a(void)
{
	uint8_t packet[RD__RTP_MAX];
	struct rd__rtp rtp = { .payload_type = a.payload_type,
			       .seq = a.seq++,
			       .ts = a.ts,
			       .ssrc = a.ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = (size_t)(ms_of_a * UNITS_PER_MS) };

	a.ts += (uint32_t)rtp.size;
	memset(rtp.payload, 0x10, rtp.size);
	rd__rtp_print(&rtp);
	far_end_send_raw(&a, stream_a, packet, RD__RTP_HEADER + rtp.size);
}

static void send_of_a(void)
{
	if (key.packets && key.mute)
		a.ts += PACKET_MS * UNITS_PER_MS;
	else
		say_of_a();
	if (!key.packets)
		return;
	send_key(false);
	if (--key.packets)
		return;
	for (int i = 0; i < RD__DTMF_ENDS; i++)
		send_key(true);
}

static void talk(int ms)
{
	static int clock_ms;

	for (int i = 0; i < ms; i++, clock_ms++) {
		if (clock_ms % ms_of_a == 0)
			send_of_a();
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
	ms_of_a = PACKET_MS;
	far_end_open(&a), far_end_open(&b), far_end_open(&c);
	stream_a = rig_stream(&a, "ulaw");
	stream_b = rig_stream(&b, "ulaw");
	stream_c = rig_stream(&c, "ulaw");
	assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
	talk(200);
	assert_in_range(heard.packets, 8, 10);
	return 0;
}

/* The other's phone speaks another codec, by the same clock: all is converted. */
static int begin_converted(void **state)
{
	const struct rd_codec *g722 = rig_codec("codec_g722");

	begin(state);
	assert_int_equal(rd__codec_add(g722, "codec_g722"), 0);
	rig_configure(stream_a, &a, "g722", true);
	a.payload_type = (uint8_t)g722->payload;
	assert_int_equal(rd__stream_link(stream_a, stream_b, RD__LINK_PASS_DIGITS), 0);
	assert_int_equal(rd__stream_way(stream_a), RD__WAY_TRANSCODE);
	talk(200);
	return 0;
}

static int end(void **state)
{
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	rd_stream_close(stream_c);
	rig_run(50);
	far_end_close(&a), far_end_close(&b), far_end_close(&c);
	rig_streams_end();
	rd__codec_remove(rig_codec("codec_g722"));
	return rig_virtual_teardown(state);
}

/* From now on b hears the other again. */
static void assert_hears(int ms)
{
	int before = heard.packets;

	talk(ms);
	assert_in_range(heard.packets - before, ms / ms_of_a - 2, ms / ms_of_a + 1);
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

/* Down for so long, and what becomes of it here: one key, all of its packets. */
static void press(int ms, bool mute)
{
	int keys = heard.keys, packets = heard.key_packets;

	key.packets = ms / PACKET_MS;
	key.mute = mute;
	key.units = 0;
	key.ts = a.ts;
	talk(ms + PACKET_MS);
	assert_int_equal(heard.keys - keys, 1);
	assert_int_equal(heard.key_packets - packets, ms / PACKET_MS + RD__DTMF_ENDS);
}

static void press_in_all_ways(void)
{
	press(200, true);
	assert_hears(300);
	press(200, false);
	assert_hears(300);
	press(5000, true);
	assert_hears(300);
	press(5000, false);
	assert_hears(300);
}

static void a_key_of_the_others_stays_one(void **state)
{
	int markers;

	(void)state;
	assert_int_equal(rd__stream_link(stream_a, stream_b, RD__LINK_PASS_DIGITS), 0);
	talk(100);
	markers = heard.markers;
	press_in_all_ways();
	/* And nobody begins anew with it. */
	assert_int_equal(heard.markers, markers);
}

static void a_key_beside_a_voice_that_is_converted_stays_one(void **state)
{
	int markers = heard.markers;

	(void)state;
	press_in_all_ways();
	assert_int_equal(heard.markers, markers);
}

/* A phone that is mute sends nothing else. */
static void keys_that_come_with_no_voice_are_as_many(void **state)
{
	(void)state;
	assert_int_equal(rd__stream_link(stream_a, stream_b, RD__LINK_PASS_DIGITS), 0);
	for (int i = 0; i < 3; i++) {
		a.ssrc++, a.seq += 7777, a.ts += 123456789;
		for (int ms = 40; ms < 5000; ms *= 3)
			press(ms, true);
		assert_hears(300);
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

/* A packet begins where the one before ends, however long that was. */
static void long_packets_are_not_spoken_over_in_a_room(void **state)
{
	static const int lengths[] = { 30, 40, 60 };

	for (size_t i = 0; i < RD_ARRAY_SIZE(lengths); i++) {
		ms_of_a = lengths[i];
		talk(240);
		they_meet_in_a_room_and_part_again(state);
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

/* The next converter counts from the beginning. */
static void a_call_that_is_converted_is_agreed_on_again_and_again(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		rig_configure(stream_a, &a, "g722", true);
		talk(40);
		assert_hears(300 + i * 150);
		rig_configure(stream_b, &b, "ulaw", true);
		talk(40);
		assert_hears(300 + i * 150);
	}
}

static void ask_for_short_packets(void)
{
	struct rd_stream_config config = *rd_stream_config(stream_b);

	config.formats[0].ptime_ms = PACKET_MS;
	assert_int_equal(rd_stream_configure(stream_b, &config), 0);
}

/* One becomes several at once, which are not over when the next one begins anew. */
static void long_packets_that_are_converted_leave_nothing_out(void **state)
{
	(void)state;
	ask_for_short_packets();
	ms_of_a = 60;
	talk(240);
	heard.left_out = 0;
	for (int i = 0; i < 8; i++) {
		rig_configure(stream_a, &a, "g722", true);
		talk(240 + i * 7);
		ask_for_short_packets();
		talk(240 + i * 7);
	}
	assert_in_range(heard.left_out, 0, PACKET_MS * UNITS_PER_MS);
}

static void a_phone_is_put_on_hold_whose_voice_is_converted(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		set_direction(stream_a, RD_SENDONLY);
		talk(200);
		set_direction(stream_a, RD_SENDRECV);
		assert_hears(300);
		set_direction(stream_b, RD_RECVONLY);
		talk(200);
		set_direction(stream_b, RD_SENDRECV);
		assert_hears(300);
	}
}

static void a_key_is_held_while_all_is_agreed_on_again(void **state)
{
	int keys = heard.keys;

	(void)state;
	key.packets = 50;
	key.mute = false;
	key.units = 0;
	key.ts = a.ts;
	for (int i = 0; i < 4; i++) {
		talk(250);
		rig_configure(stream_a, &a, "g722", true);
	}
	assert_hears(300);
	assert_int_equal(heard.keys - keys, 1);
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
#define CONVERTED(name) cmocka_unit_test_setup_teardown(name, begin_converted, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_two_are_parted_and_joined),
		TEST(a_phone_is_put_on_hold_and_fetched_back),
		TEST(another_speaks_and_the_first_again),
		TEST(a_key_is_sent_while_somebody_talks),
		TEST(a_key_of_the_others_stays_one),
		CONVERTED(a_key_beside_a_voice_that_is_converted_stays_one),
		TEST(keys_that_come_with_no_voice_are_as_many),
		TEST(a_prompt_is_played_in_between),
		TEST(they_meet_in_a_room_and_part_again),
		TEST(long_packets_are_not_spoken_over_in_a_room),
		TEST(another_codec_is_agreed_on),
		CONVERTED(a_call_that_is_converted_is_agreed_on_again_and_again),
		CONVERTED(long_packets_that_are_converted_leave_nothing_out),
		CONVERTED(a_phone_is_put_on_hold_whose_voice_is_converted),
		CONVERTED(a_key_is_held_while_all_is_agreed_on_again),
		TEST(a_far_end_begins_anew),
		TEST(only_what_was_lost_is_left_out),
		TEST(what_is_too_late_for_a_change_is_dropped),
	};

	return RUN_GROUP(tests);
}
