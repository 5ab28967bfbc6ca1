/* Texts that live in the room at the end of a struct. */
#ifndef CHANNELS_SIP_MESSAGE_ROOM_H
#define CHANNELS_SIP_MESSAGE_ROOM_H

#include <string.h>

#include <ringdown/str.h>

/* Copy a text to *at, which moves behind it. An absent text stays absent. */
static inline struct rd_str sip_room_put(char **at, struct rd_str text)
{
	struct rd_str copy = { text.p ? *at : NULL, text.n };

	if (text.n)
		memcpy(*at, text.p, text.n);
	*at += text.n;
	return copy;
}

#endif
