/* Mixers as the switch thread sees them: who is to be in which, and in what
 * role. The rest is done where the packets are (mix.c). */
#include <string.h>

#include "core/media/command.h"
#include "core/media/engine.h"
#include "core/media/media.h"
#include "core/media/mix.h"
#include "core/media/place.h"
#include "core/media/setup.h"
#include "core/media/stream.h"

/* ---- rooms ---- */

const int rd_mix_rates[RD_MIX_RATES] = { 8000, 16000, 24000, 32000, 48000 };

static bool is_rate(int rate)
{
	for (int i = 0; i < RD_MIX_RATES; i++)
		if (rd_mix_rates[i] == rate)
			return true;
	return rate == 0;
}

bool rd__mixer_takes(int rate, int frame_ms)
{
	return is_rate(rate) && (frame_ms == 0 || frame_ms == 10 || frame_ms == 20 ||
				 frame_ms == 40);
}

struct rd__mixer *rd__mixer_alloc(int rate, int frame_ms, struct rd__thread *home)
{
	struct rd__mixer *mixer = rd_zalloc(sizeof(*mixer));

	if (!mixer)
		return NULL;
	mixer->rate = rate;
	mixer->frame_ms = frame_ms;
	mixer->frame = (size_t)(rate * frame_ms / 1000);
	mixer->home = home;
	rd_list_init(&mixer->subs);
	rd_list_init(&mixer->in_room);
	rd_list_init(&mixer->members_wanted);
	rd_list_init(&mixer->outlets);
	rd_list_init(&mixer->in_thread);
	rd_list_init(&mixer->members);
	rd_list_init(&mixer->heard);
	rd__order_init(&mixer->start, NULL, RD__CMD_MIX, mixer);
	rd__order_init(&mixer->end, NULL, RD__CMD_MIX_END, mixer);
	return mixer;
}

int rd__mixer_new(struct rd__mixer **mp, const struct rd__mixer_options *options)
{
	int rate = options->rate ? options->rate : rd_mix_rates[0];
	int frame_ms = options->frame_ms ? options->frame_ms : RD__TICK_MS;
	struct rd__mixer *mixer;

	if (!rd__mixer_takes(rate, frame_ms))
		return -EINVAL;
	if (!rd__media_running())
		return -ENODEV;
	mixer = rd__mixer_alloc(rate, frame_ms, rd__thread_near(options->near));
	if (!mixer)
		return -ENOMEM;
	rd__thread_order(mixer->home, &mixer->start);
	*mp = mixer;
	return 0;
}

void rd__mixer_let_go(struct rd__member *member)
{
	if (member->stream && member->stream->member == member)
		member->stream->member = NULL;
	if (member->port && member->port->member == member)
		member->port->member = NULL;
	member->mixer->streams -= member->stream != NULL;
	rd_list_remove(&member->in_mixer);
	/* One whose stream is still on its way never got there. */
	if (member->ordered)
		rd__thread_order(member->mixer->home, &member->stop);
	else
		rd__member_free(member);
}

static void close_one(struct rd__mixer *mixer)
{
	rd_list_foreach(node, tmp, &mixer->members_wanted)
		rd__mixer_let_go(rd_list_entry(node, struct rd__member, in_mixer));
	rd_list_remove(&mixer->in_room);
	rd__thread_order(mixer->home, &mixer->end);
}

void rd__mixer_close(struct rd__mixer *mixer)
{
	rd_list_foreach(node, tmp, &mixer->subs)
		close_one(rd_list_entry(node, struct rd__mixer, in_room));
	close_one(mixer);
}

/* ---- roles ---- */

static struct rd__member *member_of(const struct rd_stream *stream, const struct rd__mixer *mixer)
{
	return stream && stream->member && stream->member->mixer == mixer ? stream->member : NULL;
}

static int gain(int wanted)
{
	if (wanted == 0)
		return RD__MIX_UNITY;
	return RD_MAX(1, RD_MIN(wanted, RD__MIX_LOUDEST));
}

/* Whoever was to hear only one who is not here hears nobody. */
static struct rd__member_role resolve(const struct rd__mixer *mixer,
				      const struct rd__mix_role *wanted)
{
	struct rd__member_role role = {
		.mute = wanted->mute,
		.deaf = wanted->deaf,
		.always = wanted->always,
		.gain_in = gain(wanted->gain_in),
		.gain_out = gain(wanted->gain_out),
		.hears = member_of(wanted->hears, mixer),
		.heard_by = member_of(wanted->heard_by, mixer),
	};

	role.deaf |= wanted->hears && !role.hears;
	role.mute |= wanted->heard_by && !role.heard_by;
	return role;
}

