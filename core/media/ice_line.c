/* What a line knows of ICE: the way that was chosen for each component. */
#include "core/media/ice_stream.h"

static const struct rd__address *rtcp_way(const struct rd__line *line)
{
	return &line->ways[line->setup->config.rtcp_mux ? 0 : 1];
}

void rd__line_agree_by_ice(struct rd__line *line)
{
	line->source.agreed.size = 0;
	line->source.learned = false;
	line->source.remote = line->ways[0];
	line->rtcp.remote = *rtcp_way(line);
}

void rd__line_take_way(struct rd__line *line, struct rd__ice_way *way)
{
	struct rd__event event = { .type = RD__EVENT_WAY_DONE,
				   .stream = RD__STREAM_OF(line),
				   .object = way };

	line->ways[way->component - 1] = way->remote;
	if (line->setup && line->setup->config.ice)
		rd__line_agree_by_ice(line);
	rd__thread_event(line->thread, &event);
}
