/* One SIP call: what stands between a channel and its dialog. Shared by the
 * files of this folder; each says which part of a call's life it tells. */
#ifndef SIP_CALL_H
#define SIP_CALL_H

#include <ringdown/cause.h>
#include <ringdown/cli.h>
#include <ringdown/function.h>
#include <ringdown/tech.h>

#include "../driver.h"
#include "../our_headers.h"
#include "cause.h"
#include "party.h"
#include "session.h"

#define SIP_CALL_MAGIC 0x5343414cu /* "SCAL" */
#define SIP_FORKS_MAX  8	   /* early dialogs of one INVITE */
#define SIP_PREFERRED  6	   /* codecs of the caller, offered first */
#define SIP_BODY_MAX   4096	   /* of a description that we print */

enum sip_call_state {
	SIP_CALL_NEW,	   /* going out, nothing sent */
	SIP_CALL_INCOMING, /* their INVITE has no final answer */
	SIP_CALL_OUTGOING, /* our INVITEs are out */
	SIP_CALL_UP,
	SIP_CALL_ENDED,	   /* hung up; an ACK or an answer may be awaited */
};

struct sip_call;

/* One dialog that an INVITE of ours made; several, when a proxy forked it. Each
 * agrees for itself on what is spoken (fork.c). */
struct sip_fork {
	struct sip_dialog *dialog;
	struct sip_session session;
	struct rd_stream_config *config; /* NULL: nothing was said yet */
	uint32_t rseq; /* of the last reliable answer, RFC 3262; 0: none */
};

/* One INVITE of an outgoing call: a call to a phone with several contacts has
 * one for each, and the first 2xx wins. */
struct sip_leg {
	struct rd_list link;
	struct sip_call *call;
	struct sip_client *client; /* NULL: its transaction has ended */
	char *instance;		   /* the device; NULL: it told none */
	uint64_t stamp;		   /* of the contact that it was called by */
	bool waits;		   /* no final answer yet */
	bool cancelled;
	struct sip_way *way;	   /* targets that are left; NULL: there is but one */
	struct rd_timer patience;  /* with a target that is silent */
	int fork_count;
	struct sip_fork forks[SIP_FORKS_MAX]; /* the dialog of [0] is half until tagged */
};

/* Provisional answers to an INVITE, sent reliably (reliable.c). */
struct sip_reliable {
	bool offered, required; /* by the caller: 100rel */
	bool waits;		/* for the PRACK to rseq */
	bool holds_sdp;		/* the one that waits: no 200 may overtake it */
	bool accept_wanted;	/* the 200 waits */
	bool next_sdp;
	uint16_t next_status;	/* to be sent after it; 0: none */
	uint16_t status;	/* of the last one sent, reliably or not */
	uint32_t rseq;
	int interval_ms;
	uint64_t deadline_ms;
	struct rd_timer timer;	/* repeats it; else keeps the INVITE alive */
};

/* RFC 4028 (session_timer.c). */
struct sip_session_timer {
	uint32_t interval_s; /* 0: the session does not expire */
	uint32_t minimum_s;  /* the largest Min-SE that was heard */
	bool we_refresh;
	uint64_t deadline_ms;
	struct rd_timer timer;
};

struct sip_call {
	unsigned magic;
	enum sip_call_state state;
	struct rd_list link;	    /* in sip.calls */
	struct rd_channel *channel; /* NULL: the core has let go */
	struct rd_channel *caller;  /* who dials, counted; only while it rings */
	struct rd_stream *stream;   /* the channel's */
	struct rd_stream *beside[SIP_BESIDE]; /* its pictures and text; NULL: none yet */
	/* What whoever it talks to has of these, once he is known; NULL: nothing. */
	struct rd_stream_config *like[SIP_BESIDE];
	bool follows;
	unsigned anew; /* of these our next offer adds what it has not */
	struct sip_settings *settings;
	const struct sip_endpoint *endpoint;
	struct sip_dialog *dialog; /* NULL: going out, nobody answered */
	struct sip_session session;
	bool exposed;		   /* its descriptions travel in clear */
	bool hidden;		   /* by a NAT, for the far end; a STUN server may help */
	bool far_update;	   /* the far end understands UPDATE */
	bool far_keys;		   /* and takes keys as an INFO package */
	unsigned refer_count;	   /* REFERs that came in its dialog */
	struct sip_client *refer;  /* ours, unanswered */
	bool lacks_sips;	   /* who it called by sips has sip contacts only */
	bool refer_awaits;	   /* its outcome is not known */
	uint32_t refer_cseq;	   /* 0: none was sent */
	bool far_holds;		   /* it has put us on hold */

