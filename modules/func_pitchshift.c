/* PITCH_SHIFT(): voices higher or deeper at the pace that they have. What was said is
 * read again from two places of a short memory, faster or slower than it comes; each
 * place fades out before it has to jump. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/module.h>

#include "modules/effect.h"
#include "modules/func.h"

enum { MEMORY = 4096, /* samples; a power of two, more than the window at 48 kHz */
       WINDOW_MS = 40 };

struct shifter {
	float pitch, phase; /* phase: of the first place in the window, 0 to 1 */
	unsigned at;
	int16_t memory[MEMORY];
};

static float read_memory(const struct shifter *shifter, float behind)
{
	unsigned whole = (unsigned)behind;
	float share = behind - (float)whole;
	float newer = shifter->memory[(shifter->at - whole) % MEMORY];
	float older = shifter->memory[(shifter->at - whole - 1) % MEMORY];

	return newer + (older - newer) * share;
}

static int16_t shift_sample(struct shifter *shifter, float window)
{
	float other = shifter->phase < 0.5f ? shifter->phase + 0.5f : shifter->phase - 0.5f;
	float loud = 1 - fabsf(2 * shifter->phase - 1);
	float sample = loud * read_memory(shifter, shifter->phase * window) +
		       (1 - loud) * read_memory(shifter, other * window);

	shifter->phase += (1 - shifter->pitch) / window;
	shifter->phase -= floorf(shifter->phase);
	return (int16_t)lrintf(sample);
}

static void change(void *state, enum rd_hook_side side, int16_t *samples, size_t count, int rate)
{
	struct shifter *shifter = state;
	float window = (float)(rate * WINDOW_MS / 1000);

	(void)side;
	for (size_t i = 0; i < count; i++) {
		shifter->memory[++shifter->at % MEMORY] = samples[i];
		samples[i] = shift_sample(shifter, window);
	}
}

static const struct effect_kind kind = { .module = RD_MODULE_NAME, .change = change,
					 .state_free = rd_free };

static const size_t sizes[] = { sizeof(struct shifter), 0 };
static const size_t *const shape[] = { sizes, effect_sizes, NULL };
static const struct rd_module_state module_state = {
	.version = 1, .shape = shape, .size = sizeof(*effect_key), .place = (void **)&effect_key
};

static int set(struct rd_channel *ch, enum rd_hook_side side, float pitch)
{
	struct shifter *shifter = NULL;

	if (pitch != 1) {
		shifter = rd_zalloc(sizeof(*shifter));
		if (!shifter)
			return -ENOMEM;
		shifter->pitch = pitch;
	}
	return effect_take(ch, &kind, side, shifter);
}

/* 0: none of these. */
static float pitch_of(const char *value)
{
	static const struct {
		const char *name;
		float pitch;
	} names[] = { { "highest", 2 }, { "higher", 1.5f }, { "high", 1.25f },
		      { "low", 0.85f }, { "lower", 0.7f }, { "lowest", 0.5f } };
	float pitch;
	char *end;

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (strcasecmp(value, names[i].name) == 0)
			return names[i].pitch;
	pitch = strtof(value, &end);
	return end != value && !*end && pitch >= 0.1f && pitch <= 4 ? pitch : 0;
}

static int write(struct rd_channel *ch, const char *args, const char *value)
{
	unsigned sides = effect_sides(args);
	float pitch = pitch_of(value);
	int rc = 0;

	if (!ch || !sides || pitch == 0)
		return -EINVAL;
	if (sides & RD_HOOK_SAID)
		rc = set(ch, RD_HOOK_SAID, pitch);
	if (!rc && sides & RD_HOOK_HEARD)
		rc = set(ch, RD_HOOK_HEARD, pitch);
	return rc;
}

static const char *check(const char *sides, char *buf, size_t size)
{
	return effect_sides(sides) ? NULL : effect_no_side(sides, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "PITCH_SHIFT",
	  .write = write,
	  .check = check,
	  .synopsis = "Make voices higher or deeper",
	  .syntax = "PITCH_SHIFT(rx|tx|both)",
	  .description = "rx is what the channel says, tx what it hears. A factor from 0.1 "
			 "to 4.0, or highest (2), higher (1.5), high (1.25), low (0.85), "
			 "lower (0.7), lowest (0.5); 1 leaves it as it is." },
	{ 0 }
};

RD_MODULE(.name = "func_pitchshift", .synopsis = "Pitch of channels", .functions = functions,
	  .state = &module_state);
