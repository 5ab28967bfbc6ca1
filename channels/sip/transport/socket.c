/* What all transports ask of the kernel in the same way. */
#include <unistd.h>

#include <ringdown/io.h>

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/private.h"

int sip_socket_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

void sip_socket_dscp(int fd, int family, int dscp)
{
	if (family == AF_INET6)
		sip_socket_option(fd, IPPROTO_IPV6, IPV6_TCLASS, dscp << 2);
	else
		sip_socket_option(fd, IPPROTO_IP, IP_TOS, dscp << 2);
}

void sip_socket_share(int fd, bool share)
{
	sip_socket_option(fd, SOL_SOCKET, SO_REUSEPORT, share);
}

/* Sockets of our own overlap for a moment; with what other programs have, they
 * never do. */
int sip_socket_bind(struct sip_socket *socket, const union sip_sockaddr *address, int backlog,
		    bool shares)
{
	socklen_t size = sizeof(socket->bound);
	int rc = 0;

	sip_socket_share(socket->fd, shares);
	if (bind(socket->fd, &address->sa, sip_sockaddr_len(address)) ||
	    (backlog && listen(socket->fd, backlog)) ||
	    getsockname(socket->fd, &socket->bound.sa, &size))
		rc = -errno;
	sip_socket_share(socket->fd, false);
	return rc;
}

void sip_socket_drop(const struct sip_socket *socket)
{
	if (!socket->watch)
		return;
	rd_watch_free(socket->watch);
	close(socket->fd);
}

bool sip_address_is_ours(const union sip_sockaddr *address)
{
	union sip_sockaddr any_port = *address;
	int fd = socket(address->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_ours;

	if (fd < 0)
		return false;
	sip_sockaddr_set_port(&any_port, 0);
	is_ours = bind(fd, &any_port.sa, sip_sockaddr_len(&any_port)) == 0;
	close(fd);
	return is_ours;
}

/* A connected socket asks the kernel; no packet is sent. */
int sip_source_find(const union sip_sockaddr *peer, union sip_sockaddr *local)
{
	socklen_t size = sizeof(*local);
	int fd = socket(peer->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, &peer->sa, sip_sockaddr_len(peer)) ||
	    getsockname(fd, &local->sa, &size))
		rc = -errno;
	close(fd);
	return rc;
}