	/* An INVITE that we answer, the first or a later one (answer.c). */
	struct sip_server *invite; /* NULL: answered */
	struct sip_msg *received; /* a copy of the first one, its own allocation */
	uint32_t ack_cseq;
	bool ack_awaited, ack_answers; /* the 2xx held the offer, ours or theirs */
	bool bye_after_ack;
	int bye_cause;
	int ack_interval_ms;
	uint64_t ack_deadline_ms;
	struct rd_timer ack_timer; /* repeats our 2xx */
	struct sip_reliable reliable;
	struct sip_session_timer expiry;

	/* Going out (outgoing.c, leg.c). */
	struct rd_list legs;
	struct sip_dialog *early; /* whose description is in force before a 2xx */
	char *contact;		  /* the one of the phone that is called; NULL: all */
	char *target;		  /* a URI to call; NULL: the phone's contacts */
	struct sip_lookup *lookup; /* where that is, while DNS is asked */
	char *instance;		  /* of those this device alone; NULL: all */
	const struct rd_codec *preferred[SIP_PREFERRED + 1];
	const struct rd_codec *asked_codec; /* by a re-INVITE; NULL: none yet */
	int hops;		  /* left to the caller's INVITE; -1: nobody said */
	char *media_offer;	  /* codecs by PJSIP_MEDIA_OFFER(); NULL: as configured */
	char *headers;		  /* lines that SIP_HEADER(add) left */
	unsigned refusal;	  /* the one that counts so far, and its cause */
	int refusal_cause;
	char *redirects;	  /* who a 3xx named, see redirected.c */

	/* Requests of ours in the dialog (bye.c, modify.c). */
	struct sip_client *bye, *modify;
	bool modify_wanted, modify_is_invite, modify_done;
	bool modify_offers; /* the next one has an offer, so it is an INVITE */
	struct rd_timer retry;
};

/* ---- call.c: birth, death, what the channel is told ---- */

int sip_call_new(struct sip_call **cp, struct sip_settings *settings,
		 const struct sip_endpoint *endpoint);
/* Open its audio stream on the address that faces the far end. */
int sip_call_open_stream(struct sip_call *call, const struct sip_flow *flow);
/* Give it its channel, which takes the stream; params get the rest. */
int sip_call_open_channel(struct sip_call *call, struct rd_channel_params *params);
/* Free it when neither the channel nor the far end needs it any more. To be
 * said at the end of every callback; call may be gone afterwards. */
void sip_call_settle(struct sip_call *call);
/* The core lets go. */
void sip_call_destroy(struct sip_call *call);
/* The driver goes: an ACK that is still awaited will not be heard. */
void sip_call_abandon(struct sip_call *call);

void sip_call_post(struct sip_call *call, enum rd_signal_type type, int number);
void sip_call_post_text(struct sip_call *call, enum rd_signal_type type,
			struct rd_str text);
/* The far end is gone: the channel ends. Nothing is sent. */
void sip_call_over(struct sip_call *call, int cause);

/* ---- ends.c: the identifiers of both ends (RFC 7989) ---- */

/* An INVITE that came in: its sender may have none yet. */
void sip_ends_begin(struct sip_call *call);
/* An INVITE goes out: it is told who calls. */
void sip_ends_introduce(const struct sip_call *call, struct sip_dialog *dialog);
/* The far end said who it is: so is the caller told. */
void sip_ends_report(const struct sip_call *call, const struct sip_dialog *dialog);
void sip_ends_forget_caller(struct sip_call *call);

/* ---- prefer.c ---- */

/* In an offer of ours, what was asked for comes first. */
void sip_call_put_first(const struct sip_call *call, struct rd_stream_config *config);
int sip_prefer_codec(struct rd_channel *ch, const struct rd_codec *codec, bool ask);

/* ---- media.c: descriptions of this call ---- */

void sip_call_policy(const struct sip_call *call, struct sip_media_policy *policy);
/* Read the description in a message: 0 with *sdp, -ENOENT without one,
 * -EPROTO when something else must be understood (415), -EINVAL, -ENOMEM. */
