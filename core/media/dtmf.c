/* Telephone events in and out. What makes it long is the network: ends get
 * lost, come three times, come late, and long events come in segments. */
#include <string.h>

#include "core/media/dtmf.h"
#include "core/media/wire.h"

static const char digits[RD__DTMF_EVENTS + 1] = "0123456789*#ABCD";

enum {
	SEGMENT_MAX = 0xffff, /* the duration's field is full */
	VOLUME = 10,	      /* -10 dBm0 */
	END_BIT = 0x80,
	LATE_US = 1000000,
};

int rd__dtmf_event(char digit)
{
	const char *at;

	if (digit >= 'a' && digit <= 'd')
		digit = (char)(digit - 'a' + 'A');
	at = digit ? strchr(digits, digit) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* ---- receiving ---- */

static int total_ms(const struct rd__dtmf_receiver *rx, int rate)
{
	uint64_t ms = ((uint64_t)rx->before + rx->duration) * 1000 / (unsigned)rate;

	return (int)RD_MIN(ms, (uint64_t)INT32_MAX);
}

static void add_news(struct rd__dtmf_news *news, bool end, char digit, int ms)
{
	news->item[news->count].end = end;
	news->item[news->count].digit = digit;
	news->item[news->count].ms = ms;
	news->count++;
}

static void end_event(struct rd__dtmf_receiver *rx, int rate, struct rd__dtmf_news *news)
{
	rx->open = false;
	add_news(news, true, digits[rx->event], total_ms(rx, rate));
}

/* RFC 4733 §2.5.1.3: the next segment begins where the full one ended. */
static bool continues(const struct rd__dtmf_receiver *rx, uint8_t event, uint32_t ts,
		      bool marker)
{
	uint32_t gap = ts - rx->ts;

	/* Not to the unit: the full packet may have been lost. */
	return rx->seen && rx->open && event == rx->event && !marker && gap >= SEGMENT_MAX - 2000 &&
	       gap <= SEGMENT_MAX + 2000;
}

/* Some phones do not move the time on between two keys. */
static bool is_other(const struct rd__dtmf_receiver *rx, uint8_t event, uint32_t ts)
{
	return ts == rx->ts && !(rx->events & 1u << event);
}

/* Nothing of a key comes so late: the far end's clock has begun anew. */
static bool begins_anew(const struct rd__dtmf_receiver *rx, uint32_t ts, uint64_t now_us)
{
	return ts != rx->ts && now_us >= rx->packet_us + LATE_US;
}

static void begin_event(struct rd__dtmf_receiver *rx, uint8_t event, uint32_t ts, int rate,
			struct rd__dtmf_news *news)
{
	if (rx->open)
		end_event(rx, rate, news);
	rx->events =
		(uint16_t)(rx->seen && ts == rx->ts ? rx->events : 0) | (uint16_t)(1u << event);
	rx->seen = rx->open = true;
	rx->event = event;
	rx->ts = ts;
	rx->duration = rx->before = 0;
	add_news(news, false, digits[event], 0);
}

/* The times of another source say nothing of those of the last one. */
static void look_at_source(struct rd__dtmf_receiver *rx, uint32_t ssrc)
{
	rx->seen &= rx->ssrc == ssrc;
	rx->ssrc = ssrc;
}

struct rd__dtmf_news rd__dtmf_packet(struct rd__dtmf_receiver *rx, const struct rd__rtp *rtp,
				     int rate, uint64_t now_us)
{
	struct rd__dtmf_news news = { .count = 0 };
	const uint8_t *payload = rtp->payload;
	uint32_t ts = rtp->ts;

	if (rtp->size < RD__DTMF_PAYLOAD || payload[0] >= RD__DTMF_EVENTS)
		return news;
	look_at_source(rx, rtp->ssrc);
	if (continues(rx, payload[0], ts, rtp->marker)) {
		rx->before += ts - rx->ts;
		rx->ts = ts;
		rx->duration = 0;
	} else if (!rx->seen || (int32_t)(ts - rx->ts) > 0 || is_other(rx, payload[0], ts) ||
		   begins_anew(rx, ts, now_us)) {
		begin_event(rx, payload[0], ts, rate, &news);
	} else if (ts != rx->ts || payload[0] != rx->event || !rx->open) {
		return news; /* late, or one end more */
	}
	rx->duration = RD_MAX(rx->duration, (uint32_t)rd__get16(payload + 2));
	rx->packet_us = now_us;
	if (payload[1] & END_BIT)
		end_event(rx, rate, &news);
	return news;
}

struct rd__dtmf_news rd__dtmf_clock(struct rd__dtmf_receiver *rx, int rate, uint64_t now_us)
{
	struct rd__dtmf_news news = { .count = 0 };

	if (rx->open && now_us >= rx->packet_us + RD__DTMF_LOST_MS * 1000)
		end_event(rx, rate, &news);
	return news;
}

/* ---- sending ---- */

static uint16_t within(int ms)
{
	return (uint16_t)RD_MAX(RD__DTMF_MIN_MS, RD_MIN(ms, RD__DTMF_MAX_MS));
}

bool rd__dtmf_queue(struct rd__dtmf_sender *tx, char digit, int ms)
{
	int event = rd__dtmf_event(digit);

	if (event < 0 || tx->count == RD__DTMF_QUEUE)
		return false;
	tx->queue[tx->count].digit = digits[event];
	tx->queue[tx->count].held = false;
	tx->queue[tx->count].ms = within(ms);
	tx->count++;
	return true;
}

bool rd__dtmf_press(struct rd__dtmf_sender *tx, char digit)
{
	if (!rd__dtmf_queue(tx, digit, RD__DTMF_MAX_MS))
		return false;
	tx->queue[tx->count - 1].held = true;
	return true;
}

/* One at a time can be held. */
void rd__dtmf_release(struct rd__dtmf_sender *tx, int ms)
{
	for (int i = 0; i < tx->count; i++) {
		if (!tx->queue[i].held)
			continue;
		tx->queue[i].held = false;
		tx->queue[i].ms = within(ms);
	}
}

bool rd__dtmf_holds(const struct rd__dtmf_sender *tx)
{
	for (int i = 0; i < tx->count; i++)
		if (tx->queue[i].held)
			return true;
	return false;
}

static void print_packet(const struct rd__dtmf_sender *tx, bool end,
			 struct rd__dtmf_packet *packet)
{
	packet->payload[0] = (uint8_t)rd__dtmf_event(tx->queue[0].digit);
	packet->payload[1] = (uint8_t)((end ? END_BIT : 0) | VOLUME);
	rd__put16(packet->payload + 2, (uint16_t)(tx->units - tx->segment));
	packet->ts = tx->ts;
}

static void next_digit(struct rd__dtmf_sender *tx)
{
	tx->count--;
	memmove(tx->queue, tx->queue + 1, sizeof(tx->queue[0]) * (size_t)tx->count);
	tx->active = false;
	tx->gap_ms = RD__DTMF_GAP_MS;
}

static void advance(struct rd__dtmf_sender *tx, uint32_t step, uint32_t all)
{
	if (tx->units < all && tx->units - tx->segment == SEGMENT_MAX) {
		tx->segment += SEGMENT_MAX;
		tx->ts += SEGMENT_MAX;
	}
	tx->units = RD_MIN(RD_MIN(tx->units + step, all), tx->segment + SEGMENT_MAX);
}

bool rd__dtmf_step(struct rd__dtmf_sender *tx, int step_ms, int rate, uint32_t ts_now,
		   struct rd__dtmf_packet *packet)
{
	uint32_t step = (uint32_t)(step_ms * rate / 1000), all;

	if (tx->gap_ms > 0) {
		tx->gap_ms -= step_ms;
		return false;
	}
	if (tx->count == 0)
		return false;
	packet->first = !tx->active;
	if (!tx->active) {
		tx->active = true;
		tx->ts = ts_now;
		tx->units = tx->segment = 0;
		tx->ends = 0;
	}
	all = (uint32_t)((uint64_t)tx->queue[0].ms * (unsigned)rate / 1000);
	all = RD_MAX(all, tx->units); /* it was released when more had been sent */
	advance(tx, step, all);
	print_packet(tx, tx->units >= all, packet);
	if (tx->units >= all && ++tx->ends == RD__DTMF_ENDS)
		next_digit(tx);
	return true;
}
