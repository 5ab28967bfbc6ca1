/* Changers of a line: what a phone says, or hears, passes them whichever way the sound
 * takes; before and after a call is relayed as it was. Tone in, measured out. */
#include "tests/unit/test.h"

#include <math.h>

#include "core/media/change.h"
#include "core/sched/sched.h"
#include "tests/unit/mix_party.h"

enum { HZ_A = 400, HZ_B = 1000, LEVEL = 8000, LONG_MS = 599, SOUND = 8000 };

static int setup(void **state)
{
	(void)state;
	party_rig_start(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	party_rig_stop();
	return 0;
}

/* Half as loud; and what it was asked for. */
struct halver {
	struct rd__changer changer;
	int rate_seen, left;
	size_t count_seen;
};

static void halve(struct rd__changer *changer, enum rd__tap_side side, int16_t *samples,
		  size_t count, int rate)
{
	struct halver *halver = RD_CONTAINER_OF(changer, struct halver, changer);

	(void)side;
	halver->rate_seen = rate;
	halver->count_seen = count;
	for (size_t i = 0; i < count; i++)
		samples[i] /= 2;
}

static void left(struct rd__changer *changer)
{
	rd__changer_fini(changer);
	RD_CONTAINER_OF(changer, struct halver, changer)->left++;
}

static void change(struct halver *halver, struct rd_stream *stream, enum rd__tap_side side,
		   int rate)
{
	static const struct rd__changer_ops ops = { .change = halve, .left = left };

	memset(halver, 0, sizeof(*halver));
	assert_int_equal(rd__changer_init(&halver->changer, &ops, 1u << side, rate), 0);
	rd__stream_change(stream, &halver->changer);
}

static struct party two[2];
static struct party *alice = &two[0], *bob = &two[1];

static void call(const char *codec_a, const char *codec_b)
{
	memset(two, 0, sizeof(two));
	party_open(alice, codec_a, HZ_A);
	party_open(bob, codec_b, HZ_B);
	assert_int_equal(rd__stream_link(alice->stream, bob->stream, 0), 0);
	parties_talk(two, 2, 199);
}

static void talk(void)
{
	parties_talk(two, 2, 99);
	party_forget(alice);
	party_forget(bob);
	parties_talk(two, 2, LONG_MS);
}

/* A mark is no harm where the way changes. */
static void assert_goes_on(const struct party *party)
{
	assert_int_equal(party->seq_jumps, 0);
	assert_int_equal(party->ts_jumps, 0);
	assert_in_range(party->packets, 4, 6);
}

static void hang_up(void)
{
	party_close(alice);
	party_close(bob);
}

static void what_one_says_is_changed_while_it_is_wanted(void **state)
{
	struct halver halver;

	(void)state;
	call("ulaw", "ulaw");
	assert_int_equal(rd__stream_way(alice->stream), RD__WAY_RELAY);
	party_forget(bob);
	change(&halver, alice->stream, RD__TAP_IN, 0);
	assert_int_equal(rd__stream_way(alice->stream), RD__WAY_TRANSCODE);
	parties_talk(two, 2, 99);
	assert_goes_on(bob);
	talk();
	assert_hears(bob, HZ_A, LEVEL / 2);
	assert_hears(alice, HZ_B, LEVEL);
	assert_no_jump(bob);
	assert_int_equal(halver.rate_seen, 8000);
	assert_int_equal(halver.count_seen, 160);
	party_forget(bob);
	rd__stream_unchange(&halver.changer);
	parties_talk(two, 2, 99);
	assert_goes_on(bob);
	assert_int_equal(halver.left, 1);
	assert_int_equal(rd__stream_way(alice->stream), RD__WAY_RELAY);
	talk();
	assert_hears(bob, HZ_A, LEVEL);
	hang_up();
	assert_int_equal(halver.left, 1);
}

/* They are linked as before, and can be parted. */
static void without_memory_nothing_changes(void **state)
{
	struct halver halver;

	(void)state;
	call("ulaw", "ulaw");
	memset(&halver, 0, sizeof(halver));
	rd__alloc_fail_after(1); /* the changer has what it needs, the link has not */
	change(&halver, alice->stream, RD__TAP_IN, 0);
	assert_true(rd__alloc_refused() > 0);
	rd__alloc_fail_after(-1);
	talk();
	assert_hears(bob, HZ_A, LEVEL);
	rd__stream_unlink(alice->stream);
	parties_talk(two, 2, 99);
	party_forget(bob);
	parties_talk(two, 2, LONG_MS);
	assert_int_equal(bob->packets, 0);
	hang_up();
	assert_int_equal(halver.left, 1);
}

static void what_one_hears_is_changed_for_it_alone(void **state)
{
	struct halver halver;

	(void)state;
	call("alaw", "ulaw");
	change(&halver, bob->stream, RD__TAP_OUT, 0);
	talk();
	assert_hears(bob, HZ_A, LEVEL / 2);
	assert_hears(alice, HZ_B, LEVEL);
	hang_up();
	assert_int_equal(halver.left, 1);
}

static void one_behind_the_other(void **state)
{
	struct halver first, second, third;

	(void)state;
	call("ulaw", "ulaw");
	change(&first, alice->stream, RD__TAP_IN, 0);
	change(&second, alice->stream, RD__TAP_IN, 0);
	change(&third, bob->stream, RD__TAP_OUT, 0);
	talk();
	assert_hears(bob, HZ_A, LEVEL / 8);
	rd__stream_unchange(&second.changer);
	talk();
	assert_hears(bob, HZ_A, LEVEL / 4);
	hang_up();
}

static void one_with_a_rate_of_its_own_gets_that(void **state)
{
	struct halver halver;

	(void)state;
	call("ulaw", "ulaw");
	change(&halver, alice->stream, RD__TAP_IN, 16000);
	talk();
	assert_int_equal(halver.rate_seen, 16000);
	assert_int_equal(halver.count_seen, 320);
	assert_hears(bob, HZ_A, LEVEL / 2);
	assert_no_jump(bob);
	hang_up();
}

static void codecs_of_other_rates_are_changed_at_theirs(void **state)
{
	const struct rd_codec *g722 = rig_codec("codec_g722");
	struct halver halver;

	(void)state;
	assert_int_equal(rd__codec_add(g722, "codec_g722"), 0);
	call("g722", "g722");
	change(&halver, alice->stream, RD__TAP_IN, 0);
	talk();
	assert_int_equal(halver.rate_seen, 16000);
	assert_hears(bob, HZ_A, LEVEL / 2);
	hang_up();
	rd__media_stop();
	rd__codec_remove(g722);
}

static void an_echo_is_changed_both_ways(void **state)
{
	struct halver said, heard;

	(void)state;
	memset(two, 0, sizeof(two));
	party_open(alice, "ulaw", HZ_A);
	assert_int_equal(rd__stream_echo(alice->stream, true), 0);
	change(&said, alice->stream, RD__TAP_IN, 0);
	parties_talk(two, 1, 200);
	party_forget(alice);
	parties_talk(two, 1, LONG_MS);
	assert_hears(alice, HZ_A, LEVEL / 2);
	change(&heard, alice->stream, RD__TAP_OUT, 0);
	parties_talk(two, 1, 100);
	party_forget(alice);
	parties_talk(two, 1, LONG_MS);
	assert_hears(alice, HZ_A, LEVEL / 4);
	assert_no_jump(alice);
	party_close(alice);
}

static int prepare(void *arg)
{
	return rd__stream_prepare(alice->stream, arg);
}

/* Also one that was encoded for all already. */
static void a_prompt_is_changed(void **state)
{
	int16_t samples[SOUND];
	struct rd__sound *sound;
	struct rd__play play = { .sounds = &sound, .count = 1 };
	struct halver halver;

	(void)state;
	for (int i = 0; i < SOUND; i++)
		samples[i] = (int16_t)(LEVEL * sin(2 * M_PI * HZ_B * i / 8000));
	assert_int_equal(rd__sound_new(&sound, samples, SOUND, 8000), 0);
	memset(two, 0, sizeof(two));
	party_open(alice, "ulaw", HZ_A);
	assert_int_equal(rd__sched_call(prepare, sound), 0);
	change(&halver, alice->stream, RD__TAP_OUT, 0);
	assert_int_equal(rd__stream_play(alice->stream, &play, NULL), 0);
	parties_talk(two, 1, 100);
	party_forget(alice);
	parties_talk(two, 1, LONG_MS);
	assert_hears(alice, HZ_B, LEVEL / 2);
	party_close(alice);
	rd__sound_unref(sound);
}

static void those_in_a_room_are_changed_too(void **state)
{
	const struct rd__mixer_options options = { 0 };
	struct party three[3];
	struct rd__mixer *mixer;
	struct halver said, heard;

	(void)state;
	memset(three, 0, sizeof(three));
	assert_int_equal(rd__mixer_new(&mixer, &options), 0);
	for (int i = 0; i < 3; i++) {
		party_open(&three[i], "ulaw", i == 0 ? HZ_A : i == 1 ? HZ_B : 0);
		assert_int_equal(rd__mixer_join(mixer, three[i].stream, NULL), 0);
	}
	change(&said, three[0].stream, RD__TAP_IN, 0);
	change(&heard, three[2].stream, RD__TAP_OUT, 0);
	parties_talk(three, 3, 400);
	for (int i = 0; i < 3; i++)
		party_forget(&three[i]);
	parties_talk(three, 3, LONG_MS);
	assert_hears(&three[1], HZ_A, LEVEL / 2);
	assert_hears(&three[0], HZ_B, LEVEL);
	assert_hears(&three[2], HZ_A, LEVEL / 4);
	assert_hears(&three[2], HZ_B, LEVEL / 2);
	for (int i = 0; i < 3; i++)
		party_close(&three[i]);
	rd__mixer_close(mixer);
	rig_run(100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_one_says_is_changed_while_it_is_wanted),
		TEST(without_memory_nothing_changes),
		TEST(what_one_hears_is_changed_for_it_alone),
		TEST(one_behind_the_other),
		TEST(one_with_a_rate_of_its_own_gets_that),
		TEST(codecs_of_other_rates_are_changed_at_theirs),
		TEST(an_echo_is_changed_both_ways),
		TEST(a_prompt_is_changed),
		TEST(those_in_a_room_are_changed_too),
	};

	return RUN_GROUP(tests);
}
