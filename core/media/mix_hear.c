/* What somebody in a room says: packets from the socket through the jitter
 * buffer to a frame of the room's rate. Of those who are silent nothing is
 * decoded but what it takes to know that. */
#include <string.h>

#include <speex/speex_preprocess.h>

#include "core/media/change.h"
#include "core/media/decoder.h"
#include "core/media/line.h"
#include "core/media/mix.h"
#include "core/media/receive.h"
#include "core/media/registry.h"
#include "core/media/rtp.h"
#include "core/media/setup.h"
#include "core/media/span.h"
#include "core/media/tap.h"
#include "core/media/thread.h"

enum {
	READ_MAX = 32,
	READ_OFTEN = 8, /* every so many ticks all that waits is read */
	/* After so many ticks without a packet epoll tells of the next one. */
	REST_TICKS = 25,
	FETCH_MAX = 16,
	PLAYED_MAX = 400, /* samples at 8 kHz that concealment looks back at */
};

static struct rd__setup *setup_of(const struct rd__member *member)
{
	return member->line->setup;
}

/* Does anybody need what it says? */
static bool is_wanted(const struct rd__member *member)
{
	return !member->role.mute;
}

/* Is its level known without a state? */
static bool is_plain(const struct rd_codec *codec)
{
	return codec->bitrate == codec->rate * 8 && codec->frame_ms <= 1 && codec->decode;
}

/* ---- packets ---- */

static bool is_quiet(struct rd__member *member, const struct rd_codec *codec, void *decoder,
		     const struct rd__rtp *rtp)
{
	int16_t *samples = member->line->thread->samples;
	int n, level;

	if (member->awake || member->role.always || !is_plain(codec))
		return false;
	n = rd__codec_decode(codec, decoder, rtp->payload, rtp->size, samples, RD__FRAME_MAX);
	level = rd__mix_level(samples, (size_t)RD_MAX(n, 0));
	if (rd__voice_begins(&member->voice, level))
		return false;
	member->seen_level = RD_MAX(member->seen_level, level);
	return true;
}

void rd__member_packet(struct rd__line *line, const struct rd__rtp *rtp, int format)
{
	struct rd__member *member = line->member;
	const struct rd_codec *codec = line->setup->config.formats[format].codec;
	struct rd__jitter_packet packet = { .data = rtp->payload,
					    .size = rtp->size,
					    .ts = rtp->ts,
					    .span = rd__packet_span(codec, rtp),
					    .ssrc = rtp->ssrc,
					    .seq = rtp->seq,
					    .format = (uint8_t)format,
					    .marker = rtp->marker };

	member->came = true;
	if (!rd_list_linked(&member->in_heard))
		rd_list_push(&member->mixer->heard, &member->in_heard);
	if (!member->jitter || !packet.span || !is_wanted(member))
		return;
	if (is_quiet(member, codec, line->setup->decoder[format], rtp))
		return;
	/* Its clock stood still while nobody asked: what comes now is not early. */
	if (!member->awake)
		rd__jitter_reset(member->jitter);
	member->awake = true;
	rd__jitter_put(member->jitter, &packet);
}

static void rest(struct rd__member *member)
{
	member->resting = true;
	member->came = false;
	rd__line_watch(member->line);
}

bool rd__member_is_away(const struct rd__member *member)
{
	return member->resting && !member->came && !member->voice.talking && !member->queued;
}

/* Until a packet has come, which epoll has brought. */
static bool is_resting(struct rd__member *member)
{
	if (!member->resting || !member->came)
		return member->resting;
	rd__line_unwatch(member->line);
	member->resting = false;
	member->empty_ticks = 0;
	return false;
}

/* Mostly one packet waits for each tick, and asking again costs as much as
 * reading: so all are read only now and then, or when there were several. */
static void read_packets(struct rd__mixer *mixer, struct rd__member *member)
{
	bool all = member->behind || mixer->tick % READ_OFTEN == 0;
	int max = all ? READ_MAX : 1, n = 0;

	if (is_resting(member))
		return;
	while (n < max && rd__line_receive(member->line))
		n++;
	/* What was late comes with the next one. */
	member->behind = n != 1;
	if (n)
		member->empty_ticks = 0;
	else if (++member->empty_ticks == REST_TICKS)
		rest(member);
}

/* ---- samples ---- */

/* Where the next samples go, and how many fit. */
static int16_t *queue_end(struct rd__member *member, size_t *room)
{
	*room = member->queue_max - member->queued;
	return member->frame + member->queued;
}

static void append(struct rd__member *member, const int16_t *samples, size_t count, int format)
{
	struct rd__resampler *resampler = member->in[format];
	size_t room;
	int16_t *to = queue_end(member, &room);

	if (resampler) {
		member->queued += rd__resample(resampler, samples, count, to, room);
		return;
	}
	count = RD_MIN(count, room);
	if (to != samples)
		memcpy(to, samples, count * sizeof(*to));
	member->queued += count;
}

