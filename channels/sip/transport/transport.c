/* The set of transports, and what every one of them shares: counting, tracing, keep-alives
 * dropped. Knows no socket. Flows are in flow.c. */
#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/private.h"
#include "channels/sip/transport/stun.h"
#include "channels/sip/transport/trace.h"

#define NAME(text) { text, sizeof(text) - 1 }

static const struct {
	struct rd_str name, param;
} protocols[SIP_PROTOCOLS] = {
	[SIP_UDP] = { NAME("UDP"), NAME("udp") }, [SIP_TCP] = { NAME("TCP"), NAME("tcp") },
	[SIP_TLS] = { NAME("TLS"), NAME("tls") }, [SIP_WS] = { NAME("WS"), NAME("ws") },
	[SIP_WSS] = { NAME("WSS"), NAME("wss") },
};

struct rd_str sip_protocol_name(enum sip_protocol protocol)
{
	return protocols[protocol].name;
}

struct rd_str sip_protocol_param(enum sip_protocol protocol)
{
	return protocols[protocol].param;
}

enum sip_protocol sip_protocol_of(struct rd_str name)
{
	for (unsigned i = 0; i < SIP_PROTOCOLS; i++)
		if (rd_str_ieq(name, protocols[i].name))
			return i;
	return SIP_PROTOCOLS;
}

/* ---- the set ---- */

int sip_transports_new(struct sip_transports **tp)
{
	struct sip_transports *transports = rd_zalloc(sizeof(*transports));

	if (!transports)
		return -ENOMEM;
	rd_list_init(&transports->list);
	rd_list_init(&transports->watchers);
	*tp = transports;
	return 0;
}

void sip_transports_free(struct sip_transports *transports)
{
	struct rd_list *node;

	if (!transports)
		return;
	sip_trace_stop(transports);
	sip_trace_pcap_take(transports, -1);
	sip_trace_watch(transports, NULL);
	while ((node = rd_list_pop(&transports->list))) {
		struct sip_transport *transport =
			rd_list_entry(node, struct sip_transport, link);

		sip_transport_drop(transport);
	}
	rd_free(transports);
}

void sip_transports_set_receiver(struct sip_transports *transports,
				 sip_receive_fn *receive, void *arg)
{
	transports->receive = receive;
	transports->arg = arg;
}

void sip_transports_set_refuser(struct sip_transports *transports, sip_broken_fn *broken)
{
	transports->broken = broken;
}

void sip_transports_watch(struct sip_transports *transports,
			  struct sip_flow_watcher *watcher)
{
	rd_list_push(&transports->watchers, &watcher->link);
}

void sip_flow_watcher_remove(struct sip_flow_watcher *watcher)
{
	rd_list_remove(&watcher->link);
}

void sip_transports_set_stun(struct sip_transports *transports, sip_stun_fn *may)
{
	transports->may_stun = may;
}

void sip_transports_add_take(struct sip_transports *transports,
			     struct sip_transport *transport)
{
	transport->magic = SIP_TRANSPORT_MAGIC;
	transport->owner = transports;
	rd_list_push(&transports->list, &transport->link);
}

void sip_transport_close(struct sip_transport *transport)
{
	RD_CHECK(transport, SIP_TRANSPORT_MAGIC);
	if (transport->closed)
		return;
	transport->closed = true;
	transport->ops->close(transport);
}

void sip_transport_drop(struct sip_transport *transport)
{
	sip_transport_close(transport);
	rd_list_remove(&transport->link);
	transport->magic = 0;
	rd_free(transport->inside);
	rd_free(transport);
}

bool sip_transport_can_move(const struct sip_transport *transport,
			    const union sip_sockaddr *address)
{
	const union sip_sockaddr *bound = &transport->bound;

	return transport->ops->rebind && !transport->deaf && sip_sockaddr_is_any(address) &&
	       bound->sa.sa_family == address->sa.sa_family &&
	       sip_sockaddr_port(bound) == sip_sockaddr_port(address);
}

int sip_transport_rebind(struct sip_transport *transport, const union sip_sockaddr *address,
			 struct sip_socket *socket)
{
	return transport->ops->rebind(transport, address, socket);
}

