/* Resampling: a tone stays where it is, at its level, whole and in pieces, and
 * what the lower rate cannot hold is gone rather than folded down. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/base.h>

#include "core/media/resample.h"
#include "tests/unit/tone_meter.h"

enum { SECOND_MAX = 48000,
       LEVEL = 10000 };

static int16_t in[SECOND_MAX], out[SECOND_MAX];

static void fill_tone(int rate, double hz)
{
	tone_make(in, (size_t)rate, rate, hz, LEVEL, 0);
}

/* The middle of a second of sound. */
static double level_db(const int16_t *samples, int rate, double hz)
{
	return tone_db(tone_level(samples + rate / 4, (size_t)rate / 2, rate, hz), LEVEL);
}

static double noise_db(const int16_t *samples, int rate, double hz)
{
	return tone_snr(samples + rate / 4, (size_t)rate / 2, rate, hz);
}

/* In parts of 20 ms, as calls do. */
static void convert(int from, int to, int quality)
{
	struct rd__resampler *resampler;
	size_t part = (size_t)from / 50, given = 0;

	assert_int_equal(rd__resampler_new(&resampler, from, to, quality), 0);
	for (int i = 0; i < 50; i++) {
		size_t n = rd__resample(resampler, in + (size_t)i * part, part, out + given,
					SECOND_MAX - given);

		assert_int_equal(n, to / 50);
		given += n;
	}
	rd__resampler_free(resampler);
}

static const int rates[] = { 8000, 16000, 24000, 32000, 48000 };

static void a_tone_keeps_its_frequency_and_level(void **state)
{
	(void)state;
	for (size_t a = 0; a < RD_ARRAY_SIZE(rates); a++)
		for (size_t b = 0; b < RD_ARRAY_SIZE(rates); b++) {
			double level;

			fill_tone(rates[a], 1000);
			convert(rates[a], rates[b], RD__RESAMPLE_CALL);
			level = level_db(out, rates[b], 1000);
			if (fabs(level) > 0.1 || noise_db(out, rates[b], 1000) < 50)
				fail_msg("%d to %d Hz: %.2f dB, noise %.0f dB below", rates[a],
					 rates[b], level, noise_db(out, rates[b], 1000));
		}
}

static void what_does_not_fit_is_not_folded_down(void **state)
{
	(void)state;
	fill_tone(16000, 5500);
	convert(16000, 8000, RD__RESAMPLE_CALL);
	/* It would come out at 2.5 kHz. */
	assert_true(level_db(out, 8000, 2500) < -50);
}

static void a_whole_sound_has_no_delay_and_no_end_cut_off(void **state)
{
	int16_t *whole;
	size_t count;
	double error = 0;

	(void)state;
	fill_tone(8000, 500);
	assert_int_equal(rd__resample_whole(in, 8000, 8000, 48000, &whole, &count), 0);
	assert_int_equal(count, 48000);
	for (size_t i = 600; i < count - 600; i++) {
		double ideal = LEVEL * sin(2 * M_PI * 500 * (double)i / 48000);

		error = fmax(error, fabs(whole[i] - ideal));
	}
	assert_true(error < LEVEL / 100.0);
	rd_free(whole);
	/* Also between rates that do not divide each other, and of nothing. */
	assert_int_equal(rd__resample_whole(in, 4410, 44100, 8000, &whole, &count), 0);
	assert_int_equal(count, 800);
	rd_free(whole);
	assert_int_equal(rd__resample_whole(in, 0, 8000, 16000, &whole, &count), 0);
	assert_int_equal(count, 0);
	rd_free(whole);
}

static void a_set_takes_the_rates_that_were_added(void **state)
{
	struct rd__resamplers set;
	size_t count = 160;

	(void)state;
	rd__resamplers_init(&set, 16000);
	assert_int_equal(rd__resamplers_add(&set, 8000, RD__RESAMPLE_CALL), 0);
	assert_int_equal(rd__resamplers_add(&set, 8000, RD__RESAMPLE_CALL), 0);
	assert_int_equal(rd__resamplers_add(&set, 16000, RD__RESAMPLE_CALL), 0);
	assert_int_equal(set.count, 1);
	assert_ptr_equal(rd__resamplers_run(&set, 8000, in, &count, out, SECOND_MAX), out);
	assert_int_equal(count, 320);
	assert_ptr_equal(rd__resamplers_run(&set, 16000, in, &count, out, SECOND_MAX), in);
	assert_int_equal(count, 320);
	assert_null(rd__resamplers_run(&set, 48000, in, &count, out, SECOND_MAX));
	rd__resamplers_fini(&set);
}

/* The first packet is as loud as the others, and there are as many samples of it. */
static void no_sound_begins_with_a_hole(void **state)
{
	static const int all[] = { 8000, 12000, 16000, 24000, 32000, 44100, 48000 };

	(void)state;
	for (size_t a = 0; a < RD_ARRAY_SIZE(all); a++)
		for (size_t b = 0; b < RD_ARRAY_SIZE(all); b++) {
			size_t whole = (size_t)all[b] / 50, part = whole / 10;
			struct rd__resampler *resampler;
			double level;

			fill_tone(all[a], 1000);
			assert_int_equal(rd__resampler_new(&resampler, all[a], all[b],
							   RD__RESAMPLE_ROOM), 0);
			assert_int_equal(rd__resample(resampler, in, (size_t)all[a] / 50, out,
						      SECOND_MAX), whole);
			level = tone_db(tone_strength(out, part), LEVEL);
			if (fabs(level) > 1.5)
				fail_msg("%d to %d Hz: %.2f dB", all[a], all[b], level);
			rd__resampler_free(resampler);
		}
}

static void full_scale_does_not_wrap(void **state)
{
	struct rd__resampler *resampler;
	size_t n;

	(void)state;
	/* A square: its edges overshoot. */
	for (int i = 0; i < 160; i++)
		in[i] = i / 20 % 2 ? INT16_MAX : INT16_MIN;
	assert_int_equal(rd__resampler_new(&resampler, 8000, 16000, RD__RESAMPLE_CALL), 0);
	n = rd__resample(resampler, in, 160, out, 320);
	for (size_t i = 1; i < n; i++)
		/* From one extreme to the other takes several samples. */
		assert_true(abs(out[i] - out[i - 1]) < 60000);
	rd__resampler_free(resampler);
}

static void impossible_rates_are_refused(void **state)
{
	struct rd__resampler *resampler;

	(void)state;
	assert_int_equal(rd__resampler_new(&resampler, 0, 8000, 3), -EINVAL);
	assert_int_equal(rd__resampler_new(&resampler, 8000, -1, 3), -EINVAL);
	assert_int_equal(rd__resampler_new(&resampler, 8000, 16000, 99), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_keeps_its_frequency_and_level),
		cmocka_unit_test(what_does_not_fit_is_not_folded_down),
		cmocka_unit_test(a_whole_sound_has_no_delay_and_no_end_cut_off),
		cmocka_unit_test(a_set_takes_the_rates_that_were_added),
		cmocka_unit_test(no_sound_begins_with_a_hole),
		cmocka_unit_test(full_scale_does_not_wrap),
		cmocka_unit_test(impossible_rates_are_refused),
	};

	return RUN_GROUP(tests);
}
