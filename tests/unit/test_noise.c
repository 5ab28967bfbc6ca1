/* Comfort noise: as loud as the packet says, of its colour, and from a phone to one that
 * knows nothing of it. */
#include "tests/unit/test.h"

#include <math.h>

#include "core/media/mixer.h"
#include "core/media/noise.h"
#include "core/media/registry.h"
#include "core/media/wire.h"
#include "tests/unit/media_rig.h"

enum { COUNT = 16000 };

static int16_t samples[COUNT];

static double level_of(const int16_t *from, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)from[i] * from[i];
	return 10 * log10(sum / (double)count / (32768.0 * 32768.0) + 1e-20);
}

/* How a sample goes with the one before: -1 to 1. */
static double correlation(void)
{
	double product = 0, energy = 0;

	for (int i = 1; i < COUNT; i++) {
		product += (double)samples[i] * samples[i - 1];
		energy += (double)samples[i] * samples[i];
	}
	return product / energy;
}

static void it_is_as_loud_as_the_packet_says(void **state)
{
	(void)state;
	for (int rate = 8000; rate <= 48000; rate *= 2)
		for (int level = 20; level <= 60; level += 10) {
			struct rd__noise noise = { 0 };
			uint8_t payload[] = { (uint8_t)level, 20, 150, 127 };

			assert_true(rd__noise_read(&noise, payload, sizeof(payload)));
			rd__noise_make(&noise, rate, samples, COUNT);
			if (fabs(level_of(samples, COUNT) + level) > 1)
				fail_msg("%d Hz: %.1f dBov, not -%d", rate,
					 level_of(samples, COUNT), level);
		}
}

static void its_colour_is_that_of_the_packet(void **state)
{
	struct rd__noise noise = { 0 };
	uint8_t white[] = { 30 }, dull[] = { 30, 20 }, sharp[] = { 30, 234 };

	(void)state;
	rd__noise_read(&noise, white, 1);
	rd__noise_make(&noise, 8000, samples, COUNT);
	assert_true(fabs(correlation()) < 0.05);
	rd__noise_read(&noise, dull, 2);
	rd__noise_make(&noise, 8000, samples, COUNT);
	assert_true(fabs(correlation() - 0.84) < 0.05);
	rd__noise_read(&noise, sharp, 2);
	rd__noise_make(&noise, 8000, samples, COUNT);
	assert_true(fabs(correlation() + 0.84) < 0.05);
}

static void nonsense_is_noise_too(void **state)
{
	struct rd__noise noise = { 0 };
	uint8_t payload[64] = { 0 };

	(void)state;
	assert_false(rd__noise_read(&noise, payload, 0));
	memset(payload, 255, sizeof(payload));
	assert_true(rd__noise_read(&noise, payload, sizeof(payload)));
	rd__noise_make(&noise, 8000, samples, COUNT);
	payload[0] = 0;
	assert_true(rd__noise_read(&noise, payload, sizeof(payload)));
	rd__noise_make(&noise, 8000, samples, COUNT);
}

/* ---- between phones ---- */

static void say_noise(struct far_end *far, struct rd_stream *to)
{
	uint8_t packet[RD__RTP_HEADER + 1] = { 0 };
	struct rd__rtp rtp = { .payload_type = RD__NOISE_PAYLOAD,
			       .seq = far->seq++,
			       .ts = far->ts,
			       .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = 1 };

	packet[RD__RTP_HEADER] = 40;
	rd__rtp_print(&rtp);
	far_end_send_raw(far, to, packet, sizeof(packet));
}

static void who_knows_nothing_of_it_hears_noise(void **state)
{
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
	struct arrived got;
	uint32_t ts;

	(void)state;
	far_end_open(&a);
	far_end_open(&b);
	stream_a = rig_stream(&a, "ulaw");
	stream_b = rig_stream(&b, "alaw");
	rd__stream_link(stream_a, stream_b, 0);
	rig_run(20);
	far_end_send(&a, stream_a, 0xff);
	assert_true(far_end_receive(&b, &got, 1000));
	say_noise(&a, stream_a);
	for (int i = 0; i < 10; i++) {
		ts = got.rtp.ts;
		assert_true(far_end_receive(&b, &got, 1000));
		assert_int_equal(got.rtp.payload_type, 8);
		assert_int_equal(got.rtp.size, 160);
		if (i > 0)
			assert_int_equal(got.rtp.ts, ts + 160);
		rd_codec_find("alaw")->decode(NULL, got.rtp.payload, 160, samples + i * 160, 160);
	}
	assert_true(fabs(level_of(samples, 1600) + 40) < 2);
	/* Until the voice is back. */
	a.ts += 2000;
	far_end_send(&a, stream_a, 0xff);
	do
		assert_true(far_end_receive(&b, &got, 1000));
	while (got.rtp.payload[0] != 0xd5 || got.rtp.payload[159] != 0xd5);
	assert_false(far_end_receive(&b, &got, 100));
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	rig_run(20);
	far_end_close(&a);
	far_end_close(&b);
}

