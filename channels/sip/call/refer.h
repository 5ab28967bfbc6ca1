/* One REFER that we follow: the transfer that it became, and the subscription
 * by which its sender is told (RFC 3515 §2.4.4). Neither needs the call. */
#ifndef CHANNELS_SIP_CALL_REFER_H
#define CHANNELS_SIP_CALL_REFER_H

#include <ringdown/originate.h>

#include "channels/sip/event/event.h"
#include "channels/sip/call/refer_to.h"

struct sip_refer {
	struct sip_watch *watch;      /* NULL: nobody is told */
	struct rd_transfer *transfer; /* NULL: not begun, or over */
	struct rd_channel *moved;     /* a reference: it has our headers meanwhile */
	bool is_over, is_short, tells_progress;
	unsigned status; /* of the referred request */
};

/* 0 or -ENOMEM; dialog NULL: nobody wants to be told. cseq: of the REFER; is_next: there
 * were others in the dialog, so that NOTIFYs have to say which one they are about. */
int sip_refer_new(struct sip_refer **rp, struct sip_dialog *dialog, uint32_t cseq, bool is_next,
		  bool tells_progress);
/* It was refused: gone without a word. */
void sip_refer_free(struct sip_refer *refer);
/* What the referred request has come to; final: the last. refer may be gone. */
void sip_refer_tell(struct sip_refer *refer, unsigned status, bool final);
/* The same as a transfer tells it: the watch of one; arg: the refer. */
void sip_refer_fared(void *arg, enum rd_transfer_state state, int cause);
/* 202 to what came from this endpoint, and the first NOTIFY. */
void sip_refer_accept(struct sip_refer *refer, struct sip_server *server,
		      const struct sip_endpoint *endpoint, const struct sip_refer_to *to);

/* Begin the transfer that a phone asks for in this call of its: 0, or a
 * status. -ENOENT as *missing: there is no such number. */
unsigned sip_refer_transfer(struct sip_refer *refer, struct sip_call *call,
			    const struct sip_msg *msg, const struct sip_refer_to *to,
			    bool *missing);

/* Ask the far end of a call that is up to call somebody else (refer_send.c):
 * -EINPROGRESS, the outcome comes as RD_SIGNAL_TRANSFER; -ENOSYS. */
int sip_call_send_refer(struct sip_call *call, const char *target);
/* NOTIFY in a call: how it fares. */
void sip_call_notified(struct sip_call *call, struct sip_server *server,
		       const struct sip_msg *msg);

/* REFER in a call, and outside of one (refer_outside.c). */
void sip_call_referred(struct sip_call *call, struct sip_server *server,
		       const struct sip_msg *msg);
void sip_refer_received(struct sip_server *server, const struct sip_msg *msg);

/* An outgoing call: a peer that may not transfer calls itself is not told how a phone names
 * itself that has transferred the caller, nor what it has signed. */
void sip_call_hide_referrer(struct sip_call *call);

/* ---- refer_calls.c: those that a REFER outside of a call has had made ---- */

struct sip_refer_call;

/* One more of this phone: 0, -EBUSY: it has as many as it may, -ENOMEM. It goes by
 * itself once sip_refer_call_answered() was told of it. */
int sip_refer_call_new(struct sip_refer_call **mp, const struct sip_endpoint *endpoint);
void sip_refer_call_free(struct sip_refer_call *made);
/* As rd_originate.done has it. */
void sip_refer_call_answered(int rc, const struct rd_dial_result *result, const char *uniqueid,
			     void *arg);
/* The driver stops. */
void sip_refer_calls_forget(void);

#endif
