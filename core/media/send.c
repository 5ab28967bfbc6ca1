/* What leaves a line: one packet stream without a jump, whoever speaks. A
 * new source goes on where the last one stopped, by the clock. */
#include <string.h>
#include <sys/socket.h>

#include "core/media/bundle.h"
#include "core/media/convert.h"
#include "core/media/dtmf.h"
#include "core/media/ice_stream.h"
#include "core/media/line.h"
#include "core/media/rtp.h"
#include "core/media/secure.h"
#include "core/media/send.h"
#include "core/media/setup.h"
#include "core/media/source.h"
#include "core/media/stream.h"
#include "core/media/tap.h"
#include "core/media/thread.h"
#include "core/media/udp.h"

enum {
	/* The same source's time may run ahead of the clock, or stand still,
	 * by so many seconds; more is a new beginning. */
	LEAP_S = 2,
	/* A voice that was silent for so many packets begins anew. */
	PAUSE_SPANS = 6,
};

static const struct rd_stream_format *sent(const struct rd__line *line)
{
	return rd__sent_format(line->setup);
}

bool rd__line_can_send(const struct rd__line *line)
{
	if (line->ops)
		return line->ops->write != NULL;
	return sent(line) && (line->source.locked || line->source.remote.size) &&
	       rd__line_has_keys(line) && (line->setup->config.direction & RD_SENDONLY);
}

void rd__line_put(struct rd__line *line, const uint8_t *packet, size_t size, size_t payload)
{
	const struct rd__source *source = &line->source;
	ssize_t rc;

	if (source->connected)
		rc = rd__udp_send(line->fd, packet, size);
	else
		rc = rd__line_send_to(line, rd__line_send_fd(line), &source->remote, packet, size);
	if (rc < 0) {
		line->sender.errors++;
		return;
	}
	line->sender.packets++;
	line->sender.bytes += payload;
}

static void transmit(struct rd__line *line, const struct rd__rtp *rtp)
{
	const uint8_t *packet = rd__rtp_print(rtp);
	size_t sealed = rd__rtp_header_size(rtp) + rtp->size;

	if (line->named)
		rd__bundle_name(line, &packet, &sealed);
	if (rd__line_seal(line, &packet, &sealed, false))
		rd__line_put(line, packet, sealed, rtp->size);
}

/* ---- time ---- */

uint32_t rd__line_clock(const struct rd__line *line)
{
	const struct rd_stream_format *format = sent(line);

	return format ? (uint32_t)rd_codec_clock(format->codec) : 8000;
}

/* Units of the RTP clock since the last packet was sent. */
static uint32_t elapsed(const struct rd__line *line)
{
	uint64_t us = line->thread->now_us - line->sender.sent_us;

	return (uint32_t)(us * rd__line_clock(line) / 1000000);
}

/* What the clock is ahead of .ts: of a burst, the first packet is in time. */
static int32_t passed(const struct rd__line *line)
{
	return (int32_t)(elapsed(line) - line->sender.burst);
}

/* ---- one packet ---- */

/* Noise is no beginning: that is the voice after it. */
static void mark(struct rd__line *line, struct rd__rtp *rtp)
{
	struct rd__sender *tx = &line->sender;
	bool begins = tx->marker || !tx->started;

	tx->marker = begins && rtp->payload_type == line->setup->config.cn_payload;
	if (line->kind != RD_MEDIA_VIDEO && !tx->marker) /* there it ends a picture */
		rtp->marker |= begins;
}

void rd__line_send(struct rd__line *line, struct rd__rtp *rtp, uint32_t span)
{
	struct rd__sender *tx = &line->sender;

	if (tx->started && tx->marker) /* of a new source */
		tx->lead += (int32_t)(rtp->ts - tx->ts) - passed(line);
	rtp->ssrc = tx->ssrc;
	mark(line, rtp);
	tx->burst = tx->started && tx->sent_us == line->thread->now_us
			    ? tx->burst + (rtp->ts - tx->ts)
			    : 0;
	tx->started = true;
	tx->seq = rtp->seq;
	tx->ts = rtp->ts;
	tx->span = span;
	tx->sent_us = line->thread->now_us;
	if (rd__line_tapped(line))
		rd__taps_packet(line, RD__TAP_OUT, rtp, 0);
	transmit(line, rtp);
}

/* ---- whoever speaks ---- */

/* When a new source speaks now: by the clock, but never over what was sent.
 * What that runs ahead by is given back in the next pause. */
static uint32_t next_ts(const struct rd__line *line)
{
	const struct rd__sender *tx = &line->sender;
	int32_t step;

	if (!tx->started)
		return tx->ts;
	step = passed(line) - tx->lead;
	/* Small differences are the clock's grain. */
	return tx->ts + (step > (int32_t)(tx->span + tx->span / 2) ? (uint32_t)step : tx->span);
}

