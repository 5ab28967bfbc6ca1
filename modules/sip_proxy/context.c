/* The response context (RFC 3261 §16.6): a request, and its copies on their way to the
 * targets. What comes back is told in answers.c. */
#include <errno.h>
#include <stdlib.h>

#include <ringdown/clock.h>

#include "modules/sip_proxy/context.h"

#define BREADTH_DEFAULT 60 /* RFC 5393 §5.3.3.1 */
#define CANCEL_MS 4000

struct rd_list proxy_contexts = RD_LIST_INIT(proxy_contexts);

/* ---- attempts ---- */

void proxy_attempt_free(struct attempt *attempt)
{
	rd_timer_stop(&attempt->timer_c);
	rd_list_remove(&attempt->link);
	rd_free(attempt);
}

void proxy_attempt_finish(struct attempt *attempt)
{
	attempt->finished = true;
	rd_timer_stop(&attempt->timer_c);
}

void proxy_attempt_give_up(struct attempt *attempt)
{
	attempt->expired = true;
	proxy_attempt_finish(attempt);
	proxy->give_up(attempt->branch);
}

static void expire(struct attempt *attempt)
{
	proxy_attempt_give_up(attempt);
	proxy_best_note(&attempt->context->best, 408, NULL);
}

void proxy_context_cancel(struct context *context, struct rd_str lines)
{
	rd_list_foreach(node, tmp, &context->tries) {
		struct attempt *attempt = rd_list_entry(node, struct attempt, link);

		if (!attempt->finished)
			proxy->cancel(attempt->branch, lines);
	}
}

/* It has rung for long enough. Who is there answers a CANCEL at once. */
static void call_off(struct attempt *attempt)
{
	if (!attempt->heard || attempt->expired) {
		expire(attempt);
	} else if (attempt->context->request->can_cancel) {
		attempt->expired = true;
		proxy->cancel(attempt->branch, (struct rd_str){ 0 });
		rd_timer_start(&attempt->timer_c, CANCEL_MS);
	}
}

static void timer_c_fires(void *arg)
{
	struct attempt *attempt = arg;

	call_off(attempt);
	proxy_context_go_on(attempt->context);
}

unsigned proxy_status_of(int rc)
{
	switch (rc) {
	case -ETIMEDOUT:
		return 408;
	case -ECANCELED:
		return 487;
	case -ENOENT:
	case -EINVAL:
		return 404;
	case -ENOMEM:
	case -EMSGSIZE:
		return 500;
	default:
		return 503;
	}
}

/* ---- forwarding (§16.6) ---- */

static bool makes_dialog(struct rd_str method)
{
	static const char *const methods[] = { "INVITE", "SUBSCRIBE", "REFER", "NOTIFY",
					       "UPDATE" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(methods); i++)
		if (rd_str_eq(method, rd_str_of(methods[i])))
			return true;
	return false;
}

static unsigned hops_left(const struct rd_sip_request *request)
{
	return request->hops < 0 ? RD_SIP_MAX_FORWARDS : (unsigned)request->hops - 1;
}

static void fill(struct rd_sip_forward *forward, const struct context *context,
		 const struct proxy_target *target, struct attempt *attempt)
{
	bool records = context->rule ? context->rule->record_route : true;

	*forward = (struct rd_sip_forward){
		.uri = rd_str_of(target->text),
		.routes_done = context->route.routes_done,
		.last_route_done = context->route.last_route_done,
		.phone = target->phone,
		.stamp = target->stamp,
		.breadth = attempt->breadth,
		.hops = hops_left(context->request),
		.mark = rd_str_of(context->mark),
		.arg = attempt,
	};
	if (context->rule && !context->route.routes_left)
		forward->route = rd_str_of(context->rule->via);
	if (!records || !makes_dialog(context->request->method))
		return;
	proxy_record_make(attempt->record, context->request, &context->route, target->phone);
	forward->record = rd_str_of(attempt->record);
}

/* NULL without memory. */
static struct attempt *attempt_new(struct context *context, const struct proxy_target *target,
				   unsigned breadth)
{
	struct attempt *attempt = rd_zalloc(sizeof(*attempt));

	if (!attempt)
		return NULL;
	attempt->context = context;
	attempt->target = target;
	attempt->breadth = breadth;
	rd_timer_init(&attempt->timer_c, timer_c_fires, attempt);
	rd_list_push(&context->tries, &attempt->link);
	return attempt;
}

