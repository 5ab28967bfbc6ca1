/* Changers of a line, one behind the other. One that wants a rate of its own gets it,
 * and what it leaves is brought back to the rate that it had. */
#include <string.h>

#include "core/media/change.h"
#include "core/media/command.h"
#include "core/media/engine.h"
#include "core/media/line.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

/* ---- the switch thread's part ---- */

static int add_rate(struct rd__changer *changer, int side, size_t i)
{
	struct rd__resamplers *back = &changer->back[side][i];
	int rc = rd__resamplers_add(&changer->there[side], rd_rates[i], RD__RESAMPLE_CALL);

	rd__resamplers_init(back, rd_rates[i]);
	return rc ? rc : rd__resamplers_add(back, changer->rate, RD__RESAMPLE_CALL);
}

int rd__changer_init(struct rd__changer *changer, const struct rd__changer_ops *ops,
		     unsigned sides, int rate)
{
	int rc = 0;

	memset(changer, 0, sizeof(*changer));
	changer->ops = ops;
	changer->sides = sides;
	changer->rate = rate;
	rd_list_init(&changer->in_line);
	for (int side = 0; side < RD__TAP_SIDES; side++) {
		rd__resamplers_init(&changer->there[side], rate);
		for (size_t i = 0; rate && sides & 1u << side && i < RD_RATES; i++)
			rc = rc ? rc : add_rate(changer, side, i);
	}
	if (rc)
		rd__changer_fini(changer);
	return rc;
}

void rd__changer_fini(struct rd__changer *changer)
{
	for (int side = 0; side < RD__TAP_SIDES; side++) {
		rd__resamplers_fini(&changer->there[side]);
		for (int i = 0; i < RD__RESAMPLERS_MAX; i++)
			rd__resamplers_fini(&changer->back[side][i]);
	}
}

static void count_sides(int counts[RD__TAP_SIDES], unsigned sides, int change)
{
	for (int side = 0; side < RD__TAP_SIDES; side++)
		if (sides & 1u << side)
			counts[side] += change;
}

void rd__stream_change(struct rd_stream *stream, struct rd__changer *changer)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_assert(!stream->closing);
	changer->stream = stream;
	changer->stopped = false;
	rd__order_init(&changer->start, stream, RD__CMD_CHANGE, changer);
	rd__order_init(&changer->stop, stream, RD__CMD_UNCHANGE, changer);
	rd__order(stream, &changer->start);
	count_sides(stream->changes, changer->sides, 1);
	rd__stream_link_again(stream);
}

void rd__stream_unchange(struct rd__changer *changer)
{
	struct rd_stream *stream = changer->stream;

	/* A stream that closes lets go of it anyway. */
	if (!stream || stream->closing || changer->stopped)
		return;
	changer->stopped = true;
	rd__order(stream, &changer->stop);
	count_sides(stream->changes, changer->sides, -1);
	rd__stream_link_again(stream);
}

void rd__changers_event(const struct rd__event *event)
{
	struct rd__changer *changer = event->object;

	changer->stream = NULL;
	changer->ops->left(changer);
}

bool rd__link_changes(const struct rd_stream *from, const struct rd_stream *to)
{
	return from->changes[RD__TAP_IN] || to->changes[RD__TAP_OUT];
}

/* ---- the line's part ---- */

static void let_go(struct rd__line *line, struct rd__changer *changer)
{
	struct rd__event event = { .type = RD__EVENT_CHANGER_LEFT,
				   .stream = RD__STREAM_OF(line),
				   .object = changer };

	rd_list_remove(&changer->in_line);
	count_sides(line->changes, changer->sides, -1);
	rd__thread_event(line->thread, &event);
}

void rd__changers_command(struct rd__line *line, const struct rd__command *command)
{
	struct rd__changer *changer = command->object;

	if (command->type == RD__CMD_UNCHANGE) {
		let_go(line, changer);
		return;
	}
	rd_list_push(&line->changers, &changer->in_line);
	count_sides(line->changes, changer->sides, 1);
}

void rd__changers_close(struct rd__line *line)
{
	while (!rd_list_empty(&line->changers))
		let_go(line, rd_list_entry(line->changers.next, struct rd__changer, in_line));
}

static struct rd__resamplers *back_to(struct rd__changer *changer, enum rd__tap_side side, int rate)
{
	for (int i = 0; i < RD__RESAMPLERS_MAX; i++)
		if (changer->back[side][i].to == rate)
			return &changer->back[side][i];
	return NULL;
}

/* By way of its own rate. What gets lost on the way between odd rates is a sample. */
static void change_resampled(struct rd__line *line, struct rd__changer *changer,
			     enum rd__tap_side side, int16_t *samples, size_t count, int rate)
{
	struct rd__resamplers *back = back_to(changer, side, rate);
	int16_t *room = line->thread->tap_resampled;
	size_t n = count;

	if (!back || !rd__resamplers_run(&changer->there[side], rate, samples, &n, room,
					 RD__FRAME_MAX))
		return;
	changer->ops->change(changer, side, room, n, changer->rate);
	rd__resamplers_run(back, changer->rate, room, &n, samples, count);
	for (; n > 0 && n < count; n++)
		samples[n] = samples[n - 1];
}

void rd__line_change(struct rd__line *line, enum rd__tap_side side, int16_t *samples,
		     size_t count, int rate)
{
	/* The list lies far from what packets need. */
	if (!rd__line_changes(line, side))
		return;
	rd_list_foreach(node, tmp, &line->changers) {
		struct rd__changer *changer = rd_list_entry(node, struct rd__changer, in_line);

		if (!(changer->sides & 1u << side))
			continue;
		if (!changer->rate || changer->rate == rate)
			changer->ops->change(changer, side, samples, count, rate);
		else
			change_resampled(line, changer, side, samples, count, rate);
	}
}

const int16_t *rd__line_changed(struct rd__line *line, const int16_t *samples, size_t count)
{
	int16_t *altered = line->thread->altered;

	if (!rd__line_changes(line, RD__TAP_OUT))
		return samples;
	memcpy(altered, samples, count * sizeof(*samples));
	rd__line_change(line, RD__TAP_OUT, altered, count, rd__line_rate(line));
	return altered;
}
