/* One SIP call: what stands between a channel and its dialog. Shared by the
 * files of this folder; each says which part of a call's life it tells. */
#ifndef CHANNELS_SIP_CALL_CALL_H
#define CHANNELS_SIP_CALL_CALL_H

#include <ringdown/cause.h>
#include <ringdown/cli.h>
#include <ringdown/function.h>
#include <ringdown/tech.h>

#include "channels/sip/driver.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/call/cause.h"
#include "channels/sip/call/received.h"
#include "channels/sip/endpoint/party.h"
#include "channels/sip/call/session.h"

#define SIP_CALL_MAGIC 0x5343414cu /* "SCAL" */
#define SIP_FORKS_MAX  8	   /* early dialogs of one INVITE */
#define SIP_PREFERRED  6	   /* codecs of the caller, offered first */
#define SIP_BODY_MAX   16384   /* of a description that we print */

enum sip_call_state {
	SIP_CALL_NEW,	   /* going out, nothing sent */
	SIP_CALL_INCOMING, /* their INVITE has no final answer */
	SIP_CALL_OUTGOING, /* our INVITEs are out */
	SIP_CALL_UP,
	SIP_CALL_ENDED,	   /* hung up; an ACK or an answer may be awaited */
};

struct sip_call;
struct rd_sip_peer_call;

/* One dialog that an INVITE of ours made; several, when a proxy forked it. Each
 * agrees for itself on what is spoken (fork.c). */
struct sip_fork {
	struct sip_dialog *dialog;
	struct sip_session session;
	struct rd_stream_config *config; /* NULL: nothing was said yet */
	uint32_t rseq; /* of the last reliable answer, RFC 3262; 0: none */
	struct sip_flow prack_by; /* its PRACK went there, */
	bool prack_answers;	  /* and answered an offer */
	unsigned turn; /* of its early sound, among those of the leg; 0: it has none */
	bool ended; /* by a BYE of the far end */
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
	bool rang;
	bool is_unusable; /* a 200 made no dialog: that is told once */
	struct sip_way *way;	   /* targets that are left; NULL: there is but one */
	struct rd_timer patience;  /* with a target that is silent */
	struct rd_list cut; /* cut.c's */
	int fork_count;
	struct sip_fork *forks[SIP_FORKS_MAX]; /* the dialog of [0] is half until tagged */
};

