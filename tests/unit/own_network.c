/* unshare(2), and the loopback device, which is down at first. */
#include "tests/unit/own_network.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool raise_loopback(void)
{
	struct ifreq request = { .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up;

	strcpy(request.ifr_name, "lo");
	up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	if (fd >= 0)
		close(fd);
	return up;
}

void own_network(void)
{
	static bool has;
	int machine;

	if (has)
		return;
	machine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (machine < 0)
		return;
	if (unshare(CLONE_NEWNET) == 0) {
		has = raise_loopback();
		if (!has)
			(void)!setns(machine, CLONE_NEWNET);
	}
	close(machine);
}
