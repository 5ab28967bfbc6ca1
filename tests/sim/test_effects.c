/* Functions that change how a channel sounds, as the dialplan sets them. Phones on the
 * virtual clock say one sample over and over. */
#include "tests/sim/sim.h"

#include <ringdown/bridge.h>
#include <ringdown/function.h>

#include "core/base/alloc.h"
#include "core/call/bridge.h"
#include "core/media/mix.h"
#include "core/media/stream.h"
#include "tests/unit/tone_meter.h"

static struct sim_phone phones[3];
static struct sim_phone *alice = &phones[0], *bob = &phones[1], *carol = &phones[2];

static int begin(void **state)
{
	static const char *const modules[] = { "func_volume", "func_speex", "func_pitchshift",
					       "func_jitterbuffer" };
	static const char *const names[] = { "alice", "bob", "carol" };

	for (int i = 0; i < 3; i++)
		phones[i] = (struct sim_phone){ .name = names[i], .answer_ms = 100, .says = 1000 };
	sim_begin(state);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	sim_phones(phones, 3);
	return 0;
}

static int talk_to_bob(struct rd_channel *ch)
{
	int rc = sim_talk(ch, "Sim/bob", NULL);

	return rc < 0 ? rc : 0;
}

static int join_them(struct rd_channel *ch)
{
	int rc = rd_bridge_join(rd_channel_bridge(alice->ch), ch, NULL);

	return rc < 0 ? rc : 0;
}

static const struct sim_exten extens[] = { { "bob", talk_to_bob }, { "join", join_them } };

static void call_bob(void)
{
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "bob");
	sim_pass(1000);
}

static void place_call(void)
{
	sim_sound();
	call_bob();
	assert_int_equal(bob->hears, 1000);
}

static void hang_up(void)
{
	sim_hangup(alice);
	sim_finish();
}

static int set(const char *name, const char *args, const char *value)
{
	return rd_function_write(alice->ch, name, args, value);
}

static const char *get(const char *name, const char *args)
{
	static char text[32];
	struct rd_buf buf;

	rd_buf_init(&buf);
	assert_int_equal(rd_function_read(alice->ch, name, args, &buf), 0);
	snprintf(text, sizeof(text), "%s", rd_buf_text(&buf));
	rd_buf_fini(&buf);
	return text;
}

static void assert_volumes(int bob_hears, int alice_hears)
{
	sim_pass(200);
	assert_in_range(bob->hears, bob_hears - 1, bob_hears);
	assert_in_range(alice->hears, alice_hears - 1, alice_hears);
}

static const char *way(void)
{
	return rd_bridge_way(rd_channel_bridge(alice->ch));
}

static void a_voice_may_wait_in_a_jitter_buffer(void **state)
{
	const char *plain;

	(void)state;
	place_call();
	plain = way();
	assert_string_not_equal(plain, "mix");
	assert_string_equal(get("JITTERBUFFER", ""), "disabled");
	assert_int_equal(set("JITTERBUFFER", "adaptive", "default"), 0);
	assert_string_equal(way(), "mix");
	assert_string_equal(get("JITTERBUFFER", ""), "adaptive");
	assert_volumes(1000, 1000);
	/* Too soft for the voice detection of rooms. */
	alice->says = 20;
	assert_volumes(20, 1000);
	alice->says = 1000;
	/* Keys go on, too. */
	sim_press(alice, '5');
	sim_pass(300);
	assert_string_equal(bob->digits, "5");
	assert_int_equal(set("JITTERBUFFER", "disabled", ""), 0);
	assert_string_equal(way(), plain);
	assert_volumes(1000, 1000);
	assert_int_equal(set("JITTERBUFFER", "huge", ""), -EINVAL);
	hang_up();
}

static struct rd_jitter_buffer buffer_of_alice(void)
{
	return rd_channel_stream(alice->ch, RD_MEDIA_AUDIO)->member->wanted.buffer;
}

