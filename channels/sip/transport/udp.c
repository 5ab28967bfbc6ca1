/* UDP over IPv4 and IPv6: one socket, many datagrams per wake-up, answers from
 * the address that was asked. */
#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/io.h>
#include <ringdown/log.h>

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/open.h"
#include "channels/sip/transport/private.h"

#define BATCH	       64 /* datagrams per wake-up, then others have their turn */
#define BUFFER	       65536
#define RECEIVE_BUFFER (4 << 20)
#define ROUTES	       64 /* slots of the route cache, a power of two */
#define ROUTE_MS       30000
#define TELL_MS        60000

/* From which of our addresses the kernel would reach a peer. */
struct route {
	union sip_sockaddr peer, local;
	uint64_t until_ms;
};

struct udp {
	struct sip_transport transport; /* first: freed by the set */
	int fd, dscp;
	bool wildcard;
	struct rd_watch *watch;
	uint64_t lost_before; /* by the sockets that it had before */
	uint64_t lost_told, told_ms;
	struct route routes[ROUTES];
	char buffer[BUFFER];
};

union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* ---- receiving ---- */

static void read_destination(struct msghdr *msg, union sip_sockaddr *local)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			local->in4.sin_addr = info.ipi_addr;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			local->in6.sin6_addr = info.ipi6_addr;
			if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
				local->in6.sin6_scope_id = info.ipi6_ifindex;
		}
	}
}

