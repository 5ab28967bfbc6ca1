/* The transaction layer: RFC 3261 §17 with RFC 6026 (2xx to INVITE) and RFC
 * 4320 (non-INVITE). It matches, absorbs, retransmits, times out. A 2xx to
 * INVITE is retransmitted and acknowledged by the dialog above.
 *
 * Everything runs on the switch thread. Messages given to a callback are
 * borrowed for the call: copy what must stay (sip_msg_copy_to). */
#ifndef CHANNELS_SIP_TRANSACTION_TRANSACTION_H
#define CHANNELS_SIP_TRANSACTION_TRANSACTION_H

#include "channels/sip/message/out.h"
#include "channels/sip/transport/transport.h"

struct sip_transactions; /* the layer */
struct sip_server;	 /* one server transaction */
struct sip_client;	 /* one client transaction */

/* Milliseconds; 0 for the RFC's 500, 4000, 5000, and for b, after which a request of ours
 * that nobody has answered is given up, 64*t1. */
struct sip_timers {
	int t1, t2, t4, b;
};

/* What the layer's user gets that belongs to no transaction yet. */
struct sip_core {
	/* A new request, in a new transaction: anything but ACK and a CANCEL
	 * that found its INVITE. Answer now or later; a request that is not
	 * answered now is copied into the transaction after the callback.
	 * Until sip_server_listen() nobody hears of its end. */
	void (*request)(void *arg, struct sip_server *server,
			const struct sip_msg *msg);
	/* An ACK that belongs to a 2xx (or to nothing). No answer possible. */
	void (*ack)(void *arg, const struct sip_msg *msg,
		    const struct sip_flow *flow);
	/* A CANCEL of no INVITE that is known: false: it gets its 481. May be NULL. */
	bool (*cancel)(void *arg, const struct sip_msg *msg, const struct sip_flow *flow);
	/* A response of no transaction: a late 2xx, or a stranger. May be NULL. */
	void (*stray)(void *arg, const struct sip_msg *msg,
		      const struct sip_flow *flow);
	/* A 2xx to an INVITE whose user has left: it still wants its ACK. invite: as
	 * we sent it. known: the user has seen a 2xx with this tag. */
	void (*late)(void *arg, const struct sip_msg *ok, const struct sip_msg *invite,
		     const struct sip_flow *flow, bool known);
};

/* 0 or -ENOMEM. Becomes the receiver of the transports; core, arg, transports
 * must outlive it. timers may be NULL. */
int sip_transactions_new(struct sip_transactions **tp,
			 struct sip_transports *transports,
			 const struct sip_core *core, void *arg,
			 const struct sip_timers *timers);
/* Ends every transaction without a word; ended() is called with -ECANCELED. */
void sip_transactions_free(struct sip_transactions *layer);

const struct sip_timers *sip_transactions_timers(const struct sip_transactions *layer);

/* Who finds the name in a Via when an answer's connection is gone (RFC 3263 §5).
 * Must outlive the layer's transactions. */
struct sip_resolver;
void sip_transactions_set_resolver(struct sip_transactions *layer,
				   struct sip_resolver *resolver);

/* Refuse new INVITEs (not those in dialogs) with 503 and Retry-After, before
 * anything is allocated: refuse() says for how many seconds, 0 to admit. */
void sip_transactions_set_admission(struct sip_transactions *layer,
				    unsigned (*refuse)(void *arg), void *arg);

#define SIP_GATE_DROP 1

/* What is asked before a request is heeded, and before an answer goes out. */
struct sip_gate {
	/* So many bytes that are no response: false: drop them. */
	bool (*receive)(void *arg, const struct sip_flow *flow, size_t size);
	/* A new request: 0: take it; a status: refuse it, without a transaction;
	 * SIP_GATE_DROP: not a word. */
	unsigned (*request)(void *arg, const struct sip_msg *msg, const struct sip_flow *flow);
	/* A request without rport whose Via names another host than the one that it came
	 * from: does its answer go to the port in that Via (RFC 3261 §18.2.2), not to the
	 * one that it came from? NULL: no. */
	bool (*heeds_via)(void *arg, const struct sip_msg *msg);
	/* An answer of so many bytes: false: as if it were lost. */
	bool (*send)(void *arg, const struct sip_flow *flow, size_t size, bool is_final);
	/* All answers together are too long to be kept: is this one kept for its peer? */
	bool (*keeps)(void *arg, const struct sip_flow *flow, bool is_invite);
	/* Somebody there has read what we sent. */
	void (*proven)(void *arg, const union sip_sockaddr *peer);
	void *arg;
};

