/* Streams over real sockets: relay, transcode, and that a phone never hears a jump.
 * Each with media threads and without. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/media_call.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ringdown/clock.h>

#include "core/media/convert.h"
#include "core/media/engine.h"
#include "core/media/port.h"
#include "core/media/registry.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/wire.h"

static void linked_streams_forward_packets_both_ways(void **state)
{
	struct call call;
	struct arrived got;
	uint16_t seq = 0;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	assert_int_equal(rd__stream_link(call.stream_a, call.stream_b, 0), 0);
	assert_int_equal(rd__stream_way(call.stream_a), RD__WAY_RELAY);
	rig_run(20);
	for (int i = 0; i < 5; i++) {
		far_end_send(&call.a, call.stream_a, (uint8_t)(0x10 + i));
		assert_true(far_end_receive(&call.b, &got, SOON_MS));
		assert_int_equal(got.rtp.size, 160);
		assert_int_equal(got.rtp.payload[0], 0x10 + i);
		assert_int_equal(got.rtp.marker, i == 0);
		assert_true(got.rtp.ssrc != call.a.ssrc);
		if (i)
			assert_int_equal(got.rtp.seq, (uint16_t)(seq + 1));
		seq = got.rtp.seq;
	}
	far_end_send(&call.b, call.stream_b, 0x77);
	assert_true(far_end_receive(&call.a, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[159], 0x77);
	call_close(&call);
}

static void an_unlinked_stream_forwards_nothing(void **state)
{
	struct call call;
	struct arrived got;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	rd__stream_link(call.stream_a, call.stream_b, 0);
	rig_run(20);
	rd__stream_unlink(call.stream_b);
	rig_run(20);
	far_end_send(&call.a, call.stream_a, 1);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	call_close(&call);
}

static void different_laws_are_transcoded(void **state)
{
	const struct rd_codec *ulaw = rd_codec_find("ulaw"), *alaw = rd_codec_find("alaw");
	struct call call;
	struct arrived got;
	uint8_t byte = 0x2f, expected;
	int16_t sample;

	(void)state;
	ulaw->decode(NULL, &byte, 1, &sample, 1);
	alaw->encode(NULL, &sample, 1, &expected, 1);
	call_open(&call, "ulaw", "alaw");
	assert_int_equal(rd__stream_link(call.stream_a, call.stream_b, 0), 0);
	assert_int_equal(rd__stream_way(call.stream_a), RD__WAY_TRANSCODE);
	rig_run(20);
	far_end_send(&call.a, call.stream_a, byte);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 8);
	assert_int_equal(got.rtp.payload[0], expected);
	call_close(&call);
}

/* One that could send another law than the one it is sent needs no converter. */
static void a_law_that_only_one_side_takes_is_mapped(void **state)
{
	const struct rd_codec *ulaw = rd_codec_find("ulaw"), *alaw = rd_codec_find("alaw");
	struct rd__converter *converter;
	struct call call;
	struct arrived got;
	uint8_t byte = 0x2f, expected;
	int16_t sample;

	(void)state;
	alaw->decode(NULL, &byte, 1, &sample, 1);
	ulaw->encode(NULL, &sample, 1, &expected, 1);
	call_open(&call, "ulaw,alaw", "ulaw");
	assert_int_equal(rd__stream_link(call.stream_a, call.stream_b, 0), 0);
	assert_int_equal(rd__stream_way(call.stream_a), RD__WAY_RELAY);
	assert_int_equal(rd__converter_new(&converter, call.stream_a, call.stream_b), 0);
	assert_null(converter);
	rig_run(20);
	call.a.payload_type = 8;
	far_end_send(&call.a, call.stream_a, byte);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 0);
	assert_int_equal(got.rtp.size, 160);
	assert_int_equal(got.rtp.payload[0], expected);
	call.a.payload_type = 0;
	far_end_send(&call.a, call.stream_a, byte);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], byte);
	call_close(&call);
}

