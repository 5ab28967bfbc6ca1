/* One dialog: its birth on either side, its route set and target, and how it moves. Where it
 * is found again is in table.c, how requests within it are printed in request.c. */
#include <ringdown/base.h>

#include "channels/sip/dialog/table.h"
#include "channels/sip/memory.h"

/* A route set longer than this is somebody's joke. */
#define ROUTES_MAX 3072

static struct rd_str put(char **at, struct rd_str text)
{
	struct rd_str copy = { *at, text.n };

	if (text.n)
		memcpy(*at, text.p, text.n);
	*at += text.n;
	return copy;
}

/* What stays the same for life, in the dialog's own allocation. */
static struct sip_dialog *dialog_alloc(struct rd_str call_id, struct rd_str local_tag,
				       struct rd_str local, struct rd_str remote)
{
	struct sip_dialog *dialog = rd_malloc(sizeof(*dialog) + call_id.n +
					      local_tag.n + local.n + remote.n);
	char *at;

	if (!dialog)
		return NULL;
	rd_memory_belongs(dialog, &sip_memory_dialogs);
	memset(dialog, 0, sizeof(*dialog));
	dialog->magic = SIP_DIALOG_MAGIC;
	dialog->hops = SIP_MAX_FORWARDS;
	for (int i = 0; i < SIP_USAGES; i++)
		rd_list_init(&dialog->usages[i]);
	at = dialog->text;
	dialog->call_id = put(&at, call_id);
	dialog->local_tag = put(&at, local_tag);
	dialog->local = put(&at, local);
	dialog->remote = put(&at, remote);
	return dialog;
}

void sip_dialog_free(struct sip_dialog *dialog)
{
	if (!dialog)
		return;
	RD_CHECK(dialog, SIP_DIALOG_MAGIC);
	sip_dialog_set_user(dialog, NULL, NULL);
	dialog->account = NULL; /* it was the user's */
	for (int i = 0; i < SIP_USAGES; i++)
		if (!rd_list_empty(&dialog->usages[i]))
			return;
	if (dialog->table)
		sip_dialogs_remove(dialog->table, dialog);
	dialog->magic = 0;
	sip_credentials_unref(dialog->credentials);
	rd_free(dialog->far);
	rd_free(dialog);
}

void sip_dialog_join(struct sip_dialog *dialog, enum sip_usage side,
		     struct rd_list *usage)
{
	RD_CHECK(dialog, SIP_DIALOG_MAGIC);
	rd_list_push(&dialog->usages[side], usage);
}

void sip_dialog_leave(struct sip_dialog *dialog, struct rd_list *usage)
{
	RD_CHECK(dialog, SIP_DIALOG_MAGIC);
	rd_list_remove(usage);
	if (!dialog->user)
		sip_dialog_free(dialog);
}

/* Replace what the far end tells about itself. The texts may be the old ones. */
static int set_far(struct sip_dialog *dialog, struct rd_str tag, struct rd_str target,
		   struct rd_str routes)
{
	char *far = rd_malloc(tag.n + target.n + routes.n + 1), *at = far;

	if (!far)
		return -ENOMEM;
	rd_memory_belongs(far, &sip_memory_dialogs);
	dialog->remote_tag = put(&at, tag);
	dialog->target = put(&at, target);
	dialog->routes = put(&at, routes);
	rd_free(dialog->far);
	dialog->far = far;
	return 0;
}

/* Join the Record-Routes into buf, backwards for a UAC (§12.1.2). Elements
 * are collected from the end that becomes the start. */
static int collect_routes(const struct sip_msg *msg, bool backwards, char buf[ROUTES_MAX],
			  struct rd_str *routes)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_RECORD_ROUTE };
	size_t start = backwards ? ROUTES_MAX : 0, end = start, room = ROUTES_MAX;
	struct sip_name_addr route;
	struct sip_uri parsed;
	int rc;

	while ((rc = sip_walk_name_addr(&walk, &route)) == 1) {
		size_t need = route.text.n + (start != end ? 2 : 0);
		char *at;

		if (need > room || sip_uri_parse(&parsed, route.uri, NULL))
			return -EINVAL;
		room -= need;
		at = backwards ? buf + start - need : buf + end;
		if (start != end)
			memcpy(backwards ? at + route.text.n : at, ", ", 2);
		memcpy(backwards || start == end ? at : at + 2, route.text.p,
		       route.text.n);
		if (backwards)
			start -= need;
		else
			end += need;
	}
	*routes = (struct rd_str){ buf + start, end - start };
	return rc;
}

/* The URI of the first Contact: 0, -ENOENT, -EINVAL. */
static int contact_of(const struct sip_msg *msg, struct rd_str *uri)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct sip_name_addr contact;
	struct sip_uri parsed;
	int rc = sip_walk_name_addr(&walk, &contact);

	if (rc != 1)
		return rc ? rc : -ENOENT;
	*uri = contact.uri;
	return contact.is_star || sip_uri_parse(&parsed, contact.uri, NULL) ? -EINVAL : 0;
}

