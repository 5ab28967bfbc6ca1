/* The vector sums against plain loops, bit for bit, at every length and
 * alignment; and the soft limit: no wrap, no jump, quiet sound untouched. */
#include "tests/unit/test.h"

#include "core/media/mix_sum.h"

enum { MAX = 67,
       VOICES = 200 };

/* ---- the plain reference ---- */

static int16_t plain_soft(int32_t v)
{
	int32_t size = v < 0 ? -v : v, rest = INT16_MAX - RD__MIX_KNEE;

	if (size > RD__MIX_KNEE) {
		int32_t above = size - RD__MIX_KNEE;

		size = RD__MIX_KNEE + (int32_t)((float)above / (float)(above + rest) * (float)rest);
	}
	return (int16_t)(v < 0 ? -size : size);
}

static unsigned dice(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32);
}

static int16_t voices[VOICES][MAX + 1];
static int32_t sum[MAX + 1], plain_sum[MAX + 1];
static int16_t out[MAX + 2];

static void speak(int loudness)
{
	for (int v = 0; v < VOICES; v++)
		for (int i = 0; i <= MAX; i++)
			voices[v][i] = (int16_t)((int)(int16_t)dice() / loudness);
	memset(sum, 0, sizeof(sum));
	memset(plain_sum, 0, sizeof(plain_sum));
}

static void sums_are_those_of_plain_loops(void **state)
{
	(void)state;
	for (size_t count = 0; count <= MAX; count++)
		for (size_t at = 0; at < 2; at++) {
			speak(1 + (int)(dice() % 30));
			if (at + count > MAX)
				continue;
			for (int v = 0; v < VOICES; v++) {
				rd__mix_add(sum + at, voices[v] + at, count);
				for (size_t i = 0; i < count; i++)
					plain_sum[at + i] += voices[v][at + i];
			}
			assert_memory_equal(sum, plain_sum, sizeof(sum));
		}
}

static void what_each_hears_is_that_of_plain_loops(void **state)
{
	(void)state;
	for (size_t count = 1; count <= MAX; count++) {
		speak(1 + (int)(dice() % 300));
		for (int v = 0; v < VOICES; v++)
			rd__mix_add(sum, voices[v], count);
		for (int v = 0; v < VOICES; v++) {
			out[count + 1] = 0x1234;
			rd__mix_without(out + 1, sum, voices[v], count);
			for (size_t i = 0; i < count; i++)
				assert_int_equal(out[1 + i], plain_soft(sum[i] - voices[v][i]));
			assert_int_equal(out[count + 1], 0x1234);
		}
		rd__mix_limit(out, sum, count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(out[i], plain_soft(sum[i]));
	}
}

static void gains_are_those_of_plain_loops(void **state)
{
	static const int gains[] = { 0, 1, 100, 4096, 4098, 8192, 30000, RD__MIX_LOUDEST };

	(void)state;
	for (size_t g = 0; g < RD_ARRAY_SIZE(gains); g++)
		for (size_t count = 1; count <= MAX; count++) {
			speak(1 + (int)(dice() % 8));
			voices[0][0] = INT16_MIN;
			rd__mix_gain(out, voices[0], gains[g], count);
			for (size_t i = 0; i < count; i++) {
				int32_t loud = voices[0][i] * (gains[g] / 2) /
					       (RD__MIX_UNITY / 2);

				assert_int_equal(out[i], plain_soft(loud));
			}
		}
}

static void levels_are_those_of_plain_loops(void **state)
{
	(void)state;
	for (size_t count = 1; count <= MAX; count++) {
		int64_t total = 0;

		speak(1 + (int)(dice() % 8));
		voices[0][0] = INT16_MIN;
		for (size_t i = 0; i < count; i++)
			total += voices[0][i] < 0 ? -voices[0][i] : voices[0][i];
		assert_int_equal(rd__mix_level(voices[0], count), total / (int64_t)count);
	}
	assert_int_equal(rd__mix_level(NULL, 0), 0);
}

static void quiet_sound_is_not_touched(void **state)
{
	(void)state;
	for (int32_t v = -RD__MIX_KNEE; v <= RD__MIX_KNEE; v += 8) {
		int32_t row[8] = { v, v, v, v, v, v, v, v };

		rd__mix_limit(out, row, 8);
		assert_int_equal(out[0], v);
		assert_int_equal(out[7], v);
	}
}

static void the_limit_never_jumps_or_turns_back(void **state)
{
	int16_t before = 0;

	(void)state;
	for (int32_t v = 0; v < 3000000; v += v < 100000 ? 1 : 997) {
		int32_t row[8] = { v, -v, v, -v, v, -v, v, -v };

		rd__mix_limit(out, row, 8);
		assert_true(out[0] >= before);
		assert_true(v >= 100000 || out[0] - before <= 1);
		assert_int_equal(out[1], -out[0]);
		before = out[0];
	}
	assert_in_range(before, 32700, INT16_MAX);
}

static void sixty_thousand_at_their_loudest_do_not_wrap(void **state)
{
	(void)state;
	memset(sum, 0, sizeof(sum));
	for (int i = 0; i < MAX; i++)
		voices[0][i] = INT16_MIN;
	for (int v = 0; v < 60000; v++)
		rd__mix_add(sum, voices[0], MAX);
	rd__mix_limit(out, sum, MAX);
	for (int i = 0; i < MAX; i++)
		assert_in_range(-out[i], 32700, INT16_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_plain_loops),
		cmocka_unit_test(what_each_hears_is_that_of_plain_loops),
		cmocka_unit_test(gains_are_those_of_plain_loops),
		cmocka_unit_test(levels_are_those_of_plain_loops),
		cmocka_unit_test(quiet_sound_is_not_touched),
		cmocka_unit_test(the_limit_never_jumps_or_turns_back),
		cmocka_unit_test(sixty_thousand_at_their_loudest_do_not_wrap),
	};

	return RUN_GROUP(tests);
}
