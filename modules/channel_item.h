/* What CHANNEL(item) gives, as a text of its own. */
#ifndef MODULES_CHANNEL_ITEM_H
#define MODULES_CHANNEL_ITEM_H

#include <ringdown/channel.h>
#include <ringdown/str.h>

/* To be freed with rd_free(). "" when there is no such item; NULL: no memory. */
static inline char *channel_item(struct rd_channel *ch, const char *item)
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_channel_get(ch, item, &text);
	return rd_buf_take(&text);
}

#endif