static void late_and_lost_packets_keep_their_place(void **state)
{
	struct call call;
	struct arrived first, got;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	rd__stream_link(call.stream_a, call.stream_b, 0);
	rig_run(20);
	far_end_send(&call.a, call.stream_a, 1);
	assert_true(far_end_receive(&call.b, &first, SOON_MS));
	/* 2 is late, 4 is lost. */
	call.a.seq++, call.a.ts += 160;
	far_end_send(&call.a, call.stream_a, 3);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.seq, (uint16_t)(first.rtp.seq + 2));
	assert_int_equal(got.rtp.ts, first.rtp.ts + 320);
	call.a.seq = (uint16_t)(call.a.seq - 2), call.a.ts -= 320;
	far_end_send(&call.a, call.stream_a, 2);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.seq, (uint16_t)(first.rtp.seq + 1));
	call.a.seq += 2, call.a.ts += 320;
	far_end_send(&call.a, call.stream_a, 5);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.seq, (uint16_t)(first.rtp.seq + 4));
	call_close(&call);
}

static void take_at_most(struct rd_stream *stream, int ms)
{
	struct rd_stream_config config = *rd_stream_config(stream);

	config.packet_ms_max = (uint16_t)ms;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
	rig_run(20);
}

/* So many bytes, each the number of its 20 ms. */
static void send_long(struct far_end *far, struct rd_stream *to, size_t size, size_t of_20_ms)
{
	uint8_t packet[RD__RTP_HEADER + 960];
	struct rd__rtp rtp = { .payload_type = far->payload_type,
			       .marker = true,
			       .seq = far->seq++,
			       .ts = far->ts,
			       .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = size };

	far->ts += (uint32_t)(size * 160 / of_20_ms);
	for (size_t i = 0; i < size; i++)
		rtp.payload[i] = (uint8_t)(i / of_20_ms);
	rd__rtp_print(&rtp);
	far_end_send_raw(far, to, packet, RD__RTP_HEADER + size);
}

static struct rd__rtp hear_piece(struct far_end *far, size_t size, int number)
{
	struct arrived got;

	assert_true(far_end_receive(far, &got, SOON_MS));
	assert_int_equal(got.rtp.size, size);
	assert_int_equal(got.rtp.payload[0], number);
	assert_int_equal(got.rtp.payload[size - 1], number);
	return got.rtp;
}

static void what_is_longer_than_is_taken_is_cut_of(const char *codec, size_t of_20_ms, int most)
{
	struct rd__rtp first, next;
	struct arrived got;
	struct call call;

	call_open(&call, codec, codec);
	rd__stream_link(call.stream_a, call.stream_b, 0);
	take_at_most(call.stream_b, most);
	for (int i = 0; i < 3; i++) {
		send_long(&call.a, call.stream_a, 3 * of_20_ms, of_20_ms);
		first = hear_piece(&call.b, of_20_ms, 0);
		for (int k = 1; k < 3; k++) {
			next = hear_piece(&call.b, of_20_ms, k);
			assert_int_equal(next.seq, (uint16_t)(first.seq + k));
			assert_int_equal(next.ts, first.ts + 160u * (uint32_t)k);
			assert_int_equal(next.ssrc, first.ssrc);
			assert_false(next.marker);
		}
	}
	/* One of 20 ms, one of 60 is lost, one comes; the lost one comes late. */
	send_long(&call.a, call.stream_a, of_20_ms, of_20_ms);
	first = hear_piece(&call.b, of_20_ms, 0);
	assert_int_equal(first.seq, (uint16_t)(next.seq + 1));
	assert_int_equal(first.ts, next.ts + 160);
	call.a.seq++, call.a.ts += 480;
	send_long(&call.a, call.stream_a, of_20_ms, of_20_ms);
	next = hear_piece(&call.b, of_20_ms, 0);
	assert_int_equal(next.seq, (uint16_t)(first.seq + 2));
	assert_int_equal(next.ts, first.ts + 4 * 160);
	call.a.seq = (uint16_t)(call.a.seq - 2), call.a.ts -= 4 * 160;
	send_long(&call.a, call.stream_a, 3 * of_20_ms, of_20_ms);
	next = hear_piece(&call.b, of_20_ms, 0);
	assert_int_equal(next.seq, (uint16_t)(first.seq + 1));
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	/* Who has said nothing takes any. */
	take_at_most(call.stream_b, 0);
	call.a.seq++, call.a.ts += 160;
	send_long(&call.a, call.stream_a, 2 * of_20_ms, of_20_ms);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.size, 2 * of_20_ms);
	call_close(&call);
}

static void what_is_longer_than_is_taken_is_cut(void **state)
{
	(void)state;
	what_is_longer_than_is_taken_is_cut_of("ulaw", 160, 20);
	/* Frames stay whole. */
	assert_int_equal(rd__codec_add(rig_codec("codec_gsm"), "codec_gsm"), 0);
	what_is_longer_than_is_taken_is_cut_of("gsm", 33, 30);
	rig_streams_end();
	rd__codec_remove(rig_codec("codec_gsm"));
}