/* Where the caller wants to be reached. Who speaks RFC 2543, and so sends no tag,
 * need not say it twice: what From says is meant then. */
static int target_of_caller(const struct sip_msg *invite, struct rd_str *uri)
{
	int rc = contact_of(invite, uri);

	if (rc != -ENOENT || invite->from.tag.n)
		return rc;
	*uri = invite->from.uri;
	return 0;
}

/* Whoever sent it has sent it to us. */
static bool came_straight(const struct sip_msg *request)
{
	struct sip_walk walk = { .msg = request, .id = SIP_H_VIA };
	struct sip_via via;

	return sip_walk_via(&walk, &via) != 1 || sip_walk_via(&walk, &via) != 1;
}

static void begin_straight(struct sip_dialog *dialog, bool straight)
{
	dialog->straight = straight;
	sip_dialog_set_aim(dialog, SIP_AIM_STRAIGHT);
}

struct far {
	struct rd_str tag, target, routes;
	bool began; /* the dialog: we answer */
};

/* What is said of the far end, and into the table; takes dialog (NULL: no memory). */
static int dialog_open(struct sip_dialog **dp, struct sip_dialogs *table,
		       struct sip_dialog *dialog, const struct far *far)
{
	int rc = dialog ? set_far(dialog, far->tag, far->target, far->routes) : -ENOMEM;

	if (rc) {
		sip_dialog_free(dialog);
		return rc;
	}
	dialog->answers = far->began;
	sip_dialogs_add(table, dialog);
	*dp = dialog;
	return 0;
}

int sip_dialog_new_uas(struct sip_dialog **dp, struct sip_dialogs *table,
		       const struct sip_msg *request, const struct sip_flow *flow,
		       struct rd_str local_tag)
{
	char buf[ROUTES_MAX];
	struct sip_dialog *dialog;
	struct far far = { .tag = request->from.tag, .began = true };
	int rc = target_of_caller(request, &far.target);

	if (rc == 0)
		rc = collect_routes(request, false, buf, &far.routes);
	if (rc)
		return rc == -ENOENT ? -EINVAL : rc;
	dialog = dialog_alloc(request->call_id, local_tag, sip_name_addr_untagged(&request->to),
			      sip_name_addr_untagged(&request->from));
	rc = dialog_open(dp, table, dialog, &far);
	if (rc)
		return rc;
	dialog->state = SIP_DIALOG_EARLY;
	dialog->remote_cseq = dialog->first_cseq = request->cseq.number;
	dialog->flow = *flow;
	begin_straight(dialog, came_straight(request));
	sip_session_id_note(&dialog->session_id, request);
	return 0;
}

int sip_dialog_new_uac(struct sip_dialog **dp, struct sip_dialogs *table,
		       const struct sip_dialog_params *params)
{
	char tag[SIP_TAG_LENGTH + 1], call_id[25];
	struct rd_str id = params->call_id, local_tag = params->local_tag;
	struct far far = { .target = params->target, .routes = params->routes };
	struct sip_dialog *dialog;
	int rc;

	if (!local_tag.n) {
		rd_random_token(tag, SIP_TAG_LENGTH);
		local_tag = (struct rd_str){ tag, SIP_TAG_LENGTH };
	}
	if (!id.n) {
		rd_random_token(call_id, sizeof(call_id) - 1);
		id = rd_str_of(call_id);
	}
	dialog = dialog_alloc(id, local_tag, params->local, params->remote);
	rc = dialog_open(dp, table, dialog, &far);
	if (rc)
		return rc;
	dialog->flow = *params->flow;
	dialog->local_cseq = params->cseq;
	begin_straight(dialog, !params->routes.n);
	return 0;
}

int sip_dialog_restore(struct sip_dialog **dp, struct sip_dialogs *table,
		       const struct sip_dialog_saved *saved)
{
	struct far far = { saved->remote_tag, saved->target, saved->routes, saved->answers };
	struct sip_dialog *dialog = dialog_alloc(saved->call_id, saved->local_tag,
						 saved->local, saved->remote);
	int rc = dialog_open(dp, table, dialog, &far);

	if (rc)
		return rc;
	dialog->state = SIP_DIALOG_CONFIRMED;
	dialog->local_cseq = saved->local_cseq;
	dialog->remote_cseq = saved->remote_cseq;
	dialog->flow = *saved->flow;
	return 0;
}

