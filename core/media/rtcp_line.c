/* Reports of a line: sent now and then, and what the far end's say. */
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/media/address.h"
#include "core/media/bundle.h"
#include "core/media/feedback.h"
#include "core/media/ice_stream.h"
#include "core/media/line.h"
#include "core/media/pass_on.h"
#include "core/media/quality.h"
#include "core/media/receive.h"
#include "core/media/rtcp_line.h"
#include "core/media/rtcp_told.h"
#include "core/media/rtp.h"
#include "core/media/secure.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

/* ---- sending ---- */

/* Units of 1/65536 s since the far end's last report. */
static uint32_t delay_since(const struct rd__line *line)
{
	return (uint32_t)(((line->thread->now_us - line->rtcp.sr_us) << 16) / 1000000);
}

static bool fill_block(struct rd__line *line, struct rd__rtcp_block *block)
{
	struct rd__rtp_reception *rx = &line->receiver.reception;

	if (!rx->started)
		return false;
	block->ssrc = rx->ssrc;
	block->fraction = rd__reception_fraction(rx);
	block->lost = rd__reception_lost(rx);
	block->highest_seq = rx->cycles + rx->max_seq;
	block->jitter = rx->jitter16 >> 4;
	block->last_sr = line->rtcp.sr_ntp_mid;
	block->delay_since_sr = block->last_sr ? delay_since(line) : 0;
	return true;
}

static uint8_t share(double part)
{
	return (uint8_t)RD_MIN(255.0, part * 256);
}

static uint16_t whole_ms(double ms)
{
	return (uint16_t)RD_MIN(65535.0, ms);
}

/* How what we hear has sounded so far, as RFC 3611 §4.7 asks. */
static void fill_metrics(const struct rd__line *line, struct rd__voip_metrics *m)
{
	const struct rd__receiver *rx = &line->receiver;
	const struct rd_stream_format *format = rd__sent_format(line->setup);
	struct rd__loss_shape shape = rd__loss_shape(&rx->runs);
	double packet_ms = format ? rd__frame_ms(format) : RD__TICK_MS;
	double total = RD_MAX(1u, rx->runs.total);
	struct rd__quality quality = rd__quality_of(format ? format->codec : NULL,
						    rx->runs.lost / total);
	double rating;

	*m = (struct rd__voip_metrics){
		.ssrc = rx->reception.ssrc,
		.loss = share(quality.loss),
		.discard = share(rx->reception.late / total),
		.burst_density = share(shape.burst_density),
		.gap_density = share(shape.gap_density),
		.burst_ms = whole_ms(shape.burst_packets * packet_ms),
		.gap_ms = whole_ms(shape.gap_packets * packet_ms),
		.round_trip_ms = whole_ms(line->rtcp.round_trip_us / 1000.0),
		.end_system_ms = whole_ms(packet_ms),
	};
	quality.burst_ratio = shape.burst_ratio;
	m->mos_lq = (uint8_t)(rd__quality_mos(rd__quality_rating(&quality)) * 10 + 0.5);
	quality.delay_ms = line->rtcp.round_trip_us / 2000.0 + packet_ms;
	rating = rd__quality_rating(&quality);
	m->rating = (uint8_t)(rating + 0.5);
	m->mos_cq = (uint8_t)(rd__quality_mos(rating) * 10 + 0.5);
}

/* The RTP time of this moment, as our packets count it. */
static uint32_t ts_of_now(const struct rd__line *line)
{
	uint64_t rate = rd__line_clock(line);
	uint64_t us = line->thread->now_us - line->sender.sent_us;

	return line->sender.ts + (uint32_t)(us * rate / 1000000);
}

static uint64_t wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* SR or RR, into a buffer of RD__RTCP_MAX. 0 when there is nothing to say yet. */
static size_t print_report(struct rd__line *line, uint8_t *out, bool bye)
{
	struct rd__rtcp_block block;
	struct rd__voip_metrics metrics;
	struct rd__rtcp_sender sender = { .ssrc = line->sender.ssrc,
					  .wall_us = wall_us(),
					  .packets = (uint32_t)line->sender.packets,
					  .bytes = (uint32_t)line->sender.bytes,
					  .cname = "ringdown",
					  .mid = line->setup->config.mid,
					  .bye = bye };
	bool has_block = fill_block(line, &block);

	block.metrics = line->setup->config.rtcp_xr ? &metrics : NULL;
	if (has_block && block.metrics)
		fill_metrics(line, &metrics);
	if (!has_block && !line->sender.packets)
		return 0;
	sender.sent = line->sender.packets != line->rtcp.packets_told;
	line->rtcp.packets_told = line->sender.packets;
	sender.ts = ts_of_now(line);
	return rd__rtcp_print(out, &sender, has_block ? &block : NULL);
}

