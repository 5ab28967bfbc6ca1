/* Codecs with a memory, through all that a call may become: nobody hears that a
 * decoder was begun anew. A tone goes in, and what comes out is to be as loud as
 * before in each hundredth of a second. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/str.h>

#include "core/media/media.h"
#include "core/media/mixer.h"
#include "core/media/registry.h"
#include "core/sched/sched.h"
#include "tests/unit/mix_party.h"
#include "tests/unit/tone_meter.h"

enum { SECOND = 1000, TONE_HZ = 440, OTHER_HZ = 1000, PART_MS = 10 };

/* One who talks, who listens, and a third who may come. */
static struct party parties[3];
static struct party *const talker = &parties[0], *const listener = &parties[1];
static struct party *const third = &parties[2];
static struct rd__mixer *mixer; /* NULL: they are linked */

static const char *const codecs[] = { "opus", "g722", "gsm", "g726" };
static const char *const modules[] = { "codec_opus", "codec_g722", "codec_gsm", "codec_g726" };

static int begin(void **state)
{
	(void)state;
	party_rig_start(0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		assert_int_equal(rd__codec_add(rig_codec(modules[i]), modules[i]), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		rd__codec_remove(rig_codec(modules[i]));
	party_rig_stop();
	return 0;
}

static void talk(int ms)
{
	parties_talk(parties, RD_ARRAY_SIZE(parties), ms);
}

static void open_call(const char *from, const char *to)
{
	party_open(talker, from, TONE_HZ);
	party_open(listener, to, 0);
	party_open(third, "ulaw", 0);
	assert_int_equal(rd__stream_link(talker->stream, listener->stream, 0), 0);
	talk(SECOND);
	party_forget(listener);
}

static void close_call(void)
{
	party_close(talker);
	party_close(listener);
	party_close(third);
	if (mixer)
		rd__mixer_close(mixer);
	mixer = NULL;
	rig_run(40);
}

/* In decibels, since what came before was forgotten. */
static void assert_steady(const char *what, double least)
{
	double weakest = tone_weakest(listener->heard, listener->count, listener->codec->rate,
				      PART_MS);

	if (tone_db(weakest, talker->amplitude) < least)
		fail_msg("%s, %s to %s: %.1f dB", what, talker->codec->name, listener->codec->name,
			 tone_db(weakest, talker->amplitude));
	party_forget(listener);
}

/* What is said to a far end by another encoder than before is as loud, too. */
static void assert_even(const char *what, double least, double most)
{
	double strongest =
		tone_strongest(listener->heard, listener->count, listener->codec->rate, PART_MS);

	if (tone_db(strongest, talker->amplitude) > most)
		fail_msg("%s, %s to %s: +%.1f dB", what, talker->codec->name, listener->codec->name,
			 tone_db(strongest, talker->amplitude));
	assert_steady(what, least);
}

static void third_comes(void)
{
	struct rd__mixer_options options = { 0 };

	assert_int_equal(rd__mixer_new(&mixer, &options), 0);
	rd__mixer_join(mixer, talker->stream, NULL);
	rd__mixer_join(mixer, listener->stream, NULL);
	rd__mixer_join(mixer, third->stream, NULL);
	talk(SECOND / 2);
}

static void third_goes(void)
{
	assert_int_equal(rd__stream_link(talker->stream, listener->stream, 0), 0);
	rd__mixer_leave(third->stream);
	rd__mixer_close(mixer);
	mixer = NULL;
	talk(SECOND / 2);
}

static void agree_again(struct party *party)
{
	struct rd_stream_config config = *rd_stream_config(party->stream);

	assert_int_equal(rd_stream_configure(party->stream, &config), 0);
	talk(SECOND / 2);
}

static void a_third_who_comes_and_goes_is_no_hole_in_a_voice_that_is_converted(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		open_call(codecs[i], "ulaw");
		for (int round = 0; round < 2; round++) {
			third_comes();
			assert_steady("comes", -4);
			third_goes();
			assert_steady("goes", -1);
		}
		close_call();
	}
}

static void what_was_only_passed_on_is_known_when_it_has_to_be_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		open_call(codecs[i], codecs[i]);
		third_comes();
		assert_even("comes", -9, 4);
		close_call();
	}
}

/* Of the same rate as the talker's in a call of two, of its own in a room. */
static void an_encoder_of_another_rate_goes_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		open_call("ulaw", codecs[i]);
		for (int round = 0; round < 2; round++) {
			third_comes();
			assert_even("comes", -9, 4);
			third_goes();
			assert_even("goes", -12, 4);
		}
		close_call();
	}
}

/* To nobody, as one on hold; in Opus, in the way of phones that take him for music. A tone
 * in GSM is all prediction: who has not heard it begin never hears it. */
static void another_talks(const char *codec)
{
	static const uint8_t celt[] = { 31 << 3 };

	party_close(third);
	party_open(third, codec, OTHER_HZ);
	if (third->codec->resemble)
		third->codec->resemble(third->encoder, celt, sizeof(celt));
	if (strcmp(codec, "gsm") != 0)
		talk(SECOND / 2);
	party_forget(listener);
}

