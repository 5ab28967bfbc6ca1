/* Taps of a line, and the decoders that they share: of each format that was
 * agreed on, one for what is heard and one for what is said. */
#include "core/media/tap.h"

#include <string.h>

#include "core/media/command.h"
#include "core/media/engine.h"
#include "core/media/line.h"
#include "core/media/plc.h"
#include "core/media/registry.h"
#include "core/media/rtp.h"
#include "core/media/setup.h"
#include "core/media/sorter.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

enum {
	/* Lost packets in a row that leave their place; more are a pause. */
	MISSED_MAX = 10,
	/* More than so many: silence, and no voice made up. */
	CONCEALED_MAX = 5,
};

struct decoder {
	const struct rd_codec *codec;
	void *state[RD__TAP_SIDES]; /* NULL: it needs none */
	struct rd__plc *plc[RD__TAP_SIDES]; /* NULL: the codec conceals by itself */
	int last_count[RD__TAP_SIDES]; /* samples of the packet before */
};

struct rd__tap_decoders {
	int count;
	uint16_t last_said; /* sequence */
	bool has_said;
	struct rd__sorter sorter[RD__TAP_SIDES];
	struct decoder decoder[RD_STREAM_FORMATS];
};

/* ---- decoders: made on the switch thread ---- */

static void decoders_free(struct rd__tap_decoders *decoders)
{
	if (!decoders)
		return;
	for (int i = 0; i < decoders->count; i++) {
		const struct rd_codec *codec = decoders->decoder[i].codec;

		for (int side = 0; side < RD__TAP_SIDES; side++) {
			rd__plc_free(decoders->decoder[i].plc[side]);
			if (decoders->decoder[i].state[side])
				codec->state_free(decoders->decoder[i].state[side]);
		}
		rd__codec_use(codec, -1);
	}
	for (int side = 0; side < RD__TAP_SIDES; side++)
		rd__sorter_fini(&decoders->sorter[side]);
	rd_free(decoders);
}

static int make_states(struct decoder *decoder, const char *fmtp)
{
	const struct rd_codec *codec = decoder->codec;
	int rc = 0;

	for (int side = 0; side < RD__TAP_SIDES && codec->decode && !rc; side++) {
		if (!codec->conceals)
			rc = rd__plc_new(&decoder->plc[side], codec->rate);
		if (rc || !codec->decoder_new)
			continue;
		decoder->state[side] = codec->decoder_new(fmtp);
		rc = decoder->state[side] ? 0 : -ENOMEM;
	}
	return rc;
}

static int decoders_new(struct rd__tap_decoders **dp, const struct rd_stream_config *config)
{
	struct rd__tap_decoders *decoders = rd_zalloc(sizeof(*decoders));
	int rc = decoders ? 0 : -ENOMEM;

	for (int side = 0; side < RD__TAP_SIDES && !rc; side++)
		rc = rd__sorter_init(&decoders->sorter[side]);
	for (int i = 0; i < config->format_count && !rc; i++) {
		struct decoder *decoder = &decoders->decoder[decoders->count++];

		decoder->codec = config->formats[i].codec;
		rd__codec_use(decoder->codec, 1);
		rc = make_states(decoder, config->formats[i].fmtp);
	}
	if (rc)
		decoders_free(decoders);
	else
		*dp = decoders;
	return rc;
}

static int send_decoders(struct rd_stream *stream)
{
	struct rd__command command = { .type = RD__CMD_TAP_DECODERS, .stream = stream };
	struct rd__tap_decoders *decoders;
	int rc = decoders_new(&decoders, rd_stream_config(stream));

	if (rc)
		return rc;
	command.object = decoders;
	rc = rd__order_new(stream, &command);
	if (rc)
		decoders_free(decoders);
	return rc;
}

int rd__taps_configure(struct rd_stream *stream)
{
	return stream->taps ? send_decoders(stream) : 0;
}

void rd__taps_stream_free(struct rd_stream *stream)
{
	decoders_free(stream->line.tap_decoders);
}

/* ---- taps: the switch thread's part ---- */

int rd__tap_init(struct rd__tap *tap, const struct rd__tap_ops *ops, unsigned sides, int rate)
{
	int rc = 0;

	memset(tap, 0, sizeof(*tap));
	tap->ops = ops;
	tap->sides = sides;
	tap->rate = rate;
	rd_list_init(&tap->in_line);
	for (int side = 0; side < RD__TAP_SIDES; side++) {
		rd__resamplers_init(&tap->resamplers[side], rate);
		for (size_t i = 0; i < RD_RATES && !rc && sides & 1u << side; i++)
			rc = rd__resamplers_add(&tap->resamplers[side], rd_rates[i],
						RD__RESAMPLE_CALL);
	}
	if (rc)
		rd__tap_fini(tap);
	return rc;
}

void rd__tap_fini(struct rd__tap *tap)
{
	for (int side = 0; side < RD__TAP_SIDES; side++)
		rd__resamplers_fini(&tap->resamplers[side]);
}

