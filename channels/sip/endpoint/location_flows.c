/* Contacts and the connections that they registered over: found when one is
 * lost, and replaced where the phone can be called. */
#include <ringdown/log.h>

#include "channels/sip/message/uri.h"
#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/endpoint/location_table.h"

static struct rd_list *bucket(struct sip_location *location, const struct sip_flow *flow)
{
	return &location->connections[flow->connection %
				      RD_ARRAY_SIZE(location->connections)];
}

static void index_connection(struct sip_contact *contact)
{
	rd_list_remove(&contact->by_connection);
	if (contact->flow.connection)
		rd_list_push(bucket(contact->aor->location, &contact->flow),
			     &contact->by_connection);
}

const struct sip_contact *sip_location_by_flow(struct sip_location *location,
					       const struct sip_flow *flow)
{
	rd_list_foreach(node, next, bucket(location, flow)) {
		const struct sip_contact *contact =
			rd_list_entry(node, struct sip_contact, by_connection);

		if (sip_flow_same_connection(&contact->flow, flow))
			return contact;
	}
	return NULL;
}

/* ---- signs of life ---- */

/* What it thinks its address is, we see another one. */
static bool is_behind_nat(const struct sip_contact *contact)
{
	union sip_sockaddr address;
	struct sip_uri uri;

	return sip_uri_parse(&uri, contact->uri, NULL) == 0 &&
	       sip_sockaddr_parse(&address, uri.host, sip_uri_port(&uri)) == 0 &&
	       !sip_sockaddr_equal(&address, &contact->flow.peer);
}

static void keep_alive(void *arg)
{
	struct sip_contact *contact = arg;
	int ms = contact->flow.transport->keepalive_ms;

	if (!ms)
		return; /* a reload has put an end to it */
	sip_flow_keep_alive(&contact->flow);
	rd_timer_start(&contact->keepalive, ms);
}

void sip_contact_flow_init(struct sip_contact *contact)
{
	rd_list_init(&contact->by_connection);
	rd_timer_init(&contact->keepalive, keep_alive, contact);
}

void sip_contact_flow_fini(struct sip_contact *contact)
{
	rd_list_remove(&contact->by_connection);
	rd_timer_stop(&contact->keepalive);
}

/* A NAT forgets whom it did not see for half a minute. Whose registration another may
 * have sent is not behind one for sure. */
void sip_contact_flow_changed(struct sip_contact *contact)
{
	const struct sip_transport *transport = contact->flow.transport;

	index_connection(contact);
	if (transport->keepalive_ms && !transport->reliable && !contact->unproven &&
	    is_behind_nat(contact))
		rd_timer_start(&contact->keepalive, transport->keepalive_ms);
	else
		rd_timer_stop(&contact->keepalive);
}

/* ---- ways ---- */

/* The address that the Contact tells, if somebody listens there: it is the one
 * that the phone sends from, with a port of its own. Behind a NAT the address
 * differs; the port of the connection itself was never listened on. */
static bool listens_at(const struct sip_contact *contact, union sip_sockaddr *address)
{
	struct sip_uri uri;

	return sip_uri_parse(&uri, contact->uri, NULL) == 0 &&
	       sip_sockaddr_parse(address, uri.host, sip_uri_port(&uri)) == 0 &&
	       sip_sockaddr_same_host(address, &contact->flow.peer) &&
	       !sip_sockaddr_equal(address, &contact->flow.peer);
}

/* Our own socket is another one since: that of datagrams does not matter to the
 * phone, unless a NAT is between us. */
static void follow(struct sip_contact *contact)
{
	struct sip_transport *transport =
		sip_transport_successor(contact->flow.transport, &contact->flow.peer);
	char ours[SIP_SOCKADDR_TEXT];
	struct sip_flow flow;

	if (transport == contact->flow.transport || transport->reliable)
		return;
	sip_sockaddr_host(&contact->flow.local, ours);
	if (sip_flow_recall(&flow, transport, &contact->flow.peer, rd_str_of(ours)))
		return;
	contact->flow = flow;
	sip_contact_flow_changed(contact);
}

