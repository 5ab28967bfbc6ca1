/* A stateful proxy (RFC 3261 §16) on what the driver offers: what its files share. */
#ifndef MODULES_SIP_PROXY_PROXY_H
#define MODULES_SIP_PROXY_PROXY_H

#include <ringdown/cli.h>
#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/sip_proxy.h>

#include "modules/sip_proxy/settings.h"

extern const struct rd_sip_proxy *proxy;       /* the driver's functions */
extern struct proxy_settings *proxy_in_force;

/* ---- key.c: what marks are made with ---- */

#define PROXY_KEY 32 /* characters */

/* Bring back the one of former days, or make one: then what was marked before is not
 * known. 0, or negative errno of the store. Yields. */
RD_YIELDS int proxy_key_open(void);
const char *proxy_key(void);

/* ---- mark.c: what we know again ---- */

#define PROXY_MARK 18 /* letters of either */

/* Of a request as it came: the same for one that comes again unchanged (RFC 5393
 * §4.2); it ends the branch of our Via. */
void proxy_mark_request(const struct rd_sip_request *request, char mark[PROXY_MARK + 1]);
/* Of a request as the hop before us sent it: the same for its repetitions, and for the
 * CANCEL of an INVITE (§16.11). */
void proxy_mark_hop(const struct rd_sip_request *request, char mark[PROXY_MARK + 1]);
/* Of an end of the dialog: where it says that it is, and the next hop on the way there,
 * absent where that is itself. */
#define PROXY_END "ce" /* how it begins */
void proxy_mark_end(const struct rd_sip_request *request, struct rd_str uri,
		    struct rd_str next, char mark[PROXY_MARK + 1]);
/* Who is told it of a dialog, as the beginning of it was. */
enum proxy_side {
	PROXY_NOWHERE, /* not one of ours */
	PROXY_CALLER,
	PROXY_CALLEE,
};

/* Whoever begins a dialog is its caller. */
static inline enum proxy_side proxy_other_side(enum proxy_side side)
{
	return side == PROXY_CALLEE ? PROXY_CALLER : PROXY_CALLEE;
}

/* Of a dialog, by its Call-ID, for one of its sides. */
#define PROXY_DIALOG "rr" /* how it begins */
void proxy_mark_dialog(const struct rd_sip_request *request, enum proxy_side side,
		       char mark[PROXY_MARK + 1]);
/* Of an end of it, by its tag, as the other side knows it. */
void proxy_mark_moved(const struct rd_sip_request *request, struct rd_str tag,
		      enum proxy_side side, char mark[PROXY_MARK + 1]);

#define PROXY_RECORD 128 /* the user part of our Record-Route, with its NUL */

/* ---- route.c: §16.3 and §16.4 ---- */

/* What the Routes and the URI of a request say. */
struct proxy_route {
	struct rd_str uri; /* the one that counts */
	unsigned routes_done;
	bool last_route_done, routes_left;
	bool ours; /* we recorded that way: it belongs to a dialog that we let in */
	enum proxy_side side; /* and its sender is on this one */
	struct rd_str names; /* of its ends: "1001.1002", and the mark of the far one */
	char sender[PROXY_RECORD]; /* what names may be */
	bool gruu; /* uri is that of one device of ours (RFC 5627) */
	const struct proxy_rule *rule; /* NULL: none fits, or ours */
	int unread; /* why no rule could be looked for; 0: it was */
};

/* Take the Routes off that are ours. False: it is for the exchange. */
bool proxy_route_read(struct proxy_route *route, const struct rd_sip_request *request);
/* 0, or the status that a request is refused with; lines: what goes with it. */
unsigned proxy_route_check(const struct proxy_route *route,
			   const struct rd_sip_request *request, struct rd_buf *lines);

/* ---- record.c: what our Record-Route says ---- */

/* Whose password the request has: a name among those of the dialog's ends. */
void proxy_record_sender(struct proxy_route *route, const char *phone);
/* What the copy says, for whom it goes to. callee: the phone that it goes to, or NULL. */
void proxy_record_make(char record[PROXY_RECORD], const struct rd_sip_request *request,
		       const struct proxy_route *route, const char *callee);
/* What that becomes in an answer, for whom it comes from. False: the answer makes no
 * dialog by it. */
bool proxy_record_answer(char record[PROXY_RECORD], const struct rd_sip_request *request,
			 const struct rd_sip_message *answer, const char *was);
/* Is this the user part of ours? Then it is told whom, and with the names in it. */
bool proxy_record_is(const struct rd_sip_request *request, struct rd_str user,
		     enum proxy_side *side, struct rd_str *names);
