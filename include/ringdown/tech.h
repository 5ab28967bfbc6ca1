/* Ringdown SDK: for channel drivers. The core calls operations (they must not
 * yield); the driver posts signals. */
#ifndef RINGDOWN_TECH_H
#define RINGDOWN_TECH_H

#include <ringdown/base.h>
#include <ringdown/channel.h>
#include <ringdown/stream.h>
#include <ringdown/str.h>

/* What the core asks of a new outgoing leg. All borrowed. */
struct rd_call_request {
	const char *resource;		/* "1002" of SIP/1002 */
	struct rd_channel *caller;	/* the leg that dials; NULL: originated */
	const char *context;		/* for Local and transfers */
	const struct rd_codec *const *codecs; /* preferred, NULL-terminated; may be NULL */
};

/* What is known of a device before it is called: who is at it, and where what it dials is
 * looked up; "": not known. */
struct rd_device_facts {
	char name[80], number[80], context[80];
};

/* A call that takes one way after the other, until somebody answers. The beginning of a
 * struct of the technology that made it. */
struct rd_route {
	const struct rd_route_steps *steps;
};

/* How the leg before has ended, without an answer. */
struct rd_route_end {
	int cause;
	bool rang, progressed; /* it had rung, it had sent early media */
};

/**
 * What the core does with a route. Nothing yields but .prepare.
 *
 * @prepare the first of all, in the fiber that dials: what must be waited for before anybody is
 *          called. 0, also where that came to nothing; -ECANCELED: whoever dials has gone. May
 *          be NULL
 * @next    where to now: append "SIP/4711@provider". before: of the leg before, NULL:
 *          there was none. 0; or negative when nobody is left, and *cause, which is that of
 *          the leg before, is what the call ends with
 * @called  the leg was made, and is called if this is 0. May be NULL
 * @heard   its far end is there; rings: and has rung, or sent early media. May be NULL
 * @left    that leg is the dial's no longer, and may be freed. May be NULL
 * @end     the last call: somebody has answered, or nobody will
 */
struct rd_route_steps {
	int (*next)(struct rd_route *route, const struct rd_route_end *before,
		    struct rd_buf *target, int *cause);
	int (*called)(struct rd_route *route, struct rd_channel *leg);
	void (*left)(struct rd_route *route);
	void (*end)(struct rd_route *route);
	RD_YIELDS int (*prepare)(struct rd_route *route);
	void (*heard)(struct rd_route *route, bool rings);
};

/**
 * A channel technology. Operations get a live channel and must not yield;
 * NULL where it has none. Errors are negative errno.
 *
 * @request   make a channel (rd_channel_new), nothing sent yet; *chp is a reference for
 *            the core. On failure *chp is as it was, and *cause says why (a Q.850
 *            cause). NULL: its devices are lamps, and no route leads to them
 * @call      start the outgoing call
 * @answer    0, or -EINPROGRESS: the driver posts ANSWER when media can flow
 * @indicate  -ENOSYS where it cannot show it: the core plays a tone or music
 * @hangup    say goodbye. Not called when the driver itself has posted HANGUP.
 *            After either, the core lets go of the channel in a later turn,
 *            and calls .destroy when the last reference is gone
 * @alias     another name that people may use for it, as in "PJSIP/1001"; channels
 *            and devices have the first. NULL: none
 * @transfer  0 when it is done, -EINPROGRESS: the driver posts TRANSFER with
 *            the outcome in .number (0 or negative errno), and in .text what
 *            its protocol calls that ("486")
 * @beyond    whom the far end talks to from now on; zeros: nobody, or many. What the far
 *            end is told next says so; one that was told less is asked to send all again
 * @twin      a channel that is two ends of one (Local): the other end
 * @conference_entered  it entered a conference (rd_channel_conference()) after it was
 *            answered: tell the far end, if it can be told
 * @match     whoever it talks to has other pictures or text from now on, or is
 *            known only now: agree on the same with the far end
 * @want_picture  have the far end send a whole picture: somebody begins to watch it,
 *            and it agreed on no feedback by RTCP
 * @want_lines  it is in a room that shows several at once: have these lines of pictures with
 *            the far end, and no others; a bit for each of its streams of pictures, the
 *            first being as it is. What the far end does not want is not asked for again.
 *            STREAMS is posted when it has answered
 * @way_lost  no packet reaches the far end any more: agree on another way with it
 * @redirect_media  let media flow directly between the two far ends or, with
 *            peer NULL, through us again; -ENOSYS when it cannot
 * @prefer_codec  send this one of those that were agreed on, because the other side
 *            of the call speaks it: 0, also when it does. ask: also when the far end
 *            must be asked, by a new offer; STREAMS is posted when it has answered
 * @check     what is wrong with a resource that a file names, in a phrase that may be printed
 *            to buf; NULL: nothing that is known before it is called. During a review of
 *            what is in force next. Of no channel
 * @check_peer  the same of "provider" where only a call knows the number of
 *            "provider/number"; NULL: nothing is known then
 * @check_prefix  the same of what the names of channels may begin with
 * @device_state    enum rd_device_state of "1002" while no channel of it
 *            lives: NOT_INUSE, UNAVAILABLE, INVALID; a driver without
 *            channels ("Custom") may say any
 * @route     instead of request, for one without channels of its own that knows by whose a
 *            resource is reached: *rp is the core's until rd_route_steps.end. On failure
 *            *cause says why
 * @busy_at   of so many calls "1002" is BUSY, not INUSE; 0: of any number it is not.
 *            NULL: the same of all
 * @facts     of "1002", also while it is away: 0 or -ENOENT. NULL: of nobody
 */
