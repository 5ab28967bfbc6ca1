/* Who is seen in a bridge where more than two have pictures. */
#ifndef CORE_CALL_STAGE_H
#define CORE_CALL_STAGE_H

#include <ringdown/fiber.h>

struct rd_bridge;
struct rd_channel;

/* Part of its bridge. */
struct rd__stage {
	struct rd__gallery *gallery; /* NULL: nobody has pictures */
	struct rd_channel *floor, *before; /* whom all see, and whom that one sees */
	struct rd_channel *chosen; /* by rd_bridge_show(); NULL */
	uint64_t floor_ms; /* since when */
	struct rd_timer timer; /* somebody may take the floor then */
};

void rd__stage_init(struct rd_bridge *bridge);
/* Who is there, what they have, or who talks has changed. */
void rd__stage_set(struct rd_bridge *bridge);
/* Two see each other without it. */
void rd__stage_clear(struct rd_bridge *bridge);

#endif
