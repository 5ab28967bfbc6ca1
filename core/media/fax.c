/* Faxes by T.38: what comes by UDPTL goes to the other leg as it is, byte for byte, with
 * whatever makes good for lost packets in it. By its first byte such a datagram looks
 * like anything, so nothing on this line is taken for RTP, STUN or DTLS. */
#include <ringdown/codec.h>

#include "core/media/fax.h"
#include "core/media/line.h"
#include "core/media/setup.h"
#include "core/media/thread.h"

const struct rd_codec rd_codec_t38 = {
	.name = "t38",
	.rtp_name = "t38",
	.synopsis = "T.38: faxes",
	.kind = RD_MEDIA_IMAGE,
	.rate = 8000,
	.rtp_rate = 8000,
	.channels = 1,
	.payload = -1,
};

enum { UDPTL_MIN = 4 }; /* a number, the length of what it carries, and of what is repeated */

void rd__line_fax(struct rd__line *line, const uint8_t *packet, size_t size,
		  const struct rd__address *from)
{
	struct rd__line *peer = line->peer;
	struct rd__rtp numbers = { 0 };

	if (!line->setup || size < UDPTL_MIN)
		return;
	numbers.seq = (uint16_t)(packet[0] << 8 | packet[1]);
	if (!rd__line_knows(line, from, &numbers))
		return;
	/* Its time does not count: a fax has none. */
	numbers.ts = (uint32_t)(line->thread->now_us * rd__line_clock(line) / 1000000);
	rd__line_count(line, &numbers, size);
	if (!(line->setup->config.direction & RD_RECVONLY) || !peer || !rd__line_can_send(peer))
		return;
	rd__line_put(peer, packet, size, size);
	peer->sender.sent_us = line->thread->now_us;
}
