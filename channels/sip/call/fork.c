/* The early dialogs of one INVITE of ours. A proxy may have forked it: each
 * dialog agrees on its own description, one of them is heard, and one wins.
 * Reliable provisional answers are acknowledged here (RFC 3262 §4). */
#include <ringdown/log.h>

#include "channels/sip/call/indialog.h"
#include "channels/sip/call/leg.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/session_timer.h"
#include "channels/sip/memory.h"

/* ---- which dialog ---- */

void sip_fork_free(struct sip_fork *fork)
{
	if (fork->config)
		sip_session_fini(&fork->session);
	rd_free(fork->config);
	sip_dialog_free(fork->dialog);
	rd_free(fork);
}

int sip_fork_take(struct sip_leg *leg, struct sip_dialog *dialog)
{
	struct sip_fork *fork = rd_zalloc(sizeof(*fork));

	if (!fork) {
		sip_dialog_free(dialog);
		return -ENOMEM;
	}
	rd_memory_belongs(fork, &sip_memory_calls);
	fork->dialog = dialog;
	leg->forks[leg->fork_count++] = fork;
	return 0;
}

static int open_fork(struct sip_leg *leg, const struct sip_msg *msg)
{
	/* The winner has left its leg. */
	const struct sip_dialog *first =
		leg->fork_count ? leg->forks[0]->dialog : leg->call->dialog;
	struct sip_dialog *dialog;
	int rc;

	if (leg->fork_count == SIP_FORKS_MAX)
		return -ENOSPC;
	rc = sip_dialog_fork(&dialog, first, msg);
	return rc ? rc : sip_fork_take(leg, dialog);
}

int sip_fork_of(struct sip_fork **fp, struct sip_leg *leg, const struct sip_msg *msg)
{
	int rc;

	*fp = NULL;
	for (int i = 0; i < leg->fork_count; i++) {
		struct sip_dialog *dialog = leg->forks[i]->dialog;

		if (dialog->state != SIP_DIALOG_HALF &&
		    !rd_str_eq(dialog->remote_tag, msg->to.tag))
			continue;
		rc = sip_dialog_established(dialog, msg);
		if (rc == 0)
			*fp = leg->forks[i];
		return rc;
	}
	rc = open_fork(leg, msg);
	if (rc == 0)
		*fp = leg->forks[leg->fork_count - 1];
	return rc;
}

/* The last one takes its place. */
static void leave(struct sip_leg *leg, const struct sip_fork *fork)
{
	struct sip_fork *last = leg->forks[--leg->fork_count];

	for (int i = 0; i < leg->fork_count; i++)
		if (leg->forks[i] == fork)
			leg->forks[i] = last;
}

/* ---- what is spoken in it ---- */

/* Where what is agreed on goes; NULL without memory. */
static struct rd_stream_config *config_of(struct sip_fork *fork)
{
	return fork->config ? fork->config : rd_malloc(sizeof(*fork->config));
}

static int take(const struct sip_call *call, struct sip_session *session,
		const struct sip_msg *msg, bool preview, struct rd_stream_config *config)
{
	struct sip_media_policy policy;
	struct sdp *sdp;
	int rc = sip_call_read_sdp(&sdp, msg);

	if (rc)
		return rc;
	sip_call_policy(call, &policy);
	rc = session->state == SIP_OFFER_OURS
		     ? sip_session_take_answer(session, &policy, sdp, preview, config)
		     : sip_session_take_offer(session, &policy, sdp, config);
	if (rc == 0)
		sip_call_find_sound(call, session, sdp, config);
	return rc;
}

/* Is a description in an answer of any meaning now? An offer comes only by a
 * way that does not lose it; after the answer everything is repetition. */
static bool is_awaited(const struct sip_session *session, bool reliable)
{
	return session->state == SIP_OFFER_OURS ||
	       (session->state == SIP_OFFER_NONE && reliable);
}