static bool same_buffer(const struct rd_jitter_buffer *a, const struct rd_jitter_buffer *b)
{
	return a->wanted == b->wanted && a->fixed == b->fixed && a->size_ms == b->size_ms &&
	       a->resync_ms == b->resync_ms && a->extra_ms == b->extra_ms;
}

/* before: the buffer that it had until now. */
static int send_role(struct rd__member *member, const struct rd_jitter_buffer *before)
{
	struct rd__command command = { .type = RD__CMD_MIX_ROLE };
	struct rd__role_change *change;
	int rc = 0;

	change = rd_zalloc(sizeof(*change));
	if (!change)
		return -ENOMEM;
	change->member = member;
	change->role = resolve(member->mixer, &member->wanted);
	change->another_buffer = !same_buffer(before, &member->wanted.buffer);
	change->buffer = member->wanted.buffer;
	change->cleaner = rd__cleaner_new(member->mixer, &member->wanted, &rc);
	command.object = change;
	if (!rc)
		rc = rd__thread_order_new(member->mixer->home, &command);
	if (rc) {
		rd__cleaner_free(change->cleaner);
		rd_free(change);
	}
	return rc;
}

static bool same_role(const struct rd__mix_role *a, const struct rd__mix_role *b)
{
	return a->mute == b->mute && a->deaf == b->deaf && a->always == b->always &&
	       a->gain_in == b->gain_in && a->gain_out == b->gain_out && a->hears == b->hears &&
	       a->heard_by == b->heard_by && a->denoise == b->denoise && a->level == b->level &&
	       same_buffer(&a->buffer, &b->buffer);
}

int rd__mixer_set_role(struct rd_stream *stream, const struct rd__mix_role *role)
{
	struct rd__member *member = stream->member;
	struct rd_jitter_buffer before;

	if (!member)
		return -ENOENT;
	member->marked = true;
	if (same_role(&member->wanted, role))
		return 0;
	/* Whom it is to hear, or be heard by, may be on another thread. */
	if ((role->hears || role->heard_by) &&
	    rd__mixer_place(rd__mixer_top(member->mixer), role) != member->mixer)
		return rd__mixer_join(rd__mixer_top(member->mixer), stream, role);
	before = member->wanted.buffer;
	member->wanted = *role;
	/* One that has not begun begins with it. */
	return member->ordered ? send_role(member, &before) : 0;
}

/* A newcomer may be the one whom others were to hear. */
static void tell_others(struct rd__member *newcomer)
{
	rd_list_foreach(node, tmp, &newcomer->mixer->members_wanted) {
		struct rd__member *member = rd_list_entry(node, struct rd__member, in_mixer);

		if (member != newcomer && member->ordered &&
		    (member->wanted.hears == newcomer->stream ||
		     member->wanted.heard_by == newcomer->stream))
			(void)send_role(member, &member->wanted.buffer);
	}
}

/* ---- coming and going ---- */

void rd__member_ordered(struct rd__member *member)
{
	int rc = 0;

	member->ordered = true;
	member->role = resolve(member->mixer, &member->wanted);
	if (!member->cleaner)
		member->cleaner = rd__cleaner_new(member->mixer, &member->wanted, &rc);
	if (member->jitter && member->wanted.buffer.wanted)
		rd__jitter_rule(member->jitter, &member->wanted.buffer);
	rd__thread_order(member->mixer->home, &member->start);
	tell_others(member);
}

int rd__mixer_join(struct rd__mixer *mixer, struct rd_stream *stream,
		   const struct rd__mix_role *role)
{
	struct rd__member *member;
	int rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_assert(!stream->closing);
	mixer = rd__mixer_place(mixer, role);
	rc = rd__member_new(&member, mixer, stream, NULL);
	if (rc)
		return rc;
	if (role)
		member->wanted = *role;
	member->marked = true;
	rd__mixer_leave(stream);
	rd__stream_unlink(stream);
	stream->member = member;
	mixer->streams++;
	rd_list_push(&mixer->members_wanted, &member->in_mixer);
	rd__stream_settle_or_tell(stream);
	return 0;
}