/* Provisional answers to an INVITE, sent reliably (reliable.c). */
struct sip_reliable {
	bool offered, required; /* by the caller: 100rel */
	bool waits;		/* for the PRACK to rseq */
	bool holds_sdp;		/* the one that waits: no 200 may overtake it */
	bool accept_wanted;	/* the 200 waits */
	bool next_sdp;
	uint16_t next_status;	/* to be sent after it, or tried again; 0: none */
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

/* What a 2xx of ours says of it. */
struct sip_session_terms {
	uint32_t interval_s, minimum_s; /* as in struct sip_session_timer */
	bool we_refresh;
};

/* The ACK to a 2xx of ours (answer.c), or ours to one of theirs (leg.c). */
struct sip_ack {
	uint32_t cseq;
	bool awaited;
	bool answers; /* the offer that the 2xx held, ours or theirs */
	char *answer; /* ours, once it was sent; owned */
	bool then_bye;
	int bye_cause;
	int interval_ms;
	uint64_t deadline_ms;
	struct rd_timer timer; /* repeats our 2xx */
};

/* Our re-INVITE or UPDATE (modify.c). */
struct sip_modify {
	struct sip_client *client; /* NULL: none is under way */
	bool wanted, is_invite, done;
	bool offers; /* the next one has an offer, so it is an INVITE */
	uint8_t unsent; /* tries in a row that could not be sent */
	struct rd_timer retry;
};

/* Our REFER (refer_send.c). */
struct sip_refer_out {
	struct sip_client *client; /* unanswered */
	bool awaits; /* its outcome is not known */
	uint32_t cseq; /* 0: none was sent */
};

/* A fax by T.38 (fax.c, fax_ask.c). */
struct sip_fax_call {
	struct rd_stream *stream; /* the channel's; NULL: none was needed yet */
	bool wanted; /* in the place of the sound, in what we offer and take */
	struct sdp_t38 told; /* while it is: what we say of it */
	struct sip_call *asks; /* whose far end is asked, while its INVITE waits */
	struct sip_call *asker; /* who waits so for our far end */
	struct rd_timer patience;
};

struct sip_call {
	unsigned magic;
	enum sip_call_state state;
	struct rd_list link;	    /* in sip.calls, in order of .order */
	uint64_t order;
	struct rd_channel *channel; /* NULL: the core has let go */
	struct rd_channel *caller;  /* who dials, counted; only while it rings */
	struct rd_timer lapse;	    /* of an INVITE that says how long it waits */
	struct rd_stream *stream;   /* the channel's */
	struct rd_stream *beside[SIP_BESIDE]; /* its pictures and text; NULL: none yet */
	/* What whoever it talks to has of each kind, once he is known; NULL: nothing. */
	struct rd_stream_config *like[SIP_BESIDE_KINDS];
	bool follows;
	unsigned anew; /* of these our next offer adds what it has not */
	unsigned more, more_refused; /* lines of pictures, by sip_more_bit() */
	struct sip_fax_call fax;
	void (*gathered)(void *call); /* goes on when servers have told our addresses */
	struct sip_settings *settings;
	const struct sip_endpoint *endpoint;
	struct sip_dialog *dialog; /* NULL: going out, nobody answered */
	char *device; /* the instance that it is with, NULL: not known, or no matter */
	struct sip_session session;
	union sip_sockaddr other;  /* ours, of the family that its sound is not of; ICE's */
	bool exposed;		   /* its descriptions travel in clear */
	bool hidden;		   /* by a NAT, for the far end; a STUN server may help */
	bool far_update;	   /* the far end understands UPDATE */
	bool far_keys;		   /* and takes keys as an INFO package */
	unsigned refer_count;	   /* REFERs that came in its dialog */
	struct sip_refer_out refer;
	bool lacks_sips; /* who it called by sips has sip contacts only */
	bool far_holds;		   /* it has put us on hold */
	/* Sound of a call whose dialog is unproven, see proof.c; NULL: none yet. */
	struct rd_stream_config *withheld;

	/* An INVITE that we answer, the first or a later one (answer.c). */
	struct sip_server *invite; /* NULL: answered */
	struct sip_received received; /* the first one */
	struct sip_ack ack;
	struct sip_reliable reliable;
	struct sip_session_timer expiry;

