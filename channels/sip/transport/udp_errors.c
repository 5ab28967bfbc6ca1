/* What ICMP says of datagrams that we have sent (RFC 3261 §18.4). The kernel keeps it in a
 * queue of the socket, with the start of the datagram. */
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/private.h"

#define QUOTED 1024 /* bytes of the datagram; ICMP holds about 500 */

int sip_udp_want_errors(int fd, int family)
{
	return family == AF_INET6 ? sip_socket_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1)
				  : sip_socket_option(fd, IPPROTO_IP, IP_RECVERR, 1);
}

/* Nobody is there, or the way is closed. What is too large for the way is cut by the
 * kernel the next time. */
static bool is_fatal(const struct sock_extended_err *error)
{
	if (error->ee_origin == SO_EE_ORIGIN_ICMP)
		return error->ee_type == ICMP_DEST_UNREACH && error->ee_code != ICMP_FRAG_NEEDED;
	return error->ee_origin == SO_EE_ORIGIN_ICMP6 && error->ee_type == ICMP6_DST_UNREACH;
}

static const struct sock_extended_err *error_of(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			return (const struct sock_extended_err *)CMSG_DATA(c);
	return NULL;
}

bool sip_udp_take_error(struct sip_transport *transport, int fd)
{
	struct sip_flow flow = { .transport = transport };
	union {
		struct cmsghdr align;
		char room[512];
	} control;
	char quoted[QUOTED];
	struct iovec iov = { quoted, sizeof(quoted) };
	struct msghdr msg = {
		.msg_name = &flow.peer, /* where it was to go */
		.msg_namelen = sizeof(flow.peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &msg, MSG_ERRQUEUE);
	const struct sock_extended_err *error = n < 0 ? NULL : error_of(&msg);

	if (error && is_fatal(error))
		sip_transport_unreached(transport, &flow, (struct rd_str){ quoted, (size_t)n },
					-(int)error->ee_errno);
	return n >= 0;
}
