/* Where a request goes: the targets, the preferred first (RFC 3261 §16.5). */
#include <stdio.h>
#include <string.h>

#include "modules/sip_proxy/proxy.h"

/* ---- the set ---- */

static unsigned count_or_find(const struct rd_list *targets, struct rd_str uri, bool *found)
{
	unsigned count = 0;

	*found = false;
	rd_list_foreach(node, tmp, targets) {
		const struct proxy_target *target =
			rd_list_entry(node, struct proxy_target, link);

		*found = *found || rd_str_eq(rd_str_of(target->text), uri);
		count++;
	}
	return count;
}

/* Behind all that are as good. */
static void insert(struct rd_list *targets, struct proxy_target *target)
{
	struct rd_list *at = targets->prev;

	while (at != targets && rd_list_entry(at, struct proxy_target, link)->q < target->q)
		at = at->prev;
	rd_list_insert_after(at, &target->link);
}

int proxy_target_add(struct rd_list *targets, struct rd_str uri, int q, struct rd_str phone)
{
	struct proxy_target *target;
	bool found;

	if (count_or_find(targets, uri, &found) >= PROXY_TARGETS_MAX)
		return -E2BIG;
	if (found)
		return 0;
	target = rd_zalloc(sizeof(*target) + uri.n + phone.n + 2);
	if (!target)
		return -ENOMEM;
	rd_list_init(&target->link);
	memcpy(target->text, uri.p, uri.n);
	if (phone.n) {
		memcpy(target->text + uri.n + 1, phone.p, phone.n);
		target->phone = target->text + uri.n + 1;
	}
	target->q = q;
	insert(targets, target);
	return 0;
}

void proxy_targets_free(struct rd_list *targets)
{
	struct rd_list *node;

	while (!rd_list_empty(targets)) {
		node = rd_list_pop(targets);
		rd_free(rd_list_entry(node, struct proxy_target, link));
	}
}

/* ---- finding them ---- */

bool proxy_uri_is_secure(struct rd_str uri)
{
	struct rd_sip_uri parts;

	proxy->uri(&parts, uri);
	return parts.is_secure;
}

/* RFC 5630 §5.3: what is called by sips goes to who registered so; what is called by
 * sip goes to them too, by that name, over the flow that is theirs. */
static int add_binding(struct rd_list *targets, const struct rd_sip_binding *binding,
		       struct rd_str user, bool secure)
{
	struct rd_str uri = binding->uri;
	bool has = proxy_uri_is_secure(uri);
	struct rd_buf text;
	int rc;

	if (secure && !has)
		return -EPROTONOSUPPORT;
	if (secure == has)
		return proxy_target_add(targets, uri, binding->q, user);
	rd_buf_init(&text);
	rd_buf_adds(&text, "sip:");
	rd_buf_add(&text, uri.p + 5, uri.n - 5);
	rc = proxy_target_add(targets, rd_str_of(rd_buf_text(&text)), binding->q, user);
	rd_buf_fini(&text);
	return rc;
}

static unsigned add_bindings(struct rd_list *targets, struct rd_str user, bool secure,
			     unsigned *warning)
{
	struct rd_sip_binding binding;
	char phone[128];
	size_t pos = 0;
	int rc;

	if (!rd_strcpyn(phone, sizeof(phone), user) || !proxy->is_phone(user))
		return 404;
	while (proxy->binding(phone, &pos, &binding)) {
		rc = add_binding(targets, &binding, user, secure);
		if (rc == -ENOMEM)
			return 500;
		if (rc == -EPROTONOSUPPORT)
			*warning = PROXY_SIPS_NOT_ALLOWED;
	}
	return rd_list_empty(targets) ? 480 : 0;
}

/* "sip:host" gets the number that was called; "sip:user@host" is taken as it is. */
static int add_uri(struct rd_list *targets, struct rd_str uri, struct rd_str user, int q)
{
	const char *colon = memchr(uri.p, ':', uri.n);
	struct rd_buf text;
	int rc;

	if (memchr(uri.p, '@', uri.n) || !colon || !user.n)
		return proxy_target_add(targets, uri, q, (struct rd_str){ 0 });
	rd_buf_init(&text);
	rd_buf_add(&text, uri.p, (size_t)(colon + 1 - uri.p));
	rd_buf_printf(&text, "%.*s@", RD_STR_ARG(user));
	rd_buf_add(&text, colon + 1, (size_t)(uri.p + uri.n - colon - 1));
	rc = proxy_target_add(targets, rd_str_of(rd_buf_text(&text)), q, (struct rd_str){ 0 });
	rd_buf_fini(&text);
	return rc;
}

/* "a & b, c": a and b at once, then c. */
static unsigned add_uris(struct rd_list *targets, const char *list, struct rd_str user)
{
	struct rd_str rest = rd_str_of(list), group, uri;
	int q = 1000;

	for (; rest.n; q--) {
		rd_str_cut(&rest, ',', &group);
		while (group.n) {
			rd_str_cut(&group, '&', &uri);
			if (add_uri(targets, rd_str_trim(uri), user, q) == -ENOMEM)
				return 500;
		}
	}
	return 0;
}

/* In a dialog, and where the sender chose the way, there is but one. */
unsigned proxy_targets_find(struct rd_list *targets, const struct proxy_route *route,
			    unsigned *warning)
{
	const struct proxy_rule *rule = route->rule;
	char phone[PROXY_RECORD] = "";
	struct rd_sip_uri uri;

	proxy->uri(&uri, route->uri);
	if (rule && !route->routes_left && rule->kind == PROXY_TO_USERS)
		return add_bindings(targets, uri.user, uri.is_secure, warning);
	if (rule && !route->routes_left && rule->kind == PROXY_TO_URIS)
		return add_uris(targets, rule->to, uri.user);
	if (!route->routes_left)
		proxy_record_phone(route, phone);
	return proxy_target_add(targets, route->uri, 1000, rd_str_of(phone)) ? 500 : 0;
}
