/* AGC() and DENOISE(): speech at an even level, and noise taken away, by speexdsp. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <speex/speex_preprocess.h>

#include <ringdown/codec.h>
#include <ringdown/module.h>

#include "modules/effect.h"
#include "modules/func.h"

enum {
	FRAMES_PER_SECOND = 100,
	NOISE_DB = -18, /* by so much at most */
};

/* One side. A sound may change its rate, so there is a state for each. */
struct cleaner {
	int level; /* 0: as it comes */
	bool denoise;
	SpeexPreprocessState *states[RD_RATES];
};

static void cleaner_free(void *state)
{
	struct cleaner *cleaner = state;

	for (int i = 0; i < RD_RATES; i++)
		if (cleaner->states[i])
			speex_preprocess_state_destroy(cleaner->states[i]);
	rd_free(cleaner);
}

static SpeexPreprocessState *state_for(const struct cleaner *cleaner, int rate)
{
	SpeexPreprocessState *state = speex_preprocess_state_init(rate / FRAMES_PER_SECOND, rate);
	int denoise = cleaner->denoise, leveled = cleaner->level > 0, noise_db = NOISE_DB;
	float level = (float)cleaner->level;

	if (!state)
		return NULL;
	speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DENOISE, &denoise);
	speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &noise_db);
	speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_AGC, &leveled);
	if (leveled)
		speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_AGC_LEVEL, &level);
	return state;
}

static int cleaner_new(struct cleaner **cp, int level, bool denoise)
{
	struct cleaner *cleaner = rd_zalloc(sizeof(*cleaner));

	if (!cleaner)
		return -ENOMEM;
	cleaner->level = level;
	cleaner->denoise = denoise;
	for (int i = 0; i < RD_RATES; i++) {
		cleaner->states[i] = state_for(cleaner, rd_rates[i]);
		if (!cleaner->states[i]) {
			cleaner_free(cleaner);
			return -ENOMEM;
		}
	}
	*cp = cleaner;
	return 0;
}

static void change(void *data, enum rd_hook_side side, int16_t *samples, size_t count, int rate)
{
	struct cleaner *cleaner = data;
	size_t frame = (size_t)(rate / FRAMES_PER_SECOND);
	int i = 0;

	(void)side;
	while (i < RD_RATES && rd_rates[i] != rate)
		i++;
	for (; i < RD_RATES && count >= frame; samples += frame, count -= frame)
		speex_preprocess_run(cleaner->states[i], samples);
}

static const struct effect_kind kind = { .module = RD_MODULE_NAME, .change = change,
					 .state_free = cleaner_free };

static const size_t sizes[] = { sizeof(struct cleaner), 0 };
static const size_t *const shape[] = { sizes, effect_sizes, NULL };
static const struct rd_module_state module_state = {
	.version = 1, .shape = shape, .size = sizeof(*effect_key), .place = (void **)&effect_key
};

/* Neither is wanted any more, or a new one takes the place of what there is. */
static int replace(struct rd_channel *ch, enum rd_hook_side side, int level, bool denoise)
{
	struct cleaner *cleaner = NULL;
	int rc = level || denoise ? cleaner_new(&cleaner, level, denoise) : 0;

	return rc ? rc : effect_take(ch, &kind, side, cleaner);
}

static bool is_off(const char *value)
{
	return strcasecmp(value, "off") == 0 || strcasecmp(value, "no") == 0 ||
	       strcmp(value, "0") == 0;
}

static bool is_on(const char *value)
{
	return strcasecmp(value, "on") == 0 || strcasecmp(value, "yes") == 0 ||
	       strcmp(value, "1") == 0;
}

static const struct cleaner *cleaner_of(const struct rd_channel *ch, const char *side)
{
	static const struct cleaner none;
	const struct cleaner *cleaner = effect_state(ch, (enum rd_hook_side)effect_sides(side));

	return cleaner ? cleaner : &none;
}

static bool is_one(const char *side)
{
	return strcasecmp(side, "rx") == 0 || strcasecmp(side, "tx") == 0;
}

static bool is_side(const struct rd_channel *ch, const char *side)
{
	return ch && is_one(side);
}

static const char *check(const char *side, char *buf, size_t size)
{
	return is_one(side) ? NULL : effect_no_side(side, buf, size);
}

static int agc_write(struct rd_channel *ch, const char *side, const char *value)
{
	int level = is_off(value) ? 0 : atoi(value);

	if (!is_side(ch, side) || (!level && !is_off(value)) || level < 0 || level > 32767)
		return -EINVAL;
	return replace(ch, (enum rd_hook_side)effect_sides(side), level,
		       cleaner_of(ch, side)->denoise);
}

static int agc_read(struct rd_channel *ch, const char *side, struct rd_buf *out)
{
	if (!is_side(ch, side))
		return -EINVAL;
	rd_buf_printf(out, "%d", cleaner_of(ch, side)->level);
	return 0;
}

static int denoise_write(struct rd_channel *ch, const char *side, const char *value)
{
	if (!is_side(ch, side) || (!is_on(value) && !is_off(value)))
		return -EINVAL;
	return replace(ch, (enum rd_hook_side)effect_sides(side), cleaner_of(ch, side)->level,
		       is_on(value));
}

static int denoise_read(struct rd_channel *ch, const char *side, struct rd_buf *out)
{
	if (!is_side(ch, side))
		return -EINVAL;
	rd_buf_printf(out, "%s", cleaner_of(ch, side)->denoise ? "on" : "off");
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "AGC",
	  .read = agc_read,
	  .write = agc_write,
	  .check = check,
	  .synopsis = "Bring speech to an even level",
	  .syntax = "AGC(rx|tx)",
	  .description = "Set(AGC(rx)=8000): what the channel says is made as loud as that, "
			 "of 32768; tx is what it hears. off ends it." },
	{ .name = "DENOISE",
	  .read = denoise_read,
	  .write = denoise_write,
	  .check = check,
	  .synopsis = "Take noise away",
	  .syntax = "DENOISE(rx|tx)",
	  .description = "Set(DENOISE(rx)=on): of what the channel says; tx is what it hears. "
			 "off ends it." },
	{ 0 }
};

RD_MODULE(.name = "func_speex", .synopsis = "Level and noise of channels", .functions = functions,
	  .state = &module_state);
