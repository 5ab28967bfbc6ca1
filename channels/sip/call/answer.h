/* Answers to an INVITE of the far end, and what follows them: ACK and PRACK. */
#ifndef CHANNELS_SIP_CALL_ANSWER_H
#define CHANNELS_SIP_CALL_ANSWER_H

#include "channels/sip/call/call.h"

/* ---- answer.c: provisional and final answers to an INVITE, and its ACK ---- */

/* Begin an answer to call->invite; NULL: it has its final one. */
struct sip_out *sip_call_begin_answer(struct sip_call *call, unsigned status);
/* 200 to call->invite; offer: it had none, so ours goes with it. 0;
 * -EINPROGRESS: after the PRACK that is awaited. */
int sip_call_accept(struct sip_call *call, bool offer);
void sip_call_refuse(struct sip_call *call, unsigned status, int cause);
/* 302 to an INVITE without final answer: "1003", "user@host". Else -ENOSYS. */
int sip_call_send_elsewhere(struct sip_call *call, const char *target);
void sip_call_acknowledged(struct sip_call *call, const struct sip_msg *ack);
void sip_call_init_timers(struct sip_call *call);
/* That of an INVITE that comes in (incoming.c). */
void sip_call_init_lapse(struct sip_call *call);

/* ---- reliable.c: provisional answers and PRACK ---- */

/* May this INVITE be answered by this phone's rules? 0, 420 or 421. */
unsigned sip_reliable_refusal(const struct sip_endpoint *endpoint,
			      const struct sip_msg *invite);
void sip_reliable_init(struct sip_call *call, const struct sip_msg *invite);
void sip_reliable_stop(struct sip_call *call);
int sip_call_progress(struct sip_call *call, unsigned status, bool with_sdp);
void sip_call_prack_received(struct sip_call *call, struct sip_server *server,
			     const struct sip_msg *msg);

#endif
