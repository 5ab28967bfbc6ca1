/* The two laws of G.711, against tables written down from the standard: the
 * decision values and levels of its tables 1 and 2, not our arithmetic. */
#include "tests/unit/test.h"
#include "core/media/registry.h"
#include "core/media/setup.h"
#include "tests/unit/media_rig.h"

#include <stdlib.h>

/* Magnitudes by the book: segment s, step m. 14 bits for mu-law, 13 for A-law. */
static int ulaw_level(int segment, int step)
{
	return ((2 * step + 33) << segment) - 33;
}

static int alaw_level(int segment, int step)
{
	return segment == 0 ? 2 * step + 1 : (2 * step + 33) << (segment - 1);
}

static const struct rd_codec *ulaw, *alaw;

static int begin(void **state)
{
	(void)state;
	ulaw = rig_codec("codec_ulaw");
	alaw = rig_codec("codec_alaw");
	return 0;
}

static int decode(const struct rd_codec *codec, int byte)
{
	uint8_t data = (uint8_t)byte;
	int16_t sample;

	assert_int_equal(codec->decode(NULL, &data, 1, &sample, 1), 1);
	return sample;
}

static int encode(const struct rd_codec *codec, int sample)
{
	int16_t in = (int16_t)sample;
	uint8_t byte;

	assert_int_equal(codec->encode(NULL, &in, 1, &byte, 1), 1);
	return byte;
}

static void ulaw_levels_are_those_of_table_2(void **state)
{
	(void)state;
	for (int code = 0; code < 128; code++) {
		int level = 4 * ulaw_level(code >> 4, code & 15);

		/* All bits are inverted; a set sign bit then is positive. */
		assert_int_equal(decode(ulaw, 0xff ^ code), level);
		assert_int_equal(decode(ulaw, 0x7f ^ code), -level);
	}
	assert_int_equal(decode(ulaw, 0x80), 32124);
}

static void alaw_levels_are_those_of_table_1(void **state)
{
	(void)state;
	for (int code = 0; code < 128; code++) {
		int level = 8 * alaw_level(code >> 4, code & 15);

		assert_int_equal(decode(alaw, (0x80 | code) ^ 0x55), level);
		assert_int_equal(decode(alaw, code ^ 0x55), -level);
	}
	assert_int_equal(decode(alaw, 0xaa), 32256);
}

/* Off by half a step at most: the decision values lie half a step below each
 * level. steps: that of each segment. */
static void check_steps(const struct rd_codec *codec, int invert, const int steps[8])
{
	for (int sample = -32768; sample <= 32767; sample++) {
		int byte = encode(codec, sample), level = decode(codec, byte);
		int half = steps[(byte ^ invert) >> 4 & 7] / 2;
		bool clipped = (byte & 0x7f) == (invert ^ 0x7f) % 0x80 &&
			       abs(sample) > abs(level);

		if (!clipped && abs(level - sample) > half)
			fail_msg("%s: %d becomes %d", codec->name, sample, level);
	}
}

static void each_sample_becomes_a_level_half_a_step_away(void **state)
{
	(void)state;
	check_steps(ulaw, 0xff, (const int[]){ 8, 16, 32, 64, 128, 256, 512, 1024 });
	check_steps(alaw, 0x55, (const int[]){ 16, 16, 32, 64, 128, 256, 512, 1024 });
	assert_int_equal(decode(ulaw, encode(ulaw, -32768)), -32124);
	assert_int_equal(decode(alaw, encode(alaw, -32768)), -32256);
}

static void codes_survive_the_round_trip(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		assert_int_equal(encode(alaw, decode(alaw, byte)), byte);
		/* Minus zero becomes plus zero. */
		if (byte != 0x7f)
			assert_int_equal(encode(ulaw, decode(ulaw, byte)), byte);
	}
}

static void tables_between_the_laws_are_exact(void **state)
{
	const struct rd__law_table *table = rd__law_table(ulaw, alaw);

	(void)state;
	assert_non_null(table);
	for (int byte = 0; byte < 256; byte++)
		assert_int_equal(table->map[byte], encode(alaw, decode(ulaw, byte)));
	assert_ptr_equal(rd__law_table(ulaw, alaw), table);
	assert_null(rd__law_table(ulaw, ulaw));
	rd__law_tables_forget(NULL);
}

static void the_digital_milliwatt_is_0_dbm0(void **state)
{
	static const uint8_t milliwatt[8] = { 0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e };
	double power = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		power += (double)decode(ulaw, milliwatt[i]) * decode(ulaw, milliwatt[i]) / 8;
	/* A sine of the amplitude that tones have at 0 dBm0. */
	assert_true(power > 22658.0 * 22658 / 2 * 0.98 && power < 22658.0 * 22658 / 2 * 1.02);
}

static void lists_of_codecs(void **state)
{
	const struct rd_codec *list[4];
	const char *bad = NULL;

	(void)state;
	assert_int_equal(rd__codec_add(ulaw, "one"), 0);
	assert_int_equal(rd__codec_add(alaw, "two"), 0);
	assert_int_equal(rd__codec_add(alaw, "three"), -EEXIST);
	assert_int_equal(rd_codec_list("alaw, ulaw,alaw", list, 4, NULL), 2);
	assert_ptr_equal(list[0], alaw);
	assert_int_equal(rd_codec_list("all,!ulaw", list, 4, NULL), 1);
	assert_int_equal(rd_codec_list("!all,ulaw", list, 4, NULL), 1);
	assert_ptr_equal(list[0], ulaw);
	assert_int_equal(rd_codec_list("ulaw,speex", list, 4, &bad), -ENOENT);
	assert_string_equal(bad, "speex");
	assert_int_equal(rd_codec_list("all", list, 1, NULL), 1);
	assert_ptr_equal(rd_codec_by_rtp("pcma", 8000, 1), alaw);
	assert_null(rd_codec_by_rtp("pcma", 16000, 1));
	assert_ptr_equal(rd_codec_by_payload(0), ulaw);
	assert_null(rd_codec_by_payload(-1));
	rd__codec_remove(ulaw);
	rd__codec_remove(alaw);
	assert_null(rd_codec_find("ulaw"));
}

static void check_frames(const struct rd_codec *codec)
{
	static int16_t all[65536], heard[256 + 5];
	static uint8_t sent[65536], bytes[256 + 5];

	for (int i = 0; i < 65536; i++)
		all[i] = (int16_t)i;
	assert_int_equal(codec->encode(NULL, all, 65531, sent, sizeof(sent)), 65531);
	for (int i = 0; i < 65531; i++)
		assert_int_equal(sent[i], encode(codec, all[i]));
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(codec->decode(NULL, bytes, sizeof(bytes), heard, sizeof(bytes)),
			 sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(heard[i], decode(codec, bytes[i]));
}

static void whole_frames_are_what_single_samples_are(void **state)
{
	(void)state;
	check_frames(ulaw);
	check_frames(alaw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ulaw_levels_are_those_of_table_2, begin),
		cmocka_unit_test_setup(alaw_levels_are_those_of_table_1, begin),
		cmocka_unit_test_setup(each_sample_becomes_a_level_half_a_step_away, begin),
		cmocka_unit_test_setup(codes_survive_the_round_trip, begin),
		cmocka_unit_test_setup(whole_frames_are_what_single_samples_are, begin),
		cmocka_unit_test_setup(tables_between_the_laws_are_exact, begin),
		cmocka_unit_test_setup(the_digital_milliwatt_is_0_dbm0, begin),
		cmocka_unit_test_setup(lists_of_codecs, begin),
	};

	return RUN_GROUP(tests);
}
