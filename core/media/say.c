/* What a line says of its own: samples encoded, or told as silence, and noise that keeps
 * a way open. How it is numbered is send.c's. */
#include "core/media/change.h"
#include "core/media/encoder.h"
#include "core/media/hush.h"
#include "core/media/line.h"
#include "core/media/rtp.h"
#include "core/media/secure.h"
#include "core/media/send.h"
#include "core/media/setup.h"
#include "core/media/tap.h"
#include "core/media/thread.h"

enum {
	CN_PAYLOAD = 13, /* RFC 3551 */
	QUIETEST = 127, /* -dBov */
};

static const struct rd_stream_format *sent(const struct rd__line *line)
{
	return rd__sent_format(line->setup);
}

/* A voice; or else in rtp what is told of the silence, .size 0: nothing. */
static bool speaks(struct rd__line *line, const int16_t *samples, size_t count, struct rd__rtp *rtp)
{
	struct rd__hush *hush = &line->hush;
	bool was_silent = hush->silent;
	enum rd__hush_verdict verdict = rd__hush_judge(hush, samples, count, line->setup->rate_out);

	if (verdict == RD__HUSH_SAY) {
		rtp->marker |= was_silent;
		return true;
	}
	rtp->marker = false;
	rtp->payload[0] = hush->level;
	rtp->size = verdict == RD__HUSH_TELL;
	rtp->payload_type = (uint8_t)line->setup->config.cn_payload;
	return false;
}

static size_t encode(struct rd__line *line, const int16_t *samples, size_t count,
		     struct rd__rtp *rtp)
{
	const struct rd_codec *codec = sent(line)->codec;
	uint8_t *out = line->thread->packet2;
	int n = -ENOTSUP;

	rtp->payload = out + RD__RTP_HEADER;
	if (line->setup->config.cn_sent && !speaks(line, samples, count, rtp))
		return rtp->size;
	if (codec->encode)
		n = rd__setup_encode(line->setup, samples, count, out + RD__RTP_HEADER,
				     sizeof(line->thread->packet2) - RD__RTP_HEADER,
				     line->thread->said);
	if (n <= 0) {
		line->sender.marker = true; /* a pause: what comes behind it begins */
		return 0;
	}
	rtp->size = (size_t)n;
	rtp->payload_type = sent(line)->payload;
	return rtp->size;
}

/* Samples of sound in units of the RTP clock, which for G.722 differ. */
static uint32_t units_at(const struct rd__line *line, size_t samples, int rate)
{
	return (uint32_t)(samples * (size_t)rd__line_clock(line) / (size_t)rate);
}

static uint32_t units_of(const struct rd__line *line, size_t samples)
{
	return units_at(line, samples, line->setup->rate_out);
}

/* To a driver that has media of its own. */
static void give(struct rd__line *line, const int16_t *samples, size_t count)
{
	if (!line->ops->write)
		return;
	rd__work_enter((const void *)line->ops->write);
	line->ops->write(line->ops_arg, samples, count);
	rd__work_leave((const void *)line->ops->write);
}

void rd__line_say(struct rd__line *line, const void *source, const int16_t *samples,
		  size_t count)
{
	struct rd__rtp rtp = { 0 };
	size_t size;

	samples = rd__line_changed(line, samples, count);
	if (line->ops) {
		rd__taps_samples(line, RD__TAP_OUT, samples, count);
		give(line, samples, count);
		return;
	}
	if (!rd__line_can_send(line))
		return;
	size = encode(line, samples, count, &rtp);
	if (size) {
		rtp.ts = rd__sender_now(line, source);
		rtp.seq = (uint16_t)(line->sender.seq + 1);
		rd__line_send(line, &rtp, units_of(line, count));
	}
	/* What is not sent takes its time, too. */
	if (!size || line->hush.silent)
		line->sender.source = NULL;
}

void rd__line_say_bytes(struct rd__line *line, const void *source, size_t size, size_t samples)
{
	struct rd__rtp rtp = { .payload = line->thread->packet2 + RD__RTP_HEADER, .size = size };

	if (!rd__line_can_send(line) || !size)
		return;
	rd__setup_sent(line->setup, sent(line)->codec, rtp.payload, size);
	rtp.payload_type = sent(line)->payload;
	rtp.ts = rd__sender_now(line, source);
	rtp.seq = (uint16_t)(line->sender.seq + 1);
	rd__line_send(line, &rtp, units_at(line, samples, sent(line)->codec->rate));
}

static bool is_silent_for(const struct rd__line *line, int ms)
{
	const struct rd__sender *tx = &line->sender;

	return !tx->started || line->thread->now_us >= tx->sent_us + (uint64_t)ms * 1000;
}

void rd__line_keep_alive(struct rd__line *line)
{
	static const char nobody[] = "noise";
	const struct rd_stream_config *config = &line->setup->config;
	struct rd__rtp rtp = { .payload = line->thread->packet2 + RD__RTP_HEADER, .size = 1 };

	if (!config->keepalive_ms || !is_silent_for(line, config->keepalive_ms) || !sent(line) ||
	    !(line->source.locked || line->source.remote.size) || !rd__line_has_keys(line))
		return;
	rtp.payload[0] = QUIETEST;
	rtp.payload_type = (uint8_t)(config->cn_payload >= 0 ? config->cn_payload : CN_PAYLOAD);
	rtp.ts = rd__sender_now(line, nobody);
	rtp.seq = (uint16_t)(line->sender.seq + 1);
	rd__line_send(line, &rtp, rd__line_frame_units(line));
	/* Whoever speaks next begins anew. */
	line->sender.source = NULL;
}

bool rd__line_say_packet(struct rd__line *line, const struct rd__line *from,
			 const struct rd__rtp *numbers, const int16_t *samples, size_t count)
{
	struct rd__rtp out = *numbers;

	if (line->ops || from->ops) {
		rd__line_say(line, from, samples, count);
		return true;
	}
	samples = rd__line_changed(line, samples, count);
	if (!encode(line, samples, count, &out))
		return false;
	/* Converted packets are counted by the converter. */
	rd__line_send_of(line, from, &out, units_of(line, count), UINT16_MAX);
	return true;
}