/* rc: of sending it. The same. */
static int attempt_sent(struct attempt *attempt, int rc)
{
	struct context *context = attempt->context;

	if (rc)
		proxy_attempt_free(attempt);
	else if (context->request->can_cancel)
		rd_timer_start(&attempt->timer_c, context->settings->timer_c_ms);
	return rc;
}

static int try_target(struct context *context, struct proxy_target *target, unsigned breadth)
{
	struct attempt *attempt = attempt_new(context, target, breadth);
	struct rd_sip_forward forward;

	if (!attempt)
		return -ENOMEM;
	fill(&forward, context, target, attempt);
	return attempt_sent(attempt,
			    proxy->forward(context->request, &forward, &attempt->branch));
}

bool proxy_attempt_go_on(struct attempt *silent)
{
	struct attempt *attempt = attempt_new(silent->context, silent->target, silent->breadth);

	if (!attempt)
		return false;
	memcpy(attempt->record, silent->record, sizeof(attempt->record));
	return attempt_sent(attempt, proxy->forward_on(silent->branch, attempt,
						       &attempt->branch)) == 0;
}

/* A flow that has gone is no reason: its device may have another one. */
bool proxy_context_forward(struct context *context, struct proxy_target *target, unsigned breadth)
{
	int rc = -ENOMEM;

	while (target) {
		target->tried = true;
		rc = try_target(context, target, breadth);
		if (rc == 0)
			return true;
		target = proxy_target_next_flow(&context->targets, target);
	}
	proxy_best_note(&context->best, proxy_status_of(rc), NULL);
	return false;
}

/* The first that is untried, NULL: there is none; living: that has answered lately. */
static struct proxy_target *next_target(const struct context *context, bool living)
{
	rd_list_foreach(node, tmp, &context->targets) {
		struct proxy_target *target = rd_list_entry(node, struct proxy_target, link);

		if (!target->tried &&
		    (!living ||
		     !proxy->avoids(rd_str_of(target->text), target->phone, target->stamp)))
			return target;
	}
	return NULL;
}

static unsigned count_group(const struct context *context, int q)
{
	unsigned count = 0;

	rd_list_foreach(node, tmp, &context->targets) {
		struct proxy_target *target = rd_list_entry(node, struct proxy_target, link);

		count += !target->tried && target->q == q;
	}
	return count;
}

/* Of those that are untried the best in which one lives, and how many they are; NULL:
 * there is none. */
static struct proxy_target *next_group(const struct context *context, unsigned *count)
{
	struct proxy_target *first = next_target(context, true);

	if (!first)
		first = next_target(context, false);
	*count = first ? count_group(context, first->q) : 0;
	return first;
}

static bool has_next(const struct context *context)
{
	return !context->closed && next_target(context, false);
}

/* Silence is waited for where there is nobody else. */
static bool is_waiting(const struct context *context)
{
	bool next = has_next(context);

	rd_list_foreach(node, tmp, &context->tries) {
		const struct attempt *attempt = rd_list_entry(node, struct attempt, link);

		if (!attempt->finished && !(attempt->silent && next))
			return true;
	}
	return false;
}

static void expire_silent(struct context *context)
{
	rd_list_foreach(node, tmp, &context->tries) {
		struct attempt *attempt = rd_list_entry(node, struct attempt, link);

		if (!attempt->finished)
			expire(attempt);
	}
}

/* Branches of one request share what it may spread to; the first get what is over. */
static unsigned share(const struct context *context, unsigned i, unsigned count)
{
	return context->breadth / count + (i < context->breadth % count);
}

/* Those as good as the first untried one at once; the others wait for these. */
static void forward_group(struct context *context, int q, unsigned count)
{
	unsigned i = 0;

	rd_list_foreach(node, tmp, &context->targets) {
		struct proxy_target *target = rd_list_entry(node, struct proxy_target, link);

		if (!target->tried && target->q == q)
			proxy_context_forward(context, target, share(context, i++, count));
	}
	rd_timer_stop(&context->ring);
	if (context->rule && has_next(context))
		rd_timer_start(&context->ring, context->rule->ring_ms);
}

/* ---- the end ---- */

static void send_best(struct context *context)
{
	context->done = context->closed = true;
	rd_timer_stop(&context->ring);
	proxy_best_send(&context->best, context->request);
}

void proxy_context_go_on(struct context *context)
{
	const struct proxy_target *first;
	unsigned count;

	while (!context->done && !is_waiting(context)) {
		expire_silent(context);
		first = context->closed ? NULL : next_group(context, &count);
		if (!first) {
			send_best(context);
		} else if (count > context->breadth) {
			context->closed = true; /* RFC 5393 §5.3.3.2 */
			proxy_best_note(&context->best, 440, NULL);
		} else {
			forward_group(context, first->q, count);
		}
	}
}

