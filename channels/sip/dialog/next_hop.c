/* The next hop of a dialog when it has a name. What DNS knows by now decides: no
 * request in a dialog waits for it. Until then it goes the way that the dialog
 * came, which is right more often than not. */
#include "table.h"

void sip_dialogs_set_resolver(struct sip_dialogs *table, struct sip_resolver *resolver)
{
	table->resolver = resolver;
}

/* The state of a call may be with one proxy of several: stay with it. */
static bool stays(const struct sip_flow *flow, const struct sip_targets *targets)
{
	for (unsigned i = 0; i < targets->count; i++)
		if (targets->list[i].protocol == flow->transport->protocol &&
		    sip_sockaddr_equal(&targets->list[i].address, &flow->peer))
			return sip_flow_alive(flow);
	return false;
}

static int open_first(struct sip_resolver *resolver, const struct sip_where *where,
		      const struct sip_targets *targets, struct sip_flow *flow)
{
	struct sip_transports *transports = flow->transport->owner;
	struct sip_way *way;
	int rc = sip_way_new(&way, resolver, where, targets, NULL);

	if (rc)
		return rc;
	rc = sip_way_next(way, transports, flow);
	sip_way_free(way);
	return rc;
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
		       struct sip_flow *flow)
{
	struct sip_resolver *resolver = dialog->table->resolver;
	struct sip_targets targets;
	struct sip_where where;

	if (!resolver || sip_where_of_uri(&where, uri))
		return 0;
	sip_where_by(&where, dialog->flow.transport->owner, NULL);
	if (sip_locate_now(resolver, &where, &targets) || stays(flow, &targets))
		return 0;
	return open_first(resolver, &where, &targets, flow) ? -EHOSTUNREACH : 0;
}
