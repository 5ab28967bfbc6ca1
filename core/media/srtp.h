/* SRTP and SRTCP (RFC 3711): one direction of one stream under one master
 * key, for any number of SSRCs up to a limit. Used on one thread; allocates
 * when it is made, never for a packet. */
#ifndef CORE_MEDIA_SRTP_H
#define CORE_MEDIA_SRTP_H

#include "core/media/srtp_suite.h"

struct rd__srtp;

enum {
	RD__SRTP_WINDOW = 128, /* packets that may come late */
	RD__SRTP_SOURCES = 8, /* SSRCs at a time */
	RD__SRTP_HOT = 144, /* bytes in front that every packet of RTP needs */
};

RD_API_BEGIN

/* sending: to protect with; else to unprotect. 0 or -ENOMEM. */
int rd__srtp_new(struct rd__srtp **sp, const struct rd_srtp_key *key, bool sending);
void rd__srtp_free(struct rd__srtp *srtp); /* NULL is harmless */
/**
 * Before its first packet: it takes the place of `former`, whose key was another one. To
 * protect with, it counts packets on (RFC 3711 §3.3.1). To unprotect, it takes a source
 * that does so as well as one that begins anew (many phones make all anew for a new key): what its
 * first packet shows holds.
 */
void rd__srtp_follow(struct rd__srtp *srtp, const struct rd__srtp *former);

/**
 * Protect a packet into out, which has room for RD__SRTP_GROWTH more bytes and
 * may be the packet itself. Returns the new size; 0 when it must not be sent:
 * its number was used before (RFC 3711 §9.1: two texts under one keystream),
 * or it is no packet.
 */
size_t rd__srtp_protect(struct rd__srtp *srtp, uint8_t *out, const uint8_t *packet,
			size_t size);
size_t rd__srtcp_protect(struct rd__srtp *srtp, uint8_t *out, const uint8_t *packet,
			 size_t size);

/**
 * Unprotect in place. Returns the new size; -EBADMSG for a forged packet,
 * -EALREADY for one that came before or is too old to know, -EINVAL for what
 * is no packet. A packet that was refused may be overwritten.
 */
ssize_t rd__srtp_unprotect(struct rd__srtp *srtp, uint8_t *packet, size_t size);
ssize_t rd__srtcp_unprotect(struct rd__srtp *srtp, uint8_t *packet, size_t size);

/* A key of n bytes from a master key (RFC 3711 §4.3.1); for tests. */
int rd__srtp_derive(const struct rd_srtp_key *key, uint8_t label, uint8_t *out, size_t n);

RD_API_END

#endif
