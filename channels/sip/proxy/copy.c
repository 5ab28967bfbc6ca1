/* The copy of a request that goes on (RFC 3261 §16.6): which headers it loses, gets
 * and keeps. */
#include "channels/sip/proxy/proxy.h"

/* ---- routes ---- */

static unsigned count_routes(const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_ROUTE };
	struct sip_name_addr route;
	unsigned count = 0;

	while (sip_walk_name_addr(&walk, &route) == 1)
		count++;
	return count;
}

static struct rd_str route_at(const struct sip_msg *msg, unsigned index)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_ROUTE };
	struct sip_name_addr route = { 0 };

	do {
		if (sip_walk_name_addr(&walk, &route) != 1)
			return (struct rd_str){ 0 };
	} while (index--);
	return route.uri;
}

static bool is_strict(struct rd_str route)
{
	struct sip_uri uri;

	return sip_uri_parse(&uri, route, NULL) == 0 &&
	       !sip_param_get(uri.params, RD_STR("lr"), NULL);
}

/* §16.6 step 6: a strict router finds itself in the request line, and what belongs
 * there at the end of the Routes. */
void sip_plan_make(struct sip_plan *plan, const struct sip_proxied *proxied,
		   const struct rd_sip_forward *forward)
{
	unsigned count = count_routes(proxied->msg);

	*plan = (struct sip_plan){ .uri = forward->uri,
				   .first = forward->route,
				   .routes_done = forward->routes_done };
	plan->routes_end = count - (forward->last_route_done && count ? 1 : 0);
	plan->next = plan->uri;
	if (plan->first.n)
		plan->next = plan->first;
	else if (plan->routes_done < plan->routes_end)
		plan->next = route_at(proxied->msg, plan->routes_done);
	else
		return;
	if (!is_strict(plan->next))
		return;
	plan->last = plan->uri;
	plan->uri = plan->next;
	if (plan->first.n)
		plan->first = (struct rd_str){ 0 };
	else
		plan->routes_done++;
}

static void print_route(struct sip_out *out, struct rd_str uri)
{
	if (uri.n)
		sip_out_name_addr(out, SIP_H_ROUTE, (struct rd_str){ 0 }, uri,
				  (struct rd_str){ 0 });
}

static void print_routes(struct sip_out *out, const struct sip_msg *msg,
			 const struct sip_plan *plan)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_ROUTE };
	struct sip_name_addr route;

	if (plan->path.n)
		sip_out_header(out, SIP_H_ROUTE, plan->path);
	print_route(out, plan->first);
	for (unsigned i = 0; i < plan->routes_end && sip_walk_name_addr(&walk, &route) == 1; i++)
		if (i >= plan->routes_done)
			sip_out_header(out, SIP_H_ROUTE, route.text);
	print_route(out, plan->last);
}

/* ---- Record-Route ---- */

static void print_record(struct sip_out *out, struct rd_str user, const struct sip_flow *flow,
			 bool secure)
{
	enum sip_protocol protocol = flow->transport->protocol;

	sip_out_header_begin(out, SIP_H_RECORD_ROUTE);
	sip_out_cstr(out, secure ? "<sips:" : "<sip:");
	sip_out_str(out, user);
	sip_out_char(out, '@');
	sip_out_sockaddr(out, sip_flow_sent_by(flow));
	if (protocol != SIP_UDP && !secure) {
		sip_out_cstr(out, ";transport=");
		sip_out_str(out, sip_protocol_param(protocol));
	}
	sip_out_cstr(out, ";lr>");
	sip_out_crlf(out);
}

/* Both sides reach us by their own transport: one entry for each where these differ
 * (RFC 5658). */
static void print_records(struct sip_out *out, const struct sip_proxied *proxied,
			  struct rd_str user, const struct sip_flow *flow)
{
	bool secure = proxied->msg->target.scheme == SIP_SCHEME_SIPS;
	bool same = flow->transport == proxied->flow.transport &&
		    sip_sockaddr_equal(sip_flow_sent_by(flow),
				       sip_flow_sent_by(&proxied->flow));

	if (!user.n)
		return;
	print_record(out, user, flow, secure);
	if (!same)
		print_record(out, user, &proxied->flow, secure);
}

/* ---- all else ---- */

/* Credentials that we have looked at are for nobody else (§22.3). */
static bool is_for_us(const struct sip_proxied *proxied, const struct sip_header *header)
{
	struct sip_param param;
	struct rd_str rest = header->value, scheme;

	if (!proxied->admitted || header->id != SIP_H_PROXY_AUTHORIZATION)
		return false;
	rd_str_cut(&rest, ' ', &scheme);
	while (rest.n) {
		struct rd_str item = { 0 };

		if (!sip_list_next(&rest, &item))
			break;
		if (sip_param_next(&item, &param) && rd_str_ieq(param.name, RD_STR("realm")))
			return rd_str_eq(sip_strip_quotes(param.value),
					 rd_str_of(sip.settings->realm));
	}
	return false;
}

static bool is_copied(const struct sip_proxied *proxied, const struct sip_header *header)
{
	switch ((enum sip_header_id)header->id) {
	case SIP_H_VIA:
	case SIP_H_ROUTE:
	case SIP_H_MAX_FORWARDS:
	case SIP_H_CONTENT_LENGTH:
		return false;
	default:
		return !rd_str_ieq(header->name, RD_STR("Max-Breadth")) &&
		       !is_for_us(proxied, header);
	}
}

static void print_breadth(struct sip_out *out, unsigned breadth)
{
	if (!breadth)
		return;
	sip_out_cstr(out, "Max-Breadth: ");
	sip_out_number(out, breadth);
	sip_out_crlf(out);
}

/* §16.6 step 2: the method and the headers of a Contact are not for a request line. */
static struct rd_str request_uri(struct rd_str uri)
{
	struct sip_uri parts;
	struct rd_str rest;
	struct sip_out out;
	char *text;

	if (sip_uri_parse(&parts, uri, NULL) ||
	    (parts.scheme != SIP_SCHEME_SIP && parts.scheme != SIP_SCHEME_SIPS) ||
	    (!parts.headers.p && !sip_param_get(parts.params, RD_STR("method"), NULL)))
		return uri;
	text = rd_pool_alloc(sip.scratch, uri.n);
	sip_out_init(&out, text, text ? uri.n : 0);
	rest = parts.params.p ? parts.params : parts.headers;
	sip_out_add(&out, uri.p, (size_t)(rest.p - 1 - uri.p));
	sip_out_request_params(&out, parts.params);
	return out.overflow ? uri : sip_out_text(&out);
}

struct sip_out *sip_copy_begin(const struct sip_proxied *proxied, const struct sip_plan *plan,
			       const struct rd_sip_forward *forward,
			       const struct sip_flow *flow)
{
	const struct sip_msg *msg = proxied->msg;
	struct sip_out *out = (proxied->shown.is_stateless ? sip_request_begin_stateless
							   : sip_request_begin_marked)(
		sip.transactions, flow, msg->method_name,
		request_uri(plan->uri), forward->hops, forward->mark);

	sip_out_vias(out, msg);
	print_breadth(out, forward->breadth);
	print_records(out, proxied, forward->record, flow);
	print_routes(out, msg, plan);
	for (unsigned i = 0; i < msg->header_count; i++)
		if (is_copied(proxied, &msg->headers[i]))
			sip_out_header_named(out, msg->headers[i].name,
					     msg->headers[i].value);
	sip_out_body(out, (struct rd_str){ 0 }, msg->body);
	return out;
}
