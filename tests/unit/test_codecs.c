/* Codecs that convert: round trips with bounds of noise, the bytes against those of the
 * libraries used directly, and what nobody would send. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <gsm.h>
#include <spandsp.h>

#include <ringdown/codec.h>

#include "tests/unit/media_rig.h"
#include "tests/unit/tone_meter.h"

enum { LEVEL = 8000,
       HZ = 1000,
       SECOND_MAX = 48000,
       BYTES_MAX = 4000,
       GUARD = 0x5a };

static int16_t in[SECOND_MAX], out[SECOND_MAX + 64];

static const struct rd_codec *codec(const char *module, const char *name)
{
	const struct rd_codec *row = rig_codec(module);

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	assert_non_null(row->name);
	return row;
}

static void *state_of(void *(*make)(const char *fmtp))
{
	void *state = make ? make("") : NULL;

	assert_true(!make || state);
	return state;
}

static void drop(const struct rd_codec *row, void *state)
{
	if (state)
		row->state_free(state);
}

/* A second of in to out, in packets of 20 ms; how many bytes each had. */
static int round_trip(const struct rd_codec *row, int rate_in, int rate_out)
{
	void *encoder = state_of(row->encoder_new), *decoder = state_of(row->decoder_new);
	int size = 0;

	if (rate_in != row->rate)
		assert_int_equal(row->set_rate(encoder, rate_in), 0);
	if (rate_out != row->rate)
		assert_int_equal(row->set_rate(decoder, rate_out), 0);
	for (int i = 0; i < 50; i++) {
		uint8_t bytes[BYTES_MAX];
		size_t part = (size_t)rate_in / 50, made = (size_t)rate_out / 50;

		size = row->encode(encoder, in + (size_t)i * part, part, bytes, sizeof(bytes));
		assert_true(size > 0);
		assert_int_equal(row->decode(decoder, bytes, (size_t)size,
					     out + (size_t)i * made, made),
				 made);
	}
	drop(row, encoder);
	drop(row, decoder);
	return size;
}

static const struct {
	const char *module, *name;
	int bytes; /* of 20 ms */
	double snr;
} rows[] = {
	{ "codec_ulaw", "ulaw", 160, 35 },
	{ "codec_alaw", "alaw", 160, 35 },
	{ "codec_slin", "slin", 320, 70 },
	{ "codec_slin", "slin16", 640, 70 },
	{ "codec_slin", "slin48", 1920, 70 },
	{ "codec_g722", "g722", 160, 35 },
	{ "codec_g726", "g726", 80, 25 },
	{ "codec_g726", "g726aal2", 80, 25 },
	{ "codec_gsm", "gsm", 33, 12 },
};

static void a_tone_survives_the_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		const struct rd_codec *row = codec(rows[i].module, rows[i].name);
		size_t half = (size_t)row->rate / 2;
		double level, snr;

		tone_make(in, (size_t)row->rate, row->rate, HZ, LEVEL, 0);
		assert_int_equal(round_trip(row, row->rate, row->rate), rows[i].bytes);
		level = tone_db(tone_level(out + half / 2, half, row->rate, HZ), LEVEL);
		snr = tone_snr(out + half / 2, half, row->rate, HZ);
		if (fabs(level) > 0.5 || snr < rows[i].snr)
			fail_msg("%s: %.2f dB, noise %.1f dB below", rows[i].name, level, snr);
	}
}

/* Narrow band on one side, wide on the other, or on both. */
static void g722_codes_eight_and_sixteen_kilohertz(void **state)
{
	const struct rd_codec *row = codec("codec_g722", "g722");

	(void)state;
	for (int from = 8000; from <= 16000; from += 8000)
		for (int to = 8000; to <= 16000; to += 8000) {
			size_t half = (size_t)to / 2;
			double level, snr;

			tone_make(in, (size_t)from, from, HZ, LEVEL, 0);
			assert_int_equal(round_trip(row, from, to), 160);
			level = tone_db(tone_level(out + half / 2, half, to, HZ), LEVEL);
			snr = tone_snr(out + half / 2, half, to, HZ);
			if (fabs(level) > 0.5 || snr < 30)
				fail_msg("%d to %d Hz: %.2f dB, noise %.1f dB below", from, to,
					 level, snr);
		}
}

static void g722_is_what_its_library_makes(void **state)
{
	const struct rd_codec *row = codec("codec_g722", "g722");
	g722_encode_state_t *reference = g722_encode_init(NULL, 64000, 0);
	void *encoder = state_of(row->encoder_new);
	uint8_t ours[8000], theirs[8000];

	(void)state;
	tone_make(in, 16000, 16000, 300, LEVEL, 0);
	assert_int_equal(row->encode(encoder, in, 16000, ours, sizeof(ours)), 8000);
	assert_int_equal(g722_encode(reference, theirs, in, 16000), 8000);
	assert_memory_equal(ours, theirs, 8000);
	drop(row, encoder);
	g722_encode_free(reference);
}