void sip_transport_move(struct sip_transport *transport, const struct sip_socket *socket)
{
	transport->ops->move(transport, socket);
	transport->bound = socket->bound;
}

void sip_transport_share(struct sip_transport *transport, bool share)
{
	if (transport->ops->share)
		transport->ops->share(transport, share);
}

/* The kernel gives new connections to either, and datagrams to the one whose address is
 * the more exact. */
void sip_transport_yield(struct sip_transport *transport, struct sip_transport *heir)
{
	if (!transport->ops->deafen) {
		transport->heir = heir;
	} else if (!transport->deaf) {
		transport->ops->deafen(transport);
		transport->deaf = true;
	}
}

int sip_transport_set_external(struct sip_transport *transport,
			       const union sip_sockaddr *address,
			       const struct sip_network *inside)
{
	struct sip_network *copy = NULL;
	unsigned count = 0;

	for (const struct sip_network *network = inside; network; network = network->next)
		count++;
	if (count) {
		copy = rd_malloc(count * sizeof(*copy));
		if (!copy)
			return -ENOMEM;
	}
	for (unsigned i = 0; i < count; i++, inside = inside->next)
		copy[i] = *inside;
	rd_free(transport->inside);
	transport->inside = copy;
	transport->inside_count = count;
	transport->advertised = *address;
	if (sip_sockaddr_port(address) == 0)
		sip_sockaddr_set_port(&transport->advertised,
				      sip_sockaddr_port(&transport->bound));
	return 0;
}

struct sip_transport *sip_transports_next(struct sip_transports *transports,
					  struct sip_transport *after)
{
	struct rd_list *node = after ? after->link.next : transports->list.next;

	for (; node != &transports->list; node = node->next) {
		struct sip_transport *transport =
			rd_list_entry(node, struct sip_transport, link);

		if (!transport->closed)
			return transport;
	}
	return NULL;
}

struct sip_transport *sip_transports_find(struct sip_transports *transports,
					  const char *name)
{
	struct sip_transport *transport = NULL;

	while ((transport = sip_transports_next(transports, transport)))
		if (!transport->leaves && !strcmp(transport->name, name))
			return transport;
	return NULL;
}

/* From 127.0.0.1 nothing else can be reached. */
static bool can_reach(const struct sip_transport *transport,
		      const union sip_sockaddr *peer)
{
	return transport->bound.sa.sa_family == peer->sa.sa_family &&
	       (!sip_sockaddr_is_loopback(&transport->bound) ||
		sip_sockaddr_is_loopback(peer));
}

struct sip_transport *sip_transports_for(struct sip_transports *transports,
					 enum sip_protocol protocol,
					 const union sip_sockaddr *peer)
{
	struct sip_transport *transport = NULL;

	while ((transport = sip_transports_next(transports, transport)))
		if (!transport->leaves && transport->protocol == protocol &&
		    can_reach(transport, peer))
			return transport;
	return NULL;
}

static bool is_wildcard_of(const union sip_sockaddr *bound, const union sip_sockaddr *ours)
{
	return bound->sa.sa_family == ours->sa.sa_family && sip_sockaddr_is_any(bound) &&
	       sip_sockaddr_port(bound) == sip_sockaddr_port(ours);
}

struct sip_transport *sip_transports_at(struct sip_transports *transports,
					enum sip_protocol protocol,
					const union sip_sockaddr *ours)
{
	struct sip_transport *transport = NULL, *wildcard = NULL;

	while ((transport = sip_transports_next(transports, transport))) {
		if (transport->leaves || transport->protocol != protocol)
			continue;
		if (sip_sockaddr_equal(&transport->bound, ours))
			return transport;
		if (!wildcard && is_wildcard_of(&transport->bound, ours))
			wildcard = transport;
	}
	return wildcard;
}

struct sip_transport *sip_transport_successor(struct sip_transport *transport,
					      const union sip_sockaddr *peer)
{
	struct sip_transport *other;

	if (!transport->leaves && !transport->closed)
		return transport;
	other = transport->heir; /* it has the address that the peer knows */
	if (other && !other->leaves && !other->closed)
		return other;
	other = sip_transports_find(transport->owner, transport->name);
	if (!other || other->protocol != transport->protocol || !can_reach(other, peer))
		other = sip_transports_for(transport->owner, transport->protocol, peer);
	return other ? other : transport;
}

