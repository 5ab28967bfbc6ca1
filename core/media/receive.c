/* What arrives at a line: from the socket to what hear.c makes of it. The way of
 * a relayed packet is all in one buffer: receive, new header, send. */
#include <string.h>
#include <sys/socket.h>

#include "core/media/address.h"
#include "core/media/bundle.h"
#include "core/media/demux.h"
#include "core/media/dtmf_line.h"
#include "core/media/fax.h"
#include "core/media/fetch.h"
#include "core/media/hear.h"
#include "core/media/ice_stream.h"
#include "core/media/line.h"
#include "core/media/noise.h"
#include "core/media/pass_on.h"
#include "core/media/quality.h"
#include "core/media/receive.h"
#include "core/media/rtcp_line.h"
#include "core/media/rtp.h"
#include "core/media/secure.h"
#include "core/media/setup.h"
#include "core/media/source.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/udp.h"

enum {
	/* A packet's header may grow: room before it in the buffer. */
	HEADROOM = 32,
	/* Packets that came before the socket was connected are looked at. */
	SETTLE_US = 100000,
	/* More than so many lost in a row are a pause, not a gap. */
	MISSED_MAX = 10,
};

/* ---- from the socket ---- */

static ssize_t read_packet(struct rd__line *line, uint8_t *packet, struct rd__address *from)
{
	const struct rd__source *source = &line->source;

	from->size = 0;
	if (source->connected && line->thread->now_us > source->connected_us + SETTLE_US)
		return rd__udp_receive(line->fd, packet, RD__RTP_MAX);
	if (line->out_fd >= 0)
		return rd__bundle_read(line, packet, from);
	from->size = sizeof(from->storage);
	return recvfrom(line->fd, packet, RD__RTP_MAX, 0, (struct sockaddr *)&from->storage,
			&from->size);
}

bool rd__line_knows(struct rd__line *line, const struct rd__address *from,
		    const struct rd__rtp *rtp)
{
	bool ours = from->size == 0 || rd__source_accept(line, from, rtp);

	line->receiver.strangers += !ours;
	return ours;
}

/* Loss of a former source is not forgotten with it. */
bool rd__line_count(struct rd__line *line, const struct rd__rtp *rtp, size_t size)
{
	struct rd__receiver *rx = &line->receiver;
	uint64_t rate = rd__line_clock(line);
	uint32_t base;
	int32_t lost;
	bool in_order, anew;

	rx->packets++;
	rx->bytes += size;
	rx->heard_us = line->thread->now_us;
	rx->timeout_told = false;
	lost = rd__reception_lost(&rx->reception);
	base = rx->reception.base_seq;
	rx->missed = (uint16_t)(rtp->seq - rx->reception.max_seq - 1);
	in_order = rd__reception_packet(&rx->reception, rtp,
					(uint32_t)(rx->heard_us * rate / 1000000));
	anew = !rx->first_told || rx->reception.base_seq != base;
	if (in_order)
		rd__loss_runs_add(&rx->runs, anew ? 0 : rx->missed);
	if (!in_order || anew)
		rx->missed = 0;
	rx->gap = rx->missed;
	if (rx->missed > MISSED_MAX)
		rx->missed = 0;
	if (anew && rx->first_told)
		rx->lost_before += (uint32_t)RD_MAX(lost, 0);
	if (!rx->first_told) {
		rx->first_told = true;
		rd__line_notice(line, RD_STREAM_FIRST_PACKET, 0, 0);
	}
	return in_order;
}

/* ICE says who may be heard; nobody else's packets or reports cost any more. */
static bool is_stranger_by_ice(struct rd__line *line, const struct rd__address *from)
{
	bool stranger = line->setup->config.ice &&
			!rd__line_comes_by_ice(line, from);

	line->receiver.strangers += stranger;
	return stranger;
}

