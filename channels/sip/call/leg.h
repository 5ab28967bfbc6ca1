/* A call that goes out: whom to call, a leg for each contact, the early dialogs of
 * each leg. */
#ifndef CHANNELS_SIP_CALL_LEG_H
#define CHANNELS_SIP_CALL_LEG_H

#include "channels/sip/call/call.h"

/* ---- fork.c: the early dialogs of an INVITE of ours ---- */

/* The fork that a response speaks of, made when its tag is new. 0, or with *fp NULL
 * -ENOSPC: it has forked too often, or what sip_dialog_established() says. */
int sip_fork_of(struct sip_fork **fp, struct sip_leg *leg, const struct sip_msg *msg);
/* Is it a reliable answer that must not be looked at: repeated, or too early? One
 * whose PRACK went by a connection that is lost gets another one. */
bool sip_fork_skips(struct sip_call *call, struct sip_fork *fork, const struct sip_msg *msg);
/* Take what a provisional answer describes, and acknowledge a reliable one.
 * Is there anything new to hear? */
bool sip_fork_progress(struct sip_leg *leg, struct sip_fork *fork,
		       const struct sip_msg *msg);
/* A provisional answer of one that another has forestalled: a reliable one is acknowledged. */
void sip_fork_lost(struct sip_leg *leg, const struct sip_msg *msg);
/* The 2xx has come: the call goes on with this one. 0, or why it cannot;
 * it has its dialog in either case. */
int sip_fork_win(struct sip_leg *leg, struct sip_fork *fork, const struct sip_msg *msg);
/* It is over before the INVITE is (199, RFC 6228). */
void sip_fork_drop(struct sip_leg *leg, struct sip_fork *fork);
void sip_fork_free(struct sip_fork *fork);
/* Its far end has said BYE; the INVITE goes on. */
void sip_fork_ended(struct sip_call *call, const struct sip_dialog *dialog);
/* One more, of this dialog, which is freed where that fails. */
int sip_fork_take(struct sip_leg *leg, struct sip_dialog *dialog);
void sip_early_updated(struct sip_call *call, struct sip_dialog *dialog,
		       struct sip_server *server, const struct sip_msg *msg);

/* ---- outgoing.c, leg_start.c ---- */

int sip_call_request(const struct rd_call_request *request, struct rd_channel **chp,
		     int *cause);
int sip_call_start(struct sip_call *call);
/* Call one target; 0 or negative errno. */
int sip_leg_start(struct sip_call *call, struct rd_str target, struct rd_str routes,
		  const struct sip_flow *flow);
/* The same to one of several targets; the leg takes the way. former: which leg it
 * replaces, or NULL. */
int sip_leg_try(struct sip_call *call, struct sip_way *way, const struct sip_flow *flow,
		const struct sip_leg *former);
/* Send its INVITE, once more after 422. 0 or negative errno. */
int sip_leg_invite(struct sip_leg *leg);

/* ---- contacts.c ---- */

/* INVITE what is registered. 0, or why nobody can be reached. */
int sip_call_contacts(struct sip_call *call, struct sip_aor *aor);
/* The leg failed with this status (msg NULL: without an answer): is its device
 * called by another flow now? */
bool sip_leg_other_flow(struct sip_leg *leg, unsigned status, const struct sip_msg *msg);
/* Something has come back by the flow that it was sent by. */
void sip_leg_flow_heard(const struct sip_leg *leg);

/* ---- leg.c ---- */

/* Who hears what comes of an INVITE. */
extern const struct sip_client_user sip_leg_user;
/* CANCEL those that have no final answer, but one (may be NULL). */
void sip_legs_cancel(struct sip_call *call, const struct sip_leg *but, int cause);
void sip_leg_free(struct sip_leg *leg);
/* Is there one that may still be answered, or may yet begin? */
bool sip_legs_wait(const struct sip_call *call);
/* None of them may: the call ends with the refusal that says most, which there is. */
void sip_legs_refused(struct sip_call *call);

/* ---- cut.c: legs that lose their connection ---- */

/* Whoever it rings at is looked for. */
void sip_leg_cut(struct sip_leg *leg);
/* It has failed for that. Should the phone be found yet, it is told. */
void sip_leg_leave_ringing(struct sip_leg *leg);
/* It is answered by another connection: its dialogs go there, too. */
void sip_leg_moved(struct sip_leg *leg);
/* A contact has registered: is it one that a leg has lost? */
void sip_legs_look_again(const struct sip_contact *contact);

/* ---- redirected.c: a 3xx to our INVITE ---- */

/* Keep whom it names. */
void sip_redirects_note(struct sip_leg *leg, const struct sip_msg *msg);
/* Tell the channel; false when nobody was named. */
bool sip_redirects_post(struct sip_call *call);

/* ---- hunt.c: targets by address or name, one after the other ---- */

/* The URI of these targets. */
static inline struct rd_str sip_call_hunted(const struct sip_call *call)
{
	return rd_str_of(call->host_target ? call->host_target : call->target);
}

/* By what way the call would go; roughly, while DNS is asked. Nothing is sent. */
int sip_call_find_way(const struct sip_call *call, struct sip_flow *flow);
/* Call the first target that can be called, now or when DNS has answered. 0, or
 * negative errno when there is none. */
int sip_call_hunt(struct sip_call *call);
/* The same, but at no other host than the one that it is at. */
int sip_call_hunt_here(struct sip_call *call);
void sip_leg_init_patience(struct sip_leg *leg);
/* Whoever calls has no more patience: is another target tried now, in the place of one that has
 * not been heard of? Not where that did not answer a while ago. */
bool sip_call_hurry(struct sip_call *call);
/* Whoever was to answer it is there no more: is the next server of its host tried now? Not when
 * the caller has heard him. */
bool sip_leg_goes_on(struct sip_leg *leg);
/* Wait for the first sign of life, but not for ever. */
void sip_leg_be_patient(struct sip_leg *leg);
void sip_leg_heard(struct sip_leg *leg);
/* Its target is dead, or has refused it. True: another has taken its place, or another host
 * of the endpoint, and the leg is gone. */
bool sip_leg_fail_over(struct sip_leg *leg, const struct sip_msg *refusal);

/* ---- other_host.c: endpoints that have several hosts ---- */

/* The endpoint at the host that is called first: one that is not known to be silent, and has
 * not failed a while ago; itself where there is no better one. */
const struct sip_endpoint *sip_hosts_first(const struct sip_endpoint *endpoint);

/* Which of those where the call was not yet. */
enum sip_host_wish {
	SIP_HOST_SOUND, /* nothing speaks against it */
	SIP_HOST_ANY,
	SIP_HOST_AGAIN, /* or, once, one where nobody has refused it: it may be back */
};

bool sip_call_has_host(const struct sip_call *call, enum sip_host_wish wish);
/* It is called there now, or when DNS has answered. False: there is none. */
bool sip_call_try_host(struct sip_call *call, enum sip_host_wish wish);
/* The host where it is has refused it. */
void sip_call_host_refuses(struct sip_call *call);
/* The endpoint of this name does not answer at its host any more, the URI: calls that wait there
 * go on to another. */
void sip_calls_leave_host(const char *name, struct rd_str uri);

#endif
