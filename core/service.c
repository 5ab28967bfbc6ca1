/* sd_notify(3) is one datagram to a socket: a library for that would be one more to load. */
#include "core/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/str.h>

static struct rd_timer timer;
static int every_ms; /* 0: nobody watches */

/* '@' stands for the zero byte of an abstract name. */
static socklen_t read_address(struct sockaddr_un *address)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;

	if (n < 2 || n >= sizeof(address->sun_path) || !strchr("/@", *path))
		return 0;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, path, n);
	if (*path == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

void rd__service_tell(const char *state)
{
	struct sockaddr_un address;
	socklen_t size = read_address(&address);
	int fd;

	if (!size)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
			     (const struct sockaddr *)&address, size) < 0)
		rd_warning("service: systemd is not told \"%s\": %s", state, rd_strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Half of what systemd allows; 0 where it does not watch, or watches another process. */
static int read_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t us, process;

	if (!usec || rd_str_to_u64(rd_str_of(usec), UINT64_MAX, &us) < 0)
		return 0;
	if (pid && (rd_str_to_u64(rd_str_of(pid), INT32_MAX, &process) < 0 ||
		    process != (uint64_t)getpid()))
		return 0;
	return (int)RD_MIN(us / 2000, (uint64_t)INT32_MAX);
}

static void tell_alive(void *unused)
{
	(void)unused;
	rd__service_tell("WATCHDOG=1");
	rd_timer_start(&timer, every_ms);
}

void rd__service_start(void)
{
	every_ms = read_interval();
	rd_timer_init(&timer, tell_alive, NULL);
	if (every_ms)
		rd_timer_start(&timer, every_ms);
	rd__service_tell("READY=1\nSTATUS=Calls are taken.");
}

void rd__service_stop(void)
{
	rd_timer_stop(&timer);
	rd__service_tell("STOPPING=1\nSTATUS=Stopping.");
}