/* 20 ms of L16, all of one value but for its sign: as loud as that. */
static void say_linear(struct far_end *far, struct rd_stream *to, int value)
{
	uint8_t packet[RD__RTP_HEADER + 320];
	struct rd__rtp rtp = { .payload_type = far->payload_type,
			       .seq = far->seq++,
			       .ts = far->ts,
			       .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = 320 };

	for (int i = 0; i < 160; i++) {
		int sample = i % 8 < 4 ? value : -value;

		packet[RD__RTP_HEADER + 2 * i] = (uint8_t)(sample >> 8);
		packet[RD__RTP_HEADER + 2 * i + 1] = (uint8_t)sample;
	}
	far->ts += 160;
	rd__rtp_print(&rtp);
	far_end_send_raw(far, to, packet, sizeof(packet));
}

struct told {
	int voices, noises, markers;
	uint8_t level; /* of the last one */
	struct rd__rtp first; /* voice */
	uint32_t last_ts;
};

static void note(struct told *told, const struct arrived *got)
{
	told->last_ts = got->rtp.ts;
	told->markers += got->rtp.marker;
	if (got->rtp.payload_type != RD__NOISE_PAYLOAD) {
		if (told->voices++ == 0)
			told->first = got->rtp;
		return;
	}
	assert_int_equal(got->rtp.size, 1);
	assert_false(got->rtp.marker);
	told->noises++;
	told->level = got->rtp.payload[0];
}

/* What comes of so many packets as loud as that. */
static struct told say_so(struct far_end *from, struct rd_stream *to, struct far_end *far,
			  int value, int packets)
{
	struct told told = { 0 };
	struct arrived got;

	for (int i = 0; i < packets; i++) {
		say_linear(from, to, value);
		if (far_end_receive(far, &got, 1))
			note(&told, &got);
	}
	while (far_end_receive(far, &got, 50))
		note(&told, &got);
	return told;
}

static struct rd_stream *stream_with_noise(struct far_end *far)
{
	struct rd_stream *stream = rig_stream(far, "ulaw");
	struct rd_stream_config config = *rd_stream_config(stream);

	config.cn_payload = RD__NOISE_PAYLOAD;
	config.cn_sent = true;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
	return stream;
}

static void silence_is_told_instead_of_sent(void **state)
{
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
	struct told told;
	uint32_t voice_ts;

	(void)state;
	assert_int_equal(rd__codec_add(rig_codec("codec_slin"), "codec_slin"), 0);
	far_end_open(&a);
	far_end_open(&b);
	stream_a = rig_stream(&a, "slin");
	stream_b = stream_with_noise(&b);
	rd__stream_link(stream_a, stream_b, 0);
	rig_run(20);
	told = say_so(&a, stream_a, &b, 8000, 20);
	assert_int_equal(told.voices, 20);
	assert_int_equal(told.noises, 0);
	voice_ts = told.last_ts;
	/* Half a second more, then how loud it is, each second. */
	told = say_so(&a, stream_a, &b, 33, 100);
	assert_in_range(told.voices, 22, 27);
	assert_in_range(told.noises, 1, 2);
	assert_in_range(told.level, 59, 61);
	/* Another noise is told at once; nothing is said of it otherwise. */
	told = say_so(&a, stream_a, &b, 10, 20);
	assert_int_equal(told.voices, 0);
	assert_in_range(told.noises, 1, 2);
	assert_in_range(told.level, 69, 71);
	/* A voice is there at once, at its time. */
	told = say_so(&a, stream_a, &b, 8000, 10);
	assert_int_equal(told.voices, 10);
	assert_int_equal(told.noises, 0);
	assert_true(told.first.marker);
	assert_int_equal(told.first.ts, voice_ts + 121 * 160);
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	rig_run(20);
	far_end_close(&a);
	far_end_close(&b);
	rd__codec_remove(rig_codec("codec_slin"));
}

