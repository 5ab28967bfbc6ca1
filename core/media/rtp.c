/* RTP: the fixed header, and what a receiver reckons from it. */
#include <string.h>

#include "core/media/rtp.h"
#include "core/media/wire.h"

/* Skip what stands between the fixed header and the payload. */
static bool skip_extras(struct rd__rtp *rtp, const uint8_t *packet, size_t size)
{
	size_t at = RD__RTP_HEADER + (packet[0] & 0x0f) * 4u;

	if (packet[0] & 0x10) {
		if (at + 4 > size)
			return false;
		at += 4 + rd__get16(packet + at + 2) * 4u;
	}
	if (at > size)
		return false;
	if (packet[0] & 0x20) {
		size_t padding = packet[size - 1];

		if (padding == 0 || at + padding > size)
			return false;
		size -= padding;
	}
	rtp->payload += at - RD__RTP_HEADER;
	rtp->size = size - at;
	return true;
}

bool rd__rtp_parse(struct rd__rtp *rtp, uint8_t *packet, size_t size)
{
	if (size < RD__RTP_HEADER || packet[0] >> 6 != 2)
		return false;
	rtp->marker = packet[1] & 0x80;
	rtp->payload_type = packet[1] & 0x7f;
	rtp->seq = rd__get16(packet + 2);
	rtp->ts = rd__get32(packet + 4);
	rtp->ssrc = rd__get32(packet + 8);
	rtp->payload = packet + RD__RTP_HEADER;
	rtp->size = size - RD__RTP_HEADER;
	rtp->level_id = 0;
	return packet[0] == 0x80 || skip_extras(rtp, packet, size);
}

/* ---- header extensions (RFC 8285) ---- */

enum {
	ONE_BYTE = 0xbede,
	TWO_BYTE = 0x1000, /* and four bits that mean nothing here */
	STOP = 15,
};

/* The first byte of an element's data, NULL when it is not there. */
static const uint8_t *find_element(const uint8_t *at, const uint8_t *end, bool wide, uint8_t id)
{
	while (at < end) {
		unsigned here = wide ? at[0] : at[0] >> 4;
		size_t header = wide ? 2 : 1, size;

		if (here == 0) { /* padding */
			at++;
			continue;
		}
		if ((size_t)(end - at) < header || (!wide && here == STOP))
			return NULL;
		size = wide ? at[1] : (at[0] & 0x0fu) + 1;
		if (here == id)
			return size && size <= (size_t)(end - at) - header ? at + header : NULL;
		at += RD_MIN(header + size, (size_t)(end - at));
	}
	return NULL;
}

bool rd__rtp_has_whole_header(const uint8_t *packet, size_t size)
{
	size_t at;

	if (size < RD__RTP_HEADER || packet[0] >> 6 != 2)
		return false;
	at = RD__RTP_HEADER + (packet[0] & 0x0f) * 4u;
	if (at > size)
		return false;
	if (!(packet[0] & 0x10))
		return true;
	return at + 4 <= size && at + 4 + rd__get16(packet + at + 2) * 4u <= size;
}

const uint8_t *rd__rtp_element(const uint8_t *packet, uint8_t id, size_t *size)
{
	const uint8_t *at = packet + RD__RTP_HEADER + (packet[0] & 0x0f) * 4u, *element;
	unsigned form, words;

	if (!(packet[0] & 0x10))
		return NULL;
	form = rd__get16(at);
	words = rd__get16(at + 2);
	if (form != ONE_BYTE && (form & 0xfff0) != TWO_BYTE)
		return NULL;
	element = find_element(at + 4, at + 4 + words * 4u, form != ONE_BYTE, id);
	if (element)
		*size = form == ONE_BYTE ? (element[-1] & 0x0fu) + 1 : element[-1];
	return element;
}

bool rd__rtp_read_level(struct rd__rtp *rtp, const uint8_t *packet, uint8_t id)
{
	size_t size;
	const uint8_t *level = rd__rtp_element(packet, id, &size);

	if (!level)
		return false;
	rtp->level_id = id;
	rtp->level = *level;
	return true;
}

