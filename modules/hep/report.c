/* A report of RTP (RFC 3550 §6.4) as the JSON that collectors of HEP read. */
#include "modules/hep/hep.h"

enum {
	SR = 200,
	RR = 201,
	HEAD = 8,
	SENDER = 20,
	BLOCK = 24,
};

/* Seconds from 1900 to 1970. */
static const uint32_t NTP_OFFSET = 2208988800u;

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* "name":value, with the comma that goes before all but the first. */
static void add(struct rd_buf *out, const char *name, int64_t value)
{
	if (out->n && out->p[out->n - 1] != '{') /* none: there is no memory */
		rd_buf_addc(out, ',');
	rd_buf_printf(out, "\"%s\":%lld", name, (long long)value);
}

static void add_sender(struct rd_buf *out, const uint8_t *p)
{
	rd_buf_adds(out, ",\"sender_information\":{");
	add(out, "ntp_timestamp_sec", (int64_t)get32(p) - NTP_OFFSET);
	add(out, "ntp_timestamp_usec", (int64_t)((uint64_t)get32(p + 4) * 1000000 >> 32));
	add(out, "rtp_timestamp", get32(p + 8));
	add(out, "packets", get32(p + 12));
	add(out, "octets", get32(p + 16));
	rd_buf_addc(out, '}');
}

static void add_block(struct rd_buf *out, const uint8_t *p)
{
	rd_buf_addc(out, '{');
	add(out, "source_ssrc", get32(p));
	add(out, "fraction_lost", p[4]);
	add(out, "packets_lost", (int32_t)(get32(p + 4) << 8) >> 8);
	add(out, "highest_seq_no", get32(p + 8));
	add(out, "ia_jitter", get32(p + 12));
	add(out, "lsr", get32(p + 16));
	add(out, "dlsr", get32(p + 20));
	rd_buf_addc(out, '}');
}

/* p: an SR or RR of that size, which has what its kind and count ask for. */
static void print(struct rd_buf *out, const uint8_t *p)
{
	unsigned blocks = p[0] & 0x1f;
	const uint8_t *block = p + HEAD + (p[1] == SR ? SENDER : 0);

	rd_buf_addc(out, '{');
	add(out, "type", p[1]);
	add(out, "ssrc", get32(p + 4));
	add(out, "report_count", blocks);
	if (p[1] == SR)
		add_sender(out, p + HEAD);
	rd_buf_adds(out, ",\"report_blocks\":[");
	for (unsigned i = 0; i < blocks; i++, block += BLOCK) {
		if (i)
			rd_buf_addc(out, ',');
		add_block(out, block);
	}
	rd_buf_adds(out, "]}");
}

static bool is_whole(const uint8_t *p, size_t size)
{
	return size >= HEAD + (p[1] == SR ? SENDER : 0) + (size_t)(p[0] & 0x1f) * BLOCK;
}

bool hep_report(struct rd_buf *out, const uint8_t *p, size_t size)
{
	while (size >= 4 && p[0] >> 6 == 2) {
		size_t length = ((size_t)p[2] << 8 | p[3]) * 4 + 4;

		if (length > size)
			break;
		if ((p[1] == SR || p[1] == RR) && is_whole(p, length)) {
			print(out, p);
			return true;
		}
		p += length;
		size -= length;
	}
	return false;
}
