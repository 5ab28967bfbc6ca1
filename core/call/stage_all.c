/* Everybody is seen by all others at once, each by a line of its own: who stays, stays on
 * the line where he is, but that the first is never empty. Where the far end has not
 * lines enough it is asked for more, and as long as there are not, the first shows who
 * talks. */
#include "core/call/bridge.h"
#include "core/call/join.h"
#include "core/media/gallery.h"
#include "core/media/media.h"

/* Of those who come and go soon after each other the far ends are told once. */
enum { GATHER_MS = 300 };

/* One who looks: his lines, and what each is to show; NULL: nothing. */
struct view {
	struct rd_channel *viewer;
	struct rd_stream *lines[RD_PICTURES_MAX]; /* NULL: not there */
	struct rd_stream *seen[RD_PICTURES_MAX];
};

/* ---- what there is to see ---- */

static struct rd_stream *source_of(const struct view *view, const struct rd_channel *ch)
{
	return ch && ch != view->viewer && rd__can_be_seen(ch) ? rd__media_pictures(ch) : NULL;
}

static bool is_source(const struct view *view, const struct rd__audience *audience,
		      const struct rd_stream *stream)
{
	for (int i = 0; stream && i < audience->count; i++)
		if (source_of(view, audience->all[i]) == stream)
			return true;
	return false;
}

static bool is_seen(const struct view *view, const struct rd_stream *source)
{
	for (int i = 0; i < RD_PICTURES_MAX; i++)
		if (view->seen[i] == source)
			return true;
	return false;
}

/* ---- the lines ---- */

/* One that the far end has shut is not there, unless it will open it again. */
static struct rd_stream *line_of(const struct rd_channel *viewer, int i)
{
	struct rd_stream *line = rd__media_pictures_at(viewer, i);
	const struct rd_stream_config *config = line ? rd_stream_config(line) : NULL;

	if (!config || !config->format_count)
		return NULL;
	return config->direction & RD_SENDONLY || viewer->on_hold || i == 0 ? line : NULL;
}

static int free_line(const struct view *view)
{
	int i = 0;

	while (i < RD_PICTURES_MAX && (!view->lines[i] || view->seen[i]))
		i++;
	return i < RD_PICTURES_MAX ? i : -1;
}

static void keep(struct view *view, const struct rd__audience *audience)
{
	for (int i = 0; i < RD_PICTURES_MAX; i++) {
		struct rd_stream *seen = NULL;

		view->lines[i] = line_of(view->viewer, i);
		if (view->lines[i])
			seen = rd__gallery_seen(view->lines[i]);
		if (is_source(view, audience, seen) && !is_seen(view, seen))
			view->seen[i] = seen;
	}
}

/* Returns how many there is no line for. */
static int fill(struct view *view, const struct rd__audience *audience)
{
	int left = 0;

	for (int i = 0; i < audience->count; i++) {
		struct rd_stream *source = source_of(view, audience->all[i]);
		int line;

		if (!source || is_seen(view, source))
			continue;
		line = free_line(view);
		if (line < 0)
			left++;
		else
			view->seen[line] = source;
	}
	return left;
}

/* It is always there, and large on most screens: it takes over from the last one. */
static void keep_first_busy(struct view *view)
{
	int last = RD_PICTURES_MAX - 1;

	while (last > 0 && !view->seen[last])
		last--;
	if (view->seen[0] || !last)
		return;
	view->seen[0] = view->seen[last];
	view->seen[last] = NULL;
}

/* ---- what the far end is asked for ---- */

static void ask(struct rd_bridge *bridge, struct rd_channel *ch, unsigned lines)
{
	ch->lines_wanted = (uint16_t)lines;
	if (lines != ch->lines && !rd_timer_running(&bridge->stage.gathering))
		rd_timer_start(&bridge->stage.gathering, GATHER_MS);
}

/* Those that show somebody, and for each who is left one that is not there. */
static unsigned lines_for(const struct view *view, int left)
{
	unsigned lines = 0;

	for (int i = 1; i < RD_PICTURES_MAX; i++)
		if (view->seen[i] || (!view->lines[i] && left-- > 0))
			lines |= 1u << i;
	return lines;
}

void rd__stage_ask_for_nothing(struct rd_bridge *bridge)
{
	struct rd_channel *ch[2];
	int count = rd_bridge_channels(bridge, ch, 2);

	for (int i = 0; i < count; i++)
		ask(bridge, rd__media_leg(ch[i]), 0);
}

/* Who holds is asked when he is back. */
static void tell(struct rd_channel *ch)
{
	struct rd_channel *leg = rd__media_leg(ch);

	if (!leg->on_hold)
		rd__media_want_lines(leg, leg->lines_wanted);
}

static void on_gathered(void *arg)
{
	struct rd_bridge *bridge = arg;
	int max = rd_bridge_count(bridge);
	struct rd_channel **all = rd_malloc((size_t)RD_MAX(max, 1) * sizeof(struct rd_channel *));

	if (!all) {
		rd_timer_start(&bridge->stage.gathering, GATHER_MS);
		return;
	}
	max = rd_bridge_channels(bridge, all, max);
	for (int i = 0; i < max; i++)
		tell(all[i]);
	rd_free(all);
}

void rd__stage_all_init(struct rd_bridge *bridge)
{
	rd_timer_init(&bridge->stage.gathering, on_gathered, bridge);
}

/* ---- all of it ---- */

void rd__stage_show_all(struct rd_bridge *bridge, const struct rd__audience *audience,
			struct rd_channel *viewer, struct rd_channel *talker)
{
	struct view view = { .viewer = viewer };
	struct rd_stream *talks = source_of(&view, talker);
	int left;

	keep(&view, audience);
	left = fill(&view, audience);
	if (left && talks && !is_seen(&view, talks))
		view.seen[0] = talks;
	keep_first_busy(&view);
	for (int i = 0; i < RD_PICTURES_MAX; i++)
		if (view.lines[i])
			rd__gallery_show(view.lines[i], view.seen[i]);
	ask(bridge, rd__media_leg(viewer), lines_for(&view, left));
}