void rd__mixer_leave(struct rd_stream *stream)
{
	if (!stream->member)
		return;
	rd__mixer_let_go(stream->member);
	rd__stream_weigh(stream);
}

static void mark(struct rd__mixer *mixer)
{
	rd_list_foreach(node, tmp, &mixer->members_wanted)
		rd_list_entry(node, struct rd__member, in_mixer)->marked = false;
}

void rd__mixer_mark(struct rd__mixer *mixer)
{
	mark(mixer);
	rd_list_foreach(node, tmp, &mixer->subs)
		mark(rd_list_entry(node, struct rd__mixer, in_room));
}

static void sweep(struct rd__mixer *mixer)
{
	rd_list_foreach(node, tmp, &mixer->members_wanted) {
		struct rd__member *member = rd_list_entry(node, struct rd__member, in_mixer);

		/* Ports belong to their streams. */
		if (member->stream && !member->marked)
			rd__mixer_leave(member->stream);
	}
}

void rd__mixer_sweep(struct rd__mixer *mixer)
{
	sweep(mixer);
	rd_list_foreach(node, tmp, &mixer->subs)
		sweep(rd_list_entry(node, struct rd__mixer, in_room));
}

struct rd__mixer *rd__stream_mixer(const struct rd_stream *stream)
{
	return stream->member ? rd__mixer_top(stream->member->mixer) : NULL;
}

int rd__mixer_refit(struct rd_stream *stream)
{
	struct rd__member *old = stream->member, *member;
	int rc;

	if (!old)
		return 0;
	rc = rd__member_new(&member, old->mixer, stream, NULL);
	if (rc)
		return rc;
	member->wanted = old->wanted;
	rd__mixer_let_go(old);
	stream->member = member;
	member->mixer->streams++;
	rd_list_push(&member->mixer->members_wanted, &member->in_mixer);
	rd__stream_settle_or_tell(stream);
	return 0;
}

/* ---- the room's own mouth and ear ---- */

/* Recorders do, and nobody hears how late: nothing is left out. */
static ssize_t hear_room(void *arg, int16_t *samples, size_t max)
{
	struct rd__port *port = arg;

	return rd__sample_ring_read_all(port->out, samples, max) ? (ssize_t)max : 0;
}

static void speak_to_room(void *arg, const int16_t *samples, size_t count)
{
	rd__mixer_feed(arg, samples, count);
}

static void speaker_closed(void *arg)
{
	rd__mixer_feed_free(arg);
}

int rd__mixer_feed_new(struct rd__mixer *mixer, struct rd__port **pp)
{
	struct rd__member *member;
	struct rd__port *port;
	int rc = rd__port_new(&port, mixer);

	if (rc)
		return rc;
	rc = rd__member_new(&member, mixer, NULL, port);
	if (rc) {
		rd__port_unref(port);
		return rc;
	}
	atomic_fetch_add(&port->ends, 1);
	port->member = member;
	rd_list_push(&mixer->members_wanted, &member->in_mixer);
	rd__member_ordered(member);
	*pp = port;
	return 0;
}

void rd__mixer_feed(struct rd__port *port, const int16_t *samples, size_t count)
{
	rd__sample_ring_write(port->in, samples, count);
}

void rd__mixer_feed_free(struct rd__port *port)
{
	if (port->member)
		rd__mixer_let_go(port->member);
	rd__port_unref(port);
}

int rd__mixer_speaker(struct rd__mixer *mixer, struct rd_stream **sp)
{
	static const struct rd_stream_ops ops = { .read = hear_room,
						  .write = speak_to_room,
						  .closed = speaker_closed };
	struct rd__port *port;
	int rc = rd__mixer_feed_new(mixer, &port);

	if (rc)
		return rc;
	rc = rd_stream_new_custom(sp, &ops, port, mixer->rate);
	if (rc)
		rd__mixer_feed_free(port);
	return rc;
}

/* ---- what comes back ---- */

void rd__mixer_event(const struct rd__event *event)
{
	struct rd__role_change *change = event->object;

	switch (event->type) {
	case RD__EVENT_MEMBER_GONE:
		rd__member_free(event->object);
		break;
	case RD__EVENT_MIX_GONE:
		rd_free(event->object);
		break;
	default:
		rd__cleaner_free(change->cleaner);
		rd_free(change);
	}
}
