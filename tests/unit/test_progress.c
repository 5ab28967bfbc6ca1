/* Tones that networks make are told from each other, in the manner of several countries;
 * what people say is none of them. */
#include "tests/unit/test.h"

#include <math.h>

#include "core/config/config.h"
#include "core/media/progress.h"
#include "core/media/tone.h"
#include "tests/unit/conf_dir.h"

enum { RATE = 8000, PIECE = 160 };

static const char countries[] =
	"[general]\ncountry = us\n"
	"[us]\ndial=350+440\nbusy=480+620/500,0/500\nring=440+480/2000,0/4000\n"
	"congestion=480+620/250,0/250\ninfo=!950/330,!1400/330,!1800/330,0\n"
	"[uk]\ndial=350+440\nbusy=400/375,0/375\nring=400+450/400,0/200,400+450/400,0/2000\n"
	"congestion=400/400,0/350,400/225,0/525\ninfo=950/330,0/15,1400/330,0/15,1800/330,0/1000\n"
	"[de]\ndial=425\nbusy=425/480,0/480\nring=425/1000,0/4000\ncongestion=425/240,0/240\n"
	"info=950/330,1400/330,1800/330,0/1000\n"
	"[in]\ndial=400*25\nbusy=400/750,0/750\nring=400*25/400,0/200,400*25/400,0/2000\n"
	"congestion=400/250,0/250\n"
	"[za]\ndial=400*33\nbusy=400/500,0/500\nring=400*33/400,0/200,400*33/400,0/2000\n"
	"congestion=400/250,0/250\n"
	"[jp]\ndial=400\nring=400*16/1000,0/2000\nbusy=400/500,0/500\n";

static int setup(void **state)
{
	(void)state;
	conf_dir_make();
	assert_int_equal(conf_dir_apply(&rd__indications_config, countries), 0);
	rd__tone_setup();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rd__indications_free();
	conf_dir_remove();
	return 0;
}

static int seen[RD_DETECTED_ANNOUNCEMENT + 1], first_ms, now_ms;

static void told(void *arg, enum rd_detected what)
{
	(void)arg;
	if (!first_ms)
		first_ms = now_ms;
	seen[what]++;
}

/* Line noise goes with it: -50 dB of full scale. */
static int16_t with_noise(int16_t sample)
{
	static uint32_t random = 1;
	int32_t sum;

	random = random * 1664525 + 1013904223;
	sum = sample + (int32_t)(random >> 24) - 128;
	return (int16_t)RD_MAX(INT16_MIN, RD_MIN(sum, INT16_MAX));
}

/* So long of a list, beginning offset_ms into it. */
static void listen_to(struct rd__progress *progress, const char *list, int offset_ms, int ms)
{
	struct rd__tone_voice voice = { .at = 0 };
	struct rd__tones *tones;
	int16_t samples[PIECE];

	memset(seen, 0, sizeof(seen));
	first_ms = 0;
	assert_int_equal(rd__tones_new(&tones, list, NULL), 0);
	for (now_ms = -offset_ms; now_ms < ms; now_ms += 20) {
		size_t n = rd__tones_read(tones, &voice, RATE, samples, PIECE);

		memset(samples + n, 0, (PIECE - n) * sizeof(*samples));
		for (int i = 0; i < PIECE; i++)
			samples[i] = with_noise(samples[i]);
		if (now_ms >= 0)
			rd__progress_hear(progress, samples, PIECE, told, NULL);
	}
	rd__tones_free(tones);
}

static void expect(const char *zone, const char *name, enum rd_detected what, int offset_ms)
{
	struct rd__progress *progress;

	assert_int_equal(rd__progress_new(&progress, zone, 0, 0), 0);
	listen_to(progress, rd__tone_list(zone, name), offset_ms, 14000);
	for (int i = 0; i <= RD_DETECTED_ANNOUNCEMENT; i++)
		if (seen[i] != (i == (int)what))
			fail_msg("%s/%s from %d ms: %d was told %d times", zone, name, offset_ms, i,
				 seen[i]);
	rd__progress_free(progress);
}