static void set_level(struct rd_stream *stream, uint8_t id)
{
	struct rd_stream_config config = *rd_stream_config(stream);

	config.level_id = id;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
	rig_run(20);
}

/* Two elements; the first says nothing to us. */
static void send_loud(struct far_end *far, struct rd_stream *to, uint8_t id, uint8_t level)
{
	uint8_t packet[RD__RTP_HEADER + 12 + 160] = { 0 };
	struct rd__rtp rtp = { .seq = far->seq++, .ts = far->ts, .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER, .size = 0 };
	const uint8_t extension[] = { 0xbe, 0xde, 0, 2, 0x32, 1, 2, 3, (uint8_t)(id << 4), level };

	far->ts += 160;
	rd__rtp_print(&rtp);
	packet[0] |= 0x10;
	memcpy(packet + RD__RTP_HEADER, extension, sizeof(extension));
	memset(packet + RD__RTP_HEADER + 12, 0x5a, 160);
	far_end_send_raw(far, to, packet, sizeof(packet));
}

enum { BARE = RD__RTP_HEADER + 160, WITH_LEVEL = BARE + RD__RTP_EXTENSION };

/* Once more while it is passed on in another form: threads come to what was agreed on
 * when the machine lets them. */
static void assert_passed_on(struct call *call, uint8_t id, size_t size, struct arrived *got)
{
	for (int tries = 0; tries < 50; tries++) {
		send_loud(&call->a, call->stream_a, id, 0x85);
		if (far_end_receive(&call->b, got, QUIET_MS) && got->size == size)
			break;
	}
	assert_int_equal(got->size, size);
	assert_int_equal(got->rtp.size, 160);
	assert_int_equal(got->rtp.payload[0], 0x5a);
	assert_int_equal(got->rtp.payload[159], 0x5a);
}

static void how_loud_it_is_is_passed_on_to_whoever_reads_it(void **state)
{
	struct call call;
	struct arrived got = { 0 };

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	set_level(call.stream_a, 5);
	set_level(call.stream_b, 2);
	rd__stream_link(call.stream_a, call.stream_b, 0);
	rig_run(20);
	/* Nothing else of the extension is. */
	assert_passed_on(&call, 5, WITH_LEVEL, &got);
	assert_true(rd__rtp_read_level(&got.rtp, got.bytes, 2));
	assert_int_equal(got.rtp.level, 0x85);
	/* One that nobody agreed on here, or there. */
	assert_passed_on(&call, 6, BARE, &got);
	set_level(call.stream_b, 0);
	assert_passed_on(&call, 5, BARE, &got);
	call_close(&call);
}

static void a_new_source_goes_on_where_the_old_one_stopped(void **state)
{
	struct call call;
	struct arrived before, after;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	rd__stream_link(call.stream_a, call.stream_b, 0);
	rig_run(20);
	far_end_send(&call.a, call.stream_a, 1);
	assert_true(far_end_receive(&call.b, &before, SOON_MS));
	/* The far end starts its numbers anew, as after a re-INVITE. */
	call.a.seq = 7, call.a.ts = 123456, call.a.ssrc++;
	rig_run(100);
	far_end_send(&call.a, call.stream_a, 2);
	assert_true(far_end_receive(&call.b, &after, SOON_MS));
	assert_int_equal(after.rtp.ssrc, before.rtp.ssrc);
	assert_int_equal(after.rtp.seq, (uint16_t)(before.rtp.seq + 1));
	assert_true(after.rtp.marker);
	/* 100 ms are 800 units; the machine may be slow, never early. */
	assert_in_range(after.rtp.ts - before.rtp.ts, 780, 8000);
	call_close(&call);
}

