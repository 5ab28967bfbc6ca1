/* Packets of strangers: RTP, RTCP and telephone events. The first byte says
 * how many packets the input is; each begins with its length. */
#include <stdlib.h>
#include <string.h>

#include "core/media/dtmf.h"
#include "core/media/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rd__rtp_reception reception;
static struct rd__dtmf_receiver digits;
static uint32_t now;

static void read_rtp(uint8_t *packet, size_t size)
{
	struct rd__rtp rtp;

	if (!rd__rtp_parse(&rtp, packet, size))
		return;
	rd_assert(rtp.payload >= packet && rtp.payload + rtp.size <= packet + size);
	for (uint8_t id = 1; id < 16; id++)
		rd__rtp_read_level(&rtp, packet, id);
	rd__reception_packet(&reception, &rtp, now);
	rd_assert(rd__reception_expected(&reception) >= 1);
	rd__reception_fraction(&reception);
	rd__dtmf_packet(&digits, &rtp, 8000, now * 125);
	rd__dtmf_clock(&digits, 8000, now * 125);
	/* What was read can be printed over it. */
	if ((size_t)(rtp.payload - packet) >= rd__rtp_header_size(&rtp))
		rd__rtp_print(&rtp);
}

/* As of a line that shares its port, before anything is decrypted. */
static void read_name(const uint8_t *packet, size_t size)
{
	if (!rd__rtp_has_whole_header(packet, size))
		return;
	for (uint8_t id = 1; id < 16; id++) {
		size_t n = 0;
		const uint8_t *name = rd__rtp_element(packet, id, &n);

		rd_assert(!name || (name > packet && name + n <= packet + size));
	}
}

static void read_packet(const uint8_t *data, size_t size)
{
	/* A block of its own, so that a step beyond its end is seen. */
	uint8_t *packet = malloc(size ? size : 1);
	struct rd__rtcp_report report;

	if (!packet)
		return;
	memcpy(packet, data, size);
	read_name(packet, size);
	if (rd__is_rtcp(packet, size))
		rd__rtcp_parse(&report, packet, size, 1);
	else
		read_rtp(packet, size);
	free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&reception, 0, sizeof(reception));
	memset(&digits, 0, sizeof(digits));
	now = 1000;
	while (size > 1) {
		size_t length = data[0];

		length = length < size ? length : size - 1;
		read_packet(data + 1, length);
		data += length + 1;
		size -= length + 1;
		now += 160;
	}
	return 0;
}
