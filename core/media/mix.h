/* The inside of the mixer, between mixer.c (the switch thread's half), mix.c
 * (the tick), mix_hear.c (what somebody says) and mix_say.c (what somebody
 * hears).
 *
 * Mixers, members and outlets are made on the switch thread and belong to the
 * media thread from the order that takes them there until the event that
 * brings them back. */
#ifndef CORE_MEDIA_MIX_H
#define CORE_MEDIA_MIX_H

#include <stdatomic.h>

#include <ringdown/list.h>

#include "core/media/command.h"
#include "core/media/jitter.h"
#include "core/media/mixer.h"
#include "core/media/plc.h"
#include "core/media/resample.h"
#include "core/media/rtp.h"
#include "core/media/sample_ring.h"
#include "core/media/voice_detect.h"

enum {
	RD__MIX_FRAME_MAX = 1920, /* 40 ms at 48 kHz */
	RD__MIX_PACKET_MS = 120, /* the longest that may come */
};

struct rd__member;

/* A role as the media thread knows it. */
struct rd__member_role {
	bool mute, deaf, always;
	int gain_in, gain_out;
	struct rd__member *hears, *heard_by;
};

/* Frames of the mixer become packets of a codec, of which all begin with the same ticks:
 * who goes from one packer to another goes on in the midst of a packet. */
struct rd__packer {
	struct rd__resampler *resampler; /* NULL: the same rate */
	size_t count, size; /* samples there are, and in a packet */
	size_t frame; /* samples that a frame of the mixer becomes */
	size_t max;
	uint64_t tick; /* of the last frame that it took */
	int16_t *samples; /* those of a full packet stay until the next tick */
};

/* One encoding, shared by all who hear the room as it is. */
struct rd__outlet {
	struct rd_list in_mixer; /* the switch thread's */
	int users;
	const struct rd_codec *codec;
	char fmtp[96];
	void *encoder;
	/* the media thread's */
	struct rd__packer packer;
	int bytes; /* of the packet of this tick; 0: none is due */
	size_t bytes_max;
	uint8_t *packet;
};

/* The other end of a member that is no stream, or of two: a trunk between mixers. */
struct rd__port {
	struct rd__sample_ring *in, *out; /* of the room's rate */
	atomic_int ends; /* 2: both know it; the last frees it */
	struct rd__member *member; /* the switch thread\'s; NULL: has left */
};

struct rd__mixer {
	/* the switch thread's */
	struct rd__thread *home;
	struct rd__mixer *top; /* NULL: it is the top of its room */
	struct rd_list subs; /* in_room; of the top */
	struct rd_list in_room;
	int streams;
	struct rd_list members_wanted; /* in_mixer */
	struct rd_list outlets;
	struct rd__order start, end;
	/* never changed */
	int rate, frame_ms;
	size_t frame;
	/* the media thread's */
	struct rd_list in_thread;
	struct rd_list members; /* in_mix */
	struct rd_list heard; /* in_heard: those that each tick listens to */
	uint64_t due_us, tick;
	uint64_t common_ticks[2];
	int whisperers;
	int32_t sum[RD__MIX_FRAME_MAX];
	int16_t common[2][RD__MIX_FRAME_MAX]; /* of this tick and the one before */
	int16_t scratch[RD__MIX_FRAME_MAX];
};

struct rd__member {
	/* the media thread's: what each tick looks at comes first, and is little */
	struct rd_list in_mix, in_heard;
	struct rd__line *line; /* NULL: a port, or not in the mix */
	struct rd__port *port;
	struct rd__outlet *outlet; /* what it hears with others */
	struct rd__jitter *jitter;
	const struct rd__setup *setup; /* only to fetch it in time; may be an old one */
	struct rd__member_role role;
	bool resting; /* epoll tells of the next packet */
	bool came; /* a packet, since it rests */
	bool awake; /* what comes is decoded */
	bool behind; /* more than one packet waited */
	bool heard; /* .frame is somebody's voice */
	bool summed; /* and part of the sum */
	bool taken; /* the frame is still the beginning of the queue */
	bool plc_behind; /* what was heard lately is in the jitter buffer only */
	bool concealed; /* what comes next is joined to what was made up */
	uint8_t format; /* last heard */
	uint8_t led; /* packets since it may hear the common sound; UINT8_MAX: it does */
	unsigned empty_ticks;
	struct rd__voice_detector voice;
	int seen_level; /* of packets that were not decoded further */
	size_t queued, queue_max;
	struct rd__packer packer; /* how it hears alone */
	void *cleaner; /* SpeexPreprocessState */
	struct rd__plc *plc; /* NULL: its codec conceals by itself */
	struct rd__resampler *in[RD_STREAM_FORMATS]; /* by format */
	/* the switch thread's */
	struct rd__mixer *mixer;
	struct rd_stream *stream; /* NULL: a port */
	struct rd_list in_mixer;
	struct rd__mix_role wanted;
	struct rd__order start, stop;
	bool far_end; /* of a port: what is out for the other is in for this one */
	bool ordered; /* .start has been given */
	bool marked; /* to stay */
	/* What it says in this tick, and behind it what comes next. */
	int16_t frame[];
};

