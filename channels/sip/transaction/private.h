/* What the files of transaction/ share. */
#ifndef CHANNELS_SIP_TRANSACTION_PRIVATE_H
#define CHANNELS_SIP_TRANSACTION_PRIVATE_H

#include <ringdown/clock.h>
#include <ringdown/fiber.h>

#include "channels/sip/resolver/resolver.h"
#include "channels/sip/transaction/transaction.h"

#define SIP_TAG_CHARS		16
#define SIP_MAGIC_COOKIE	"z9hG4bK"
#define SIP_MAGIC_COOKIE_CHARS	(sizeof(SIP_MAGIC_COOKIE) - 1)
#define SIP_BRANCH_CHARS	(SIP_MAGIC_COOKIE_CHARS + SIP_TAG_CHARS)
#define SIP_BRANCH_MAX		(SIP_BRANCH_CHARS + SIP_MARK_MAX) /* with a mark */

enum sip_txn_state {
	SIP_TXN_TRYING,	    /* non-INVITE, nothing answered */
	SIP_TXN_CALLING,    /* INVITE client, nothing heard */
	SIP_TXN_PROCEEDING,
	SIP_TXN_COMPLETED,  /* final answer, absorbing repetitions */
	SIP_TXN_CONFIRMED,  /* INVITE server: the ACK has come */
	SIP_TXN_ACCEPTED,   /* INVITE: 2xx (RFC 6026) */
	SIP_TXN_TERMINATED, /* out of the table; freed in the next turn */
};

/* What server and client transactions have in common; their first member. */
struct txn {
	struct txn *chain;   /* table's */
	uint64_t hash;	     /* table's */
	struct rd_list link; /* in the layer's list of all */
	struct rd_str key; /* inside the same allocation */
	struct sip_transactions *layer;
	struct sip_flow flow;
	struct rd_timer retransmit; /* A, E, G; the 100s of our own */
	struct rd_timer expire;	    /* B, D, F, H, I, J, K, L, M; the end */
	uint64_t created_ms;
	int interval; /* ms, of the retransmission running */
	int result;   /* for ended() */
	uint16_t status;
	uint8_t method; /* enum sip_method */
	uint8_t state;	/* enum sip_txn_state */
	bool is_server;
};

struct sip_server {
	struct txn txn;
	unsigned magic;
	const struct sip_server_user *user;
	void *arg;
	const struct sip_msg *request; /* NULL once finally answered */
	void *request_copy;	       /* what holds it, when it is our own */
	struct rd_str response;	       /* last one sent; ours */
	uint16_t via_port;	       /* where the sender listens, 0: the usual */
	bool moved;		       /* its answer went by another connection */
	bool named;		       /* the name in Via was looked up for it */
	struct sip_lookup *lookup;     /* of that */
	struct sip_server *merge_next; /* among those that it could be a copy of */
	uint64_t merge_hash;	       /* of From tag, Call-ID, CSeq */
	bool may_merge;		       /* is among them */
	char tag[SIP_TAG_CHARS];
	char room[]; /* key */
};

/* How to send it by datagram after all, when no connection comes about. */
struct large {
	struct sip_flow flow;
	bool left; /* it was sent that way */
};

#define LARGE_REFUSED 16

/* Peers that take no connection, the latest few. */
struct large_refused {
	union sip_sockaddr peer;
	uint64_t until_ms;
};

struct sip_client {
	struct txn txn;
	unsigned magic;
	const struct sip_client_user *user;
	void *arg;
	bool cancel_wanted, cancel_sent;
	bool withdrawn; /* cancelled before it went out */
	bool cut; /* its connection is lost, and it waits for another one */
	bool reopened; /* sent once more, over a connection in place of one that was lost */
	bool left;	    /* by its user, see sip_client_leave() */
	bool persists;	    /* see sip_request_persist() */
	uint64_t seen_tag;  /* of the first 2xx, hashed; 0: none was seen */
	uint8_t attempts;   /* with credentials */
	const void *account;
	struct sip_way *way; /* where else it may go; NULL: nowhere */
	char *cancel_extra; /* header lines for the CANCEL */
	char *again; /* key of a later attempt */
	struct large *large; /* one that was too large for a datagram */
	struct rd_str branch; /* in room, or in again */
	struct rd_str request; /* owned; once it has its 2xx without a body */
	char room[]; /* key */
};

#define SIP_SERVER_MAGIC 0x53535652u /* "SSVR" */
#define SIP_CLIENT_MAGIC 0x53434c49u /* "SCLI" */

struct txn_table {
	struct txn **buckets; /* a power of two of them */
	unsigned size, count;
	uint64_t seed;
};

/* Servers, by merge_hash. */
struct merges {
	struct sip_server **buckets; /* a power of two of them */
	unsigned size, count;
};

