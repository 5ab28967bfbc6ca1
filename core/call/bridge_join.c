/* Legs that come to a bridge by themselves, each in its own fiber, and leave
 * it when they like: rooms, and a third who joins two. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/bridge.h"
#include "core/call/join.h"
#include "core/media/media.h"
#include "core/media/mixer.h"

/* -- rooms ----------------------------------------------------------------------- */

int rd_bridge_new(struct rd_bridge **bp, const struct rd_bridge_setup *setup)
{
	static const struct rd_bridge_setup plain;
	struct rd_bridge *bridge;

	if (!setup)
		setup = &plain;
	if (!rd__mixer_takes(setup->rate, setup->frame_ms))
		return -EINVAL;
	if (setup->name && rd_bridge_find(setup->name))
		return -EEXIST;
	bridge = rd__bridge_alloc(setup);
	if (!bridge)
		return -ENOMEM;
	bridge->held = true;
	*bp = bridge;
	return 0;
}

void rd_bridge_close(struct rd_bridge *bridge)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	rd_assert(bridge->held);
	bridge->held = false;
	/* Another may have its name from now on. */
	rd_free(bridge->name);
	bridge->name = NULL;
	rd__bridge_send_away(bridge, RD_BRIDGE_CLOSED);
	rd_cond_broadcast(&bridge->played);
	rd__bridge_drop(bridge);
}

/* -- seats ------------------------------------------------------------------------- */

struct rd__guest *rd__bridge_guest(const struct rd_bridge *bridge, const struct rd_channel *ch)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	if (ch->bridge != bridge)
		return NULL;
	rd_list_foreach(node, tmp, &bridge->guests) {
		struct rd__guest *guest = rd_list_entry(node, struct rd__guest, link);

		if (guest->ch == ch)
			return guest;
	}
	return NULL;
}

const struct rd_bridge_seat *rd_bridge_seat(const struct rd_bridge *bridge,
					    const struct rd_channel *ch)
{
	struct rd__guest *guest = rd__bridge_guest(bridge, ch);

	return guest ? &guest->seat : NULL;
}

int rd_bridge_set_seat(struct rd_bridge *bridge, struct rd_channel *ch,
		       const struct rd_bridge_seat *seat)
{
	struct rd__guest *guest = rd__bridge_guest(bridge, ch);
	int limit_ms;

	if (!guest)
		return -ENOENT;
	limit_ms = guest->seat.limit_ms;
	guest->seat = *seat;
	guest->seat.limit_ms = limit_ms;
	rd__bridge_relink(bridge);
	return 0;
}

static void send_away(struct rd__guest *guest, enum rd_bridge_end why)
{
	guest->end = why;
	rd__channel_wake(guest->ch);
}

int rd_bridge_kick(struct rd_bridge *bridge, struct rd_channel *ch, enum rd_bridge_end why)
{
	struct rd__guest *guest = rd__bridge_guest(bridge, ch);

	if (!guest)
		return -ENOENT;
	send_away(guest, why);
	return 0;
}

int rd_bridge_call(struct rd_bridge *bridge, struct rd_channel *ch)
{
	struct rd__guest *guest = rd__bridge_guest(bridge, ch);

	if (!guest)
		return -ENOENT;
	guest->is_called = true;
	rd__channel_wake(ch);
	return 0;
}

void rd__bridge_send_away(struct rd_bridge *bridge, enum rd_bridge_end why)
{
	rd_list_foreach(node, tmp, &bridge->guests)
		send_away(rd_list_entry(node, struct rd__guest, link), why);
}

bool rd_bridge_talks(const struct rd_bridge *bridge, const struct rd_channel *ch)
{
	struct rd__guest *guest = rd__bridge_guest(bridge, ch);

	return guest && guest->talks;
}

void rd__bridge_talk(struct rd_channel *ch, bool talks)
{
	struct rd__guest *guest = ch->bridge ? rd__bridge_guest(ch->bridge, ch) : NULL;

	if (guest)
		guest->talks = talks;
	if (!ch->bridge)
		return;
	ch->talks_since_ms = talks ? rd_now_ms() : 0;
	rd__bridge_publish(RD_EVENT_BRIDGE_TALK, ch->bridge, ch, talks);
	if (ch->bridge->stage.gallery)
		rd__stage_set(ch->bridge);
}

/* -- coming and going ---------------------------------------------------------------- */

