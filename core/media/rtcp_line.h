/* The reports of a line and those of its far end. On the media thread. */
#ifndef CORE_MEDIA_RTCP_LINE_H
#define CORE_MEDIA_RTCP_LINE_H

#include <ringdown/base.h>

#include "core/media/address.h"

struct rd__line;

/* What reports told and what they need (RFC 3550 §6). */
struct rd__rtcp {
	struct rd__address remote;
	uint64_t due_us, sr_us;
	uint32_t sr_ntp_mid; /* of the far end's last SR */
	uint32_t far_jitter_us, far_lost, round_trip_us;
	uint8_t far_mos; /* tenths, as its extended report says; 0: it does not */
	uint64_t packets_told; /* sent when the last report went out */
};

RD_API_BEGIN

void rd__line_send_report(struct rd__line *line, bool bye);
void rd__line_read_report(struct rd__line *line, const uint8_t *packet, size_t size);

RD_API_END

#endif
