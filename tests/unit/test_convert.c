/* Between codecs of different rates and packet lengths: a tone in, measured out,
 * by packets over sockets; and what becomes of times and gaps. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/media/convert.h"
#include "core/media/engine.h"
#include "core/media/registry.h"
#include "core/media/thread.h"
#include "core/media/wire.h"
#include "tests/unit/media_rig.h"
#include "tests/unit/tone_meter.h"

enum { LEVEL = 8000,
       HZ = 1000,
       SOON_MS = 1000,
       SECONDS_MAX = 2,
       QUIET_MS = 40 };

static const struct rd_codec *slin;

static int setup(void **state)
{
	(void)state;
	rig_start(rig_threads);
	slin = rig_codec("codec_slin");
	for (const struct rd_codec *codec = slin; codec->name; codec++)
		assert_int_equal(rd__codec_add(codec, "codec_slin"), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_streams_end();
	for (const struct rd_codec *codec = slin; codec->name; codec++)
		rd__codec_remove(codec);
	rig_stop();
	return 0;
}

/* A phone that speaks and hears one codec. */
struct phone {
	struct far_end far;
	const struct rd_codec *codec;
	struct rd_stream *stream;
	size_t said; /* samples of its tone */
	/* What it heard. */
	int16_t heard[48000 * SECONDS_MAX];
	size_t count;
	int packets;
	uint32_t ts, first_ts;
	uint16_t seq, first_seq;
};

static void phone_open(struct phone *phone, const char *codec, int ptime_ms)
{
	struct rd_stream_config config = { .direction = RD_SENDRECV,
					   .dtmf_payload = -1,
					   .cn_payload = -1,
					   .symmetric = true,
					   .format_count = 1 };

	memset(phone, 0, sizeof(*phone));
	far_end_open(&phone->far);
	phone->stream = rig_stream(&phone->far, "ulaw");
	phone->codec = rd_codec_find(codec);
	assert_non_null(phone->codec);
	config.formats[0].codec = phone->codec;
	config.formats[0].payload = 96;
	if (phone->codec->payload >= 0)
		config.formats[0].payload = (uint8_t)phone->codec->payload;
	config.formats[0].ptime_ms = (uint16_t)ptime_ms;
	memcpy(&config.remote, &phone->far.address, sizeof(phone->far.address));
	phone->far.payload_type = config.formats[0].payload;
	assert_int_equal(rd_stream_configure(phone->stream, &config), 0);
}

static void phone_close(struct phone *phone)
{
	rd_stream_close(phone->stream);
	rig_run(20);
	far_end_close(&phone->far);
}

/* A packet of the tone; not sent when it is to be lost. */
static void phone_say(struct phone *phone, int ms, bool lost)
{
	uint8_t packet[RD__RTP_MAX];
	int16_t samples[RD__FRAME_MAX];
	size_t count = (size_t)(phone->codec->rate * ms / 1000);
	struct rd__rtp rtp = { .payload_type = phone->far.payload_type,
			       .seq = phone->far.seq++,
			       .ts = phone->far.ts,
			       .ssrc = phone->far.ssrc,
			       .payload = packet + RD__RTP_HEADER };

	tone_make(samples, count, phone->codec->rate, HZ, LEVEL, phone->said);
	phone->said += count;
	phone->far.ts += (uint32_t)(rd_codec_clock(phone->codec) * ms / 1000);
	rtp.size = (size_t)phone->codec->encode(NULL, samples, count, rtp.payload,
						 sizeof(packet) - RD__RTP_HEADER);
	rd__rtp_print(&rtp);
	if (!lost)
		far_end_send_raw(&phone->far, phone->stream, packet, rtp.size + RD__RTP_HEADER);
}

