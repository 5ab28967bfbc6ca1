/* Calls with peers, told to the module that minds them (include/ringdown/sip_trunk.h):
 * from call/ when something happens. Without such a module nothing is done. */
#ifndef CHANNELS_SIP_CALL_TRUNK_H
#define CHANNELS_SIP_CALL_TRUNK_H

#include <ringdown/sip_trunk.h>

#include "channels/sip/call/call.h"
#include "channels/sip/endpoint/callee.h"
#include "channels/sip/endpoint/party.h"

extern const struct rd_sip_trunks sip_trunks_interface;

/* What is told beside the status of an answer. */
struct sip_trunk_words {
	const char *warning; /* NULL: none */
	char *lines; /* of each answer until the last; of rd_malloc(), NULL: none */
};

/* An INVITE that has come: 0, or the status that refuses it. *peer_call is for the call that
 * is made of it, or to be dropped; NULL: nobody minds. The numbers may be others then.
 * words is filled; the lines are the caller's. */
unsigned sip_trunk_incoming(struct rd_sip_peer_call **peer_call,
			    const struct sip_endpoint *endpoint, const struct sip_msg *msg,
			    struct sip_callee *callee, struct sip_party *caller,
			    struct sip_trunk_words *words);
/* A call was, and has its channel. */
void sip_trunk_opened(struct sip_call *call);
/* Does it wait? Then released is called, unless the call is over before: status 0, or that which
 * it is to be refused with, and words to it. */
bool sip_trunk_holds(struct sip_call *call,
		     void (*released)(struct sip_call *call, unsigned status, const char *warning));
/* No call was made of it. NULL is fine. */
void sip_trunk_drop(struct rd_sip_peer_call *peer_call, unsigned status, int cause);

/* Whom to call there: number, or in buf another one. 0 or a Q.850 cause. */
int sip_trunk_dialled(const struct sip_endpoint *endpoint, struct rd_str *number, char *buf,
		      size_t size);
/* Is it called although its host is known to be silent? */
bool sip_trunk_insists(const struct sip_endpoint *endpoint);
/* Before the first INVITE: 0 or a Q.850 cause, and the call is not made. */
int sip_trunk_outgoing(struct sip_call *call);

/* The host that it is about to be sent to, which no section names, has this address: if that is
 * a peer's, may it? */
bool sip_trunk_may_lead(const struct sip_call *call, const union sip_sockaddr *address);

/* It is refused with this: is it to be sent once more, as it is now? */
bool sip_trunk_again(struct sip_call *call, unsigned status);
/* Who talks with the peer, as it is to be told; buf: room for another number. */
void sip_trunk_told(const struct sip_call *call, struct rd_party *who, char buf[RD_SIP_NUMBER]);
/* Who has written a text that is about to be sent there, as it is to be told. */
void sip_trunk_writes(const struct sip_endpoint *endpoint, struct rd_party *who,
		      char buf[RD_SIP_NUMBER]);
/* A call of ours is sent elsewhere: is it to be refused with that instead of being followed? */
bool sip_trunk_sent_on(const struct sip_call *call, const char *const *targets, int count);
/* May it send a call of ours to this number of ours, which may be another then? */
bool sip_trunk_sends_here(const struct sip_endpoint *endpoint, char number[RD_SIP_NUMBER]);
void sip_trunk_heard(struct sip_call *call, unsigned status);
/* The caller hears what it sends before it answers. */
void sip_trunk_sounds(struct sip_call *call);
/* Whoever was to answer is there no more; unless the call rings elsewhere, too. */
void sip_trunk_gone(struct sip_call *call);
/* The next server of its host has been asked instead. */
void sip_trunk_moved(struct sip_call *call);
/* It is refused with this, or as this would say where nobody has (msg NULL); the end follows. */
void sip_trunk_refused(struct sip_call *call, unsigned status, const struct sip_msg *msg);
void sip_trunk_answered(struct sip_call *call);
/* It is over, whoever ended it. A second time is fine. */
void sip_trunk_over(struct sip_call *call, int cause);

#endif
