/* G.729 where it is transcoded: lengths by RFC 3551 §4.5.6, a voice in and out, gaps,
 * comfort noise where Annex B is allowed. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/codec.h>

#include "tests/unit/media_rig.h"
#include "tests/unit/tone_meter.h"

enum { LEVEL = 8000,
       RATE = 8000,
       PART = 160,
       PACKETS = 50 };

static const struct rd_codec *g729;
static int16_t in[RATE], out[RATE];

static int begin(void **state)
{
	(void)state;
	g729 = rig_codec("codec_g729_bcg");
	return 0;
}

static void a_tone_comes_through_also_over_a_gap(void **state)
{
	void *encoder = g729->encoder_new("annexb=no"), *decoder = g729->decoder_new("");

	(void)state;
	tone_make(in, RATE, RATE, 400, LEVEL, 0);
	for (int i = 0; i < PACKETS; i++) {
		uint8_t bytes[20];

		assert_int_equal(g729->encode(encoder, in + i * PART, PART, bytes, sizeof(bytes)),
				 20);
		assert_int_equal(g729->decode(decoder, i == 30 ? NULL : bytes, 20, out + i * PART,
					      PART),
				 PART);
	}
	assert_true(fabs(tone_db(tone_level(out + 10 * PART, 15 * PART, RATE, 400), LEVEL)) < 1);
	assert_true(tone_weakest(out + 25 * PART, 10 * PART, RATE, 10) > LEVEL / 4.0);
	g729->state_free(encoder);
	g729->state_free(decoder);
}

static int bytes_of_silence(const char *fmtp)
{
	void *encoder = g729->encoder_new(fmtp);
	int sum = 0;

	memset(in, 0, sizeof(in));
	for (int i = 0; i < PACKETS; i++) {
		uint8_t bytes[20];
		int n = g729->encode(encoder, in + i * PART, PART, bytes, sizeof(bytes));

		assert_true(n == 0 || n == 2 || n == 10 || n == 12 || n == 20);
		sum += n;
	}
	g729->state_free(encoder);
	return sum;
}

static void silence_is_comfort_noise_where_annex_b_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(bytes_of_silence("annexb=no"), PACKETS * 20);
	assert_true(bytes_of_silence("") < PACKETS * 5);
}

static void nonsense_stays_within_its_room(void **state)
{
	void *decoder = g729->decoder_new("");

	(void)state;
	srand(7);
	for (int round = 0; round < 1000; round++) {
		size_t size = (size_t)rand() % 60, max = (size_t)rand() % 500;
		uint8_t bytes[60];

		for (size_t k = 0; k < size; k++)
			bytes[k] = (uint8_t)rand();
		out[max] = 0x5a;
		assert_true(g729->decode(decoder, bytes, size, out, max) <= (int)max);
		assert_int_equal(out[max], 0x5a);
	}
	g729->state_free(decoder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_tone_comes_through_also_over_a_gap, begin),
		cmocka_unit_test_setup(silence_is_comfort_noise_where_annex_b_is_allowed, begin),
		cmocka_unit_test_setup(nonsense_stays_within_its_room, begin),
	};

	return RUN_GROUP(tests);
}