/* Borrowed. */
void sip_transactions_set_gate(struct sip_transactions *layer, const struct sip_gate *gate);

/* How much of a message is heeded; 0: as much as there is. What exceeds it is
 * answered with 413 or 513. kept: bytes of answers that are kept for repetition; above it
 * the gate is asked for whom. */
struct sip_message_limits {
	unsigned size, headers, kept;
};

void sip_transactions_set_limits(struct sip_transactions *layer,
				 const struct sip_message_limits *limits);

/* ---- server ---- */

/* Each may be NULL. */
struct sip_server_user {
	/* CANCEL for this INVITE while it has no final answer; the CANCEL has
	 * had its 200. Answer the INVITE with 487. */
	void (*cancelled)(void *arg, struct sip_server *server,
			  const struct sip_msg *cancel);
	/* The ACK to our 300-699 has come. */
	void (*acknowledged)(void *arg, struct sip_server *server,
			     const struct sip_msg *ack);
	/* Last call; server is gone afterwards. 0; -ETIMEDOUT: no ACK to a
	 * 300-699; -ECANCELED: the layer is going; else the send failed. */
	void (*ended)(void *arg, struct sip_server *server, int rc);
	/* Its connection is lost: how is the sender reached now? False: as its Via says. */
	bool (*find)(void *arg, struct sip_server *server, struct sip_flow *flow);
};

void sip_server_listen(struct sip_server *server, const struct sip_server_user *user,
		       void *arg);
/* Not listening any more; the machine runs on by itself. */
void sip_server_forget(struct sip_server *server);

/* Is it a copy of a request that we are heeding, come by another way (RFC 3261
 * §8.2.2.2)? Of those in dialogs none is. */
bool sip_server_is_merged(const struct sip_server *server);
/* It passes through: a copy that comes back is no second one. */
void sip_server_passes(struct sip_server *server);

/* The request: until a final answer was sent, then NULL. During
 * sip_core.request it is that message; later a copy with other addresses. */
const struct sip_msg *sip_server_request(const struct sip_server *server);
const struct sip_flow *sip_server_flow(const struct sip_server *server);
enum sip_method sip_server_method(const struct sip_server *server);
/* The tag that our answers add to To; the same for the whole transaction. */
struct rd_str sip_server_tag(const struct sip_server *server);
/* Last status sent, 0: none. */
unsigned sip_server_status(const struct sip_server *server);

/**
 * Answer. begin prints everything that is copied from the request and returns
 * the layer's one buffer, never NULL; add headers and perhaps sip_out_body(); send ends it.
 * No wait and no other begin in between.
 *
 *	out = sip_reply_begin(server, 200, RD_STR(""));
 *	sip_out_header(out, SIP_H_CONTACT, contact);
 *	rc = sip_reply_send(server, out);
 *
 * @reason  empty: the standard phrase
 *
 * 0; -EALREADY after a final answer; -ENOMEM, -EMSGSIZE; the error of a connection,
 * or -ENOTCONN of a socket that is closed (the transaction then ends with it): a
 * datagram that the kernel refuses is one that was lost. -EPROTO for a 408 or a
 * provisional other than 100 to a non-INVITE (RFC 4320 §4).
 */
struct sip_out *sip_reply_begin(struct sip_server *server, unsigned status,
				struct rd_str reason);
int sip_reply_send(struct sip_server *server, struct sip_out *out);
/* The two at once, without further headers. */
int sip_reply(struct sip_server *server, unsigned status, struct rd_str reason);

/* Pass on an answer of somebody else's, as a proxy does: all of it is to be printed, then
 * sent as by sip_reply_send(). A 2xx to INVITE may follow another one. */
struct sip_out *sip_relay_begin(struct sip_server *server, unsigned status);
int sip_relay_send(struct sip_server *server, struct sip_out *out);

/* Send our 2xx or our last provisional answer to INVITE once more (the dialog's
 * timer; RFC 6026 §7.1, RFC 3262 §3). -EALREADY after any other answer. */
int sip_server_resend(struct sip_server *server);

/* Answer without a transaction: challenges, overload. Same buffer; to_tag is
 * made from the request, so that repetitions get the same. */
struct sip_out *sip_stateless_begin(struct sip_transactions *layer,
				    const struct sip_msg *request, unsigned status,
				    struct rd_str reason);