static void who_takes_over_is_heard_at_his_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		open_call(codecs[i], codecs[i]);
		another_talks(codecs[i]);
		assert_int_equal(rd__stream_link(third->stream, listener->stream, 0), 0);
		talk(SECOND / 2);
		assert_even("another", strcmp(codecs[i], "gsm") == 0 ? -20 : -3, 4);
		assert_int_equal(rd__stream_way(listener->stream), RD__WAY_RELAY);
		close_call();
	}
}

static struct rd__sound *music;

static int prepare(void *arg)
{
	(void)arg;
	return rd__stream_prepare(listener->stream, music);
}

static void make_music(void)
{
	size_t count = (size_t)listener->codec->rate;
	int16_t *samples = malloc(count * sizeof(*samples));

	assert_non_null(samples);
	tone_make(samples, count, listener->codec->rate, OTHER_HZ, (int)talker->amplitude, 0);
	assert_int_equal(rd__sound_new(&music, samples, count, listener->codec->rate), 0);
	free(samples);
}

static void music_that_was_encoded_before_begins_at_its_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		struct rd__play play = { .sounds = &music, .count = 1 };

		open_call(codecs[i], codecs[i]);
		make_music();
		assert_int_equal(rd__sched_call(prepare, NULL), 0);
		assert_int_equal(rd__stream_play(listener->stream, &play, NULL), 0);
		talk(SECOND / 2);
		assert_even("music", -20, 4);
		talk(SECOND);
		close_call();
		rd__sound_unref(music);
	}
}

/* It was coded for all, at the highest rate, and the voice is coded at the talker's. */
static void a_voice_behind_music_begins_at_its_level(void **state)
{
	static const char *const froms[] = { "ulaw", "g722" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct rd__play play = { .sounds = &music, .count = 1 };

		open_call(froms[i / 2], "opus");
		talker->hz = i % 2 ? OTHER_HZ : TONE_HZ;
		make_music();
		assert_int_equal(rd__sched_call(prepare, NULL), 0);
		assert_int_equal(rd__stream_play(listener->stream, &play, NULL), 0);
		talk(SECOND - 20);
		party_forget(listener);
		talk(SECOND);
		assert_even("behind music", -6, 3);
		close_call();
		rd__sound_unref(music);
	}
}

/* On hold he hears what our encoder makes of music at its own rate, for one who wants no
 * more than 8 kHz; then it goes on at the talker's. */
static void a_voice_behind_a_hold_begins_at_its_level(void **state)
{
	struct rd__play play = { .sounds = &music, .count = 1 };
	struct rd_stream_config config;

	(void)state;
	open_call("ulaw", "opus");
	talker->hz = OTHER_HZ;
	config = *rd_stream_config(listener->stream);
	rd_strcpy(config.formats[0].fmtp, sizeof(config.formats[0].fmtp), "maxplaybackrate=8000");
	assert_int_equal(rd_stream_configure(listener->stream, &config), 0);
	talk(SECOND);
	rd__stream_unlink(listener->stream);
	make_music();
	assert_int_equal(rd__stream_play(listener->stream, &play, NULL), 0);
	talk(SECOND - 20);
	assert_int_equal(rd__stream_link(talker->stream, listener->stream, 0), 0);
	talk(40);
	party_forget(listener);
	talk(SECOND);
	assert_even("behind hold", -6, 3);
	close_call();
	rd__sound_unref(music);
}

static void who_begins_to_talk_hears_the_others_as_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		open_call(codecs[i], codecs[i]);
		third_comes();
		talk(SECOND);
		for (int round = 0; round < 3; round++) {
			party_forget(listener);
			listener->hz = OTHER_HZ;
			talk(SECOND);
			assert_even("begins", -5, 4);
			listener->hz = 0;
			talk(SECOND);
			assert_even("ends", -5, 4);
		}
		close_call();
	}
}

static void a_new_agreement_is_no_hole(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		open_call(codecs[i], "ulaw");
		agree_again(talker);
		assert_steady("from whom talks", -2);
		agree_again(listener);
		assert_steady("from whom listens", -2);
		close_call();
		open_call("ulaw", codecs[i]);
		agree_again(listener);
		assert_steady("of who encodes", -2);
		close_call();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_third_who_comes_and_goes_is_no_hole_in_a_voice_that_is_converted),
		TEST(what_was_only_passed_on_is_known_when_it_has_to_be_decoded),
		TEST(an_encoder_of_another_rate_goes_on),
		TEST(who_takes_over_is_heard_at_his_level),
		TEST(music_that_was_encoded_before_begins_at_its_level),
		TEST(a_voice_behind_music_begins_at_its_level),
		TEST(a_voice_behind_a_hold_begins_at_its_level),
		TEST(who_begins_to_talk_hears_the_others_as_before),
		TEST(a_new_agreement_is_no_hole),
	};

	return RUN_GROUP(tests);
}
