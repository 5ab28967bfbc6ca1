/* Pairs of ports between two calls. Opening, binding and closing four sockets
 * is a good part of what a call costs, so a pair is kept and used again: not
 * before the last call's late packets have died away, and the oldest first. */
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <ringdown/clock.h>

#include "core/media/address.h"
#include "core/media/port.h"
#include "core/media/rtp_config.h"

enum {
	KEEP_MAX = 8192, /* what rests when 1,300 calls come each second */
	FILES_SHARE = 4, /* of the files that we may open, one in so many */
	QUARANTINE_MS = 3000,
	KEEP_MS = 60000,
	LOOK_AT = 16, /* pairs of other addresses, before a new one is opened */
	DRAIN_MAX = 4096,
};

static struct rd_list idle = RD_LIST_INIT(idle);
static int idle_count;

int rd__port_pool_count(void)
{
	return idle_count;
}

static struct rd__ports *entry(struct rd_list *node)
{
	return rd_list_entry(node, struct rd__ports, link);
}

static bool idle_for(const struct rd__ports *ports, int ms)
{
	return rd_now_ms() - ports->idle_since_ms >= (uint64_t)ms;
}

static void leave(struct rd__ports *ports)
{
	rd_list_remove(&ports->link);
	idle_count--;
}

bool rd__port_pool_drop(void)
{
	struct rd__ports *oldest = entry(idle.next);

	if (rd_list_empty(&idle))
		return false;
	leave(oldest);
	rd__ports_close(oldest);
	return true;
}

/* ---- keeping ---- */

/* Connected to itself, a socket hears nobody: the kernel answers strangers as
 * it would for a closed port, and nothing piles up. One of IPv6 would hear nobody
 * ever again (source.c). */
static bool turn_away(int fd, const struct rd__address *own)
{
	return own->storage.ss_family == AF_INET &&
	       connect(fd, (const struct sockaddr *)&own->storage, own->size) == 0;
}

static int keep_max(void)
{
	static int max;
	struct rlimit limit;

	if (!max && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		max = (int)RD_MIN(limit.rlim_cur / FILES_SHARE / 2, (rlim_t)KEEP_MAX);
	return max;
}

void rd__port_pool_keep(struct rd__ports *ports)
{
	struct rd__address rtcp = ports->rtp;

	rd__address_set_port(&rtcp, (uint16_t)(ports->number + 1));
	if (idle_count >= keep_max() || !turn_away(ports->rtp_fd, &ports->rtp) ||
	    !turn_away(ports->rtcp_fd, &rtcp)) {
		rd__ports_close(ports);
		return;
	}
	ports->idle_since_ms = rd_now_ms();
	rd_list_push(&idle, &ports->link);
	idle_count++;
	/* After a busy hour they go by and by, two for each that comes. */
	for (int i = 0; i < 2 && idle_for(entry(idle.next), KEEP_MS); i++)
		rd__port_pool_drop();
}

/* ---- using again ---- */

/* What came before everybody was turned away, and errors of former sends. */
static void drain(int fd)
{
	char byte;

	for (int i = 0; i < DRAIN_MAX; i++)
		if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) < 0 && errno == EAGAIN)
			return;
}

static bool open_up(int fd)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	drain(fd);
	return connect(fd, &nowhere, sizeof(nowhere)) == 0;
}

/* rtp.conf may have changed meanwhile. */
static bool in_range(const struct rd__ports *ports)
{
	const struct rd__rtp_settings *settings = rd__rtp_settings();

	return ports->number >= settings->port_from && ports->number <= settings->port_to;
}

static bool fits(const struct rd__ports *ports, const struct rd_rtp_local *local)
{
	struct rd__address wanted = rd__ports_address(&local->address, ports->number);

	return ports->tos == local->tos && in_range(ports) &&
	       memcmp(&ports->rtp.storage, &wanted.storage, ports->rtp.size) == 0;
}

static struct rd__ports *find(const struct rd_rtp_local *local)
{
	int looked_at = 0;

	rd_list_foreach(node, tmp, &idle) {
		struct rd__ports *ports = entry(node);

		if (!idle_for(ports, QUARANTINE_MS) || looked_at++ == LOOK_AT)
			return NULL;
		if (fits(ports, local))
			return ports;
	}
	return NULL;
}

struct rd__ports *rd__port_pool_take(const struct rd_rtp_local *local)
{
	struct rd__ports *ports = find(local);

	if (!ports)
		return NULL;
	leave(ports);
	if (open_up(ports->rtp_fd) && open_up(ports->rtcp_fd))
		return ports;
	rd__ports_close(ports);
	return NULL;
}
