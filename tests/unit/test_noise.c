/* Comfort noise: as loud as the packet says, of its colour, and from a phone to one that
 * knows nothing of it. */
#include "tests/unit/test.h"

#include <math.h>

#include "core/media/noise.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_as_loud_as_the_packet_says),
		cmocka_unit_test(its_colour_is_that_of_the_packet),
		cmocka_unit_test(nonsense_is_noise_too),
	};
	const struct CMUnitTest calls[] = {
		cmocka_unit_test_setup_teardown(who_knows_nothing_of_it_hears_noise, rig_setup,
						rig_teardown),
	};
	int rc = RUN_GROUP(tests);

	rig_threads = 0;
	rc += RUN_GROUP(calls);
	rig_threads = 1;
	return rc + RUN_GROUP(calls);
}
