/* Ringdown SDK: messages of SIP as they go by on the wire, for whoever keeps or shows them.
 * The driver publishes these functions as an interface:
 *
 *	wire = rd_interface_get(RD_SIP_WIRE, RD_SIP_WIRE_VERSION);
 *	rc = wire->watch(&watcher);
 *
 * with .needs = { "chan_sip", NULL }. Nothing here yields. */
#ifndef RINGDOWN_SIP_WIRE_H
#define RINGDOWN_SIP_WIRE_H

#include <sys/socket.h>

#include <ringdown/base.h>
#include <ringdown/str.h>

#define RD_SIP_WIRE	    "sip_wire"
#define RD_SIP_WIRE_VERSION 1

/* It lives as long as the call. */
struct rd_sip_wire_message {
	const struct sockaddr *from, *to; /* of the packet; one of them is ours */
	bool sent;			  /* by us */
	bool is_stream;			  /* over TCP, TLS or a WebSocket, else UDP */
	bool is_secure;
	struct rd_str text;    /* as it is on the wire, in the clear; perhaps no valid message */
	struct rd_str call_id; /* absent: it has none */
};

struct rd_sip_wire_watcher {
	void (*notify)(const struct rd_sip_wire_message *message, void *arg);
	void *arg;
};

struct rd_sip_wire {
	/* Tell of each message from now on. There is one watcher at a time. 0, -EBUSY or
	 * -ENOMEM. */
	int (*watch)(const struct rd_sip_wire_watcher *watcher);
	void (*unwatch)(const struct rd_sip_wire_watcher *watcher);
};

#endif
