/* Ringdown SDK: what people have decided about calls to them: forwards, do-not-disturb,
 * another phone to ring. One module keeps it (RD_MODULE(.reach = ...)); whoever dials a phone
 * obeys it, wherever it is dialled from. */
#ifndef RINGDOWN_REACH_H
#define RINGDOWN_REACH_H

#include <ringdown/base.h>

struct rd_channel;

enum rd_forward {
	RD_FORWARD_ALWAYS,
	RD_FORWARD_BUSY,
	RD_FORWARD_NO_ANSWER,
	RD_FORWARD_UNREACHABLE,
	RD_FORWARDS
};

/* All borrowed, until the next change. */
struct rd_reach_wish {
	/* He is as if busy, which may be forwarded; or the call is refused. Why, for the
	 * log; NULL: neither. */
	const char *busy, *refused;
	const char *device; /* rings in the place of the one that is called; NULL: none */
	const char *forward[RD_FORWARDS]; /* as RD_SIGNAL_REDIRECT has it; NULL: none */
	int no_answer_ms; /* before that forward; 0: as long as it may ring anyhow */
};

struct rd_reach {
	/* What the owner of a device ("SIP/1001") wants of a call of this caller; NULL: nobody
	 * calls, and only .device counts. False: nothing. Must not yield. */
	bool (*wish)(const char *device, const struct rd_channel *caller,
		     struct rd_reach_wish *wish);
	/* A phone begins a call: whose device is it for now? "SIP/1001", or NULL: its own.
	 * Must not yield. */
	const char *(*owner)(const char *device);
	void *reserved[2];
};

RD_API_BEGIN

/* Where the owner of a device has logged in, "SIP/1005". False: nowhere. */
bool rd_reach_desk(const char *device, char *desk, size_t size);
/* Whose phone a device is for now, "SIP/1001"; NULL: its own. Borrowed, until the next change,
 * which RD_EVENT_REACH tells. */
const char *rd_reach_guest(const char *device);

RD_API_END

#endif