static void echo_sends_back(void **state)
{
	struct call call;
	struct arrived got;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	assert_int_equal(rd__stream_echo(call.stream_a, true), 0);
	rig_run(20);
	far_end_send(&call.a, call.stream_a, 0x33);
	assert_true(far_end_receive(&call.a, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 0x33);
	call_close(&call);
}

static void streams_on_different_threads_come_together(void **state)
{
	struct call one, two;
	struct arrived got = { .size = 0 };

	(void)state;
	call_open(&one, "ulaw", "ulaw");
	rig_run(20); /* placed on threads of their own */
	call_open(&two, "ulaw", "ulaw");
	rig_run(20);
	assert_int_equal(rd__stream_link(one.stream_a, two.stream_b, 0), 0);
	assert_int_equal(rd__stream_link(one.stream_b, two.stream_a, 0), 0);
	/* Again, while they move. */
	assert_int_equal(rd__stream_link(one.stream_a, one.stream_b, 0), 0);
	assert_int_equal(rd__stream_link(one.stream_a, two.stream_a, 0), 0);
	for (int i = 0; i < 50; i++) {
		far_end_send(&one.a, one.stream_a, 0x11);
		if (far_end_receive(&two.a, &got, 20))
			break;
	}
	assert_true(got.size > 0);
	assert_int_equal(got.rtp.payload[0], 0x11);
	far_end_send(&two.a, two.stream_a, 0x12);
	assert_true(far_end_receive(&one.a, &got, SOON_MS));
	assert_int_equal(got.rtp.payload[0], 0x12);
	call_close(&two);
	call_close(&one);
}

static int count_arrived(struct far_end *far)
{
	struct arrived got;
	int count = 0;

	while (recv(far->fd, got.bytes, sizeof(got.bytes), 0) > 0)
		count++;
	return count;
}

/* A packet each millisecond, and now and then somebody else to talk to, who may be on
 * another thread. What comes while the two streams meet on one is all that is lost. */
static void changing_threads_takes_less_than_half_a_packet(void **state)
{
	enum { PACKETS = 1000, EACH = 50, HALF_A_PACKET_MS = 10 };
	struct call one, two;
	int moves = 0, arrived = 0;

	(void)state;
	call_open(&one, "ulaw", "ulaw");
	assert_int_equal(rd__stream_link(one.stream_a, one.stream_b, 0), 0);
	rig_run(20);
	call_open(&two, "ulaw", "ulaw");
	assert_int_equal(rd__stream_link(two.stream_a, two.stream_b, 0), 0);
	rig_run(20);
	for (int i = 0; i < PACKETS; i++) {
		if (i % EACH == EACH - 1) {
			bool there = i / EACH % 2 == 0;

			moves += one.stream_a->thread != two.stream_a->thread;
			assert_int_equal(rd__stream_link(one.stream_a, there ? two.stream_b
									     : one.stream_b, 0),
					 0);
			if (!there)
				rd__stream_link(two.stream_a, two.stream_b, 0);
		}
		far_end_send(&one.a, one.stream_a, 1);
		rig_run(1);
		arrived += count_arrived(&one.b) + count_arrived(&two.b);
	}
	rig_run(100);
	arrived += count_arrived(&one.b) + count_arrived(&two.b);
	assert_in_range(arrived, PACKETS - moves * HALF_A_PACKET_MS, PACKETS);
	call_close(&two);
	call_close(&one);
}

static struct rd_stream_event last_event;
static int event_count;

static void note_event(const struct rd_stream_event *event, void *arg)
{
	(void)arg;
	if (event->type == RD_STREAM_FIRST_PACKET)
		return;
	last_event = *event;
	event_count++;
}

static void silence_for_too_long_is_told_once(void **state)
{
	struct rd_stream_config config;
	struct call call;

	(void)state;
	event_count = 0;
	call_open(&call, "ulaw", "ulaw");
	rd_stream_on_event(call.stream_a, note_event, NULL);
	config = *rd_stream_config(call.stream_a);
	config.timeout_ms = 300;
	rd_stream_configure(call.stream_a, &config);
	rig_run(2000);
	assert_int_equal(event_count, 1);
	assert_int_equal(last_event.type, RD_STREAM_TIMEOUT);
	call_close(&call);
}

enum { KEEPALIVE_MS = 400 };

static void keep_alive(struct rd_stream *stream, enum rd_direction direction)
{
	struct rd_stream_config config = *rd_stream_config(stream);

	config.keepalive_ms = KEEPALIVE_MS;
	config.direction = direction;
	rd_stream_configure(stream, &config);
	rig_run(20);
}

/* What is relayed goes on behind it without a number that was used. */
static void noise_is_sent_where_nothing_else_was(void **state)
{
	struct call call;
	struct arrived got;
	uint64_t since_ms;
	uint16_t seq;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	rd__stream_link(call.stream_a, call.stream_b, 0);
	rig_run(20);
	assert_false(far_end_receive(&call.b, &got, SOON_MS));
	keep_alive(call.stream_b, RD_SENDRECV);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 13);
	since_ms = rd_now_ms();
	far_end_send(&call.a, call.stream_a, 1);
	assert_true(far_end_receive(&call.b, &got, QUIET_MS));
	assert_int_equal(got.rtp.payload_type, 0);
	seq = got.rtp.seq;
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_true(rd_now_ms() - since_ms >= KEEPALIVE_MS);
	assert_int_equal(got.rtp.payload_type, 13);
	assert_int_equal(got.rtp.size, 1);
	assert_int_equal(got.rtp.seq, (uint16_t)(seq + 1));
	far_end_send(&call.a, call.stream_a, 2);
	assert_true(far_end_receive(&call.b, &got, QUIET_MS));
	assert_int_equal(got.rtp.payload_type, 0);
	assert_int_equal(got.rtp.seq, (uint16_t)(seq + 2));
	assert_true(got.rtp.marker);
	/* On hold, too. */
	keep_alive(call.stream_b, RD_INACTIVE);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 13);
	call_close(&call);
}

