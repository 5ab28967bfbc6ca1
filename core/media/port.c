/* Ports for RTP: an even one and the odd one above it, from the range of
 * rtp.conf. A bitmap says which are ours; the kernel says which are free. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "core/media/engine.h"

enum {
	PAIRS_MAX = 32768,
	/* Ports of other programs: so many in a row, and we call it full. */
	TRIES = 512,
};

static uint64_t taken[PAIRS_MAX / 64];
static int taken_count, last_pair = -1;
static bool said_full;

static bool is_taken(int pair)
{
	return taken[pair / 64] & UINT64_C(1) << pair % 64;
}

static void set_taken(int pair)
{
	taken[pair / 64] |= UINT64_C(1) << pair % 64;
	taken_count++;
}

/* The next free pair after *at, in a circle; false when all are taken. */
static bool next_pair(int *at, int from, int to)
{
	for (int i = from; i <= to; i++) {
		*at = *at >= to || *at < from ? from : *at + 1;
		if (*at % 64 == 0 && *at + 63 <= to && taken[*at / 64] == UINT64_MAX) {
			*at += 63;
			i += 63;
		} else if (!is_taken(*at)) {
			return true;
		}
	}
	return false;
}

static void set_port(struct sockaddr_storage *address, int port)
{
	/* At the same place in both families. */
	((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

static int port_of(const struct sockaddr_storage *address)
{
	return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

static int open_socket(const struct rd_rtp_local *local, int port, int *fdp)
{
	struct sockaddr_storage address = local->address;
	bool six = address.ss_family == AF_INET6;
	socklen_t size = six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int tos = local->tos, rc = 0;

	if (fd < 0)
		return -errno;
	set_port(&address, port);
	if (bind(fd, (struct sockaddr *)&address, size) < 0)
		rc = -errno;
	/* A network that ignores the mark still carries the call. */
	if (!rc && tos)
		(void)!setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
				  six ? IPV6_TCLASS : IP_TOS, &tos, sizeof(tos));
	if (rc)
		close(fd);
	else
		*fdp = fd;
	return rc;
}

static int open_pair(const struct rd_rtp_local *local, int port, int *rtp_fd, int *rtcp_fd)
{
	int rc = open_socket(local, port, rtp_fd);

	if (rc || !rtcp_fd)
		return rc;
	rc = open_socket(local, port + 1, rtcp_fd);
	if (rc)
		close(*rtp_fd);
	return rc;
}

static int exhausted(const struct rd__rtp_settings *settings)
{
	if (!said_full)
		rd_error("rtp: no port is free between %d and %d (%d pairs are in use); "
			 "rtp.conf may allow more",
			 settings->port_from, settings->port_to + 1, taken_count);
	said_full = true;
	return -EADDRNOTAVAIL;
}

static int start_somewhere(int from, int to)
{
	uint32_t random;

	rd_random(&random, sizeof(random));
	return from + (int)(random % (uint32_t)(to - from + 1));
}

int rd__ports_open(const struct rd_rtp_local *local, int *rtp_fd, int *rtcp_fd, int *port)
{
	const struct rd__rtp_settings *settings = rd__rtp_settings();
	int from = settings->port_from / 2, to = settings->port_to / 2, rc;

	*port = 0;
	if (port_of(&local->address))
		return open_pair(local, port_of(&local->address), rtp_fd, rtcp_fd);
	if (last_pair < 0)
		last_pair = start_somewhere(from, to);
	for (int tries = 0; tries < TRIES; tries++) {
		if (!next_pair(&last_pair, from, to))
			break;
		rc = open_pair(local, last_pair * 2, rtp_fd, rtcp_fd);
		if (rc && rc != -EADDRINUSE)
			return rc;
		if (!rc) {
			set_taken(last_pair);
			*port = last_pair * 2;
			return 0;
		}
	}
	return exhausted(settings);
}

void rd__ports_close(int port)
{
	int pair = port / 2;

	if (!port || !is_taken(pair))
		return;
	taken[pair / 64] &= ~(UINT64_C(1) << pair % 64);
	taken_count--;
	said_full = false;
}

int rd__ports_used(void)
{
	return taken_count;
}
