/* What comes back of the copies of a request, and what the caller does meanwhile (RFC
 * 3261 §16.7 to §16.10). */
#include "modules/sip_proxy/context.h"

/* ---- what comes back (§16.7) ---- */

/* 100 is for each hop; all else goes back at once. */
static void provisional(struct attempt *attempt, unsigned status,
			const struct rd_sip_message *message)
{
	struct context *context = attempt->context;

	attempt->heard = true;
	if (status == 100)
		return;
	if (rd_timer_running(&attempt->timer_c))
		rd_timer_start(&attempt->timer_c, context->settings->timer_c_ms);
	if (!context->done)
		proxy->relay(context->request, message, (struct rd_str){ 0 });
}

static void success(struct attempt *attempt, const struct rd_sip_message *message)
{
	struct context *context = attempt->context;

	proxy_attempt_finish(attempt);
	proxy->relay(context->request, message, (struct rd_str){ 0 });
	if (context->done)
		return;
	context->done = context->closed = true;
	rd_timer_stop(&context->ring);
	proxy_context_cancel(context);
}

/* §16.7 step 4: its contacts are tried in its place, but for those of the other scheme
 * (RFC 5630 §5.3). False: there are none. */
static bool follow(struct context *context, const struct rd_sip_message *message)
{
	bool secure = proxy_uri_is_secure(context->route.uri), any = false;
	struct rd_str uri;
	int q;

	if (!context->rule || !context->rule->follow)
		return false;
	for (unsigned i = 0; proxy->contact(message, i, &uri, &q); i++)
		any |= proxy_uri_is_secure(uri) == secure &&
		       proxy_target_add(&context->targets, uri, q, (struct rd_str){ 0 }) == 0;
	return any;
}

static void refusal(struct attempt *attempt, unsigned status,
		    const struct rd_sip_message *message)
{
	struct context *context = attempt->context;

	proxy_attempt_finish(attempt);
	if (attempt->expired && status == 487)
		proxy_best_note(&context->best, 408, NULL);
	else if (status >= 400 || context->closed || !message || !follow(context, message))
		proxy_best_note(&context->best, status, message);
	if (status >= 600) {
		context->closed = true;
		proxy_context_cancel(context);
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

void proxy_cancelled(struct rd_sip_request *request)
{
	struct context *context = request->data;

	context->closed = true;
	rd_timer_stop(&context->ring);
	proxy_context_cancel(context);
	proxy_context_go_on(context);
}

void proxy_ended(struct rd_sip_request *request)
{
	struct context *context = request->data;

	context->over = true;
	if (!context->done) {
		context->done = context->closed = true;
		rd_timer_stop(&context->ring);
		proxy_context_cancel(context);
	}
	proxy_context_settle(context);
}