static void keys_arrive_as_events(void **state)
{
	uint8_t packet[16];
	struct rd__rtp rtp = { .payload_type = 101, .marker = true, .seq = 9, .ts = 4000,
			       .ssrc = 77, .payload = packet + 12, .size = 4 };
	struct call call;
	struct arrived got;

	(void)state;
	event_count = 0;
	call_open(&call, "ulaw", "ulaw");
	rd_stream_on_event(call.stream_a, note_event, NULL);
	rd__stream_link(call.stream_a, call.stream_b, RD__LINK_PASS_DIGITS);
	rig_run(20);
	for (int i = 1; i <= 5; i++) {
		uint8_t event[4] = { 5, i >= 3 ? 0x8a : 0x0a, 0,
				     (uint8_t)(RD_MIN(i, 3) * 80) };

		memcpy(packet + 12, event, 4);
		rd__rtp_print(&rtp);
		far_end_send_raw(&call.a, call.stream_a, packet, sizeof(packet));
		rtp.seq++;
		rtp.marker = false;
		assert_true(far_end_receive(&call.b, &got, SOON_MS));
		assert_int_equal(got.rtp.payload_type, 101);
		assert_int_equal(got.rtp.marker, i == 1);
		assert_memory_equal(got.rtp.payload, event, 4);
	}
	rig_run(50);
	assert_int_equal(event_count, 2);
	assert_int_equal(last_event.type, RD_STREAM_DIGIT);
	assert_int_equal(last_event.digit, '5');
	assert_int_equal(last_event.ms, 30);
	call_close(&call);
}

static void send_key(struct call *call, int units, bool end, uint16_t seq)
{
	uint8_t packet[16];
	struct rd__rtp rtp = { .payload_type = 101, .marker = units == 960, .seq = seq,
			       .ts = 4000, .ssrc = 77, .payload = packet + 12, .size = 4 };
	uint8_t event[4] = { 5, end ? 0x8a : 0x0a, (uint8_t)(units >> 8), (uint8_t)units };

	memcpy(packet + 12, event, 4);
	rd__rtp_print(&rtp);
	far_end_send_raw(&call->a, call->stream_a, packet, sizeof(packet));
}

static void set_event_rate(struct rd_stream *stream, int rate)
{
	struct rd_stream_config config = *rd_stream_config(stream);

	config.dtmf_rate = rate;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
}