int sip_stateless_send(struct sip_transactions *layer, const struct sip_msg *request,
		       const struct sip_flow *flow, struct sip_out *out);
/* It was answered so after all, and is no INVITE: the transaction ends now. */
void sip_server_end(struct sip_server *server);
/* As if the request had never come: its repetition is a new one. */
void sip_server_ignore(struct sip_server *server);

/* ---- client ---- */

/* How often one request is sent again with credentials: a few realms and a stale
 * nonce; more is a loop. */
#define SIP_RETRIES_MAX 4

/* A request of ours that was refused with 401 or 407. */
struct sip_refused {
	const struct sip_msg *request, *response;
	const void *account; /* of sip_request_account() */
	unsigned attempts;   /* how often it was sent again before */
	uint32_t cseq;	     /* of the next try; the authenticator may raise it */
};

/* Who answers challenges, for every request that names an account. Then users
 * hear nothing of the 401: the same client goes on with another transaction. */
struct sip_authenticator {
	/* Print the headers that answer: 0; else the user gets the response. */
	int (*answer)(void *arg, struct sip_refused *refused, struct sip_out *out);
	/* A 2xx with Authentication-Info. */
	void (*accepted)(void *arg, const struct sip_msg *request,
			 const struct sip_msg *response);
	/* The account must stay as long as a request may be refused. */
	void (*hold)(const void *account);
	void (*release)(const void *account);
	void *arg;
};

/* Borrowed. */
void sip_transactions_set_authenticator(struct sip_transactions *layer,
					const struct sip_authenticator *authenticator);

/* Each may be NULL. */
struct sip_client_user {
	/* Every provisional and the final answer; for INVITE also each 2xx
	 * that follows, of this or another fork, for 64*T1 (RFC 6026), and
	 * what others ring meanwhile. */
	void (*response)(void *arg, struct sip_client *client,
			 const struct sip_msg *msg);
	/* There will be no final answer. -ETIMEDOUT (a 408), -ECANCELED (a
	 * cancelled INVITE stayed silent, a 487), or the transport's (a 503). */
	void (*failed)(void *arg, struct sip_client *client, int rc);
	/* Last call; client is gone afterwards. */
	void (*ended)(void *arg, struct sip_client *client);
	/* An INVITE that was heard of has lost its connection. It fails in 64*T1, unless
	 * its far end answers by another one, or sip_client_move() names one; now that
	 * is an attempt, and when its connection stands by then the INVITE goes on.
	 * Whoever still rings then is owed a CANCEL: see sip_client_leave_to(). */
	void (*cut)(void *arg, struct sip_client *client);
	/* An INVITE that was heard of, and is waited for still: its far end is there no more, as
	 * far as one can see. No connection leads to it, or nobody listens there (ICMP). */
	void (*gone)(void *arg, struct sip_client *client);
	/* The same of a request of another method, answered by a 100 at most; without this
	 * it fails at once. */
	void (*lost)(void *arg, struct sip_client *client);
	/* The answers come by another connection now (sip_client_flow()); response()
	 * follows. */
	void (*moved)(void *arg, struct sip_client *client);
};

/**
 * Send a request. begin prints request line, Via with a fresh branch and
 * Max-Forwards (SIP_MAX_FORWARDS, or fewer for a request that stands for one
 * received), and returns the layer's one buffer, never NULL; add From, To, Call-ID,
 * CSeq and so on. No wait and no other begin in between.
 *
 * send keeps one copy and starts the machine. 0 with *cp (may be NULL); -ENOMEM,
 * -EMSGSIZE, -EINVAL; the transport's error (no callback is made then).
 * ACK has no transaction: sip_ack_send().
 */
struct sip_out *sip_request_begin_hops(struct sip_transactions *layer,
				       const struct sip_flow *flow,
				       struct rd_str method, struct rd_str uri,
				       unsigned hops);
/* The same with a mark at the end of the branch, which stays when the request moves
 * to another target: by it a proxy knows a request that was here before. */
#define SIP_MARK_MAX 32
struct sip_out *sip_request_begin_marked(struct sip_transactions *layer,
					 const struct sip_flow *flow,
					 struct rd_str method, struct rd_str uri,
					 unsigned hops, struct rd_str mark);
/* The same with the mark as all of the branch but its cookie: a proxy without a state
 * sends a request that is repeated by the same branch again. */
struct sip_out *sip_request_begin_stateless(struct sip_transactions *layer,
					    const struct sip_flow *flow,
					    struct rd_str method, struct rd_str uri,
					    unsigned hops, struct rd_str mark);