struct rd_tech {
	const char *name, *synopsis, *alias;
	int (*request)(const struct rd_call_request *request,
		       struct rd_channel **chp, int *cause);
	int (*call)(struct rd_channel *ch);
	int (*answer)(struct rd_channel *ch);
	int (*indicate)(struct rd_channel *ch, enum rd_indication what);
	void (*hangup)(struct rd_channel *ch, int cause);
	int (*send_digit)(struct rd_channel *ch, char digit, int ms);
	int (*send_text)(struct rd_channel *ch, const char *text);
	int (*transfer)(struct rd_channel *ch, const char *target);
	int (*party_changed)(struct rd_channel *ch, enum rd_party_kind kind);
	void (*conference_entered)(struct rd_channel *ch);
	int (*match)(struct rd_channel *ch, const struct rd_channel *other);
	int (*want_picture)(struct rd_channel *ch);
	int (*way_lost)(struct rd_channel *ch);
	int (*redirect_media)(struct rd_channel *ch, struct rd_channel *peer);
	int (*prefer_codec)(struct rd_channel *ch, const struct rd_codec *codec, bool ask);
	void (*beyond)(struct rd_channel *ch, const struct rd_beyond *beyond);
	struct rd_channel *(*twin)(const struct rd_channel *ch);
	int (*get)(struct rd_channel *ch, const char *item, struct rd_buf *out);
	int (*set)(struct rd_channel *ch, const char *item, const char *value);
	void (*destroy)(struct rd_channel *ch);
	int (*device_state)(const char *resource);
	unsigned (*busy_at)(const char *resource);
	int (*facts)(const char *resource, struct rd_device_facts *facts);
	const char *(*check)(const char *resource, char *buf, size_t size);
	const char *(*check_prefix)(const char *prefix, char *buf, size_t size);
	int (*route)(const struct rd_call_request *request, struct rd_route **rp, int *cause);
	int (*want_lines)(struct rd_channel *ch, unsigned lines);
	const char *(*check_peer)(const char *peer, char *buf, size_t size);
};

/* Streams of pictures of one channel. */
#define RD_PICTURES_MAX 9

struct rd_channel_params {
	const struct rd_tech *tech;
	void *tech_data;
	const char *base_name;	   /* "SIP/1001": the device; the core adds "-0000002a" */
	const char *suffix;	   /* after that; NULL for none: ";1" */
	uint32_t serial;	   /* of rd_channel_serial(), to share it; 0: a new one */
	enum rd_channel_state state;
	bool outgoing;
	const char *context, *exten;
	const char *language, *account, *music_class, *tone_zone;
	const struct rd_channel *linked_to; /* same linkedid; may be NULL */
	/* RD_PARTY_CALLER from the beginning, for who hears of the channel then. Copied; NULL: not
	 * known yet. */
	const struct rd_party *caller;
	void *reserved[1];
};

RD_API_BEGIN

/* 0 with one reference, -ENOMEM, or -EBUSY when no more calls are taken, and it is not linked to
 * one. */
int rd_channel_new(struct rd_channel **chp, const struct rd_channel_params *params);
/* As it was given. */
void *rd_channel_tech_data(const struct rd_channel *ch);
uint32_t rd_channel_serial(const struct rd_channel *ch);

/* The driver's media lines; the first audio stream is the channel's voice.
 * take: the channel closes it at its end and listens to its events: digits
 * become signals, a time-out hangs up. 0, or -ENOSPC: it is the caller's still. */
int rd_channel_take_stream(struct rd_channel *ch, struct rd_stream *stream);
/* Another in the place of one that was taken, which is closed: the far end turned
 * out to be elsewhere. Before any sound of it was heard. 0 or -ENOENT. */
int rd_channel_replace_stream(struct rd_channel *ch, struct rd_stream *old,
			      struct rd_stream *stream);