static bool phone_hear(struct phone *phone, int wait_ms)
{
	struct arrived got;
	int n;

	if (!far_end_receive(&phone->far, &got, wait_ms))
		return false;
	assert_int_equal(got.rtp.payload_type, phone->far.payload_type);
	n = phone->codec->decode(NULL, got.rtp.payload, got.rtp.size, phone->heard + phone->count,
				 RD_ARRAY_SIZE(phone->heard) - phone->count);
	assert_true(n > 0);
	if (!phone->packets++) {
		phone->first_ts = got.rtp.ts;
		phone->first_seq = got.rtp.seq;
	}
	phone->count += (size_t)n;
	phone->ts = got.rtp.ts;
	phone->seq = got.rtp.seq;
	return true;
}

static void phone_hear_all(struct phone *phone)
{
	while (phone_hear(phone, QUIET_MS))
		continue;
}

static double heard_db(const struct phone *phone)
{
	int rate = phone->codec->rate;

	return tone_db(tone_level(phone->heard + rate / 10, (size_t)rate / 2, rate, HZ), LEVEL);
}

/* ---- tests ---- */

static void check_pair(const char *from, const char *to)
{
	static struct phone a, b;
	int rate;

	phone_open(&a, from, 0);
	phone_open(&b, to, 0);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	assert_int_equal(rd__stream_way(a.stream), RD__WAY_TRANSCODE);
	rig_run(20);
	for (int i = 0; i < 40; i++) {
		phone_say(&a, 20, false);
		assert_true(phone_hear(&b, SOON_MS));
		/* One by one, each 20 ms by the clock of b. */
		assert_int_equal(b.seq - b.first_seq, i);
		assert_int_equal(b.ts - b.first_ts, i * rd_codec_clock(b.codec) / 50);
	}
	rate = b.codec->rate;
	if (fabs(heard_db(&b)) > 0.3 ||
	    tone_snr(b.heard + rate / 10, (size_t)rate / 2, rate, HZ) < 30 ||
	    tone_weakest(b.heard + rate / 10, (size_t)rate / 2, rate, 10) < LEVEL * 0.9)
		fail_msg("%s to %s: %.2f dB", from, to, heard_db(&b));
	phone_close(&a);
	phone_close(&b);
}

static void rates_meet(void **state)
{
	(void)state;
	check_pair("ulaw", "slin16");
	check_pair("slin16", "ulaw");
	check_pair("slin16", "slin");
	check_pair("ulaw", "slin");
}

static void packets_get_the_length_that_was_asked_for(void **state)
{
	static struct phone a, b;

	(void)state;
	phone_open(&a, "ulaw", 0);
	phone_open(&b, "slin16", 30);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	rig_run(20);
	for (int i = 0; i < 60; i++)
		phone_say(&a, 20, false);
	phone_hear_all(&b);
	assert_int_equal(b.packets, 40);
	assert_int_equal(b.count, 40 * 480);
	assert_int_equal(b.seq, (uint16_t)(b.first_seq + 39));
	assert_int_equal(b.ts, b.first_ts + 39 * 480);
	assert_true(fabs(heard_db(&b)) < 0.3);
	phone_close(&a);
	phone_close(&b);
}

/* Relayed or converted: nothing is cut off. */
static void packets_may_be_longer_than_those_of_a_network_are(void **state)
{
	static const struct {
		const char *from, *to;
		int ms;
	} rows[] = { { "slin48", "slin48", 20 }, { "slin16", "slin16", 60 },
		     { "slin48", "slin48", 120 }, { "slin48", "ulaw", 40 } };
	static struct phone a, b;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		phone_open(&a, rows[i].from, 0);
		phone_open(&b, rows[i].to, rows[i].ms);
		assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
		rig_run(20);
		for (int said = 0; said < 5; said++) {
			phone_say(&a, rows[i].ms, false);
			assert_true(phone_hear(&b, SOON_MS));
		}
		assert_int_equal(b.count, 5 * b.codec->rate * rows[i].ms / 1000);
		phone_close(&a);
		phone_close(&b);
	}
}

