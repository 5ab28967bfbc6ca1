/* Inside of the location, for location.c and location_store.c only. */
#ifndef CHANNELS_SIP_ENDPOINT_LOCATION_TABLE_H
#define CHANNELS_SIP_ENDPOINT_LOCATION_TABLE_H

#include <ringdown/map.h>

#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/endpoint/location.h"

struct sip_location {
	struct rd_map *aors;
	struct rd_list dirty; /* records to write */
	struct rd_timer flush;
	struct sip_flow_watcher watcher;
	struct rd_list connections[1024]; /* contacts, by their connection */
	struct rd_list gruus[256]; /* contacts, by epoch */
	uint8_t gruu_key[16];
	uint64_t stamp;
	const struct sip_location_user *user;
	bool stored; /* the store is open, or will be */
	bool loading;
};

#endif