/* Whose it is, borrowed; NULL: it was closed, or is no leg's. */
struct rd_channel *rd_channel_of_stream(const struct rd_stream *stream);
/* Of this kind, borrowed; NULL: it has none. */
struct rd_stream *rd_channel_stream(const struct rd_channel *ch, enum rd_media_kind kind);
/* What was agreed on with the far end of this leg, or of the one that is behind it
 * (Local); NULL: it has nothing of the kind. */
const struct rd_stream_config *rd_channel_media(const struct rd_channel *ch,
						enum rd_media_kind kind);
/* Let this leg agree with its far end on such pictures and text as the other one has.
 * -EINPROGRESS: the far end is asked. */
int rd_channel_match(struct rd_channel *ch, struct rd_channel *other);

/* The leg that it talks to, seen through Local channels; NULL: nobody, or several. Borrowed. */
struct rd_channel *rd_channel_talks_to(const struct rd_channel *ch);

/* Give an incoming leg its fiber, which runs the dialplan from its place.
 * 0, -ENOMEM, -EAGAIN (no fiber to be had). */
int rd_channel_start(struct rd_channel *ch);
/* The same, but it runs one application and then hangs up. */
int rd_channel_start_app(struct rd_channel *ch, const char *app, const char *args);

/* What parent calls for its own call, or its other half (Dial, Local channels): child gets
 * the variables that are inherited, what is known of the way that the call has come, through
 * how many dials and who has sent it on, and which devices it is for. 0, -ENOMEM;
 * -EOVERFLOW: child would have more than RD_VARS_MAX variables. */
int rd_channel_inherit(struct rd_channel *child, const struct rd_channel *parent);

/* By this drivers tell each other which devices of a phone a call is for where not all of
 * them are meant: "phone\tdevice\n" for each; "": all. It is inherited; the core hands that
 * of a leg that forwards to those who are called instead, and takes it from caller and leg
 * when somebody answers. The dialplan has it as CHANNEL(calleddevices). */
const char *rd_channel_called_devices(const struct rd_channel *ch);
/* 0 or -ENOMEM. */
int rd_channel_set_called_devices(struct rd_channel *ch, const char *lines);

/* Post a signal to the channel. HANGUP ends it: no signal follows. */
void rd_channel_signal(struct rd_channel *ch, const struct rd_signal *signal);
/* The usual ones. */
void rd_channel_post(struct rd_channel *ch, enum rd_signal_type type, int number);

/* RD_SIGNAL_REDIRECT, to a target of any length. */
void rd_channel_post_redirect(struct rd_channel *ch, int rank, struct rd_str target);
/* RD_SIGNAL_TEXT, of any length. */
void rd_channel_post_text(struct rd_channel *ch, struct rd_str text);

/* Look up a technology: "SIP". Borrowed until its module goes; NULL: there is none. */
const struct rd_tech *rd_tech_find(const char *name);

enum rd_device_state {
	RD_DEVICE_UNKNOWN,
	RD_DEVICE_NOT_INUSE,
	RD_DEVICE_INUSE,
	RD_DEVICE_BUSY,
	RD_DEVICE_INVALID,
	RD_DEVICE_UNAVAILABLE,
	RD_DEVICE_RINGING,
	RD_DEVICE_RINGINUSE,
	RD_DEVICE_ONHOLD,
};
/* State of "SIP/1002", "Custom:door", combined for "a&b". */
enum rd_device_state rd_device_state(const char *devices);
const char *rd_device_state_name(enum rd_device_state state); /* "NOT_INUSE" */
/* Walk the channels of a device: NULL starts; borrowed, do not yield in between. */
struct rd_channel *rd_device_channel(const char *device, const struct rd_channel *after);
/* A driver says that a device may have changed; the core asks and publishes. */
void rd_device_changed(const char *device);
/* Of "SIP/1001": 0 or -ENOENT. */
int rd_device_facts(const char *device, struct rd_device_facts *facts);
/* A device or a channel, or how its name begins, by the name that channels go by: "SIP/10"
 * for "PJSIP/10". In buf, or name itself: there is nothing to replace, or no room. */
const char *rd_tech_proper_name(const char *name, char *buf, size_t size);
/* The other way round: the same device by the alias of its technology: "PJSIP/1001" for "SIP/1001".
 * False when there is no such name, or no room for it. */
bool rd_device_alias(const char *device, char *buf, size_t size);

/* What is wrong with "SIP/1001&SIP/1002" before the first comma, in a phrase in buf (see
 * rd_tech.check); NULL: nothing that is known. May be the check of an application. */
const char *rd_devices_fault(const char *args, char *buf, size_t size);
/* Likewise "SIP/10", with which names of channels begin. */
const char *rd_channel_prefix_fault(const char *args, char *buf, size_t size);

RD_API_END

#endif
