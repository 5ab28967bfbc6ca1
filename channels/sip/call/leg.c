/* One outgoing INVITE and what comes back: progress, a winner, a refusal, a
 * late 2xx that lost the race, several early dialogs when a proxy forked it. */
#include <stdio.h>

#include <ringdown/log.h>

#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/session_timer.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/enrol.h"

void sip_leg_free(struct sip_leg *leg)
{
	if (leg->client)
		sip_client_leave(leg->client);
	for (int i = 0; i < leg->fork_count; i++)
		sip_fork_free(leg->forks[i]);
	rd_timer_stop(&leg->patience);
	sip_way_free(leg->way);
	rd_list_remove(&leg->link);
	rd_list_remove(&leg->cut);
	rd_free(leg->instance);
	rd_free(leg);
}

static struct sip_call *leg_done(struct sip_leg *leg)
{
	leg->waits = false;
	return leg->call;
}

/* ---- ACK ---- */

static struct sip_out *begin_ack(struct sip_dialog *dialog, struct sip_flow *flow)
{
	return sip_dialog_begin_ack(dialog, sip.transactions, dialog->first_cseq, flow);
}

static int send_ack(struct sip_dialog *dialog)
{
	struct sip_flow flow;
	struct sip_out *out = begin_ack(dialog, &flow);

	return out ? sip_ack_send(sip.transactions, &flow, out) : -EHOSTUNREACH;
}

/* Our answer; when the 200 comes again the same, whatever was agreed on since, or when the
 * call is over (RFC 5407 §3.1.5, §3.1.6). */
static int print_answer(struct sip_call *call, struct sip_out *out)
{
	static const char end[] = "\r\n\r\n";
	const char *body;
	int rc;

	if (call->ack.answer) {
		sip_out_body(out, RD_STR("application/sdp"), rd_str_of(call->ack.answer));
		return 0;
	}
	rc = call->stream ? sip_call_print_sdp(call, out, false) : 0;
	body = rc || out->overflow ? NULL : memmem(out->p, out->n, end, strlen(end));
	if (body) {
		body += strlen(end);
		call->ack.answer = rd_strndup(body, (size_t)(out->p + out->n - body));
	}
	return rc;
}

/* The ACK of the call's dialog; with our answer, when the 200 held an offer. */
static int acknowledge(struct sip_call *call)
{
	struct sip_flow flow;
	struct sip_out *out = begin_ack(call->dialog, &flow);
	int rc = out ? 0 : -EHOSTUNREACH;

	if (rc == 0 && call->ack.answers)
		rc = print_answer(call, out);
	return rc ? rc : sip_ack_send(sip.transactions, &flow, out);
}

/* A 200 that offers what cannot be had is owed an answer all the same (§13.2.2.4). */
static void acknowledge_refusing(struct sip_call *call, const struct sip_msg *msg)
{
	struct sdp *offer;

	call->ack.answers = call->session.state == SIP_OFFER_NONE &&
			    sip_call_read_sdp(&offer, msg) == 0 &&
			    sip_session_refuse_offer(&call->session, offer) == 0;
	if (acknowledge(call))
		send_ack(call->dialog);
}

/* When its 200 comes again, it is acknowledged again and that is all. */
static void reject(struct sip_fork *fork, int cause)
{
	if (send_ack(fork->dialog))
		return;
	sip_dialog_send_bye(fork->dialog, cause);
	fork->ended = true;
}

/* ---- progress ---- */

/* Of several phones that ring at once none is heard: then it rings. */
static bool rings(const struct sip_call *call, const struct sip_fork *fork, unsigned status)
{
	return status == 180 || (status == 183 && fork && fork->config && !call->early);
}

static void leg_progress(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	struct sip_fork *fork;
	bool sounds;

	if (leg->cancelled || call->state != SIP_CALL_OUTGOING)
		return;
	if (msg->status == 100) {
		sip_call_post(call, RD_SIGNAL_PROCEEDING, 0);
		return;
	}
	sip_fork_of(&fork, leg, msg);
	if (fork && (fork->ended || sip_fork_skips(call, fork, msg)))
		return;
	if (fork)
		sip_ends_report(call, fork->dialog);
	leg->rang |= msg->status == 180;
	sip_call_note_peer(call, msg);
	sounds = fork && sip_fork_progress(leg, fork, msg);
	if (sounds && call->endpoint->early_media) {
		sip_call_post(call, RD_SIGNAL_PROGRESS, 0);
		sip_trunk_sounds(call);
	}
	if (fork && msg->status == 199) {
		sip_fork_drop(leg, fork);
		fork = NULL;
	}
	if (rings(call, fork, msg->status) || (sounds && !call->endpoint->early_media))
		sip_call_post(call, RD_SIGNAL_RINGING, 0);
	else if (msg->status == 181)
		sip_call_post(call, RD_SIGNAL_PROCEEDING, RD_INDICATE_FORWARDED);
	else if (msg->status == 182)
		sip_call_post(call, RD_SIGNAL_PROCEEDING, RD_INDICATE_QUEUED);
	else if (!call->early)
		sip_call_post(call, RD_SIGNAL_PROCEEDING, 0);
}