uint32_t rd__sender_now(struct rd__line *line, const void *source)
{
	struct rd__sender *tx = &line->sender;

	/* The same voice goes on where it was, also when we are late. */
	if (tx->started && tx->source == source && elapsed(line) < PAUSE_SPANS * tx->span)
		return tx->ts + tx->span;
	tx->source = source;
	tx->marker = true;
	return next_ts(line);
}

/* ---- relay ---- */

static bool seq_jumped(const struct rd__sender *tx, const struct rd__rtp *rtp)
{
	uint16_t ahead = (uint16_t)(rtp->seq - tx->source_seq);

	return ahead >= RD__RTP_DROPOUT && ahead < 0x10000 - RD__RTP_MISORDER;
}

static bool is_leap(const struct rd__line *line, int32_t units)
{
	int32_t leap = (int32_t)(LEAP_S * rd__line_clock(line));

	return units <= -leap || units >= leap;
}

static bool jumped(const struct rd__line *line, const struct rd__rtp *rtp)
{
	int32_t ts_ahead = (int32_t)(rtp->ts - line->sender.source_ts);

	if (seq_jumped(&line->sender, rtp))
		return true;
	/* A pause of the speaker's is as long by the clock. */
	return is_leap(line, ts_ahead) && is_leap(line, ts_ahead - (int32_t)elapsed(line));
}

/* From now on this source's numbers are shifted so that they go on. */
static void adopt_source(struct rd__line *line, const void *source, const struct rd__rtp *rtp)
{
	struct rd__sender *tx = &line->sender;

	tx->ts_shift = next_ts(line) - rtp->ts;
	tx->seq_shift = (uint16_t)(tx->seq + 1 - rtp->seq);
	tx->source = source;
	tx->source_ssrc = rtp->ssrc;
	tx->source_seq = (uint16_t)(rtp->seq - 1);
	tx->source_first = rtp->seq;
	tx->source_ts = rtp->ts;
	tx->marker = true;
}

/* What came meanwhile and was not passed on (on hold, while a key sounded, to
 * nobody) is no loss: only those that never came are left out. */
static void close_gap(struct rd__sender *tx, const struct rd__rtp *rtp, unsigned missing)
{
	int skipped = (int16_t)(rtp->seq - tx->source_seq) - 1 - (int)missing;

	if (skipped <= 0)
		return;
	tx->seq_shift = (uint16_t)(tx->seq_shift - skipped);
	tx->source_first = rtp->seq;
	tx->marker = true;
}

static void shift(const struct rd__sender *tx, struct rd__rtp *rtp)
{
	rtp->seq = (uint16_t)(rtp->seq + tx->seq_shift);
	rtp->ts += tx->ts_shift;
}

/* Its number would be one that was used. */
static bool is_from_before(const struct rd__sender *tx, const struct rd__rtp *rtp)
{
	return (uint16_t)(tx->source_seq - tx->source_first) < RD__RTP_MISORDER &&
	       (int16_t)(rtp->seq - tx->source_first) < 0;
}

/* A late packet goes out under its own number, and moves no clock. */
static void send_late(struct rd__line *line, struct rd__rtp *rtp)
{
	if (is_from_before(&line->sender, rtp))
		return;
	shift(&line->sender, rtp);
	rtp->ssrc = line->sender.ssrc;
	if (rd__line_tapped(line))
		rd__taps_late(line, RD__TAP_OUT, rtp);
	transmit(line, rtp);
}

void rd__line_send_of(struct rd__line *line, const void *source, struct rd__rtp *rtp, uint32_t span,
		      unsigned missing)
{
	struct rd__sender *tx = &line->sender;

	if (tx->source != source || tx->source_ssrc != rtp->ssrc || jumped(line, rtp))
		adopt_source(line, source, rtp);
	if ((int16_t)(rtp->seq - tx->source_seq) < 0) {
		send_late(line, rtp);
		return;
	}
	close_gap(tx, rtp, missing);
	tx->source_seq = rtp->seq;
	tx->source_ts = rtp->ts;
	shift(tx, rtp);
	rd__line_send(line, rtp, span);
}

uint32_t rd__line_frame_units(const struct rd__line *line)
{
	return rd__line_clock(line) * RD__TICK_MS / 1000;
}

static void name_as_ours(const struct rd__line *line, struct rd__rtp *rtp, uint8_t payload_type)
{
	rtp->payload_type = payload_type;
	/* Under our number of it, or not at all. */
	if (rtp->level_id)
		rtp->level_id = line->setup->config.level_id;
}

void rd__line_relay(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp,
		    uint8_t payload_type, uint32_t span)
{
	name_as_ours(line, rtp, payload_type);
	rd__line_send_of(line, from, rtp, span ? span : rd__line_frame_units(line),
			 from->receiver.gap);
}

/* What comes behind it goes on behind it. */
static void number_between(struct rd__sender *tx, struct rd__rtp *rtp)
{
	rtp->seq = ++tx->seq;
	tx->seq_shift++;
	tx->source_first = tx->source_seq;
}