/* 0 when something was taken; -ENOENT; else why it cannot be used. */
static int describe(const struct sip_call *call, struct sip_fork *fork,
		    const struct sip_msg *msg, bool reliable)
{
	struct sip_session session = fork->config ? fork->session : call->session;
	struct rd_stream_config *config, taken;
	int rc = 0;

	if (!is_awaited(&session, reliable))
		return -ENOENT;
	config = config_of(fork);
	if (!config)
		return -ENOMEM;
	if (!fork->config)
		rc = sip_session_copy(&session, &call->session);
	if (rc == 0) {
		rc = take(call, &session, msg, !reliable, &taken);
		if (rc && !fork->config)
			sip_session_fini(&session);
	}
	if (rc) {
		if (!fork->config)
			rd_free(config);
		return rc;
	}
	*config = taken;
	fork->config = config;
	fork->session = session;
	return 0;
}

/* ---- reliable answers ---- */

static bool is_reliable(const struct sip_msg *msg, uint32_t *rseq)
{
	return msg->status > 100 && msg->status < 200 &&
	       sip_msg_lists(msg, SIP_H_REQUIRE, RD_STR("100rel")) &&
	       sip_msg_number(msg, SIP_H_RSEQ, rseq) == 0 && *rseq;
}

static void print_rack(struct sip_out *out, const struct sip_fork *fork)
{
	sip_out_header_begin(out, SIP_H_RACK);
	sip_out_number(out, fork->rseq);
	sip_out_char(out, ' ');
	sip_out_number(out, fork->dialog->first_cseq);
	sip_out_cstr(out, " INVITE");
	sip_out_crlf(out);
}

static int send_prack(struct sip_call *call, struct sip_fork *fork, bool answer)
{
	struct sip_out *out =
		sip_dialog_begin(fork->dialog, sip.transactions, SIP_PRACK, &fork->prack_by);
	int rc = 0;

	if (!out)
		return -EHOSTUNREACH;
	print_rack(out, fork);
	sip_print_agent(out, false);
	if (answer)
		rc = sip_call_print_session(call, &fork->session, fork->config, out);
	fork->prack_answers = answer;
	return rc ? rc : sip_request_send(sip.transactions, NULL, &fork->prack_by, out, NULL, NULL);
}

/* It comes again though it was acknowledged: by a connection that is lost meanwhile. */
static void acknowledge_again(struct sip_call *call, struct sip_fork *fork)
{
	if (!sip_flow_alive(&fork->prack_by))
		send_prack(call, fork, fork->prack_answers);
}

bool sip_fork_skips(struct sip_call *call, struct sip_fork *fork, const struct sip_msg *msg)
{
	uint32_t rseq;

	if (!is_reliable(msg, &rseq) || !fork->rseq || rseq == fork->rseq + 1)
		return false;
	if (rseq == fork->rseq)
		acknowledge_again(call, fork);
	return true;
}

/* Their offer in it is answered by the PRACK. One that cannot be answered ends
 * the INVITE. */
static void acknowledge(struct sip_leg *leg, struct sip_fork *fork, uint32_t rseq, int described)
{
	struct sip_call *call = leg->call;
	bool answer = fork->config && fork->session.state == SIP_OFFER_THEIRS;
	uint32_t before = fork->rseq;
	int rc;

	fork->rseq = rseq;
	rc = send_prack(call, fork, answer);
	if (rc) {
		fork->rseq = before; /* its repetition may fare better */
		rd_warning("sip/%s: its provisional answer is not acknowledged: %s",
			   call->endpoint->name, rd_strerror(rc));
	} else if (answer) {
		sip_session_answered(&fork->session);
	}
	if (described && described != -ENOENT && call->session.state == SIP_OFFER_NONE) {
		leg->cancelled = true;
		sip_client_cancel(leg->client, (struct rd_str){ 0 });
	}
}

/* ---- progress ---- */

/* The last that had something to say; NULL: none of them has. */
static struct sip_fork *latest(const struct sip_leg *leg)
{
	struct sip_fork *latest = NULL;

	for (int i = 0; i < leg->fork_count; i++)
		if (leg->forks[i]->turn > (latest ? latest->turn : 0))
			latest = leg->forks[i];
	return latest;
}

/* Early sound of one phone is heard; of several that ring at once, none. Of the
 * forks of one INVITE it is the last that had something to say. */
