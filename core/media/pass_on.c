/* Pictures and text on their way: the payload stays as it is, the header becomes
 * that of our own stream. Whoever begins to watch needs a whole picture first. */
#include <string.h>
#include <strings.h>

#include "core/media/line.h"
#include "core/media/pass_on.h"
#include "core/media/rtp.h"
#include "core/media/send.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/whole_picture.h"

enum {
	NONE = -1,
	/* A new view waits no longer for its first whole picture: some phones make none
	 * when they are asked. */
	BLANK_US = 2000000,
	ASK_AGAIN_US = 500000,
};

static bool is_codec(const struct rd_stream_format *format, const char *rtp_name)
{
	return strcasecmp(format->codec->rtp_name, rtp_name) == 0;
}

/* ---- payload types ---- */

static bool fits(const struct rd_stream_format *a, const struct rd_stream_format *b)
{
	return a->codec == b->codec && (!a->codec->fits || a->codec->fits(a->fmtp, b->fmtp));
}

static int8_t payload_of(const struct rd_stream_config *config,
			 const struct rd_stream_format *format)
{
	for (int i = 0; i < config->format_count; i++)
		if (fits(&config->formats[i], format))
			return (int8_t)config->formats[i].payload;
	return NONE;
}

static int8_t plain_text_of(const struct rd_stream_config *config)
{
	for (int i = 0; i < config->format_count; i++)
		if (is_codec(&config->formats[i], "T140"))
			return (int8_t)config->formats[i].payload;
	return NONE;
}

/* True when it is new: made for other agreements than the last one. */
static bool make_passage(struct rd__passage *passage, const struct rd__setup *from,
			 const struct rd__setup *to)
{
	if (passage->from == from->serial && passage->to == to->serial)
		return false;
	passage->from = from->serial;
	passage->to = to->serial;
	for (int i = 0; i < from->config.format_count; i++)
		passage->payload[i] = payload_of(&to->config, &from->config.formats[i]);
	passage->plain_text = plain_text_of(&to->config);
	return true;
}

/* ---- text with redundancy (RFC 2198, RFC 4103) ---- */

enum { BLOCK = 4, LAST_BLOCK = 1 };

/* The headers of its blocks; 0 when they are not whole. */
static size_t headers_size(const struct rd__rtp *rtp)
{
	size_t at = 0;

	while (at < rtp->size && rtp->payload[at] & 0x80)
		at += BLOCK;
	return at < rtp->size ? at + LAST_BLOCK : 0;
}

static size_t block_size(const uint8_t *header)
{
	return (size_t)(header[2] & 0x03) << 8 | header[3];
}

/* Types in a packet are of the leg that it is sent on. */
static void map_blocks(const struct rd__line *line, const struct rd__passage *passage,
		       struct rd__rtp *rtp)
{
	size_t end = headers_size(rtp);

	for (size_t at = 0; at < end; at += BLOCK) {
		int format = rd__format_of(line->setup, rtp->payload[at] & 0x7f);

		if (format >= 0 && passage->payload[format] >= 0)
			rtp->payload[at] = (uint8_t)((rtp->payload[at] & 0x80) |
						     passage->payload[format]);
	}
}

/* What is new in it, for who does not understand the rest, and of as many packets before
 * it as are missing: they stand there one behind the other. */
static bool strip_blocks(struct rd__line *line, struct rd__rtp *rtp)
{
	size_t end = headers_size(rtp), skip = end, all = end;
	size_t before = end ? (end - LAST_BLOCK) / BLOCK : 0;
	uint16_t late = (uint16_t)(line->receiver.reception.max_seq - rtp->seq);
	size_t found = RD_MIN(before, (size_t)line->receiver.gap);

	for (size_t i = 0; i < before; i++) {
		size_t size = block_size(rtp->payload + i * BLOCK);

		all += size;
		skip += i < before - found ? size : 0;
	}
	/* One that is late has been told with the next one. */
	if (!end || all > rtp->size || (late && late <= before))
		return false;
	line->receiver.gap -= (unsigned)found;
	rtp->payload += skip;
	rtp->size -= skip;
	return true;
}

