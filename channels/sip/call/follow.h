/* Where the phone of a call is now, though it went elsewhere. */
#ifndef CHANNELS_SIP_CALL_FOLLOW_H
#define CHANNELS_SIP_CALL_FOLLOW_H

#include "channels/sip/call/call.h"

/* The device that a call over this flow is with: known again when it registers anew. */
void sip_call_note_device(struct sip_call *call, const struct sip_flow *flow);
/* A contact is at another flow than before: its calls go there, too. */
void sip_calls_follow(const struct sip_contact *contact, const struct sip_flow *before);

/* A contact has registered: does a BYE wait for it that its far end has perhaps not read? */
void sip_byes_look_again(const struct sip_contact *contact);
/* Those that their connection has lost are tried every two seconds, for half a minute. */
void sip_byes_start(void);
void sip_byes_stop(void);

/* sip_dialog_user.find */
bool sip_call_find_far(void *arg, const struct sip_dialog *dialog, struct sip_flow *flow);
/* sip_server_user.find */
bool sip_call_find_caller(void *arg, struct sip_server *server, struct sip_flow *flow);

#endif
