/* Sorts requests: into their dialog, or by method. What every request must
 * fulfil (hops left, extensions that we know, RFC 3261 §8.2) is asked here. */
#include <ringdown/admission.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/proof.h"
#include "channels/sip/event/event.h"
#include "channels/sip/extension.h"
#include "channels/sip/methods.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/proxy/proxy.h"
#include "channels/sip/router.h"

static void reply(struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_answer_begin(server, status);

	if (status == 405 || status == 501)
		sip_print_allow(out, SIP_ALLOW_OUTSIDE);
	sip_reply_send(server, out);
}

/* We are here: anybody may know. */
void sip_options_received(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_out *out = sip_answer_begin(server, 200);

	(void)msg;
	sip_print_contact(out, sip_server_flow(server));
	sip_print_allow(out, SIP_ALLOW_ALL);
	sip_print_supported(out, SIP_OPTIONS, NULL);
	sip_print_allow_events(out);
	sip_print_readable(out);
	sip_reply_send(server, out);
}

/* An extension that the far end insists on and we do not have. What one phone
 * may use and another may not is asked again when it is known who calls. */
static bool lacks_extension(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_out *out;

	if (!sip_extension_lacking(msg, NULL))
		return false;
	out = sip_answer_begin(server, 420);
	sip_print_unsupported(out, msg, NULL);
	sip_reply_send(server, out);
	return true;
}

/* sips: only by a way that is secure up to us (RFC 3261 §26.2.2). */
static bool is_understood(const struct sip_msg *msg, const struct sip_flow *flow)
{
	enum sip_scheme scheme = msg->target.scheme;

	return scheme == SIP_SCHEME_SIP || scheme == SIP_SCHEME_TEL ||
	       (scheme == SIP_SCHEME_SIPS && flow->transport->secure);
}

/* RFC 5630 §5.1.2: who calls securely is called back so. */
static bool is_inconsistent(const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_CONTACT };
	struct sip_name_addr contact;

	return msg->method != SIP_REGISTER && sip_called_securely(flow, msg) &&
	       sip_walk_name_addr(&walk, &contact) == 1 && !sip_uri_is_secure(contact.uri);
}

/* 0, or the status that a request outside of a dialog is refused with. What ends
 * here in any case needs no hop left. */
static unsigned check(const struct sip_msg *msg, const struct sip_flow *flow)
{
	if (!is_understood(msg, flow))
		return 416;
	if (is_inconsistent(msg, flow))
		return 400;
	return msg->max_forwards == 0 && sip_methods[msg->method].goes_on ? 483 : 0;
}

/* Subscriptions may stand on any dialog; all else is its user's, if it has one. */
static void to_usage(struct sip_dialog *dialog, struct sip_server *server,
		     const struct sip_msg *msg)
{
	const struct sip_method_row *row = &sip_methods[msg->method];

	if (row->usage)
		row->usage(dialog, server, msg);
	else if (dialog->user)
		dialog->user->request(dialog->arg, dialog, server, msg);
	else
		reply(server, row->needs_dialog ? 481 : 405);
}

static void without_dialog(struct sip_server *server, const struct sip_msg *msg)
{
	const struct sip_method_row *row = &sip_methods[msg->method];

	if (row->unmatched)
		row->unmatched(server, msg);
	else
		reply(server, 481);
}

/* Our tag has come back: so it was read where it was sent. That proves nothing of the
 * address that this request bears, which a third party may have forged. */
static void note_tag(const struct sip_dialog *dialog)
{
	sip_guard_proven(sip.guard, &dialog->flow.peer);
}

/* A phone that went to another network, or whose NAT gave it another port. */
static bool would_move(const struct sip_dialog *dialog, const struct sip_flow *flow,
		       const struct sip_msg *msg)
{
	return sip_methods[msg->method].refreshes_target && sip_dialog_would_move(dialog, flow);
}

