/* From an INVITE to a channel whose fiber runs the dialplan. The answer is told
 * in answer.c. */
#include <stdio.h>

#include <ringdown/detect.h>
#include <ringdown/dialplan.h>
#include <ringdown/features.h>
#include <ringdown/log.h>
#include <ringdown/transfer.h>

#include "channels/sip/endpoint/aim.h"
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/endpoint/callee.h"
#include "channels/sip/extension.h"
#include "channels/sip/call/answer.h"
#include "channels/sip/call/auto_answer.h"
#include "channels/sip/call/diversion.h"
#include "channels/sip/call/follow.h"
#include "channels/sip/call/ice.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/join.h"
#include "channels/sip/call/media.h"
#include "channels/sip/call/redirect.h"
#include "channels/sip/call/replaces.h"
#include "channels/sip/call/session_timer.h"
#include "channels/sip/call/trunk.h"

/* An INVITE that has no answer yet. */
struct invitation {
	struct sip_server *server;
	const struct sip_msg *msg;
	const struct sip_endpoint *endpoint; /* of who sent it */
	struct sip_callee callee;
	struct sip_party caller;
	struct sdp *offer; /* in the scratch pool; NULL: none */
	struct rd_sip_peer_call *with_peer; /* trunk.c's; NULL: nobody minds it */
	struct sip_trunk_words words; /* to it */
};

/* What the caller dialled. */
static bool read_callee(struct sip_callee *callee, const struct sip_msg *msg)
{
	if (sip_callee_read(callee, &msg->target))
		return false;
	if (!callee->number[0])
		rd_strcpy(callee->number, sizeof(callee->number), "s");
	return true;
}

static void refuse_with(struct sip_server *server, unsigned status, const char *warning,
			const char *lines)
{
	struct sip_out *out = sip_answer_begin(server, status);

	if (status == 503)
		sip_out_header_number(out, SIP_H_RETRY_AFTER, 5);
	if (status == 415)
		sip_print_accept(out);
	if (warning) {
		sip_out_header_begin(out, SIP_H_WARNING);
		sip_out_cstr(out, warning);
		sip_out_crlf(out);
	}
	if (lines)
		sip_out_cstr(out, lines);
	sip_reply_send(server, out);
}

static void refuse(struct sip_server *server, unsigned status, const char *warning)
{
	refuse_with(server, status, warning, NULL);
}

/* By the module of trunks; words and lines may be NULL. */
static void refuse_peer(struct sip_server *server, unsigned status, const char *words,
			const char *lines)
{
	char warning[128];

	snprintf(warning, sizeof(warning), "399 ringdown \"%s\"", words ? words : "");
	refuse_with(server, status, words ? warning : NULL, lines);
}

/* May our answer hold a description? Without Accept it may (RFC 3261 §20.1). */
static bool takes_sdp(const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_ACCEPT };
	bool said = sip_msg_header(msg, SIP_H_ACCEPT);
	struct sip_media_type type;
	struct rd_str range;

	while (said && sip_walk_token(&walk, &range)) {
		if (sip_media_type_parse(&type, range, NULL))
			continue;
		if (rd_str_eq(type.type, RD_STR("*")))
			return true;
		if (rd_str_ieq(type.type, RD_STR("application")) &&
		    (rd_str_eq(type.subtype, RD_STR("*")) ||
		     rd_str_ieq(type.subtype, RD_STR("sdp"))))
			return true;
	}
	return !said;
}

/* What its phone may not use or must use. */
static void refuse_extension(struct sip_server *server, const struct sip_msg *msg,
			     const struct sip_endpoint *endpoint, unsigned status)
{
	struct sip_out *out = sip_answer_begin(server, status);

	if (status == 420)
		sip_print_unsupported(out, msg, endpoint);
	else
		sip_out_header(out, SIP_H_REQUIRE, RD_STR("100rel"));
	sip_reply_send(server, out);
}

/* Does the dialplan know the number? 0, or the status that says why not. */
static unsigned look_up(const struct sip_endpoint *endpoint, const char *number,
			const struct sip_party *caller)
{
	if (!rd_dialplan_context_exists(endpoint->context))
		rd_warning("sip/%s: there is no context \"%s\"", endpoint->name,
			   endpoint->context);
	switch (rd_dialplan_match(endpoint->context, number, 1, caller->party.number)) {
	case RD_MATCH_FULL:
	case RD_MATCH_FULL_MORE:
		return 0;
	case RD_MATCH_PARTIAL:
		return rd_features_pick_up(number) ? 0 : 484;
	default:
		return rd_features_pick_up(number) ? 0 : 404;
	}
}

