/* Which channel it is whose data a timer or a watch was given, for the report of a crash: by
 * where that lies, for nobody pays for saying it with each timer. */
#include <ringdown/channel.h>

#include "core/base/pool.h"
#include "core/call/call.h"

static bool owns(const struct rd_channel *ch, const void *data)
{
	return data == ch->tech_data || rd__channel_has_data(ch, data) ||
	       rd__pool_holds(ch->pool, data) || rd__pool_holds(ch->scratch, data);
}

const char *rd__channel_owner_name(const void *data)
{
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		if (owns(ch, data))
			return ch->name;
	return NULL;
}
