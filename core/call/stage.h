/* Who is seen in a bridge where more than two have pictures. */
#ifndef CORE_CALL_STAGE_H
#define CORE_CALL_STAGE_H

#include <ringdown/base.h>
#include <ringdown/fiber.h>

struct rd_bridge;
struct rd_channel;

/* Those who are there, and have pictures. */
struct rd__audience {
	struct rd_channel **all;
	int count;
};

/* Part of its bridge. */
struct rd__stage {
	struct rd__gallery *gallery; /* NULL: nobody has pictures */
	struct rd_channel *floor, *before; /* whom all see, and whom that one sees */
	struct rd_channel *chosen; /* by rd_bridge_show(); NULL */
	uint64_t floor_ms; /* since when */
	struct rd_timer timer; /* somebody may take the floor then */
	struct rd_timer gathering; /* far ends are asked for lines then */
};

void rd__stage_init(struct rd_bridge *bridge);
/* Who is there, what they have, or who talks has changed. */
void rd__stage_set(struct rd_bridge *bridge);
/* Two see each other without it. */
void rd__stage_clear(struct rd_bridge *bridge);
/* The bridge goes. */
void rd__stage_fini(struct rd_bridge *bridge);
/* Of one with pictures: does it show any now? */
bool rd__can_be_seen(const struct rd_channel *ch);

/* -- stage_all.c: RD_PICTURES_ALL -- */

void rd__stage_all_init(struct rd_bridge *bridge);
/* This one of the audience, who is in the gallery with all his lines, sees all others, or
 * as many as he can, the talker (NULL: nobody) among them. */
void rd__stage_show_all(struct rd_bridge *bridge, const struct rd__audience *audience,
			struct rd_channel *viewer, struct rd_channel *talker);
/* The two who are left see each other. */
void rd__stage_ask_for_nothing(struct rd_bridge *bridge);

#endif
