/* VOLUME(): how loud a channel is to others, and others to it. */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <ringdown/log.h>
#include <ringdown/module.h>

#include "modules/effect.h"
#include "modules/func.h"

enum { UNITY = 1024,
       FACTOR_MAX = 100 };

struct volume {
	_Atomic int gain; /* of UNITY */
	float wanted; /* as it was set */
};

static void change(void *state, enum rd_hook_side side, int16_t *samples, size_t count, int rate)
{
	struct volume *volume = state;
	int gain = atomic_load_explicit(&volume->gain, memory_order_relaxed);

	(void)side;
	(void)rate;
	for (size_t i = 0; i < count; i++) {
		int64_t sample = (int64_t)samples[i] * gain / UNITY;

		samples[i] = (int16_t)RD_MAX(RD_MIN(sample, INT16_MAX), INT16_MIN);
	}
}

static const struct effect_kind kind = { .module = RD_MODULE_NAME, .change = change,
					 .state_free = rd_free };

static const size_t sizes[] = { sizeof(struct volume), 0 };
static const size_t *const shape[] = { sizes, effect_sizes, NULL };
static const struct rd_module_state module_state = {
	.version = 1, .shape = shape, .size = sizeof(*effect_key), .place = (void **)&effect_key
};

/* Asterisk's numbers: 3 is three times as loud, -3 a third. */
static int gain_of(float wanted)
{
	float factor = wanted < 0 ? -1 / wanted : wanted > 0 ? wanted
							     : 1;

	return (int)lroundf(factor * UNITY);
}

/* Neither louder nor softer than FACTOR_MAX times. */
static bool is_sane(float wanted)
{
	return fabsf(wanted) <= FACTOR_MAX && (wanted >= 0 || wanted <= -1.0f / FACTOR_MAX);
}

static int set(struct rd_channel *ch, enum rd_hook_side side, float wanted)
{
	struct volume *volume = effect_state(ch, side);

	if (gain_of(wanted) == UNITY)
		return effect_take(ch, &kind, side, NULL);
	if (!volume) {
		int rc;

		volume = rd_zalloc(sizeof(*volume));
		if (!volume)
			return -ENOMEM;
		atomic_init(&volume->gain, gain_of(wanted));
		rc = effect_take(ch, &kind, side, volume);
		if (rc)
			return rc;
	}
	volume->wanted = wanted;
	atomic_store_explicit(&volume->gain, gain_of(wanted), memory_order_relaxed);
	return 0;
}

static bool is_one(unsigned sides)
{
	return sides == RD_HOOK_SAID || sides == RD_HOOK_HEARD;
}

/* One side, and what is asked for besides. */
static int read_side(const char *text, unsigned *sides)
{
	struct func_args args;
	int rc = func_args_read(&args, text, 2);

	if (rc)
		return rc;
	*sides = effect_sides(args.argv[0]);
	if (args.argv[1][0])
		rd_warning("VOLUME(%s): keys do not change the volume here", text);
	func_args_free(&args);
	return is_one(*sides) ? 0 : -EINVAL;
}

static int write(struct rd_channel *ch, const char *args, const char *value)
{
	unsigned sides;
	char *end;
	float wanted = strtof(value, &end);
	int rc;

	if (!ch || end == value || *end || !is_sane(wanted))
		return -EINVAL;
	rc = read_side(args, &sides);
	return rc ? rc : set(ch, (enum rd_hook_side)sides, wanted);
}

static int read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct volume *volume;
	unsigned sides;
	int rc = ch ? read_side(args, &sides) : -EINVAL;

	if (rc)
		return rc;
	volume = effect_state(ch, (enum rd_hook_side)sides);
	rd_buf_printf(out, "%g", volume ? (double)volume->wanted : 1.0);
	return 0;
}

static const char *check_args(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	(void)pool;
	if (!is_one(effect_sides(argv[0])))
		return effect_no_side(argv[0], buf, size);
	return argv[1][0] ? "keys do not change the volume here" : NULL;
}

static const char *check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_args, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "VOLUME",
	  .read = read,
	  .write = write,
	  .check = check,
	  .synopsis = "How loud a channel is",
	  .syntax = "VOLUME(RX|TX)",
	  .description = "RX is what the channel says, TX what it hears. Set(VOLUME(RX)=3) "
			 "makes it three times as loud, -3 a third, 0.5 half; 1 leaves it "
			 "as it is." },
	{ 0 }
};

RD_MODULE(.name = "func_volume", .synopsis = "Volume of channels", .functions = functions,
	  .state = &module_state);
