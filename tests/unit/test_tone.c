/* Tones: what a list means, the pitch and level of what it sounds like. */
#include "tests/unit/test.h"

#include <math.h>

#include "core/media/tone.h"

enum { RATE = 8000, SECOND = RATE };

static int16_t sound[SECOND * 4];

/* Sound of a list; returns how many samples there were. */
static size_t sounds(const char *list, size_t count)
{
	struct rd__tone_voice voice = { .at = 0 };
	struct rd__tones *tones;
	size_t n;

	assert_int_equal(rd__tones_new(&tones, list, NULL), 0);
	memset(sound, 0x55, sizeof(sound));
	n = rd__tones_read(tones, &voice, RATE, sound, count);
	rd__tones_free(tones);
	return n;
}

/* Amplitude of one frequency (Goertzel). */
static double level(size_t from, size_t count, double hz)
{
	double w = 2 * cos(2 * M_PI * hz / RATE), a = 0, b = 0;

	for (size_t i = from; i < from + count; i++) {
		double c = sound[i] + w * a - b;

		b = a;
		a = c;
	}
	return sqrt(a * a + b * b - w * a * b) * 2 / (double)count;
}

static double energy(size_t from, size_t count)
{
	double sum = 0;

	for (size_t i = from; i < from + count; i++)
		sum += (double)sound[i] * sound[i];
	return sum / (double)count;
}

static void two_frequencies_sound_together(void **state)
{
	double a, b;

	(void)state;
	assert_int_equal(sounds("350+440", SECOND), SECOND);
	a = level(0, SECOND, 350);
	b = level(0, SECOND, 440);
	assert_in_range((int)a, 7150, 7290);
	assert_in_range((int)b, 7150, 7290);
	/* There is nothing else: not a thousandth of the power. */
	assert_true(fabs(energy(0, SECOND) - (a * a + b * b) / 2) < energy(0, SECOND) / 1000);
}

static void a_cadence_is_kept_and_repeated(void **state)
{
	(void)state;
	sounds("480+620/500,0/500", SECOND * 2);
	for (size_t at = 0; at < SECOND * 2; at += SECOND) {
		assert_true(energy(at, SECOND / 2) > 1e7);
		assert_true(energy(at + SECOND / 2, SECOND / 2) == 0);
	}
}

static void what_is_marked_is_heard_once(void **state)
{
	(void)state;
	/* Once, and then nothing: it ends. */
	assert_int_equal(sounds("!950/330,!1400/330,!1800/330", SECOND), 990 * 8);
	assert_true(level(0, 2640, 950) > 7000);
	assert_true(level(2640, 2640, 1400) > 7000);
	assert_true(level(5280, 2640, 1800) > 7000);
	/* A rest that is repeated. */
	assert_int_equal(sounds("!1000/100,0/100,500/100", SECOND), SECOND);
	assert_true(level(0, 800, 1000) > 7000);
	assert_true(level(1600, 800, 500) > 7000);
	assert_true(level(3200, 800, 500) > 7000);
	assert_true(level(0, SECOND, 1000) < 1000);
}

static void a_level_can_be_named(void **state)
{
	(void)state;
	sounds("1004@0", SECOND);
	assert_in_range((int)level(0, SECOND, 1004), 22550, 22750);
	sounds("1004@-10", SECOND);
	assert_in_range((int)level(0, SECOND, 1004), 7100, 7200);
}

static void a_modulated_tone_has_sidebands(void **state)
{
	(void)state;
	sounds("400*25", SECOND);
	assert_true(level(0, SECOND, 400) > 7000);
	assert_in_range((int)level(0, SECOND, 425), 3500, 3700);
	assert_in_range((int)level(0, SECOND, 375), 3500, 3700);
}

static void bars_may_stand_for_commas_and_the_last_may_be_followed_by_one(void **state)
{
	(void)state;
	assert_int_equal(sounds("!1000/100|0/100|500/100|", SECOND), SECOND);
	assert_true(level(0, 800, 1000) > 7000);
	assert_true(level(1600, 800, 500) > 7000);
	assert_int_equal(sounds("1000,", SECOND), SECOND);
	assert_true(level(0, SECOND, 1000) > 7000);
}

static void a_note_is_a_frequency_and_blanks_do_not_matter(void **state)
{
	(void)state;
	sounds("M69 + M57", SECOND);
	assert_true(level(0, SECOND, 440) > 7000);
	assert_true(level(0, SECOND, 220) > 7000);
	sounds("! 1000 / 100, 0 / 100, M93 / 100", SECOND);
	assert_true(level(0, 800, 1000) > 7000);
	assert_true(level(1600, 800, 1760) > 7000);
}

static void what_is_no_list_is_refused(void **state)
{
	static const char *const wrong[] = { "",        "dial", "440/",      "440/x",
					     "440+",    "9000", "440/500|,", ",440",
					     "440 620", "1@x",  "1+2@0",     "!",
					     "440/-5",  "4e3",  "1@99",      "440/500,zz",
					     "M",       "M108", "M69*",      "425-25" };
	struct rd__tones *tones;
	const char *at;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		at = NULL;
		if (rd__tones_new(&tones, wrong[i], &at) != -EINVAL)
			fail_msg("\"%s\" is taken for a list", wrong[i]);
		assert_non_null(at);
	}
	assert_int_equal(rd__tones_new(&tones, "440/500,zz", &at), -EINVAL);
	assert_string_equal(at, "zz");
}

static void a_key_is_two_tones(void **state)
{
	struct rd__oscillator oscillator = { { 0, 0 } };

	(void)state;
	rd__tone_digit(&oscillator, 'D', RATE, sound, SECOND);
	assert_true(level(0, SECOND, 941) > 7000);
	assert_true(level(0, SECOND, 1633) > 7000);
	rd__tone_digit(&oscillator, '8', RATE, sound, SECOND);
	assert_true(level(0, SECOND, 852) > 7000);
	assert_true(level(0, SECOND, 1336) > 7000);
	rd__tone_digit(&oscillator, 0, RATE, sound, SECOND);
	assert_true(energy(0, SECOND) == 0);
}

static int make_list(void *arg)
{
	struct rd__tones *tones;
	int rc = rd__tones_new(&tones, "350+440/500,0/500", NULL);

	(void)arg;
	if (!rc)
		rd__tones_free(tones);
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_int_equal(oom_sweep(make_list, NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_frequencies_sound_together),
		cmocka_unit_test(a_cadence_is_kept_and_repeated),
		cmocka_unit_test(what_is_marked_is_heard_once),
		cmocka_unit_test(a_level_can_be_named),
		cmocka_unit_test(a_modulated_tone_has_sidebands),
		cmocka_unit_test(bars_may_stand_for_commas_and_the_last_may_be_followed_by_one),
		cmocka_unit_test(a_note_is_a_frequency_and_blanks_do_not_matter),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(a_key_is_two_tones),
		cmocka_unit_test(memory_may_run_out_at_any_moment),
	};

	rd__tone_setup();
	return RUN_GROUP(tests);
}