static bool conceals_for(const struct rd__member *member, int format)
{
	const struct rd_codec *codec = setup_of(member)->config.formats[format].codec;

	return member->plc && !codec->conceals && rd__plc_rate(member->plc) == codec->rate;
}

/* While nothing is lost, what would be repeated lies in the jitter buffer, and
 * is not copied for each packet: only a codec without a memory can be asked
 * again. */
static bool may_lag(const struct rd__member *member, const struct rd_codec *codec)
{
	return is_plain(codec) && rd__jitter_calm(member->jitter) && !member->concealed;
}

static void catch_up(struct rd__member *member, const struct rd_codec *codec, void *decoder)
{
	uint8_t bytes[PLAYED_MAX];
	int16_t samples[PLAYED_MAX];
	size_t count;
	int n;

	if (!member->plc_behind)
		return;
	member->plc_behind = false;
	count = rd__jitter_played(member->jitter, bytes, sizeof(bytes));
	n = rd__codec_decode(codec, decoder, bytes, count, samples, RD_ARRAY_SIZE(samples));
	if (n > 0)
		rd__plc_heard(member->plc, samples, (size_t)n);
}

/* For when a packet is lost. */
static void remember(struct rd__member *member, const struct rd_codec *codec, void *decoder,
		     int16_t *samples, size_t count)
{
	if (may_lag(member, codec)) {
		member->plc_behind = true;
	} else if (conceals_for(member, member->format)) {
		catch_up(member, codec, decoder);
		rd__plc_heard(member->plc, samples, count);
	}
	member->concealed = false;
}

/* At the room's rate already: to where it belongs, without a copy. */
static int16_t *decode_to(struct rd__member *member, int format, size_t *room)
{
	if (!member->in[format])
		return queue_end(member, room);
	*room = RD__FRAME_MAX;
	return member->line->thread->samples;
}

static void decode(struct rd__member *member, const struct rd__jitter_packet *packet)
{
	struct rd__setup *setup = setup_of(member);
	const struct rd_codec *codec;
	int16_t *samples;
	size_t room;
	int n;

	if (packet->format >= setup->config.format_count)
		return;
	codec = setup->config.formats[packet->format].codec;
	samples = decode_to(member, packet->format, &room);
	n = rd__setup_decode(setup, packet->format, packet->data, packet->size, samples, room);
	member->format = packet->format;
	if (n <= 0)
		return;
	remember(member, codec, setup->decoder[packet->format], samples, (size_t)n);
	rd__line_change(member->line, RD__TAP_IN, samples, (size_t)n, codec->rate);
	append(member, samples, (size_t)n, packet->format);
}

/* The next packet may carry a copy of the lost one. */
static int recover(const struct rd__member *member, int16_t *samples, size_t count)
{
	const struct rd__setup *setup = setup_of(member);
	const struct rd_codec *codec = setup->config.formats[member->format].codec;
	const struct rd__jitter_packet *next;

	if (!codec->recover)
		return 0;
	next = rd__jitter_behind(member->jitter);
	if (!next || next->format != member->format)
		return 0;
	return rd__codec_recover(codec, setup->decoder[member->format], next->data, next->size,
				 samples, count);
}

/* What the codec, or the engine for it, makes of a gap; silence at worst. */
static size_t make_up(struct rd__member *member, bool lost, int16_t *samples, size_t count)
{
	const struct rd__setup *setup = setup_of(member);
	const struct rd_codec *codec = setup->config.formats[member->format].codec;
	int n = 0;

	if (conceals_for(member, member->format)) {
		catch_up(member, codec, setup->decoder[member->format]);
		rd__plc_conceal(member->plc, samples, count);
		member->concealed = true;
		return count;
	}
	if (lost)
		n = recover(member, samples, count);
	if (n <= 0 && codec->conceals)
		n = rd__codec_decode(codec, setup->decoder[member->format], NULL, 0, samples,
				     count);
	return (size_t)RD_MAX(n, 0);
}

/* lost: a packet, and it is not only to be waited longer for. */
static void conceal(struct rd__member *member, bool lost, uint32_t span)
{
	int16_t *samples = member->line->thread->samples;
	const struct rd__setup *setup = setup_of(member);
	const struct rd_codec *codec;
	size_t count, n;

	if (member->format >= setup->config.format_count)
		return;
	codec = setup->config.formats[member->format].codec;
	count = (size_t)span * (size_t)codec->rate / (size_t)rd_codec_clock(codec);
	count = RD_MIN(count, (size_t)RD__FRAME_MAX);
	n = make_up(member, lost, samples, count);
	if (n < count)
		memset(samples + n, 0, (count - n) * sizeof(*samples));
	rd__line_change(member->line, RD__TAP_IN, samples, count, codec->rate);
	append(member, samples, count, member->format);
}