int sip_call_read_sdp(struct sdp **sdp, const struct sip_msg *msg);
int sip_call_take_offer(struct sip_call *call, const struct sdp *offer);
/* In the log: why -EPROTONOSUPPORT. */
void sip_call_explain_security(const struct sip_call *call);
#define SIP_SECURITY_WARNING "How sound is encrypted does not fit the settings"
int sip_call_take_answer(struct sip_call *call, const struct sdp *answer);
/* Print our description as the body; offer: it is a new offer of ours. */
int sip_call_print_sdp(struct sip_call *call, struct sip_out *out, bool offer);
/* The same for any session of the call. */
int sip_call_print_session(const struct sip_call *call, struct sip_session *session,
			   const struct rd_stream_config *config, struct sip_out *out);

/* What was agreed on before an offer came, in case it must stay so. */
struct sip_agreement {
	struct sip_session session;
	struct rd_stream_config config;
};

bool sip_same_config(const struct rd_stream_config *a, const struct rd_stream_config *b);
/* Put a description in force; the same as before changes nothing. */
int sip_call_configure(struct sip_call *call, struct sip_session *session,
		       const struct rd_stream_config *config);

int sip_call_keep(const struct sip_call *call, struct sip_agreement *before);
void sip_call_restore_take(struct sip_call *call, struct sip_agreement *before);
void sip_agreement_drop(struct sip_agreement *before);
/* The far end held or resumed: tell the channel, once. */
void sip_call_note_hold(struct sip_call *call);

/* ---- beside.c: pictures and text ---- */

void sip_beside_policy(const struct sip_call *call, struct sip_media_policy *policy);
/* The far end makes an offer: it may have lines that the other leg has not yet. */
void sip_beside_let_lead(const struct sip_call *call, struct sip_media_policy *policy);
/* Open what a session has; what cannot be had is left out of it. */
void sip_beside_open(struct sip_call *call, struct sip_session *session);
/* Put it in force. */
void sip_beside_configure(struct sip_call *call, const struct sip_session *session);
/* Where they are received, for our description. */
void sip_beside_ports(const struct sip_call *call, uint16_t ports[SIP_BESIDE]);
/* The sound is received at another address of ours now. */
int sip_beside_move(struct sip_call *call);
/* Give them to the channel, or close them. */
int sip_beside_hand_over(struct sip_call *call);
void sip_beside_close(struct sip_call *call);
/* The channel has them, and closes them. */
void sip_beside_forget(struct sip_call *call);
/* Learn what whom it talks to has; returns a bit for each that has changed. */
unsigned sip_beside_follow(struct sip_call *call, const struct rd_channel *other);
/* rd_tech.want_picture (picture.c): by INFO, RFC 5168. */
int sip_want_picture(struct rd_channel *ch);
/* rd_tech.match */
int sip_match(struct rd_channel *ch, const struct rd_channel *other);

/* ---- headers.c: what every message of a call carries ---- */

/* Allow and Supported, for a request of this method or an answer to one. */
void sip_call_print_abilities(const struct sip_call *call, struct sip_out *out,
			      enum sip_method method);
/* Identity of whoever this channel talks to. */
void sip_call_print_party(const struct sip_call *call, struct sip_out *out,
			  const struct sip_flow *flow);
/* Take from a message what the far end can do. */
void sip_call_note_allow(struct sip_call *call, const struct sip_msg *msg);
/* The same, and who it says it is. */
void sip_call_note_peer(struct sip_call *call, const struct sip_msg *msg);

/* ---- incoming.c ---- */

/* A variable of who calls: where the local number that he dialled is one. */
#define SIP_VAR_PHONE_CONTEXT "SIPPHONECONTEXT"

/* A new INVITE outside of any dialog. */
void sip_invite_received(struct sip_server *server, const struct sip_msg *msg);

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

/* ---- reliable.c: provisional answers and PRACK ---- */

/* May this INVITE be answered by this phone's rules? 0, 420 or 421. */
unsigned sip_reliable_refusal(const struct sip_endpoint *endpoint,
			      const struct sip_msg *invite);
void sip_reliable_init(struct sip_call *call, const struct sip_msg *invite);
void sip_reliable_stop(struct sip_call *call);
int sip_call_progress(struct sip_call *call, unsigned status, bool with_sdp);
void sip_call_prack_received(struct sip_call *call, struct sip_server *server,
			     const struct sip_msg *msg);

