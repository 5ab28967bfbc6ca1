/* What crosses between the switch thread and a media thread: commands go down a
 * ring by value, events come back the same way. What they point at (setups,
 * players, recorders) belongs to whoever holds the message, and comes back to be
 * freed. */
#ifndef CORE_MEDIA_COMMAND_H
#define CORE_MEDIA_COMMAND_H

#include <ringdown/list.h>
#include <ringdown/stream.h>

struct rd__converter;
struct rd__law_table;

enum rd__command_type {
	RD__CMD_ATTACH = 1,
	RD__CMD_RELEASE,
	RD__CMD_CLOSE,
	RD__CMD_SETUP, /* object: setup */
	RD__CMD_LINK, /* object: peer, number: flags, table[] */
	RD__CMD_UNLINK,
	RD__CMD_SEE, /* object: the line's stream; NULL: nobody; gallery.h */
	RD__CMD_ECHO, /* number: on */
	RD__CMD_DIGIT, /* number: the character, number2: ms */
	RD__CMD_PICTURE, /* its far end wants a whole one */
	RD__CMD_PLAY, /* object: player */
	RD__CMD_PLAYER_STOP, /* object: player */
	RD__CMD_PLAYER_APPEND, /* object: player, number: the part */
	RD__CMD_PLAYER_CONTROL, /* object: player, number: action, number2: ms */
	RD__CMD_TAP, /* object: tap */
	RD__CMD_UNTAP, /* object: tap */
	RD__CMD_TAP_DECODERS, /* object: what taps decode with from now on */
	RD__CMD_CHANGE, /* object: changer */
	RD__CMD_UNCHANGE, /* object: changer */
	RD__CMD_RECORDER_ACT, /* object: recorder, number: action, number2: value */
	RD__CMD_KEY, /* object: srtp or NULL, number: enum rd__key_use; secure.h */
	RD__CMD_BUNDLE, /* object: bundle or NULL; bundle.h */
	RD__CMD_FEET, /* object: feet; bundle.h */
	RD__CMD_ICE_WAY, /* object: way; ice_stream.h */
	RD__CMD_WANT, /* number: a bit for each kind of datagram; demux.h */
	RD__CMD_MIX, /* object: mixer; no stream, like the next */
	RD__CMD_MIX_END, /* object: mixer, without members */
	RD__CMD_MIX_JOIN, /* object: member */
	RD__CMD_MIX_LEAVE, /* object: member */
	RD__CMD_MIX_ROLE, /* object: role_change */
	RD__CMD_QUIT,
};

struct rd__command {
	enum rd__command_type type;
	struct rd_stream *stream;
	void *object;
	int64_t number, number2;
	/* LINK: stream to peer, peer to stream. */
	const struct rd__law_table *table[2];
	struct rd__converter *converter[2];
};

/* A command on its way to the ring: waits for the end of the loop's turn, or
 * for its stream to arrive at a thread. */
struct rd__order {
	struct rd_list link;
	bool heap; /* freed once it is in the ring */
	struct rd__command command;
};

enum rd__event_type {
	RD__EVENT_RELEASED = 1,
	RD__EVENT_CLOSED,
	RD__EVENT_SETUP_DONE, /* object: the setup that is not used any more */
	RD__EVENT_CONVERTER_DONE, /* object: the converter of a former link */
	RD__EVENT_NOTICE, /* .notice */
	RD__EVENT_PLAYER_ENDED, /* object: player, number: rc */
	RD__EVENT_PLAYER_NEXT, /* object: player; the last of its queue has begun */
	RD__EVENT_PLAYER_GONE, /* object: player; it was stopped */
	RD__EVENT_RECORD_NOTIFY, /* object: recorder, number: what */
	RD__EVENT_TAP_LEFT, /* object: tap, number: the stream was closed */
	RD__EVENT_TAP_DECODERS_DONE, /* object: decoders */
	RD__EVENT_CHANGER_LEFT, /* object: changer */
	RD__EVENT_DETECTED, /* object: detector, number: what, notice.ms */
	RD__EVENT_MIX_GONE, /* object: mixer */
	RD__EVENT_MEMBER_GONE, /* object: member */
	RD__EVENT_ROLE_CHANGED, /* object: role_change, with the old cleaner */
	RD__EVENT_KEY_DONE, /* object: srtp that is not used any more */
	RD__EVENT_BUNDLE_DONE, /* object: bundle, to be freed */
	RD__EVENT_FEET_DONE, /* object: feet, with what it stood on before */
	RD__EVENT_WAY_DONE, /* object: way of ICE, to be freed */
	RD__EVENT_DATAGRAM, /* object: datagram, given back when handled; demux.h */
	RD__EVENT_HELD, /* object: code of a module that has held the thread, number: us */
	RD__EVENT_REPORT, /* the same, a report of RTP, number: we sent it; rtcp_told.h */
};

struct rd__event {
	enum rd__event_type type;
	struct rd_stream *stream;
	void *object;
	int64_t number;
	struct rd_stream_event notice;
};

#endif