static void take_packet(struct rd__line *line, uint8_t *packet, size_t n,
			const struct rd__address *from)
{
	struct rd__rtp rtp;
	int format;
	bool in_order, report;

	if (rd__demux(packet, n) == RD__PACKET_TURN)
		packet = rd__line_unwrap(line, packet, &n, from);
	if (rd__demux(packet, n) != RD__PACKET_RTP) {
		rd__line_pass_up(line, RD__PORT_RTP, packet, n, from);
		return;
	}
	/* Packets that come before anything was agreed on are nobody's. */
	if (!line->setup || is_stranger_by_ice(line, from))
		return;
	if (line->bundle && rd__bundle_pass(line, packet, n, from))
		return;
	report = line->setup->config.rtcp_mux && rd__is_rtcp(packet, n);
	n = rd__line_unseal(line, packet, n, report);
	if (report)
		rd__line_read_report(line, packet, n);
	if (n == 0 || report)
		return;
	if (!rd__rtp_parse(&rtp, packet, n) || !rd__line_knows(line, from, &rtp))
		return;
	if (line->setup->config.level_id)
		rd__rtp_read_level(&rtp, packet, line->setup->config.level_id);
	in_order = rd__line_count(line, &rtp, n - RD__RTP_HEADER);
	if (!(line->setup->config.direction & RD_RECVONLY))
		return;
	format = rd__format_of(line->setup, rtp.payload_type);
	if (line->kind != RD_MEDIA_AUDIO)
		rd__line_pass_on(line, &rtp, format);
	else if (format >= 0)
		rd__line_hear(line, &rtp, format, in_order);
	else if (rtp.payload_type == line->setup->config.dtmf_payload)
		rd__line_digit_packet(line, &rtp);
	else if (rtp.payload_type == line->setup->config.cn_payload ||
		 rtp.payload_type == RD__NOISE_PAYLOAD)
		rd__line_comfort_noise(line, &rtp);
}

static void take(struct rd__line *line, uint8_t *packet, size_t n, const struct rd__address *from)
{
	if (line->kind == RD_MEDIA_IMAGE)
		rd__line_fax(line, packet, n, from);
	else
		take_packet(line, packet, n, from);
}

bool rd__line_receive(struct rd__line *line)
{
	uint8_t *packet = line->thread->packet + HEADROOM;
	struct rd__address from;
	ssize_t n;

	rd__fetch_rest(line);
	n = read_packet(line, packet, &from);
	if (n > 0)
		take(line, packet, (size_t)n, &from);
	return n > 0;
}

void rd__line_receive_elsewhere(struct rd__line *line)
{
	uint8_t *packet = line->thread->packet + HEADROOM;
	struct rd__address from = { .size = sizeof(from.storage) };
	ssize_t n = recvfrom(line->ear_fd, packet, RD__RTP_MAX, 0, (struct sockaddr *)&from.storage,
			     &from.size);

	if (n > 0)
		take(line, packet, (size_t)n, &from);
}

/* Reports may come from another port, unless ICE has said which. Of faxes there are none. */
static bool is_reporter(const struct rd__line *line, const struct rd__address *from)
{
	if (line->kind == RD_MEDIA_IMAGE)
		return false;
	if (line->setup->config.ice)
		return rd__address_equal(from, &line->rtcp.remote);
	return rd__address_same_host(from, &line->source.remote);
}

void rd__line_receive_rtcp(struct rd__line *line)
{
	uint8_t *packet = line->thread->packet;
	struct rd__address from = { .size = sizeof(from.storage) };
	ssize_t n = recvfrom(line->rtcp_fd, packet, RD__RTP_MAX, 0,
			     (struct sockaddr *)&from.storage, &from.size);

	if (n > 0 && rd__demux(packet, (size_t)n) != RD__PACKET_RTP) {
		rd__line_pass_up(line, RD__PORT_RTCP, packet, (size_t)n, &from);
		return;
	}
	if (n <= 0 || !line->setup || !is_reporter(line, &from))
		return;
	n = (ssize_t)rd__line_unseal(line, packet, (size_t)n, true);
	rd__line_read_report(line, packet, (size_t)n);
}
