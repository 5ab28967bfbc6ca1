/* Where a request goes: the targets, the preferred first (RFC 3261 §16.5). */
#include <stdio.h>
#include <string.h>

#include "modules/sip_proxy/proxy.h"

/* ---- the set ---- */

static struct proxy_target *target_at(struct rd_list *node)
{
	return rd_list_entry(node, struct proxy_target, link);
}

static unsigned count_or_find(const struct rd_list *targets,
			      const struct proxy_target_params *params, bool *found)
{
	unsigned count = 0;

	*found = false;
	rd_list_foreach(node, tmp, targets) {
		const struct proxy_target *target = target_at(node);

		*found = *found || (rd_str_eq(rd_str_of(target->text), params->uri) &&
				    target->stamp == params->stamp);
		count++;
	}
	return count;
}

/* Behind all that are as good. */
static void insert(struct rd_list *targets, struct proxy_target *target)
{
	struct rd_list *at = targets->prev;

	while (at != targets && target_at(at)->q < target->q)
		at = at->prev;
	rd_list_insert_after(at, &target->link);
}

/* NULL where it is empty. */
static const char *copy_text(char **at, struct rd_str text)
{
	char *start = *at;

	if (text.n)
		memcpy(start, text.p, text.n);
	*at += text.n + 1;
	return text.n ? start : NULL;
}

int proxy_target_add(struct rd_list *targets, const struct proxy_target_params *params)
{
	struct proxy_target *target;
	bool found;
	char *at;

	if (count_or_find(targets, params, &found) >= PROXY_TARGETS_MAX)
		return -E2BIG;
	if (found)
		return 0;
	target = rd_zalloc(sizeof(*target) + params->uri.n + params->phone.n +
			   params->instance.n + 3);
	if (!target)
		return -ENOMEM;
	rd_list_init(&target->link);
	at = target->text;
	copy_text(&at, params->uri);
	target->phone = copy_text(&at, params->phone);
	target->instance = copy_text(&at, params->instance);
	target->stamp = params->stamp;
	target->q = params->q;
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
		       struct rd_str phone, bool secure)
{
	struct rd_str uri = binding->uri;
	struct proxy_target_params params = { .uri = uri,
				 .phone = phone,
				 .instance = binding->instance,
				 .stamp = binding->stamp,
				 .q = binding->q };
	bool has = proxy_uri_is_secure(uri);
	struct rd_buf text;
	int rc;

	if (secure && !has)
		return -EPROTONOSUPPORT;
	if (secure == has)
		return proxy_target_add(targets, &params);
	rd_buf_init(&text);
	rd_buf_adds(&text, "sip:");
	rd_buf_add(&text, uri.p + 5, uri.n - 5);
	params.uri = rd_str_of(rd_buf_text(&text));
	rc = proxy_target_add(targets, &params);
	rd_buf_fini(&text);
	return rc;
}

struct proxy_target *proxy_target_next_flow(struct rd_list *targets,
					    const struct proxy_target *failed)
{
	bool secure = proxy_uri_is_secure(rd_str_of(failed->text));
	struct rd_sip_binding binding;

	if (!failed->instance ||
	    !proxy->next_flow(failed->phone, rd_str_of(failed->instance), failed->stamp, &binding))
		return NULL;
	binding.q = failed->q;
	if (add_binding(targets, &binding, rd_str_of(failed->phone), secure))
		return NULL;
	rd_list_foreach(node, tmp, targets)
		if (target_at(node)->stamp == binding.stamp && !target_at(node)->tried)
			return target_at(node);
	return NULL;
}

/* One flow of each device (RFC 5626 §5.3); with an instance only that one is meant. */
static bool is_wanted(const struct rd_sip_device *meant, const struct rd_sip_binding *binding)
{
	struct rd_sip_binding first;

	if (*meant->instance && !rd_str_eq(binding->instance, rd_str_of(meant->instance)))
		return false;
	return !binding->instance.n ||
	       (proxy->next_flow(meant->phone, binding->instance, UINT64_MAX, &first) &&
		first.stamp == binding->stamp);
}

/* The devices of a phone, or the one that a GRUU stands for (RFC 5627 §5.4). */
static unsigned add_bindings(struct rd_list *targets, struct rd_str called, unsigned *warning)
{
	struct rd_sip_device device = { .instance = "" };
	struct rd_sip_binding binding;
	struct rd_sip_uri uri;
	size_t pos = 0;
	int rc;

	proxy->uri(&uri, called);
	rc = proxy->gruu(called, &device);
	if (rc == 0 && !proxy->phone(&uri, device.phone, sizeof(device.phone)))
		rc = -ENOENT;
	if (rc < 0)
		return 404;
	while (proxy->binding(device.phone, &pos, &binding)) {
		if (!is_wanted(&device, &binding))
			continue;
		rc = add_binding(targets, &binding, rd_str_of(device.phone), uri.is_secure);
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
	struct proxy_target_params params = { .uri = uri, .q = q };
	const char *colon = memchr(uri.p, ':', uri.n);
	struct rd_buf text;
	int rc;

	if (memchr(uri.p, '@', uri.n) || !colon || !user.n)
		return proxy_target_add(targets, &params);
	rd_buf_init(&text);
	rd_buf_add(&text, uri.p, (size_t)(colon + 1 - uri.p));
	rd_buf_printf(&text, "%.*s@", RD_STR_ARG(user));
	rd_buf_add(&text, colon + 1, (size_t)(uri.p + uri.n - colon - 1));
	params.uri = rd_str_of(rd_buf_text(&text));
	rc = proxy_target_add(targets, &params);
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

/* The end of a dialog that the URI stands for, which may have registered anew since, or
 * where the sender wants it to go. */
static unsigned add_end(struct rd_list *targets, const struct proxy_route *route)
{
	struct proxy_target_params params = { .uri = route->uri, .q = 1000 };
	struct rd_sip_binding binding;
	char phone[PROXY_RECORD];

	if (!route->routes_left && proxy_record_phone(route, phone, &binding)) {
		params.phone = rd_str_of(phone);
		params.instance = binding.instance;
		params.stamp = binding.stamp;
	}
	return proxy_target_add(targets, &params) ? 500 : 0;
}

/* In a dialog, and where the sender chose the way, there is but one. */
unsigned proxy_targets_find(struct rd_list *targets, const struct proxy_route *route,
			    unsigned *warning)
{
	const struct proxy_rule *rule = route->routes_left ? NULL : route->rule;
	struct rd_sip_uri uri;

	proxy->uri(&uri, route->uri);
	if (rule ? rule->kind == PROXY_TO_USERS : route->gruu)
		return add_bindings(targets, route->uri, warning);
	if (rule && rule->kind == PROXY_TO_URIS)
		return add_uris(targets, rule->to, uri.user);
	return add_end(targets, route);
}