static void a_jitter_buffer_may_have_sizes(void **state)
{
	static const struct {
		const char *kind, *value;
		struct rd_jitter_buffer buffer;
	} rows[] = {
		{ "fixed", "default", { true, true, 200, 1000, 40 } },
		{ "fixed", "", { true, true, 200, 1000, 40 } },
		{ "fixed", "120,-1", { true, true, 120, -1, 40 } },
		{ "adaptive", "default", { true, false, 0, 0, 0 } },
		{ "adaptive", "300", { true, false, 300, 1000, 40 } },
		{ "adaptive", "300, 1500, 60", { true, false, 300, 1500, 60 } },
		{ "adaptive", "300,,0,yes", { true, false, 300, 1000, 0 } },
	};

	(void)state;
	place_call();
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		struct rd_jitter_buffer buffer;

		assert_int_equal(set("JITTERBUFFER", rows[i].kind, rows[i].value), 0);
		assert_string_equal(get("JITTERBUFFER", ""), rows[i].kind);
		buffer = buffer_of_alice();
		assert_true(buffer.wanted);
		assert_int_equal(buffer.fixed, rows[i].buffer.fixed);
		assert_int_equal(buffer.size_ms, rows[i].buffer.size_ms);
		assert_int_equal(buffer.resync_ms, rows[i].buffer.resync_ms);
		assert_int_equal(buffer.extra_ms, rows[i].buffer.extra_ms);
		/* A buffer of a fifth of a second and more is silent at first. */
		sim_pass(500);
		assert_volumes(1000, 1000);
	}
	assert_int_equal(set("JITTERBUFFER", "fixed", "2000"), -EINVAL);
	assert_int_equal(set("JITTERBUFFER", "fixed", "200,much"), -EINVAL);
	assert_int_equal(set("JITTERBUFFER", "fixed", "200,-15"), -EINVAL);
	assert_string_equal(get("JITTERBUFFER", ""), "adaptive");
	hang_up();
}

/* What is too soft for the voice detection is heard in calls of two only. */
static void the_buffer_of_a_call_ends_where_a_third_comes(void **state)
{
	(void)state;
	place_call();
	alice->says = 20;
	assert_int_equal(set("JITTERBUFFER", "adaptive", "default"), 0);
	assert_volumes(20, 1000);
	carol->says = 0;
	sim_call(carol, "join");
	sim_pass(1000);
	assert_int_equal(bob->hears, 0);
	sim_hangup(carol);
	assert_volumes(20, 1000);
	hang_up();
}

static int no_samples(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	(void)state, (void)data, (void)size, (void)out, (void)max;
	return 0;
}

static int no_packet(void *state, const int16_t *in, size_t count, uint8_t *out, size_t max)
{
	(void)state, (void)in, (void)count, (void)out, (void)max;
	return 0;
}

#define CODEC(HZ) .rate = (HZ), .rtp_rate = (HZ), .channels = 1, .payload = -1, \
		  .ptime_ms = 20, .frame_ms = 20
static const struct rd_codec wide = { .name = "wide", CODEC(16000), .encode = no_packet,
				      .decode = no_samples };
static const struct rd_codec full = { .name = "full", CODEC(44100), .encode = no_packet,
				      .decode = no_samples };
static const struct rd_codec sealed = { .name = "sealed", CODEC(8000) };

static void a_call_with_a_buffer_sounds_as_well_as_its_better_phone(void **state)
{
	static const struct {
		const struct rd_codec *alice, *bob;
		int rate;
	} rows[] = { { NULL, NULL, 8000 }, { &wide, NULL, 16000 }, { NULL, &wide, 16000 },
		     { &full, &wide, 48000 } };

	(void)state;
	sim_sound();
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		alice->codec = rows[i].alice;
		bob->codec = rows[i].bob;
		call_bob();
		assert_int_equal(set("JITTERBUFFER", "fixed", "default"), 0);
		assert_string_equal(way(), "mix");
		assert_int_equal(rd_channel_bridge(alice->ch)->mixer->rate, rows[i].rate);
		hang_up();
	}
}

static void three_sound_as_well_as_the_best_of_them(void **state)
{
	const struct rd_codec *const codecs[] = { &wide, NULL };

	(void)state;
	sim_sound();
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		alice->codec = bob->codec = codecs[i];
		call_bob();
		sim_call(carol, "join");
		sim_pass(1000);
		assert_string_equal(way(), "mix");
		assert_int_equal(rd_channel_bridge(alice->ch)->mixer->rate,
				 codecs[i] ? codecs[i]->rate : 8000);
		sim_hangup(carol);
		hang_up();
	}
}

static void a_voice_that_nobody_decodes_waits_in_no_buffer(void **state)
{
	(void)state;
	sim_sound();
	alice->codec = bob->codec = &sealed;
	call_bob();
	assert_string_equal(way(), "relay");
	assert_int_equal(set("JITTERBUFFER", "fixed", "default"), 0);
	assert_string_equal(way(), "relay");
	hang_up();
}

