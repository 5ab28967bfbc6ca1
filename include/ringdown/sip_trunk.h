/* Ringdown SDK: calls from and to peers of the SIP driver, for a module that says which may
 * be, whom they are for, and counts them. The driver publishes these functions as an
 * interface:
 *
 *	trunks = rd_interface_get(RD_SIP_TRUNKS, RD_SIP_TRUNKS_VERSION);
 *	rc = trunks->attach(&user);
 *
 * with .needs = { "chan_sip", NULL }. Nothing here yields. */
#ifndef RINGDOWN_SIP_TRUNK_H
#define RINGDOWN_SIP_TRUNK_H

#include <ringdown/channel.h>
#include <ringdown/sip_proxy.h>

#define RD_SIP_TRUNKS	      "sip_trunks"
#define RD_SIP_TRUNKS_VERSION 6

#define RD_SIP_NUMBER 80 /* room for a number, with its NUL */

/* A call with a peer. All but data is the driver's. */
struct rd_sip_peer_call {
	const char *peer; /* its section, as long as the call lives */
	bool outgoing, answered;
	bool replaces; /* it has come, for no number, to take the place of one (RFC 3891) */
	const char *number; /* .outgoing: that its INVITE calls, "" for none; else NULL */
	const char *dialled; /* .outgoing: that number, before .dialled made another of it */
	struct rd_channel *channel; /* NULL: there is none yet, or no longer */
	struct rd_channel *caller; /* .outgoing: who dials; NULL: nobody */
	const char *stir_profile; /* stir_shaken_profile of its section; NULL: none */
	/* .outgoing: the lines "a=fingerprint:..." that its description will have; absent: none */
	struct rd_str keys;
	bool sounds; /* .outgoing: the caller hears what it sends before it answers */
	bool unreached; /* .ended: its 503 stands for a way that leads nowhere, nobody said it */
	int retry_after_s; /* .ended: what a 503 said of it; 0: nothing */
	void *data; /* the module's own */
};

/* What an INVITE says that has come from a peer. */
struct rd_sip_peer_invite {
	const struct rd_sip_message *message; /* see rd_sip_proxy.header */
	char *number; /* whom it is for: RD_SIP_NUMBER of room, may be rewritten */
	const char *to; /* the number in To, "" for none */
	/* The extensions behind the two, as in "tel:+49305551;ext=101"; "" for none. */
	const char *number_ext, *to_ext;
	const struct rd_party *caller; /* its number is .caller_number where it has one */
	char *caller_number; /* "" for none; RD_SIP_NUMBER of room, may be rewritten */
	struct rd_str body; /* its description (SDP); absent: none */
	const char *warning; /* set by .incoming: words to a refusal; NULL: none */
	char *lines; /* set by .incoming, of rd_malloc(): header lines of each answer until the
		      * last, "Name: value\r\n"; NULL: none */
};

/**
 * What the module does with such calls. Each may be NULL.
 *
 * @incoming  nothing was made for it yet. 0: it may be, and .ended will follow; or the
 *            status that it is refused with
 * @arrived   it has its channel, on which nothing runs yet. 0: it runs; -EINPROGRESS: it waits
 *            for rd_sip_trunks.go_on
 * @dialled   another number in the place of this one, which somebody dials at the peer, in
 *            buf. 0; or a Q.850 cause, and the call is not made
 * @insists   is this peer called although it answers no OPTIONS? NULL: none is
 * @outgoing  its INVITE is about to be sent, the channel knows who calls; headers: whole
 *            lines that it is to have, "Name: value\r\n". 0: .ended will follow; or the
 *            Q.850 cause that it ends with instead
 * @leads_to  one to a host that is no peer's leads to the address of this one; nothing but peer,
 *            outgoing, number, dialled, channel and caller is filled. False: it may not
 * @again     it is refused with this status. True: it is sent once more, with these header lines
 *            in the place of those of .outgoing
 * @told      the peer is about to be told that this is who talks with it, in an answer or a
 *            request after .outgoing; who may be changed, buf is room for another number
 * @writes    a text is about to be sent to the peer, outside of any call; this is who has written
 *            it, and may be changed, buf is room for another number
 * @sent_on   a leg is sent elsewhere, by 302: to these, the best first, "SIP/tel/sip:4711@host",
 *            or "4711" of ours. True: it is not followed, the leg is refused with that
 * @sent_here it sends a call of ours, by 302, to a number of ours, which may be rewritten. False:
 *            it may not
 * @heard     a provisional answer; status 0: none, the next server of its host is asked, and of
 *            that nothing has been heard
 * @gone      whoever has sent one, and was to answer, is there no more, as far as one can see: no
 *            connection leads there, or nobody listens; it is waited for all the same
 * @answered  once
 * @ended     the last of it. status: what it was refused with, 0: it was not, or by nobody;
 *            cause: Q.850
 */