int rd__stream_tap(struct rd_stream *stream, struct rd__tap *tap)
{
	int rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_assert(!stream->closing);
	rc = stream->taps ? 0 : send_decoders(stream);
	if (rc)
		return rc;
	stream->taps++;
	tap->stream = stream;
	tap->stopped = false;
	rd__order_init(&tap->start, stream, RD__CMD_TAP, tap);
	rd__order_init(&tap->stop, stream, RD__CMD_UNTAP, tap);
	rd__order(stream, &tap->start);
	return 0;
}

void rd__stream_untap(struct rd__tap *tap)
{
	/* A stream that closes lets go of it anyway. */
	if (!tap->stream || tap->stream->closing || tap->stopped)
		return;
	tap->stopped = true;
	rd__order(tap->stream, &tap->stop);
}

void rd__taps_event(const struct rd__event *event)
{
	struct rd__tap *tap = event->object;

	if (event->type == RD__EVENT_TAP_DECODERS_DONE) {
		decoders_free(event->object);
		return;
	}
	tap->stream->taps--;
	tap->stream = NULL;
	tap->ops->left(tap, event->number);
}

/* ---- decoding ---- */

/* made_up: they take the place of lost ones. */
static void give(struct rd__line *line, enum rd__tap_side side, int rate,
		 const int16_t *given, size_t length, bool made_up)
{
	int16_t *room = line->thread->tap_resampled;

	rd_list_foreach(node, tmp, &line->taps) {
		struct rd__tap *tap = rd_list_entry(node, struct rd__tap, in_line);
		const int16_t *samples;
		size_t count = length;

		if (!(tap->sides & 1u << side) || (made_up && !tap->ops->made_up))
			continue;
		samples = rd__resamplers_run(&tap->resamplers[side], rate, given, &count, room,
					     RD__FRAME_MAX);
		if (samples && count)
			(made_up ? tap->ops->made_up : tap->ops->hear)(tap, line, side, samples,
								       count);
	}
}

/* Of so many at this rate; concealed: those that want to know what is there instead
 * have heard it. */
static void tell_lost(struct rd__line *line, enum rd__tap_side side, int rate, size_t count,
		      bool concealed)
{
	rd_list_foreach(node, tmp, &line->taps) {
		struct rd__tap *tap = rd_list_entry(node, struct rd__tap, in_line);

		if (tap->sides & 1u << side && !(concealed && tap->ops->made_up))
			tap->ops->hear(tap, line, side, NULL,
				       count * (size_t)tap->rate / (size_t)rate);
	}
}

static struct decoder *decoder_of(struct rd__tap_decoders *decoders, const struct rd_codec *codec)
{
	for (int i = 0; decoders && i < decoders->count; i++)
		if (decoders->decoder[i].codec == codec)
			return &decoders->decoder[i];
	return NULL;
}

/* What is relayed has the gaps of its source. */
static unsigned missed_saying(struct rd__tap_decoders *decoders, const struct rd__rtp *rtp)
{
	unsigned missed = (uint16_t)(rtp->seq - decoders->last_said - 1);

	if (!decoders->has_said || missed > MISSED_MAX)
		missed = 0;
	decoders->has_said = true;
	decoders->last_said = rtp->seq;
	return missed;
}

/* One packet's worth; the next one may carry a copy of the last lost one. */
static int conceal(struct decoder *decoder, enum rd__tap_side side, const struct rd__rtp *next,
		   bool last, int16_t *out)
{
	const struct rd_codec *codec = decoder->codec;
	size_t count = (size_t)decoder->last_count[side];
	int n = 0;

	if (decoder->plc[side]) {
		rd__plc_conceal(decoder->plc[side], out, count);
		return (int)count;
	}
	if (last && codec->recover)
		n = rd__codec_recover(codec, decoder->state[side], next->payload, next->size, out,
				      count);
	return n > 0 ? n : rd__codec_decode(codec, decoder->state[side], NULL, 0, out, count);
}

static void fill_gap(struct rd__line *line, enum rd__tap_side side, struct decoder *decoder,
		     const struct rd__rtp *next, unsigned missed)
{
	int16_t *samples = line->thread->tap_samples;
	size_t count = (size_t)decoder->last_count[side];
	int rate = decoder->codec->rate, n;
	bool concealed = missed <= CONCEALED_MAX;

	if (!count)
		return;
	tell_lost(line, side, rate, count * missed, concealed);
	for (unsigned left = missed; left > 0 && concealed; left--) {
		n = conceal(decoder, side, next, left == 1, samples);
		if (n > 0)
			give(line, side, rate, samples, (size_t)n, true);
	}
}