enum { RD__MEMBER_HOT = 240 }; /* bytes in front that each tick looks at */
_Static_assert(offsetof(struct rd__member, in[0]) < RD__MEMBER_HOT, "see above");

/* A role on its way, freed when it comes back. */
struct rd__role_change {
	struct rd__member *member;
	struct rd__member_role role;
	bool another_buffer; /* this one, from now on */
	struct rd_jitter_buffer buffer;
	void *cleaner; /* goes down new, comes back old */
};

static inline struct rd__mixer *rd__mixer_top(struct rd__mixer *mixer)
{
	return mixer->top ? mixer->top : mixer;
}

static inline struct rd__sample_ring *rd__member_source(const struct rd__member *member)
{
	return member->far_end ? member->port->out : member->port->in;
}

static inline struct rd__sample_ring *rd__member_sink(const struct rd__member *member)
{
	return member->far_end ? member->port->in : member->port->out;
}

RD_API_BEGIN

/* -- member.c: made and freed on the switch thread -- */

/* A stream's (its setup may be NULL: it says and hears nothing yet), or a port's. */
int rd__member_new(struct rd__member **mp, struct rd__mixer *mixer, struct rd_stream *stream,
		   struct rd__port *port);
void rd__member_free(struct rd__member *member);
/* Would one for this setup look the same? */
bool rd__member_fits(const struct rd__member *member, const struct rd__setup *setup);
/* NULL when neither is wanted, or without memory (*rc). */
void *rd__cleaner_new(const struct rd__mixer *mixer, const struct rd__mix_role *role, int *rc);
void rd__cleaner_free(void *cleaner);
int rd__port_new(struct rd__port **pp, const struct rd__mixer *mixer);
void rd__port_unref(struct rd__port *port);

/* -- mixer_spread.c: one room on several threads, also the switch thread's -- */

/* Where in this room the next one goes, with that role. Never NULL. */
struct rd__mixer *rd__mixer_place(struct rd__mixer *top, const struct rd__mix_role *role);

/* -- mixer.c -- */

/* A mixer that is told nothing yet. NULL: no memory. */
struct rd__mixer *rd__mixer_alloc(int rate, int frame_ms, struct rd__thread *home);
/* The last that is done with a member on the switch thread. */
void rd__mixer_let_go(struct rd__member *member);

/* It was configured anew: its member may have to be another. 0 or -ENOMEM. */
int rd__mixer_refit(struct rd_stream *stream);
/* Bring its stream to the mixer's thread; rd__stream_settle() for members. */
void rd__member_ordered(struct rd__member *member);
void rd__mixer_event(const struct rd__event *event);

/* -- mix.c, on the media thread -- */

void rd__mix_command(struct rd__thread *thread, const struct rd__command *command);
/* Those that are due. */
void rd__mixes_run(struct rd__thread *thread);
uint64_t rd__mixes_due_us(const struct rd__thread *thread);
/* The line leaves its room; what it has not said yet goes to target (NULL: nobody). */
void rd__mix_hand_over(struct rd__line *line, struct rd__line *target);

/* -- mix_hear.c -- */

/* This tick's frame of what it says, in .frame when .heard. */
void rd__member_listen(struct rd__mixer *mixer, struct rd__member *member);
/* Would it say nothing until a packet comes? Then it need not be listened to. */
bool rd__member_is_away(const struct rd__member *member);
/* A packet of its line. */
void rd__member_packet(struct rd__line *line, const struct rd__rtp *rtp, int format);

/* -- mix_say.c -- */

void rd__member_say(struct rd__mixer *mixer, struct rd__member *member);

RD_API_END

#endif
