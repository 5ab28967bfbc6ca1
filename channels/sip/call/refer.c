/* REFER in a call: the phone transfers whom it talks to (RFC 3515, 5589). */
#include <stdio.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/call/indialog.h"
#include "channels/sip/call/refer.h"
#include "channels/sip/call/tech.h"
#include "channels/sip/message/body.h"

/* Longer than the core waits for an answer. */
enum { SUBSCRIPTION_S = 240, GAP_MS = 1000 };

static const char referred_by[] = "Referred-By";

/* ---- the subscription ---- */

static int print(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		 struct rd_buf *body)
{
	const struct sip_refer *refer = watch->data;
	struct rd_str phrase = sip_reason_phrase(refer->status);

	(void)notice;
	rd_buf_printf(body, "SIP/2.0 %u %.*s\r\n", refer->status, RD_STR_ARG(phrase));
	return 0;
}

static void refer_free(struct sip_refer *refer)
{
	rd_channel_unref(refer->moved);
	rd_free(refer);
}

/* Who does not want to be told does not want to stop it (§2.4.4). */
static void closed(struct rd_sip_watch *watch)
{
	struct sip_refer *refer = watch->data;

	refer->watch = NULL;
	if (refer->is_over)
		refer_free(refer);
}

static const char *const types[] = { "message/sipfrag;version=2.0", NULL };

static const struct rd_sip_package package = {
	.name = "refer", .types = types, .gap_ms = GAP_MS, .print = print, .close = closed,
};

int sip_refer_new(struct sip_refer **rp, struct sip_dialog *dialog, uint32_t cseq, bool is_next,
		  bool tells_progress)
{
	struct sip_refer *refer = rd_zalloc(sizeof(*refer));
	int rc = refer ? 0 : -ENOMEM;
	char id[16] = "";

	if (rc)
		return rc;
	if (is_next)
		snprintf(id, sizeof(id), "%u", (unsigned)cseq);
	refer->status = 100;
	refer->tells_progress = tells_progress;
	if (dialog)
		rc = sip_watch_implicit(&refer->watch, dialog, &package, id, SUBSCRIPTION_S,
					refer);
	if (rc) {
		rd_free(refer);
		return rc;
	}
	if (refer->watch)
		refer->watch->refer_cseq = cseq;
	*rp = refer;
	return 0;
}

void sip_refer_free(struct sip_refer *refer)
{
	refer->is_over = true;
	if (refer->watch)
		sip_watch_free(refer->watch);
	else
		refer_free(refer);
}

void sip_refer_tell(struct sip_refer *refer, unsigned status, bool final)
{
	refer->status = status;
	refer->is_over = final;
	if (!refer->watch) {
		if (final)
			refer_free(refer);
	} else if (final) {
		sip_watch_end(refer->watch, RD_SIP_END_NORESOURCE, 0);
	} else if (refer->tells_progress) {
		sip_watch_changed(refer->watch, true);
	}
}

/* ---- answers ---- */

void sip_refer_accept(struct sip_refer *refer, struct sip_server *server,
		      const struct sip_endpoint *endpoint, const struct sip_refer_to *to)
{
	struct sip_out *out = sip_answer_begin(server, 202);

	sip_print_contact_for(out, sip_server_flow(server), endpoint, false);
	if (to->no_subscription)
		sip_out_header(out, SIP_H_REFER_SUB, RD_STR("false"));
	sip_reply_send(server, out);
	/* Two calls are joined in a moment: then one NOTIFY says all. */
	if (refer->watch && !refer->is_short)
		sip_watch_changed(refer->watch, true);
}

/* ---- what goes along with whom is moved ---- */

/* What has a NUL in it does not come along, and neither does what is not there. */
static struct rd_str token_of(const struct sip_msg *msg, struct rd_str params)
{
	struct rd_str cid, token = { 0 };

	if (sip_param_get(params, RD_STR("cid"), &cid))
		token = sip_body_part(msg, sip_strip_quotes(cid));
	return token.n && memchr(token.p, '\0', token.n) ? (struct rd_str){ 0 } : token;
}

/* As it is (RFC 3892 §2.2); but a cid without the token that it points to goes. */
static void print_referrer(struct rd_buf *text, const struct sip_msg *msg, struct rd_str *token)
{
	struct rd_str value = sip_msg_value(msg, SIP_H_REFERRED_BY);
	struct sip_name_addr addr;

	*token = (struct rd_str){ 0 };
	if (sip_name_addr_parse(&addr, value, NULL))
		return;
	*token = token_of(msg, addr.params);
	if (token->n || !sip_param_get(addr.params, RD_STR("cid"), NULL)) {
		rd_buf_add(text, value.p, value.n);
		return;
	}
	if (addr.display.n)
		rd_buf_printf(text, "%.*s ", RD_STR_ARG(addr.display));
	rd_buf_printf(text, "<%.*s>", RD_STR_ARG(addr.uri));
}