static void ring_time_over(void *arg)
{
	struct context *context = arg;

	rd_list_foreach(node, tmp, &context->tries) {
		struct attempt *attempt = rd_list_entry(node, struct attempt, link);

		if (!attempt->finished)
			call_off(attempt);
	}
	proxy_context_go_on(context);
}

static void context_free(struct context *context)
{
	rd_timer_stop(&context->ring);
	while (!rd_list_empty(&context->tries))
		proxy_attempt_free(rd_list_entry(context->tries.next, struct attempt, link));
	proxy_targets_free(&context->targets);
	proxy_best_fini(&context->best);
	proxy->drop(context->request);
	proxy_settings_unref(context->settings);
	rd_list_remove(&context->link);
	rd_free(context->uri);
	rd_free(context->names);
	rd_free(context);
}

void proxy_context_settle(struct context *context)
{
	if (context->over && rd_list_empty(&context->tries))
		context_free(context);
}

void proxy_contexts_drop(void)
{
	while (!rd_list_empty(&proxy_contexts))
		context_free(rd_list_entry(proxy_contexts.next, struct context, link));
}

unsigned proxy_contexts_count(void)
{
	unsigned count = 0;

	rd_list_foreach(node, tmp, &proxy_contexts)
		count++;
	return count;
}

/* ---- the beginning ---- */

static unsigned breadth_of(const struct rd_sip_request *request)
{
	struct rd_str value = proxy->header(request->message, "Max-Breadth", 0);
	uint64_t breadth;

	if (!value.p || rd_str_to_u64(rd_str_trim(value), 1000, &breadth))
		return BREADTH_DEFAULT;
	return (unsigned)RD_MIN(breadth, (uint64_t)BREADTH_DEFAULT);
}

static struct context *context_new(struct rd_sip_request *request,
				   const struct proxy_route *route)
{
	struct context *context = rd_zalloc(sizeof(*context));

	if (!context)
		return NULL;
	context->uri = rd_strndup(route->uri.p, route->uri.n);
	context->names = rd_strndup(route->names.n ? route->names.p : "", route->names.n);
	if (!context->uri || !context->names) {
		rd_free(context->uri);
		rd_free(context->names);
		rd_free(context);
		return NULL;
	}
	context->request = request;
	context->since_ms = rd_now_ms();
	context->settings = proxy_settings_ref(proxy_in_force);
	context->route = *route;
	context->route.uri = rd_str_of(context->uri);
	context->route.names = rd_str_of(context->names);
	context->rule = route->rule;
	context->breadth = breadth_of(request);
	rd_list_init(&context->targets);
	rd_list_init(&context->tries);
	rd_timer_init(&context->ring, ring_time_over, context);
	proxy_best_init(&context->best);
	proxy_mark_request(request, context->mark);
	rd_list_push(&proxy_contexts, &context->link);
	return context;
}

void proxy_context_start(struct rd_sip_request *request, const struct proxy_route *route)
{
	struct context *context = context_new(request, route);
	unsigned status;

	if (!context) {
		proxy->drop(request); /* with a 500 */
		return;
	}
	request->data = context;
	status = proxy_targets_find(&context->targets, &context->route,
				    &context->best.warning);
	if (status) {
		context->closed = true;
		proxy_best_note(&context->best, status, NULL);
	}
	proxy_context_go_on(context);
}

static void forward_stateless(struct rd_sip_request *request, const struct proxy_route *route,
			      const struct proxy_target *target)
{
	char mark[PROXY_MARK + 1];
	struct rd_sip_forward forward = { .uri = rd_str_of(target->text),
					  .routes_done = route->routes_done,
					  .last_route_done = route->last_route_done,
					  .phone = target->phone,
					  .stamp = target->stamp,
					  .hops = hops_left(request) };

	if (route->rule && !route->routes_left)
		forward.route = rd_str_of(route->rule->via);
	proxy_mark_hop(request, mark);
	forward.mark = rd_str_of(mark);
	proxy->forward(request, &forward, NULL);
}

/* §16.11: an ACK goes by the way that its 2xx made, a CANCEL to the best of the targets
 * that its INVITE has. */
void proxy_stateless_forward(struct rd_sip_request *request, const struct proxy_route *route)
{
	struct rd_list targets = RD_LIST_INIT(targets);
	unsigned warning;

	if (proxy_targets_find(&targets, route, &warning) == 0)
		forward_stateless(request, route,
				  rd_list_entry(targets.next, struct proxy_target, link));
	proxy_targets_free(&targets);
}