/* Samples of the room in units of the clock of its packets. */
static uint32_t units_of(const struct rd__mixer *mixer, const struct rd__member *member,
			 size_t samples)
{
	const struct rd_codec *codec = setup_of(member)->config.formats[0].codec;

	return (uint32_t)(samples * (size_t)rd_codec_clock(codec) / (size_t)mixer->rate);
}

static void fetch(struct rd__mixer *mixer, struct rd__member *member)
{
	struct rd__jitter_packet packet;

	for (int i = 0; i < FETCH_MAX && member->queued < mixer->frame; i++) {
		size_t lacking = mixer->frame - member->queued;

		switch (rd__jitter_get(member->jitter, units_of(mixer, member, lacking),
				       &packet)) {
		case RD__JITTER_PACKET:
			decode(member, &packet);
			break;
		case RD__JITTER_LOST:
			conceal(member, true, packet.span);
			break;
		case RD__JITTER_STRETCH:
			conceal(member, false, packet.span);
			break;
		case RD__JITTER_IDLE:
			return;
		}
	}
}

/* The frame is the beginning of the queue; what lacks is silence. */
static bool take_frame(struct rd__mixer *mixer, struct rd__member *member)
{
	if (member->queued == 0)
		return false;
	if (member->queued < mixer->frame)
		memset(member->frame + member->queued, 0,
		       (mixer->frame - member->queued) * sizeof(*member->frame));
	member->queued = RD_MAX(member->queued, mixer->frame);
	member->taken = true;
	return true;
}

/* That of the last tick has been heard. */
static void drop_frame(struct rd__mixer *mixer, struct rd__member *member)
{
	if (!member->taken)
		return;
	member->taken = false;
	member->queued -= mixer->frame;
	memmove(member->frame, member->frame + mixer->frame,
		member->queued * sizeof(*member->frame));
}

static bool hear_packets(struct rd__mixer *mixer, struct rd__member *member)
{
	bool heard;

	if (!setup_of(member) || !member->jitter) {
		/* They would wait for a better time, and be old then. */
		read_packets(mixer, member);
		return false;
	}
	read_packets(mixer, member);
	if (!member->awake)
		return false;
	fetch(mixer, member);
	heard = take_frame(mixer, member);
	rd__jitter_tick(member->jitter,
			units_of(mixer, member, member->queued - (heard ? mixer->frame : 0)));
	return heard;
}

/* A driver with its own media is asked for as much as a frame lasts. */
static bool hear_custom(struct rd__mixer *mixer, struct rd__member *member)
{
	struct rd__line *line = member->line;
	int16_t *samples = line->thread->samples;
	size_t max = (size_t)(line->ops_rate * mixer->frame_ms / 1000);
	ssize_t n = rd__line_ask(line, samples, RD_MIN(max, (size_t)RD__FRAME_MAX));

	if (n > 0) {
		rd__taps_samples(line, RD__TAP_IN, samples, (size_t)n);
		rd__line_change(line, RD__TAP_IN, samples, (size_t)n, line->ops_rate);
		append(member, samples, (size_t)n, 0);
	}
	return take_frame(mixer, member);
}

/* ---- who talks ---- */

static void clean(struct rd__mixer *mixer, struct rd__member *member)
{
	if (member->cleaner)
		speex_preprocess_run(member->cleaner, member->frame);
	if (member->role.gain_in != RD__MIX_UNITY)
		rd__mix_gain(member->frame, member->frame, member->role.gain_in, mixer->frame);
}

/* Of codecs with a memory all is decoded, or they forget; what has waited is to be heard. */
static bool must_go_on(const struct rd__member *member)
{
	if (!member->line->setup || !member->jitter)
		return false;
	return !is_plain(setup_of(member)->config.formats[0].codec) ||
	       (member->awake && rd__jitter_holds(member->jitter));
}

static void detect(struct rd__mixer *mixer, struct rd__member *member, bool decoded)
{
	bool before = member->voice.talking, now;
	int level = decoded ? rd__mix_level(member->frame, mixer->frame) : member->seen_level;

	member->seen_level = 0;
	now = rd__voice_detect(&member->voice, level, mixer->frame_ms);
	member->awake = now || must_go_on(member);
	if (now != before)
		rd__line_notice(member->line, now ? RD_STREAM_TALK_BEGIN : RD_STREAM_TALK_END, 0,
				0);
}

void rd__member_listen(struct rd__mixer *mixer, struct rd__member *member)
{
	bool decoded;

	member->heard = false;
	drop_frame(mixer, member);
	if (member->port) {
		member->heard = rd__sample_ring_read(rd__member_source(member), member->frame,
						     mixer->frame);
		return;
	}
	decoded = member->line->ops ? hear_custom(mixer, member) : hear_packets(mixer, member);
	if (member->role.mute)
		return;
	if (decoded)
		clean(mixer, member);
	detect(mixer, member, decoded);
	member->heard = decoded && (member->voice.talking || member->role.always);
}
