/* One outgoing INVITE and what comes back: progress, a winner, a refusal, a
 * late 2xx that lost the race, several early dialogs when a proxy forked it. */
#include <ringdown/log.h>

#include "call.h"

void sip_leg_free(struct sip_leg *leg)
{
	if (leg->client)
		sip_client_forget(leg->client);
	for (int i = 0; i < leg->dialog_count; i++)
		sip_dialog_free(leg->dialogs[i]);
	rd_list_remove(&leg->link);
	rd_free(leg);
}

static struct sip_call *leg_done(struct sip_leg *leg)
{
	leg->waits = false;
	return leg->call;
}

/* ---- dialogs ---- */

/* The dialog that a response speaks of: made, or another fork's, when its tag
 * is new. NULL when there is none to be had. */
static struct sip_dialog *dialog_of(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_dialog *dialog = leg->dialogs[0];
	int rc;

	for (int i = 0; i < leg->dialog_count; i++)
		if (rd_str_eq(leg->dialogs[i]->remote_tag, msg->to.tag))
			dialog = leg->dialogs[i];
	if (dialog->state == SIP_DIALOG_HALF ||
	    rd_str_eq(dialog->remote_tag, msg->to.tag)) {
		rc = sip_dialog_established(dialog, msg);
	} else {
		if (leg->dialog_count == SIP_FORKS_MAX)
			return NULL;
		rc = sip_dialog_fork(&dialog, leg->dialogs[0], msg);
		if (rc == 0)
			leg->dialogs[leg->dialog_count++] = dialog;
	}
	return rc ? NULL : dialog;
}

/* Hand a dialog over to the call. */
static void take_dialog(struct sip_leg *leg, struct sip_dialog *dialog)
{
	for (int i = 0; i < leg->dialog_count; i++)
		if (leg->dialogs[i] == dialog)
			leg->dialogs[i] = leg->dialogs[--leg->dialog_count];
	leg->call->dialog = dialog;
}

static int send_ack(struct sip_dialog *dialog)
{
	struct sip_flow flow;
	struct sip_out *out = sip_dialog_begin_ack(dialog, sip.transactions,
						   dialog->first_cseq, &flow);

	return out ? sip_ack_send(sip.transactions, &flow, out) : -EHOSTUNREACH;
}

static void reject(struct sip_dialog *dialog, int cause)
{
	if (send_ack(dialog) == 0)
		sip_dialog_send_bye(dialog, cause);
}

/* ---- progress ---- */

/* Early sound of one phone is heard; of several that ring at once, none. */
static bool take_early_answer(struct sip_leg *leg, struct sip_dialog *dialog,
			      const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	struct sdp *answer;

	if (call->legs.next != call->legs.prev || sip_call_read_sdp(&answer, msg) ||
	    sip_call_take_answer(call, answer))
		return false;
	call->early = dialog;
	return true;
}

static void leg_progress(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	struct sip_dialog *dialog;

	if (leg->cancelled || call->state != SIP_CALL_OUTGOING)
		return;
	if (msg->status == 100 || !msg->to.tag.n) {
		sip_call_post(call, RD_SIGNAL_PROCEEDING, 0);
		return;
	}
	dialog = dialog_of(leg, msg);
	sip_call_note_peer(call, msg);
	if (dialog && take_early_answer(leg, dialog, msg))
		sip_call_post(call, RD_SIGNAL_PROGRESS, 0);
	if (msg->status == 180)
		sip_call_post(call, RD_SIGNAL_RINGING, 0);
	else if (!call->early)
		sip_call_post(call, RD_SIGNAL_PROCEEDING, 0);
}

/* ---- answer ---- */

static int take_answer(struct sip_call *call, const struct sip_dialog *dialog,
		       const struct sip_msg *msg)
{
	struct sdp *answer;
	int rc = sip_call_read_sdp(&answer, msg);

	/* Some answer in the 183 and leave it at that. */
	if (rc == -ENOENT && call->early == dialog)
		return 0;
	return rc ? rc : sip_call_take_answer(call, answer);
}

