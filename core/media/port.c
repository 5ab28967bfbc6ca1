/* Opening and closing pairs of ports, from the range of rtp.conf. A bitmap
 * says which are ours; the kernel says which are free. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "core/media/address.h"
#include "core/media/port.h"
#include "core/media/rtp_config.h"

enum {
	PAIRS_MAX = 32768,
	/* Pairs that other programs hold: so many are tried, and we call it full. */
	TRIES = 512,
	/* They take them in a row, as we do: where not all can be tried, so many are at
	 * one place. */
	ROW = 8,
	SAY_AGAIN_MS = 60000, /* that there is none */
};

static uint64_t taken[PAIRS_MAX / 64];
static int taken_count, last_pair = -1;
static uint64_t said_full_ms; /* 0: never */

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

static int port_of(const struct sockaddr_storage *address)
{
	return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

static int bind_socket(int fd, const struct rd__address *address, int tos)
{
	bool six = address->storage.ss_family == AF_INET6;

	if (bind(fd, (const struct sockaddr *)&address->storage, address->size) < 0)
		return -errno;
	/* A network that ignores the mark still carries the call. */
	if (tos)
		(void)!setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
				  six ? IPV6_TCLASS : IP_TOS, &tos, sizeof(tos));
	return 0;
}

static int open_socket(const struct rd__address *address, int tos, int *fdp)
{
	int fd = socket(address->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);
	int rc;

	if (fd < 0)
		return -errno;
	rc = bind_socket(fd, address, tos);
	if (rc)
		close(fd);
	else
		*fdp = fd;
	return rc;
}

struct rd__address rd__ports_address(const struct sockaddr_storage *local, int port)
{
	struct rd__address address;

	rd__address_set(&address, local);
	rd__address_set_port(&address, (uint16_t)port);
	return address;
}

static int open_pair(struct rd__ports *ports, const struct rd_rtp_local *local, int port)
{
	struct rd__address rtcp = rd__ports_address(&local->address, port + 1);
	int rc;

	ports->rtp = rd__ports_address(&local->address, port);
	ports->tos = local->tos;
	rc = open_socket(&ports->rtp, local->tos, &ports->rtp_fd);
	if (rc)
		return rc;
	rc = open_socket(&rtcp, local->tos, &ports->rtcp_fd);
	if (rc)
		close(ports->rtp_fd);
	return rc;
}

static int exhausted(const struct rd__rtp_settings *settings)
{
	/* Where calls end as fast as they come, it is full again and again. */
	if (rd_log_is_due(&said_full_ms, SAY_AGAIN_MS))
		rd_error("rtp: no port is free between %d and %d (%d pairs are in use); "
			 "rtp.conf may allow more",
			 settings->port_from, settings->port_to + 1, rd__ports_used());
	return -EADDRNOTAVAIL;
}

static int start_somewhere(int from, int to)
{
	uint32_t random;

	rd_random(&random, sizeof(random));
	return from + (int)(random % (uint32_t)(to - from + 1));
}

/* -ENOSPC: none is free. */
static int open_next(struct rd__ports *ports, const struct rd_rtp_local *local)
{
	const struct rd__rtp_settings *settings = rd__rtp_settings();
	int from = settings->port_from / 2, to = settings->port_to / 2, rc;

	for (int tries = 0; tries < TRIES; tries++) {
		if (last_pair < 0 || (to - from >= TRIES && tries % ROW == ROW - 1))
			last_pair = start_somewhere(from, to);
		if (!next_pair(&last_pair, from, to))
			break;
		rc = open_pair(ports, local, last_pair * 2);
		if (rc && rc != -EADDRINUSE)
			return rc;
		if (!rc) {
			set_taken(last_pair);
			ports->number = last_pair * 2;
			return 0;
		}
	}
	return -ENOSPC;
}

/* What is kept for later must not be what is missing now. */
static int open_somehow(struct rd__ports *ports, const struct rd_rtp_local *local)
{
	int rc;

	do
		rc = open_next(ports, local);
	while ((rc == -ENOSPC || rc == -EMFILE) && rd__port_pool_drop());
	return rc == -ENOSPC ? exhausted(rd__rtp_settings()) : rc;
}

static int open_new(struct rd__ports **out, const struct rd_rtp_local *local)
{
	struct rd__ports *ports = rd_zalloc(sizeof(*ports));
	int rc;

	if (!ports)
		return -ENOMEM;
	rd_list_init(&ports->link);
	if (port_of(&local->address))
		rc = open_pair(ports, local, port_of(&local->address));
	else
		rc = open_somehow(ports, local);
	if (rc)
		rd_free(ports);
	else
		*out = ports;
	return rc;
}

int rd__ports_open(struct rd__ports **out, const struct rd_rtp_local *local)
{
	struct rd__ports *kept = NULL;

	if (!port_of(&local->address))
		kept = rd__port_pool_take(local);
	if (!kept)
		return open_new(out, local);
	*out = kept;
	return 0;
}

void rd__ports_close(struct rd__ports *ports)
{
	int pair = ports->number / 2;

	close(ports->rtp_fd);
	close(ports->rtcp_fd);
	if (ports->number) {
		taken[pair / 64] &= ~(UINT64_C(1) << pair % 64);
		taken_count--;
	}
	rd_free(ports);
}

void rd__ports_release(struct rd__ports *ports)
{
	if (!ports)
		return;
	if (ports->number)
		rd__port_pool_keep(ports);
	else
		rd__ports_close(ports);
}

int rd__ports_used(void)
{
	return taken_count - rd__port_pool_count();
}

int rd__ports_possible(void)
{
	const struct rd__rtp_settings *settings = rd__rtp_settings();

	return (settings->port_to - settings->port_from) / 2 + 1;
}

void rd__ports_drop_kept(void)
{
	while (rd__port_pool_drop())
		continue;
}
