/* Sorts requests: into their dialog, or by method. What every request must
 * fulfil (hops left, extensions that we know, RFC 3261 §8.2) is asked here. */
#include "call/call.h"
#include "endpoint/registrar.h"
#include "router.h"

/* What may come without a dialog: no text yet. */
#define ALLOW_OUTSIDE "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER"

static struct sip_out *begin(struct sip_server *server, unsigned status)
{
	struct sip_out *out = sip_reply_begin(server, status, (struct rd_str){ 0 });

	if (out)
		sip_print_agent(out, true);
	return out;
}

static void reply(struct sip_server *server, unsigned status)
{
	struct sip_out *out = begin(server, status);

	if (!out)
		return;
	if (status == 405)
		sip_out_header(out, SIP_H_ALLOW, RD_STR(ALLOW_OUTSIDE));
	sip_reply_send(server, out);
}

/* We are here: anybody may know. */
static void options_received(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_out *out = begin(server, 200);

	(void)msg;
	if (!out)
		return;
	sip_print_contact(out, sip_server_flow(server));
	sip_print_allow(out);
	sip_out_header(out, SIP_H_ACCEPT, RD_STR("application/sdp"));
	sip_reply_send(server, out);
}

/* Extensions that the far end insists on: we have none yet. */
static bool lacks_extension(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_REQUIRE };
	struct sip_out *out;
	struct rd_str option;

	if (!sip_msg_header(msg, SIP_H_REQUIRE))
		return false;
	out = begin(server, 420);
	while (out && sip_walk_token(&walk, &option))
		sip_out_header(out, SIP_H_UNSUPPORTED, option);
	if (out)
		sip_reply_send(server, out);
	return true;
}

static bool is_sip(const struct sip_msg *msg)
{
	struct sip_uri uri;

	return sip_uri_parse(&uri, msg->uri, NULL) == 0 && uri.scheme == SIP_SCHEME_SIP;
}

/* 0, or the status that a request outside of a dialog is refused with. */
static unsigned check(const struct sip_msg *msg)
{
	if (!is_sip(msg))
		return 416;
	return msg->max_forwards == 0 ? 483 : 0;
}

static void in_dialog(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_dialog *dialog = sip_dialog_find(sip.dialogs, msg);
	unsigned status;

	if (!dialog) {
		reply(server, 481);
		return;
	}
	status = sip_dialog_sequence(dialog, msg);
	if (status)
		reply(server, status);
	else if (!lacks_extension(server, msg))
		dialog->user->request(dialog->arg, dialog, server, msg);
}

static bool needs_dialog(enum sip_method method)
{
	return method == SIP_BYE || method == SIP_CANCEL || method == SIP_INFO ||
	       method == SIP_UPDATE;
}

static void out_of_dialog(struct sip_server *server, const struct sip_msg *msg)
{
	static void (*const handlers[SIP_METHODS])(struct sip_server *,
						   const struct sip_msg *) = {
		[SIP_INVITE] = sip_invite_received,
		[SIP_REGISTER] = sip_registrar_received,
		[SIP_OPTIONS] = options_received,
	};
	unsigned status = check(msg);

	if (status)
		reply(server, status);
	else if (needs_dialog(msg->method))
		reply(server, 481);
	else if (!handlers[msg->method])
		reply(server, 405);
	else if (!lacks_extension(server, msg))
		handlers[msg->method](server, msg);
}

static void request_received(void *arg, struct sip_server *server,
			     const struct sip_msg *msg)
{
	(void)arg;
	rd_pool_reset(sip.scratch);
	if (msg->to.tag.n && msg->method != SIP_REGISTER)
		in_dialog(server, msg);
	else
		out_of_dialog(server, msg);
}

/* An ACK to a refusal that was stateless, or of a dialog long gone, is nobody's. */
static void ack_received(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct sip_dialog *dialog = sip_dialog_find(sip.dialogs, msg);

	(void)arg;
	(void)flow;
	rd_pool_reset(sip.scratch);
	if (dialog)
		dialog->user->ack(dialog->arg, dialog, msg);
}

const struct sip_core sip_router = {
	.request = request_received,
	.ack = ack_received,
};