/* What cannot be read is a bad request; within a call it is refused as what does not
 * fit (488), because -EINVAL means that too there. */
static unsigned status_of_offer(int rc)
{
	return rc == -EINVAL ? 400 : sip_offer_refusal(rc).status;
}

static int open_channel(struct sip_call *call, const char *number,
			const struct sip_party *caller)
{
	char name[96] = "SIP/";
	struct rd_channel_params params = {
		.base_name = name,
		.state = RD_CHANNEL_RING,
		.context = call->endpoint->context,
		.exten = number,
		.caller = &caller->party,
	};
	int rc;

	rd_strcpy(name + 4, sizeof(name) - 4, call->endpoint->name);
	rc = sip_call_open_channel(call, &params);
	return rc ? rc : sip_call_set_vars(call);
}

/* The caller does not want it any more. */
static void terminate(struct sip_call *call, struct sip_server *server, int cause)
{
	sip_reply(server, 487, (struct rd_str){ 0 });
	sip_call_over(call, cause);
	sip_call_settle(call);
}

static void cancelled(void *arg, struct sip_server *server, const struct sip_msg *cancel)
{
	terminate(arg, server, sip_cause_of_reason(cancel));
}

static void lapsed(void *arg)
{
	struct sip_call *call = arg;

	if (call->state == SIP_CALL_INCOMING && call->invite)
		terminate(call, call->invite, RD_CAUSE_RECOVERY_ON_TIMER);
}

void sip_call_init_lapse(struct sip_call *call)
{
	rd_timer_init(&call->lapse, lapsed, call);
}

/* "Expires: 30": 487 unless there is an answer by then (RFC 3261 §13.3.1). */
static void begin_lapse(struct sip_call *call, const struct sip_msg *msg)
{
	uint32_t expires_s;

	if (sip_msg_number(msg, SIP_H_EXPIRES, &expires_s) == 0)
		rd_timer_start(&call->lapse, (int)RD_MIN(expires_s, 2000000u) * 1000);
}

static void server_ended(void *arg, struct sip_server *server, int rc)
{
	struct sip_call *call = arg;

	(void)server;
	call->invite = NULL;
	if (rc && call->state == SIP_CALL_INCOMING)
		sip_call_over(call, RD_CAUSE_NETWORK_OUT_OF_ORDER);
	sip_call_settle(call);
}

static const struct sip_server_user server_user = {
	.cancelled = cancelled,
	.ended = server_ended,
	.find = sip_call_find_caller,
};

/* By the dialplan, or where that has no such number by what pickupexten means. */
static int run(struct rd_channel *ch)
{
	const char *exten = rd_channel_exten(ch);

	if (rd_features_pick_up(exten) &&
	    !rd_dialplan_exists(rd_channel_context(ch), exten, 1,
				rd_channel_party(ch, RD_PARTY_CALLER)->number))
		return rd_channel_start_app(ch, "Pickup", "");
	return rd_channel_start(ch);
}

/* It is run, takes the place of another call, or joins one. */
static int launch(struct sip_call *call, const struct sip_msg *msg)
{
	struct sip_call *replaced = sip_replaces_of(msg), *joined = sip_join_of(msg);

	/* Without memory for it, a fax is a call like any other. */
	if (call->endpoint->fax_detect)
		rd_channel_detect_fax(call->channel, call->endpoint->fax_detect_timeout_ms);
	if (replaced)
		return rd_channel_replace(replaced->channel, call->channel);
	return joined ? rd_channel_join(joined->channel, call->channel) : run(call->channel);
}

/* Where it wants to go: 0, or the status that says why it cannot. */
static unsigned check_goal(const struct sip_msg *msg, const struct sip_endpoint *endpoint,
			   const char *number, const struct sip_party *caller)
{
	unsigned status = sip_join_check(msg, endpoint, number);

	if (status != SIP_JOIN_NOT)
		return status;
	return sip_msg_header(msg, SIP_H_REPLACES) ? sip_replaces_check(msg, endpoint)
						   : look_up(endpoint, number, caller);
}