struct rd_sip_trunks_user {
	unsigned (*incoming)(struct rd_sip_peer_call *call, struct rd_sip_peer_invite *invite);
	int (*arrived)(struct rd_sip_peer_call *call);
	int (*dialled)(const char *peer, struct rd_str number, char *buf, size_t size);
	bool (*insists)(const char *peer);
	int (*outgoing)(struct rd_sip_peer_call *call, struct rd_buf *headers);
	bool (*leads_to)(const struct rd_sip_peer_call *call);
	bool (*again)(struct rd_sip_peer_call *call, unsigned status, struct rd_buf *headers);
	void (*told)(const struct rd_sip_peer_call *call, struct rd_party *who,
		     char buf[RD_SIP_NUMBER]);
	void (*writes)(const char *peer, struct rd_party *who, char buf[RD_SIP_NUMBER]);
	bool (*sent_on)(const struct rd_channel *leg, const char *const *targets, int count);
	bool (*sent_here)(const char *peer, char number[RD_SIP_NUMBER]);
	void (*heard)(struct rd_sip_peer_call *call, unsigned status);
	void (*gone)(struct rd_sip_peer_call *call);
	void (*answered)(struct rd_sip_peer_call *call);
	void (*ended)(struct rd_sip_peer_call *call, unsigned status, int cause);
};

/* Whether the host of a peer answers OPTIONS. */
enum rd_sip_reach { RD_SIP_REACH_UNKNOWN, RD_SIP_REACHABLE, RD_SIP_UNREACHABLE };

/* A peer as it is now. All borrowed until the next turn. */
struct rd_sip_peer {
	const char *name, *host; /* host NULL: it registers with us */
	bool registers;	 /* we do with it ... */
	bool registered; /* ... and it knows us, at one of its hosts at least */
	enum rd_sip_reach reach;
	unsigned rtt_us; /* of the last answer to OPTIONS; 0: none has come */
};

/* A record of a name (RFC 3403). */
struct rd_sip_naptr {
	uint16_t order, preference;
	const char *flags, *service; /* upper case */
	const char *regexp; /* with the flag U; "" with others, which lead to names */
};

struct rd_sip_lookup;

/* rc: 0 with records, the first to be used first, borrowed; -ENOENT: there are none; else why
 * nobody knows. */
typedef void rd_sip_naptr_fn(void *arg, int rc, const struct rd_sip_naptr *records,
			     unsigned count);

struct rd_sip_trunks {
	/* Borrowed until detached. 0, or -EBUSY: another module has it. */
	int (*attach)(const struct rd_sip_trunks_user *user);
	/* Calls go on; the module hears .ended of each. */
	void (*detach)(const struct rd_sip_trunks_user *user);

	/* Of one that waits, never from within .arrived: it runs (status 0), or is refused with
	 * these words (may be NULL), and .ended is told before this returns. lines: as
	 * rd_sip_peer_invite.lines, but borrowed. */
	void (*go_on)(struct rd_sip_peer_call *call, unsigned status, const char *warning,
		      const char *lines);

	/* False: there is no such peer. */
	bool (*peer)(const char *name, struct rd_sip_peer *peer);
	/* Walk them in file order: *pos starts at NULL. */
	bool (*peer_next)(const void **pos, struct rd_sip_peer *peer);

	/* A leg has heard nothing from where it is called for too long: is it called by the next
	 * server of its host now (RFC 3263 §4.3)? False: there is none. */
	bool (*hurry)(const struct rd_channel *leg);
	/* Does the host where a leg is called answer OPTIONS? Where nobody knows, or it is called
	 * elsewhere: RD_SIP_REACH_UNKNOWN. */
	enum rd_sip_reach (*reach)(const struct rd_channel *leg);
	/* Is it asked soon, not only when its time comes? Where qualify and qualify_retry say so,
	 * and so often at most. */
	void (*ask)(const struct rd_channel *leg);

	/* Ask the name servers of sip.conf for NAPTR records. told() is called from the loop,
	 * never from within, and the lookup is gone then. 0, -EINVAL: that is no name, or
	 * -ENOMEM. */
	int (*naptr)(struct rd_sip_lookup **lookup, const char *name, rd_sip_naptr_fn *told,
		     void *arg);
	/* It is not waited for any more. */
	void (*forget)(struct rd_sip_lookup *lookup);

	/* During a review: is there such a peer in what is in force next? Nobody need be
	 * attached. */
	bool (*peer_comes)(const char *name);
};

#endif
