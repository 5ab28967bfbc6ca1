/* Who is seen in a bridge of more than two: all see the one who talks, who sees the
 * one before. Nobody takes the floor by a cough, and nobody is gone from sight
 * before one could look at him. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/call/bridge.h"
#include "core/call/join.h"
#include "core/media/gallery.h"

enum {
	/* Of talking take the floor from somebody who is silent; the last half second is
	 * the detector's patience. */
	TAKE_MS = 1000,
	OVER_MS = 4000, /* likewise from somebody who talks */
	KEEP_MS = 2000, /* at least so long it stays with one */
};

void rd__stage_clear(struct rd_bridge *bridge)
{
	struct rd__stage *stage = &bridge->stage;

	rd__gallery_close(stage->gallery);
	rd_timer_stop(&stage->timer);
	stage->gallery = NULL;
	stage->floor = stage->before = NULL;
}

void rd__stage_fini(struct rd_bridge *bridge)
{
	rd__stage_clear(bridge);
	rd_timer_stop(&bridge->stage.gathering);
}

struct rd_channel *rd_bridge_seen(const struct rd_bridge *bridge)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	return bridge->stage.floor;
}

/* ---- the audience ---- */

static bool has_pictures(const struct rd_channel *ch)
{
	const struct rd_stream *stream = rd__media_pictures(ch);

	return stream && rd_stream_config(stream)->format_count;
}

bool rd__can_be_seen(const struct rd_channel *ch)
{
	return !ch->on_hold &&
	       rd_stream_config(rd__media_pictures(ch))->direction & RD_RECVONLY;
}

static int gather(const struct rd_bridge *bridge, struct rd__audience *audience)
{
	int max = rd_bridge_count(bridge), kept = 0;

	audience->all = rd_malloc((size_t)RD_MAX(max, 1) * sizeof(*audience->all));
	if (!audience->all)
		return -ENOMEM;
	max = rd_bridge_channels(bridge, audience->all, max);
	for (int i = 0; i < max; i++)
		if (has_pictures(audience->all[i]))
			audience->all[kept++] = audience->all[i];
	audience->count = kept;
	return 0;
}

/* May have left, and be gone: only compared. */
static bool is_among(const struct rd__audience *audience, const struct rd_channel *ch)
{
	for (int i = 0; i < audience->count; i++)
		if (audience->all[i] == ch)
			return rd__can_be_seen(ch);
	return false;
}

static struct rd_channel *anybody_but(const struct rd__audience *audience,
				      const struct rd_channel *one)
{
	for (int i = 0; i < audience->count; i++)
		if (audience->all[i] != one && rd__can_be_seen(audience->all[i]))
			return audience->all[i];
	return NULL;
}

/* Who has talked for longest, of those who do not have the floor. */
static struct rd_channel *challenger(const struct rd__audience *audience,
				     const struct rd_channel *floor)
{
	struct rd_channel *found = NULL;

	for (int i = 0; i < audience->count; i++) {
		struct rd_channel *ch = audience->all[i];

		if (ch != floor && ch->talks_since_ms && rd__can_be_seen(ch) &&
		    (!found || ch->talks_since_ms < found->talks_since_ms))
			found = ch;
	}
	return found;
}

/* ---- the floor ---- */

/* When this one may have it, if all stays as it is. */
static uint64_t takes_at(const struct rd__stage *stage, const struct rd_channel *ch)
{
	const struct rd_channel *floor = stage->floor;

	if (!floor->talks_since_ms)
		return RD_MAX(stage->floor_ms + KEEP_MS, ch->talks_since_ms + TAKE_MS);
	return RD_MAX(stage->floor_ms, RD_MAX(ch->talks_since_ms, floor->talks_since_ms)) +
	       OVER_MS;
}

static void give(struct rd_bridge *bridge, struct rd_channel *ch)
{
	struct rd__stage *stage = &bridge->stage;

	stage->before = stage->floor;
	stage->floor = ch;
	stage->floor_ms = rd_now_ms();
	if (ch)
		rd_verbose("bridge %s: %s is seen", bridge->id, rd_channel_name(ch));
}