static void send_rtcp(struct rd__line *line, const uint8_t *packet, size_t size)
{
	const struct rd__address *to = &line->rtcp.remote;
	int fd = line->rtcp_fd;

	rd__line_tell_report(line, true, packet, size);
	if (!rd__line_seal(line, &packet, &size, true))
		return;
	if (line->setup->config.rtcp_mux) {
		fd = rd__line_send_fd(line);
		to = &line->source.remote;
	}
	if (fd >= 0 && to->size &&
	    rd__line_send_to(line, fd, to, packet, size) < 0)
		line->sender.errors++;
}

static bool has_rtcp(const struct rd__line *line)
{
	return line->kind != RD_MEDIA_IMAGE && line->fd >= 0 && line->setup &&
	       line->rtcp.remote.size;
}

void rd__line_send_report(struct rd__line *line, bool bye)
{
	uint8_t packet[RD__RTCP_MAX];
	size_t size;

	if (!has_rtcp(line))
		return;
	size = print_report(line, packet, bye);
	if (size)
		send_rtcp(line, packet, size);
}

void rd__line_send_feedback(struct rd__line *line, struct rd__feedback *feedback)
{
	uint8_t packet[RD__RTCP_MAX + RD__FEEDBACK_HEADER + RD__FEEDBACK_DETAIL_MAX];
	size_t size = 0;

	if (!has_rtcp(line))
		return;
	if (!line->setup->config.rtcp_rsize)
		size = print_report(line, packet, false);
	feedback->sender = line->sender.ssrc;
	size += rd__feedback_print(packet + size, feedback);
	send_rtcp(line, packet, size);
}

/* ---- reading ---- */

/* Codecs that can spend less, or protect themselves, do. */
static void adapt(struct rd__line *line, uint8_t fraction)
{
	const struct rd_stream_format *format = rd__sent_format(line->setup);

	if (format && format->codec->adapt && line->setup->encoder)
		format->codec->adapt(line->setup->encoder, fraction * 100 / 256);
}

static void read_block(struct rd__line *line, const struct rd__rtcp_report *report)
{
	uint64_t rate = rd__line_clock(line);
	uint32_t round_trip;

	line->rtcp.far_jitter_us = (uint32_t)((uint64_t)report->jitter * 1000000 / rate);
	line->rtcp.far_lost = (uint32_t)RD_MAX(report->lost, 0);
	adapt(line, report->fraction);
	if (!report->last_sr)
		return;
	round_trip = rd__ntp_mid(wall_us()) - report->last_sr - report->delay_since_sr;
	/* Clocks that were set meanwhile give nonsense: over a minute. */
	if (round_trip < 60u << 16)
		line->rtcp.round_trip_us = (uint32_t)((uint64_t)round_trip * 1000000 >> 16);
}

/* By a shared port, reports of other lines come, too. */
static bool is_of_whom_we_hear(const struct rd__line *line, const struct rd__rtcp_report *report)
{
	return !line->setup->config.mid[0] || report->ssrc == line->receiver.reception.ssrc;
}

void rd__line_read_report(struct rd__line *line, const uint8_t *packet, size_t size)
{
	struct rd__rtcp_report report;

	if (!rd__rtcp_parse(&report, packet, size, line->sender.ssrc))
		return;
	rd__line_tell_report(line, false, packet, size);
	if (line->bundle)
		rd__bundle_read_names(line, packet, size);
	if (line->kind != RD_MEDIA_AUDIO)
		rd__line_pass_back(line, packet, size);
	if (report.has_sender && is_of_whom_we_hear(line, &report)) {
		line->rtcp.sr_ntp_mid = report.ntp_mid;
		line->rtcp.sr_us = line->thread->now_us;
	}
	if (report.has_block)
		read_block(line, &report);
	if (report.has_metrics)
		line->rtcp.far_mos = report.metrics.mos_cq;
}