static bool put_in_force(struct sip_leg *leg, struct sip_fork *fork)
{
	struct sip_call *call = leg->call;
	const struct sip_fork *before = latest(leg);

	if (call->legs.next != call->legs.prev ||
	    sip_call_configure(call, &fork->session, fork->config))
		return false;
	fork->turn = before ? before->turn + 1 : 1;
	call->early = fork->dialog;
	return true;
}

/* It will say nothing more: who was heard before it is heard again. */
static void fall_silent(struct sip_leg *leg, struct sip_fork *fork)
{
	struct sip_call *call = leg->call;
	struct sip_fork *next;

	fork->turn = 0;
	if (call->early != fork->dialog)
		return;
	call->early = NULL;
	next = latest(leg);
	if (next && !sip_call_configure(call, &next->session, next->config))
		call->early = next->dialog;
}

/* The first stays: others are made from it. It is as good as never heard of. */
void sip_fork_drop(struct sip_leg *leg, struct sip_fork *fork)
{
	fall_silent(leg, fork);
	if (leg->fork_count == 1)
		return;
	leave(leg, fork);
	sip_fork_free(fork);
}

bool sip_fork_progress(struct sip_leg *leg, struct sip_fork *fork,
		       const struct sip_msg *msg)
{
	uint32_t rseq;
	bool reliable = is_reliable(msg, &rseq);
	int rc = describe(leg->call, fork, msg, reliable);

	if (reliable && rc != -ENOMEM)
		acknowledge(leg, fork, rseq, rc);
	return rc == 0 && put_in_force(leg, fork);
}

/* Did the INVITE offer nothing? Then what is described here is an offer, and who makes one
 * now must do without an answer. */
static bool offers(const struct sip_call *call, const struct sip_msg *msg)
{
	return call->ack.answers && msg->body.n;
}

/* RFC 5407 appendix E. What it describes is heard by nobody. */
void sip_fork_lost(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	struct sip_fork *fork;
	uint32_t rseq;

	if (leg->cancelled || !is_reliable(msg, &rseq) || offers(call, msg) ||
	    rd_str_eq(call->dialog->remote_tag, msg->to.tag) || sip_fork_of(&fork, leg, msg) ||
	    fork->ended || sip_fork_skips(call, fork, msg))
		return;
	fork->rseq = rseq;
	send_prack(call, fork, false);
}

/* ---- the winner ---- */

static int last_word(const struct sip_call *call, struct sip_fork *fork,
		     const struct sip_msg *msg)
{
	int rc = describe(call, fork, msg, true);

	/* Some answer in the 183 and leave it at that. */
	if (rc == -ENOENT && fork->config) {
		sip_session_answered(&fork->session);
		rc = 0;
	}
	return rc;
}

/* What came early may have come from elsewhere, and by another fork of the same
 * address: who answers is heard at once. */
static int believe_again(struct rd_stream *stream, const struct rd_stream_config *config)
{
	if (!stream || config->ice || !sip_same_config(rd_stream_config(stream), config))
		return 0;
	return rd_stream_configure(stream, config);
}

static int configure_answered(struct sip_call *call, const struct sip_fork *fork)
{
	const struct sip_beside *beside = call->session.beside;
	int rc = believe_again(call->stream, fork->config);

	for (int i = 0; rc == 0 && i < sip_beside_count(beside); i++)
		if (beside->lines[i].on)
			rc = believe_again(call->beside[i], &beside->lines[i].config);
	return rc ? rc : sip_call_configure(call, &call->session, fork->config);
}

int sip_fork_win(struct sip_leg *leg, struct sip_fork *fork, const struct sip_msg *msg)
{
	struct sip_call *call = leg->call;
	int rc = last_word(call, fork, msg);

	if (fork->config) {
		sip_session_fini(&call->session);
		call->session = fork->session;
		if (rc == 0)
			rc = configure_answered(call, fork);
	}
	leave(leg, fork);
	call->dialog = fork->dialog;
	rd_free(fork->config);
	rd_free(fork);
	return rc;
}

/* ---- BYE and UPDATE of an early dialog ---- */

