/* Concealment: a voiced sound goes on through a gap and fades in a long one, and
 * neither end of the gap clicks. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/base.h>

#include "core/media/plc.h"
#include "tests/unit/tone_meter.h"

enum { RATE = 8000,
       FRAME = 160,
       FRAMES = 50,
       LEVEL = 8000 };

static int16_t in[FRAMES * FRAME], out[FRAMES * FRAME];

/* Like a voice: a pitch and two of its harmonics. */
static void make_voice(double pitch)
{
	for (int i = 0; i < FRAMES * FRAME; i++) {
		double at = 2 * M_PI * pitch * i / RATE;

		in[i] = (int16_t)lrint(LEVEL *
				       (sin(at) + 0.5 * sin(3 * at) + 0.3 * sin(7 * at)) / 1.8);
	}
}

static void run(unsigned (*is_lost)(int frame))
{
	struct rd__plc *plc;

	assert_int_equal(rd__plc_new(&plc, RATE), 0);
	memcpy(out, in, sizeof(in));
	for (int i = 0; i < FRAMES; i++) {
		if (is_lost(i))
			rd__plc_conceal(plc, out + i * FRAME, FRAME);
		else
			rd__plc_heard(plc, out + i * FRAME, FRAME);
	}
	rd__plc_free(plc);
}

static unsigned none(int frame)
{
	return (void)frame, 0;
}

static unsigned one_in_ten(int frame)
{
	return frame % 10 == 5;
}

static unsigned from_twenty_to_thirty(int frame)
{
	return frame >= 20 && frame < 30;
}

static double snr(int from, int count)
{
	double signal = 0, noise = 0;

	for (int i = from; i < from + count; i++) {
		signal += (double)in[i] * in[i];
		noise += (double)(in[i] - out[i]) * (in[i] - out[i]);
	}
	return 10 * log10(signal / fmax(noise, 1e-9));
}

static int steepest(const int16_t *samples)
{
	int most = 0;

	for (int i = 1; i < FRAMES * FRAME; i++)
		most = RD_MAX(most, abs(samples[i] - samples[i - 1]));
	return most;
}

static void what_is_not_lost_is_not_touched(void **state)
{
	(void)state;
	make_voice(120);
	run(none);
	assert_memory_equal(in, out, sizeof(in));
}

static void a_voice_goes_on_through_a_lost_packet(void **state)
{
	(void)state;
	for (int pitch = 70; pitch <= 200; pitch += 13) {
		make_voice(pitch);
		run(one_in_ten);
		/* Its first 10 ms are not yet softer. */
		for (int frame = 5; frame < FRAMES; frame += 10)
			if (snr(frame * FRAME, FRAME / 2) < 15)
				fail_msg("%d Hz: %.1f dB in packet %d", pitch,
					 snr(frame * FRAME, FRAME / 2), frame);
		assert_true(tone_weakest(out, FRAMES * FRAME, RATE, 20) > LEVEL * 0.4);
	}
}

static void neither_end_of_a_gap_clicks(void **state)
{
	(void)state;
	for (int pitch = 70; pitch <= 200; pitch += 13) {
		make_voice(pitch);
		run(one_in_ten);
		if (steepest(out) > steepest(in) * 5 / 4)
			fail_msg("%d Hz: a step of %d among those of %d", pitch, steepest(out),
				 steepest(in));
	}
}

static void a_long_gap_fades_to_silence(void **state)
{
	(void)state;
	make_voice(120);
	run(from_twenty_to_thirty);
	assert_true(tone_weakest(out + 20 * FRAME, FRAME, RATE, 20) > LEVEL * 0.3);
	for (int i = 23 * FRAME; i < 30 * FRAME; i++)
		assert_int_equal(out[i], 0);
	/* And back, softly, in 10 ms. */
	assert_true(snr(30 * FRAME + FRAME / 2, FRAME / 2) > 60);
}

static void a_gap_at_the_beginning_is_silent(void **state)
{
	struct rd__plc *plc;

	(void)state;
	assert_int_equal(rd__plc_new(&plc, 48000), 0);
	rd__plc_conceal(plc, out, FRAME);
	for (int i = 0; i < FRAME; i++)
		assert_int_equal(out[i], 0);
	rd__plc_free(plc);
	assert_int_equal(rd__plc_new(&plc, 100), -EINVAL);
}

static void full_scale_noise_does_not_wrap(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < FRAMES * FRAME; i++)
		in[i] = rand() % 2 ? INT16_MAX : INT16_MIN;
	run(one_in_ten);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_lost_is_not_touched),
		cmocka_unit_test(a_voice_goes_on_through_a_lost_packet),
		cmocka_unit_test(neither_end_of_a_gap_clicks),
		cmocka_unit_test(a_long_gap_fades_to_silence),
		cmocka_unit_test(a_gap_at_the_beginning_is_silent),
		cmocka_unit_test(full_scale_noise_does_not_wrap),
	};

	return RUN_GROUP(tests);
}
