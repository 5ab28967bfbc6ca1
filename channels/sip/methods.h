/* What the driver does with a request, by its method: a row each. Allow is
 * printed from the same rows. */
#ifndef CHANNELS_SIP_METHODS_H
#define CHANNELS_SIP_METHODS_H

#include "channels/sip/message/out.h"

struct sip_call;
struct sip_dialog;
struct sip_server;

struct sip_method_row {
	/* It came outside of any dialog. NULL: 405. */
	void (*outside)(struct sip_server *server, const struct sip_msg *msg);
	/* It came in a dialog of any kind. NULL: for its user alone. */
	void (*usage)(struct sip_dialog *dialog, struct sip_server *server,
		      const struct sip_msg *msg);
	/* It has a To tag of no dialog that we know. NULL: 481. */
	void (*unmatched)(struct sip_server *server, const struct sip_msg *msg);
	/* It came in the dialog of a call. NULL: 405. */
	void (*inside)(struct sip_call *call, struct sip_server *server,
		       const struct sip_msg *msg);
	/* It came in one of the early dialogs of our INVITE, which may never
	 * become the call's. NULL: 491. */
	void (*early)(struct sip_call *call, struct sip_dialog *dialog,
		      struct sip_server *server, const struct sip_msg *msg);
	/* Outside of a dialog it may lead to a request of ours: a hop must be
	 * left (RFC 7332 §4.2). */
	bool goes_on;
	/* Without a dialog it is out of place, not unknown: 481. */
	bool needs_dialog;
	/* Its Contact is where the far end is from now on (RFC 3261 §6). */
	bool refreshes_target;
	/* What it is about comes with modules that load after us. */
	bool needs_others;
	/* The layers below see to it. */
	bool is_below;
};

/* By enum sip_method; all zero: not known. */
extern const struct sip_method_row sip_methods[SIP_METHODS];

/* Allow: what may be sent to us: at all, without a dialog, in the one of a call. */
enum sip_allow { SIP_ALLOW_ALL, SIP_ALLOW_OUTSIDE, SIP_ALLOW_INSIDE };
void sip_print_allow(struct sip_out *out, enum sip_allow where);

#endif