int sip_contact_way(struct sip_contact *contact, struct sip_flow *flow)
{
	union sip_sockaddr address;
	int rc;

	follow(contact);
	*flow = contact->flow;
	flow->pinned = is_behind_nat(contact);
	if (sip_flow_alive(flow))
		return 0;
	if (!listens_at(contact, &address))
		return -ENOTCONN;
	rc = sip_flow_open(flow, contact->flow.transport, &address);
	if (rc)
		return rc;
	/* Its source stays what it registered from; that port is gone anyway. */
	contact->flow.connection = flow->connection;
	sip_contact_flow_changed(contact);
	return 0;
}

/* The port that a Contact tells is often the connection's own, and another one the next
 * time. */
static bool differs_by_port(const struct sip_contact *contact, const struct sip_uri *was)
{
	struct sip_uri is;

	return sip_uri_parse(&is, contact->uri, NULL) == 0 &&
	       sip_uri_text_equal(is.user, was->user, false) && rd_str_ieq(is.host, was->host);
}

static struct sip_contact *newest_but_for_port(const struct sip_aor *aor, struct rd_str uri)
{
	struct sip_contact *newest = NULL;
	struct sip_uri was;

	if (sip_uri_parse(&was, uri, NULL))
		return NULL;
	rd_list_foreach(node, tmp, &aor->contacts) {
		struct sip_contact *contact = sip_contact_at(node);

		if ((!newest || contact->stamp > newest->stamp) && differs_by_port(contact, &was))
			newest = contact;
	}
	return newest;
}

/* In a call it may have another user than it registers with. Of several nobody knows which. */
static struct sip_contact *only_one_at_host(const struct sip_aor *aor, struct rd_str uri)
{
	struct sip_contact *contact = aor->count == 1 ? sip_aor_first(aor) : NULL;
	struct sip_uri was, is;

	return contact && sip_uri_parse(&was, uri, NULL) == 0 &&
			       sip_uri_parse(&is, contact->uri, NULL) == 0 &&
			       rd_str_ieq(is.host, was.host)
		       ? contact : NULL;
}

/* Of several flows of one device, the newest that stands. */
static bool way_to_instance(const struct sip_aor *aor, struct rd_str instance,
			    struct sip_flow *flow)
{
	uint64_t before = UINT64_MAX;
	struct sip_contact *contact;

	while (instance.n && (contact = sip_aor_newest(aor, instance, before))) {
		before = contact->stamp;
		if (sip_contact_way(contact, flow) == 0)
			return true;
	}
	return false;
}

bool sip_location_flow(struct sip_location *location, struct rd_str name, struct rd_str instance,
		       struct rd_str uri, struct sip_flow *flow)
{
	const struct sip_aor *aor = sip_location_find(location, name);
	struct sip_contact *contact;
	struct sip_gruu gruu;
	struct sip_uri target;

	if (!instance.n && sip_uri_parse(&target, uri, NULL) == 0 &&
	    sip_gruu_find(location, &target, &gruu) == 0 && gruu.aor == aor)
		instance = rd_str_of(gruu.instance);
	if (!aor || way_to_instance(aor, instance, flow))
		return aor;
	contact = sip_aor_newest_at(aor, uri);
	if (!contact)
		contact = newest_but_for_port(aor, uri);
	if (!contact)
		contact = only_one_at_host(aor, uri);
	return contact && sip_contact_way(contact, flow) == 0;
}

static void flow_lost(void *arg, const struct sip_flow *flow, int rc)
{
	struct sip_location *location = arg;

	(void)rc;
	rd_list_foreach(node, next, bucket(location, flow)) {
		struct sip_contact *contact =
			rd_list_entry(node, struct sip_contact, by_connection);
		union sip_sockaddr address;

		if (sip_flow_same_connection(&contact->flow, flow) &&
		    !listens_at(contact, &address))
			sip_aor_unbind(contact, SIP_UNBOUND_LOST);
	}
}

void sip_location_watch(struct sip_location *location, struct sip_transports *transports)
{
	location->watcher.lost = flow_lost;
	location->watcher.arg = location;
	sip_transports_watch(transports, &location->watcher);
}
