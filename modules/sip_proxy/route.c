/* Is a request for us to pass on, and may it pass (RFC 3261 §16.3, §16.4)? */
#include <stdio.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>

#include "modules/sip_proxy/proxy.h"

/* ---- whose it is ---- */

static bool is_alias(struct rd_str host)
{
	const char *const *alias = proxy_in_force->aliases;

	for (; alias && *alias; alias++)
		if (rd_str_ieq(rd_str_of(*alias), host))
			return true;
	return false;
}

/* A domain whose users are registered here. */
static bool is_home(struct rd_str host)
{
	const struct proxy_rule *rule = proxy_in_force->rules;

	while (rule && !(rule->kind == PROXY_TO_USERS && rule->domain &&
			 rd_str_ieq(rd_str_of(rule->domain), host)))
		rule = rule->next;
	return rule;
}

static bool is_ours(const struct rd_sip_request *request, const struct rd_sip_uri *uri)
{
	return proxy->is_us(request, uri) || is_alias(uri->host) || is_home(uri->host);
}

static bool fits_domain(const struct proxy_rule *rule, const struct rd_sip_request *request,
			const struct rd_sip_uri *uri)
{
	if (!rule->domain)
		return is_ours(request, uri);
	if (strcmp(rule->domain, "*") == 0)
		return !is_ours(request, uri);
	return rd_str_ieq(rd_str_of(rule->domain), uri->host);
}

/* The number, for patterns. 0, or -ENOMEM. */
static int number_of(char **number, const struct rd_sip_uri *uri)
{
	struct rd_str rest = uri->user, user;

	rd_str_cut(&rest, ';', &user);
	*number = user.n ? rd_strndup(user.p, user.n) : NULL;
	return user.n && !*number ? -ENOMEM : 0;
}

static bool fits_pattern(const struct proxy_rule *rule, const char *number)
{
	return !rule->pattern || (number && rd_dialplan_pattern(rule->pattern, number));
}

/* Registrations of our users are the registrar's. */
static bool fits_method(const struct proxy_rule *rule, const struct rd_sip_request *request)
{
	return rule->kind != PROXY_TO_USERS ||
	       !rd_str_eq(request->method, RD_STR("REGISTER"));
}

/* 0 with a rule or NULL. Without memory nobody knows which one fits: -ENOMEM. A tel URI
 * is a number at no domain: the exchange knows whose it is. */
static int find_rule(const struct proxy_rule **rulep, const struct rd_sip_request *request,
		     struct rd_str text)
{
	const struct proxy_rule *rule = proxy_in_force->rules;
	struct rd_sip_uri uri;
	char *number;
	int rc;

	proxy->uri(&uri, text);
	if (!uri.is_sip)
		return 0;
	rc = number_of(&number, &uri);
	if (rc)
		return rc;
	while (rule && !(fits_domain(rule, request, &uri) && fits_pattern(rule, number) &&
			 fits_method(rule, request)))
		rule = rule->next;
	rd_free(number);
	*rulep = rule;
	return 0;
}

/* ---- Routes (§16.4) ---- */

static unsigned count_routes(const struct rd_sip_request *request)
{
	struct rd_str uri;
	unsigned count = 0;

	while (proxy->route(request->message, count, &uri))
		count++;
	return count;
}

/* A strict router before us put our own URI into the request line. */
static void restore_uri(struct proxy_route *route, const struct rd_sip_request *request,
			unsigned count)
{
	struct rd_sip_uri uri;

	proxy->uri(&uri, request->uri);
	if (!count || !proxy_record_is(request, uri.user, &route->side, &route->names))
		return;
	proxy->route(request->message, count - 1, &route->uri);
	route->last_route_done = route->ours = true;
}

static void take_off_ours(struct proxy_route *route, const struct rd_sip_request *request,
			  unsigned count)
{
	unsigned end = count - (route->last_route_done ? 1 : 0);
	struct rd_sip_uri uri;
	struct rd_str text;

	for (; route->routes_done < end; route->routes_done++) {
		proxy->route(request->message, route->routes_done, &text);
		proxy->uri(&uri, text);
		if (proxy_record_is(request, uri.user, &route->side, &route->names))
			route->ours = true;
		else if (!is_ours(request, &uri))
			break;
	}
	route->routes_left = route->routes_done < end;
}

static bool is_device(struct rd_str uri)
{
	struct rd_sip_device device;

	return proxy->gruu(uri, &device) == 1;
}

bool proxy_route_read(struct proxy_route *route, const struct rd_sip_request *request)
{
	unsigned count = count_routes(request);
	struct rd_sip_uri uri;

	*route = (struct proxy_route){ .uri = request->uri };
	if (!request->to_tag.n && !proxy_in_force->rules)
		return false;
	restore_uri(route, request, count);
	take_off_ours(route, request, count);
	proxy->uri(&uri, route->uri);
	route->gruu = !route->routes_left && is_ours(request, &uri) && is_device(route->uri);
	if (route->ours) /* the exchange may be the other end of it */
		return route->routes_left || route->gruu || !proxy->is_us(request, &uri);
	if (request->to_tag.n)
		return false;
	route->unread = find_rule(&route->rule, request, route->uri);
	return route->rule || route->unread;
}

/* ---- may it pass (§16.3)? ---- */

static bool has_looped(const struct rd_sip_request *request)
{
	char mark[PROXY_MARK + 1];
	struct rd_str branch, tail;

	proxy_mark_request(request, mark);
	for (unsigned i = 0; proxy->via_branch(request->message, i, &branch); i++) {
		if (branch.n < PROXY_MARK)
			continue;
		tail = (struct rd_str){ branch.p + branch.n - PROXY_MARK, PROXY_MARK };
		if (rd_str_eq(tail, rd_str_of(mark)))
			return true;
	}
	return false;
}

static bool lacks_extension(const struct rd_sip_request *request, struct rd_buf *lines)
{
	struct rd_str value;
	unsigned i = 0;

	for (; (value = proxy->header(request->message, "Proxy-Require", i)).p; i++)
		rd_buf_printf(lines, "Unsupported: %.*s\r\n", RD_STR_ARG(value));
	return i;
}

unsigned proxy_route_check(const struct proxy_route *route,
			   const struct rd_sip_request *request, struct rd_buf *lines)
{
	struct rd_sip_uri uri;

	if (route->unread) {
		rd_error("sip_proxy: no rule is looked for: %s", rd_strerror(route->unread));
		return 500;
	}
	proxy->uri(&uri, route->uri);
	if (!uri.is_sip)
		return 416;
	if (request->hops == 0)
		return 483;
	if (has_looped(request))
		return 482;
	if (lacks_extension(request, lines))
		return 420;
	/* The way that a stranger wants it to go may lead anywhere. */
	if (route->routes_left && !route->ours && !route->rule->authenticate)
		return 403;
	return 0;
}