	/* Going out (outgoing.c, leg.c). */
	struct rd_list legs;
	struct sip_dialog *early; /* whose description is in force before a 2xx */
	char *contact;		  /* the one of the phone that is called; NULL: all */
	char *target;		  /* a URI to call; NULL: the phone's contacts */
	bool only_target; /* that URI is called, and no contact */
	bool elsewhere; /* and is not at the peer's host */
	bool asks_host_user; /* or nobody, where the host has none; see host_user */
	/* Of several hosts those where it was, by their places as bits; and that it has begun anew
	 * with those of them where nobody has refused it (other_host.c). */
	unsigned hosts_tried, hosts_refused;
	bool hosts_again;
	char *host_target; /* the peer's host, beside these contacts; NULL: is not called */
	bool to_number;		  /* that URI stands for a tel URI */
	bool secure;		  /* by TLS on all of the way, or not at all */
	struct sip_lookup *lookup; /* where that is, while DNS is asked */
	unsigned flows_tried;	  /* see sip_way_instead() */
	const struct rd_codec *preferred[SIP_PREFERRED + 1];
	const struct rd_codec *asked_codec; /* by a re-INVITE; NULL: none yet */
	struct rd_beyond beyond;  /* whom the far end talks to */
	int hops;		  /* left to the caller's INVITE; -1: nobody said */
	char *media_offer;	  /* codecs by PJSIP_MEDIA_OFFER(); NULL: as configured */
	char *dialled; /* the number, before a trunk has it in its own way; NULL: none */
	char *headers;		  /* lines that SIP_HEADER(add) left */
	char *peer_lines; /* what the module of trunks adds to those; NULL: nothing */
	char *answer_lines; /* of each answer to its first INVITE; NULL: none */
	char *token; /* a part that goes beside its body, see sip_set_token() */
	struct rd_sip_peer_call *with_peer; /* trunk.c's; NULL: nobody minds it */
	/* Not launched until the module of trunks says so; NULL: it does not wait. */
	void (*released)(struct sip_call *call, unsigned status, const char *warning);
	unsigned refusal;	  /* the one that counts so far, and its cause */
	int refusal_cause;
	bool refusal_said; /* a message has; else it stands for what went wrong */
	unsigned far_refusal; /* of whom it dialled last, and its cause */
	int far_refusal_cause;
	char *redirects;	  /* who a 3xx named, see redirected.c */

	/* Requests of ours in the dialog (bye.c, modify.c). */
	struct sip_client *bye;
	struct rd_list bye_cut; /* among those whose BYE has lost its connection */
	uint64_t bye_until_ms; /* then: it is tried until then */
	struct sip_modify modify;
};

/* ---- call.c: birth, death, what the channel is told ---- */

int sip_call_new(struct sip_call **cp, struct sip_settings *settings,
		 const struct sip_endpoint *endpoint);
/* Open its audio stream on the address that faces the far end; where this offer (NULL: none)
 * has its sound at an address of the other family, at one of ours that faces that. */
int sip_call_open_stream(struct sip_call *call, const struct sip_flow *flow,
			 const struct sdp *offer);
/* Our address (port 0) that packets to theirs leave from. False: we are nowhere in that
 * family, or know no way. */
bool sip_ours_facing(union sip_sockaddr *ours, struct sip_transports *transports,
		     const union sip_sockaddr *theirs);
/* Give it its channel, which takes the stream; params get the rest. */
int sip_call_open_channel(struct sip_call *call, struct rd_channel_params *params);
/* What set_var says, when the channel knows who calls. 0 or -ENOMEM. */
int sip_call_set_vars(struct sip_call *call);
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
/* Tell the caller's call what it was refused with, for its own refusal. */
void sip_ends_refused(const struct sip_call *call);
void sip_ends_forget_caller(struct sip_call *call);

/* ---- headers.c: what every message of a call carries ---- */

/* Allow and Supported, for a request of this method or an answer to one. */
void sip_call_print_abilities(const struct sip_call *call, struct sip_out *out,
			      enum sip_method method);
void sip_call_print_contact(const struct sip_call *call, struct sip_out *out,
			    const struct sip_flow *flow);
/* A local number of whom we call for goes with its context (RFC 3966 §5.1.5), to those that
 * know telephones; borrowed. */
void sip_call_localize(const struct sip_call *call, struct rd_party *who);
/* Identity of whoever this channel talks to. */
void sip_call_print_party(const struct sip_call *call, struct sip_out *out,
			  const struct sip_flow *flow);
/* Take from a message what the far end can do. */
void sip_call_note_allow(struct sip_call *call, const struct sip_msg *msg);
/* The same, and who it says it is. */
void sip_call_note_peer(struct sip_call *call, const struct sip_msg *msg);

/* ---- which call a leg is (tech.c) ---- */

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

/* Its stream for the line of this number; NULL: none. */
static inline struct rd_stream *sip_call_stream(const struct sip_call *call, int number)
{
	return number == RD_MEDIA_AUDIO ? call->stream : call->beside[number - 1];
}

#endif
