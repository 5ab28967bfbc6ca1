/* What a REFER asks for: Refer-To taken apart (RFC 3515 §2.1), with the header
 * lines that its URI may bring along. */
#ifndef CHANNELS_SIP_CALL_REFER_TO_H
#define CHANNELS_SIP_CALL_REFER_TO_H

#include "channels/sip/call/replaces.h"
#include "channels/sip/endpoint/callee.h"

struct sip_refer_to {
	struct sip_callee callee;    /* whom to call */
	bool replaces;		     /* ... in the place of this dialog: */
	struct sip_replaces dialog;  /* views into text */
	bool require_replaces;	     /* the new INVITE is to insist on it */
	bool no_subscription;	     /* Refer-Sub: false (RFC 4488) */
	char text[512];		     /* of Replaces, escapes undone */
};

/* 0, or the status to refuse the request with: 400, 416 (a scheme that we
 * cannot call), 603 (anything but an INVITE). */
unsigned sip_refer_to_read(struct sip_refer_to *to, const struct sip_msg *refer);

#endif