static void a_lost_packet_is_made_up_for(void **state)
{
	static struct phone a, b;

	(void)state;
	phone_open(&a, "ulaw", 0);
	phone_open(&b, "slin16", 0);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	rig_run(20);
	for (int i = 0; i < 40; i++)
		phone_say(&a, 20, i % 10 == 7);
	phone_hear_all(&b);
	assert_int_equal(b.packets, 40);
	assert_int_equal(b.seq, (uint16_t)(b.first_seq + 39));
	assert_int_equal(b.ts, b.first_ts + 39 * 320);
	assert_true(tone_weakest(b.heard + 1600, 20 * 320, 16000, 10) > LEVEL * 0.7);
	phone_close(&a);
	phone_close(&b);
}

static void a_long_gap_stays_a_gap(void **state)
{
	static struct phone a, b;

	(void)state;
	phone_open(&a, "ulaw", 0);
	phone_open(&b, "slin16", 0);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	rig_run(20);
	for (int i = 0; i < 20; i++)
		phone_say(&a, 20, i >= 5 && i < 13);
	phone_hear_all(&b);
	assert_int_equal(b.packets, 12);
	assert_int_equal(b.seq, (uint16_t)(b.first_seq + 19));
	assert_int_equal(b.ts, b.first_ts + 19 * 320);
	phone_close(&a);
	phone_close(&b);
}

/* Late is lost, to who has heard something in its place. */
static void what_is_late_is_not_said_twice(void **state)
{
	static struct phone a, b;

	(void)state;
	phone_open(&a, "ulaw", 0);
	phone_open(&b, "slin16", 0);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	rig_run(20);
	for (int i = 0; i < 3; i++)
		phone_say(&a, 20, i == 1);
	a.far.seq = (uint16_t)(a.far.seq - 2), a.far.ts -= 320;
	phone_say(&a, 20, false);
	phone_hear_all(&b);
	assert_int_equal(b.packets, 3);
	phone_close(&a);
	phone_close(&b);
}

static void times_go_on_where_a_clock_wraps(void **state)
{
	static struct phone a, b;

	(void)state;
	phone_open(&a, "slin16", 0);
	phone_open(&b, "ulaw", 0);
	a.far.ts = (uint32_t)-3 * 320;
	a.far.seq = (uint16_t)-2;
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	rig_run(20);
	for (int i = 0; i < 8; i++) {
		phone_say(&a, 20, false);
		assert_true(phone_hear(&b, SOON_MS));
		assert_int_equal(b.ts, b.first_ts + (uint32_t)i * 160);
		assert_int_equal(b.seq, (uint16_t)(b.first_seq + i));
	}
	phone_close(&a);
	phone_close(&b);
}

/* It says something else in the middle of the call. */
static void a_new_agreement_keeps_the_link(void **state)
{
	static struct phone a, b;

	(void)state;
	phone_open(&a, "ulaw", 0);
	phone_open(&b, "ulaw", 0);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	assert_int_equal(rd__stream_way(a.stream), RD__WAY_RELAY);
	rig_run(20);
	phone_say(&a, 20, false);
	assert_true(phone_hear(&b, SOON_MS));
	rd_stream_close(b.stream);
	rig_run(20);
	far_end_close(&b.far);
	phone_open(&b, "slin16", 0);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	assert_int_equal(rd__stream_way(a.stream), RD__WAY_TRANSCODE);
	rig_run(20);
	for (int i = 0; i < 5; i++) {
		phone_say(&a, 20, false);
		assert_true(phone_hear(&b, SOON_MS));
	}
	assert_int_equal(b.count, 5 * 320);
	phone_close(&a);
	phone_close(&b);
}

