/* Audio hooks: taps and changers of the media engine, as modules see them. */
#include <ringdown/hook.h>

#include "core/call/call.h"
#include "core/media/change.h"
#include "core/media/work.h"

/* All of them, for who asks what a module is held by. */
static struct rd_list all = RD_LIST_INIT(all);

struct rd_hook {
	struct rd_list in_all;
	const struct rd_stream *stream; /* outlives it */
	union {
		struct rd__tap tap;
		struct rd__changer changer; /* where ops->change */
	};
	const struct rd_hook_ops *ops;
	void *arg;
};

static enum rd_hook_side side_of(enum rd__tap_side side)
{
	return side == RD__TAP_IN ? RD_HOOK_SAID : RD_HOOK_HEARD;
}

/* ---- those that listen ---- */

static void hear(struct rd__tap *tap, struct rd__line *line, enum rd__tap_side side,
		 const int16_t *samples, size_t count)
{
	struct rd_hook *hook = RD_CONTAINER_OF(tap, struct rd_hook, tap);

	(void)line;
	rd__work_enter((const void *)hook->ops->sound);
	hook->ops->sound(hook->arg, side_of(side), samples, count);
	rd__work_leave((const void *)hook->ops->sound);
}

static void left(struct rd__tap *tap, bool closing)
{
	struct rd_hook *hook = RD_CONTAINER_OF(tap, struct rd_hook, tap);

	(void)closing;
	if (hook->ops->gone)
		hook->ops->gone(hook->arg);
	rd__tap_fini(tap);
	rd_list_remove(&hook->in_all);
	rd_free(hook);
}

static int begin_to_listen(struct rd_hook *hook, struct rd_stream *stream, unsigned sides, int rate)
{
	static const struct rd__tap_ops ops = { .hear = hear, .left = left };
	int rc = rd__tap_init(&hook->tap, &ops, sides, rate);

	if (rc)
		return rc;
	rc = rd__stream_tap(stream, &hook->tap);
	if (rc)
		rd__tap_fini(&hook->tap);
	return rc;
}

/* ---- those that change ---- */

static void change(struct rd__changer *changer, enum rd__tap_side side, int16_t *samples,
		   size_t count, int rate)
{
	struct rd_hook *hook = RD_CONTAINER_OF(changer, struct rd_hook, changer);

	rd__work_enter((const void *)hook->ops->change);
	hook->ops->change(hook->arg, side_of(side), samples, count, rate);
	rd__work_leave((const void *)hook->ops->change);
}

static void changer_left(struct rd__changer *changer)
{
	struct rd_hook *hook = RD_CONTAINER_OF(changer, struct rd_hook, changer);

	if (hook->ops->gone)
		hook->ops->gone(hook->arg);
	rd__changer_fini(changer);
	rd_list_remove(&hook->in_all);
	rd_free(hook);
}

static int begin_to_change(struct rd_hook *hook, struct rd_stream *stream, unsigned sides,
			   int rate)
{
	static const struct rd__changer_ops ops = { .change = change, .left = changer_left };
	int rc = rd__changer_init(&hook->changer, &ops, sides, rate);

	if (!rc)
		rd__stream_change(stream, &hook->changer);
	return rc;
}

/* ---- both ---- */

int rd_hook_new(struct rd_hook **hp, struct rd_channel *ch, unsigned sides, int rate,
		const struct rd_hook_ops *ops, void *arg)
{
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);
	unsigned taps = (sides & RD_HOOK_SAID ? 1u << RD__TAP_IN : 0) |
			(sides & RD_HOOK_HEARD ? 1u << RD__TAP_OUT : 0);
	struct rd_hook *hook;
	int rc;

	if (!stream || rd_channel_gone(ch))
		return -ENODATA;
	if (!taps || (!ops->sound && !ops->change))
		return -EINVAL;
	hook = rd_zalloc(sizeof(*hook));
	if (!hook)
		return -ENOMEM;
	hook->ops = ops;
	hook->arg = arg;
	hook->stream = stream;
	rd_list_init(&hook->in_all);
	rc = (ops->change ? begin_to_change : begin_to_listen)(hook, stream, taps, rate);
	if (rc) {
		rd_free(hook);
		return rc;
	}
	rd_list_push(&all, &hook->in_all);
	if (hp)
		*hp = hook;
	return 0;
}

void rd__hooks_each(const void *begin, const void *end, void (*tell)(void *arg, const char *name),
		    void *arg)
{
	rd_list_foreach(node, tmp, &all) {
		const struct rd_hook *hook = rd_list_entry(node, struct rd_hook, in_all);
		uintptr_t ops = (uintptr_t)hook->ops;

		if (ops >= (uintptr_t)begin && ops < (uintptr_t)end)
			tell(arg, rd__stream_label(hook->stream));
	}
}

void rd_hook_remove(struct rd_hook *hook)
{
	if (hook->ops->change)
		rd__stream_unchange(&hook->changer);
	else
		rd__stream_untap(&hook->tap);
}