static void set_variables(struct rd_channel *moved, const struct sip_call *call,
			  const struct sip_msg *msg, const char *referrer)
{
	struct rd_str refer_to = sip_msg_value(msg, SIP_H_REFER_TO);

	rd_var_set(moved, "SIPTRANSFER", "yes");
	rd_var_set(moved, "SIPREFERRINGCONTEXT", call->endpoint->context);
	rd_var_printf(moved, "SIPREFERTOHDR", "%.*s", RD_STR_ARG(refer_to));
	rd_var_set(moved, "SIPREFERREDBYHDR", *referrer ? referrer : NULL);
	rd_var_set(moved, "SIPREFERRER", call->endpoint->name);
}

/* The INVITEs that the dialplan now sends for it name the referrer (RFC 3892),
 * and the dialog of another exchange that they replace. */
static void equip(struct sip_refer *refer, struct rd_channel *moved, const struct sip_call *call,
		  const struct sip_msg *msg, const struct sip_refer_to *to, bool elsewhere)
{
	struct rd_str token;
	struct rd_buf text;

	refer->moved = rd_channel_ref(moved);
	rd_buf_init(&text);
	print_referrer(&text, msg, &token);
	set_variables(moved, call, msg, rd_buf_text(&text));
	if (*rd_buf_text(&text))
		sip_add_header(moved, referred_by, rd_buf_text(&text));
	if (token.n)
		sip_set_token(moved, token);
	rd_buf_fini(&text);
	if (!elsewhere)
		return;
	rd_buf_init(&text);
	rd_buf_printf(&text, "%.*s;to-tag=%.*s;from-tag=%.*s%s", RD_STR_ARG(to->dialog.call_id),
		      RD_STR_ARG(to->dialog.to_tag), RD_STR_ARG(to->dialog.from_tag),
		      to->dialog.early_only ? ";early-only" : "");
	sip_add_header(moved, "Replaces", rd_buf_text(&text));
	if (to->require_replaces)
		sip_add_header(moved, "Require", "replaces");
	rd_buf_fini(&text);
}

static void unequip(struct sip_refer *refer)
{
	static const struct sip_callee any;

	if (!refer->moved)
		return;
	sip_remove_header(refer->moved, referred_by);
	sip_remove_header(refer->moved, "Replaces");
	sip_remove_header(refer->moved, "Require");
	if (sip_token(refer->moved))
		sip_set_token(refer->moved, (struct rd_str){ 0 });
	sip_callee_note(refer->moved, &any);
	rd_channel_unref(refer->moved);
	refer->moved = NULL;
}

static bool is_peer(const char *section)
{
	const struct sip_endpoint *endpoint =
		section && sip.settings ? sip_settings_find(sip.settings, rd_str_of(section))
					: NULL;

	return endpoint && endpoint->type == SIP_SECTION_PEER;
}

/* The line of this header with this value, and where it ends. */
static char *find_line(char *headers, struct rd_str name, struct rd_str value, char **end)
{
	for (char *line = headers; *line; line = *end) {
		struct rd_str said, rest;
		char *crlf = strstr(line, "\r\n");

		*end = crlf ? crlf + 2 : line + strlen(line);
		rest = (struct rd_str){ line, (size_t)((crlf ? crlf : *end) - line) };
		rd_str_cut(&rest, ':', &said);
		if (rd_str_eq(said, name) && rd_str_eq(rd_str_trim(rest), value))
			return line;
	}
	return NULL;
}

void sip_call_hide_referrer(struct sip_call *call)
{
	const struct sip_endpoint *to = call->endpoint;
	const char *value = call->caller ? rd_var_get(call->caller, "SIPREFERREDBYHDR") : NULL;
	char *line, *end;

	if (!value || !call->headers || to->type != SIP_SECTION_PEER || to->allow_transfer ||
	    is_peer(rd_var_get(call->caller, "SIPREFERRER")))
		return;
	line = find_line(call->headers, rd_str_of(referred_by), rd_str_trim(rd_str_of(value)),
			 &end);
	if (!line)
		return;
	memmove(line, end, strlen(end) + 1);
	rd_free(call->token);
	call->token = NULL;
}

/* ---- the transfer ---- */

/* Whom the moved one called may have said more than its cause does. */
static unsigned failure_status(const struct sip_refer *refer, int cause)
{
	const struct sip_call *moved = refer->moved && !rd_channel_gone(refer->moved)
					       ? sip_call_of_leg(refer->moved)
					       : NULL;

	/* Only the referrer can mend that (RFC 3892 §5). */
	if (moved && moved->far_refusal == 429 && moved->far_refusal_cause == cause)
		return 429;
	return sip_call_refusal_status(moved, cause);
}

void sip_refer_fared(void *arg, enum rd_transfer_state state, int cause)
{
	static const unsigned statuses[] = { 100, 180, 183, 200, 0 };
	struct sip_refer *refer = arg;
	unsigned status =
		state == RD_TRANSFER_FAILED ? failure_status(refer, cause) : statuses[state];
	bool over = state == RD_TRANSFER_DONE || state == RD_TRANSFER_FAILED;

	if (over) {
		refer->transfer = NULL;
		unequip(refer);
	}
	sip_refer_tell(refer, status, over);
}

