/* Large rooms: one mixer is the top, others on other threads take those who come
 * later. Each of these is joined to the top by a trunk, which is a member on
 * either side: what is said on one goes through a ring, a frame at a time, into
 * the sum of the other. Who is where is nobody's concern but ours. */
#include "core/media/engine.h"
#include "core/media/mix.h"
#include "core/media/stream.h"

/* What a thread takes in before the next one gets any. */
enum { SPREAD = 400 };

static int spread = SPREAD;

void rd__mixer_spread(int streams)
{
	spread = streams;
}

/* ---- trunks ---- */

static int trunk_end(struct rd__member **mp, struct rd__mixer *mixer, struct rd__port *port,
		     bool far_end)
{
	int rc = rd__member_new(mp, mixer, NULL, port);

	if (rc)
		return rc;
	(*mp)->far_end = far_end;
	atomic_fetch_add(&port->ends, 1);
	return 0;
}

static void begin_trunk(struct rd__member *member)
{
	rd_list_push(&member->mixer->members_wanted, &member->in_mixer);
	rd__member_ordered(member);
}

/* Both ends, or none. */
static int join_by_trunk(struct rd__mixer *top, struct rd__mixer *sub)
{
	struct rd__member *near_end = NULL, *far_end = NULL;
	struct rd__port *port;
	int rc = rd__port_new(&port, top);

	if (rc)
		return rc;
	rc = trunk_end(&near_end, top, port, false);
	if (!rc)
		rc = trunk_end(&far_end, sub, port, true);
	if (rc && near_end)
		rd__member_free(near_end);
	rd__port_unref(port);
	if (rc)
		return rc;
	begin_trunk(near_end);
	begin_trunk(far_end);
	return 0;
}

/* ---- where to ---- */

static struct rd__mixer *open_sub(struct rd__mixer *top, struct rd__thread *home)
{
	struct rd__mixer *sub = rd__mixer_alloc(top->rate, top->frame_ms, home);

	if (!sub)
		return NULL;
	sub->top = top;
	rd__thread_order(home, &sub->start);
	if (join_by_trunk(top, sub)) {
		rd__thread_order(home, &sub->end);
		return NULL;
	}
	rd_list_push(&top->subs, &sub->in_room);
	return sub;
}

/* Without memory for another one, those that are there must do. */
static struct rd__mixer *emptiest(struct rd__mixer *top)
{
	struct rd__mixer *best = top;
	struct rd__thread *last = top->home;
	int count = 1;

	rd_list_foreach(node, tmp, &top->subs) {
		struct rd__mixer *sub = rd_list_entry(node, struct rd__mixer, in_room);

		if (sub->streams < best->streams)
			best = sub;
		last = sub->home;
		count++;
	}
	if (best->streams >= spread && count < rd__thread_count()) {
		struct rd__mixer *sub = open_sub(top, rd__thread_after(last));

		best = sub ? sub : best;
	}
	return best;
}

static struct rd__mixer *mixer_of(const struct rd__mixer *top, const struct rd_stream *stream)
{
	struct rd__member *member = stream ? stream->member : NULL;

	return member && rd__mixer_top(member->mixer) == top ? member->mixer : NULL;
}

struct rd__mixer *rd__mixer_place(struct rd__mixer *top, const struct rd__mix_role *role)
{
	struct rd__mixer *with = NULL;

	/* Whoever hears, or is heard by, one alone must be where that one is. */
	if (role && (role->hears || role->heard_by))
		with = mixer_of(top, role->hears ? role->hears : role->heard_by);
	if (with)
		return with;
	return top->streams < spread ? top : emptiest(top);
}