static void enter(struct rd_bridge *bridge, struct rd__guest *guest)
{
	rd_list_push(&bridge->guests, &guest->link);
	bridge->guest_count++;
	guest->ch->bridge = bridge;
	rd__bridge_publish(RD_EVENT_BRIDGE_ENTER, bridge, guest->ch, 0);
	rd__bridge_relink(bridge);
	rd__bridge_relink_beyond(guest->ch);
}

/* Nobody hears, or is heard by, one who has left. */
static void forget(struct rd_bridge *bridge, const struct rd_channel *gone)
{
	rd_list_foreach(node, tmp, &bridge->guests) {
		struct rd_bridge_seat *seat = &rd_list_entry(node, struct rd__guest, link)->seat;

		seat->deaf |= seat->hears == gone;
		seat->mute |= seat->heard_by == gone;
		if (seat->hears == gone)
			seat->hears = NULL;
		if (seat->heard_by == gone)
			seat->heard_by = NULL;
	}
}

static void leave(struct rd_bridge *bridge, struct rd__guest *guest)
{
	struct rd_channel *ch = guest->ch;
	struct rd_stream *voice = rd_channel_stream(ch, RD_MEDIA_AUDIO);

	rd_list_remove(&guest->link);
	bridge->guest_count--;
	ch->bridge = NULL;
	ch->talks_since_ms = 0;
	forget(bridge, ch);
	if (guest->talks)
		rd__bridge_publish(RD_EVENT_BRIDGE_TALK, bridge, ch, 0);
	rd__bridge_publish(RD_EVENT_BRIDGE_LEAVE, bridge, ch, 0);
	/* The others first: what they have not heard yet is not lost. */
	rd__bridge_relink(bridge);
	if (voice) {
		rd__stream_unlink(voice);
		rd__mixer_leave(voice);
	}
	rd__media_part_beside(ch);
	rd__media_want_lines(rd__media_leg(ch), 0);
	rd__bridge_relink_beyond(ch);
	rd__bridge_drop(bridge);
}

/* -- the stay --------------------------------------------------------------------------- */

static int on_signal(struct rd_bridge *bridge, struct rd__guest *guest,
		     const struct rd_signal *signal)
{
	switch (signal->type) {
	case RD_SIGNAL_HOLD:
	case RD_SIGNAL_RESUME:
	case RD_SIGNAL_STREAMS:
		rd__bridge_relink(bridge);
		return 0;
	case RD_SIGNAL_DIGIT:
		if (!guest->seat.digit)
			return 0;
		return guest->seat.digit(guest->ch, (char)signal->number, guest->seat.arg)
			       ? RD_BRIDGE_KEY
			       : 0;
	default:
		return 0;
	}
}

static void answer_call(struct rd__guest *guest)
{
	guest->is_called = false;
	if (guest->seat.called)
		guest->seat.called(guest->ch, guest->seat.arg);
}

static int hear(struct rd_bridge *bridge, struct rd__guest *guest)
{
	struct rd_signal signal;
	int rc = 0;

	while (!rc && !guest->end) {
		if (guest->is_called)
			answer_call(guest);
		rc = rd_channel_take(guest->ch, &signal);
		if (rc == -EAGAIN)
			return 0;
		if (!rc)
			rc = on_signal(bridge, guest, &signal);
	}
	return rc ? rc : guest->end;
}

static int stay(struct rd_bridge *bridge, struct rd__guest *guest)
{
	uint64_t end_ms = rd_now_ms() + (uint64_t)guest->seat.limit_ms;
	int rc = hear(bridge, guest);

	while (!rc) {
		uint64_t now_ms = rd_now_ms();
		int left = RD_FOREVER;

		if (guest->seat.limit_ms > 0)
			left = now_ms < end_ms ? (int)(end_ms - now_ms) : 0;
		rc = rd_cond_wait(guest->ch->notify, left);
		if (rc == -ETIMEDOUT)
			return RD_BRIDGE_LIMIT;
		if (!rc)
			rc = hear(bridge, guest);
	}
	return rc;
}

int rd_bridge_join(struct rd_bridge *bridge, struct rd_channel *ch,
		   const struct rd_bridge_seat *seat)
{
	struct rd__guest *guest;
	int rc;

	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	if (rd_channel_gone(ch))
		return -ECANCELED;
	if (ch->bridge)
		return -EBUSY;
	guest = rd_zalloc(sizeof(*guest));
	if (!guest)
		return -ENOMEM;
	rd_list_init(&guest->link);
	guest->ch = rd__channel_ref(ch);
	if (seat)
		guest->seat = *seat;
	enter(bridge, guest);
	rc = stay(bridge, guest);
	leave(bridge, guest);
	rd__channel_unref(ch);
	rd_free(guest);
	return rc;
}
