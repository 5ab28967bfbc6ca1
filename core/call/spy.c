/* Listening in. A spy who only listens has a room of its own, fed by taps of
 * the target; one who speaks is a guest of the bridge that the target is in.
 * Which of the two holds is looked at whenever the target's world changes. */
#include <ringdown/event.h>
#include <ringdown/spy.h>

#include "core/call/bridge.h"
#include "core/media/listen.h"

/* A stream may be replaced without a word. */
enum { LOOK_MS = 500 };

struct spy {
	struct rd_channel *ch, *target;
	const struct rd_spy_options *options;
	struct rd__listen *listen;
	struct rd_stream *ear, *heard; /* of .listen */
	struct rd_bridge *joined;      /* while it is a guest */
};

/* ---- what the world does ---- */

static void world_changed(const struct rd_event *event, void *arg)
{
	struct spy *spy = arg;

	if (event->channel != spy->target)
		return;
	if (spy->joined && event->type == RD_EVENT_BRIDGE_LEAVE && event->bridge == spy->joined)
		rd_bridge_kick(spy->joined, spy->ch, RD_BRIDGE_MOVED);
	rd__channel_wake(spy->ch);
}

/* ---- listening ---- */

static void stop_listening(struct spy *spy)
{
	if (spy->listen)
		rd__listen_stop(spy->listen);
	spy->listen = NULL;
}

/* The streams of both are what they were, or listening begins anew. */
static int listen_in(struct spy *spy)
{
	struct rd_stream *ear = rd_channel_stream(spy->ch, RD_MEDIA_AUDIO);
	struct rd_stream *heard = rd_channel_stream(spy->target, RD_MEDIA_AUDIO);

	if (spy->listen && spy->ear == ear && spy->heard == heard)
		return 0;
	stop_listening(spy);
	if (!ear || !heard)
		return -ENODATA;
	spy->ear = ear;
	spy->heard = heard;
	return rd__listen_start(&spy->listen, ear, heard, !spy->options->own_voice);
}

static int on_signal(struct spy *spy, const struct rd_signal *signal)
{
	if (signal->type != RD_SIGNAL_DIGIT || !spy->options->digit)
		return 0;
	return spy->options->digit(spy->ch, (char)signal->number, spy->options->arg) ? RD_SPY_KEY
										      : 0;
}

static int hear_keys(struct spy *spy)
{
	struct rd_signal signal;
	int rc = 0;

	while (!rc) {
		rc = rd_channel_take(spy->ch, &signal);
		if (rc == -EAGAIN)
			return 0;
		if (!rc)
			rc = on_signal(spy, &signal);
	}
	return rc;
}

static int wait_a_while(struct spy *spy)
{
	int rc = hear_keys(spy);

	if (rc)
		return rc;
	rc = rd_cond_wait(spy->ch->notify, LOOK_MS);
	return rc == -ETIMEDOUT ? 0 : rc;
}

/* ---- speaking ---- */

static bool can_join(const struct spy *spy)
{
	return spy->options->mode != RD_SPY_LISTEN && spy->target->bridge;
}

static int join(struct spy *spy)
{
	struct rd_bridge_seat seat = { .digit = spy->options->digit, .arg = spy->options->arg };
	int rc;

	stop_listening(spy);
	if (spy->options->mode == RD_SPY_WHISPER)
		seat.heard_by = spy->target;
	spy->joined = spy->target->bridge;
	spy->ch->intrudes = true;
	rc = rd_bridge_join(spy->joined, spy->ch, &seat);
	spy->ch->intrudes = false;
	spy->joined = NULL;
	if (rc < 0)
		return rc;
	return rc == RD_BRIDGE_KEY ? RD_SPY_KEY : 0;
}

/* ---- all of it ---- */

static int run(struct spy *spy)
{
	int rc = 0;

	while (!rc) {
		if (rd_channel_gone(spy->target))
			return RD_SPY_TARGET_GONE;
		rc = can_join(spy) ? join(spy) : listen_in(spy);
		if (!rc && spy->listen)
			rc = wait_a_while(spy);
	}
	return rc;
}

bool rd_spy_intrudes(const struct rd_channel *ch)
{
	return ch->intrudes;
}

int rd_spy(struct rd_channel *ch, struct rd_channel *target, const struct rd_spy_options *options)
{
	struct spy spy = { .ch = ch, .target = target, .options = options };
	const struct rd_subscriber watch = {
		.name = "spy",
		.types = RD_EVENT_BIT(RD_EVENT_BRIDGE_ENTER) | RD_EVENT_BIT(RD_EVENT_BRIDGE_LEAVE) |
			 RD_EVENT_BIT(RD_EVENT_CHANNEL_STATE),
		.notify = world_changed,
		.arg = &spy,
	};
	int rc;

	if (ch == target || ch->bridge)
		return ch == target ? -EINVAL : -EBUSY;
	rc = rd_subscribe(&watch);
	if (rc)
		return rc;
	rd__channel_ref(target);
	rc = run(&spy);
	stop_listening(&spy);
	rd_unsubscribe(&watch);
	rd__channel_unref(target);
	return rc;
}
