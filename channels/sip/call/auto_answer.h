/* Calls that a phone answers by itself. */
#ifndef CHANNELS_SIP_CALL_AUTO_ANSWER_H
#define CHANNELS_SIP_CALL_AUTO_ANSWER_H

#include "channels/sip/call/call.h"

enum sip_auto_answer {
	SIP_AUTO_NO,
	SIP_AUTO_YES,
	SIP_AUTO_REQUIRE,
	SIP_AUTO_PRIVILEGED,
	SIP_AUTO_MANUAL, /* the contrary: not without somebody who takes it */
	SIP_AUTO_MANUAL_REQUIRE,
};

/* What the sender of this INVITE asks for. */
enum sip_auto_answer sip_auto_answer_wish(const struct sip_msg *invite);
/* Does it insist on what this phone may not ask for? Then it gets a 403. */
bool sip_auto_answer_forbidden(const struct sip_endpoint *endpoint,
			       const struct sip_msg *invite);
/* Does the caller insist on somebody who takes the call, while nobody whom it rang has? */
bool sip_auto_answer_lacks_somebody(const struct sip_call *call);
/* Ask for it in an INVITE of ours, if somebody wants it so. */
void sip_auto_answer_print(const struct sip_call *call, struct sip_out *out,
			   const struct sip_flow *flow);

#endif