/* The dialplan may want to know whose 7042 was dialled. */
static int note_phone_context(struct rd_channel *ch, const struct sip_msg *msg)
{
	struct rd_str context;
	char text[128];
	ssize_t n;

	if (!sip_uri_phone_context(&msg->target, &context))
		return 0;
	n = sip_unescape(text, sizeof(text) - 1, context);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return rd_var_set(ch, SIP_VAR_PHONE_CONTEXT, text);
}

/* It ends before anybody heard of it. */
static void give_up(struct sip_call *call, struct sip_server *server, int rc)
{
	const char *name = call->endpoint->name;

	if (call->invite)
		sip_server_forget(server);
	call->invite = NULL;
	call->state = SIP_CALL_ENDED;
	if (rc == -ENOTSUP || rc == -EPROTONOSUPPORT || rc == -EPFNOSUPPORT ||
	    rc == -EDESTADDRREQ || rc == -E2BIG) {
		sip_call_explain_offer(call, rc);
		refuse(server, 488, sip_offer_refusal(rc).warning);
	} else {
		/* That there is no port has been told, once for all calls that find none. */
		if (rc == -EADDRNOTAVAIL)
			rd_verbose("sip/%s: call refused: %s", name, sip_offer_trouble(rc));
		else
			rd_warning("sip/%s: call refused: %s", name, sip_offer_trouble(rc));
		refuse(server, rc == -EINVAL ? 400 : rc == -ENOMEM ? 500 : 503, NULL);
	}
	if (call->channel)
		rd_hangup(call->channel, RD_CAUSE_SWITCH_CONGESTION);
	else
		sip_call_settle(call);
}

/* Whoever minds its peer has looked at it. */
static void released(struct sip_call *call, unsigned status, const char *warning)
{
	struct sip_server *server = call->invite;
	int rc;

	if (!status) {
		rc = launch(call, sip_call_received(call));
		if (rc)
			give_up(call, server, rc);
		return;
	}
	sip_server_forget(server);
	call->invite = NULL;
	refuse_peer(server, status, warning, call->answer_lines);
	sip_call_over(call, sip_cause_of_status(status));
	sip_call_settle(call);
}

/* It is known all that is to be known before it runs. */
static int go(struct sip_call *call, const struct sip_msg *msg)
{
	return sip_trunk_holds(call, released) ? 0 : launch(call, msg);
}

/* Our addresses are known now. */
static void go_on(void *arg)
{
	struct sip_call *call = arg;
	int rc;

	if (!call->channel)
		return;
	if (call->state != SIP_CALL_INCOMING || !call->invite) {
		rd_hangup(call->channel, RD_CAUSE_NORMAL);
		return;
	}
	rc = go(call, sip_call_received(call));
	if (rc)
		give_up(call, call->invite, rc);
}

/* From here on the call answers the INVITE. */
static int start(struct sip_call *call, struct sip_server *server,
		 const struct sip_msg *msg)
{
	call->state = SIP_CALL_INCOMING;
	call->invite = server;
	sip_server_listen(server, &server_user, call);
	if (sip_call_keep_received(call, msg))
		return -ENOMEM;
	sip_reliable_init(call, msg);
	begin_lapse(call, msg);
	sip_reply(server, 100, (struct rd_str){ 0 });
	return sip_ice_waits(call, go_on) ? 0 : go(call, msg);
}

/* Everything that a call needs before its fiber may start. */
static int prepare(struct sip_call *call, struct sip_server *server,
		   const struct sip_msg *msg, const struct sdp *offer)
{
	int rc = sip_dialog_new_uas(&call->dialog, sip.dialogs, msg,
				    sip_server_flow(server), sip_server_tag(server));

	if (rc)
		return rc;
	sip_dialog_set_aim(call->dialog, sip_endpoint_aim(call->endpoint));
	sip_ends_begin(call);
	sip_call_await_proof(call, sip_server_flow(server));
	sip_call_note_device(call, sip_server_flow(server));
	call->dialog->account = sip_endpoint_account(call->endpoint);
	sip_dialog_set_user(call->dialog, &sip_call_dialog_user, call);
	rc = sip_call_open_stream(call, sip_server_flow(server), offer);
	if (rc == 0)
		rc = sip_ice_begin(call, offer);
	if (rc == 0 && offer)
		rc = sip_call_take_offer(call, offer);
	return rc;
}