/* Units of the key that comes next at B; it has ended, or not. */
static int hear_key(struct call *call, bool *end)
{
	struct arrived got;

	assert_true(far_end_receive(&call->b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 101);
	assert_int_equal(got.rtp.payload[0], 5);
	*end = got.rtp.payload[1] >> 7;
	return rd__get16(got.rtp.payload + 2);
}

static void keys_between_clocks_are_held_as_long_as_they_are(void **state)
{
	struct call call;
	bool end = false;
	int units = 0;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	set_event_rate(call.stream_a, 48000);
	assert_true(rd__streams_pass_digits(call.stream_a, call.stream_b));
	rd__stream_link(call.stream_a, call.stream_b, RD__LINK_PASS_DIGITS);
	rig_run(20);
	for (int i = 1; i <= 5; i++) {
		send_key(&call, i * 960, false, (uint16_t)i);
		units = hear_key(&call, &end);
		assert_false(end);
		rig_run(5);
	}
	send_key(&call, 6 * 960, true, 6);
	for (int i = 0; !end && i < 50; i++)
		units = hear_key(&call, &end);
	assert_true(end);
	assert_true(units >= 960 && units < 1600);
	call_close(&call);
}

/* Who held it is gone. */
static void no_key_is_held_for_ever(void **state)
{
	struct call call;
	bool end = false;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	set_event_rate(call.stream_a, 48000);
	rd__stream_link(call.stream_a, call.stream_b, RD__LINK_PASS_DIGITS);
	rig_run(20);
	send_key(&call, 960, false, 1);
	hear_key(&call, &end);
	assert_false(end);
	rd__stream_unlink(call.stream_b);
	for (int i = 0; !end && i < 5; i++)
		hear_key(&call, &end);
	assert_true(end);
	call_close(&call);
}

static void a_digit_is_sent_as_an_event(void **state)
{
	struct call call;
	struct arrived got;
	int ends = 0;
	uint32_t ts = 0;

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	assert_int_equal(rd_stream_send_digit(call.stream_a, '#', 100), 0);
	assert_int_equal(rd_stream_send_digit(call.stream_a, 'x', 100), -EINVAL);
	for (int i = 0; ends < 3 && i < 20; i++) {
		assert_true(far_end_receive(&call.a, &got, SOON_MS));
		assert_int_equal(got.rtp.payload_type, 101);
		assert_int_equal(got.rtp.payload[0], 11);
		assert_int_equal(got.rtp.marker, i == 0);
		if (i)
			assert_int_equal(got.rtp.ts, ts);
		ts = got.rtp.ts;
		ends += got.rtp.payload[1] >> 7;
	}
	assert_int_equal(ends, 3);
	assert_int_equal(rd__get16(got.rtp.payload + 2), 800);
	call_close(&call);
}

/* rtp.conf with this text goes into force. */
static void read_rtp_conf(const char *text)
{
	conf_dir_make();
	assert_int_equal(conf_dir_apply(&rd__rtp_config, text), 0);
	conf_dir_remove();
}

/* Wait for a report at the far end's RTCP socket, answer it after 50 ms. */
static void answer_report(struct call *call, struct far_end *rtcp)
{
	struct rd__rtcp_sender sender = { .ssrc = call->a.ssrc, .sent = true,
					  .wall_us = UINT64_C(1790000000000000), .packets = 9,
					  .cname = "phone" };
	struct rd__voip_metrics metrics = { .mos_cq = 38 };
	struct rd__rtcp_block block = { .fraction = 3, .lost = 5, .jitter = 80,
					.metrics = &metrics };
	struct rd__rtcp_report report;
	struct sockaddr_storage to;
	uint8_t bytes[RD__RTP_MAX];
	ssize_t n = -1;

	for (int ms = 0; ms < 3000 && n < 0; ms++) {
		rig_run(1);
		n = recv(rtcp->fd, bytes, sizeof(bytes), 0);
	}
	assert_true(n > 0);
	assert_true(rd__rtcp_parse(&report, bytes, (size_t)n, call->a.ssrc));
	assert_true(report.has_block);
	assert_int_equal(report.lost, 1);
	assert_true(report.has_metrics);
	assert_int_equal(report.metrics.loss, 256 / 3);
	assert_int_equal(report.metrics.gap_density, 256 / 3);
	assert_in_range(report.metrics.mos_lq, 10, 40);
	block.ssrc = metrics.ssrc = report.ssrc;
	block.last_sr = report.ntp_mid;
	block.delay_since_sr = 65536 / 20;
	rig_run(50);
	rd_stream_local(call->stream_a, &to);
	((struct sockaddr_in *)&to)->sin_port =
		htons((uint16_t)(ntohs(((struct sockaddr_in *)&to)->sin_port) + 1));
	n = (ssize_t)rd__rtcp_print(bytes, &sender, &block);
	assert_int_equal(sendto(rtcp->fd, bytes, (size_t)n, 0, (struct sockaddr *)&to,
				sizeof(struct sockaddr_in)),
			 n);
}

static void reports_are_sent_and_read(void **state)
{
	struct rd_stream_config config;
	struct rd_stream_stats stats;
	struct far_end rtcp;
	struct call call;

	(void)state;
	read_rtp_conf("[general]\nrtcpinterval=500\n");
	call_open(&call, "ulaw", "ulaw");
	far_end_open(&rtcp);
	config = *rd_stream_config(call.stream_a);
	memcpy(&config.remote_rtcp, &rtcp.address, sizeof(rtcp.address));
	config.rtcp_xr = true;
	rd_stream_configure(call.stream_a, &config);
	rd__stream_echo(call.stream_a, true);
	rig_run(20);
	far_end_send(&call.a, call.stream_a, 1);
	call.a.seq++, call.a.ts += 160; /* lost */
	far_end_send(&call.a, call.stream_a, 3);
	answer_report(&call, &rtcp);
	rig_run(700);
	rd_stream_stats(call.stream_a, &stats);
	assert_int_equal(stats.far_lost, 5);
	assert_int_equal(stats.far_jitter_us, 10000);
	assert_int_equal(stats.rx_lost, 1);
	assert_int_equal(stats.rx_packets, 2);
	assert_int_equal(stats.tx_packets, 2);
	/* The answer took 50 ms and said so. */
	assert_in_range(stats.round_trip_us, 0, 500000);
	/* A third is lost here; there it is as they say. */
	assert_in_range(stats.rx_mos, 101, 300);
	assert_int_equal(stats.tx_mos, 380);
	far_end_close(&rtcp);
	call_close(&call);
	read_rtp_conf("");
}

static void more_orders_than_the_ring_holds_are_all_carried_out(void **state)
{
	struct call call;
	struct arrived got = { .size = 0 };

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	for (int i = 0; i <= 20000; i++)
		assert_int_equal(rd__stream_echo(call.stream_a, i % 2 == 0), 0);
	for (int i = 0; i < 50 && !got.size; i++) {
		rig_run(20);
		far_end_send(&call.a, call.stream_a, 0x33);
		far_end_receive(&call.a, &got, 20);
	}
	assert_true(got.size > 0);
	call_close(&call);
}

enum { MANY = 3000 };

static void more_events_than_the_ring_holds_all_arrive(void **state)
{
	uint8_t packet[16], event[4] = { 1, 0x8a, 0, 160 };
	struct rd__rtp rtp = { .payload_type = 101, .marker = true, .ts = 4000, .ssrc = 77,
			       .payload = packet + 12, .size = 4 };
	struct call call;

	(void)state;
	event_count = 0;
	call_open(&call, "ulaw", "ulaw");
	rd_stream_on_event(call.stream_a, note_event, NULL);
	rig_run(20);
	memcpy(packet + 12, event, 4);
	for (int i = 0; i < MANY; i++) {
		rtp.seq++;
		rtp.ts += 1000;
		rd__rtp_print(&rtp);
		far_end_send_raw(&call.a, call.stream_a, packet, sizeof(packet));
		if (i % 20 == 0)
			usleep(3000);
	}
	/* Each is a beginning and an end, and the ring holds 4,096; the socket's
	 * buffer may have lost some on a busy machine, but they come in pairs. */
	for (int i = 0; i < 100 && event_count < 2 * MANY; i++)
		rig_run(10);
	assert_in_range(event_count, 4097, 2 * MANY);
	assert_int_equal(event_count % 2, 0);
	call_close(&call);
}

static void garbage_is_ignored(void **state)
{
	struct call call;
	struct arrived got;
	uint8_t noise[200];

	(void)state;
	call_open(&call, "ulaw", "ulaw");
	rd__stream_link(call.stream_a, call.stream_b, 0);
	rig_run(20);
	for (int i = 0; i < 200; i++) {
		rd_random(noise, sizeof(noise));
		noise[0] &= 0x3f; /* never version 2 */
		far_end_send_raw(&call.a, call.stream_a, noise, (size_t)i);
	}
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	call_close(&call);
}

/* Does its thread wake the loop, within so many ms? */
static bool wakes_loop(const struct rd__thread *thread, int ms)
{
	struct pollfd event = { .fd = thread->event_fd, .events = POLLIN };

	return poll(&event, 1, ms) == 1;
}

static void what_comes_back_to_be_freed_wakes_nobody(void **state)
{
	const struct rd__thread *thread;
	struct rd_stream *stream;
	struct far_end far;

	(void)state;
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	rig_run(50);
	thread = stream->thread;
	/* The first packet is news. */
	far_end_send(&far, stream, 1);
	assert_true(wakes_loop(thread, SOON_MS));
	rig_run(10);
	rig_configure(stream, &far, "alaw", true);
	rd_stream_close(stream);
	rd__media_flush();
	assert_false(wakes_loop(thread, QUIET_MS));
	rig_run(QUIET_MS);
	assert_true(rd_list_empty(rd__streams()));
	assert_int_equal(rd__ports_used(), 0);
	far_end_close(&far);
}

/* A call's worth of streams, with memory running out at every place. */
static int open_and_close(void *arg)
{
	struct rd_rtp_local local = { .kind = RD_MEDIA_AUDIO };
	struct rd_stream_config config = { .direction = RD_SENDRECV, .format_count = 1 };
	struct rd_stream *stream;
	int rc;

	(void)arg;
	local.address.ss_family = AF_INET;
	config.formats[0].codec = rd_codec_find("ulaw");
	rc = rd_stream_new_rtp(&stream, &local);
	if (rc)
		return rc;
	rc = rd_stream_configure(stream, &config);
	if (!rc)
		rc = rd__stream_echo(stream, true);
	rd_stream_close(stream);
	rd__media_flush();
	rig_streams_end();
	rd__ports_drop_kept();
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_true(oom_sweep(open_and_close, NULL) >= 4);
}

/* Samples and a law need a converter each way, and the thread an order. */
static int link_two(void *arg)
{
	struct rd_stream **streams = arg;
	int rc = rd__stream_link(streams[0], streams[1], 0);

	assert_int_equal(rd__stream_way(streams[0]), rc ? RD__WAY_NONE : RD__WAY_TRANSCODE);
	rd__stream_unlink(streams[0]);
	rd__media_flush();
	rig_run(1);
	return rc;
}

static void a_link_that_memory_is_short_for_is_none(void **state)
{
	struct far_end far[2];
	struct rd_stream *streams[2];
	const struct rd_codec *slin = rig_codec("codec_slin");

	(void)state;
	assert_int_equal(rd__codec_add(slin, "codec_slin"), 0);
	far_end_open(&far[0]);
	far_end_open(&far[1]);
	streams[0] = rig_stream(&far[0], "ulaw");
	streams[1] = rig_stream(&far[1], slin->name);
	rd__stream_near(streams[0], streams[1]);
	rig_run(1);
	assert_int_equal(link_two(streams), 0);
	assert_true(oom_sweep(link_two, streams) >= 3);
	rd_stream_close(streams[0]);
	rd_stream_close(streams[1]);
	rd__media_flush();
	rig_run(1);
	rd__codec_remove(slin);
	far_end_close(&far[0]);
	far_end_close(&far[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(linked_streams_forward_packets_both_ways),
		TEST(an_unlinked_stream_forwards_nothing),
		TEST(different_laws_are_transcoded),
		TEST(a_law_that_only_one_side_takes_is_mapped),
		TEST(late_and_lost_packets_keep_their_place),
		TEST(what_is_longer_than_is_taken_is_cut),
		TEST(how_loud_it_is_is_passed_on_to_whoever_reads_it),
		TEST(a_new_source_goes_on_where_the_old_one_stopped),
		TEST(echo_sends_back),
		TEST(streams_on_different_threads_come_together),
		TEST(changing_threads_takes_less_than_half_a_packet),
		TEST(silence_for_too_long_is_told_once),
		TEST(noise_is_sent_where_nothing_else_was),
		TEST(keys_arrive_as_events),
		TEST(keys_between_clocks_are_held_as_long_as_they_are),
		TEST(no_key_is_held_for_ever),
		TEST(a_digit_is_sent_as_an_event),
		TEST(reports_are_sent_and_read),
		TEST(more_orders_than_the_ring_holds_are_all_carried_out),
		TEST(garbage_is_ignored),
	};
	/* Without threads nothing happens while the loop does not run. */
	const struct CMUnitTest threads_only[] = {
		TEST(more_events_than_the_ring_holds_all_arrive),
		TEST(what_comes_back_to_be_freed_wakes_nobody),
	};
	const struct CMUnitTest inline_only[] = {
		TEST(memory_may_run_out_at_any_moment),
		TEST(a_link_that_memory_is_short_for_is_none),
	};
	int failed;

	rig_threads = 2;
	failed = RUN_GROUP(tests);
	failed += RUN_GROUP(threads_only);
	rig_threads = 0;
	failed += RUN_GROUP(tests);
	return failed + RUN_GROUP(inline_only);
}
