/* The next hop of a dialog when it has a name. What DNS knows by now decides: no
 * request in a dialog waits for it. Until then it goes the way that the dialog
 * came, which is right more often than not. */
#include "channels/sip/dialog/table.h"

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

void sip_dialog_look_ahead(const struct sip_dialog *dialog, struct rd_str uri)
{
	struct sip_targets targets;
	struct sip_where where;

	if (!dialog->table->resolver || sip_where_of_uri(&where, uri))
		return;
	sip_where_by(&where, dialog->flow.transport->owner, NULL);
	sip_locate_now(dialog->table->resolver, &where, &targets);
}

int sip_dialog_resolve(const struct sip_dialog *dialog, struct rd_str uri,
		       struct sip_flow *flow, struct sip_way **way)
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
