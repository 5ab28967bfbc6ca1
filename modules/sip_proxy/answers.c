/* What comes back of the copies of a request, and what the caller does meanwhile (RFC
 * 3261 §16.7 to §16.10). */
#include <stdio.h>

#include "modules/sip_proxy/context.h"

/* ---- what comes back (§16.7) ---- */

/* With what the caller is to know of the far end in our Record-Route. */
static void relay(const struct attempt *attempt, const struct rd_sip_message *message)
{
	struct rd_sip_request *request = attempt->context->request;
	struct rd_sip_changes changes = { .no_contacts = false };
	char record[PROXY_RECORD];

	if (proxy_record_answer(record, request, message, attempt->record)) {
		changes.was = rd_str_of(attempt->record);
		changes.is = rd_str_of(record);
	}
	proxy->relay(request, message, &changes);
}

/* 100 is for each hop; all else goes back at once. */
static void provisional(struct attempt *attempt, unsigned status,
			const struct rd_sip_message *message)
{
	struct context *context = attempt->context;

	attempt->heard = true;
	if (status == 100 || attempt->expired)
		return;
	if (rd_timer_running(&attempt->timer_c))
		rd_timer_start(&attempt->timer_c, context->settings->timer_c_ms);
	if (!context->done)
		relay(attempt, message);
}

/* RFC 3326 §3.1: the others learn that they have missed nothing. */
static const struct rd_str elsewhere =
	RD_STR_INIT("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n");

static void success(struct attempt *attempt, const struct rd_sip_message *message)
{
	struct context *context = attempt->context;

	proxy_attempt_finish(attempt);
	proxy_moved_note(context->request, &context->route, message, attempt->record);
	relay(attempt, message);
	if (context->done)
		return;
	context->done = context->closed = true;
	rd_timer_stop(&context->ring);
	proxy_context_cancel(context, elsewhere);
}

/* Can a request be sent there in the place of this one? Not by the other scheme (RFC
 * 5630 §5.3), and not by one that is not of SIP at all. */
static bool replaces(struct rd_str uri, bool secure)
{
	struct rd_sip_uri parts;

	proxy->uri(&parts, uri);
	return parts.is_sip && parts.is_secure == secure;
}

/* §16.7 step 4: its contacts are tried in its place. That of a 305 is a proxy that the
 * caller has to go by. left: lines of those that are not tried. False: none is. */
static bool follow(struct context *context, unsigned status,
		   const struct rd_sip_message *message, struct rd_buf *left)
{
	bool secure = proxy_uri_is_secure(context->route.uri), any = false;
	struct rd_sip_contact contact;

	if (!context->rule || !context->rule->follow || status == 305)
		return false;
	for (unsigned i = 0; proxy->contact(message, i, &contact); i++) {
		const struct proxy_target_params params = { .uri = contact.uri, .q = contact.q };

		if (replaces(contact.uri, secure) &&
		    proxy_target_add(&context->targets, &params) == 0)
			any = true;
		else
			rd_buf_printf(left, "Contact: %.*s\r\n", RD_STR_ARG(contact.text));
	}
	return any;
}

/* Contacts that are left over are for the caller, when nothing else comes of it. Without
 * memory for them he is told of all: better once more than not at all. */
static void redirection(struct context *context, unsigned status,
			const struct rd_sip_message *message)
{
	struct rd_buf left;

	rd_buf_init(&left);
	if (!follow(context, status, message, &left) || left.failed)
		proxy_best_note(&context->best, status, message);
	else if (*rd_buf_text(&left))
		proxy_best_note_left(&context->best, status, message, rd_buf_text(&left));
	rd_buf_fini(&left);
}

/* Its proxy has lost the flow, or nobody is at its end. */
static bool is_flow_failure(unsigned status, const struct rd_sip_message *message)
{
	if (message)
		return status == 430;
	return status == 408 || status == 503;
}

/* Then another flow of the same device may do (RFC 5626 §5.3). */
static bool try_other_flow(struct attempt *attempt, unsigned status,
			   const struct rd_sip_message *message)
{
	struct context *context = attempt->context;
	struct proxy_target *other;

	if (context->closed || attempt->expired || !is_flow_failure(status, message))
		return false;
	other = proxy_target_next_flow(&context->targets, attempt->target);
	return other && proxy_context_forward(context, other, attempt->breadth);
}

/* A 6xx is for all of them. */
static void cancel_refused(struct context *context, unsigned status)
{
	char line[40];

	snprintf(line, sizeof(line), "Reason: SIP;cause=%u\r\n", status);
	proxy_context_cancel(context, rd_str_of(line));
}

static void refusal(struct attempt *attempt, unsigned status,
		    const struct rd_sip_message *message)
{
	struct context *context = attempt->context;

	proxy_attempt_finish(attempt);
	if (try_other_flow(attempt, status, message))
		return;
	if (attempt->expired && status == 487)
		proxy_best_note(&context->best, 408, NULL);
	else if (status < 400 && !context->closed && message)
		redirection(context, status, message);
	else
		proxy_best_note(&context->best, status, message);
	if (status >= 600) {
		context->closed = true;
		cancel_refused(context, status);
	}
	proxy_context_go_on(context);
}

void proxy_response(struct rd_sip_branch *branch, void *arg, unsigned status,
		    const struct rd_sip_message *message)
{
	struct attempt *attempt = arg;

	(void)branch;
	if (status < 200)
		provisional(attempt, status, message);
	else if (status < 300)
		success(attempt, message);
	else if (!attempt->finished)
		refusal(attempt, status, message);
}

void proxy_silent(struct rd_sip_branch *branch, void *arg)
{
	struct attempt *attempt = arg;

	(void)branch;
	if (attempt->finished || attempt->context->closed)
		return;
	attempt->silent = true;
	if (proxy_attempt_go_on(attempt) || try_other_flow(attempt, 408, NULL))
		proxy_attempt_give_up(attempt);
	proxy_context_go_on(attempt->context);
}

void proxy_failed(struct rd_sip_branch *branch, void *arg, int rc)
{
	struct attempt *attempt = arg;

	(void)branch;
	if (!attempt->finished)
		refusal(attempt, proxy_status_of(rc), NULL);
}

void proxy_gone(void *arg)
{
	struct attempt *attempt = arg;
	struct context *context = attempt->context;

	proxy_attempt_free(attempt);
	proxy_context_settle(context);
}

/* ---- what the caller does (§16.10) ---- */

/* Why the caller gave up is for those who rang, too. */
static void add_reasons(struct rd_buf *lines, const struct rd_sip_message *cancel)
{
	struct rd_str value;

	for (unsigned i = 0; (value = proxy->header(cancel, "Reason", i)).p; i++)
		rd_buf_printf(lines, "Reason: %.*s\r\n", RD_STR_ARG(value));
}

void proxy_cancelled(struct rd_sip_request *request, const struct rd_sip_message *cancel)
{
	struct context *context = request->data;
	struct rd_buf lines;

	context->closed = true;
	rd_timer_stop(&context->ring);
	rd_buf_init(&lines);
	add_reasons(&lines, cancel);
	proxy_context_cancel(context, rd_str_of(rd_buf_text(&lines)));
	rd_buf_fini(&lines);
	proxy_context_go_on(context);
}

void proxy_ended(struct rd_sip_request *request)
{
	struct context *context = request->data;

	context->over = true;
	if (!context->done) {
		context->done = context->closed = true;
		rd_timer_stop(&context->ring);
		proxy_context_cancel(context, (struct rd_str){ 0 });
	}
	proxy_context_settle(context);
}
