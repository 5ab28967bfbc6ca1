/* Digits of a line: telephone events that come in, and those that go out,
 * as events or, where none were agreed on, as tones. */
#include <string.h>

#include "core/media/dtmf.h"
#include "core/media/dtmf_line.h"
#include "core/media/hear.h"
#include "core/media/line.h"
#include "core/media/media.h"
#include "core/media/rtp.h"
#include "core/media/send.h"
#include "core/media/setup.h"
#include "core/media/thread.h"
#include "core/media/tone.h"

static int event_rate(const struct rd__line *line)
{
	int rate = line->setup ? line->setup->config.dtmf_rate : 0;

	return rate > 0 ? rate : 8000;
}

/* ---- in ---- */

/* By whom its keys go on, if by anybody. */
static struct rd__line *digit_target(const struct rd__line *line)
{
	struct rd__line *peer = line->peer;

	if (!peer || !(line->link_flags & RD__LINK_PASS_DIGITS) || peer->player || peer->ops ||
	    !rd__line_can_send(peer) || peer->setup->config.dtmf_payload < 0)
		return NULL;
	return peer;
}

static void pass_digit_on(struct rd__line *line, struct rd__rtp *rtp)
{
	struct rd__line *target = digit_target(line);

	if (target && event_rate(target) == event_rate(line))
		rd__line_pass_event(target, line, rtp,
				    (uint8_t)target->setup->config.dtmf_payload);
}

/* By another clock it is pressed anew, and as long as it is held here. */
static void press_anew(struct rd__line *line, const struct rd__dtmf_news *news)
{
	struct rd__line *target = digit_target(line);

	if (!target || event_rate(target) == event_rate(line))
		return;
	for (int i = 0; i < news->count; i++) {
		if (news->item[i].end)
			rd__dtmf_release(&target->dtmf_out, news->item[i].ms);
		else
			target->keying |= rd__dtmf_press(&target->dtmf_out, news->item[i].digit);
	}
	rd__line_wake(target);
}

/* Nobody else would: whoever held it is linked to another line, or fell silent. */
static void release_lost(struct rd__line *line)
{
	struct rd__line *peer = line->peer;

	if (rd__dtmf_holds(&line->dtmf_out) && !(peer && peer->dtmf_in.open))
		rd__dtmf_release(&line->dtmf_out, 0);
}

static void tell_news(struct rd__line *line, const struct rd__dtmf_news *news)
{
	for (int i = 0; i < news->count; i++)
		rd__line_notice(line,
				news->item[i].end ? RD_STREAM_DIGIT : RD_STREAM_DIGIT_BEGIN,
				news->item[i].digit, news->item[i].ms);
	press_anew(line, news);
}

void rd__line_digit_clock(struct rd__line *line)
{
	struct rd__dtmf_news news;

	if (!line->dtmf_in.open)
		return;
	news = rd__dtmf_clock(&line->dtmf_in, event_rate(line), line->thread->now_us);
	tell_news(line, &news);
}

void rd__line_digit_packet(struct rd__line *line, const struct rd__rtp *rtp)
{
	struct rd__dtmf_news news =
		rd__dtmf_packet(&line->dtmf_in, rtp, event_rate(line), line->thread->now_us);
	struct rd__rtp copy = *rtp;

	rd__line_hear_rest(line);
	tell_news(line, &news);
	pass_digit_on(line, &copy);
	rd__line_wake(line);
}

/* ---- out ---- */

bool rd__line_digits_busy(const struct rd__line *line)
{
	return line->keying;
}

static bool by_event(const struct rd__line *line)
{
	return line->setup && line->setup->config.dtmf_payload >= 0;
}

static void send_event(struct rd__line *line)
{
	struct rd__dtmf_packet packet;
	uint32_t now = line->dtmf_out.active ? 0 : rd__sender_now(line, &line->dtmf_out);

	if (rd__dtmf_step(&line->dtmf_out, rd__line_tick_ms(line), event_rate(line), now, &packet))
		rd__line_send_event(line, packet.payload, packet.ts, packet.first);
}

/* The same clockwork, but each step is a frame of the two tones. */
static void send_tone(struct rd__line *line)
{
	int rate = rd__line_rate(line);
	size_t count = (size_t)(rate * rd__line_tick_ms(line) / 1000);
	struct rd__dtmf_packet packet = { .first = false };
	char digit = line->dtmf_out.queue[0].digit;

	if (line->dtmf_out.gap_ms > 0)
		digit = 0;
	if (!rd__dtmf_step(&line->dtmf_out, rd__line_tick_ms(line), rate, 0, &packet))
		digit = 0;
	if (packet.first && digit)
		memset(&line->digit_tone, 0, sizeof(line->digit_tone));
	rd__tone_digit(&line->digit_tone, digit, rate, line->thread->samples2, count);
	rd__line_say(line, &line->dtmf_out, line->thread->samples2, count);
}

bool rd__line_digit_tick(struct rd__line *line)
{
	if (!rd__line_digits_busy(line))
		return false;
	release_lost(line);
	if (!rd__line_can_send(line))
		line->dtmf_out.count = line->dtmf_out.gap_ms = 0;
	else if (by_event(line))
		send_event(line);
	else
		send_tone(line);
	line->keying = line->dtmf_out.count > 0 || line->dtmf_out.gap_ms > 0;
	return true;
}