static void win(struct sip_leg *leg, struct sip_dialog *dialog, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	int rc = take_answer(call, dialog, msg);

	take_dialog(leg, dialog);
	call->state = SIP_CALL_UP;
	sip_legs_cancel(call, leg, RD_CAUSE_ANSWERED_ELSEWHERE);
	if (rc == 0)
		rc = send_ack(dialog);
	else
		send_ack(dialog);
	if (rc) {
		rd_warning("sip/%s: its answer cannot be used: %s", call->endpoint->name,
			   rd_strerror(rc));
		sip_call_send_bye(call, RD_CAUSE_INCOMPATIBLE_DESTINATION);
		sip_call_over(call, RD_CAUSE_INCOMPATIBLE_DESTINATION);
		return;
	}
	sip_call_note_peer(call, msg);
	sip_call_post(call, RD_SIGNAL_ANSWER, 0);
	sip_call_note_hold(call);
}

/* A 2xx: the first wins; the same again wants its ACK again; any other is
 * thanked and ended. */
static void leg_answered(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_call *call = leg_done(leg);
	struct sip_dialog *dialog;

	if (call->dialog && !call->dialog->answers &&
	    rd_str_eq(call->dialog->call_id, msg->call_id) &&
	    rd_str_eq(call->dialog->remote_tag, msg->to.tag)) {
		send_ack(call->dialog);
		return;
	}
	dialog = dialog_of(leg, msg);
	if (!dialog)
		rd_warning("sip/%s: its 200 makes no dialog: tag and Contact were "
			   "expected", call->endpoint->name);
	else if (call->state == SIP_CALL_OUTGOING)
		win(leg, dialog, msg);
	else
		reject(dialog, leg->cancelled ? RD_CAUSE_NORMAL
					      : RD_CAUSE_ANSWERED_ELSEWHERE);
}

/* ---- refusal ---- */

/* Of several refusals the one that says most: a human's no, then busy. */
static int weight(unsigned status)
{
	if (status >= 600)
		return 5;
	if (status == 486)
		return 4;
	if (status >= 300 && status < 400)
		return 3;
	if (status == 408 || status == 487 || status >= 500)
		return 1;
	return 2;
}

/* A number of ours goes through the dialplan; one elsewhere is called there. */
static void note_redirect(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	char *text = leg->call->redirect, host[SIP_SOCKADDR_TEXT];
	struct sip_name_addr contact;
	struct sip_out out;
	struct sip_uri uri;

	if (sip_walk_name_addr(&walk, &contact) != 1 ||
	    sip_uri_parse(&uri, contact.uri, NULL) || !uri.user.n)
		return;
	sip_out_init(&out, text, sizeof(leg->call->redirect) - 1);
	if (rd_str_ieq(uri.host, sip_our_host(&leg->dialogs[0]->flow, host))) {
		sip_out_str(&out, uri.user);
	} else {
		sip_out_cstr(&out, "SIP/");
		sip_out_str(&out, uri.user);
		sip_out_char(&out, '@');
		sip_out_hostport(&out, uri.host, uri.port);
	}
	text[out.overflow ? 0 : out.n] = '\0';
}

static void note_refusal(struct sip_leg *leg, unsigned status, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;

	if (call->refusal && weight(status) <= weight(call->refusal))
		return;
	call->refusal = status;
	call->refusal_cause = msg ? sip_cause_of_reason(msg) : 0;
	if (!call->refusal_cause)
		call->refusal_cause = sip_cause_of_status(status);
	if (msg && status >= 300 && status < 400)
		note_redirect(leg, msg);
}

static bool any_waits(const struct sip_call *call)
{
	rd_list_foreach(node, tmp, &call->legs)
		if (rd_list_entry(node, struct sip_leg, link)->waits)
			return true;
	return false;
}

static void leg_refused(struct sip_leg *leg, unsigned status, const struct sip_msg *msg)
{
	struct sip_call *call = leg_done(leg);

	if (call->state != SIP_CALL_OUTGOING)
		return;
	note_refusal(leg, status, msg);
	if (status >= 600)
		sip_legs_cancel(call, leg, RD_CAUSE_ANSWERED_ELSEWHERE);
	else if (any_waits(call))
		return;
	if (call->refusal < 400 && call->redirect[0])
		sip_call_post_text(call, RD_SIGNAL_REDIRECT, rd_str_of(call->redirect));
	else
		sip_call_over(call, call->refusal_cause);
}

/* ---- the transaction's callbacks ---- */

static void leg_response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct sip_leg *leg = arg;
	struct sip_call *call = leg->call;

	(void)client;
	if (msg->status < 200) {
		leg_progress(leg, msg);
	} else if (msg->status < 300) {
		leg_answered(leg, msg);
	} else {
		leg_refused(leg, msg->status, msg);
	}
	sip_call_settle(call);
}

