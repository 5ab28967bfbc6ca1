/* Devices: what a phone does, by all its channels (device.c). */
#ifndef CORE_CALL_DEVICE_H
#define CORE_CALL_DEVICE_H

#include "core/call/call.h"

RD_API_BEGIN

/* One device ("SIP/1001"): its channels, the newest last. */
struct rd__device {
	struct rd_list channels;
	char *name;
	int ringing, busy, held; /* of the channels; held ones are counted twice */
	enum rd_device_state state; /* as it was when we looked at it last... */
	bool looked_at; /* ...if we did */
};

struct rd__device *rd__device_find(const char *name);
/* The channel is one of its device, which is made for it: 0 or -ENOMEM. */
int rd__device_join(struct rd_channel *ch, const char *name);
void rd__device_leave(struct rd_channel *ch);
/* As rd_device_changed(), for one that has channels. */
void rd__device_changed(struct rd__device *device);
/* Add a channel to what its device counts, or (-1) take it away: before and after
 * its state changes. */
void rd__device_count(const struct rd_channel *ch, int by);
void rd__devices_free(void); /* at the end */

RD_API_END

#endif