static void volume_multiplies_and_divides(void **state)
{
	(void)state;
	place_call();
	assert_string_equal(get("VOLUME", "RX"), "1");
	assert_int_equal(set("VOLUME", "RX", "3"), 0);
	assert_volumes(3000, 1000);
	assert_string_equal(get("VOLUME", "RX"), "3");
	assert_int_equal(set("VOLUME", "TX", "-4"), 0);
	assert_volumes(3000, 250);
	assert_int_equal(set("VOLUME", "RX", "0.5"), 0);
	assert_volumes(500, 250);
	assert_int_equal(set("VOLUME", "RX", "100"), 0);
	assert_volumes(32767, 250);
	assert_int_equal(set("VOLUME", "RX", "1"), 0);
	assert_int_equal(set("VOLUME", "TX", "0"), 0);
	assert_volumes(1000, 1000);
	assert_int_equal(set("VOLUME", "RX,p", "2"), 0);
	assert_volumes(2000, 1000);
	hang_up();
}

/* Without memory it stays what it was, or waits for the next change of who hears whom.
 * was NULL: it cannot be asked. */
static void sweep(const char *name, const char *args, const char *was, const char *value)
{
	long refused = 1;

	for (long n = 0; refused; n++) {
		int rc;

		rd__alloc_fail_after(n);
		rc = set(name, args, value);
		refused = rd__alloc_refused();
		rd__alloc_fail_after(-1);
		assert_true(rc == 0 || (refused && rc == -ENOMEM));
		sim_pass(40);
		if (was && rc == 0)
			was = value;
		if (was)
			assert_string_equal(get(name, args), was);
	}
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	place_call();
	sweep("VOLUME", "RX", "1", "3");
	sweep("VOLUME", "RX", "3", "2");
	assert_volumes(2000, 1000);
	sweep("VOLUME", "RX", "2", "1");
	sweep("AGC", "tx", "0", "8000");
	sweep("DENOISE", "tx", "off", "on");
	sweep("PITCH_SHIFT", "rx", NULL, "0.5");
	hang_up();
}

static void what_is_too_loud_is_as_loud_as_can_be(void **state)
{
	(void)state;
	place_call();
	alice->says = 30000;
	bob->says = -30000;
	assert_int_equal(set("VOLUME", "RX", "100"), 0);
	assert_int_equal(set("VOLUME", "TX", "-0.01"), 0);
	sim_pass(200);
	assert_int_equal(bob->hears, INT16_MAX);
	assert_int_equal(alice->hears, INT16_MIN);
	hang_up();
}

static void what_is_no_volume_is_refused(void **state)
{
	(void)state;
	place_call();
	assert_int_equal(set("VOLUME", "both", "2"), -EINVAL);
	assert_int_equal(set("VOLUME", "RX", "loud"), -EINVAL);
	assert_int_equal(set("VOLUME", "RX", "2x"), -EINVAL);
	assert_int_equal(set("VOLUME", "RX", "1000"), -EINVAL);
	assert_int_equal(set("VOLUME", "RX", "nan"), -EINVAL);
	assert_int_equal(set("VOLUME", "RX", "-0.001"), -EINVAL);
	assert_int_equal(rd_function_write(NULL, "VOLUME", "RX", "2"), -EINVAL);
	assert_volumes(1000, 1000);
	hang_up();
}

static void without_sound_there_is_nothing_to_change(void **state)
{
	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "bob");
	sim_pass(1000);
	assert_int_equal(set("VOLUME", "RX", "2"), -ENODATA);
	hang_up();
}

/* A standing sample is no speech: it fades. */
static void level_and_noise_have_one_effect_for_both(void **state)
{
	(void)state;
	place_call();
	assert_string_equal(get("AGC", "rx"), "0");
	assert_string_equal(get("DENOISE", "tx"), "off");
	assert_int_equal(set("DENOISE", "rx", "on"), 0);
	assert_int_equal(set("AGC", "rx", "8000"), 0);
	assert_string_equal(get("DENOISE", "rx"), "on");
	assert_string_equal(get("AGC", "rx"), "8000");
	sim_pass(3000);
	assert_true(bob->hears != 1000);
	assert_int_equal(alice->hears, 1000);
	assert_int_equal(set("DENOISE", "rx", "off"), 0);
	assert_int_equal(set("AGC", "rx", "off"), 0);
	assert_volumes(1000, 1000);
	assert_int_equal(set("AGC", "rx", "loud"), -EINVAL);
	assert_int_equal(set("AGC", "rx", "40000"), -EINVAL);
	assert_int_equal(set("DENOISE", "up", "on"), -EINVAL);
	assert_int_equal(set("DENOISE", "rx", "maybe"), -EINVAL);
	hang_up();
}

