/* What arrives at a line: from the socket to whoever listens. The way of a
 * relayed packet is all in one buffer: receive, new header, send. */
#include <string.h>
#include <sys/socket.h>

#include "core/media/demux.h"
#include "core/media/mix.h"
#include "core/media/secure.h"

enum {
	/* A packet's header may grow: room before it in the buffer. */
	HEADROOM = 32,
	/* Packets that came before the socket was connected are looked at. */
	SETTLE_US = 100000,
	/* More than so many lost in a row are a pause, not a gap. */
	MISSED_MAX = 10,
};

/* A packet on its way to one or more listeners; decoded at most once. */
struct heard {
	struct rd__line *line;
	struct rd__rtp *rtp;
	const struct rd_stream_format *format;
	void *decoder;
	int count; /* samples decoded, -1: not yet */
};

static const int16_t *decode(struct heard *heard)
{
	int16_t *samples = heard->line->thread->samples;

	if (heard->count < 0)
		heard->count = heard->format->codec->decode(heard->decoder,
							    heard->rtp->payload,
							    heard->rtp->size, samples,
							    RD__FRAME_MAX);
	heard->count = RD_MAX(heard->count, 0);
	return samples;
}

/* ---- to the peer ---- */

/* Who gets what this line hears. */
static struct rd__line *listener(struct rd__line *line)
{
	struct rd__line *target = line->peer;

	if (!target && line->echo)
		target = line;
	if (!target || target->player || rd__line_digits_busy(target) ||
	    !rd__line_can_send(target))
		return NULL;
	return target;
}

/* The far end takes any format that was agreed on. */
static const struct rd_stream_format *same_format(const struct rd__line *target,
						  const struct rd_codec *codec)
{
	const struct rd_stream_config *config = &target->setup->config;

	for (int i = 0; i < config->format_count; i++)
		if (config->formats[i].codec == codec)
			return &config->formats[i];
	return NULL;
}

static int rate_of(const struct rd__line *line)
{
	return line->ops ? line->ops_rate : rd__sent_format(line->setup)->codec->rate;
}

static void transcode(struct heard *heard, struct rd__line *target)
{
	const int16_t *samples;

	if (heard->format->codec->rate != rate_of(target))
		return;
	samples = decode(heard);
	if (heard->count > 0)
		rd__line_say_packet(target, heard->line, heard->rtp, samples,
				    (size_t)heard->count);
}

static void map_bytes(struct rd__rtp *rtp, const uint8_t *map)
{
	uint8_t *byte = rtp->payload, *end = byte + rtp->size;

	for (; byte < end; byte++)
		*byte = map[*byte];
}

static void pass_on(struct heard *heard, struct rd__line *target)
{
	const struct rd_codec *codec = heard->format->codec;
	const struct rd__law_table *table = heard->line->table;
	const struct rd_stream_format *format;

	if (target->ops) {
		transcode(heard, target);
		return;
	}
	format = same_format(target, codec);
	if (format) {
		rd__line_relay(target, heard->line, heard->rtp, format->payload);
		return;
	}
	format = rd__sent_format(target->setup);
	if (table && table->from == codec && table->to == format->codec) {
		map_bytes(heard->rtp, table->map);
		rd__line_relay(target, heard->line, heard->rtp, format->payload);
		return;
	}
	transcode(heard, target);
}

static void voice(struct rd__line *line, struct rd__rtp *rtp, int format, bool in_order)
{
	struct heard heard = { line, rtp, &line->setup->config.formats[format],
			       line->setup->decoder[format], -1 };
	struct rd__line *target = listener(line);

	if (line->member) {
		rd__member_packet(line, rtp, format);
		return;
	}
	if (line->recorder && in_order) {
		const int16_t *samples = decode(&heard);

		if (line->receiver.missed)
			rd__recorder_miss(line, line->receiver.missed * (size_t)heard.count);
		rd__recorder_hear(line, samples, (size_t)heard.count);
	}
	if (target)
		pass_on(&heard, target);
}

/* One that waited in a jitter buffer: nothing is missing before it. */
void rd__line_voice(struct rd__line *line, struct rd__rtp *rtp, int format)
{
	line->receiver.missed = 0;
	voice(line, rtp, format, true);
}

void rd__line_heard(struct rd__line *line, const int16_t *samples, size_t count)
{
	struct rd__line *target = listener(line);

	if (line->recorder)
		rd__recorder_hear(line, samples, count);
	if (target && rate_of(target) == line->ops_rate)
		rd__line_say(target, line, samples, count);
}

