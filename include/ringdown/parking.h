/* Ringdown SDK: parking, for those who send calls there: keys, drivers. Whoever parks
 * publishes struct rd_parking as the interface RD_PARKING. */
#ifndef RINGDOWN_PARKING_H
#define RINGDOWN_PARKING_H

#include <ringdown/base.h>

struct rd_channel;

#define RD_PARKING	   "parking"
#define RD_PARKING_VERSION 2

struct rd_parking {
	/* Where whom this leg talks to is to be sent: the extension of its lot. Borrowed, do
	 * not yield. -ENOENT: it has no such lot, or that has no extension. */
	int (*place_for)(struct rd_channel *parker, const char **context, const char **exten);
	/* Is this extension that of a lot? Who sends a call there is to hear the number.
	 * context: the one that has it, see rd_dialplan_home(). */
	bool (*parks)(const char *context, const char *exten);
};

#endif
