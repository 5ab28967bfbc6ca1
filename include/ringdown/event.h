/* Ringdown SDK: what happened, on one bus. Call records, presence, lamps and
 * management interfaces subscribe; call code never calls them by name.
 * Subscribers run at once, on the switch thread, and must not yield. */
#ifndef RINGDOWN_EVENT_H
#define RINGDOWN_EVENT_H

#include <ringdown/base.h>

struct rd_channel;
struct rd_bridge;

enum rd_event_type {
	RD_EVENT_CHANNEL_NEW = 1, /* channel */
	RD_EVENT_CHANNEL_STATE, /* channel: its state changed */
	RD_EVENT_CHANNEL_PARTY, /* channel: an identity changed */
	RD_EVENT_CHANNEL_VAR, /* channel (NULL: global), name, text */
	RD_EVENT_CHANNEL_STEP, /* channel runs name: an application, text: its arguments;
				* number: how many subroutines deep */
	RD_EVENT_CHANNEL_HOLD, /* channel, number: 1 hold, 0 resume */
	RD_EVENT_CHANNEL_DIGIT, /* channel, text: the digit, number: ms */
	RD_EVENT_CHANNEL_QUALITY, /* channel ends, name: "audio" "video" "text" "image",
				   * text: codec; once for each stream;
				   * fields: rxmos txmos (1 to 4.5, ""
				   * when nothing was heard), rxcount txcount rxploss txploss
				   * strangers (packets; of others, as far as they were seen:
				   * rd_stream_stats), rxjitter txjitter rtt (ms) */
	RD_EVENT_CHANNEL_TALK, /* channel, number: 1 begins to talk, 0 is silent; text: ms
				* that it talked */
	RD_EVENT_CHANNEL_END, /* channel, number: cause; before it is freed */
	RD_EVENT_DIAL_BEGIN, /* channel: caller (may be NULL), peer, text: dialled; name: what
			      * was dialled by keys in a talk, else NULL; number 1: who
			      * is called is behind the channel, if that is a Local one */
	RD_EVENT_DIAL_STATE, /* channel, peer, text: RINGING PROGRESS ... */
	RD_EVENT_DIAL_END, /* channel, peer, text: DIALSTATUS */
	RD_EVENT_BRIDGE_NEW, /* bridge */
	RD_EVENT_BRIDGE_ENTER, /* bridge, channel */
	RD_EVENT_BRIDGE_LEAVE, /* bridge, channel */
	RD_EVENT_BRIDGE_END, /* bridge */
	RD_EVENT_BRIDGE_TALK, /* bridge, channel, number: 1 begins to talk, 0 is silent */
	RD_EVENT_TRANSFER, /* channel sends peer away; name: "blind" "attended"
			    * "replace", text: place, or channel joined with */
	RD_EVENT_TRANSFER_END, /* channel (NULL: has gone), peer, text: "DONE"
				* "FAILED", number: cause */
	RD_EVENT_PICKUP, /* channel answers for peer, which rang */
	RD_EVENT_PARKING, /* channel, name: its place, "701@default", text: "PARKED",
			   * and once "RETRIEVED" (by peer) "TIMEOUT" "ABANDONED";
			   * fields: parker, a device */
	RD_EVENT_QUEUE, /* something of a queue happens; name: its name or "NONE",
			 * text: "ENTERQUEUE" ..., fields: callid agent ("NONE"), data
			 * (all of it, with |), data1 to data5 (one by one) */
	RD_EVENT_DEVICE_STATE, /* name: "SIP/1001", text: "NOT_INUSE" */
	RD_EVENT_HINT_STATE, /* name: "1001@office", text: state */
	RD_EVENT_CONTACT, /* name: address of record, text: contact; number: 0 gone,
			   * 1 new, 2 it answers, 3 it does not; 0 has a field
			   * "reason" as RFC 3680 says it: "expired" */
	RD_EVENT_REGISTRATION, /* of ours with a peer; name: "provider", text: "Registered"
				* "Failed" (tried again) "Refused" "Unregistered", number:
				* status, 0: no answer; fields: contact flow (1 and so on),
				* endpoint: another peer, whose it is */
	RD_EVENT_TRUNK, /* name: "provider", text: its state as "sip show trunks" has it;
			 * number: calls with it */
	RD_EVENT_SECURITY, /* name: what, text: details, fields */
	RD_EVENT_RECORDING, /* channel, name: file, text: state */
	RD_EVENT_RELOAD, /* name: module or "core", number: 0 or errno */
	RD_EVENT_MODULE, /* name, text: "loaded" "unloaded" "reloaded" (a new file beside the old
			  * one); for a new file after the old one these stand between
			  * "replacing" and "replaced", whatever comes of it */
	RD_EVENT_MWI, /* name: "1001@default", number: new messages */
	RD_EVENT_CONFERENCE, /* bridge, name: of a conference; text: "START" "JOIN" "LEAVE"
			      * "MUTE" "UNMUTE" "LOCK" "UNLOCK" "RECORD" "STOP_RECORD" "END";
			      * channel: of whom, where it is of one */
	RD_EVENT_DIAL_SPARED, /* channel: caller, name: "SIP/1001", text: DIALSTATUS: it does
			       * not ring, because its owner wants it so */
	RD_EVENT_REACH, /* somebody wants to be called otherwise; name: who, "1001"; text: what
			 * of it, "dnd" "forward/busy"; fields: value, "" where it ended; before */
	RD_EVENT_EMERGENCY, /* channel makes an emergency call; name: its device; text: "CALL"
			     * "PREEMPT" (peer is ended for it) "END"; fields: site dialled
			     * callback status (DIALSTATUS, at the end) */
	RD_EVENT_CALL_RECORD, /* a call detail record is complete; channel: party A, or
			       * NULL; fields: docs/records.md names them */
	RD_EVENT_CALL_EVENT, /* the channel event log (cel.conf) tells of channel; fields:
			      * docs/records.md names them */
	RD_EVENT_SHUTDOWN, /* number: 1 gracefully, 0 at once; all still work */
	RD_EVENT_USER, /* UserEvent(): channel, name, fields */
	RD_EVENT_CONTACT_RENEWED, /* name: address of record, text: contact; by who was there
				   * before: more often than all RD_EVENT_CONTACTs together */
	RD_EVENT_TYPES
};