int sip_request_send(struct sip_transactions *layer, struct sip_client **cp,
		     const struct sip_flow *flow, struct sip_out *out,
		     const struct sip_client_user *user, void *arg);

/* For the request begun: whose password answers a challenge to it. NULL: nobody's. */
void sip_request_account(struct sip_transactions *layer, const void *account);

/* For the request begun: it belongs to something that has begun. A datagram that the
 * kernel refuses is as good as lost and is sent again in time, where other requests
 * fail at once. */
void sip_request_persist(struct sip_transactions *layer);

/* For the request begun: where else it may go. Should its target stay silent,
 * break off or say 503, the same client tries the next one, and the user hears
 * of the last one's failure only. Taken; NULL is fine. */
struct sip_way;
void sip_request_way_take(struct sip_transactions *layer, struct sip_way *way);
/* What is left of it: borrowed, or the receiver's from now on. NULL: it has none. */
const struct sip_way *sip_client_way(const struct sip_client *client);
struct sip_way *sip_client_take_way(struct sip_client *client);

/* Send an ACK to a 2xx: begun with sip_request_begin_hops(). The bytes sent are in
 * sip_out_text(out), to be kept for repetition by sip_flow_send(). 0 also when the kernel
 * refuses the datagram: the 2xx is repeated. */
int sip_ack_send(struct sip_transactions *layer, const struct sip_flow *flow,
		 struct sip_out *out);

/* Cancel an INVITE: now if it has had a provisional answer, else as soon as
 * it has (RFC 3261 §9.1). A 2xx may still come. One that still waits for its connection
 * is not sent at all, and fails with -ECANCELED in the loop's next turn. extra: header
 * lines with their CRLF to add (Reason), or absent; copied only if the CANCEL must wait.
 * 0; -EALREADY after a final answer; -ENOMEM. */
int sip_client_cancel(struct sip_client *client, struct rd_str extra);

/* Since its connection was lost it has not been heard of, and nobody has named another one
 * but in sip_client_user.cut. */
bool sip_client_is_cut(const struct sip_client *client);
/* How its far end is reached. */
const struct sip_flow *sip_client_flow(const struct sip_client *client);
/* It is reached by this flow instead; a CANCEL that it may not have read goes there.
 * False: it stays, for what went by TLS does not go on in clear. What is no INVITE is sent
 * anew by it. */
bool sip_client_move(struct sip_client *client, const struct sip_flow *flow);

/* Not listening any more; the machine runs on by itself. */
void sip_client_forget(struct sip_client *client);
/* The same for an INVITE of a dialog that ends: a 2xx that comes yet is
 * sip_core.late's. */
void sip_client_leave(struct sip_client *client);
/* The same of one that is cut, from within sip_client_user.failed: for three minutes its
 * CANCEL waits for sip_client_move(). ended() of this user is called. */
void sip_client_leave_to(struct sip_client *client, const struct sip_client_user *user,
			 void *arg);
/* Another target has its request now: it is not repeated. What comes back still counts. */
void sip_client_hush(struct sip_client *client);

/* Last status received, 0: none. */
unsigned sip_client_status(const struct sip_client *client);

/* ---- looking in ---- */

#define SIP_STATUSES 600 /* from 100 on */

/* Since the layer was made. What comes is counted each time, what goes once. */
struct sip_counts {
	uint64_t requests_in[SIP_METHODS], requests_out[SIP_METHODS];
	uint64_t answers_in[SIP_STATUSES], answers_out[SIP_STATUSES]; /* at status - 100 */
	uint64_t repetitions; /* of ours */
	uint64_t client_timeouts, server_timeouts;
};

/* A 2xx to INVITE was never acknowledged: its dialog alone knows. */
void sip_transactions_no_ack(struct sip_transactions *layer);
const struct sip_counts *sip_transactions_counts(const struct sip_transactions *layer);

struct sip_transaction_info {
	const char *side; /* "server", "client" */
	const char *state;
	struct rd_str method, branch;
	unsigned status;
	unsigned age_ms;
	const struct sip_flow *flow;
};

/* Call see() for each; it must not change any. */
void sip_transactions_each(struct sip_transactions *layer,
			   void (*see)(void *arg, const struct sip_transaction_info *),
			   void *arg);
/* Does any go over it? */
bool sip_transactions_use(struct sip_transactions *layer,
			  const struct sip_transport *transport);
unsigned sip_transactions_count(const struct sip_transactions *layer);

#endif
