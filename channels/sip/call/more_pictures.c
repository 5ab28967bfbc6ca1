/* More lines of pictures of a call, by which a conference shows several of its members at
 * once: asked for by a re-INVITE. The lines are session_more.c's. */
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/media.h"

/* Those that it has, or that our offer asks for. */
static unsigned lines_on(const struct sip_call *call)
{
	const struct sip_beside *beside = call->session.beside;
	unsigned on = 0;

	for (int i = SIP_BESIDE_KINDS; i < sip_beside_count(beside); i++)
		if (beside->lines[i].on)
			on |= sip_more_bit(i);
	return on;
}

unsigned sip_more_wanted(const struct sip_call *call)
{
	return call->more & ~call->more_refused;
}

int sip_want_lines(struct rd_channel *ch, unsigned lines)
{
	struct sip_call *call = sip_call_of(ch);
	int most = RD_MIN(call->endpoint->max_video_streams - 1, (int)SIP_MORE_PICTURES);

	call->more = lines >> 1 & ((1u << most) - 1);
	if (call->state != SIP_CALL_UP || !call->stream || call->session.fax ||
	    sip_more_wanted(call) == lines_on(call))
		return 0;
	call->modify.offers = true;
	sip_call_modify(call);
	return -EINPROGRESS;
}

unsigned sip_more_offered(const struct sip_call *call)
{
	return call->session.state == SIP_OFFER_OURS ? lines_on(call) : 0;
}

/* It would refuse it again, and each time all of the call would be agreed on anew. */
void sip_more_answered(struct sip_call *call, unsigned offered)
{
	call->more_refused |= offered & ~lines_on(call);
}