/* Opus has no noise to tell, but packets that need not be sent. */
static void behind_a_pause_of_opus_the_voice_is_marked(void **state)
{
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
	struct rd_stream_config config;
	struct told told;
	uint32_t voice_ts;

	(void)state;
	assert_int_equal(rd__codec_add(rig_codec("codec_slin"), "codec_slin"), 0);
	assert_int_equal(rd__codec_add(rig_codec("codec_opus"), "codec_opus"), 0);
	far_end_open(&a);
	far_end_open(&b);
	stream_a = rig_stream(&a, "slin");
	stream_b = rig_stream(&b, "opus");
	config = *rd_stream_config(stream_b);
	rd_strcpy(config.formats[0].fmtp, sizeof(config.formats[0].fmtp), "usedtx=1");
	assert_int_equal(rd_stream_configure(stream_b, &config), 0);
	rd__stream_link(stream_a, stream_b, 0);
	rig_run(20);
	told = say_so(&a, stream_a, &b, 8000, 20);
	assert_int_equal(told.voices, 20);
	assert_int_equal(told.markers, 1);
	voice_ts = told.last_ts;
	told = say_so(&a, stream_a, &b, 0, 60);
	assert_in_range(told.voices, 2, 40);
	told = say_so(&a, stream_a, &b, 8000, 10);
	assert_int_equal(told.voices, 10);
	assert_true(told.first.marker);
	assert_int_equal(told.markers, 1);
	assert_int_equal(told.first.ts, voice_ts + 61 * 960);
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	rig_run(20);
	far_end_close(&a);
	far_end_close(&b);
	rd__codec_remove(rig_codec("codec_opus"));
	rd__codec_remove(rig_codec("codec_slin"));
}

static void assert_next(struct far_end *far, struct arrived *got, uint8_t payload_type, int later)
{
	struct rd__rtp last = got->rtp;

	assert_true(far_end_receive(far, got, 1000));
	assert_int_equal(got->rtp.payload_type, payload_type);
	assert_int_equal(got->rtp.ssrc, last.ssrc);
	assert_int_equal(got->rtp.seq, (uint16_t)(last.seq + 1));
	assert_int_equal(got->rtp.ts, last.ts + (uint32_t)later);
}

/* Half a packet waits for the rest, which does not come. */
static void say_half(struct far_end *far, struct rd_stream *to)
{
	uint8_t packet[RD__RTP_HEADER + 160] = { 0 };
	struct rd__rtp rtp = { .payload_type = far->payload_type,
			       .seq = far->seq++,
			       .ts = far->ts,
			       .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = 160 };

	far->ts += 80;
	rd__rtp_print(&rtp);
	far_end_send_raw(far, to, packet, sizeof(packet));
}

/* By the speaker's clock, however late its packets come. */
static void noise_beside_a_converted_voice_is_of_its_source(void **state)
{
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
	struct rd_stream_config config;
	struct arrived got;

	(void)state;
	assert_int_equal(rd__codec_add(rig_codec("codec_slin"), "codec_slin"), 0);
	far_end_open(&a);
	far_end_open(&b);
	stream_a = rig_stream(&a, "slin");
	stream_b = stream_with_noise(&b);
	config = *rd_stream_config(stream_b);
	config.cn_sent = false;
	config.formats[0].ptime_ms = 20;
	assert_int_equal(rd_stream_configure(stream_b, &config), 0);
	rd__stream_link(stream_a, stream_b, 0);
	rig_run(20);
	say_linear(&a, stream_a, 8000);
	assert_true(far_end_receive(&b, &got, 1000));
	for (int i = 0; i < 3; i++) {
		say_linear(&a, stream_a, 8000);
		assert_next(&b, &got, 0, 160);
		say_noise(&a, stream_a);
		assert_next(&b, &got, RD__NOISE_PAYLOAD, 160);
		a.ts += 40 * 160;
		say_noise(&a, stream_a);
		assert_next(&b, &got, RD__NOISE_PAYLOAD, 40 * 160);
		a.ts += 60 * 160;
		say_linear(&a, stream_a, 8000);
		assert_next(&b, &got, 0, 60 * 160);
	}
	say_half(&a, stream_a);
	say_noise(&a, stream_a);
	assert_next(&b, &got, 0, 160);
	assert_next(&b, &got, RD__NOISE_PAYLOAD, 80);
	a.ts += 60 * 160;
	say_linear(&a, stream_a, 8000);
	assert_next(&b, &got, 0, 60 * 160);
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	rig_run(20);
	far_end_close(&a);
	far_end_close(&b);
	rd__codec_remove(rig_codec("codec_slin"));
}

