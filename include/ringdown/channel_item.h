/* Ringdown SDK: which items of CHANNEL() there are, for "dialplan check". A driver whose channels
 * have some of their own publishes struct rd_channel_items as the interface of this name. */
#ifndef RINGDOWN_CHANNEL_ITEM_H
#define RINGDOWN_CHANNEL_ITEM_H

#include <ringdown/base.h>

/* Of the technology "SIP"; without one, all that .get and .set are asked for may be known. */
#define RD_CHANNEL_ITEMS(tech)   "channel_items." tech
#define RD_CHANNEL_ITEMS_VERSION 1

struct rd_channel_items {
	/* Does .get or .set of the driver know it? Does not yield. */
	bool (*has)(const char *item);
};

RD_API_BEGIN

/* Has a channel of any technology this item? */
bool rd_channel_item_known(const char *item);
/* Is it one that is only shown? Of a driver's own nobody can say. */
bool rd_channel_item_only_shown(const char *item);

RD_API_END

#endif
