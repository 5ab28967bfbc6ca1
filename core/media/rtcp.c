/* RTCP: reports read and written, in one compound packet (RFC 3550 §6). */
#include <string.h>

#include "core/media/rtp.h"
#include "core/media/wire.h"

enum {
	SR = 200,
	RR = 201,
	SDES = 202,
	BYE = 203,
	XR = 207,
	CNAME = 1,
	MID = 15, /* RFC 9143 */
	BLOCK_SIZE = 24,
	CNAME_MAX = 64,
};

/* Seconds from 1900 to 1970. */
static const uint64_t NTP_OFFSET = 2208988800u;

/* ---- reading ---- */

static void read_block(struct rd__rtcp_report *report, const uint8_t *p)
{
	uint32_t lost = rd__get32(p + 4) & 0xffffff;

	report->has_block = true;
	report->fraction = p[4];
	report->lost = (int32_t)(lost << 8) >> 8;
	report->highest_seq = rd__get32(p + 8);
	report->jitter = rd__get32(p + 12);
	report->last_sr = rd__get32(p + 16);
	report->delay_since_sr = rd__get32(p + 20);
}

static void read_report(struct rd__rtcp_report *report, const uint8_t *p, size_t size,
			uint32_t our_ssrc)
{
	int blocks = p[0] & 0x1f;
	size_t at = 8;

	if (size < at)
		return;
	report->ssrc = rd__get32(p + 4);
	if (p[1] == SR) {
		if (size < at + 20)
			return;
		report->has_sender = true;
		report->ntp_mid = rd__get32(p + 10);
		at += 20;
	}
	for (; blocks > 0 && at + BLOCK_SIZE <= size; blocks--, at += BLOCK_SIZE)
		if (rd__get32(p + at) == our_ssrc)
			read_block(report, p + at);
}

bool rd__rtcp_parse(struct rd__rtcp_report *report, const uint8_t *packet, size_t size,
		    uint32_t our_ssrc)
{
	memset(report, 0, sizeof(*report));
	if (size < 8 || packet[0] >> 6 != 2 || packet[1] < 192 || packet[1] > 223)
		return false;
	while (size >= 4 && packet[0] >> 6 == 2) {
		size_t length = (rd__get16(packet + 2) + 1u) * 4;

		if (length > size)
			break;
		if (packet[1] == SR || packet[1] == RR)
			read_report(report, packet, length, our_ssrc);
		else if (packet[1] == BYE)
			report->bye = true;
		else if (packet[1] == XR)
			report->has_metrics |= rd__rtcp_parse_xr(&report->metrics, packet,
								 length, our_ssrc);
		packet += length;
		size -= length;
	}
	return true;
}

/* ---- writing ---- */

uint32_t rd__ntp_mid(uint64_t wall_us)
{
	uint64_t seconds = wall_us / 1000000 + NTP_OFFSET;
	uint64_t fraction = ((wall_us % 1000000) << 32) / 1000000;

	return (uint32_t)(seconds << 16 | fraction >> 16);
}

static void put_header(uint8_t *p, int count, int type, size_t size)
{
	p[0] = (uint8_t)(0x80 | count);
	p[1] = (uint8_t)type;
	rd__put16(p + 2, (uint16_t)(size / 4 - 1));
}

static size_t put_block(uint8_t *p, const struct rd__rtcp_block *block)
{
	int32_t lost = RD_MAX(-0x800000, RD_MIN(0x7fffff, block->lost));

	rd__put32(p, block->ssrc);
	rd__put32(p + 4, (uint32_t)block->fraction << 24 | ((uint32_t)lost & 0xffffff));
	rd__put32(p + 8, block->highest_seq);
	rd__put32(p + 12, block->jitter);
	rd__put32(p + 16, block->last_sr);
	rd__put32(p + 20, block->delay_since_sr);
	return BLOCK_SIZE;
}

static size_t put_report(uint8_t *p, const struct rd__rtcp_sender *sender,
			 const struct rd__rtcp_block *block)
{
	size_t size = 8;

	rd__put32(p + 4, sender->ssrc);
	if (sender->sent) {
		rd__put32(p + 8, (uint32_t)(sender->wall_us / 1000000 + NTP_OFFSET));
		rd__put32(p + 12,
			  (uint32_t)(((sender->wall_us % 1000000) << 32) / 1000000));
		rd__put32(p + 16, sender->ts);
		rd__put32(p + 20, sender->packets);
		rd__put32(p + 24, sender->bytes);
		size += 20;
	}
	if (block)
		size += put_block(p + size, block);
	put_header(p, block ? 1 : 0, sender->sent ? SR : RR, size);
	return size;
}

static size_t put_item(uint8_t *p, int type, const char *text)
{
	size_t n = RD_MIN(strlen(text), (size_t)CNAME_MAX);

	p[0] = (uint8_t)type;
	p[1] = (uint8_t)n;
	memcpy(p + 2, text, n);
	return 2 + n;
}

static size_t put_sdes(uint8_t *p, const struct rd__rtcp_sender *sender)
{
	size_t end = 8, size;

	rd__put32(p + 4, sender->ssrc);
	end += put_item(p + end, CNAME, sender->cname);
	if (sender->mid && *sender->mid)
		end += put_item(p + end, MID, sender->mid);
	/* The list of items ends with a zero, padded to the next word. */
	size = (end + 1 + 3) / 4 * 4;
	memset(p + end, 0, size - end);
	put_header(p, 1, SDES, size);
	return size;
}

size_t rd__rtcp_print(uint8_t *out, const struct rd__rtcp_sender *sender,
		      const struct rd__rtcp_block *block)
{
	size_t size = put_report(out, sender, block);

	size += put_sdes(out + size, sender);
	if (block && block->metrics)
		size += rd__rtcp_print_xr(out + size, sender->ssrc, block->metrics);
	if (sender->bye) {
		put_header(out + size, 1, BYE, 8);
		rd__put32(out + size + 4, sender->ssrc);
		size += 8;
	}
	return size;
}