void rd__line_relay_cut(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp,
			uint8_t payload_type, size_t bytes, uint32_t units)
{
	struct rd__rtp piece = *rtp;
	size_t left = rtp->size - bytes;

	piece.size = bytes;
	rd__line_relay(line, from, &piece, payload_type, units);
	/* A late one has a number for one piece. */
	if (line->sender.source_seq != rtp->seq)
		return;
	for (piece.marker = false; left > 0; left -= piece.size) {
		piece.payload += piece.size;
		piece.size = RD_MIN(bytes, left);
		piece.ts += units;
		number_between(&line->sender, &piece);
		rd__line_send(line, &piece, units);
	}
}

/* Beside a voice that is converted it is one of the converter's packets, and no other
 * source. */
void rd__line_pass_noise(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp)
{
	bool converted = from->converter && line->sender.source_ssrc != rtp->ssrc &&
			 rd__converter_count_noise(from->converter, line, from, rtp);

	name_as_ours(line, rtp, (uint8_t)line->setup->config.cn_payload);
	rd__line_send_of(line, from, rtp, rd__line_frame_units(line),
			converted ? UINT16_MAX : from->receiver.gap);
}

/* ---- events on their way through ---- */

/* The time of one that begins: that of the voice that it comes with, or else of the
 * event before it; by the clock where neither can be. */
static uint32_t passed_ts(const struct rd__line *line, const struct rd__line *from,
			  const struct rd__rtp *theirs, const struct rd__rtp *beside_voice)
{
	const struct rd__passed_event *event = &line->passed_event;
	uint32_t now = next_ts(line), ts = now;

	if (beside_voice)
		ts = beside_voice->ts + line->sender.ts_shift;
	else if (event->source == from && event->ssrc == theirs->ssrc)
		ts = event->sent_ts + (theirs->ts - event->ts);
	return is_leap(line, (int32_t)(ts - now)) ? now : ts;
}

/* Among the numbers of the voice that it comes with. False when they were used. */
static bool number_with_voice(struct rd__sender *tx, struct rd__rtp *rtp, unsigned missing)
{
	if ((int16_t)(rtp->seq - tx->source_seq) >= 0) {
		close_gap(tx, rtp, missing);
		tx->source_seq = rtp->seq;
		tx->seq = (uint16_t)(rtp->seq + tx->seq_shift);
	} else if (is_from_before(tx, rtp)) {
		return false;
	}
	rtp->seq = (uint16_t)(rtp->seq + tx->seq_shift);
	return true;
}

/* The voice's clock is not moved, unless there was none. */
static void send_passed(struct rd__line *line, struct rd__rtp *rtp)
{
	struct rd__sender *tx = &line->sender;

	if (!tx->started) {
		tx->started = tx->marker = true;
		tx->ts = rtp->ts;
		tx->span = rd__line_frame_units(line);
		tx->sent_us = line->thread->now_us;
	}
	rtp->ssrc = tx->ssrc;
	if (rd__line_tapped(line))
		rd__taps_packet(line, RD__TAP_OUT, rtp, 0);
	transmit(line, rtp);
}

void rd__line_pass_event(struct rd__line *line, const struct rd__line *from, struct rd__rtp *rtp,
			 uint8_t payload_type)
{
	struct rd__passed_event *event = &line->passed_event;
	struct rd__sender *tx = &line->sender;
	const struct rd__rtp theirs = *rtp;
	bool converted = from->converter && tx->source_ssrc != rtp->ssrc &&
			 rd__converter_count_event(from->converter, rtp);
	bool beside_voice =
		tx->source == from && tx->source_ssrc == rtp->ssrc && !seq_jumped(tx, rtp);

	if (event->source != from || event->ssrc != theirs.ssrc || event->ts != theirs.ts)
		*event = (struct rd__passed_event){
			.source = from,
			.ssrc = theirs.ssrc,
			.ts = theirs.ts,
			.sent_ts = passed_ts(line, from, &theirs, beside_voice ? rtp : NULL),
		};
	rtp->ts = event->sent_ts;
	if (!beside_voice)
		number_between(tx, rtp);
	else if (!number_with_voice(tx, rtp, converted ? UINT16_MAX : from->receiver.gap))
		return;
	name_as_ours(line, rtp, payload_type);
	send_passed(line, rtp);
}

/* ---- events of our own ---- */

void rd__line_send_event(struct rd__line *line, const uint8_t *payload, uint32_t ts, bool first)
{
	uint8_t *packet = line->thread->packet2;
	struct rd__rtp rtp = { .payload_type = (uint8_t)line->setup->config.dtmf_payload,
			       .marker = first,
			       .ts = ts,
			       .seq = (uint16_t)(line->sender.seq + 1),
			       .payload = packet + RD__RTP_HEADER,
			       .size = RD__DTMF_PAYLOAD };
	struct rd__sender before = line->sender;

	memcpy(rtp.payload, payload, RD__DTMF_PAYLOAD);
	rd__line_send(line, &rtp, before.span);
	if (first)
		return;
	/* The voice goes on by the clock since the event began. */
	line->sender.ts = before.ts;
	line->sender.sent_us = before.sent_us;
	line->sender.burst = before.burst;
}
