/* A stream as a whole: two halves in one block. The switch thread owns the first;
 * the second, the line, belongs to a media thread. */
#ifndef CORE_MEDIA_STREAM_H
#define CORE_MEDIA_STREAM_H

#include <openssl/types.h>

#include <ringdown/list.h>
#include <ringdown/stream.h>

#include "core/base/context.h"
#include "core/media/command.h"
#include "core/media/demux.h"
#include "core/media/line.h"

struct rd__datagram; /* demux.h */
struct rd__digit_tap;
struct rd__dtls;
struct rd__gallery;
struct rd__ice_stream;
struct rd__ports;

/* Who gets packets of a kind that are no media (STUN, DTLS, TURN). */
struct rd__datagram_handler {
	void (*handle)(const struct rd__datagram *datagram, void *arg);
	void *arg;
};
enum { RD__HANDLERS = 4 }; /* by enum rd__packet_kind, up to RTP */

#define RD__STREAM_MAGIC 0x5354524du /* "STRM" */

struct rd_stream {
	uint32_t magic;
	struct rd__line line;
	struct rd_list all, unattached;
	struct rd__thread *thread; /* NULL: not attached yet, or moving */
	struct rd__thread *target; /* where it moves to, while moving */
	bool moving, closing;
	int weight; /* on its thread (place.c) */
	struct rd_list backlog; /* orders that wait for a thread */
	struct rd__setup *setup; /* the one last sent; NULL: none yet */
	struct rd_stream *peer;
	struct rd__member *member; /* of a mixer; mix.h */
	struct rd__gallery *gallery; /* gallery.c's, like the next */
	struct rd_list in_gallery;
	struct rd_stream *sees;
	bool looks; /* its thread knows whom it sees */
	bool marked; /* to stay there */
	unsigned link_flags;
	int taps; /* ordered, and not come back yet */
	int changes[2]; /* changers in force, by enum rd__tap_side */
	struct rd__digit_tap *digit_tap; /* NULL: none */
	bool linked; /* a LINK is under way or in force */
	struct rd__ports *ports; /* NULL: none of ours */
	struct rd_stream *carrier; /* whose port it uses; NULL: its own. bundle.c's, */
	struct rd_list carried, in_carried; /* like the next: those that use ours */
	int branch_fd, carried_fds[2]; /* the carrier's end of the pair; the line's two */
	void (*notify)(const struct rd_stream_event *event, void *arg);
	void *arg;
	char label[RD__SUBJECT]; /* whose it is, for the log; "": nobody said */
	struct rd__datagram_handler handlers[RD__HANDLERS];
	struct rd__dtls *dtls; /* NULL: none */
	SSL_CTX *identity; /* its certificate there; NULL: nobody has asked for it yet */
	struct rd_srtp_key keys[2]; /* that were last ordered: theirs, ours */
	struct rd__ice_stream *ice; /* NULL: plain addresses */
	/* Never waiting in two places at once. */
	struct rd__order close_order, attach_order, release_order, unlink_order;
};

#define RD__STREAM_OF(l) RD_CONTAINER_OF(l, struct rd_stream, line)

RD_API_BEGIN

/* What its link has to do is different now. */
void rd__stream_link_again(struct rd_stream *stream);
/* Where its packets go, as of half a second ago: what was learned or chosen by ICE
 * (then perhaps a relay), before that what was agreed on. Size 0: nothing yet. */
void rd__stream_remote(const struct rd_stream *stream, struct rd__address *out);
/* The media thread has let go of it. */
void rd__stream_free(struct rd_stream *stream);

RD_API_END

#endif
