/* Ringdown SDK: the reports of RTP (RFC 3550 §6) as they go by, ours and those of far ends,
 * in the clear. What a media thread has sent or read is copied to the switch thread; when that
 * is far behind, some are not told of. While nobody watches, a report costs nothing more. */
#ifndef RINGDOWN_RTCP_H
#define RINGDOWN_RTCP_H

#include <sys/socket.h>

#include <ringdown/base.h>
#include <ringdown/list.h>

struct rd_stream;

/* One datagram: SR or RR, and what goes along with it. It lives as long as the call. */
struct rd_rtcp_packet {
	struct rd_stream *stream; /* rd_channel_of_stream() knows whose */
	bool sent; /* by us */
	struct sockaddr_storage local, remote;
	const uint8_t *bytes;
	size_t size;
};

/* The watcher's own, until it is taken back. notify must not yield. */
struct rd_rtcp_watcher {
	void (*notify)(const struct rd_rtcp_packet *packet, void *arg);
	void *arg;
	struct rd_list link; /* ours */
};

RD_API_BEGIN

/* On the switch thread, as the next. A watcher is told from now on, until it is taken back,
 * which it must not be while it is being told. */
void rd_rtcp_watch(struct rd_rtcp_watcher *watcher);
void rd_rtcp_unwatch(struct rd_rtcp_watcher *watcher);

RD_API_END

#endif