/* ---- answer ---- */

static void win(struct sip_leg *leg, struct sip_fork *fork, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	int rc = sip_fork_win(leg, fork, msg);

	call->ack.answers = rc == 0 && call->session.state == SIP_OFFER_THEIRS;
	call->state = SIP_CALL_UP;
	call->device = leg->instance;
	leg->instance = NULL;
	sip_way_free(leg->way);
	leg->way = NULL;
	sip_ends_report(call, call->dialog);
	sip_ends_forget_caller(call);
	sip_legs_cancel(call, leg, RD_CAUSE_ANSWERED_ELSEWHERE);
	if (rc == 0)
		rc = acknowledge(call);
	else
		acknowledge_refusing(call, msg);
	if (call->ack.answers)
		sip_session_answered(&call->session);
	if (rc) {
		rd_warning("sip/%s: its answer cannot be used: %s", call->endpoint->name,
			   sip_offer_trouble(rc));
		sip_call_send_bye(call, RD_CAUSE_INCOMPATIBLE_DESTINATION);
		sip_call_over(call, RD_CAUSE_INCOMPATIBLE_DESTINATION);
		return;
	}
	sip_trunk_answered(call);
	sip_expiry_answered(call, msg);
	sip_call_note_peer(call, msg);
	sip_call_post(call, RD_SIGNAL_ANSWER, 0);
	sip_call_note_hold(call);
	if (call->modify.wanted)
		sip_call_modify(call);
}

/* ---- refusal ---- */

/* A proxy that the same request wants to go by (305) is no other target, and what would serve
 * instead (380) stands in a body, for people. */
static bool is_redirection(unsigned status)
{
	return status >= 300 && status < 400 && status != 305 && status != 380;
}

/* Of several refusals the one that says most: a human's no, then busy. Who was cancelled
 * because of his silence says nothing. */
static int weight(unsigned status)
{
	if (status >= 600)
		return 5;
	if (status == 486)
		return 4;
	if (is_redirection(status))
		return 3;
	if (status == 487)
		return 0;
	if (status == 408 || status >= 500)
		return 1;
	return 2;
}

/* By a refusal of who we are: does it know us no more? */
static void note_forgotten(const struct sip_call *call, unsigned status)
{
	if (status == 401 || status == 403 || status == 407)
		sip_enrolled_doubt(call->endpoint);
}

/* Who refuses without having rung tells his name only now (RFC 7989 §6). */
static void note_who_refuses(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_dialog *dialog = leg->fork_count ? leg->forks[0]->dialog : NULL;

	if (!dialog)
		return;
	sip_session_id_note(&dialog->session_id, msg);
	sip_ends_report(leg->call, dialog);
}

/* Of two that say as much, one that somebody has said. */
static bool says_more(const struct sip_call *call, unsigned status, bool said)
{
	int more = weight(status) - weight(call->refusal);

	return !call->refusal || more > 0 || (more == 0 && said && !call->refusal_said);
}

static void note_refusal(struct sip_leg *leg, unsigned status, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;

	if (!says_more(call, status, msg))
		return;
	call->refusal = status;
	call->refusal_said = msg;
	call->refusal_cause = msg ? sip_cause_of_reason(msg) : 0;
	if (!call->refusal_cause)
		call->refusal_cause = sip_cause_of_status(status);
	if (msg)
		note_who_refuses(leg, msg);
	if (msg)
		note_forgotten(call, status);
	sip_trunk_refused(call, status, msg);
	if (msg && is_redirection(status))
		sip_redirects_note(leg, msg);
}

bool sip_legs_wait(const struct sip_call *call)
{
	if (call->lookup)
		return true;
	rd_list_foreach(node, tmp, &call->legs) {
		const struct sip_leg *leg = rd_list_entry(node, struct sip_leg, link);

		/* What was cancelled has no say any more. */
		if (leg->waits && !leg->cancelled)
			return true;
	}
	return false;
}

void sip_legs_refused(struct sip_call *call)
{
	if (call->refusal < 400 && sip_redirects_post(call))
		return;
	sip_ends_refused(call);
	sip_call_over(call, call->refusal_cause);
}

static void leg_refused(struct sip_leg *leg, unsigned status, const struct sip_msg *msg)
{
	struct sip_call *call = leg_done(leg);

	if (call->state != SIP_CALL_OUTGOING)
		return;
	if (sip_leg_other_flow(leg, status, msg))
		return;
	note_refusal(leg, status, msg);
	if (status >= 600)
		sip_legs_cancel(call, leg, RD_CAUSE_ANSWERED_ELSEWHERE);
	else if (sip_legs_wait(call))
		return;
	sip_legs_refused(call);
}

/* ---- what is answered ---- */

static const char *reason_of_no_dialog(int rc)
{
	if (rc == -EINVAL)
		return "its Record-Route is too long or cannot be read";
	return rc == -ENOSPC ? "it has forked too often" : rd_strerror(rc);
}