/* The mark of where the sender of a message says that requests find him. was: of an
 * answer, the Record-Route in its request; NULL: it is the request. False: he does not
 * say it. */
bool proxy_record_end(char mark[PROXY_MARK + 1], const struct rd_sip_request *request,
		      const struct rd_sip_message *message, const char *was);
/* Which phone of the dialog the request goes to, and where that is registered now; false:
 * to none of ours. */
bool proxy_record_phone(const struct proxy_route *route, char phone[PROXY_RECORD],
			struct rd_sip_binding *binding);

/* Does a request of a dialog go to one of its ends that we know: a phone of ours, or
 * the far end of whoever was told this Record-Route? */
bool proxy_record_leads(const struct proxy_route *route,
			const struct rd_sip_request *request);

/* ---- moved.c: who is elsewhere since ---- */

/* What a request of a dialog and its 2xx say of that. was: as above. */
void proxy_moved_note(const struct rd_sip_request *request, const struct proxy_route *route,
		      const struct rd_sip_message *answer, const char *was);
/* Is this the mark of where the receiver is now? */
bool proxy_moved_leads(const struct rd_sip_request *request, const struct proxy_route *route,
		       const char *place);
unsigned proxy_moved_count(void);
void proxy_moved_drop(void);

/* ---- target.c: §16.5 ---- */

#define PROXY_TARGETS_MAX 32

struct proxy_target {
	struct rd_list link; /* the preferred first */
	const char *phone;   /* it is a contact of this one; NULL: of none */
	const char *instance; /* the device, which may have other flows; NULL: not said */
	uint64_t stamp; /* of that binding, or 0 */
	int q;
	bool tried;
	char text[]; /* URI, name of the phone, instance */
};

/* What a target is made of; its texts are copied, empty ones mean that there is none. */
struct proxy_target_params {
	struct rd_str uri, phone, instance;
	uint64_t stamp;
	int q;
};

/* Add one unless it is there. 0, -ENOMEM, -E2BIG. */
int proxy_target_add(struct rd_list *targets, const struct proxy_target_params *params);
/* This flow has failed: add the next one of the same device (RFC 5626 §5.3). NULL:
 * there is none. */
struct proxy_target *proxy_target_next_flow(struct rd_list *targets,
					    const struct proxy_target *failed);
/* All that a request leads to. 0, or the status that says why there is none, perhaps
 * with the code of a Warning. */
#define PROXY_SIPS_NOT_ALLOWED 380
unsigned proxy_targets_find(struct rd_list *targets, const struct proxy_route *route,
			    unsigned *warning);
bool proxy_uri_is_secure(struct rd_str uri);
void proxy_targets_free(struct rd_list *targets);

/* ---- context.c: §16.6 to §16.10 ---- */

/* Forward a request that was taken. */
void proxy_context_start(struct rd_sip_request *request, const struct proxy_route *route);
void proxy_stateless_forward(struct rd_sip_request *request, const struct proxy_route *route);
/* Callbacks of the driver. */
void proxy_cancelled(struct rd_sip_request *request, const struct rd_sip_message *cancel);
void proxy_ended(struct rd_sip_request *request);
void proxy_response(struct rd_sip_branch *branch, void *arg, unsigned status,
		    const struct rd_sip_message *message);
void proxy_silent(struct rd_sip_branch *branch, void *arg);
void proxy_failed(struct rd_sip_branch *branch, void *arg, int rc);
void proxy_gone(void *arg);
void proxy_contexts_drop(void);
unsigned proxy_contexts_count(void);

/* ---- commands.c ---- */

extern const struct rd_cli_command proxy_commands[];

/* ---- best.c: which of several answers goes back ---- */

struct proxy_best {
	unsigned status; /* 0: none so far */
	unsigned warning; /* RFC 5630 §7; 0: none */
	struct rd_sip_message *message; /* NULL: we say it ourselves */
	struct rd_buf challenges; /* of 401 and 407 that did not win */
	struct rd_buf contacts; /* lines: those of message that were not tried; "": all */
};

void proxy_best_init(struct proxy_best *best);
void proxy_best_fini(struct proxy_best *best);
/* A final answer that was no 2xx; message may be NULL. */
void proxy_best_note(struct proxy_best *best, unsigned status,
		     const struct rd_sip_message *message);
/* A redirection of which some contacts are tried: these are left, as lines. */
void proxy_best_note_left(struct proxy_best *best, unsigned status,
			  const struct rd_sip_message *message, const char *contacts);
void proxy_best_send(struct proxy_best *best, struct rd_sip_request *request);

#endif