/* RFC 3551 §4.5.4: the first code in the lower half; AAL2 has it the other way. */
static void g726_packs_as_its_names_say(void **state)
{
	const struct rd_codec *low = codec("codec_g726", "g726");
	const struct rd_codec *high = codec("codec_g726", "g726aal2");
	g726_state_t *reference = g726_init(NULL, 32000, G726_ENCODING_LINEAR, G726_PACKING_NONE);
	void *low_state = state_of(low->encoder_new), *high_state = state_of(high->encoder_new);
	uint8_t codes[320], bytes[160], other[160];

	(void)state;
	tone_make(in, 320, 8000, HZ, LEVEL, 0);
	assert_int_equal(g726_encode(reference, codes, in, 320), 320);
	assert_int_equal(low->encode(low_state, in, 320, bytes, sizeof(bytes)), 160);
	assert_int_equal(high->encode(high_state, in, 320, other, sizeof(other)), 160);
	for (int i = 0; i < 160; i++) {
		assert_int_equal(bytes[i], codes[2 * i] | codes[2 * i + 1] << 4);
		assert_int_equal(other[i], codes[2 * i] << 4 | codes[2 * i + 1]);
	}
	/* Called the one, packed like the other. */
	assert_string_equal(codec("codec_g726", "g726nonstd")->rtp_name, low->rtp_name);
	assert_ptr_equal(codec("codec_g726", "g726nonstd")->encoder_new, high->encoder_new);
	drop(low, low_state);
	drop(high, high_state);
	g726_free(reference);
}

static void gsm_is_what_its_library_makes(void **state)
{
	const struct rd_codec *row = codec("codec_gsm", "gsm");
	void *encoder = state_of(row->encoder_new);
	gsm reference = gsm_create();
	gsm_signal frame[160];
	gsm_frame theirs;
	uint8_t ours[99];

	(void)state;
	tone_make(in, 480, 8000, 300, LEVEL, 0);
	assert_int_equal(row->encode(encoder, in, 480, ours, sizeof(ours)), 99);
	for (int i = 0; i < 3; i++) {
		memcpy(frame, in + 160 * i, sizeof(frame));
		gsm_encode(reference, frame, theirs);
		assert_memory_equal(ours + 33 * i, theirs, 33);
	}
	drop(row, encoder);
	gsm_destroy(reference);
}

/* Any bytes, of any length, into room for less. */
static void nonsense_stays_within_its_room(void **state)
{
	(void)state;
	srand(7);
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		const struct rd_codec *row = codec(rows[i].module, rows[i].name);
		void *decoder = state_of(row->decoder_new);

		for (int round = 0; round < 2000; round++) {
			size_t size = (size_t)rand() % 400, max = (size_t)rand() % 500;
			uint8_t bytes[400];
			int n;

			for (size_t k = 0; k < size; k++)
				bytes[k] = (uint8_t)rand();
			out[max] = GUARD;
			n = row->decode(decoder, bytes, size, out, max);
			assert_true(n <= (int)max);
			assert_int_equal(out[max], GUARD);
		}
		drop(row, decoder);
	}
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		const struct rd_codec *row = codec(rows[i].module, rows[i].name);
		void *encoder = state_of(row->encoder_new);
		uint8_t bytes[BYTES_MAX];

		assert_int_equal(row->encode(encoder, in, (size_t)row->rate / 50, bytes,
					     (size_t)rows[i].bytes - 1),
				 -ENOSPC);
		drop(row, encoder);
	}
}

static void without_memory_there_is_no_state(void **state)
{
	const struct rd_codec *row = codec("codec_g722", "g722");

	(void)state;
	rd__alloc_fail_after(0);
	assert_null(row->encoder_new(""));
	assert_null(row->decoder_new(""));
	rd__alloc_fail_after(-1);
}

/* G.113 Appendix I, as far as it knows them. */
static void codecs_say_what_they_take_from_the_quality(void **state)
{
	static const struct {
		const char *module, *name;
		int impairment, robustness;
	} known[] = {
		{ "codec_ulaw", "ulaw", 0, 251 }, { "codec_alaw", "alaw", 0, 251 },
		{ "codec_g726", "g726", 7, 0 },	  { "codec_g726", "g726aal2", 7, 0 },
		{ "codec_gsm", "gsm", 20, 0 },	  { G729_MODULE, "g729", 11, 190 },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(known); i++) {
		const struct rd_codec *row = codec(known[i].module, known[i].name);

		assert_int_equal(row->impairment, known[i].impairment);
		assert_int_equal(row->robustness, known[i].robustness);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_survives_the_round_trip),
		cmocka_unit_test(g722_codes_eight_and_sixteen_kilohertz),
		cmocka_unit_test(g722_is_what_its_library_makes),
		cmocka_unit_test(g726_packs_as_its_names_say),
		cmocka_unit_test(gsm_is_what_its_library_makes),
		cmocka_unit_test(nonsense_stays_within_its_room),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(without_memory_there_is_no_state),
		cmocka_unit_test(codecs_say_what_they_take_from_the_quality),
	};

	return RUN_GROUP(tests);
}