struct sip_transactions {
	struct sip_transports *transports;
	struct sip_flow_watcher watcher; /* connections that were lost */
	const struct sip_core *core;
	void *arg;
	struct sip_timers timers;
	struct sip_message_limits limits;
	struct sip_counts counts;
	struct txn_table servers, clients;
	struct merges merges;
	struct rd_list all; /* terminated ones too, until they are freed */
	size_t kept; /* bytes of all answers of servers */
	const struct sip_authenticator *authenticator;
	const struct sip_gate *gate; /* NULL: all may pass */
	const void *begun_account;
	unsigned (*refuse)(void *arg);
	void *refuse_arg;
	struct large_refused refused[LARGE_REFUSED];
	unsigned refused_next;
	struct sip_out out; /* the one buffer that messages are printed into */
	char branch[SIP_BRANCH_MAX]; /* of the request begun */
	size_t branch_size;
	unsigned begun_status;	       /* of the answer begun */
	struct rd_str begun_method;    /* of the request begun, in buffer */
	uint8_t random[512];
	unsigned random_used;
	char key[4096];
	struct sip_parsed parsed; /* the message being received */
	struct sip_parsed own;	  /* one of ours, to derive another from */
	char buffer[SIP_OUT_MAX];
	char derived[SIP_OUT_MAX]; /* its ACK or CANCEL: made while the user may
				    * have something begun in buffer */
	struct sip_resolver *resolver; /* NULL: no names in Via are looked up */
	struct sip_way *begun_way;     /* of the request begun */
	bool begun_persists;
};

/* ---- table.c ---- */

int txn_table_init(struct txn_table *table);
void txn_table_fini(struct txn_table *table);
uint64_t txn_hash(const struct txn_table *table, struct rd_str key);
void txn_table_add(struct txn_table *table, struct txn *txn);
void txn_table_remove(struct txn_table *table, struct txn *txn);
struct txn *txn_table_find(const struct txn_table *table, struct rd_str key);

/* ---- kept.c ---- */

/* What is sent again when the request comes again: a copy. 0 or -ENOMEM. */
int server_keep_response(struct sip_server *server, struct rd_str text);
void server_forget_response(struct sip_server *server);
/* It has its final answer: is there room to keep that? Else it ends now. */
bool server_may_stay(const struct sip_server *server);

/* ---- merge.c ---- */

int merges_init(struct merges *merges);
void merges_fini(struct merges *merges);
void merges_add(struct merges *merges, struct sip_server *server);
/* If it is there. */
void merges_remove(struct merges *merges, struct sip_server *server);

/* ---- layer.c: counts ---- */

void count_answer(uint64_t counts[SIP_STATUSES], unsigned status);

/* ---- receive.c ---- */

/* The receiver of the transports. */
void layer_receive(void *arg, const struct sip_flow *flow, char *data, size_t size);
void layer_broken(void *arg, const struct sip_flow *flow, char *head, size_t size,
		  unsigned status, const char *why);

/* ---- layer.c ---- */

/* "METHOD branch sent-by": its words. */
struct rd_str txn_key_word(struct rd_str key, unsigned index);
/* Characters for tags and branches. */
void layer_random(struct sip_transactions *layer, char *text, size_t n);
/* Set up the common part and enter it; key lives as long as txn. */
void txn_start(struct txn *txn, struct sip_transactions *layer,
	       const struct sip_flow *flow, enum sip_method method, struct rd_str key);
/* Out of the table; the expire timer ends it in the next turn. */
void txn_finish(struct txn *txn, int result);
/* Freed: out of the list, timers stopped. */
void txn_fini(struct txn *txn);
/* Send; -EAGAIN from a transport is no more than a lost packet. */
int txn_send(struct txn *txn, struct rd_str text);
/* Did the kernel refuse a datagram that went this way? The next may go: it is as good as
 * lost on its way. Not so of a connection, nor when our socket is closed. */
bool flow_loses(const struct sip_flow *flow, int rc);
/* Send what is repeated, by us or by the far end, until it has come. */
int txn_send_or_lose(struct txn *txn, struct rd_str text);
/* The same for an answer, if it may be sent. */
int txn_send_answer(struct txn *txn, struct rd_str text);
/* Timers, in ms; none on a reliable transport. */
bool txn_reliable(const struct txn *txn);
void txn_retransmit_in(struct txn *txn, int ms);
/* 64*T1, or with a linger that only unreliable transports need: 0. */
void txn_expire_in(struct txn *txn, int ms);

/* ---- server.c ---- */

struct sip_server *server_new(struct sip_transactions *layer, const struct sip_msg *msg,
			      const struct sip_flow *flow, struct rd_str key);
/* The same request once more. */
void server_repeated(struct sip_server *server);
void server_ack(struct sip_server *server, const struct sip_msg *ack);
/* The callback for the new request has returned. */
void server_settle(struct sip_server *server);

/* ---- client.c ---- */

/* A request that goes out, printed in text, and who hears of it. */
struct sending {
	const struct sip_flow *flow;
	struct rd_str method, branch, text;
	const struct sip_client_user *user; /* NULL: nobody */
	void *arg;
	bool persists;
};

void client_response(struct sip_client *client, const struct sip_msg *msg);

/* ---- lost.c: requests whose connection is lost ---- */