static void a_pitch_has_a_name_or_a_number(void **state)
{
	(void)state;
	place_call();
	assert_int_equal(set("PITCH_SHIFT", "both", "highest"), 0);
	/* What stands still has no pitch. */
	assert_volumes(1000, 1000);
	assert_int_equal(set("PITCH_SHIFT", "rx", "0.9"), 0);
	assert_int_equal(set("PITCH_SHIFT", "rx", "5"), -EINVAL);
	assert_int_equal(set("PITCH_SHIFT", "rx", "squeaky"), -EINVAL);
	assert_int_equal(set("PITCH_SHIFT", "up", "high"), -EINVAL);
	assert_int_equal(set("PITCH_SHIFT", "both", "1"), 0);
	assert_volumes(1000, 1000);
	hang_up();
}

/* ---- what it sounds like ---- */

enum { RATE = 8000, HZ = 400, SOFT = 500, LOUD = 8000 };

static int16_t tone(size_t at)
{
	return (int16_t)(LOUD * sin(2 * M_PI * HZ * (double)at / RATE));
}

/* Syllables: three a second, of a tone that is not pure. */
static int16_t soft_voice(size_t at)
{
	double swell = 0.5 - 0.5 * cos(2 * M_PI * 3 * (double)at / RATE);
	double buzz = sin(2 * M_PI * 150 * (double)at / RATE) +
		      sin(2 * M_PI * 450 * (double)at / RATE) +
		      sin(2 * M_PI * 1050 * (double)at / RATE);

	return (int16_t)(SOFT * swell * buzz / 3);
}

static int16_t noise(size_t at)
{
	uint32_t x = (uint32_t)at * 2654435761u;

	x ^= x >> 15;
	x *= 2246822519u;
	x ^= x >> 13;
	return (int16_t)((int)(x % (2 * SOFT)) - SOFT);
}

static double loudness(const struct sim_phone *phone)
{
	double sum = 0;

	for (int i = 0; i < SIM_LAST; i++)
		sum += (double)phone->last[i] * phone->last[i];
	return sqrt(sum / SIM_LAST);
}

static void a_voice_gets_its_pitch_and_keeps_its_loudness(void **state)
{
	static const struct {
		const char *value;
		double hz;
	} rows[] = { { "highest", 2 * HZ }, { "higher", 1.5 * HZ }, { "lowest", HZ / 2.0 } };

	(void)state;
	place_call();
	alice->voice = tone;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		assert_int_equal(set("PITCH_SHIFT", "rx", rows[i].value), 0);
		sim_pass(1000);
		assert_true(tone_level(bob->last, SIM_LAST, RATE, rows[i].hz) > LOUD / 2.0);
		assert_true(tone_level(bob->last, SIM_LAST, RATE, HZ) < LOUD / 8.0);
	}
	hang_up();
}

static void a_soft_voice_gets_louder(void **state)
{
	double before;

	(void)state;
	place_call();
	alice->voice = soft_voice;
	sim_pass(1000);
	before = loudness(bob);
	assert_int_equal(set("AGC", "rx", "8000"), 0);
	sim_pass(10000);
	assert_true(loudness(bob) > 3 * before);
	hang_up();
}

static void noise_is_taken_away(void **state)
{
	double before;

	(void)state;
	place_call();
	alice->voice = noise;
	sim_pass(1000);
	before = loudness(bob);
	assert_int_equal(set("DENOISE", "rx", "on"), 0);
	sim_pass(5000);
	assert_true(loudness(bob) < before / 3);
	hang_up();
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_voice_may_wait_in_a_jitter_buffer),
		TEST(a_jitter_buffer_may_have_sizes),
		TEST(the_buffer_of_a_call_ends_where_a_third_comes),
		TEST(a_call_with_a_buffer_sounds_as_well_as_its_better_phone),
		TEST(three_sound_as_well_as_the_best_of_them),
		TEST(a_voice_that_nobody_decodes_waits_in_no_buffer),
		TEST(volume_multiplies_and_divides),
		TEST(memory_may_run_out_at_any_moment),
		TEST(what_is_too_loud_is_as_loud_as_can_be),
		TEST(what_is_no_volume_is_refused),
		TEST(without_sound_there_is_nothing_to_change),
		TEST(level_and_noise_have_one_effect_for_both),
		TEST(a_pitch_has_a_name_or_a_number),
		TEST(a_voice_gets_its_pitch_and_keeps_its_loudness),
		TEST(a_soft_voice_gets_louder),
		TEST(noise_is_taken_away),
	};

	return RUN_GROUP(tests);
}