static void take_call(struct invitation *in)
{
	struct sip_call *call;
	int rc = sip_call_new(&call, sip.settings, in->endpoint);

	if (rc) {
		refuse(in->server, 500, NULL);
		return;
	}
	call->with_peer = in->with_peer;
	in->with_peer = NULL;
	call->answer_lines = in->words.lines;
	in->words.lines = NULL;
	rc = prepare(call, in->server, in->msg, in->offer);
	if (rc == 0)
		rc = open_channel(call, in->callee.number, &in->caller);
	if (rc == 0)
		sip_trunk_opened(call);
	if (rc == 0)
		rc = sip_callee_note(call->channel, &in->callee);
	if (rc == 0)
		rc = sip_diversion_take(call->channel, in->msg);
	if (rc == 0)
		rc = note_phone_context(call->channel, in->msg);
	if (rc == 0 && in->caller.local[0])
		rc = rd_var_set(call->channel, SIP_VAR_CALLER_CONTEXT, in->caller.local);
	if (rc == 0)
		rc = start(call, in->server, in->msg);
	if (rc)
		give_up(call, in->server, rc);
	else
		sip_call_note_allow(call, in->msg);
}

/* ---- may it be a call? Each check answers what it refuses ---- */

static bool check_request(struct invitation *in)
{
	if (sip_dialog_merged(sip.dialogs, in->msg) || sip_diversion_loops(in->msg)) {
		refuse(in->server, 482, NULL);
		return false;
	}
	if (sip_privacy_exceeds_us(in->msg)) {
		refuse(in->server, 500, "399 ringdown \"Such privacy cannot be given\"");
		return false;
	}
	if (!read_callee(&in->callee, in->msg)) {
		refuse(in->server, 404, NULL);
		return false;
	}
	return !sip_redirect_invite(in->server, in->endpoint, &in->callee);
}

/* What the phone can and wants beside the call. */
static bool check_phone(const struct invitation *in)
{
	struct sip_server *server = in->server;
	unsigned status;

	if (!takes_sdp(in->msg)) {
		refuse(server, 406, "399 ringdown \"Only application/sdp can be answered\"");
		return false;
	}
	status = sip_reliable_refusal(in->endpoint, in->msg);
	if (status) {
		refuse_extension(server, in->msg, in->endpoint, status);
		return false;
	}
	if (sip_auto_answer_forbidden(in->endpoint, in->msg)) {
		refuse(server, 403, "399 ringdown \"It may not ask for an automatic answer\"");
		return false;
	}
	status = sip_expiry_refusal(in->endpoint, in->msg);
	if (status)
		sip_expiry_refuse(server, in->endpoint, status);
	return !status;
}

/* Whom it wants to talk to, and how. */
static bool check_call(struct invitation *in)
{
	unsigned status;

	status = check_goal(in->msg, in->endpoint, in->callee.number, &in->caller);
	if (!status)
		status = status_of_offer(sip_call_read_sdp(&in->offer, in->msg));
	if (status)
		refuse(in->server, status, NULL);
	return !status;
}

/* May it come from there, and for whom is it? What wants the place of a call of ours and may
 * not have it is answered later, for that alone. */
static bool check_peer(struct invitation *in)
{
	unsigned status = 0;

	sip_party_of_request(&in->caller, in->endpoint, in->msg);
	if (!sip_replaces_check(in->msg, in->endpoint))
		status = sip_trunk_incoming(&in->with_peer, in->endpoint, in->msg, &in->callee,
					    &in->caller, &in->words);
	if (status)
		refuse_peer(in->server, status, in->words.warning, in->words.lines);
	return !status;
}

static void receive(struct invitation *in)
{
	in->endpoint = sip_admit(in->server, in->msg);
	if (!in->endpoint || !check_request(in) || !check_phone(in) || !check_peer(in))
		return;
	if (check_call(in))
		take_call(in);
	sip_trunk_drop(in->with_peer, 0, RD_CAUSE_UNALLOCATED); /* no call was made of it */
}

void sip_invite_received(struct sip_server *server, const struct sip_msg *msg)
{
	struct invitation in = { .server = server, .msg = msg };

	receive(&in);
	rd_free(in.words.lines);
}