/* Nothing can be said to who sent it: it hears no ACK, sends it again, and ends its call. */
static void leg_answered_unusably(struct sip_leg *leg, int rc)
{
	if (!leg->is_unusable)
		rd_warning("sip/%s: its 200 makes no dialog: %s", leg->call->endpoint->name,
			   reason_of_no_dialog(rc));
	leg->is_unusable = true;
	leg_refused(leg, 500, NULL);
}

/* Its BYE came first, or ours is on its way: the dialog is over (RFC 5407 §2, "Mortal"). */
static void leg_answered_and_ended(struct sip_leg *leg, const struct sip_fork *fork)
{
	send_ack(fork->dialog);
	leg_refused(leg, 480, NULL);
}

/* A 2xx: the first wins; the same again wants its ACK again; any other is
 * thanked and ended. */
static void leg_answered(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_call *call = leg_done(leg);
	struct sip_fork *fork;
	int rc;

	if (call->dialog && !call->dialog->answers &&
	    rd_str_eq(call->dialog->call_id, msg->call_id) &&
	    rd_str_eq(call->dialog->remote_tag, msg->to.tag)) {
		acknowledge(call);
		return;
	}
	rc = sip_fork_of(&fork, leg, msg);
	if (rc)
		leg_answered_unusably(leg, rc);
	else if (fork->ended)
		leg_answered_and_ended(leg, fork);
	else if (call->state == SIP_CALL_OUTGOING)
		win(leg, fork, msg);
	else
		reject(fork, leg->cancelled ? RD_CAUSE_NORMAL : RD_CAUSE_ANSWERED_ELSEWHERE);
}

/* A session of another length may do (RFC 4028 §7.3), or what trunks have to add. */
static bool asks_again(struct sip_leg *leg, struct sip_client *client,
		       const struct sip_msg *msg)
{
	if (leg->cancelled || leg->call->state != SIP_CALL_OUTGOING)
		return false;
	if (msg->status == 422 ? !sip_expiry_too_short(leg->call, msg)
			       : !sip_trunk_again(leg->call, msg->status))
		return false;
	sip_client_forget(client);
	leg->client = NULL;
	return sip_leg_invite(leg) == 0;
}

/* ---- the transaction's callbacks ---- */

static void take_response(struct sip_leg *leg, struct sip_client *client, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;

	if (msg->status != 503)
		sip_leg_heard(leg);
	sip_leg_flow_heard(leg);
	if (msg->status < 200 && call->state == SIP_CALL_UP) {
		sip_fork_lost(leg, msg);
	} else if (msg->status < 200) {
		leg_progress(leg, msg);
		sip_trunk_heard(call, msg->status);
	} else if (msg->status < 300)
		leg_answered(leg, msg);
	else if (asks_again(leg, client, msg))
		rd_debug("sip/%s: it is asked once more after %u", call->endpoint->name,
			 msg->status);
	else if (sip_leg_fail_over(leg, msg))
		note_forgotten(call, msg->status);
	else
		leg_refused(leg, msg->status, msg);
	sip_call_settle(call);
}

static void leg_response(void *arg, struct sip_client *client, const struct sip_msg *msg)
{
	struct sip_leg *leg = arg;
	const char *outer = sip_call_named_begin(leg->call);

	take_response(leg, client, msg);
	sip_call_named_end(outer);
}

/* Nobody has said it. Of a server that was given up for another one its end says nothing. */
static unsigned status_of_failure(const struct sip_leg *leg, int rc)
{
	if (rc == -ECANCELED || leg->cancelled)
		return 487;
	return rc == -ETIMEDOUT ? 408 : 503;
}

static void leg_failed(void *arg, struct sip_client *client, int rc)
{
	struct sip_leg *leg = arg;
	struct sip_call *call = leg->call;

	if (!sip_client_status(client) && rc != -ECANCELED && sip_leg_fail_over(leg, NULL))
		return;
	if (sip_client_is_cut(client))
		sip_leg_leave_ringing(leg);
	leg_refused(leg, status_of_failure(leg, rc), NULL);
	sip_call_settle(call);
}

static void leg_ended(void *arg, struct sip_client *client)
{
	struct sip_leg *leg = arg;
	struct sip_call *call = leg_done(leg);

	if (leg->client == client)
		leg->client = NULL;
	sip_call_settle(call);
}

static void leg_cut(void *arg, struct sip_client *client)
{
	(void)client;
	sip_leg_cut(arg);
}

static void leg_gone(void *arg, struct sip_client *client)
{
	struct sip_leg *leg = arg;

	(void)client;
	if (leg->cancelled || leg->call->state != SIP_CALL_OUTGOING || sip_leg_goes_on(leg))
		return;
	sip_trunk_gone(leg->call);
}

static void leg_moved(void *arg, struct sip_client *client)
{
	(void)client;
	sip_leg_moved(arg);
}

const struct sip_client_user sip_leg_user = {
	.response = leg_response,
	.failed = leg_failed,
	.ended = leg_ended,
	.cut = leg_cut,
	.gone = leg_gone,
	.moved = leg_moved,
};

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
