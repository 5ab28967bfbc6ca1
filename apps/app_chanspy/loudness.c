/* A hook on what the spy hears, for as long as he listens: prompts stay as they are. */
#include "apps/app_chanspy/loudness.h"

#include <stdlib.h>
#include <string.h>

#include <ringdown/hook.h>
#include <ringdown/module.h>

enum { MUTE = 0 };

struct loudness {
	int factor; /* never changes: a media thread reads it */
	struct rd_hook *hook;
	struct loudness **place; /* who has it; NULL: nobody any more */
};

/* -- on a media thread -- */

static int16_t scaled(int16_t sample, int factor)
{
	int value = factor > 0 ? sample * factor : sample / -factor;

	return (int16_t)RD_MAX(RD_MIN(value, INT16_MAX), INT16_MIN);
}

static void change(void *arg, enum rd_hook_side side, int16_t *samples, size_t count, int rate)
{
	const struct loudness *loudness = arg;

	(void)side;
	(void)rate;
	if (loudness->factor == MUTE) {
		memset(samples, 0, count * sizeof(*samples));
		return;
	}
	for (size_t i = 0; i < count; i++)
		samples[i] = scaled(samples[i], loudness->factor);
}

/* -- on the switch thread -- */

static void gone(void *arg)
{
	struct loudness *loudness = arg;

	if (loudness->place)
		*loudness->place = NULL;
	rd_free(loudness);
	rd_module_release(RD_MODULE_NAME);
}

void loudness_end(struct loudness **lp)
{
	struct loudness *loudness = *lp;

	if (!loudness)
		return;
	*lp = NULL;
	loudness->place = NULL;
	rd_hook_remove(loudness->hook);
}

static int begin(struct loudness **lp, struct rd_channel *ch, int factor)
{
	static const struct rd_hook_ops ops = { .change = change, .gone = gone };
	struct loudness *loudness = rd_zalloc(sizeof(*loudness));
	int rc;

	if (!loudness)
		return -ENOMEM;
	loudness->factor = factor;
	rc = rd_hook_new(&loudness->hook, ch, RD_HOOK_HEARD, 0, &ops, loudness);
	if (rc) {
		rd_free(loudness);
		return rc;
	}
	rd_module_use(RD_MODULE_NAME);
	loudness_end(lp);
	loudness->place = lp;
	*lp = loudness;
	return 0;
}

int loudness_set(struct loudness **lp, struct rd_channel *ch, int factor)
{
	if (abs(factor) > 1)
		return begin(lp, ch, factor);
	loudness_end(lp);
	return 0;
}

int loudness_mute(struct loudness **lp, struct rd_channel *ch)
{
	return begin(lp, ch, MUTE);
}