struct rd_event_field {
	const char *name, *value;
};

/* All pointers are borrowed for the time of the call; most are NULL. */
struct rd_event {
	enum rd_event_type type;
	uint64_t wall_us;
	const struct rd_channel *channel, *peer;
	const struct rd_bridge *bridge;
	const char *name, *text;
	int64_t number;
	const struct rd_event_field *fields; /* field_count of them */
	size_t field_count;
	void *reserved[2];
};

#define RD_EVENT_BIT(type) (UINT64_C(1) << (type))

/* A row of RD_MODULE(.subscribers); types: RD_EVENT_BIT()s or'ed, read when it is
 * subscribed. */
struct rd_subscriber {
	const char *name;
	uint64_t types;
	void (*notify)(const struct rd_event *event, void *arg);
	void *arg;
};

RD_API_BEGIN

/* For subscriptions that come and go; the row is borrowed until removed. 0 or -ENOMEM. */
int rd_subscribe(const struct rd_subscriber *subscriber);
void rd_unsubscribe(const struct rd_subscriber *subscriber);

/* Tell all subscribers; wall_us is filled in. Costs a bit test when nobody
 * listens: look with rd_event_wanted() before you build something costly. */
void rd_event_publish(struct rd_event *event);
bool rd_event_wanted(enum rd_event_type type);

/* The value of a field, "" when there is none of that name. The second looks at place
 * *at first, and leaves it behind what it found: who asks in the order in which the
 * fields are told finds each at once. Borrowed from the event. */
const char *rd_event_value(const struct rd_event *event, const char *name);
const char *rd_event_value_at(const struct rd_event *event, const char *name, size_t *at);

/* "ChannelNew"; NULL for an unknown type. */
const char *rd_event_name(enum rd_event_type type);

RD_API_END

#endif