void client_lost(struct sip_client *client, int rc);
/* Its far end is there no more: the user of an INVITE that waits for it is told. */
void client_gone(struct sip_client *client);
/* It has been without a connection for long: false: it still is. */
bool client_goes_on(struct sip_client *client);
/* It has not been found. True: its user has left it to somebody who goes on looking; false:
 * it ends, or is terminated by now. */
bool client_outlives(struct sip_client *client);
int client_why_silent(const struct sip_client *client);
/* An answer to it has come this way. */
void client_follow(struct sip_client *client, const struct sip_flow *flow, unsigned status);

/* ---- large.c: requests that a datagram may not hold ---- */

/* Is this one, and is there a connection that may take it? As client_start(),
 * or -EMSGSIZE: send it the way that it was meant to go. */
int large_start(struct sip_transactions *layer, struct sip_client **cp,
		const struct sending *sending);
/* The connection was lost: 0, it is under way by datagram; else it has failed. */
int large_fall_back(struct sip_client *client);
void large_free(struct large *large);

/* ---- derive.c: requests made from another request ---- */

/* ACK to a non-2xx (§17.1.1.3), sent. 0 or negative errno. */
int derive_ack(struct sip_client *client, const struct sip_msg *response);
/* CANCEL (§9.1) in a transaction of its own; extra: more header lines. */
int derive_cancel(struct sip_client *client, struct rd_str extra);

/* ---- retry.c: a request sent again with credentials ---- */

static inline bool is_challenge(unsigned status)
{
	return status == 401 || status == 407;
}

/* Answer the 401 or 407, which has been acknowledged: 0, and the client stands for
 * the new attempt. Else it is as it was. */
int client_retry(struct sip_client *client, const struct sip_msg *response);
/* A 2xx: what Authentication-Info says. */
void client_accepted(struct sip_client *client, const struct sip_msg *response);

/* ---- replace.c: a request once more ---- */

/* One that we printed, its Via (the second line) that of another flow or branch:
 * into layer->derived. 0, -EINVAL, -EMSGSIZE. */
int request_print_by(struct sip_out *out, struct sip_transactions *layer,
		     const struct sip_flow *flow, struct rd_str branch, struct rd_str text);
/* The client stands for this request from now on, in a new transaction to be
 * launched; a stand-in absorbs what still comes for the one before. 0 or -ENOMEM. */
int client_replace(struct sip_client *client, struct rd_str method, struct rd_str branch,
		   struct rd_str text);

/* ---- respond.c: answers whose connection is gone ---- */

/* After -ENOTCONN: the answer goes another way, now or a little later. 0, or
 * negative errno when there is none. */
int server_send_elsewhere(struct sip_server *server);
/* The connection of a transaction is lost, or was never made. */
void server_lost(struct sip_server *server, int rc);
/* Its sender has said more by this flow: where its own is lost, answers go there. */
void server_follow(struct sip_server *server, const struct sip_flow *flow);

/* ---- move.c: failover ---- */

/* Take the way of the request begun. */
void client_keep_way(struct sip_client *client);
/* Its target failed: is it on its way to the next one? */
bool client_moves(struct sip_client *client, int retry_after_s);
/* By this flow, in a new transaction. 0, or negative errno: its timers may have stopped. */
int client_move_to(struct sip_client *client, const struct sip_flow *flow);

/* ---- client.c, for the other files of the client's side ---- */

/* The request that we sent. What a user added may be wrong: then so be it, as long
 * as the parts needed are there; else NULL. In layer->own. */
const struct sip_msg *client_parse_own(struct sip_client *client);
/* Do its Vias say so? (own_via.c) */
bool client_is_answer(struct sip_client *client, const struct sip_msg *response);
/* Of a request, to be kept by a client; NULL: no memory. */
char *client_copy_text(struct rd_str text);
/* It is this request from now on: a copy. 0 or -ENOMEM. */
int client_keep_request(struct sip_client *client, struct rd_str text);
/* Send it and start the timers of a new attempt. */
int client_launch(struct sip_client *client);
/* One in the table, that has sent nothing. */
struct sip_client *client_new(struct sip_transactions *layer, const struct sending *sending);
/* Into Completed: absorb repetitions of the final answer. */
void client_linger(struct sip_client *client);
/* No final answer will come from its target: on to the next (false), or out, and
 * say so (true). */
bool client_give_up(struct sip_client *client, int rc);
/* Its request could not be sent, or did not arrive. */
void client_unsent(struct sip_client *client, int rc);
/* Of a watcher of flows: whose request was it? */
void client_unreached(void *layer, const struct sip_flow *flow, struct rd_str quoted, int rc);
void client_make_branch(struct sip_transactions *layer, char branch[SIP_BRANCH_CHARS]);
void client_print_via(struct sip_out *out, const struct sip_flow *flow,
		      struct rd_str branch);

/* Start a machine for it; cp may be NULL. */
int client_start(struct sip_transactions *layer, struct sip_client **cp,
		 const struct sending *sending);

#endif
