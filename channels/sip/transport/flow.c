/* Flows: by which transport a far end is reached, what is sent by them, and what stands for us
 * there. Knows no socket. */
#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/private.h"
#include "channels/sip/transport/stun.h"

static int begin_flow(struct sip_flow *flow, struct sip_transport *transport,
		      const union sip_sockaddr *peer)
{
	RD_CHECK(transport, SIP_TRANSPORT_MAGIC);
	*flow = (struct sip_flow){ .transport = transport, .peer = *peer };
	return transport->closed ? -ENOTCONN : 0;
}

int sip_flow_open(struct sip_flow *flow, struct sip_transport *transport,
		  const union sip_sockaddr *peer)
{
	return sip_flow_open_named(flow, transport, peer, (struct rd_str){ 0 });
}

int sip_flow_open_named(struct sip_flow *flow, struct sip_transport *transport,
			const union sip_sockaddr *peer, struct rd_str name)
{
	union sip_sockaddr numeric;
	int rc = begin_flow(flow, transport, peer);

	if (rc)
		return rc;
	if (sip_sockaddr_parse(&numeric, name, 0) == 0)
		name = (struct rd_str){ 0 };
	if (transport->ops->connect)
		return transport->ops->connect(transport, flow, name);
	return transport->ops->route(transport, flow);
}

int sip_flow_reopen(struct sip_flow *flow)
{
	struct sip_transport *transport = flow->transport;

	RD_CHECK(transport, SIP_TRANSPORT_MAGIC);
	if (transport->closed || !transport->ops->reopen)
		return -ENOTCONN;
	return transport->ops->reopen(transport, flow);
}

/* A NAT knows us by the address that its phone has written to; the kernel would choose one by
 * where the phone is. */
static void keep_ours(struct sip_flow *flow, struct rd_str ours)
{
	bool is_chosen = !sip_sockaddr_same_host(&flow->local, &flow->transport->bound);
	union sip_sockaddr local;

	if (flow->transport->reliable || !is_chosen ||
	    sip_sockaddr_parse(&local, ours, sip_sockaddr_port(&flow->local)) ||
	    local.sa.sa_family != flow->local.sa.sa_family || !sip_address_is_ours(&local))
		return;
	flow->local = local;
}

int sip_flow_recall(struct sip_flow *flow, struct sip_transport *transport,
		    const union sip_sockaddr *peer, struct rd_str ours)
{
	int rc = begin_flow(flow, transport, peer);

	if (!rc)
		rc = transport->ops->route(transport, flow);
	if (!rc)
		keep_ours(flow, ours);
	return rc;
}

bool sip_flow_alive(const struct sip_flow *flow)
{
	struct sip_transport *transport = flow->transport;

	RD_CHECK(transport, SIP_TRANSPORT_MAGIC);
	if (transport->closed)
		return false;
	return !transport->ops->alive || transport->ops->alive(transport, flow);
}

bool sip_flow_peer_is(const struct sip_flow *flow, struct rd_str name)
{
	const struct sip_transport_ops *ops = flow->transport->ops;

	return ops->peer_is && ops->peer_is(flow->transport, flow, name);
}

void sip_flow_alias(const struct sip_flow *flow, uint16_t port)
{
	struct sip_transport *transport = flow->transport;

	if (!transport->closed && transport->ops->alias)
		transport->ops->alias(transport, flow, port);
}

int sip_flow_send(const struct sip_flow *flow, const char *data, size_t size)
{
	struct sip_transport *transport = flow->transport;
	int rc;

	RD_CHECK(transport, SIP_TRANSPORT_MAGIC);
	if (transport->closed)
		return -ENOTCONN;
	rc = transport->ops->send(transport, flow, data, size);
	if (rc <= 0 && rc != -ENOTCONN) /* there is a connection for it to go by */
		sip_transport_sent(transport, flow, data, size);
	if (rc < 0) {
		transport->stats.send_errors++;
		return rc;
	}
	transport->stats.sent++;
	transport->stats.sent_bytes += size;
	return 0;
}

int sip_flow_withdraw(const struct sip_flow *flow, const char *data, size_t size)
{
	struct sip_transport *transport = flow->transport;
	int rc;

	RD_CHECK(transport, SIP_TRANSPORT_MAGIC);
	if (transport->closed || !transport->ops->withdraw)
		return -ENOENT;
	rc = transport->ops->withdraw(transport, flow, data, size);
	if (rc)
		return rc;
	transport->stats.sent--;
	transport->stats.sent_bytes -= size;
	return 0;
}

static bool is_inside(const struct sip_transport *transport, const union sip_sockaddr *address)
{
	for (unsigned i = 0; i < transport->inside_count; i++)
		if (sip_network_has(&transport->inside[i], address))
			return true;
	return false;
}

const union sip_sockaddr *sip_flow_external(const struct sip_flow *flow)
{
	const struct sip_transport *transport = flow->transport;

	if (!transport->advertised.sa.sa_family || is_inside(transport, &flow->peer))
		return NULL;
	return &transport->advertised;
}

bool sip_flow_hidden(const struct sip_flow *flow)
{
	const struct sip_transport *transport = flow->transport;

	return !transport->advertised.sa.sa_family && is_inside(transport, &flow->local) &&
	       !is_inside(transport, &flow->peer);
}

const union sip_sockaddr *sip_flow_sent_by(const struct sip_flow *flow)
{
	const union sip_sockaddr *external = sip_flow_external(flow);

	return external ? external : &flow->local;
}

/* ---- kept open ---- */

/* Two line ends: what a phone that knows RFC 5626 answers, and every other one
 * passes over (RFC 3261 §7.5). Neither counted nor traced. */
void sip_flow_keep_alive(const struct sip_flow *flow)
{
	struct sip_transport *transport = flow->transport;

	if (!transport->closed && !transport->reliable)
		transport->ops->send(transport, flow, "\r\n\r\n", 4);
}

int sip_flow_ping(const struct sip_flow *flow, const uint8_t *id)
{
	struct sip_transport *transport = flow->transport;
	uint8_t request[SIP_STUN_REQUEST];

	if (transport->closed)
		return -ENOTCONN;
	if (transport->reliable)
		return transport->ops->ping ? transport->ops->ping(transport, flow) : -ENOSYS;
	sip_stun_ask(request, id);
	return transport->ops->send(transport, flow, (const char *)request, sizeof(request));
}