static void each_country_has_its_tones(void **state)
{
	static const char *const zones[] = { "us", "uk", "de" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(zones); i++)
		for (int offset_ms = 0; offset_ms < 400; offset_ms += 130) {
			expect(zones[i], "busy", RD_DETECTED_BUSY, offset_ms);
			expect(zones[i], "ring", RD_DETECTED_RINGING, offset_ms);
			expect(zones[i], "congestion", RD_DETECTED_CONGESTION, offset_ms);
			expect(zones[i], "dial", RD_DETECTED_DIAL_TONE, offset_ms);
		}
	for (size_t i = 0; i < RD_ARRAY_SIZE(zones); i++)
		expect(zones[i], "info", RD_DETECTED_ANNOUNCEMENT, 0);
}

/* Wherever in its swelling a frame begins. */
static void tones_that_swell_are_heard(void **state)
{
	static const struct {
		const char *zone, *name;
		enum rd_detected what;
	} cases[] = {
		{ "in", "dial", RD_DETECTED_DIAL_TONE }, { "in", "ring", RD_DETECTED_RINGING },
		{ "in", "busy", RD_DETECTED_BUSY },	 { "za", "dial", RD_DETECTED_DIAL_TONE },
		{ "za", "ring", RD_DETECTED_RINGING },	 { "jp", "ring", RD_DETECTED_RINGING },
		{ "jp", "dial", RD_DETECTED_DIAL_TONE },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++)
		for (int shift_ms = 1; shift_ms < 20; shift_ms += 3) {
			struct rd__progress *progress;
			char list[200];

			snprintf(list, sizeof(list), "!0/%d,%s", shift_ms,
				 rd__tone_list(cases[i].zone, cases[i].name));
			assert_int_equal(rd__progress_new(&progress, cases[i].zone, 0, 0), 0);
			listen_to(progress, list, 0, 14000);
			for (int k = 0; k <= RD_DETECTED_ANNOUNCEMENT; k++)
				if (seen[k] != (k == (int)cases[i].what))
					fail_msg("%s/%s after %d ms: %d was told %d times",
						 cases[i].zone, cases[i].name, shift_ms, k,
						 seen[k]);
			rd__progress_free(progress);
		}
}

static void two_cycles_of_busy_are_enough(void **state)
{
	struct rd__progress *progress;

	(void)state;
	assert_int_equal(rd__progress_new(&progress, "us", 0, 0), 0);
	listen_to(progress, "480+620/500,0/500", 0, 4000);
	assert_in_range(first_ms, 1800, 2100);
	rd__progress_free(progress);
}

static void what_is_none_of_them_is_not_told(void **state)
{
	static const char *const others[] = {
		"0/1000",	      "697+1209/500,0/500", /* keys */
		"480+620/300,0/900",  "1100/500,0/3000",    /* a fax */
		"440/500,0/500",      "480+620/2000,0/200",
		"150+450/180,1050/90,300/200,0/120", /* syllables, roughly */
	};
	struct rd__progress *progress;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(others); i++) {
		assert_int_equal(rd__progress_new(&progress, NULL, 0, 0), 0);
		listen_to(progress, others[i], 0, 20000);
		for (int what = 0; what <= RD_DETECTED_ANNOUNCEMENT; what++)
			if (seen[what])
				fail_msg("%s: taken for %d", others[i], what);
		rd__progress_free(progress);
	}
}

static void a_tone_counts_when_it_lasts_and_once(void **state)
{
	struct rd__progress *progress;

	(void)state;
	assert_int_equal(rd__progress_new(&progress, NULL, 2600, 500), 0);
	listen_to(progress, "!2600/1000,!0/200,!2600/400,!0/200,!2600/600", 0, 4000);
	assert_int_equal(seen[RD_DETECTED_TONE], 2);
	assert_in_range(first_ms, 460, 540);
	listen_to(progress, "2500/1000", 0, 1000);
	assert_int_equal(seen[RD_DETECTED_TONE], 0);
	listen_to(progress, "2600+1000/1000", 0, 1000);
	assert_int_equal(seen[RD_DETECTED_TONE], 0);
	rd__progress_free(progress);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_country_has_its_tones, setup, teardown),
		cmocka_unit_test_setup_teardown(tones_that_swell_are_heard, setup, teardown),
		cmocka_unit_test_setup_teardown(two_cycles_of_busy_are_enough, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_none_of_them_is_not_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tone_counts_when_it_lasts_and_once, setup,
						teardown),
	};

	return RUN_GROUP(tests);
}
