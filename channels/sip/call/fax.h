/* A call that becomes a fax by T.38, and a call again: its stream, and how one leg asks
 * the other. */
#ifndef CHANNELS_SIP_CALL_FAX_H
#define CHANNELS_SIP_CALL_FAX_H

#include "channels/sip/call/call.h"

/* ---- fax.c: the stream of a fax, beside.c's like ---- */

void sip_fax_policy(const struct sip_call *call, struct sip_media_policy *policy);
/* Open what a session has. 0 or negative errno. */
int sip_fax_open(struct sip_call *call, const struct sip_session *session);
/* Put it in force. 0 or negative errno. */
int sip_fax_configure(struct sip_call *call, const struct sip_session *session);
/* Where it is received, for our description. */
uint16_t sip_fax_port(const struct sip_call *call);
/* "ENABLED": as CHANNEL(pjsip,t38state) says it. */
const char *sip_fax_state(const struct sip_call *call);

/* ---- fax_ask.c: one leg asks the other ---- */

void sip_fax_init(struct sip_call *call);
/* A re-INVITE (or, where nobody may wait, an UPDATE) would make a fax of the call, or a
 * call of the fax: the other leg's far end is asked first. True: that is so, it is answered
 * then, or was refused. False: it is answered as any other. */
bool sip_fax_asked(struct sip_call *call, struct sip_server *server, const struct sip_msg *msg,
		   bool may_wait);
/* Our offer was answered, or theirs was: what is agreed on may be what another leg waits
 * for. */
void sip_fax_settle(struct sip_call *call);
/* Our offer was refused for good, or cannot be sent. */
void sip_fax_refused(struct sip_call *call);
/* An offer of theirs was refused: what was agreed on before holds. */
void sip_fax_kept(struct sip_call *call);
/* Whom it talks to has no fax, or none any more. */
void sip_fax_match(struct sip_call *call, const struct rd_channel *other);
/* It ends: nobody is to wait for it, and it waits for nobody. */
void sip_fax_part(struct sip_call *call);

#endif