/* Comfort noise goes to whom it means something. */
static void comfort_noise(struct rd__line *line, struct rd__rtp *rtp)
{
	struct rd__line *target = listener(line);

	if (target && !target->ops && target->setup->config.cn_payload >= 0)
		rd__line_relay(target, line, rtp, (uint8_t)target->setup->config.cn_payload);
}

/* ---- from the socket ---- */

static ssize_t read_packet(struct rd__line *line, uint8_t *packet, struct rd__address *from)
{
	const struct rd__source *source = &line->source;

	from->size = 0;
	if (source->locked && line->thread->now_us > source->locked_us + SETTLE_US)
		return recv(line->fd, packet, RD__RTP_MAX, 0);
	from->size = sizeof(from->storage);
	return recvfrom(line->fd, packet, RD__RTP_MAX, 0, (struct sockaddr *)&from->storage,
			&from->size);
}

static bool from_the_source(struct rd__line *line, const struct rd__address *from,
			    const struct rd__rtp *rtp)
{
	bool ours;

	if (from->size == 0)
		return true;
	ours = line->source.locked ? rd__address_equal(from, &line->source.remote)
				   : rd__source_accept(line, from, rtp);
	line->receiver.strangers += !ours;
	return ours;
}

/* Loss of a former source is not forgotten with it. */
static bool count_packet(struct rd__line *line, const struct rd__rtp *rtp, size_t size)
{
	struct rd__receiver *rx = &line->receiver;
	const struct rd_stream_format *format = rd__sent_format(line->setup);
	uint64_t rate = format ? (uint64_t)format->codec->rtp_rate : 8000;
	uint32_t base;
	int32_t lost;
	bool in_order;

	rx->packets++;
	rx->bytes += size - RD__RTP_HEADER;
	rx->heard_us = line->thread->now_us;
	rx->timeout_told = false;
	lost = rd__reception_lost(&rx->reception);
	base = rx->reception.base_seq;
	rx->missed = (uint16_t)(rtp->seq - rx->reception.max_seq - 1);
	in_order = rd__reception_packet(&rx->reception, rtp,
					(uint32_t)(rx->heard_us * rate / 1000000));
	if (!in_order || rx->missed > MISSED_MAX)
		rx->missed = 0;
	if (rx->first_told && rx->reception.base_seq != base)
		rx->lost_before += (uint32_t)RD_MAX(lost, 0);
	if (!rx->first_told) {
		rx->first_told = true;
		rd__line_notice(line, RD_STREAM_FIRST_PACKET, 0, 0);
	}
	return in_order;
}

static void take_packet(struct rd__line *line, uint8_t *packet, size_t n,
			const struct rd__address *from)
{
	struct rd__rtp rtp;
	int format;
	bool in_order, report;

	if (rd__demux(packet, n) != RD__PACKET_RTP) {
		rd__line_pass_up(line, RD__PORT_RTP, packet, n, from);
		return;
	}
	/* Packets that come before anything was agreed on are nobody's. */
	if (!line->setup)
		return;
	report = line->setup->config.rtcp_mux && rd__is_rtcp(packet, n);
	n = rd__line_unseal(line, packet, n, report);
	if (report)
		rd__line_read_report(line, packet, n);
	if (n == 0 || report)
		return;
	if (!rd__rtp_parse(&rtp, packet, n) || !from_the_source(line, from, &rtp))
		return;
	in_order = count_packet(line, &rtp, n);
	if (!(line->setup->config.direction & RD_RECVONLY))
		return;
	format = line->setup->format_of[rtp.payload_type];
	if (format >= 0)
		voice(line, &rtp, format, in_order);
	else if (rtp.payload_type == line->setup->config.dtmf_payload)
		rd__line_digit_packet(line, &rtp);
	else if (rtp.payload_type == line->setup->config.cn_payload)
		comfort_noise(line, &rtp);
}

bool rd__line_receive(struct rd__line *line)
{
	uint8_t *packet = line->thread->packet + HEADROOM;
	struct rd__address from;
	ssize_t n = read_packet(line, packet, &from);

	if (n > 0)
		take_packet(line, packet, (size_t)n, &from);
	return n > 0;
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
	if (n <= 0 || !line->setup || !rd__address_same_host(&from, &line->source.remote))
		return;
	n = (ssize_t)rd__line_unseal(line, packet, (size_t)n, true);
	rd__line_read_report(line, packet, (size_t)n);
}
