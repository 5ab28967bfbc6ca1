/* Wishes on their way back (RFC 4585, RFC 5104): who watches our stream asks us,
 * and we ask whoever made it, in our own name and by what was agreed on there. */
#include <string.h>

#include "core/media/line.h"
#include "core/media/pass_on.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/wire.h"

enum {
	/* Between two pictures that a driver asks for in other ways than packets, or that
	 * one sends who is seen by many. */
	PATIENCE_US = 500000,
	NACK_SIZE = 4,
	FIR_SIZE = 8,
};

/* Whose packets our far end gets. */
static struct rd__line *source_of(struct rd__line *line)
{
	if (line->peer)
		return line->peer;
	return line->sees || !line->echo ? line->sees : line;
}

static bool agreed(const struct rd__line *line, enum rd_feedback what)
{
	return line->setup && line->setup->config.feedback & what;
}

/* ---- asking ---- */

static void ask(struct rd__line *line, uint8_t type, uint8_t format, const uint8_t *detail,
		size_t size)
{
	struct rd__feedback feedback = { .type = type,
					 .format = format,
					 .media = line->receiver.reception.ssrc,
					 .detail = detail,
					 .size = size };

	/* The media source of a FIR is named in its detail (RFC 5104 §4.3.1.2). */
	if (type == RD__FEEDBACK_PICTURE && format == RD__FEEDBACK_FIR)
		feedback.media = 0;
	rd__line_send_feedback(line, &feedback);
}

static void ask_fully(struct rd__line *line)
{
	uint8_t detail[FIR_SIZE] = { 0 };

	rd__put32(detail, line->receiver.reception.ssrc);
	detail[4] = line->passage.fir_number++;
	ask(line, RD__FEEDBACK_PICTURE, RD__FEEDBACK_FIR, detail, sizeof(detail));
}

/* By the driver: SIP can say it, too (RFC 5168). */
static void ask_driver(struct rd__line *line)
{
	uint64_t now_us = line->thread->now_us;

	if (line->passage.asked_us && now_us < line->passage.asked_us + PATIENCE_US)
		return;
	line->passage.asked_us = now_us;
	rd__line_notice(line, RD_STREAM_PICTURE, 0, 0);
}

/* Many who see it may ask at once, and each may have lost another packet: a picture
 * serves them all, the last who asked too. */
static bool is_served(struct rd__line *line)
{
	struct rd__passage *passage = &line->passage;
	uint64_t now_us = line->thread->now_us;

	if (rd_list_empty(&line->viewers))
		return false;
	passage->wanted = passage->wanted_us && now_us < passage->wanted_us + PATIENCE_US;
	if (!passage->wanted)
		passage->wanted_us = now_us;
	return passage->wanted;
}

void rd__line_ask_for_picture(struct rd__line *line)
{
	if (line->kind != RD_MEDIA_VIDEO || !line->receiver.reception.started || is_served(line))
		return;
	if (agreed(line, RD_FEEDBACK_PLI))
		ask(line, RD__FEEDBACK_PICTURE, RD__FEEDBACK_PLI, NULL, 0);
	else if (agreed(line, RD_FEEDBACK_FIR))
		ask_fully(line);
	else
		ask_driver(line);
}

/* ---- what is asked of us ---- */

void rd__line_wish_for_picture(struct rd__line *line)
{
	struct rd__line *source = source_of(line);

	if (source)
		rd__line_ask_for_picture(source);
}

/* A full intra request names whom it asks. One that comes again, for safety, goes
 * out again, too. */
static bool asks_us_fully(const struct rd__line *line, const struct rd__feedback *feedback)
{
	for (size_t at = 0; at + FIR_SIZE <= feedback->size; at += FIR_SIZE)
		if (rd__get32(feedback->detail + at) == line->sender.ssrc)
			return true;
	return false;
}

/* Our numbers of packets become theirs, as long as both mean the same ones. */
static void ask_again(struct rd__line *line, struct rd__line *source,
		      const struct rd__feedback *feedback)
{
	size_t size = RD_MIN(feedback->size, (size_t)RD__FEEDBACK_DETAIL_MAX);
	uint8_t detail[RD__FEEDBACK_DETAIL_MAX];

	size -= size % NACK_SIZE;
	if (!agreed(source, RD_FEEDBACK_NACK) || !size || line->sender.source != source ||
	    line->sender.source_ssrc != source->receiver.reception.ssrc)
		return;
	memcpy(detail, feedback->detail, size);
	for (size_t at = 0; at < size; at += NACK_SIZE)
		rd__put16(detail + at,
			  (uint16_t)(rd__get16(detail + at) - line->sender.seq_shift));
	ask(source, RD__FEEDBACK_RTP, RD__FEEDBACK_NACK, detail, size);
}

static void picture_wish(struct rd__line *line, struct rd__line *source,
			 const struct rd__feedback *feedback)
{
	bool ours = feedback->media == line->sender.ssrc;

	if (feedback->format == RD__FEEDBACK_FIR) {
		if (asks_us_fully(line, feedback))
			rd__line_ask_for_picture(source);
	} else if (feedback->format == RD__FEEDBACK_SLI && ours &&
		   agreed(source, RD_FEEDBACK_SLI)) {
		ask(source, RD__FEEDBACK_PICTURE, RD__FEEDBACK_SLI, feedback->detail,
		    feedback->size);
	} else if (ours && (feedback->format == RD__FEEDBACK_PLI ||
			    feedback->format == RD__FEEDBACK_SLI)) {
		rd__line_ask_for_picture(source);
	}
}

void rd__line_pass_back(struct rd__line *line, const uint8_t *packet, size_t size)
{
	struct rd__line *source = source_of(line);
	struct rd__feedback feedback;

	while (source && rd__feedback_next(&feedback, &packet, &size)) {
		if (feedback.type == RD__FEEDBACK_PICTURE)
			picture_wish(line, source, &feedback);
		else if (feedback.format == RD__FEEDBACK_NACK &&
			 feedback.media == line->sender.ssrc)
			ask_again(line, source, &feedback);
	}
}