static void decode(struct rd__line *line, enum rd__tap_side side, const struct rd__rtp *rtp,
		   unsigned missed)
{
	int format = rd__format_of(line->setup, rtp->payload_type & 0x7f), count;
	const struct rd_codec *codec = format < 0 ? NULL
						  : line->setup->config.formats[format].codec;
	struct decoder *decoder = codec ? decoder_of(line->tap_decoders, codec) : NULL;
	int16_t *samples = line->thread->tap_samples;

	if (!decoder || !codec->decode)
		return;
	if (missed)
		fill_gap(line, side, decoder, rtp, missed);
	count = rd__codec_decode(codec, decoder->state[side], rtp->payload, rtp->size, samples,
				 RD__FRAME_MAX);
	if (count <= 0)
		return;
	if (decoder->plc[side])
		rd__plc_heard(decoder->plc[side], samples, (size_t)count);
	decoder->last_count[side] = count;
	give(line, side, codec->rate, samples, (size_t)count, false);
}

/* ---- in order ---- */

static void decode_waiting(struct rd__line *line, enum rd__tap_side side, uint64_t now_us)
{
	struct rd__sorter *sorter = &line->tap_decoders->sorter[side];
	const struct rd__sorted *next;
	unsigned missed;

	while ((next = rd__sorter_next(sorter, now_us, &missed)))
		decode(line, side, &next->rtp, missed);
	rd__line_wake(line);
}

static void decode_all_waiting(struct rd__line *line)
{
	for (int side = 0; side < RD__TAP_SIDES && line->tap_decoders; side++)
		decode_waiting(line, side, UINT64_MAX);
}

void rd__taps_packet(struct rd__line *line, enum rd__tap_side side, const struct rd__rtp *rtp,
		     unsigned missed)
{
	struct rd__tap_decoders *decoders = line->tap_decoders;
	bool kept;

	if (!decoders)
		return;
	if (side == RD__TAP_OUT)
		missed = missed_saying(decoders, rtp);
	kept = rd__sorter_keep(&decoders->sorter[side], rtp, 0, missed, line->thread->now_us);
	if (decoders->sorter[side].waiting)
		decode_waiting(line, side, kept ? line->thread->now_us : UINT64_MAX);
	if (!kept)
		decode(line, side, rtp, missed);
}

void rd__taps_late(struct rd__line *line, enum rd__tap_side side, const struct rd__rtp *rtp)
{
	struct rd__tap_decoders *decoders = line->tap_decoders;

	if (decoders && rd__sorter_keep_late(&decoders->sorter[side], rtp, 0, line->thread->now_us))
		decode_waiting(line, side, line->thread->now_us);
}

bool rd__taps_wait(const struct rd__line *line)
{
	const struct rd__tap_decoders *decoders = line->tap_decoders;

	return decoders &&
	       (decoders->sorter[RD__TAP_IN].waiting || decoders->sorter[RD__TAP_OUT].waiting);
}

/* ---- taps: the line's part ---- */

static void tell(struct rd__line *line, enum rd__event_type type, void *object, bool closing)
{
	struct rd__event event = { .type = type,
				   .stream = RD__STREAM_OF(line),
				   .object = object,
				   .number = closing };

	rd__thread_event(line->thread, &event);
}

static void let_go(struct rd__line *line, struct rd__tap *tap, bool closing)
{
	rd_list_remove(&tap->in_line);
	line->ticking_taps -= tap->ops->tick != NULL;
	if (tap->ops->leave)
		tap->ops->leave(tap, line, closing);
	tell(line, RD__EVENT_TAP_LEFT, tap, closing);
}

void rd__taps_command(struct rd__line *line, const struct rd__command *command)
{
	struct rd__tap *tap = command->object;

	switch (command->type) {
	case RD__CMD_TAP:
		rd_list_push(&line->taps, &tap->in_line);
		line->ticking_taps += tap->ops->tick != NULL;
		break;
	case RD__CMD_UNTAP:
		decode_all_waiting(line);
		let_go(line, tap, false);
		break;
	default:
		decode_all_waiting(line);
		if (line->tap_decoders)
			tell(line, RD__EVENT_TAP_DECODERS_DONE, line->tap_decoders, false);
		line->tap_decoders = command->object;
		break;
	}
}

void rd__taps_close(struct rd__line *line)
{
	decode_all_waiting(line);
	while (rd__line_tapped(line))
		let_go(line, rd_list_entry(line->taps.next, struct rd__tap, in_line), true);
}

void rd__taps_tick(struct rd__line *line)
{
	for (int side = 0; side < RD__TAP_SIDES && line->tap_decoders; side++)
		if (line->tap_decoders->sorter[side].waiting)
			decode_waiting(line, side, line->thread->now_us);
	rd_list_foreach(node, tmp, &line->taps) {
		struct rd__tap *tap = rd_list_entry(node, struct rd__tap, in_line);

		if (tap->ops->tick)
			tap->ops->tick(tap, line);
	}
}

void rd__taps_samples(struct rd__line *line, enum rd__tap_side side, const int16_t *samples,
		      size_t count)
{
	give(line, side, line->ops_rate, samples, count, false);
}