static void in_dialog(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_dialog *dialog = sip_dialog_find(sip.dialogs, msg);
	const struct sip_flow *flow = sip_server_flow(server);
	unsigned status;
	bool moves;

	if (!dialog) {
		without_dialog(server, msg);
		return;
	}
	note_tag(dialog);
	moves = would_move(dialog, flow, msg);
	if (moves && !sip_proof_given(server, msg))
		return;
	status = sip_dialog_sequence(dialog, msg);
	if (status) {
		reply(server, status);
		return;
	}
	/* An INVITE may have passed by its bytes alone. */
	if (moves && sip_guard_is_proven(sip.guard, flow))
		sip_dialog_move(dialog, flow);
	else
		sip_dialog_heard(dialog, flow);
	if (!lacks_extension(server, msg))
		to_usage(dialog, server, msg);
}

static void out_of_dialog(struct sip_server *server, const struct sip_msg *msg)
{
	const struct sip_method_row *row = &sip_methods[msg->method];
	unsigned status = check(msg, sip_server_flow(server));

	if (status)
		reply(server, status);
	else if (row->needs_dialog)
		reply(server, 481);
	else if (!row->outside)
		reply(server, 405);
	else if (!lacks_extension(server, msg))
		row->outside(server, msg);
}

/* RFC 3891 §3, RFC 3911 §4: a dialog is replaced or joined by an INVITE, or not at all. */
static bool replaces_wrongly(const struct sip_msg *msg)
{
	return msg->method != SIP_INVITE && (sip_msg_header(msg, SIP_H_REPLACES) ||
					     sip_msg_header(msg, SIP_H_JOIN));
}

/* While the daemon starts, whoever was told of something by its former run is not to hear that
 * nobody knows it. */
static bool is_too_early(const struct sip_msg *msg)
{
	if (!sip.has_begun && sip_methods[msg->method].needs_others)
		sip.has_begun = rd_admission_ask(NULL) != RD_ADMISSION_CLOSED;
	return !sip.has_begun && sip_methods[msg->method].needs_others;
}

static void reply_later(struct sip_server *server)
{
	struct sip_out *out = sip_answer_begin(server, 500);

	sip_out_header_number(out, SIP_H_RETRY_AFTER, 1);
	sip_reply_send(server, out);
}

static void request_received(void *arg, struct sip_server *server,
			     const struct sip_msg *msg)
{
	(void)arg;
	rd_pool_reset(sip.scratch);
	if (is_too_early(msg)) {
		reply_later(server);
		return;
	}
	if (sip_proxy_request(server, msg))
		return;
	if (!msg->to.tag.n && sip_server_is_merged(server))
		reply(server, 482);
	else if (msg->method == SIP_METHOD_OTHER)
		reply(server, 501);
	else if (replaces_wrongly(msg))
		reply(server, 400);
	else if (msg->to.tag.n && msg->method != SIP_REGISTER)
		in_dialog(server, msg);
	else
		out_of_dialog(server, msg);
}

/* An ACK to a refusal that was stateless, or of a dialog long gone, is nobody's, unless it
 * passes through. */
static void ack_received(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct sip_dialog *dialog = sip_dialog_find(sip.dialogs, msg);

	(void)arg;
	rd_pool_reset(sip.scratch);
	if (!dialog) {
		sip_proxy_stateless(msg, flow);
		return;
	}
	note_tag(dialog);
	if (dialog->user)
		dialog->user->ack(dialog->arg, dialog, msg);
}

/* It may be of an INVITE that passed before a restart (RFC 3261 §16.10). */
static bool cancel_received(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)arg;
	rd_pool_reset(sip.scratch);
	return sip_proxy_stateless(msg, flow);
}

static void stray_answer(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)arg, (void)flow;
	sip_proof_heard(msg);
}

static void late_answer(void *arg, const struct sip_msg *ok, const struct sip_msg *invite,
			const struct sip_flow *flow, bool known)
{
	(void)arg;
	sip_late_answer(ok, invite, flow, known);
}

const struct sip_core sip_router = {
	.request = request_received,
	.ack = ack_received,
	.cancel = cancel_received,
	.stray = stray_answer,
	.late = late_answer,
};
