/* Effects live until they are replaced, or their channel has lost its sound. */
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include <ringdown/module.h>

#include "modules/effect.h"

enum { SIDES = 2 };

struct effect {
	const struct effect_kind *kind;
	void *state;
	struct rd_hook *hook;
	struct effect **place; /* in its channel's; NULL: replaced */
};

struct effects {
	struct effect *at[SIDES];
};

static char own;
char *effect_key = &own;
const size_t effect_sizes[] = { sizeof(struct effect), sizeof(struct effects), 0 };

static int index_of(enum rd_hook_side side)
{
	return side == RD_HOOK_HEARD;
}

unsigned effect_sides(const char *text)
{
	if (strcasecmp(text, "rx") == 0)
		return RD_HOOK_SAID;
	if (strcasecmp(text, "tx") == 0)
		return RD_HOOK_HEARD;
	return strcasecmp(text, "both") == 0 ? RD_HOOK_SAID | RD_HOOK_HEARD : 0;
}

const char *effect_no_side(const char *text, char *buf, size_t size)
{
	snprintf(buf, size, "\"%s\" is no side of a channel that it knows", text);
	return buf;
}

static void change(void *arg, enum rd_hook_side side, int16_t *samples, size_t count, int rate)
{
	struct effect *effect = arg;

	effect->kind->change(effect->state, side, samples, count, rate);
}

static void gone(void *arg)
{
	struct effect *effect = arg;
	const char *module = effect->kind->module;

	if (effect->place)
		*effect->place = NULL;
	effect->kind->state_free(effect->state);
	rd_free(effect);
	rd_module_release(module);
}

static void end(struct effect **place)
{
	struct effect *effect = *place;

	if (!effect)
		return;
	*place = NULL;
	effect->place = NULL;
	rd_hook_remove(effect->hook);
}

static void effects_free(void *data)
{
	struct effects *effects = data;

	for (int i = 0; i < SIDES; i++)
		end(&effects->at[i]);
	rd_free(effects);
}

static struct effects *effects_of(struct rd_channel *ch, const struct effect_kind *kind)
{
	return rd_channel_keep_for(kind->module, ch, effect_key, sizeof(struct effects),
				   effects_free);
}

static int begin(struct rd_channel *ch, const struct effect_kind *kind, enum rd_hook_side side,
		 void *state, struct effect **place)
{
	static const struct rd_hook_ops ops = { .change = change, .gone = gone };
	struct effect *effect = rd_zalloc(sizeof(*effect));
	int rc;

	if (!effect)
		return -ENOMEM;
	effect->kind = kind;
	effect->state = state;
	rc = rd_hook_new(&effect->hook, ch, side, 0, &ops, effect);
	if (rc) {
		rd_free(effect);
		return rc;
	}
	end(place);
	effect->place = place;
	*place = effect;
	rd_module_use(kind->module);
	return 0;
}

int effect_take(struct rd_channel *ch, const struct effect_kind *kind, enum rd_hook_side side,
		void *state)
{
	struct effects *effects = effects_of(ch, kind);
	int rc = effects ? 0 : -ENOMEM;

	if (!rc && !state)
		end(&effects->at[index_of(side)]);
	else if (!rc)
		rc = begin(ch, kind, side, state, &effects->at[index_of(side)]);
	if (rc && state)
		kind->state_free(state);
	return rc;
}

void *effect_state(const struct rd_channel *ch, enum rd_hook_side side)
{
	const struct effects *effects = rd_channel_attached(ch, effect_key);
	const struct effect *effect = effects ? effects->at[index_of(side)] : NULL;

	return effect ? effect->state : NULL;
}