static const char *context_of(const struct sip_call *call)
{
	const char *context = rd_var_get(call->channel, "TRANSFER_CONTEXT");

	return context && *context ? context : call->endpoint->context;
}

/* A dialog that is none of ours, or was none until now. */
static bool is_elsewhere(const struct sip_refer_to *to)
{
	return to->replaces && !sip_replaces_call(&to->dialog, NULL);
}

/* The call that Replaces means, when it is one of ours. */
static struct sip_call *other_call(const struct sip_refer_to *to)
{
	struct sip_call *other = to->replaces ? sip_replaces_call(&to->dialog, NULL) : NULL;

	return other && other->channel && other->state != SIP_CALL_ENDED ? other : NULL;
}

static int begin_attended(struct sip_refer *refer, struct sip_call *call, struct sip_call *other,
			  const struct sip_refer_to *to)
{
	const struct rd_transfer_watch watch = { .changed = sip_refer_fared, .arg = refer };

	if (!sip_replaces_permitted(call->endpoint, other))
		return -EPERM;
	if (to->dialog.early_only && other->state == SIP_CALL_UP)
		return -EPERM;
	return rd_transfer_attended(call->channel, other->channel, &watch, &refer->transfer);
}

static int begin_blind(struct sip_refer *refer, struct sip_call *call,
		       const struct sip_refer_to *to)
{
	const struct rd_transfer_watch watch = { .changed = sip_refer_fared, .arg = refer };

	struct rd_channel *moved = rd_channel_partner(call->channel);
	int rc = rd_transfer_blind(call->channel, context_of(call), to->callee.number, &watch,
				   &refer->transfer);

	if (rc == 0)
		sip_callee_note(moved, &to->callee); /* without memory all are meant */
	return rc;
}

unsigned sip_refer_transfer(struct sip_refer *refer, struct sip_call *call,
			    const struct sip_msg *msg, const struct sip_refer_to *to,
			    bool *missing)
{
	struct rd_channel *partner = rd_channel_partner(call->channel);
	struct sip_call *other = other_call(to);
	int rc = other ? begin_attended(refer, call, other, to) : begin_blind(refer, call, to);

	*missing = rc == -ENOENT;
	refer->is_short = other && other->state == SIP_CALL_UP;
	switch (rc) {
	case 0:
		equip(refer, partner, call, msg, to, is_elsewhere(to));
		return 0;
	case -ENOENT:
		return 404;
	case -EBUSY:
		return 491;
	case -ENOMEM:
	case -EAGAIN:
		return 503;
	default:
		return 603;
	}
}

/* 404 and 416 would end the dialog that they come in (RFC 5057 §5.1). */
static unsigned in_dialog(unsigned status)
{
	return status == 404 || status == 416 ? 603 : status;
}

static unsigned check(const struct sip_call *call, const struct sip_msg *msg,
		      struct sip_refer_to *to)
{
	unsigned status = sip_refer_to_read(to, msg);

	if (status)
		return in_dialog(status);
	return call->endpoint->allow_transfer && call->state == SIP_CALL_UP && call->channel
		       ? 0
		       : 603;
}

/* The second one in a dialog, and all that follow, are told apart (§2.4.6). */
static int new_refer(struct sip_refer **rp, struct sip_call *call, const struct sip_msg *msg,
		     const struct sip_refer_to *to)
{
	return sip_refer_new(rp, to->no_subscription ? NULL : call->dialog, msg->cseq.number,
			     call->refer_count++, call->endpoint->refer_progress);
}

/* A number that does not exist is told by a NOTIFY, where one is wanted. */
static void follow(struct sip_call *call, struct sip_server *server, const struct sip_msg *msg,
		   const struct sip_refer_to *to)
{
	struct sip_refer *refer;
	bool missing = false;
	unsigned status;

	if (new_refer(&refer, call, msg, to)) {
		sip_answer_with(server, 500);
		return;
	}
	status = sip_refer_transfer(refer, call, msg, to, &missing);
	if (!status) {
		sip_refer_accept(refer, server, call->endpoint, to);
	} else if (missing && refer->watch) {
		sip_refer_accept(refer, server, call->endpoint, to);
		sip_refer_tell(refer, 404, true);
	} else {
		sip_refer_free(refer);
		sip_answer_with(server, in_dialog(status));
	}
}

void sip_call_referred(struct sip_call *call, struct sip_server *server,
		       const struct sip_msg *msg)
{
	struct sip_refer_to *to = rd_pool_alloc(sip.scratch, sizeof(*to));
	unsigned status = to ? check(call, msg, to) : 500;

	if (status) {
		rd_verbose("sip/%s: REFER refused: %u", call->endpoint->name, status);
		sip_answer_with(server, status);
		return;
	}
	sip_dialog_refresh(call->dialog, msg);
	follow(call, server, msg, to);
}