size_t rd__rtp_add_element(uint8_t *out, const uint8_t *packet, size_t size, uint8_t id,
			   const void *data, size_t n)
{
	bool has = packet[0] & 0x10;
	size_t old = has ? rd__get16(packet + RD__RTP_HEADER + 2) * 4u : 0;
	size_t words = (old + 1 + n + 3) / 4;
	uint8_t *at = out + RD__RTP_HEADER;
	const uint8_t *rest = packet + RD__RTP_HEADER + (has ? 4 + old : 0);

	memcpy(out, packet, RD__RTP_HEADER);
	out[0] |= 0x10;
	rd__put16(at, ONE_BYTE);
	rd__put16(at + 2, (uint16_t)words);
	memset(at + 4, 0, words * 4);
	if (has)
		memcpy(at + 4, packet + RD__RTP_HEADER + 4, old);
	at[4 + old] = (uint8_t)(id << 4 | (n - 1));
	memcpy(at + 5 + old, data, n);
	size -= (size_t)(rest - packet);
	memcpy(at + 4 + words * 4, rest, size);
	return RD__RTP_HEADER + 4 + words * 4 + size;
}

static void print_level(uint8_t *at, const struct rd__rtp *rtp)
{
	memset(at, 0, RD__RTP_EXTENSION);
	rd__put16(at, ONE_BYTE);
	at[3] = 1; /* word */
	at[4] = (uint8_t)(rtp->level_id << 4);
	at[5] = rtp->level;
}

uint8_t *rd__rtp_print(const struct rd__rtp *rtp)
{
	uint8_t *packet = rtp->payload - rd__rtp_header_size(rtp);

	packet[0] = 0x80;
	if (rtp->level_id) {
		packet[0] |= 0x10;
		print_level(packet + RD__RTP_HEADER, rtp);
	}
	packet[1] = (uint8_t)(rtp->payload_type | (rtp->marker ? 0x80 : 0));
	rd__put16(packet + 2, rtp->seq);
	rd__put32(packet + 4, rtp->ts);
	rd__put32(packet + 8, rtp->ssrc);
	return packet;
}

/* ---- reception ---- */

static void begin_anew(struct rd__rtp_reception *rx, const struct rd__rtp *rtp,
		       uint32_t now_units)
{
	uint32_t late = rx->late;

	memset(rx, 0, sizeof(*rx));
	rx->started = true;
	rx->late = late;
	rx->ssrc = rtp->ssrc;
	rx->base_seq = rx->max_seq = rtp->seq;
	rx->transit = now_units - rtp->ts;
	rx->last_ts = rtp->ts;
	rx->received = 1;
}

static void count_jitter(struct rd__rtp_reception *rx, const struct rd__rtp *rtp,
			 uint32_t now_units)
{
	uint32_t transit = now_units - rtp->ts;
	uint32_t d = transit - rx->transit;

	/* All packets of a telephone event have the time of its beginning. */
	if (rtp->ts == rx->last_ts)
		return;
	rx->last_ts = rtp->ts;
	rx->transit = transit;
	if ((int32_t)d < 0)
		d = 0 - d;
	rx->jitter16 += d - ((rx->jitter16 + 8) >> 4);
}

bool rd__reception_packet(struct rd__rtp_reception *rx, const struct rd__rtp *rtp,
			  uint32_t now_units)
{
	uint16_t ahead = (uint16_t)(rtp->seq - rx->max_seq);

	if (!rx->started || rtp->ssrc != rx->ssrc ||
	    (ahead >= RD__RTP_DROPOUT && ahead < 0x10000 - RD__RTP_MISORDER)) {
		begin_anew(rx, rtp, now_units);
		return true;
	}
	rx->received++;
	if (ahead == 0 || ahead >= RD__RTP_DROPOUT) {
		rx->late++;
		return false;
	}
	if (rtp->seq < rx->max_seq)
		rx->cycles += 0x10000;
	rx->max_seq = rtp->seq;
	count_jitter(rx, rtp, now_units);
	return true;
}

uint32_t rd__reception_expected(const struct rd__rtp_reception *rx)
{
	return rx->started ? rx->cycles + rx->max_seq - rx->base_seq + 1 : 0;
}

int32_t rd__reception_lost(const struct rd__rtp_reception *rx)
{
	return (int32_t)(rd__reception_expected(rx) - rx->received);
}

uint8_t rd__reception_fraction(struct rd__rtp_reception *rx)
{
	uint32_t expected = rd__reception_expected(rx);
	uint32_t expected_now = expected - rx->expected_prior;
	uint32_t received_now = rx->received - rx->received_prior;
	int32_t lost = (int32_t)(expected_now - received_now);

	rx->expected_prior = expected;
	rx->received_prior = rx->received;
	if (expected_now == 0 || lost <= 0)
		return 0;
	return (uint8_t)RD_MIN(255, ((uint64_t)lost << 8) / expected_now);
}