/* In a room: b talks all the time, so it has a sound of its own; what a says is loud or
 * nothing, so many times 20 ms. */
static struct told be_in_a_room(struct far_end *a, struct rd_stream *to_a, struct far_end *b,
				struct rd_stream *to_b, bool loud, int times)
{
	struct told told = { 0 };
	struct arrived got;

	for (int i = 0; i < times; i++) {
		far_end_send(a, to_a, loud ? 0x10 : 0xff);
		far_end_send(b, to_b, 0x10);
		rig_run(20);
		while (far_end_receive(b, &got, 0))
			note(&told, &got);
	}
	return told;
}

static void say_all(struct rd_stream *stream)
{
	struct rd_stream_config config = *rd_stream_config(stream);

	config.cn_sent = false;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
}

static void silence_of_a_room_is_told_too(void **state)
{
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
	struct rd__mixer *mixer;
	struct told told;
	uint32_t noise_ts;

	(void)state;
	far_end_open(&a);
	far_end_open(&b);
	stream_a = rig_stream(&a, "ulaw");
	stream_b = stream_with_noise(&b);
	assert_int_equal(rd__mixer_new(&mixer, &(struct rd__mixer_options){ 0 }), 0);
	assert_int_equal(rd__mixer_join(mixer, stream_a, &(struct rd__mix_role){ 0 }), 0);
	assert_int_equal(rd__mixer_join(mixer, stream_b, &(struct rd__mix_role){ 0 }), 0);
	told = be_in_a_room(&a, stream_a, &b, stream_b, true, 30);
	assert_true(told.voices > 20);
	for (int i = 0; i < 100 && !told.noises; i++)
		told = be_in_a_room(&a, stream_a, &b, stream_b, false, 1);
	assert_int_equal(told.noises, 1);
	noise_ts = told.last_ts;
	told = be_in_a_room(&a, stream_a, &b, stream_b, false, 3);
	assert_int_equal(told.voices + told.noises, 0);
	/* What was not sent has taken its time. */
	told = be_in_a_room(&a, stream_a, &b, stream_b, true, 10);
	assert_true(told.voices > 4 && told.first.marker);
	assert_in_range(told.first.ts - noise_ts, 4 * 160 - 80, 20 * 160);
	/* In a silence it is agreed that everything is sent again. */
	for (int i = 0; i < 100 && !told.noises; i++)
		told = be_in_a_room(&a, stream_a, &b, stream_b, false, 1);
	say_all(stream_b);
	told = be_in_a_room(&a, stream_a, &b, stream_b, true, 10);
	assert_true(told.voices > 4 && told.markers <= 1);
	rd__mixer_close(mixer);
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	rig_run(20);
	far_end_close(&a);
	far_end_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_as_loud_as_the_packet_says),
		cmocka_unit_test(its_colour_is_that_of_the_packet),
		cmocka_unit_test(nonsense_is_noise_too),
	};
	const struct CMUnitTest calls[] = {
		cmocka_unit_test_setup_teardown(noise_beside_a_converted_voice_is_of_its_source,
						rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(silence_of_a_room_is_told_too, rig_setup,
						rig_teardown),
		cmocka_unit_test_setup_teardown(silence_is_told_instead_of_sent, rig_setup,
						rig_teardown),
		cmocka_unit_test_setup_teardown(behind_a_pause_of_opus_the_voice_is_marked,
						rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(who_knows_nothing_of_it_hears_noise, rig_setup,
						rig_teardown),
	};
	int rc = RUN_GROUP(tests);

	rig_threads = 0;
	rc += RUN_GROUP(calls);
	rig_threads = 1;
	return rc + RUN_GROUP(calls);
}