int sip_dialog_fork(struct sip_dialog **dp, const struct sip_dialog *first,
		    const struct sip_msg *msg)
{
	struct sip_dialog *dialog = dialog_alloc(first->call_id, first->local_tag,
						 first->local, first->remote);
	int rc;

	if (!dialog)
		return -ENOMEM;
	dialog->flow = first->flow;
	dialog->straight = first->straight;
	dialog->aim = first->aim;
	dialog->local_cseq = first->local_cseq;
	dialog->first_cseq = first->first_cseq;
	dialog->hops = first->hops;
	dialog->session_id = first->session_id;
	dialog->account = first->account;
	dialog->credentials = sip_credentials_ref(first->credentials);
	rc = sip_dialog_established(dialog, msg);
	if (rc) {
		sip_dialog_free(dialog);
		return rc;
	}
	sip_dialogs_add(first->table, dialog);
	sip_dialog_set_user(dialog, first->user, first->arg);
	*dp = dialog;
	return 0;
}

void sip_dialog_set_user(struct sip_dialog *dialog, const struct sip_dialog_user *user,
			 void *arg)
{
	dialog->user = user;
	dialog->arg = arg;
}

/* Who answers an INVITE may speak RFC 2543, and so need not say a tag, which is null then
 * (RFC 3261 §12.1.2), nor where he is: then what was called is. Whoever says nonsense there
 * is where he was called, too: what he has answered can only be ended by an ACK and a BYE. */
static int read_far(const struct sip_dialog *dialog, const struct sip_msg *msg, struct far *far)
{
	bool is_request = sip_msg_is_request(msg), final = is_request || msg->status >= 200;
	bool is_answer = !is_request && msg->method == SIP_INVITE;
	int rc;

	far->tag = is_request ? msg->from.tag : msg->to.tag;
	if (!far->tag.n && !is_answer)
		return -EINVAL;
	rc = contact_of(msg, &far->target);
	if (rc && (is_answer || (rc == -ENOENT && !final)))
		far->target = dialog->target;
	else if (rc)
		return -EINVAL;
	return 0;
}

int sip_dialog_established(struct sip_dialog *dialog, const struct sip_msg *msg)
{
	bool is_request = sip_msg_is_request(msg), final = is_request || msg->status >= 200;
	struct far far;
	char buf[ROUTES_MAX];
	int rc = read_far(dialog, msg, &far);

	if (rc)
		return rc;
	rc = collect_routes(msg, !is_request, buf, &far.routes);
	if (rc)
		return rc;
	rc = set_far(dialog, far.tag, far.target, far.routes);
	if (rc)
		return rc;
	dialog->state = final ? SIP_DIALOG_CONFIRMED : SIP_DIALOG_EARLY;
	sip_session_id_note(&dialog->session_id, msg);
	if (!is_request)
		dialog->first_cseq = msg->cseq.number; /* it may have been sent again */
	sip_dialog_look_ahead(dialog);
	return 0;
}

int sip_dialog_refresh(struct sip_dialog *dialog, const struct sip_msg *msg)
{
	struct rd_str target;
	int rc;

	if (contact_of(msg, &target) || rd_str_eq(target, dialog->target))
		return 0;
	rc = set_far(dialog, dialog->remote_tag, target, dialog->routes);
	if (rc == 0)
		sip_dialog_look_ahead(dialog);
	return rc;
}

unsigned sip_dialog_sequence(struct sip_dialog *dialog, const struct sip_msg *request)
{
	if (dialog->remote_cseq && request->cseq.number <= dialog->remote_cseq)
		return 500;
	dialog->remote_cseq = request->cseq.number;
	sip_session_id_note(&dialog->session_id, request);
	return 0;
}

void sip_dialog_heard(struct sip_dialog *dialog, const struct sip_flow *flow)
{
	bool can_be_forged = !flow->transport->reliable &&
			     !sip_sockaddr_same_host(&flow->peer, &dialog->flow.peer);

	if (!sip_flow_alive(&dialog->flow) && !can_be_forged)
		dialog->flow = *flow;
}

bool sip_dialog_would_move(const struct sip_dialog *dialog, const struct sip_flow *flow)
{
	const struct sip_flow *now = &dialog->flow;
	struct rd_str uri;

	if (sip_dialog_next_hop(dialog, &uri) || !sip_flow_may_replace(flow, now))
		return false;
	return !sip_flow_same(now, flow);
}

void sip_dialog_move(struct sip_dialog *dialog, const struct sip_flow *flow)
{
	RD_CHECK(dialog, SIP_DIALOG_MAGIC);
	dialog->flow = *flow;
}

void sip_dialog_follow(struct sip_dialog *dialog, const struct sip_flow *before,
		       const struct sip_flow *flow)
{
	if (sip_flow_same(&dialog->flow, before) && sip_dialog_would_move(dialog, flow))
		sip_dialog_move(dialog, flow);
}

void sip_dialog_take_along(const struct sip_dialog *dialog, struct sip_client *client,
			   const struct sip_flow *before)
{
	if (client && sip_flow_same(sip_client_flow(client), before) &&
	    !sip_flow_same(&dialog->flow, before))
		sip_client_move(client, &dialog->flow);
}