/* ---- session_timer.c ---- */

void sip_expiry_init(struct sip_call *call);
void sip_expiry_stop(struct sip_call *call);
/* May a session last as short as this INVITE or UPDATE says? 0, 400 or 422. */
unsigned sip_expiry_refusal(const struct sip_endpoint *endpoint, const struct sip_msg *msg);
void sip_expiry_refuse(struct sip_server *server, const struct sip_endpoint *endpoint,
		       unsigned status);
/* Print into our 2xx what holds from now on, and start the clock. */
void sip_expiry_accept(struct sip_call *call, struct sip_out *out,
		       const struct sip_msg *request);
/* Into our INVITE or UPDATE: what we want. */
void sip_expiry_print(const struct sip_call *call, struct sip_out *out);
/* The 2xx to it. */
void sip_expiry_answered(struct sip_call *call, const struct sip_msg *ok);
/* A 422: true when asking again, for longer, may help. */
bool sip_expiry_too_short(struct sip_call *call, const struct sip_msg *refused);

/* ---- fork.c: the early dialogs of an INVITE of ours ---- */

/* The fork that a response speaks of, made when its tag is new. NULL when
 * there is none to be had. */
struct sip_fork *sip_fork_of(struct sip_leg *leg, const struct sip_msg *msg);
/* Is it a reliable answer that must not be looked at: repeated, or too early? */
bool sip_fork_skips(const struct sip_fork *fork, const struct sip_msg *msg);
/* Take what a provisional answer describes, and acknowledge a reliable one.
 * Is there anything new to hear? */
bool sip_fork_progress(struct sip_leg *leg, struct sip_fork *fork,
		       const struct sip_msg *msg);
/* The 2xx has come: the call goes on with this one. 0, or why it cannot;
 * it has its dialog in either case. */
int sip_fork_win(struct sip_leg *leg, struct sip_fork *fork, const struct sip_msg *msg);
/* It is over before the INVITE is (199, RFC 6228). */
void sip_fork_drop(struct sip_leg *leg, struct sip_fork *fork);
void sip_fork_fini(struct sip_fork *fork);
void sip_early_updated(struct sip_call *call, struct sip_dialog *dialog,
		       struct sip_server *server, const struct sip_msg *msg);

/* ---- outgoing.c, leg.c ---- */

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
/* ---- contacts.c ---- */

/* INVITE what is registered. 0, or why nobody can be reached. */
int sip_call_contacts(struct sip_call *call, struct sip_aor *aor);
/* The leg failed with this status (msg NULL: without an answer): is its device
 * called by another flow now? */
bool sip_leg_other_flow(struct sip_leg *leg, unsigned status, const struct sip_msg *msg);
/* Where the caller asked for one device, call that one. 0 or -ENOMEM. */
int sip_call_note_gruu(struct sip_call *call, const struct rd_channel *caller);

/* ---- leg.c ---- */

/* CANCEL those that have no final answer, but one (may be NULL). */
void sip_legs_cancel(struct sip_call *call, const struct sip_leg *but, int cause);
void sip_leg_free(struct sip_leg *leg);

/* ---- redirected.c: a 3xx to our INVITE ---- */

/* Keep whom it names. */
void sip_redirects_note(struct sip_leg *leg, const struct sip_msg *msg);
/* Tell the channel; false when nobody was named. */
bool sip_redirects_post(struct sip_call *call);

/* ---- hunt.c: targets by address or name, one after the other ---- */

/* By what way the call would go; roughly, while DNS is asked. Nothing is sent. */
int sip_call_find_way(const struct sip_call *call, struct sip_flow *flow);
/* Call the first target that can be called, now or when DNS has answered. 0, or
 * negative errno when there is none. */
int sip_call_hunt(struct sip_call *call);
void sip_leg_init_patience(struct sip_leg *leg);
/* Wait for the first sign of life, but not for ever. */
void sip_leg_be_patient(struct sip_leg *leg);
void sip_leg_heard(struct sip_leg *leg);
/* Its target is dead, or said 503. True: another has taken its place, and the
 * leg is gone. */
bool sip_leg_fail_over(struct sip_leg *leg, const struct sip_msg *refusal);

/* ---- indialog.c: requests of the far end in a dialog; see methods.h ---- */