/* ---- what goes and comes ---- */

void sip_transport_sent(struct sip_transport *transport, const struct sip_flow *flow,
			const char *data, size_t size)
{
	struct sip_trace *trace = transport->owner->trace;

	if (trace)
		sip_trace_message(trace, flow, false, data, size);
}

/* A SIP message starts with a letter or another visible character. CRLF
 * keep-alives, STUN (whose first byte is 0 or 1) and NUL padding do not. */
static bool is_noise(const char *data, size_t size)
{
	return size < 4 || (unsigned char)data[0] <= ' ';
}

void sip_transport_answered(struct sip_transport *transport, const struct sip_flow *flow,
			    const struct sip_stun_reply *reply)
{
	rd_list_foreach(node, next, &transport->owner->watchers) {
		struct sip_flow_watcher *watcher =
			rd_list_entry(node, struct sip_flow_watcher, link);

		if (watcher->answered)
			watcher->answered(watcher->arg, flow, reply);
	}
}

/* RFC 3261 §7.5 has it for streams, whose framer does it; some send such datagrams. */
static size_t line_ends_before(const char *data, size_t size)
{
	size_t n = 0;

	while (size - n > 2 && data[n] == '\r' && data[n + 1] == '\n')
		n += 2;
	return n;
}

static bool take_reply(struct sip_transport *transport, const struct sip_flow *flow,
		       const char *data, size_t size)
{
	struct sip_stun_reply reply;

	if (transport->reliable || !sip_stun_read(&reply, data, size))
		return false;
	sip_transport_answered(transport, flow, &reply);
	return true;
}

/* Over connections CRLF does it. */
static bool answer_stun(struct sip_transport *transport, const struct sip_flow *flow,
			const char *data, size_t size)
{
	struct sip_transports *transports = transport->owner;
	uint8_t answer[SIP_STUN_ANSWER];
	size_t n;

	if (transport->reliable || !transports->may_stun)
		return false;
	n = sip_stun_answer(data, size, &flow->peer, answer);
	if (!n || !transports->may_stun(transports->arg, flow, size, n))
		return false;
	return transport->ops->send(transport, flow, (const char *)answer, n) == 0;
}

void sip_transport_received(struct sip_transport *transport, const struct sip_flow *flow,
			    char *data, size_t size)
{
	struct sip_transports *transports = transport->owner;
	size_t passed = line_ends_before(data, size);

	data += passed;
	size -= passed;
	if (is_noise(data, size)) {
		if (!take_reply(transport, flow, data, size) &&
		    !answer_stun(transport, flow, data, size))
			transport->stats.dropped++;
		return;
	}
	transport->stats.received++;
	transport->stats.received_bytes += size;
	if (transports->trace)
		sip_trace_message(transports->trace, flow, true, data, size);
	if (transports->receive)
		transports->receive(transports->arg, flow, data, size);
}

void sip_transport_broken(struct sip_transport *transport, const struct sip_flow *flow,
			  char *head, size_t size, unsigned status, const char *why)
{
	struct sip_transports *transports = transport->owner;

	transport->stats.dropped++;
	if (transports->trace)
		sip_trace_message(transports->trace, flow, true, head, size);
	if (transports->broken)
		transports->broken(transports->arg, flow, head, size, status, why);
}

/* A watcher may remove itself, no other. */
void sip_transport_lost(struct sip_transport *transport, const struct sip_flow *flow,
			int rc)
{
	rd_list_foreach(node, next, &transport->owner->watchers) {
		struct sip_flow_watcher *watcher =
			rd_list_entry(node, struct sip_flow_watcher, link);

		watcher->lost(watcher->arg, flow, rc);
	}
}

void sip_transport_unreached(struct sip_transport *transport, const struct sip_flow *flow,
			     struct rd_str quoted, int rc)
{
	rd_list_foreach(node, next, &transport->owner->watchers) {
		struct sip_flow_watcher *watcher =
			rd_list_entry(node, struct sip_flow_watcher, link);

		if (watcher->unreached)
			watcher->unreached(watcher->arg, flow, quoted, rc);
	}
}
