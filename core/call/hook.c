/* Audio hooks: taps of the media engine, as modules see them. */
#include <ringdown/hook.h>

#include "core/call/call.h"
#include "core/media/tap.h"

struct rd_hook {
	struct rd__tap tap;
	const struct rd_hook_ops *ops;
	void *arg;
};

static void hear(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side side,
		 const int16_t *samples, size_t count)
{
	struct rd_hook *hook = RD_CONTAINER_OF(tap, struct rd_hook, tap);

	(void)line;
	hook->ops->sound(hook->arg, side == RD__TAP_IN ? RD_HOOK_SAID : RD_HOOK_HEARD, samples,
			 count);
}

static void leave(struct rd__tap *tap, struct rd__line *line, bool closing)
{
	(void)tap;
	(void)line;
	(void)closing;
}

static void left(struct rd__tap *tap, bool closing)
{
	struct rd_hook *hook = RD_CONTAINER_OF(tap, struct rd_hook, tap);

	(void)closing;
	if (hook->ops->gone)
		hook->ops->gone(hook->arg);
	rd__tap_fini(tap);
	rd_free(hook);
}

int rd_hook_new(struct rd_hook **hp, struct rd_channel *ch, unsigned sides, int rate,
		const struct rd_hook_ops *ops, void *arg)
{
	static const struct rd__tap_ops tap_ops = { .hear = hear, .leave = leave, .left = left };
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);
	unsigned taps = (sides & RD_HOOK_SAID ? 1u << RD__TAP_IN : 0) |
			(sides & RD_HOOK_HEARD ? 1u << RD__TAP_OUT : 0);
	struct rd_hook *hook;
	int rc;

	if (!stream || rd_channel_gone(ch))
		return -ENODATA;
	if (!taps)
		return -EINVAL;
	hook = rd_zalloc(sizeof(*hook));
	if (!hook)
		return -ENOMEM;
	hook->ops = ops;
	hook->arg = arg;
	rc = rd__tap_init(&hook->tap, &tap_ops, taps, rate);
	if (rc) {
		rd_free(hook);
		return rc;
	}
	rc = rd__stream_tap(stream, &hook->tap);
	if (rc) {
		rd__tap_fini(&hook->tap);
		rd_free(hook);
		return rc;
	}
	if (hp)
		*hp = hook;
	return 0;
}

void rd_hook_remove(struct rd_hook *hook)
{
	rd__stream_untap(&hook->tap);
}