/* lp gets its leg; NULL: nobody asks. */
static struct sip_fork *fork_by_dialog(struct sip_call *call, const struct sip_dialog *dialog,
				       struct sip_leg **lp)
{
	rd_list_foreach(node, tmp, &call->legs) {
		struct sip_leg *leg = rd_list_entry(node, struct sip_leg, link);

		if (lp)
			*lp = leg;
		for (int i = 0; i < leg->fork_count; i++)
			if (leg->forks[i]->dialog == dialog)
				return leg->forks[i];
	}
	return NULL;
}

/* It stays, for a 200 that its BYE has overtaken. */
void sip_fork_ended(struct sip_call *call, const struct sip_dialog *dialog)
{
	struct sip_leg *leg;
	struct sip_fork *fork = fork_by_dialog(call, dialog, &leg);

	if (!fork)
		return;
	fork->ended = true;
	fall_silent(leg, fork);
}

static struct sip_refusal take_update(struct sip_call *call, struct sip_fork *fork,
				      const struct sip_msg *msg, bool *offered)
{
	struct sip_media_policy policy;
	struct sdp *offer;
	struct sip_refusal refusal = sip_offer_read(&offer, &fork->session, msg);
	int rc;

	*offered = offer;
	if (refusal.status || !offer)
		return refusal;
	sip_call_policy(call, &policy);
	rc = sip_session_take_offer(&fork->session, &policy, offer, fork->config);
	if (rc == 0)
		sip_call_find_sound(call, &fork->session, offer, fork->config);
	if (rc == 0 && call->early == fork->dialog)
		rc = sip_call_configure(call, &fork->session, fork->config);
	return sip_offer_refusal(rc);
}

static void restore_take(struct sip_call *call, struct sip_fork *fork,
			 struct sip_agreement *before)
{
	sip_session_fini(&fork->session);
	fork->session = before->session;
	*fork->config = before->config;
	if (call->early != fork->dialog)
		return;
	if (sip_call_configure(call, &fork->session, fork->config))
		rd_error("sip/%s: what was agreed before is not in force",
			 call->endpoint->name);
}

/* What is refused changes nothing. */
static struct sip_refusal update(struct sip_call *call, struct sip_fork *fork,
				 struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_refusal refusal = { .status = 500 };
	struct sip_agreement before = { .config = *fork->config };
	bool offered;

	if (sip_session_copy(&before.session, &fork->session))
		return refusal;
	refusal = take_update(call, fork, msg, &offered);
	if (!refusal.status &&
	    sip_call_accept_update(call, server, offered ? &fork->session : NULL, fork->config))
		refusal.status = 500;
	if (refusal.status)
		restore_take(call, fork, &before);
	else
		sip_agreement_drop(&before);
	return refusal;
}

/* Nothing was said yet in this dialog: ours is the offer that waits. */
static struct sip_refusal update_first(struct sip_call *call, struct sip_server *server,
				       const struct sip_msg *msg)
{
	struct sdp *offer;
	int rc = sip_call_read_sdp(&offer, msg);

	if (rc == 0)
		return (struct sip_refusal){ .status = 491 };
	if (rc == -ENOENT && sip_call_accept_update(call, server, NULL, NULL))
		return (struct sip_refusal){ .status = 500 };
	return sip_offer_refusal(rc);
}

void sip_early_updated(struct sip_call *call, struct sip_dialog *dialog,
		       struct sip_server *server, const struct sip_msg *msg)
{
	/* Of those that have not won, none goes on. */
	struct sip_fork *fork =
		call->state == SIP_CALL_OUTGOING ? fork_by_dialog(call, dialog, NULL) : NULL;
	unsigned too_short = sip_expiry_refusal(call->endpoint, msg);
	struct sip_refusal refusal = { .status = 481 };

	if (fork && too_short) {
		sip_expiry_refuse(server, call->endpoint, too_short);
		return;
	}
	if (fork)
		refusal = fork->config ? update(call, fork, server, msg)
				       : update_first(call, server, msg);
	if (refusal.status) {
		sip_offer_refuse(server, refusal);
		return;
	}
	sip_dialog_refresh(dialog, msg);
	sip_call_note_peer(call, msg);
}