/* Bytes received, or negative errno. */
static ssize_t receive_one(struct udp *udp, struct sip_flow *flow)
{
	union control control;
	struct iovec iov = { udp->buffer, sizeof(udp->buffer) };
	struct msghdr msg = {
		.msg_name = &flow->peer,
		.msg_namelen = sizeof(flow->peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = udp->wildcard ? &control : NULL,
		.msg_controllen = udp->wildcard ? sizeof(control) : 0,
	};
	ssize_t n = recvmsg(udp->fd, &msg, 0);

	if (n < 0)
		return -errno;
	flow->local = udp->transport.bound;
	if (udp->wildcard)
		read_destination(&msg, &flow->local);
	return n;
}

/* What earlier datagrams brought about (ICMP) makes the socket ready until it is taken.
 * It is looked for when nothing else was there. */
static void take_errors(struct udp *udp)
{
	for (int i = 0; i < BATCH && !udp->transport.closed; i++)
		if (!sip_udp_take_error(&udp->transport, udp->fd))
			return;
}

/* Datagrams for which there was no room until we read: the kernel counts them. */
static uint64_t udp_lost(const struct sip_transport *transport)
{
	const struct udp *udp = transport->impl;
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(info);

	getsockopt(udp->fd, SOL_SOCKET, SO_MEMINFO, info, &size);
	return udp->lost_before + info[SK_MEMINFO_DROPS];
}

static void tell_lost(struct udp *udp)
{
	uint64_t lost = udp_lost(&udp->transport), now = rd_now_ms();

	if (lost == udp->lost_told || (udp->told_ms && now < udp->told_ms + TELL_MS))
		return;
	rd_warning("sip/%s: %llu datagrams are lost: they came faster than they were read, and "
		   "its buffer was full",
		   udp->transport.name, (unsigned long long)(lost - udp->lost_told));
	udp->lost_told = lost;
	udp->told_ms = now;
}

static void udp_ready(unsigned events, void *arg)
{
	struct udp *udp = arg;
	struct sip_transport *heir = udp->transport.heir;
	struct sip_flow flow = { .transport = heir && !heir->closed ? heir : &udp->transport };

	(void)events;
	for (int i = 0; i < BATCH && !udp->transport.closed; i++) {
		ssize_t n = receive_one(udp, &flow);

		if (n < 0 && (n != -EAGAIN || i == 0))
			take_errors(udp);
		if (n == -EAGAIN)
			return;
		if (n < 0)
			continue;
		if (i > 0)
			rd_io_load(1);
		sip_transport_received(&udp->transport, &flow, udp->buffer, (size_t)n);
	}
	if (!udp->transport.closed)
		tell_lost(udp);
}

/* ---- sending ---- */

static void set_source(struct msghdr *msg, union control *control,
		       const union sip_sockaddr *local)
{
	bool v6 = local->sa.sa_family == AF_INET6;
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control;
	msg->msg_controllen = v6 ? CMSG_SPACE(sizeof(struct in6_pktinfo)) :
				   CMSG_SPACE(sizeof(struct in_pktinfo));
	c = CMSG_FIRSTHDR(msg);
	if (v6) {
		struct in6_pktinfo info = { .ipi6_addr = local->in6.sin6_addr,
					    .ipi6_ifindex = local->in6.sin6_scope_id };

		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
	} else {
		struct in_pktinfo info = { .ipi_spec_dst = local->in4.sin_addr };

		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
	}
}

/* The kernel tells of an earlier datagram's error once, instead of sending this one. */
static bool may_be_of_another(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
	       error == EACCES || error == EPROTO || error == EOPNOTSUPP;
}

static int udp_send(struct sip_transport *transport, const struct sip_flow *flow,
		    const char *data, size_t size)
{
	struct udp *udp = transport->impl;
	union control control;
	struct iovec iov = { (char *)data, size };
	struct msghdr msg = {
		.msg_name = (void *)&flow->peer,
		.msg_namelen = sip_sockaddr_len(&flow->peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};

	if (udp->wildcard && !sip_sockaddr_is_any(&flow->local))
		set_source(&msg, &control, &flow->local);
	if (sendmsg(udp->fd, &msg, 0) >= 0)
		return 0;
	if (!may_be_of_another(errno) || sendmsg(udp->fd, &msg, 0) < 0)
		return -errno;
	return 0;
}

/* ---- our address towards a peer ---- */

static struct route *route_slot(struct udp *udp, const union sip_sockaddr *peer)
{
	return &udp->routes[sip_sockaddr_hash_host(peer) % ROUTES];
}

static int udp_route(struct sip_transport *transport, struct sip_flow *flow)
{
	struct udp *udp = transport->impl;
	struct route *route;

	if (!udp->wildcard) {
		flow->local = transport->bound;
		return 0;
	}
	route = route_slot(udp, &flow->peer);
	if (route->until_ms <= rd_now_ms() ||
	    !sip_sockaddr_same_host(&route->peer, &flow->peer)) {
		int rc = sip_source_find(&flow->peer, &route->local);

		route->until_ms = 0;
		if (rc)
			return rc;
		sip_sockaddr_set_port(&route->local, sip_sockaddr_port(&transport->bound));
		route->peer = flow->peer;
		route->until_ms = rd_now_ms() + ROUTE_MS;
	}
	flow->local = route->local;
	return 0;
}

/* ---- opening ---- */

static void udp_close(struct sip_transport *transport)
{
	struct udp *udp = transport->impl;

	rd_watch_free(udp->watch);
	close(udp->fd);
}

/* What is good to have and may be refused. */
static void tune_socket(int fd, int family, const struct sip_udp_options *options)
{
	int size = options->receive_buffer ? options->receive_buffer : RECEIVE_BUFFER;

	sip_socket_option(fd, SOL_SOCKET, SO_RCVBUF, size);
	sip_socket_dscp(fd, family, options->dscp);
}

static int bind_socket(struct sip_socket *socket, const struct sip_udp_options *options)
{
	int family = options->bind.sa.sa_family;
	int rc = 0;

	if (family == AF_INET6)
		rc = sip_socket_option(socket->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!rc && sip_sockaddr_is_any(&options->bind))
		rc = family == AF_INET6 ?
			     sip_socket_option(socket->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) :
			     sip_socket_option(socket->fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (!rc)
		rc = sip_udp_want_errors(socket->fd, family);
	if (rc)
		return rc;
	tune_socket(socket->fd, family, options);
	return sip_socket_bind(socket, &options->bind, 0, options->shares);
}

static int open_socket(struct udp *udp, const struct sip_udp_options *options,
		       struct sip_socket *opened)
{
	int rc;

	opened->watch = NULL;
	opened->fd = socket(options->bind.sa.sa_family,
			    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (opened->fd < 0)
		return -errno;
	rc = bind_socket(opened, options);
	if (!rc)
		rc = rd_watch_new(&opened->watch, opened->fd, RD_IO_READ, udp_ready, udp);
	if (rc)
		close(opened->fd);
	return rc;
}

static void use_socket(struct udp *udp, const struct sip_socket *socket)
{
	udp->fd = socket->fd;
	udp->watch = socket->watch;
	udp->wildcard = sip_sockaddr_is_any(&socket->bound);
	memset(udp->routes, 0, sizeof(udp->routes));
}

static int udp_rebind(struct sip_transport *transport, const union sip_sockaddr *address,
		      struct sip_socket *socket)
{
	struct udp *udp = transport->impl;
	const struct sip_udp_options options = { .bind = *address, .dscp = udp->dscp,
						 .shares = true };
	int rc;

	sip_socket_share(udp->fd, true);
	rc = open_socket(udp, &options, socket);
	sip_socket_share(udp->fd, false);
	return rc;
}

static void udp_share(struct sip_transport *transport, bool share)
{
	sip_socket_share(((struct udp *)transport->impl)->fd, share);
}

/* What waits in the first one is lost: it is sent again. */
static void udp_move(struct sip_transport *transport, const struct sip_socket *socket)
{
	((struct udp *)transport->impl)->lost_before = udp_lost(transport);
	udp_close(transport);
	use_socket(transport->impl, socket);
}

static const struct sip_transport_ops udp_ops = {
	.send = udp_send,
	.route = udp_route,
	.close = udp_close,
	.rebind = udp_rebind,
	.move = udp_move,
	.share = udp_share,
	.overrun = udp_lost,
};

/* Fill it; on failure the caller frees. */
static int udp_init(struct udp *udp, const struct sip_udp_options *options)
{
	struct sip_transport *transport = &udp->transport;
	struct sip_socket socket;
	int rc = open_socket(udp, options, &socket);

	if (rc)
		return rc;
	use_socket(udp, &socket);
	udp->dscp = options->dscp;
	rd_strcpy(transport->name, sizeof(transport->name), options->name);
	transport->protocol = SIP_UDP;
	transport->bound = socket.bound;
	transport->ops = &udp_ops;
	transport->impl = udp;
	return 0;
}

int sip_udp_open(struct sip_transports *transports, const struct sip_udp_options *options,
		 struct sip_transport **transport)
{
	struct udp *udp = rd_zalloc(sizeof(*udp));
	int rc;

	if (!udp)
		return -ENOMEM;
	rc = udp_init(udp, options);
	if (rc) {
		rd_free(udp);
		return rc;
	}
	sip_transports_add_take(transports, &udp->transport);
	if (transport)
		*transport = &udp->transport;
	return 0;
}
