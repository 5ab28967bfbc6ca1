/* The first line of a log of queues: see queue_start.h. */
#include <ringdown/clock.h>

#include "modules/queue_start.h"

static const struct rd_event_field nobody[] = { { "callid", "NONE" }, { "agent", "NONE" } };

struct rd_event queue_start(void)
{
	return (struct rd_event){ .type = RD_EVENT_QUEUE,
				  .wall_us = rd_wall_us(),
				  .name = "NONE",
				  .text = "QUEUESTART",
				  .fields = nobody,
				  .field_count = RD_ARRAY_SIZE(nobody) };
}
