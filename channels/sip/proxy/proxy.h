/* Requests that pass through: the mechanics of RFC 3261 §16, for a module that
 * decides (include/ringdown/sip_proxy.h). The router asks here first. */
#ifndef CHANNELS_SIP_PROXY_PROXY_H
#define CHANNELS_SIP_PROXY_PROXY_H

#include <ringdown/sip_proxy.h>

#include "channels/sip/driver.h"

/* A request as the module sees it; on the stack until it is taken, a copy of its own
 * then. */
struct sip_proxied {
	struct rd_sip_request shown; /* first: the module's pointer */
	unsigned magic;
	const struct sip_msg *msg;
	struct sip_server *server; /* NULL: an ACK, or the transaction is over */
	struct sip_flow flow;	   /* that it came by */
	bool admitted;		   /* the credentials for us have served */
	bool taken;
	bool unsettled;		   /* an INVITE without a final answer */
	struct rd_list link;	 /* in all that are taken */
	struct rd_list branches;
	char room[]; /* the copy of msg */
};

#define SIP_PROXIED_MAGIC 0x50524f58u /* "PROX" */

extern const struct rd_sip_proxy sip_proxy_interface;

/* True: the request was taken or answered. */
bool sip_proxy_request(struct sip_server *server, const struct sip_msg *msg);
/* An ACK of no dialog, or a CANCEL of no INVITE that we know: false: it does not pass. */
bool sip_proxy_stateless(const struct sip_msg *msg, const struct sip_flow *flow);
/* The driver goes. */
void sip_proxy_stop(void);

/* ---- among themselves ---- */

extern const struct rd_sip_proxy_user *sip_proxy_user; /* NULL: none */

static inline struct sip_proxied *sip_proxied_of(const struct rd_sip_request *request)
{
	struct sip_proxied *proxied = (struct sip_proxied *)request;

	RD_CHECK(proxied, SIP_PROXIED_MAGIC);
	return proxied;
}

static inline const struct sip_msg *sip_msg_of(const struct rd_sip_message *message)
{
	return (const struct sip_msg *)message;
}

/* request.c */
const char *sip_proxied_admit(struct rd_sip_request *request);
bool sip_proxied_trust(struct rd_sip_request *request);
bool sip_proxied_is_known(const struct rd_sip_request *request);
struct rd_sip_request *sip_proxied_take(struct rd_sip_request *request);
int sip_proxied_answer(struct rd_sip_request *request, unsigned status,
		       struct rd_str lines);
void sip_proxied_drop(struct rd_sip_request *request);
/* It has its final answer, or nobody waits for one. */
void sip_proxied_settle(struct sip_proxied *proxied);

/* answer.c */
int sip_proxied_relay(struct rd_sip_request *request, const struct rd_sip_message *message,
		      const struct rd_sip_changes *changes);

/* branch.c */
int sip_proxied_forward(struct rd_sip_request *request,
			const struct rd_sip_forward *forward, struct rd_sip_branch **bp);
int sip_branch_forward_on(struct rd_sip_branch *silent, void *arg, struct rd_sip_branch **bp);
void sip_branch_give_up(struct rd_sip_branch *branch);
void sip_branch_cancel(struct rd_sip_branch *branch, struct rd_str lines);
bool sip_proxied_avoids(struct rd_str uri, const char *phone, uint64_t stamp);
/* Without a word to the module; what rings is cancelled. */
void sip_branches_end(struct sip_proxied *proxied);

/* copy.c: the request as it goes out. */

/* Where a copy goes, and what its request line and first Route say. */
struct sip_plan {
	struct rd_str uri, next; /* of the request line; of the next hop */
	struct rd_str first;	 /* Route before all that are left; absent: none */
	struct rd_str path;	 /* Routes before even that, as a header has them */
	struct rd_str last;	 /* Route after them: a strict router comes next */
	unsigned routes_done, routes_end;
};

void sip_plan_make(struct sip_plan *plan, const struct sip_proxied *proxied,
		   const struct rd_sip_forward *forward);
struct sip_out *sip_copy_begin(const struct sip_proxied *proxied, const struct sip_plan *plan,
			       const struct rd_sip_forward *forward,
			       const struct sip_flow *flow);

#endif
