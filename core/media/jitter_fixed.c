/* A jitter buffer of one length: the first packet waits so long, the others follow it
 * by their own clock. What is later than that is lost. */
#include "core/media/jitter_private.h"

void rd__jitter_put_fixed(struct rd__jitter *jitter, const struct rd__jitter_packet *packet)
{
	/* While nothing is played, an earlier one may still come. */
	if (!jitter->played && (int32_t)(packet->ts - jitter->next_ts) < 0)
		jitter->next_ts = packet->ts;
	rd__jitter_store(jitter, packet);
}

enum rd__jitter_result rd__jitter_get_fixed(struct rd__jitter *jitter, uint32_t want,
					    struct rd__jitter_packet *out)
{
	const struct rd__jitter_packet *next;
	uint32_t gap;

	*out = (struct rd__jitter_packet){ .span = want };
	if (jitter->hold)
		return RD__JITTER_IDLE;
	next = rd__jitter_stored_from(jitter, jitter->next_ts);
	gap = next ? next->ts - jitter->next_ts : UINT32_MAX;
	if (gap) {
		out->span = RD_MIN(gap, jitter->step);
		jitter->next_ts += out->span;
		return RD__JITTER_LOST;
	}
	*out = *next;
	return RD__JITTER_PACKET;
}