extern const struct sip_dialog_user sip_call_dialog_user;
void sip_call_bye_received(struct sip_call *call, struct sip_server *server,
			   const struct sip_msg *msg);
void sip_call_options_received(struct sip_call *call, struct sip_server *server,
			       const struct sip_msg *msg);
void sip_early_options_received(struct sip_call *call, struct sip_dialog *dialog,
				struct sip_server *server, const struct sip_msg *msg);
void sip_early_info_received(struct sip_call *call, struct sip_dialog *dialog,
			     struct sip_server *server, const struct sip_msg *msg);
/* INVITE or UPDATE in the dialog (reinvite.c). */
void sip_call_reinvited(struct sip_call *call, struct sip_server *server,
			const struct sip_msg *msg);
void sip_call_updated(struct sip_call *call, struct sip_server *server,
		      const struct sip_msg *msg);
/* Refuse a request that may carry an offer, with what its status needs. */
void sip_offer_refuse(struct sip_server *server, unsigned status);
/* The status for what reading or taking an offer said; 0 for 0 and -ENOENT. */
unsigned sip_offer_status(int rc);
/* Begin the 200 to a re-INVITE or UPDATE. */
struct sip_out *sip_call_begin_ok(struct sip_call *call, struct sip_server *server);
/* Why an offer cannot be looked at now; 0: it can. */
unsigned sip_offer_glare(const struct sip_session *session);

/* ---- bye.c: hanging up ---- */

void sip_call_hangup(struct sip_call *call, int cause);
void sip_call_send_bye(struct sip_call *call, int cause);
/* A BYE in a dialog that never became the call's. */
void sip_dialog_send_bye(struct sip_dialog *dialog, int cause);


/* ---- modify.c: our re-INVITE or UPDATE ---- */

/* Tell the far end what changed, as soon as the dialog allows it. */
void sip_call_modify(struct sip_call *call);
bool sip_call_modifying(const struct sip_call *call);
void sip_call_init_retry(struct sip_call *call);

/* ---- dtmf.c, text.c ---- */

/* MESSAGE in the dialog, both ways. */
int sip_call_send_text(struct sip_call *call, const char *text);
void sip_call_text_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg);
int sip_call_send_digit(struct sip_call *call, char digit, int ms);
void sip_call_keys_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg);

/* ---- info.c: INFO and its packages ---- */

#define SIP_INFO_KEYS "infoDtmf" /* the package that carries keys */

void sip_call_info_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg);
/* Recv-Info: the packages that we take. */
void sip_print_recv_info(struct sip_out *out);

/* ---- auto_answer.c: calls that a phone answers by itself ---- */

enum sip_auto_answer { SIP_AUTO_NO, SIP_AUTO_YES, SIP_AUTO_REQUIRE, SIP_AUTO_PRIVILEGED };

/* Does it insist on what this phone may not ask for? Then it gets a 403. */
bool sip_auto_answer_forbidden(const struct sip_endpoint *endpoint,
			       const struct sip_msg *invite);
/* Ask for it in an INVITE of ours, if somebody wants it so. */
void sip_auto_answer_print(const struct sip_call *call, struct sip_out *out,
			   const struct sip_flow *flow);

/* ---- function.c: SIP_HEADER() ---- */

/* Lines that the dialplan wants in the INVITEs of this leg or of those that a
 * caller dials; "" for none. */
const char *sip_added_headers(const struct rd_channel *ch);
int sip_add_header(struct rd_channel *ch, const char *name, const char *value);
void sip_remove_header(struct rd_channel *ch, const char *name);
extern const struct rd_function sip_functions[];

/* ---- item.c: CHANNEL() ---- */

int sip_get(struct rd_channel *ch, const char *item, struct rd_buf *out);

/* ---- commands.c ---- */

extern const struct rd_cli_command sip_commands[];

/* ---- tech.c ---- */

extern const struct rd_tech sip_techs[];

/* The call of any leg, also of one that has hung up; NULL when it is none of ours,
 * or ch is NULL. */
struct sip_call *sip_call_of_leg(const struct rd_channel *ch);
/* That of a leg which is ours. */
static inline struct sip_call *sip_call_of(const struct rd_channel *ch)
{
	struct sip_call *call = rd_channel_tech_data(ch);

	RD_CHECK(call, SIP_CALL_MAGIC);
	return call;
}

#endif
