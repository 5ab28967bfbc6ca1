/* The module: a stateful proxy for what proxy.conf names, beside the exchange (RFC
 * 3261 §16). */
#include <errno.h>
#include <stdio.h>

#include <ringdown/module.h>

#include "modules/sip_proxy/proxy.h"

const struct rd_sip_proxy *proxy;
struct proxy_settings *proxy_in_force;

/* ---- requests ---- */

static void refuse(struct rd_sip_request *request, unsigned status, struct rd_buf *lines)
{
	if (!request->is_stateless)
		proxy->answer(request, status, rd_str_of(rd_buf_text(lines)));
}

/* Outside of its dialog such a request does nothing. */
static bool is_harmless(struct rd_str method)
{
	static const char *const methods[] = { "BYE", "PRACK", "UPDATE", "INFO" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(methods); i++)
		if (rd_str_eq(method, rd_str_of(methods[i])))
			return true;
	return false;
}

/* Whoever once heard of our Record-Route can claim a dialog, and call anybody in its
 * name: where it goes must be known, or who sends it. */
static bool may_go_on(struct rd_sip_request *request, const struct proxy_route *route)
{
	return is_harmless(request->method) || proxy_record_leads(route, request) ||
	       proxy->admit(request);
}

/* Whoever may not use the rule has been answered, or is being asked. */
static bool may_pass(struct rd_sip_request *request, struct proxy_route *route)
{
	const char *sender;

	if (route->ours)
		return may_go_on(request, route);
	if (!route->rule->authenticate)
		return proxy->trust(request);
	sender = proxy->admit(request);
	if (sender)
		proxy_record_sender(route, sender);
	return sender;
}

static void pass(struct rd_sip_request *request, struct proxy_route *route)
{
	if (request->is_stateless) {
		proxy_stateless_forward(request, route);
		return;
	}
	if (!may_pass(request, route))
		return;
	request = proxy->take(request);
	if (request)
		proxy_context_start(request, route);
}

/* What ends here needs no hop left. */
static bool is_for_exchange(const struct rd_sip_request *request)
{
	return request->hops == 0 && rd_str_eq(request->method, RD_STR("OPTIONS"));
}

/* Sent to wherever he likes, in our name: an ACK or CANCEL of a stranger. The exchange has
 * 481 for the one and nothing for the other. */
static bool is_strange(const struct rd_sip_request *request, const struct proxy_route *route)
{
	return request->is_stateless && !route->ours && !proxy->is_known(request);
}

static bool request_received(struct rd_sip_request *request)
{
	struct proxy_route route;
	struct rd_buf lines;
	unsigned status;

	if (!proxy_route_read(&route, request) || is_for_exchange(request) ||
	    is_strange(request, &route))
		return false;
	rd_buf_init(&lines);
	status = proxy_route_check(&route, request, &lines);
	if (status)
		refuse(request, status, &lines);
	else
		pass(request, &route);
	rd_buf_fini(&lines);
	return true;
}

static const struct rd_sip_proxy_user user = {
	.request = request_received,
	.cancelled = proxy_cancelled,
	.ended = proxy_ended,
	.response = proxy_response,
	.silent = proxy_silent,
	.failed = proxy_failed,
	.gone = proxy_gone,
};

/* ---- life ---- */

static void commit(void *snapshot)
{
	struct proxy_settings *old = proxy_in_force;

	proxy_in_force = snapshot;
	proxy_settings_unref(old);
}

static void discard(void *snapshot)
{
	proxy_settings_unref(snapshot);
}

static const char *const files[] = { "proxy.conf", NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = proxy_settings_read,
	.commit = commit,
	.discard = discard,
};

static void unload(void)
{
	proxy_contexts_drop();
	proxy_moved_drop();
	if (proxy)
		proxy->detach(&user);
	rd_interface_put(proxy);
	proxy = NULL;
	proxy_settings_unref(proxy_in_force);
	proxy_in_force = NULL;
}

static int load(void)
{
	int rc = proxy_key_open();

	if (rc)
		return rc;
	proxy = rd_interface_get(RD_SIP_PROXY, RD_SIP_PROXY_VERSION);
	rc = proxy ? proxy->attach(&user) : -ENOENT;
	if (rc)
		unload();
	return rc;
}

static const char *const needs[] = { "chan_sip", NULL };

RD_MODULE(.name = "sip_proxy",
	  .synopsis = "SIP requests that pass through, RFC 3261 §16",
	  .needs = needs,
	  .config = &config,
	  .commands = proxy_commands,
	  .load = load,
	  .unload = unload);