/* The type that it goes out with; NONE when it cannot. */
static int translate(struct rd__line *line, const struct rd__passage *passage,
		     struct rd__rtp *rtp, int format)
{
	const struct rd_stream_format *theirs = &line->setup->config.formats[format];
	int payload = passage->payload[format];

	if (line->kind != RD_MEDIA_TEXT || !is_codec(theirs, "RED"))
		return payload;
	if (payload >= 0)
		map_blocks(line, passage, rtp);
	else if (passage->plain_text >= 0 && strip_blocks(line, rtp))
		payload = passage->plain_text;
	return payload;
}

/* ---- galleries ---- */

void rd__line_see(struct rd__line *line, struct rd_stream *source)
{
	rd_list_remove(&line->in_viewers);
	line->sees = source ? &source->line : NULL;
	line->passage.blank = source != NULL;
	line->passage.blank_us = 0;
	line->passage.blank_asks = 0;
	if (source)
		rd_list_push(&source->line.viewers, &line->in_viewers);
}

void rd__line_unsee(struct rd__line *line)
{
	rd__line_see(line, NULL);
	rd_list_foreach(node, tmp, &line->viewers)
		rd__line_see(rd_list_entry(node, struct rd__line, in_viewers), NULL);
}

/* What comes before the first whole picture builds on ones that the viewer never had.
 * *ask: have one made. */
static bool is_blank(const struct rd__line *line, struct rd__passage *view,
		     const struct rd__rtp *rtp, int format, bool *ask)
{
	const char *codec = line->setup->config.formats[format].codec->rtp_name;
	uint64_t now_us = line->thread->now_us;

	if (!view->blank)
		return false;
	if (!view->blank_us)
		view->blank_us = now_us;
	view->blank = rd__whole_picture_known(codec) && !rd__whole_picture_begins(codec, rtp) &&
		      now_us < view->blank_us + BLANK_US;
	*ask = view->blank && now_us >= view->blank_us + view->blank_asks * ASK_AGAIN_US;
	view->blank_asks += *ask;
	return view->blank;
}

/* ---- packets ---- */

/* True when a whole picture is to be asked for: the target begins to see this line. */
static bool pass_to(struct rd__line *line, struct rd__line *target, const struct rd__rtp *rtp,
		    int format)
{
	struct rd__rtp copy = *rtp;
	bool anew, ask;
	int payload;

	if (!rd__line_can_send(target))
		return false;
	anew = make_passage(&target->passage, line->setup, target->setup);
	anew |= target->sender.source != line;
	payload = translate(line, &target->passage, &copy, format);
	if (payload < 0)
		return false;
	if (is_blank(line, &target->passage, rtp, format, &ask))
		return ask;
	rd__line_relay(target, line, &copy, (uint8_t)payload, 0);
	return anew;
}

static bool pass_to_viewers(struct rd__line *line, const struct rd__rtp *rtp, int format)
{
	bool anew = line->passage.wanted;

	if (rd_list_empty(&line->viewers))
		return false;
	rd_list_foreach(node, tmp, &line->viewers)
		anew |= pass_to(line, rd_list_entry(node, struct rd__line, in_viewers), rtp,
				format);
	return anew;
}

void rd__line_pass_on(struct rd__line *line, struct rd__rtp *rtp, int format)
{
	struct rd__line *target = line->peer;
	bool anew = false;

	if (format < 0)
		return;
	if (!target && line->echo)
		target = line;
	if (target)
		anew = pass_to(line, target, rtp, format);
	else
		anew = pass_to_viewers(line, rtp, format);
	/* The first picture of all is whole anyway. */
	if (anew && line->receiver.packets > 1)
		rd__line_ask_for_picture(line);
}