/* Bytes that nobody here can read. */
static void what_is_only_passed_through_is_not_converted(void **state)
{
	static const struct rd_codec closed = { .name = "closed", .rtp_name = "X", .rate = 8000,
						.rtp_rate = 8000, .payload = 70, .frame_ms = 10 };
	static struct phone a, b;
	uint8_t packet[RD__RTP_HEADER + 20] = { 0x80, 70 };
	struct arrived got;

	(void)state;
	assert_int_equal(rd__codec_add(&closed, "closed"), 0);
	phone_open(&a, "closed", 0);
	phone_open(&b, "ulaw", 0);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), -ENOTSUP);
	assert_ptr_equal(rd__unconvertible(a.stream, b.stream), &closed);
	phone_close(&b);
	phone_open(&b, "closed", 0);
	assert_int_equal(rd__stream_link(a.stream, b.stream, 0), 0);
	assert_int_equal(rd__stream_way(a.stream), RD__WAY_RELAY);
	rig_run(20);
	memset(packet + RD__RTP_HEADER, 0x77, 20);
	far_end_send_raw(&a.far, a.stream, packet, sizeof(packet));
	assert_true(far_end_receive(&b.far, &got, SOON_MS));
	assert_int_equal(got.rtp.size, 20);
	assert_int_equal(got.rtp.payload[19], 0x77);
	phone_close(&a);
	phone_close(&b);
	rig_streams_end();
	rd__codec_remove(&closed);
}

static void without_memory_nothing_is_left_behind(void **state)
{
	static struct phone a, b;
	struct rd__converter *converter = NULL;
	int rc = -ENOMEM;

	(void)state;
	phone_open(&a, "ulaw", 0);
	phone_open(&b, "slin16", 30);
	for (int allowed = 0; rc; allowed++) {
		rd__alloc_fail_after(allowed);
		rc = rd__converter_new(&converter, a.stream, b.stream);
		rd__alloc_fail_after(-1);
		assert_true(rc == 0 || rc == -ENOMEM);
		assert_true(allowed < 10);
	}
	assert_non_null(converter);
	rd__converter_free(converter);
	assert_int_equal(rd__converter_new(&converter, a.stream, a.stream), 0);
	assert_null(converter);
	phone_close(&a);
	phone_close(&b);
}

/* A thread with calls that are converted by a codec with a memory is full sooner. */
static void what_is_converted_weighs_more_than_what_is_relayed(void **state)
{
	static const struct {
		const char *codec; /* that the second phone speaks */
		int weight;
	} rows[] = { { "ulaw", 1 }, { "alaw", 1 }, { "slin16", 1 }, { "g722", 3 }, { "opus", 7 } };
	const char *const modules[] = { "codec_g722", "codec_opus" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		for (const struct rd_codec *codec = rig_codec(modules[i]); codec->name; codec++)
			assert_int_equal(rd__codec_add(codec, modules[i]), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		struct phone *phones = calloc(2, sizeof(*phones));
		const struct rd__thread *thread = rd__thread_at(0);

		phone_open(&phones[0], "ulaw", 20);
		phone_open(&phones[1], rows[i].codec, 20);
		assert_int_equal(rd__stream_link(phones[0].stream, phones[1].stream, 0), 0);
		rig_run(20);
		assert_int_equal(thread->load, 2 * rows[i].weight);
		rd__stream_unlink(phones[0].stream);
		assert_int_equal(thread->load, 2);
		phone_close(&phones[0]);
		phone_close(&phones[1]);
		rig_streams_end();
		assert_int_equal(thread->load, 0);
		free(phones);
	}
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		for (const struct rd_codec *codec = rig_codec(modules[i]); codec->name; codec++)
			rd__codec_remove(codec);
}

#define TESTS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTS(rates_meet),
		TESTS(what_is_converted_weighs_more_than_what_is_relayed),
		TESTS(packets_get_the_length_that_was_asked_for),
		TESTS(packets_may_be_longer_than_those_of_a_network_are),
		TESTS(a_lost_packet_is_made_up_for),
		TESTS(a_long_gap_stays_a_gap),
		TESTS(what_is_late_is_not_said_twice),
		TESTS(times_go_on_where_a_clock_wraps),
		TESTS(a_new_agreement_keeps_the_link),
		TESTS(what_is_only_passed_through_is_not_converted),
		TESTS(without_memory_nothing_is_left_behind),
	};
	int rc;

	rig_threads = 0;
	rc = RUN_GROUP(tests);
	rig_threads = 2;
	return rc + RUN_GROUP(tests);
}
