/* Audio hooks: what a module hears of a call on the side, and when that ends. */
#include "tests/sim/sim.h"

#include <ringdown/hook.h>

#include "core/call/call.h"
#include "core/media/media.h"

static struct sim_phone phones[2];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];

static struct {
	int16_t said, heard;
	long samples;
	int gone;
} seen;

static int begin(void **state)
{
	static const char *const names[] = { "alice", "bob" };

	for (int i = 0; i < 2; i++)
		phones[i] = (struct sim_phone){ .name = names[i],
						.answer_ms = 100,
						.says = (int16_t)(1000 << i) };
	memset(&seen, 0, sizeof(seen));
	sim_begin(state);
	sim_phones(phones, 2);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, sim_end)

static int talk_to_bob(struct rd_channel *ch)
{
	int rc = sim_talk(ch, "Sim/bob", NULL);

	return rc < 0 ? rc : 0;
}

static const struct sim_exten extens[] = { { "bob", talk_to_bob } };

static void sound(void *arg, enum rd_hook_side side, const int16_t *samples, size_t count)
{
	(void)arg;
	if (!samples || !count)
		return;
	seen.samples += (long)count;
	if (side == RD_HOOK_SAID)
		seen.said = samples[count - 1];
	else
		seen.heard = samples[count - 1];
}

static void gone(void *arg)
{
	assert_ptr_equal(arg, &seen);
	seen.gone++;
}

static const struct rd_hook_ops ops = { .sound = sound, .gone = gone };

static void place_call(void)
{
	sim_sound();
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "bob");
	sim_pass(1000);
}

static void a_hook_hears_both_sides_until_it_is_removed(void **state)
{
	struct rd_hook *hook;
	long before;

	(void)state;
	place_call();
	assert_int_equal(
		rd_hook_new(&hook, alice->ch, RD_HOOK_SAID | RD_HOOK_HEARD, 8000, &ops, &seen), 0);
	sim_pass(1000);
	assert_int_equal(seen.said, 1000);
	assert_int_equal(seen.heard, 2000);
	assert_in_range(seen.samples, 15000, 16500);
	rd_hook_remove(hook);
	sim_pass(100);
	assert_int_equal(seen.gone, 1);
	before = seen.samples;
	sim_pass(500);
	assert_int_equal(seen.samples, before);
	assert_int_equal(alice->hears, 2000);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(seen.gone, 1);
}

static void it_ends_with_the_channel_and_hears_one_side_if_told_so(void **state)
{
	(void)state;
	place_call();
	assert_int_equal(rd_hook_new(NULL, bob->ch, RD_HOOK_HEARD, 16000, &ops, &seen), 0);
	sim_pass(1000);
	assert_int_equal(seen.said, 0);
	assert_in_range(seen.heard, 980, 1020);
	assert_in_range(seen.samples, 15000, 16500);
	assert_int_equal(seen.gone, 0);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(seen.gone, 1);
}

static void note_name(void *arg, const char *name)
{
	snprintf(arg, 64, "%s", name);
}

static void whose_call_it_is_on_is_known(void **state)
{
	char name[64] = "";

	(void)state;
	place_call();
	assert_int_equal(rd_hook_new(NULL, alice->ch, RD_HOOK_SAID, 8000, &ops, &seen), 0);
	rd__hooks_each(&ops, &ops + 1, note_name, name);
	assert_string_equal(name, rd_channel_name(alice->ch));
	sim_hangup(alice);
	sim_finish();
	*name = '\0';
	rd__hooks_each(&ops, &ops + 1, note_name, name);
	assert_string_equal(name, "");
}

static void without_sound_there_is_nothing_to_hear(void **state)
{
	struct rd_hook *hook;

	(void)state;
	sim_extens(extens, RD_ARRAY_SIZE(extens));
	sim_call(alice, "bob");
	sim_pass(1000);
	assert_int_equal(rd_hook_new(&hook, alice->ch, RD_HOOK_SAID, 8000, &ops, &seen), -ENODATA);
	sim_hangup(alice);
	sim_finish();
}

static void one_that_would_do_nothing_is_refused(void **state)
{
	static const struct rd_hook_ops none = { .gone = gone };
	struct rd_hook *hook;

	(void)state;
	place_call();
	assert_int_equal(rd_hook_new(&hook, alice->ch, RD_HOOK_SAID, 8000, &none, &seen), -EINVAL);
	assert_int_equal(rd_hook_new(&hook, alice->ch, 0, 8000, &ops, &seen), -EINVAL);
	sim_hangup(alice);
	sim_finish();
	assert_int_equal(seen.gone, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hook_hears_both_sides_until_it_is_removed),
		TEST(one_that_would_do_nothing_is_refused),
		TEST(it_ends_with_the_channel_and_hears_one_side_if_told_so),
		TEST(whose_call_it_is_on_is_known),
		TEST(without_sound_there_is_nothing_to_hear),
	};

	return RUN_GROUP(tests);
}