/* Now, or when the time has come. */
static void let_challenge(struct rd_bridge *bridge, const struct rd__audience *audience)
{
	struct rd__stage *stage = &bridge->stage;
	struct rd_channel *next;

	while (stage->floor && (next = challenger(audience, stage->floor))) {
		uint64_t at = takes_at(stage, next), now = rd_now_ms();

		if (at > now) {
			rd_timer_start(&stage->timer, (int)(at - now));
			return;
		}
		give(bridge, next);
	}
}

/* Is there one who was chosen? Then he has the floor. */
static bool give_to_chosen(struct rd_bridge *bridge, const struct rd__audience *audience)
{
	struct rd_channel *chosen = bridge->stage.chosen;

	if (!chosen || !is_among(audience, chosen))
		return false;
	if (bridge->stage.floor != chosen)
		give(bridge, chosen);
	return true;
}

static void decide(struct rd_bridge *bridge, const struct rd__audience *audience)
{
	struct rd__stage *stage = &bridge->stage;
	struct rd_channel *next;

	if (!is_among(audience, stage->floor))
		stage->floor = NULL;
	if (!is_among(audience, stage->before))
		stage->before = NULL;
	if (give_to_chosen(bridge, audience))
		return;
	if (!stage->floor) {
		next = challenger(audience, NULL);
		if (!next)
			next = stage->before ? stage->before : anybody_but(audience, NULL);
		give(bridge, next);
		stage->before = NULL;
	}
	let_challenge(bridge, audience);
}

/* ---- what they see ---- */

static void show(struct rd_bridge *bridge, const struct rd__audience *audience)
{
	struct rd__stage *stage = &bridge->stage;
	struct rd_channel *before = stage->before;

	if (!before || before == stage->floor)
		before = anybody_but(audience, stage->floor);
	for (int i = 0; i < audience->count; i++) {
		struct rd_channel *seen = audience->all[i] == stage->floor ? before : stage->floor;

		if (bridge->setup.pictures == RD_PICTURES_ALL) {
			rd__stage_show_all(bridge, audience, audience->all[i], seen);
			continue;
		}
		rd__gallery_show(rd__media_pictures(audience->all[i]),
				 seen ? rd__media_pictures(seen) : NULL);
	}
}

/* With its other lines, too: those show somebody only here. */
static void hang_one(struct rd__gallery *gallery, const struct rd_channel *ch)
{
	struct rd_stream *line;

	for (int i = 0; (line = rd__media_pictures_at(ch, i)); i++)
		rd__gallery_join(gallery, line);
}

/* Of the gallery are those who have pictures, and nobody else. */
static int hang(struct rd__stage *stage, const struct rd__audience *audience)
{
	int rc = 0;

	if (!stage->gallery)
		rc = rd__gallery_new(&stage->gallery, rd__media_pictures(audience->all[0]));
	if (rc)
		return rc;
	rd__gallery_mark(stage->gallery);
	for (int i = 0; i < audience->count; i++)
		hang_one(stage->gallery, audience->all[i]);
	rd__gallery_sweep(stage->gallery);
	return 0;
}

void rd__stage_set(struct rd_bridge *bridge)
{
	struct rd__stage *stage = &bridge->stage;
	struct rd__audience audience;
	int rc = gather(bridge, &audience);

	rd_timer_stop(&stage->timer);
	if (!rc && audience.count)
		rc = hang(stage, &audience);
	if (rc) {
		rd_error("bridge %s: who is seen stays as it is: %s", bridge->id,
			 rd_strerror(rc));
		stage->floor = stage->before = NULL; /* either may have left */
	} else if (!audience.count) {
		rd__stage_clear(bridge);
	} else {
		decide(bridge, &audience);
		show(bridge, &audience);
	}
	rd_free(audience.all);
}

void rd_bridge_show(struct rd_bridge *bridge, struct rd_channel *ch)
{
	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	if (bridge->stage.chosen == ch)
		return;
	bridge->stage.chosen = ch;
	if (bridge->stage.gallery)
		rd__stage_set(bridge);
}

static void on_time(void *arg)
{
	rd__stage_set(arg);
}

void rd__stage_init(struct rd_bridge *bridge)
{
	rd_timer_init(&bridge->stage.timer, on_time, bridge);
	rd__stage_all_init(bridge);
}
