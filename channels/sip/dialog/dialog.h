/* A dialog (RFC 3261 §12): two tags and a Call-ID, where the next request goes,
 * and how requests count up. Invitations and subscriptions stand on it, also
 * both on one (RFC 5057). It sends nothing by itself and knows no media. */
#ifndef CHANNELS_SIP_DIALOG_DIALOG_H
#define CHANNELS_SIP_DIALOG_DIALOG_H

#include <ringdown/list.h>

#include "channels/sip/resolver/resolver.h"
#include "channels/sip/transaction/transaction.h"
#include "channels/sip/message/session_id.h"
#include "channels/sip/dialog/credentials.h"

struct sip_dialog;
struct sip_dialogs; /* the table of all dialogs */

#define SIP_DIALOG_MAGIC 0x53444c47u /* "SDLG" */

/* Bytes of a tag that we make, without the NUL. */
#define SIP_TAG_LENGTH 12

enum sip_dialog_state {
	SIP_DIALOG_HALF,      /* our request is out, no answer carried a tag */
	SIP_DIALOG_EARLY,
	SIP_DIALOG_CONFIRMED,
};

/* Where requests go while there is no route set. */
enum sip_aim {
	SIP_AIM_CONTACT,   /* where its Contact says (RFC 3261 §12.2.1.1) */
	SIP_AIM_SOURCE,	   /* back the way that the far end came */
	SIP_AIM_REACHABLE, /* where its Contact says, unless a NAT hides that from us */
	SIP_AIM_STRAIGHT,  /* back, but when proxies stand between that record no route:
			    * as SIP_AIM_REACHABLE */
};

/* Sides of a subscription. */
enum sip_usage { SIP_USAGE_NOTIFIER, SIP_USAGE_SUBSCRIBER, SIP_USAGES };

/* What the owner of a dialog is told. */
struct sip_dialog_user {
	/* A request in the dialog, its CSeq checked; to be answered. */
	void (*request)(void *arg, struct sip_dialog *dialog,
			struct sip_server *server, const struct sip_msg *msg);
	/* An ACK to a 2xx. */
	void (*ack)(void *arg, struct sip_dialog *dialog, const struct sip_msg *msg);
	/* Its connection is lost: how is the far end reached now? False: nobody knows.
	 * May be NULL. */
	bool (*find)(void *arg, const struct sip_dialog *dialog, struct sip_flow *flow);
};

struct sip_dialog {
	unsigned magic;
	enum sip_dialog_state state;
	struct sip_dialogs *table;
	struct sip_dialog *next, *next_merge; /* table's chains */
	uint32_t hash, merge_hash;	      /* table's */
	bool answers;			      /* we are the UAS of its INVITE */
	bool unproven; /* nobody has shown that he receives there: no request may go out */
	bool straight; /* it began with a request that no proxy stood in the way of */
	enum sip_aim aim; /* one of the first three */

	uint32_t local_cseq;
	uint32_t remote_cseq; /* 0: none seen */
	uint32_t first_cseq;  /* of the INVITE that made it */
	unsigned hops;	      /* Max-Forwards of our INVITE */

	struct rd_str call_id, local_tag;
	struct rd_str local, remote;	/* From and To without tags */
	struct rd_str remote_tag;	/* absent: half, or RFC 2543 */
	struct rd_str target;		/* the far end's Contact URI */
	struct rd_str routes;		/* "<a>, <b>", absent: none */
	struct sip_flow flow;
	struct sip_session_id session_id; /* ours "": not said */

	const void *account;		     /* see sip_request_account() */
	struct sip_credentials *credentials; /* NULL: nobody asked for any */

	const struct sip_dialog_user *user; /* NULL: only subscriptions are left */
	void *arg;
	struct rd_list usages[SIP_USAGES]; /* subscriptions, by their links */

	char *far; /* bytes of remote_tag, target, routes */
	char text[]; /* bytes of the others */
};

/* What our INVITE starts with. All are copied. */
struct sip_dialog_params {
	struct rd_str call_id, local_tag; /* absent: made up */
	uint32_t cseq;		      /* the last one used */
	struct rd_str local, remote;  /* name-addr texts, no tag */
	struct rd_str target, routes; /* request-URI; Route, may be absent */
	const struct sip_flow *flow;
};

/* 0 or -ENOMEM. */
int sip_dialogs_new(struct sip_dialogs **tp);
/* Must be empty. */
void sip_dialogs_free(struct sip_dialogs *table);
/* Who finds the names in Contact and Record-Route; must outlive the table. NULL:
 * requests go back the way that their dialog came. */
void sip_dialogs_set_resolver(struct sip_dialogs *table, struct sip_resolver *resolver);
/* Does a call go over it? Subscriptions do not count: they never end. */
bool sip_dialogs_use(const struct sip_dialogs *table, const struct sip_transport *transport);
unsigned sip_dialogs_count(const struct sip_dialogs *table);

/* By its identifiers, ours and theirs; NULL: none. */
struct sip_dialog *sip_dialog_named(const struct sip_dialogs *table, struct rd_str call_id,
				    struct rd_str our_tag, struct rd_str their_tag);

/* The dialog that a request with a To tag belongs to, or NULL: answer 481. */
struct sip_dialog *sip_dialog_find(const struct sip_dialogs *table,
				   const struct sip_msg *request);

/* The dialog of a request that we sent, or NULL. Of several forks, any: they
 * count together until one is chosen. */
struct sip_dialog *sip_dialog_of_own(const struct sip_dialogs *table,
				     const struct sip_msg *request);

/* A dialog with the Call-ID and our tag of a request, whoever the far end is:
 * what a NOTIFY of a fork that we do not know yet belongs to. */