static void leg_failed(void *arg, struct sip_client *client, int rc)
{
	struct sip_leg *leg = arg;

	(void)client;
	leg_refused(leg, rc == -ETIMEDOUT ? 408 : rc == -ECANCELED ? 487 : 503, NULL);
}

static void leg_ended(void *arg, struct sip_client *client)
{
	struct sip_leg *leg = arg;
	struct sip_call *call = leg_done(leg);

	if (leg->client == client)
		leg->client = NULL;
	sip_call_settle(call);
}

static const struct sip_client_user leg_user = {
	.response = leg_response,
	.failed = leg_failed,
	.ended = leg_ended,
};

/* ---- sending ---- */

static int send_invite(struct sip_leg *leg)
{
	struct sip_call *call = leg->call;
	struct sip_dialog *dialog = leg->dialogs[0];
	struct sip_flow flow;
	struct sip_out *out = sip_dialog_begin(dialog, sip.transactions, SIP_INVITE, &flow);
	int rc;

	if (!out)
		return -EHOSTUNREACH;
	sip_print_contact(out, &flow);
	sip_call_print_abilities(call, out, SIP_INVITE);
	sip_print_agent(out, false);
	sip_call_print_party(call, out, &flow);
	if (call->headers)
		sip_out_cstr(out, call->headers);
	rc = sip_call_print_sdp(call, out, true);
	if (rc == 0)
		rc = sip_request_send(sip.transactions, &leg->client, &flow, out,
				      &leg_user, leg);
	leg->waits = rc == 0;
	return rc;
}

static int open_dialog(struct sip_leg *leg, struct rd_str target, struct rd_str routes,
		       const struct sip_flow *flow)
{
	struct sip_call *call = leg->call;
	char from[512], to[512], host[SIP_SOCKADDR_TEXT];
	struct sip_dialog_params params = { .target = target, .routes = routes, .flow = flow };
	struct sip_out out;
	int rc;

	sip_out_init(&out, from, sizeof(from));
	sip_print_from(&out, call->endpoint,
		       rd_channel_party(call->channel, RD_PARTY_CONNECTED),
		       sip_our_host(flow, host));
	params.local = sip_out_text(&out);
	rc = out.overflow ? -EMSGSIZE : 0;
	sip_out_init(&out, to, sizeof(to));
	sip_out_char(&out, '<');
	sip_out_str(&out, target);
	sip_out_char(&out, '>');
	params.remote = sip_out_text(&out);
	if (rc || out.overflow)
		return -EMSGSIZE;
	rc = sip_dialog_new_uac(&leg->dialogs[0], sip.dialogs, &params);
	if (rc)
		return rc;
	leg->dialog_count = 1;
	leg->dialogs[0]->to_source = call->endpoint->to_source;
	leg->dialogs[0]->account = sip_endpoint_account(call->endpoint);
	if (call->hops >= 0)
		leg->dialogs[0]->hops = (unsigned)call->hops;
	sip_dialog_set_user(leg->dialogs[0], &sip_call_dialog_user, call);
	return 0;
}

int sip_leg_start(struct sip_call *call, struct rd_str target, struct rd_str routes,
		  const struct sip_flow *flow)
{
	struct sip_leg *leg = rd_zalloc(sizeof(*leg));
	int rc;

	if (!leg)
		return -ENOMEM;
	leg->call = call;
	rd_list_init(&leg->link);
	rc = open_dialog(leg, target, routes, flow);
	if (rc == 0)
		rc = send_invite(leg);
	if (rc) {
		sip_leg_free(leg);
		return rc;
	}
	rd_list_push(&call->legs, &leg->link);
	return 0;
}

void sip_legs_cancel(struct sip_call *call, const struct sip_leg *but, int cause)
{
	char text[128];
	struct sip_out reason;

	sip_out_init(&reason, text, sizeof(text));
	sip_print_reason(&reason, cause);
	rd_list_foreach(node, tmp, &call->legs) {
		struct sip_leg *leg = rd_list_entry(node, struct sip_leg, link);

		if (leg == but || !leg->waits || leg->cancelled)
			continue;
		leg->cancelled = true;
		sip_client_cancel(leg->client, sip_out_text(&reason));
	}
}
