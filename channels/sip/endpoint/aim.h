/* Where the requests of a dialog with an endpoint go: what send_to_source means. */
#ifndef CHANNELS_SIP_ENDPOINT_AIM_H
#define CHANNELS_SIP_ENDPOINT_AIM_H

#include "channels/sip/dialog/dialog.h"
#include "channels/sip/endpoint/settings.h"

static inline enum sip_aim sip_endpoint_aim(const struct sip_endpoint *endpoint)
{
	switch (endpoint->to_source) {
	case SIP_TO_SOURCE_NO:
		return SIP_AIM_CONTACT;
	case SIP_TO_SOURCE_YES:
		return SIP_AIM_SOURCE;
	default:
		return endpoint->type == SIP_SECTION_PHONE ? SIP_AIM_STRAIGHT
							   : SIP_AIM_REACHABLE;
	}
}

#endif
