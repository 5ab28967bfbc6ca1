/* Extended reports: the VoIP metrics block on the wire (RFC 3611 §4.7). */
#include <string.h>

#include "core/media/quality.h"
#include "core/media/rtp.h"
#include "core/media/wire.h"

enum {
	XR = 207,
	HEADER = 8, /* of the packet, with the reporter's SSRC */
	VOIP_METRICS = 7,
	BLOCK_WORDS = 8, /* without the first */
	BLOCK = 4 + BLOCK_WORDS * 4,
	UNAVAILABLE = 127,
};

size_t rd__rtcp_print_xr(uint8_t *out, uint32_t our_ssrc, const struct rd__voip_metrics *m)
{
	uint8_t *p = out + HEADER;

	memset(out, 0, RD__XR_SIZE);
	out[0] = 0x80;
	out[1] = XR;
	rd__put16(out + 2, RD__XR_SIZE / 4 - 1);
	rd__put32(out + 4, our_ssrc);
	p[0] = VOIP_METRICS;
	rd__put16(p + 2, BLOCK_WORDS);
	rd__put32(p + 4, m->ssrc);
	p[8] = m->loss;
	p[9] = m->discard;
	p[10] = m->burst_density;
	p[11] = m->gap_density;
	rd__put16(p + 12, m->burst_ms);
	rd__put16(p + 14, m->gap_ms);
	rd__put16(p + 16, m->round_trip_ms);
	rd__put16(p + 18, m->end_system_ms);
	/* Levels of signal and noise, and the echo, are nothing that we measure. */
	p[20] = p[21] = p[22] = UNAVAILABLE;
	p[23] = RD__GAP_MIN;
	p[24] = m->rating;
	p[25] = UNAVAILABLE;
	p[26] = m->mos_lq;
	p[27] = m->mos_cq;
	rd__put16(p + 30, m->buffer_ms);
	rd__put16(p + 32, m->buffer_max_ms);
	rd__put16(p + 34, m->buffer_max_ms);
	return RD__XR_SIZE;
}

static void read_metrics(struct rd__voip_metrics *m, const uint8_t *p)
{
	m->ssrc = rd__get32(p + 4);
	m->loss = p[8];
	m->discard = p[9];
	m->burst_density = p[10];
	m->gap_density = p[11];
	m->burst_ms = rd__get16(p + 12);
	m->gap_ms = rd__get16(p + 14);
	m->round_trip_ms = rd__get16(p + 16);
	m->end_system_ms = rd__get16(p + 18);
	m->rating = p[24];
	m->mos_lq = p[26];
	m->mos_cq = p[27];
	m->buffer_ms = rd__get16(p + 30);
	m->buffer_max_ms = rd__get16(p + 32);
}

bool rd__rtcp_parse_xr(struct rd__voip_metrics *metrics, const uint8_t *packet, size_t size,
		       uint32_t our_ssrc)
{
	size_t at = HEADER;

	while (at + 4 <= size) {
		const uint8_t *block = packet + at;
		size_t length = 4 + rd__get16(block + 2) * 4u;

		if (at + length > size)
			return false;
		if (block[0] == VOIP_METRICS && length >= BLOCK &&
		    rd__get32(block + 4) == our_ssrc) {
			read_metrics(metrics, block);
			return true;
		}
		at += length;
	}
	return false;
}
