/* One request outside of any dialog, to wherever its URI leads: MESSAGE, NOTIFY,
 * REGISTER, OPTIONS. What DNS says, which transport, and the next target when
 * one fails (RFC 3263 §4.3) is all done here. Not for INVITE, whose 2xx may be
 * several. */
#ifndef CHANNELS_SIP_OUTSIDE_H
#define CHANNELS_SIP_OUTSIDE_H

#include "channels/sip/transaction/transaction.h"

struct sip_outside; /* a request under way */

/* All are copied but account and peer, which must stay. */
struct sip_outside_params {
	struct rd_str method, uri; /* of the request line */
	struct rd_str next; /* a first Route or an outbound proxy, as URI; absent: uri */
	const char *transport; /* the section to send by; NULL: any that fits */
	const struct sip_flow *flow; /* by this and no other way; NULL: as DNS says */
	/* By the flows that we are registered with it by, one after the other (RFC 5626 §4.3);
	 * NULL: it is to no peer of ours. */
	const struct sip_endpoint *peer;
	const void *account; /* who answers a challenge; see sip_request_account() */
	unsigned hops; /* Max-Forwards; 0: SIP_MAX_FORWARDS */
	int patience_ms; /* for each target, the last too, or by flow; 0: as DNS's settings say */
};

/* response may be NULL. */
struct sip_outside_user {
	/* Print what follows Via and Max-Forwards: Route, From, To, Call-ID, CSeq
	 * and so on. Called for each target anew: print the same, but for what
	 * depends on flow (Contact). 0, or negative to give up. */
	int (*print)(void *arg, struct sip_out *out, const struct sip_flow *flow);
	/* A provisional answer, or the final one: the last call then. */
	void (*response)(void *arg, const struct sip_msg *msg, const struct sip_flow *flow);
	/* No target gave a final answer; the last call. -ETIMEDOUT (a 408), -ENOENT:
	 * no such host (a 404 or 604), else what went wrong (a 503). */
	void (*failed)(void *arg, int rc);
};

/**
 * Send it. When the target is known the first message goes out at once; else
 * when DNS has answered. The user is told from the loop only, never from within.
 *
 * 0 with *op (may be NULL), valid until the last call; or negative errno, and
 * the user hears nothing: -EINVAL (no sip URI), -ENOENT, -EPROTONOSUPPORT,
 * -EHOSTUNREACH, -ENOMEM, what print said.
 */
int sip_outside_send(struct sip_outside **op, const struct sip_outside_params *params,
		     const struct sip_outside_user *user, void *arg);

/* Not listening any more: a transaction that is out runs on by itself, other
 * targets are not tried. NULL is fine. */
void sip_outside_forget(struct sip_outside *outside);

#endif
