/* The next hop of a dialog: back the way that it came, or where its route set or its
 * target says. When that is a name, what DNS knows by now decides: no request in a
 * dialog waits for it. Until then it goes the way that the dialog came, which is right
 * more often than not. */
#include "channels/sip/dialog/table.h"

bool sip_dialog_first_route(const struct sip_dialog *dialog, struct sip_name_addr *route,
			    struct rd_str *rest)
{
	*rest = dialog->routes;
	return rest->n && sip_name_addr_next(rest, route, NULL) == 1;
}

void sip_dialog_set_aim(struct sip_dialog *dialog, enum sip_aim aim)
{
	if (aim == SIP_AIM_STRAIGHT)
		aim = dialog->straight ? SIP_AIM_SOURCE : SIP_AIM_REACHABLE;
	dialog->aim = aim;
}

/* Its Contact is an address of a network that we do not see from here, although we see
 * the far end: there is a NAT before it, and the way that it came is the only one. And the
 * port of a connection tells nothing of the one in Contact: to the same host it serves. */
static bool is_hidden(const struct sip_dialog *dialog)
{
	const struct sip_flow *flow = &dialog->flow;
	union sip_sockaddr contact;

	if (sip_uri_address(&contact, dialog->target))
		return false;
	if (flow->connection && sip_sockaddr_same_host(&contact, &flow->peer))
		return true;
	return sip_sockaddr_scope(&contact) < sip_sockaddr_scope(&flow->peer);
}

/* A browser's Contact means nothing (RFC 7118 §5), and whoever began a dialog has chosen
 * its first way. */
static bool goes_back(const struct sip_dialog *dialog)
{
	enum sip_protocol protocol = dialog->flow.transport->protocol;

	if (protocol == SIP_WS || protocol == SIP_WSS || dialog->aim == SIP_AIM_SOURCE)
		return true;
	return dialog->aim == SIP_AIM_REACHABLE &&
	       (dialog->state == SIP_DIALOG_HALF || is_hidden(dialog));
}

bool sip_dialog_next_hop(const struct sip_dialog *dialog, struct rd_str *uri)
{
	struct sip_name_addr route;
	struct rd_str rest;

	*uri = sip_dialog_first_route(dialog, &route, &rest) ? route.uri : dialog->target;
	return dialog->routes.n || !goes_back(dialog);
}

/* ---- names ---- */

void sip_dialogs_set_resolver(struct sip_dialogs *table, struct sip_resolver *resolver)
{
	table->resolver = resolver;
}

/* The state of a call may be with one proxy of several: stay with it as long as
 * it lives. */
static bool is_current(const struct sip_flow *flow, const struct sip_target *target)
{
	return target->protocol == flow->transport->protocol &&
	       sip_sockaddr_equal(&target->address, &flow->peer) && sip_flow_alive(flow);
}

static void current_first(const struct sip_resolver *resolver, const struct sip_flow *flow,
			  struct sip_targets *targets)
{
	for (unsigned i = 0; i < targets->count; i++) {
		struct sip_target target = targets->list[i];

		if (!is_current(flow, &target) || sip_resolver_avoids(resolver, &target))
			continue;
		memmove(&targets->list[1], &targets->list[0], i * sizeof(target));
		targets->list[0] = target;
		return;
	}
}

void sip_dialog_look_ahead(const struct sip_dialog *dialog)
{
	struct sip_targets targets;
	struct sip_where where;
	struct rd_str uri;

	if (!dialog->table || !dialog->table->resolver || !sip_dialog_next_hop(dialog, &uri) ||
	    sip_where_of_uri(&where, uri))
		return;
	sip_where_by(&where, dialog->flow.transport->owner, NULL);
	sip_locate_now(dialog->table->resolver, &where, &targets);
}

/* flow holds the dialog's own, and keeps it when nothing better is known. */
static int resolve(const struct sip_dialog *dialog, struct rd_str uri, struct sip_flow *flow,
		   struct sip_way **way)
{
	struct sip_transports *transports = dialog->flow.transport->owner;
	struct sip_resolver *resolver = dialog->table->resolver;
	struct sip_targets targets;
	struct sip_where where;

	if (!resolver || sip_where_of_uri(&where, uri))
		return 0;
	where.secure |= sip_uri_is_secure(dialog->target);
	sip_where_by(&where, transports, NULL);
	if (sip_locate_now(resolver, &where, &targets))
		return 0;
	current_first(resolver, flow, &targets);
	if (sip_way_new(way, resolver, &where, &targets, NULL))
		return -EHOSTUNREACH;
	if (sip_way_next(*way, transports, flow) == 0)
		return 0;
	sip_way_free(*way);
	*way = NULL;
	return -EHOSTUNREACH;
}

/* ---- the way ---- */

/* Its connection is lost, and whoever has the dialog knows of another. */
static bool is_found_again(struct sip_dialog *dialog)
{
	const struct sip_dialog_user *user = dialog->user;
	struct sip_flow flow;

	if (!user || !user->find || !user->find(dialog->arg, dialog, &flow) ||
	    !sip_flow_may_replace(&flow, &dialog->flow))
		return false;
	dialog->flow = flow;
	return true;
}

/* Its Contact says that it is reached by other means than it came by. */
static bool wants_another_protocol(const struct sip_dialog *dialog, const struct sip_uri *uri)
{
	enum sip_protocol wanted;
	struct rd_str name;

	if (dialog->routes.n || !sip_param_get(uri->params, RD_STR("transport"), &name))
		return false;
	wanted = sip_protocol_of(name);
	if (wanted == SIP_TCP && uri->scheme == SIP_SCHEME_SIPS)
		wanted = SIP_TLS;
	return wanted != SIP_PROTOCOLS && wanted != dialog->flow.transport->protocol;
}

int sip_dialog_way(struct sip_dialog *dialog, struct sip_flow *flow)
{
	struct sip_way *way = NULL;
	int rc = sip_dialog_find_way(dialog, flow, &way);

	sip_way_free(way);
	return rc;
}

int sip_dialog_find_way(struct sip_dialog *dialog, struct sip_flow *flow, struct sip_way **way)
{
	bool alive = sip_flow_alive(&dialog->flow), back;
	struct sip_transport *transport;
	union sip_sockaddr peer;
	struct rd_str next;
	struct sip_uri uri;

	back = !sip_dialog_next_hop(dialog, &next);
	if (back && !alive)
		alive = is_found_again(dialog);
	*flow = dialog->flow;
	if ((back && alive) || sip_uri_parse(&uri, next, NULL))
		return 0;
	if (sip_uri_is_secure(dialog->target))
		uri.scheme = SIP_SCHEME_SIPS; /* on all of its way (RFC 3261 §26.2.2) */
	if (sip_sockaddr_parse(&peer, uri.host, sip_uri_port(&uri)) ||
	    wants_another_protocol(dialog, &uri)) {
		/* Of several targets, whoever began it has chosen. */
		if (alive && dialog->state == SIP_DIALOG_HALF)
			return 0;
		return resolve(dialog, next, flow, way);
	}
	if (alive && sip_sockaddr_equal(&peer, &flow->peer))
		return 0;
	transport = sip_transport_successor(dialog->flow.transport, &peer);
	return sip_flow_open(flow, transport, &peer) ? -EHOSTUNREACH : 0;
}