struct sip_dialog *sip_dialog_find_ours(const struct sip_dialogs *table,
					const struct sip_msg *request);

/* Is this a second copy of a request that we are answering, come another way
 * (RFC 3261 §8.2.2.2)? Then it gets a 482. */
bool sip_dialog_merged(const struct sip_dialogs *table, const struct sip_msg *request);

/* From an INVITE, when we answer it; local_tag is what our answers carry.
 * 0, -ENOMEM, or -EINVAL when it has no usable Contact. */
int sip_dialog_new_uas(struct sip_dialog **dp, struct sip_dialogs *table,
		       const struct sip_msg *request, const struct sip_flow *flow,
		       struct rd_str local_tag);

/* For an INVITE of ours: half, until a response carries a tag. 0 or -ENOMEM. */
int sip_dialog_new_uac(struct sip_dialog **dp, struct sip_dialogs *table,
		       const struct sip_dialog_params *params);

/* Of an INVITE that we sent and a 2xx to it. 0, -ENOMEM, -EINVAL. */
int sip_dialog_new_answered(struct sip_dialog **dp, struct sip_dialogs *table,
			    const struct sip_msg *invite, const struct sip_msg *ok,
			    const struct sip_flow *flow);

/* One that another run of the daemon had. */
struct sip_dialog_saved {
	struct rd_str call_id, local_tag, remote_tag, local, remote, target, routes;
	uint32_t local_cseq, remote_cseq;
	bool answers;
	const struct sip_flow *flow;
};

/* Confirmed, as it was. 0 or -ENOMEM. */
int sip_dialog_restore(struct sip_dialog **dp, struct sip_dialogs *table,
		       const struct sip_dialog_saved *saved);

/* Another dialog of the same request of ours, by a fork: msg is its response, or
 * its NOTIFY. 0, -ENOMEM, -EINVAL. */
int sip_dialog_fork(struct sip_dialog **dp, const struct sip_dialog *first,
		    const struct sip_msg *msg);
/* Until then it goes as with SIP_AIM_STRAIGHT. */
void sip_dialog_set_aim(struct sip_dialog *dialog, enum sip_aim aim);
/* Its user lets go: freed now, or when the last subscription leaves. */
void sip_dialog_free(struct sip_dialog *dialog);

/* A subscription stands on it too, until it leaves; the last one to go frees a
 * dialog that has no user. */
void sip_dialog_join(struct sip_dialog *dialog, enum sip_usage side,
		     struct rd_list *usage);
void sip_dialog_leave(struct sip_dialog *dialog, struct rd_list *usage);

void sip_dialog_set_user(struct sip_dialog *dialog, const struct sip_dialog_user *user,
			 void *arg);

/* A 101-299 to our request: take tag, route set and target (§12.1.2, §13.2.2.4);
 * or the NOTIFY that came before it (RFC 6665 §4.4.1). 0, -ENOMEM, or -EINVAL: its
 * Record-Route cannot be read or is too long, or in anything but an answer to INVITE
 * there is no tag, or in a 2xx or NOTIFY no Contact. */
int sip_dialog_established(struct sip_dialog *dialog, const struct sip_msg *msg);

/* A target refresh (INVITE, UPDATE or a 2xx to them): a new Contact.
 * 0 (also without a Contact) or -ENOMEM. */
int sip_dialog_refresh(struct sip_dialog *dialog, const struct sip_msg *msg);

/* Check a request's place in the sequence (§12.2.2) and remember it. 0, or
 * the status to refuse it with. */
unsigned sip_dialog_sequence(struct sip_dialog *dialog, const struct sip_msg *request);

/* A request came over this flow: where ours is a lost connection, it takes its
 * place. A datagram from another address does not: anybody may have sent it. */
void sip_dialog_heard(struct sip_dialog *dialog, const struct sip_flow *flow);
/* Does a target refresh over this flow take the dialog there? Only where requests go
 * back to their source, and never from TLS to what is not. */
bool sip_dialog_would_move(const struct sip_dialog *dialog, const struct sip_flow *flow);
/* It does: who sent it receives there. */
void sip_dialog_move(struct sip_dialog *dialog, const struct sip_flow *flow);
/* Whoever was at the one flow is at the other: it moves if that is its far end. */
void sip_dialog_follow(struct sip_dialog *dialog, const struct sip_flow *before,
		       const struct sip_flow *flow);
/* A request of its that is under way (NULL: none) was perhaps not read where the far end was
 * before: it goes where the dialog is now. */
void sip_dialog_take_along(const struct sip_dialog *dialog, struct sip_client *client,
			   const struct sip_flow *before);

/* By which flow the next request would go. 0 or -EHOSTUNREACH. */
int sip_dialog_way(struct sip_dialog *dialog, struct sip_flow *flow);
/* Start printing a request in the dialog: request line, Via, Route, From, To,
 * Call-ID and CSeq, counted up; see sip_request_begin_hops(). flow gets where to
 * send it. NULL when there is no way to the far end. */
struct sip_out *sip_dialog_begin(struct sip_dialog *dialog,
				 struct sip_transactions *layer,
				 enum sip_method method, struct sip_flow *flow);
/* The same headers in the request that is to make the dialog, begun elsewhere; its first
 * Route must be a loose one. */
void sip_dialog_print_first(struct sip_dialog *dialog, struct sip_out *out,
			    enum sip_method method);
/* The same for the ACK to a 2xx of the INVITE with this CSeq. */
struct sip_out *sip_dialog_begin_ack(struct sip_dialog *dialog,
				     struct sip_transactions *layer, uint32_t cseq,
				     struct sip_flow *flow);

#endif
